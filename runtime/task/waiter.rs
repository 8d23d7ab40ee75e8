//! One wait of one task or OS thread: the node that blocking operations link, claim and wake.
//!
//! A [`Waiter`] lives in the frame of whoever waits. It is linked into what it waits for (a poll
//! descriptor, a join word, a channel ..), and several parties may want to end the wait: the event,
//! a deadline, a cancellation. Exactly one of them wins the [`claim`](Waiter::claim).
//!
//! # The word
//!
//! | value               | meaning                            | set by                                          |
//! | ------------------- | ---------------------------------- | ----------------------------------------------- |
//! | `WAITING`           | nobody has claimed it              | the owner, on creation or by [`settle_down`](Waiter::settle_down) |
//! | `LEAVING`           | the same, and the owner is a task that is about to lose its stack | the owner, on creation |
//! | any other (a token) | claimed: the token says by whom    | the claimer; the owner itself, [`end`](Waiter::end) |
//!
//! The word does not say whether the owner has switched away yet, and nobody has to know. A task
//! is pinned: its worker takes entries out of its queues only when the task that runs leaves. So an entry that
//! comes early waits until the owner has parked, and is what continues it.
//!
//! A task that runs in steps is not continued but started by its entry, which therefore must not come before it has
//! left its stack. Its wait begins as `LEAVING`: who claims that owes nothing, for whoever sees to the task when its
//! stack has been left finds the claim.
//!
//! - **W1** Once its waiter can be claimed, the owner does not switch to another task, be it by a yield
//!   or by another wait, until it either has claimed the waiter itself or parks for it; and it does
//!   one of the two. So it consumes exactly the one entry that is made for it.
//! - **W2** Who claims a task's wait that is `WAITING`, unless it is the owner, owes it exactly one entry into its
//!   worker's queue. Until then the task does not go on, so header and waiter stay alive.
//! - **W3** Whoever calls `claim` knows that the waiter is alive *at that moment*: it holds the lock
//!   under which the owner would have to unlink it, or it is the owner's own worker.
//! - **W4** Who claims on the thread of the owner's home, and keeps all those away that might claim from elsewhere,
//!   needs no exchange ([`claim_at_home`](Waiter::claim_at_home)).
//!
//! An owner that is an OS thread waits for `woken` and not for the claim, so a claimer may use the
//! waiter until it has set that flag. It blocks on a [`Parker`] of ours, for the token of `std::thread::park` is the
//! user's. One that is a future polls: its waker is taken out before the claim, for the future may be dropped after it.

use crate::coroutine;
use crate::sync_facade::atomic::{AtomicBool, AtomicU32, Ordering};
use std::cell::Cell;
use std::fmt;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use super::Header;
use super::list::{Linked, Links};
use super::parker::Parker;

const WAITING: u32 = 0;
const LEAVING: u32 = u32::MAX;
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
            WAITING | LEAVING => None,
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
    /// An interrupt has left its mark with this task, and its home is now to be told, before anything else that might
    /// switch (I3 in `interrupt.rs`).
    Call(NonNull<Header>),
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
enum Owner {
    Task {
        header: NonNull<Header>,
        /// What it will use first when it goes on. Its home's thread alone writes and reads that.
        next: Cell<*const ()>,
    },
    Thread {
        parker: Arc<Parker>,
        woken: AtomicBool,
    },
    /// Used under the lock under which claims are made; in an interrupt word, by whoever has set `BUSY`.
    Future(Cell<Option<Waker>>),
}

impl Owner {
    fn of_task(header: NonNull<Header>) -> Self {
        let next = Cell::new(ptr::null());
        Self::Task { header, next }
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Owner::Task { header, .. } => f.debug_tuple("Task").field(header).finish(),
            Owner::Thread { .. } => f.write_str("Thread"),
            Owner::Future(_) => f.write_str("Future"),
        }
    }
}

/// One wait. See the module. Aligned so that `interrupt.rs` has four bits beside its address; to no more, as malloc
/// aligns to 16 by itself, and a task that runs in steps has one in its allocation.
#[derive(Debug)]
#[repr(align(16))]
pub(crate) struct Waiter {
    word: AtomicU32,
    owner: Owner,
    links: Links<Waiter>,
    /// `unpark` may end it. Written by the owner before it is entered into an interrupt word.
    pub(super) on_unpark: Cell<bool>,
}

#[cfg(all(target_pointer_width = "64", not(loom)))]
const _: () = assert!(size_of::<Waiter>() == 48);

impl Linked for Waiter {
    #[inline]
    fn links(&self) -> &Links<Self> {
        &self.links
    }
}

impl Waiter {
    /// A wait of `task`, which is the one that runs now on this thread.
    pub(crate) fn for_task(task: NonNull<Header>) -> Self {
        Self::new(Owner::of_task(task))
    }

    /// A wait of `task`, which runs in steps and is about to leave its stack.
    pub(crate) fn for_step(task: NonNull<Header>) -> Self {
        Self {
            word: AtomicU32::new(LEAVING),
            ..Self::new(Owner::of_task(task))
        }
    }

    /// A wait of the calling OS thread, which nothing else blocks on `parker`.
    #[cold]
    #[inline(never)]
    pub(crate) fn for_thread(parker: Arc<Parker>) -> Self {
        let woken = AtomicBool::new(false);
        Self::new(Owner::Thread { parker, woken })
    }

    /// A wait of a future, which polls [`outcome`](Self::outcome). It has no waker yet.
    pub(crate) fn for_future() -> Self {
        Self::new(Owner::Future(Cell::default()))
    }

    /// Has a claim of a future's wait call `waker`. Only while it is linked into nothing.
    pub(crate) fn set_waker(&self, waker: &Waker) {
        if !self.will_wake(waker) {
            self.swap_waker(&mut Some(waker.clone()));
        }
    }

    /// Whether a claim of a future's wait would call `waker`, or its like. Only under the lock of what it is linked
    /// into.
    pub(crate) fn will_wake(&self, waker: &Waker) -> bool {
        let Owner::Future(own) = &self.owner else {
            return false;
        };
        let now = own.take();
        let same = now.as_ref().is_some_and(|now| now.will_wake(waker));
        own.set(now);
        same
    }

    /// Has a claim of a future's wait call `waker`, which becomes what it would have called before: to clone and to
    /// drop a waker is code of others. Only under the lock of what it is linked into.
    pub(crate) fn swap_waker(&self, waker: &mut Option<Waker>) {
        if let Owner::Future(own) = &self.owner {
            *waker = own.replace(waker.take());
        }
    }

    /// What is used first when the wait is over, besides the owner's frame: to be fetched ahead, if there is a way.
    pub(crate) fn will_use<T: ?Sized>(&self, it: *const T) {
        if let Owner::Task { next, .. } = &self.owner {
            next.set(it.cast());
        }
    }

    /// Has the cache fetch what a task will need to go on, but for its stack.
    pub(crate) fn fetch_task(&self) {
        let Owner::Task { header, next } = &self.owner else {
            return;
        };
        Header::fetch(*header);
        let next = next.get();
        // To look for what is nowhere takes a walk through the page table.
        if !next.is_null() {
            coroutine::fetch_lines(next, 0..2);
        }
    }

    fn new(owner: Owner) -> Self {
        Self {
            word: AtomicU32::new(WAITING),
            owner,
            links: Links::new(),
            on_unpark: Cell::new(false),
        }
    }

    /// Claims the wait on behalf of `wake`. An OS thread is woken right here.
    ///
    /// # Safety
    ///
    /// `this` is alive at the moment of the call (W3), and `Claim::Schedule` is honoured (W2).
    #[inline]
    pub(crate) unsafe fn claim(this: *const Self, wake: Wake) -> Claim {
        // SAFETY: alive by this function's contract, until the exchange below succeeds.
        let waiter = unsafe { &*this };
        let Owner::Task { header, .. } = &waiter.owner else {
            // SAFETY: passed on.
            return unsafe { Self::claim_elsewhere(this, wake) };
        };
        // Read first: once the wait is claimed, it may be gone.
        let task = *header;
        match waiter.take(wake) {
            None => Claim::Lost,
            Some(LEAVING) => Claim::Won,
            Some(_) => Claim::Schedule(task),
        }
    }

    /// [`claim`](Self::claim) of a wait that is no task's.
    ///
    /// # Safety
    ///
    /// As for `claim`.
    #[cold]
    #[inline(never)]
    unsafe fn claim_elsewhere(this: *const Self, wake: Wake) -> Claim {
        // SAFETY: as in `claim`.
        let waiter = unsafe { &*this };
        match &waiter.owner {
            Owner::Future(waker) => {
                // Before the claim, after which the future may be gone. Of several claims the first has it, and wins.
                let waker = waker.take();
                match (waiter.take(wake), waker) {
                    (None, _) => Claim::Lost,
                    (Some(_), None) => Claim::Won,
                    (Some(_), Some(waker)) => Claim::Wake(Box::new(waker)),
                }
            }
            _ if waiter.take(wake).is_none() => Claim::Lost,
            Owner::Thread { parker, woken } => {
                // A thread keeps its frame until `woken`, and the parker is needed for longer.
                let parker = Arc::clone(parker);
                // ORDERING: Release, pairs with the Acquire in `wait_thread`. The last touch of the
                // waiter: its owner may return from here on.
                woken.store(true, Ordering::Release);
                parker.unpark();
                Claim::Won
            }
            Owner::Task { .. } => unreachable!("a task's wait is claimed in line"),
        }
    }

    /// Claims the wait of a task as [`claim`](Self::claim) does, without an exchange.
    ///
    /// Of those who may claim it this thread is one and, but for other claims that the caller keeps away, the only
    /// one: deadlines, interrupts and the owner claim on the thread of its home.
    ///
    /// # Safety
    ///
    /// As for `claim`; the owner is a task that has parked on this thread, or is about to, and nobody on another
    /// one claims the wait now: the caller holds the lock of the one thing that it waits for.
    #[inline]
    pub(crate) unsafe fn claim_at_home(this: *const Self, wake: Wake) -> Claim {
        // SAFETY: alive by this function's contract.
        let waiter = unsafe { &*this };
        // ORDERING: Relaxed, whoever claims from elsewhere did it under the same lock.
        if waiter.word.load(Ordering::Relaxed) != WAITING {
            return Claim::Lost;
        }
        let Owner::Task { header, .. } = waiter.owner else {
            unreachable!("only a task has a home");
        };
        // ORDERING: Release, as in `take`.
        waiter.word.store(wake.token(), Ordering::Release);
        Claim::Schedule(header)
    }

    /// How the wait ended, if somebody has claimed it.
    pub(crate) fn outcome(&self) -> Option<Wake> {
        // ORDERING: Acquire, pairs with the Release of the claim.
        Wake::from_token(self.word.load(Ordering::Acquire))
    }

    /// Claims the wait on behalf of the owner, who then must not park for it. False when somebody else
    /// was first: then the owner has to park, and a thread to wait, as ever (W1).
    #[inline]
    pub(crate) fn end(&self, wake: Wake) -> bool {
        self.take(wake).is_some()
    }

    /// What the word was, if nobody has claimed it before.
    #[inline]
    fn take(&self, wake: Wake) -> Option<u32> {
        // What it is most of the time comes first.
        let mut seen = WAITING;
        loop {
            // ORDERING: Release publishes what the event wrote before it claims, pairs with `outcome`.
            // Relaxed on failure, a lost claim reads nothing.
            match self.word.compare_exchange(
                seen,
                wake.token(),
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(seen),
                Err(now @ (WAITING | LEAVING)) => seen = now,
                Err(_) => return None,
            }
        }
    }

    /// The owner, which runs in steps, has left its stack: from now on a claim queues it. False when one has come
    /// already.
    pub(crate) fn settle_down(&self) -> bool {
        // ORDERING: Release publishes what is left of the task to whoever claims it; Acquire on failure pairs
        // with the Release of the claim.
        self.word
            .compare_exchange(LEAVING, WAITING, Ordering::Release, Ordering::Acquire)
            .is_ok()
    }

    /// Blocks the owning OS thread until `deadline` or until it has been claimed and woken.
    /// A passed deadline claims the wait like any other party.
    pub(crate) fn wait_thread(&self, deadline: Option<Instant>) -> Wake {
        let Owner::Thread { parker, woken } = &self.owner else {
            unreachable!("only OS threads block here");
        };
        let mut deadline = deadline;
        // ORDERING: Acquire, pairs with the Release in `claim`: whatever the claimer did to this
        // waiter has happened.
        while !woken.load(Ordering::Acquire) {
            let Some(limit) = deadline else {
                parker.park(None);
                continue;
            };
            let left = limit.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                parker.park(Some(left));
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
