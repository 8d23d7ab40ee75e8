//! The standard output and the standard error: std's, behind locks and waits that park.
//!
//! A short write is made in place, where a file takes it for sure: a regular file, or a pipe or a socket that has just
//! said that it has room. A terminal says so with room for a single byte: what it is to take is written on the blocking
//! pool.
//!
//! That a file is of the first kind is kept ([`Kind`]), or each write would ask once more. Descriptor 1 may be replaced
//! (`dup2`). A terminal that is replaced is noticed, as what is written on the pool is asked for each time, next to
//! which that is little. A terminal that comes instead of another file is not: if it stalls, it holds the worker up, as
//! after `println!`.
//!
//! Of std's streams no lock is held over a park: one that is on the blocking pool is taken and released
//! there.

use super::reentrant::{Guard, Reentrant};
use crate::poll;
use crate::scheduler::{self, offload_fallible};
use crate::sys::file as sys;
use std::fmt;
use std::io::{self, IoSlice, IsTerminal, Write};
use std::marker::PhantomData;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::process::Stdio;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// With what std may have in its buffer this is no more than a pipe has room for when it has room at all,
/// half a page on any system.
const SURE_TO_FIT: usize = 1024;

/// What is known of a stream's file.
#[derive(Debug)]
struct Kind {
    /// It takes for sure what it has said to have room for.
    keeps_its_word: AtomicBool,
}

impl Kind {
    const fn new() -> Self {
        let keeps_its_word = AtomicBool::new(false);
        Self { keeps_its_word }
    }

    fn keeps_its_word(&self, fd: &impl AsFd) -> bool {
        // ORDERING: Relaxed, for both: a flag on its own.
        if self.keeps_its_word.load(Ordering::Relaxed) {
            return true;
        }
        let does = sys::keeps_its_word(fd.as_fd());
        self.keeps_its_word.store(does, Ordering::Relaxed);
        does
    }
}

/// Does `call`, which writes `length` bytes to the stream of `fd`, where it blocks no worker.
fn write<T: Send>(
    fd: &impl AsFd,
    kind: &Kind,
    length: usize,
    call: impl FnOnce() -> io::Result<T> + Send,
) -> io::Result<T> {
    if scheduler::running().is_none() && !scheduler::is_in_context() {
        return call();
    }
    match poll::writable(fd) {
        // Not to be waited for; for std's call a stream that is not there takes all.
        Err(error) if sys::is_closed(&error) => {}
        waited => waited?,
    }
    if length <= SURE_TO_FIT && kind.keeps_its_word(fd) {
        return call();
    }
    offload_fallible(call)
}

macro_rules! stream {
    ($name:ident, $locked:ident, $function:ident, $lock:ident, $kind:ident, $what:literal) => {
        static $lock: LazyLock<Reentrant> = LazyLock::new(Reentrant::new);
        static $kind: Kind = Kind::new();

        #[doc = concat!("The standard ", $what, " of the process: std's, whose calls park the task.")]
        ///
        /// See the [module](super) for which waits how.
        pub struct $name(());

        #[doc = concat!("The standard ", $what, ", locked: nobody else who uses this crate's writes between.")]
        ///
        /// It may be kept while the task parks. The task that has it may lock it again.
        pub struct $locked<'a> {
            guard: Guard,
            lifetime: PhantomData<&'a ()>,
        }

        #[doc = concat!("The standard ", $what, " of the process.")]
        ///
        /// # Examples
        ///
        /// ```
        /// use teem::io::Write;
        ///
        #[doc = concat!("let mut stream = teem::io::", stringify!($function), "().lock();")]
        /// teem::run(|| ());
        /// writeln!(stream, "all of a line")?;
        /// assert!(stream.flush().is_ok());
        /// # std::io::Result::Ok(())
        /// ```
        pub fn $function() -> $name {
            $name(())
        }

        impl $name {
            #[doc = concat!("Locks the ", $what, ". Parks the task until nobody else has it locked; outside a task")]
            /// blocks the thread. Not cut by contexts.
            pub fn lock(&self) -> $locked<'static> {
                let guard = $lock.lock();
                let lifetime = PhantomData;
                $locked { guard, lifetime }
            }

            /// Whether this is a terminal. (The trait that std has for it is sealed.)
            pub fn is_terminal(&self) -> bool {
                std::io::$function().is_terminal()
            }
        }

        impl $locked<'_> {
            /// Whether this is a terminal. (The trait that std has for it is sealed.)
            pub fn is_terminal(&self) -> bool {
                std::io::$function().is_terminal()
            }
        }

        impl Write for $locked<'_> {
            /// Parks the task until there is room; outside a task blocks the thread.
            fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
                let stream = std::io::$function();
                write(&stream, &$kind, buf.len(), || (&stream).write(buf))
            }

            fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
                let stream = std::io::$function();
                let length = bufs.iter().map(|buf| buf.len()).sum();
                write(&stream, &$kind, length, || (&stream).write_vectored(bufs))
            }

            fn flush(&mut self) -> io::Result<()> {
                let stream = std::io::$function();
                write(&stream, &$kind, 0, || (&stream).flush())
            }
        }

        impl Write for &$name {
            /// As that of the locked one.
            fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
                self.lock().write(buf)
            }

            fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
                self.lock().write_vectored(bufs)
            }

            fn flush(&mut self) -> io::Result<()> {
                self.lock().flush()
            }

            fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
                self.lock().write_all(buf)
            }

            fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
                self.lock().write_fmt(args)
            }
        }

        impl Write for $name {
            /// As that of the locked one.
            fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
                (&*self).write(buf)
            }

            fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
                (&*self).write_vectored(bufs)
            }

            fn flush(&mut self) -> io::Result<()> {
                (&*self).flush()
            }

            fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
                (&*self).write_all(buf)
            }

            fn write_fmt(&mut self, args: fmt::Arguments<'_>) -> io::Result<()> {
                (&*self).write_fmt(args)
            }
        }

        impl UnwindSafe for $name {}
        impl RefUnwindSafe for $name {}
        impl UnwindSafe for $locked<'_> {}
        impl RefUnwindSafe for $locked<'_> {}

        impl AsFd for $name {
            fn as_fd(&self) -> BorrowedFd<'_> {
                crate::sys::file::$function()
            }
        }

        impl AsRawFd for $name {
            fn as_raw_fd(&self) -> RawFd {
                self.as_fd().as_raw_fd()
            }
        }

        impl AsFd for $locked<'_> {
            fn as_fd(&self) -> BorrowedFd<'_> {
                crate::sys::file::$function()
            }
        }

        impl AsRawFd for $locked<'_> {
            fn as_raw_fd(&self) -> RawFd {
                self.as_fd().as_raw_fd()
            }
        }

        impl From<$name> for Stdio {
            fn from(_: $name) -> Self {
                std::io::$function().into()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        impl fmt::Debug for $locked<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut f = f.debug_struct(stringify!($locked));
                f.field("guard", &self.guard).finish_non_exhaustive()
            }
        }
    };
}

stream!(Stdout, StdoutLock, stdout, STDOUT, OF_STDOUT, "output");
stream!(Stderr, StderrLock, stderr, STDERR, OF_STDERR, "error");
