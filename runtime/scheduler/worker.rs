//! A worker: one OS thread that runs tasks.
//!
//! A task that parks picks the next one and switches to it directly. The worker's own context, the
//! *root*, runs only when nothing is ready: it looks for work elsewhere and sleeps.
//!
//! # Where the next task comes from, in this order
//!
//! 1. `handoff`: the task that the running one has just made ready, so that two tasks that talk to
//!    each other stay in the cache. At most [`HANDOFFS`] times in a row while others wait.
//! 2. `queue`: started tasks that are ready, first in, first out. No atomics: they are pinned here.
//! 3. the inbox: started tasks of this worker that other threads have made ready.
//! 4. `unstarted`: new tasks, which other workers may take from us. Every [`NEW_EVERY`]th pick
//!    begins here, so that tasks which always are ready do not keep new ones from starting.
//!
//! Every [`LOOK_EVERY`] picks the worker looks up: timers, netpoller, inbox (`look_up`). If the
//! tasks run long it looks more often, and the monitor's `attention` bounds the rest.
//!
//! # Invariants
//!
//! - **K1** A worker is used by its own thread alone. Its cells are never borrowed over a switch,
//!   and no user code runs while one is borrowed.
//! - **K2** Whoever switches to a task has set `running` to it before.
//! - **K3** The word that a switch delivers names the task that has just finished, whose stack was
//!   left by that very switch, or is zero. Whoever receives it buries that task first. Or it is
//!   `REPORT`, and a parked task is to say where it is and go back (`dump.rs`).

use super::backlog::Backlog;
use super::busy_poll::BusyPoll;
use super::core::{Core, Remote};
use super::delay::Probe;
use super::dump::REPORT;
use super::inbox::{Bundle, Letter};
use super::members::Members;
use super::queue::{RunQueue, STACK_LINES};
use super::segment::Segment;
use super::shared_cpu::SharedCpu;
use super::tidy::Passes;
use super::unstarted::UnstartedQueue;
use super::{current, spans};
use crate::bias::Identity;
use crate::coroutine::Coroutine;
use crate::netpoll::{self, Events};
use crate::stack::Pool;
use crate::task::{Header, Magazines, Rest, Waiter};
use crate::timer::{Pace, Wheel};
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const HANDOFFS: u32 = 16;
const NEW_EVERY: u64 = 8;
const LOOK_EVERY: u64 = 61;
/// How often the netpoller and the wheel are looked at, at least, if tasks allow it.
const LOOK_AIM: Duration = Duration::from_micros(200);
/// How long the netpoller is left alone while there are ready tasks: those of its last events
/// should run while the cache still has what the kernel touched for them.
const POLL_PAUSE: Duration = Duration::from_millis(1);
/// What a task may do without parking before it has to yield.
const BUDGET: u32 = 128;

/// See the module.
pub(crate) struct Worker {
    pub(super) core: Arc<Core>,
    pub(super) index: usize,
    /// `core.remotes[index]`, of which every switch reads.
    remote: NonNull<Remote>,
    /// Of the thread that has made it.
    pub(super) identity: Identity,
    pub(super) root: Cell<Coroutine>,
    pub(super) running: Cell<Option<NonNull<Header>>>,
    pub(super) queue: RunQueue,
    handoff: Cell<Option<NonNull<Header>>>,
    handoffs: Cell<u32>,
    /// Tasks that found no stack; tried again when one is given back, and now and then.
    pub(super) stackless: RefCell<VecDeque<NonNull<Header>>>,
    pub(super) retried: Cell<Instant>,
    pub(super) pool: RefCell<Pool>,
    /// The segment that was left last: a loop over the edge of one takes it again.
    pub(super) spare: Cell<Option<Box<Segment>>>,
    pub(super) magazines: Magazines,
    pub(super) wheel: RefCell<Wheel<NonNull<Waiter>>>,
    /// What time it was when timers were last made to fire.
    pub(super) expired: Cell<Instant>,
    pub(super) pace: Pace,
    events: RefCell<Events>,
    /// The started tasks of this worker, linked through their headers.
    pub(super) live: Members,
    /// Those that wait here between two steps (`steps.rs`).
    pub(super) waiting: Members,
    /// At which count of picks the worker looks up next, and how many picks that is apart.
    look_at: Cell<u64>,
    look_every: Cell<u64>,
    looked: Cell<Instant>,
    /// When it last asked the netpoller.
    pub(super) polled: Cell<Instant>,
    pub(super) budget: Cell<u32>,
    /// How many times in a row `give_way` was called in vain.
    pub(super) vain: Cell<u32>,
    pub(super) last_wake: Cell<Instant>,
    /// What waited with another worker, as this one saw since it rested.
    pub(super) backlog: Cell<Option<Backlog>>,
    /// When it last took some.
    pub(super) stole_at: Cell<Instant>,
    /// How many times it has compared its load with others'.
    pub(super) turn: Cell<usize>,
    /// How many tasks it has started when it next compares its load with another's (`balance.rs`).
    pub(super) compare_at: Cell<u64>,
    /// How many more times it is worth spinning before a sleep.
    pub(super) spin_credit: Cell<u32>,
    pub(super) busy_poll: BusyPoll,
    pub(super) shared_cpu: SharedCpu,
    /// How many times the worker has slept since it last ran a task.
    pub(super) rest: Cell<u32>,
    pub(super) passes: Passes,
    pub(super) probe: Probe,
    /// Whoever waits for [`work`](Self::work) to end may go on.
    pub(super) recalled: Cell<bool>,
    /// The runtime ends, and the tasks that were here have been told.
    told: Cell<bool>,
    /// There is memory to give back, and time for it.
    pub(super) tidying: Cell<bool>,
    /// What a parked task has noted for a dump.
    pub(super) backtrace: Cell<Option<Backtrace>>,
    /// The ids that this worker may still give to tasks.
    pub(super) ids: Cell<std::ops::Range<u64>>,
}

impl Worker {
    pub(super) fn new(core: Arc<Core>, index: usize) -> Self {
        let now = Instant::now();
        Self {
            remote: NonNull::from(&core.remotes[index]),
            busy_poll: BusyPoll::new(core.config.busy_poll),
            core,
            index,
            identity: Identity::new(),
            root: Cell::new(Coroutine::new()),
            running: Cell::new(None),
            queue: RunQueue::default(),
            handoff: Cell::new(None),
            handoffs: Cell::new(0),
            stackless: RefCell::default(),
            retried: Cell::new(now),
            pool: RefCell::new(Pool::new()),
            spare: Cell::new(None),
            magazines: Magazines::new(),
            wheel: RefCell::new(Wheel::new(now)),
            expired: Cell::new(now),
            pace: Pace::new(now),
            events: RefCell::new(Events::new()),
            live: Members::new(),
            waiting: Members::new(),
            look_at: Cell::new(LOOK_EVERY),
            look_every: Cell::new(LOOK_EVERY),
            looked: Cell::new(now),
            polled: Cell::new(now),
            budget: Cell::new(BUDGET),
            vain: Cell::new(0),
            last_wake: Cell::new(now),
            backlog: Cell::new(None),
            stole_at: Cell::new(now),
            turn: Cell::new(0),
            compare_at: Cell::new(0),
            spin_credit: Cell::new(0),
            shared_cpu: SharedCpu::new(),
            rest: Cell::new(0),
            passes: Passes::new(now),
            probe: Probe::new(now),
            recalled: Cell::new(false),
            told: Cell::new(false),
            tidying: Cell::new(false),
            backtrace: Cell::new(None),
            ids: Cell::new(0..0),
        }
    }

    pub(crate) fn remote(&self) -> &Remote {
        // SAFETY: the core, which we keep, never moves or drops a remote while it lives.
        unsafe { self.remote.as_ref() }
    }

    /// The task that runs; none while the root does.
    pub(super) fn running(&self) -> Option<NonNull<Header>> {
        self.running.get()
    }

    /// Parks the running task. Whoever claims its wait queues it (W2), and be it before it has left.
    #[inline(always)]
    pub(super) fn park(&self, task: &Header) {
        let spans = spans::leave(task);
        self.leave(task);
        spans.enter(task);
    }

    /// Lets the others run first.
    pub(super) fn yield_now(&self, task: &Header) {
        let spans = spans::leave(task);
        self.queue.push(NonNull::from(task));
        self.leave(task);
        spans.enter(task);
    }

    /// Switches away from `task`, which runs and is queued or will be, and comes back when it is
    /// picked again.
    #[inline(always)]
    fn leave(&self, task: &Header) {
        let next = match self.pick() {
            Some(next) if ptr::eq(next.as_ptr(), task) => return,
            // SAFETY: `pick` yields tasks that are alive.
            Some(next) => unsafe { next.as_ref() }.coroutine(),
            None => self.now_idles(),
        };
        self.switch(task.coroutine(), next);
    }

    /// Suspends `from`, which runs, and continues `next`, which `pick` has yielded or which is the root.
    #[inline]
    pub(super) fn switch(&self, from: *mut Coroutine, next: *mut Coroutine) {
        // SAFETY: `pick` yields tasks of this worker that are started and suspended, each once
        // (C2, C3), and the root is suspended whenever a task runs; header and root stay where they are (C1).
        let arg = unsafe { Coroutine::switch(from, next, 0) };
        self.arrived(arg);
    }

    /// The first thing after any switch (K3).
    #[inline]
    pub(super) fn arrived(&self, arg: usize) {
        current::rebind(self);
        if arg != 0 {
            self.take_delivery(arg);
        }
    }

    /// Does what the word asks for that a switch has delivered.
    #[inline(never)]
    fn take_delivery(&self, mut arg: usize) {
        while arg == REPORT {
            arg = self.report();
            current::rebind(self);
        }
        if let Some(finished) = NonNull::new(ptr::with_exposed_provenance_mut(arg)) {
            self.bury(finished);
        }
    }

    /// Where a task that has finished goes on: the next task, or the root.
    pub(super) fn after_finish(&self) -> *mut Coroutine {
        match self.pick() {
            // SAFETY: `pick` yields tasks that are alive.
            Some(next) => unsafe { next.as_ref() }.coroutine(),
            None => self.now_idles(),
        }
    }

    /// The root, which is about to run (K2).
    fn now_idles(&self) -> *mut Coroutine {
        self.running.set(None);
        self.remote().now_idles();
        self.root.as_ptr()
    }

    /// Chooses who runs next, gives it its stack if it is new, and says so (K2). A call of its own: in place of that, a
    /// yield gains a fifth and a `select!` over eight channels loses as much.
    #[inline(never)]
    pub(super) fn pick(&self) -> Option<NonNull<Header>> {
        let remote = self.remote();
        if remote.stats.picks.get() >= self.look_at.get() || remote.is_called() {
            self.look_up();
            if remote.inquiries.any() || self.recalled.get() && self.running.get().is_some() {
                // It is for the root to answer, or to see whether it is done.
                return None;
            }
        }
        remote.stats.picks.bump();
        let task = match self.next_ready() {
            // SAFETY: a queued task is alive, and its queue entry is ours now.
            Some(task) if unsafe { task.as_ref().has_stack() } => task,
            other => self.pick_new(other)?,
        };
        self.budget.set(BUDGET);
        self.running.set(Some(task));
        // SAFETY: as above.
        let header = unsafe { task.as_ref() };
        header.rest.set(Rest::Ran);
        remote.now_runs(header);
        Some(task)
    }

    /// Goes on with `task` until there is one that has a stack, or can be given one.
    #[inline(never)]
    fn pick_new(&self, mut task: Option<NonNull<Header>>) -> Option<NonNull<Header>> {
        loop {
            let next = match task {
                Some(task) => task,
                None => {
                    self.empty_inbox();
                    let ready = self.queue.pop();
                    ready.or_else(|| self.next_unstarted(UnstartedQueue::next))?
                }
            };
            // SAFETY: as in `pick`.
            if unsafe { next.as_ref().has_stack() } || self.start(next) {
                return Some(next);
            }
            task = self.next_ready();
        }
    }

    /// The next one here, if there is one.
    #[inline(always)]
    fn next_ready(&self) -> Option<NonNull<Header>> {
        let remote = self.remote();
        if remote.stats.picks.get().is_multiple_of(NEW_EVERY)
            && !remote.unstarted.is_empty()
            && let Some(task) = self.next_unstarted(UnstartedQueue::oldest)
        {
            return Some(task);
        }
        if let Some(task) = self.handoff.take() {
            return Some(task);
        }
        self.handoffs.set(0);
        self.queue.pop()
    }

    pub(super) fn empty_inbox(&self) {
        let inbox = &self.remote().inbox;
        if !inbox.is_empty() {
            inbox.take().for_each(|letter| match letter {
                Letter::Ready(task) => self.queue.push(task),
                // SAFETY: just taken, and not by anybody else.
                Letter::Many(bundle) => self.queue_all(&*unsafe { Bundle::open(bundle) }),
                Letter::Call(task) => {
                    if let Some(task) = self.answer_call(task) {
                        self.queue.push(task);
                    }
                }
            });
        }
    }

    /// Looks at everything that is not the local queue. Resets the time of the next look.
    #[cold]
    fn look_up(&self) {
        let remote = self.remote();
        // ORDERING: Relaxed, see `pick`. Cleared first: a request that comes now is not lost.
        remote.attention.store(false, Ordering::Relaxed);
        let now = Instant::now();
        let passed = now.saturating_duration_since(self.looked.replace(now));
        let every = if passed > LOOK_AIM {
            // What would have taken the time aimed at. The quotient is below one.
            let share = LOOK_AIM.as_secs_f64() / passed.as_secs_f64();
            ((self.look_every.get() as f64 * share) as u64).max(1)
        } else {
            LOOK_EVERY
        };
        self.look_every.set(every);
        self.look_at.set(remote.stats.picks.get() + every);
        self.empty_inbox();
        self.take_sample(now);
        self.expire(now);
        if now.saturating_duration_since(self.polled.get()) >= POLL_PAUSE {
            self.poll_between();
        }
        if self.core.is_cancelling() && !self.told.replace(true) {
            self.cancel_live();
        }
    }

    /// Asks the netpoller, for at most `timeout`, and makes ready whom it names. How many these are.
    pub(super) fn poll(&self, timeout: Option<Duration>) -> usize {
        let remote = self.remote();
        remote.stats.polls.bump();
        let here: *const Remote = remote;
        let mut ready = 0;
        let polled = netpoll::poll(
            &remote.poller,
            &mut self.events.borrow_mut(),
            timeout,
            |task| {
                ready += 1;
                // SAFETY: a claimed, parked task is alive until it runs (W2).
                let home = unsafe { task.as_ref() }.home().cast();
                if ptr::eq(home, here) {
                    self.queue.push_cold(task);
                } else {
                    // SAFETY: as above.
                    unsafe { self.post(Letter::Ready(task), home) };
                }
            },
        );
        if let Err(error) = polled {
            // A descriptor of our own is gone or wrong. Unwinding from here would end in the code
            // of whatever task looked up.
            eprintln!("teem: waiting for events failed: {error}");
            std::process::abort();
        }
        ready
    }

    /// Queues a task that was claimed by code of this worker, in a task or not.
    pub(super) fn schedule(&self, task: NonNull<Header>, home: *const Remote) {
        if !ptr::eq(home, self.remote()) {
            // SAFETY: claimed and parked, so alive (W2).
            return unsafe { self.post(Letter::Ready(task), home) };
        }
        let handoffs = self.handoffs.get();
        if self.running.get().is_none() || handoffs >= HANDOFFS && !self.queue.is_empty() {
            return self.queue.push(task);
        }
        // SAFETY: claimed, so alive (W2), and this worker's: nobody continues it meanwhile.
        unsafe { Coroutine::prefetch(task.as_ref().coroutine(), STACK_LINES) };
        self.handoffs.set(handoffs + 1);
        if let Some(displaced) = self.handoff.replace(Some(task)) {
            self.queue.push(displaced);
        }
    }

    /// Queues tasks of this worker that were claimed.
    pub(super) fn queue_all(&self, bundle: &Bundle) {
        bundle.tasks().for_each(|task| self.queue.push(task));
    }

    /// # Safety
    ///
    /// The letter is the caller's to post: the task was claimed and is parked, or was called; `home` is its home,
    /// another than this worker.
    pub(super) unsafe fn post(&self, letter: Letter, home: *const Remote) {
        if self.core.remotes.as_ptr_range().contains(&home) {
            // SAFETY: ours to post (caller). Our own reference keeps the core, so the remote.
            unsafe {
                (*home).inbox.push(letter);
                (*home).rouse();
            }
        } else {
            // SAFETY: passed on.
            unsafe { post_from_outside(letter, home) };
        }
    }

    /// The started tasks that could run now. Those in the inbox are not among them.
    pub(super) fn ready(&self) -> impl Iterator<Item = NonNull<Header>> {
        self.queue.iter().chain(self.handoff.get())
    }

    /// Whether this worker has tasks it could run now.
    pub(super) fn has_ready(&self) -> bool {
        let remote = self.remote();
        self.handoff.get().is_some()
            || !self.queue.is_empty()
            || !remote.inbox.is_empty()
            || !remote.unstarted.is_empty()
    }
}

/// Posts a letter to a runtime that the calling thread does not belong to.
///
/// # Safety
///
/// As for `post`: the task was claimed and is parked, or was called; `home` is its home.
pub(super) unsafe fn post_from_outside(letter: Letter, home: *const Remote) {
    // The task may be the last one and end its runtime as soon as it is pushed.
    // SAFETY: until the push the task, which is parked or called, keeps its worker, which keeps its core.
    let core = unsafe { (*home).core() };
    // SAFETY: ours to post (caller), and the reference keeps the remote.
    unsafe {
        (*home).inbox.push(letter);
        (*home).rouse();
    }
    drop(core);
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker")
            .field("index", &self.index)
            .field("live", &self.live.len())
            .finish_non_exhaustive()
    }
}
