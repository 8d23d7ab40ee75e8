//! The sending end.

use super::error::{SendError, SendTimeoutError, TrySendError};
use super::handle::{Channel, after, count_up, counted, each, spend_budget};
use super::operation::{self, Flavor};
use std::convert::identity;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// The sending side of a channel.
///
/// Made by [`bounded`](super::bounded) and [`unbounded`](super::unbounded). Clones send into the same
/// channel; when the last is dropped the channel is closed. Any task of any runtime and any OS
/// thread may use it.
pub struct Sender<T> {
    pub(super) channel: Channel<T>,
}

// SAFETY: a channel passes values from thread to thread and shows them to nobody; all of its state
// is behind atomics and a lock.
unsafe impl<T: Send> Send for Sender<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Sender<T> {}

impl<T> UnwindSafe for Sender<T> {}
impl<T> RefUnwindSafe for Sender<T> {}

impl<T> Sender<T> {
    /// Sends `value`. While there is no room it parks the task, or blocks the thread; with a
    /// capacity of 0, until a receiver takes the value. Into an unbounded channel it never waits.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] if the channel is closed, or becomes so meanwhile. The value comes back.
    ///
    /// # Panics
    ///
    /// If it would have to wait inside [`forbid_park`](crate::task::forbid_park).
    ///
    /// # Cancellation
    ///
    /// [`SendError::Cancelled`] with the value, which nobody has received; at once if the context is
    /// done already. An unbounded channel does not look at it.
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, receiver) = teem::chan::bounded(0);
    /// let task = teem::spawn(move || receiver.recv());
    /// assert_eq!(sender.send(7), Ok(()));
    /// assert_eq!(task.join().unwrap(), Ok(7));
    /// ```
    #[track_caller]
    #[inline]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        let untimed = SendTimeoutError::untimed;
        each!(&self.channel, flavor => operation::send(flavor, value, || None, untimed))
    }

    /// Sends `value` if there is room for it, or a receiver waiting. Never parks.
    ///
    /// # Errors
    ///
    /// [`TrySendError`], with the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::chan::{TrySendError, bounded};
    ///
    /// let (sender, receiver) = bounded(1);
    /// assert_eq!(sender.try_send(1), Ok(()));
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// drop(receiver);
    /// assert_eq!(sender.try_send(3), Err(TrySendError::Closed(3)));
    /// ```
    #[inline]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let sent = each!(&self.channel, flavor => flavor.try_send(value));
        spend_budget();
        sent
    }

    /// [`send`](Self::send), for `timeout` at most. [`Duration::MAX`] means for ever.
    ///
    /// # Errors
    ///
    /// [`SendTimeoutError`], with the value.
    ///
    /// # Panics
    ///
    /// As [`send`](Self::send).
    ///
    /// # Cancellation
    ///
    /// As [`send`](Self::send).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use teem::chan::{SendTimeoutError, bounded};
    ///
    /// let (sender, _receiver) = bounded(0);
    /// let sent = sender.send_timeout("hello?", Duration::from_millis(1));
    /// assert_eq!(sent, Err(SendTimeoutError::Timeout("hello?")));
    /// ```
    #[track_caller]
    pub fn send_timeout(&self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        each!(&self.channel, flavor => operation::send(flavor, value, || after(timeout), identity))
    }

    /// [`send`](Self::send), until `deadline` at most.
    ///
    /// # Errors
    ///
    /// [`SendTimeoutError`], with the value.
    ///
    /// # Panics
    ///
    /// As [`send`](Self::send).
    ///
    /// # Cancellation
    ///
    /// As [`send`](Self::send).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// let (sender, _receiver) = teem::chan::bounded(1);
    /// assert!(sender.send_deadline(1, Instant::now()).is_ok());
    /// assert!(sender.send_deadline(2, Instant::now()).is_err());
    /// ```
    #[track_caller]
    pub fn send_deadline(&self, value: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        each!(&self.channel, flavor => operation::send(flavor, value, || Some(deadline), identity))
    }

    /// Closes the channel; true the first time. Does not park.
    ///
    /// From then on nothing can be sent. Receivers get what was sent before, and then
    /// [`RecvError::Closed`](super::RecvError::Closed). Senders that wait get their values back.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::chan::{RecvError, SendError, bounded};
    ///
    /// let (sender, receiver) = bounded(2);
    /// sender.send(1).unwrap();
    /// assert!(sender.close());
    /// assert!(!receiver.close());
    /// assert_eq!(sender.send(2), Err(SendError::Closed(2)));
    /// assert_eq!(receiver.recv(), Ok(1));
    /// assert_eq!(receiver.recv(), Err(RecvError::Closed));
    /// ```
    pub fn close(&self) -> bool {
        each!(&self.channel, flavor => flavor.close())
    }

    /// Whether the channel has been closed, by whatever means.
    pub fn is_closed(&self) -> bool {
        each!(&self.channel, flavor => flavor.is_closed())
    }

    /// How many values are in the channel. Others may change that at any time.
    pub fn len(&self) -> usize {
        each!(&self.channel, flavor => flavor.len())
    }

    /// How many values the channel has room for; `None` if it is unbounded.
    pub fn capacity(&self) -> Option<usize> {
        each!(&self.channel, flavor => flavor.capacity())
    }

    /// Whether there are no values in the channel. In one of capacity 0 there are none but such as futures gave back.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room in the channel. A channel of capacity 0 is always full.
    pub fn is_full(&self) -> bool {
        each!(&self.channel, flavor => flavor.is_full())
    }

    /// Whether both send into the same channel.
    ///
    /// # Examples
    ///
    /// ```
    /// let (one, _receiver) = teem::chan::unbounded::<()>();
    /// let (other, _receiver) = teem::chan::unbounded();
    /// assert!(one.same_channel(&one.clone()));
    /// assert!(!one.same_channel(&other));
    /// ```
    pub fn same_channel(&self, other: &Sender<T>) -> bool {
        self.channel.address() == other.channel.address()
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        counted!(&self.channel, counted => count_up(&counted.senders));
        let channel = self.channel.share();
        Self { channel }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        counted!(&self.channel, counted => {
            // ORDERING: AcqRel, what the other senders did comes before the close.
            if counted.senders.fetch_sub(1, Ordering::AcqRel) == 1 {
                counted.flavor.close();
            }
        });
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Sender { .. }")
    }
}
