//! Idle time: a worker gives back memory that nobody needs now.
//!
//! Two kinds. The pool's stacks, of which the pool keeps account itself; and what lies below the
//! stack pointers of tasks that are parked, once they have been parked for a while: a task that went
//! deep and now waits in a shallow frame needs a page or two.
//!
//! Nothing tells which tasks went deep, and to ask costs more than to discard. So every task is
//! trimmed once each time it rests. A *pass* goes over all started tasks in slices, with a look at
//! the poller after each: the first pass that meets a task notes it, the second, a second later or
//! more, trims it if it has not run in between, and later ones leave it alone. A pass over very many
//! tasks takes time itself, so the next begins after a hundred times as long at least.

use super::worker::Worker;
use crate::coroutine::Coroutine;
use crate::stack::trim_below;
use crate::task::{Header, Rest};
use std::cell::Cell;
use std::ptr;
use std::time::{Duration, Instant};

/// How many stacks are looked at between two polls.
const SLICE: usize = 64;
/// How long a pass waits after the one before.
const PAUSE: Duration = Duration::from_secs(1);
/// A pass may take this part of the time at most.
const SHARE: u32 = 100;

/// How far the passes over the started tasks are.
#[derive(Debug)]
pub(super) struct Passes {
    /// The task at which the pass that is under way goes on; null between passes.
    at: Cell<*const Header>,
    began: Cell<Instant>,
    due: Cell<Instant>,
    /// How many picks there had been when a pass last found nothing left to do.
    settled: Cell<Option<u64>>,
    /// The pass under way has met a task that the next one has to look at.
    unsettled: Cell<bool>,
}

impl Passes {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            at: Cell::new(ptr::null()),
            began: Cell::new(now),
            due: Cell::new(now + PAUSE),
            settled: Cell::new(None),
            unsettled: Cell::new(false),
        }
    }

    /// `header` leaves the list of started tasks.
    pub(super) fn forget(&self, header: &Header) {
        if ptr::eq(self.at.get(), header) {
            self.at.set(header.live_next.get());
        }
    }
}

impl Worker {
    /// When there may next be something to tidy; `None` while there is not.
    pub(super) fn next_tidy(&self) -> Option<Instant> {
        let pool = self.pool.borrow().next_sweep();
        let parked = (self.live.len() > 0 && !self.is_settled()).then(|| self.passes.due.get());
        [pool, parked].into_iter().flatten().min()
    }

    /// Does a slice of it; false when nothing is left for now.
    pub(super) fn tidy(&self) -> bool {
        let swept = self.pool.borrow_mut().sweep(SLICE) > 0;
        self.trim_parked() || swept
    }

    fn is_settled(&self) -> bool {
        self.passes.settled.get() == Some(self.remote().stats.picks.get())
    }

    /// A slice of a pass; false when none is under way or due.
    fn trim_parked(&self) -> bool {
        let passes = &self.passes;
        if passes.at.get().is_null() {
            let now = Instant::now();
            if now < passes.due.get() || self.is_settled() {
                return false;
            }
            passes.began.set(now);
            passes.unsettled.set(false);
            passes.at.set(self.live.first());
        }
        let parked = std::iter::from_fn(|| {
            // SAFETY: linked, so alive; `forget` keeps the place up to date.
            let header = unsafe { passes.at.get().as_ref() }?;
            passes.at.set(header.live_next.get());
            Some(header)
        });
        let rested = parked.take(SLICE).filter(|header| {
            let rest = header.rest.get();
            header.rest.set(match rest {
                Rest::Ran => Rest::Noted,
                Rest::Noted | Rest::Trimmed => Rest::Trimmed,
            });
            passes
                .unsettled
                .set(passes.unsettled.get() || rest == Rest::Ran);
            rest == Rest::Noted
        });
        let stacks = rested.filter_map(|header| {
            if !header.segments.get().is_null() {
                // It waits on a linked segment, whose frames its first stack must keep.
                return None;
            }
            // SAFETY: the root runs, so none of the worker's tasks does (H1).
            unsafe { Coroutine::suspended(header.coroutine()) }
        });
        // SAFETY: each comes with the stack pointer it was suspended at, and we are the ones who
        // would have to switch to it.
        unsafe { trim_below(stacks) };
        if passes.at.get().is_null() {
            let now = Instant::now();
            let took = now.saturating_duration_since(passes.began.get());
            passes.due.set(now + PAUSE.max(took * SHARE));
            let settled = !passes.unsettled.get();
            passes
                .settled
                .set(settled.then(|| self.remote().stats.picks.get()));
        }
        true
    }
}
