//! Processes: `std::process`, with calls that park the task instead of blocking its thread.
//!
//! The names, the signatures and what they do are std's. What never waits ([`ExitStatus`], [`Stdio`] and
//! their kin) *is* std's and is re-exported here.
//!
//! ```
//! use teem::process::Command;
//!
//! let output = teem::run(|| Command::new("echo").arg("hello").output())?;
//! assert_eq!(output.stdout, b"hello\n");
//! # std::io::Result::Ok(())
//! ```
//!
//! # Which call waits, and how
//!
//! Starting a process waits for its `exec`, on the blocking pool. Pipes to it are
//! polled as sockets are. Its end is polled through a `pidfd` on Linux; elsewhere, and where there
//! are none to be had, a thread of the blocking pool waits.
//!
//! # Cancellation
//!
//! In a context that is done each of these calls fails at once, and those that are parked are
//! woken, with an error for which [`context::cause_of`](crate::context::cause_of) finds the cause. A [`Child`] that was
//! waited for is as it was and can be waited for again. Where a call has its child to itself
//! ([`Command::output`], [`Command::status`], [`Child::wait_with_output`]) nobody could wait for it any more: it is
//! killed, and waited for.

mod child;
mod command;
#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "ending_linux.rs"]
mod ending;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "ending_pool.rs"]
mod ending;
pub(crate) mod unix;

#[cfg(all(test, teem_fault, target_os = "linux"))]
mod tests;

pub use child::{Child, ChildStderr, ChildStdin, ChildStdout};
pub use command::Command;
pub use std::process::{
    CommandArgs, CommandEnvs, ExitCode, ExitStatus, Output, Stdio, Termination, abort, exit, id,
};
