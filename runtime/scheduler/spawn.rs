//! Spawning.

use super::core::Core;
use super::handle::JoinHandle;
use super::worker::Worker;
use super::{current, global, park, running, spans};
use crate::stack::Class;
use crate::task::{Attributes, Birth, Context, Family, TaskRef, allocate};
use std::fmt;
use std::io;
use std::ops::Range;
use std::panic::{Location, resume_unwind};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

/// Ids are handed to the workers in blocks, so that a spawn shares no counter.
fn reserve_ids() -> Range<u64> {
    const BLOCK: u64 = 1 << 12;
    static NEXT: AtomicU64 = AtomicU64::new(1);
    // ORDERING: Relaxed, only uniqueness counts.
    let start = NEXT.fetch_add(BLOCK, Ordering::Relaxed);
    start..start + BLOCK
}

impl Worker {
    /// A number that no other task of the process has.
    fn next_id(&self) -> u64 {
        let mut ids = self.ids.take();
        let id = ids.next().unwrap_or_else(|| {
            ids = reserve_ids();
            ids.start += 1;
            ids.start - 1
        });
        self.ids.set(ids);
        id
    }
}

/// An id for a task that is spawned from outside of any worker.
fn single_id() -> u64 {
    static FROM_OUTSIDE: std::sync::Mutex<Range<u64>> = std::sync::Mutex::new(0..0);
    let mut ids = FROM_OUTSIDE.lock().unwrap_or_else(|e| e.into_inner());
    ids.next().unwrap_or_else(|| {
        *ids = reserve_ids();
        ids.next().expect("a block is not empty")
    })
}

/// What a spawn is given beside its closure.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) site: &'static Location<'static>,
    pub(super) attributes: Option<Box<Attributes>>,
    pub(super) worker: Option<usize>,
    pub(super) family: *const Family,
    /// What the task is in from the start; without, it inherits the caller's values only.
    pub(super) context: Option<Context>,
}

impl Request {
    #[track_caller]
    pub(super) fn plain() -> Self {
        Self {
            site: Location::caller(),
            attributes: None,
            worker: None,
            family: ptr::null(),
            context: None,
        }
    }

    /// The request for a task that the caller waits for: it inherits the whole context.
    #[track_caller]
    pub(super) fn awaited() -> Self {
        Self {
            context: Some(running::context()),
            ..Self::plain()
        }
    }
}

/// Why a task could not be spawned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Closed,
    NoSuchWorker { asked: usize, workers: usize },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Closed => f.write_str("cannot spawn: the runtime has been shut down"),
            Refused::NoSuchWorker { asked, workers } => {
                write!(
                    f,
                    "cannot spawn on worker {asked}: the runtime has {workers}"
                )
            }
        }
    }
}

/// What was spawned; a refusal is the caller's panic.
#[track_caller]
pub(super) fn accepted<T>(spawned: Result<T, Refused>) -> T {
    match spawned {
        Ok(spawned) => spawned,
        Err(refused) => panic!("{refused}"),
    }
}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> Self {
        let kind = match refused {
            Refused::Closed => io::ErrorKind::BrokenPipe,
            Refused::NoSuchWorker { .. } => io::ErrorKind::InvalidInput,
        };
        io::Error::new(kind, refused.to_string())
    }
}

/// Allocates a task on `core`'s runtime and queues it.
///
/// # Safety
///
/// `f` is `Send`, and so is its result. What either borrows stays alive until the task is complete
/// and its result taken or dropped; `request.family`, if any, already counts the task.
pub(super) unsafe fn spawn_on<F, T>(
    core: &Core,
    request: Request,
    f: F,
) -> Result<JoinHandle<T>, Refused>
where
    F: FnOnce() -> T,
{
    // SAFETY: passed on.
    unsafe { spawn_made(core, request, |birth| allocate(birth, spans::inherit(f))) }
}

/// Queues the task that `make` allocates, whose result is a `T`.
///
/// # Safety
///
/// As [`spawn_on`], for what `make` puts into the task.
pub(super) unsafe fn spawn_made<T>(
    core: &Core,
    request: Request,
    make: impl FnOnce(Birth<'_>) -> TaskRef,
) -> Result<JoinHandle<T>, Refused> {
    let workers = core.remotes.len();
    if let Some(asked) = request.worker.filter(|asked| *asked >= workers) {
        return Err(Refused::NoSuchWorker { asked, workers });
    }
    let inside = current::worker().filter(|worker| ptr::eq(&*worker.core, core));
    let task = make(Birth {
        magazines: inside.map(|worker| &worker.magazines),
        id: inside.map_or_else(single_id, |worker| worker.next_id()),
        site: request.site,
        attributes: request.attributes,
        family: request.family,
        context: request.context.unwrap_or_else(running::values),
    });
    let header = task.header();
    match (inside, request.worker) {
        (Some(worker), None) => worker.enqueue_new(header),
        (Some(worker), Some(index)) => {
            worker.remote().stats.count_spawn();
            core.place(header, &core.remotes[index], true);
        }
        (None, worker) => {
            if !core.admit(header, worker) {
                // SAFETY: never queued, so the runtime's reference is ours to give back.
                drop(unsafe { TaskRef::from_counted(header) });
                return Err(Refused::Closed);
            }
        }
    }
    Ok(JoinHandle::new(task))
}

/// Runs `with` on the runtime of the running task, or on the global one.
#[track_caller]
pub(super) fn with_core<R>(with: impl FnOnce(&Core) -> R) -> R {
    match current::worker() {
        Some(worker) => with(&worker.core),
        None => with(global::global()),
    }
}

/// Spawns a task: a function that runs concurrently with its spawner.
///
/// In a task it joins that task's runtime; elsewhere the global one, which starts with the first
/// use. The task gets its stack when it first runs. Dropping the handle lets it run on by itself.
///
/// When `main` returns the process ends, and tasks with it, as goroutines do.
///
/// # Panics
///
/// If the global runtime has to be started and cannot be: see [`runtime`](crate::runtime).
///
/// # Examples
///
/// ```
/// let sum = teem::spawn(|| (1..=100).sum::<u32>());
/// assert_eq!(sum.join().unwrap(), 5050);
/// ```
///
/// A task may be started by another thread, so what it takes along and what it returns is `Send`:
///
/// ```compile_fail,E0277
/// let local = std::rc::Rc::new(7);
/// teem::spawn(move || *local);
/// ```
///
/// ```compile_fail,E0277
/// teem::spawn(|| std::rc::Rc::new(7));
/// ```
///
/// It may outlive its spawner, so it borrows nothing; [`scope`](crate::scope) has tasks that do:
///
/// ```compile_fail,E0373
/// let text = String::from("gone before the task is");
/// teem::spawn(|| text.len());
/// ```
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let request = Request::plain();
    // SAFETY: the bounds of this function.
    let spawned = with_core(|core| unsafe { spawn_on(core, request, f) });
    accepted(spawned)
}

/// Spawns a task that stays on this worker from the start, so that nothing of it need be `Send`.
///
/// # Panics
///
/// Outside of a task.
///
/// # Examples
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
///
/// let count = teem::run(|| {
///     let count = Rc::new(Cell::new(0));
///     let shared = Rc::clone(&count);
///     teem::task::spawn_local(move || shared.set(7)).join().unwrap();
///     count.get()
/// });
/// assert_eq!(count, 7);
/// ```
///
/// A result that is not `Send` stays here, too, and so does the handle that gives it:
///
/// ```compile_fail,E0277
/// teem::run(|| {
///     let task = teem::task::spawn_local(|| std::rc::Rc::new(7));
///     std::thread::spawn(move || drop(task.join()));
/// });
/// ```
#[track_caller]
pub fn spawn_local<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + 'static,
    T: 'static,
{
    let request = Request::plain();
    let Some(worker) = current::worker() else {
        panic!("`spawn_local` was called outside of a task");
    };
    let birth = Birth {
        magazines: Some(&worker.magazines),
        id: worker.next_id(),
        site: request.site,
        attributes: None,
        family: ptr::null(),
        context: running::values(),
    };
    let task = allocate(birth, spans::inherit(f));
    worker.enqueue_local(task.header());
    JoinHandle::new(task)
}

/// Runs `f` as a task and waits for its result: the way into a runtime from `main` or a test.
///
/// A task that calls this parks, a thread blocks. `f` may borrow from the caller.
///
/// # Panics
///
/// A panic of `f` resumes in the caller; and as [`spawn`].
///
/// # Cancellation
///
/// Is not cut. But `f` inherits the caller's context, so what it waits for is.
///
/// # Examples
///
/// ```
/// let words = ["plain", "blocking", "code"];
/// let longest = teem::run(|| words.iter().map(|w| w.len()).max());
/// assert_eq!(longest, Some(8));
/// ```
///
/// `f` runs on another thread, so what it borrows has to be fit for that:
///
/// ```compile_fail,E0277
/// let cell = std::cell::Cell::new(7);
/// teem::run(|| cell.get());
/// ```
#[track_caller]
pub fn run<F, T>(f: F) -> T
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    let request = Request::awaited();
    accepted(with_core(|core| run_on(core, request, f)))
}

/// [`run`] on a given runtime.
#[track_caller]
pub(super) fn run_on<F, T>(core: &Core, request: Request, f: F) -> Result<T, Refused>
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    // Made before the spawn: it panics inside `forbid_park`, and the task must not outlive us.
    let waiter = park::waiter();
    // SAFETY: `Send` by the bounds; this frame waits until the task is complete, uncut, and takes
    // the result.
    let handle = unsafe { spawn_on(core, request, f) }?;
    match handle.join_with(&waiter) {
        Ok(value) => Ok(value),
        Err(payload) => resume_unwind(payload),
    }
}

/// Spawns tasks that have a name, or a stack of another size, or a worker of their own choice.
///
/// # Examples
///
/// ```
/// let task = teem::task::Builder::new()
///     .name("indexer")
///     .stack_size(1 << 20)
///     .spawn(|| teem::task::current().name().map(str::to_owned))?;
/// assert_eq!(task.join().unwrap().as_deref(), Some("indexer"));
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `spawn`"]
pub struct Builder {
    name: Option<String>,
    stack_size: Option<usize>,
    stack_limit: Option<usize>,
    worker: Option<usize>,
    context: Option<Context>,
}

impl Builder {
    /// A builder of tasks like those of [`spawn`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the task: for reports, and for [`Task::name`](crate::task::Task::name).
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Asks for a first stack segment of at least `bytes`. The sizes are 64 KiB, 256 KiB, 1 MiB,
    /// 8 MiB, 64 MiB and 256 MiB, each with its guard inside; memory is used as the stack is.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Bounds all stack segments of the task together, in bytes; 1 GiB unless told.
    pub fn stack_limit(mut self, bytes: usize) -> Self {
        self.stack_limit = Some(bytes);
        self
    }

    /// Has the task run on the worker with this index and no other.
    pub fn worker(mut self, index: usize) -> Self {
        self.worker = Some(index);
        self
    }

    /// Has the task run in `context` from the start. Unless told it inherits what [`spawn`] has a task
    /// inherit: the values of the spawner's.
    pub fn context(mut self, context: Context) -> Self {
        self.context = Some(context);
        self
    }

    /// Spawns the task, as [`spawn`] does.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a stack size beyond the largest and for a worker that does not exist;
    /// that of the system if the global runtime has to be started and cannot be.
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        // SAFETY: the bounds of this function; there is no family.
        unsafe { self.spawn_unchecked(ptr::null(), f) }
    }

    /// [`spawn`](Self::spawn) into `family`, if any, of a closure that may borrow.
    ///
    /// # Safety
    ///
    /// As [`spawn_on`].
    #[track_caller]
    pub(crate) unsafe fn spawn_unchecked<F, T>(
        self,
        family: *const Family,
        f: F,
    ) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T,
    {
        let request = self.request(family)?;
        // SAFETY: this function's contract.
        with_core(|core| unsafe { spawn_on(core, request, f) }).map_err(io::Error::from)
    }

    /// What to spawn, with the global runtime started if it will be needed.
    #[track_caller]
    pub(super) fn request(self, family: *const Family) -> io::Result<Request> {
        let mut request = if family.is_null() {
            Request::plain()
        } else {
            Request::awaited()
        };
        request.family = family;
        request.worker = self.worker;
        request.context = self.context.or(request.context);
        if self.name.is_some() || self.stack_size.is_some() || self.stack_limit.is_some() {
            request.attributes = Some(Box::new(Attributes {
                name: self.name.map(String::into_boxed_str),
                class: self.stack_size.map(Class::for_size).transpose()?,
                stack_limit: self.stack_limit,
            }));
        }
        if current::worker().is_none() {
            global::start_global()?;
        }
        Ok(request)
    }
}
