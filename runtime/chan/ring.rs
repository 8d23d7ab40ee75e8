//! The array of a bounded channel: a queue of slots with stamps.
//!
//! The algorithm is D. Vyukov's bounded MPMC queue, with laps as in crossbeam-channel's array flavor, so that the
//! capacity need not be a power of two. A sender moves `tail` on by a compare-exchange, writes into the slot that
//! is now its own and stamps it; a receiver does the same at `head`. Three things are new here: a SLOW bit in both
//! words, reserved slots, and `exchange`. Who is [`Alone`] stores what others exchange.
//!
//! # Positions
//!
//! A position is `lap | index | flags`, the flags being the lowest two bits. The index takes as many
//! bits as `capacity` itself needs, so that `position + STEP` never runs into the lap.
//!
//! | word   | flag     | meaning                                                       | set and cleared     |
//! | ------ | -------- | ------------------------------------------------------------- | ------------------- |
//! | `tail` | `SLOW`   | receivers wait: every sender goes through the channel's lock  | under that lock     |
//! | `tail` | `CLOSED` | nothing more is sent                                          | set, under that lock|
//! | `head` | `SLOW`   | senders wait, or values were given back: so does every receiver | under that lock   |
//!
//! As the flags are in the very words that are exchanged, whoever sets one knows that no fast
//! operation begins after it, and the fast ones need neither a fence nor a second look.
//!
//! # Stamps
//!
//! What the slot at position `p` (without flags) holds:
//!
//! | stamp                 | meaning                                    | next, by                        |
//! | --------------------- | ------------------------------------------ | ------------------------------- |
//! | `p`                   | free, for the sender that moves `tail` from `p` | any of the next three, by that sender |
//! | `p + STEP`            | a value                                    | free, by who moves `head` from `p` |
//! | `p + STEP + RESERVED` | kept for a `select!` that evaluates its value | a value or a hole, by that sender |
//! | `p + STEP + HOLE`     | that evaluation panicked: there is no value | free, by who moves `head` from `p` |
//! | `p + lap`             | free, one lap later                        |                                 |
//!
//! Between the exchange and the stamp a slot is *in flight*. Who meets such a slot spins: no task
//! switch can come between, and neither side takes a lock there. A reserved slot is never spun for:
//! to receivers it is as if the channel were empty.

#[cfg(all(test, loom))]
mod models;
mod slot;

pub(super) use self::slot::Room;

use self::slot::{Slot, Slots, Word};
use crate::bias::Alone;
use crate::sync_facade::Backoff;
use crate::sync_facade::atomic::Ordering;
use std::fmt;
use std::mem::MaybeUninit;

const SLOW: usize = 1;
const CLOSED: usize = 2;
const RESERVED: usize = 1;
const HOLE: usize = 2;
const FLAGS: usize = 3;
const STEP: usize = 4;

/// See the module.
pub(super) struct Ring<T> {
    head: Word,
    tail: Word,
    slots: Box<[Slot<T>]>,
    lap: usize,
}

// SAFETY: a slot's value is touched by one thread at a time, the one that its stamp and the
// exchange of `head` or `tail` make its owner.
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Ring<T> {}

/// Why there is no slot to send into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRoom {
    Full,
    Closed,
    /// Receivers wait: take the lock.
    Slow,
}

/// Why there is nothing to receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoValue {
    Empty,
    Closed,
    /// Senders wait, or values were given back: take the lock.
    Slow,
}

/// What stands at the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Front {
    Value,
    Reserved,
    Hole,
    Nothing,
}

/// What takes the place of what stood at the head.
pub(super) enum Refill<T> {
    Value(MaybeUninit<T>),
    Reservation,
}

impl<T> Ring<T> {
    /// # Panics
    ///
    /// If there is no memory for that many values, or `capacity` is 0.
    pub(super) fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "capacity 0 has a flavor of its own");
        assert!(capacity < usize::MAX / 16, "a channel of impossible size");
        let slot = |index| Slot::free(index * STEP);
        Self {
            head: Word::new(),
            tail: Word::new(),
            slots: (0..capacity).map(slot).collect(),
            lap: (capacity + 1).next_power_of_two() * STEP,
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// The slots, found once: after an atomic load the compiler would look again where they are.
    #[inline(always)]
    fn slots(&self) -> Slots<'_, T> {
        Slots::new(&self.slots, self.lap)
    }

    /// The slot that the next value goes into, without taking it: its position, with flags. With
    /// the lock the SLOW bit is not for the caller.
    #[inline]
    fn look_at_tail<const LOCKED: bool>(&self, slots: Slots<'_, T>) -> Result<usize, NoRoom> {
        let mut backoff = Backoff::new();
        loop {
            // ORDERING: Acquire, pairs with `close`: what came before it is visible to who is told.
            let tail = self.tail.0.load(Ordering::Acquire);
            if tail & CLOSED != 0 {
                return Err(NoRoom::Closed);
            }
            if !LOCKED && tail & SLOW != 0 {
                return Err(NoRoom::Slow);
            }
            let position = tail & !FLAGS;
            // ORDERING: Acquire, pairs with `free`: the value that was here has been read.
            let stamp = slots.at(position).stamp.load(Ordering::Acquire);
            if stamp == position {
                return Ok(tail);
            }
            let used = position.wrapping_add(STEP).wrapping_sub(self.lap);
            // ORDERING: Acquire, so that a slot which its receiver has left is seen as free next time.
            if stamp & !FLAGS == used
                && (self.head.0.load(Ordering::Acquire) & !FLAGS) == position.wrapping_sub(self.lap)
            {
                return Err(NoRoom::Full);
            }
            // Somebody has taken the slot, or is emptying it.
            backoff.wait();
        }
    }

    /// Takes the next slot to be filled.
    #[inline]
    pub(super) fn take_room<const LOCKED: bool>(&self) -> Result<Room<'_, T>, NoRoom> {
        let slots = self.slots();
        loop {
            let tail = self.look_at_tail::<LOCKED>(slots)?;
            if self.tail.move_on(tail, slots.next(tail)) {
                return Ok(slots.room(tail & !FLAGS));
            }
        }
    }

    /// Puts a value into the next slot, if that is free and nobody is to be told. Alone there is no slot in flight, and
    /// nobody else moves the tail.
    #[inline(always)]
    pub(super) fn push_alone(&self, value: T, _: &Alone<'_>) -> Result<(), T> {
        let slots = self.slots();
        // ORDERING: Relaxed, this thread's own, or seen by `Bias::enter`.
        let tail = self.tail.0.load(Ordering::Relaxed);
        if tail & FLAGS != 0 {
            return Err(value);
        }
        let room = slots.room(tail);
        // ORDERING: Relaxed, as above.
        if room.slot.stamp.load(Ordering::Relaxed) != tail {
            return Err(value);
        }
        // ORDERING: Relaxed, as in `move_on`.
        self.tail.0.store(slots.next(tail), Ordering::Relaxed);
        room.fill(value);
        Ok(())
    }

    /// Whether there is room, and if not, why. The lock is held.
    pub(super) fn has_room(&self) -> Result<(), NoRoom> {
        self.look_at_tail::<true>(self.slots()).map(drop)
    }

    /// The slot that was reserved at this position. For its holder alone, and once.
    ///
    /// Who has it from an [`exchange`](Self::exchange) was claimed before that: it may still be going on.
    pub(super) fn reserved(&self, position: usize) -> Room<'_, T> {
        let mut backoff = Backoff::new();
        let reserved = position.wrapping_add(STEP) | RESERVED;
        let room = self.slots().room(position);
        // ORDERING: Acquire, pairs with `exchange`: the value that was here has been read.
        while room.slot.stamp.load(Ordering::Acquire) != reserved {
            backoff.wait();
        }
        room
    }

    /// The head, with flags, and what stands there. Settled: a slot in flight is waited for.
    #[inline]
    fn look_at_head<const LOCKED: bool>(
        &self,
        slots: Slots<'_, T>,
    ) -> Result<(usize, Front), NoValue> {
        let mut backoff = Backoff::new();
        loop {
            // ORDERING: Relaxed, the slot is ordered by its stamp and the exchange decides.
            let head = self.head.0.load(Ordering::Relaxed);
            if !LOCKED && head & SLOW != 0 {
                return Err(NoValue::Slow);
            }
            let position = head & !FLAGS;
            // ORDERING: Acquire, pairs with `Room::stamp`: the value is there.
            let stamp = slots.at(position).stamp.load(Ordering::Acquire);
            if stamp == position.wrapping_add(STEP) {
                return Ok((head, Front::Value));
            }
            if stamp == position {
                // ORDERING: Acquire, pairs with `close`: what came before it is visible.
                let tail = self.tail.0.load(Ordering::Acquire);
                if tail & !FLAGS == position {
                    return match tail & CLOSED {
                        0 => Ok((head, Front::Nothing)),
                        _ => Err(NoValue::Closed),
                    };
                }
            } else if stamp == position.wrapping_add(STEP) | RESERVED {
                return Ok((head, Front::Reserved));
            } else if stamp == position.wrapping_add(STEP) | HOLE {
                return Ok((head, Front::Hole));
            }
            // A value is being written, or the head has moved on.
            backoff.wait();
        }
    }

    /// Takes the oldest value.
    #[inline]
    pub(super) fn pop<const LOCKED: bool>(&self) -> Result<T, NoValue> {
        let slots = self.slots();
        loop {
            let (head, front) = self.look_at_head::<LOCKED>(slots)?;
            if matches!(front, Front::Nothing | Front::Reserved) {
                return Err(NoValue::Empty);
            }
            if !self.head.move_on(head, slots.next(head)) {
                continue;
            }
            let slot = slots.at(head);
            // SAFETY: its stamp says that there is a value, and who moves the head owns the slot.
            let value = (front == Front::Value).then(|| unsafe { slot.take() });
            slots.free(head);
            if let Some(value) = value {
                return Ok(value);
            }
        }
    }

    /// Takes the value at the head, if there is one and nobody is to be told: alone, as in `push_alone`.
    #[inline(always)]
    pub(super) fn pop_alone(&self, _: &Alone<'_>) -> Option<T> {
        let slots = self.slots();
        // ORDERING: Relaxed, both, as in `push_alone`.
        let head = self.head.0.load(Ordering::Relaxed);
        let slot = slots.at(head);
        if head & FLAGS != 0 || slot.stamp.load(Ordering::Relaxed) != head.wrapping_add(STEP) {
            return None;
        }
        // ORDERING: Relaxed, as in `move_on`.
        self.head.0.store(slots.next(head), Ordering::Relaxed);
        // SAFETY: its stamp says that there is a value, and who moves the head owns the slot.
        let value = unsafe { slot.take() };
        slots.free(head);
        Some(value)
    }

    /// What stands at the head. The lock is held; without a SLOW head it may change at once.
    pub(super) fn front(&self) -> Result<Front, NoValue> {
        self.look_at_head::<true>(self.slots())
            .map(|(_, front)| front)
    }

    /// Whether a hole is at the head, which is in the way of senders when the ring is full.
    #[cold]
    pub(super) fn begins_with_hole(&self) -> bool {
        matches!(
            self.look_at_head::<true>(self.slots()),
            Ok((_, Front::Hole))
        )
    }

    /// Frees a hole at the head; false if there is none. The lock is held and the head is SLOW.
    pub(super) fn skip_hole(&self) -> bool {
        let hole = self.begins_with_hole();
        if hole {
            self.skip();
        }
        hole
    }

    /// A copy of the value at the head, which stays there: only one of the two counts. The lock is held, the head is
    /// SLOW, and `front` has seen a value there.
    pub(super) fn copy_first(&self) -> MaybeUninit<T> {
        // ORDERING: Relaxed, nobody else moves a SLOW head.
        let head = self.head.0.load(Ordering::Relaxed);
        // SAFETY: so nobody else takes what is in its slot, and nobody writes there before that.
        unsafe { self.slots().at(head).copy() }
    }

    /// Frees the slot at the head; a value that was in it has gone by `copy_first`. The lock is held and the head is
    /// SLOW.
    pub(super) fn skip(&self) {
        let slots = self.slots();
        // ORDERING: Relaxed, both, as in `pop`; nobody else moves a SLOW head.
        let head = self.head.0.load(Ordering::Relaxed);
        self.head.0.store(slots.next(head), Ordering::Relaxed);
        slots.free(head);
    }

    /// The position that [`exchange`](Self::exchange) will give what it puts in.
    pub(super) fn position_of_exchange(&self) -> usize {
        // ORDERING: Relaxed, nobody else moves the tail of a full ring whose head is SLOW.
        self.tail.0.load(Ordering::Relaxed) & !FLAGS
    }

    /// Takes what stands at the head of a full ring, `None` for a hole, and puts something new into
    /// the same slot, at the tail, so that nobody else can come first.
    ///
    /// The lock is held, the head is SLOW, the ring is full and what stands at its head is not
    /// reserved: so nobody else moves either word.
    pub(super) fn exchange(&self, refill: Refill<T>) -> Option<T> {
        // ORDERING: Relaxed, see above.
        let head = self.head.0.load(Ordering::Relaxed);
        let slot = self.slots().at(head);
        // ORDERING: Acquire, pairs with `Room::stamp`.
        let stamp = slot.stamp.load(Ordering::Acquire);
        debug_assert_eq!(
            stamp & !FLAGS & !RESERVED,
            (head & !FLAGS).wrapping_add(STEP)
        );
        // SAFETY: without HOLE there is a value, and nobody else takes it, see above.
        let old = (stamp & HOLE == 0).then(|| unsafe { slot.take() });
        self.replace(refill);
        old
    }

    /// As [`exchange`](Self::exchange), if the value at the head has gone by `copy_first`.
    pub(super) fn replace(&self, refill: Refill<T>) {
        // ORDERING: Relaxed, both words are ours, as in `exchange`.
        let (head, tail) = (
            self.head.0.load(Ordering::Relaxed),
            self.tail.0.load(Ordering::Relaxed),
        );
        debug_assert_eq!(tail & !FLAGS, (head & !FLAGS).wrapping_add(self.lap));
        let slots = self.slots();
        let slot = slots.at(head);
        let mut stamp = (tail & !FLAGS).wrapping_add(STEP);
        match refill {
            // SAFETY: the slot is ours until the stamp says otherwise.
            Refill::Value(value) => unsafe { slot.write(value) },
            Refill::Reservation => stamp |= RESERVED,
        }
        // ORDERING: Release, as in `Room::stamp`. Whoever looks before the words follow spins. The tail is
        // swapped, for `must_tell` exchanges it at any time, though nothing of it.
        slot.stamp.store(stamp, Ordering::Release);
        self.tail.0.swap(slots.next(tail), Ordering::Release);
        self.head.0.store(slots.next(head), Ordering::Release);
    }

    /// Whether nothing is in the ring or on its way. The lock is held and the tail is SLOW.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        // ORDERING: Relaxed, nobody else moves a SLOW tail, and a head only approaches it.
        self.head.0.load(Ordering::Relaxed) & !FLAGS == self.tail.0.load(Ordering::Relaxed) & !FLAGS
    }

    /// Has every sender take the lock from here on, or not. The lock is held.
    pub(super) fn set_tail_slow(&self, slow: bool) {
        // ORDERING: AcqRel, a slot that was reserved before and filled since is seen (`must_tell`).
        match slow {
            true => self.tail.0.fetch_or(SLOW, Ordering::AcqRel),
            false => self.tail.0.fetch_and(!SLOW, Ordering::AcqRel),
        };
    }

    /// Has every receiver take the lock from here on, or not. The lock is held.
    pub(super) fn set_head_slow(&self, slow: bool) {
        // ORDERING: Relaxed, the word itself is what it is about.
        match slow {
            true => self.head.0.fetch_or(SLOW, Ordering::Relaxed),
            false => self.head.0.fetch_and(!SLOW, Ordering::Relaxed),
        };
    }

    /// After a reserved slot has been filled: whether somebody may have to be told, under
    /// the lock. If not, whoever comes next sees the slot.
    pub(super) fn must_tell(&self) -> bool {
        // ORDERING: AcqRel: of this and `set_tail_slow` the later sees what came before the other.
        self.tail.0.fetch_or(0, Ordering::AcqRel) & (SLOW | CLOSED) != 0
    }

    /// Lets nothing more in; false if that is so already. The lock is held.
    pub(super) fn close(&self) -> bool {
        // ORDERING: AcqRel, pairs with the loads of `tail`.
        self.tail.0.fetch_or(CLOSED, Ordering::AcqRel) & CLOSED == 0
    }

    pub(super) fn is_closed(&self) -> bool {
        // ORDERING: Acquire, pairs with `close`.
        self.tail.0.load(Ordering::Acquire) & CLOSED != 0
    }

    pub(super) fn is_head_slow(&self) -> bool {
        // ORDERING: Relaxed, a hint.
        self.head.0.load(Ordering::Relaxed) & SLOW != 0
    }

    /// How many slots are in use.
    pub(super) fn len(&self) -> usize {
        let mut backoff = Backoff::new();
        loop {
            // ORDERING: Acquire, in this order: if the tail has not moved meanwhile the two belong
            // together.
            let tail = self.tail.0.load(Ordering::Acquire);
            let head = self.head.0.load(Ordering::Acquire);
            // In the midst of an `exchange` the tail is more than a lap ahead.
            let apart = (tail & !FLAGS).wrapping_sub(head & !FLAGS);
            if self.tail.0.load(Ordering::Acquire) != tail || apart > self.lap {
                backoff.wait();
                continue;
            }
            let slots = self.slots();
            let (from, to) = (slots.index(head), slots.index(tail));
            return match from.cmp(&to) {
                std::cmp::Ordering::Less => to - from,
                std::cmp::Ordering::Greater => self.slots.len() - from + to,
                std::cmp::Ordering::Equal if apart != 0 => self.slots.len(),
                std::cmp::Ordering::Equal => 0,
            };
        }
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        /// Goes on when a destructor panics.
        struct Rest<'a, T>(&'a Ring<T>);
        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                while self.0.pop::<true>().is_ok() {}
            }
        }
        // Nobody else is there, so nothing is in flight, reserved, or waiting.
        let rest = Rest(self);
        while rest.0.pop::<true>().is_ok() {}
    }
}

impl<T> fmt::Debug for Ring<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .finish()
    }
}
