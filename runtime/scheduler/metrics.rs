//! What the runtime counts, and how it tells.
//!
//! Each worker writes its own counters with plain stores; whoever asks adds them up. A snapshot is
//! therefore not of one instant, but each figure in it was true at some instant of the call.

use super::core::{Core, Remote};
use super::delay::{DelayHistogram, Delays};
use super::memory::{MemoryStats, StackMetrics};
use super::spawn::with_core;
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
    /// Started tasks that have waited for something outside of the program, now.
    pub(super) outside: Counter,
    /// Steps after which a task had another before it.
    pub(super) pauses: Counter,
    /// Tasks between two steps, now.
    pub(super) waiting: Counter,
    /// Ready tasks at the last look.
    pub(super) ready: Counter,
    pub(super) wakes: Counter,
    pub(super) delays: Delays,
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

    pub(super) fn drop_one(&self) {
        self.add(1_u64.wrapping_neg());
    }

    pub(super) fn add(&self, count: u64) {
        // ORDERING: Relaxed, a count; a single writer needs no read-modify-write.
        self.0.store(
            self.0.load(Ordering::Relaxed).wrapping_add(count),
            Ordering::Relaxed,
        );
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

    /// How many tasks have been started here, if each were counted once: a step that is not the last is no start.
    fn tasks_started(&self) -> u64 {
        // The one that is never more is read first.
        let pauses = self.pauses.get();
        self.started.get().saturating_sub(pauses)
    }

    /// How many tasks are pinned to this worker now.
    pub(super) fn load(&self) -> u64 {
        let over = self.finished() + self.pauses.get();
        self.started.get().saturating_sub(over)
    }
}

/// What a runtime has and has done so far: summed over its workers, and of each.
///
/// # Examples
///
/// ```
/// let metrics = teem::run(|| {
///     let waiting = teem::spawn(teem::task::park);
///     teem::task::yield_now();
///     let metrics = teem::runtime::metrics();
///     waiting.task().unpark();
///     waiting.join().unwrap();
///     metrics
/// });
/// assert_eq!(metrics.tasks, 2);
/// assert_eq!(metrics.per_worker.len(), metrics.workers);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// How many workers there are.
    pub workers: usize,
    /// Tasks that exist: spawned and not finished, started or not.
    pub tasks: usize,
    /// Of these, those that wait to be started, or for the next of their steps to be. They have no stack.
    pub unstarted: usize,
    /// Of these, those that wait for an event between two steps. They have no stack either.
    pub waiting: usize,
    /// The others, which are started.
    pub load: u64,
    /// Of these, those that waited for their turn when their worker last looked up.
    pub ready: usize,
    /// Tasks that have been started, ever.
    pub started: u64,
    /// Tasks that have finished, ever.
    pub finished: u64,
    /// Tasks that ended in a panic, ever.
    pub panicked: u64,
    /// Steps of tasks that run in steps, but for the last one of each.
    pub steps: u64,
    /// Times a worker has picked a task to run.
    pub switches: u64,
    /// Times a worker has asked its netpoller, sleeping there or not.
    pub polls: u64,
    /// Times a worker has gone to sleep.
    pub sleeps: u64,
    /// Times another thread has woken a sleeping worker.
    pub wakes: u64,
    /// Unstarted tasks that a worker took from another.
    pub steals: u64,
    /// Times a task held its worker for longer than 10 ms.
    pub stalls: u64,
    /// How long ready tasks waited for their turn.
    pub delays: DelayHistogram,
    /// The same of each worker.
    pub per_worker: Vec<WorkerMetrics>,
    /// The memory of their stacks.
    pub stacks: StackMetrics,
}

/// What one worker has and has done so far. The fields are those of [`Metrics`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerMetrics {
    /// Tasks that wait here to be started; others may take them.
    pub unstarted: usize,
    /// Tasks that wait here between two steps.
    pub waiting: usize,
    /// Started tasks.
    pub load: u64,
    /// Those of them that have waited for a descriptor or a moment: what placement goes by.
    pub outside: u64,
    /// Those that waited for their turn when the worker last looked up.
    pub ready: usize,
    /// Steps, but for the last one of each task.
    pub steps: u64,
    /// Times it has picked a task to run.
    pub switches: u64,
    /// Times it has asked its netpoller.
    pub polls: u64,
    /// Times it has gone to sleep.
    pub sleeps: u64,
    /// Times another thread has woken it.
    pub wakes: u64,
    /// Unstarted tasks that it took from others.
    pub steals: u64,
    /// Times a task held it for longer than 10 ms.
    pub stalls: u64,
    /// How long ready tasks waited for their turn here.
    pub delays: DelayHistogram,
}

impl WorkerMetrics {
    fn of(remote: &Remote) -> Self {
        let stats = &remote.stats;
        Self {
            unstarted: remote.unstarted.len(),
            waiting: stats.waiting.get() as usize,
            load: stats.load(),
            outside: stats.outside.get(),
            ready: stats.ready.get() as usize,
            steps: stats.pauses.get(),
            switches: stats.picks.get(),
            polls: stats.polls.get(),
            sleeps: stats.sleeps.get(),
            wakes: stats.wakes.get(),
            steals: stats.steals.get(),
            // ORDERING: Relaxed, a count.
            stalls: remote.stalls.load(Ordering::Relaxed),
            delays: stats.delays.get(),
        }
    }
}

impl Metrics {
    pub(super) fn of(core: &Core) -> Self {
        let each: Vec<_> = core.remotes.iter().map(WorkerMetrics::of).collect();
        let counted = |pick: fn(&Stats) -> u64| core.remotes.iter().map(|r| pick(&r.stats)).sum();
        let sum = |pick: fn(&WorkerMetrics) -> u64| each.iter().map(pick).sum();
        Self {
            workers: core.remotes.len(),
            tasks: core.unfinished(),
            unstarted: each.iter().map(|worker| worker.unstarted).sum(),
            waiting: each.iter().map(|worker| worker.waiting).sum(),
            load: sum(|worker| worker.load),
            ready: each.iter().map(|worker| worker.ready).sum(),
            started: counted(Stats::tasks_started),
            finished: counted(Stats::finished),
            panicked: counted(|stats| stats.panicked.get()),
            steps: sum(|worker| worker.steps),
            switches: sum(|worker| worker.switches),
            polls: sum(|worker| worker.polls),
            sleeps: sum(|worker| worker.sleeps),
            wakes: sum(|worker| worker.wakes),
            steals: sum(|worker| worker.steals),
            stalls: sum(|worker| worker.stalls),
            delays: (each.iter()).fold(DelayHistogram::default(), |all, worker| {
                all.and(worker.delays)
            }),
            stacks: StackMetrics::of(core),
            per_worker: each,
        }
    }
}

/// What the current runtime has done so far: the running task's, or the global one.
///
/// # Panics
///
/// As [`spawn`](crate::spawn).
#[track_caller]
pub fn metrics() -> Metrics {
    with_core(Metrics::of)
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
