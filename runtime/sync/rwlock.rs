//! [`RwLock`]: std's, parking the task instead of blocking the thread.
//!
//! The lock itself is `raw/rwlock.rs`; here is what it guards, and who has poisoned it.

use super::poison::{self, Flag, map_result};
use super::raw::RawRwLock;
use crate::sync_facade::const_unless_loom;
use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};

/// A value that many may read, or one may write, at a time, as [`std::sync::RwLock`].
///
/// In a task `read` and `write` park the task, and the guards may be kept over anything that parks;
/// outside of a task they block the thread. A [`Mutex`](super::Mutex) is the better choice where the lock is held
/// briefly: readers exchange the same word, too.
///
/// # Fairness
///
/// Those who wait are served in the order in which they came, readers that stand together at once.
/// While anybody waits, new readers wait behind. So neither side starves the other, and a task that
/// reads already and calls `read` again may wait for ever, as with std's.
///
/// # Poisoning
///
/// As in std: a panic while a guard for writing is alive poisons the lock, one while reading does not.
/// See [`Mutex`](super::Mutex) for tasks that park while they unwind.
///
/// # Examples
///
/// ```
/// use teem::sync::RwLock;
///
/// let config = RwLock::new("first".to_owned());
/// {
///     let (one, another) = (config.read().unwrap(), config.read().unwrap());
///     assert_eq!(*one, *another);
/// }
/// *config.write().unwrap() = "second".to_owned();
/// assert_eq!(*config.read().unwrap(), "second");
/// ```
pub struct RwLock<T: ?Sized> {
    raw: RawRwLock,
    poison: Flag,
    data: UnsafeCell<T>,
}

// SAFETY: the value goes with the lock. It is not used by anybody else meanwhile, for moving it
// takes the lock by value.
unsafe impl<T: ?Sized + Send> Send for RwLock<T> {}
// SAFETY: a shared lock lends its value to one writer at a time, on whichever thread (so `Send`), or
// to readers on several (so `Sync`); `RawRwLock` sees to it.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLock<T> {}

// What a panic leaves behind is marked by the poison, as in std.
impl<T: ?Sized> std::panic::UnwindSafe for RwLock<T> {}
impl<T: ?Sized> std::panic::RefUnwindSafe for RwLock<T> {}

/// The right to read what a [`RwLock`] guards; given back when it is dropped.
#[must_use = "if unused the RwLock will immediately unlock"]
#[clippy::has_significant_drop]
pub struct RwLockReadGuard<'rwlock, T: ?Sized + 'rwlock> {
    /// A pointer, so that the guard is covariant in `T`, and because a reference would be alive
    /// until the end of `drop`, after the lock is given up.
    data: NonNull<T>,
    raw: &'rwlock RawRwLock,
}

// SAFETY: a shared guard gives out `&T` only.
unsafe impl<T: ?Sized + Sync> Sync for RwLockReadGuard<'_, T> {}

/// The right to read and write what a [`RwLock`] guards; given back when it is dropped.
#[must_use = "if unused the RwLock will immediately unlock"]
#[clippy::has_significant_drop]
pub struct RwLockWriteGuard<'rwlock, T: ?Sized + 'rwlock> {
    lock: &'rwlock RwLock<T>,
    poison: poison::Guard,
    /// Not `Send`, as std's is not.
    stays: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives out `&T` only.
unsafe impl<T: ?Sized + Sync> Sync for RwLockWriteGuard<'_, T> {}

impl<T> RwLock<T> {
    const_unless_loom! {
        /// Creates a lock that is free.
        #[inline]
        pub fn new(t: T) -> RwLock<T> {
            RwLock {
                raw: RawRwLock::new(),
                poison: Flag::new(),
                data: UnsafeCell::new(t),
            }
        }
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Takes the lock for reading, parking the task (outside of a task: blocking the thread) while
    /// somebody writes or somebody else waits.
    ///
    /// # Errors
    ///
    /// If the lock is poisoned. It is then taken all the same, and the error has the guard.
    ///
    /// # Panics
    ///
    /// If it has to wait inside [`forbid_park`](crate::task::forbid_park), and if there are as
    /// many readers as can be counted.
    ///
    /// # Cancellation
    ///
    /// Not cut by it: waits in a cancelled task as ever.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::sync::RwLock;
    ///
    /// let lock = RwLock::new(1);
    /// let sum = teem::scope(|s| {
    ///     let readers = [(); 2].map(|()| s.spawn(|| *lock.read().unwrap()));
    ///     readers.map(|reader| reader.join().unwrap()).iter().sum::<i32>()
    /// });
    /// assert_eq!(sum, 2);
    /// ```
    #[inline]
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        self.raw.read();
        // SAFETY: locked just now.
        unsafe { RwLockReadGuard::new(self) }
    }

    /// Takes the lock for reading if nobody writes and nobody waits; never parks.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if it cannot be had, `Poisoned` with the guard if it was taken and is poisoned.
    #[inline]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        if self.raw.try_read() {
            // SAFETY: locked just now.
            Ok(unsafe { RwLockReadGuard::new(self) }?)
        } else {
            Err(TryLockError::WouldBlock)
        }
    }

    /// Takes the lock for writing, parking the task (outside of a task: blocking the thread) until
    /// it is free.
    ///
    /// # Errors
    ///
    /// If the lock is poisoned. It is then taken all the same, and the error has the guard.
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
    /// use teem::sync::RwLock;
    ///
    /// let lock = RwLock::new(Vec::new());
    /// lock.write().unwrap().push(1);
    /// assert_eq!(lock.read().unwrap().len(), 1);
    /// ```
    #[inline]
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        self.raw.write();
        // SAFETY: locked just now.
        unsafe { RwLockWriteGuard::new(self) }
    }

    /// Takes the lock for writing if it is free; never parks.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if it is held, `Poisoned` with the guard if it was taken and is poisoned.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::sync::RwLock;
    ///
    /// let lock = RwLock::new(());
    /// let guard = lock.try_read().unwrap();
    /// assert!(lock.try_read().is_ok());
    /// assert!(lock.try_write().is_err());
    /// drop(guard);
    /// assert!(lock.try_write().is_ok());
    /// ```
    #[inline]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        if self.raw.try_write() {
            // SAFETY: locked just now.
            Ok(unsafe { RwLockWriteGuard::new(self) }?)
        } else {
            Err(TryLockError::WouldBlock)
        }
    }

    /// Whether the lock is poisoned. If the caller does not hold it, that may change at any time.
    #[inline]
    pub fn is_poisoned(&self) -> bool {
        self.poison.get()
    }

    /// Declares what the lock guards to be in order again.
    #[inline]
    pub fn clear_poison(&self) {
        self.poison.clear();
    }

    /// Takes the lock apart.
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

    /// What the lock guards. Nobody else can have it, so nothing is locked.
    ///
    /// # Errors
    ///
    /// If it is poisoned; the error has the reference.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.poison.check(self.data.get_mut())
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(t: T) -> Self {
        RwLock::new(t)
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> RwLock<T> {
        RwLock::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("RwLock");
        match self.try_read() {
            Ok(guard) => fields.field("data", &&*guard),
            Err(TryLockError::Poisoned(error)) => fields.field("data", &&**error.get_ref()),
            Err(TryLockError::WouldBlock) => fields.field("data", &format_args!("<locked>")),
        };
        fields.field("poisoned", &self.is_poisoned());
        fields.finish_non_exhaustive()
    }
}

impl<'rwlock, T: ?Sized> RwLockReadGuard<'rwlock, T> {
    /// # Safety
    ///
    /// The caller has just taken the lock for reading, and gives it to the guard.
    #[inline]
    unsafe fn new(lock: &'rwlock RwLock<T>) -> LockResult<Self> {
        // SAFETY: the address of a field.
        let data = unsafe { NonNull::new_unchecked(lock.data.get()) };
        let raw = &lock.raw;
        lock.poison.check(RwLockReadGuard { data, raw })
    }
}

impl<'rwlock, T: ?Sized> RwLockWriteGuard<'rwlock, T> {
    /// # Safety
    ///
    /// The caller has just taken the lock for writing, and gives it to the guard.
    #[inline]
    unsafe fn new(lock: &'rwlock RwLock<T>) -> LockResult<Self> {
        map_result(lock.poison.guard(), |poison| RwLockWriteGuard {
            lock,
            poison,
            stays: PhantomData,
        })
    }

    /// Goes on with the right to read only; nobody writes in between. Lets in other readers that
    /// wait, unless a writer waits before them. Never parks.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::sync::{RwLock, RwLockWriteGuard};
    ///
    /// let lock = RwLock::new(0);
    /// let mut writing = lock.write().unwrap();
    /// *writing = 1;
    /// let reading = RwLockWriteGuard::downgrade(writing);
    /// assert_eq!(*reading, *lock.read().unwrap());
    /// ```
    pub fn downgrade(s: Self) -> RwLockReadGuard<'rwlock, T> {
        let lock = s.lock;
        mem::forget(s);
        // SAFETY: the guard held the lock for writing, and its end was forgotten.
        unsafe { lock.raw.downgrade() };
        // SAFETY: which has made it a lock for reading.
        unsafe { RwLockReadGuard::new(lock) }.unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this guard holds the lock for reading, so nobody writes; the lock outlives it.
        unsafe { self.data.as_ref() }
    }
}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this guard holds the lock for writing, so nobody else has a reference.
        unsafe { &*self.lock.data.get() }
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and the guard is borrowed mutably.
        unsafe { &mut *self.lock.data.get() }
    }
}

impl<T: ?Sized> Drop for RwLockReadGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: a guard holds the lock (`new`).
        unsafe { self.raw.read_unlock() };
    }
}

impl<T: ?Sized> Drop for RwLockWriteGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.poison.done(self.poison);
        // SAFETY: a guard holds the lock (`new`).
        unsafe { self.lock.raw.write_unlock() };
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
