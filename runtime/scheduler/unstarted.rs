//! The unstarted tasks of a worker: tied to nothing, for anybody to take.
//!
//! | part       | what is in it                                   | put in by          | the worker takes  | a thief takes  |
//! | ---------- | ----------------------------------------------- | ------------------ | ----------------- | -------------- |
//! | `arrivals` | tasks from outside and from other workers; tasks between two steps | anybody | the oldest  | the oldest     |
//! | `spawned`  | what the tasks of this worker have spawned      | this worker        | the newest        | the oldest, half of them |
//!
//! What was spawned last is run first, and what was spawned first is what others get: as in any scheduler for trees
//! of tasks since Cilk (R. D. Blumofe and C. E. Leiserson, "Scheduling Multithreaded Computations by Work
//! Stealing", 1994). The other way round a tree would be walked in its breadth, with a stack for each node of a
//! level; a spawner that joins its tasks in order would be woken for each one; and a thief would get leaves, one by
//! one, and from everywhere: tasks that are spawned in a row often talk to each other. For arrivals there is no
//! such reason, they wait their turn. So that nobody waits for ever, a worker begins with the oldest once in a
//! while (`next_ready` in `worker.rs`).
//!
//! `spawned` stands behind a lock that is released by a store (`sync_facade/lock.rs`; a theft copies a thousand
//! pointers under it at most), which its worker takes without contention: a thief comes when it has nothing to do,
//! takes half at once, and is gone for long. A queue without a lock whose ends are both used was rejected: its
//! operations would cost the worker as many exchanges, and thieves would take one task at a time.
//!
//! Lengths may be read without the lock; a worker that is about to sleep reads them after its fence (`idle.rs`).

use crate::sync_facade::{Lock, LockGuard};
use crate::task::Header;
use crossbeam_queue::SegQueue;
use std::collections::VecDeque;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A deque that held more than this gives its memory back once it is empty.
const KEEP: usize = 1 << 12;

/// How many turns before its own the header of a task is fetched: the deque may be long, and a thief's tasks were
/// written elsewhere.
const AHEAD: usize = 6;

/// A task that waits, stackless, to be started by whoever takes it.
#[derive(Debug)]
pub(super) struct Unstarted(pub(super) NonNull<Header>);

// SAFETY: the one queue entry of a task that no worker has started: its closure is `Send`, and
// nothing of it is tied to a thread yet.
unsafe impl Send for Unstarted {}

/// See the module.
#[derive(Debug)]
pub(super) struct UnstartedQueue {
    arrivals: SegQueue<Unstarted>,
    spawned: Lock<VecDeque<Unstarted>>,
    /// That of `spawned`.
    length: AtomicUsize,
}

impl UnstartedQueue {
    pub(super) fn new() -> Self {
        Self {
            arrivals: SegQueue::new(),
            spawned: Lock::new(VecDeque::new()),
            length: AtomicUsize::new(0),
        }
    }

    fn lock(&self) -> LockGuard<'_, VecDeque<Unstarted>> {
        // No code of others runs under the lock. A panic, out of memory, leaves the deque valid.
        self.spawned.lock()
    }

    fn publish(&self, spawned: &VecDeque<Unstarted>) {
        // ORDERING: Release, pairs with `spawned_length`: who reads the length finds the tasks, under the lock.
        self.length.store(spawned.len(), Ordering::Release);
    }

    fn spawned_length(&self) -> usize {
        // ORDERING: Acquire, see `publish`; where it matters that it is the latest, a fence comes before.
        self.length.load(Ordering::Acquire)
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.spawned_length() == 0 && self.arrivals.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.spawned_length() + self.arrivals.len()
    }

    /// A task of this worker has spawned one.
    #[inline]
    pub(super) fn spawn(&self, task: Unstarted) {
        let mut spawned = self.lock();
        spawned.push_back(task);
        self.publish(&spawned);
    }

    /// A task comes from elsewhere.
    pub(super) fn arrive(&self, task: Unstarted) {
        self.arrivals.push(task);
    }

    /// The oldest that came from elsewhere.
    fn arrival(&self) -> Option<Unstarted> {
        // A fence is what it costs to find nothing by `pop`.
        if self.arrivals.is_empty() {
            return None;
        }
        self.arrivals.pop()
    }

    /// What the worker starts next.
    pub(super) fn next(&self) -> Option<Unstarted> {
        self.arrival().or_else(|| {
            if self.spawned_length() == 0 {
                return None;
            }
            let mut spawned = self.lock();
            let task = spawned.pop_back();
            if let Some(later) = spawned.len().checked_sub(AHEAD) {
                Header::fetch(spawned[later].0);
            }
            if spawned.is_empty() && spawned.capacity() > KEEP {
                spawned.shrink_to(KEEP);
            }
            self.publish(&spawned);
            task
        })
    }

    /// The one that was spawned first, or has waited longest if there is none.
    pub(super) fn oldest(&self) -> Option<Unstarted> {
        if self.spawned_length() == 0 {
            return self.arrival();
        }
        let mut spawned = self.lock();
        let task = spawned.pop_front();
        self.publish(&spawned);
        drop(spawned);
        task.or_else(|| self.arrival())
    }

    /// Moves `most` tasks at most, the oldest ones, to another worker's queue `to`; how many it were.
    pub(super) fn give(&self, most: usize, to: &Self) -> usize {
        let mut given = 0;
        while given < most
            && let Some(task) = self.arrival()
        {
            to.arrivals.push(task);
            given += 1;
        }
        if given == most || self.spawned_length() == 0 {
            return given;
        }
        // Its memory is had before the lock is, for which the worker would have to wait.
        let mut loot = Vec::with_capacity((most - given).min(self.spawned_length()));
        let mut from = self.lock();
        let rest = loot.capacity().min(from.len());
        loot.extend(from.drain(..rest));
        self.publish(&from);
        // One lock at a time: two who rob each other would wait for each other.
        drop(from);
        let mut spawned = to.lock();
        spawned.extend(loot);
        to.publish(&spawned);
        given + rest
    }
}
