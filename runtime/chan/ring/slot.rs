//! What a ring consists of: two words, and slots.

use super::{FLAGS, HOLE, RESERVED, STEP};
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

    /// The bits of what is in it, which stays.
    ///
    /// # Safety
    ///
    /// The slot is the caller's.
    #[inline]
    pub(super) unsafe fn copy(&self) -> MaybeUninit<T> {
        // SAFETY: nobody else writes into it (caller). A copy of `MaybeUninit` drops nothing.
        self.value.with(|place| unsafe { place.read() })
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

/// Where the slots are.
pub(super) struct Slots<'a, T> {
    slots: &'a [Slot<T>],
    /// A lap less one: what of a position is the index and the flags.
    mask: usize,
}

impl<T> Clone for Slots<'_, T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Slots<'_, T> {}

impl<'a, T> Slots<'a, T> {
    #[inline(always)]
    pub(super) fn new(slots: &'a [Slot<T>], lap: usize) -> Self {
        let mask = lap - 1;
        Self { slots, mask }
    }

    #[inline(always)]
    pub(super) fn index(self, position: usize) -> usize {
        (position & self.mask) / STEP
    }

    #[inline(always)]
    pub(super) fn at(self, position: usize) -> &'a Slot<T> {
        // SAFETY: `next` makes no position whose index is not below the capacity.
        unsafe { self.slots.get_unchecked(self.index(position)) }
    }

    /// The position after this one, flags kept.
    #[inline(always)]
    pub(super) fn next(self, position: usize) -> usize {
        if self.index(position) + 1 < self.slots.len() {
            position.wrapping_add(STEP)
        } else {
            (position & !self.mask).wrapping_add(self.mask + 1) | (position & FLAGS)
        }
    }

    #[inline(always)]
    pub(super) fn room(self, position: usize) -> Room<'a, T> {
        Room {
            slot: self.at(position),
            position,
        }
    }

    /// Frees the slot that was at the head.
    #[inline(always)]
    pub(super) fn free(self, head: usize) {
        let next = (head & !FLAGS).wrapping_add(self.mask + 1);
        // ORDERING: Release, pairs with `look_at_tail`: the value has been read.
        self.at(head).stamp.store(next, Ordering::Release);
    }
}

/// A slot that has been taken from the tail, to be filled or reserved.
#[must_use = "a slot in flight holds everybody up"]
pub(in crate::chan) struct Room<'a, T> {
    pub(super) slot: &'a Slot<T>,
    position: usize,
}

impl<T> Room<'_, T> {
    /// Puts a value into it.
    #[inline(always)]
    pub(in crate::chan) fn fill(self, value: T) {
        // SAFETY: the slot is the caller's: a `Room` is made once for each position.
        unsafe { self.slot.write(MaybeUninit::new(value)) };
        self.stamp(0);
    }

    /// Keeps it for later; the position finds it again.
    pub(in crate::chan) fn reserve(self) -> usize {
        self.stamp(RESERVED);
        self.position
    }

    /// Leaves it without a value.
    pub(in crate::chan) fn leave_hole(self) {
        self.stamp(HOLE);
    }

    #[inline(always)]
    fn stamp(&self, kind: usize) {
        let stamp = self.position.wrapping_add(STEP) | kind;
        // ORDERING: Release, whoever sees this sees the value, and may act on the exchange of `tail` before it.
        self.slot.stamp.store(stamp, Ordering::Release);
    }
}
