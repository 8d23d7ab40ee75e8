//! What the loom models of the channels share: a task that waits, played by a thread; and bounds.

use crate::task::{Claim, Header, Waiter, Wake};
use loom::sync::{Condvar, Mutex};
use std::ptr::NonNull;

/// Explores `f` with at most so many threads interrupted: three threads are too much in full.
pub(super) fn bounded(preemptions: usize, f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(f);
}

/// Stands for a worker's run queue with one task: whether the task has been put into it.
///
/// Its waiters name it as their task, so that a claim leads back to it.
pub(super) struct Queue {
    filled: Mutex<bool>,
    changed: Condvar,
}

impl Queue {
    pub(super) fn new() -> Self {
        Self {
            filled: Mutex::new(false),
            changed: Condvar::new(),
        }
    }

    /// A wait of the task of this queue. The queue is to outlive the claims of it.
    pub(super) fn waiter(&self) -> Waiter {
        Waiter::for_task(NonNull::from(self).cast::<Header>())
    }

    /// Parks until the wait is claimed and, if it has come to that, scheduled.
    pub(super) fn wait(&self, waiter: &Waiter) -> Wake {
        if waiter.park() {
            let mut filled = self.filled.lock().unwrap();
            while !*filled {
                filled = self.changed.wait(filled).unwrap();
            }
            *filled = false;
        }
        waiter.outcome().expect("claimed")
    }
}

/// What the scheduler's `settle` does, with a [`Queue`] for the worker.
pub(super) fn settle(claim: Claim) {
    match claim {
        Claim::Schedule(task) => {
            // SAFETY: a waiter of `Queue::waiter`, whose queue the model keeps.
            let queue = unsafe { task.cast::<Queue>().as_ref() };
            let was_filled = std::mem::replace(&mut *queue.filled.lock().unwrap(), true);
            assert!(!was_filled, "a task is scheduled once");
            queue.changed.notify_one();
        }
        Claim::Wake(waker) => waker.wake(),
        Claim::Won | Claim::Lost => {}
    }
}
