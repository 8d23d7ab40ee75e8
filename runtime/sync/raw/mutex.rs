//! A mutex without contents: one word, and a list of those who wait.
//!
//! # The word
//!
//! | `LOCKED` | `WAITERS` | meaning                                                                     |
//! | -------- | --------- | --------------------------------------------------------------------------- |
//! | 0        | 0         | free                                                                        |
//! | 1        | 0         | held, nobody waits: locking was one exchange, unlocking is another          |
//! | 1        | 1         | held, somebody is in the list: unlocking goes through the internal lock     |
//! | 0        | 1         | free, somebody is in the list, and somebody is on the way who will see to it |
//!
//! | bit       | who sets it                                      | who clears it                              |
//! | --------- | ------------------------------------------------ | ------------------------------------------ |
//! | `LOCKED`  | whoever finds it clear; a handover               | the holder                                 |
//! | `WAITERS` | a waiter that finds `LOCKED`, as it links itself | whoever takes the last one out of the list |
//!
//! # Who is next
//!
//! Unlocking takes the first waiter out of the list. As a rule the lock is then free, and the waiter
//! is woken to compete with whoever comes along: most locks are held briefly, and one that is passed
//! on to somebody who has yet to be scheduled stands still meanwhile. A waiter that loses the race goes
//! back to the front of the list and keeps the time at which its wait began. Once that is a millisecond
//! ago, the lock is *handed* to it: the word stays `LOCKED`, and the claim says whose it is. So the throughput
//! is that of an unfair lock, and nobody waits for much longer than that millisecond and what
//! those before it take. (Go's `sync.Mutex` has this rule as its starvation mode; here each waiter has
//! its own time.)
//!
//! # Nothing is lost
//!
//! `WAITERS` is set only while the lock is held, and makes the exchange of its holder fail: so the holder
//! serves the list, before it gives the lock up. Whoever is woken by that is on the way; it takes the lock, or finds
//! it held by somebody who will see `WAITERS`, which it sets again. As long as the lock is free and
//! the list is not empty, somebody is on the way.

use super::{HANDED, Node, Parking, Scheduler, wake};
use crate::sync_facade::atomic::{AtomicU8, Ordering};
use crate::sync_facade::{Mutex, MutexGuard, const_unless_loom, spin_loop};
use crate::task::{Accepts, WaitList, Wake};
use std::sync::PoisonError;
use std::time::Instant;

const LOCKED: u8 = 1;
const WAITERS: u8 = 2;

/// See the module.
#[derive(Debug)]
pub(in crate::sync) struct RawMutex {
    word: AtomicU8,
    waiters: Mutex<WaitList>,
}

impl RawMutex {
    const_unless_loom! {
        /// A free one.
        pub(in crate::sync) fn new() -> Self {
            Self {
                word: AtomicU8::new(0),
                waiters: Mutex::new(WaitList::new()),
            }
        }
    }

    /// Takes the lock if it is free.
    #[inline]
    pub(in crate::sync) fn try_lock(&self) -> bool {
        self.try_fast() || self.try_beside_waiters()
    }

    /// Takes the lock, parking until it is free.
    #[inline]
    #[track_caller]
    pub(in crate::sync) fn lock(&self) {
        self.lock_with(&Scheduler);
    }

    /// Gives the lock back.
    ///
    /// # Safety
    ///
    /// The caller holds it.
    #[inline]
    pub(in crate::sync) unsafe fn unlock(&self) {
        // SAFETY: as here.
        unsafe { self.unlock_with(&Scheduler) };
    }

    #[inline]
    #[track_caller]
    pub(super) fn lock_with(&self, parking: &impl Parking) {
        if !self.try_fast() {
            self.lock_slow(parking);
        }
    }

    /// # Safety
    ///
    /// The caller holds it.
    #[inline]
    pub(super) unsafe fn unlock_with(&self, parking: &impl Parking) {
        // ORDERING: Release, pairs with the Acquire of whoever takes the lock next. Relaxed on failure: the
        // lock is still held, and only others' WAITERS can have changed the word.
        let given = self
            .word
            .compare_exchange(LOCKED, 0, Ordering::Release, Ordering::Relaxed);
        if given.is_err() {
            self.serve(parking);
        }
    }

    #[inline]
    fn try_fast(&self) -> bool {
        // ORDERING: Acquire, pairs with the Release of the last holder.
        self.word
            .compare_exchange(0, LOCKED, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    /// Takes a free lock though others may wait for it: one of them is on its way and will compete.
    #[cold]
    fn try_beside_waiters(&self) -> bool {
        // ORDERING: Acquire, as above; Relaxed for the look before it, which the exchange checks.
        self.word
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, |word| {
                (word & LOCKED == 0).then_some(word | LOCKED)
            })
            .is_ok()
    }

    /// Waits for the lock to become free without parking, a little, while nobody else waits.
    fn spin(&self, spins: u32) -> bool {
        for _ in 0..spins {
            // ORDERING: Relaxed, a hint.
            match self.word.load(Ordering::Relaxed) {
                LOCKED => spin_loop(),
                word if word & LOCKED != 0 => break,
                _ if self.try_beside_waiters() => return true,
                _ => {}
            }
        }
        false
    }

    #[cold]
    #[track_caller]
    fn lock_slow(&self, parking: &impl Parking) {
        let mut since = None;
        loop {
            if self.spin(parking.spins()) {
                return;
            }
            let node = Node {
                waiter: parking.waiter(),
                note: since.unwrap_or_else(Instant::now),
            };
            if self.take_or_enlist(&node, since.is_some())
                || parking.wait(&node.waiter, None, Accepts::Nothing) == HANDED
            {
                return;
            }
            since = Some(node.note);
        }
    }

    /// True: the lock was free and is now ours. False: the node is linked; at the front, if it had been
    /// woken before.
    fn take_or_enlist(&self, node: &Node<Instant>, woken: bool) -> bool {
        let mut waiters = self.waiters();
        // ORDERING: Acquire for taking the lock, as ever. Setting WAITERS needs none: the holder comes to
        // the internal lock because of it. Relaxed on failure, nothing but the word is used.
        let taken = self
            .word
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, |word| {
                let held = word & LOCKED != 0;
                Some(word | if held { WAITERS } else { LOCKED })
            })
            .is_ok_and(|before| before & LOCKED == 0);
        if taken {
            return true;
        }
        // SAFETY: in no list, and it is taken out by the claim that ends its wait, which nothing
        // else does (Q2, Q3).
        unsafe {
            if woken {
                waiters.push_front(node.as_waiter());
            } else {
                waiters.push_back(node.as_waiter());
            }
        }
        false
    }

    /// Gives the lock up, which is held and has waiters, and sees to it that the first of them goes on.
    #[cold]
    fn serve(&self, parking: &impl Parking) {
        let now = Instant::now();
        let (first, outcome) = {
            let mut waiters = self.waiters();
            let first = waiters
                .front()
                .expect("Q1: the holder alone takes waiters out");
            let rest = if waiters.iter().nth(1).is_none() {
                0
            } else {
                WAITERS
            };
            // SAFETY: what is linked is alive, and was linked by `take_or_enlist` (Q2).
            let since = unsafe { Node::<Instant>::of(first) }.note;
            let (next, outcome) = if parking.is_overdue(since, now) {
                (LOCKED | rest, HANDED)
            } else {
                (rest, Wake::Event)
            };
            waiters.pop_front();
            // A word with both bits changes under the internal lock alone, so nothing is overwritten.
            // ORDERING: Release, pairs with the Acquire of whoever takes the lock next. Who is handed it
            // gets by the claim what was done under it.
            self.word.store(next, Ordering::Release);
            (first, outcome)
        };
        // SAFETY: unlinked above, so nobody else has it; alive until claimed (Q3).
        unsafe { wake(parking, first, outcome) };
    }

    /// Whether somebody is in the list.
    #[cfg(all(test, not(any(loom, miri))))]
    pub(super) fn has_waiters(&self) -> bool {
        // ORDERING: Relaxed, a look.
        self.word.load(Ordering::Relaxed) & WAITERS != 0
    }

    fn waiters(&self) -> MutexGuard<'_, WaitList> {
        // No code of others runs under it, so a poisoned list would still be in order.
        self.waiters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
