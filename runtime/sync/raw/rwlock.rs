//! A readers-writer lock without contents: one word, and one list of readers and writers.
//!
//! # The word
//!
//! | bits      | meaning                        | who sets it                             | who clears it                      |
//! | --------- | ------------------------------ | --------------------------------------- | ---------------------------------- |
//! | `WRITER`  | held for writing               | whoever finds the lock free; a handover | the writer                         |
//! | `WAITERS` | somebody is in the list        | a waiter, as it links itself            | whoever takes the last one out     |
//! | the rest  | how many readers hold it (`READER` each) | a reader; a handover, for each | each reader                        |
//!
//! The lock is *free* while it has neither writer nor readers.
//!
//! # Who is next
//!
//! One list in the order of arrival, served by whoever frees the lock:
//!
//! - Readers at its head, all in a row, are handed the lock together. So no stream of writers
//!   keeps readers out for longer than those that came before them.
//! - A writer at its head is woken to compete with writers that come along, and goes back to the
//!   front if it loses. One that has waited for a millisecond is handed the lock. (As in `mutex.rs`.)
//! - While anybody waits, new readers go to the end of the list. So no stream of readers keeps a
//!   writer out. A task that already reads and reads again may therefore wait for ever; std's may, too.
//!
//! If the lock is free and the list is not empty, then somebody is on the way who will serve it: the
//! one that has just freed the lock, or a writer that was woken. The latter takes the lock, and serves
//! the list when it gives it back, or finds it held, and then the holder does.

use super::{HANDED, Node, Parking, Scheduler, wake};
use crate::sync_facade::atomic::{AtomicU32, Ordering};
use crate::sync_facade::{Mutex, MutexGuard, const_unless_loom, spin_loop};
use crate::task::{Accepts, WaitList, Waiter, Wake};
use std::sync::PoisonError;
use std::time::Instant;

const WRITER: u32 = 1;
const WAITERS: u32 = 2;
const READER: u32 = 4;
/// A reader more, and the count would not fit.
const FULL: u32 = u32::MAX - READER;

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Read,
    Write,
}

/// What a node says: which side, and when it began to wait.
#[derive(Clone, Copy, Debug)]
struct Request {
    side: Side,
    since: Instant,
}

/// See the module.
#[derive(Debug)]
pub(in crate::sync) struct RawRwLock {
    word: AtomicU32,
    waiters: Mutex<WaitList>,
}

/// Who is let in next: what the word becomes, and whom it is told.
struct Turn {
    word: u32,
    /// How many are taken from the front of the list.
    count: u32,
    outcome: Wake,
}

impl Side {
    /// The word after this side has taken the lock, if it may do so now. A writer `beside` others
    /// who wait, for they will compete; a reader never.
    fn take(self, word: u32) -> Option<u32> {
        match self {
            Side::Write if word & !WAITERS == 0 => Some(word | WRITER),
            Side::Read if word & (WRITER | WAITERS) == 0 => {
                assert!(word <= FULL, "too many active read locks on RwLock");
                Some(word + READER)
            }
            _ => None,
        }
    }
}

impl RawRwLock {
    const_unless_loom! {
        /// A free one.
        pub(in crate::sync) fn new() -> Self {
            Self {
                word: AtomicU32::new(0),
                waiters: Mutex::new(WaitList::new()),
            }
        }
    }

    /// Takes the lock for reading if nobody writes and nobody waits.
    #[inline]
    pub(in crate::sync) fn try_read(&self) -> bool {
        self.try_take(Side::Read)
    }

    /// Takes the lock for writing if it is free.
    #[inline]
    pub(in crate::sync) fn try_write(&self) -> bool {
        self.try_take(Side::Write)
    }

    /// Takes the lock for reading, parking until that is possible.
    #[inline]
    #[track_caller]
    pub(in crate::sync) fn read(&self) {
        self.take_with(Side::Read, &Scheduler);
    }

    /// Takes the lock for writing, parking until that is possible.
    #[inline]
    #[track_caller]
    pub(in crate::sync) fn write(&self) {
        // ORDERING: Acquire, pairs with the Release of those who held the lock before.
        let fast = self
            .word
            .compare_exchange(0, WRITER, Ordering::Acquire, Ordering::Relaxed);
        if fast.is_err() {
            self.take_with(Side::Write, &Scheduler);
        }
    }

    /// Gives back what [`read`](Self::read) has taken.
    ///
    /// # Safety
    ///
    /// The caller holds the lock for reading.
    #[inline]
    pub(in crate::sync) unsafe fn read_unlock(&self) {
        // SAFETY: as here.
        unsafe { self.read_unlock_with(&Scheduler) };
    }

    /// Gives back what [`write`](Self::write) has taken.
    ///
    /// # Safety
    ///
    /// The caller holds the lock for writing.
    #[inline]
    pub(in crate::sync) unsafe fn write_unlock(&self) {
        // SAFETY: as here.
        unsafe { self.write_unlock_with(&Scheduler) };
    }

    /// Makes a reader of the writer, and lets in the readers at the head of the list with it.
    ///
    /// # Safety
    ///
    /// The caller holds the lock for writing.
    pub(in crate::sync) unsafe fn downgrade(&self) {
        // SAFETY: as here.
        unsafe { self.downgrade_with(&Scheduler) };
    }

    #[inline]
    #[track_caller]
    pub(super) fn take_with(&self, side: Side, parking: &impl Parking) {
        if !self.try_take(side) {
            self.take_slow(side, parking);
        }
    }

    /// # Safety
    ///
    /// The caller holds the lock for reading.
    #[inline]
    pub(super) unsafe fn read_unlock_with(&self, parking: &impl Parking) {
        // ORDERING: Release, pairs with the Acquire of the next writer. Each reader's exchange
        // continues the release sequence of those before it, so the writer sees them all.
        let before = self.word.fetch_sub(READER, Ordering::Release);
        if before == READER | WAITERS {
            self.serve(WAITERS, 0, parking);
        }
    }

    /// # Safety
    ///
    /// The caller holds the lock for writing.
    #[inline]
    pub(super) unsafe fn write_unlock_with(&self, parking: &impl Parking) {
        // ORDERING: Release, pairs with the Acquire of whoever takes the lock next. Relaxed on failure: the
        // lock is still held, and only others' WAITERS can have changed the word.
        let given = self
            .word
            .compare_exchange(WRITER, 0, Ordering::Release, Ordering::Relaxed);
        if given.is_err() {
            self.serve(WRITER | WAITERS, 0, parking);
        }
    }

    /// # Safety
    ///
    /// The caller holds the lock for writing.
    pub(super) unsafe fn downgrade_with(&self, parking: &impl Parking) {
        // ORDERING: Release, pairs with the Acquire of readers that come in beside us.
        let fast = self
            .word
            .compare_exchange(WRITER, READER, Ordering::Release, Ordering::Relaxed);
        if fast.is_err() {
            self.serve(WRITER | WAITERS, READER, parking);
        }
    }

    #[inline]
    fn try_take(&self, side: Side) -> bool {
        // ORDERING: Acquire, pairs with the Release of those who held the lock before. Relaxed for
        // the look before it, which the exchange checks.
        self.word
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, |word| side.take(word))
            .is_ok()
    }

    /// Waits without parking, a little, while nobody else waits.
    fn spin(&self, side: Side, spins: u32) -> bool {
        for _ in 0..spins {
            // ORDERING: Relaxed, a hint.
            let word = self.word.load(Ordering::Relaxed);
            if side.take(word).is_some() && self.try_take(side) {
                return true;
            }
            if word & WAITERS != 0 {
                break;
            }
            spin_loop();
        }
        false
    }

    #[cold]
    #[track_caller]
    fn take_slow(&self, side: Side, parking: &impl Parking) {
        let mut since = None;
        loop {
            if self.spin(side, parking.spins()) {
                return;
            }
            let node = Node {
                waiter: parking.waiter(),
                note: Request {
                    side,
                    since: since.unwrap_or_else(Instant::now),
                },
            };
            if self.take_or_enlist(&node, since.is_some())
                || parking.wait(&node.waiter, None, Accepts::Nothing) == HANDED
            {
                return;
            }
            since = Some(node.note.since);
        }
    }

    /// True: the lock is now ours. False: the node is linked; at the front, if it had been woken
    /// before.
    fn take_or_enlist(&self, node: &Node<Request>, woken: bool) -> bool {
        let mut waiters = self.waiters();
        // ORDERING: Acquire for taking the lock, as ever. Setting WAITERS needs none: whoever frees
        // the lock comes to the internal lock because of it. Relaxed on failure.
        let taken = self
            .word
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, |word| {
                Some(node.note.side.take(word).unwrap_or(word | WAITERS))
            })
            .is_ok_and(|before| node.note.side.take(before).is_some());
        if taken {
            return true;
        }
        // SAFETY: in no list, and it is taken out by the claim that ends its wait, which nothing
        // else does (Q2, Q3).
        unsafe {
            if woken {
                waiters.push_front(node.as_waiter());
            } else {
                waiters.push_back(node.as_waiter());
            }
        }
        false
    }

    /// Gives the lock up, whose word was `expected`, keeping `kept` of it, and lets in who is next.
    #[cold]
    fn serve(&self, expected: u32, kept: u32, parking: &impl Parking) {
        let now = Instant::now();
        let mut next = WaitList::new();
        let turn = {
            let mut waiters = self.waiters();
            let Some(turn) = next_turn(&waiters, kept, |since| parking.is_overdue(since, now))
            else {
                // It was free already, and somebody else has served the list.
                debug_assert!(expected & WRITER == 0, "Q1");
                return;
            };
            // ORDERING: Release, pairs with the Acquire of whoever takes the lock next; who is handed
            // it acquires what we did by the claim. Acquire: a reader that was the last hands
            // on what the others did, whose Releases its own does not cover. Relaxed on failure.
            let gone = self.word.compare_exchange(
                expected,
                turn.word,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
            if gone.is_err() {
                // It was free already, and a writer has come. It will serve the list.
                debug_assert!(
                    expected & WRITER == 0,
                    "a writer's word changes by its hand alone"
                );
                return;
            }
            for _ in 0..turn.count {
                let first = waiters.pop_front().expect("counted");
                // SAFETY: in no list any more, and alive until it is claimed (Q3).
                unsafe { next.push_back(first) };
            }
            turn
        };
        while let Some(first) = next.pop_front() {
            // SAFETY: only we have it; alive until claimed (Q3).
            unsafe { wake(parking, first, turn.outcome) };
        }
    }

    /// Whether somebody is in the list.
    #[cfg(all(test, not(any(loom, miri))))]
    pub(super) fn has_waiters(&self) -> bool {
        // ORDERING: Relaxed, a look.
        self.word.load(Ordering::Relaxed) & WAITERS != 0
    }

    fn waiters(&self) -> MutexGuard<'_, WaitList> {
        // No code of others runs under it, so a poisoned list would still be in order.
        self.waiters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who of `waiters` is next when the lock is given up but for `kept`; none if nobody waits.
fn next_turn(waiters: &WaitList, kept: u32, is_overdue: impl Fn(Instant) -> bool) -> Option<Turn> {
    let mut list = waiters.iter();
    // SAFETY: what is linked is alive, and was linked by `take_or_enlist` (Q2).
    let request = |waiter: *const Waiter| unsafe { Node::<Request>::of(waiter) }.note;
    let first = request(list.next()?);
    let (held, count, outcome) = match first.side {
        Side::Read => {
            let others = list.take_while(|&waiter| request(waiter).side == Side::Read);
            let count = 1 + others.count() as u32;
            (count * READER, count, HANDED)
        }
        // Behind the reader that we are now.
        Side::Write if kept != 0 => (0, 0, HANDED),
        Side::Write if is_overdue(first.since) => (WRITER, 1, HANDED),
        Side::Write => (0, 1, Wake::Event),
    };
    let rest = match waiters.iter().nth(count as usize) {
        Some(_) => WAITERS,
        None => 0,
    };
    Some(Turn {
        word: (kept + held) | rest,
        count,
        outcome,
    })
}
