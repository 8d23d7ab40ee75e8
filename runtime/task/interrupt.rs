//! The word through which `unpark` and a cancellation reach a task, waiting or not.
//!
//! A wait that somebody other than its source may end is entered here before its owner parks, and left before its
//! frame ends. A task that has a stack is pinned: it waits, and is continued, on the thread of its *home*. So it
//! enters and leaves by plain stores that this thread alone looks at, and an interrupter from elsewhere does not
//! touch the wait: it leaves its mark in the word and *calls*, by the home's inbox, and the home *answers*. That
//! costs a wait no exchange, and who interrupts pays.
//!
//! OS threads have no inbox, and a task between two steps is on no stack and changes its home. Their waits are
//! entered in the word itself, by an exchange, and interrupters claim them there.
//!
//! | bits        | meaning                                             | set by                  | cleared by |
//! | ----------- | --------------------------------------------------- | ----------------------- | ---------- |
//! | `DONE`      | the context that the task is in is done             | `cancel`, `mark_done`, `note_done` | `adopt` |
//! | `TOKEN`     | an `unpark` came that no park has consumed          | `unpark`                | `enter_at_home`, `answer` |
//! | `BUSY`      | with a waiter: an interrupter is using it. Else: a call is on its way | the interrupters | `answer`; the interrupter |
//! | `FOREIGN`   | the task is in a context other than its own: `cancel` does not concern it | `adopt` | `adopt` |
//! | the rest    | `HOME`: interrupts are answered at home. Else: the waiter's address, aligned to 16, or none when nobody may end the wait | `enter_at_home`, the first time; `enter` | `move_out`; `leave` |
//!
//! `HOME` is an address at which no waiter is. Where the task is need not be said: this is a part of its header.
//!
//! - **I1** Only the task itself enters, leaves and adopts. It leaves after each wait, whatever
//!   ended it.
//! - **I2** With a waiter in the word: while `BUSY` is set it is alive: `leave` spins until the bit is gone. The bit is
//!   held for one claim, no code of others runs under it, and never across a switch. An interrupter clears it before it
//!   schedules the task. After that it touches the word no more.
//! - **I3** Without: while `BUSY` is set the task does not finish, nor does it leave its home between two steps:
//!   `move_out` clears `HOME`, so that nobody calls any more, and has it wait until the call has been answered. So
//!   whoever has set the bit may use the header, and the home it names, until the call is in the inbox, which he
//!   sees to at once: no switch, no lock that is waited for and no code of others lies in between. And
//!   as long as a letter lies in an inbox its worker has a started task: it neither retires nor does its runtime end.
//! - **I4** `entered` is touched on the thread of the home alone. `call_link` belongs to whoever has set `BUSY`, and
//!   then to the inbox, until `answer` has cleared the bit. So one link is enough: a second interrupt
//!   finds `BUSY`, and its mark is found by the answer to the first.
//!
//! No interrupt is lost: an answer comes after the mark. Either the task has entered by then, and is found; or it
//! enters later on the same thread, and sees the mark. What is answered is the state of that moment, not of the
//! call's: a mark that `adopt` has taken away meanwhile ends nothing, a wait that a deadline or its event has claimed
//! is lost to the answer, and keeps the token for the next `park`.
//!
//! A task that has not started, and one between two steps, has no `HOME`, and may be stolen. It has it from its first
//! wait in a step until `move_out`, which comes before the next wait is entered and before it is queued again.
//!
//! A lock in its place would be taken twice in every wait for the sake of a thing that almost never
//! happens; a plain swap of the pointer would let an interrupter use a frame that has ended.

use super::Header;
use super::waiter::{Claim, Waiter, Wake};
use crate::sync_facade::atomic::{AtomicPtr, AtomicUsize, Ordering};
use crate::sync_facade::{UnsafeCell, spin_loop};
use std::mem::offset_of;
use std::ptr::{self, NonNull};

const DONE: usize = 1;
const TOKEN: usize = 2;
const BUSY: usize = 4;
const FOREIGN: usize = 8;
const STICKY: usize = DONE | TOKEN | FOREIGN;
const FLAGS: usize = 15;
/// No address of a waiter: nothing is in the first page.
const HOME: usize = FLAGS + 1;

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
pub(crate) struct Interrupt {
    word: AtomicUsize,
    /// What a task with a stack waits for now; null when nobody may end the wait, or there is none.
    entered: UnsafeCell<*const Waiter>,
    /// The next in the inbox that a call lies in, in a form that the inbox knows.
    pub(crate) call_link: AtomicPtr<Header>,
}

// SAFETY: `entered` is touched on one thread (I4); the rest is atomic.
unsafe impl Send for Interrupt {}
// SAFETY: as above.
unsafe impl Sync for Interrupt {}

impl Interrupt {
    pub(crate) fn new() -> Self {
        const { assert!(align_of::<Waiter>() > FLAGS) };
        Self {
            word: AtomicUsize::new(0),
            entered: UnsafeCell::new(ptr::null()),
            call_link: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Whether the task's context is done, as far as it has been told. A deadline tells nobody.
    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        // ORDERING: Acquire, pairs with the Release of whoever set it: what came before is visible.
        self.word.load(Ordering::Acquire) & DONE != 0
    }

    /// Lets interrupters reach `waiter`, by which `task` is about to park. An interrupt that was there already
    /// is the error, and then nothing was entered.
    ///
    /// # Safety
    ///
    /// `task` is whose interrupt this is; it runs, and the calling thread is its home's (I4).
    #[inline]
    pub(crate) unsafe fn enter_at_home(
        &self,
        task: NonNull<Header>,
        waiter: &Waiter,
        accepts: Accepts,
    ) -> Result<(), Wake> {
        let on_unpark = accepts == Accepts::CancelAndUnpark;
        waiter.on_unpark.set(on_unpark);
        // A running task has no waiter in the word, so the bit says it.
        // ORDERING: Acquire, as in `is_done`. A mark that this load does not see is answered on this thread, so
        // after what follows: had it been answered before, the answer's exchange would stand before this load.
        if self.word.load(Ordering::Acquire) & (HOME | DONE | TOKEN) != HOME {
            self.look_closer(task, on_unpark)?;
        }
        // SAFETY: this is the home's thread (caller, I4).
        (self.entered).with_mut(|entered| unsafe { *entered = waiter });
        Ok(())
    }

    /// The task parks for the first time, or there is a mark.
    #[cold]
    fn look_closer(&self, task: NonNull<Header>, on_unpark: bool) -> Result<(), Wake> {
        // For `task` below.
        let _ = task.as_ptr().expose_provenance();
        // ORDERING: Relaxed, the exchange decides.
        let mut seen = self.word.load(Ordering::Relaxed);
        loop {
            let (next, outcome) = if on_unpark && seen & TOKEN != 0 {
                (seen & !TOKEN, Err(Wake::Event))
            } else if seen & DONE != 0 {
                (seen, Err(Wake::Cancelled))
            } else {
                (seen | HOME, Ok(()))
            };
            // ORDERING: Release publishes the home, Acquire pairs with the interrupters.
            match self.word.compare_exchange_weak(
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

    /// Takes the waiter back, if one was entered. Afterwards no answer uses it.
    ///
    /// # Safety
    ///
    /// As for [`enter_at_home`](Self::enter_at_home).
    #[inline]
    pub(crate) unsafe fn leave_at_home(&self) {
        // SAFETY: this is the home's thread (caller, I4).
        (self.entered).with_mut(|entered| unsafe { *entered = ptr::null() });
    }

    /// The task finishes, or lays itself down between two steps: from here on nobody calls. False when a call is still
    /// on its way: to be asked again when that has been answered (I3). As there is one at most, that is soon,
    /// however many interrupt.
    pub(crate) fn move_out(&self) -> bool {
        // ORDERING: Acquire, as in `is_done`. HOME is the task's own.
        let mut seen = self.word.load(Ordering::Acquire);
        if is_at_home(seen) {
            // ORDERING: AcqRel: whoever finds HOME gone finds what came before; Acquire as above.
            seen = self.word.fetch_and(STICKY | BUSY, Ordering::AcqRel);
        }
        seen & BUSY == 0
    }

    /// Answers a call: claims the wait that is entered if there is a mark that ends it.
    ///
    /// # Safety
    ///
    /// [`Claim::Call`] was returned and this is the thread of the task's home; the task does not run, or it is
    /// who calls. `Claim::Schedule` is honoured (W2).
    pub(crate) unsafe fn answer(&self) -> Claim {
        // ORDERING: AcqRel: Acquire pairs with every mark that this finds. Release: whoever sets BUSY next writes the
        // link that has been read.
        let seen = self.word.fetch_and(!BUSY, Ordering::AcqRel);
        // SAFETY: this is the home's thread (caller, I4).
        let entered = self.entered.with(|entered| unsafe { *entered });
        if entered.is_null() {
            return Claim::Lost;
        }
        // SAFETY: entered, so its frame is parked, or about to; its owner would leave it on this very thread.
        let on_unpark = unsafe { (*entered).on_unpark.get() };
        let wake = if on_unpark && seen & TOKEN != 0 {
            Wake::Event
        } else if seen & DONE != 0 {
            Wake::Cancelled
        } else {
            return Claim::Lost;
        };
        // SAFETY: as above.
        let claim = unsafe { Waiter::claim(entered, wake) };
        // A wake that got through consumes its token; a cancellation stays.
        if wake == Wake::Event && !claim.is_lost() {
            // ORDERING: Acquire, it may consume another unpark's token, too, that came after the first exchange.
            self.word.fetch_and(!TOKEN, Ordering::Acquire);
        }
        claim
    }

    /// Lets interrupters reach `waiter`, of a thread or between two steps. An interrupt that was there already is the
    /// error, and then nothing was entered.
    pub(crate) fn enter(&self, waiter: &Waiter) -> Result<(), Wake> {
        let entry = ptr::from_ref(waiter).expose_provenance();
        let enter = |seen| (seen & DONE == 0).then_some(seen | entry);
        // ORDERING: AcqRel: Release publishes the waiter, Acquire pairs with the interrupters, as in `is_done`.
        let entered = self
            .word
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, enter);
        entered.map(|_| ()).map_err(|_| Wake::Cancelled)
    }

    /// Takes the waiter of [`enter`](Self::enter) back. Afterwards no interrupter uses it (I2).
    pub(crate) fn leave(&self) {
        // ORDERING: Relaxed, the exchange decides.
        let mut seen = self.word.load(Ordering::Relaxed);
        loop {
            if seen & BUSY != 0 {
                spin_loop();
                // ORDERING: Relaxed, as above.
                seen = self.word.load(Ordering::Relaxed);
                continue;
            }
            // ORDERING: Acquire, pairs with the Release that cleared BUSY: the interrupter has
            // let go of the waiter.
            match self.word.compare_exchange_weak(
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
            .word
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, next);
    }

    /// The task itself finds that the context it is in is done.
    pub(crate) fn note_done(&self) {
        // ORDERING: Relaxed, its owner alone goes by it; it acquires what others tell it.
        self.word.fetch_or(DONE, Ordering::Relaxed);
    }

    /// Ends a wait in `park`, or lets the next one return at once.
    pub(crate) fn unpark(&self) -> Claim {
        self.interrupt(Wake::Event, |seen| (TOKEN, is_at_home(seen)))
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

    /// The context that the task is in is done. Called under the lock under
    /// which the task leaves that context, or on its thread.
    pub(crate) fn mark_done(&self) -> Claim {
        self.interrupt(Wake::Cancelled, |seen| (DONE, seen & !FLAGS != 0))
    }

    /// Leaves a mark behind, and calls, or claims the waiter, if this interrupt reaches one: `effect` tells the
    /// mark and whether it does.
    fn interrupt(&self, wake: Wake, effect: impl Fn(usize) -> (usize, bool)) -> Claim {
        // ORDERING: Relaxed, the exchange decides.
        let mut seen = self.word.load(Ordering::Relaxed);
        loop {
            if seen & BUSY != 0 && has_waiter(seen) {
                spin_loop();
                // ORDERING: Relaxed, as above.
                seen = self.word.load(Ordering::Relaxed);
                continue;
            }
            let (mark, concerned) = effect(seen);
            // A call that is on its way will find this mark, too.
            let reached = concerned && seen & BUSY == 0;
            let next = seen | mark | if reached { BUSY } else { 0 };
            // ORDERING: AcqRel: Release publishes what came before the interrupt, Acquire makes
            // the waiter visible, or the home.
            match self.word.compare_exchange_weak(
                seen,
                next,
                Ordering::AcqRel,
                // ORDERING: Relaxed, tried again.
                Ordering::Relaxed,
            ) {
                Ok(_) if reached => break,
                Ok(_) => return Claim::Won,
                Err(now) => seen = now,
            }
        }
        if is_at_home(seen) {
            return Claim::Call(self.task());
        }
        let waiter = ptr::with_exposed_provenance(seen & !FLAGS);
        // SAFETY: BUSY keeps it alive (I2).
        let claim = unsafe { Waiter::claim(waiter, wake) };
        // ORDERING: Release, the last use of the waiter comes before it in `leave` (I2).
        self.word.fetch_and(!BUSY, Ordering::Release);
        claim
    }

    /// The task that this is a part of. Of use to those that have found `HOME`: who set that has exposed the task.
    fn task(&self) -> NonNull<Header> {
        let place = ptr::from_ref(self).addr();
        let task = place.wrapping_sub(offset_of!(Header, ambient.interrupt));
        NonNull::new(ptr::with_exposed_provenance_mut(task)).expect("a header is not at null")
    }
}

/// Whether `seen` says that interrupts are answered at home.
#[inline]
fn is_at_home(seen: usize) -> bool {
    seen & !FLAGS == HOME
}

/// Whether `seen` leads to a waiter.
#[inline]
fn has_waiter(seen: usize) -> bool {
    seen & !FLAGS != 0 && !is_at_home(seen)
}
