//! What an OS thread blocks on while it waits.
//!
//! It is not `std::thread::park`: that token is the user's. A wait on it would consume an `unpark` that is meant for
//! the user's own `park`, which would then sleep for ever, and could leave one behind that ends it for nothing.
//!
//! A thread has one, which all its waits use, one after the other. Who wakes it holds a reference and may come late,
//! in the midst of the next wait: so a wait asks its own flag whether it is over (`woken` in `waiter.rs`), and `park`
//! may return for no reason.

use crate::sync_facade::{Condvar, Mutex, MutexGuard};
use std::fmt;
use std::sync::PoisonError;
use std::time::Duration;

/// See the module.
pub(crate) struct Parker {
    token: Mutex<bool>,
    unparked: Condvar,
}

impl Parker {
    pub(crate) fn new() -> Self {
        Self {
            token: Mutex::new(false),
            unparked: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        // No code of others runs under the lock, so a poisoned one is still in order.
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Blocks the thread, for `limit` at most, until [`unpark`](Self::unpark); not at all if that came first.
    pub(super) fn park(&self, limit: Option<Duration>) {
        let mut token = self.lock();
        if !*token {
            token = match limit {
                None => (self.unparked.wait(token)).unwrap_or_else(PoisonError::into_inner),
                Some(limit) => {
                    let woken = self.unparked.wait_timeout(token, limit);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        *token = false;
    }

    /// Ends the `park` of the thread, or has the next one return at once.
    pub(super) fn unpark(&self) {
        *self.lock() = true;
        self.unparked.notify_one();
    }
}

impl fmt::Debug for Parker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parker").finish_non_exhaustive()
    }
}
