//! Waiting for somebody who is between two instructions.
//!
//! Who holds a short lock, or has taken a place in a queue and not yet filled it, does not park there. So the moment is
//! short, unless the system takes the thread off its core just then. Therefore: look again a few times, then offer
//! the core, then nap, which ends even the wait of a thread that outranks the other one on the same core.

use super::{nap, spin_loop, yield_now};

/// Looks before the core is offered: about a microsecond.
const LOOKS: u32 = if cfg!(loom) { 1 } else { 64 };
/// Looks, and offers, before the first nap.
const OFFERS: u32 = 2 * LOOKS;

/// See the module. One for each thing that is waited for.
#[derive(Debug)]
pub(crate) struct Backoff(u32);

impl Backoff {
    pub(crate) const fn new() -> Self {
        Self(0)
    }

    /// Lets a little time pass. It is the thread that waits: no task is switched.
    #[cold]
    pub(crate) fn wait(&mut self) {
        self.0 = self.0.saturating_add(1);
        match self.0 {
            ..LOOKS => spin_loop(),
            LOOKS..OFFERS => yield_now(),
            _ => nap(),
        }
    }
}
