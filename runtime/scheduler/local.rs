//! What can be done with a task-local value; `task/local.rs` says where it stands.
//!
//! The functions are those of `std::thread::LocalKey`. A closure that has the value may park: no other
//! task gets at it meanwhile.

use super::current;
use crate::task::{AccessError, LocalKey, Locals};
use std::cell::{Cell, RefCell};

/// Runs `f` with the values of whoever runs on this thread.
fn with_locals<R>(f: impl FnOnce(&Locals) -> R) -> R {
    match current::running() {
        Some((_, task)) => f(&task.locals),
        None => current::with_own_locals(f),
    }
}

#[cold]
#[track_caller]
fn destroyed() -> ! {
    panic!("{AccessError}")
}

impl<T: 'static> LocalKey<T> {
    /// Runs `f` with the task's value, which is made first if it was not used before. On an OS thread
    /// with the thread's.
    ///
    /// # Panics
    ///
    /// If the value has been destroyed, or is being: see [`try_with`](Self::try_with).
    #[track_caller]
    pub fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        match self.try_with(f) {
            Ok(result) => result,
            Err(_) => destroyed(),
        }
    }

    /// [`with`](Self::with), for destructors: when a task ends its values are destroyed one after the
    /// other, and one of them may want to use another.
    ///
    /// # Errors
    ///
    /// If the value has been destroyed, or is being.
    ///
    /// # Examples
    ///
    /// ```
    /// struct Session;
    ///
    /// impl Drop for Session {
    ///     fn drop(&mut self) {
    ///         assert!(SESSION.try_with(|_| ()).is_err(), "this is the value");
    ///     }
    /// }
    ///
    /// teem::task_local!(static SESSION: Session = Session);
    ///
    /// assert!(teem::run(|| SESSION.try_with(|_| ()).is_ok()));
    /// ```
    pub fn try_with<R>(&'static self, f: impl FnOnce(&T) -> R) -> Result<R, AccessError> {
        with_locals(|locals| locals.with(self, self.init, f))
    }

    /// Gives the value to `keep`, or has it made of `value`, without the key's own initializer.
    #[track_caller]
    fn put<V>(&'static self, value: V, make: impl FnOnce(V) -> T, keep: impl FnOnce(&T, V)) {
        let value = Cell::new(Some(value));
        let init = || make(value.take().expect("made once"));
        let put = |place: &T| {
            if let Some(value) = value.take() {
                keep(place, value);
            }
        };
        if with_locals(|locals| locals.with(self, init, put)).is_err() {
            destroyed();
        }
    }
}

impl<T: 'static> LocalKey<Cell<T>> {
    /// Sets the value. If it was not used before, it is this from the start: the initializer is not run.
    ///
    /// # Panics
    ///
    /// As [`with`](Self::with); as do the others.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::Cell;
    ///
    /// teem::task_local!(static DEPTH: Cell<u32> = panic!("set first"));
    ///
    /// DEPTH.set(1);
    /// teem::run(|| DEPTH.set(2));
    /// assert_eq!(DEPTH.get(), 1);
    /// ```
    #[track_caller]
    pub fn set(&'static self, value: T) {
        self.put(value, Cell::new, Cell::set);
    }

    /// A copy of the value.
    #[track_caller]
    pub fn get(&'static self) -> T
    where
        T: Copy,
    {
        self.with(Cell::get)
    }

    /// Takes the value and leaves the default in its place.
    #[track_caller]
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(Cell::take)
    }

    /// Sets the value and returns the one before.
    #[track_caller]
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> LocalKey<RefCell<T>> {
    /// Runs `f` with the value.
    ///
    /// # Panics
    ///
    /// If it is borrowed mutably; and as [`with`](Self::with). As do the others.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::cell::RefCell;
    ///
    /// teem::task_local!(static TRAIL: RefCell<Vec<u32>> = RefCell::default());
    ///
    /// let length = teem::run(|| {
    ///     TRAIL.with_borrow_mut(|trail| trail.extend([1, 2, 3]));
    ///     TRAIL.with_borrow(Vec::len)
    /// });
    /// assert_eq!(length, 3);
    /// ```
    #[track_caller]
    pub fn with_borrow<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        self.with(|cell| f(&cell.borrow()))
    }

    /// Runs `f` with the value, to change it.
    ///
    /// # Panics
    ///
    /// If it is borrowed.
    #[track_caller]
    pub fn with_borrow_mut<R>(&'static self, f: impl FnOnce(&mut T) -> R) -> R {
        self.with(|cell| f(&mut cell.borrow_mut()))
    }

    /// Sets the value. If it was not used before, it is this from the start: the initializer is not run.
    ///
    /// # Panics
    ///
    /// If it is borrowed.
    #[track_caller]
    pub fn set(&'static self, value: T) {
        self.put(value, RefCell::new, |cell, value| {
            *cell.borrow_mut() = value;
        });
    }

    /// Takes the value and leaves the default in its place.
    ///
    /// # Panics
    ///
    /// If it is borrowed.
    #[track_caller]
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(RefCell::take)
    }

    /// Sets the value and returns the one before.
    ///
    /// # Panics
    ///
    /// If it is borrowed.
    #[track_caller]
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}
