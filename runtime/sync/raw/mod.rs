//! The locks themselves, without what they guard: state words, and lists of those who wait.
//!
//! | file           | what it is                                                                  |
//! | -------------- | --------------------------------------------------------------------------- |
//! | `mutex.rs`     | one holder                                                                  |
//! | `rwlock.rs`    | one writer or many readers                                                  |
//! | `condvar.rs`   | those who wait to be told                                                   |
//! | `semaphore.rs` | permits, first come, first served                                           |
//!
//! All are made alike. A word of atomic bits is all that is touched while nobody has to wait. Whoever
//! has to wait takes a short internal lock, sets a bit in the word so that nobody passes by on the
//! fast path, and links a node that lives in its own frame. Whoever then gives something back finds
//! the bit, takes the internal lock and decides who is next.
//!
//! - **Q1** The bit that says "somebody waits" is changed under the internal lock only, and is set if
//!   and only if the list is not empty whenever that lock is free.
//! - **Q2** A node is linked under the internal lock, by its owner. It is unlinked under it by
//!   whoever claims it, or by its owner when the wait has ended otherwise. So what is linked is alive.
//! - **Q3** A node of a wait that nothing but its lock can end (`Accepts::Nothing`, no deadline) stays
//!   alive after it was unlinked until it is claimed. Such claims are made, and settled, when the
//!   internal lock is free again.
//!
//! How a wait is done is a parameter, [`Parking`]: on the scheduler, or played by a model.

mod condvar;
mod mutex;
mod rwlock;
mod semaphore;

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(any(loom, miri))))]
mod tests;

use crate::bias::Identity;
use crate::scheduler::{self, park};
use crate::task::{Accepts, Claim, Waiter, Wake};
use std::time::{Duration, Instant};

pub(super) use condvar::RawCondvar;
pub(super) use mutex::RawMutex;
pub(super) use rwlock::RawRwLock;
pub(super) use semaphore::RawSemaphore;

/// How long a waiter puts up with others being faster before the lock is handed to it.
const PATIENCE: Duration = Duration::from_millis(1);

/// A critical section of the usual length on another CPU is over by then.
const SPINS: u32 = 100;

/// What a claim says that has handed over the lock, or the permits, that the waiter waits for.
pub(super) const HANDED: Wake = Wake::Arm(0);

/// How a lock waits and wakes.
pub(super) trait Parking {
    /// Who calls.
    fn identity(&self) -> Identity;

    /// A wait of whoever calls.
    fn waiter(&self) -> Waiter;

    /// Waits until `waiter` is claimed.
    fn wait(&self, waiter: &Waiter, deadline: Option<Instant>, accepts: Accepts) -> Wake;

    /// Honours a claim.
    fn settle(&self, claim: Claim);

    /// Whether one who has waited from then until now is to be handed the lock.
    fn is_overdue(&self, since: Instant, now: Instant) -> bool;

    /// How many pauses beside a lock that is held are worth it before waiting.
    fn spins(&self) -> u32;

    /// Called by who is about to take a lock that others wait for: lets them run, once in a while.
    fn spend_budget(&self);
}

/// The runtime's parking: see `scheduler/park.rs`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scheduler;

impl Parking for Scheduler {
    #[inline]
    fn identity(&self) -> Identity {
        scheduler::identity()
    }

    #[track_caller]
    fn waiter(&self) -> Waiter {
        park::waiter()
    }

    fn wait(&self, waiter: &Waiter, deadline: Option<Instant>, accepts: Accepts) -> Wake {
        park::wait(waiter, deadline, accepts)
    }

    fn settle(&self, claim: Claim) {
        park::settle(claim);
    }

    fn is_overdue(&self, since: Instant, now: Instant) -> bool {
        now.saturating_duration_since(since) >= PATIENCE
    }

    /// None while other tasks of this worker could run meanwhile: that is cheaper, and the holder may
    /// be one of them.
    fn spins(&self) -> u32 {
        match scheduler::running() {
            Some(running) if running.has_others() => 0,
            _ => SPINS,
        }
    }

    fn spend_budget(&self) {
        if let Some(running) = scheduler::running() {
            running.spend_budget();
        }
    }
}

/// One wait, and what its lock has to know of it. `waiter` is first: a list has pointers to that.
#[repr(C)]
#[derive(Debug)]
struct Node<T> {
    waiter: Waiter,
    note: T,
}

impl<T> Node<T> {
    /// What a list is given: a pointer to the waiter that is good for all of the node.
    fn as_waiter(&self) -> *const Waiter {
        std::ptr::from_ref(self).cast()
    }

    /// The node that a list has a pointer to.
    ///
    /// # Safety
    ///
    /// `waiter` came from `as_waiter` of a `Node<T>` that is alive for `'a`.
    unsafe fn of<'a>(waiter: *const Waiter) -> &'a Self {
        // SAFETY: by contract; the pointer was made from one to the whole node.
        unsafe { &*waiter.cast::<Self>() }
    }
}

/// Claims `waiter`, which its lock has unlinked, and settles that.
///
/// # Safety
///
/// Alive, and nobody else can claim it (Q3).
unsafe fn wake(parking: &impl Parking, waiter: *const Waiter, wake: Wake) {
    // SAFETY: as above; what the claim asks for is done at once (W2).
    let claim = unsafe { Waiter::claim(waiter, wake) };
    debug_assert!(!claim.is_lost(), "nothing else ends this wait");
    parking.settle(claim);
}

/// Claims that were made under a lock, to be settled when it is free. Room for some, so that it
/// needs no memory of its own; a lock with more to claim does it in turns.
#[derive(Debug, Default)]
struct Claims {
    slots: [Option<Claim>; 16],
    count: usize,
}

impl Claims {
    fn is_full(&self) -> bool {
        self.count == self.slots.len()
    }

    fn push(&mut self, claim: Claim) {
        self.slots[self.count] = Some(claim);
        self.count += 1;
    }

    fn settle(self, parking: &impl Parking) {
        let claims = self.slots.into_iter().flatten();
        claims.for_each(|claim| parking.settle(claim));
    }
}
