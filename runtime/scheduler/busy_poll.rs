//! Whether a worker that has run out of work waits for the next event awake.
//!
//! To go to sleep and to be woken costs some microseconds: those of the worker, and of whoever sends what it is woken
//! for. If the event comes sooner than that, it is cheaper to stay up and ask the netpoller again, and the answer is
//! sooner, too. A *gap* is the time from when there was nothing to do until the next event, and gaps are much alike:
//!
//! - After a gap of ten microseconds at most the worker stays up in the next one, for so long, and then sleeps. What
//!   that wastes in vain is about what the sleep would have cost. (A. Karlin, K. Li, M. Manasse and S. Owicki,
//!   "Empirical studies of competitive spinning for a shared-memory multiprocessor", 1991.) Who builds the runtime may
//!   choose another time, or none.
//! - If it is in vain oftener than not, the worker sleeps at once in the next [`REPRIEVE`] gaps. So it is when the one
//!   whose events are waited for has the same CPU: it is woken in the middle of a gap, and cannot go on while we wait.
//!   What the first look finds says nothing: a sleep would have ended at once, too. (Where the CPU is shared that is
//!   every other gap, as the system may let the other one run, and send, as soon as it has been woken.)
//!
//! Rejected: to give way to other threads before each look (`sched_yield`). It tells such a one from others sooner, but
//! Linux holds a yield against a thread for long: others may interrupt it for many milliseconds.

use super::worker::Worker;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// About what a sleep and a wake cost.
pub(super) const LONGEST: Duration = Duration::from_micros(10);
/// By how many gaps those in vain may be ahead of the others.
pub(super) const IN_VAIN: u32 = 8;
pub(super) const REPRIEVE: u32 = 5_000;

/// See the module.
#[derive(Debug)]
pub(super) struct BusyPoll {
    longest: Duration,
    /// The last gap was a short one.
    short: Cell<bool>,
    /// By how many gaps those that the worker stayed up in in vain are ahead.
    in_vain: Cell<u32>,
    /// In how many gaps the worker still sleeps at once.
    reprieve: Cell<u32>,
}

impl BusyPoll {
    /// Stays up for `longest`, and does so after a gap as long.
    pub(super) fn new(longest: Duration) -> Self {
        Self {
            longest,
            short: Cell::new(false),
            in_vain: Cell::new(0),
            reprieve: Cell::new(0),
        }
    }

    /// Whether to stay up in the gap that begins.
    pub(super) fn is_worth_it(&self) -> bool {
        self.short.get() && self.reprieve.get() == 0
    }

    /// An event has ended a gap.
    pub(super) fn gap_ended(&self, gap: Duration) {
        self.short.set(gap <= self.longest);
        self.reprieve.set(self.reprieve.get().saturating_sub(1));
    }

    /// The worker has stayed up and looked so often, and the last look has found an event, or none has.
    pub(super) fn stayed_up(&self, looks: u32, found: bool) {
        let in_vain = match found {
            true if looks == 1 => return,
            true => self.in_vain.get().saturating_sub(1),
            false => self.in_vain.get() + 1,
        };
        self.in_vain.set(in_vain % IN_VAIN);
        if in_vain == IN_VAIN {
            self.reprieve.set(REPRIEVE);
        }
    }
}

impl Worker {
    /// Waits awake, there being nothing to do `since`. `None` when there is; else what time it is.
    pub(super) fn stay_up(&self, since: Instant) -> Option<Instant> {
        let deadline = self.next_wake();
        let (mut now, mut gap, mut looks) = (since, Duration::ZERO, 0);
        while gap <= self.busy_poll.longest {
            if deadline.is_some_and(|at| at <= now)
                || self.remote().is_called()
                || self.work_elsewhere()
            {
                return Some(now);
            }
            self.poll(Some(Duration::ZERO));
            looks += 1;
            now = Instant::now();
            gap = now.saturating_duration_since(since);
            if self.has_ready() {
                self.polled.set(now);
                self.busy_poll.stayed_up(looks, true);
                self.busy_poll.gap_ended(gap);
                return None;
            }
        }
        self.busy_poll.stayed_up(looks, false);
        Some(now)
    }
}
