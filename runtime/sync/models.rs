//! loom models of those who wait for one thing that releases them all: `Once` and `WaitGroup`.
//!
//! The waits are played as in `task/models.rs`: an owner that has parked runs again when its queue has
//! it. A party's number stands where the address of its task would.

use super::crowd::Crowd;
use super::once::{COMPLETE, INCOMPLETE, Once, POISONED, RUNNING};
use super::wait_group::Group;
use crate::task::models::{Queue, bounded_model};
use crate::task::{Claim, Waiter, Wake};
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use std::num::NonZero;
use std::ptr::NonNull;

/// A queue for each party.
struct Queues([Queue; 3]);

impl Queues {
    fn new() -> Self {
        Self([Queue::new(), Queue::new(), Queue::new()])
    }

    /// The wait of `party`, if `enter` says that its waiter has been entered.
    fn wait(&self, party: usize, enter: impl FnOnce(&Waiter) -> bool) {
        let number = NonZero::new(party + 1).expect("not zero");
        let waiter = Waiter::for_task(NonNull::without_provenance(number));
        if enter(&waiter) {
            assert_eq!(self.0[party].wait(&waiter), Wake::Event);
        }
    }

    fn release(&self, crowd: Crowd) {
        crowd.release_with(|claim| {
            if let Claim::Schedule(task) = claim {
                self.0[task.addr().get() - 1].settle(claim);
            }
        });
    }
}

/// What [`Once::call_once`] does, for `party`.
fn call(once: &Once, queues: &Queues, runs: &AtomicUsize, party: usize) {
    while !once.is_completed() {
        if once.begin(INCOMPLETE) {
            // Relaxed: the `Once` is to publish it.
            runs.store(runs.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            queues.release(once.finish(COMPLETE));
        } else {
            // SAFETY: waited for, uncut.
            queues.wait(party, |waiter| unsafe {
                once.enter(waiter, |word| word == RUNNING)
            });
        }
    }
}

/// What [`Once::wait_force`] does, for `party`.
fn wait_force(once: &Once, queues: &Queues, party: usize) {
    while !once.is_completed() {
        // SAFETY: waited for, uncut.
        queues.wait(party, |waiter| unsafe {
            once.enter(waiter, |word| word != COMPLETE)
        });
    }
}

#[test]
fn loom_a_once_runs_once_and_whoever_returns_has_seen_it() {
    bounded_model(|| {
        let shared = Arc::new((Once::new(), Queues::new(), AtomicUsize::new(0)));
        let others: Vec<_> = (1..3)
            .map(|party| {
                let shared = shared.clone();
                thread::spawn(move || {
                    let (once, queues, runs) = &*shared;
                    call(once, queues, runs, party);
                    assert_eq!(runs.load(Ordering::Relaxed), 1);
                })
            })
            .collect();
        let (once, queues, runs) = &*shared;
        call(once, queues, runs, 0);
        assert_eq!(runs.load(Ordering::Relaxed), 1);
        for other in others {
            other.join().unwrap();
        }
    });
}

#[test]
fn loom_a_wait_that_offers_no_closure_is_released_through_poison() {
    bounded_model(|| {
        let shared = Arc::new((Once::new(), Queues::new()));
        let other = shared.clone();
        let runner = thread::spawn(move || {
            let (once, queues) = &*other;
            assert!(once.begin(INCOMPLETE));
            queues.release(once.finish(POISONED));
            assert!(once.begin(POISONED));
            queues.release(once.finish(COMPLETE));
        });
        wait_force(&shared.0, &shared.1, 0);
        runner.join().unwrap();
    });
}

#[test]
fn loom_a_group_releases_whoever_waits_when_all_is_done() {
    bounded_model(|| {
        let shared = Arc::new((Group::new(), Queues::new(), AtomicUsize::new(0)));
        assert!(shared.0.add(2));
        let others: Vec<_> = (1..3)
            .map(|_| {
                let shared = shared.clone();
                thread::spawn(move || {
                    let (group, queues, done) = &*shared;
                    done.fetch_add(1, Ordering::Relaxed);
                    queues.release(group.done().expect("it was added"));
                })
            })
            .collect();
        let (group, queues, done) = &*shared;
        // SAFETY: waited for, uncut.
        queues.wait(0, |waiter| unsafe { group.enter(waiter) });
        assert_eq!(done.load(Ordering::Relaxed), 2);
        for other in others {
            other.join().unwrap();
        }
    });
}

#[test]
fn loom_a_round_that_begins_at_once_keeps_nobody_of_the_last() {
    bounded_model(|| {
        let shared = Arc::new((Group::new(), Queues::new()));
        assert!(shared.0.add(1));
        let waiters: Vec<_> = (1..3)
            .map(|party| {
                let shared = shared.clone();
                thread::spawn(move || {
                    let (group, queues) = &*shared;
                    // SAFETY: waited for, uncut.
                    queues.wait(party, |waiter| unsafe { group.enter(waiter) });
                })
            })
            .collect();
        let (group, queues) = &*shared;
        queues.release(group.done().expect("it was added"));
        assert!(group.add(1));
        queues.release(group.done().expect("it was added"));
        assert!(group.done().is_none(), "below zero");
        for waiter in waiters {
            waiter.join().unwrap();
        }
    });
}
