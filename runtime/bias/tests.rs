use super::{Bias, BiasedLock, Identity, TRIALS};
use crate::sys::barrier;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

/// The identity of a thread that has `place` to itself.
fn of(place: &u64) -> Identity {
    // SAFETY: it is in the frame of the only thread that uses it.
    unsafe { Identity::of(place) }
}

fn nobody() -> Identity {
    // SAFETY: nobody's.
    unsafe { Identity::of(std::ptr::null::<u64>()) }
}

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
    let (place, bias) = (0, Bias::new());
    let owner = stand_trial(&bias, of(&place));
    for _ in 0..10 {
        assert_eq!(owns(&bias, of(&place)), owner);
    }
    bias.meet(of(&place));
    assert_eq!(owns(&bias, of(&place)), owner, "it has met itself");
}

#[test]
fn whoever_else_comes_ends_the_ownership_for_good() {
    let (place, other) = (0, 0);
    for other in [nobody(), of(&other)] {
        let bias = Bias::new();
        stand_trial(&bias, of(&place));
        assert!(!owns(&bias, other));
        assert!(!owns(&bias, of(&place)));
        let met = Bias::new();
        stand_trial(&met, of(&place));
        met.meet(other);
        for _ in 0..2 * TRIALS {
            assert!(!owns(&met, of(&place)));
        }
    }
}

#[test]
fn what_a_thread_that_is_no_worker_uses_first_has_no_owner() {
    let (place, bias) = (0, Bias::new());
    assert!(!owns(&bias, nobody()));
    for _ in 0..2 * TRIALS {
        assert!(!owns(&bias, of(&place)));
    }
}

#[test]
fn another_that_comes_during_a_section_waits_for_its_end() {
    let (place, bias) = (0, Arc::new(Bias::new()));
    if !stand_trial(&bias, of(&place)) {
        return;
    }
    let (past, is_past) = mpsc::channel();
    let section = bias.enter(of(&place)).expect("the owner's");
    let other = thread::spawn({
        let bias = Arc::clone(&bias);
        move || {
            bias.meet(nobody());
            past.send(()).unwrap();
        }
    });
    // Until it has taken the ownership away, which the owner notices by looking.
    while bias.owner.load(super::Ordering::Relaxed) == of(&place).address {
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
    let place = 0;
    barrier::enable();
    for round in 0..ROUNDS {
        let count = Arc::new(BiasedLock::new(0));
        let (begin, begins) = mpsc::channel();
        let other = thread::spawn({
            let count = Arc::clone(&count);
            move || {
                begins.recv().unwrap();
                (0..100).for_each(|_| *count.lock(nobody()) += 1);
            }
        });
        let mine = TRIALS + 100 + round;
        for step in 0..mine {
            if step == TRIALS + round / 4 {
                begin.send(()).unwrap();
            }
            *count.lock(of(&place)) += 1;
        }
        other.join().unwrap();
        assert_eq!(*count.lock(of(&place)), mine + 100);
    }
}
