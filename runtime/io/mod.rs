//! Input and output: `std::io`, with the calls that wait parking the task instead of blocking its thread.
//!
//! The traits, the buffers and the errors *are* std's and are re-exported here, so all that is written
//! for them works with the files, sockets and pipes of this crate. Ours are the standard streams,
//! [`pipe`] and [`copy`].
//!
//! ```
//! use teem::io::{self, Read, Write};
//!
//! let (mut reader, mut writer) = io::pipe()?;
//! let task = teem::spawn(move || {
//!     let mut text = String::new();
//!     reader.read_to_string(&mut text).map(|_| text)
//! });
//! writer.write_all(b"through a pipe")?;
//! drop(writer);
//! assert_eq!(task.join().unwrap()?, "through a pipe");
//! # std::io::Result::Ok(())
//! ```
//!
//! # The standard streams
//!
//! They are shared with other processes, so their mode is left as it is. [`Stdin`] parks the task until there is
//! something and then reads on the blocking pool, as somebody else may take it first. [`Stdout`] and
//! [`Stderr`] are std's, behind locks that park: a write first parks until there is room. What is longer than is sure
//! to fit is written on the blocking pool, as is all that goes to a terminal or a block device. `println!` goes to
//! std's own without either, and may block a worker for as long as the reader of the output takes; the order of all
//! that is written stays. As in std, an input that is closed is empty, and an output that is closed takes all.
//!
//! The input has a buffer of its own: what it has read in advance is not seen by `std::io::stdin`, nor the
//! other way round. Use one of the two.
//!
//! # Cancellation
//!
//! In a context that is done each call that may wait fails at once, and those that are parked are
//! woken, with an error for which [`context::cause_of`](crate::context::cause_of) finds the cause. A read that has
//! begun on the blocking pool is not cut, nor is waiting for a lock.

mod copy;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod identity;
mod pipe;
mod reentrant;
#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "splice.rs"]
mod short_cut;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "no_splice.rs"]
mod short_cut;
mod stdin;
mod stdout;

#[cfg(all(test, teem_fault, target_os = "linux"))]
mod tests;

pub use copy::copy;
pub use pipe::{PipeReader, PipeWriter, pipe};
pub use std::io::{
    BufRead, BufReader, BufWriter, Bytes, Chain, Cursor, Empty, Error, ErrorKind, IntoInnerError,
    IoSlice, IoSliceMut, IsTerminal, LineWriter, Lines, Read, Repeat, Result, Seek, SeekFrom, Sink,
    Split, Take, Write, WriterPanicked, empty, prelude, read_to_string, repeat, sink,
};
pub use stdin::{Stdin, StdinLock, stdin};
pub use stdout::{Stderr, StderrLock, Stdout, StdoutLock, stderr, stdout};
