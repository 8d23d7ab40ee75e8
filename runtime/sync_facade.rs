//! The atomics and locks of the lock-free files: `std`'s, or loom's when a model runs.
//!
//! A file whose protocol has a loom model takes its primitives from here and nowhere else, so that
//! the model checks the very code that ships. Everything else uses `std` directly.
//!
//! loom's constructors are not `const`. What contains them and has a `const` one is written in
//! [`const_unless_loom!`], which leaves the word out in models.

/// Makes a function `const`, except in a model: loom's primitives have no `const` constructors.
#[cfg(not(loom))]
macro_rules! const_unless_loom {
    ($(#[$meta:meta])* $visible:vis fn $($rest:tt)*) => {
        $(#[$meta])* $visible const fn $($rest)*
    };
}

#[cfg(loom)]
macro_rules! const_unless_loom {
    ($function:item) => {
        $function
    };
}

mod backoff;
#[cfg_attr(loom, expect(dead_code, reason = "models have loom's"))]
mod lock;

#[cfg(not(loom))]
mod chosen {
    pub(crate) use super::lock::{Lock, LockGuard};
    pub(crate) use std::hint::spin_loop;
    pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, atomic};
    pub(crate) use std::thread::yield_now;

    /// After the last reference was given back: what the other holders did, each of whom gave his back by a
    /// Release to `references`, happens before what follows.
    #[inline]
    pub(crate) fn acquire_from(references: &atomic::AtomicU32) {
        // ThreadSanitizer knows no fences.
        if cfg!(teem_tsan) {
            // ORDERING: Acquire, as the fence.
            references.load(atomic::Ordering::Acquire);
        } else {
            // ORDERING: pairs with the Release of every other holder.
            atomic::fence(atomic::Ordering::Acquire);
        }
    }

    /// Lets so much time pass that a thread of any rank gets a core.
    pub(crate) fn nap() {
        std::thread::sleep(std::time::Duration::from_micros(50));
    }

    /// `std`'s, with loom's way of getting at what is inside, by which a model notices a data race.
    #[derive(Debug)]
    pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        /// Calls `f` with a pointer to read through, for as long as `f` runs.
        #[inline]
        pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
            f(self.0.get())
        }

        /// Calls `f` with a pointer to write through, for as long as `f` runs.
        #[inline]
        pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            f(self.0.get())
        }
    }

    /// A field of an allocation whose freeing, once and not never, a model is to check.
    #[derive(Debug)]
    pub(crate) struct Tracked;

    impl Tracked {
        pub(crate) const fn new() -> Self {
            Self
        }
    }
}

#[cfg(loom)]
mod chosen {
    pub(crate) use loom::cell::UnsafeCell;
    pub(crate) use loom::hint::spin_loop;
    pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard, atomic};
    pub(crate) use loom::thread::yield_now;
    pub(crate) use loom::thread::yield_now as nap;

    /// See the other one.
    pub(crate) fn acquire_from(_references: &atomic::AtomicU32) {
        // ORDERING: pairs with the Release of every other holder.
        atomic::fence(atomic::Ordering::Acquire);
    }

    /// The lock of what is modelled is loom's own, and not the word that spins: each look at that would be
    /// one more step to explore. It has a model to itself.
    #[derive(Debug)]
    pub(crate) struct Lock<T>(Mutex<T>);
    pub(crate) type LockGuard<'a, T> = MutexGuard<'a, T>;

    impl<T> Lock<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> LockGuard<'_, T> {
            self.0.lock().expect("a model that panics has failed")
        }
    }

    /// See the other one.
    pub(crate) struct Tracked(#[expect(dead_code, reason = "dropped")] loom::alloc::Track<()>);

    impl Tracked {
        pub(crate) fn new() -> Self {
            Self(loom::alloc::Track::new(()))
        }
    }

    impl std::fmt::Debug for Tracked {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Tracked")
        }
    }
}

pub(crate) use backoff::Backoff;
pub(crate) use chosen::*;
pub(crate) use const_unless_loom;
