//! Tasks that run in steps: what happens to them between two steps.
//!
//! Within a step such a task is like any other: it has a stack, is pinned, and may park. When the step is over its
//! stack goes back to the pool, and what is left of it is the allocation. In there, in its [`Berth`], stands what a
//! parked task has in its frame: the waiter, the place in the wheel, the descriptor that it waits for.
//!
//! # Whose it is in between
//!
//! | `phase`   | the task is                          | whose                           | next                              |
//! | --------- | ------------------------------------ | ------------------------------- | --------------------------------- |
//! | `Runs`    | started, or in an unstarted queue    | its worker's, or the queue's    | `begin`, on its own stack, at the end of a step |
//! | `Turn`    | leaving its stack                    | its worker's                    | `lay_down`, when it has left it: an unstarted queue |
//! | `Waits`   | waiting, or woken and queued         | the worker that it waits with   | `wake_up`, by that worker, when its entry is picked |
//!
//! - **R1** A waiting task is that of one worker, its *home* as if it were parked there. In that one's wheel is its
//!   deadline, in that one's list `waiting` it is linked, with that one's poller its descriptor gets registered, and
//!   to that one's queue or inbox goes whoever claims the wait. So `wheel` and list need no lock here either.
//! - **R2** The waiter is made anew by `begin`, which is the only one to know of it, and after `wake_up` nobody does
//!   any more: it has been taken out of the descriptor, the wheel and the interrupt word. So one place serves all waits
//!   of a task in turn, and W3 holds as for a frame.
//! - **R3** `begin` links the waiter while the task still has its stack, so an error can be dealt with there; but it
//!   is `lay_down`, called by whoever goes on when the stack has been left, that calls `Waiter::settle_down`. A claim
//!   that comes in between finds `LEAVING` and owes nothing. One that comes later queues a task without a stack.
//! - **R4** A woken task is started at once if its home has nothing else to do, and is unstarted work for anybody if it
//!   has. Then, or when its step is the next that is to be placed, it changes its worker, and with it the poller that
//!   its descriptor is registered with.

use super::core::Core;
use super::current;
use super::handle::JoinHandle;
use super::park;
use super::spans;
use super::spawn::{Builder, Refused, Request, accepted, spawn_made, with_core};
use super::unstarted::Unstarted;
use super::worker::Worker;
use crate::netpoll::{Direction, FileRef};
use crate::task::{Header, Step, Waiter, Wake, Wish, allocate_steps};
use crate::timer::Key;
use std::cell::{Cell, UnsafeCell};
use std::io;
use std::os::fd::{BorrowedFd, RawFd};
use std::ptr::{self, NonNull};
use std::time::{Duration, Instant};

/// When to try again to watch a descriptor that the system would not watch.
const AGAIN: Duration = Duration::from_millis(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Runs,
    Turn,
    Waits,
}

/// Where a task that runs in steps waits between them. See the module; touched as H1 says.
pub(super) struct Berth {
    /// Set once the task has taken its place in its context: its first step does.
    begun: Cell<bool>,
    /// The task is to run where it was put and nowhere else.
    bound: bool,
    phase: Cell<Phase>,
    /// The wait ends by a time of its own; after `wake_up`, it has, and nothing had come.
    late: Cell<bool>,
    direction: Cell<Direction>,
    file: Cell<Option<FileRef>>,
    /// Its place in the worker's wheel, if the wait has a deadline.
    deadline: Cell<Option<Key>>,
    waiter: UnsafeCell<Waiter>,
}

/// With the header, the state and 128 bytes for the descriptor: an idle connection in less than 600.
#[cfg(all(target_pointer_width = "64", not(loom)))]
const _: () = assert!(size_of::<Berth>() <= 96 && align_of::<Berth>() <= 16);

impl Berth {
    pub(super) fn new(bound: bool) -> Self {
        Self {
            begun: Cell::new(false),
            bound,
            phase: Cell::new(Phase::Runs),
            late: Cell::new(false),
            direction: Cell::new(Direction::Read),
            file: Cell::new(None),
            deadline: Cell::new(None),
            waiter: UnsafeCell::new(Waiter::for_task(NonNull::dangling())),
        }
    }

    /// The place of `task`, if it runs in steps.
    ///
    /// # Safety
    ///
    /// H1: the task is alive, and the caller's to touch as long as the reference lives.
    #[inline]
    unsafe fn of<'a>(task: NonNull<Header>) -> Option<&'a Self> {
        // SAFETY: alive; the one place that the scheduler ever gives a task is a `Berth`.
        unsafe { Header::place::<Self>(task).map(|place| place.as_ref()) }
    }

    fn waiter(&self) -> &Waiter {
        // SAFETY: replaced in `begin` only, when nobody knows of it (R2).
        unsafe { &*self.waiter.get() }
    }
}

impl Worker {
    /// Before `task` gets a stack: whether it is to start here and now. Otherwise it has been queued again.
    ///
    /// # Safety
    ///
    /// Its queue entry is ours (H1).
    #[inline]
    pub(super) unsafe fn may_start(&self, task: NonNull<Header>) -> bool {
        // SAFETY: passed on.
        let Some(berth) = (unsafe { Berth::of(task) }) else {
            return true;
        };
        if berth.phase.get() != Phase::Waits {
            return true;
        }
        // SAFETY: as above, and it has waited here: only its home picks a started or waiting task.
        self.wake_up(unsafe { task.as_ref() }, berth);
        if berth.bound || !self.has_ready() {
            return true;
        }
        self.make_stealable(task);
        false
    }

    /// The first thing a task does when it has been given a stack: it takes its place in its context. A step
    /// other than the first has it already, but no task-local values any more.
    ///
    /// # Safety
    ///
    /// As [`may_start`](Self::may_start).
    pub(super) unsafe fn take_place(task: NonNull<Header>) {
        // SAFETY: passed on.
        let (header, berth) = unsafe { (task.as_ref(), Berth::of(task)) };
        if berth.is_some_and(|berth| berth.begun.replace(true)) {
            header.locals.begin_again();
        } else {
            header.ambient.begin();
        }
    }

    /// A step of `task`, which runs, is over: begins the wait for the next one.
    ///
    /// # Safety
    ///
    /// The task leaves its stack next, and runs no code of others before it has.
    pub(super) unsafe fn begin(&self, task: NonNull<Header>, wish: Wish) {
        // SAFETY: the running task is alive, and ours (H1).
        let header = unsafe { task.as_ref() };
        // SAFETY: as above.
        let berth = unsafe { Berth::of(task) }.expect("a step has a place to rest");
        // SAFETY: nobody knows of the last wait any more (R2), and nobody else looks at the place.
        unsafe { *berth.waiter.get() = Waiter::for_step(task) };
        berth.late.set(false);
        let interrupt = &header.ambient.interrupt;
        self.move_out(header);
        if wish == Wish::Turn || interrupt.enter(berth.waiter()).is_err() {
            return berth.phase.set(Phase::Turn);
        }
        let (own, watched) = match wish {
            Wish::Turn => unreachable!("a turn is no wait"),
            Wish::Instant(own) => (own, Some(own)),
            Wish::Readable(fd, own) => (own, self.watch(berth, fd, Direction::Read, own)),
            Wish::Writable(fd, own) => (own, self.watch(berth, fd, Direction::Write, own)),
        };
        let Some(deadline) = watched else {
            interrupt.leave();
            return berth.phase.set(Phase::Turn);
        };
        if let Some(deadline) = header.ambient.sooner(deadline) {
            berth.late.set(own == Some(deadline));
            // `wake_up` takes it out of the wheel of this very worker (R1, T1).
            let waiter = NonNull::from(berth.waiter());
            let key = self.wheel.borrow_mut().insert(waiter, deadline);
            berth.deadline.set(Some(key));
        }
        berth.phase.set(Phase::Waits);
    }

    /// Has an event of `fd` claim the wait, which lasts until `own` at the latest; by when it has to end. `None` if it
    /// is not worth waiting.
    fn watch(
        &self,
        berth: &Berth,
        fd: RawFd,
        direction: Direction,
        own: Option<Instant>,
    ) -> Option<Option<Instant>> {
        // SAFETY: open as long as the state is where it is, see `task/steps.rs`.
        let file = FileRef::of(unsafe { BorrowedFd::borrow_raw(fd) });
        let poller = &self.remote().poller;
        let watched = loop {
            match file.look(direction) {
                Ok(false) => {}
                ready => break ready.map(|_| false),
            }
            // SAFETY: the waiter stays in its place until `wake_up` has taken it out; it is in no list (R2).
            match unsafe { file.watch(direction, berth.waiter(), poller) } {
                Ok(false) => {}
                watched => break watched,
            }
        };
        match watched {
            Ok(true) => {
                // It may have been another worker's before (R4).
                file.move_to(poller);
                berth.direction.set(direction);
                berth.file.set(Some(file));
                Some(own)
            }
            Ok(false) => None,
            // Nobody is here to be told. The step that follows will see what is wrong with the descriptor, if
            // it is that; if the system is out of something, time may help.
            Err(_) => {
                let again = Instant::now().checked_add(AGAIN);
                Some(again.into_iter().chain(own).min())
            }
        }
    }

    /// `task` has left its stack for good, or until its next step: true if the latter, and then it has been seen
    /// to.
    ///
    /// # Safety
    ///
    /// This is the worker that ran it, and nobody else has touched it since (H1).
    pub(super) unsafe fn lay_down(&self, task: NonNull<Header>) -> bool {
        // SAFETY: by contract.
        let Some(berth) = (unsafe { Berth::of(task) }) else {
            return false;
        };
        let phase = berth.phase.get();
        if phase == Phase::Runs {
            return false;
        }
        self.remote().stats.pauses.bump();
        match phase {
            Phase::Runs | Phase::Turn => self.requeue(task, berth),
            Phase::Waits => {
                // SAFETY: alive, and ours.
                let header = unsafe { task.as_ref() };
                self.waiting.link(header);
                self.remote().stats.waiting.bump();
                if berth.waiter().settle_down() {
                    // From here on it is whose who claims it.
                    return true;
                }
                self.wake_up(header, berth);
                self.requeue(task, berth)
            }
        }
    }

    fn requeue(&self, task: NonNull<Header>, berth: &Berth) -> bool {
        berth.phase.set(Phase::Runs);
        if berth.bound {
            self.queue.push(task);
        } else {
            self.make_stealable(task);
        }
        true
    }

    /// The wait of `task` is over: takes it out of all that knew of it.
    fn wake_up(&self, task: &Header, berth: &Berth) {
        self.waiting.unlink(task);
        self.remote().stats.waiting.drop_one();
        berth.phase.set(Phase::Runs);
        if let Some(key) = berth.deadline.take() {
            self.wheel.borrow_mut().remove(key);
        }
        task.ambient.interrupt.leave();
        let outcome = berth.waiter().outcome();
        let file = berth.file.take();
        if berth.late.get() {
            // What came before the time was over is not late because this worker has not heard of it yet.
            let came = |file: &FileRef| !matches!(file.ask(berth.direction.get()), Ok(false));
            let late = outcome == Some(Wake::TimedOut) && !file.as_ref().is_some_and(came);
            berth.late.set(late);
        }
        let Some(file) = file else {
            return;
        };
        let woken = outcome == Some(Wake::Event);
        // SAFETY: the waiter is that of `watch`.
        let next = unsafe { file.unwatch(berth.direction.get(), berth.waiter(), woken) };
        next.into_iter().for_each(park::schedule);
    }

    /// Queues a task without a stack for whoever is first.
    fn make_stealable(&self, task: NonNull<Header>) {
        self.remote().unstarted.arrive(Unstarted(task));
        self.offer();
    }
}

/// Whether the wait before this step of the running task ended because its time was over, that of
/// [`Step::or_after`] or of [`Step::after`], and nothing else had happened.
///
/// Not when the task's context ended it, nor in a task that does not run in steps or outside of a task.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use teem::task::{Step, spawn_steps, wait_timed_out};
///
/// let task = spawn_steps((), |()| match wait_timed_out() {
///     true => Step::Done("slept"),
///     false => Step::after(Duration::from_millis(1), ()),
/// });
/// assert_eq!(task.join().unwrap(), "slept");
/// ```
pub fn wait_timed_out() -> bool {
    current::running().is_some_and(|(_, task)| {
        // SAFETY: the running task is alive, and ours (H1).
        unsafe { Berth::of(NonNull::from(task)) }.is_some_and(|berth| berth.late.get())
    })
}

/// Spawns a task that runs in steps: `step` is called with `state`, then with what it returned in [`Step::Next`] or
/// with what a wait was for, until it returns [`Step::Done`], whose value is what `join` returns.
///
/// Each step is as the whole of another task: it has a stack, may park, and stays on one worker's thread. Between two
/// steps the task has no stack, and any worker may run the next one. So a task that mostly waits costs a few hundred
/// bytes, and one that lives long moves to where there is time for it. What is to be kept from step to step stands in
/// the state, which therefore is [`Send`].
///
/// [`task_local!`](crate::task_local) values need not be, and so they end with the step that made them.
///
/// # Panics
///
/// As [`spawn`](crate::spawn). A panic of a step ends the task, as that of any other.
///
/// # Cancellation
///
/// When the task's context is done, the wait that it is in ends and its next step follows at once. In that step
/// fallible calls fail; if it asks for another wait, that is over at once, too.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use teem::task::{Step, spawn_steps};
///
/// let countdown = spawn_steps(3, |left| match left {
///     0 => Step::Done("lift-off"),
///     _ => Step::after(Duration::from_millis(1), left - 1),
/// });
/// assert_eq!(countdown.join().unwrap(), "lift-off");
/// ```
///
/// The state goes from thread to thread:
///
/// ```compile_fail,E0277
/// use teem::task::{Step, spawn_steps};
///
/// spawn_steps(std::rc::Rc::new(7), |state| Step::<_, ()>::Next(state));
/// ```
#[track_caller]
pub fn spawn_steps<S, T, F>(state: S, step: F) -> JoinHandle<T>
where
    S: Send + 'static,
    T: Send + 'static,
    F: FnMut(S) -> Step<S, T> + Send + 'static,
{
    let request = Request::plain();
    accepted(with_core(|core| spawn_steps_on(core, request, state, step)))
}

fn spawn_steps_on<S, T, F>(
    core: &Core,
    request: Request,
    state: S,
    step: F,
) -> Result<JoinHandle<T>, Refused>
where
    S: Send + 'static,
    T: Send + 'static,
    F: FnMut(S) -> Step<S, T> + Send + 'static,
{
    let berth = Berth::new(request.worker.is_some());
    // SAFETY: the bounds of this function.
    unsafe {
        spawn_made(core, request, |birth| {
            allocate_steps(birth, berth, state, spans::inherit_each(step))
        })
    }
}

impl Builder {
    /// Spawns a task that runs in steps, as [`spawn_steps`] does. With a [`worker`](Self::worker) all of them
    /// run there.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn).
    #[track_caller]
    pub fn spawn_steps<S, T, F>(self, state: S, step: F) -> io::Result<JoinHandle<T>>
    where
        S: Send + 'static,
        T: Send + 'static,
        F: FnMut(S) -> Step<S, T> + Send + 'static,
    {
        let request = self.request(ptr::null())?;
        with_core(|core| spawn_steps_on(core, request, state, step)).map_err(io::Error::from)
    }
}
