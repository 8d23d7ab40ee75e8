//! What the runtime counts, and how it tells.
//!
//! Each worker writes its own counters with plain stores; whoever asks adds them up. A snapshot is
//! therefore not of one instant, but each figure in it was true at some instant of the call.

use super::memory::{MemoryStats, StackMetrics};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The counters of one worker.
#[derive(Debug, Default)]
pub(super) struct Stats {
    spawned: Counter,
    finished: Counter,
    pub(super) started: Counter,
    pub(super) panicked: Counter,
    /// Tasks picked to run; the monitor sees by it that the worker moves.
    pub(super) picks: Counter,
    pub(super) polls: Counter,
    pub(super) sleeps: Counter,
    pub(super) steals: Counter,
    /// Steps after which a task had another before it.
    pub(super) pauses: Counter,
    pub(super) memory: MemoryStats,
}

/// A number that one thread writes and all may read.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    /// Adds one; only the owner of the counter calls this.
    pub(super) fn bump(&self) {
        self.add(1);
    }

    fn add(&self, count: u64) {
        // ORDERING: Relaxed, a count; a single writer needs no read-modify-write.
        self.0
            .store(self.0.load(Ordering::Relaxed) + count, Ordering::Relaxed);
    }

    /// For what is no count; only the owner calls this, too.
    pub(super) fn set(&self, value: u64) {
        // ORDERING: Relaxed, as in `bump`.
        self.0.store(value, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        // ORDERING: Relaxed, as in `bump`.
        self.0.load(Ordering::Relaxed)
    }
}

impl Stats {
    /// A task of this worker has spawned one.
    pub(super) fn count_spawn(&self) {
        self.spawned.bump();
    }

    /// A task has finished here. What it spawned was counted before (`core.rs`).
    pub(super) fn count_finish(&self) {
        // ORDERING: Release, pairs with `finished`: whoever sees this count sees the spawns that
        // came before it.
        self.finished
            .0
            .store(self.finished.get() + 1, Ordering::Release);
    }

    pub(super) fn spawned(&self) -> u64 {
        self.spawned.get()
    }

    pub(super) fn finished(&self) -> u64 {
        // ORDERING: Acquire, pairs with `count_finish`.
        self.finished.0.load(Ordering::Acquire)
    }

    /// How many tasks are pinned to this worker now.
    pub(super) fn load(&self) -> u64 {
        let over = self.finished() + self.pauses.get();
        self.started.get().saturating_sub(over)
    }
}

/// What a runtime has done so far, summed over its workers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// How many workers there are.
    pub workers: usize,
    /// Tasks that exist: spawned and not finished, started or not.
    pub tasks: usize,
    /// Tasks that have been started, ever.
    pub started: u64,
    /// Tasks that have finished, ever.
    pub finished: u64,
    /// Tasks that ended in a panic, ever.
    pub panicked: u64,
    /// Times a worker has picked a task to run.
    pub switches: u64,
    /// Times a worker has asked its netpoller, sleeping there or not.
    pub polls: u64,
    /// Times a worker has gone to sleep.
    pub sleeps: u64,
    /// Unstarted tasks that a worker took from another.
    pub steals: u64,
    /// Times a task held its worker for longer than 10 ms.
    pub stalls: u64,
    /// Started tasks by worker.
    pub load: Vec<u64>,
    /// The memory of their stacks.
    pub stacks: StackMetrics,
}

impl Metrics {
    pub(super) fn of(core: &super::core::Core) -> Self {
        let sum = |pick: fn(&Stats) -> u64| core.remotes.iter().map(|r| pick(&r.stats)).sum();
        Self {
            workers: core.remotes.len(),
            tasks: core.unfinished(),
            started: sum(|s| s.started.get() - s.pauses.get()),
            finished: sum(Stats::finished),
            panicked: sum(|s| s.panicked.get()),
            switches: sum(|s| s.picks.get()),
            polls: sum(|s| s.polls.get()),
            sleeps: sum(|s| s.sleeps.get()),
            steals: sum(|s| s.steals.get()),
            stalls: (core.remotes.iter())
                // ORDERING: Relaxed, a count.
                .map(|r| r.stalls.load(Ordering::Relaxed))
                .sum(),
            load: core.remotes.iter().map(|r| r.stats.load()).collect(),
            stacks: StackMetrics::of(core),
        }
    }
}

/// A task that has not let go of its worker for a while.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stall {
    /// The index of the worker.
    pub worker: usize,
    /// The task: `task 7 'name' (spawned at src/main.rs:3:5)`.
    pub task: String,
    /// For how long at least.
    pub held: Duration,
}
