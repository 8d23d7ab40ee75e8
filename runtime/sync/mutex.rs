//! [`Mutex`]: std's, parking the task instead of blocking the thread.
//!
//! The lock itself is `raw/mutex.rs`; here is what it guards, and who has poisoned it.

use super::poison::{self, Flag, map_result};
use super::raw::RawMutex;
use crate::sync_facade::const_unless_loom;
use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::{LockResult, TryLockError, TryLockResult};

/// A value that one task or thread at a time may use, as [`std::sync::Mutex`].
///
/// In a task [`lock`](Mutex::lock) parks the task, and the guard may be kept over anything that
/// parks; outside of a task it blocks the thread. Taking a free lock is one atomic exchange and giving it back
/// another, as in std.
///
/// # Which one should I use?
///
/// | you want                                       | use                                   |
/// | ---------------------------------------------- | ------------------------------------- |
/// | one at a time                                  | `Mutex`                               |
/// | many readers, who hold it for long             | [`RwLock`](super::RwLock)             |
/// | `n` at a time                                  | [`Semaphore`](super::Semaphore)       |
/// | to wait until what it guards has changed       | [`Condvar`](super::Condvar) beside it |
///
/// `std::sync::Mutex` works in tasks, too, as long as nobody parks while holding it: a task of
/// the same worker that then wants it would block the worker for ever.
///
/// # Fairness
///
/// Those who wait are woken in order, one at a time, and compete with whoever comes along. One that has waited for a
/// millisecond is handed the lock. Whoever takes the lock beside others yields once in a while.
///
/// # Poisoning
///
/// As in std: a panic while the guard is alive poisons the lock. If a task parks in a destructor
/// while it unwinds, the other tasks of its worker seem to be panicking meanwhile, and may poison
/// what they release.
///
/// # Examples
///
/// ```
/// use teem::sync::{Arc, Mutex};
///
/// let counter = Arc::new(Mutex::new(0));
/// let tasks: Vec<_> = (0..10)
///     .map(|_| {
///         let counter = Arc::clone(&counter);
///         teem::spawn(move || *counter.lock().unwrap() += 1)
///     })
///     .collect();
/// for task in tasks {
///     task.join().unwrap();
/// }
/// assert_eq!(*counter.lock().unwrap(), 10);
/// ```
pub struct Mutex<T: ?Sized> {
    raw: RawMutex,
    poison: Flag,
    data: UnsafeCell<T>,
}

// SAFETY: the value goes with the mutex. It is not used by anybody else meanwhile, for moving it
// takes the mutex by value.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}
// SAFETY: a shared mutex lends its value to one holder at a time, on whichever thread; `RawMutex` sees
// to it.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

// What a panic leaves behind is marked by the poison, as in std.
impl<T: ?Sized> std::panic::UnwindSafe for Mutex<T> {}
impl<T: ?Sized> std::panic::RefUnwindSafe for Mutex<T> {}

/// The right to use what a [`Mutex`] guards; given back when it is dropped.
#[must_use = "if unused the Mutex will immediately unlock"]
#[clippy::has_significant_drop]
pub struct MutexGuard<'a, T: ?Sized + 'a> {
    lock: &'a Mutex<T>,
    poison: poison::Guard,
    /// Not `Send`, as std's is not.
    stays: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives out `&T` only.
unsafe impl<T: ?Sized + Sync> Sync for MutexGuard<'_, T> {}

impl<T> Mutex<T> {
    const_unless_loom! {
        /// Creates a mutex that is free.
        ///
        /// # Examples
        ///
        /// ```
        /// use teem::sync::Mutex;
        ///
        /// static HITS: Mutex<u64> = Mutex::new(0);
        /// *HITS.lock().unwrap() += 1;
        /// assert_eq!(*HITS.lock().unwrap(), 1);
        /// ```
        #[inline]
        pub fn new(t: T) -> Mutex<T> {
            Mutex {
                raw: RawMutex::new(),
                poison: Flag::new(),
                data: UnsafeCell::new(t),
            }
        }
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Takes the lock, parking the task (outside of a task: blocking the thread) until it is free.
    ///
    /// # Errors
    ///
    /// If the mutex is poisoned. The lock is then taken all the same, and the error has the guard.
    ///
    /// # Panics
    ///
    /// If it has to wait inside [`forbid_park`](crate::task::forbid_park). A task that already
    /// holds the lock waits for ever.
    ///
    /// # Cancellation
    ///
    /// Not cut by it: waits in a cancelled task as ever.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::sync::Mutex;
    ///
    /// let mutex = Mutex::new(1);
    /// *mutex.lock().unwrap() += 1;
    /// assert_eq!(mutex.into_inner().unwrap(), 2);
    /// ```
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        self.raw.lock();
        // SAFETY: locked just now.
        unsafe { MutexGuard::new(self) }
    }

    /// Takes the lock if it is free; never parks.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if it is held, `Poisoned` with the guard if it was taken and is poisoned.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::sync::{Mutex, TryLockError};
    ///
    /// let mutex = Mutex::new(());
    /// let guard = mutex.try_lock().unwrap();
    /// assert!(matches!(mutex.try_lock(), Err(TryLockError::WouldBlock)));
    /// drop(guard);
    /// assert!(mutex.try_lock().is_ok());
    /// ```
    #[inline]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        if self.raw.try_lock() {
            // SAFETY: locked just now.
            Ok(unsafe { MutexGuard::new(self) }?)
        } else {
            Err(TryLockError::WouldBlock)
        }
    }

    /// Whether the mutex is poisoned. If it is not held by the caller, that may change at any time.
    #[inline]
    pub fn is_poisoned(&self) -> bool {
        self.poison.get()
    }

    /// Declares what the mutex guards to be in order again.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::panic::catch_unwind;
    /// use teem::sync::Mutex;
    ///
    /// let mutex = Mutex::new(0);
    /// let _ = catch_unwind(|| {
    ///     let _guard = mutex.lock().unwrap();
    ///     panic!("half way");
    /// });
    /// *mutex.lock().unwrap_err().into_inner() = 1;
    /// mutex.clear_poison();
    /// assert_eq!(*mutex.lock().unwrap(), 1);
    /// ```
    #[inline]
    pub fn clear_poison(&self) {
        self.poison.clear();
    }

    /// Takes the mutex apart.
    ///
    /// # Errors
    ///
    /// If it is poisoned; the error has the value.
    pub fn into_inner(self) -> LockResult<T>
    where
        T: Sized,
    {
        let Self { poison, data, .. } = self;
        poison.check(data.into_inner())
    }

    /// What the mutex guards. Nobody else can have it, so nothing is locked.
    ///
    /// # Errors
    ///
    /// If it is poisoned; the error has the reference.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.poison.check(self.data.get_mut())
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(t: T) -> Self {
        Mutex::new(t)
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Mutex<T> {
        Mutex::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Mutex");
        match self.try_lock() {
            Ok(guard) => fields.field("data", &&*guard),
            Err(TryLockError::Poisoned(error)) => fields.field("data", &&**error.get_ref()),
            Err(TryLockError::WouldBlock) => fields.field("data", &"<locked>"),
        };
        fields.field("poisoned", &self.is_poisoned());
        fields.finish_non_exhaustive()
    }
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// # Safety
    ///
    /// The caller has just taken the lock, and gives it to the guard.
    #[inline]
    unsafe fn new(lock: &'a Mutex<T>) -> LockResult<Self> {
        map_result(lock.poison.guard(), |poison| MutexGuard {
            lock,
            poison,
            stays: PhantomData,
        })
    }

    /// The lock that this guard holds: `Condvar` gives it back for a while.
    pub(super) fn raw(&self) -> &'a RawMutex {
        &self.lock.raw
    }

    pub(super) fn is_poisoned(&self) -> bool {
        self.lock.is_poisoned()
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this guard holds the lock, so nobody else has a reference to the value.
        unsafe { &*self.lock.data.get() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and the guard is borrowed mutably.
        unsafe { &mut *self.lock.data.get() }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.poison.done(self.poison);
        // SAFETY: a guard holds the lock (`new`).
        unsafe { self.lock.raw.unlock() };
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
