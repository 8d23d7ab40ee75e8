//! The run queue of a worker: its ready tasks, first in, first out.
//!
//! Used by its worker alone, so it needs no atomics and hands out no references: every method is
//! over before anything else can run.
//!
//! The tasks of a long queue have not run for so long that nothing of them is in the caches, and each of their
//! stacks is on a page of its own. So the queue has the header of one that is still far from its turn fetched, and,
//! when that is there, what its switch will need of its stack.

use crate::coroutine::{self, Coroutine};
use crate::task::Header;
use std::cell::UnsafeCell;
use std::collections::VecDeque;
use std::ptr::NonNull;

/// A queue that held more than this gives its memory back once it is empty.
const KEEP: usize = 1 << 12;

/// From which length on the tasks of a queue are taken for cold.
const LONG: usize = 64;
/// How many turns ahead stacks are fetched, and headers.
const STACK_AHEAD: usize = 4;
const HEADER_AHEAD: usize = 8;
const _: () = assert!(STACK_AHEAD < HEADER_AHEAD && HEADER_AHEAD < LONG);
/// How many lines of a header a switch and what follows it touch.
const HEADER_LINES: usize = 4;
/// How many lines of a stack are in use between a switch and the code that called for it.
pub(super) const STACK_LINES: usize = 6;
/// The same with the first of that code's own, for a stack that is in no cache.
const COLD_LINES: usize = 8;

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

    /// [`push`](Self::push) of one that has waited outside for so long that nothing of it is in the caches: if the
    /// queue is so short that it would not, its stack is fetched now.
    #[inline]
    pub(super) fn push_awaited(&self, task: NonNull<Header>) {
        if self.len() < LONG {
            // SAFETY: what is queued is alive, and its coroutine is this worker's (H1).
            unsafe { Coroutine::prefetch(task.as_ref().coroutine(), STACK_LINES) };
        }
        self.push(task);
    }

    #[inline]
    pub(super) fn pop(&self) -> Option<NonNull<Header>> {
        // SAFETY: see `push`.
        let queue = unsafe { &mut *self.0.get() };
        let task = queue.pop_front();
        if queue.len() >= LONG {
            Self::fetch_ahead(queue);
        }
        task
    }

    /// Has the cache fetch what those will need whose turn comes soon.
    #[inline(never)]
    fn fetch_ahead(queue: &VecDeque<NonNull<Header>>) {
        let header = queue[HEADER_AHEAD].as_ptr();
        for line in 0..HEADER_LINES {
            coroutine::fetch(header.wrapping_byte_add(64 * line));
        }
        // SAFETY: what is queued is alive, and its coroutine is this worker's (H1).
        unsafe { Coroutine::prefetch(queue[STACK_AHEAD].as_ref().coroutine(), COLD_LINES) };
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
