//! `WaitGroup`: waits for a number of things to be done, as Go's.
//!
//! # The word
//!
//! | bits      | meaning                       | set by                     | cleared by                  |
//! | --------- | ----------------------------- | -------------------------- | --------------------------- |
//! | `WAITED`  | somebody stands in the crowd  | `wait`, under the lock     | the last `done`, under the lock |
//! | the rest  | how much is still to be done  | `add`                      | `done`                      |
//!
//! Flag and count are one word, so the `done` that takes the count to zero is one step with looking
//! whether anybody waits. If somebody does, that step is made under the lock and takes the crowd
//! along:
//!
//! - **G1** `WAITED` is changed under the lock alone, and is set exactly while the crowd has members.
//! - **G2** Nobody enters the crowd at a count of zero, and nobody is in it then. So an `add` that
//!   begins the next round finds no one of the last, and `wait` returns when the count has been zero,
//!   whatever it is by the time that its caller runs again.

use super::crowd::{self, Crowd};
use crate::scheduler::{self, park};
use crate::sync_facade::atomic::{AtomicUsize, Ordering};
use crate::sync_facade::{Mutex, MutexGuard};
use crate::task::Waiter;
use std::fmt;
use std::sync::{Arc, PoisonError};

const WAITED: usize = 1;
const ONE: usize = 2;

/// What the clones share.
#[derive(Debug)]
pub(super) struct Group {
    word: AtomicUsize,
    waiting: Mutex<Crowd>,
}

impl Group {
    pub(super) fn new() -> Self {
        Self {
            word: AtomicUsize::new(0),
            waiting: Mutex::new(Crowd::new()),
        }
    }

    fn count(&self) -> usize {
        // ORDERING: Acquire, pairs with the Release of every `done`: a count of zero shows all that
        // was done. The decrements in between keep the release sequence going.
        self.word.load(Ordering::Acquire) / ONE
    }

    /// False if the count would not fit.
    pub(super) fn add(&self, n: usize) -> bool {
        let Some(more) = n.checked_mul(ONE) else {
            return false;
        };
        self.word
            // ORDERING: Relaxed, whoever adds passes the right to `done` on by other means.
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |word| {
                word.checked_add(more)
            })
            .is_ok()
    }

    /// Counts down. The crowd to release, if this was the last; none if there was nothing to do.
    pub(super) fn done(&self) -> Option<Crowd> {
        let last_of_many = ONE | WAITED;
        // ORDERING: Release gives all that was done to whoever sees zero; Acquire keeps what this
        // caller does next behind it. Relaxed on failure, looked at again.
        let counted = (self.word).fetch_update(Ordering::AcqRel, Ordering::Relaxed, |word| {
            (word >= ONE && word != last_of_many).then(|| word - ONE)
        });
        match counted {
            Ok(_) => return Some(Crowd::new()),
            Err(word) if word < ONE => return None,
            Err(_) => {}
        }
        let mut waiting = self.lock();
        // ORDERING: as above. The flag goes with the last count, under the lock (G1).
        let counted = (self.word).fetch_update(Ordering::AcqRel, Ordering::Relaxed, |word| {
            if word == last_of_many {
                Some(0)
            } else {
                word.checked_sub(ONE)
            }
        });
        match counted {
            Ok(word) if word == last_of_many => Some(waiting.take()),
            Ok(_) => Some(Crowd::new()),
            Err(_) => None,
        }
    }

    /// Enters the crowd, unless there is nothing to wait for (G2).
    ///
    /// # Safety
    ///
    /// If true is returned, as [`Crowd::enter`].
    pub(super) unsafe fn enter(&self, waiter: &Waiter) -> bool {
        let mut waiting = self.lock();
        // ORDERING: Acquire on failure, as in `count`; Relaxed on success, the lock orders the flag.
        let flagged = (self.word).fetch_update(Ordering::Relaxed, Ordering::Acquire, |word| {
            (word >= ONE).then_some(word | WAITED)
        });
        if flagged.is_ok() {
            // SAFETY: this function's contract.
            unsafe { waiting.enter(waiter) };
        }
        flagged.is_ok()
    }

    fn lock(&self) -> MutexGuard<'_, Crowd> {
        // No code of others runs under the lock, so a poisoned one is still in order.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until a number of things have been done, as Go's `sync.WaitGroup`. Clones are the same group.
///
/// A [`scope`](crate::scope) also waits for its tasks, and they may borrow; a group is for those that
/// are spawned here and there, or that are no tasks at all. Dropping a clone counts nothing down.
///
/// # Examples
///
/// ```
/// use teem::sync::WaitGroup;
/// use teem::sync::atomic::{AtomicUsize, Ordering};
/// # use teem::sync::Arc;
///
/// let (group, sum) = (WaitGroup::new(), Arc::new(AtomicUsize::new(0)));
/// for n in 1..=100 {
///     let sum = Arc::clone(&sum);
///     group.go(move || {
///         sum.fetch_add(n, Ordering::Relaxed);
///     });
/// }
/// group.wait();
/// assert_eq!(sum.load(Ordering::Relaxed), 5050);
/// ```
#[derive(Clone)]
pub struct WaitGroup(Arc<Group>);

impl WaitGroup {
    /// A group with nothing to be done.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Group::new()))
    }

    /// Counts up by `n`. Call it before the `wait` that is to see it, not in the task that it stands
    /// for: that one may come too late. Never waits.
    ///
    /// # Panics
    ///
    /// If the count passes `usize::MAX / 2`.
    #[track_caller]
    pub fn add(&self, n: usize) {
        assert!(self.0.add(n), "a WaitGroup cannot count that far");
    }

    /// Counts down by one. At zero all that wait go on. Never waits.
    ///
    /// # Panics
    ///
    /// Below zero.
    #[track_caller]
    pub fn done(&self) {
        let waiting = self.0.done();
        waiting
            .expect("`WaitGroup::done` was called more often than was added")
            .release();
    }

    /// Waits until the count is zero: the task parks, a thread blocks. Any number may wait.
    ///
    /// On return all that came before those calls of [`done`](Self::done) is visible. The group can
    /// then be used again.
    ///
    /// # Panics
    ///
    /// If it would have to wait inside [`forbid_park`](crate::task::forbid_park).
    ///
    /// # Cancellation
    ///
    /// Is not cut.
    ///
    /// # Examples
    ///
    /// ```
    /// let group = teem::sync::WaitGroup::new();
    /// group.wait(); // nothing to wait for
    ///
    /// group.add(1);
    /// let (other, answer) = (group.clone(), teem::sync::Arc::new(teem::sync::OnceLock::new()));
    /// let its = answer.clone();
    /// teem::go!({
    ///     its.set(42).unwrap();
    ///     other.done();
    /// });
    /// group.wait();
    /// assert_eq!(answer.get(), Some(&42));
    /// ```
    #[track_caller]
    pub fn wait(&self) {
        if self.0.count() == 0 {
            return;
        }
        let waiter = park::waiter();
        // SAFETY: waited for right here.
        if unsafe { self.0.enter(&waiter) } {
            crowd::wait(&waiter);
        }
    }

    /// Spawns `f` as a task that is counted: up before it is spawned, down when it has ended, by a
    /// panic, too. The task is as one of [`spawn`](crate::spawn) whose handle was dropped.
    ///
    /// # Panics
    ///
    /// As [`spawn`](crate::spawn) and [`add`](Self::add).
    ///
    /// # Examples
    ///
    /// ```
    /// let group = teem::sync::WaitGroup::new();
    /// group.go(|| panic!("is counted down all the same"));
    /// group.wait();
    /// assert!(format!("{group:?}").contains("count: 0"));
    /// ```
    #[track_caller]
    pub fn go<F>(&self, f: F)
    where
        F: FnOnce() + Send + 'static,
    {
        /// Counts down when the closure is gone, even if it never ran.
        struct Done(WaitGroup);
        impl Drop for Done {
            fn drop(&mut self) {
                self.0.done();
            }
        }

        self.add(1);
        let done = Done(self.clone());
        drop(scheduler::spawn(move || {
            let _done = done;
            f();
        }));
    }
}

impl Default for WaitGroup {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for WaitGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitGroup")
            .field("count", &self.0.count())
            .finish()
    }
}
