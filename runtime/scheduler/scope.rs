//! Scopes: tasks that may borrow from the frame that waits for them.

use super::spawn::{Builder, Request, accepted, spawn_on, with_core};
use super::{JoinHandle, Task, park};
use crate::task::{Accepts, Family};
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Where the closure of [`scope`] spawns its children.
#[derive(Debug)]
pub struct Scope<'scope, 'env: 'scope> {
    family: Family,
    // Invariant in both lifetimes, as std's: neither may be shrunk or grown by a child.
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// Runs `f`, which may spawn tasks that borrow from outside of it, and waits for all of them, as
/// `std::thread::scope` does. In a task it parks, in a thread it blocks.
///
/// # Panics
///
/// If `f` does, with the same payload, after the children have ended; or if a child did whose handle
/// was dropped without being joined. A handle that is forgotten keeps the panic to itself.
///
/// # Cancellation
///
/// Is not cut: it waits for the children.
///
/// # Examples
///
/// ```
/// let words = ["a", "few", "words"];
/// let lengths = teem::scope(|s| {
///     let tasks = words.map(|word| s.spawn(move || word.len()));
///     tasks.map(|task| task.join().unwrap())
/// });
/// assert_eq!(lengths, [1, 3, 5]);
/// ```
///
/// What a child borrows must outlive the scope:
///
/// ```compile_fail,E0373
/// teem::scope(|s| {
///     let inside = String::new();
///     s.spawn(|| inside.len());
/// });
/// ```
///
/// What it returns cannot be kept for later in a handle that leaves the scope:
///
/// ```compile_fail
/// let handle = teem::scope(|s| s.spawn(|| 7));
/// ```
///
/// And it is `Send`:
///
/// ```compile_fail,E0277
/// let local = std::rc::Rc::new(7);
/// teem::scope(|s| drop(s.spawn(|| *local)));
/// ```
#[track_caller]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    // SAFETY: `run` is called right here, once, and nobody has the scope before.
    let scope = unsafe { Scope::new() };
    match scope.run(|| f(&scope)) {
        Err(payload) => resume_unwind(payload),
        Ok(_) if scope.family.has_panicked() => panic!("a scoped task panicked"),
        Ok(value) => value,
    }
}

impl<'scope> Scope<'scope, '_> {
    /// A scope in the caller's frame.
    ///
    /// # Safety
    ///
    /// [`run`](Self::run) is called once, and the scope stays until it returns. Children are spawned by its
    /// closure or by each other, and nowhere else.
    pub(crate) unsafe fn new() -> Self {
        Self {
            family: Family::new(),
            scope: PhantomData,
            env: PhantomData,
        }
    }

    /// Runs `f`, which spawns the children, and waits for all of them, even if it panics.
    ///
    /// # Panics
    ///
    /// Inside `forbid_park`, before `f` is called.
    #[track_caller]
    pub(crate) fn run<T>(&self, f: impl FnOnce() -> T) -> std::thread::Result<T> {
        park::may_park();
        let result = catch_unwind(AssertUnwindSafe(f));
        // Now, as a coroutine of another library may have brought the closure to its end in another task.
        let waiter = park::waiter();
        if self.family.await_all(&waiter) {
            park::wait(&waiter, None, Accepts::Nothing);
        }
        result
    }

    /// Spawns a child: as [`spawn`](crate::spawn), but it may borrow what outlives the scope, and
    /// inherits the caller's whole context.
    ///
    /// # Panics
    ///
    /// As [`spawn`](crate::spawn).
    #[track_caller]
    pub fn spawn<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let mut request = Request::awaited();
        request.family = &raw const self.family;
        accepted(with_core(|core| {
            // SAFETY: `Send` by the bounds. `scope` does not return before the family has ended, and
            // this child is counted in it until closure and result are gone but for the handle's
            // share (F1), which `'scope` bounds.
            self.count(|| unsafe { spawn_on(core, request, f) })
        }))
    }

    /// [`spawn`](Self::spawn) of a child that `builder` describes.
    ///
    /// # Errors
    ///
    /// As [`Builder::spawn`]; then there is no child.
    #[track_caller]
    pub(crate) fn spawn_with<F, T>(
        &'scope self,
        builder: Builder,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        // SAFETY: as in `spawn`.
        self.count(|| unsafe { builder.spawn_unchecked(&raw const self.family, f) })
    }

    /// Counts a child, which `spawn` spawns; not, if that fails or panics.
    #[track_caller]
    fn count<T, E>(
        &'scope self,
        spawn: impl FnOnce() -> Result<JoinHandle<T>, E>,
    ) -> Result<ScopedJoinHandle<'scope, T>, E> {
        /// A child that does not exist.
        struct Unborn<'a>(&'a Family);
        impl Drop for Unborn<'_> {
            fn drop(&mut self) {
                // SAFETY: counted below. The owner has not counted itself down yet or another child runs this, so
                // nobody is claimed.
                park::settle(unsafe { Family::leave(self.0) });
            }
        }

        self.family.add();
        let unborn = Unborn(&self.family);
        let handle = spawn()?;
        mem::forget(unborn);
        Ok(ScopedJoinHandle {
            handle: ManuallyDrop::new(handle),
            family: &self.family,
        })
    }
}

/// Owns the result of a scope's child. Dropping it leaves the child to the scope.
pub struct ScopedJoinHandle<'scope, T> {
    handle: ManuallyDrop<JoinHandle<T>>,
    family: &'scope Family,
}

impl<T> ScopedJoinHandle<'_, T> {
    /// Waits for the child, see [`JoinHandle::join`].
    ///
    /// # Errors
    ///
    /// The payload of the panic that ended the child.
    ///
    /// # Panics
    ///
    /// Inside [`forbid_park`](crate::task::forbid_park); then the child is left to the scope.
    #[track_caller]
    pub fn join(self) -> std::thread::Result<T> {
        // Made before the handle is taken: if it panics, the handle is dropped as one of a scope.
        let waiter = park::waiter();
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is not dropped, so the handle is taken once.
        unsafe { ManuallyDrop::take(&mut this.handle) }.join_with(&waiter)
    }

    /// Whether [`join`](Self::join) would return at once.
    pub fn is_finished(&self) -> bool {
        self.handle.is_finished()
    }

    /// The task.
    pub fn task(&self) -> Task {
        self.handle.task()
    }

    /// Cancels the child, see [`JoinHandle::cancel`].
    pub fn cancel(&self) {
        self.handle.cancel();
    }
}

impl<T> Drop for ScopedJoinHandle<'_, T> {
    fn drop(&mut self) {
        if self.handle.detach() {
            self.family.mark_panicked();
        }
        // SAFETY: dropped once, here; `detach` has given up the result, so only the reference to
        // the task goes.
        drop(unsafe { std::ptr::read(&self.handle.task) });
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handle.fmt(f)
    }
}
