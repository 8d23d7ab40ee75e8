//! The cancellation matrix: every blocking call that can fail, in each way in which a context can end.
//!
//! | column                          | what must come of it                                            |
//! | ------------------------------- | --------------------------------------------------------------- |
//! | the context is done already     | the call fails, though it could succeed, and has done nothing   |
//! | cancelled while parked          | it fails, with that cause                                       |
//! | the deadline passes while parked | it fails, with that cause                                      |
//! | completes at the same moment    | it succeeds or fails, and nothing is lost or doubled either way |
//!
//! A row is a [`Call`]: how to make the call, how to have it complete, and how to account for what
//! went in and came out. Each runs as a task on 1, 2 and 8 workers and on an OS thread.
//!
//! The rows are in `cancellation/`: channels with `select!`, semaphores, clocks and what just ends early in
//! `vocabulary.rs`, streams in `sockets.rs`, datagrams and other descriptors in `messages.rs`. Not here: what is not
//! cut (`lock`, `wait`, `join`, `scope`, `Context::done`), which `tests/context/cut.rs` has, and futures, which no
//! context cuts.

#![cfg(not(any(loom, miri)))]

#[path = "support/crew.rs"]
mod crew;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

#[path = "cancellation/messages.rs"]
mod messages;
#[path = "cancellation/processes.rs"]
mod processes;
#[path = "cancellation/sockets.rs"]
mod sockets;
#[path = "cancellation/vocabulary.rs"]
mod vocabulary;

use crew::{both_ways, crew, lull};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use teem::context::{self, Cause};

/// Far beyond what a test takes.
const LONG: Duration = Duration::from_secs(3600);

/// What became of a call.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// It has succeeded.
    Done,
    /// The context has ended it. Errors of I/O say why.
    Cut(Option<Cause>),
}

/// A row of the matrix.
trait Call: Sync {
    /// Makes the call, which waits until [`complete`](Self::complete), and notes what it brought.
    fn call(&self) -> Outcome;

    /// Does what a call waits for, once. Where that takes two it gives up when `over` says that nobody
    /// calls any more.
    fn complete(&self, over: &AtomicBool);

    /// Whether `complete` needs somebody who waits.
    fn meets(&self) -> bool {
        false
    }

    /// After the calls: what went in is what came out, or is still there, and is taken out. The next
    /// call waits again.
    fn account(&self);
}

/// Sends one row through all columns.
fn matrix<C: Call>(fresh: impl Fn() -> C + Sync) {
    both_ways(|| {
        already_done(&fresh());
        cancelled_while_parked(&fresh());
        deadline_while_parked(&fresh());
        let row = fresh();
        for round in 0..40 {
            race(&row, round);
            row.account();
        }
    });
}

fn cut_by(outcome: Outcome, expected: &Cause) {
    match outcome {
        Outcome::Cut(None) => {}
        Outcome::Cut(Some(cause)) => assert_eq!(&cause, expected),
        Outcome::Done => panic!("it was not cut"),
    }
}

fn already_done(row: &dyn Call) {
    if !row.meets() {
        row.complete(&AtomicBool::new(false));
    }
    let (cancelled, handle) = context::current().with_cancel();
    handle.cancel();
    cut_by(cancelled.enter(|| row.call()), &Cause::Cancelled);
    let late = context::current().with_timeout(Duration::ZERO);
    cut_by(late.enter(|| row.call()), &Cause::DeadlineExceeded);
    row.account();
}

fn cancelled_while_parked(row: &dyn Call) {
    for _ in 0..5 {
        let (context, handle) = context::current().with_cancel();
        crew(|c| {
            let call = c.spawn(|| context.enter(|| row.call()));
            lull();
            handle.cancel();
            cut_by(call.join(), &Cause::Cancelled);
        });
    }
    row.account();
}

fn deadline_while_parked(row: &dyn Call) {
    let context = context::current().with_timeout(Duration::from_millis(3));
    let outcome = context.enter(|| row.call());
    cut_by(outcome, &Cause::DeadlineExceeded);
    row.account();
}

/// Says that nobody calls any more, as soon as that is so.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// The call, what completes it and what cancels it, all at once. On one worker that is an order: each
/// `round` has another.
fn race(row: &dyn Call, round: usize) {
    let (context, handle) = context::current().with_cancel();
    let over = AtomicBool::new(false);
    crew(|c| {
        let call = c.spawn(|| {
            // If it panics, too: the other one would never end.
            let _over = Over(&over);
            context.enter(|| row.call())
        });
        let complete = c.spawn(|| row.complete(&over));
        for _ in 0..round % 5 {
            teem::task::yield_now();
        }
        handle.cancel();
        if let Outcome::Cut(Some(cause)) = call.join() {
            assert_eq!(cause, Cause::Cancelled);
        }
        complete.join();
    });
}
