//! Copying without the bytes passing through the process.
//!
//! | from \ to      | socket or pipe              | file                          | anything else |
//! | -------------- | --------------------------- | ----------------------------- | ------------- |
//! | socket or pipe | `splice` in, `splice` out   | -                             | -             |
//! | file           | `sendfile`, on the pool     | `std::io::copy`, on the pool  | -             |
//! | anything else  | -                           | -                             | -             |
//!
//! A pipe of our own stands between two sockets, and between pipes as well: it is empty before each `splice` in,
//! and a `splice` out takes from nothing else, so an operation that would block says which side it waits for.
//!
//! What is not possible is left to the ordinary way, before anything has moved or with what has.

use super::identity::as_one;
use super::{PipeReader, PipeWriter};
use crate::fs::File;
use crate::net::TcpStream;
use crate::netpoll::{Direction, Outcome};
use crate::os::unix::net::UnixStream;
use crate::poll::Pollable;
use crate::process::{ChildStderr, ChildStdin, ChildStdout};
use crate::scheduler::offload_fallible;
use crate::sys::file as sys;
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, BorrowedFd};

/// What one `splice` moves at most: what a pipe has room for.
const PIPE: usize = 64 << 10;
/// What one trip to the blocking pool moves at most, so that a context is looked at now and then.
const TRIP: usize = 16 << 20;

/// How far it got.
#[derive(Debug)]
pub(super) enum Copied {
    /// To the end; the number of bytes.
    All(u64),
    /// `copied` bytes, and those in `read` are still to be written.
    Some { copied: u64, read: Vec<u8> },
}

impl Copied {
    const NOTHING: Self = Self::Some {
        copied: 0,
        read: Vec::new(),
    };
}

/// What can be waited for, whatever it is.
trait Polled {
    fn fd(&self) -> BorrowedFd<'_>;

    /// Makes `call` when it is worth it, until it does not say `WouldBlock` or `Interrupted`.
    fn transfer(
        &self,
        direction: Direction,
        call: &mut dyn FnMut(BorrowedFd<'_>) -> io::Result<usize>,
    ) -> io::Result<usize>;
}

impl<S: AsFd> Polled for Pollable<S> {
    fn fd(&self) -> BorrowedFd<'_> {
        self.inner().as_fd()
    }

    fn transfer(
        &self,
        direction: Direction,
        call: &mut dyn FnMut(BorrowedFd<'_>) -> io::Result<usize>,
    ) -> io::Result<usize> {
        loop {
            let result = self.io(direction, |file| {
                let (value, short) = (call(file.as_fd())?, false);
                Ok(Outcome { value, short })
            });
            match result {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }
}

enum Side<'a> {
    Polled(&'a dyn Polled),
    File(&'a File),
}

/// The reader or writer, if it is one of ours.
fn side<T: ?Sized>(value: &T) -> Option<Side<'_>> {
    macro_rules! polled {
        ($($type:ty: $pollable:expr;)*) => {
            $(
                if let Some(one) = as_one::<T, $type>(value) {
                    let pollable: fn(&$type) -> &dyn Polled = $pollable;
                    return Some(Side::Polled(pollable(one)));
                }
            )*
        };
    }
    polled! {
        TcpStream: |stream| stream.pollable();
        UnixStream: |stream| stream.pollable();
        PipeReader: |end| end.pipe().pollable();
        PipeWriter: |end| end.pipe().pollable();
        ChildStdin: |end| end.pipe().pollable();
        ChildStdout: |end| end.pipe().pollable();
        ChildStderr: |end| end.pipe().pollable();
    }
    as_one::<T, File>(value).map(Side::File)
}

/// Copies from `reader` to `writer` if both are ours, as far as that goes.
pub(super) fn copy<R: ?Sized, W: ?Sized>(reader: &R, writer: &W) -> io::Result<Copied> {
    match (side(reader), side(writer)) {
        (Some(Side::Polled(from)), Some(Side::Polled(to))) => through_pipe(from, to),
        (Some(Side::File(from)), Some(Side::Polled(to))) => send_file(from, to),
        (Some(Side::File(from)), Some(Side::File(to))) => between_files(from, to),
        _ => Ok(Copied::NOTHING),
    }
}

/// The mode counts for `splice` and `sendfile`, and somebody with a duplicate may have changed it.
fn may_block(side: &dyn Polled) -> bool {
    !sys::is_nonblocking(side.fd()).unwrap_or(false)
}

fn through_pipe(from: &dyn Polled, to: &dyn Polled) -> io::Result<Copied> {
    if may_block(from) || may_block(to) {
        return Ok(Copied::NOTHING);
    }
    let Ok((mut reader, writer)) = io::pipe() else {
        // Too many open files: the ordinary way needs none.
        return Ok(Copied::NOTHING);
    };
    let mut copied = 0;
    loop {
        let splice_in = &mut |fd: BorrowedFd<'_>| sys::splice(fd, writer.as_fd(), PIPE);
        let mut left = match from.transfer(Direction::Read, splice_in) {
            Ok(0) => return Ok(Copied::All(copied)),
            Ok(moved) => moved,
            Err(error) if error.kind() == ErrorKind::InvalidInput => {
                let read = Vec::new();
                return Ok(Copied::Some { copied, read });
            }
            Err(error) => return Err(error),
        };
        while left > 0 {
            let splice_out = &mut |fd: BorrowedFd<'_>| sys::splice(reader.as_fd(), fd, left);
            match to.transfer(Direction::Write, splice_out) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(moved) => {
                    left -= moved;
                    copied += moved as u64;
                }
                // Not this kind of file. What is in the pipe goes the ordinary way.
                Err(error) if error.kind() == ErrorKind::InvalidInput => {
                    let mut read = vec![0; left];
                    reader.read_exact(&mut read)?;
                    return Ok(Copied::Some { copied, read });
                }
                Err(error) => return Err(error),
            }
        }
    }
}

fn send_file(from: &File, to: &dyn Polled) -> io::Result<Copied> {
    if may_block(to) {
        return Ok(Copied::NOTHING);
    }
    let mut copied = 0;
    loop {
        let send =
            &mut |fd: BorrowedFd<'_>| offload_fallible(|| sys::sendfile(from.as_fd(), fd, TRIP));
        match to.transfer(Direction::Write, send) {
            // Either the end, or a file that says that it is empty and is not, as in `/proc`.
            Ok(0) => break,
            Ok(moved) => copied += moved as u64,
            Err(error) if error.kind() == ErrorKind::InvalidInput => break,
            Err(error) => return Err(error),
        }
    }
    let read = Vec::new();
    Ok(Copied::Some { copied, read })
}

fn between_files(from: &File, to: &File) -> io::Result<Copied> {
    let (mut from, mut to) = (from.std().take(0), to.std());
    let mut copied = 0;
    loop {
        from.set_limit(TRIP as u64);
        match offload_fallible(|| io::copy(&mut from, &mut to))? {
            0 => return Ok(Copied::All(copied)),
            moved => copied += moved,
        }
    }
}
