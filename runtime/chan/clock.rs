//! Receivers that the clock feeds: [`after`], [`at`], [`tick`], [`never`], and the sources behind
//! [`Timer`](crate::time::Timer) and [`Ticker`](crate::time::Ticker).
//!
//! A clock is lazy. There is no timer anywhere and nobody sends: whoever waits parks with the
//! time of the next value as its own deadline, then looks. A clock that nobody waits for costs its
//! memory and no more, and one that is dropped needs no stopping.
//!
//! | state          | `armed` | `due`                 | becomes                                         |
//! | -------------- | ------- | --------------------- | ----------------------------------------------- |
//! | planned        | yes     | the next value's time | silent when the value is taken; a ticking one: planned again |
//! | never          | yes     | none: beyond what the clock can count | what `arm` and `disarm` make of it |
//! | silent         | no      | none                  | planned, by [`arm`](Clock::arm)                 |
//!
//! - **J1** A value exists from its time on until somebody takes it under the lock, or `arm` or
//!   `disarm` has replaced it. So after those two no older value can be received.
//! - **J2** Those who wait ask for the time in the hold of the lock in which they enter the audience, or in a later
//!   one. `arm` has them look again in the one in which it changes the time. A value that is taken back, or by
//!   somebody else, lets them look in vain.
//! - **J3** A late receiver gets one tick, however many were missed; the next comes at the first of
//!   the planned times that is still to come, which for a task that waits is to say: after its worker has heard that
//!   its time has come. Go's tickers keep their phase in this way, too.

#[cfg(all(test, loom))]
mod models;

use super::Receiver;
use super::source::{Entered, Source};
use super::wait::{List, Node};
use crate::bias::{BiasedGuard, BiasedLock};
use crate::scheduler;
use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A source of values at planned times. See the module.
pub(crate) struct Clock(BiasedLock<State>);

struct State {
    /// A value is still to come, though perhaps never.
    armed: bool,
    due: Option<Instant>,
    /// How long after one value the next follows, if one does.
    period: Option<Duration>,
    audience: List<()>,
}

impl Clock {
    /// A clock that is armed for `due`; `None` is for ever.
    fn new(due: Option<Instant>, period: Option<Duration>) -> Self {
        let state = State {
            armed: true,
            due,
            period,
            audience: List::new(),
        };
        Self(BiasedLock::of_cold(state))
    }

    fn lock(&self) -> BiasedGuard<'_, State> {
        self.0.lock(scheduler::identity())
    }

    /// Plans the next value for `time` from now, and further ones if it ticks. Whether one was
    /// still to come.
    pub(crate) fn arm(&self, time: Duration) -> bool {
        self.plan(Instant::now().checked_add(time), time)
    }

    /// [`arm`](Self::arm) for `due`, and for each `period` after it if it ticks.
    fn plan(&self, due: Option<Instant>, period: Duration) -> bool {
        let mut state = self.lock();
        let was_armed = mem::replace(&mut state.armed, true);
        state.due = due;
        if let Some(old) = &mut state.period {
            *old = period;
        }
        let wakes = state.audience.look_again();
        drop(state);
        wakes.settle();
        was_armed
    }

    /// Plans no further value. Whether one was still to come.
    pub(crate) fn disarm(&self) -> bool {
        let mut state = self.lock();
        state.due = None;
        mem::replace(&mut state.armed, false)
    }
}

impl Source<Instant> for Clock {
    fn poll(&self, now: Option<Instant>) -> Option<Instant> {
        let mut state = self.lock();
        state.due?;
        state.take(now.unwrap_or_else(Instant::now))
    }

    fn deadline(&self) -> Option<Instant> {
        self.lock().due
    }

    fn capacity(&self) -> Option<usize> {
        Some(1)
    }

    fn len(&self) -> usize {
        usize::from(self.lock().due_by(Instant::now()).is_some())
    }

    unsafe fn enter(&self, node: *const Node<()>, now: Option<Instant>) -> Entered<Instant> {
        let mut state = self.lock();
        if let Some(value) = now.and_then(|now| state.take(now)) {
            return Entered::Not(value);
        }
        // SAFETY: passed on.
        unsafe { state.audience.push_back(node) };
        Entered::Until(state.due)
    }

    unsafe fn leave(&self, node: *const Node<()>, now: Option<Instant>) -> Option<Instant> {
        let mut state = self.lock();
        // SAFETY: passed on.
        unsafe { state.audience.remove(node) };
        state.take(now?)
    }
}

impl State {
    /// The time of the value that is there at `now`.
    fn due_by(&self, now: Instant) -> Option<Instant> {
        self.due.filter(|due| *due <= now)
    }

    /// Takes the value that is there at `now` and plans the next.
    fn take(&mut self, now: Instant) -> Option<Instant> {
        let due = self.due_by(now)?;
        self.armed = self.period.is_some();
        self.due = self.period.and_then(|period| following(due, period, now));
        Some(due)
    }
}

/// Whose time never comes, whatever it would bring.
struct Never;

impl<T> Source<T> for Never {
    fn poll(&self, _now: Option<Instant>) -> Option<T> {
        None
    }

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn capacity(&self) -> Option<usize> {
        Some(0)
    }

    fn len(&self) -> usize {
        0
    }
}

/// The first of `due + period`, `due + 2 * period`, .. that lies after `now`, which is not before
/// `due`. A period of zero is over at once.
fn following(due: Instant, period: Duration, now: Instant) -> Option<Instant> {
    let next = due.checked_add(period);
    if next.is_none_or(|next| next > now) {
        return next;
    }
    let late = now.duration_since(due);
    let into = late.as_nanos().checked_rem(period.as_nanos()).unwrap_or(0);
    // Less than the period, which is not more than the time a process has run.
    let into = Duration::from_nanos(into as u64);
    now.checked_add(period - into)
}

/// A clock and a receiver of its times, for a timer or, with a `period`, a ticker.
pub(crate) fn adjustable(
    time: Duration,
    period: Option<Duration>,
) -> (Arc<Clock>, Receiver<Instant>) {
    let due = Instant::now().checked_add(time);
    let clock = Arc::new(Clock::new(due, period));
    (Arc::clone(&clock), Receiver::of_source(clock))
}

/// A receiver that gets one value, the time planned for it, when `duration` from now has passed.
///
/// Then it is silent for ever; it does not close. Clones share the one value. [`Duration::MAX`], and all
/// that is too long for the clock, means never. Its capacity is 1, and nothing happens
/// anywhere until somebody waits for it: the task that does parks with a deadline.
///
/// For a time that moves there is [`Timer`](crate::time::Timer); for a bound on one receive,
/// [`recv_timeout`](Receiver::recv_timeout), and on one `select!`, its `default(timeout)`.
///
/// # Examples
///
/// ```
/// use teem::chan;
/// use teem::time::{Duration, Instant};
///
/// let begin = Instant::now();
/// let (_sender, results) = chan::unbounded::<u32>();
/// let timeout = chan::after(Duration::from_millis(2));
/// let in_time = teem::select! {
///     recv(results) -> _ => true,
///     recv(timeout) -> _ => false,
/// };
/// assert!(!in_time && begin.elapsed() >= Duration::from_millis(2));
/// assert!(timeout.try_recv().is_err(), "once");
/// ```
pub fn after(duration: Duration) -> Receiver<Instant> {
    adjustable(duration, None).1
}

/// A receiver that gets one value, `deadline`, when that time has come. As [`after`] otherwise.
///
/// # Examples
///
/// ```
/// use teem::time::Instant;
///
/// let now = Instant::now();
/// assert_eq!(teem::chan::at(now).recv(), Ok(now));
/// ```
pub fn at(deadline: Instant) -> Receiver<Instant> {
    Receiver::of_source(Arc::new(Clock::new(Some(deadline), None)))
}

/// A receiver that gets a value each `period`: the time planned for it. The first comes one period
/// from now.
///
/// Its capacity is 1 and there are no bursts: whoever receives late gets one tick for all that were
/// missed, and the next at the first planned time that is still to come. Clones share the ticks. With a
/// period of zero there always is one; with [`Duration::MAX`] there never is.
///
/// [`Ticker`](crate::time::Ticker) can be stopped and changed.
///
/// # Examples
///
/// ```
/// use teem::time::{Duration, Instant};
///
/// let begin = Instant::now();
/// let ticks = teem::chan::tick(Duration::from_millis(1));
/// let times: Vec<Instant> = ticks.iter().take(3).collect();
/// assert!(begin.elapsed() >= Duration::from_millis(3));
/// assert!(times.is_sorted());
/// ```
pub fn tick(period: Duration) -> Receiver<Instant> {
    adjustable(period, Some(period)).1
}

/// A receiver that never gets anything and never closes. Its capacity is 0.
///
/// Stands in a `select!` for what there is not this time.
///
/// # Examples
///
/// ```
/// use teem::chan;
/// use teem::time::Duration;
///
/// let timeout: Option<Duration> = None;
/// let over = timeout.map_or_else(chan::never, chan::after);
/// let idle = teem::select! {
///     recv(over) -> _ => false,
///     default => true,
/// };
/// assert!(idle);
/// ```
pub fn never<T>() -> Receiver<T> {
    Receiver::of_source(Arc::new(Never))
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let State {
            armed, due, period, ..
        } = *self.lock();
        f.debug_struct("Clock")
            .field("armed", &armed)
            .field("due", &due)
            .field("period", &period)
            .finish()
    }
}
