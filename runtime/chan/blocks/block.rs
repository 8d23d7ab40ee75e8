//! A block of the queue: slots in a row, the link to the next block, and how it comes to its end.
//!
//! See `blocks.rs` for the words and for the rules that are cited here.

use crate::sync_facade::atomic::{AtomicBool, AtomicPtr, AtomicU8, Ordering};
use crate::sync_facade::{Backoff, Tracked, UnsafeCell};
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

/// How many values a block holds.
pub(super) const SLOTS: usize = if cfg!(loom) { 2 } else { 31 };

/// The value has been taken out.
const READ: u8 = 1;
/// Whoever takes the value out continues the freeing of the block.
const DESTROY: u8 = 2;

#[derive(Debug)]
struct Slot<T> {
    value: UnsafeCell<MaybeUninit<T>>,
    written: AtomicBool,
    /// `READ`, `DESTROY`. Apart from `written`, so that writing is a store and no exchange.
    fate: AtomicU8,
}

impl<T> Slot<T> {
    fn new() -> Self {
        Self {
            value: UnsafeCell::new(MaybeUninit::uninit()),
            written: AtomicBool::new(false),
            fate: AtomicU8::new(0),
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Block<T> {
    next: AtomicPtr<Block<T>>,
    slots: [Slot<T>; SLOTS],
    _tracked: Tracked,
}

impl<T> Block<T> {
    /// An empty block. Made in its place on the heap: for a large `T` it has none on the stack of a
    /// task.
    pub(super) fn new() -> Box<Self> {
        let mut block = Box::<Self>::new_uninit();
        let start = block.as_mut_ptr();
        // SAFETY: all three fields are written, through pointers into the allocation, before the
        // block is taken for initialized.
        unsafe {
            (&raw mut (*start).next).write(AtomicPtr::new(ptr::null_mut()));
            (&raw mut (*start)._tracked).write(Tracked::new());
            let slots = (&raw mut (*start).slots).cast::<Slot<T>>();
            for at in 0..SLOTS {
                slots.add(at).write(Slot::new());
            }
            block.assume_init()
        }
    }

    /// Makes a block whose slots have all been read an empty one again.
    pub(super) fn reset(&mut self) {
        // ORDERING: Relaxed, all of them. The block is the caller's alone, and reaches others by a
        // Release of `spare` or of a word that leads to it.
        self.next.store(ptr::null_mut(), Ordering::Relaxed);
        for slot in &self.slots {
            slot.written.store(false, Ordering::Relaxed);
            slot.fate.store(0, Ordering::Relaxed);
        }
    }

    /// Links `next` behind this block. Only who took the last slot does it, after the tail has been
    /// moved into `next` (B4).
    pub(super) fn link(&self, next: NonNull<Self>) {
        // ORDERING: Release, pairs with `wait_next`: the new block is empty and the tail is in it.
        self.next.store(next.as_ptr(), Ordering::Release);
    }

    /// Whether a block is linked behind this one.
    pub(super) fn is_linked(&self) -> bool {
        // ORDERING: Acquire, pairs with `link`: who sees the link knows that the tail is beyond.
        !self.next.load(Ordering::Acquire).is_null()
    }

    /// The block behind this one, whose last slot has been taken: it is there, or will be at once.
    pub(super) fn wait_next(&self) -> NonNull<Self> {
        let mut backoff = Backoff::new();
        loop {
            // ORDERING: Acquire, pairs with `link`.
            if let Some(next) = NonNull::new(self.next.load(Ordering::Acquire)) {
                return next;
            }
            backoff.wait();
        }
    }

    /// Writes the value of slot `at`.
    ///
    /// # Safety
    ///
    /// The caller has taken this position of the tail (B1), and calls this once. The block may be
    /// gone afterwards (B6).
    pub(super) unsafe fn write(this: NonNull<Self>, at: usize, value: T) {
        // SAFETY: a block is not freed before each of its slots has been written and read (B6).
        let slot = unsafe { &this.as_ref().slots[at] };
        // SAFETY: the position is the caller's, so nobody else writes, and nobody reads before
        // `written`.
        slot.value
            .with_mut(|place| unsafe { (*place).write(value) });
        // ORDERING: Release, pairs with `read`. The last touch of the block.
        slot.written.store(true, Ordering::Release);
    }

    /// Takes the value out of slot `at`. Beside it stands the block, if freeing it has fallen to the
    /// caller.
    ///
    /// # Safety
    ///
    /// The caller has taken this position of the head (B1), and calls this once. The block may be
    /// gone afterwards, unless it is returned (B6).
    pub(super) unsafe fn read(this: NonNull<Self>, at: usize) -> (T, Option<Box<Self>>) {
        // SAFETY: as in `write`.
        let slot = unsafe { &this.as_ref().slots[at] };
        let mut backoff = Backoff::new();
        // ORDERING: Acquire, pairs with `write`.
        while !slot.written.load(Ordering::Acquire) {
            backoff.wait();
        }
        // SAFETY: written, as just seen, and the position is the caller's: read this once.
        let value = slot
            .value
            .with(|place| unsafe { (*place).assume_init_read() });
        let from = if at + 1 == SLOTS {
            0
        } else {
            // ORDERING: AcqRel. Release: our reading is over before the block is freed. Acquire:
            // so is that of the slots which the one who set `DESTROY` has gone through.
            if slot.fate.fetch_or(READ, Ordering::AcqRel) & DESTROY == 0 {
                return (value, None);
            }
            at + 1
        };
        // SAFETY: this is who took the last slot, or who found `DESTROY` (B6).
        (value, unsafe { Self::destroy(this, from) })
    }

    /// Goes through the slots from `from` to the last but one, and returns the block if all have
    /// been read. At one that has not, the duty is left to its reader.
    ///
    /// # Safety
    ///
    /// The duty is the caller's (B6).
    unsafe fn destroy(this: NonNull<Self>, from: usize) -> Option<Box<Self>> {
        for at in from..SLOTS - 1 {
            // SAFETY: the duty is ours, so nobody else frees the block.
            let fate = unsafe { &this.as_ref().slots[at].fate };
            // ORDERING: Acquire and AcqRel, as in `read`. The load is a shortcut: usually the
            // reader has long been through.
            if fate.load(Ordering::Acquire) & READ == 0
                && fate.fetch_or(DESTROY, Ordering::AcqRel) & READ == 0
            {
                return None;
            }
        }
        // SAFETY: every slot has been read, so every pusher and popper has had its last touch, the
        // head and the tail have left the block, and nobody else has this duty.
        Some(unsafe { Box::from_raw(this.as_ptr()) })
    }
}
