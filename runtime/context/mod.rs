//! Contexts: how long something may take, how it is told to stop, and what it carries along.
//!
//! Every task is in a [`Context`], its own unless it [enters](Context::enter) another. Once that is
//! *done*, each blocking call in it that can fail does, at once and before it has done anything;
//! one that is parked ends. No argument is passed for it: the context is ambient.
//!
//! ```
//! use teem::context::{Cause, cause_of};
//! use teem::time::{Duration, timeout};
//!
//! let listener = teem::net::TcpListener::bind("127.0.0.1:0")?;
//! let result = timeout(Duration::from_millis(5), || listener.accept());
//! let error = result.unwrap_err();
//! assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
//! assert_eq!(cause_of(&error), Some(Cause::DeadlineExceeded));
//! # std::io::Result::Ok(())
//! ```
//!
//! # What ends with it, and how
//!
//! | call                                                        | in a done context                 |
//! | ----------------------------------------------------------- | --------------------------------- |
//! | I/O                                                         | an error: `TimedOut` when the deadline has passed, else one that carries [`Cancelled`]; [`cause_of`] knows both |
//! | `recv`, `send`, `acquire` ..                                | the variant `Cancelled`, with the value that was not sent |
//! | `sleep`, `park`                                             | return early                      |
//! | `select!`                                                   | a ready `done` arm, else `default`, else `Cancelled` in its first channel arm |
//! | `try_..`, and what cannot park                              | do not look at it                 |
//! | `lock`, `wait`, `join`, `scope`, `run`, [`Context::done`]   | are not cut                       |
//!
//! An operation has happened or it has not: a parked call ends with whichever came first, and one
//! that is complete is a success. Nothing that was read is dropped, nothing is sent by halves.
//!
//! # Who inherits what
//!
//! What the caller waits for inherits all of its context: [`run`](crate::run) and
//! [`scope`](crate::scope) in a task, [`offload`](crate::offload). What is detached inherits the
//! values alone: [`spawn`](crate::spawn), [`go!`](crate::go). Either has a context of its own on top
//! of that, which [`JoinHandle::cancel`](crate::JoinHandle::cancel) cancels.
//!
//! When a [`Runtime`](crate::runtime::Runtime) ends, every context of its tasks is cancelled but those
//! that nothing can cancel: code in [`shield`] is left to finish.

mod after;
mod cancel;

pub use crate::task::{Cancelled, Cause, Context};
pub use after::AfterFunc;
pub use cancel::{CancelHandle, DropGuard};

use crate::scheduler::{self, park};
use crate::task::Accepts;
use std::io;

/// The context that nothing ends and that carries nothing: [`Context::background`].
pub fn background() -> Context {
    Context::background()
}

/// The context that the caller is in: a task's, or what a thread has entered.
pub fn current() -> Context {
    scheduler::context()
}

/// Runs `f` in a context that nothing ends, with the values of this one: for cleaning up.
///
/// # Examples
///
/// ```
/// use teem::chan;
/// use teem::context::shield;
///
/// let (sender, receiver) = chan::bounded(1);
/// let task = teem::spawn(move || {
///     teem::task::park();
///     assert!(sender.send("too late").is_err());
///     shield(|| sender.send("last words")).unwrap();
/// });
/// task.cancel();
/// task.join().unwrap();
/// assert_eq!(receiver.recv(), Ok("last words"));
/// ```
pub fn shield<R>(f: impl FnOnce() -> R) -> R {
    scheduler::in_context(scheduler::values(), f)
}

/// Why a context made an I/O call fail; `None` for an error of any other origin, a time-out of the
/// system's own among them.
///
/// # Examples
///
/// ```
/// use std::io;
/// use teem::context::{Cause, cause_of};
///
/// fn main() -> io::Result<()> {
///     let listener = teem::net::TcpListener::bind("127.0.0.1:0")?;
///     let acceptor = teem::spawn(move || listener.accept().map(drop));
///     acceptor.cancel();
///     let error = acceptor.join().unwrap().unwrap_err();
///     assert_eq!(cause_of(&error), Some(Cause::Cancelled));
///     assert!(cause_of(&io::ErrorKind::BrokenPipe.into()).is_none());
///     Ok(())
/// }
/// ```
pub fn cause_of(error: &io::Error) -> Option<Cause> {
    let cancelled: &Cancelled = error.get_ref()?.downcast_ref()?;
    Some(cancelled.cause().clone())
}

impl Context {
    /// Runs `f` in this context, in place of the one that the caller is in. On an OS thread it is in
    /// force for calls of this crate alone, too.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::context::Context;
    ///
    /// let (context, cancel) = Context::background().with_cancel();
    /// cancel.cancel();
    /// let (_sender, receiver) = teem::chan::bounded::<()>(1);
    /// assert!(context.enter(|| receiver.recv()).is_err());
    /// ```
    pub fn enter<R>(&self, f: impl FnOnce() -> R) -> R {
        scheduler::in_context(self.clone(), f)
    }

    /// Parks the task until the context is done, and says why; on an OS thread, blocks it. For ever,
    /// if nothing can end it.
    ///
    /// # Panics
    ///
    /// Inside [`forbid_park`](crate::task::forbid_park), unless the context is done already.
    ///
    /// # Cancellation
    ///
    /// Is not cut by the context that the caller is in.
    #[track_caller]
    pub fn done(&self) -> Cause {
        loop {
            if let Some(cause) = self.cause() {
                return cause;
            }
            let waiter = park::waiter();
            let wait = || park::wait(&waiter, self.deadline(), Accepts::Nothing);
            match self.node() {
                None => drop(wait()),
                Some(node) => node.while_told(&waiter, |ended| {
                    if !ended {
                        wait();
                    }
                }),
            }
        }
    }
}
