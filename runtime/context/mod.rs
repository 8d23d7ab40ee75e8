//! Cancellation: how a task is told to stop, and what its blocking calls say then.
//!
//! [`JoinHandle::cancel`](crate::JoinHandle::cancel) cancels a task. From then on each blocking
//! call in it that can fail does, at once, with an error that carries [`Cancelled`]; `sleep` and
//! `park` return early; `join` and `scope` wait as ever. Nothing that was read is lost, nothing is
//! written by halves without being counted.

use std::{fmt, io};

/// The task was cancelled, and the call that returns this did nothing.
///
/// I/O wraps it: see [`cause_of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cancelled;

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the task was cancelled")
    }
}

impl std::error::Error for Cancelled {}

impl From<Cancelled> for io::Error {
    fn from(cancelled: Cancelled) -> Self {
        io::Error::other(cancelled)
    }
}

/// The [`Cancelled`] that an I/O error carries, if a cancellation is what caused it.
///
/// # Examples
///
/// ```
/// use std::io;
/// use teem::context::cause_of;
///
/// fn main() -> io::Result<()> {
///     let listener = teem::net::TcpListener::bind("127.0.0.1:0")?;
///     let acceptor = teem::spawn(move || listener.accept().map(drop));
///     acceptor.cancel();
///     let error = acceptor.join().unwrap().unwrap_err();
///     assert!(cause_of(&error).is_some());
///     assert!(cause_of(&io::ErrorKind::BrokenPipe.into()).is_none());
///     Ok(())
/// }
/// ```
pub fn cause_of(error: &io::Error) -> Option<Cancelled> {
    error.get_ref()?.downcast_ref().copied()
}
