//! Which worker this thread is, and which context and which task-local values a thread without one
//! has, and what it blocks on: the thread-locals of the runtime.
//!
//! Tasks do not change threads, so an address of a thread-local that the compiler keeps over a switch stays right; but
//! this file is the only one that would have to change if they ever did.

use super::core::Core;
use super::worker::Worker;
use crate::bias::Identity;
use crate::task::{Ambient, Context, Header, Locals, Parker};
use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::Arc;

thread_local! {
    static WORKER: Cell<*const Worker> = const { Cell::new(ptr::null()) };
    /// The runtime for one of whose tasks a thread of a blocking pool runs something.
    static SERVED: Cell<*const Core> = const { Cell::new(ptr::null()) };
    static IDENTITY: Cell<Identity> = const { Cell::new(Identity::NOBODY) };
    /// Not used by tasks: theirs is in the header. Nor is the next. Both have no destructor, so that those of other
    /// thread-locals, and of what is in `LOCALS`, can use them.
    static AMBIENT: ManuallyDrop<Ambient> = ManuallyDrop::new(Ambient::new(Context::background()));
    static LOCALS: Locals = const { Locals::new() };
    static END: End = const { End };
    static LAST_THING: LastThing = const { LastThing };
    /// Tasks need none.
    static PARKER: Arc<Parker> = Arc::new(Parker::new());
}

/// The worker that this thread is, if it is one.
#[inline]
pub(crate) fn worker() -> Option<&'static Worker> {
    // SAFETY: set by `bind` to a worker that its thread keeps until `unbind`. Code that could see
    // the end of it would have to run after the worker's loop, and nothing of ours does. A worker
    // is not `Sync`, so the reference stays on this thread.
    unsafe { WORKER.get().as_ref() }
}

/// Who this thread is to a bias: somebody, if it is a worker.
#[inline]
pub(crate) fn identity() -> Identity {
    IDENTITY.get()
}

/// The worker and the task that runs on it, if this is a task.
#[inline]
pub(crate) fn running() -> Option<(&'static Worker, &'static Header)> {
    let worker = worker()?;
    // SAFETY: the running task is alive as long as it runs, and it is the caller. (A task does not
    // outlive its worker, and nobody keeps this reference beyond the task's own frames.)
    let task = unsafe { worker.running()?.as_ref() };
    Some((worker, task))
}

/// Notes the end of a thread on which tasks run.
struct LastThing;

impl Drop for LastThing {
    // That it has a destructor is all: the thread-local is gone from then on.
    fn drop(&mut self) {}
}

/// Whether the thread ends, and thread-locals that its tasks have a reference to may be destroyed: those that were
/// first used after this was first called. (The last one is the first to go.)
pub(super) fn thread_ends() -> bool {
    LAST_THING.try_with(|_| ()).is_err()
}

/// Runs `f`, for which a task of `core` waits.
pub(super) fn serving<R>(core: *const Core, f: impl FnOnce() -> R) -> R {
    /// Goes back however the closure ends.
    struct Back(*const Core);
    impl Drop for Back {
        fn drop(&mut self) {
            SERVED.set(self.0);
        }
    }
    let _back = Back(SERVED.replace(core));
    f()
}

/// Whether the caller runs something for which a task of `core` waits.
pub(super) fn serves(core: *const Core) -> bool {
    ptr::eq(SERVED.get(), core)
}

/// Which task has called, for the end of a closure that it gave us: a coroutine of another library may have suspended
/// it, and another task have resumed it.
#[derive(Clone, Copy)]
pub(super) struct Caller {
    task: *const Header,
    /// The address of its header may come again.
    id: u64,
}

impl Caller {
    #[inline(always)]
    pub(super) fn new(task: &Header) -> Self {
        Self {
            task: ptr::from_ref(task),
            id: task.id,
        }
    }

    #[inline(always)]
    pub(super) fn is(self, task: &Header) -> bool {
        ptr::eq(task, self.task) && task.id == self.id
    }

    /// The task, which runs and so is alive. If it does not, what was done to it cannot be undone: the process ends.
    #[inline(always)]
    pub(super) fn still(self) -> &'static Header {
        match running() {
            Some((_, task)) if self.is(task) => task,
            _ => resumed_elsewhere(),
        }
    }
}

#[cold]
#[inline(never)]
fn resumed_elsewhere() -> ! {
    eprintln!(
        "teem: a closure has returned in another task than it was called in: a coroutine of another library was \
         suspended in it and resumed there"
    );
    std::process::abort();
}

/// Destroys what a thread that ends has here.
struct End;

impl End {
    /// The first use has it dropped later. When it has been, there are no task-local values and will be none; a node
    /// that a context wants after that is leaked.
    fn is_to_come() {
        let _ = END.try_with(|_| ());
    }
}

impl Drop for End {
    fn drop(&mut self) {
        // SAFETY: this is the thread, and nothing of it runs any more but destructors.
        LOCALS.with(|locals| unsafe { locals.finish() });
        AMBIENT.with(|ambient| ambient.forget_own());
    }
}

/// Runs `f` with the context of this thread, which runs no task.
#[inline(never)]
pub(super) fn with_own_ambient<R>(f: impl FnOnce(&Ambient) -> R) -> R {
    End::is_to_come();
    AMBIENT.with(|ambient| f(ambient))
}

/// Runs `f` with the task-local values of this thread, which runs no task.
#[inline(never)]
pub(super) fn with_own_locals<R>(f: impl FnOnce(&Locals) -> R) -> R {
    End::is_to_come();
    LOCALS.with(f)
}

/// What this thread, which runs no task, blocks on. After the end of its thread-locals each call makes another.
pub(super) fn parker() -> Arc<Parker> {
    let own = PARKER.try_with(Arc::clone);
    own.unwrap_or_else(|_| Arc::new(Parker::new()))
}

/// Makes this thread the worker, until [`unbind`].
#[inline(never)]
pub(super) fn bind(worker: &Worker) {
    WORKER.set(worker);
    IDENTITY.set(worker.identity);
}

/// The worker's loop has ended, or rests.
#[inline(never)]
pub(super) fn unbind() {
    WORKER.set(ptr::null());
    IDENTITY.set(Identity::NOBODY);
}

/// After a switch: Miri's contexts are threads, with thread-locals of their own.
#[inline(always)]
pub(super) fn rebind(worker: *const Worker) {
    if cfg!(miri) {
        WORKER.set(worker);
    }
}
