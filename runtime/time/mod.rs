//! Time: `std::time`, and sleeping without holding a worker up.

mod timer;

pub use std::time::{
    Duration, Instant, SystemTime, SystemTimeError, TryFromFloatSecsError, UNIX_EPOCH,
};

pub use timer::{Ticker, Timer};

use crate::scheduler::park;
use crate::task::Accepts;

/// The present, by the clock that all of this module and of the runtime goes by: [`Instant::now`].
///
/// # Examples
///
/// ```
/// use teem::time::{now, sleep, Duration};
///
/// let begin = now();
/// sleep(Duration::from_millis(1));
/// assert!(now() - begin >= Duration::from_millis(1));
/// ```
pub fn now() -> Instant {
    Instant::now()
}

/// Parks the task for at least `duration`; on an OS thread, blocks it.
///
/// Never returns early but for a cancellation. Wakes within about a tenth of a millisecond of the
/// time asked for, if the worker is free then; within a millisecond more where many sleep, as it takes them
/// together when more than eight a millisecond are due. [`Duration::MAX`] sleeps for ever.
///
/// # Panics
///
/// Inside [`forbid_park`](crate::task::forbid_park).
///
/// # Cancellation
///
/// Returns early, and at once in a cancelled task.
///
/// # Examples
///
/// ```
/// use teem::time::{Duration, Instant, sleep};
///
/// let begin = Instant::now();
/// teem::run(|| sleep(Duration::from_millis(2)));
/// assert!(begin.elapsed() >= Duration::from_millis(2));
/// ```
#[track_caller]
pub fn sleep(duration: Duration) {
    let waiter = park::waiter();
    let deadline = Instant::now().checked_add(duration);
    park::wait(&waiter, deadline, Accepts::Cancel);
}

/// Parks the task until `deadline`; on an OS thread, blocks it. As [`sleep`] otherwise.
///
/// # Panics
///
/// As [`sleep`].
///
/// # Cancellation
///
/// As [`sleep`].
#[track_caller]
pub fn sleep_until(deadline: Instant) {
    let waiter = park::waiter();
    park::wait(&waiter, Some(deadline), Accepts::Cancel);
}

/// Runs `f` with a deadline in force: calls in it that wait longer than `duration` from now on report
/// it, each in its own way, and so do those after it.
///
/// Short for entering [`current`](crate::context::current)`().with_timeout(duration)`; see
/// [`context`](crate::context). `f` itself is not interrupted.
///
/// # Examples
///
/// ```
/// use teem::chan::{RecvError, bounded};
/// use teem::time::{Duration, timeout};
///
/// let (_sender, receiver) = bounded::<()>(1);
/// let received = timeout(Duration::from_millis(5), || receiver.recv());
/// assert_eq!(received, Err(RecvError::Cancelled));
/// ```
pub fn timeout<T>(duration: Duration, f: impl FnOnce() -> T) -> T {
    crate::context::current().with_timeout(duration).enter(f)
}
