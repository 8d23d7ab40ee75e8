//! `Once`: a piece of code that runs once, however many come to it.
//!
//! # The word
//!
//! | value        | meaning                                                  | set by                       |
//! | ------------ | -------------------------------------------------------- | ---------------------------- |
//! | `INCOMPLETE` | nobody has begun                                         | `new`                        |
//! | `POISONED`   | the last one who ran it panicked                         | who ran it, under the lock   |
//! | `RUNNING`    | somebody runs it; others wait in the crowd               | who runs it, by an exchange  |
//! | `COMPLETE`   | it has run; for good                                     | who ran it, under the lock   |
//!
//! - **O1** Who has exchanged `INCOMPLETE` or `POISONED` for `RUNNING` is alone until it stores
//!   `POISONED` or `COMPLETE`, and does so however its closure ends.
//! - **O2** That store and the taking of the crowd are one step under the lock, and so are a look
//!   at the word and entering the crowd. So nobody enters a crowd that was already released.
//! - **O3** A reader that finds `COMPLETE` (Acquire) sees all that the closure did.

use super::crowd::{self, Crowd};
use crate::scheduler::park;
use crate::sync_facade::atomic::{AtomicU32, Ordering};
use crate::sync_facade::{Mutex, MutexGuard, const_unless_loom};
use crate::task::Waiter;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::PoisonError;

pub(super) const INCOMPLETE: u32 = 0;
pub(super) const POISONED: u32 = 1;
pub(super) const RUNNING: u32 = 2;
pub(super) const COMPLETE: u32 = 3;

/// Runs a piece of code once, as `std::sync::Once` does: those who come meanwhile wait.
///
/// With a value to go with it, [`OnceLock`](super::OnceLock) or [`LazyLock`](super::LazyLock) is
/// what you want.
///
/// # Examples
///
/// ```
/// use teem::sync::Once;
///
/// static START: Once = Once::new();
///
/// teem::scope(|s| {
///     for _ in 0..10 {
///         s.spawn(|| START.call_once(|| println!("this is printed once")));
///     }
/// });
/// assert!(START.is_completed());
/// ```
pub struct Once {
    word: AtomicU32,
    waiting: Mutex<Crowd>,
}

/// What [`Once::call_once_force`] tells its closure.
pub struct OnceState {
    was_poisoned: bool,
}

#[expect(clippy::new_without_default, reason = "std's has none")]
impl Once {
    const_unless_loom! {
        /// A `Once` that nobody has run.
        #[must_use]
        pub fn new() -> Self {
            Self {
                word: AtomicU32::new(INCOMPLETE),
                waiting: Mutex::new(Crowd::new()),
            }
        }
    }

    const_unless_loom! {
        /// One that has run already.
        pub(super) fn completed() -> Self {
            Self {
                word: AtomicU32::new(COMPLETE),
                waiting: Mutex::new(Crowd::new()),
            }
        }
    }

    /// Runs `f` if this is the first call, and otherwise waits until the one who does so is done.
    ///
    /// On return some closure has run, and what it did is visible. A task parks meanwhile, a
    /// thread blocks. A closure that calls this on its own `Once` waits for ever.
    ///
    /// # Panics
    ///
    /// If `f` does, which poisons the `Once`; if it is poisoned; and if it would have to wait inside
    /// [`forbid_park`](crate::task::forbid_park).
    ///
    /// # Cancellation
    ///
    /// Is not cut.
    ///
    /// # Examples
    ///
    /// ```
    /// let once = teem::sync::Once::new();
    /// let mut runs = 0;
    /// once.call_once(|| runs += 1);
    /// once.call_once(|| runs += 1);
    /// assert_eq!(runs, 1);
    /// ```
    #[inline]
    #[track_caller]
    pub fn call_once<F>(&self, f: F)
    where
        F: FnOnce(),
    {
        if !self.is_completed() {
            let mut f = Some(f);
            self.call(false, &mut |_| f.take().expect("called once")());
        }
    }

    /// [`call_once`](Self::call_once), which a poisoned `Once` does not make panic: `f` runs then,
    /// is told, and its return repairs the damage.
    ///
    /// # Panics
    ///
    /// As [`call_once`](Self::call_once), poisoning aside.
    ///
    /// # Cancellation
    ///
    /// Is not cut.
    ///
    /// # Examples
    ///
    /// ```
    /// let once = teem::sync::Once::new();
    /// let failed = teem::run(|| {
    ///     std::panic::catch_unwind(|| once.call_once(|| panic!("the first try"))).is_err()
    /// });
    /// assert!(failed);
    /// once.call_once_force(|state| assert!(state.is_poisoned()));
    /// assert!(once.is_completed());
    /// ```
    #[inline]
    #[track_caller]
    pub fn call_once_force<F>(&self, f: F)
    where
        F: FnOnce(&OnceState),
    {
        if !self.is_completed() {
            let mut f = Some(f);
            self.call(true, &mut |state| f.take().expect("called once")(state));
        }
    }

    /// Whether some closure has run. Never waits.
    #[inline]
    pub fn is_completed(&self) -> bool {
        // ORDERING: Acquire, pairs with the Release in `finish` (O3).
        self.word.load(Ordering::Acquire) == COMPLETE
    }

    /// Waits until some closure has run, without offering one. A task parks, a thread blocks.
    ///
    /// # Panics
    ///
    /// If the `Once` is poisoned or gets poisoned, and if it would have to wait inside
    /// [`forbid_park`](crate::task::forbid_park).
    ///
    /// # Cancellation
    ///
    /// Is not cut.
    ///
    /// # Examples
    ///
    /// ```
    /// let ready = teem::sync::Once::new();
    /// teem::scope(|s| {
    ///     s.spawn(|| ready.wait());
    ///     s.spawn(|| ready.call_once(|| ()));
    /// });
    /// assert!(ready.is_completed());
    /// ```
    #[track_caller]
    pub fn wait(&self) {
        while !self.is_completed() {
            if self.load() == POISONED {
                panic_poisoned();
            }
            self.wait_while(|word| word == INCOMPLETE || word == RUNNING);
        }
    }

    /// [`wait`](Self::wait), through poisoning.
    ///
    /// # Panics
    ///
    /// If it would have to wait inside [`forbid_park`](crate::task::forbid_park).
    ///
    /// # Cancellation
    ///
    /// Is not cut.
    #[track_caller]
    pub fn wait_force(&self) {
        while !self.is_completed() {
            self.wait_while(|word| word != COMPLETE);
        }
    }

    /// Whether it is poisoned, for an owner who is alone.
    pub(super) fn is_poisoned_mut(&mut self) -> bool {
        self.load() == POISONED
    }

    /// Leaves it poisoned or completed, for an owner who is alone.
    pub(super) fn set_mut(&mut self, completed: bool) {
        let word = if completed { COMPLETE } else { POISONED };
        // ORDERING: Relaxed, whoever shares it later has it from this owner.
        self.word.store(word, Ordering::Relaxed);
    }

    /// Runs `f` if it is this caller's turn, else waits; until the word is `COMPLETE`.
    #[cold]
    #[track_caller]
    fn call(&self, through_poison: bool, f: &mut dyn FnMut(&OnceState)) {
        /// Ends the run however it ends (O1).
        struct Running<'a> {
            once: &'a Once,
            leaves: u32,
        }
        impl Drop for Running<'_> {
            fn drop(&mut self) {
                self.once.finish(self.leaves).release();
            }
        }

        loop {
            match self.load() {
                COMPLETE => return,
                POISONED if !through_poison => panic_poisoned(),
                RUNNING => self.wait_while(|word| word == RUNNING),
                seen if self.begin(seen) => {
                    let mut running = Running {
                        once: self,
                        leaves: POISONED,
                    };
                    let was_poisoned = seen == POISONED;
                    f(&OnceState { was_poisoned });
                    running.leaves = COMPLETE;
                    return;
                }
                _ => {}
            }
        }
    }

    fn load(&self) -> u32 {
        // ORDERING: Acquire, as in `is_completed`; a poisoned closure's traces are visible, too.
        self.word.load(Ordering::Acquire)
    }

    /// Begins to run, if the word is still what was `seen` (O1).
    pub(super) fn begin(&self, seen: u32) -> bool {
        self.word
            // ORDERING: Acquire, what an earlier closure did before it panicked is visible to the
            // next. Relaxed on failure: looked at again.
            .compare_exchange(seen, RUNNING, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    /// Ends the run: the crowd to release, once the lock is free (O2).
    pub(super) fn finish(&self, word: u32) -> Crowd {
        let mut waiting = self.lock();
        // ORDERING: Release, pairs with every Acquire load (O3).
        self.word.store(word, Ordering::Release);
        waiting.take()
    }

    /// Enters the crowd, if the word is still one that `waits` says to wait for (O2).
    ///
    /// # Safety
    ///
    /// If true is returned, as [`Crowd::enter`].
    pub(super) unsafe fn enter(&self, waiter: &Waiter, waits: impl Fn(u32) -> bool) -> bool {
        let mut waiting = self.lock();
        let still = waits(self.load());
        if still {
            // SAFETY: this function's contract.
            unsafe { waiting.enter(waiter) };
        }
        still
    }

    #[track_caller]
    fn wait_while(&self, waits: impl Fn(u32) -> bool) {
        let waiter = park::waiter();
        // SAFETY: waited for right here.
        if unsafe { self.enter(&waiter, waits) } {
            crowd::wait(&waiter);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Crowd> {
        // No code of others runs under the lock, so a poisoned one is still in order.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cold]
#[track_caller]
fn panic_poisoned() -> ! {
    panic!("Once instance has previously been poisoned");
}

// As std's: a panic inside leaves it poisoned, which whoever comes next is told.
impl UnwindSafe for Once {}
impl RefUnwindSafe for Once {}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").finish_non_exhaustive()
    }
}

impl OnceState {
    /// Whether an earlier closure panicked.
    ///
    /// # Examples
    ///
    /// ```
    /// let once = teem::sync::Once::new();
    /// once.call_once_force(|state| assert!(!state.is_poisoned()));
    /// ```
    pub fn is_poisoned(&self) -> bool {
        self.was_poisoned
    }
}

impl fmt::Debug for OnceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceState")
            .field("poisoned", &self.is_poisoned())
            .finish()
    }
}
