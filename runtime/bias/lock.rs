//! A [`Lock`] with a bias: its owner takes it by a section, which costs no exchange.

use super::{Alone, Bias, Identity};
use crate::sync_facade::{Lock, LockGuard};
use std::cell::UnsafeCell;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// Takes what L1 and L2 of [`Lock`] say for sections as well.
#[repr(C)]
pub(crate) struct BiasedLock<T> {
    pub(super) bias: Bias,
    /// For everybody but the owner.
    lock: Lock<()>,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached by one thread at a time, the one that has the guard: in a section nobody else is
// past the bias (B6), and without one those who are have the lock.
unsafe impl<T: Send> Send for BiasedLock<T> {}
// SAFETY: as above; a shared lock gives out the value itself, so it has to be `Send`.
unsafe impl<T: Send> Sync for BiasedLock<T> {}

impl<T> BiasedLock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self::with(Bias::new(), value)
    }

    /// The same for what is used now and then.
    pub(crate) fn of_cold(value: T) -> Self {
        Self::with(Bias::of_cold(), value)
    }

    fn with(bias: Bias, value: T) -> Self {
        Self {
            bias,
            lock: Lock::new(()),
            value: UnsafeCell::new(value),
        }
    }

    /// Takes the lock, as [`Lock::lock`]. `me` is who calls.
    #[inline]
    pub(crate) fn lock(&self, me: Identity) -> BiasedGuard<'_, T> {
        let hold = match self.bias.enter(me) {
            Some(alone) => Hold::Alone(alone),
            None => Hold::Locked(self.lock.lock()),
        };
        BiasedGuard {
            lock: self,
            _hold: hold,
        }
    }
}

impl<T> fmt::Debug for BiasedLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BiasedLock").finish_non_exhaustive()
    }
}

/// What keeps the others out, for as long as it is there.
enum Hold<'a> {
    Alone(#[expect(dead_code, reason = "dropped")] Alone<'a>),
    Locked(#[expect(dead_code, reason = "dropped")] LockGuard<'a, ()>),
}

/// A hold of a [`BiasedLock`].
#[must_use = "it is released at once"]
pub(crate) struct BiasedGuard<'a, T> {
    lock: &'a BiasedLock<T>,
    _hold: Hold<'a>,
}

impl<T> Deref for BiasedGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: nobody else has a guard (see `BiasedLock`).
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for BiasedGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and this one is borrowed for that long.
        unsafe { &mut *self.lock.value.get() }
    }
}
