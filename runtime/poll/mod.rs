//! Waiting for a descriptor of any kind: what `poll(2)` says, with the task parked.
//!
//! For what this crate has no type of its own for: a library that speaks over a descriptor and wants to
//! be called when there is something to do, a `timerfd`, an `inotify`, a device. Sockets and pipes of
//! this crate wait in their own calls and need none of this.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::os::unix::net::UnixStream;
//!
//! let (mut near, mut far) = UnixStream::pair()?;
//! let reader = teem::spawn(move || {
//!     teem::poll::readable(&near)?;
//!     // Blocks nobody: there is something.
//!     near.read(&mut [0; 8])
//! });
//! far.write_all(b"hello")?;
//! assert_eq!(reader.join().unwrap()?, 5);
//! # std::io::Result::Ok(())
//! ```
//!
//! # A registration a wait
//!
//! Each wait that parks has a registration of its own, made with a duplicate of the descriptor, that ends
//! with the wait. That costs some system calls, and makes the waits independent of everything else: of
//! other tasks that wait for the same file, of a type of this crate that has it registered, of the
//! number being closed and used again. Remembering registrations by number was rejected: nothing tells
//! when a number means another file.

mod face;
mod pipe;
mod pollable;
mod retry;
mod transfer;

pub(crate) use face::{exchange, face, hops, socket, transfers};
pub(crate) use pipe::{Pipe, pipe_end, pipe_reads, pipe_writes};
pub(crate) use pollable::{Limit, Pollable};
pub(crate) use retry::{pause, retrying};

use crate::netpoll::{Direction, Outcome};
use crate::scheduler;
use crate::sys::socket as sys;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// Parks the task until `fd` can be read without blocking, or has ended or failed, which a read will
/// tell; outside a task blocks the thread. Files that never block, such as regular ones, are ready.
///
/// Somebody else may read first: whoever shares the file keeps it non-blocking and waits again.
///
/// # Errors
///
/// Those of the system: too many open files, no memory.
///
/// # Panics
///
/// Inside [`forbid_park`](crate::task::forbid_park), unless it is ready.
///
/// # Cancellation
///
/// Fails, with an error for which [`cause_of`](crate::context::cause_of) finds the cause.
///
/// # Examples
///
/// ```
/// use std::io::{ErrorKind, Write};
/// use std::time::Duration;
///
/// let (reader, mut writer) = std::io::pipe()?;
/// let waited = teem::time::timeout(Duration::from_millis(1), || teem::poll::readable(&reader));
/// assert_eq!(waited.unwrap_err().kind(), ErrorKind::TimedOut);
/// writer.write_all(b"x")?;
/// teem::poll::readable(&reader)?;
/// # std::io::Result::Ok(())
/// ```
pub fn readable(fd: &impl AsFd) -> io::Result<()> {
    wait(fd.as_fd(), Direction::Read)
}

/// Parks the task until `fd` can be written without blocking, or has failed, which a write will tell;
/// outside a task blocks the thread. Otherwise as [`readable`].
///
/// # Errors
///
/// Those of the system: too many open files, no memory.
///
/// # Panics
///
/// Inside [`forbid_park`](crate::task::forbid_park), unless it is ready.
///
/// # Cancellation
///
/// Fails, with an error for which [`cause_of`](crate::context::cause_of) finds the cause.
///
/// # Examples
///
/// ```
/// let (_reader, writer) = std::io::pipe()?;
/// teem::run(|| teem::poll::writable(&writer))?;
/// # std::io::Result::Ok(())
/// ```
pub fn writable(fd: &impl AsFd) -> io::Result<()> {
    wait(fd.as_fd(), Direction::Write)
}

fn wait(fd: BorrowedFd<'_>, direction: Direction) -> io::Result<()> {
    scheduler::check_cancelled()?;
    if is_ready(fd, direction)? {
        if let Some(running) = scheduler::running() {
            running.spend_budget();
        }
        return Ok(());
    }
    let duplicate = Pollable::new(fd.try_clone_to_owned()?);
    let forever = Limit::Deadline(None);
    let result = duplicate.io_until(forever, direction, |fd| {
        if !is_ready(fd.as_fd(), direction)? {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let (value, short) = ((), false);
        Ok(Outcome { value, short })
    });
    // The file stays open, so its registration has to be taken back before the duplicate is closed.
    drop(duplicate.into_inner());
    result
}

fn is_ready(fd: BorrowedFd<'_>, direction: Direction) -> io::Result<bool> {
    sys::poll(fd, direction == Direction::Write, Some(Duration::ZERO))
}
