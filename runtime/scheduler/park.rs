//! Parking: the one way in which a task, or an OS thread, waits.
//!
//! A blocking operation makes a [`waiter`], links it where its event will find it, and calls
//! [`wait`]. On a worker that parks the task and runs another; elsewhere it blocks the thread.
//! The operation must unlink the waiter, under the lock of what it waits for, whenever the wake
//! was not the event (W3 in `task/waiter.rs`).
//!
//! `park` is such an operation on a worker alone. On an OS thread it waits for std's token, which anybody may give who
//! has a handle to the thread: there the end of a context unparks the thread by a waker.
//!
//! - **T1** A waiter is alive as long as its worker's wheel knows of it: who inserted it removes it before the frame
//!   ends, or the place of a task between two steps.

use super::core::Remote;
use super::current;
use super::inbox::Letter;
use super::running;
use super::worker::Worker;
use crate::coroutine;
use crate::task::{Accepts, Ambient, Claim, Header, TaskRef, Waiter, Wake, quietly};
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::task::Waker;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// A wait of whoever calls.
///
/// # Panics
///
/// In a task inside `forbid_park`: nothing has been linked yet, so the panic harms nobody.
#[track_caller]
pub(crate) fn waiter() -> Waiter {
    let Some((_, header)) = current::running() else {
        return thread_waiter();
    };
    waiter_of(header)
}

/// A wait of the calling OS thread.
#[cold]
#[inline(never)]
pub(crate) fn thread_waiter() -> Waiter {
    Waiter::for_thread(current::parker())
}

/// A wait of the running task, which is `header`.
#[track_caller]
#[inline]
pub(super) fn waiter_of(header: &Header) -> Waiter {
    not_forbidden(header);
    Waiter::for_task(NonNull::from(header))
}

/// For a call that will wait later.
///
/// # Panics
///
/// As [`waiter`].
#[track_caller]
pub(super) fn may_park() {
    if let Some((_, header)) = current::running() {
        not_forbidden(header);
    }
}

#[track_caller]
#[inline]
fn not_forbidden(header: &Header) {
    assert!(
        header.forbidden.get() == 0,
        "a call that may park was made inside `forbid_park` by {header:?}"
    );
}

/// Waits until `waiter`, which is the caller's, has been claimed; by its deadline at the latest.
///
/// Unless it accepts nothing the wait also ends, as `Wake::Cancelled`, with the caller's context.
pub(crate) fn wait(waiter: &Waiter, deadline: Option<Instant>, accepts: Accepts) -> Wake {
    match current::running() {
        Some((worker, task)) => wait_on_worker(worker, task, waiter, deadline, accepts),
        None => wait_on_thread(waiter, deadline, accepts),
    }
}

#[cold]
#[inline(never)]
fn wait_on_thread(waiter: &Waiter, deadline: Option<Instant>, accepts: Accepts) -> Wake {
    current::with_own_ambient(|ambient| {
        if accepts != Accepts::Nothing && ambient.is_entered() {
            wait_in(ambient, waiter, deadline)
        } else {
            waiter.wait_thread(deadline)
        }
    })
}

/// A thread's wait that the end of its context may end, too.
fn wait_in(ambient: &Ambient, waiter: &Waiter, deadline: Option<Instant>) -> Wake {
    if let Err(wake) = ambient.interrupt.enter(waiter) {
        // Or somebody was first, who will wake us (W1).
        return if waiter.end(wake) {
            wake
        } else {
            waiter.wait_thread(None)
        };
    }
    let limit = ambient.sooner(deadline);
    let wake = waiter.wait_thread(limit);
    ambient.interrupt.leave();
    of_whom(wake, limit == deadline)
}

/// What `wake` is to one who has not asked for the deadline by which the wait ended, if it is not `own`.
fn of_whom(wake: Wake, own: bool) -> Wake {
    match wake {
        Wake::TimedOut if !own => Wake::Cancelled,
        wake => wake,
    }
}

/// A task's wait. What this has on the stack all that are parked keep there: a wait with a deadline, which needs more,
/// goes on elsewhere.
#[inline(never)]
pub(super) fn wait_on_worker(
    worker: &'static Worker,
    task: &Header,
    waiter: &Waiter,
    deadline: Option<Instant>,
    accepts: Accepts,
) -> Wake {
    if deadline.is_some() || accepts != Accepts::Nothing && task.ambient.has_deadline() {
        return wait_until(worker, task, waiter, deadline, accepts);
    }
    sleep_by(worker, task, waiter, accepts, || worker.park(task))
}

/// The same until `deadline` or that of the context, of which there is at least one.
#[inline(never)]
fn wait_until(
    worker: &'static Worker,
    task: &Header,
    waiter: &Waiter,
    deadline: Option<Instant>,
    accepts: Accepts,
) -> Wake {
    let limit = match accepts {
        Accepts::Nothing => deadline,
        _ => task.ambient.sooner(deadline),
    };
    let (own, limit) = (limit == deadline, limit.expect("there is a deadline"));
    let wake = sleep_by(worker, task, waiter, accepts, || {
        park_until(worker, task, waiter, limit);
    });
    of_whom(wake, own)
}

/// Has the wait ended by those that it accepts, and sleeps until the claim.
#[inline(always)]
fn sleep_by(
    worker: &'static Worker,
    task: &Header,
    waiter: &Waiter,
    accepts: Accepts,
    sleep: impl FnOnce(),
) -> Wake {
    let interrupt = &task.ambient.interrupt;
    if accepts != Accepts::Nothing
        // SAFETY: the running task's, on its home's thread (I4).
        && let Err(wake) = unsafe { interrupt.enter_at_home(NonNull::from(task), waiter, accepts) }
        && waiter.end(wake)
    {
        // A wait that has not begun lets others run as one that has, or who waits in a loop would keep the worker: this
        // may be a cancelled task. The waiter is claimed, and whoever waits bears that others run.
        worker.spend_budget(task);
        return wake;
    }
    // If it was interrupted and somebody else was first, a task is on its way into the queue (W1).
    sleep();
    // SAFETY: as above; a task is pinned.
    unsafe { interrupt.leave_at_home() };
    waiter.outcome().expect("a wait ends by a claim")
}

#[inline(always)]
fn park_until(worker: &'static Worker, task: &Header, waiter: &Waiter, deadline: Instant) {
    worker.waits_outside(task);
    let key = (worker.wheel.borrow_mut()).insert(NonNull::from(waiter), deadline);
    worker.park(task);
    // T1; what has fired is not in the wheel, and `remove` says so.
    worker.wheel.borrow_mut().remove(key);
}

/// Puts a task whose wait was just claimed into its worker's queue, waking that worker if need be.
pub(crate) fn schedule(task: NonNull<Header>) {
    // SAFETY: a claimed, parked task is alive until it runs (W2).
    let home = unsafe { task.as_ref() }.home();
    match current::worker() {
        Some(worker) => worker.schedule(task, home.cast()),
        // SAFETY: as above.
        None => unsafe { super::worker::post_from_outside(Letter::Ready(task), home.cast()) },
    }
}

/// Has the home of `task` answer an interrupt.
#[cold]
fn call(task: NonNull<Header>) {
    // SAFETY: a called task does not finish before it has been answered (I3).
    let home = unsafe { task.as_ref() }.home();
    match current::worker() {
        Some(worker) => worker.call(task, home.cast()),
        // SAFETY: as above; the call is brought once.
        None => unsafe { super::worker::post_from_outside(Letter::Call(task), home.cast()) },
    }
}

impl Worker {
    /// Makes the tasks ready whose deadlines have passed.
    pub(super) fn expire(&self, now: Instant) {
        self.expired.set(now);
        let mut wheel = self.wheel.borrow_mut();
        let before = wheel.len();
        if before == 0 {
            return;
        }
        wheel.expire(now, fetch_waiters, |waiter| {
            // SAFETY: it was pending until now, so it is alive (T1), and its task's home is this worker (W3).
            if let Claim::Schedule(task) = unsafe { Waiter::claim(waiter.as_ptr(), Wake::TimedOut) }
            {
                self.queue.push_cold(task);
            }
        });
        self.pace.count(before - wheel.len(), now);
    }

    /// Has `home` answer an interrupt of `task`; at once if that is this worker.
    pub(super) fn call(&self, task: NonNull<Header>, home: *const Remote) {
        if ptr::eq(home, self.remote()) {
            if let Some(task) = self.answer_call(task) {
                self.schedule(task, home);
            }
        } else {
            // SAFETY: a called task does not finish before it has been answered (I3).
            unsafe { self.post(Letter::Call(task), home) };
        }
    }

    /// Answers an interrupt of `task`, whose home this is: the same task, if that makes it ready.
    #[cold]
    pub(super) fn answer_call(&self, task: NonNull<Header>) -> Option<NonNull<Header>> {
        // SAFETY: called, so alive, and it does not run but to call itself (I3); this is its home.
        match unsafe { task.as_ref().ambient.interrupt.answer() } {
            Claim::Schedule(task) => Some(task),
            _ => None,
        }
    }

    /// `task` is about to leave this worker: answers those that have called it, and is called no more.
    pub(super) fn move_out(&self, task: &Header) {
        while !task.ambient.interrupt.move_out() {
            if self.remote().inbox.is_empty() {
                // Its caller is between two instructions.
                thread::yield_now();
            }
            self.empty_inbox();
        }
    }
}

/// Has the cache fetch what their claims will need, and when that has come, what their tasks will.
fn fetch_waiters(waiters: &[NonNull<Waiter>]) {
    for waiter in waiters {
        // It may lie across two lines.
        coroutine::fetch(waiter.as_ptr());
        coroutine::fetch(waiter.as_ptr().wrapping_byte_add(size_of::<Waiter>() - 1));
    }
    for waiter in waiters {
        // SAFETY: it is pending, so alive (T1).
        unsafe { waiter.as_ref() }.fetch_task();
    }
}

/// Honours a claim.
#[inline]
pub(crate) fn settle(claim: Claim) {
    match claim {
        Claim::Schedule(task) => schedule(task),
        Claim::Call(task) => call(task),
        Claim::Wake(waker) => wake(*waker),
        Claim::Won | Claim::Lost => {}
    }
}

/// Calls a waker: code of others, in the midst of whatever has ended its future's wait. The caller may have linked a
/// wait of its own and not parked for it yet (W1), and may have other claims to honour: so here nothing parks, and a
/// panic ends here.
#[cold]
#[inline(never)]
fn wake(waker: Waker) {
    running::forbid_park(|| quietly(|| waker.wake()));
}

/// Parks the running task until its token is there; or the calling thread, as `std` does. The end of the context that
/// the caller is in ends it, too.
pub(super) fn park_for_token(deadline: Option<Instant>) {
    if current::running().is_none() {
        return current::with_own_ambient(|ambient| match ambient.is_entered() {
            true => park_thread_in(ambient, deadline),
            false => park_thread(deadline),
        });
    }
    let waiter = waiter();
    wait(&waiter, deadline, Accepts::CancelAndUnpark);
}

/// `std`'s `park`, until `deadline`.
fn park_thread(deadline: Option<Instant>) {
    match deadline {
        None => thread::park(),
        Some(at) => thread::park_timeout(at.saturating_duration_since(Instant::now())),
    }
}

/// The same in a context that the thread has entered.
fn park_thread_in(ambient: &Ambient, deadline: Option<Instant>) {
    /// Unparks a thread. If that comes late the next `park` returns for no reason, as it may.
    struct Unparks(Thread);
    impl std::task::Wake for Unparks {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waiter = Waiter::for_future();
    waiter.set_waker(&Waker::from(Arc::new(Unparks(thread::current()))));
    if ambient.interrupt.enter(&waiter).is_err() {
        // A token that is there is consumed, as a task's is.
        return thread::park_timeout(Duration::ZERO);
    }
    park_thread(ambient.sooner(deadline));
    ambient.interrupt.leave();
}

/// The running task's own handle.
pub(super) fn current_task() -> Option<TaskRef> {
    let (_, task) = current::running()?;
    // SAFETY: the running task is alive.
    Some(unsafe { TaskRef::share(NonNull::from(task)) })
}
