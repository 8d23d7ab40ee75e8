//! The word through which `unpark` and a cancellation reach a task, waiting or not.
//!
//! A wait that somebody other than its source may end is entered here before the task parks, and
//! left before its frame ends. It costs two exchanges a wait and no lock.
//!
//! | bits        | meaning                                             | set by                  | cleared by |
//! | ----------- | --------------------------------------------------- | ----------------------- | ---------- |
//! | `DONE`      | the context that the task is in is done             | `cancel`, `mark_done`   | `adopt`    |
//! | `TOKEN`     | an `unpark` came that no park has consumed          | `unpark`                | `enter`    |
//! | `BUSY`      | an interrupter is using the waiter                  | the interrupters        | the same   |
//! | `FOREIGN`   | the task is in a context other than its own: `cancel` does not concern it | `adopt` | `adopt` |
//! | the rest    | the waiter's address, aligned to 16; none when nobody may end the wait | `enter` | `leave` |
//!
//! Whether `unpark` may end a wait stands in the waiter, which says it under `BUSY`.
//!
//! - **I1** Only the task itself enters, leaves and adopts. It leaves after each wait, whatever
//!   ended it.
//! - **I2** While `BUSY` is set the waiter is alive: `leave` spins until the bit is gone. The bit is
//!   held for one claim, no code of others runs under it, and never across a switch.
//! - **I3** An interrupter clears `BUSY` before it schedules the task. After that it touches the
//!   word no more.
//!
//! A lock in its place would be taken twice in every wait for the sake of a thing that almost never
//! happens; a plain swap of the pointer would let an interrupter use a frame that has ended.

use super::waiter::{Claim, Waiter, Wake};
use crate::sync_facade::atomic::{AtomicUsize, Ordering};
use crate::sync_facade::spin_loop;
use std::ptr;

const DONE: usize = 1;
const TOKEN: usize = 2;
const BUSY: usize = 4;
const FOREIGN: usize = 8;
const STICKY: usize = DONE | TOKEN | FOREIGN;
const FLAGS: usize = 15;

/// Who, beside its source and its deadline, may end a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accepts {
    /// Nobody: `lock`, `join`, `scope`.
    Nothing,
    /// The end of the context: every fallible blocking call.
    Cancel,
    /// That and `Task::unpark`: `park` alone.
    CancelAndUnpark,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Interrupt(AtomicUsize);

impl Interrupt {
    pub(crate) fn new() -> Self {
        const { assert!(align_of::<Waiter>() > FLAGS) };
        Self(AtomicUsize::new(0))
    }

    /// Whether the task's context is done, as far as it has been told. A deadline tells nobody.
    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        // ORDERING: Acquire, pairs with the Release of whoever set it: what came before is visible.
        self.0.load(Ordering::Acquire) & DONE != 0
    }

    /// Lets interrupters reach `waiter`. An interrupt that was there already is the error, and
    /// then nothing was entered.
    pub(crate) fn enter(&self, waiter: &Waiter, accepts: Accepts) -> Result<(), Wake> {
        if accepts == Accepts::Nothing {
            return Ok(());
        }
        let on_unpark = accepts == Accepts::CancelAndUnpark;
        waiter.on_unpark.set(on_unpark);
        let entry = ptr::from_ref(waiter).expose_provenance();
        // ORDERING: Relaxed, the exchange decides.
        let mut seen = self.0.load(Ordering::Relaxed);
        loop {
            let (next, outcome) = if on_unpark && seen & TOKEN != 0 {
                (seen & !TOKEN, Err(Wake::Event))
            } else if seen & DONE != 0 {
                (seen, Err(Wake::Cancelled))
            } else {
                (seen | entry, Ok(()))
            };
            // ORDERING: Release publishes the waiter, Acquire pairs with the interrupters.
            match self.0.compare_exchange_weak(
                seen,
                next,
                Ordering::AcqRel,
                // ORDERING: Relaxed, tried again.
                Ordering::Relaxed,
            ) {
                Ok(_) => return outcome,
                Err(now) => seen = now,
            }
        }
    }

    /// Takes the waiter back. Afterwards no interrupter uses it (I2).
    pub(crate) fn leave(&self) {
        // ORDERING: Relaxed, the exchange decides.
        let mut seen = self.0.load(Ordering::Relaxed);
        loop {
            if seen & BUSY != 0 {
                spin_loop();
                // ORDERING: Relaxed, as above.
                seen = self.0.load(Ordering::Relaxed);
                continue;
            }
            // ORDERING: Acquire, pairs with the Release that cleared BUSY: the interrupter has
            // let go of the waiter.
            match self.0.compare_exchange_weak(
                seen,
                seen & STICKY,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
    }

    /// The task goes over to another context, its own or a `foreign` one, of which it is not known
    /// yet whether it is done. Acquires what any `cancel` before it did.
    pub(crate) fn adopt(&self, foreign: bool) {
        let foreign = if foreign { FOREIGN } else { 0 };
        let next = |seen| Some(seen & !(DONE | FOREIGN) | foreign);
        // ORDERING: AcqRel: a `cancel` that still saw the other value of FOREIGN comes before, and
        // what its caller did before that is visible to the look that follows.
        let _ = self
            .0
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, next);
    }

    /// Ends a wait in `park`, or lets the next one return at once.
    pub(crate) fn unpark(&self) -> Claim {
        self.interrupt(Wake::Event, |seen| (TOKEN, seen & !FLAGS != 0))
    }

    /// Cancels the task's own context: ends its wait, if that can be cut, and all later ones, unless
    /// it is in a foreign one.
    pub(crate) fn cancel(&self) -> Claim {
        // In a foreign context an exchange that changes nothing: the `adopt` that brings the task
        // back comes after it and finds out by itself.
        self.interrupt(Wake::Cancelled, |seen| match seen & FOREIGN {
            0 => (DONE, seen & !FLAGS != 0),
            _ => (0, false),
        })
    }

    /// The context that the task is in is done. Called by the task itself, or under the lock under
    /// which the task leaves that context.
    pub(crate) fn mark_done(&self) -> Claim {
        self.interrupt(Wake::Cancelled, |seen| (DONE, seen & !FLAGS != 0))
    }

    /// Leaves a mark behind, and claims the waiter if this interrupt reaches one that it may end: `effect`
    /// tells the mark and whether it reaches one.
    fn interrupt(&self, wake: Wake, effect: impl Fn(usize) -> (usize, bool)) -> Claim {
        // ORDERING: Relaxed, the exchange decides.
        let mut seen = self.0.load(Ordering::Relaxed);
        let mark = loop {
            if seen & BUSY != 0 {
                spin_loop();
                // ORDERING: Relaxed, as above.
                seen = self.0.load(Ordering::Relaxed);
                continue;
            }
            let (mark, reached) = effect(seen);
            let next = seen | mark | if reached { BUSY } else { 0 };
            // ORDERING: AcqRel: Release publishes what came before the interrupt, Acquire makes
            // the waiter visible.
            match self.0.compare_exchange_weak(
                seen,
                next,
                Ordering::AcqRel,
                // ORDERING: Relaxed, tried again.
                Ordering::Relaxed,
            ) {
                Ok(_) if reached => break mark,
                Ok(_) => return Claim::Won,
                Err(now) => seen = now,
            }
        };
        let waiter = ptr::with_exposed_provenance::<Waiter>(seen & !FLAGS);
        // SAFETY: BUSY keeps it alive (I2), and its owner has set the flag before it entered it.
        let may_end = wake != Wake::Event || unsafe { (*waiter).on_unpark.get() };
        let (claim, consumed) = if may_end {
            // SAFETY: as above.
            let claim = unsafe { Waiter::claim(waiter, wake) };
            // A wake that got through consumes its token; a cancellation stays.
            let consumed = if claim.is_lost() { 0 } else { mark & TOKEN };
            (claim, consumed)
        } else {
            (Claim::Won, 0)
        };
        // ORDERING: Release, the last use of the waiter comes before it in `leave` (I3).
        self.0.fetch_and(!(BUSY | consumed), Ordering::Release);
        claim
    }
}
