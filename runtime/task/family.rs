//! The children of a scope: how many there are, and who waits for the last.
//!
//! The count includes the scope itself until it waits. Whoever takes it to zero knows that the
//! owner waits on the waiter left here, or is that owner; only then is anything but the count
//! touched after the decrement, so the family may live in the owner's frame:
//!
//! - **F1** A child counts down as the last thing it does, when neither its closure nor its result
//!   exists any more except in a handle, which cannot outlive the scope.
//! - **F2** The owner leaves its frame only after the count has reached zero, and if it did not
//!   take it there itself, after the claim of its waiter.

use super::waiter::{Claim, Waiter, Wake};
use crate::sync_facade::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::ptr;

/// See the module.
#[derive(Debug)]
pub(crate) struct Family {
    count: AtomicUsize,
    panicked: AtomicBool,
    waiter: AtomicPtr<Waiter>,
}

impl Family {
    /// A family of the owner alone.
    pub(crate) fn new() -> Self {
        Self {
            count: AtomicUsize::new(1),
            panicked: AtomicBool::new(false),
            waiter: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// One more child; its parent is counted.
    pub(crate) fn add(&self) {
        // ORDERING: Relaxed, the parent's own count keeps the family from ending.
        let before = self.count.fetch_add(1, Ordering::Relaxed);
        if before > usize::MAX / 2 {
            // Only reachable by forgetting as many children.
            std::process::abort();
        }
    }

    /// A child has panicked, and nobody has joined it.
    pub(crate) fn mark_panicked(&self) {
        // ORDERING: Relaxed, published by the count.
        self.panicked.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_panicked(&self) -> bool {
        // ORDERING: Relaxed, the owner asks after the count has ended.
        self.panicked.load(Ordering::Relaxed)
    }

    /// A child is finished (F1).
    ///
    /// # Safety
    ///
    /// `this` is alive and counts the child, once.
    pub(crate) unsafe fn leave(this: *const Self) -> Claim {
        // SAFETY: alive, for the child is still counted.
        // ORDERING: AcqRel: Release gives the owner all that the child did; Acquire lets the last
        // one see the waiter.
        if unsafe { (*this).count.fetch_sub(1, Ordering::AcqRel) } != 1 {
            return Claim::Won;
        }
        // SAFETY: the owner has counted itself down after leaving its waiter, and waits (F2).
        unsafe {
            // ORDERING: Relaxed, ordered by the count.
            let waiter = (*this).waiter.load(Ordering::Relaxed);
            Waiter::claim(waiter, Wake::Event)
        }
    }

    /// The owner is about to wait with `waiter`; false when there is nobody to wait for.
    pub(crate) fn await_all(&self, waiter: &Waiter) -> bool {
        let waiter = ptr::from_ref(waiter).cast_mut();
        // ORDERING: Relaxed, published by the count.
        self.waiter.store(waiter, Ordering::Relaxed);
        // ORDERING: AcqRel, as in `leave`.
        self.count.fetch_sub(1, Ordering::AcqRel) != 1
    }
}
