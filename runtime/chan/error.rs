//! What channel operations fail with. An error gives back what was not sent.
//!
//! Each enum names exactly what its operation can come to, so a `match` over it has no dead arm.
//! None of them asks anything of `T`: a value that cannot be printed can be sent all the same.

use std::error::Error;
use std::fmt;

/// Why [`send`](super::Sender::send) did not send.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendError<T> {
    /// The channel is closed: nobody will ever receive the value.
    Closed(T),
    /// The task's context was done first.
    Cancelled(T),
}

/// Why [`try_send`](super::Sender::try_send) did not send.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// There is no room and nobody waits for a value.
    Full(T),
    /// The channel is closed: nobody will ever receive the value.
    Closed(T),
}

/// Why [`send_timeout`](super::Sender::send_timeout) did not send.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendTimeoutError<T> {
    /// The time was over first.
    Timeout(T),
    /// The channel is closed: nobody will ever receive the value.
    Closed(T),
    /// The task's context was done first.
    Cancelled(T),
}

/// Why [`recv`](super::Receiver::recv) received nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvError {
    /// The channel is closed, and all that was sent has been received.
    Closed,
    /// The task's context was done first.
    Cancelled,
}

/// Why [`try_recv`](super::Receiver::try_recv) received nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryRecvError {
    /// There is nothing to receive now.
    Empty,
    /// The channel is closed, and all that was sent has been received.
    Closed,
}

/// Why [`recv_timeout`](super::Receiver::recv_timeout) received nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvTimeoutError {
    /// The time was over first.
    Timeout,
    /// The channel is closed, and all that was sent has been received.
    Closed,
    /// The task's context was done first.
    Cancelled,
}

const CLOSED_TO_SENDERS: &str = "sending into a closed channel";
const CLOSED_TO_RECEIVERS: &str = "receiving from an empty and closed channel";
const CANCELLED: &str = "the task was cancelled while it waited for a channel";

impl<T> SendError<T> {
    /// The value that was not sent.
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, receiver) = teem::chan::unbounded();
    /// drop(receiver);
    /// assert_eq!(sender.send("news").unwrap_err().into_inner(), "news");
    /// ```
    pub fn into_inner(self) -> T {
        let (SendError::Closed(value) | SendError::Cancelled(value)) = self;
        value
    }
}

impl<T> TrySendError<T> {
    /// The value that was not sent.
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, _receiver) = teem::chan::bounded(0);
    /// assert_eq!(sender.try_send("news").unwrap_err().into_inner(), "news");
    /// ```
    pub fn into_inner(self) -> T {
        let (TrySendError::Full(value) | TrySendError::Closed(value)) = self;
        value
    }
}

impl<T> SendTimeoutError<T> {
    /// The value that was not sent.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let (sender, _receiver) = teem::chan::bounded(0);
    /// let error = sender.send_timeout("news", Duration::ZERO).unwrap_err();
    /// assert_eq!(error.into_inner(), "news");
    /// ```
    pub fn into_inner(self) -> T {
        let (SendTimeoutError::Timeout(value)
        | SendTimeoutError::Closed(value)
        | SendTimeoutError::Cancelled(value)) = self;
        value
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SendError::Closed(_) => "Closed(..)",
            SendError::Cancelled(_) => "Cancelled(..)",
        })
    }
}

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TrySendError::Full(_) => "Full(..)",
            TrySendError::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Debug for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SendTimeoutError::Timeout(_) => "Timeout(..)",
            SendTimeoutError::Closed(_) => "Closed(..)",
            SendTimeoutError::Cancelled(_) => "Cancelled(..)",
        })
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SendError::Closed(_) => CLOSED_TO_SENDERS,
            SendError::Cancelled(_) => CANCELLED,
        })
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TrySendError::Full(_) => "sending into a full channel",
            TrySendError::Closed(_) => CLOSED_TO_SENDERS,
        })
    }
}

impl<T> fmt::Display for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SendTimeoutError::Timeout(_) => "timed out waiting to send into a channel",
            SendTimeoutError::Closed(_) => CLOSED_TO_SENDERS,
            SendTimeoutError::Cancelled(_) => CANCELLED,
        })
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RecvError::Closed => CLOSED_TO_RECEIVERS,
            RecvError::Cancelled => CANCELLED,
        })
    }
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TryRecvError::Empty => "receiving from an empty channel",
            TryRecvError::Closed => CLOSED_TO_RECEIVERS,
        })
    }
}

impl fmt::Display for RecvTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RecvTimeoutError::Timeout => "timed out waiting to receive from a channel",
            RecvTimeoutError::Closed => CLOSED_TO_RECEIVERS,
            RecvTimeoutError::Cancelled => CANCELLED,
        })
    }
}

impl<T> Error for SendError<T> {}
impl<T> Error for TrySendError<T> {}
impl<T> Error for SendTimeoutError<T> {}
impl Error for RecvError {}
impl Error for TryRecvError {}
impl Error for RecvTimeoutError {}

/// No operation of a [`Select`](super::Select) was ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrySelectError;

/// No operation of a [`Select`](super::Select) was ready in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelectTimeoutError;

/// No operation of a [`Select`](super::Select) was ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TryReadyError;

/// No operation of a [`Select`](super::Select) was ready in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadyTimeoutError;

impl fmt::Display for TrySelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no operation of a select is ready")
    }
}

impl fmt::Display for SelectTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no operation of a select was ready in time")
    }
}

impl fmt::Display for TryReadyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        TrySelectError.fmt(f)
    }
}

impl fmt::Display for ReadyTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        SelectTimeoutError.fmt(f)
    }
}

impl Error for TrySelectError {}
impl Error for SelectTimeoutError {}
impl Error for TryReadyError {}
impl Error for ReadyTimeoutError {}

impl<T> SendTimeoutError<T> {
    /// As the error of a wait without a deadline, which never times out.
    pub(super) fn untimed(self) -> SendError<T> {
        match self {
            SendTimeoutError::Cancelled(value) => SendError::Cancelled(value),
            SendTimeoutError::Closed(value) => SendError::Closed(value),
            SendTimeoutError::Timeout(_) => unreachable!("there is no deadline"),
        }
    }
}

impl RecvTimeoutError {
    /// As the error of a wait without a deadline, which never times out.
    pub(super) fn untimed(self) -> RecvError {
        match self {
            RecvTimeoutError::Cancelled => RecvError::Cancelled,
            RecvTimeoutError::Closed => RecvError::Closed,
            RecvTimeoutError::Timeout => unreachable!("there is no deadline"),
        }
    }
}
