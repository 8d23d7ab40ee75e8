//! Building a runtime, and ending one.

use super::core::{Config, Core, OnPanic};
use super::dump::Dump;
use super::handle::JoinHandle;
use super::local_runtime::LocalRuntime;
use super::metrics::{Metrics, Stall};
use super::running::{self, Running};
use super::spawn::{Request, accepted, run_on, spawn_on};
use super::worker::Worker;
use super::{busy_poll, current, monitor};
use crate::stack::Class;
use crate::stack::guard::{self, SignalStack};
use crate::sys::barrier;
use std::fmt;
use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Builds a [`Runtime`].
///
/// # Examples
///
/// ```
/// let runtime = teem::runtime::Builder::new().workers(2).name("search").build()?;
/// assert_eq!(runtime.run(|| 6 * 7), 42);
/// # std::io::Result::Ok(())
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct Builder {
    name: String,
    workers: Option<usize>,
    pin_workers: bool,
    stack_size: Option<usize>,
    blocking_threads: usize,
    on_panic: OnPanic,
    on_stall: Option<super::core::OnStall>,
    page_out_after: Option<Duration>,
    busy_poll: Duration,
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// A builder of a runtime with a worker for each CPU that this process may use.
    pub fn new() -> Self {
        Self {
            name: "teem".to_owned(),
            workers: None,
            pin_workers: false,
            stack_size: None,
            blocking_threads: 512,
            on_panic: OnPanic::default(),
            on_stall: None,
            page_out_after: None,
            busy_poll: busy_poll::LONGEST,
        }
    }

    /// How many workers there are. Unless told, as many as `std::thread::available_parallelism`
    /// says, which respects the process's affinity and its cgroup's quota.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// Pins each worker to a CPU of its own. Pays on a machine that does nothing else.
    pub fn pin_workers(mut self, pin: bool) -> Self {
        self.pin_workers = pin;
        self
    }

    /// The first stack segment of tasks that ask for nothing else, in bytes; see
    /// [`task::Builder::stack_size`](crate::task::Builder::stack_size). 256 KiB unless told.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// How many threads [`offload`](crate::offload) may use at once; 512 unless told.
    pub fn blocking_threads(mut self, threads: usize) -> Self {
        self.blocking_threads = threads;
        self
    }

    /// Has the stacks of tasks that have been parked for `duration` handed to the system, if that has
    /// compressed swap, and so keeps a stack in a few hundred bytes instead of a page or more. Off unless
    /// told.
    ///
    /// It happens in idle time, on a thread of its own, and delays no ready task by more than 100 us. A task that is
    /// woken after it pays for it: some 5 us for each page it touches. Whether there is compressed swap (zram, or
    /// zswap before a disk) is looked at when the runtime is built and whenever its metrics are asked for, which tell
    /// what was found: [`PageOut`](super::PageOut).
    pub fn page_out_after(mut self, duration: Duration) -> Self {
        self.page_out_after = Some(duration);
        self
    }

    /// How long a worker that has nothing to do waits for the next event awake, if the one before came within that
    /// time, too; 10 us unless told.
    ///
    /// A server with a busy client answers sooner that way, and the client need not wake it; the price is processor
    /// time, in a worker that is busy without it at least every so often. With zero it sleeps at once, always. More
    /// pays where to be late costs more than a CPU does.
    pub fn busy_poll(mut self, longest: Duration) -> Self {
        self.busy_poll = longest;
        self
    }

    /// What the runtime's threads are called.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// What a panic in a task leads to.
    pub fn on_panic(mut self, on_panic: OnPanic) -> Self {
        self.on_panic = on_panic;
        self
    }

    /// Has `f` called, on a thread of the runtime's own, when a task has held its worker for 10 ms.
    pub fn on_stall(mut self, f: impl Fn(&Stall) + Send + Sync + 'static) -> Self {
        self.on_stall = Some(Box::new(f));
        self
    }

    /// Starts the runtime.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for no workers, no blocking threads, an impossible stack size or a NUL in the name; that of the
    /// system if it has no descriptors, no threads or no memory for the runtime. What was started
    /// by then has ended.
    pub fn build(self) -> io::Result<Runtime> {
        let workers = match self.workers {
            Some(workers) => workers,
            None => thread::available_parallelism().map_or(1, usize::from),
        };
        let mut runtime = Runtime {
            core: self.core(workers)?,
            threads: Vec::new(),
            monitor: None,
        };
        // On an error the runtime is dropped, which ends the threads that there are.
        runtime.start_threads()?;
        Ok(runtime)
    }

    /// Makes a runtime whose one worker is the calling thread, while that is in [`LocalRuntime::run`]. To pin it is the
    /// caller's business.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build), and `InvalidInput` if more than one worker was asked for.
    pub fn build_local(self) -> io::Result<LocalRuntime> {
        let workers = self.workers.unwrap_or(1);
        if workers > 1 {
            return Err(invalid("a local runtime has one worker, its thread"));
        }
        LocalRuntime::start(self.core(workers)?)
    }

    fn core(self, workers: usize) -> io::Result<Arc<Core>> {
        if workers == 0 {
            return Err(invalid("a runtime needs at least one worker"));
        }
        if self.blocking_threads == 0 {
            return Err(invalid("a runtime needs at least one blocking thread"));
        }
        if self.name.contains('\0') {
            return Err(invalid("a runtime's name has a NUL in it"));
        }
        let class = self.stack_size.map(Class::for_size).transpose()?;
        guard::install(report_running)?;
        // Mostly it can be now. If not, the monitor does it, which may take a while.
        barrier::enable_if_alone();
        Core::new(Config {
            name: self.name,
            workers,
            pin_workers: self.pin_workers,
            class: class.unwrap_or(Class::DEFAULT),
            blocking_threads: self.blocking_threads,
            on_panic: self.on_panic,
            on_stall: self.on_stall,
            page_out_after: self.page_out_after,
            busy_poll: self.busy_poll,
        })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("name", &self.name)
            .field("workers", &self.workers)
            .field("pin_workers", &self.pin_workers)
            .field("stack_size", &self.stack_size)
            .field("blocking_threads", &self.blocking_threads)
            .field("on_panic", &self.on_panic)
            .field("page_out_after", &self.page_out_after)
            .field("busy_poll", &self.busy_poll)
            .finish_non_exhaustive()
    }
}

pub(super) fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message.into())
}

/// Names the running task to the stack overflow handler: no locks, no allocation.
fn report_running(sink: &mut dyn FnMut(&[u8])) {
    struct Sink<'a>(&'a mut dyn FnMut(&[u8]));
    impl fmt::Write for Sink<'_> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            (self.0)(text.as_bytes());
            Ok(())
        }
    }
    if let Some((_, task)) = current::running() {
        let _ = task.describe(&mut Sink(sink));
    } else {
        sink(b"a thread");
    }
}

/// Workers, their tasks, and the threads that they are.
///
/// Most programs need none of their own: the functions at the root of this crate use a global one.
/// Dropping a runtime cancels its tasks and waits for all of them; [`shutdown`](Self::shutdown)
/// waits for a while only. From within a task of its own, where waiting would never end, and inside
/// [`forbid_park`](crate::task::forbid_park), a drop cancels them and leaves it at that.
pub struct Runtime {
    pub(super) core: Arc<Core>,
    threads: Vec<thread::JoinHandle<()>>,
    monitor: Option<thread::JoinHandle<()>>,
}

impl Runtime {
    fn start_threads(&mut self) -> io::Result<()> {
        let cpus = if self.core.config.pin_workers {
            core_affinity::get_core_ids().unwrap_or_default()
        } else {
            Vec::new()
        };
        let (up, started) = std::sync::mpsc::channel();
        for index in 0..self.core.remotes.len() {
            let (core, up) = (Arc::clone(&self.core), up.clone());
            let cpu = cpus.get(index % cpus.len().max(1)).copied();
            let thread = thread::Builder::new()
                .name(format!("{}-{index}", core.config.name))
                .spawn(move || {
                    let signal_stack = SignalStack::new();
                    let ready = signal_stack.as_ref().map(drop).map_err(io::Error::kind);
                    let failed = ready.is_err();
                    // The builder waits for it.
                    let _ = up.send(ready);
                    if failed {
                        return;
                    }
                    if let Some(cpu) = cpu {
                        // Best effort: the CPU may have been taken away since.
                        core_affinity::set_for_current(cpu);
                    }
                    let worker = Worker::new(core, index);
                    worker.set_up();
                    worker.work(|| false);
                    worker.retire();
                });
            self.threads.push(thread?);
        }
        for ready in started.iter().take(self.threads.len()) {
            ready.map_err(|kind| io::Error::new(kind, "no memory for a worker's signal stack"))?;
        }
        self.monitor = Some(monitor::start(&self.core, false)?);
        Ok(())
    }

    /// Runs `f` as a task of this runtime and waits for its result: [`teem::run`](crate::run).
    ///
    /// # Panics
    ///
    /// As there.
    #[track_caller]
    pub fn run<F, T>(&self, f: F) -> T
    where
        F: FnOnce() -> T + Send,
        T: Send,
    {
        accepted(run_on(&self.core, Request::awaited(), f))
    }

    /// Spawns a task on this runtime: [`teem::spawn`](crate::spawn).
    #[track_caller]
    pub fn spawn<F, T>(&self, f: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.handle().spawn_at(Request::plain(), f)
    }

    /// A handle that can spawn from anywhere, and does not keep the runtime from ending.
    pub fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.core))
    }

    /// What the runtime has done so far.
    pub fn metrics(&self) -> Metrics {
        Metrics::of(&self.core)
    }

    /// Asks what the runtime's tasks are doing: [`runtime::dump`](crate::runtime::dump).
    ///
    /// # Panics
    ///
    /// As there.
    #[track_caller]
    pub fn dump(&self) -> Dump {
        self.core.dump()
    }

    /// Ends the runtime in good order: takes no more tasks from outside, waits up to `timeout` for
    /// those that there are to end by themselves, then cancels the rest and waits up to `timeout`
    /// once more.
    ///
    /// # Errors
    ///
    /// [`StillRunning`] when tasks are left. They keep their stacks and their workers, and are
    /// leaked with them: nothing that they borrow or own is touched.
    ///
    /// # Panics
    ///
    /// Inside [`forbid_park`](crate::task::forbid_park), unless all have ended: as a drop there.
    #[track_caller]
    pub fn shutdown(mut self, timeout: Duration) -> Result<(), StillRunning> {
        let deadline = || Instant::now().checked_add(timeout);
        self.core.close();
        if !self.core.wait_until_over(deadline()) {
            self.core.cancel_all();
            let tasks = match self.core.wait_until_over(deadline()) {
                true => 0,
                false => self.core.unfinished(),
            };
            if tasks > 0 {
                self.threads.clear();
                self.monitor = None;
                return Err(StillRunning { tasks });
            }
            // Without tasks it is over, even if no worker has come round to saying so.
            self.core.end_if_quiescent();
        }
        Ok(())
    }

    /// Whether the caller must not wait for the end.
    fn is_not_to_wait(&self) -> bool {
        let is_own = |worker: &Worker| Arc::ptr_eq(&worker.core, &self.core);
        current::worker().is_some_and(is_own)
            || current::serves(Arc::as_ptr(&self.core))
            || running::running().is_some_and(Running::must_not_park)
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if self.threads.is_empty() {
            return;
        }
        self.core.close();
        if !self.core.is_over() {
            self.core.cancel_all();
        }
        if self.is_not_to_wait() {
            return;
        }
        // Without tasks it is over right here, even if not all workers could be started.
        self.core.end_if_quiescent();
        self.core.wait_until_over(None);
        for thread in self.threads.drain(..).chain(self.monitor.take()) {
            thread.join().expect("no thread of a runtime panics");
        }
    }
}

// What a panic could leave half done in a runtime is behind its own locks, none of which is held
// while code of others runs.
impl UnwindSafe for Runtime {}
impl RefUnwindSafe for Runtime {}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Runtime").field(&self.core).finish()
    }
}

/// Spawns tasks on a [`Runtime`] from anywhere.
#[derive(Clone)]
pub struct Handle(pub(super) Arc<Core>);

impl Handle {
    /// Spawns a task on the handle's runtime: [`teem::spawn`](crate::spawn).
    ///
    /// # Panics
    ///
    /// If that runtime has been shut down.
    #[track_caller]
    pub fn spawn<F, T>(&self, f: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.spawn_at(Request::plain(), f)
    }

    #[track_caller]
    fn spawn_at<F, T>(&self, request: Request, f: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        // SAFETY: the bounds of this function.
        accepted(unsafe { spawn_on(&self.0, request, f) })
    }

    /// What the runtime has done so far.
    pub fn metrics(&self) -> Metrics {
        Metrics::of(&self.0)
    }

    /// Asks what the runtime's tasks are doing: [`runtime::dump`](crate::runtime::dump). Also after a
    /// [`shutdown`](Runtime::shutdown) that has left some, to see which.
    ///
    /// # Panics
    ///
    /// As there.
    #[track_caller]
    pub fn dump(&self) -> Dump {
        self.0.dump()
    }
}

// As for `Runtime`.
impl UnwindSafe for Handle {}
impl RefUnwindSafe for Handle {}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&self.0).finish()
    }
}

/// Tasks were left when a shutdown ran out of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StillRunning {
    /// How many.
    pub tasks: usize,
}

impl fmt::Display for StillRunning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} tasks were still running at the end of the shutdown",
            self.tasks
        )
    }
}

impl std::error::Error for StillRunning {}
