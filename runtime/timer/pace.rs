//! How often a worker has itself woken by timers.
//!
//! To be woken costs a worker some ten microseconds, whoever is due. With few timers that is well
//! spent: each fires within a tick of its time. Where many are due they are taken together: once
//! [`MANY`] have fired within a [`WINDOW`], the worker sleeps until its end. So no timer is late by more
//! than a window on account of this. (Go and tokio are late by a millisecond, or more, always.)

use std::cell::Cell;
use std::time::{Duration, Instant};

/// What a timer may be late by, where there are many.
const WINDOW: Duration = Duration::from_millis(1);
/// How many that is, a window.
const MANY: usize = 8;

/// The pace of one worker's timers.
#[derive(Debug)]
pub(crate) struct Pace {
    /// When the window began: at the first timer that fired after the one before was over.
    since: Cell<Instant>,
    /// How many timers have fired in it.
    fired: Cell<usize>,
}

impl Pace {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            since: Cell::new(now),
            fired: Cell::new(0),
        }
    }

    /// `count` timers have fired at `now`.
    pub(crate) fn count(&self, count: usize, now: Instant) {
        if now.saturating_duration_since(self.since.get()) >= WINDOW {
            self.since.set(now);
            self.fired.set(0);
        }
        self.fired.set(self.fired.get() + count);
    }

    /// When to be woken for a timer that is due at `deadline`.
    pub(crate) fn wake_at(&self, deadline: Instant) -> Instant {
        if self.fired.get() < MANY {
            deadline
        } else {
            deadline.max(self.since.get() + WINDOW)
        }
    }
}
