//! Idle time: a worker gives back memory that nobody needs now.
//!
//! Four kinds. The pool's stacks, of which the pool keeps account itself, and the slabs of finished tasks, likewise;
//! what lies below the stack pointers of tasks that are parked, once they have been parked for a while: a task that
//! went deep and now waits in a shallow frame needs a page or two; and, if the runtime was built so, what lies above
//! it, when a task has been parked for long and the system can keep a page in less room.
//!
//! # Which tasks
//!
//! Nothing tells which tasks went deep, and to ask costs more than to discard. So every task is
//! trimmed once each time it rests. A *pass* goes over all started tasks:
//!
//! | `Rest`     | what a pass does                         | then      |
//! | ---------- | ---------------------------------------- | --------- |
//! | `Ran`      | notes the time                           | `Noted`   |
//! | `Noted`    | trims; a pass is a second after the last | `Trimmed` |
//! | `Trimmed`  | pages out, if it is time                 | `Cold`    |
//! | `Cold`     | leaves it alone                          |           |
//!
//! Whoever is picked to run has `Ran`. A pass over very many tasks takes time itself, so the next
//! begins after a hundred times as long; after four times as long, if much is there to be given back.
//!
//! # For how long
//!
//! No ready task waits for more than 100 us. Memory is given back by the *step*, a system call or two on a bounded
//! number of pages, and a *slice* of steps ends after 25 us or when there is a ready task, with a look at the poller
//! after it. A worker begins when it has slept for a while, and goes on as long as nothing happens. One that never
//! sleeps for so long may take a hundredth of the time, a slice now and then on its way to sleep. Paging out may take
//! the system longer than that for a single page, so a thread of its own does it (`pager.rs`); the pass pauses while
//! that has a thousand stacks to do.

use super::pager::Pager;
use super::segment;
use super::worker::Worker;
use crate::coroutine::Coroutine;
use crate::stack::{PIECE, Stack};
use crate::sys::mem::{self, Span};
use crate::task::{self, Header, Rest};
use std::cell::Cell;
use std::ptr;
use std::time::{Duration, Instant};

/// How many tasks are looked at by a step, and so how many stacks are trimmed by a system call.
const STEP: usize = 64;
/// How many stacks are made ready to be paged out by a step: a page each, which is in no cache, is cleared.
const COLD_STEP: usize = 2;
/// When a slice ends.
const SLICE: Duration = Duration::from_micros(25);
/// How long a pass waits after the one before.
const PAUSE: Duration = Duration::from_secs(1);
/// A pass, or the slices of a worker that is never idle for long, may take this part of the time.
const SHARE: u32 = 100;
/// The same after a pass that has found much to do.
const LARGE_SHARE: u32 = 4;
/// In how many steps the time until a stack is cold is counted.
const TICKS: u32 = 16;

/// How far the passes over the started tasks are.
#[derive(Debug)]
pub(super) struct Passes {
    start: Instant,
    /// The task at which the pass that is under way goes on; null between passes.
    at: Cell<*const Header>,
    /// How many bytes have been given back of that task's stack.
    done: Cell<usize>,
    /// What the pass under way has taken.
    took: Cell<Duration>,
    due: Cell<Instant>,
    /// How many picks there had been when a pass last found nothing left to do.
    settled: Cell<Option<u64>>,
    /// How many tasks the pass under way has met for the first time in their rest.
    noted: Cell<usize>,
    /// The pass under way has met a task that the next one has to look at.
    unsettled: Cell<bool>,
    /// When a worker that is never idle for long may next take a slice.
    entitled: Cell<Instant>,
}

/// What a task's stack is due for.
#[derive(Clone, Copy, Debug)]
enum Errand {
    Nothing,
    /// The task rests since the time given.
    Trim(u16),
    PageOut,
}

/// Spans to be given back with one system call.
#[derive(Debug)]
struct Batch {
    spans: [Span; STEP],
    count: usize,
    /// How many bytes more there may be.
    room: usize,
}

impl Passes {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            start: now,
            at: Cell::new(ptr::null()),
            done: Cell::new(0),
            took: Cell::new(Duration::ZERO),
            due: Cell::new(now + PAUSE),
            settled: Cell::new(None),
            noted: Cell::new(0),
            unsettled: Cell::new(false),
            entitled: Cell::new(now + PAUSE),
        }
    }

    /// `header` leaves the list of started tasks.
    pub(super) fn forget(&self, header: &Header) {
        if ptr::eq(self.at.get(), header) {
            self.advance(header);
        }
    }

    fn begin(&self, first: *const Header) {
        self.at.set(first);
        self.done.set(0);
        self.took.set(Duration::ZERO);
        self.noted.set(0);
        self.unsettled.set(false);
    }

    fn advance(&self, header: &Header) {
        self.at.set(header.live_next.get());
        self.done.set(0);
    }
}

impl Worker {
    /// When there may next be something to tidy; `None` while there is not.
    pub(super) fn next_tidy(&self) -> Option<Instant> {
        let pool = self.pool.borrow().next_sweep();
        let parked = (self.live.len() > 0 && !self.is_settled()).then(|| self.passes.due.get());
        let cells = task::next_sweep();
        [pool, parked, cells].into_iter().flatten().min()
    }

    /// Tidies for a slice, if the worker has slept for long enough or is entitled to it; whether it has.
    pub(super) fn tidy_in_passing(&self, now: Instant) -> bool {
        let idle = self.tidying.get();
        let may = idle || now >= self.passes.entitled.get();
        if may {
            self.tidying.set(self.tidy(now) && idle);
        }
        may
    }

    /// Does a slice; false when nothing is left for now.
    fn tidy(&self, begin: Instant) -> bool {
        let mut now = begin;
        let more = loop {
            let swept = self.pool.borrow_mut().sweep(now, PIECE) > 0 || task::sweep(now);
            if !swept && !self.step(now) {
                break false;
            }
            now = Instant::now();
            if now.saturating_duration_since(begin) >= SLICE || self.has_ready() {
                break true;
            }
        };
        self.core.pager.iter().for_each(Pager::wake);
        let stats = &self.remote().stats.memory;
        stats.pooled.set(self.pool.borrow().len() as u64);
        let took = now.saturating_duration_since(begin);
        let longest = stats.longest.get().max(took.as_nanos() as u64);
        stats.longest.set(longest);
        self.passes.took.set(self.passes.took.get() + took);
        self.passes.entitled.set(now + SLICE.max(took) * SHARE);
        more
    }

    fn is_settled(&self) -> bool {
        self.passes.settled.get() == Some(self.remote().stats.picks.get())
    }

    /// A step of a pass; false when none is under way or due, or it has to wait.
    fn step(&self, now: Instant) -> bool {
        let passes = &self.passes;
        if passes.at.get().is_null() {
            if now < passes.due.get() || self.is_settled() {
                return false;
            }
            passes.begin(self.live.first());
        }
        let mut batch = Batch {
            spans: [Span::new(ptr::null_mut(), 0); STEP],
            count: 0,
            room: PIECE,
        };
        let (mut more, mut cold) = (true, 0);
        for _ in 0..STEP {
            // SAFETY: linked, so alive; `forget` keeps the place up to date.
            let Some(header) = (unsafe { passes.at.get().as_ref() }) else {
                self.end_pass(now);
                break;
            };
            match self.errand(header, now) {
                Errand::Nothing => {}
                Errand::Trim(since) => {
                    if !self.trim(header, &mut batch) {
                        break;
                    }
                    header.rest.set(Rest::Trimmed(since));
                    self.remote().stats.memory.trimmed.bump();
                    let pages_out = self.core.cold.after().is_some();
                    passes.unsettled.set(passes.unsettled.get() || pages_out);
                }
                Errand::PageOut => {
                    let pager = self.core.pager.as_ref();
                    if !pager.is_some_and(|pager| pager.has_room() && self.cool(header, pager)) {
                        more = false;
                        break;
                    }
                    header.rest.set(Rest::Cold);
                    cold += 1;
                }
            }
            passes.advance(header);
            if cold == COLD_STEP {
                break;
            }
        }
        // SAFETY: all of it lies below the stack pointers at which tasks are parked, and we are the
        // ones who would have to switch to them.
        unsafe { mem::discard(&batch.spans[..batch.count]) };
        more
    }

    /// What is to be done about a task. Notes the time if it has run since the last pass.
    fn errand(&self, header: &Header, now: Instant) -> Errand {
        let (passes, cold) = (&self.passes, &self.core.cold);
        let tick = cold.after.map_or(PAUSE, tick_of);
        let time = (now - passes.start).div_duration_f64(tick) as u64 as u16;
        match header.rest.get() {
            Rest::Ran => {
                header.rest.set(Rest::Noted(time));
                passes.noted.set(passes.noted.get() + 1);
                passes.unsettled.set(true);
                Errand::Nothing
            }
            Rest::Noted(since) => Errand::Trim(since),
            Rest::Trimmed(since) => match cold.after() {
                Some(after) if time.wrapping_sub(since) > ticks_in(after) => Errand::PageOut,
                after => {
                    let later = after.is_some() || passes.unsettled.get();
                    passes.unsettled.set(later);
                    Errand::Nothing
                }
            },
            Rest::Cold => Errand::Nothing,
        }
    }

    /// Puts what the task does not need into the batch; false when it does not fit, and what did has
    /// been noted as done.
    fn trim(&self, header: &Header, batch: &mut Batch) -> bool {
        // SAFETY: the root runs, so none of the worker's tasks does (H1).
        let Some((stack, sp)) = (unsafe { parked_on(header) }) else {
            return true;
        };
        let Some(dead) = stack.dead(sp) else {
            return true;
        };
        let done = self.passes.done.get();
        let piece = dead.piece(done, batch.room);
        batch.spans[batch.count] = piece;
        batch.count += 1;
        batch.room -= piece.bytes();
        self.passes.done.set(done + piece.bytes());
        done + piece.bytes() == dead.bytes()
    }

    /// Has the pages that the task needs handed to the system; false if there is no room for more of them now.
    fn cool(&self, header: &Header, pager: &Pager) -> bool {
        // SAFETY: the root runs, so none of the worker's tasks does (H1).
        let Some((stack, sp)) = (unsafe { parked_on(header) }) else {
            return true;
        };
        let Some(live) = stack.live(sp) else {
            return true;
        };
        if !Coroutine::IS_WATCHED {
            // What is dead in the page would have to be kept, and zeros are kept in less room.
            // SAFETY: it is parked there, and we would have to switch to it.
            unsafe { stack.clear_below(sp) };
        }
        // SAFETY: as above.
        let outer = unsafe { segment::outer_stacks(header) }.map(Stack::usable);
        pager.submit(live, outer)
    }

    fn end_pass(&self, now: Instant) {
        let passes = &self.passes;
        let much = passes.noted.get() > self.live.len() / 8;
        let share = if much { LARGE_SHARE } else { SHARE };
        let pause = (self.core.cold.after()).map_or(PAUSE, |after| PAUSE.min(after / 4));
        passes.due.set(now + pause.max(passes.took.get() * share));
        let settled = !passes.unsettled.get();
        passes
            .settled
            .set(settled.then(|| self.remote().stats.picks.get()));
    }
}

/// The stack on which a task is parked, its innermost segment if it has any, and where.
///
/// # Safety
///
/// The caller is the task's worker, which does not run it while the reference lives.
unsafe fn parked_on(header: &Header) -> Option<(&Stack, *const u8)> {
    // SAFETY: passed on; a started task stays in its header (C1).
    let (first, sp) = unsafe { Coroutine::suspended(header.coroutine()) }?;
    // SAFETY: passed on.
    let innermost = unsafe { segment::innermost(header) };
    Some((innermost.unwrap_or(first), sp))
}

/// The unit in which the rest of tasks is counted that are cold after `after`.
fn tick_of(after: Duration) -> Duration {
    (after / TICKS).max(Duration::from_millis(1))
}

fn ticks_in(after: Duration) -> u16 {
    after.div_duration_f64(tick_of(after)).ceil() as u16
}
