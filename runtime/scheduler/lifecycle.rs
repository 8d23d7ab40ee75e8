//! A task from its first switch to its grave.
//!
//! ```text
//!   spawn      allocated, in an unstarted queue          no stack, any worker
//!   start      stack from the worker's pool              pinned from here on
//!   body       runs on its own stack, parks, yields ..
//!   complete   result published, joiner made ready       still on its own stack
//!   finish     names who goes on; its stack is left      the last thing it does
//!   bury       the next context frees stack and header
//!              or the stack alone, between two steps     `steps.rs`
//! ```
//!
//! A task that can get no stack is not lost: as long as other tasks of its worker hold stacks, it
//! waits for one of theirs, and asks again now and then, as memory may come back from elsewhere. Only when there is
//! none left to wait for does it fail, and `join` returns the error of the system.

use super::core::OnPanic;
use super::worker::Worker;
use super::{current, park, spans};
use crate::coroutine::{self, Coroutine};
use crate::task::{Family, Header, Outcome, TaskRef};
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How often a task without a stack is tried again while its worker has nothing else to do.
const RETRY: Duration = Duration::from_millis(50);

/// The lines below its base that a task uses of its stack until it waits, if it does little before.
const FIRST_LINES: Range<isize> = -20..0;

impl Worker {
    /// Gives a new task its stack. False when there is none to be had now: the task waits, or
    /// has failed.
    #[inline(never)]
    pub(super) fn start(&self, task: NonNull<Header>) -> bool {
        // SAFETY: queued, so alive; its queue entry is ours (H1).
        let header = unsafe { task.as_ref() };
        // SAFETY: as above.
        if !unsafe { self.may_start(task) } {
            return false;
        }
        let class = header.class().unwrap_or(self.core.config.class);
        let stack = match self.pool.borrow_mut().acquire(class) {
            Ok(stack) => stack,
            Err(error) => {
                self.without_stack(task, error);
                return false;
            }
        };
        if let Some(later) = self.pool.borrow().cold_ahead(class) {
            coroutine::fetch_lines(later.base(), FIRST_LINES);
        }
        header.set_home(std::ptr::from_ref(self.remote()).cast());
        // SAFETY: the task is in no queue and has never run: the coroutine is ours (H1), stays in
        // its header until the burial (C1), and `body` wants the header that it gets.
        unsafe { Coroutine::start(header.coroutine(), stack, body, task.as_ptr().cast()) };
        self.link(header);
        // SAFETY: as above.
        unsafe { Self::take_place(task) };
        if self.core.is_cancelling() {
            header.ambient.stop(&mut park::settle);
        }
        true
    }

    /// Keeps a task for later, or ends it if there is no later.
    #[cold]
    fn without_stack(&self, task: NonNull<Header>, error: std::io::Error) {
        if self.live.len() > 0 {
            return self.stackless.borrow_mut().push_back(task);
        }
        self.remote().stats.started.bump();
        // SAFETY: alive, unstarted and ours, see `start`.
        unsafe {
            Header::fail(task, error);
            complete(task);
        }
        self.count_finish(task);
    }

    /// When the next task that found no stack is to be tried again.
    pub(super) fn next_retry(&self) -> Option<Instant> {
        let waiting = !self.stackless.borrow().is_empty();
        waiting.then(|| self.retried.get() + RETRY)
    }

    /// Queues one of them if it is time; whether it has.
    pub(super) fn retry(&self, now: Instant) -> bool {
        if self.next_retry().is_none_or(|at| at > now) {
            return false;
        }
        self.retried.set(now);
        let waiting = self.stackless.borrow_mut().pop_front();
        waiting.map(|task| self.queue.push(task)).is_some()
    }

    /// Takes the stack of a task that has left it for good (K3), and frees what else it leaves behind; unless it
    /// has only finished a step.
    pub(super) fn bury(&self, task: NonNull<Header>) {
        // SAFETY: the runtime's reference is still there; `count_finish` gives it back.
        let header = unsafe { task.as_ref() };
        // SAFETY: its entry has returned, and another context runs (C4).
        if let Some(stack) = unsafe { Coroutine::take_stack(header.coroutine()) } {
            self.pool.borrow_mut().release(stack);
        }
        self.unlink(header);
        if header.attributes.is_some() {
            // The monitor may be reading the name: see `Running`.
            let burial = &self.remote().running.burial;
            drop(burial.lock().unwrap_or_else(PoisonError::into_inner));
        }
        // SAFETY: ours until now, and it does not run (H1).
        if !unsafe { self.lay_down(task) } {
            self.count_finish(task);
        }
        let waiting = self.stackless.borrow_mut().pop_front();
        if let Some(waiting) = waiting {
            self.queue.push(waiting);
        }
    }

    fn count_finish(&self, task: NonNull<Header>) {
        // First, as code of others may run in here and spawn: a runtime that has counted all its tasks may end.
        // SAFETY: the reference that the spawn gave to the runtime.
        unsafe { TaskRef::from_counted(task) }.release(&self.magazines);
        self.remote().stats.count_finish();
    }

    fn link(&self, header: &Header) {
        self.live.link(header);
        self.remote().stats.started.bump();
    }

    fn unlink(&self, header: &Header) {
        self.no_longer_waits(header);
        self.passes.forget(header);
        self.live.unlink(header);
    }

    /// Cancels every started task of this worker, and those that wait here between two steps; those that
    /// start later find the flag.
    pub(super) fn cancel_live(&self) {
        let stop = |header: &Header| header.ambient.stop(&mut park::settle);
        self.live.for_each(stop);
        self.waiting.for_each(stop);
    }
}

/// What every task's coroutine runs. All that are parked keep its frame: what comes after the closure has another.
///
/// # Safety
///
/// `data` is the header of a task that this worker has just started.
unsafe fn body(arg: usize, data: *mut ()) -> (*mut Coroutine, usize) {
    let task = NonNull::new(data.cast::<Header>()).expect("a task has a header");
    local_worker(task).arrived(arg);
    // SAFETY: the task runs for the first time, on its own coroutine.
    let outcome = unsafe { Header::run(task) };
    // SAFETY: it has returned.
    unsafe { end(task, outcome) }
}

/// Says who goes on after the closure of `task` has returned.
///
/// # Safety
///
/// `task` runs and has nothing left to do; its stack is left as soon as this returns.
#[inline(never)]
unsafe fn end(task: NonNull<Header>, outcome: Outcome) -> (*mut Coroutine, usize) {
    let worker = local_worker(task);
    // SAFETY: alive, and this is the task, whose closure has returned.
    unsafe { task.as_ref().locals.finish() };
    // What it has not left it never will.
    // SAFETY: as above.
    spans::leave(unsafe { task.as_ref() }).forget();
    if let Outcome::Paused(wish) = outcome {
        // SAFETY: this is the task, and it leaves its stack now.
        unsafe { worker.begin(task, wish) };
        return (worker.after_finish(), task.as_ptr().expose_provenance());
    }
    if matches!(outcome, Outcome::Panicked) {
        worker.remote().stats.panicked.bump();
        if worker.core.config.on_panic == OnPanic::Abort {
            std::process::abort();
        }
    }
    // SAFETY: it has run.
    unsafe { complete(task) };
    // SAFETY: alive until it is buried.
    worker.move_out(unsafe { task.as_ref() });
    // The task is over: the next context buries it when this stack has been left (K3).
    (worker.after_finish(), task.as_ptr().expose_provenance())
}

/// Publishes the result of a task and makes its joiner ready.
///
/// # Safety
///
/// The task has run or failed, and this is called once.
unsafe fn complete(task: NonNull<Header>) {
    // SAFETY: the runtime's reference keeps it alive until the burial.
    let header = unsafe { task.as_ref() };
    // Before anybody is told: what it has inherited may be borrowed from who waits.
    header.ambient.finish();
    if header.is_the_runtimes_alone() {
        // Functions that wait for the end of its context go now, and in the task: later it would be on the root.
        header.ambient.forget_own();
    }
    let family = header.family;
    match header.join.complete() {
        Some(claim) => park::settle(claim),
        None => {
            // SAFETY: it has a result, and the handle is gone. User code may run in here, and even
            // park: this is still the task. The family counts it until `leave`.
            unsafe {
                if Header::discard(task) && !family.is_null() {
                    (*family).mark_panicked();
                }
            }
        }
    }
    if !family.is_null() {
        // SAFETY: counted when it was spawned; nothing of the closure or the result is left but
        // in a handle (F1).
        park::settle(unsafe { Family::leave(family) });
    }
}

/// The worker that has started `task`, which runs on it, before this context could ask the thread-local for it.
fn local_worker(task: NonNull<Header>) -> &'static Worker {
    // SAFETY: the running task is alive, its home was set by `start`, and the worker outlives its
    // loop, in which we are.
    let worker = unsafe {
        let home = task.as_ref().home().cast::<super::core::Remote>();
        // ORDERING: Relaxed, written by this worker's own thread.
        &*(*home).local.load(Ordering::Relaxed)
    };
    current::rebind(worker);
    worker
}
