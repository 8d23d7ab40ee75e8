//! One end of a pipe, kept non-blocking: what `io::pipe` gives and what a child is spoken to through.
//!
//! Unlike sockets, pipes know no call that does not block whatever the file's mode is. So the mode counts, and it
//! belongs to all clones of an end: when one is given away, it blocks again for all of them.
//!
//! A short read does not show that a pipe is empty: the system fills 1,024 buffers a call, whoever gives more, and of a
//! pipe that somebody has made one of packets (`O_DIRECT`, by a child for its own output) it reads one. A short write
//! does not show that it is full, either.

use super::Pollable;
use super::transfer::{first, first_mut, nothing};
use crate::netpoll::{Direction, Outcome};
use crate::sys::{fault, file as sys};
use std::fmt;
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// See the module.
pub(crate) struct Pipe(Pollable<File>);

impl Pipe {
    /// Takes over an end that nobody has cloned.
    pub(crate) fn new(fd: OwnedFd) -> Self {
        // A descriptor on which this fails is none, and each use of it is an error.
        let _ = sys::set_nonblocking(fd.as_fd(), true);
        Self(Pollable::new(fd.into()))
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) fn pollable(&self) -> &Pollable<File> {
        &self.0
    }

    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        let duplicate = self.0.inner().try_clone()?;
        Ok(Self(self.0.clone_with(duplicate)))
    }

    /// Gives the end away. It blocks again.
    pub(crate) fn into_fd(self) -> OwnedFd {
        let file = self.0.into_inner();
        // As above.
        let _ = sys::set_nonblocking(file.as_fd(), false);
        file.into()
    }

    fn transfer(
        &self,
        direction: Direction,
        mut call: impl FnMut(&File) -> io::Result<usize>,
    ) -> io::Result<usize> {
        self.0.io(direction, |file| {
            fault::check("pipe_io")?;
            let (value, short) = (call(file)?, false);
            Ok(Outcome { value, short })
        })
    }

    pub(crate) fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return nothing();
        }
        let asked = fault::limit("pipe_io", buf.len());
        let buf = &mut buf[..asked];
        self.transfer(Direction::Read, |mut file| file.read(buf))
    }

    pub(crate) fn read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        if bufs.iter().all(|buf| buf.is_empty()) {
            return nothing();
        }
        if fault::is_shortening() {
            return self.read(first_mut(bufs));
        }
        self.transfer(Direction::Read, |mut file| file.read_vectored(bufs))
    }

    pub(crate) fn write(&self, buf: &[u8]) -> io::Result<usize> {
        let asked = fault::limit("pipe_io", buf.len());
        let buf = &buf[..asked];
        self.transfer(Direction::Write, |mut file| file.write(buf))
    }

    pub(crate) fn write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        if fault::is_shortening() {
            return self.write(first(bufs));
        }
        self.transfer(Direction::Write, |mut file| file.write_vectored(bufs))
    }
}

impl AsFd for Pipe {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.inner().as_fd()
    }
}

impl fmt::Debug for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.inner().fmt(f)
    }
}

/// What each of the public types that hold an end of a pipe, in a field `pipe`, has in common.
macro_rules! pipe_end {
    ($name:ident, $std:ty) => {
        impl From<$std> for $name {
            /// Calls on it park, whichever mode it was in.
            fn from(end: $std) -> Self {
                std::os::fd::OwnedFd::from(end).into()
            }
        }

        impl From<std::os::fd::OwnedFd> for $name {
            fn from(fd: std::os::fd::OwnedFd) -> Self {
                let pipe = $crate::poll::Pipe::new(fd);
                Self { pipe }
            }
        }

        impl From<$name> for std::os::fd::OwnedFd {
            /// It blocks again.
            fn from(end: $name) -> Self {
                end.pipe.into_fd()
            }
        }

        impl From<$name> for std::process::Stdio {
            /// It blocks again.
            fn from(end: $name) -> Self {
                end.pipe.into_fd().into()
            }
        }

        impl std::os::fd::IntoRawFd for $name {
            fn into_raw_fd(self) -> std::os::fd::RawFd {
                self.pipe.into_fd().into_raw_fd()
            }
        }

        impl std::os::fd::AsFd for $name {
            fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
                std::os::fd::AsFd::as_fd(&self.pipe)
            }
        }

        impl std::os::fd::AsRawFd for $name {
            fn as_raw_fd(&self) -> std::os::fd::RawFd {
                std::os::fd::AsRawFd::as_raw_fd(&std::os::fd::AsFd::as_fd(&self.pipe))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.pipe).finish()
            }
        }

        #[cfg(any(target_os = "linux", target_os = "android"))]
        impl $name {
            /// For those who move bytes without reading them.
            pub(crate) fn pipe(&self) -> &$crate::poll::Pipe {
                &self.pipe
            }
        }
    };
}

/// [`Read`] for a type with a `pipe`, and for references to it.
macro_rules! pipe_reads {
    ($($name:ty),*) => {
        $(
            impl std::io::Read for $name {
                /// Parks the task until there is something to read; outside a task blocks the
                /// thread. 0 is the end: nobody writes any more.
                fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
                    self.pipe.read(buf)
                }

                fn read_vectored(
                    &mut self,
                    bufs: &mut [std::io::IoSliceMut<'_>],
                ) -> std::io::Result<usize> {
                    self.pipe.read_vectored(bufs)
                }
            }
        )*
    };
}

/// [`Write`] for a type with a `pipe`, and for references to it.
macro_rules! pipe_writes {
    ($($name:ty),*) => {
        $(
            impl std::io::Write for $name {
                /// Parks the task until there is room in the pipe; outside a task blocks the thread.
                fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
                    self.pipe.write(buf)
                }

                fn write_vectored(
                    &mut self,
                    bufs: &[std::io::IoSlice<'_>],
                ) -> std::io::Result<usize> {
                    self.pipe.write_vectored(bufs)
                }

                /// Does nothing: nothing is buffered here.
                fn flush(&mut self) -> std::io::Result<()> {
                    Ok(())
                }
            }
        )*
    };
}

pub(crate) use {pipe_end, pipe_reads, pipe_writes};
