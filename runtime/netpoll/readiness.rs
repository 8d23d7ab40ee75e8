//! Whether a direction of an open file is worth trying, and how that is said. The protocol: `descriptor.rs`.

use crate::sync_facade::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub(super) const STICKY: u64 = 1;
/// One event. The bit between belongs to the other direction, see `Shared::history` in `descriptor.rs`.
pub(super) const TICK: u64 = 4;

/// One of the two ways data flows. Accepting is reading, connecting is writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Read,
    Write,
}

/// For what reason an operation is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Try {
    /// It begins: a read unless it is known to find nothing, a write in any case (D8).
    First,
    /// An event has ended a wait for it, unless it is known to find nothing by now: what is left is for the next
    /// waiter (D6).
    Woken,
    /// To have its word, whatever is known: nobody waits for an event.
    Anyway,
}

/// What an operation that did not fail came to.
#[derive(Debug)]
pub(crate) struct Outcome<T> {
    pub(crate) value: T,
    /// It took (or filled) all there was: short, though more was asked for.
    pub(crate) short: bool,
}

/// Whether it is worth trying: the words of a direction, which `descriptor.rs` explains.
#[derive(Debug)]
pub(super) struct Readiness {
    word: AtomicU64,
    drained: AtomicU64,
    /// How long one wait may take, in nanoseconds; 0 is for ever.
    timeout: AtomicU64,
}

impl Readiness {
    pub(super) fn new() -> Self {
        Self {
            word: AtomicU64::new(TICK),
            drained: AtomicU64::new(0),
            timeout: AtomicU64::new(0),
        }
    }

    /// The word, and whether the direction is ready.
    #[inline]
    pub(super) fn look(&self) -> (u64, bool) {
        // ORDERING: Acquire, so that the operation that follows comes after this (D2).
        let word = self.word.load(Ordering::Acquire);
        // ORDERING: Relaxed, any value that was ever stored is right (D2).
        (word, self.drained.load(Ordering::Relaxed) != word)
    }

    /// The word, if the direction is ready.
    #[inline]
    pub(super) fn observe(&self) -> Option<u64> {
        let (word, is_ready) = self.look();
        is_ready.then_some(word)
    }

    /// After `seen` was observed, an operation found nothing left.
    pub(super) fn drain(&self, seen: u64) {
        // ORDERING: Relaxed, see `look`.
        self.drained.store(seen, Ordering::Relaxed);
    }

    /// The word after an event.
    pub(super) fn raise(&self, word: u64) {
        // ORDERING: Release, as a matter of form: what the event tells of lies in the kernel.
        self.word.store(word, Ordering::Release);
    }

    pub(super) fn timeout(&self) -> Option<Duration> {
        // ORDERING: Relaxed, a setting on its own.
        match self.timeout.load(Ordering::Relaxed) {
            0 => None,
            nanoseconds => Some(Duration::from_nanos(nanoseconds)),
        }
    }

    pub(super) fn set_timeout(&self, timeout: Option<Duration>) {
        let nanoseconds = timeout.map_or(0, |timeout| {
            u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX).max(1)
        });
        // ORDERING: Relaxed, a setting on its own.
        self.timeout.store(nanoseconds, Ordering::Relaxed);
    }
}
