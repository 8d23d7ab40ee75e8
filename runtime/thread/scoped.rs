//! Scopes as std spells them.

use super::Thread;
use std::fmt;
use std::io;
use std::ptr;

/// Where the closure of [`scope`] spawns its children.
#[derive(Debug)]
#[repr(transparent)]
pub struct Scope<'scope, 'env: 'scope>(crate::Scope<'scope, 'env>);

/// Runs `f`, which may spawn tasks that borrow from outside of it, and waits for all of them; see
/// [`teem::scope`](crate::scope).
///
/// # Panics
///
/// If `f` does, or a child whose handle was dropped without being joined; after the children have
/// ended.
///
/// # Cancellation
///
/// Is not cut.
///
/// # Examples
///
/// ```
/// use teem::thread;
///
/// let mut counts = [0; 3];
/// thread::scope(|s| {
///     for (n, count) in counts.iter_mut().enumerate() {
///         s.spawn(move || *count = n);
///     }
/// });
/// assert_eq!(counts, [0, 1, 2]);
/// ```
#[track_caller]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    crate::scope(|inner| {
        // SAFETY: `Scope` is `inner`'s type and nothing else (`repr(transparent)`).
        f(unsafe { &*ptr::from_ref(inner).cast() })
    })
}

impl<'scope> Scope<'scope, '_> {
    /// Spawns a child, which may borrow what outlives the scope.
    ///
    /// # Panics
    ///
    /// As [`spawn`](super::spawn).
    #[track_caller]
    pub fn spawn<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        ScopedJoinHandle::new(self.0.spawn(f))
    }

    #[track_caller]
    pub(super) fn spawn_with<F, T>(
        &'scope self,
        builder: crate::task::Builder,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        self.0.spawn_with(builder, f).map(ScopedJoinHandle::new)
    }
}

/// The right to wait for a scope's child and take its result. Dropping it leaves the child to the
/// scope.
pub struct ScopedJoinHandle<'scope, T> {
    task: crate::ScopedJoinHandle<'scope, T>,
    thread: Thread,
}

impl<'scope, T> ScopedJoinHandle<'scope, T> {
    fn new(task: crate::ScopedJoinHandle<'scope, T>) -> Self {
        let thread = Thread::of(task.task());
        Self { task, thread }
    }

    /// The child.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// Waits until the child is finished and returns its result.
    ///
    /// # Errors
    ///
    /// The payload of the panic that ended it.
    ///
    /// # Panics
    ///
    /// Inside [`forbid_park`](crate::task::forbid_park).
    ///
    /// # Cancellation
    ///
    /// Is not cut.
    #[track_caller]
    pub fn join(self) -> super::Result<T> {
        self.task.join()
    }

    /// Whether [`join`](Self::join) would return at once.
    pub fn is_finished(&self) -> bool {
        self.task.is_finished()
    }
}

// The result is not in the handle.
impl<T> Unpin for ScopedJoinHandle<'_, T> {}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJoinHandle").finish_non_exhaustive()
    }
}
