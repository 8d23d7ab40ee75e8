//! Waiting for a future: the one place where a task is an executor.
//!
//! The future's wakers share a [`Signal`] with whoever waits:
//!
//! | state     | meaning                                | set by                              |
//! | --------- | -------------------------------------- | ----------------------------------- |
//! | `Idle`    | nothing has happened since the last poll began | the waiter, and `wake` when it claims |
//! | `Woken`   | a waker was called, nobody waits       | `wake`                              |
//! | `Waiting` | the owner waits with this              | the owner                           |
//!
//! - **X1** The owner polls again when it finds `Woken`, and otherwise waits: both under the lock, under
//!   which `wake` changes the state. So a wake that comes during the poll, or between it and the wait,
//!   is not lost.
//! - **X2** A wait accepts nothing but the claim by `wake`, which is made under the lock and takes the
//!   waiter out. So a waiter in `Waiting` is alive (W3).
//!
//! The token of [`park`](crate::task::park) is not used: it belongs to the user, who may call `unpark` on the task for
//! reasons of his own.

use super::{park, running};
use crate::sync_facade::{Mutex, MutexGuard};
use crate::task::{Accepts, Claim, Waiter, Wake};
use std::mem;
use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};

/// See the module.
#[derive(Debug)]
enum State {
    Idle,
    Woken,
    Waiting(*const Waiter),
}

// SAFETY: the waiter is reached under the lock only, and is alive there (X2).
unsafe impl Send for State {}

/// See the module.
#[derive(Debug)]
pub(super) struct Signal(Mutex<State>);

impl Signal {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State::Idle))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of others runs under the lock, so a poisoned one is still in order.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A waker was called. The claim is to be settled.
    pub(super) fn wake(&self) -> Claim {
        let mut state = self.lock();
        match mem::replace(&mut *state, State::Idle) {
            State::Idle | State::Woken => {
                *state = State::Woken;
                Claim::Won
            }
            // SAFETY: alive (X2).
            State::Waiting(waiter) => unsafe { Waiter::claim(waiter, Wake::Event) },
        }
    }

    /// Takes note of a wake that has come; false if there was none.
    pub(super) fn take(&self) -> bool {
        let was = mem::replace(&mut *self.lock(), State::Idle);
        matches!(was, State::Woken)
    }

    /// Has the next wake claim `waiter`, whose owner waits next; false if there was one already.
    ///
    /// # Safety
    ///
    /// The owner waits, accepting nothing else.
    pub(super) unsafe fn enter(&self, waiter: &Waiter) -> bool {
        let mut state = self.lock();
        let woken = matches!(*state, State::Woken);
        *state = if woken {
            State::Idle
        } else {
            State::Waiting(waiter)
        };
        !woken
    }
}

impl std::task::Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        park::settle(Signal::wake(self));
    }
}

/// Waits for a future: polls it, and parks the task until it wants to be polled again. On an OS thread
/// it blocks.
///
/// The future may be of any library, as long as something else drives what it waits for; and it may
/// borrow, and need not be `Send`, for it stays here.
///
/// # Panics
///
/// If the future does; and inside [`forbid_park`](crate::task::forbid_park), if the future is not
/// ready at once.
///
/// # Cancellation
///
/// Is not cut. The future is polled in the caller's [context](crate::context), and may look at it.
///
/// # Examples
///
/// ```
/// let (sender, receiver) = teem::chan::bounded(0);
/// let sum = teem::run(|| {
///     teem::go!(for n in 1..=3 {
///         sender.send(n).unwrap();
///     });
///     teem::block_on(async {
///         let mut sum = 0;
///         while let Ok(n) = receiver.recv_async().await {
///             sum += n;
///         }
///         sum
///     })
/// });
/// assert_eq!(sum, 6);
/// ```
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    let signal = Arc::new(Signal::new());
    let waker = Waker::from(Arc::clone(&signal));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            if let Some(running) = running::running() {
                running.spend_budget();
            }
            return value;
        }
        if signal.take() {
            // It wants another turn, but first others should have theirs.
            running::yield_now();
            continue;
        }
        let waiter = park::waiter();
        // SAFETY: right below.
        if unsafe { signal.enter(&waiter) } {
            park::wait(&waiter, None, Accepts::Nothing);
        }
    }
}
