//! Those who wait for one thing that releases them all: the end of a `Once`, a full `Barrier`, a
//! `WaitGroup` at zero, another's call of a `Singleflight`.
//!
//! Nothing but that release ends such a wait: no deadline, no cancellation. This makes it simpler
//! than what a lock or a channel needs:
//!
//! - **R1** A crowd stands in its owner's short lock. Its members enter it under that lock, after
//!   having seen there that what they wait for is still to come.
//! - **R2** A member leaves its frame only after its waiter has been claimed, and only the release
//!   claims it. So whoever has taken the crowd out of the lock owns all its members, and wakes them
//!   one after the other with no lock held.
//! - **R3** The release reads a member's links before it claims it, and never after.

use crate::scheduler::park;
use crate::task::{Accepts, Claim, WaitList, Waiter, Wake};
use std::mem;

/// See the module.
#[derive(Debug)]
pub(super) struct Crowd(WaitList);

impl Crowd {
    pub(super) const fn new() -> Self {
        Self(WaitList::new())
    }

    /// Enters `waiter`, under the lock (R1).
    ///
    /// # Safety
    ///
    /// The caller waits with [`wait`], or in a model likewise uncut, before the waiter dies.
    pub(super) unsafe fn enter(&mut self, waiter: &Waiter) {
        // SAFETY: new to every list, for a waiter serves one wait; it stays until it is claimed,
        // by the caller's promise, and `release` removes it before that.
        unsafe { self.0.push_back(waiter) };
    }

    /// Takes everybody out, under the lock. The caller then owes them [`release`](Self::release).
    #[must_use = "who is not released waits for ever"]
    pub(super) fn take(&mut self) -> Self {
        mem::replace(self, Self::new())
    }

    /// Wakes everybody, with no lock held.
    pub(super) fn release(self) {
        self.release_with(park::settle);
    }

    /// [`release`](Self::release), where `settle` honours the claims.
    pub(super) fn release_with(mut self, mut settle: impl FnMut(Claim)) {
        while let Some(waiter) = self.0.pop_front() {
            // SAFETY: alive until it is claimed, here (R2), and unlinked by now (R3).
            settle(unsafe { Waiter::claim(waiter, Wake::Event) });
        }
    }
}

/// Waits for the release of the crowd that `waiter` has entered.
pub(super) fn wait(waiter: &Waiter) {
    let wake = park::wait(waiter, None, Accepts::Nothing);
    debug_assert_eq!(wake, Wake::Event, "only the release ends this wait (R2)");
}
