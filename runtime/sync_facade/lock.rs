//! A lock for a few dozen instructions that never park: taken by one exchange, released by a store.
//!
//! `std`'s lock is released by an exchange too, since that has to tell whether somebody sleeps. Here nobody does:
//! whoever finds the lock held looks again, and [backs off](Backoff). The exchange saved is a tenth of the time of
//! a channel's operation.
//!
//! - **L1** The value is touched by whoever has the guard alone, and what a holder has done is seen by the next.
//! - **L2** A section is short: no task switches in it, and no code of the user's runs in it. So the lock is rarely
//!   found held, and for longer than some microseconds only if the system has taken its holder off the core.

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(loom)))]
mod tests;

use super::Backoff;
use super::atomic::{AtomicBool, Ordering};
use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};

/// The lock without what it guards.
#[derive(Debug)]
pub(super) struct Word(AtomicBool);

impl Word {
    pub(super) fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    #[inline]
    pub(super) fn acquire(&self) {
        if !self.try_acquire() {
            self.contend();
        }
    }

    #[inline]
    fn try_acquire(&self) -> bool {
        // ORDERING: Acquire, pairs with `release` (L1); Relaxed on failure, nothing is read then.
        self.0
            .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    /// By the holder.
    #[inline]
    pub(super) fn release(&self) {
        // ORDERING: Release, pairs with `try_acquire` (L1).
        self.0.store(false, Ordering::Release);
    }

    #[cold]
    fn contend(&self) {
        let mut backoff = Backoff::new();
        loop {
            backoff.wait();
            // ORDERING: Relaxed, a look; the exchange decides.
            if !self.0.load(Ordering::Relaxed) && self.try_acquire() {
                return;
            }
        }
    }
}

/// See the module.
pub(crate) struct Lock<T> {
    word: Word,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached by one thread at a time, the one that has the guard (L1).
unsafe impl<T: Send> Send for Lock<T> {}
// SAFETY: as above; a shared lock gives out the value itself, so it has to be `Send`.
unsafe impl<T: Send> Sync for Lock<T> {}

// What is guarded is in order wherever anything could panic (see `lock`).
impl<T> UnwindSafe for Lock<T> {}
impl<T> RefUnwindSafe for Lock<T> {}

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            word: Word::new(),
            value: UnsafeCell::new(value),
        }
    }

    /// Takes the lock. A holder that panicked has released it: what it guards is in order at every
    /// point at which anything could.
    #[inline]
    pub(crate) fn lock(&self) -> LockGuard<'_, T> {
        self.word.acquire();
        LockGuard {
            lock: self,
            _not_send: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").finish_non_exhaustive()
    }
}

/// A hold of a [`Lock`].
#[must_use = "it is released at once"]
pub(crate) struct LockGuard<'a, T> {
    lock: &'a Lock<T>,
    /// A section is one thread's.
    _not_send: PhantomData<*const ()>,
}

impl<T> Deref for LockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the lock is held (L1).
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for LockGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the lock is held, by this guard alone (L1).
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for LockGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.word.release();
    }
}
