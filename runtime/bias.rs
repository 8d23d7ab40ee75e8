//! What one worker alone uses needs no atomic exchanges: a word that says who that is.
//!
//! An exchange costs what a dozen plain instructions do, even if nobody else is there. Most channels and locks are
//! used by tasks of one worker, one after the other, for ever, or for long. Such a worker becomes the *owner*: it
//! enters and leaves *sections* by plain stores, and in them changes by plain loads and stores what everybody else
//! changes by exchanges. The first other thread that comes takes the ownership away, and from then on all use
//! exchanges.
//!
//! Locks of this kind are called biased or reserved (K. Kawachiya, A. Koseki and T. Onodera, "Lock Reservation", 2002).
//! The way in is Dekker's, made lopsided (D. Dice, M. Moir and W. Scherer, "Quickly Reacquirable Locks", 2003):
//!
//! | the owner enters                   | another takes the ownership away               |
//! | ---------------------------------- | ---------------------------------------------- |
//! | `inside` = true                    | `owner` = `REVOKED`                            |
//! | a fence for the compiler           | a barrier in all threads (`sys/barrier.rs`)    |
//! | is `owner` still me? then go ahead | while `inside`: wait; then `owner` = `SHARED`  |
//!
//! # Who is the owner
//!
//! | `owner`        | meaning                                                 | becomes |
//! | -------------- | ------------------------------------------------------- | ------- |
//! | `NEW`          | nobody has been here                                    | `me + TRIAL`, or `SHARED` if it is no worker that comes |
//! | `me + TRIAL`   | this worker alone has been here, using exchanges        | `me`, after [`TRIALS`] times; `SHARED` as soon as another comes |
//! | `me`           | this worker is the owner                                | `REVOKED`, as soon as another comes |
//! | `REVOKED`      | the owner may be in its last section                    | `SHARED`, when it is not |
//! | `SHARED`       | everybody uses exchanges                                | |
//!
//! The trial is there since the barrier is dear: only what has been one worker's for long is given to it. It begins
//! with the first use and not with the making, as who makes a channel often is not who uses it.
//!
//! # Invariants
//!
//! - **B5** Who changes what a bias is about has called [`enter`](Bias::enter) or [`meet`](Bias::meet) before, on
//!   the same thread. So whoever else was the owner is not any more, and has left its last section.
//! - **B6** While a section lasts nobody else is in one, nor past `enter` or `meet`. What was done in a section
//!   happens before all that any thread does after those.
//! - **B7** A section is some instructions: no task switches in it, and no code of the user's runs in it. So a
//!   worker is in one at most of each bias. Should it come back all the same, it waits for itself, as with any
//!   lock.
//! - **B8** An [`Identity`] is one thread's, for ever.

mod lock;
#[cfg(all(test, loom))]
pub(crate) mod models;
#[cfg(all(test, not(any(loom, miri))))]
mod tests;

pub(crate) use lock::{BiasedGuard, BiasedLock};

use crate::sync_facade::atomic::{AtomicBool, AtomicU16, AtomicU32, Ordering};
use crate::sync_facade::{Backoff, const_unless_loom};
use std::marker::PhantomData;

/// How often one worker alone has come before it becomes the owner: taking that away costs some microseconds, and
/// each section saves some nanoseconds. Builds for debugging do it sooner, so that tests meet it.
const TRIALS: u16 = match () {
    () if cfg!(loom) => 1,
    () if cfg!(debug_assertions) => 8,
    () => 256,
};
/// The same for what is in no cache when it is used: an exchange has to wait for it, and so has all that follows.
const COLD_TRIALS: u16 = if TRIALS < 16 { TRIALS } else { 16 };

/// Beside an identity: still on trial.
const TRIAL: u32 = 1;
/// No identities.
const NEW: u32 = 2;
const SHARED: u32 = 4;
const REVOKED: u32 = 6;
/// The first identity, and from each to the next.
const FIRST: u32 = 8;
const STEP: u32 = 2;

/// Who a thread is: a number that no other thread has, or nobody in particular.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    number: u32,
    _not_send: PhantomData<*const ()>,
}

impl Identity {
    /// Of those who are never owners.
    pub(crate) const NOBODY: Self = Self::of(0);

    /// One for the calling thread, which nobody had before (B8). When there are no more, nobody's.
    pub(crate) fn new() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(FIRST);
        // ORDERING: Relaxed, the number is all there is.
        let next = NEXT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |next| {
            next.checked_add(STEP)
        });
        next.map_or(Self::NOBODY, Self::of)
    }

    const fn of(number: u32) -> Self {
        Self {
            number,
            _not_send: PhantomData,
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Bias {
    owner: AtomicU32,
    /// The owner is in a section, or looks whether it may be. Changed by the owner alone.
    inside: AtomicBool,
    /// How often it has come, changed by the one on trial alone.
    uses: AtomicU16,
}

impl Bias {
    const_unless_loom! {
        /// Nobody has been here yet.
        pub(crate) fn new() -> Self {
            Self {
                owner: AtomicU32::new(NEW),
                inside: AtomicBool::new(false),
                uses: AtomicU16::new(0),
            }
        }
    }

    /// The same for what is used now and then.
    pub(crate) fn of_cold() -> Self {
        Self {
            uses: AtomicU16::new(TRIALS - COLD_TRIALS),
            ..Self::new()
        }
    }

    /// Begins a section, if the calling thread is the owner. If not, nobody is from here on.
    #[inline]
    pub(crate) fn enter(&self, me: Identity) -> Option<Alone<'_>> {
        // ORDERING: Acquire, pairs with the end of `revoke`: what the owner has done is seen (B6).
        let owner = self.owner.load(Ordering::Acquire);
        if owner == SHARED {
            return None;
        }
        if owner == me.number
            && let Some(alone) = self.enter_own(me)
        {
            return Some(alone);
        }
        self.enter_apart(me)
    }

    /// [`enter`](Self::enter) for the owner: whether the calling thread is that, and nothing more. Short, for the place
    /// in which it is most often needed; whoever is no owner calls `enter` or `meet` next.
    #[inline(always)]
    pub(crate) fn enter_as_owner(&self, me: Identity) -> Option<Alone<'_>> {
        // ORDERING: Relaxed, whoever reads its own number was the one to write it.
        if self.owner.load(Ordering::Relaxed) == me.number {
            self.enter_own(me)
        } else {
            None
        }
    }

    /// For a thread that is going to use exchanges: if somebody else is the owner, nobody is from here on.
    #[inline]
    pub(crate) fn meet(&self, me: Identity) {
        // ORDERING: Acquire, as in `enter`.
        let owner = self.owner.load(Ordering::Acquire);
        if owner != SHARED && owner != me.number {
            self.enter_apart(me);
        }
    }

    /// The calling thread is the owner, or was.
    #[inline]
    fn enter_own(&self, me: Identity) -> Option<Alone<'_>> {
        // ORDERING: Relaxed, this thread's own.
        if self.inside.load(Ordering::Relaxed) {
            return None;
        }
        // ORDERING: Relaxed, both: the fence and the barrier in `revoke` order them. Either this sees that the
        // ownership is gone, or who took it away sees this.
        self.inside.store(true, Ordering::Relaxed);
        fence::by_owner();
        let alone = Alone(self, PhantomData);
        (self.owner.load(Ordering::Relaxed) == me.number).then_some(alone)
    }

    #[cold]
    #[inline(never)]
    fn enter_apart(&self, me: Identity) -> Option<Alone<'_>> {
        loop {
            // ORDERING: Acquire, as in `enter`.
            let owner = self.owner.load(Ordering::Acquire);
            let next = match owner {
                SHARED => return None,
                REVOKED => {
                    self.revoke();
                    continue;
                }
                NEW if me != Identity::NOBODY && fence::may_exist() => me.number | TRIAL,
                NEW => SHARED,
                _ if owner == me.number | TRIAL => {
                    if !self.has_stood_trial() {
                        return None;
                    }
                    me.number
                }
                _ if owner & TRIAL != 0 => SHARED,
                // By another, or by the owner that is in a section: then it waits for itself, as with any lock (B7).
                _ => REVOKED,
            };
            // ORDERING: AcqRel: who is on trial or not there at all uses exchanges, which need nothing of this;
            // Acquire as in `enter`, the rest by `revoke`.
            let exchanged =
                self.owner
                    .compare_exchange(owner, next, Ordering::AcqRel, Ordering::Relaxed);
            if exchanged.is_ok()
                && next == me.number
                && let Some(alone) = self.enter_own(me)
            {
                return Some(alone);
            }
        }
    }

    /// Counts a use by the one on trial; whether that is enough. Then it begins anew, should the barrier not be
    /// known yet.
    fn has_stood_trial(&self) -> bool {
        // ORDERING: Relaxed, one thread's.
        let uses = self.uses.load(Ordering::Relaxed) + 1;
        self.uses.store(uses % TRIALS, Ordering::Relaxed);
        uses == TRIALS && fence::exists()
    }

    /// The ownership has been taken away: waits until the owner has left its last section. Whoever comes meanwhile
    /// does so too.
    fn revoke(&self) {
        fence::by_all();
        let mut backoff = Backoff::new();
        // ORDERING: Acquire, pairs with the end of the section (B6).
        while self.inside.load(Ordering::Acquire) {
            backoff.wait();
        }
        // ORDERING: Release, pairs with `enter`: others rely on this look.
        self.owner.store(SHARED, Ordering::Release);
    }
}

/// A section: the calling thread is the owner, and nobody takes that away before this is dropped.
#[derive(Debug)]
#[must_use = "the section ends at once"]
pub(crate) struct Alone<'a>(&'a Bias, PhantomData<*const ()>);

impl Drop for Alone<'_> {
    #[inline]
    fn drop(&mut self) {
        // ORDERING: Release, pairs with `revoke` (B6).
        self.0.inside.store(false, Ordering::Release);
    }
}

/// The two sides of the lopsided fence.
#[cfg(not(loom))]
mod fence {
    use crate::sys::barrier;
    use std::sync::atomic::{Ordering, compiler_fence};

    #[inline]
    pub(super) fn by_owner() {
        // ORDERING: SeqCst for the compiler, which keeps the store before the load. For the processor the barrier does.
        compiler_fence(Ordering::SeqCst);
    }

    pub(super) fn by_all() {
        barrier::all_threads();
    }

    pub(super) fn exists() -> bool {
        barrier::is_enabled() == Some(true)
    }

    pub(super) fn may_exist() -> bool {
        barrier::is_enabled() != Some(false)
    }
}

/// In a model both are whole fences, which is what the barrier makes of them.
#[cfg(loom)]
mod fence {
    use crate::sync_facade::atomic::{Ordering, fence};

    pub(super) fn by_owner() {
        // ORDERING: SeqCst, pairs with the other one.
        fence(Ordering::SeqCst);
    }

    pub(super) use by_owner as by_all;

    pub(super) fn exists() -> bool {
        true
    }

    pub(super) use exists as may_exist;
}
