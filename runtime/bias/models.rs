//! loom models of ownership: nobody is let past the bias while the owner is in a section, and what was done in
//! sections is seen. loom notices when two threads are at the value at once.

use super::{BiasedLock, FIRST, Identity, REVOKED, SHARED, STEP};
use crate::sync_facade::atomic::Ordering;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

/// The identity of a worker that a thread of the model plays.
pub(crate) fn worker(number: u32) -> Identity {
    Identity::of(FIRST + STEP * number)
}

type Count = BiasedLock<UnsafeCell<u32>>;

fn count_up(count: &Count, me: Identity) {
    let guard = count.lock(me);
    // SAFETY: the lock is held.
    guard.with_mut(|count| unsafe { *count += 1 });
}

/// Has `other` count up once beside worker 0, which does so `times`.
fn model(preemptions: usize, times: u32, other: fn() -> Identity) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(move || {
        let count = Arc::new(Count::new(UnsafeCell::new(0)));
        let thread = {
            let count = count.clone();
            thread::spawn(move || count_up(&count, other()))
        };
        (0..times).for_each(|_| count_up(&count, worker(0)));
        thread.join().unwrap();
        // SAFETY: the lock is held.
        let counted = count.lock(Identity::NOBODY).with(|count| unsafe { *count });
        assert_eq!(counted, times + 1);
    });
}

#[test]
fn loom_nobody_comes_in_while_the_owner_is_in_a_section() {
    model(3, 3, || Identity::NOBODY);
}

/// The first gets no further than that: in no model do two threads wait for a third (see those of the ring).
#[test]
fn loom_whoever_finds_the_ownership_taken_away_waits_for_the_section_too() {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(|| {
        let count = Arc::new(Count::new(UnsafeCell::new(0)));
        let first = {
            let count = count.clone();
            thread::spawn(move || {
                let (owner, mine) = (&count.bias.owner, worker(0).number);
                owner.compare_exchange(mine, REVOKED, Ordering::Relaxed, Ordering::Relaxed)
            })
        };
        let second = {
            let count = count.clone();
            thread::spawn(move || count_up(&count, Identity::NOBODY))
        };
        (0..2).for_each(|_| count_up(&count, worker(0)));
        let _ = first.join().unwrap();
        second.join().unwrap();
        // SAFETY: the lock is held.
        let counted = count.lock(Identity::NOBODY).with(|count| unsafe { *count });
        assert_eq!(counted, 3);
    });
}

/// The last comes only if he has not to wait.
#[test]
fn loom_whoever_finds_it_shared_sees_what_the_owner_has_done() {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(|| {
        let count = Arc::new(BiasedLock::new(UnsafeCell::new(0)));
        let other = {
            let count = count.clone();
            thread::spawn(move || count.bias.meet(Identity::NOBODY))
        };
        let last = {
            let count = count.clone();
            thread::spawn(move || {
                let shared = count.bias.owner.load(Ordering::Relaxed) == SHARED;
                shared.then(|| count_up(&count, Identity::NOBODY))
            })
        };
        count_up(&count, worker(0));
        other.join().unwrap();
        let all = 1 + u32::from(last.join().unwrap().is_some());
        // SAFETY: the lock is held.
        let counted = count.lock(Identity::NOBODY).with(|count| unsafe { *count });
        assert_eq!(counted, all);
    });
}

#[test]
fn loom_two_workers_do_not_both_become_owners() {
    model(3, 2, || worker(1));
}
