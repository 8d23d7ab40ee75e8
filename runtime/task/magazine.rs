//! The free cells that a worker keeps at hand, so that a task costs it no lock.
//!
//! A magazine holds addresses and leaves the cells alone: they may be in no cache. Empty, it takes half of what it
//! has room for from the depot (`slab.rs`), full, it gives back the half that has been there for longest.

use super::slab::{CLASSES, SHARED, class_of};
use crate::coroutine;
use std::alloc::Layout;
use std::cell::UnsafeCell;
use std::ptr::NonNull;

/// How many cells change places at once.
const HALF: usize = 64;

/// How many turns before its own a cell is fetched: who fills it would wait for the memory line by line.
const AHEAD: usize = 4;

/// A worker's magazines, one for each class of cells.
#[derive(Debug)]
pub(crate) struct Magazines(UnsafeCell<[Vec<NonNull<u8>>; CLASSES]>);

impl Magazines {
    pub(crate) const fn new() -> Self {
        Self(UnsafeCell::new([const { Vec::new() }; CLASSES]))
    }

    /// A cell for `layout`; `None` if slabs have no such cells, or there is no memory for more.
    #[inline]
    pub(super) fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        let class = class_of(layout)?;
        // SAFETY: not `Sync`, and no method calls anything that could come back here, so this is the only
        // reference. The same in `put`.
        let magazine = unsafe { &mut (*self.0.get())[class] };
        let cell = magazine.pop().or_else(|| refill(class, magazine));
        if let Some(later) = magazine.len().checked_sub(AHEAD) {
            let lines = layout.size().div_ceil(64) as isize;
            coroutine::fetch_lines(magazine[later].as_ptr(), 0..lines);
        }
        cell
    }

    /// Takes a cell back.
    ///
    /// # Safety
    ///
    /// It was taken for this layout, here or elsewhere, and nobody uses it any more.
    #[inline]
    pub(super) unsafe fn put(&self, layout: Layout, cell: NonNull<u8>) {
        let class = class_of(layout).expect("slabs have cells of this layout");
        // SAFETY: as in `take`.
        let magazine = unsafe { &mut (*self.0.get())[class] };
        if magazine.len() == 2 * HALF {
            spill(magazine);
        }
        magazine.push(cell);
    }
}

#[cold]
#[inline(never)]
fn refill(class: usize, magazine: &mut Vec<NonNull<u8>>) -> Option<NonNull<u8>> {
    magazine.reserve_exact(2 * HALF);
    SHARED.take(class, HALF, magazine);
    magazine.pop()
}

#[cold]
#[inline(never)]
fn spill(magazine: &mut Vec<NonNull<u8>>) {
    let oldest = magazine.drain(..HALF);
    // SAFETY: cells in a magazine were taken from the depot, and nobody uses them (S1).
    unsafe { SHARED.give_back(oldest.as_slice()) };
}

impl Drop for Magazines {
    fn drop(&mut self) {
        for magazine in self.0.get_mut() {
            // SAFETY: as in `spill`.
            unsafe { SHARED.give_back(magazine) };
        }
        SHARED.release_idle();
    }
}
