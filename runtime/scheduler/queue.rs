//! The run queue of a worker: its ready tasks, first in, first out.
//!
//! Used by its worker alone, so it needs no atomics and hands out no references: every method is
//! over before anything else can run.

use crate::task::Header;
use std::cell::UnsafeCell;
use std::collections::VecDeque;
use std::ptr::NonNull;

/// A queue that held more than this gives its memory back once it is empty.
const KEEP: usize = 1 << 12;

/// See the module.
#[derive(Debug)]
pub(super) struct RunQueue(UnsafeCell<VecDeque<NonNull<Header>>>);

impl RunQueue {
    pub(super) fn new() -> Self {
        Self(UnsafeCell::default())
    }

    #[inline]
    pub(super) fn push(&self, task: NonNull<Header>) {
        // SAFETY: not `Sync`, so no other thread is in here, and no method calls another or
        // anything that could; so this is the only reference. The same in all of them.
        unsafe { &mut *self.0.get() }.push_back(task);
    }

    #[inline]
    pub(super) fn pop(&self) -> Option<NonNull<Header>> {
        // SAFETY: see `push`.
        unsafe { &mut *self.0.get() }.pop_front()
    }

    pub(super) fn len(&self) -> usize {
        // SAFETY: see `push`.
        unsafe { &*self.0.get() }.len()
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        // SAFETY: see `push`.
        unsafe { &*self.0.get() }.is_empty()
    }

    /// What is in it, next first.
    pub(super) fn iter(&self) -> impl Iterator<Item = NonNull<Header>> {
        // SAFETY: see `push`; a copy, as others may run before the caller is done with it.
        unsafe { &*self.0.get() }.clone().into_iter()
    }

    /// Forgets a peak: called when the worker has nothing to do.
    pub(super) fn shrink(&self) {
        // SAFETY: see `push`.
        let queue = unsafe { &mut *self.0.get() };
        if queue.is_empty() && queue.capacity() > KEEP {
            queue.shrink_to(KEEP);
        }
    }
}
