//! What the tasks of a runtime are doing: a list of them, with where each is parked.
//!
//! Only its worker may look at a task, and only a task itself can tell its backtrace, as unwinding
//! begins at the running function. So whoever asks leaves an [`Inquiry`] with each worker. A worker that
//! finds one switches to its *root*, on which no task's work is interrupted, and from there to each of
//! its parked tasks in turn, with the word [`REPORT`]. A task that arrives with that word notes its
//! backtrace and switches back, and is suspended where it was:
//!
//! ```text
//!   root                                    a parked task
//!   answer
//!    └ switch(root, task, REPORT) ────────▶ the switch in `park` returns REPORT
//!                                            └ arrived ─ report ─ switch(task, root, 0)
//!    ◀─────────────────────────────────────────┘
//! ```
//!
//! The task needs some stack for that; one that has too little left is listed without a backtrace. What it
//! touches of its stack beyond its frames is given back as after any run (`tidy.rs`).
//!
//! A worker that does not come round within [`PATIENCE`], because a task holds it, is reported with
//! that task. One that has ended has no tasks.

use super::TaskId;
use super::awaited::Awaited;
use super::core::{Core, Remote};
use super::park;
use super::segment::room_of;
use super::spawn::with_core;
use super::worker::Worker;
use crate::coroutine::Coroutine;
use crate::task::{Header, Rest, describe};
use std::backtrace::Backtrace;
use std::collections::HashSet;
use std::fmt;
use std::mem;
use std::panic::Location;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The word that asks a task for its backtrace. No header is there: they are aligned.
pub(super) const REPORT: usize = 1;
/// How long a worker is waited for.
const PATIENCE: Duration = Duration::from_secs(1);
/// A task with less stack than this left takes no backtrace, nor does one that has parked on a stack that is not ours.
const ROOM: usize = 16 << 10;
/// How many backtraces a worker takes for one dump, at some 20 us each.
const BACKTRACES: usize = 1000;

/// What the tasks of a runtime were doing when they were asked, each of its workers at a moment of its
/// own. Printed, it is a text with a paragraph for each task. See [`dump`](crate::runtime::dump).
#[derive(Debug)]
#[non_exhaustive]
pub struct Dump {
    /// The tasks that have been started, in the order in which they were spawned; not those that still
    /// wait for their start, which [`Metrics`](crate::runtime::Metrics) counts.
    pub tasks: Vec<TaskDump>,
    /// The workers, by index, that did not answer within a second: a task holds each, and is in
    /// `tasks`; their others are not.
    pub silent: Vec<usize>,
}

/// A task in a [`Dump`].
#[derive(Debug)]
#[non_exhaustive]
pub struct TaskDump {
    /// Its number.
    pub id: TaskId,
    /// The name that its [`Builder`](crate::task::Builder) gave it.
    pub name: Option<String>,
    /// Where it was spawned.
    pub spawned_at: &'static Location<'static>,
    /// The index of its worker.
    pub worker: usize,
    /// What it was doing.
    pub state: TaskState,
    /// Where it was parked. For the first thousand tasks of a worker that are parked and have 16 KiB of
    /// their stack left.
    pub backtrace: Option<Backtrace>,
}

/// What a task in a [`Dump`] was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskState {
    /// It ran, or asked for the dump.
    Running,
    /// It could have gone on, and waited for its turn.
    Ready,
    /// It waited for something.
    Parked,
    /// It waited between two steps ([`spawn_steps`](crate::task::spawn_steps)).
    BetweenSteps,
}

impl fmt::Display for TaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Running => "running",
            Self::Ready => "ready",
            Self::Parked => "parked",
            Self::BetweenSteps => "between two steps",
        })
    }
}

impl fmt::Display for TaskDump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(self.id.0, self.name.as_deref(), self.spawned_at, f)?;
        write!(f, ": {}, worker {}", self.state, self.worker)?;
        match &self.backtrace {
            Some(backtrace) => write!(f, "\n{backtrace}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for task in &self.tasks {
            writeln!(f, "{}\n", task.to_string().trim_end())?;
        }
        for worker in &self.silent {
            writeln!(f, "worker {worker} did not answer: a task holds it")?;
        }
        Ok(())
    }
}

/// Asks the current runtime, the running task's or the global one, what its tasks are doing: who they are,
/// where they were spawned, whether they run, are ready or parked, and where. What a deadlock or a leak of
/// tasks is found with.
///
/// The calling task is parked meanwhile, or the thread blocked. Each worker answers at its next switch, and
/// is held up for some 20 us for each backtrace that it takes.
///
/// # Panics
///
/// Inside [`forbid_park`](crate::task::forbid_park).
///
/// # Examples
///
/// ```
/// let (stop, done) = teem::chan::bounded::<()>(0);
/// let waiting = teem::task::Builder::new().name("waiting").spawn(move || done.recv());
/// let dump = loop {
///     let dump = teem::runtime::dump();
///     if dump.tasks.iter().any(|task| task.name.as_deref() == Some("waiting")) {
///         break dump;
///     }
/// };
/// assert!(dump.to_string().contains("'waiting' (spawned at "));
/// drop(stop);
/// # assert!(waiting.unwrap().join().unwrap().is_err());
/// ```
#[track_caller]
pub fn dump() -> Dump {
    with_core(Core::dump)
}

/// A question to all workers, and their answers.
pub(super) struct Inquiry {
    /// The task that asks, if one does.
    asker: Option<u64>,
    answers: Awaited<Answers>,
}

struct Answers {
    tasks: Vec<TaskDump>,
    missing: Vec<usize>,
}

impl Inquiry {
    /// Worker `index` has these tasks.
    fn answer(&self, index: usize, tasks: Vec<TaskDump>) {
        let is_last = self.answers.with(|answers| {
            answers.tasks.extend(tasks);
            answers.missing.retain(|missing| *missing != index);
            answers.missing.is_empty()
        });
        if is_last {
            self.answers.wake_all();
        }
    }
}

/// The inquiries that a worker has yet to answer.
#[derive(Default)]
pub(super) struct Inquiries {
    /// There are some. Changed under the lock.
    any: AtomicBool,
    list: Mutex<Option<Vec<Arc<Inquiry>>>>,
}

impl Inquiries {
    /// Of a worker that is about to run.
    pub(super) fn open(&self) {
        self.lock().get_or_insert_default();
    }

    /// False: the worker has ended, or never ran.
    fn leave(&self, inquiry: &Arc<Inquiry>) -> bool {
        let mut list = self.lock();
        if let Some(list) = &mut *list {
            list.push(Arc::clone(inquiry));
        }
        // ORDERING: Relaxed, a hint; the lock orders it, and the call for attention brings it.
        self.any.store(list.is_some(), Ordering::Relaxed);
        list.is_some()
    }

    #[inline]
    pub(super) fn any(&self) -> bool {
        // ORDERING: Relaxed, see `leave`.
        self.any.load(Ordering::Relaxed)
    }

    fn take(&self) -> Vec<Arc<Inquiry>> {
        let mut list = self.lock();
        // ORDERING: Relaxed, see `leave`.
        self.any.store(false, Ordering::Relaxed);
        list.as_mut().map(mem::take).unwrap_or_default()
    }

    /// The worker has ended: those that are left get no more tasks from it.
    pub(super) fn close(&self, index: usize) {
        let left = self.lock().take().unwrap_or_default();
        left.iter()
            .for_each(|inquiry| inquiry.answer(index, Vec::new()));
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<Arc<Inquiry>>>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Inquiries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inquiries").finish_non_exhaustive()
    }
}

impl Core {
    /// Asks every worker for its tasks.
    pub(super) fn dump(&self) -> Dump {
        let inquiry = Arc::new(Inquiry {
            asker: park::current_task().map(|task| task.id),
            answers: Awaited::new(Answers {
                tasks: Vec::new(),
                missing: (0..self.remotes.len()).collect(),
            }),
        });
        for remote in &self.remotes {
            if remote.inquiries.leave(&inquiry) {
                remote.call_attention();
            } else {
                inquiry.answer(remote.index, Vec::new());
            }
        }
        let (answers, patience) = (&inquiry.answers, Instant::now() + PATIENCE);
        answers.wait(Some(patience), |answers| answers.missing.is_empty());
        let (mut tasks, silent) = answers.with(|answers| {
            let Answers { tasks, missing } = answers;
            (mem::take(tasks), mem::take(missing))
        });
        let held = silent.iter().map(|index| &self.remotes[*index]);
        tasks.extend(held.filter_map(Remote::held_by));
        tasks.sort_by_key(|task| task.id);
        Dump { tasks, silent }
    }
}

impl Remote {
    /// The task that runs, as the monitor sees it.
    fn held_by(&self) -> Option<TaskDump> {
        let (id, name, spawned_at) = self.running.look()?;
        Some(TaskDump {
            id: TaskId(id),
            name,
            spawned_at,
            worker: self.index,
            state: TaskState::Running,
            backtrace: None,
        })
    }
}

impl Worker {
    /// Answers the inquiries that there are. On the root.
    pub(super) fn answer(&self) {
        for inquiry in self.remote().inquiries.take() {
            // Who has given up asks no more.
            if Arc::strong_count(&inquiry) > 1 {
                inquiry.answer(self.index, self.list(inquiry.asker));
            }
        }
    }

    /// What the tasks of this worker are doing.
    fn list(&self, asker: Option<u64>) -> Vec<TaskDump> {
        self.empty_inbox();
        let ready: HashSet<_> = self.ready().collect();
        let mut tasks = Vec::with_capacity(self.live.len() + self.waiting.len());
        let mut backtraces = 0;
        let mut at = self.live.first();
        // SAFETY: linked, so alive; the root runs, and no task comes or goes.
        while let Some(header) = unsafe { at.as_ref() } {
            at = header.live_next.get();
            let state = match () {
                () if asker == Some(header.id) => TaskState::Running,
                () if ready.contains(&NonNull::from(header)) => TaskState::Ready,
                () => TaskState::Parked,
            };
            let asks = state == TaskState::Parked && backtraces < BACKTRACES;
            let backtrace = if asks { self.ask(header) } else { None };
            backtraces += usize::from(backtrace.is_some());
            tasks.push(self.entry(header, state, backtrace));
        }
        self.waiting
            .for_each(|header| tasks.push(self.entry(header, TaskState::BetweenSteps, None)));
        tasks
    }

    /// Has a parked task note where it is. On the root.
    fn ask(&self, header: &Header) -> Option<Backtrace> {
        header.rest.set(Rest::Ran);
        self.running.set(Some(NonNull::from(header)));
        // SAFETY: a started task of this worker that is parked, so suspended, and the root runs (C2,
        // C3); both stay where they are (C1). It comes straight back and is suspended as before.
        let arg = unsafe { Coroutine::switch(self.root.as_ptr(), header.coroutine(), REPORT) };
        self.arrived(arg);
        self.running.set(None);
        self.backtrace.take()
    }

    /// Notes where the running task is parked, to which the root has come for that, and goes back there.
    /// Returns the word that the task is continued with.
    #[cold]
    #[inline(never)]
    pub(super) fn report(&self) -> usize {
        let task = self.running().expect("`ask` has said who is asked");
        // SAFETY: the task that runs is alive.
        let header = unsafe { task.as_ref() };
        if room_of(header).is_some_and(|room| room >= ROOM) {
            self.backtrace.set(Some(Backtrace::force_capture()));
        }
        // SAFETY: this task runs, and the root is suspended in `ask` (C1 to C3).
        unsafe { Coroutine::switch(header.coroutine(), self.root.as_ptr(), 0) }
    }

    fn entry(&self, header: &Header, state: TaskState, backtrace: Option<Backtrace>) -> TaskDump {
        TaskDump {
            id: TaskId(header.id),
            name: header.name().map(str::to_owned),
            spawned_at: header.site,
            worker: self.index,
            state,
            backtrace,
        }
    }
}
