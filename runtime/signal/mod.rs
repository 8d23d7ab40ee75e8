//! Signals, received through channels, as Go's `os/signal` has it.
//!
//! [`notify`] takes signals over: instead of what they would do by themselves, such as ending the
//! process, they arrive at a [`Receiver`], which works in a `select!` like any other.
//!
//! ```
//! use teem::signal::{self, Signal};
//!
//! let stop = signal::notify(&[Signal::INT, Signal::TERM])?;
//! # std::process::Command::new("kill").arg(std::process::id().to_string()).status()?;
//! // Serve, and then:
//! assert_eq!(stop.recv(), Ok(Signal::TERM));
//! # std::io::Result::Ok(())
//! ```
//!
//! # What arrives
//!
//! A signal is pending at a receiver or it is not, as it is in the system: one that comes again before it
//! was received is the same one. Different signals do not push each other out, and are received in the
//! order of their numbers. Each receiver that was made for a signal gets it; clones of one receiver share
//! it. The signal handler never waits: it leaves a mark for a thread of ours, which wakes
//! whoever receives, in tasks of all runtimes and on OS threads. A receiver of signals never closes.
//!
//! # How it ends
//!
//! When the last receiver for a signal is dropped, clones included, the signal does again what it did before the
//! first was made, or before the [`ignore`] that the first took it from. So a server that is to end in good order keeps
//! its receiver until it has: a second ctrl-c is then one more signal and not the end of the process. What was caught
//! and not received is dropped with the receiver.
//!
//! An earlier handler (of another library, say) is not called while signals go to receivers, and is
//! put back afterwards. One that was installed over ours later is left alone.
//!
//! # Children
//!
//! A child process starts with the signals that this one catches in their default, and with those that it
//! ignores ignored, as `exec` does it.
//!
//! # Inside
//!
//! | file          | what it holds                                              |
//! | ------------- | ---------------------------------------------------------- |
//! | `number.rs`   | `Signal`                                                   |
//! | `registry.rs` | who gets which signal, and what the system did with it before |
//! | `sys/caught.rs` | the handler                                              |

mod number;
mod registry;

pub use number::Signal;

use crate::chan::Receiver;
use std::io;

/// Has each of `signals` arrive at the receiver from now on, instead of doing what it does by default.
///
/// Never parks. The first call starts a thread, which stays. With no signals the receiver gets none.
///
/// # Errors
///
/// `InvalidInput` for signals that no program can catch or that stack overflows arrive as (`KILL`, `STOP`,
/// `SEGV`, `BUS`, `ILL`, `FPE`), and for numbers that the system does not know; then nothing has
/// changed. Too many open files, or no more threads, the first time.
///
/// # Examples
///
/// ```
/// use teem::signal::{self, Signal};
///
/// let reload = signal::notify(&[Signal::HUP])?;
/// let task = teem::spawn(move || reload.recv());
/// # let id = std::process::id().to_string();
/// std::process::Command::new("kill").args(["-HUP", &id]).status()?;
/// assert_eq!(task.join().unwrap(), Ok(Signal::HUP));
/// # std::io::Result::Ok(())
/// ```
pub fn notify(signals: &[Signal]) -> io::Result<Receiver<Signal>> {
    registry::notify(signals)
}

/// Has the system drop `signals` from now on. Receivers that there are for them get no more of them.
///
/// Unlike caught ones, ignored signals are ignored in children, too. Never parks.
///
/// # Errors
///
/// As [`notify`].
///
/// # Examples
///
/// ```
/// use teem::signal::{self, Signal};
///
/// signal::ignore(&[Signal::HUP])?;
/// # let id = std::process::id().to_string();
/// std::process::Command::new("kill").args(["-HUP", &id]).status()?;
/// // Still here.
/// assert!(signal::notify(&[Signal::HUP])?.is_empty());
/// # std::io::Result::Ok(())
/// ```
pub fn ignore(signals: &[Signal]) -> io::Result<()> {
    registry::ignore(signals)
}

/// Undoes [`notify`] and [`ignore`]: `signals` do again what they did before the first of those calls.
/// Receivers that there are for them get no more of them. Never parks.
///
/// # Errors
///
/// Those of the system.
///
/// # Examples
///
/// ```
/// use teem::signal::{self, Signal};
///
/// let stop = signal::notify(&[Signal::INT, Signal::TERM])?;
/// signal::reset(&[Signal::INT])?;
/// // Ctrl-C ends the process again; TERM still arrives.
/// # std::process::Command::new("kill").arg(std::process::id().to_string()).status()?;
/// assert_eq!(stop.recv(), Ok(Signal::TERM));
/// # std::io::Result::Ok(())
/// ```
pub fn reset(signals: &[Signal]) -> io::Result<()> {
    registry::reset(signals)
}
