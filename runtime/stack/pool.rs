//! The stacks a worker keeps at hand.
//!
//! A pool has a shelf for each class, which is a LIFO: the stack given back last is the warmest, in
//! the caches and in memory. An empty shelf is refilled from the arenas by the batch. The rest
//! happens in [`Pool::sweep`], which the scheduler calls when it has nothing better to do:
//!
//! ```text
//!   a shelf   | trimmed | settled | in use from time to time |
//!             0                   ^ low                      ^ length
//! ```
//!
//! - *Low* is the smallest length since the period began: what lies below was not needed in it. The
//!   whole period over, half of that beyond [`KEEP`] goes back to the arenas, which give the pages to
//!   the system. So a peak that is over has a half-life of one [`PERIOD`].
//! - Stacks of more than [`PIECE`] leave by pieces of it, none is kept, and a sweep is told how many
//!   bytes it may look at: so it takes tens of microseconds, whatever is on the stacks.
//! - What stays and has settled is *trimmed*: it keeps [`WARM`] bytes below its base, and the pages
//!   below go. Whether there are any is not asked: `mincore` costs more than the advice.

use std::io;
use std::time::{Duration, Instant};

use super::arena::{self, Arenas, Source};
use super::class::Class;
use super::slot::Stack;
use crate::sys::mem::{self, Span};

/// How many stacks a refill asks for, the first of a row and those after it, if they have no more bytes than
/// [`REFILL_BYTES`].
const REFILL: usize = 16;
const REFILL_MORE: usize = 64;
const REFILL_BYTES: usize = 16 << 20;

/// How many stacks of a class are kept however long they are idle, within the same bytes.
const KEEP: usize = 64;

/// The most that is given back with one system call. Pages that are there cost about 0.15 us each.
pub(crate) const PIECE: usize = 1 << 20;

/// The time in which half of what is not needed goes. Peaks that come again sooner find most of it.
pub(super) const PERIOD: Duration = Duration::from_secs(4);

/// What a trimmed stack keeps below its top, in bytes, rounded up to pages.
const WARM: usize = 8 << 10;

/// How many are taken in a row until those that follow are in no cache, and probably many.
const ROW: usize = 16;

/// How many turns ahead it is said which one is taken then.
const AHEAD: usize = 4;

/// Stacks trimmed by one system call.
const TRIM_BATCH: usize = 64;

/// The stacks of one worker.
#[derive(Debug)]
pub(crate) struct Pool {
    arenas: &'static Arenas,
    shelves: [Shelf; Class::COUNT],
    /// When the period began. Unset: no sweep was made yet.
    since: Option<Instant>,
}

/// The free stacks of one class. All indices are of `stacks`.
#[derive(Debug)]
struct Shelf {
    stacks: Vec<Stack>,
    /// The smallest length since the period began.
    low: usize,
    /// Below it, nothing was used for the whole last period. Not to be trusted beyond `low`.
    settled: usize,
    /// Below it, all is trimmed. Not to be trusted beyond `low`.
    trimmed: usize,
    /// How many stacks are still to go back in this period.
    surplus: usize,
    /// A large stack on its way back, and how many bytes of it are gone.
    leaving: Option<(Stack, usize)>,
    /// Where the last refill came from.
    source: Option<Source>,
    /// How many were taken since the last came back.
    taken: usize,
}

impl Pool {
    /// A pool without stacks, fed by the arenas of the process.
    pub(crate) const fn new() -> Self {
        Self::of(&arena::SHARED)
    }

    pub(super) const fn of(arenas: &'static Arenas) -> Self {
        Self {
            arenas,
            shelves: [const { Shelf::new() }; Class::COUNT],
            since: None,
        }
    }

    /// Another pool on the same arenas.
    #[cfg(test)]
    pub(super) const fn fellow(&self) -> Self {
        Self::of(self.arenas)
    }

    /// Takes the stack of this class that was given back last, or a new one.
    ///
    /// # Errors
    ///
    /// When a new one cannot be had; the message names the limit that was met.
    #[inline]
    pub(crate) fn acquire(&mut self, class: Class) -> io::Result<Stack> {
        let shelf = &mut self.shelves[class as usize];
        shelf.taken += 1;
        match shelf.pop() {
            Some(stack) => Ok(stack),
            None => self.refill(class),
        }
    }

    /// Takes a stack back. Nothing runs on it any more, and nothing on it is read again.
    #[inline]
    pub(crate) fn release(&mut self, stack: Stack) {
        let shelf = &mut self.shelves[stack.class() as usize];
        shelf.taken = 0;
        shelf.stacks.push(stack);
    }

    /// The stack that is taken a few turns later, if so many were taken in a row that it is in no cache: for who
    /// has it fetched, as its first use would wait for the memory line by line.
    #[inline]
    pub(crate) fn cold_ahead(&self, class: Class) -> Option<&Stack> {
        let shelf = &self.shelves[class as usize];
        let ahead = shelf.is_drawn_on().then_some(AHEAD)?;
        shelf.stacks.get(shelf.stacks.len().checked_sub(ahead)?)
    }

    /// Idle time's work on at most `bytes` of address space; gives the number of stacks worked on, 0
    /// when nothing is left to do for now.
    pub(crate) fn sweep(&mut self, now: Instant, bytes: usize) -> usize {
        let since = *self.since.get_or_insert(now);
        if now.duration_since(since) >= PERIOD {
            self.since = Some(now);
            for (shelf, class) in self.shelves.iter_mut().zip(Class::ALL) {
                shelf.end_period(keep(class));
            }
        }
        let (mut left, mut count) = (bytes, 0);
        for (shelf, class) in self.shelves.iter_mut().zip(Class::ALL) {
            let given = if class.size() > PIECE {
                shelf.give_back_by_pieces(self.arenas, class, left)
            } else {
                shelf.give_back(self.arenas, class, left / class.size())
            };
            left = left.saturating_sub(given * class.size());
            let trimmed = shelf.trim(left / class.size());
            left -= trimmed * class.size();
            count += given + trimmed;
        }
        count
    }

    /// How many stacks it holds.
    pub(crate) fn len(&self) -> usize {
        self.shelves.iter().map(|shelf| shelf.stacks.len()).sum()
    }

    /// When a sweep may next find something to do; `None` while the pool has nothing that could go.
    ///
    /// A worker that goes to sleep for longer than that leaves the memory of a peak unused.
    pub(crate) fn next_sweep(&self) -> Option<Instant> {
        let idle = |shelf: &Shelf| {
            shelf.stacks.len() > shelf.trimmed.min(shelf.low) || shelf.leaving.is_some()
        };
        let surplus = |(shelf, class): (&Shelf, Class)| shelf.stacks.len() > keep(class);
        let pending =
            self.shelves.iter().any(idle) || self.shelves.iter().zip(Class::ALL).any(surplus);
        let now = || Instant::now() + PERIOD;
        pending.then(|| self.since.map_or_else(now, |since| since + PERIOD))
    }

    #[cold]
    #[inline(never)]
    fn refill(&mut self, class: Class) -> io::Result<Stack> {
        let shelf = &mut self.shelves[class as usize];
        let wanted = if shelf.is_drawn_on() {
            REFILL_MORE
        } else {
            REFILL
        };
        let count = wanted.min(REFILL_BYTES / class.size());
        (self.arenas).take(class, count, &mut shelf.source, &mut shelf.stacks)?;
        Ok(shelf.pop().expect("`take` gives one stack or an error"))
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        for (shelf, class) in self.shelves.iter_mut().zip(Class::ALL) {
            let leaving = shelf.leaving.take().map(|(stack, _)| stack);
            let all = shelf.stacks.drain(..).chain(leaving);
            self.arenas.give_back(class, all);
            if let Some(source) = shelf.source {
                self.arenas.leave(class, source);
            }
        }
    }
}

impl Shelf {
    const fn new() -> Self {
        Self {
            stacks: Vec::new(),
            low: 0,
            settled: 0,
            trimmed: 0,
            surplus: 0,
            leaving: None,
            source: None,
            taken: 0,
        }
    }

    /// Whether so many were taken in a row that more will be.
    #[inline]
    fn is_drawn_on(&self) -> bool {
        self.taken > ROW
    }

    #[inline]
    fn pop(&mut self) -> Option<Stack> {
        let stack = self.stacks.pop();
        self.low = self.low.min(self.stacks.len());
        stack
    }

    fn end_period(&mut self, keep: usize) {
        self.trimmed = self.trimmed.min(self.low);
        self.settled = self.low;
        self.surplus = self.low.saturating_sub(keep).div_ceil(2);
        self.low = self.stacks.len();
    }

    /// Gives up to `at_most` stacks of the surplus back; the number it gave.
    fn give_back(&mut self, arenas: &Arenas, class: Class, at_most: usize) -> usize {
        let count = self.surplus.min(self.stacks.len()).min(at_most);
        if count > 0 {
            self.surplus -= count;
            let rest = self.stacks.len() - count;
            arenas.give_back(class, self.stacks.drain(rest..));
            self.low = self.low.min(rest);
        }
        count
    }

    /// Gives back up to `bytes` of one of the surplus; the number of stacks it worked on.
    fn give_back_by_pieces(&mut self, arenas: &Arenas, class: Class, bytes: usize) -> usize {
        if self.leaving.is_none() && self.surplus > 0 && bytes > 0 {
            self.surplus -= 1;
            self.leaving = self.pop().map(|stack| (stack, 0));
        }
        let Some((stack, done)) = &mut self.leaving else {
            return 0;
        };
        let piece = stack.usable().piece(*done, bytes);
        // SAFETY: nothing runs on a stack in a pool.
        unsafe { mem::discard(&[piece]) };
        *done += piece.bytes();
        if *done == stack.usable().bytes() {
            let stack = self.leaving.take().map(|(stack, _)| stack);
            arenas.give_back(class, stack.into_iter());
        }
        1
    }

    /// Trims up to `at_most` of the stacks that have settled; the number it trimmed.
    fn trim(&mut self, at_most: usize) -> usize {
        let from = self.trimmed.min(self.low);
        let to = self.settled.min(self.low).min(from.saturating_add(at_most));
        if from >= to {
            return 0;
        }
        let warm = WARM.next_multiple_of(mem::page_size());
        let below = |stack: &Stack| stack.pages_below(stack.top().wrapping_sub(warm));
        for batch in self.stacks[from..to].chunks(TRIM_BATCH) {
            let mut spans = [Span::new(std::ptr::null_mut(), 0); TRIM_BATCH];
            let mut count = 0;
            for (place, span) in spans.iter_mut().zip(batch.iter().filter_map(below)) {
                *place = span;
                count += 1;
            }
            // SAFETY: nothing runs on a stack in a pool.
            unsafe { mem::discard(&spans[..count]) };
        }
        self.trimmed = to;
        to - from
    }
}

/// How many idle stacks of a class a pool keeps. None of those that go by pieces: trimming them would
/// have to.
const fn keep(class: Class) -> usize {
    let fit = REFILL_BYTES / class.size();
    if class.size() > PIECE {
        0
    } else if fit < KEEP {
        fit
    } else {
        KEEP
    }
}
