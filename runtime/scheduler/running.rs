//! What the running task can ask, and do to itself.

use super::Task;
use super::current::{self as thread, Caller};
use super::park as parking;
use super::worker::Worker;
use crate::netpoll::Poller;
use crate::task::{Accepts, Ambient, Cancelled, Context, Header, Outer, Waiter, Wake};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The running task.
///
/// # Panics
///
/// Outside of a task; [`try_current`] does not.
#[track_caller]
pub fn current() -> Task {
    try_current().expect("`current` was called outside of a task")
}

/// The running task, if this is one.
pub fn try_current() -> Option<Task> {
    parking::current_task().map(Task)
}

/// Lets the other ready tasks of this worker that have started run before this one goes on. A new task may have to
/// wait for longer: only each eighth pick of the worker begins with one. On an OS thread, as
/// `std::thread::yield_now`. Does nothing inside [`forbid_park`].
pub fn yield_now() {
    let Some((worker, task)) = thread::running() else {
        return std::thread::yield_now();
    };
    if task.forbidden.get() == 0 {
        worker.yield_now(task);
    }
}

/// Yields if this task has held its worker for long, some 10 ms: a cheap call for long loops. As with [`yield_now`],
/// tasks that have started run first, and a new one at each eighth pick.
pub fn checkpoint() {
    if thread::worker().is_some_and(|worker| worker.remote().is_called()) {
        yield_now();
    }
}

/// Parks this task until [`Task::unpark`]; at once if that came first. Like `std::thread::park` it
/// may also return for no reason, and on an OS thread it is that, with std's token.
///
/// # Cancellation
///
/// Returns early, and at once in a cancelled task; on an OS thread likewise, in a
/// [context](crate::context::Context::enter) that it has entered.
pub fn park() {
    parking::park_for_token(None);
}

/// [`park`], for `timeout` at most.
///
/// # Cancellation
///
/// As [`park`].
pub fn park_timeout(timeout: Duration) {
    parking::park_for_token(Instant::now().checked_add(timeout));
}

/// Runs `f`, in which the task must not park: a call that would panics, naming the task, and
/// yields do nothing.
///
/// For closures that rely on nobody else running on this thread meanwhile: those of `scoped-tls`
/// and of other crates that keep a pointer in a thread-local while a closure runs.
///
/// # Examples
///
/// ```
/// let parked = teem::run(|| {
///     std::panic::catch_unwind(|| teem::task::forbid_park(teem::task::park)).is_ok()
/// });
/// assert!(!parked);
/// ```
pub fn forbid_park<R>(f: impl FnOnce() -> R) -> R {
    /// Counts down however the closure ends.
    struct Guard(Caller);
    impl Drop for Guard {
        fn drop(&mut self) {
            let forbidden = &self.0.still().forbidden;
            forbidden.set(forbidden.get() - 1);
        }
    }
    let Some((_, header)) = thread::running() else {
        return f();
    };
    header.forbidden.set(header.forbidden.get() + 1);
    let _guard = Guard(Caller::new(header));
    f()
}

/// The task that runs, and the worker that it runs on: looked up once by an operation that needs to
/// know more than one thing of them. They stay what they are while the operation parks.
#[derive(Clone, Copy)]
pub(crate) struct Running {
    worker: &'static Worker,
    task: &'static Header,
}

/// Whoever runs on this thread, if it is a task.
#[inline]
pub(crate) fn running() -> Option<Running> {
    let (worker, task) = thread::running()?;
    Some(Running { worker, task })
}

/// Runs `f` with the context that the caller is in, be it a task or a thread.
fn with_ambient<R>(f: impl FnOnce(&Ambient) -> R) -> R {
    match thread::running() {
        Some((_, task)) => f(&task.ambient),
        None => thread::with_own_ambient(f),
    }
}

/// Fails if the caller's context is done: what every fallible blocking call asks first. May yield then, see
/// [`Running::refuse`].
pub(crate) fn check_cancelled() -> Result<(), Cancelled> {
    match running() {
        Some(running) => running.check_cancelled(),
        None => thread::with_own_ambient(|ambient| match ambient.is_done() {
            true => Err(ambient.cancelled()),
            false => Ok(()),
        }),
    }
}

/// The error of a wait that has ended in [`Wake::Cancelled`].
#[cold]
pub(crate) fn cancelled() -> Cancelled {
    with_ambient(Ambient::cancelled)
}

/// The context that the caller is in.
pub(crate) fn context() -> Context {
    with_ambient(|ambient| ambient.current(&mut parking::settle))
}

/// Whether the caller, if it is a thread, is in a context that could end its waits.
pub(crate) fn is_in_context() -> bool {
    with_ambient(Ambient::is_entered)
}

/// The values of the caller's context: what a detached task inherits.
pub(crate) fn values() -> Context {
    with_ambient(Ambient::values)
}

/// Runs `f` in `context`.
pub(crate) fn in_context<R>(context: Context, f: impl FnOnce() -> R) -> R {
    /// Goes back however the closure ends.
    struct Back {
        /// None: a thread that runs no task.
        caller: Option<Caller>,
        outer: Option<Outer>,
    }
    impl Drop for Back {
        fn drop(&mut self) {
            let outer = self.outer.take().expect("gone to before");
            match self.caller {
                Some(caller) => caller.still().ambient.go_back(outer),
                None => thread::with_own_ambient(|ambient| ambient.go_back(outer)),
            }
        }
    }
    let _back = Back {
        caller: thread::running().map(|(_, task)| Caller::new(task)),
        outer: Some(with_ambient(|ambient| ambient.go_to(context))),
    };
    f()
}

impl Worker {
    /// [`Running::spend_budget`] of the task, which runs here.
    #[inline]
    pub(super) fn spend_budget(&'static self, task: &Header) {
        /// Out of line: every operation has the rest of it in line.
        #[cold]
        #[inline(never)]
        fn yield_in_passing(worker: &'static Worker, task: &Header) {
            if task.forbidden.get() == 0 {
                worker.yield_now(task);
            }
        }
        if !self.has_budget() {
            yield_in_passing(self, task);
        }
    }

    /// Takes one from what the task may do without parking; false if nothing is left.
    #[inline(always)]
    fn has_budget(&self) -> bool {
        let left = self.budget.get().checked_sub(1);
        left.inspect(|&left| self.budget.set(left)).is_some()
    }
}

impl Running {
    /// The poller of the worker.
    #[inline]
    pub(crate) fn poller(self) -> &'static Arc<Poller> {
        &self.worker.remote().poller
    }

    /// What the task's header calls its home: this worker, and so this thread.
    #[inline]
    pub(crate) fn home(self) -> *const () {
        std::ptr::from_ref(self.worker.remote()).cast()
    }

    /// What time it was when the worker last had timers fire: no deadline by which a wait has ended here is later.
    #[inline]
    pub(crate) fn expired_at(self) -> Instant {
        self.worker.expired.get()
    }

    /// Whether the task's context is done.
    #[inline]
    pub(crate) fn is_cancelled(self) -> bool {
        self.task.ambient.is_done()
    }

    /// Fails if the task's context is done: what every fallible blocking call asks first. May yield then.
    #[inline]
    pub(crate) fn check_cancelled(self) -> Result<(), Cancelled> {
        if self.is_cancelled() {
            Err(self.refuse())
        } else {
            Ok(())
        }
    }

    /// The error of a call that could have parked and does not begin, as the context is done. It spends budget, as one
    /// that succeeds: who takes no notice of the error (`incoming().flatten()`) must not keep the worker from others.
    #[cold]
    #[inline(never)]
    pub(crate) fn refuse(self) -> Cancelled {
        self.spend_budget();
        self.task.ambient.cancelled()
    }

    /// What every operation that may always succeed calls: once in a while it yields.
    #[inline]
    pub(crate) fn spend_budget(self) {
        self.worker.spend_budget(self.task);
    }

    /// Spends some of the budget for an operation of a few instructions, if nothing speaks against that at first
    /// glance. If it is false, [`is_cancelled`](Self::is_cancelled) and [`spend_budget`](Self::spend_budget) say what
    /// is the matter.
    #[inline(always)]
    pub(crate) fn may_go_on(self) -> bool {
        !self.task.ambient.may_be_done() && self.worker.has_budget()
    }

    /// Whether other tasks of this worker are ready to run.
    pub(crate) fn has_others(self) -> bool {
        self.worker.has_ready()
    }

    /// Lets the other ready tasks of this worker run, if there are any, and looks what came of it: worth
    /// it where a wait is dear. `None` also when it has not been worth it lately.
    pub(crate) fn give_way<R>(self, look: impl FnOnce() -> Option<R>) -> Option<R> {
        /// After so many times in vain in a row it is left undone, but for one time in so many.
        const IN_VAIN: u32 = 8;
        const AGAIN: u32 = 32;
        if !self.has_others() || self.must_not_park() {
            return None;
        }
        let vain = self.worker.vain.get();
        self.worker.vain.set(vain.wrapping_add(1));
        if vain >= IN_VAIN && !vain.is_multiple_of(AGAIN) {
            return None;
        }
        self.worker.yield_now(self.task);
        let found = look()?;
        self.worker.vain.set(0);
        Some(found)
    }

    /// Whether the task is inside [`forbid_park`], where [`waiter`](Self::waiter) panics.
    #[inline]
    pub(crate) fn must_not_park(self) -> bool {
        self.task.forbidden.get() != 0
    }

    /// [`parking::waiter`].
    #[track_caller]
    #[inline]
    pub(crate) fn waiter(self) -> Waiter {
        parking::waiter_of(self.task)
    }

    /// Says that the task is about to wait for a descriptor: for placement, which spreads such tasks.
    #[inline]
    pub(crate) fn waits_outside(self) {
        self.worker.waits_outside(self.task);
    }

    /// [`parking::wait`].
    #[inline]
    pub(crate) fn wait(self, waiter: &Waiter, deadline: Option<Instant>, accepts: Accepts) -> Wake {
        parking::wait_on_worker(self.worker, self.task, waiter, deadline, accepts)
    }
}
