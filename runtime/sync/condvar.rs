//! [`Condvar`]: std's, parking the task instead of blocking the thread.
//!
//! The list of those who wait is `raw/condvar.rs`.

use super::MutexGuard;
use super::poison::map_result;
use super::raw::{Parking, RawCondvar, Scheduler};
use crate::sync_facade::const_unless_loom;
use std::fmt;
use std::mem::ManuallyDrop;
use std::sync::{LockResult, PoisonError};
use std::time::{Duration, Instant};

/// Lets tasks and threads wait until what a [`Mutex`](super::Mutex) guards has changed, as
/// [`std::sync::Condvar`].
///
/// In a task the waits park the task; outside of a task they block the thread. A notification wakes the one
/// who has waited longest. Unlike std's it may be used with several mutexes, even at once; and though a
/// wait does not end without reason here, a loop around it, or `wait_while`, is still what keeps
/// a program right: somebody else may have been faster.
///
/// A channel (or a [`Semaphore`](super::Semaphore)) is often the simpler choice.
///
/// # Examples
///
/// ```
/// use teem::sync::{Arc, Condvar, Mutex};
///
/// let pair = Arc::new((Mutex::new(false), Condvar::new()));
/// let other = Arc::clone(&pair);
/// teem::go!({
///     *other.0.lock().unwrap() = true;
///     other.1.notify_one();
/// });
/// let (ready, changed) = &*pair;
/// let guard = changed.wait_while(ready.lock().unwrap(), |ready| !*ready);
/// assert!(*guard.unwrap());
/// ```
pub struct Condvar {
    raw: RawCondvar,
}

/// Whether a wait with a timeout ended by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// True if the time was over before a notification came.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    const_unless_loom! {
        /// Creates one that nobody waits for.
        #[must_use]
        #[inline]
        pub fn new() -> Condvar {
            Condvar {
                raw: RawCondvar::new(),
            }
        }
    }

    /// Gives the mutex back, parks the task (outside of a task: blocks the thread) until a
    /// notification comes, and takes the mutex again. A notification that comes after the mutex was
    /// given back is not missed.
    ///
    /// # Errors
    ///
    /// If the mutex is poisoned when it is taken again; the error has the guard.
    ///
    /// # Panics
    ///
    /// Inside [`forbid_park`](crate::task::forbid_park); the mutex is given back and poisoned then.
    ///
    /// # Cancellation
    ///
    /// Not cut by it: waits in a cancelled task as ever.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::sync::{Condvar, Mutex};
    ///
    /// let (turns, turned) = (Mutex::new(0), Condvar::new());
    /// teem::scope(|s| {
    ///     s.spawn(|| {
    ///         let mut turn = turns.lock().unwrap();
    ///         while *turn == 0 {
    ///             turn = turned.wait(turn).unwrap();
    ///         }
    ///         *turn += 1;
    ///     });
    ///     *turns.lock().unwrap() = 1;
    ///     turned.notify_one();
    /// });
    /// assert_eq!(turns.into_inner().unwrap(), 2);
    /// ```
    #[track_caller]
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        map_result(self.wait_until(guard, None), |(guard, _)| guard)
    }

    /// [`wait`](Self::wait), again and again, as long as `condition` holds.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait), and if `condition` does.
    ///
    /// # Cancellation
    ///
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_while<'a, T, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: F,
    ) -> LockResult<MutexGuard<'a, T>>
    where
        F: FnMut(&mut T) -> bool,
    {
        while condition(&mut *guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// [`wait`](Self::wait) for so many milliseconds at most; false if they were over first.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    #[deprecated(
        since = "0.1.0",
        note = "replaced by `teem::sync::Condvar::wait_timeout`"
    )]
    #[track_caller]
    pub fn wait_timeout_ms<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        ms: u32,
    ) -> LockResult<(MutexGuard<'a, T>, bool)> {
        let result = self.wait_timeout(guard, Duration::from_millis(ms.into()));
        map_result(result, |(guard, result)| (guard, !result.timed_out()))
    }

    /// [`wait`](Self::wait) for `dur` at most; the time that it takes to get the mutex again not
    /// counted.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Cancellation
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use teem::sync::{Condvar, Mutex};
    ///
    /// let (mutex, nobody_tells) = (Mutex::new(()), Condvar::new());
    /// let guard = mutex.lock().unwrap();
    /// let waited = nobody_tells.wait_timeout(guard, Duration::from_millis(1));
    /// assert!(waited.unwrap().1.timed_out());
    /// ```
    #[track_caller]
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        dur: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        self.wait_until(guard, Instant::now().checked_add(dur))
    }

    /// [`wait_timeout`](Self::wait_timeout), again and again, as long as `condition` holds, for `dur`
    /// altogether. If the condition holds still, the time was over.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait), and if `condition` does.
    ///
    /// # Cancellation
    ///
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_timeout_while<'a, T, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        dur: Duration,
        mut condition: F,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)>
    where
        F: FnMut(&mut T) -> bool,
    {
        let deadline = Instant::now().checked_add(dur);
        loop {
            if !condition(&mut *guard) {
                return Ok((guard, WaitTimeoutResult(false)));
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok((guard, WaitTimeoutResult(true)));
            }
            guard = self.wait_until(guard, deadline)?.0;
        }
    }

    /// Wakes the one who has waited longest, if anybody waits. Never parks, and needs no mutex.
    pub fn notify_one(&self) {
        self.raw.notify_one(&Scheduler);
    }

    /// Wakes all who wait. Never parks, and needs no mutex.
    pub fn notify_all(&self) {
        self.raw.notify_all(&Scheduler);
    }

    #[track_caller]
    fn wait_until<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        deadline: Option<Instant>,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        // May panic; the guard then gives the mutex back.
        let waiter = Scheduler.waiter();
        // While the mutex is not held, no panic may drop the guard.
        let guard = ManuallyDrop::new(guard);
        // SAFETY: the guard holds the mutex, now and afterwards.
        let told = unsafe { self.raw.wait(waiter, guard.raw(), deadline, &Scheduler) };
        let result = (ManuallyDrop::into_inner(guard), WaitTimeoutResult(!told));
        if result.0.is_poisoned() {
            Err(PoisonError::new(result))
        } else {
            Ok(result)
        }
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar").finish_non_exhaustive()
    }
}

impl Default for Condvar {
    fn default() -> Condvar {
        Condvar::new()
    }
}

// Nothing of a panicking task's is in it, as in std's.
impl std::panic::UnwindSafe for Condvar {}
impl std::panic::RefUnwindSafe for Condvar {}
