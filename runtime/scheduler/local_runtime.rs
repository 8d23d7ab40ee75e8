//! A runtime whose one worker is the thread that has built it.
//!
//! The thread runs tasks while it is in [`LocalRuntime::run`] and in the drop; in between they stand still. The worker
//! never moves to another thread, which the type says by not being `Send`, so all that holds for a worker (K1) holds
//! here, too: it has two lives or more instead of one.
//!
//! `run` ends when its task does, though others may be ready. That task *recalls* the worker with the last thing its
//! closure does, and from then on a task that looks up goes back to the root, which sees whether the task has ended:
//! its task-local values are dropped after the closure, and what is dropped may park.
//!
//! # What it gains
//!
//! Linux counts a reference to an open file in each system call that is made with it, unless nobody shares the table of
//! descriptors. A runtime's other thread, the monitor, uses none, so here it gives its share of that table up. As long
//! as the program has no threads of its own, a receive and a send then cost what they cost a program without threads.

use super::core::Core;
use super::current;
use super::handle::JoinHandle;
use super::metrics::Metrics;
use super::monitor;
use super::runtime::Handle;
use super::spawn::{Request, accepted, spawn_on};
use super::worker::Worker;
use crate::stack::guard::SignalStack;
use std::fmt;
use std::io;
use std::mem::ManuallyDrop;
use std::panic::{RefUnwindSafe, UnwindSafe, resume_unwind};
use std::sync::Arc;
use std::thread;

/// A runtime with one worker, which is the thread that has built it:
/// [`Builder::build_local`](crate::runtime::Builder::build_local).
///
/// Its tasks run while that thread is in [`run`](Self::run), and stand still otherwise; so to wait for one of them
/// elsewhere, on a thread that nobody will let into `run` again, is to wait for ever. Nothing of theirs ever runs on
/// another thread but what they [`offload`](crate::offload). For programs that have one thread and want it to stay that
/// way: a server on one core has cheaper system calls if no thread shares its descriptors, a thread of a GUI or of a
/// test may have a runtime of its own.
///
/// Dropping it cancels its tasks and runs them to their ends. Where that is not possible, a drop cancels them and leaks
/// them, with all that they own: from within a task, and in a thread-local at the end of the thread, when other
/// thread-locals that they may have a reference to are gone.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
///
/// let runtime = teem::runtime::Builder::new().build_local()?;
/// let words = Rc::new(vec!["plain", "blocking", "code"]);
/// // Neither what a task takes along nor what it returns need be `Send`.
/// let same = runtime.run(|| {
///     let task = teem::task::spawn_local({
///         let words = Rc::clone(&words);
///         move || words.len()
///     });
///     assert_eq!(task.join().unwrap(), 3);
///     Rc::clone(&words)
/// });
/// assert!(Rc::ptr_eq(&words, &same));
/// # std::io::Result::Ok(())
/// ```
///
/// It stays where it is:
///
/// ```compile_fail,E0277
/// let runtime = teem::runtime::Builder::new().build_local().unwrap();
/// std::thread::spawn(move || runtime.run(|| ()));
/// ```
pub struct LocalRuntime {
    /// Not dropped while there are tasks: they point to it.
    worker: ManuallyDrop<Box<Worker>>,
    monitor: Option<thread::JoinHandle<()>>,
}

impl LocalRuntime {
    /// `core` has one worker.
    pub(super) fn start(core: Arc<Core>) -> io::Result<Self> {
        // Each stay in `run` has one of its own, as they come and go in turn.
        drop(SignalStack::new()?);
        let worker = Box::new(Worker::new(Arc::clone(&core), 0));
        worker.set_up();
        worker.remote().sleep.announce();
        let mut runtime = Self {
            worker: ManuallyDrop::new(worker),
            monitor: None,
        };
        // On an error the runtime is dropped, without tasks.
        runtime.monitor = Some(monitor::start(&core, core.config.on_stall.is_none())?);
        Ok(runtime)
    }

    /// Runs `f` as a task and, until it has ended, this runtime's other tasks, too.
    ///
    /// `f` inherits the caller's [context](crate::context).
    ///
    /// # Panics
    ///
    /// A panic of `f` resumes in the caller. In a task, be it this runtime's own: its worker could run no other
    /// meanwhile. In a destructor of a thread-local.
    ///
    /// # Cancellation
    ///
    /// Is not cut.
    #[track_caller]
    pub fn run<F, T>(&self, f: F) -> T
    where
        F: FnOnce() -> T,
    {
        assert!(
            current::worker().is_none(),
            "`LocalRuntime::run` was called in a task, whose thread has other tasks to run"
        );
        assert!(
            !current::thread_ends(),
            "`LocalRuntime::run` was called by a destructor of a thread-local, at the end of the thread"
        );
        /// Tells the worker that its thread is wanted back, however the closure ends.
        struct Recall<'a>(&'a Worker);
        impl Drop for Recall<'_> {
            fn drop(&mut self) {
                self.0.recall();
            }
        }
        let worker = &**self.worker;
        let f = move || {
            let _recall = Recall(worker);
            f()
        };
        // SAFETY: `f` and its result never leave this thread, which is the only worker. This frame outlasts the task,
        // and takes its result.
        let task = accepted(unsafe { spawn_on(&worker.core, Request::awaited(), f) });
        self.work_until(|| task.is_finished());
        match task.join() {
            Ok(value) => value,
            Err(payload) => resume_unwind(payload),
        }
    }

    /// Spawns a task on this runtime, which starts when its thread is in [`run`](Self::run) next:
    /// [`teem::spawn`](crate::spawn).
    #[track_caller]
    pub fn spawn<F, T>(&self, f: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.handle().spawn(f)
    }

    /// A handle that can spawn from anywhere, and does not keep the runtime from ending.
    pub fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.worker.core))
    }

    /// What the runtime has done so far.
    pub fn metrics(&self) -> Metrics {
        Metrics::of(&self.worker.core)
    }

    /// Runs tasks until `is_done`, or until there will never be one again.
    fn work_until(&self, is_done: impl Fn() -> bool) {
        // Without memory for it there is std's, which is smaller.
        let _signal_stack = SignalStack::new();
        let (worker, remote) = (&self.worker, self.worker.remote());
        remote.sleep.awake();
        worker.core.watch.worker_is_up();
        worker.work(is_done);
        // So that the monitor may rest. Whoever sends it something signals the poller, which will say so.
        remote.sleep.announce();
    }
}

impl Drop for LocalRuntime {
    fn drop(&mut self) {
        let core = Arc::clone(&self.worker.core);
        core.close();
        core.cancel_all();
        // A task may have a reference to a thread-local that is destroyed by now.
        if current::worker().is_some() || current::thread_ends() {
            return;
        }
        self.work_until(|| false);
        self.worker.retire();
        if let Some(monitor) = self.monitor.take() {
            monitor.join().expect("no thread of a runtime panics");
        }
        // SAFETY: once, and the runtime is over: no task is left to point to it.
        unsafe { ManuallyDrop::drop(&mut self.worker) };
    }
}

// As for `Runtime`.
impl UnwindSafe for LocalRuntime {}
impl RefUnwindSafe for LocalRuntime {}

impl fmt::Debug for LocalRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalRuntime")
            .field(&self.worker.core)
            .finish()
    }
}
