//! `std::sync::mpsc`'s names over [`chan`], for programs that change their `use` lines.
//!
//! New code is better off with [`chan`] itself, whose receivers can be cloned and whose
//! errors tell a cancellation from a closed channel. Here they are std's own types, which have no word
//! for it: in a task whose context is done, every call that can wait reports a disconnected channel
//! instead, even if it would not have to wait. No value is lost by that, for a send gives its value back
//! and a receive leaves it where it was.
//!
//! # Examples
//!
//! ```
//! use teem::sync::mpsc::channel;
//!
//! let (sender, receiver) = channel();
//! for n in 0..10 {
//!     let sender = sender.clone();
//!     teem::go!(sender.send(n).unwrap());
//! }
//! drop(sender);
//! assert_eq!(receiver.iter().sum::<i32>(), 45);
//! ```

pub use std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};

use crate::chan;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::panic::RefUnwindSafe;
use std::time::Duration;

/// A channel without a limit: sending never waits.
///
/// # Examples
///
/// ```
/// let (sender, receiver) = teem::sync::mpsc::channel();
/// let task = teem::spawn(move || sender.send(7));
/// assert_eq!(receiver.recv(), Ok(7));
/// assert_eq!(task.join().unwrap(), Ok(()));
/// ```
#[must_use]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = chan::unbounded();
    (Sender(sender), Receiver::new(receiver))
}

/// A channel with room for `bound` values; with 0, each send waits for its receiver.
///
/// # Examples
///
/// ```
/// use teem::sync::mpsc::{TrySendError, sync_channel};
///
/// let (sender, receiver) = sync_channel(1);
/// sender.send(1).unwrap();
/// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
/// assert_eq!(receiver.recv(), Ok(1));
/// ```
#[must_use]
pub fn sync_channel<T>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
    let (sender, receiver) = chan::bounded(bound);
    (SyncSender(sender), Receiver::new(receiver))
}

/// The sending end of a [`channel`]. Clones send into the same one.
pub struct Sender<T>(chan::Sender<T>);

impl<T> Sender<T> {
    /// Sends `t`. Never waits.
    ///
    /// # Errors
    ///
    /// The receiver is gone; the value comes back. That there is no error does not mean that the value
    /// is ever received.
    pub fn send(&self, t: T) -> Result<(), SendError<T>> {
        self.0.send(t).map_err(unsent)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

/// The sending end of a [`sync_channel`]. Clones send into the same one.
pub struct SyncSender<T>(chan::Sender<T>);

impl<T> SyncSender<T> {
    /// Sends `t`. While there is no room it parks the task, or blocks the thread.
    ///
    /// # Errors
    ///
    /// The receiver is gone; the value comes back.
    ///
    /// # Panics
    ///
    /// If it would have to wait inside [`forbid_park`](crate::task::forbid_park).
    ///
    /// # Cancellation
    ///
    /// Reads as a receiver that is gone.
    #[track_caller]
    pub fn send(&self, t: T) -> Result<(), SendError<T>> {
        self.0.send(t).map_err(unsent)
    }

    /// Sends `t` if there is room for it, or a receiver waiting. Never waits.
    ///
    /// # Errors
    ///
    /// There is no room, or the receiver is gone; the value comes back.
    pub fn try_send(&self, t: T) -> Result<(), TrySendError<T>> {
        self.0.try_send(t).map_err(|error| match error {
            chan::TrySendError::Full(t) => TrySendError::Full(t),
            chan::TrySendError::Closed(t) => TrySendError::Disconnected(t),
        })
    }
}

impl<T> Clone for SyncSender<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for SyncSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncSender").finish_non_exhaustive()
    }
}

fn unsent<T>(error: chan::SendError<T>) -> SendError<T> {
    SendError(error.into_inner())
}

/// The receiving end of a [`channel`] or [`sync_channel`]. There is only one.
pub struct Receiver<T> {
    receiver: chan::Receiver<T>,
    /// std's can be sent to another thread, but not shared.
    not_sync: PhantomData<Cell<()>>,
}

// As std's: a receiver is changed as one.
impl<T> RefUnwindSafe for Receiver<T> {}

impl<T> Receiver<T> {
    fn new(receiver: chan::Receiver<T>) -> Self {
        let not_sync = PhantomData;
        Self { receiver, not_sync }
    }

    /// Takes a value, if there is one. Never waits.
    ///
    /// # Errors
    ///
    /// There is none, or there will never be one again.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.receiver.try_recv().map_err(|error| match error {
            chan::TryRecvError::Empty => TryRecvError::Empty,
            chan::TryRecvError::Closed => TryRecvError::Disconnected,
        })
    }

    /// Takes a value. While there is none it parks the task, or blocks the thread.
    ///
    /// # Errors
    ///
    /// All senders are gone and all that they sent has been received.
    ///
    /// # Panics
    ///
    /// If it would have to wait inside [`forbid_park`](crate::task::forbid_park).
    ///
    /// # Cancellation
    ///
    /// Reads as senders that are gone.
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.receiver.recv().map_err(|_| RecvError)
    }

    /// [`recv`](Self::recv), for `timeout` at most.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv), and that the time has passed.
    ///
    /// # Panics
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Cancellation
    ///
    /// Reads as senders that are gone.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::sync::mpsc::{RecvTimeoutError, channel};
    /// use teem::time::Duration;
    ///
    /// let (sender, receiver) = channel::<i32>();
    /// let timeout = Duration::from_millis(1);
    /// assert_eq!(receiver.recv_timeout(timeout), Err(RecvTimeoutError::Timeout));
    /// drop(sender);
    /// assert_eq!(receiver.recv_timeout(timeout), Err(RecvTimeoutError::Disconnected));
    /// ```
    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.receiver.recv_timeout(timeout).map_err(|error| {
            if error == chan::RecvTimeoutError::Timeout {
                RecvTimeoutError::Timeout
            } else {
                RecvTimeoutError::Disconnected
            }
        })
    }

    /// The values, waiting for each, until all senders are gone.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { rx: self }
    }

    /// The values that are there, without waiting for more.
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter { rx: self }
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

/// What [`Receiver::iter`] returns.
#[derive(Debug)]
pub struct Iter<'a, T: 'a> {
    rx: &'a Receiver<T>,
}

/// What [`Receiver::try_iter`] returns.
#[derive(Debug)]
pub struct TryIter<'a, T: 'a> {
    rx: &'a Receiver<T>,
}

/// What a [`Receiver`] turns into in a `for` loop.
#[derive(Debug)]
pub struct IntoIter<T> {
    rx: Receiver<T>,
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.rx.recv().ok()
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.rx.try_recv().ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.rx.recv().ok()
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter { rx: self }
    }
}
