//! Which worker this thread is, and which context and which task-local values a thread without one
//! has: the thread-locals of the runtime.
//!
//! Read by value through functions that are never inlined, or whose callers are not. Tasks do not change threads, so an
//! address of a thread-local that the compiler keeps over a switch stays right; but this file is
//! the only one that would have to change if they ever did.

use super::worker::Worker;
use crate::task::{Ambient, Context, Header, Locals};
use std::cell::Cell;
use std::ptr;

thread_local! {
    static WORKER: Cell<*const Worker> = const { Cell::new(ptr::null()) };
    /// Not used by tasks: theirs is in the header.
    static AMBIENT: Ambient = Ambient::new(Context::background());
    /// Nor is this. It has no destructor, so that it can be used while its values are destroyed.
    static LOCALS: Locals = const { Locals::new() };
    static LOCALS_END: LocalsEnd = const { LocalsEnd };
}

/// The worker that this thread is, if it is one.
#[inline(never)]
pub(crate) fn worker() -> Option<&'static Worker> {
    worker_here()
}

/// The same in place, for a function that is never inlined itself and does not switch.
#[inline(always)]
fn worker_here() -> Option<&'static Worker> {
    // SAFETY: set by `bind` to a worker that its thread keeps until `unbind`. Code that could see
    // the end of it would have to run after the worker's loop, and nothing of ours does. A worker
    // is not `Sync`, so the reference stays on this thread.
    unsafe { WORKER.get().as_ref() }
}

/// The worker and the task that runs on it, if this is a task.
pub(crate) fn running() -> Option<(&'static Worker, &'static Header)> {
    running_on(worker()?)
}

/// The same for a function that is never inlined itself and does not switch.
#[inline(always)]
pub(super) fn running_here() -> Option<(&'static Worker, &'static Header)> {
    running_on(worker_here()?)
}

#[inline(always)]
fn running_on(worker: &'static Worker) -> Option<(&'static Worker, &'static Header)> {
    // SAFETY: the running task is alive as long as it runs, and it is the caller. (A task does not
    // outlive its worker, and nobody keeps this reference beyond the task's own frames.)
    let task = unsafe { worker.running()?.as_ref() };
    Some((worker, task))
}

/// Runs `f` with the context of this thread, which runs no task; without it when the thread's storage
/// is gone already.
#[inline(never)]
pub(super) fn with_own_ambient<R>(f: impl FnOnce(Option<&Ambient>) -> R) -> R {
    let mut f = Some(f);
    let mut with = |ambient: Option<&Ambient>| f.take().expect("called once")(ambient);
    match AMBIENT.try_with(|ambient| with(Some(ambient))) {
        Ok(result) => result,
        Err(_) => with(None),
    }
}

/// Destroys the values of a thread that ends.
struct LocalsEnd;

impl Drop for LocalsEnd {
    fn drop(&mut self) {
        // SAFETY: this is the thread, and nothing of it runs any more but destructors.
        LOCALS.with(|locals| unsafe { locals.finish() });
    }
}

/// Runs `f` with the task-local values of this thread, which runs no task.
#[inline(never)]
pub(super) fn with_own_locals<R>(f: impl FnOnce(&Locals) -> R) -> R {
    // The first use has it dropped later; when it has been, there are no values and will be none.
    let _ = LOCALS_END.try_with(|_| ());
    LOCALS.with(f)
}

/// Makes this thread the worker, until [`unbind`].
#[inline(never)]
pub(super) fn bind(worker: *const Worker) {
    WORKER.set(worker);
}

/// The worker's loop has ended.
#[inline(never)]
pub(super) fn unbind() {
    WORKER.set(ptr::null());
}

/// After a switch: Miri's contexts are threads, with thread-locals of their own.
#[inline(always)]
pub(super) fn rebind(worker: *const Worker) {
    if cfg!(miri) {
        bind(worker);
    }
}
