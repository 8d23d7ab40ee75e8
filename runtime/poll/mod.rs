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
//! # With a buffer only for who has something to read
//!
//! A buffer on the stack makes it two pages, and an idle connection keeps both. Who has many of those waits first,
//! and calls a function that has the buffer then. With a socket of this crate that costs no system call more: it
//! waits with the registration that the socket has, and knows what was read from it.
//!
//! ```
//! use std::io::{self, Read, Write};
//! use teem::net::{TcpStream, serve};
//!
//! // Not inlined, or the caller would have its frame all the time.
//! #[inline(never)]
//! fn answer(stream: &mut TcpStream) -> io::Result<usize> {
//!     let mut buffer = [0; 4096];
//!     let length = stream.read(&mut buffer)?;
//!     stream.write_all(&buffer[..length])?;
//!     Ok(length)
//! }
//!
//! let server = serve("127.0.0.1:0", |mut stream| -> io::Result<()> {
//!     loop {
//!         teem::poll::readable(&stream)?;
//!         if answer(&mut stream)? == 0 {
//!             return Ok(());
//!         }
//!     }
//! })?;
//! let mut client = TcpStream::connect(server.local_addr())?;
//! client.write_all(b"hello")?;
//! let mut text = [0; 5];
//! client.read_exact(&mut text)?;
//! assert_eq!(&text, b"hello");
//! # io::Result::Ok(())
//! ```
//!
//! # Whose registration
//!
//! A socket or pipe of this crate has one for as long as it is open. A file of others has one for as long as somebody
//! waits for it: nothing tells when its number means another file (`netpoll/files.rs`). So each such wait costs two
//! system calls more, and one that looks whether there really is something.

mod face;
mod pipe;
mod pollable;
mod retry;
mod transfer;

pub(crate) use face::{exchange, face, hops, socket, transfers};
pub(crate) use pipe::{Pipe, pipe_end, pipe_reads, pipe_writes};
pub(crate) use pollable::{Limit, Pollable};
pub(crate) use retry::{pause, retrying};

use crate::netpoll::{Direction, FileRef};
use crate::scheduler::{self, park};
use crate::sys::socket as sys;
use crate::task::{Accepts, Wake};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

/// Parks the task until `fd` can be read without blocking, or has ended or failed, which a read will
/// tell; outside a task blocks the thread. Files that never block, such as regular ones, are ready.
///
/// Somebody else may read first: whoever shares the file keeps it non-blocking and waits again. For a socket of this
/// crate the wait may also end early, once in a long while: its own calls park then, as ever.
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
    let running = scheduler::running();
    let poller = match running {
        Some(running) => running.poller(),
        None if scheduler::is_in_context() => scheduler::poller()?,
        // The system tells the thread itself.
        None => return sys::poll(fd, direction == Direction::Write, None).map(drop),
    };
    let file = FileRef::of(fd);
    while !file.look(direction)? {
        let waiter = park::waiter();
        // SAFETY: the waiter stays in this frame, and below it is taken back.
        if !unsafe { file.watch(direction, &waiter, poller)? } {
            continue;
        }
        if let Some(running) = running {
            running.waits_outside();
        }
        let woken = park::wait(&waiter, None, Accepts::Cancel) == Wake::Event;
        // SAFETY: that of `watch`; the wait is over, so it was claimed.
        let next = unsafe { file.unwatch(direction, &waiter, woken) };
        next.into_iter().for_each(park::schedule);
        if !woken {
            return Err(scheduler::cancelled().into());
        }
        if file.is_ours() {
            break;
        }
    }
    if let Some(running) = running {
        running.spend_budget();
    }
    Ok(())
}
