//! What a spawn gives back: the right to a task's result, and the task's name.

use super::{current, park};
use crate::task::{Accepts, Header, Polled, TaskRef, Waiter};
use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::ptr;
use std::task::{Context, Poll};

/// Owns a task's result, as `std::thread::JoinHandle` does a thread's.
///
/// Dropping it detaches the task, which runs on.
///
/// It is also a future, for executors of other libraries: what [`join`](Self::join) returns is its
/// output.
pub struct JoinHandle<T> {
    pub(super) task: TaskRef,
    polled: Polled,
    result: PhantomData<T>,
}

// SAFETY: the handle is a right to the result, which may move to another thread if `T` may; the waiter
// of a poll is reached through `&mut` alone.
unsafe impl<T: Send> Send for JoinHandle<T> {}
// SAFETY: a shared handle gives access to no `T`, and to no waiter.
unsafe impl<T: Send> Sync for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// The handle of a task whose closure returns a `T`, for which there is no other.
    pub(super) fn new(task: TaskRef) -> Self {
        Self {
            task,
            polled: Polled::new(),
            result: PhantomData,
        }
    }

    /// Waits until the task is finished and returns its result; a panic of the task is the error,
    /// as in `std`.
    ///
    /// # Errors
    ///
    /// The payload of the panic that ended the task; or an [`io::Error`](std::io::Error) in a box, if the system
    /// had no memory for its stack, in which case it never ran.
    ///
    /// # Panics
    ///
    /// Inside [`forbid_park`](crate::task::forbid_park). And if the result has been had already, as a
    /// future's.
    ///
    /// # Cancellation
    ///
    /// Is not cut.
    #[track_caller]
    pub fn join(self) -> std::thread::Result<T> {
        let waiter = park::waiter();
        self.join_with(&waiter)
    }

    #[track_caller]
    pub(super) fn join_with(mut self, waiter: &Waiter) -> std::thread::Result<T> {
        drop(self.polled.withdraw(&self.task.join));
        if self.task.join.wait(waiter) {
            park::wait(waiter, None, Accepts::Nothing);
        }
        // SAFETY: complete; this is its handle, of its type.
        let result = unsafe { Header::take(self.task.header()) };
        let this = ManuallyDrop::new(self);
        // SAFETY: the reference of the handle, which is not dropped otherwise. Nothing else is left in it.
        let task = unsafe { ptr::read(&this.task) };
        match current::worker() {
            Some(worker) => task.release(&worker.magazines),
            None => drop(task),
        }
        result
    }

    /// Whether [`join`](Self::join) would return at once.
    pub fn is_finished(&self) -> bool {
        self.task.join.is_done()
    }

    /// The task.
    pub fn task(&self) -> Task {
        Task(self.task.clone())
    }

    /// Cancels the task's own [context](crate::context): every fallible blocking call in it fails
    /// from now on, beginning with the one it is parked in. A task that has not started yet still
    /// runs, with all such calls failing at once. Returns without waiting for it.
    pub fn cancel(&self) {
        self.task.ambient.cancel(&mut park::settle);
    }

    /// The result, if the task is finished.
    ///
    /// # Panics
    ///
    /// If it was taken before.
    pub(crate) fn take_result(&mut self) -> Option<std::thread::Result<T>> {
        // SAFETY: this is its handle, of its type, and complete; taken twice it panics.
        self.is_finished()
            .then(|| unsafe { Header::take(self.task.header()) })
    }

    /// Has the end of the task claim `waiter` with `Wake::Event`, until it is withdrawn; false when
    /// it has come already. What an executor is told by that has polled the handle before moves to `polled`,
    /// and is of no use any more.
    pub(crate) fn enlist(&mut self, waiter: &Waiter, polled: &mut Option<Box<Waiter>>) -> bool {
        if let Some(older) = self.polled.withdraw(&self.task.join) {
            *polled = Some(older);
        }
        self.task.join.wait(waiter)
    }

    /// Takes back what `enlist` has put in: afterwards nobody uses it.
    pub(crate) fn withdraw(&self, waiter: &Waiter) {
        self.task.join.withdraw(waiter);
    }

    /// Gives the result up; whether it was there already, and a panic's. Not while a poll's waiter
    /// is there.
    pub(super) fn detach(&self) -> bool {
        // SAFETY: complete before this handle was given up, so the result is ours to drop.
        !self.task.join.detach() && unsafe { Header::discard(self.task.header()) }
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        let polled = self.polled.withdraw(&self.task.join);
        self.detach();
        // If this panics, the result has gone where it belongs.
        drop(polled);
    }
}

/// Ready when the task is finished. May be polled by any executor, and by one after another. The waker is called by the
/// task that ends, in which nothing may park any more: see [`RecvFuture`](crate::chan::RecvFuture).
///
/// # Panics
///
/// When it is polled after it was ready.
///
/// # Examples
///
/// ```
/// let task = teem::spawn(|| 7);
/// let twice = teem::block_on(async { 2 * task.await.unwrap() });
/// assert_eq!(twice, 14);
/// ```
impl<T> Future for JoinHandle<T> {
    type Output = std::thread::Result<T>;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.polled.poll(&this.task.join, context.waker()) {
            // SAFETY: complete; this is its handle, of its type.
            Poll::Ready(unsafe { Header::take(this.task.header()) })
        } else {
            Poll::Pending
        }
    }
}

impl<T> Unpin for JoinHandle<T> {}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("task", &self.task)
            .field("finished", &self.is_finished())
            .finish()
    }
}

/// What a task is called in reports. No two tasks of a process have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub(super) u64);

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A handle to a task: who it is, and the right to unpark it.
#[derive(Clone)]
pub struct Task(pub(super) TaskRef);

impl Task {
    /// The task's id.
    pub fn id(&self) -> TaskId {
        TaskId(self.0.id)
    }

    /// The name that its [`Builder`](crate::task::Builder) was given.
    pub fn name(&self) -> Option<&str> {
        self.0.name()
    }

    /// Ends the task's [`park`](crate::task::park), or has its next one return at once, as
    /// `std::thread::Thread::unpark` does for a thread.
    ///
    /// # Examples
    ///
    /// ```
    /// let parked = teem::spawn(teem::task::park);
    /// parked.task().unpark();
    /// parked.join().unwrap();
    /// ```
    pub fn unpark(&self) {
        park::settle(self.0.ambient.interrupt.unpark());
    }
}

// A task is words that are changed as one.
impl UnwindSafe for Task {}
impl RefUnwindSafe for Task {}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("id", &self.0.id)
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}
