//! `LazyLock`: a value made by its first reader.
//!
//! A [`Once`] says whether the value is there; the cell holds first the closure, then the value.
//!
//! - **Z1** Whoever has seen the `Once` completed may read the cell, shared, for as long as it
//!   borrows the lock; it holds `Value`.
//! - **Z2** Before that only the closure that runs in the `Once` touches the cell, alone (O1).

use super::once::Once;
use crate::sync_facade::const_unless_loom;
use std::cell::UnsafeCell;
use std::fmt;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};

enum Cell<T, F> {
    Closure(F),
    Value(T),
    /// The closure runs, or has panicked.
    Gone,
}

/// A value that its first reader makes, as `std::sync::LazyLock`. Reading it costs one load.
///
/// The initializer may park: tasks that come meanwhile park, too, and threads block. If it panics,
/// so does every later access. With an initializer known only later,
/// [`OnceLock`](super::OnceLock) is what you want.
///
/// # Examples
///
/// ```
/// use teem::sync::LazyLock;
///
/// static PRIMES: LazyLock<Vec<u32>> = LazyLock::new(|| {
///     (2..30).filter(|n| (2..*n).all(|d| n % d != 0)).collect()
/// });
///
/// let count = teem::run(|| PRIMES.len());
/// assert_eq!(count, 10);
/// ```
pub struct LazyLock<T, F = fn() -> T> {
    once: Once,
    cell: UnsafeCell<Cell<T, F>>,
}

// SAFETY: shared, it hands out `&T` to all (`Sync`), a `T` made by one thread is dropped by another
// (`Send`), and the closure is called by whoever comes first (`Send`), never shared. The cell is
// guarded by the `Once` (Z1, Z2).
unsafe impl<T: Sync + Send, F: Send> Sync for LazyLock<T, F> {}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    const_unless_loom! {
        /// A value that `f` will make.
        pub fn new(f: F) -> Self {
            Self {
                once: Once::new(),
                cell: UnsafeCell::new(Cell::Closure(f)),
            }
        }
    }

    /// The value, which is made if it is not there yet. What `Deref` does, spelled out.
    ///
    /// While another one makes it the task parks, a thread blocks. An initializer that comes back
    /// to its own lock waits for ever.
    ///
    /// # Panics
    ///
    /// If the closure does or did, and if it would have to wait inside
    /// [`forbid_park`](crate::task::forbid_park).
    ///
    /// # Cancellation
    ///
    /// Is not cut.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::sync::LazyLock;
    ///
    /// let lazy = LazyLock::new(|| 92);
    /// assert_eq!(LazyLock::force(&lazy), &92);
    /// assert_eq!(*lazy, 92);
    /// ```
    #[inline]
    #[track_caller]
    pub fn force(this: &Self) -> &T {
        this.once.call_once_force(|state| {
            if state.is_poisoned() {
                panic_poisoned();
            }
            // SAFETY: alone with the cell while the `Once` runs this (Z2). The borrow ends here,
            // before code of others runs.
            let taken = unsafe { mem::replace(&mut *this.cell.get(), Cell::Gone) };
            let Cell::Closure(f) = taken else {
                unreachable!("the closure is there until it has been called");
            };
            let value = f();
            // SAFETY: as above.
            unsafe { *this.cell.get() = Cell::Value(value) };
        });
        // SAFETY: `call_once_force` has seen it completed.
        unsafe { this.get_completed() }
    }

    /// The value to be changed, which is made if it is not there yet. Never waits.
    ///
    /// # Panics
    ///
    /// If the closure does or did.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::sync::LazyLock;
    ///
    /// let mut lazy = LazyLock::new(|| 92);
    /// *LazyLock::force_mut(&mut lazy) += 1;
    /// assert_eq!(*lazy, 93);
    /// ```
    #[inline]
    #[track_caller]
    pub fn force_mut(this: &mut Self) -> &mut T {
        if this.once.is_poisoned_mut() {
            panic_poisoned();
        }
        if let Cell::Closure(_) = this.cell.get_mut() {
            // What the state is if the closure panics.
            this.once.set_mut(false);
            let Cell::Closure(f) = mem::replace(this.cell.get_mut(), Cell::Gone) else {
                unreachable!("it was there a line ago");
            };
            *this.cell.get_mut() = Cell::Value(f());
            this.once.set_mut(true);
        }
        Self::get_mut(this).expect("made by now")
    }
}

impl<T, F> LazyLock<T, F> {
    /// The value to be changed, if it has been made.
    #[inline]
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        match this.cell.get_mut() {
            Cell::Value(value) => Some(value),
            Cell::Closure(_) | Cell::Gone => None,
        }
    }

    /// The value, if it has been made. Never waits, not even for one who is making it.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::sync::LazyLock;
    ///
    /// let lazy = LazyLock::new(|| 92);
    /// assert_eq!(LazyLock::get(&lazy), None);
    /// let _ = LazyLock::force(&lazy);
    /// assert_eq!(LazyLock::get(&lazy), Some(&92));
    /// ```
    #[inline]
    pub fn get(this: &Self) -> Option<&T> {
        // SAFETY: completed.
        (this.once.is_completed()).then(|| unsafe { this.get_completed() })
    }

    /// # Safety
    ///
    /// The `Once` has been seen completed.
    #[inline]
    unsafe fn get_completed(&self) -> &T {
        // SAFETY: completed by contract, so nobody writes (Z1).
        match unsafe { &*self.cell.get() } {
            Cell::Value(value) => value,
            // SAFETY: a completed one holds the value (Z1).
            _ => unsafe { std::hint::unreachable_unchecked() },
        }
    }
}

#[cold]
#[track_caller]
fn panic_poisoned() -> ! {
    panic!("LazyLock instance has previously been poisoned");
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    /// As [`force`](Self::force).
    #[inline]
    #[track_caller]
    fn deref(&self) -> &T {
        Self::force(self)
    }
}

impl<T, F: FnOnce() -> T> DerefMut for LazyLock<T, F> {
    /// As [`force_mut`](Self::force_mut).
    #[inline]
    #[track_caller]
    fn deref_mut(&mut self) -> &mut T {
        Self::force_mut(self)
    }
}

impl<T: Default> Default for LazyLock<T> {
    /// A value that `T::default` will make.
    fn default() -> Self {
        Self::new(T::default)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_tuple("LazyLock");
        match Self::get(self) {
            Some(value) => tuple.field(value),
            None => tuple.field(&format_args!("<uninit>")),
        };
        tuple.finish()
    }
}

// As std's: a closure that panicked leaves a poisoned lock, not a broken value.
impl<T: RefUnwindSafe + UnwindSafe, F: UnwindSafe> RefUnwindSafe for LazyLock<T, F> {}
impl<T: UnwindSafe, F: UnwindSafe> UnwindSafe for LazyLock<T, F> {}
