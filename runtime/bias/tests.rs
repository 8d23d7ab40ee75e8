use super::{Bias, BiasedLock, Identity, TRIALS};
use crate::sys::barrier;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

/// Whether `me` is let in as the owner.
fn owns(bias: &Bias, me: Identity) -> bool {
    bias.enter(me).is_some()
}

/// Makes `me` the owner, if there is such a thing on this system.
fn stand_trial(bias: &Bias, me: Identity) -> bool {
    barrier::enable();
    for _ in 1..TRIALS {
        assert!(!owns(bias, me), "on trial");
    }
    let owner = owns(bias, me);
    assert_eq!(owner, barrier::is_enabled() == Some(true));
    owner
}

#[test]
fn who_is_alone_for_long_becomes_the_owner_and_stays_it() {
    let (me, bias) = (Identity::new(), Bias::new());
    let owner = stand_trial(&bias, me);
    for _ in 0..10 {
        assert_eq!(owns(&bias, me), owner);
    }
    bias.meet(me);
    assert_eq!(owns(&bias, me), owner, "it has met itself");
}

#[test]
fn whoever_else_comes_ends_the_ownership_for_good() {
    let me = Identity::new();
    for other in [Identity::NOBODY, Identity::new()] {
        let bias = Bias::new();
        stand_trial(&bias, me);
        assert!(!owns(&bias, other));
        assert!(!owns(&bias, me));
        let met = Bias::new();
        stand_trial(&met, me);
        met.meet(other);
        for _ in 0..2 * TRIALS {
            assert!(!owns(&met, me));
        }
    }
}

#[test]
fn what_a_thread_that_is_no_worker_uses_first_has_no_owner() {
    let (me, bias) = (Identity::new(), Bias::new());
    assert!(!owns(&bias, Identity::NOBODY));
    for _ in 0..2 * TRIALS {
        assert!(!owns(&bias, me));
    }
}

#[test]
fn another_that_comes_during_a_section_waits_for_its_end() {
    let (me, bias) = (Identity::new(), Arc::new(Bias::new()));
    if !stand_trial(&bias, me) {
        return;
    }
    let (past, is_past) = mpsc::channel();
    let section = bias.enter(me).expect("the owner's");
    let other = thread::spawn({
        let bias = Arc::clone(&bias);
        move || {
            bias.meet(Identity::NOBODY);
            past.send(()).unwrap();
        }
    });
    // Until it has taken the ownership away, which the owner notices by looking.
    while bias.owner.load(super::Ordering::Relaxed) == me.number {
        thread::yield_now();
    }
    assert_eq!(is_past.try_recv(), Err(mpsc::TryRecvError::Empty));
    drop(section);
    is_past.recv().expect("nothing is in its way any more");
    other.join().unwrap();
}

#[test]
fn others_that_come_at_any_moment_lose_no_count_of_the_owner() {
    const ROUNDS: u32 = 200;
    let me = Identity::new();
    barrier::enable();
    for round in 0..ROUNDS {
        let count = Arc::new(BiasedLock::new(0));
        let (begin, begins) = mpsc::channel();
        let other = thread::spawn({
            let count = Arc::clone(&count);
            move || {
                begins.recv().unwrap();
                (0..100).for_each(|_| *count.lock(Identity::NOBODY) += 1);
            }
        });
        let mine = u32::from(TRIALS) + 100 + round;
        for step in 0..mine {
            if step == u32::from(TRIALS) + round / 4 {
                begin.send(()).unwrap();
            }
            *count.lock(me) += 1;
        }
        other.join().unwrap();
        assert_eq!(*count.lock(me), mine + 100);
    }
}
