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
//! - Before each look it lets other threads have the CPU. If it gets that back late, several times in a row, there are
//!   some who want it, perhaps the very ones whose events it waits for. A sleep leaves it to them for less, so the
//!   worker sleeps at once in the next [`REPRIEVE`] gaps.

use super::worker::Worker;
use std::cell::Cell;
use std::mem;
use std::thread;
use std::time::{Duration, Instant};

/// About what a sleep and a wake cost.
pub(super) const LONGEST: Duration = Duration::from_micros(10);
/// A look that takes longer than this comes late.
pub(super) const IN_TIME: Duration = Duration::from_micros(10);
/// An interrupt may be the reason for one look that comes late, but not for so many in a row.
pub(super) const LATE: u32 = 3;
pub(super) const REPRIEVE: u32 = 1_000;

/// See the module.
#[derive(Debug)]
pub(super) struct BusyPoll {
    longest: Duration,
    /// The last gap was a short one.
    short: Cell<bool>,
    /// How many looks in a row came late.
    late: Cell<u32>,
    /// In how many gaps the worker still sleeps at once.
    reprieve: Cell<u32>,
}

impl BusyPoll {
    /// Stays up for `longest`, and does so after a gap as long.
    pub(super) fn new(longest: Duration) -> Self {
        Self {
            longest,
            short: Cell::new(false),
            late: Cell::new(0),
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

    /// A look took so long, and what went before it.
    pub(super) fn looked(&self, took: Duration) {
        let late = match took > IN_TIME {
            true => self.late.get() + 1,
            false => 0,
        };
        self.late.set(late % LATE);
        if late == LATE {
            self.reprieve.set(REPRIEVE);
        }
    }
}

impl Worker {
    /// Waits awake, there being nothing to do `since`. `None` when there is; else what time it is.
    pub(super) fn stay_up(&self, since: Instant) -> Option<Instant> {
        let passed = |now: Instant| now.saturating_duration_since(since);
        let deadline = self.wheel.borrow().next_deadline();
        let deadline = deadline.map(|at| self.pace.wake_at(at));
        let mut now = since;
        while passed(now) <= self.busy_poll.longest
            && deadline.is_none_or(|at| now < at)
            && !self.remote().is_called()
            && !self.work_elsewhere()
        {
            thread::yield_now();
            self.poll(Some(Duration::ZERO));
            let before = mem::replace(&mut now, Instant::now());
            self.busy_poll.looked(passed(now) - passed(before));
            if self.has_ready() {
                self.polled.set(now);
                self.busy_poll.gap_ended(passed(now));
                return None;
            }
        }
        Some(now)
    }
}
