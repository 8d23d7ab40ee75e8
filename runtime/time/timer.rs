//! Timers that can be changed: a clock of `chan/clock.rs` and the receiver that it feeds.
//!
//! The semantics are those of Go since 1.23. The value of a timer is not sent by anybody when its
//! time has come; it is there as soon as somebody looks. So `stop` and `reset` take it back by
//! changing the one word that everybody looks at, and there is no stale value to be drained.

use super::{Duration, Instant};
use crate::chan::{Clock, Receiver, adjustable};
use std::sync::Arc;

/// One value at a time that can be changed.
///
/// The value is the time that was planned for it, and comes through [`receiver`](Self::receiver).
/// Which one should I use? [`sleep`](super::sleep) to do nothing for a while; [`chan::after`](crate::chan::after) for a
/// time in a `select!` that stays as it is; this for one that moves, like the idle time of a connection;
/// [`Ticker`] for something that comes again and again.
///
/// Dropping it stops nothing: clones of its receiver get their value.
///
/// # Examples
///
/// ```
/// use teem::time::{Duration, Timer};
///
/// let idle = Timer::new(Duration::from_secs(60));
/// assert!(idle.reset(Duration::from_millis(1)), "it had not been received");
/// idle.receiver().recv().unwrap();
/// assert!(!idle.stop(), "it had");
/// ```
#[derive(Debug)]
pub struct Timer {
    clock: Arc<Clock>,
    receiver: Receiver<Instant>,
}

impl Timer {
    /// A timer whose value comes when `duration` from now has passed. [`Duration::MAX`] is never.
    pub fn new(duration: Duration) -> Self {
        let (clock, receiver) = adjustable(duration, None);
        Self { clock, receiver }
    }

    /// Where the value comes.
    pub fn receiver(&self) -> &Receiver<Instant> {
        &self.receiver
    }

    /// Takes the value back, whether its time has come or not. False if it had been received, or the
    /// timer was stopped already. Never parks.
    pub fn stop(&self) -> bool {
        self.clock.disarm()
    }

    /// Plans the value anew, for `duration` from now, and forgets about the older one, whether its time
    /// has come or not. False if that had been received, or the timer was stopped. Whoever waits
    /// at the receiver goes on waiting, for the new time. Never parks.
    pub fn reset(&self, duration: Duration) -> bool {
        self.clock.arm(duration)
    }
}

/// Values that come again and again, in intervals that can be changed.
///
/// As [`chan::tick`](crate::chan::tick): one tick at most waits for a late receiver, and the next comes at the first
/// planned time that is still to come.
///
/// # Examples
///
/// ```
/// use teem::time::{Duration, Ticker};
///
/// let ticker = Ticker::new(Duration::from_secs(60));
/// ticker.reset(Duration::from_millis(1));
/// let first = ticker.receiver().recv().unwrap();
/// let second = ticker.receiver().recv().unwrap();
/// assert!(second - first >= Duration::from_millis(1));
/// assert!(ticker.stop());
/// assert!(ticker.receiver().try_recv().is_err());
/// ```
#[derive(Debug)]
pub struct Ticker {
    clock: Arc<Clock>,
    receiver: Receiver<Instant>,
}

impl Ticker {
    /// A ticker whose first tick comes one `period` from now. With a period of zero there always is one;
    /// [`Duration::MAX`] is never.
    pub fn new(period: Duration) -> Self {
        let (clock, receiver) = adjustable(period, Some(period));
        Self { clock, receiver }
    }

    /// Where the ticks come.
    pub fn receiver(&self) -> &Receiver<Instant> {
        &self.receiver
    }

    /// Ends the ticks, and takes back the one that is waiting to be received. False if it was
    /// stopped already. Never parks. The receiver stays silent; it does not close.
    pub fn stop(&self) -> bool {
        self.clock.disarm()
    }

    /// Ticks each `period` from now on; the first tick comes one period from now, and an older one that
    /// was waiting is taken back. False if it was stopped. Never parks.
    pub fn reset(&self, period: Duration) -> bool {
        self.clock.arm(period)
    }
}
