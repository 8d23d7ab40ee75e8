//! A mutex without contents: one word, and a list of those who wait.
//!
//! # The word
//!
//! | bit       | meaning                        | who sets it                                      | who clears it                              |
//! | --------- | ------------------------------ | ------------------------------------------------ | ------------------------------------------ |
//! | `LOCKED`  | it is held                     | whoever finds it clear; a handover leaves it set | the holder                                 |
//! | `WAITERS` | somebody is in the list        | a waiter that finds `LOCKED`, as it links itself | whoever takes the last one out of the list |
//! | `WOKEN`   | one who was woken is on its way | the holder that wakes it, giving the lock up    | that one, as it takes the lock or goes back into the list |
//!
//! Without `WAITERS` and `WOKEN` locking is one exchange, and unlocking is another; or two plain stores, while all
//! who lock are tasks of one worker (see [`Bias`]). Everything else is done by exchanges, whoever does it. While
//! `LOCKED` is set, the other bits change under the internal lock alone.
//!
//! # Who is next
//!
//! Unlocking takes the first waiter out of the list, unless one is on its way already. As a rule the lock is then
//! free, and the waiter is woken to compete with whoever comes along: most locks are held briefly, and one that is
//! passed on to somebody who has yet to be scheduled stands still meanwhile. A waiter that loses the race goes back
//! to the front of the list and keeps the time at which its wait began. Once that is a millisecond ago, the lock is
//! *handed* to it: the word stays `LOCKED`, and the claim says whose it is. So the throughput is that of an unfair
//! lock, and nobody waits for much longer than that millisecond and what those before it take. (Go's `sync.Mutex`
//! has these rules as its normal and its starvation mode; here each waiter has its own time.)
//!
//! One at a time is woken, since all of them would find the lock taken again by the first. As long as it is on its
//! way, unlocking is one more exchange and wakes nobody: who takes the lock in a loop does so at nearly full speed,
//! on a CPU whose cache has what it guards. Should that one be long in coming, because its worker is busy, then
//! those behind it get their due all the same: each [`PASSES`]th time that a lock is given back beside it, the
//! holder looks at the time. And as the one on its way may need the very worker that takes the lock in a loop,
//! taking it beside others spends the task's budget.
//!
//! # Nothing is lost
//!
//! `WAITERS` is set only while the lock is held, and makes the exchange of its holder fail: so the holder serves
//! the list, before it gives the lock up, or sees `WOKEN`, in one and the same exchange that gives it up. Whoever
//! is on its way takes the lock, or finds it held by somebody who will see `WAITERS`, which it sets again as it
//! clears `WOKEN`. As long as the lock is free and the list is not empty, somebody is on the way.

use super::{HANDED, Node, Parking, Scheduler, wake};
use crate::bias::{Bias, Identity};
use crate::sync_facade::atomic::{AtomicU8, Ordering};
use crate::sync_facade::{Mutex, MutexGuard, const_unless_loom, spin_loop};
use crate::task::{Accepts, WaitList, Wake};
use std::sync::PoisonError;
use std::time::Instant;

const LOCKED: u8 = 1;
const WAITERS: u8 = 2;
const WOKEN: u8 = 4;

/// How often the lock is given back beside one that is on its way before its holder looks whether another is overdue.
const PASSES: u8 = if cfg!(loom) { 2 } else { 16 };

/// How many looks in a row must find the lock free: one that is taken in a loop on another CPU is left there. The lock
/// goes to and fro between two CPUs at each operation otherwise, at several times the price.
const FREE_LOOKS: u32 = 4;
/// The most that is waited between two looks, each of which has that CPU fetch the word again.
const MOST_PAUSES: u32 = 32;

/// See the module.
#[derive(Debug)]
pub(in crate::sync) struct RawMutex {
    bias: Bias,
    word: AtomicU8,
    /// Counts, modulo [`PASSES`], how often the lock was given back beside one on its way. The holder's alone.
    passes: AtomicU8,
    waiters: Mutex<WaitList>,
}

impl RawMutex {
    const_unless_loom! {
        /// A free one.
        pub(in crate::sync) fn new() -> Self {
            Self {
                bias: Bias::new(),
                word: AtomicU8::new(0),
                passes: AtomicU8::new(0),
                waiters: Mutex::new(WaitList::new()),
            }
        }
    }

    /// Takes the lock if it is free.
    #[inline]
    pub(in crate::sync) fn try_lock(&self) -> bool {
        self.try_fast(Scheduler.identity()) || self.try_beside_waiters()
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
        if !self.try_fast(parking.identity()) {
            self.lock_slow(parking);
        }
    }

    /// # Safety
    ///
    /// The caller holds it.
    #[inline]
    pub(super) unsafe fn unlock_with(&self, parking: &impl Parking) {
        // ORDERING: Release, pairs with the Acquire of whoever takes the lock next.
        if let Err(word) = self.change(LOCKED, 0, Ordering::Release, parking.identity()) {
            self.unlock_slow(word, parking);
        }
    }

    #[inline]
    fn try_fast(&self, me: Identity) -> bool {
        // ORDERING: Acquire, pairs with the Release of the last holder.
        self.change(0, LOCKED, Ordering::Acquire, me).is_ok()
    }

    /// Exchanges the word, without an exchange if nobody else can be there.
    #[inline]
    fn change(&self, from: u8, to: u8, ordering: Ordering, me: Identity) -> Result<u8, u8> {
        if let Some(_alone) = self.bias.enter(me) {
            // ORDERING: Relaxed, the section orders it (B6).
            let word = self.word.load(Ordering::Relaxed);
            if word != from {
                return Err(word);
            }
            self.word.store(to, Ordering::Relaxed);
            return Ok(word);
        }
        // ORDERING: the caller's. Relaxed on failure: the lock is not taken, or still held.
        self.word
            .compare_exchange(from, to, ordering, Ordering::Relaxed)
    }

    /// Takes a free lock though others may wait for it: one of them is on its way and will compete.
    #[cold]
    fn try_beside_waiters(&self) -> bool {
        self.try_take(0)
    }

    /// Takes a free lock; `clears` is `WOKEN` for the one who was on its way.
    fn try_take(&self, clears: u8) -> bool {
        // ORDERING: Acquire, as above; Relaxed for the look before it, which the exchange checks.
        self.word
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, |word| {
                (word & LOCKED == 0).then_some((word | LOCKED) & !clears)
            })
            .is_ok()
    }

    /// Waits for the lock to become free without parking, for so many pauses. Who was not woken does so only while
    /// nobody else waits.
    fn spin(&self, mut pauses: u32, clears: u8) -> bool {
        let (mut apart, mut free) = (1, 0);
        while pauses > 0 {
            // ORDERING: Relaxed, a hint.
            let word = self.word.load(Ordering::Relaxed);
            if word & LOCKED == 0 {
                (free, apart) = (free + 1, 1);
                if free >= FREE_LOOKS && self.try_take(clears) {
                    return true;
                }
            } else if clears == 0 && word != LOCKED {
                return false;
            } else {
                (free, apart) = (0, MOST_PAUSES.min(apart * 2));
            }
            for _ in 0..apart {
                spin_loop();
            }
            pauses = pauses.saturating_sub(apart);
        }
        false
    }

    #[cold]
    #[track_caller]
    fn lock_slow(&self, parking: &impl Parking) {
        parking.spend_budget();
        if self.try_take(0) {
            return;
        }
        let (mut since, mut clears) = (None, 0);
        loop {
            if self.spin(parking.spins(), clears) {
                return;
            }
            let node = Node {
                waiter: parking.waiter(),
                note: since.unwrap_or_else(Instant::now),
            };
            if self.take_or_enlist(&node, clears)
                || parking.wait(&node.waiter, None, Accepts::Nothing) == HANDED
            {
                return;
            }
            (since, clears) = (Some(node.note), WOKEN);
        }
    }

    /// True: the lock was free and is now ours. False: the node is linked; at the front, if it had been
    /// woken before, which `clears` says.
    fn take_or_enlist(&self, node: &Node<Instant>, clears: u8) -> bool {
        let mut waiters = self.waiters();
        // ORDERING: Acquire for taking the lock, as ever. Setting WAITERS needs none: the holder comes to
        // the internal lock because of it. Relaxed on failure, nothing but the word is used.
        let taken = self
            .word
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, |word| {
                let held = word & LOCKED != 0;
                Some((word | if held { WAITERS } else { LOCKED }) & !clears)
            })
            .is_ok_and(|before| before & LOCKED == 0);
        if taken {
            return true;
        }
        // SAFETY: in no list, and it is taken out by the claim that ends its wait, which nothing
        // else does (Q2, Q3).
        unsafe {
            if clears == 0 {
                waiters.push_back(node.as_waiter());
            } else {
                waiters.push_front(node.as_waiter());
            }
        }
        false
    }

    /// Gives the lock up, which is held and was found to be `word`: beside one who is on its way, or to the first
    /// who waits.
    #[cold]
    fn unlock_slow(&self, mut word: u8, parking: &impl Parking) {
        while word & WOKEN != 0 && (word & WAITERS == 0 || !self.looks_at_time()) {
            // An exchange, as the one on its way may have gone back into the list meanwhile.
            // ORDERING: as in `unlock_with`.
            match self.word.compare_exchange(
                word,
                word & !LOCKED,
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
        self.serve(parking);
    }

    /// Whether it is time to see if somebody is overdue. By the holder.
    fn looks_at_time(&self) -> bool {
        // ORDERING: Relaxed, the holder's alone: the lock orders it.
        let passes = (self.passes.load(Ordering::Relaxed) + 1) % PASSES;
        self.passes.store(passes, Ordering::Relaxed);
        passes == 0
    }

    /// Gives the lock up, which is held and has waiters, and sees to it that the first of them goes on, or that one
    /// is on its way.
    fn serve(&self, parking: &impl Parking) {
        let now = Instant::now();
        let (first, outcome) = {
            let mut waiters = self.waiters();
            let first = waiters
                .front()
                .expect("Q1: the holder alone takes waiters out");
            // SAFETY: what is linked is alive, and was linked by `take_or_enlist` (Q2).
            let since = unsafe { Node::<Instant>::of(first) }.note;
            let overdue = parking.is_overdue(since, now);
            // ORDERING: Relaxed. While `LOCKED` is set the word changes under the internal lock alone, so nothing is
            // overwritten below either.
            let woken = self.word.load(Ordering::Relaxed) & WOKEN;
            if woken != 0 && !overdue {
                // ORDERING: Release, pairs with the Acquire of whoever takes the lock next.
                self.word.store(WAITERS | WOKEN, Ordering::Release);
                return;
            }
            let rest = if waiters.iter().nth(1).is_none() {
                0
            } else {
                WAITERS
            };
            let (next, outcome) = if overdue {
                (LOCKED | rest | woken, HANDED)
            } else {
                (rest | WOKEN, Wake::Event)
            };
            waiters.pop_front();
            // ORDERING: Release, as above. Who is handed the lock gets by the claim what was done under it.
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
