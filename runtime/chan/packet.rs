//! The place in which a receiver gets its value.
//!
//! Mostly the value is there before the receiver learns that it was chosen. But a `select!` that is
//! about to send evaluates its value only when it knows that it will be sent, that is after the
//! receiver was claimed. Then the two meet here, as a task and its join handle do in
//! `task/join.rs`: each makes one exchange, and whoever comes second knows of the first.
//!
//! | value of the word | meaning                                        | set by                              |
//! | ----------------- | ---------------------------------------------- | ----------------------------------- |
//! | `EMPTY`           | no value yet                                   | creation                            |
//! | a `Waiter`        | no value yet, and the receiver waits with this | [`wait`](Packet::wait)              |
//! | `FILLED`          | the value is there, and the receiver's         | [`put`](Packet::put), [`finish`](Packet::finish) |
//! | `ABANDONED`       | there will be none: its evaluation panicked    | [`finish`](Packet::finish)          |
//! | `GONE`            | the receiver, a future, was dropped            | [`leave`](Packet::leave)            |
//!
//! - **P1** One sender at a time knows the packet: the one that has unlinked its node.
//! - **P2** A receiver that is a task or a thread does not leave before the word is `FILLED` or
//!   `ABANDONED`. One that is a future leaves behind a packet that is shared, and `GONE`.

use crate::sync_facade::UnsafeCell;
use crate::sync_facade::atomic::{AtomicUsize, Ordering};
use crate::task::{Claim, Waiter, Wake};
use std::marker::PhantomPinned;
use std::mem::MaybeUninit;
use std::ptr;

const EMPTY: usize = 0;
const FILLED: usize = 1;
const ABANDONED: usize = 2;
const GONE: usize = 3;

/// See the module.
#[derive(Debug)]
pub(super) struct Packet<T> {
    word: AtomicUsize,
    slot: UnsafeCell<MaybeUninit<T>>,
    /// The other side points to it while its owner holds a `&mut`.
    _pinned: PhantomPinned,
}

/// What a receiver finds in its packet.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parcel<T> {
    /// The sender is still evaluating.
    Pending,
    /// The value.
    Value(T),
    /// There will be none: look for another sender.
    Abandoned,
}

impl<T> Packet<T> {
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            word: AtomicUsize::new(EMPTY),
            slot: UnsafeCell::new(MaybeUninit::uninit()),
            _pinned: PhantomPinned,
        }
    }

    /// # Safety
    ///
    /// The slot is the caller's, and empty.
    #[inline]
    unsafe fn store(&self, value: T) {
        // SAFETY: nobody else looks into it (caller).
        self.slot.with_mut(|place| unsafe { (*place).write(value) });
    }

    /// # Safety
    ///
    /// The slot is the caller's, and has a value, which is taken once.
    #[inline]
    unsafe fn load(&self) -> T {
        // SAFETY: nobody else looks into it, and there is a value (caller).
        self.slot
            .with(|place| unsafe { (*place).assume_init_read() })
    }

    /// Puts the value in before the receiver is claimed.
    ///
    /// # Safety
    ///
    /// The caller has unlinked the receiver's node and holds the lock: the packet is alive and the
    /// caller's alone.
    #[inline]
    pub(super) unsafe fn put(this: *const Self, value: T) {
        // SAFETY: alive and ours (caller).
        let packet = unsafe { &*this };
        // SAFETY: as above: nobody else looks into the slot.
        unsafe { packet.store(value) };
        // ORDERING: Relaxed, the claim that follows publishes it.
        packet.word.store(FILLED, Ordering::Relaxed);
    }

    /// Takes out again what [`put`](Self::put) put in: the claim was lost.
    ///
    /// # Safety
    ///
    /// As for `put`, which has been called, in the same hold of the lock.
    #[inline]
    pub(super) unsafe fn take_back(this: *const Self) -> T {
        // SAFETY: alive and ours (caller).
        let packet = unsafe { &*this };
        // ORDERING: Relaxed, whoever looks next does so under the lock.
        packet.word.store(EMPTY, Ordering::Relaxed);
        // SAFETY: written by `put`, and read once.
        unsafe { packet.load() }
    }

    /// Looks what there is. A value is taken out, so it is asked for once.
    #[inline]
    pub(super) fn open(&self) -> Parcel<T> {
        // ORDERING: Acquire, pairs with the Release in `finish`; after `put` the claim does.
        match self.word.load(Ordering::Acquire) {
            // ORDERING: Relaxed store, the packet is its owner's alone now.
            FILLED => {
                self.word.store(EMPTY, Ordering::Relaxed);
                // SAFETY: FILLED says that it is there, and it is EMPTY from here on.
                Parcel::Value(unsafe { self.load() })
            }
            ABANDONED => {
                // ORDERING: Relaxed, as above.
                self.word.store(EMPTY, Ordering::Relaxed);
                Parcel::Abandoned
            }
            _ => Parcel::Pending,
        }
    }

    /// Publishes the receiver's second wait; false when the packet is finished already.
    pub(super) fn wait(&self, waiter: &Waiter) -> bool {
        let waiter = ptr::from_ref(waiter).expose_provenance();
        // ORDERING: Release publishes the waiter; a failure reads nothing, `open` does.
        self.word
            .compare_exchange(EMPTY, waiter, Ordering::Release, Ordering::Relaxed)
            .is_ok()
    }

    /// Takes the wait back, to change its waker; false when the packet is finished.
    pub(super) fn unwait(&self, waiter: &Waiter) -> bool {
        let waiter = ptr::from_ref(waiter).expose_provenance();
        // ORDERING: Relaxed, nobody else has used the waiter.
        self.word
            .compare_exchange(waiter, EMPTY, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }

    /// Gives a shared packet up that is still to be filled; false when it is finished.
    pub(super) fn leave(&self) -> bool {
        // ORDERING: Relaxed, the exchange decides.
        let mut seen = self.word.load(Ordering::Relaxed);
        while !matches!(seen, FILLED | ABANDONED) {
            // ORDERING: AcqRel, what this side did with its waiter comes before the other's end.
            let left = self
                .word
                .compare_exchange(seen, GONE, Ordering::AcqRel, Ordering::Relaxed);
            match left {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
        false
    }

    /// Fills the packet of a receiver that has been claimed, or abandons it without a value. The
    /// value comes back if the receiver is gone.
    ///
    /// # Safety
    ///
    /// The caller has claimed the receiver, for this, and does this once (P1). A shared packet is
    /// kept by the caller. The claim is honoured.
    pub(super) unsafe fn finish(this: *const Self, value: Option<T>) -> Result<Claim, Option<T>> {
        // SAFETY: P2 keeps it until the exchange below.
        let packet = unsafe { &*this };
        let end = if value.is_some() { FILLED } else { ABANDONED };
        if let Some(value) = value {
            // SAFETY: nobody looks into the slot before the exchange.
            unsafe { packet.store(value) };
        }
        // ORDERING: AcqRel: Release publishes the value, Acquire makes the waiter visible.
        match packet.word.swap(end, Ordering::AcqRel) {
            EMPTY => Ok(Claim::Won),
            GONE if end == ABANDONED => Err(None),
            // SAFETY: written above; the receiver is gone and does not look. A gone packet is
            // shared, so it is still there.
            GONE => Err(Some(unsafe { packet.load() })),
            FILLED | ABANDONED => unreachable!("a packet is finished once"),
            waiter => {
                let waiter = ptr::with_exposed_provenance(waiter);
                // SAFETY: whoever waits does so until this claim; a future's waiter is kept with
                // its packet by the caller.
                Ok(unsafe { Waiter::claim(waiter, Wake::Event) })
            }
        }
    }
}
