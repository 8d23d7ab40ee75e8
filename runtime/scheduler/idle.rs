//! How a worker goes to sleep without missing work, and when it is worth waking one.
//!
//! # The race
//!
//! A worker that finds nothing to do sleeps in its poller. Another thread pushes a task for it. If
//! the pusher looked before the worker said that it sleeps, and the worker looked before the push,
//! the task waits for ever. So both sides write first and read afterwards, with a full fence in
//! between:
//!
//! ```text
//!   worker                          pusher
//!   state = SLEEPING                push the task
//!   fence(SeqCst)                   fence(SeqCst)
//!   look into every queue           if state == SLEEPING, and it still is when swapped to AWAKE:
//!   nothing: sleep in the poller        signal the poller
//! ```
//!
//! In the total order of the two fences one comes first. If it is the worker's, the pusher sees
//! SLEEPING and signals; if it is the pusher's, the worker sees the task. Release and acquire alone
//! let both miss. The poller keeps a signal that comes before the sleep, so it does not matter
//! where between its look and its sleep the worker is. `models.rs` has the loom model.
//!
//! | state      | meaning                             | set by                                  |
//! | ---------- | ----------------------------------- | --------------------------------------- |
//! | `AWAKE`    | it will look into its queues again  | the worker, or whoever rouses it        |
//! | `SLEEPING` | it sleeps, or is about to           | the worker alone                        |
//!
//! # When to wake somebody
//!
//! A wake of another CPU costs its sender about as much as running a hundred small tasks. A task
//! that is pinned to a sleeping worker leaves no choice. Unstarted tasks do: a sleeper is woken for
//! them at most once an *interval*, which starts short, doubles while the woken find nothing to
//! steal, and ends at a millisecond. A worker that was woken in vain looks again when that
//! interval is over, and only then sleeps for good; so work that was queued while no wake was due
//! waits for that look and not for ever. A worker that leaves a backlog alone for a while (`backlog.rs`) counts as
//! one that searches. Rejected: a wake a spawn (may, Go without its spinning),
//! and a threshold on the length of the queue (two long tasks are worth a wake, twenty short ones
//! are not).

use crate::sync_facade::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering, fence};
use std::time::{Duration, Instant};

const AWAKE: u32 = 0;
const SLEEPING: u32 = 1;

/// Whether one worker sleeps. See the module.
#[derive(Debug)]
pub(crate) struct SleepState(AtomicU32);

impl SleepState {
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(AWAKE))
    }

    /// The worker announces that it will sleep. It must look into its queues once more now.
    pub(crate) fn announce(&self) {
        // ORDERING: AcqRel, and an exchange, so that it comes after every rouse whose AWAKE it
        // overwrites; what it must precede, the fence orders.
        self.0.swap(SLEEPING, Ordering::AcqRel);
        // ORDERING: SeqCst, paired with the fence in `rouse` (module).
        fence(Ordering::SeqCst);
    }

    /// The worker is up again, whoever woke it. True when somebody had roused it.
    pub(crate) fn awake(&self) -> bool {
        // ORDERING: AcqRel, as in `announce`. A rouser that still sees SLEEPING sends one signal
        // too many, which costs an empty poll.
        self.0.swap(AWAKE, Ordering::AcqRel) == AWAKE
    }

    /// What the monitor goes by: a hint.
    pub(crate) fn is_sleeping(&self) -> bool {
        // ORDERING: Relaxed, a hint.
        self.0.load(Ordering::Relaxed) == SLEEPING
    }

    /// After work was queued for the worker: true when the caller must signal its poller.
    pub(crate) fn rouse(&self) -> bool {
        // ORDERING: SeqCst, paired with the fence in `announce` (module).
        fence(Ordering::SeqCst);
        // ORDERING: Relaxed, the fence orders the load. AcqRel for the swap, which picks one of
        // several rousers: see `announce`.
        self.0.load(Ordering::Relaxed) == SLEEPING
            && self.0.swap(AWAKE, Ordering::AcqRel) == SLEEPING
    }
}

/// The shortest and the longest time between two wakes for stealable work.
const SHORTEST: u32 = 50;
const LONGEST: u32 = 1_000;

/// What the workers of a runtime know of each other's sleep.
#[derive(Debug)]
pub(crate) struct Idle {
    sleeping: AtomicUsize,
    searching: AtomicUsize,
    spinning: AtomicBool,
    /// Microseconds, see the module.
    interval: AtomicU32,
}

impl Idle {
    pub(crate) fn new() -> Self {
        Self {
            sleeping: AtomicUsize::new(0),
            searching: AtomicUsize::new(0),
            spinning: AtomicBool::new(false),
            interval: AtomicU32::new(SHORTEST),
        }
    }

    // ORDERING, for all of the below: Relaxed. These are hints: a stale one costs a wake too many,
    // or one that comes at the next spawn, the next look or the monitor's next round.

    /// A worker goes to sleep.
    pub(crate) fn sleeps(&self) {
        self.sleeping.fetch_add(1, Ordering::Relaxed);
    }

    /// It is up again.
    pub(crate) fn wakes(&self) {
        self.sleeping.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn anyone_asleep(&self) -> bool {
        self.sleeping.load(Ordering::Relaxed) > 0
    }

    /// Whether a sleeper could be woken for stealable work and nobody is on the way already.
    pub(crate) fn wake_is_open(&self) -> bool {
        self.anyone_asleep() && self.searching.load(Ordering::Relaxed) == 0
    }

    /// Whether a wake is due, the last one of this worker having been at `last`.
    pub(crate) fn wake_is_due(&self, last: Instant, now: Instant) -> bool {
        now.saturating_duration_since(last) >= self.interval()
    }

    pub(crate) fn interval(&self) -> Duration {
        Duration::from_micros(self.interval.load(Ordering::Relaxed).into())
    }

    /// A worker looks for work to steal.
    pub(crate) fn search_begins(&self) {
        self.searching.fetch_add(1, Ordering::Relaxed);
    }

    /// It has found some, or not.
    pub(crate) fn search_ends(&self, found: bool) {
        let interval = if found {
            SHORTEST
        } else {
            (self.interval.load(Ordering::Relaxed) * 2).min(LONGEST)
        };
        self.interval.store(interval, Ordering::Relaxed);
        self.searching.fetch_sub(1, Ordering::Relaxed);
    }

    /// A worker wants to spin before it sleeps; one at a time may.
    pub(crate) fn spin_begins(&self) -> bool {
        !self.spinning.swap(true, Ordering::Relaxed)
    }

    pub(crate) fn spin_ends(&self) {
        self.spinning.store(false, Ordering::Relaxed);
    }
}
