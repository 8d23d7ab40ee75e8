//! `Thread`: a task, or an OS thread that is none, by one name.

use crate::task::{self, Task, TaskId};
use std::fmt;
use std::time::Duration;

/// A handle to a task, or to an OS thread: who it is, and the right to unpark it.
#[derive(Clone)]
pub struct Thread(Who);

#[derive(Clone)]
enum Who {
    Task(Task),
    Os(std::thread::Thread),
}

/// What a task or an OS thread is told apart by. No two of a process have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ThreadId(Id);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Id {
    Task(TaskId),
    Os(std::thread::ThreadId),
}

/// The running task; outside of one, the OS thread.
///
/// # Examples
///
/// ```
/// use teem::thread;
///
/// let child = thread::spawn(|| thread::current().id());
/// let id = child.thread().id();
/// assert_eq!(child.join().unwrap(), id);
/// assert_ne!(thread::current().id(), id);
/// ```
pub fn current() -> Thread {
    let os = || Thread(Who::Os(std::thread::current()));
    task::try_current().map_or_else(os, Thread::of)
}

impl Thread {
    pub(super) fn of(task: Task) -> Self {
        Self(Who::Task(task))
    }

    /// Ends its [`park`](super::park), or has the next one return at once.
    ///
    /// # Examples
    ///
    /// ```
    /// let parked = teem::thread::spawn(teem::thread::park);
    /// parked.thread().unpark();
    /// parked.join().unwrap();
    /// ```
    #[inline]
    pub fn unpark(&self) {
        match &self.0 {
            Who::Task(task) => task.unpark(),
            Who::Os(thread) => thread.unpark(),
        }
    }

    /// Its id.
    pub fn id(&self) -> ThreadId {
        ThreadId(match &self.0 {
            Who::Task(task) => Id::Task(task.id()),
            Who::Os(thread) => Id::Os(thread.id()),
        })
    }

    /// The name that its [`Builder`](super::Builder) was given; std's, for an OS thread.
    pub fn name(&self) -> Option<&str> {
        match &self.0 {
            Who::Task(task) => task.name(),
            Who::Os(thread) => thread.name(),
        }
    }
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread")
            .field("id", &self.id())
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}

/// Sleeps for `ms` milliseconds; see [`sleep`](super::sleep).
#[deprecated(note = "replaced by `teem::thread::sleep`")]
#[track_caller]
pub fn sleep_ms(ms: u32) {
    crate::time::sleep(Duration::from_millis(ms.into()));
}

/// Parks for `ms` milliseconds at most; see [`park_timeout`](super::park_timeout).
#[deprecated(note = "replaced by `teem::thread::park_timeout`")]
pub fn park_timeout_ms(ms: u32) {
    task::park_timeout(Duration::from_millis(ms.into()));
}
