//! The run queue of a worker: its ready tasks, first in, first out.
//!
//! Used by its worker alone, so it needs no atomics and hands out no references: every method is
//! over before anything else can run.
//!
//! The tasks of a long queue have not run for so long that nothing of them is in the caches, and each of their
//! stacks is on a page of its own; the same is true of tasks that a timer or the poller has just woken, however few.
//! So the queue has the header of one that is still far from its turn fetched, and, when that is there, what it will
//! need of its stack. Turn by turn and not for a batch at once: fifteen lines a stack, all at the same places of
//! their pages, are more than the first level holds for a dozen.

use crate::coroutine::Coroutine;
use crate::task::Header;
use std::cell::{Cell, UnsafeCell};
use std::collections::VecDeque;
use std::ops::Range;
use std::ptr::NonNull;

/// A queue that held more than this gives its memory back once it is empty.
const KEEP: usize = 1 << 12;

/// From which length on the tasks of a queue are taken for cold.
const LONG: usize = 64;
/// How many turns ahead stacks are fetched, and headers.
const STACK_AHEAD: usize = 3;
const HEADER_AHEAD: usize = 8;
const _: () = assert!(STACK_AHEAD < HEADER_AHEAD && HEADER_AHEAD < LONG);
/// How many lines of a stack are in use between a switch and the code that called for it.
pub(super) const STACK_LINES: Range<isize> = 0..6;
/// The same with what that code reads next, and what it writes anew, for a stack that is in no cache.
const COLD_LINES: Range<isize> = -3..12;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct RunQueue {
    tasks: UnsafeCell<VecDeque<NonNull<Header>>>,
    /// How many turns it takes at most until all that were cold when they came are gone.
    cold: Cell<usize>,
}

impl RunQueue {
    #[inline]
    pub(super) fn push(&self, task: NonNull<Header>) {
        // SAFETY: not `Sync`, so no other thread is in here, and no method calls another or
        // anything that could; so this is the only reference. The same in all of them.
        unsafe { &mut *self.tasks.get() }.push_back(task);
    }

    /// [`push`](Self::push) of one that has waited outside for so long that nothing of its stack is in the caches.
    #[inline]
    pub(super) fn push_cold(&self, task: NonNull<Header>) {
        let before = self.len();
        if before <= STACK_AHEAD {
            // SAFETY: what is queued is alive, and its coroutine is this worker's (H1).
            unsafe { Coroutine::prefetch(task.as_ref().coroutine(), COLD_LINES) };
        }
        self.cold.set(before + 1);
        self.push(task);
    }

    #[inline]
    pub(super) fn pop(&self) -> Option<NonNull<Header>> {
        // SAFETY: see `push`.
        let queue = unsafe { &mut *self.tasks.get() };
        let task = queue.pop_front();
        let cold = self.cold.get();
        if cold != 0 || queue.len() >= LONG {
            self.cold.set(cold.saturating_sub(1));
            Self::fetch_ahead(queue);
        }
        task
    }

    /// Has the cache fetch what those will need whose turn comes soon.
    #[inline(never)]
    fn fetch_ahead(queue: &VecDeque<NonNull<Header>>) {
        if let Some(&task) = queue.get(HEADER_AHEAD) {
            Header::fetch(task);
        }
        if let Some(task) = queue.get(STACK_AHEAD) {
            // SAFETY: what is queued is alive, and its coroutine is this worker's (H1).
            unsafe { Coroutine::prefetch(task.as_ref().coroutine(), COLD_LINES) };
        }
    }

    pub(super) fn len(&self) -> usize {
        // SAFETY: see `push`.
        unsafe { &*self.tasks.get() }.len()
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        // SAFETY: see `push`.
        unsafe { &*self.tasks.get() }.is_empty()
    }

    /// What is in it, next first.
    pub(super) fn iter(&self) -> impl Iterator<Item = NonNull<Header>> {
        // SAFETY: see `push`; a copy, as others may run before the caller is done with it.
        unsafe { &*self.tasks.get() }.clone().into_iter()
    }

    /// Forgets a peak: called when the worker has nothing to do.
    pub(super) fn shrink(&self) {
        // SAFETY: see `push`.
        let queue = unsafe { &mut *self.tasks.get() };
        if queue.is_empty() && queue.capacity() > KEEP {
            queue.shrink_to(KEEP);
        }
    }
}
