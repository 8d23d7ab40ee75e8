//! `Barrier`, after std's `tests/sync/barrier.rs`, of which nothing is left out.

use super::together::{everywhere, in_task_and_thread};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{TryRecvError, channel};
use teem::sync::Barrier;
use teem::task::yield_now;

#[test]
fn test_barrier() {
    const N: usize = 10;
    in_task_and_thread(|| {
        let barrier = Barrier::new(N);
        let (tx, rx) = channel();
        teem::scope(|s| {
            for _ in 0..N - 1 {
                let (tx, barrier) = (tx.clone(), &barrier);
                s.spawn(move || tx.send(barrier.wait().is_leader()).unwrap());
            }
            for _ in 0..10 {
                yield_now();
            }
            // At this point, all spawned tasks should be blocked, so we shouldn't get anything.
            assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
            let mut leaders = usize::from(barrier.wait().is_leader());
            for _ in 0..N - 1 {
                let leads = loop {
                    match rx.try_recv() {
                        Ok(leads) => break leads,
                        Err(_) => yield_now(),
                    }
                };
                leaders += usize::from(leads);
            }
            assert_eq!(leaders, 1);
        });
    });
}

#[test]
fn barriers_of_none_and_of_one_never_wait() {
    in_task_and_thread(|| {
        for n in [0, 1] {
            let barrier = Barrier::new(n);
            assert!(barrier.wait().is_leader());
            assert!(barrier.wait().is_leader());
        }
    });
}

#[test]
fn a_round_that_begins_while_the_last_is_being_woken_is_another_round() {
    const N: usize = 4;
    const ROUNDS: usize = 200;
    in_task_and_thread(|| {
        static BARRIER: Barrier = Barrier::new(N);
        let (arrived, led) = (AtomicUsize::new(0), AtomicUsize::new(0));
        everywhere(N, |_| {
            for round in 1..=ROUNDS {
                arrived.fetch_add(1, Ordering::Relaxed);
                let leads = BARRIER.wait().is_leader();
                led.fetch_add(usize::from(leads), Ordering::Relaxed);
                let seen = arrived.load(Ordering::Relaxed);
                assert!((round * N..=(round + 1) * N - 1).contains(&seen), "{seen}");
            }
        });
        assert_eq!(led.into_inner(), ROUNDS);
    });
}

#[test]
fn a_barrier_inside_forbid_park_panics_and_counts_nobody() {
    teem::run(|| {
        let barrier = Barrier::new(2);
        let panicked = std::panic::catch_unwind(|| {
            teem::task::forbid_park(|| barrier.wait());
        });
        assert!(panicked.is_err());
        let leaders = teem::scope(|s| {
            let pair = [(); 2].map(|()| s.spawn(|| barrier.wait().is_leader()));
            pair.map(|task| task.join().unwrap())
        });
        assert!(leaders[0] != leaders[1]);
    });
}
