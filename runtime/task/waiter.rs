//! One wait of one task or OS thread: the node that blocking operations link, claim and wake.
//!
//! A [`Waiter`] lives in the frame of whoever waits. It is linked into what it waits for (a poll
//! descriptor, a join word, a channel ..), and several parties may want to end the wait: the event,
//! a deadline, a cancellation. Exactly one of them wins the [`claim`](Waiter::claim).
//!
//! # The word
//!
//! | value              | meaning                                          | set by                     |
//! | ------------------ | ------------------------------------------------ | -------------------------- |
//! | `WAITING`          | nobody has claimed it, its owner still runs      | the owner, on creation     |
//! | `PARKED`           | nobody has claimed it, its owner has switched away or is about to | the owner, [`park`](Waiter::park) |
//! | any other (a token)| claimed: the token says by whom                  | the claimer                |
//!
//! The word carries the whole wake-up, there is no second permit to consume:
//!
//! - **W1** A claimer that finds `WAITING` owes nothing: the owner sees the token before it parks.
//!   It must not touch the waiter again, for the owner may already have returned.
//! - **W2** A claimer that finds `PARKED` owes the task exactly one entry into its worker's queue.
//!   Until then the task cannot run, so header and waiter stay alive.
//! - **W3** Whoever calls `claim` knows that the waiter is alive *at that moment*: it holds the lock
//!   under which the owner would have to unlink it, or it is the owner's own worker.
//!
//! An owner that is an OS thread waits for `woken` and not for the claim, so a claimer may use the
//! waiter until it has set that flag. One that is a future polls: its waker is cloned before the
//! claim, for the future may be dropped after it.

use crate::sync_facade::atomic::{AtomicBool, AtomicU32, Ordering};
use std::cell::{Cell, RefCell};
use std::ptr::{self, NonNull};
use std::task::Waker;
use std::thread::Thread;

use super::Header;

const WAITING: u32 = 0;
const PARKED: u32 = u32::MAX;
const FIRST_ARM: u32 = 4;

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// What was waited for has happened, or may have: worth another look.
    Event,
    /// Of several things waited for at once, this one has been completed by the claimer.
    Arm(u32),
    /// The deadline has passed.
    TimedOut,
    /// The task was cancelled.
    Cancelled,
}

impl Wake {
    const fn token(self) -> u32 {
        match self {
            Wake::Event => 1,
            Wake::TimedOut => 2,
            Wake::Cancelled => 3,
            Wake::Arm(arm) => arm + FIRST_ARM,
        }
    }

    fn from_token(token: u32) -> Option<Self> {
        match token {
            WAITING | PARKED => None,
            1 => Some(Wake::Event),
            2 => Some(Wake::TimedOut),
            3 => Some(Wake::Cancelled),
            arm => Some(Wake::Arm(arm - FIRST_ARM)),
        }
    }
}

/// What a call of [`Waiter::claim`] came to. Two words, so that it travels in registers.
#[derive(Debug)]
#[must_use = "a claimed task that is not scheduled never runs again"]
pub(crate) enum Claim {
    /// Somebody else was first.
    Lost,
    /// Won, and the waiter needs nothing more.
    Won,
    /// Won, and this task must now be put into its worker's queue (W2).
    Schedule(NonNull<Header>),
    /// Won, and this must now be called, with no lock held: it is code of others.
    Wake(Box<Waker>),
}

impl Claim {
    /// Whether somebody else was first.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self, Claim::Lost)
    }
}

/// Who waits.
#[derive(Debug)]
enum Owner {
    Task(NonNull<Header>),
    Thread {
        thread: Thread,
        woken: AtomicBool,
    },
    /// Changed under the lock under which claims are made.
    Future(RefCell<Option<Waker>>),
}

/// One wait. See the module. Aligned so that `interrupt.rs` has five bits beside its address.
#[derive(Debug)]
#[repr(align(32))]
pub(crate) struct Waiter {
    word: AtomicU32,
    owner: Owner,
    /// Neighbours in a [`WaitList`](super::WaitList); guarded by the lock of that list.
    pub(super) next: Cell<*const Waiter>,
    pub(super) previous: Cell<*const Waiter>,
    pub(super) linked: Cell<bool>,
}

impl Waiter {
    /// A wait of `task`, which is the one that runs now on this thread.
    pub(crate) fn for_task(task: NonNull<Header>) -> Self {
        Self::new(Owner::Task(task))
    }

    /// A wait of the calling OS thread.
    pub(crate) fn for_thread() -> Self {
        let thread = std::thread::current();
        let woken = AtomicBool::new(false);
        Self::new(Owner::Thread { thread, woken })
    }

    /// A wait of a future, which polls [`outcome`](Self::outcome). It has no waker yet.
    pub(crate) fn for_future() -> Self {
        Self::new(Owner::Future(RefCell::default()))
    }

    /// Has a claim of a future's wait call `waker`. Only under the lock of what it is linked into.
    pub(crate) fn set_waker(&self, waker: &Waker) {
        if let Owner::Future(own) = &self.owner {
            own.borrow_mut()
                .get_or_insert_with(|| waker.clone())
                .clone_from(waker);
        }
    }

    fn new(owner: Owner) -> Self {
        Self {
            word: AtomicU32::new(WAITING),
            owner,
            next: Cell::new(ptr::null()),
            previous: Cell::new(ptr::null()),
            linked: Cell::new(false),
        }
    }

    /// Claims the wait on behalf of `wake`. An OS thread is woken right here.
    ///
    /// # Safety
    ///
    /// `this` is alive at the moment of the call (W3), and `Claim::Schedule` is honoured (W2).
    pub(crate) unsafe fn claim(this: *const Self, wake: Wake) -> Claim {
        // SAFETY: alive by this function's contract, until the exchange below succeeds (W1).
        let waiter = unsafe { &*this };
        // Read first: once the wait of a task or a future is claimed, it may be gone.
        let (task, waker) = match &waiter.owner {
            Owner::Task(task) => (Some(*task), None),
            Owner::Thread { .. } => (None, None),
            Owner::Future(own) => (None, own.borrow().clone()),
        };
        // What it is most of the time comes first.
        let mut seen = PARKED;
        loop {
            // ORDERING: AcqRel. Release publishes what the event wrote before it claims; Acquire
            // pairs with `park`, after whose store the task's saved context may be resumed.
            match waiter.word.compare_exchange(
                seen,
                wake.token(),
                Ordering::AcqRel,
                // ORDERING: Relaxed, a lost claim reads nothing.
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(now @ (WAITING | PARKED)) => seen = now,
                Err(_) => return Claim::Lost,
            }
        }
        match (task, seen) {
            (Some(task), PARKED) => return Claim::Schedule(task),
            (Some(_), _) => return Claim::Won,
            (None, _) => {}
        }
        if let Some(waker) = waker {
            return Claim::Wake(Box::new(waker));
        }
        // A thread keeps its frame until `woken`.
        if let Owner::Thread { thread, woken } = &waiter.owner {
            let thread = thread.clone();
            // ORDERING: Release, pairs with the Acquire in `wait_thread`. The last touch of the
            // waiter: its owner may return from here on.
            woken.store(true, Ordering::Release);
            thread.unpark();
        }
        Claim::Won
    }

    /// How the wait ended, if somebody has claimed it.
    pub(crate) fn outcome(&self) -> Option<Wake> {
        // ORDERING: Acquire, pairs with the Release of the claim.
        Wake::from_token(self.word.load(Ordering::Acquire))
    }

    /// Announces that the owning task switches away next. False when a claim came first: the
    /// owner must then go on running.
    pub(crate) fn park(&self) -> bool {
        // ORDERING: Release on success publishes the frame to the claimer; Acquire on failure
        // pairs with the claim's Release. The failure's value is read again by `outcome`.
        self.word
            .compare_exchange(WAITING, PARKED, Ordering::Release, Ordering::Acquire)
            .is_ok()
    }

    /// Blocks the owning OS thread until `deadline` or until it has been claimed and woken.
    /// A passed deadline claims the wait like any other party.
    pub(crate) fn wait_thread(&self, deadline: Option<std::time::Instant>) -> Wake {
        let Owner::Thread { woken, .. } = &self.owner else {
            unreachable!("only OS threads block here");
        };
        let mut deadline = deadline;
        // ORDERING: Acquire, pairs with the Release in `claim`: whatever the claimer did to this
        // waiter has happened.
        while !woken.load(Ordering::Acquire) {
            let Some(limit) = deadline else {
                std::thread::park();
                continue;
            };
            let left = limit.saturating_duration_since(std::time::Instant::now());
            if !left.is_zero() {
                std::thread::park_timeout(left);
                continue;
            }
            // SAFETY: this is the owner (W3); a thread's claim is never `Schedule`.
            match unsafe { Self::claim(self, Wake::TimedOut) } {
                // Another party has claimed it and will set `woken` presently.
                Claim::Lost => deadline = None,
                _ => break,
            }
        }
        self.outcome().expect("a woken wait has been claimed")
    }
}
