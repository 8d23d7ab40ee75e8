//! How work gets from one worker to another, and what a worker does that has none.
//!
//! Only unstarted tasks move. A spawn queues the task with the spawner's worker and mostly leaves
//! it at that: the queue may be taken from by anybody. Two things spread it:
//!
//! - **Stealing.** A worker without work takes half of what another's unstarted tasks are more than its own burden;
//!   all that it may carry if the other does not get on. After a rest it leaves the other some time first
//!   (`backlog.rs`) and a few tasks are never taken right after others, as each theft costs the victim cache lines.
//!   What it takes are those that were spawned first, in a row: neighbours often talk to each other.
//! - **Placement.** A worker that is about to start a task, and has a larger load than another by more than
//!   [`SLACK`], passes it on to that one instead. Started tasks are pinned, so
//!   this is the last moment at which long-lived ones can be spread; deciding it at the start
//!   rather than at the spawn needs no guess about which tasks live long.
//!
//! # What is a load
//!
//! Started tasks that have waited for the *outside*, for a descriptor or a moment. Who keeps them busy is not
//! known, and it will not stop when this worker has much to do: so each worker should have as many. A task that
//! waits for other tasks is as busy as those, and best off where they are. So a thousand connections are spread as
//! evenly as can be, with all that each of them has spawned beside it, while a ring or a pipeline stays on the
//! worker that it was spawned on, unless another has nothing to do and takes half of it. Counting all started tasks
//! alike was rejected: it dealt out a ring of 503 tasks, each hop of which then crossed from one CPU to another.
//!
//! A *burden* is the load and the unstarted tasks, of which nobody knows yet what they will be. Who may steal from
//! another is never one that would pass the tasks straight back: the theft leaves it the lighter one of the two.
//!
//! With many workers the one to compare with is the less loaded of two, taken in turn
//! (Mitzenmacher, see `core.rs`).

use super::backlog::Backlog;
use super::core::Remote;
use super::unstarted::{Unstarted, UnstartedQueue};
use super::worker::Worker;
use crate::task::Header;
use std::hint::spin_loop;
use std::ptr::NonNull;
use std::time::{Duration, Instant};

/// By how much a worker's load may be ahead before it passes new tasks on.
const SLACK: u64 = 4;
/// The most that one theft takes.
const LOOT: usize = 1 << 10;
/// How far apart thefts of fewer tasks than [`HARVEST`] are.
const PAUSE: Duration = Duration::from_micros(20);
const HARVEST: usize = 64;

/// Whether a worker with the load `mine` passes on what it is about to start to one with the burden `other`.
pub(super) fn passes_on(mine: u64, other: u64) -> bool {
    mine >= other + SLACK
}

/// How many tasks a worker with the load `mine` starts before it looks at another again that had the burden `other`:
/// that one writes its burden at each spawn and start, so each look takes the cache line from it. At most a small
/// share of its own load, as the other may be rid of its burden soon.
pub(super) fn starts_alone(mine: u64, other: u64) -> u64 {
    let ahead = (other + SLACK).saturating_sub(mine);
    (ahead / 2).min(mine / 64)
}

/// How many of the `unstarted` tasks of a victim with the burden `victim` a thief with the burden `mine` takes.
pub(super) fn loot(mine: u64, victim: u64, unstarted: usize) -> usize {
    let half = victim.saturating_sub(mine).div_ceil(2) as usize;
    half.min(unstarted.div_ceil(2)).min(LOOT)
}

impl Worker {
    /// Queues a new task that any worker may start, and wakes one for it if that is due.
    pub(super) fn enqueue_new(&self, task: NonNull<Header>) {
        let remote = self.remote();
        remote.stats.count_spawn();
        // One task alone is most likely started right here, when its spawner waits for it.
        let more = !remote.unstarted.is_empty();
        remote.unstarted.spawn(Unstarted(task));
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

    /// The next new task that is to start here, `take`n from our own.
    pub(super) fn next_unstarted(
        &self,
        take: fn(&UnstartedQueue) -> Option<Unstarted>,
    ) -> Option<NonNull<Header>> {
        let unstarted = &self.remote().unstarted;
        while !unstarted.is_empty() {
            if let Some(other) = self.lighter_worker() {
                unstarted.give(1, &other.unstarted);
                other.rouse();
                continue;
            }
            let new = take(unstarted)?;
            if !unstarted.is_empty() {
                self.offer();
            }
            return Some(new.0);
        }
        None
    }

    /// A worker that should have our next long-lived task.
    fn lighter_worker(&self) -> Option<&Remote> {
        let stats = &self.remote().stats;
        let (mine, started) = (stats.outside.get(), stats.started.get());
        if mine < SLACK || self.core.remotes.len() == 1 || started < self.compare_at.get() {
            return None;
        }
        let turn = self.turn.replace(self.turn.get() + 1);
        let other = self.core.lighter_of_two_others(self.index, turn);
        let burden = other.burden();
        if passes_on(mine, burden) && !other.is_stalled() {
            return Some(other);
        }
        self.compare_at
            .set(started + 1 + starts_alone(mine, burden));
        None
    }

    /// How many tasks that wait with `victim` should rather start here.
    fn may_rob(&self, victim: &Remote) -> usize {
        let unstarted = victim.unstarted.len();
        if victim.is_stalled() {
            return unstarted.min(LOOT);
        }
        loot(self.remote().burden(), victim.burden(), unstarted)
    }

    /// Takes unstarted tasks from another worker; whether it got any.
    fn steal(&self) -> bool {
        let remote = self.remote();
        self.core.others(self.index).any(|victim| {
            let most = self.may_rob(victim);
            if most == 0 || !self.is_time_to_rob(victim, most) {
                return false;
            }
            let stolen = victim.unstarted.give(most, &remote.unstarted);
            remote.stats.steals.add(stolen as u64);
            self.stole_at.set(Instant::now());
            stolen > 0
        })
    }

    /// Whether what waits with `victim` has been left to it for long enough (`backlog.rs`), and its lock is not
    /// asked for too often.
    fn is_time_to_rob(&self, victim: &Remote, most: usize) -> bool {
        if victim.is_stalled() {
            return true;
        }
        let (size, now) = (victim.unstarted.len(), Instant::now());
        let mut backlog = self.backlog.get();
        let granted = match &mut backlog {
            None => {
                backlog = Some(Backlog::new(size, now));
                false
            }
            Some(backlog) => backlog.look(size, now),
        };
        self.backlog.set(backlog);
        while granted
            && most < HARVEST
            && self.stole_at.get().elapsed() < PAUSE
            && !self.has_ready()
        {
            (0..8).for_each(|_| spin_loop());
        }
        granted
    }

    /// How long this worker still leaves a backlog that it has seen alone.
    fn patience_left(&self, now: Instant) -> Option<Duration> {
        self.backlog.get()?.patience_left(now)
    }

    /// A started task waits for the outside: it counts as load from now on.
    #[inline]
    pub(super) fn waits_outside(&self, task: &Header) {
        if !task.outside.replace(true) {
            self.remote().stats.outside.bump();
        }
    }

    /// A task leaves this worker.
    pub(super) fn no_longer_waits(&self, task: &Header) {
        if task.outside.replace(false) {
            self.remote().stats.outside.drop_one();
        }
    }

    /// Nothing is ready: looks elsewhere, and sleeps if there is nothing there either.
    pub(super) fn idle(&self) {
        // A server with one connection comes here for each request, and to read the clock is a good part of the way: so
        // only after what takes time.
        let mut now = Instant::now();
        self.expire(now);
        if self.has_ready() || self.retry(now) {
            return;
        }
        if self.core.remotes.len() > 1 {
            self.core.idle.search_begins();
            let found = self.steal();
            let waits = self.patience_left(now).is_some();
            self.core.idle.search_ends(found || waits);
            if found || self.spin() {
                return;
            }
            now = Instant::now();
        }
        let since = now;
        if self.busy_poll.is_worth_it() {
            match self.stay_up(since) {
                None => return,
                Some(later) => now = later,
            }
        }
        // Before it is asked when there is something to tidy: nothing knows of the spare.
        self.lay_spare_aside();
        if self.tidy_in_passing(now) {
            now = Instant::now();
        }
        self.sleep(now, since);
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
        let patient = self.patience_left(begin).is_some();
        let mut found = false;
        while !found && begin.elapsed() < SPIN {
            // What comes is seen at once; other workers' queues are theirs to write, and looked at seldom.
            let came = (0..32).any(|_| {
                spin_loop();
                self.has_ready()
            });
            found = came || !patient && self.work_elsewhere();
        }
        self.core.idle.spin_ends();
        if !found {
            self.spin_credit.set(credit - 1);
        }
        found
    }

    /// Sleeps in the poller until an event, a deadline or a call from another thread. It is `begin` now, and there has
    /// been nothing to do `since`.
    fn sleep(&self, begin: Instant, since: Instant) {
        let (core, remote) = (&self.core, self.remote());
        let patience = self.patience_left(begin);
        remote.sleep.announce();
        if self.has_ready()
            || patience.is_none() && self.work_elsewhere()
            || remote.is_called()
            || remote.inquiries.any()
            || core.is_over()
        {
            remote.sleep.awake();
            // The monitor may have looked in between, and rests since.
            core.watch.worker_is_up();
            return;
        }
        self.take_sample(begin);
        let deadline = self.next_wake();
        let look_again = if self.tidying.get() || self.wheel.borrow().is_behind() {
            Some(begin)
        } else if let Some(patience) = patience {
            Some(begin + patience)
        } else if self.rest.get() == 0 && core.remotes.len() > 1 {
            Some(begin + core.idle.interval())
        } else {
            self.next_tidy().map(|at| at.max(begin + REST))
        };
        let until = [deadline, look_again, self.next_retry()];
        let until = until.into_iter().flatten().min();
        self.queue.shrink();
        if patience.is_some() {
            // On its way, so to say: nobody need be woken beside it.
            core.idle.search_begins();
        } else if self.rest.get() > 0 {
            self.backlog.set(None);
        }
        core.idle.sleeps();
        remote.stats.sleeps.bump();
        self.poll(until.map(|at| at.saturating_duration_since(begin)));
        core.idle.wakes();
        if patience.is_some() {
            core.idle.search_ends(true);
        }
        let end = Instant::now();
        self.polled.set(end);
        let slept = end.saturating_duration_since(begin);
        self.rest.set(self.rest.get().saturating_add(1));
        let roused = remote.sleep.awake();
        if self.has_ready() {
            self.busy_poll
                .gap_ended(end.saturating_duration_since(since));
        }
        remote.stats.wakes.add(u64::from(roused));
        core.watch.worker_is_up();
        if roused && slept < TOO_SHORT {
            let credit = self.spin_credit.get() + EARNED;
            self.spin_credit.set(credit.min(MOST_CREDIT));
        }
        // A slice at a time, with a look at everything in between.
        let idle = !roused && (slept >= REST || self.tidying.get());
        self.tidying.set(idle && !self.has_ready());
    }

    /// When a timer wants this worker awake.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        let deadline = self.wheel.borrow().next_deadline();
        deadline.map(|at| self.pace.wake_at(at))
    }

    /// Notes how many tasks are ready, and how long they take (`delay.rs`).
    pub(super) fn take_sample(&self, now: Instant) {
        let (stats, ready) = (&self.remote().stats, self.queue.len() as u64);
        stats.ready.set(ready);
        self.probe
            .look(now, stats.picks.get(), ready, &stats.delays);
    }

    /// Whether another worker has tasks that we could take.
    pub(super) fn work_elsewhere(&self) -> bool {
        let mut others = self.core.others(self.index);
        others.any(|other| self.may_rob(other) > 0)
    }
}
