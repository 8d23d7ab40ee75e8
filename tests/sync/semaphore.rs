//! `teem::sync::Semaphore`.

use super::{Place, everywhere, has, panics, until, with_workers};
use crate::random::Random;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use teem::sync::{Arc, Mutex, OwnedPermit, Permit, Semaphore};
use teem::task::{forbid_park, yield_now};

const LONG: Duration = Duration::from_secs(1_000);

/// Waits until somebody waits for a permit though `free` are there: then nobody gets one.
fn until_somebody_waits(semaphore: &Semaphore) {
    until(|| semaphore.try_acquire().is_none());
}

#[test]
fn no_more_than_there_are_permits_go_on_at_once() {
    everywhere(|place| {
        let (semaphore, inside) = (Arc::new(Semaphore::new(3)), Arc::new(AtomicUsize::new(0)));
        let (shared, most) = (Arc::clone(&semaphore), Arc::new(AtomicUsize::new(0)));
        let seen = Arc::clone(&most);
        let all = place.spawn_all(8, move |_| {
            for _ in 0..50 {
                let _permit = shared.acquire().unwrap();
                let now = inside.fetch_add(1, Ordering::SeqCst) + 1;
                assert!(now <= 3);
                seen.fetch_max(now, Ordering::SeqCst);
                yield_now();
                inside.fetch_sub(1, Ordering::SeqCst);
            }
        });
        all.into_iter().for_each(|one| one.join().unwrap());
        assert_eq!(semaphore.available_permits(), 3);
        assert!(most.load(Ordering::SeqCst) >= 1);
    });
}

#[test]
fn who_waits_is_served_in_the_order_of_arrival() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            let (semaphore, order) = (Arc::new(Semaphore::new(0)), Arc::new(Mutex::new(vec![])));
            let mut tasks = Vec::new();
            for n in 0..20 {
                let (shared, served) = (Arc::clone(&semaphore), Arc::clone(&order));
                let arrived = Arc::new(AtomicBool::new(false));
                let arrives = Arc::clone(&arrived);
                tasks.push(teem::task::Builder::new().worker(0).spawn(move || {
                    arrives.store(true, Ordering::SeqCst);
                    let permit = shared.acquire().unwrap();
                    served.lock().unwrap().push(n);
                    drop(permit);
                }));
                // All are of one worker: whoever comes after it has arrived, arrives after it.
                until(|| arrived.load(Ordering::SeqCst));
            }
            semaphore.add_permits(1);
            for task in tasks {
                task.unwrap().join().unwrap();
            }
            assert_eq!(*order.lock().unwrap(), (0..20).collect::<Vec<_>>());
        });
    });
}

#[test]
fn a_large_request_is_not_overtaken_by_small_ones() {
    everywhere(|place| {
        let semaphore = Arc::new(Semaphore::new(3));
        let two = semaphore.acquire_many(2).unwrap();
        let shared = Arc::clone(&semaphore);
        let large = place
            .nth(0)
            .spawn(move || drop(shared.acquire_many(3).unwrap()));
        // One is free, but not for those who come later.
        until_somebody_waits(&semaphore);
        assert_eq!(semaphore.available_permits(), 1);
        assert!(semaphore.try_acquire().is_none());
        assert!(
            semaphore
                .acquire_timeout(Duration::from_millis(1))
                .is_none()
        );
        drop(two);
        large.join().unwrap();
        assert_eq!(semaphore.available_permits(), 3);
        assert!(semaphore.try_acquire_many(3).is_some());
    });
}

#[test]
fn a_large_request_that_times_out_lets_those_behind_it_go() {
    everywhere(|place| {
        let semaphore = Arc::new(Semaphore::new(2));
        let held = semaphore.acquire().unwrap();
        let shared = Arc::clone(&semaphore);
        let large = place.nth(0).spawn(move || {
            let limit = Duration::from_millis(20);
            shared.acquire_many_timeout(2, limit).is_some()
        });
        // On a busy machine its time may be over before we have seen it wait.
        until(|| semaphore.try_acquire().is_none() || large.is_finished());
        let shared = Arc::clone(&semaphore);
        let small = place
            .nth(1)
            .spawn(move || shared.acquire_timeout(LONG).is_some());
        assert!(small.join().unwrap());
        assert!(!large.join().unwrap());
        drop(held);
        assert_eq!(semaphore.available_permits(), 2);
    });
}

#[test]
fn a_large_request_that_is_cancelled_lets_those_behind_it_go() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            let semaphore = Arc::new(Semaphore::new(2));
            let held = semaphore.acquire().unwrap();
            let shared = Arc::clone(&semaphore);
            let large = teem::spawn(move || shared.acquire_many(2).is_ok());
            until_somebody_waits(&semaphore);
            let shared = Arc::clone(&semaphore);
            let small = teem::spawn(move || shared.acquire().is_ok());
            (0..10).for_each(|_| yield_now());
            assert!(!small.is_finished());
            large.cancel();
            assert!(small.join().unwrap());
            assert!(!large.join().unwrap());
            drop(held);
            assert_eq!(semaphore.available_permits(), 2);
        });
    });
}

#[test]
fn a_cancelled_task_gets_no_permit_but_by_trying() {
    with_workers([1, 2], |runtime| {
        let task = runtime.run(|| {
            let task = teem::spawn(|| {
                let semaphore = Arc::new(Semaphore::new(2));
                assert!(semaphore.acquire().is_err());
                assert!(semaphore.acquire_many(2).is_err());
                assert!(semaphore.acquire_owned().is_err());
                assert!(semaphore.acquire_timeout(LONG).is_none());
                assert!(semaphore.acquire_many_timeout(2, LONG).is_none());
                assert_eq!(semaphore.available_permits(), 2);
                semaphore.try_acquire().is_some() && semaphore.try_acquire_many(2).is_some()
            });
            task.cancel();
            task
        });
        assert!(task.join().unwrap());
    });
}

#[test]
fn a_wait_with_a_timeout_ends_not_before_it_and_takes_nothing() {
    everywhere(|_| {
        let semaphore = Semaphore::new(1);
        let held = semaphore.acquire_timeout(Duration::ZERO);
        assert!(held.is_some(), "free");
        for millis in [0, 1, 5] {
            let (begin, timeout) = (Instant::now(), Duration::from_millis(millis));
            assert!(semaphore.acquire_timeout(timeout).is_none());
            assert!(begin.elapsed() >= timeout);
        }
        drop(held);
        assert_eq!(semaphore.available_permits(), 1);
        assert!(semaphore.acquire_timeout(Duration::MAX).is_some());
    });
}

#[test]
fn releases_timeouts_and_cancellations_at_once_lose_no_permit() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            let total = 5;
            let (semaphore, mut random) = (Arc::new(Semaphore::new(total)), Random::new());
            let tasks: Vec<_> = (0..40)
                .map(|_| {
                    let (shared, mut random) = (Arc::clone(&semaphore), random.split());
                    teem::spawn(move || {
                        for _ in 0..50 {
                            let count = 1 + random.below(total as u64) as usize;
                            let timeout = Duration::from_micros(random.below(200));
                            let permit = match random.below(3) {
                                0 => shared.acquire_many(count).ok(),
                                1 => shared.acquire_many_timeout(count, timeout),
                                _ => shared.try_acquire_many(count),
                            };
                            if permit.is_some() && random.below(2) == 0 {
                                yield_now();
                            }
                        }
                    })
                })
                .collect();
            for (n, task) in tasks.iter().enumerate() {
                if n % 3 == 0 {
                    task.cancel();
                }
                yield_now();
            }
            tasks.into_iter().for_each(|task| task.join().unwrap());
            assert_eq!(semaphore.available_permits(), total);
            assert!(semaphore.try_acquire_many(total).is_some());
        });
    });
}

#[test]
fn tasks_and_threads_share_permits_under_load() {
    everywhere(|place| {
        let semaphore = Arc::new(Semaphore::new(4));
        let shared = Arc::clone(&semaphore);
        let all = place.spawn_all(6, move |n| {
            for round in 0..100 {
                let permit = shared.acquire_many(1 + (n + round) % 4).unwrap();
                if round % 8 == 0 {
                    yield_now();
                }
                drop(permit);
            }
        });
        all.into_iter().for_each(|one| one.join().unwrap());
        assert_eq!(semaphore.available_permits(), 4);
    });
}

#[test]
fn added_permits_wake_more_than_fit_one_turn() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (semaphore, here) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
            let (shared, comes) = (Arc::clone(&semaphore), Arc::clone(&here));
            let all = Place::Task.spawn_all(100, move |_| {
                comes.fetch_add(1, Ordering::SeqCst);
                std::mem::forget(shared.acquire().unwrap());
            });
            until(|| here.load(Ordering::SeqCst) == 100);
            semaphore.add_permits(100);
            all.into_iter().for_each(|one| one.join().unwrap());
            assert_eq!(semaphore.available_permits(), 0, "forgotten ones are gone");
        });
    });
}

#[test]
fn asking_for_more_than_there_are_panics_and_takes_nothing() {
    everywhere(|_| {
        let semaphore = Semaphore::new(2);
        assert!(panics(|| semaphore.acquire_many(3).is_ok()));
        assert!(panics(|| semaphore.try_acquire_many(3).is_some()));
        assert!(panics(|| semaphore.acquire_many_timeout(3, LONG).is_some()));
        assert_eq!(semaphore.available_permits(), 2);
        semaphore.add_permits(1);
        assert!(semaphore.acquire_many(3).is_ok());
        assert!(panics(|| semaphore.add_permits(usize::MAX)));
        assert!(panics(|| Semaphore::new(usize::MAX)));
        assert!(semaphore.acquire_many(0).is_ok(), "nothing is always there");
    });
}

#[test]
fn an_owned_permit_outlives_the_task_that_took_it() {
    everywhere(|place| {
        let semaphore = Arc::new(Semaphore::new(1));
        let shared = Arc::clone(&semaphore);
        let permit = place.nth(0).spawn(move || shared.acquire_owned().unwrap());
        let permit = permit.join().unwrap();
        assert!(semaphore.try_acquire().is_none());
        place.nth(1).spawn(move || drop(permit)).join().unwrap();
        assert!(semaphore.try_acquire().is_some());
    });
}

#[test]
fn a_permit_comes_back_from_a_panic() {
    everywhere(|place| {
        let semaphore = Arc::new(Semaphore::new(1));
        let shared = Arc::clone(&semaphore);
        let fails = place.nth(0).spawn(move || {
            let _permit = shared.acquire().unwrap();
            panic!("with the permit");
        });
        assert!(fails.join().is_err());
        assert_eq!(semaphore.available_permits(), 1);
    });
}

#[test]
fn waiting_where_parking_is_forbidden_panics_and_harms_nobody() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let semaphore = Semaphore::new(1);
            let held = forbid_park(|| semaphore.acquire().unwrap());
            assert!(panics(|| forbid_park(|| semaphore.acquire().is_ok())));
            drop(held);
            assert!(semaphore.try_acquire().is_some());
        });
    });
}

#[test]
fn permits_may_be_sent() {
    assert!(has!(Permit<'static>: Send) && has!(Permit<'static>: Sync));
    assert!(has!(OwnedPermit: Send) && has!(OwnedPermit: Sync));
    let semaphore = Semaphore::new(2);
    assert_eq!(format!("{semaphore:?}"), "Semaphore { available: 2, .. }");
}
