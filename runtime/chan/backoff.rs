//! Waiting for somebody who is between two instructions.
//!
//! The lock-free queues have moments in which one party has taken a place and not yet filled it.
//! Nobody parks there, so the moment is short, unless the system takes the thread off its core just
//! then. Therefore: look again a few times, then offer the core.

use crate::sync_facade::{spin_loop, yield_now};

/// Looks before the core is offered: about a microsecond.
const LOOKS: u32 = 64;

/// See the module. One for each thing that is waited for.
#[derive(Debug)]
pub(super) struct Backoff(u32);

impl Backoff {
    pub(super) const fn new() -> Self {
        Self(0)
    }

    /// Lets a little time pass. It is the thread that waits: no task is switched.
    #[cold]
    pub(super) fn wait(&mut self) {
        if self.0 < LOOKS {
            self.0 += 1;
            spin_loop();
        } else {
            yield_now();
        }
    }
}
