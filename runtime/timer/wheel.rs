//! A hierarchical timing wheel: insert, cancel and expire in O(1).
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
//! The slots of a level are numbered from tick 0 on, and each 64 of them, which are one of the level above, are a
//! *window*. A level has room for two windows: that of `elapsed`, the tick the wheel has come to, and the next.
//! What was inserted stands on the lowest level that has room for its slot. From this follow:
//!
//! - **T2** On each level only slots above that of `elapsed` are occupied; on level 0 its own
//!   slot may be too (what is due now). So the first bit of an occupancy word, from that of `elapsed` on and
//!   round, is the level's earliest slot.
//! - **T3** A slot is earlier than the later ones of its level, but not than those of higher levels. So the
//!   wheel's earliest is the earliest of those of its levels.
//! - **T4** `elapsed` never passes the beginning of an occupied slot: [`Wheel::expire`] stops there
//!   and empties it, into the list of what is due (level 0) or over the levels below. That is
//!   what keeps T2 true, and an entry moves down seven times at most.
//!
//! # A crowd
//!
//! Of a million timers of a few seconds a slot of 268 ms has tens of thousands. To spread them over the level below
//! takes ten milliseconds, by which all that is due meanwhile would be late. But the slot after that of `elapsed` has
//! its place below already, in the next window. So a slot of [`CROWD`] entries or more is emptied by the piece while
//! its turn has not come, and a wheel that has nothing else to do is woken for that one slot ahead.
//!
//! # Precision
//!
//! A deadline is rounded up to a tick and the present down, so nothing fires early, and a wheel
//! that is asked at its `next_deadline` fires at most one tick late. All fires in the order of the
//! ticks; within one tick there is no order.
//!
//! A slot above level 0 remembers the earliest tick ever put into it. Without that a worker with
//! one sleeper of a second would be woken at the beginning of each slot on the way down, three
//! times instead of once, and a wake is the dearest thing there is.
//!
//! # Far from the cache
//!
//! Whoever waits does so in a frame on a page of its own. Were the wheel's lists made of nodes in these frames, to move
//! one would bring that page and the entry of the page table that leads to it into the caches, and each insert would
//! write to the frame of another. So what moves are entries of the wheel's own (`entries.rs`), and what was inserted is
//! looked at once: when it fires. Shortly before, it is fetched, with others.
//!
//! # Rejected
//!
//! A 4-ary heap: a cancel and rearm among a million costs 39–66 ns there. Cancelling lazily, by a
//! mark: a server that sets a timeout of a minute for each request would keep all of the last minute. A list for the
//! deadlines beyond the last level: two more levels cost 4 KiB a worker and no special case.

use super::entries::{Entries, Entry, Key};
use std::time::{Duration, Instant};

/// A tick is `1 << TICK_SHIFT` nanoseconds.
const TICK_SHIFT: u32 = 16;
/// A level is one digit of the tick, this many bits wide.
const DIGIT_BITS: u32 = 6;
/// Slots of a level, of two windows: the bits of its occupancy word.
const SLOTS: usize = 2 << DIGIT_BITS;
/// Digits of a tick: `LEVELS * DIGIT_BITS + TICK_SHIFT` is the width of a `u64`.
const LEVELS: usize = 8;
/// The last tick there is. What lies beyond is put here and never fires, as the present is held
/// one tick short of it.
const NEVER: u64 = (1 << (64 - TICK_SHIFT)) - 1;
/// The lists of `entries`: one a slot, and one of what is due. All time is one window of the last level.
const DUE: u32 = (LEVELS * SLOTS - SLOTS / 2) as u32;
/// How many entries a slot has that is emptied by the piece, and how many a piece has: some 20 us each.
pub(super) const CROWD: u64 = if cfg!(test) { 8 } else { 512 };
pub(super) const PIECE: u64 = if cfg!(test) { 3 } else { 256 };
/// How much of what is due is fetched at once: `fired` mostly claims something, by an exchange, which waits for all
/// that is on its way.
const AT_ONCE: usize = 16;

const _: () = assert!(LEVELS as u32 * DIGIT_BITS + TICK_SHIFT == u64::BITS);

/// The number of the slot of a level that a tick is in.
const fn slot_of(tick: u64, level: usize) -> u64 {
    tick >> (level as u32 * DIGIT_BITS)
}

/// The first tick of the slot of a level.
const fn begin_of(slot: u64, level: usize) -> u64 {
    slot << (level as u32 * DIGIT_BITS)
}

/// The list of the slot of a level.
const fn list_of(slot: u64, level: usize) -> u32 {
    (level * SLOTS + slot as usize % SLOTS) as u32
}

/// The bit of a slot in its level's occupancy word.
const fn bit_of(slot: u64) -> u128 {
    1 << (slot as usize % SLOTS)
}

/// The timers of one worker, of which it knows a `T` each. The head of this file tells how it works.
#[derive(Debug)]
pub(crate) struct Wheel<T> {
    /// Tick 0.
    start: Instant,
    /// All that is of ticks before this one has fired; what is of this very tick may be there.
    elapsed: u64,
    /// A word a level, a bit a slot: set if and only if there is an entry in the slot's list.
    occupied: [u128; LEVELS],
    /// What begins a slot's list has the earliest tick of all that were put into it since it was empty, and how many
    /// these were: bounds, as removing does not change them.
    entries: Entries<T>,
}

impl<T: Copy> Wheel<T> {
    /// An empty wheel. Ticks are counted from `start`; deadlines before it are due at once.
    pub(crate) fn new(start: Instant) -> Self {
        Self {
            start,
            elapsed: 0,
            occupied: [0; LEVELS],
            entries: Entries::new(DUE + 1),
        }
    }

    /// How many are pending: inserted, and neither fired nor removed since.
    pub(crate) fn len(&self) -> usize {
        self.entries.taken()
    }

    /// For how many there is room.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.entries.room()
    }

    /// Has `value` handed to the `fired` of an [`expire`](Self::expire) at or after `deadline`. A deadline that has
    /// passed is due at the next `expire`; one that is more than 584 years after `start` never comes.
    pub(crate) fn insert(&mut self, value: T, deadline: Instant) -> Key {
        let tick = self.tick_after(deadline).max(self.elapsed);
        let key = self.entries.take(value, tick);
        self.link(key.place(), tick);
        key
    }

    /// Has it not fire any more; whether it was pending.
    pub(crate) fn remove(&mut self, key: Key) -> bool {
        let Some(place) = self.entries.find(key) else {
            return false;
        };
        self.give_back(place);
        true
    }

    /// When to call [`expire`](Self::expire) next: nothing is due before it, and `expire` called
    /// then fires something or, if what was expected has been removed meanwhile or is a crowd to be moved, leaves a
    /// later `next_deadline`. `None` if no deadline will ever come.
    ///
    /// It lies in the past when something is due already.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        if self.len() == 0 {
            return None;
        }
        let tick = if let (_, Some(_)) = self.entries.after(DUE) {
            self.elapsed
        } else {
            let wanted = self
                .firsts()
                .map(|(level, slot)| self.wanted_at(level, slot));
            wanted.min()?
        };
        if tick == NEVER {
            return None;
        }
        // A deadline that the clock cannot even name never comes either.
        self.start
            .checked_add(Duration::from_nanos(tick << TICK_SHIFT))
    }

    /// Whether there is a crowd that another [`expire`](Self::expire) would go on to move, at whatever time.
    pub(crate) fn is_behind(&self) -> bool {
        self.crowd_ahead().is_some()
    }

    /// Moves the wheel on to `now` and hands what was inserted to `fired` when its deadline has come, in the
    /// order of the ticks; shortly before, `fetch` gets it, with others. A `now` before that of an earlier call counts
    /// as that one. Then it moves a piece of a crowd, if there is one.
    ///
    /// The wheel is borrowed until `expire` returns: what a woken task wants to cancel it cancels when it runs. If
    /// `fired` panics, what it has not been given stays pending.
    pub(crate) fn expire(&mut self, now: Instant, fetch: impl Fn(&[T]), fired: impl FnMut(T)) {
        let now = self.tick_before(now).max(self.elapsed);
        while let Some((begin, level)) = self.next_begin()
            && begin <= now
        {
            self.elapsed = begin;
            let slot = slot_of(begin, level);
            if level == 0 {
                self.occupied[level] &= !bit_of(slot);
                self.entries.move_all(list_of(slot, level), DUE);
            } else {
                self.cascade(slot, level, u64::MAX);
            }
        }
        self.elapsed = now;
        self.fire(fetch, fired);
        if let Some((slot, level)) = self.crowd_ahead() {
            self.cascade(slot, level, PIECE);
        }
    }

    /// The earliest occupied slot of a level (T2).
    #[inline]
    fn first_occupied(&self, level: usize) -> Option<u64> {
        let word = self.occupied[level];
        if word == 0 {
            return None;
        }
        let here = slot_of(self.elapsed, level);
        let ahead = word
            .rotate_right(here as u32 % SLOTS as u32)
            .trailing_zeros();
        Some(here + u64::from(ahead))
    }

    /// Those of all levels that have one.
    fn firsts(&self) -> impl Iterator<Item = (usize, u64)> {
        (0..LEVELS).filter_map(|level| Some((level, self.first_occupied(level)?)))
    }

    /// The tick at which the wheel's earliest slot begins, and its level (T3).
    fn next_begin(&self) -> Option<(u64, usize)> {
        let begins = self
            .firsts()
            .map(|(level, slot)| (begin_of(slot, level), level));
        begins.min()
    }

    /// At what tick there is something to be done about the earliest slot of a level. One that has a crowd is wanted
    /// when the slot before begins.
    fn wanted_at(&self, level: usize, slot: u64) -> u64 {
        let first = self.entries[list_of(slot, level)];
        let ahead = begin_of(slot.saturating_sub(1), level);
        if level > 0 && first.stamp >= CROWD && ahead > self.elapsed {
            ahead
        } else {
            first.tick
        }
    }

    /// The slot after that of `elapsed`, if it has a crowd, of the lowest level on which it does.
    fn crowd_ahead(&self) -> Option<(u64, usize)> {
        if (self.len() as u64) < CROWD {
            return None;
        }
        (1..LEVELS).find_map(|level| {
            let next = slot_of(self.elapsed, level) + 1;
            let is_occupied = self.occupied[level] & bit_of(next) != 0;
            let list = list_of(next, level);
            (is_occupied && self.entries[list].stamp >= CROWD).then_some((next, level))
        })
    }

    /// Hands out what is due.
    fn fire(&mut self, fetch: impl Fn(&[T]), mut fired: impl FnMut(T)) {
        let mut fetched = 0;
        while let (place, Some(value)) = self.entries.after(DUE) {
            if fetched == 0 {
                fetched = self.fetch_due(value, &fetch);
            }
            fetched -= 1;
            self.give_back(place);
            fired(value);
        }
    }

    /// Has the next of what is due fetched, from `first` on; how many.
    fn fetch_due(&self, first: T, fetch: impl Fn(&[T])) -> usize {
        let mut batch = [first; AT_ONCE];
        let mut count = 0;
        let mut at = DUE;
        while count < AT_ONCE
            && let (next, Some(value)) = self.entries.after(at)
        {
            batch[count] = value;
            at = next;
            count += 1;
        }
        fetch(&batch[..count]);
        count
    }

    /// Spreads a slot over the levels below, as many entries of it as are asked for. It begins at `elapsed`, or is the
    /// one after, so there is room for it.
    fn cascade(&mut self, slot: u64, level: usize, most: u64) {
        let list = list_of(slot, level);
        let mut place = self.entries[list].next;
        let mut moved = 0;
        while place != list && moved < most {
            let Entry { tick, next, .. } = self.entries[place];
            self.link(place, tick);
            place = next;
            moved += 1;
        }
        self.entries.begin_at(list, place);
        if place == list {
            self.occupied[level] &= !bit_of(slot);
        } else {
            self.entries[list].stamp -= moved;
        }
    }

    /// Puts an entry into the list that `tick`, its own, belongs to. It is not before `elapsed`.
    fn link(&mut self, place: u32, tick: u64) {
        // The highest differing bit tells on which level both are in one window; `| 1` makes "none" level 0.
        let highest = u64::BITS - 1 - ((tick ^ self.elapsed) | 1).leading_zeros();
        let mut level = (highest / DIGIT_BITS) as usize;
        // On the level below they are in two, which may be neighbours.
        while level > 0 && slot_of(tick, level) - slot_of(self.elapsed, level) == 1 {
            level -= 1;
        }
        let slot = slot_of(tick, level);

        let (list, bit) = (list_of(slot, level), bit_of(slot));
        let first = &mut self.entries[list];
        if self.occupied[level] & bit == 0 {
            (first.tick, first.stamp) = (tick, 0);
        }
        first.tick = first.tick.min(tick);
        first.stamp += 1;
        self.occupied[level] |= bit;
        self.entries.append(list, place);
    }

    /// Takes an entry out of its list, for good.
    fn give_back(&mut self, place: u32) {
        if let Some(list) = self.entries.give_back(place)
            && list != DUE
        {
            let index = list as usize;
            self.occupied[index / SLOTS] &= !(1 << (index % SLOTS));
        }
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
