//! How long a worker that has rested leaves the unstarted tasks of another to that one.
//!
//! A started task is pinned. Tasks that talk to each other and were taken apart by a thief pay for each message
//! with a wake of another CPU, for as long as they live; and most of what is spawned together has begun to wait, or
//! is over, within some hundred microseconds. So whoever was woken for a backlog only looks at it first, sleeps for
//! [`PATIENCE`], and takes its share of what is still there then. That time is lost once, by work which lasts: a
//! thief that was granted a theft robs at once until it has rested.
//!
//! A large backlog may take longer, if each task touches a new stack. It is left alone for as long as it changes
//! from look to look, being built up or worked off, but for [`TRIAL`] at most: a spawner may never come to an end.
//!
//! Rejected: telling from the tasks' first runs whether they wait or compute. The inner nodes of a tree of tasks
//! wait, too.

#[cfg(all(test, not(loom)))]
mod tests;

use std::time::{Duration, Instant};

/// How long it is before a backlog that was seen is looked at again.
const PATIENCE: Duration = Duration::from_micros(200);
/// How long it is left alone at most.
const TRIAL: Duration = Duration::from_millis(2);
/// The size from which on it is left alone while it changes.
const CROWD: usize = 64;

/// What a worker has seen waiting with another since it rested.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backlog {
    since: Instant,
    looked: Instant,
    size: usize,
    granted: bool,
}

impl Backlog {
    /// The first look, which found `size` tasks.
    pub(super) fn new(size: usize, now: Instant) -> Self {
        Self {
            since: now,
            looked: now,
            size,
            granted: false,
        }
    }

    /// Another look, which found `size` tasks: whether some may be taken.
    pub(super) fn look(&mut self, size: usize, now: Instant) -> bool {
        if self.patience_left(now).is_some() {
            return false;
        }
        let lasts = now.saturating_duration_since(self.since) >= TRIAL;
        self.granted = self.granted || lasts || !changes(self.size, size);
        (self.looked, self.size) = (now, size);
        self.granted
    }

    /// How long it is until the next look.
    pub(super) fn patience_left(&self, now: Instant) -> Option<Duration> {
        let left = PATIENCE.saturating_sub(now.saturating_duration_since(self.looked));
        (!self.granted && !left.is_zero()).then_some(left)
    }
}

/// Whether a backlog of this size, and of that one some time later, is being built up or worked off.
fn changes(before: usize, now: usize) -> bool {
    let larger = before.max(now);
    larger >= CROWD && before.abs_diff(now) > larger / 8
}
