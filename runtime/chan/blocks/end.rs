//! The two ends of the queue: the words that count positions, and the block beside each.
//!
//! See `blocks.rs` for the table and for the rules that are cited here.

use super::block::{Block, SLOTS};
use crate::sync_facade::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::ptr::{self, NonNull};

/// Positions from the start of one block to that of the next.
pub(super) const LAP: u64 = (SLOTS as u64 + 1).next_power_of_two();
/// One position further.
pub(super) const STEP: u64 = 1 << 2;
/// From `SLOTS` into the next block.
pub(super) const GAP: u64 = (LAP - SLOTS as u64) * STEP;

pub(super) const CLOSED: u64 = 1;
pub(super) const FURTHER: u64 = 1;
pub(super) const SLOW: u64 = 2;

/// A value of a tail or a head.
#[derive(Clone, Copy)]
pub(super) struct Word(pub(super) u64);

impl Word {
    pub(super) fn has(self, bits: u64) -> bool {
        self.0 & bits != 0
    }

    /// The slot in its block; `SLOTS` when it is being moved into the next.
    pub(super) fn slot(self) -> usize {
        (self.0 / STEP % LAP) as usize
    }

    pub(super) fn position(self) -> u64 {
        self.0 & !(STEP - 1)
    }

    /// Whether nothing lies between the two. One of them may be on its way into the next block.
    pub(super) fn meets(self, other: Self) -> bool {
        let arrived = |word: Self| match word.slot() {
            SLOTS => word.position().wrapping_add(GAP),
            _ => word.position(),
        };
        arrived(self) == arrived(other)
    }

    /// The position of the first slot of its block.
    pub(super) fn block(self) -> u64 {
        self.0 & !(LAP * STEP - 1)
    }

    /// How many values have been taken from slot 0 of `block`, a position, up to here.
    pub(super) fn slots_since(self, block: u64) -> u64 {
        let positions = self.position().wrapping_sub(block) / STEP;
        positions / LAP * SLOTS as u64 + positions % LAP
    }
}

/// One end of the queue, in a cache line of its own; two of them, as they are fetched in pairs.
#[repr(align(128))]
pub(super) struct End<T> {
    word: AtomicU64,
    block: AtomicPtr<Block<T>>,
}

impl<T> End<T> {
    pub(super) fn new(position: u64) -> Self {
        Self {
            word: AtomicU64::new(position),
            block: AtomicPtr::new(ptr::null_mut()),
        }
    }

    pub(super) fn load(&self) -> Word {
        // ORDERING: Acquire. Whoever moved the word here had put the block beside it (Y2), and has
        // seen what we may conclude from it: the tail beyond the head, the first block (Y3, Y4).
        Word(self.word.load(Ordering::Acquire))
    }

    pub(super) fn block(&self) -> Option<NonNull<Block<T>>> {
        // ORDERING: Acquire, pairs with `advance` and `install`. Who sees a block of later also sees the word of
        // later, and fails to exchange it (Y2).
        NonNull::new(self.block.load(Ordering::Acquire))
    }

    /// Takes the position `from` by moving the word to `to`.
    pub(super) fn take(&self, from: Word, to: u64) -> Result<(), Word> {
        // ORDERING: AcqRel and Acquire, as `load`, and Release for those that do it after us.
        let taken =
            self.word
                .compare_exchange_weak(from.0, to, Ordering::AcqRel, Ordering::Acquire);
        taken.map(|_| ()).map_err(Word)
    }

    /// Moves the end, which stands at `SLOTS`, into `block`. The difference is added, as others may
    /// set and clear `SLOW` and `CLOSED` meanwhile.
    pub(super) fn advance(&self, block: NonNull<Block<T>>, difference: u64) {
        // ORDERING: Release both, pairs with `block` and `load`.
        self.block.store(block.as_ptr(), Ordering::Release);
        self.word.fetch_add(difference, Ordering::Release);
    }

    /// The block, which this puts here if there is none yet (Y3).
    pub(super) fn install(&self, block: NonNull<Block<T>>) -> NonNull<Block<T>> {
        // ORDERING: AcqRel and Acquire. The block is empty when others see it, and when we see that of
        // another; and who sees it in the tail sees that there is one in the head.
        let installed = self.block.compare_exchange(
            ptr::null_mut(),
            block.as_ptr(),
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        installed.map_or_else(|own| NonNull::new(own).expect("was not null"), |_| block)
    }

    /// Takes the block away, at the end of the queue.
    pub(super) fn leave(&mut self) -> Option<NonNull<Block<T>>> {
        // ORDERING: Acquire, pairs with `install` and `advance`; nobody else is left.
        NonNull::new(self.block.swap(ptr::null_mut(), Ordering::Acquire))
    }

    /// Sets `bits`; the word before.
    pub(super) fn set(&self, bits: u64) -> Word {
        // ORDERING: AcqRel. An exchange sees the newest word, so every position that was taken
        // without minding the bits is in it; Acquire and Release as in `take`.
        Word(self.word.fetch_or(bits, Ordering::AcqRel))
    }

    pub(super) fn clear(&self, bits: u64) {
        // ORDERING: AcqRel, as `set`.
        self.word.fetch_and(!bits, Ordering::AcqRel);
    }
}
