//! How work gets from one worker to another, and what a worker does that has none.
//!
//! Only unstarted tasks move. A spawn queues the task with the spawner's worker and mostly leaves
//! it at that: the queue may be taken from by anybody. Two things spread it:
//!
//! - **Stealing.** A worker without work takes half of another's unstarted tasks, 32 at most;
//!   unless it holds more started tasks by more than [`SLACK`] already, and the other does get on.
//! - **Placement.** A worker that is about to start a task, and holds more started tasks than
//!   another by more than [`SLACK`], passes it on to that one instead. Started tasks are pinned, so
//!   this is the last moment at which long-lived ones can be spread; deciding it at the start
//!   rather than at the spawn needs no guess about which tasks live long. The more tasks there are the
//!   longer are the runs of them that are passed on: neighbours often talk to each other. Short ones never get
//!   beyond the slack, so a pipeline or a ping-pong stays together. Who may steal from another is
//!   never one that would pass the task straight back: the two conditions exclude each other.
//!
//! With many workers the one to compare with is the less loaded of two, taken in turn
//! (Mitzenmacher, see `core.rs`).

use super::core::Remote;
use super::worker::Worker;
use crate::task::Header;
use std::hint::spin_loop;
use std::ptr::NonNull;
use std::time::{Duration, Instant};

/// By how many started tasks a worker may be ahead before it passes new ones on.
const SLACK: u64 = 4;
/// With how many started tasks a worker passes on one more at a time.
const RUN: usize = 16;
/// The most that one theft takes.
const LOOT: usize = 32;

impl Worker {
    /// Queues a new task that any worker may start, and wakes one for it if that is due.
    pub(super) fn enqueue_new(&self, task: NonNull<Header>) {
        let remote = self.remote();
        remote.stats.count_spawn();
        // One task alone is most likely started right here, when its spawner waits for it.
        let more = !remote.unstarted.is_empty();
        remote.unstarted.push(super::core::Unstarted(task));
        if more {
            self.offer();
        }
    }

    /// Queues a new task that has to run here.
    pub(super) fn enqueue_local(&self, task: NonNull<Header>) {
        let remote = self.remote();
        remote.stats.count_spawn();
        // SAFETY: just allocated, so alive.
        unsafe { task.as_ref() }.set_home(std::ptr::from_ref(remote).cast());
        self.queue.push(task);
    }

    /// Wakes a sleeper for our unstarted tasks, when one is due (`idle.rs`).
    pub(super) fn offer(&self) {
        let idle = &self.core.idle;
        if !idle.wake_is_open() {
            return;
        }
        let now = Instant::now();
        if idle.wake_is_due(self.last_wake.get(), now) {
            self.last_wake.set(now);
            self.core.wake_a_sleeper(self.index);
        }
    }

    /// The next new task that is to start here.
    pub(super) fn next_unstarted(&self) -> Option<NonNull<Header>> {
        let remote = self.remote();
        while let Some(new) = remote.unstarted.pop() {
            match self.lighter_worker() {
                Some(other) => {
                    other.unstarted.push(new);
                    // Those that were spawned in a row often talk to each other.
                    let more = self.live.len() / RUN;
                    let run = (0..more).map_while(|_| remote.unstarted.pop());
                    run.for_each(|next| other.unstarted.push(next));
                    other.rouse();
                }
                None => {
                    if !remote.unstarted.is_empty() {
                        self.offer();
                    }
                    return Some(new.0);
                }
            }
        }
        None
    }

    /// A worker that should have our next long-lived task.
    fn lighter_worker(&self) -> Option<&Remote> {
        let mine = self.live.len() as u64;
        if mine < SLACK || self.core.remotes.len() == 1 {
            return None;
        }
        let other = self.core.lighter_of_two_others(self.index);
        (mine >= other.burden() + SLACK && !other.is_stalled()).then_some(other)
    }

    /// How many tasks that wait with `victim` should rather start here.
    fn may_rob(&self, victim: &Remote) -> usize {
        let mine = self.live.len() as u64;
        let ahead = (victim.stats.load() + SLACK).saturating_sub(mine);
        let fair = if victim.is_stalled() {
            LOOT
        } else {
            ahead as usize
        };
        fair.min(victim.unstarted.len().div_ceil(2)).min(LOOT)
    }

    /// Takes unstarted tasks from another worker; the first of them is returned.
    fn steal(&self) -> Option<NonNull<Header>> {
        let remote = self.remote();
        for victim in self.core.others(self.index) {
            let mut loot = (0..self.may_rob(victim)).map_while(|_| victim.unstarted.pop());
            let Some(first) = loot.next() else { continue };
            remote.stats.steals.bump();
            for next in loot {
                remote.stats.steals.bump();
                remote.unstarted.push(next);
            }
            return Some(first.0);
        }
        None
    }

    /// Nothing is ready: looks elsewhere, and sleeps if there is nothing there either.
    pub(super) fn idle(&self) {
        self.expire(Instant::now);
        if self.has_ready() {
            return;
        }
        if self.core.remotes.len() > 1 {
            self.core.idle.search_begins();
            let found = self.steal();
            self.core.idle.search_ends(found.is_some());
            if let Some(task) = found {
                return self.queue.push(task);
            }
            if self.spin() {
                return;
            }
        }
        self.tidy_in_passing();
        self.sleep();
    }
}

/// How long a worker spins before it sleeps, when that has been worth it lately.
const SPIN: Duration = Duration::from_micros(50);
/// A sleep that a wake ends sooner than this would better have been a spin: the wakes of two workers
/// that call each other are part of it.
const TOO_SHORT: Duration = Duration::from_micros(150);
/// What such a sleep earns, what a spin in vain costs being one; and the most that is kept.
const EARNED: u32 = 4;
const MOST_CREDIT: u32 = 16;
/// How long a worker must have rested before it tidies up.
const REST: Duration = Duration::from_millis(20);

impl Worker {
    /// Waits for work without sleeping, if that has paid lately and nobody else does. True when
    /// there is some.
    fn spin(&self) -> bool {
        let credit = self.spin_credit.get();
        if credit == 0 || !self.core.idle.spin_begins() {
            return false;
        }
        let begin = Instant::now();
        let mut found = false;
        while !found && begin.elapsed() < SPIN {
            for _ in 0..32 {
                spin_loop();
            }
            found = self.has_ready() || self.work_elsewhere();
        }
        self.core.idle.spin_ends();
        if !found {
            self.spin_credit.set(credit - 1);
        }
        found
    }

    /// Sleeps in the poller until an event, a deadline or a call from another thread.
    fn sleep(&self) {
        let (core, remote) = (&self.core, self.remote());
        remote.sleep.announce();
        if self.has_ready() || self.work_elsewhere() || remote.is_called() || core.is_over() {
            remote.sleep.awake();
            return;
        }
        let begin = Instant::now();
        let deadline = self.wheel.borrow().next_deadline();
        let until_deadline =
            deadline.map(|at| self.pace.wake_at(at).saturating_duration_since(begin));
        let look_again = if self.tidying.get() {
            Some(Duration::ZERO)
        } else if self.rest.get() == 0 && core.remotes.len() > 1 {
            Some(core.idle.interval())
        } else {
            let tidy = self.next_tidy();
            tidy.map(|at| at.saturating_duration_since(begin).max(REST))
        };
        let timeout = [until_deadline, look_again].into_iter().flatten().min();
        self.queue.shrink();
        core.idle.sleeps();
        remote.stats.sleeps.bump();
        self.poll(timeout);
        core.idle.wakes();
        let end = Instant::now();
        self.polled.set(end);
        let slept = end.saturating_duration_since(begin);
        self.rest.set(self.rest.get().saturating_add(1));
        let roused = remote.sleep.awake();
        core.watch.worker_is_up();
        if roused && slept < TOO_SHORT {
            let credit = self.spin_credit.get() + EARNED;
            self.spin_credit.set(credit.min(MOST_CREDIT));
        }
        // A slice at a time, with a look at everything in between.
        let idle = !roused && (slept >= REST || self.tidying.get());
        self.tidying.set(idle && !self.has_ready());
    }

    /// Whether another worker has tasks that we could take.
    fn work_elsewhere(&self) -> bool {
        let mut others = self.core.others(self.index);
        others.any(|other| self.may_rob(other) > 0)
    }
}
