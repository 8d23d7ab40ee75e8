//! Copying without the bytes passing through the process.
//!
//! | from \ to      | socket or pipe              | file                          | anything else |
//! | -------------- | --------------------------- | ----------------------------- | ------------- |
//! | socket or pipe | `splice` in, `splice` out   | -                             | -             |
//! | file           | `sendfile`, on the pool     | `std::io::copy`, on the pool  | -             |
//! | anything else  | -                           | -                             | -             |
//!
//! A file may be the one of a [`Take`], of which no more is sent than it gives.
//!
//! Between sockets and pipes that is done while there is much to be had at once. A pipe of our own stands
//! between the two: it is empty before each `splice` in, and a `splice` out takes from nothing else, so an
//! operation that would block says which side it waits for. Otherwise the bytes are read and written: a short read says
//! that nothing is left, which no `splice` does, and a copy that waits for its reader, as most do most of the
//! time, has no pipe open.
//!
//! What is not possible is left to the ordinary way, before anything has moved or with what has.

use super::copy::{Copied, Moved, PIECE};
use super::identity::{as_one, as_one_mut};
use super::{PipeReader, PipeWriter};
use crate::fs::File;
use crate::net::TcpStream;
use crate::netpoll::{Direction, Outcome};
use crate::os::unix::net::UnixStream;
use crate::poll::Pollable;
use crate::process::{ChildStderr, ChildStdin, ChildStdout};
use crate::scheduler::{self, offload_fallible};
use crate::sys::file as sys;
use std::io::{self, ErrorKind, Read, Take};
use std::os::fd::{AsFd, BorrowedFd};

/// What one `splice` moves at most: what a pipe has room for.
const PIPE: usize = 64 << 10;
/// What one trip to the blocking pool moves at most, so that a context is looked at now and then.
const TRIP: usize = 16 << 20;

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
pub(super) fn copy<R: ?Sized, W: ?Sized>(reader: &mut R, writer: &W) -> io::Result<Copied> {
    let to = side(writer);
    if let Some(Side::Polled(to)) = to
        && let Some(taken) = as_one_mut::<R, Take<File>>(reader)
    {
        let limit = taken.limit();
        let mut sent = 0;
        let result = send_file(taken.get_ref(), to, limit, &mut sent);
        // It has given what was sent, be it before an error.
        taken.set_limit(limit - sent);
        return result.map(|()| Copied::Some(sent));
    }
    match (side(reader), to) {
        (Some(Side::Polled(_)), Some(Side::Polled(_))) => Ok(Copied::Pieces),
        (Some(Side::File(from)), Some(Side::Polled(to))) => {
            let mut sent = 0;
            send_file(from, to, u64::MAX, &mut sent).map(|()| Copied::Some(sent))
        }
        (Some(Side::File(from)), Some(Side::File(to))) => between_files(from, to),
        _ => Ok(Copied::Some(0)),
    }
}

/// The mode counts for `splice` and `sendfile`, and somebody with a duplicate may have changed it.
fn may_block(side: &dyn Polled) -> bool {
    !sys::is_nonblocking(side.fd()).unwrap_or(false)
}

/// Writes of `bytes` what `writer` has room for at once, whatever the context: what was read is not to be lost
/// to its end while there is room. How many; an error is for the next write to find.
pub(super) fn write_at_once<W: ?Sized>(writer: &W, bytes: &[u8]) -> usize {
    match side(writer) {
        Some(Side::Polled(to)) if !may_block(to) => sys::write(to.fd(), bytes).unwrap_or(0),
        _ => 0,
    }
}

/// Splices for as long as there is more than a piece to be had. Waits for `writer`, but not for `reader`.
pub(super) fn bulk<R: ?Sized, W: ?Sized>(reader: &R, writer: &W) -> io::Result<Moved> {
    let (Some(Side::Polled(from)), Some(Side::Polled(to))) = (side(reader), side(writer)) else {
        return Ok(Moved::default());
    };
    let mut moved = Moved::default();
    if may_block(from) || may_block(to) {
        return Ok(moved);
    }
    let Ok((mut reader, writer)) = io::pipe() else {
        // Too many open files: reading and writing needs none.
        return Ok(moved);
    };
    loop {
        if scheduler::check_cancelled().is_err() {
            // The next read tells.
            return Ok(moved);
        }
        if let Some(running) = scheduler::running() {
            running.spend_budget();
        }
        let length = match sys::splice(from.fd(), writer.as_fd(), PIPE) {
            Ok(length) => length,
            Err(error) if is_for_reads(&error) => return Ok(moved),
            Err(error) => return Err(error),
        };
        let mut left = length;
        while left > 0 {
            let mut splice_out = |fd: BorrowedFd<'_>| sys::splice(reader.as_fd(), fd, left);
            // At once if there is room, whatever the context.
            let gone = match splice_out(to.fd()) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    to.transfer(Direction::Write, &mut splice_out)
                }
                other => other,
            };
            match gone {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(gone) => {
                    left -= gone;
                    moved.copied += gone as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Not this kind of file.
                Err(error) if error.kind() == ErrorKind::InvalidInput => {
                    moved.read = vec![0; left];
                    reader.read_exact(&mut moved.read)?;
                    return Ok(moved);
                }
                Err(error) => return Err(error),
            }
        }
        moved.end = length == 0;
        if length < PIECE {
            return Ok(moved);
        }
    }
}

/// Whether a read is to find out what there is to an error of a `splice` in: nothing at present, an
/// interruption, or a kind of file that cannot be spliced from.
fn is_for_reads(error: &io::Error) -> bool {
    let kinds = [
        ErrorKind::WouldBlock,
        ErrorKind::Interrupted,
        ErrorKind::InvalidInput,
    ];
    kinds.contains(&error.kind())
}

/// Sends up to `limit` bytes, as far as that goes, and counts them in `sent`.
fn send_file(from: &File, to: &dyn Polled, limit: u64, sent: &mut u64) -> io::Result<()> {
    if may_block(to) {
        return Ok(());
    }
    while *sent < limit {
        let trip = (limit - *sent).min(TRIP as u64) as usize;
        let send =
            &mut |fd: BorrowedFd<'_>| offload_fallible(|| sys::sendfile(from.as_fd(), fd, trip));
        match to.transfer(Direction::Write, send) {
            // Either the end, or a file that says that it is empty and is not, as in `/proc`.
            Ok(0) => break,
            Ok(moved) => *sent += moved as u64,
            Err(error) if error.kind() == ErrorKind::InvalidInput => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
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
