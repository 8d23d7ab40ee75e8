//! The word through which `unpark` and `cancel` reach a task, waiting or not.
//!
//! A wait that somebody other than its source may end is entered here before the task parks, and
//! left before its frame ends. It costs two exchanges a wait and no lock.
//!
//! | bits           | meaning                                              | set by   | cleared by |
//! | -------------- | ---------------------------------------------------- | -------- | ---------- |
//! | `CANCELLED`    | the task is cancelled, for good                      | `cancel` | nobody     |
//! | `TOKEN`        | an `unpark` came that no park has consumed           | `unpark` | `enter`    |
//! | `BUSY`         | an interrupter is using the waiter                   | `unpark`, `cancel` | the same |
//! | `ON_CANCEL`    | the wait may be ended by `cancel`                    | `enter`  | `leave`    |
//! | `ON_UNPARK`    | the wait may be ended by `unpark`                    | `enter`  | `leave`    |
//! | the rest       | the waiter's address, aligned to 32                  | `enter`  | `leave`    |
//!
//! - **I1** Only the task itself enters and leaves. It leaves after each wait, whatever ended it.
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

const CANCELLED: usize = 1;
const TOKEN: usize = 2;
const BUSY: usize = 4;
const ON_CANCEL: usize = 8;
const ON_UNPARK: usize = 16;
const STICKY: usize = CANCELLED | TOKEN;
const FLAGS: usize = 31;

/// Who, beside its source and its deadline, may end a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accepts {
    /// Nobody: `lock`, `join`, `scope`.
    Nothing,
    /// `cancel`: every fallible blocking call.
    Cancel,
    /// `cancel` and `Task::unpark`: `park` alone.
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

    pub(crate) fn is_cancelled(&self) -> bool {
        // ORDERING: Acquire, pairs with the Release in `cancel`: what its caller did is visible.
        self.0.load(Ordering::Acquire) & CANCELLED != 0
    }

    /// Lets interrupters reach `waiter`. An interrupt that was there already is the error, and
    /// then nothing was entered.
    pub(crate) fn enter(&self, waiter: &Waiter, accepts: Accepts) -> Result<(), Wake> {
        let kinds = match accepts {
            Accepts::Nothing => return Ok(()),
            Accepts::Cancel => ON_CANCEL,
            Accepts::CancelAndUnpark => ON_CANCEL | ON_UNPARK,
        };
        let entry = ptr::from_ref(waiter).expose_provenance() | kinds;
        // ORDERING: Relaxed, the exchange decides.
        let mut seen = self.0.load(Ordering::Relaxed);
        loop {
            let (next, outcome) = if kinds & ON_UNPARK != 0 && seen & TOKEN != 0 {
                (seen & !TOKEN, Err(Wake::Event))
            } else if seen & CANCELLED != 0 {
                (seen, Err(Wake::Cancelled))
            } else {
                (seen | entry, Ok(()))
            };
            // ORDERING: Release publishes the waiter, Acquire pairs with `unpark` and `cancel`.
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

    /// Ends a wait in `park`, or lets the next one return at once.
    pub(crate) fn unpark(&self) -> Claim {
        self.interrupt(ON_UNPARK, TOKEN, Wake::Event)
    }

    /// Cancels the task: ends its wait, if that can be cut, and all later ones.
    pub(crate) fn cancel(&self) -> Claim {
        self.interrupt(ON_CANCEL, CANCELLED, Wake::Cancelled)
    }

    /// Claims the waiter if there is one of this `kind`; otherwise leaves `mark` behind.
    fn interrupt(&self, kind: usize, mark: usize, wake: Wake) -> Claim {
        // ORDERING: Relaxed, the exchange decides.
        let mut seen = self.0.load(Ordering::Relaxed);
        loop {
            if seen & BUSY != 0 {
                spin_loop();
                // ORDERING: Relaxed, as above.
                seen = self.0.load(Ordering::Relaxed);
                continue;
            }
            let reach = seen & kind != 0;
            let next = seen | if reach { mark | BUSY } else { mark };
            // ORDERING: AcqRel: Release publishes what came before the interrupt, Acquire makes
            // the waiter visible.
            match self.0.compare_exchange_weak(
                seen,
                next,
                Ordering::AcqRel,
                // ORDERING: Relaxed, tried again.
                Ordering::Relaxed,
            ) {
                Ok(_) if reach => break,
                Ok(_) => return Claim::Won,
                Err(now) => seen = now,
            }
        }
        let waiter = ptr::with_exposed_provenance::<Waiter>(seen & !FLAGS);
        // SAFETY: BUSY keeps it alive (I2).
        let claim = unsafe { Waiter::claim(waiter, wake) };
        // A wake that got through consumes its token; a cancellation stays.
        let consumed = if claim.is_lost() { 0 } else { mark & TOKEN };
        // ORDERING: Release, the last use of the waiter comes before it in `leave` (I3).
        self.0.fetch_and(!(BUSY | consumed), Ordering::Release);
        claim
    }
}
