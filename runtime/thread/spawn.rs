//! Spawning as std spells it.

use super::{Scope, ScopedJoinHandle, Thread};
use std::fmt;
use std::io;
use std::ptr;

/// Spawns a task; see [`teem::spawn`](crate::spawn).
///
/// # Panics
///
/// As [`teem::spawn`](crate::spawn).
///
/// # Examples
///
/// ```
/// use teem::thread;
///
/// let handle = thread::spawn(|| 6 * 7);
/// assert_eq!(handle.join().unwrap(), 42);
/// ```
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    JoinHandle::new(crate::spawn(f))
}

/// The right to wait for a task and take its result. Dropping it lets the task run on.
pub struct JoinHandle<T> {
    task: crate::JoinHandle<T>,
    thread: Thread,
}

// SAFETY: as std's, whatever `T` is: all that make one of these (`spawn`, `Builder`) ask for a `T`
// that is `Send`, and the handle only moves it out.
unsafe impl<T> Send for JoinHandle<T> {}
// SAFETY: as above, and a shared handle gives access to no `T`.
unsafe impl<T> Sync for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    fn new(task: crate::JoinHandle<T>) -> Self {
        let thread = Thread::of(task.task());
        Self { task, thread }
    }

    /// The task.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// Waits until the task is finished and returns its result: parks a task, blocks a thread.
    ///
    /// # Errors
    ///
    /// The payload of the panic that ended it; see [`teem::JoinHandle::join`](crate::JoinHandle::join).
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
impl<T> Unpin for JoinHandle<T> {}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").finish_non_exhaustive()
    }
}

/// Spawns tasks with a name or a stack of another size.
///
/// # Examples
///
/// ```
/// use teem::thread;
///
/// let builder = thread::Builder::new().name("indexer".into()).stack_size(1 << 20);
/// let handle = builder.spawn(|| thread::current().name().map(str::to_owned))?;
/// assert_eq!(handle.join().unwrap().as_deref(), Some("indexer"));
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
#[must_use = "must eventually spawn the thread"]
pub struct Builder(crate::task::Builder);

impl Builder {
    /// A builder of tasks like those of [`spawn`].
    #[expect(
        clippy::new_without_default,
        reason = "std's has no Default, and a program may give it one of its own name"
    )]
    pub fn new() -> Self {
        Self(crate::task::Builder::new())
    }

    /// Names the task: for reports, and for [`Thread::name`].
    pub fn name(self, name: String) -> Self {
        Self(self.0.name(name))
    }

    /// Asks for a stack of at least `size` bytes; see
    /// [`task::Builder::stack_size`](crate::task::Builder::stack_size).
    pub fn stack_size(self, size: usize) -> Self {
        Self(self.0.stack_size(size))
    }

    /// Spawns the task.
    ///
    /// # Errors
    ///
    /// See [`task::Builder::spawn`](crate::task::Builder::spawn).
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.0.spawn(f).map(JoinHandle::new)
    }

    /// [`spawn`](Self::spawn) of a closure that borrows, for whoever knows that it does not outlive
    /// what it borrows.
    ///
    /// # Safety
    ///
    /// What `f` and its result borrow stays alive until the task has been joined.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn).
    ///
    /// # Examples
    ///
    /// ```
    /// let word = String::from("borrowed");
    /// let builder = teem::thread::Builder::new();
    /// // SAFETY: joined before `word` goes.
    /// let handle = unsafe { builder.spawn_unchecked(|| word.len()) }?;
    /// assert_eq!(handle.join().unwrap(), 8);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub unsafe fn spawn_unchecked<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send,
        T: Send,
    {
        // SAFETY: `Send` by the bounds; the rest is this function's contract. There is no family.
        let spawned = unsafe { self.0.spawn_unchecked(ptr::null(), f) };
        spawned.map(JoinHandle::new)
    }

    /// Spawns a child of `scope`.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn).
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::thread;
    ///
    /// let words = ["a", "few"];
    /// let total = thread::scope(|s| {
    ///     let builder = thread::Builder::new().name("counter".into());
    ///     let child = builder.spawn_scoped(s, || words.concat().len()).unwrap();
    ///     child.join().unwrap()
    /// });
    /// assert_eq!(total, 4);
    /// ```
    #[track_caller]
    pub fn spawn_scoped<'scope, 'env, F, T>(
        self,
        scope: &'scope Scope<'scope, 'env>,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        scope.spawn_with(self.0, f)
    }
}
