//! Channels: queues between tasks, between OS threads, and between both.
//!
//! [`bounded`] makes a channel with room for so many values, [`unbounded`] one with room for all. A
//! channel of capacity 0 has no room: a value goes straight from the sender to the receiver, who
//! wait for each other. Both ends can be cloned, and each value reaches exactly one receiver.
//!
//! ```
//! let (sender, receiver) = teem::chan::bounded(16);
//! for worker in 0..4 {
//!     let sender = sender.clone();
//!     teem::go!(sender.send(worker * worker).unwrap());
//! }
//! drop(sender);
//! assert_eq!(receiver.iter().sum::<i32>(), 14);
//! ```
//!
//! # Closing
//!
//! A channel is closed by [`Sender::close`] or [`Receiver::close`], when its last sender is
//! dropped, and when its last receiver is. Receivers then drain what was sent before, and get
//! `Closed`; senders get their values back. What nobody can receive any more is dropped.
//!
//! # Inside
//!
//! | file             | what it holds                                                        |
//! | ---------------- | -------------------------------------------------------------------- |
//! | `sender.rs`, `receiver.rs`, `iter.rs`, `error.rs` | the public face                     |
//! | `handle.rs`      | what the two ends share: a channel of one of three kinds, counted    |
//! | `operation.rs`   | what each kind can do; the waits that are made of it                 |
//! | `bounded.rs`, `ring.rs` | the array, and who waits for it                               |
//! | `zero.rs`        | capacity 0                                                           |
//! | `unbounded.rs`, `blocks.rs` | no limit: the queue, and who waits for it                 |
//! | `source.rs`      | receivers that nobody sends to: clocks                               |
//! | `wait.rs`        | the nodes of those who wait, and their lists                         |
//! | `packet.rs`      | the place in which a receiver gets its value                         |
//! | `clock.rs`       | those: `after`, `at`, `tick`, `never`                                |
//! | `select.rs`, `arm.rs` | waiting for one of several things; the arms of a `select!`      |
//! | `select_task.rs` | the arms that wait for tasks and contexts                           |
//! | `dynamic.rs`     | `Select`                                                             |
//! | `future.rs`      | sending and receiving as futures                                     |

mod arm;
mod blocks;
mod bounded;
mod clock;
mod dynamic;
mod error;
mod future;
mod handle;
mod iter;
mod operation;
mod packet;
mod receiver;
mod ring;
mod select;
mod select_task;
mod sender;
pub(crate) mod source;
mod unbounded;
mod wait;
mod zero;

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(loom)))]
mod tests;

pub(crate) use clock::{Clock, adjustable};
pub use clock::{after, at, never, tick};
pub use dynamic::{Select, SelectedOperation};
pub use error::{
    ReadyTimeoutError, RecvError, RecvTimeoutError, SelectTimeoutError, SendError,
    SendTimeoutError, TryReadyError, TryRecvError, TrySelectError, TrySendError,
};
pub use future::{RecvFuture, SendFuture};
pub use iter::{IntoIter, Iter, TryIter};
pub use receiver::Receiver;
pub use sender::Sender;

#[doc(hidden)]
pub mod __select {
    //! What the code of `select!` names. Not for users.

    pub use super::arm::{Arm, RecvArm, SendArm};
    pub use super::select::{Order, Otherwise, leave, no_such_arm, outcome, select};
    pub use super::select_task::{DoneArm, JoinArm};
}

/// A channel with room for `capacity` values; with 0, each send waits for its receiver.
///
/// # Panics
///
/// If no memory could hold `capacity` values: it would be a channel of impossible size.
///
/// # Examples
///
/// ```
/// let (sender, receiver) = teem::chan::bounded(2);
/// sender.send(1).unwrap();
/// sender.send(2).unwrap();
/// assert!(sender.is_full());
/// assert_eq!(receiver.recv(), Ok(1));
/// ```
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    handle::Channel::ends(Some(capacity))
}

/// A channel with room for any number of values: sending never waits.
///
/// # Examples
///
/// ```
/// let (sender, receiver) = teem::chan::unbounded();
/// (0..1000).for_each(|n| sender.send(n).unwrap());
/// assert_eq!(receiver.len(), 1000);
/// assert_eq!(receiver.capacity(), None);
/// ```
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    handle::Channel::ends(None)
}
