//! The inbox of a worker: tasks that other threads have made ready.
//!
//! A stack of intrusive links that anybody may push onto and whose owner takes everything at once
//! (R. K. Treiber, "Systems programming: coping with parallelism", 1986). Taking all and reversing
//! gives first in, first out; and as no single node is ever popped there is no ABA. A push is one
//! exchange and allocates nothing, which a queue of blocks would: a task that is being woken must
//! not fail for want of memory.

use crate::sync_facade::atomic::{AtomicPtr, Ordering};
use crate::task::Header;
use std::ptr::{self, NonNull};

/// See the module.
#[derive(Debug)]
pub(crate) struct Inbox {
    newest: AtomicPtr<Header>,
}

impl Inbox {
    pub(crate) fn new() -> Self {
        Self {
            newest: AtomicPtr::new(ptr::null_mut()),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        // ORDERING: Acquire. The owner rechecks with this after its SeqCst fence (`idle.rs`), and
        // a task it sees here it will take.
        self.newest.load(Ordering::Acquire).is_null()
    }

    /// Hands `task` to the owner.
    ///
    /// # Safety
    ///
    /// The task is in no queue, and the caller is who must put it into one (W2, H3).
    pub(crate) unsafe fn push(&self, task: NonNull<Header>) {
        // ORDERING: Relaxed, the exchange decides.
        let mut newest = self.newest.load(Ordering::Relaxed);
        loop {
            // SAFETY: an unqueued ready task is alive, and its link is the queue's (H3).
            let link = unsafe { &task.as_ref().queue_link };
            // ORDERING: Relaxed, published by the exchange.
            link.store(newest, Ordering::Relaxed);
            // ORDERING: Release publishes the link and the task; pairs with `take`.
            match self.newest.compare_exchange_weak(
                newest,
                task.as_ptr(),
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(now) => newest = now,
            }
        }
    }

    /// Takes everything, oldest first. Only the owner calls it.
    pub(crate) fn take(&self) -> Batch {
        // ORDERING: Acquire, pairs with every push that the swap takes over.
        let mut from = self.newest.swap(ptr::null_mut(), Ordering::Acquire);
        let mut oldest = ptr::null_mut();
        while let Some(task) = NonNull::new(from) {
            // SAFETY: the swap has made these nodes ours; they are alive while queued (H3).
            let link = unsafe { &task.as_ref().queue_link };
            // ORDERING: Relaxed, nobody else follows the links now.
            from = link.load(Ordering::Relaxed);
            link.store(oldest, Ordering::Relaxed);
            oldest = task.as_ptr();
        }
        Batch { oldest }
    }
}

/// What one [`Inbox::take`] got. Each task that it yields is the caller's to queue or run.
#[derive(Debug)]
pub(crate) struct Batch {
    oldest: *mut Header,
}

impl Iterator for Batch {
    type Item = NonNull<Header>;

    fn next(&mut self) -> Option<NonNull<Header>> {
        let task = NonNull::new(self.oldest)?;
        // SAFETY: not yielded yet, so still queued here, so alive (H3).
        // ORDERING: Relaxed, the batch is this thread's own.
        self.oldest = unsafe { task.as_ref().queue_link.load(Ordering::Relaxed) };
        Some(task)
    }
}
