//! A semaphore's permits: one word, and a list of those who wait for some.
//!
//! # The word
//!
//! | bits      | meaning                                     | who sets it                         | who clears it                  |
//! | --------- | ------------------------------------------- | ----------------------------------- | ------------------------------ |
//! | `WAITERS` | somebody is in the list                     | a waiter, as it links itself        | whoever takes the last one out |
//! | the rest  | how many permits are free (`PERMIT` each)   | whoever gives some back             | whoever takes some             |
//!
//! While `WAITERS` is set, permits are taken out of the word only under the internal lock and only
//! for the first in the list: whoever comes goes to its end, so nobody is overtaken, however many
//! permits it waits for. Giving back is one addition at any time. Whoever finds `WAITERS` in the word that
//! it added to serves the list: it takes out what the first wants, as long as there is enough, and claims its
//! wait with that (`HANDED`). If the claim is lost, for the waiter has timed out or was cancelled, the permits
//! go back into the word and the next one is looked at. A waiter that gives up serves the list as well,
//! since those behind it may want less than it did.

use super::{Claims, HANDED, Node, Parking};
use crate::sync_facade::atomic::{AtomicUsize, Ordering};
use crate::sync_facade::{Mutex, MutexGuard, const_unless_loom};
use crate::task::{Accepts, WaitList, Waiter, Wake};
use std::sync::PoisonError;
use std::time::Instant;

const WAITERS: usize = 1;
const PERMIT: usize = 2;
/// The most permits that a semaphore counts.
const MOST: usize = usize::MAX / PERMIT;

/// See the module.
#[derive(Debug)]
pub(in crate::sync) struct RawSemaphore {
    word: AtomicUsize,
    /// All permits that there are, free or not.
    total: AtomicUsize,
    waiters: Mutex<WaitList>,
}

impl RawSemaphore {
    const_unless_loom! {
        /// One with `permits` free ones.
        pub(in crate::sync) fn new(permits: usize) -> Self {
            assert!(permits <= MOST, "a semaphore does not count that many permits");
            Self {
                word: AtomicUsize::new(permits * PERMIT),
                total: AtomicUsize::new(permits),
                waiters: Mutex::new(WaitList::new()),
            }
        }
    }

    pub(in crate::sync) fn available(&self) -> usize {
        // ORDERING: Relaxed, out of date as soon as it is known.
        self.word.load(Ordering::Relaxed) / PERMIT
    }

    /// Takes `count` permits if they are free and nobody waits.
    ///
    /// # Panics
    ///
    /// If there never are that many. One may always be asked for: it may be added yet.
    #[inline]
    #[track_caller]
    pub(in crate::sync) fn try_acquire(&self, count: usize) -> bool {
        // ORDERING: Relaxed, a count of its own that only grows.
        let total = self.total.load(Ordering::Relaxed);
        assert!(
            count <= total.max(1),
            "{count} permits were asked for of a semaphore that has {total} in all"
        );
        // ORDERING: Acquire, pairs with the Release of those who gave the permits back. Relaxed for
        // the look before it, which the exchange checks.
        self.word
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, |word| {
                take(word, count)
            })
            .is_ok()
            || count == 0
    }

    /// Waits for `count` permits after all others who wait: `HANDED`, or what has ended the wait
    /// without them.
    #[cold]
    #[track_caller]
    pub(in crate::sync) fn acquire_slow(
        &self,
        count: usize,
        deadline: Option<Instant>,
        parking: &impl Parking,
    ) -> Wake {
        let node = Node {
            waiter: parking.waiter(),
            note: count,
        };
        if self.take_or_enlist(&node) {
            return HANDED;
        }
        let wake = parking.wait(&node.waiter, deadline, Accepts::Cancel);
        if wake != HANDED {
            self.serve(Some(&node), parking);
        }
        wake
    }

    /// Gives back `count` permits, which the caller has taken.
    #[inline]
    pub(in crate::sync) fn release(&self, count: usize, parking: &impl Parking) {
        // ORDERING: Release, pairs with the Acquire of whoever takes them.
        let before = self.word.fetch_add(count * PERMIT, Ordering::Release);
        if before & WAITERS != 0 {
            self.serve(None, parking);
        }
    }

    /// Adds `count` permits to those that there are.
    #[track_caller]
    pub(in crate::sync) fn add(&self, count: usize, parking: &impl Parking) {
        // ORDERING: Relaxed, a count of its own that only grows.
        let added = self
            .total
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |total| {
                total.checked_add(count).filter(|&total| total <= MOST)
            });
        assert!(
            added.is_ok(),
            "a semaphore does not count that many permits"
        );
        self.release(count, parking);
    }

    /// True: there were enough after all. False: the node is linked, at the end.
    fn take_or_enlist(&self, node: &Node<usize>) -> bool {
        let mut waiters = self.waiters();
        // ORDERING: Acquire for taking permits, as ever. Setting WAITERS needs none: whoever adds
        // permits comes to the internal lock because of it. Relaxed on failure.
        let taken = self
            .word
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, |word| {
                Some(take(word, node.note).unwrap_or(word | WAITERS))
            })
            .is_ok_and(|before| take(before, node.note).is_some());
        if !taken {
            // SAFETY: in no list. It is taken out by a claim, or by `serve` for `acquire_slow` (Q2).
            unsafe { waiters.push_back(node.as_waiter()) };
        }
        taken
    }

    /// Hands out what is free, to those who wait, in order; `gone` waits no more.
    #[cold]
    fn serve(&self, gone: Option<&Node<usize>>, parking: &impl Parking) {
        loop {
            let mut claims = Claims::default();
            let mut waiters = self.waiters();
            if let Some(gone) = gone {
                // SAFETY: the caller's own node, and in this list if in any.
                unsafe { waiters.remove(gone.as_waiter()) };
            }
            while !claims.is_full()
                && let Some(first) = waiters.front()
            {
                // SAFETY: what is linked is alive, and was linked by `take_or_enlist` (Q2).
                let count = unsafe { Node::<usize>::of(first) }.note;
                // ORDERING: Relaxed. Permits only come while WAITERS is set and we have the lock;
                // who brings more after this look sees WAITERS and serves the list after us.
                if self.word.load(Ordering::Relaxed) / PERMIT < count {
                    break;
                }
                // ORDERING: Acquire, pairs with the Release of those who gave the permits back; the
                // claim passes that on.
                self.word.fetch_sub(count * PERMIT, Ordering::Acquire);
                waiters.pop_front();
                // SAFETY: alive, for its owner would have to take the lock to leave (W3); settled
                // below.
                let claim = unsafe { Waiter::claim(first, HANDED) };
                if claim.is_lost() {
                    // ORDERING: Relaxed, they are as they were.
                    self.word.fetch_add(count * PERMIT, Ordering::Relaxed);
                } else {
                    claims.push(claim);
                }
            }
            if waiters.is_empty() {
                // ORDERING: Relaxed. Q1: from here on the fast path takes what is left, with an
                // Acquire of its own.
                self.word.fetch_and(!WAITERS, Ordering::Relaxed);
            }
            drop(waiters);
            let more = claims.is_full();
            claims.settle(parking);
            if !more {
                return;
            }
        }
    }

    fn waiters(&self) -> MutexGuard<'_, WaitList> {
        // No code of others runs under it, so a poisoned list would still be in order.
        self.waiters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The word after `count` permits were taken, if that may be done now.
fn take(word: usize, count: usize) -> Option<usize> {
    if word & WAITERS == 0 {
        word.checked_sub(count * PERMIT)
    } else {
        None
    }
}
