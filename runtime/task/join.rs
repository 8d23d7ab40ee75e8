//! The word on which a task and its one `JoinHandle` meet.
//!
//! | value         | meaning                                  | set by                      |
//! | ------------- | ---------------------------------------- | --------------------------- |
//! | `RUNNING`     | not complete, nobody waits               | creation                    |
//! | a `Waiter`    | not complete, the handle waits with this | [`wait`](JoinWord::wait)    |
//! | `DETACHED`    | not complete, the handle was dropped     | [`detach`](JoinWord::detach)|
//! | `DONE`        | complete: the stage is the handle's      | [`complete`](JoinWord::complete) |
//!
//! Each side makes one exchange, so whoever comes second knows of the first: the result is dropped
//! by the task if the handle was gone, by the handle otherwise, and never by both. A wait on this
//! word ends only by completion, so the waiter outlives its place here.

use super::waiter::{Claim, Waiter, Wake};
use crate::sync_facade::atomic::{AtomicUsize, Ordering};

const RUNNING: usize = 0;
const DONE: usize = 1;
const DETACHED: usize = 2;

/// See the module.
#[derive(Debug)]
pub(crate) struct JoinWord(AtomicUsize);

impl JoinWord {
    pub(crate) fn new() -> Self {
        Self(AtomicUsize::new(RUNNING))
    }

    pub(crate) fn is_done(&self) -> bool {
        // ORDERING: Acquire, pairs with `complete`: the result is visible.
        self.0.load(Ordering::Acquire) == DONE
    }

    /// Publishes the wait of the handle; false when the task is complete already.
    pub(crate) fn wait(&self, waiter: &Waiter) -> bool {
        let waiter = std::ptr::from_ref(waiter).expose_provenance();
        // ORDERING: Release publishes the waiter; Acquire on failure, as in `is_done`.
        self.0
            .compare_exchange(RUNNING, waiter, Ordering::Release, Ordering::Acquire)
            .is_ok()
    }

    /// Gives the handle up; false when the task is complete, and the result the caller's to drop.
    pub(crate) fn detach(&self) -> bool {
        // ORDERING: AcqRel, as in `wait`.
        self.0
            .compare_exchange(RUNNING, DETACHED, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// Ends the task: the result in its stage becomes the handle's. `None` when the handle is
    /// gone and the result has to be dropped by the caller.
    pub(crate) fn complete(&self) -> Option<Claim> {
        // ORDERING: AcqRel: Release publishes the result, Acquire makes the waiter visible.
        match self.0.swap(DONE, Ordering::AcqRel) {
            DETACHED => None,
            RUNNING => Some(Claim::Won),
            DONE => unreachable!("a task completes once"),
            // SAFETY: the handle waits on until this claim (module, last sentence).
            waiter => Some(unsafe {
                Waiter::claim(std::ptr::with_exposed_provenance(waiter), Wake::Event)
            }),
        }
    }
}
