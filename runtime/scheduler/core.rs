//! What the workers of one runtime share.
//!
//! # When a runtime is over
//!
//! Every worker counts, alone, the tasks that were spawned on it and those that it finished; tasks
//! spawned from outside are counted in the [`Gate`]. All counts only grow. If a reader adds up
//! first what was finished and then what was spawned, and the sums are equal, then there was a
//! moment in between at which no task existed; and once the gate is closed only a task can spawn.
//! So that moment lasts: the runtime is quiescent for ever and its workers may end.
//!
//! A worker looks after each task that leaves it with nothing to do. Two that finish the last two
//! tasks at once cannot both miss it: each publishes its own count, passes a SeqCst fence and then
//! reads the other's.

use super::awaited::Awaited;
use super::blocking::BlockingPool;
use super::dump::Inquiries;
use super::idle::{Idle, SleepState};
use super::inbox::{Inbox, Letter};
use super::memory::ColdStacks;
use super::metrics::Stats;
use super::monitor::Watch;
use super::pager::Pager;
use super::unstarted::{Unstarted, UnstartedQueue};
use super::worker::Worker;
use crate::netpoll::Poller;
use crate::stack::Class;
use crate::task::Header;
use std::io;
use std::panic::Location;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

/// The part of a worker that other threads see.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Remote {
    pub(super) index: usize,
    pub(super) inbox: Inbox,
    pub(super) unstarted: UnstartedQueue,
    pub(super) sleep: SleepState,
    pub(super) poller: Arc<Poller>,
    /// Asks the worker to look up from its tasks at its next switch.
    pub(super) attention: AtomicBool,
    pub(super) stats: Stats,
    pub(super) running: Running,
    pub(super) inquiries: Inquiries,
    /// How often the monitor has found a task that would not let go.
    pub(super) stalls: AtomicU64,
    /// It has found one just now.
    pub(super) stalled: AtomicBool,
    /// The worker itself, for its own contexts alone.
    pub(super) local: AtomicPtr<Worker>,
    core: OnceLock<Weak<Core>>,
}

/// What the worker runs now, for the monitor.
///
/// `named` points to the header of a task that has attributes, a name perhaps, and is null for any
/// other. Such a task is buried under `burial`; so whoever holds the lock may follow the pointer
/// that it loads.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) id: AtomicU64,
    pub(super) site: AtomicPtr<Location<'static>>,
    pub(super) named: AtomicPtr<Header>,
    pub(super) burial: Mutex<()>,
}

impl Running {
    /// Who runs: its id, name and where it was spawned. None while the root does.
    pub(super) fn look(&self) -> Option<(u64, Option<String>, &'static Location<'static>)> {
        let _guard = self.burial.lock().unwrap_or_else(PoisonError::into_inner);
        // ORDERING: Relaxed, see `now_runs`.
        let id = self.id.load(Ordering::Relaxed);
        // ORDERING: Acquire, the header behind it was published by the spawn.
        let named = self.named.load(Ordering::Acquire);
        // ORDERING: Relaxed, a constant of the program.
        let site = self.site.load(Ordering::Relaxed);
        // SAFETY: a named task that runs is not buried while we hold the lock (`Running`); a site is
        // a constant of the program.
        let (name, site) = unsafe { (named.as_ref().and_then(|h| h.name()), site.as_ref()) };
        Some((id, name.map(str::to_owned), site?)).filter(|_| id != 0)
    }
}

impl Remote {
    fn new(index: usize) -> io::Result<Self> {
        Ok(Self {
            index,
            inbox: Inbox::new(),
            unstarted: UnstartedQueue::new(),
            sleep: SleepState::new(),
            poller: Arc::new(Poller::new()?),
            attention: AtomicBool::new(false),
            stats: Stats::default(),
            running: Running {
                id: AtomicU64::new(0),
                site: AtomicPtr::new(ptr::null_mut()),
                named: AtomicPtr::new(ptr::null_mut()),
                burial: Mutex::new(()),
            },
            inquiries: Inquiries::default(),
            stalls: AtomicU64::new(0),
            stalled: AtomicBool::new(false),
            local: AtomicPtr::new(ptr::null_mut()),
            core: OnceLock::new(),
        })
    }

    /// The runtime of this worker. Only for callers that know of a task which is not finished.
    pub(super) fn core(&self) -> Arc<Core> {
        let core = self.core.get().and_then(Weak::upgrade);
        core.expect("a worker with tasks keeps its core")
    }

    /// Tells the monitor what runs from now on.
    #[inline]
    pub(super) fn now_runs(&self, task: &Header) {
        let named = match &task.attributes {
            None => ptr::null_mut(),
            Some(_) => ptr::from_ref(task).cast_mut(),
        };
        let running = &self.running;
        // ORDERING: Relaxed, the monitor expects a mixture and checks; what it dereferences is
        // guarded by `burial`.
        running.id.store(task.id, Ordering::Relaxed);
        running.named.store(named, Ordering::Relaxed);
        let site = ptr::from_ref(task.site).cast_mut();
        running.site.store(site, Ordering::Relaxed);
    }

    /// Wakes the worker if it sleeps. Called after something was queued for it.
    pub(super) fn rouse(&self) {
        if self.sleep.rouse() {
            self.poller.wake();
        }
    }

    /// Tells the monitor that the root runs, which is never a stall.
    pub(super) fn now_idles(&self) {
        // ORDERING: Relaxed, as in `now_runs`.
        self.running.named.store(ptr::null_mut(), Ordering::Relaxed);
        self.running.id.store(0, Ordering::Relaxed);
    }

    pub(super) fn is_called(&self) -> bool {
        // ORDERING: Relaxed, the fence of the sleep protocol orders it.
        self.attention.load(Ordering::Relaxed)
    }

    /// What the worker has to carry: its tasks that the outside wakes, and those that wait to be started. Without the
    /// latter a burst would be passed on as a whole.
    pub(super) fn burden(&self) -> u64 {
        self.stats.outside.get() + self.unstarted.len() as u64
    }

    fn lighter_of<'a>(&'a self, other: &'a Remote) -> &'a Remote {
        if other.burden() < self.burden() {
            other
        } else {
            self
        }
    }

    /// Whether its task holds the worker up, as far as the monitor knows.
    pub(super) fn is_stalled(&self) -> bool {
        // ORDERING: Relaxed, a hint.
        self.stalled.load(Ordering::Relaxed)
    }

    /// Has the worker, if it is awake, look at its inbox, its poller and the runtime's flags soon.
    pub(super) fn ask_attention(&self) {
        // ORDERING: Relaxed, a worker that misses it now sees it at a later switch.
        self.attention.store(true, Ordering::Relaxed);
    }

    /// The same for a worker that may be asleep: the fence in `rouse` orders it.
    pub(super) fn call_attention(&self) {
        self.ask_attention();
        self.rouse();
    }
}

/// Counts what was spawned from outside, until it is closed.
#[derive(Debug)]
struct Gate(AtomicUsize);

const CLOSED: usize = 1;
const ONE: usize = 2;

impl Gate {
    /// Counts one task, unless the gate is closed.
    fn pass(&self) -> bool {
        // ORDERING: AcqRel and Acquire: a task counted here is seen by whoever closes the gate.
        self.0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |word| {
                (word & CLOSED == 0).then_some(word + ONE)
            })
            .is_ok()
    }

    fn close(&self) {
        // ORDERING: AcqRel, as in `pass`.
        self.0.fetch_or(CLOSED, Ordering::AcqRel);
    }

    fn is_closed(&self) -> bool {
        // ORDERING: Acquire, as in `pass`.
        self.0.load(Ordering::Acquire) & CLOSED != 0
    }

    fn passed(&self) -> u64 {
        // ORDERING: Acquire, as in `pass`.
        (self.0.load(Ordering::Acquire) / ONE) as u64
    }
}

/// What a panic in a task leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnPanic {
    /// It reaches `join`, as in `std::thread`.
    #[default]
    Keep,
    /// It ends the process, after the panic hook has printed it.
    Abort,
}

/// Called by the monitor with a task that has held its worker for long.
pub(super) type OnStall = Box<dyn Fn(&super::metrics::Stall) + Send + Sync>;

/// What a runtime was built with.
pub(super) struct Config {
    pub(super) name: String,
    pub(super) workers: usize,
    pub(super) pin_workers: bool,
    pub(super) class: Class,
    pub(super) blocking_threads: usize,
    pub(super) on_panic: OnPanic,
    pub(super) on_stall: Option<OnStall>,
    pub(super) page_out_after: Option<Duration>,
    pub(super) busy_poll: Duration,
}

/// See the module.
pub(crate) struct Core {
    pub(super) remotes: Box<[Remote]>,
    pub(super) idle: Idle,
    pub(super) blocking: BlockingPool,
    pub(super) watch: Arc<Watch>,
    pub(super) config: Config,
    pub(super) cold: ColdStacks,
    /// Of a runtime that has cold stacks.
    pub(super) pager: Option<Pager>,
    gate: Gate,
    /// Every task is to be cancelled.
    cancelling: AtomicBool,
    /// The workers are to end: there will never be a task again.
    over: AtomicBool,
    /// Who waits for that.
    end: Awaited<()>,
    /// Where the next task from outside is tried first.
    round: AtomicUsize,
}

impl Core {
    pub(super) fn new(config: Config) -> io::Result<Arc<Self>> {
        let remotes = (0..config.workers).map(Remote::new);
        let pager = (config.page_out_after).map(|_| Pager::start(&config.name));
        let core = Arc::new(Self {
            remotes: remotes.collect::<io::Result<_>>()?,
            idle: Idle::new(),
            blocking: BlockingPool::new(&config.name, config.blocking_threads),
            watch: Arc::default(),
            cold: ColdStacks::new(config.page_out_after),
            pager: pager.transpose()?,
            config,
            gate: Gate(AtomicUsize::new(0)),
            cancelling: AtomicBool::new(false),
            over: AtomicBool::new(false),
            end: Awaited::new(()),
            round: AtomicUsize::new(0),
        });
        for remote in &core.remotes {
            remote.core.get_or_init(|| Arc::downgrade(&core));
        }
        Ok(core)
    }

    /// Takes a task from outside; false, and nothing done, when the runtime is closed.
    ///
    /// `worker` asks for one of them by its index.
    pub(super) fn admit(&self, task: NonNull<Header>, worker: Option<usize>) -> bool {
        if !self.gate.pass() {
            return false;
        }
        let remote = match worker {
            Some(index) => &self.remotes[index],
            None => self.least_loaded_of_two(),
        };
        self.place(task, remote, worker.is_some());
        true
    }

    /// Queues a new task with `remote`, for whoever is first or for that worker alone.
    pub(super) fn place(&self, task: NonNull<Header>, remote: &Remote, bound: bool) {
        if bound {
            // SAFETY: a new task, in no queue, that the caller hands on.
            unsafe {
                task.as_ref().set_home(ptr::from_ref(remote).cast());
                remote.inbox.push(Letter::Ready(task));
            }
        } else {
            remote.unstarted.arrive(Unstarted(task));
        }
        remote.rouse();
    }

    /// The less loaded of two workers in turn. (M. Mitzenmacher, "The power of two choices in
    /// randomized load balancing", 2001; taking turns instead of drawing lots serves as well here
    /// and spreads a burst evenly.)
    fn least_loaded_of_two(&self) -> &Remote {
        // ORDERING: Relaxed, any value will do.
        let turn = self.round.fetch_add(1, Ordering::Relaxed);
        let one = &self.remotes[turn % self.remotes.len()];
        one.lighter_of(&self.remotes[(turn + 1) % self.remotes.len()])
    }

    /// The workers beside the one at `index`, beginning with the next.
    pub(super) fn others(&self, index: usize) -> impl Iterator<Item = &Remote> {
        let (before, from) = self.remotes.split_at(index);
        from.iter().skip(1).chain(before)
    }

    /// As `least_loaded_of_two`, but neither is the worker at `index`, of which there are more: in turn by its own
    /// count, as all would write a common one at each start.
    pub(super) fn lighter_of_two_others(&self, index: usize, turn: usize) -> &Remote {
        let others = self.remotes.len() - 1;
        let pick = |n: usize| &self.remotes[(index + 1 + n % others) % self.remotes.len()];
        pick(turn).lighter_of(pick(turn + 1))
    }

    /// Wakes one worker that sleeps, if any does, to look for work to steal.
    pub(super) fn wake_a_sleeper(&self, caller: usize) {
        if let Some(sleeper) = self.others(caller).find(|other| other.sleep.rouse()) {
            sleeper.poller.wake();
        }
    }

    /// No more tasks from outside.
    pub(super) fn close(&self) {
        self.gate.close();
        self.call_everyone();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.gate.is_closed()
    }

    /// Cancels every task there is and every one that starts from now on.
    pub(super) fn cancel_all(&self) {
        // ORDERING: Relaxed, `call_everyone` brings the workers here through a fence.
        self.cancelling.store(true, Ordering::Relaxed);
        self.call_everyone();
    }

    pub(super) fn is_cancelling(&self) -> bool {
        // ORDERING: Relaxed, see `cancel_all`.
        self.cancelling.load(Ordering::Relaxed)
    }

    pub(super) fn is_over(&self) -> bool {
        // ORDERING: Acquire, pairs with `end_if_quiescent`.
        self.over.load(Ordering::Acquire)
    }

    fn call_everyone(&self) {
        for remote in &self.remotes {
            remote.call_attention();
        }
    }

    /// Ends the runtime if it is closed and there is no task left. See the module.
    pub(super) fn end_if_quiescent(&self) -> bool {
        if !self.is_closed() || self.unfinished() > 0 {
            return self.is_over();
        }
        // ORDERING: AcqRel, one of several workers ends the runtime; Release for `is_over`.
        if !self.over.swap(true, Ordering::AcqRel) {
            self.call_everyone();
            self.watch.end();
            self.end.wake_all();
        }
        true
    }

    /// How many tasks there are, unstarted ones included. Zero is exact once the gate is closed.
    pub(super) fn unfinished(&self) -> usize {
        // ORDERING: SeqCst, see the module; the loads come in the order that it names.
        fence(Ordering::SeqCst);
        let finished: u64 = self.remotes.iter().map(|r| r.stats.finished()).sum();
        fence(Ordering::SeqCst);
        let spawned: u64 = self.remotes.iter().map(|r| r.stats.spawned()).sum();
        (spawned + self.gate.passed()).saturating_sub(finished) as usize
    }

    /// Waits until the runtime is over, or until `deadline`; whether it is over.
    #[track_caller]
    pub(super) fn wait_until_over(&self, deadline: Option<Instant>) -> bool {
        self.end.wait(deadline, |()| self.is_over());
        self.is_over()
    }
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("name", &self.config.name)
            .field("workers", &self.remotes.len())
            .field("tasks", &self.unfinished())
            .finish_non_exhaustive()
    }
}
