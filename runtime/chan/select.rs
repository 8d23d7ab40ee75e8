//! Waiting for one of several things: the engine of [`select!`](crate::select) and of
//! [`Select`](super::Select).
//!
//! Each thing is an [`Arm`](super::arm::Arm), and what the engine has of it is a [`Candidate`]: it knows no channel.
//! A call goes through these steps:
//!
//! 1. **Done context**: its rules, below. They come first, so that nothing has happened then.
//! 2. **Poll**: a look at all arms, and a call of those of which the look did not say that it is in vain. The first
//!    that is ready has won; it has completed its operation.
//! 3. Nothing is ready and there is a `default`: that is the answer.
//! 4. **Give way**, with [`MANY`] arms: if other tasks of this worker are ready, they run first, and what they
//!    did is polled. It costs a switch and saves a lock for each arm to link and another to unlink. The
//!    worker stops when it was in vain several times in a row, and then only tries now and again.
//! 5. **Enlist** every arm with one [`Waiter`] that stands in this frame, and park once, until the
//!    earliest of the arms' deadlines and the caller's.
//! 6. **Withdraw** every arm but the winner. If there is none: poll, and on from 5 with a new waiter.
//!
//! - **M1** The waiter's word makes the one decision. Whoever completes an arm claims it with
//!   `Wake::Arm` under that arm's own lock, and takes its completion back if it was not the first.
//!   So at most one arm completes, and no lock is ever held over two channels.
//! - **M2** An arm that will not be enlisted (it may be ready) makes the engine claim its own waiter.
//!   From then on no other arm can complete; if one has before, the engine's claim is what is lost.
//! - **M3** Whatever ends a wait, all enlisted arms but the winner are withdrawn before the waiter's
//!   frame ends, a panic included ([`Enlisted`]).
//!
//! # In a done context
//!
//! A ready `done` arm wins, else the `default` (with a timeout or without), else the first arm that
//! can report a cancellation does: a channel's. If there is no such arm, the call waits uncut.
//!
//! # Fairness
//!
//! Of the arms that may be ready one begins, by lot, and the others follow in a circle, in a random direction. So
//! rendezvous channels, whose look says it all, win equally often. Of two arms of any kind that are always ready each
//! wins half of the time, whatever else stands between them (from a random start alone, one that comes after many
//! idle arms would win more often). Go permutes all arms for every call, which is perfect with three and more of any
//! kind, and dearer than the rest of it.

use super::arm::Candidate;
use super::operation::is_cut;
use crate::scheduler::{self, Running, park};
use crate::task::{Accepts, Waiter, Wake};
use std::ops::BitOr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// So many arms are looked at before the first is called.
const PART: usize = u64::BITS as usize;

/// From so many arms on a switch is cheaper than to link and unlink all of them.
const MANY: usize = 4;

#[cfg(all(test, loom))]
mod models;

/// In which order ready arms are preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As they are written.
    Biased,
    /// None is: by lot.
    Random,
}

/// What is done when no arm is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// Wait for one, however long.
    Wait,
    /// Give up at once.
    Now,
    /// Give up after this time. Too long for the clock is for ever.
    After(Duration),
    /// Give up at this time.
    At(Instant),
}

impl Otherwise {
    /// The end of a wait that begins now.
    fn deadline(self) -> Option<Instant> {
        match self {
            Otherwise::Wait => None,
            Otherwise::Now => Some(Instant::now()),
            Otherwise::After(time) => Instant::now().checked_add(time),
            Otherwise::At(deadline) => Some(deadline),
        }
    }
}

/// Waits until one of the arms has completed its operation; which, or `None` for the default.
///
/// # Panics
///
/// Inside `forbid_park`, when it would have to wait. No arm is linked then.
#[track_caller]
pub fn select(arms: &mut [Candidate<'_>], order: Order, otherwise: Otherwise) -> Option<usize> {
    let running = scheduler::running();
    // Here and not at the end, for there a send arm has a place in its channel and no value yet.
    running.inspect(|running| running.spend_budget());
    let mut accepts = Accepts::Cancel;
    if is_cut(running) {
        match in_done_context(arms, otherwise) {
            Some(outcome) => return outcome,
            None => accepts = Accepts::Nothing,
        }
    }
    if let Some(won) = poll(arms, order) {
        return Some(won);
    }
    if otherwise == Otherwise::Now {
        // Where it must not park it cannot be linked either: it might be chosen for a value that is
        // still being evaluated.
        let may_link = !running.is_some_and(Running::must_not_park);
        return (arms.len() > 1 && may_link)
            .then(|| all_at_once(arms, order))
            .flatten();
    }
    let deadline = otherwise.deadline();
    let gives_way = running.filter(|_| arms.len() >= MANY);
    let look = || {
        let uncut = accepts == Accepts::Nothing || !is_cut(running);
        uncut.then(|| poll(arms, order)).flatten()
    };
    if let Some(won) = gives_way.and_then(|running| running.give_way(look)) {
        return Some(won);
    }
    // It may have become done meanwhile, and an arm that is not linked is polled.
    if accepts == Accepts::Cancel && is_cut(running) {
        match in_done_context(arms, otherwise) {
            Some(outcome) => return outcome,
            None => accepts = Accepts::Nothing,
        }
    }
    loop {
        let waiter = park::waiter();
        let wake = wait(arms, order, &waiter, deadline, |deadline| {
            park::wait(&waiter, deadline, accepts)
        });
        match wake {
            Wake::Arm(won) => return Some(won as usize),
            Wake::Cancelled => match in_done_context(arms, otherwise) {
                Some(outcome) => return outcome,
                None => accepts = Accepts::Nothing,
            },
            Wake::Event | Wake::TimedOut => {}
        }
        if let Some(won) = poll(arms, order) {
            return Some(won);
        }
        let is_over = |deadline| Instant::now() >= deadline;
        if wake == Wake::TimedOut && deadline.is_some_and(is_over) {
            return None;
        }
    }
}

/// Looks at all arms as if at one moment, after each was found to be not ready: values may have come
/// and gone meanwhile, so that there was always one, and yet each look missed it. So all are linked,
/// and the claim that ends this at once says that nobody has come to any of them since.
fn all_at_once(arms: &mut [Candidate<'_>], order: Order) -> Option<usize> {
    loop {
        let waiter = park::waiter();
        let wake = wait(arms, order, &waiter, None, |_| {
            if waiter.end(Wake::TimedOut) {
                Wake::TimedOut
            } else {
                // Claimed by now, and that is on its way here (W1).
                park::wait(&waiter, None, Accepts::Nothing)
            }
        });
        match wake {
            Wake::Arm(won) => return Some(won as usize),
            Wake::TimedOut | Wake::Cancelled => return None,
            Wake::Event => {}
        }
        if let Some(won) = poll(arms, order) {
            return Some(won);
        }
    }
}

/// What a select comes to in a done context; `None` when no arm reports that and it has to wait.
fn in_done_context(arms: &mut [Candidate<'_>], otherwise: Otherwise) -> Option<Option<usize>> {
    let is_done = |one: &mut Candidate<'_>| one.arm.is_done_arm() && one.arm.poll();
    if let Some(won) = arms.iter_mut().position(is_done) {
        return Some(Some(won));
    }
    if otherwise != Otherwise::Wait {
        return Some(None);
    }
    arms.iter_mut().position(|one| one.arm.cancel()).map(Some)
}

/// In which order arms have their turn: from one of them around, one way or the other. Drawn for
/// each polling and each wait, since an event completes the first arm that was linked for it.
#[derive(Clone, Copy, Debug)]
struct Turns {
    first: usize,
    backwards: bool,
}

impl Turns {
    fn draw(order: Order, count: usize) -> Self {
        if order == Order::Biased || count < 2 {
            return Self {
                first: 0,
                backwards: false,
            };
        }
        let lot = random();
        // The upper bits choose where, the lowest in which direction.
        Self {
            first: ((u64::from(lot) * count as u64) >> u32::BITS) as usize,
            backwards: lot & 1 == 1,
        }
    }

    /// Which of `count` arms is the `n`th.
    fn arm(self, n: usize, count: usize) -> usize {
        let at = self.first + if self.backwards { count - n } else { n };
        if at < count { at } else { at - count }
    }
}

/// Polls each arm that may be ready once, until one has completed.
fn poll(arms: &mut [Candidate<'_>], order: Order) -> Option<usize> {
    let parts = arms.len().div_ceil(PART);
    let turns = Turns::draw(order, parts);
    (0..parts).find_map(|n| {
        let first = turns.arm(n, parts) * PART;
        let end = arms.len().min(first + PART);
        let won = poll_part(&mut arms[first..end], order)?;
        Some(first + won)
    })
}

/// Polls as [`poll`] does, a part that has a bit for each arm.
fn poll_part(arms: &mut [Candidate<'_>], order: Order) -> Option<usize> {
    let may_be_ready = (arms.iter().enumerate())
        .map(|(n, one)| u64::from(one.may_be_ready()) << n)
        .fold(0, BitOr::bitor);
    if may_be_ready == 0 {
        return None;
    }
    let turns = Turns::draw(order, may_be_ready.count_ones() as usize);
    let first = (0..turns.first).fold(may_be_ready, |bits, _| bits & (bits - 1));
    let first = first.trailing_zeros();
    // The circle, turned until the one that begins is its lowest bit, or backwards its highest.
    let mut left = may_be_ready.rotate_right(first + u32::from(turns.backwards));
    while left != 0 {
        let arm = if turns.backwards {
            let distance = left.leading_zeros();
            left &= !(1 << (u64::BITS - 1 - distance));
            first.wrapping_sub(distance)
        } else {
            let distance = left.trailing_zeros();
            left &= left - 1;
            first + distance
        };
        let arm = arm as usize % PART;
        if arms[arm].arm.poll() {
            return Some(arm);
        }
    }
    None
}

/// Parks once with all arms, by `sleep`, which gets the earliest deadline. The arm that `Wake::Arm`
/// names has won; it may have to wait for what it was promised, when all others are withdrawn, and
/// is `Wake::Event` if that came to nothing.
fn wait(
    arms: &mut [Candidate<'_>],
    order: Order,
    waiter: &Waiter,
    deadline: Option<Instant>,
    sleep: impl FnOnce(Option<Instant>) -> Wake,
) -> Wake {
    let mut enlisted = Enlisted {
        turns: Turns::draw(order, arms.len()),
        arms: &mut *arms,
        count: 0,
        winner: None,
    };
    let wake = if enlisted.enlist_all(waiter) {
        let own = (enlisted.arms.iter()).filter_map(|one| one.arm.deadline());
        sleep(own.chain(deadline).min())
    } else if waiter.end(Wake::Event) {
        Wake::Event
    } else {
        // An arm has won already, and that is on its way here (W1).
        sleep(None)
    };
    let Wake::Arm(won) = wake else {
        return wake;
    };
    enlisted.winner = Some(won as usize);
    drop(enlisted);
    if arms[won as usize].arm.accept() {
        wake
    } else {
        Wake::Event
    }
}

/// Arms of which the first `count`, by `turns`, are linked with a waiter; dropping it unlinks
/// them (M3).
struct Enlisted<'a, 'b> {
    turns: Turns,
    arms: &'a mut [Candidate<'b>],
    count: usize,
    winner: Option<usize>,
}

impl Enlisted<'_, '_> {
    /// False as soon as an arm refuses.
    fn enlist_all(&mut self, waiter: &Waiter) -> bool {
        let all = self.arms.len();
        for n in 0..all {
            let n = self.turns.arm(n, all);
            // SAFETY: the arm is borrowed for as long as this lives and so does not move; dropping
            // this withdraws it before `waiter` goes, which was made before it, unless `waiter`
            // was claimed for this very arm.
            if !unsafe { self.arms[n].arm.enlist(waiter, n as u32) } {
                return false;
            }
            self.count += 1;
        }
        true
    }
}

impl Drop for Enlisted<'_, '_> {
    fn drop(&mut self) {
        for n in 0..self.count {
            let arm = self.turns.arm(n, self.arms.len());
            if self.winner != Some(arm) {
                self.arms[arm].arm.withdraw();
            }
        }
    }
}

/// A number nobody can guess who has no reason to.
///
/// G. Marsaglia's xorshift ("Xorshift RNGs", 2003), one sequence for all threads. Two that take the
/// same number at the same time do no harm, so there is no read-modify-write.
fn random() -> u32 {
    static STATE: AtomicU32 = AtomicU32::new(0x9e37_79b9);
    // ORDERING: Relaxed, load and store: any of the numbers will do, and none of them is zero.
    let mut next = STATE.load(Ordering::Relaxed);
    next ^= next << 13;
    next ^= next >> 17;
    next ^= next << 5;
    STATE.store(next, Ordering::Relaxed);
    next
}

/// What the macro's branch for no arm at all comes to.
#[cold]
pub fn no_such_arm() -> ! {
    unreachable!("a select without a default ends with one of its arms")
}

/// Drops arms, of which the caller's lints need not know whether they have anything to drop.
pub fn leave<A>(_arms: A) {}

/// Hands an outcome on as a temporary, so that the pattern `_` drops it at once.
pub fn outcome<T>(outcome: T) -> T {
    outcome
}
