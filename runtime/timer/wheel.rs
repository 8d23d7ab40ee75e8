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
//! What was inserted stands on the level of the highest digit in which its tick differs from `elapsed`, the
//! tick the wheel has come to, in the slot of that digit. From this follow:
//!
//! - **T2** On each level only slots above the digit of `elapsed` are occupied; on level 0 its own
//!   slot may be too (what is due now). So no level ever wraps around, and the lowest bit of an
//!   occupancy word is the level's earliest slot.
//! - **T3** All that stands on a level is earlier than all that stands on a higher one. So the
//!   earliest slot of the lowest occupied level is the wheel's earliest.
//! - **T4** `elapsed` never passes the beginning of an occupied slot: [`Wheel::expire`] stops there
//!   and empties it, into the list of what is due (level 0) or over the levels below. That is
//!   what keeps T2 and T3 true, and an entry moves down seven times at most.
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
/// Slots of a level: the bits of its occupancy word.
const SLOTS: usize = 1 << DIGIT_BITS;
/// Digits of a tick: `LEVELS * DIGIT_BITS + TICK_SHIFT` is the width of a `u64`.
const LEVELS: usize = 8;
/// The last tick there is. What lies beyond is put here and never fires, as the present is held
/// one tick short of it.
const NEVER: u64 = (1 << (64 - TICK_SHIFT)) - 1;
/// The lists of `entries`: one a slot, and one of what is due.
const DUE: u32 = (LEVELS * SLOTS) as u32;
/// How much of what is due is fetched at once: `fired` mostly claims something, by an exchange, which waits for all
/// that is on its way.
const AT_ONCE: usize = 16;

const _: () = assert!(LEVELS as u32 * DIGIT_BITS + TICK_SHIFT == u64::BITS);

/// The list of a slot.
const fn slot(level: usize, digit: usize) -> u32 {
    (level * SLOTS + digit) as u32
}

/// The timers of one worker, of which it knows a `T` each. The head of this file tells how it works.
#[derive(Debug)]
pub(crate) struct Wheel<T> {
    /// Tick 0.
    start: Instant,
    /// All that is of ticks before this one has fired; what is of this very tick may be there.
    elapsed: u64,
    /// A word a level, a bit a slot: set if and only if there is an entry in the slot's list.
    occupied: [u64; LEVELS],
    /// What begins a slot's list has the earliest tick of all that were put into it since it was empty: a bound and
    /// not the minimum, as removing does not raise it.
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
    /// then fires something or, if what was expected has been removed meanwhile, leaves a
    /// later `next_deadline`. `None` if no deadline will ever come.
    ///
    /// It lies in the past when something is due already.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let tick = if let (_, Some(_)) = self.entries.after(DUE) {
            self.elapsed
        } else {
            let (level, digit) = self.first_occupied()?;
            self.entries[slot(level, digit)].tick
        };
        if tick == NEVER {
            return None;
        }
        // A deadline that the clock cannot even name never comes either.
        self.start
            .checked_add(Duration::from_nanos(tick << TICK_SHIFT))
    }

    /// Moves the wheel on to `now` and hands what was inserted to `fired` when its deadline has come, in the
    /// order of the ticks; shortly before, `fetch` gets it, with others. A `now` before that of an earlier call counts
    /// as that one.
    ///
    /// The wheel is borrowed until `expire` returns: what a woken task wants to cancel it cancels when it runs. If
    /// `fired` panics, what it has not been given stays pending.
    pub(crate) fn expire(&mut self, now: Instant, fetch: impl Fn(&[T]), fired: impl FnMut(T)) {
        let now = self.tick_before(now).max(self.elapsed);
        while let Some((level, digit)) = self.first_occupied() {
            let begin = self.begin_of(level, digit);
            if begin > now {
                break;
            }
            self.elapsed = begin;
            self.occupied[level] &= !(1 << digit);
            if level == 0 {
                self.entries.move_all(slot(level, digit), DUE);
            } else {
                self.cascade(slot(level, digit));
            }
        }
        self.elapsed = now;
        self.fire(fetch, fired);
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

    /// Spreads a slot over the levels below. `elapsed` has just come to its beginning, so all that is there
    /// shares the digit of this level too.
    fn cascade(&mut self, slot: u32) {
        let mut place = self.entries[slot].next;
        self.entries.clear(slot);
        while place != slot {
            let Entry { tick, next, .. } = self.entries[place];
            self.link(place, tick);
            place = next;
        }
    }

    /// Puts an entry into the list that `tick`, its own, belongs to. It is not before `elapsed`.
    fn link(&mut self, place: u32, tick: u64) {
        // The highest differing bit tells the digit; `| 1` makes "none differs" level 0.
        let highest = u64::BITS - 1 - ((tick ^ self.elapsed) | 1).leading_zeros();
        let level = (highest / DIGIT_BITS) as usize;
        let digit = (tick >> (level as u32 * DIGIT_BITS)) as usize % SLOTS;

        let (list, bit) = (slot(level, digit), 1 << digit);
        let earliest = &mut self.entries[list].tick;
        if self.occupied[level] & bit == 0 || tick < *earliest {
            *earliest = tick;
        }
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
