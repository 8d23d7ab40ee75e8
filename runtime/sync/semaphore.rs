//! [`Semaphore`]: so many at a time, first come, first served.
//!
//! The count and those who wait are `raw/semaphore.rs`; here are the permits that give themselves back.

use super::raw::{HANDED, RawSemaphore, Scheduler};
use crate::context::Cancelled;
use crate::scheduler;
use crate::sync_facade::const_unless_loom;
use crate::task::Wake;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A number of permits, which tasks and threads take and give back.
///
/// In a task the calls that wait park the task; outside of a task they block the thread. Who waits is
/// served in the order of arrival: a request for many permits is not overtaken by smaller ones, and
/// nobody takes a permit past those who wait. A wait that ends without permits, because it timed out
/// or its task was cancelled, has taken none.
///
/// # Examples
///
/// Two at a time:
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use teem::sync::Semaphore;
///
/// static DOWNLOADS: Semaphore = Semaphore::new(2);
/// static NOW: AtomicUsize = AtomicUsize::new(0);
///
/// teem::scope(|s| {
///     for _ in 0..10 {
///         s.spawn(|| {
///             let _permit = DOWNLOADS.acquire().expect("nobody cancels this");
///             assert!(NOW.fetch_add(1, Ordering::SeqCst) < 2);
///             teem::task::yield_now();
///             NOW.fetch_sub(1, Ordering::SeqCst);
///         });
///     }
/// });
/// assert_eq!(DOWNLOADS.available_permits(), 2);
/// ```
pub struct Semaphore {
    raw: RawSemaphore,
}

/// Permits of a [`Semaphore`]; given back when this is dropped.
///
/// `std::mem::forget` keeps them from being given back.
#[must_use = "the permit is given back at once if it is not kept"]
#[clippy::has_significant_drop]
#[derive(Debug)]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
    count: usize,
}

/// A permit of a [`Semaphore`] that borrows nothing; given back when this is dropped.
#[must_use = "the permit is given back at once if it is not kept"]
#[clippy::has_significant_drop]
#[derive(Debug)]
pub struct OwnedPermit {
    semaphore: Arc<Semaphore>,
    count: usize,
}

impl Semaphore {
    const_unless_loom! {
        /// Creates a semaphore with `permits` permits, all of them free.
        ///
        /// # Panics
        ///
        /// If they are more than `usize::MAX / 2`.
        pub fn new(permits: usize) -> Self {
            Self {
                raw: RawSemaphore::new(permits),
            }
        }
    }

    /// Takes a permit, parking the task (outside of a task: blocking the thread) until one is free and
    /// all who came before have theirs.
    ///
    /// # Errors
    ///
    /// [`Cancelled`], see below. No permit was taken then.
    ///
    /// # Panics
    ///
    /// If it has to wait inside [`forbid_park`](crate::task::forbid_park).
    ///
    /// # Cancellation
    ///
    /// Fails at once in a cancelled task, and ends the wait of one that is being cancelled, unless it
    /// was given the permit before.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(1);
    /// let permit = semaphore.acquire()?;
    /// assert_eq!(semaphore.available_permits(), 0);
    /// drop(permit);
    /// assert_eq!(semaphore.available_permits(), 1);
    /// # Ok::<(), teem::context::Cancelled>(())
    /// ```
    #[track_caller]
    pub fn acquire(&self) -> Result<Permit<'_>, Cancelled> {
        self.acquire_many(1)
    }

    /// Takes a permit if one is free and nobody waits; never parks.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(1);
    /// let permit = semaphore.try_acquire().unwrap();
    /// assert!(semaphore.try_acquire().is_none());
    /// drop(permit);
    /// assert!(semaphore.try_acquire().is_some());
    /// ```
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.try_acquire_many(1)
    }

    /// [`acquire`](Self::acquire), waiting for `timeout` at most. `None` if the time was over, or the
    /// task was cancelled.
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Cancellation
    ///
    /// As [`acquire`](Self::acquire), with `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use teem::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(1);
    /// let _permit = semaphore.try_acquire();
    /// assert!(semaphore.acquire_timeout(Duration::from_millis(1)).is_none());
    /// ```
    #[track_caller]
    pub fn acquire_timeout(&self, timeout: Duration) -> Option<Permit<'_>> {
        self.acquire_many_timeout(1, timeout)
    }

    /// Takes `n` permits at once, as [`acquire`](Self::acquire) does one. While it waits for the last of
    /// them, nobody who came later gets any.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Panics
    ///
    /// If `n` is more than one, and more than all permits, free or not, that there are at this
    /// time. And as [`acquire`](Self::acquire).
    ///
    /// # Cancellation
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::sync::Semaphore;
    ///
    /// let semaphore = Semaphore::new(3);
    /// let two = semaphore.acquire_many(2)?;
    /// assert!(semaphore.try_acquire_many(2).is_none());
    /// drop(two);
    /// assert!(semaphore.try_acquire_many(3).is_some());
    /// # Ok::<(), teem::context::Cancelled>(())
    /// ```
    #[track_caller]
    pub fn acquire_many(&self, n: usize) -> Result<Permit<'_>, Cancelled> {
        self.wait(n, None)?;
        Ok(self.permit(n))
    }

    /// Takes `n` permits if that many are free and nobody waits; never parks.
    ///
    /// # Panics
    ///
    /// As [`acquire_many`](Self::acquire_many) for too many.
    #[track_caller]
    pub fn try_acquire_many(&self, n: usize) -> Option<Permit<'_>> {
        self.raw.try_acquire(n).then(|| self.permit(n))
    }

    /// [`acquire_many`](Self::acquire_many), waiting for `timeout` at most. `None` if the time was over,
    /// or the task was cancelled.
    ///
    /// # Panics
    ///
    /// As [`acquire_many`](Self::acquire_many).
    ///
    /// # Cancellation
    ///
    /// As [`acquire`](Self::acquire), with `None`.
    #[track_caller]
    pub fn acquire_many_timeout(&self, n: usize, timeout: Duration) -> Option<Permit<'_>> {
        match self.wait(n, Some(timeout)) {
            Ok(true) => Some(self.permit(n)),
            Ok(false) | Err(_) => None,
        }
    }

    /// [`acquire`](Self::acquire), for a permit that can be sent to wherever it is given back.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Panics
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Cancellation
    ///
    /// As [`acquire`](Self::acquire).
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::sync::{Arc, Semaphore};
    ///
    /// let semaphore = Arc::new(Semaphore::new(1));
    /// let permit = semaphore.acquire_owned()?;
    /// teem::spawn(move || drop(permit)).join().unwrap();
    /// assert_eq!(semaphore.available_permits(), 1);
    /// # Ok::<(), teem::context::Cancelled>(())
    /// ```
    #[track_caller]
    pub fn acquire_owned(self: &Arc<Self>) -> Result<OwnedPermit, Cancelled> {
        self.wait(1, None)?;
        Ok(OwnedPermit {
            semaphore: Arc::clone(self),
            count: 1,
        })
    }

    /// Adds `n` permits, which wakes those who wait for them. Never parks.
    ///
    /// # Panics
    ///
    /// If there would then be more than `usize::MAX / 2`.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::sync::Semaphore;
    ///
    /// let signal = Semaphore::new(0);
    /// teem::scope(|s| {
    ///     s.spawn(|| signal.add_permits(1));
    ///     assert!(signal.acquire().is_ok());
    /// });
    /// assert_eq!(signal.available_permits(), 1);
    /// ```
    #[track_caller]
    pub fn add_permits(&self, n: usize) {
        self.raw.add(n, &Scheduler);
    }

    /// How many permits are free at this moment, which may be over already.
    pub fn available_permits(&self) -> usize {
        self.raw.available()
    }

    /// Takes `n` permits from the count; false if `timeout` was over first.
    #[track_caller]
    fn wait(&self, n: usize, timeout: Option<Duration>) -> Result<bool, Cancelled> {
        let running = scheduler::running();
        match running {
            Some(running) => running.check_cancelled()?,
            None => scheduler::check_cancelled()?,
        }
        if self.raw.try_acquire(n) {
            if let Some(running) = running {
                running.spend_budget();
            }
            return Ok(true);
        }
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        match self.raw.acquire_slow(n, deadline, &Scheduler) {
            HANDED => Ok(true),
            Wake::Cancelled => Err(scheduler::cancelled()),
            _ => Ok(false),
        }
    }

    fn permit(&self, count: usize) -> Permit<'_> {
        Permit {
            semaphore: self,
            count,
        }
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore")
            .field("available", &self.available_permits())
            .finish_non_exhaustive()
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.semaphore.raw.release(self.count, &Scheduler);
    }
}

impl Drop for OwnedPermit {
    fn drop(&mut self) {
        self.semaphore.raw.release(self.count, &Scheduler);
    }
}
