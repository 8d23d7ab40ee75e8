//! Poisoning: a lock remembers that somebody panicked while holding it for writing.
//!
//! The error types are std's own, so what a program does with them stays as it is. The rule is
//! std's, too: a guard notes whether its thread was panicking when it was made, and poisons the lock
//! if its thread has begun to panic since. What a thread is doing is asked of
//! `std::thread::panicking`, which knows threads and not tasks: a task that parks in a destructor
//! while it unwinds lends its panic to the other tasks of its worker until it goes on. A guard that
//! one of them drops meanwhile may then poison its lock for nothing, or fail to.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LockResult, PoisonError};
use std::thread;

/// Whether a lock is poisoned.
#[derive(Debug)]
pub(super) struct Flag {
    failed: AtomicBool,
}

/// Part of a guard: whether its thread was panicking already when it was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard {
    panicking: bool,
}

// ORDERING, for all of the below: Relaxed. The flag is written and read by holders of the lock,
// which orders them; a look from outside is a hint.
impl Flag {
    pub(super) const fn new() -> Self {
        Self {
            failed: AtomicBool::new(false),
        }
    }

    /// The guard's part of a lock that has just been taken; an error if it is poisoned.
    #[inline]
    pub(super) fn guard(&self) -> LockResult<Guard> {
        let panicking = thread::panicking();
        self.check(Guard { panicking })
    }

    /// `value`, as an error if the lock is poisoned.
    #[inline]
    pub(super) fn check<T>(&self, value: T) -> LockResult<T> {
        if self.get() {
            Err(PoisonError::new(value))
        } else {
            Ok(value)
        }
    }

    /// Poisons the lock if its holder has begun to panic. Called by the holder, before it unlocks.
    #[inline]
    pub(super) fn done(&self, guard: Guard) {
        if !guard.panicking && thread::panicking() {
            self.failed.store(true, Ordering::Relaxed);
        }
    }

    #[inline]
    pub(super) fn get(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn clear(&self) {
        self.failed.store(false, Ordering::Relaxed);
    }
}

/// Applies `make` to what a result holds, poisoned or not.
#[inline]
pub(super) fn map_result<T, U>(result: LockResult<T>, make: impl FnOnce(T) -> U) -> LockResult<U> {
    match result {
        Ok(value) => Ok(make(value)),
        Err(poisoned) => Err(PoisonError::new(make(poisoned.into_inner()))),
    }
}
