//! A condition variable without the mutex: a list of those who wait to be told.
//!
//! A waiter links itself before it gives the mutex back, so whoever changes what the mutex guards, and
//! tells of it afterwards, finds the waiter in the list: nothing is lost between unlocking and parking.
//! Each notification claims one wait. A waiter that had timed out by then cannot be claimed, and the
//! notification goes to the next.
//!
//! | field     | what it is                                                                       |
//! | --------- | -------------------------------------------------------------------------------- |
//! | `anybody` | whether the list has somebody (Q1), so that telling nobody costs one load        |
//! | `ticket`  | counts those who came, in order: `notify_all` is for those who were there before |
//!
//! `anybody` is read without a lock. That suffices: a waiter sets it before it unlocks the mutex, so
//! whoever has since locked that mutex sees it. Who notifies without ever having had the mutex
//! may come before the waiter, and then it has nobody to tell.

use super::{Claims, Node, Parking, RawMutex};
use crate::sync_facade::atomic::{AtomicBool, Ordering};
use crate::sync_facade::{Mutex, MutexGuard, const_unless_loom};
use crate::task::{Accepts, Claim, WaitList, Waiter, Wake};
use std::sync::PoisonError;
use std::time::Instant;

/// See the module.
#[derive(Debug)]
pub(in crate::sync) struct RawCondvar {
    anybody: AtomicBool,
    line: Mutex<Line>,
}

#[derive(Debug)]
struct Line {
    waiters: WaitList,
    /// That of the last who came.
    ticket: u64,
}

impl RawCondvar {
    const_unless_loom! {
        /// One that nobody waits for.
        pub(in crate::sync) fn new() -> Self {
            Self {
                anybody: AtomicBool::new(false),
                line: Mutex::new(Line {
                    waiters: WaitList::new(),
                    ticket: 0,
                }),
            }
        }
    }

    /// Gives `mutex` back, waits until told or until `deadline`, and takes it again. True if told.
    ///
    /// # Safety
    ///
    /// The caller holds the mutex; `waiter` is one of its own.
    pub(in crate::sync) unsafe fn wait(
        &self,
        waiter: Waiter,
        mutex: &RawMutex,
        deadline: Option<Instant>,
        parking: &impl Parking,
    ) -> bool {
        let mut line = self.line();
        line.ticket += 1;
        let node = Node {
            waiter,
            note: line.ticket,
        };
        // SAFETY: in no list. It is taken out by a claim, or below before its frame ends (Q2).
        unsafe { line.waiters.push_back(node.as_waiter()) };
        // ORDERING: Relaxed, see the module: the mutex, unlocked below, orders it.
        self.anybody.store(true, Ordering::Relaxed);
        drop(line);
        // SAFETY: the caller holds it.
        unsafe { mutex.unlock_with(parking) };
        let told = parking.wait(&node.waiter, deadline, Accepts::Nothing) == Wake::Event;
        if !told {
            let mut line = self.line();
            // SAFETY: ours, and in this list if in any.
            unsafe { line.waiters.remove(node.as_waiter()) };
            self.update(&line);
        }
        mutex.lock_with(parking);
        told
    }

    /// Tells one who waits.
    #[inline]
    pub(in crate::sync) fn notify_one(&self, parking: &impl Parking) {
        // ORDERING: Relaxed, see the module.
        if self.anybody.load(Ordering::Relaxed) {
            self.notify(1, parking);
        }
    }

    /// Tells all who wait.
    #[inline]
    pub(in crate::sync) fn notify_all(&self, parking: &impl Parking) {
        // ORDERING: Relaxed, see the module.
        if self.anybody.load(Ordering::Relaxed) {
            self.notify(usize::MAX, parking);
        }
    }

    #[cold]
    fn notify(&self, mut most: usize, parking: &impl Parking) {
        let mut newest = None;
        loop {
            let mut claims = Claims::default();
            let mut line = self.line();
            let last = *newest.get_or_insert(line.ticket);
            while most > 0
                && !claims.is_full()
                && let Some(claim) = line.claim_first(last)
            {
                claims.push(claim);
                most -= 1;
            }
            self.update(&line);
            drop(line);
            let more = claims.is_full();
            claims.settle(parking);
            if !more {
                return;
            }
        }
    }

    /// Keeps Q1, under the lock.
    fn update(&self, line: &Line) {
        // ORDERING: Relaxed, see the module; the lock orders it among its writers.
        self.anybody
            .store(!line.waiters.is_empty(), Ordering::Relaxed);
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        // No code of others runs under it, so a poisoned list would still be in order.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Takes out and claims the first that still waits and had come with ticket `last` or before.
    fn claim_first(&mut self, last: u64) -> Option<Claim> {
        loop {
            let first = self.waiters.front()?;
            // SAFETY: what is linked is alive, and was linked by `wait` (Q2).
            if unsafe { Node::<u64>::of(first) }.note > last {
                return None;
            }
            self.waiters.pop_front();
            // SAFETY: alive, for its owner would have to take the lock to leave (W3); the caller
            // settles.
            let claim = unsafe { Waiter::claim(first, Wake::Event) };
            if !claim.is_lost() {
                return Some(claim);
            }
        }
    }
}
