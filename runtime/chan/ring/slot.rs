//! What a ring consists of: two words, and slots.

use crate::sync_facade::UnsafeCell;
use crate::sync_facade::atomic::{AtomicUsize, Ordering};
use std::mem::MaybeUninit;

/// The head or the tail: apart from each other, as senders and receivers may be on two processors.
#[repr(align(128))]
pub(super) struct Word(pub(super) AtomicUsize);

impl Word {
    pub(super) fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Moves it from one position to another, unless it is not there any more.
    #[inline]
    pub(super) fn move_on(&self, from: usize, to: usize) -> bool {
        // ORDERING: Relaxed, what is in the slot is ordered by its stamp.
        self.0
            .compare_exchange_weak(from, to, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }
}

/// The place of one value.
pub(super) struct Slot<T> {
    pub(super) stamp: AtomicUsize,
    value: UnsafeCell<MaybeUninit<T>>,
}

impl<T> Slot<T> {
    /// One that is free for who moves the tail from `position`.
    pub(super) fn free(position: usize) -> Self {
        Self {
            stamp: AtomicUsize::new(position),
            value: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// # Safety
    ///
    /// The slot is the caller's, and empty.
    #[inline]
    pub(super) unsafe fn write(&self, value: MaybeUninit<T>) {
        // SAFETY: nobody else looks into it (caller).
        self.value.with_mut(|place| unsafe { *place = value });
    }

    /// # Safety
    ///
    /// The slot is the caller's, and has a value, which is taken once.
    #[inline]
    pub(super) unsafe fn take(&self) -> T {
        // SAFETY: nobody else looks into it, and there is a value (caller).
        self.value
            .with(|place| unsafe { (*place).assume_init_read() })
    }
}
