//! The word on which a task and its one `JoinHandle` meet.
//!
//! | value         | meaning                                  | set by                      |
//! | ------------- | ---------------------------------------- | --------------------------- |
//! | `RUNNING`     | not complete, nobody waits               | creation, [`withdraw`](JoinWord::withdraw) |
//! | a `Waiter`    | not complete, the handle waits with this | [`wait`](JoinWord::wait)    |
//! | `DETACHED`    | not complete, the handle was dropped     | [`detach`](JoinWord::detach)|
//! | `ENDING`      | complete, and the waiter is being claimed | [`complete`](JoinWord::complete) |
//! | `DONE`        | complete                                 | [`complete`](JoinWord::complete) |
//!
//! From `ENDING` on the stage is the handle's. The sides meet in one exchange, so whoever comes
//! second knows of the first: the result is dropped by the task if the handle was gone, by the handle
//! otherwise, and never by both. A waiter leaves its place here by completion, or is withdrawn:
//! which waits for the end of `ENDING`, the claim of a waiter and nothing else.

use super::waiter::{Claim, Waiter, Wake};
use crate::sync_facade::atomic::{AtomicUsize, Ordering};
use crate::sync_facade::spin_loop;

const RUNNING: usize = 0;
const DONE: usize = 1;
const DETACHED: usize = 2;
const ENDING: usize = 3;

/// See the module.
#[derive(Debug)]
pub(crate) struct JoinWord(AtomicUsize);

impl JoinWord {
    pub(crate) fn new() -> Self {
        Self(AtomicUsize::new(RUNNING))
    }

    pub(crate) fn is_done(&self) -> bool {
        // ORDERING: Acquire, pairs with `complete`: the result is visible.
        matches!(self.0.load(Ordering::Acquire), DONE | ENDING)
    }

    /// Publishes the wait of the handle; false when the task is complete already.
    pub(crate) fn wait(&self, waiter: &Waiter) -> bool {
        let waiter = std::ptr::from_ref(waiter).expose_provenance();
        // ORDERING: Release publishes the waiter; Acquire on failure, as in `is_done`.
        self.0
            .compare_exchange(RUNNING, waiter, Ordering::Release, Ordering::Acquire)
            .is_ok()
    }

    /// Takes the wait of the handle back: afterwards nobody uses the waiter. False when the task is
    /// complete.
    pub(crate) fn withdraw(&self, waiter: &Waiter) -> bool {
        let waiter = std::ptr::from_ref(waiter).expose_provenance();
        // ORDERING: Relaxed on success, nothing was handed over; Acquire on failure, as in `is_done`.
        let changed =
            (self.0).compare_exchange(waiter, RUNNING, Ordering::Relaxed, Ordering::Acquire);
        if changed.is_ok() {
            return true;
        }
        // ORDERING: Acquire, pairs with the Release of DONE: the claim is over.
        while self.0.load(Ordering::Acquire) != DONE {
            spin_loop();
        }
        false
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
        let claim = match self.0.swap(ENDING, Ordering::AcqRel) {
            DETACHED => None,
            RUNNING => Some(Claim::Won),
            DONE | ENDING => unreachable!("a task completes once"),
            // SAFETY: the handle waits on until this claim, or does not leave `withdraw` before DONE.
            waiter => Some(unsafe {
                Waiter::claim(std::ptr::with_exposed_provenance(waiter), Wake::Event)
            }),
        };
        // ORDERING: Release, the claim comes before the end of a `withdraw`.
        self.0.store(DONE, Ordering::Release);
        claim
    }
}
