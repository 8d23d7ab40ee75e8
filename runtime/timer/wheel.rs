//! A hierarchical timing wheel over intrusive nodes: insert, cancel and expire in O(1).
//!
//! The algorithm is scheme 7 of G. Varghese and T. Lauck, "Hashed and Hierarchical Timing Wheels:
//! Data Structures for the Efficient Implementation of a Timer Facility" (SOSP 1987), with an
//! occupancy word a level, so that empty slots cost nothing to skip.
//!
//! # Layout
//!
//! Time is counted in ticks of 2^16 ns (65.5 us) since the wheel was made. A tick is a number of
//! eight digits in base 64, so every time that fits 64 bits of nanoseconds (584 years) has a place:
//!
//! ```text
//!  bit 47    42 41    36 35    30 29    24 23    18 17    12 11     6 5      0
//!     +--------+--------+--------+--------+--------+--------+--------+--------+
//!     | level 7| level 6| level 5| level 4| level 3| level 2| level 1| level 0|
//!     +--------+--------+--------+--------+--------+--------+--------+--------+
//!  slot: 9.1 y   52 d     19.5 h   18.3 min 17.2 s   268 ms   4.19 ms  65.5 us
//! ```
//!
//! A node stands on the level of the highest digit in which its tick differs from `elapsed`, the
//! tick the wheel has come to, in the slot of that digit. From this follow:
//!
//! - **T1** A linked node is alive, at its place and reached only by the wheel's thread. Whoever
//!   inserted it keeps this (the contract of [`Wheel::insert`]).
//! - **T2** On each level only slots above the digit of `elapsed` are occupied; on level 0 its own
//!   slot may be too (what is due now). So no level ever wraps around, and the lowest bit of an
//!   occupancy word is the level's earliest slot.
//! - **T3** All that stands on a level is earlier than all that stands on a higher one. So the
//!   earliest slot of the lowest occupied level is the wheel's earliest.
//! - **T4** `elapsed` never passes the beginning of an occupied slot: [`Wheel::expire`] stops there
//!   and empties it, firing its nodes (level 0) or spreading them over the levels below. That is
//!   what keeps T2 and T3 true, and a node moves down seven times at most.
//!
//! # Precision
//!
//! A deadline is rounded up to a tick and the present down, so no node fires early, and a wheel
//! that is asked at its `next_deadline` fires it at most one tick late. Nodes fire in the order of
//! their ticks; within one tick there is no order.
//!
//! A slot above level 0 remembers the earliest tick ever put into it. Without that a worker with
//! one sleeper of a second would be woken at the beginning of each slot on the way down, three
//! times instead of once, and a wake is the dearest thing there is.
//!
//! # Far from the cache
//!
//! Each node of a million stands in a frame on a page of its own, and a list is walked one miss after the other. So
//! a node names the one that stands [`AHEAD`] places further on, which is fetched when its turn comes near (jump
//! pointers: A. Roth and G. Sohi, "Effective Jump-Pointer Prefetching for Linked Data Structures", ISCA 1999). As
//! nodes are linked at the head, that is the one linked so many times before, which the slot remembers. It may have
//! been removed meanwhile; an address is all that is ever made of it.
//!
//! # Rejected
//!
//! A 4-ary heap: a cancel and rearm among a million costs 39–66 ns there. Cancelling lazily, by a
//! mark: the node lives in a frame that is about to return. A list for the deadlines beyond the
//! last level: two more levels cost 2 KiB a worker and no special case.

use crate::coroutine;
use std::cell::Cell;
use std::marker::PhantomPinned;
use std::ptr::{self, NonNull};
use std::time::{Duration, Instant};

/// A tick is `1 << TICK_SHIFT` nanoseconds.
const TICK_SHIFT: u32 = 16;
/// A level is one digit of the tick, this many bits wide.
const DIGIT_BITS: u32 = 6;
/// Slots of a level: the bits of its occupancy word.
const SLOTS: usize = 1 << DIGIT_BITS;
/// Digits of a tick: `LEVELS * DIGIT_BITS + TICK_SHIFT` is the width of a `u64`.
const LEVELS: usize = 8;
/// The last tick there is. What lies beyond is put here and never fires, as the present is held
/// one tick short of it.
const NEVER: u64 = (1 << (64 - TICK_SHIFT)) - 1;
/// How many places ahead of where it works a walk along a list has the cache fetch. With it a slot is one line.
const AHEAD: usize = 6;
/// How many lines of a frame, from the node upwards, are of interest when it fires.
const FRAME_LINES: usize = 3;
/// The `slot` of a node that stands in none.
const UNLINKED: u16 = u16::MAX;

const _: () = assert!(LEVELS as u32 * DIGIT_BITS + TICK_SHIFT == u64::BITS);

/// A place in a [`Wheel`], kept by whoever waits, usually in the frame of a parked task.
///
/// All of it is in cells: the waiting task and the wheel both hold shared pointers to it, in turn,
/// on one thread.
#[derive(Debug)]
pub(crate) struct Node {
    /// Towards the head of the slot's list; `None` for the head itself.
    previous: Cell<Option<NonNull<Node>>>,
    next: Cell<Option<NonNull<Node>>>,
    /// One that stands some places further on in the list, or did once: to be fetched, never followed.
    ahead: Cell<*const Node>,
    /// When to fire. Kept after the node is unlinked, but then means nothing.
    tick: Cell<u64>,
    /// `level * SLOTS + digit`, or `UNLINKED`.
    slot: Cell<u16>,
    _pinned: PhantomPinned,
}

impl Node {
    /// A node that is in no wheel.
    pub(crate) const fn new() -> Self {
        Self {
            previous: Cell::new(None),
            next: Cell::new(None),
            ahead: Cell::new(ptr::null()),
            tick: Cell::new(0),
            slot: Cell::new(UNLINKED),
            _pinned: PhantomPinned,
        }
    }

    /// Whether the node is in a wheel: it has been inserted, and neither fired nor removed since.
    pub(crate) fn is_pending(&self) -> bool {
        self.slot.get() != UNLINKED
    }
}

/// A list of nodes that share a digit.
#[derive(Clone, Copy, Debug)]
struct Slot {
    head: Option<NonNull<Node>>,
    /// No node of the list has an earlier tick. A bound and not the minimum, since removing a node
    /// does not raise it. Means nothing while the list is empty.
    earliest: u64,
    /// The last nodes that were linked while there were others, the newest first. Some may be gone.
    recent: [*const Node; AHEAD],
}

/// The timers of one worker. Neither `Send` nor `Sync`; the head of this file tells how it works.
#[derive(Debug)]
pub(crate) struct Wheel {
    /// Tick 0.
    start: Instant,
    /// All nodes of ticks before this one have fired; nodes of this very tick may be linked.
    elapsed: u64,
    /// A word a level, a bit a slot: set if and only if the slot's list has a node.
    occupied: [u64; LEVELS],
    slots: [Slot; LEVELS * SLOTS],
    length: usize,
}

impl Wheel {
    /// An empty wheel. Ticks are counted from `start`; deadlines before it are due at once.
    pub(crate) const fn new(start: Instant) -> Self {
        const EMPTY: Slot = Slot {
            head: None,
            earliest: NEVER,
            recent: [ptr::null(); AHEAD],
        };
        Self {
            start,
            elapsed: 0,
            occupied: [0; LEVELS],
            slots: [EMPTY; LEVELS * SLOTS],
            length: 0,
        }
    }

    /// How many nodes are pending.
    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    /// Links `node`, to be handed to the `fired` of an [`expire`](Self::expire) at or after
    /// `deadline`. A deadline that has passed is due at the next `expire`; one that is more than
    /// 584 years after `start` never comes.
    ///
    /// `fired` gets this very pointer back: derive it from the struct around the node, and that
    /// struct can be reached from it.
    ///
    /// # Safety
    ///
    /// - `node` is in no wheel.
    /// - Until it has fired or was removed from this wheel it stays valid for reads and writes,
    ///   where it is, and is used on this thread only, through shared references.
    pub(crate) unsafe fn insert(&mut self, node: NonNull<Node>, deadline: Instant) {
        let tick = self.tick_after(deadline).max(self.elapsed);
        // SAFETY: valid by the caller's contract, which is what T1 asks for from now on.
        let fields = unsafe { node.as_ref() };
        debug_assert!(!fields.is_pending(), "a timer node was inserted twice");
        fields.tick.set(tick);
        self.link(node, fields);
        self.length += 1;
    }

    /// Unlinks `node` and says whether it was pending. The node is then free to be dropped.
    ///
    /// # Safety
    ///
    /// `node` is valid, and in this wheel or in none.
    pub(crate) unsafe fn remove(&mut self, node: NonNull<Node>) -> bool {
        // SAFETY: valid by the caller's contract.
        let fields = unsafe { node.as_ref() };
        if !fields.is_pending() {
            return false;
        }
        self.unlink(fields);
        true
    }

    /// When to call [`expire`](Self::expire) next: no node is due before it, and `expire` called
    /// then fires a node or, if the node that was expected has been removed meanwhile, leaves a
    /// later `next_deadline`. `None` if no deadline will ever come.
    ///
    /// It lies in the past when something is due already.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let (level, digit) = self.first_occupied()?;
        let tick = self.slots[level * SLOTS + digit].earliest;
        if tick == NEVER {
            return None;
        }
        // A deadline that the clock cannot even name never comes either.
        self.start
            .checked_add(Duration::from_nanos(tick << TICK_SHIFT))
    }

    /// Moves the wheel on to `now` and hands each node whose deadline has come to `fired`, in the
    /// order of their ticks. A `now` before that of an earlier call counts as that one.
    ///
    /// A node is unlinked before `fired` gets it; `fired` may wake its task, insert it elsewhere or
    /// free it. It must not use this wheel: the wheel is borrowed until `expire` returns. What a
    /// woken task wants to cancel it cancels when it runs. If `fired` panics, the nodes that it has
    /// not been given stay pending.
    pub(crate) fn expire(&mut self, now: Instant, mut fired: impl FnMut(NonNull<Node>)) {
        let now = self.tick_before(now).max(self.elapsed);
        while let Some((level, digit)) = self.first_occupied() {
            let begin = self.begin_of(level, digit);
            if begin > now {
                break;
            }
            self.elapsed = begin;
            if level == 0 {
                self.fire(digit, &mut fired);
            } else {
                self.cascade(level, digit);
            }
        }
        self.elapsed = now;
    }

    /// The lowest occupied level and its lowest occupied slot: the wheel's earliest, by T2 and T3.
    fn first_occupied(&self) -> Option<(usize, usize)> {
        let level = self.occupied.iter().position(|&word| word != 0)?;
        Some((level, self.occupied[level].trailing_zeros() as usize))
    }

    /// The first tick of a slot: the digits of `elapsed` above `level`, then `digit`, then zeros.
    const fn begin_of(&self, level: usize, digit: usize) -> u64 {
        let shift = level as u32 * DIGIT_BITS;
        let above = self.elapsed >> (shift + DIGIT_BITS) << (shift + DIGIT_BITS);
        above | (digit as u64) << shift
    }

    /// Empties a slot of level 0, whose nodes are all of one tick.
    fn fire(&mut self, digit: usize, fired: &mut impl FnMut(NonNull<Node>)) {
        while let Some(node) = self.slots[digit].head {
            // SAFETY: T1, as it is linked. The reference is not used once `fired` has the node.
            let fields = unsafe { node.as_ref() };
            // With what is beside it in its frame: `fired` will look there.
            let ahead = fields.ahead.get();
            for line in 0..FRAME_LINES {
                coroutine::fetch(ahead.wrapping_byte_add(64 * line));
            }
            self.unlink(fields);
            fired(node);
        }
    }

    /// Spreads a slot over the levels below. `elapsed` has just come to its beginning, so each of
    /// its nodes now shares the digit of this level too.
    fn cascade(&mut self, level: usize, digit: usize) {
        let mut rest = self.slots[level * SLOTS + digit].head.take();
        self.occupied[level] &= !(1 << digit);
        while let Some(node) = rest {
            // SAFETY: T1; the node is unlinked and linked again within this loop's turn.
            let fields = unsafe { node.as_ref() };
            rest = fields.next.get();
            coroutine::fetch(fields.ahead.get());
            self.link(node, fields);
        }
    }

    /// Puts a node at the head of the list that its tick belongs to. `fields` is what `node` points
    /// to, and its tick is not before `elapsed`.
    fn link(&mut self, node: NonNull<Node>, fields: &Node) {
        let tick = fields.tick.get();
        // The highest differing bit tells the digit; `| 1` makes "none differs" level 0.
        let highest = u64::BITS - 1 - ((tick ^ self.elapsed) | 1).leading_zeros();
        let level = (highest / DIGIT_BITS) as usize;
        let digit = (tick >> (level as u32 * DIGIT_BITS)) as usize % SLOTS;

        let index = level * SLOTS + digit;
        let slot = &mut self.slots[index];
        fields.slot.set(index as u16);
        fields.previous.set(None);
        fields.next.set(slot.head);
        match slot.head {
            Some(head) => {
                // SAFETY: T1, as it is linked.
                unsafe { head.as_ref() }.previous.set(Some(node));
                slot.earliest = slot.earliest.min(tick);
                fields.ahead.set(slot.recent[AHEAD - 1]);
                slot.recent.copy_within(..AHEAD - 1, 1);
            }
            None => {
                slot.earliest = tick;
                fields.ahead.set(ptr::null());
                slot.recent = [ptr::null(); AHEAD];
                self.occupied[level] |= 1 << digit;
            }
        }
        slot.head = Some(node);
        slot.recent[0] = node.as_ptr();
    }

    /// Takes a pending node out of its list.
    fn unlink(&mut self, fields: &Node) {
        let index = usize::from(fields.slot.replace(UNLINKED));
        let (previous, next) = (fields.previous.get(), fields.next.get());
        if let Some(next) = next {
            // SAFETY: T1, as it is linked.
            unsafe { next.as_ref() }.previous.set(previous);
        }
        match previous {
            // SAFETY: T1, as it is linked.
            Some(previous) => unsafe { previous.as_ref() }.next.set(next),
            None => {
                self.slots[index].head = next;
                if next.is_none() {
                    self.occupied[index / SLOTS] &= !(1 << (index % SLOTS));
                }
            }
        }
        self.length -= 1;
    }

    /// The first tick that is not before `deadline`: rounded up, as nothing may fire early.
    fn tick_after(&self, deadline: Instant) -> u64 {
        let nanoseconds = self.nanoseconds(deadline);
        let rounded_down = nanoseconds >> TICK_SHIFT;
        let rest = nanoseconds & ((1 << TICK_SHIFT) - 1);
        (rounded_down + u64::from(rest != 0)).min(NEVER)
    }

    /// The last tick that is not after `now`, and before `NEVER`.
    fn tick_before(&self, now: Instant) -> u64 {
        (self.nanoseconds(now) >> TICK_SHIFT).min(NEVER - 1)
    }

    /// Since `start`; 0 before it, the largest number when it does not fit.
    fn nanoseconds(&self, instant: Instant) -> u64 {
        let since = instant.saturating_duration_since(self.start);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }
}
