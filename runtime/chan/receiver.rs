//! The receiving end.

use super::error::{RecvError, RecvTimeoutError, TryRecvError};
use super::handle::{Side, after, count_up, counted, each, spend_budget};
use super::iter::{Iter, TryIter};
use super::operation::{self, Flavor};
use super::source::{self, Source};
use std::convert::identity;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// The receiving side of a channel.
///
/// Made by [`bounded`](super::bounded) and [`unbounded`](super::unbounded), or by a clock. Each value
/// reaches one receiver, whichever asked first; clones receive from the same channel. When the last
/// is dropped the channel is closed and what it still holds is dropped. Any task of any runtime and
/// any OS thread may use it.
pub struct Receiver<T> {
    pub(super) side: Side<T>,
}

// SAFETY: a channel passes values from thread to thread and shows them to nobody; all of its state
// is behind atomics and a lock. Sources are `Send` and `Sync` themselves.
unsafe impl<T: Send> Send for Receiver<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Receiver<T> {}

impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

impl<T> Receiver<T> {
    /// Receives a value. While there is none it parks the task, or blocks the thread.
    ///
    /// # Errors
    ///
    /// [`RecvError::Closed`] if the channel is closed and all that was sent has been received.
    ///
    /// # Panics
    ///
    /// If it would have to wait inside [`forbid_park`](crate::task::forbid_park).
    ///
    /// # Cancellation
    ///
    /// [`RecvError::Cancelled`], and no value is lost; at once if the context is done already. There is
    /// one moment at which it is not cut: see [`try_recv`](Self::try_recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::chan::RecvError;
    ///
    /// let (sender, receiver) = teem::chan::bounded(8);
    /// teem::go!((1..=3).for_each(|n| sender.send(n).unwrap()));
    /// assert_eq!(receiver.recv(), Ok(1));
    /// assert_eq!(receiver.recv(), Ok(2));
    /// assert_eq!(receiver.recv(), Ok(3));
    /// assert_eq!(receiver.recv(), Err(RecvError::Closed));
    /// ```
    #[track_caller]
    #[inline]
    pub fn recv(&self) -> Result<T, RecvError> {
        let untimed = RecvTimeoutError::untimed;
        match &self.side {
            Side::Channel(channel) => {
                each!(channel, flavor => operation::recv(flavor, || None, untimed))
            }
            Side::Source(source) => source::recv(&**source, None).map_err(untimed),
        }
    }

    /// Receives a value if there is one, or a sender waiting.
    ///
    /// It does not park, but for one case: on a channel of capacity 0 the sender may be a `select!`,
    /// which evaluates its value only when it knows that somebody receives it. Then this waits for the
    /// value. Inside [`forbid_park`](crate::task::forbid_park) such a sender is passed over.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`], or [`TryRecvError::Closed`] when there never will be one.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::chan::{TryRecvError, bounded};
    ///
    /// let (sender, receiver) = bounded(1);
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    /// sender.send(5).unwrap();
    /// drop(sender);
    /// assert_eq!(receiver.try_recv(), Ok(5));
    /// assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    /// ```
    #[inline]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        let received = match &self.side {
            Side::Channel(channel) => each!(channel, flavor => flavor.try_recv()),
            Side::Source(source) => source::try_recv(&**source),
        };
        spend_budget();
        received
    }

    /// [`recv`](Self::recv), for `timeout` at most. [`Duration::MAX`] means for ever.
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError`].
    ///
    /// # Panics
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Cancellation
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use teem::chan::{RecvTimeoutError, bounded};
    ///
    /// let (_sender, receiver) = bounded::<()>(1);
    /// let received = receiver.recv_timeout(Duration::from_millis(1));
    /// assert_eq!(received, Err(RecvTimeoutError::Timeout));
    /// ```
    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        match &self.side {
            Side::Channel(channel) => {
                each!(channel, flavor => operation::recv(flavor, || after(timeout), identity))
            }
            Side::Source(source) => source::recv(&**source, after(timeout)),
        }
    }

    /// [`recv`](Self::recv), until `deadline` at most.
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError`].
    ///
    /// # Panics
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Cancellation
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Instant;
    /// use teem::chan::{RecvTimeoutError, unbounded};
    ///
    /// let (sender, receiver) = unbounded();
    /// sender.send(1).unwrap();
    /// let now = Instant::now();
    /// assert_eq!(receiver.recv_deadline(now), Ok(1));
    /// assert_eq!(receiver.recv_deadline(now), Err(RecvTimeoutError::Timeout));
    /// ```
    #[track_caller]
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        match &self.side {
            Side::Channel(channel) => {
                each!(channel, flavor => operation::recv(flavor, || Some(deadline), identity))
            }
            Side::Source(source) => source::recv(&**source, Some(deadline)),
        }
    }

    /// Receives until the channel is closed and drained, or the task's context is done.
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, receiver) = teem::chan::bounded(1);
    /// teem::go!((1..=4).for_each(|n| sender.send(n).unwrap()));
    /// assert_eq!(receiver.iter().sum::<i32>(), 10);
    /// ```
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { receiver: self }
    }

    /// Receives what is there, and ends when nothing is. Each step is a
    /// [`try_recv`](Self::try_recv).
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, receiver) = teem::chan::unbounded();
    /// sender.send(1).unwrap();
    /// sender.send(2).unwrap();
    /// assert!(receiver.try_iter().eq([1, 2]));
    /// ```
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter { receiver: self }
    }

    /// Closes the channel, as [`Sender::close`](super::Sender::close); true the first time. A clock cannot be closed.
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, receiver) = teem::chan::bounded(0);
    /// assert!(receiver.close());
    /// assert!(sender.send("too late").is_err());
    /// ```
    pub fn close(&self) -> bool {
        match &self.side {
            Side::Channel(channel) => each!(channel, flavor => flavor.close()),
            Side::Source(_) => false,
        }
    }

    /// Whether the channel has been closed. There may still be something to receive.
    pub fn is_closed(&self) -> bool {
        match &self.side {
            Side::Channel(channel) => each!(channel, flavor => flavor.is_closed()),
            Side::Source(_) => false,
        }
    }

    /// How many values are in the channel. Others may change that at any time.
    pub fn len(&self) -> usize {
        match &self.side {
            Side::Channel(channel) => each!(channel, flavor => flavor.len()),
            Side::Source(source) => source.len(),
        }
    }

    /// How many values the channel has room for; `None` if it is unbounded.
    pub fn capacity(&self) -> Option<usize> {
        match &self.side {
            Side::Channel(channel) => each!(channel, flavor => flavor.capacity()),
            Side::Source(source) => source.capacity(),
        }
    }

    /// Whether there are no values in the channel. In one of capacity 0 there are none but such as futures gave back.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room in the channel. A channel of capacity 0 is always full.
    pub fn is_full(&self) -> bool {
        match &self.side {
            Side::Channel(channel) => each!(channel, flavor => flavor.is_full()),
            Side::Source(source) => source
                .capacity()
                .is_some_and(|capacity| source.len() >= capacity),
        }
    }

    /// Whether both receive from the same channel.
    pub fn same_channel(&self, other: &Receiver<T>) -> bool {
        self.address() == other.address()
    }

    fn address(&self) -> *const () {
        match &self.side {
            Side::Channel(channel) => channel.address(),
            Side::Source(source) => Arc::as_ptr(source).cast(),
        }
    }

    /// A receiver of what `source` makes.
    pub(crate) fn of_source(source: Arc<dyn Source<T>>) -> Self {
        let side = Side::Source(source);
        Self { side }
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        let side = match &self.side {
            Side::Channel(channel) => {
                counted!(channel, counted => count_up(&counted.receivers));
                Side::Channel(channel.share())
            }
            Side::Source(source) => Side::Source(Arc::clone(source)),
        };
        Self { side }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let Side::Channel(channel) = &self.side else {
            return;
        };
        counted!(channel, counted => {
            // ORDERING: AcqRel, as above.
            if counted.receivers.fetch_sub(1, Ordering::AcqRel) == 1 {
                counted.flavor.close();
                counted.flavor.discard();
            }
        });
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Receiver { .. }")
    }
}
