//! `OnceLock`: a place that is written once and read by everybody after.
//!
//! A [`Once`] says whether the value is there. Only its closure writes the slot, so:
//!
//! - **L1** Whoever has seen the `Once` completed may read the slot, shared, for as long as it
//!   borrows the lock; it holds `Some`.
//! - **L2** Before that only the closure that runs in the `Once` touches the slot, alone (O1).
//!
//! The slot is an `Option` although the `Once` knows the same: so it drops itself, and the compiler
//! knows that it does so without looking at what a value borrows.

use super::once::Once;
use crate::sync_facade::const_unless_loom;
use std::cell::UnsafeCell;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

/// A value that is set once, as `std::sync::OnceLock`.
///
/// Reading it costs one load. With the initializer known where it is declared,
/// [`LazyLock`](super::LazyLock) is shorter.
///
/// # Examples
///
/// ```
/// use teem::sync::OnceLock;
///
/// static CONFIG: OnceLock<String> = OnceLock::new();
///
/// let first = teem::run(|| CONFIG.get_or_init(|| "read by the first who asks".to_owned()));
/// assert_eq!(CONFIG.get(), Some(first));
/// ```
pub struct OnceLock<T> {
    once: Once,
    slot: UnsafeCell<Option<T>>,
}

// SAFETY: shared, it hands out `&T` to all (`Sync`), and one thread may put in what another drops
// (`Send`). The slot is guarded by the `Once` (L1, L2).
unsafe impl<T: Sync + Send> Sync for OnceLock<T> {}
// SAFETY: it owns a `T` and nothing else that is bound to a thread.
unsafe impl<T: Send> Send for OnceLock<T> {}

impl<T> OnceLock<T> {
    const_unless_loom! {
        /// An empty one.
        #[must_use]
        pub fn new() -> Self {
            Self {
                once: Once::new(),
                slot: UnsafeCell::new(None),
            }
        }
    }

    /// The value, if it has been set. Never waits, not even for one who is setting it.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        if !self.once.is_completed() {
            return None;
        }
        // SAFETY: completed (L1).
        unsafe { (*self.slot.get()).as_ref() }
    }

    /// The value, if it has been set, to be changed.
    #[inline]
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.slot.get_mut().as_mut()
    }

    /// Waits for the value: the task parks, a thread blocks, until somebody has set it.
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
    /// let answer = teem::sync::OnceLock::new();
    /// teem::scope(|s| {
    ///     s.spawn(|| assert_eq!(*answer.wait(), 42));
    ///     s.spawn(|| answer.set(42).unwrap());
    /// });
    /// ```
    #[inline]
    #[track_caller]
    pub fn wait(&self) -> &T {
        self.once.wait_force();
        // SAFETY: the wait has seen it completed.
        unsafe { self.get_completed() }
    }

    /// Sets the value, unless there is one. Waits, as [`get_or_init`](Self::get_or_init) does, for
    /// somebody who is setting one.
    ///
    /// # Errors
    ///
    /// `value` comes back if there was one already.
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
    /// let cell = teem::sync::OnceLock::new();
    /// assert_eq!(cell.set(1), Ok(()));
    /// assert_eq!(cell.set(2), Err(2));
    /// assert_eq!(cell.get(), Some(&1));
    /// ```
    #[inline]
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        self.get_or_init(|| value.take().expect("called once"));
        value.map_or(Ok(()), Err)
    }

    /// The value; if there is none, `f` makes it. Whoever comes meanwhile waits: a task parks, a
    /// thread blocks. If `f` panics the lock stays empty and the next one tries.
    ///
    /// An `f` that comes back to its own lock waits for ever.
    ///
    /// # Panics
    ///
    /// If `f` does, and if it would have to wait inside [`forbid_park`](crate::task::forbid_park).
    ///
    /// # Cancellation
    ///
    /// Is not cut.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = teem::sync::OnceLock::new();
    /// assert_eq!(*cell.get_or_init(|| 1), 1);
    /// assert_eq!(*cell.get_or_init(|| 2), 1);
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_or_init<F>(&self, f: F) -> &T
    where
        F: FnOnce() -> T,
    {
        self.once.call_once_force(|_| {
            let value = f();
            // SAFETY: alone with the slot while the `Once` runs this (L2).
            unsafe { *self.slot.get() = Some(value) };
        });
        // SAFETY: `call_once_force` has seen it completed.
        unsafe { self.get_completed() }
    }

    /// The value, if there is one, without the lock.
    #[inline]
    pub fn into_inner(self) -> Option<T> {
        self.slot.into_inner()
    }

    /// Takes the value out and leaves the lock empty, to be set again.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut cell = teem::sync::OnceLock::from(7);
    /// assert_eq!(cell.take(), Some(7));
    /// assert_eq!(cell.get(), None);
    /// assert_eq!(cell.set(8), Ok(()));
    /// ```
    #[inline]
    pub fn take(&mut self) -> Option<T> {
        std::mem::take(self).into_inner()
    }

    /// # Safety
    ///
    /// The `Once` has been seen completed.
    #[inline]
    unsafe fn get_completed(&self) -> &T {
        // SAFETY: completed by contract, so it is there and nobody writes (L1).
        unsafe { (*self.slot.get()).as_ref().unwrap_unchecked() }
    }
}

// As std's: a closure that panicked leaves an empty lock, not a broken value.
impl<T: RefUnwindSafe + UnwindSafe> RefUnwindSafe for OnceLock<T> {}
impl<T: UnwindSafe> UnwindSafe for OnceLock<T> {}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_tuple("OnceLock");
        match self.get() {
            Some(value) => tuple.field(value),
            None => tuple.field(&format_args!("<uninit>")),
        };
        tuple.finish()
    }
}

impl<T: Clone> Clone for OnceLock<T> {
    fn clone(&self) -> Self {
        self.get().cloned().map_or_else(Self::new, Self::from)
    }
}

impl<T> From<T> for OnceLock<T> {
    fn from(value: T) -> Self {
        Self {
            once: Once::completed(),
            slot: UnsafeCell::new(Some(value)),
        }
    }
}

impl<T: PartialEq> PartialEq for OnceLock<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceLock<T> {}
