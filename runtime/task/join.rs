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
//!
//! A handle that is polled leaves a waiter behind between its polls, a [`Polled`]. The word has no lock
//! under which the waiter's waker could be replaced, so each poll takes the waiter out and puts it back.

use super::waiter::{Claim, Waiter, Wake};
use crate::sync_facade::atomic::{AtomicUsize, Ordering};
use crate::sync_facade::spin_loop;
use std::ptr::NonNull;
use std::task::Waker;

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
        if self.is_done() {
            return false;
        }
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

/// The wait that a polled handle has left in its word, if any. It stands on the heap, for the handle may
/// move; as a pointer, for the word has one too.
#[derive(Debug)]
pub(crate) struct Polled(Option<NonNull<Waiter>>);

impl Polled {
    pub(crate) const fn new() -> Self {
        Self(None)
    }

    /// Whether the task of `word`, always the same one, is complete. If not, `waker` is called when it
    /// is, and that of an earlier poll is not.
    pub(crate) fn poll(&mut self, word: &JoinWord, waker: &Waker) -> bool {
        let waiter = match self.take(word) {
            Some((_, true)) => return true,
            Some((waiter, false)) => waiter,
            None if word.is_done() => return true,
            None => Box::new(Waiter::for_future()),
        };
        // Code of others: what it finds is a waiter that is nowhere.
        waiter.set_waker(waker);
        let waiter = NonNull::from(Box::leak(waiter));
        self.0 = Some(waiter);
        // SAFETY: alive until `take`.
        if word.wait(unsafe { waiter.as_ref() }) {
            return false;
        }
        drop(self.withdraw(word));
        true
    }

    /// Takes the wait back, if there is one: to be done before the handle does anything else with its
    /// word. Dropping it drops its waker, which is code of others and may panic or park.
    #[must_use = "to be dropped where it can do no harm"]
    pub(crate) fn withdraw(&mut self, word: &JoinWord) -> Option<Box<Waiter>> {
        self.take(word).map(|(waiter, _)| waiter)
    }

    /// The waiter, which nobody uses any more, and whether the task is complete.
    fn take(&mut self, word: &JoinWord) -> Option<(Box<Waiter>, bool)> {
        let waiter = self.0.take()?;
        // SAFETY: made by `Box::leak` in `poll`, and not freed before it has left this place.
        let running = word.withdraw(unsafe { waiter.as_ref() });
        // SAFETY: as above; and a withdrawn waiter is not used by the word any more.
        Some((unsafe { Box::from_raw(waiter.as_ptr()) }, !running))
    }
}
