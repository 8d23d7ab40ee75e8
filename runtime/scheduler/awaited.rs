//! What happens once, and those who wait for it: the end of a runtime, the last answer to an inquiry.
//!
//! Whoever waits looks whether it has happened, and is linked if not, under one hold of the lock. So who makes it
//! happen, under the lock or before, and then calls [`wake_all`](Awaited::wake_all), misses nobody.

use super::park;
use crate::task::{Accepts, WaitList, Waiter, Wake};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// See the module. `T` is what the lock guards beside the list.
pub(super) struct Awaited<T>(Mutex<Inner<T>>);

struct Inner<T> {
    state: T,
    waiters: WaitList,
}

impl<T> Awaited<T> {
    pub(super) const fn new(state: T) -> Self {
        let waiters = WaitList::new();
        Self(Mutex::new(Inner { state, waiters }))
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        // No code of others runs under the lock, so a poisoned one is still in order.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the state, under the lock.
    pub(super) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(&mut self.lock().state)
    }

    /// Waits until it has happened, or until `deadline`. Is not cut.
    #[track_caller]
    pub(super) fn wait(&self, deadline: Option<Instant>, has_happened: impl FnOnce(&T) -> bool) {
        let waiter = park::waiter();
        {
            let mut inner = self.lock();
            if has_happened(&inner.state) {
                return;
            }
            // SAFETY: removed below, or by `wake_all`, before this frame ends.
            unsafe { inner.waiters.push_back(&waiter) };
        }
        if park::wait(&waiter, deadline, Accepts::Nothing) != Wake::Event {
            // SAFETY: alive, and in this list if in any.
            unsafe { self.lock().waiters.remove(&waiter) };
        }
    }

    /// Ends all waits: it has happened.
    pub(super) fn wake_all(&self) {
        let mut inner = self.lock();
        while let Some(waiter) = inner.waiters.pop_front() {
            // SAFETY: a linked waiter is alive under the lock.
            park::settle(unsafe { Waiter::claim(waiter, Wake::Event) });
        }
    }
}
