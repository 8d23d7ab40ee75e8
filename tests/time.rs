//! Sleeping: never too short, in the right order, and in a race with everything else that wakes.

#![forbid(unsafe_code)]

#[path = "support/random.rs"]
mod random;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use random::Random;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use teem::task::{park_timeout, yield_now};
use teem::time::{sleep, sleep_until};
use watchdog::Watchdog;
use workers::with_workers;

/// What a machine that has other things to do, too, may be late by.
const LATE: Duration = Duration::from_secs(5);

#[test]
fn a_sleep_is_never_too_short() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            for micros in [0, 1, 10, 65, 66, 100, 1_000, 5_000, 20_000] {
                let duration = Duration::from_micros(micros);
                let begin = Instant::now();
                sleep(duration);
                let slept = begin.elapsed();
                assert!(slept >= duration, "{slept:?} of {duration:?}");
                assert!(slept < duration + LATE, "{slept:?} of {duration:?}");
            }
        });
    });
}

#[test]
fn a_thread_sleeps_as_a_task_does() {
    let begin = Instant::now();
    sleep(Duration::from_millis(2));
    sleep_until(begin + Duration::from_millis(4));
    sleep_until(begin);
    assert!(begin.elapsed() >= Duration::from_millis(4));
}

#[test]
fn a_time_that_has_passed_is_not_waited_for() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let begin = Instant::now();
            for _ in 0..100 {
                sleep_until(begin);
                sleep(Duration::ZERO);
                park_timeout(Duration::ZERO);
            }
            assert!(begin.elapsed() < LATE);
        });
    });
}

/// The order in which tasks wake that sleep until `lead` from now and, one after the other, a little
/// longer; none if they were late to go to sleep.
fn order_of_wakes(random: &mut Random, count: u32, lead: Duration) -> Option<Vec<u32>> {
    let mut places: Vec<u32> = (0..count).collect();
    for at in (1..places.len()).rev() {
        places.swap(at, random.below(at as u64 + 1) as usize);
    }
    let (order, late) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    let begin = Instant::now() + lead;
    teem::scope(|s| {
        for place in places {
            let (order, late) = (&order, &late);
            s.spawn(move || {
                late.fetch_or(Instant::now() >= begin, Ordering::Relaxed);
                // Farther apart than a tick of the wheel, and spread over several of its levels.
                sleep_until(begin + place * Duration::from_micros(200));
                order.lock().unwrap().push(place);
            });
        }
    });
    (!late.into_inner()).then(|| order.into_inner().unwrap())
}

#[test]
fn sleepers_wake_in_the_order_of_their_deadlines() {
    with_workers([1], |runtime| {
        let mut random = Random::new();
        runtime.run(|| {
            let mut leads = (0..).map(|n| Duration::from_millis(20 << n));
            let order = leads.find_map(|lead| order_of_wakes(&mut random, 500, lead));
            let order = order.expect("sooner or later nobody is late");
            assert!(order.is_sorted(), "{order:?}");
        });
    });
}

#[test]
fn thousands_sleep_at_once() {
    with_workers([1, 2, 8], |runtime| {
        let mut random = Random::new();
        let tasks: Vec<_> = (0..5_000)
            .map(|_| {
                let duration = Duration::from_micros(random.below(50_000));
                runtime.spawn(move || {
                    let begin = Instant::now();
                    sleep(duration);
                    begin.elapsed() >= duration
                })
            })
            .collect();
        assert!(tasks.into_iter().all(|task| task.join().unwrap()));
    });
}

#[test]
fn sleeps_without_end_are_ended_by_a_cancellation() {
    with_workers([1, 2, 8], |runtime| {
        let far = Instant::now() + Duration::from_secs(1 << 32);
        let sleeps: [fn(Instant); 3] = [
            |_| sleep(Duration::MAX),
            |_| sleep(Duration::from_secs(1 << 40)),
            sleep_until,
        ];
        let tasks: Vec<_> = (0..30)
            .map(|n| runtime.spawn(move || sleeps[n % sleeps.len()](far)))
            .collect();
        while runtime.metrics().started < 30 {
            std::thread::yield_now();
        }
        assert!(tasks.iter().all(|task| !task.is_finished()));
        for task in tasks {
            task.cancel();
            task.join().unwrap();
        }
    });
}

#[test]
fn short_sleepers_wake_beside_long_ones() {
    with_workers([1, 2], |runtime| {
        let long: Vec<_> = (0..200)
            .map(|n| runtime.spawn(move || sleep(Duration::from_secs(100 + n * n * n))))
            .collect();
        let begin = Instant::now();
        for _ in 0..20 {
            runtime
                .spawn(|| sleep(Duration::from_millis(1)))
                .join()
                .unwrap();
        }
        assert!(begin.elapsed() < LATE);
        long.iter().for_each(|task| task.cancel());
        long.into_iter().for_each(|task| task.join().unwrap());
    });
}

#[test]
fn a_sleeper_wakes_while_its_worker_is_busy_with_others() {
    with_workers([1, 2], |runtime| {
        let over = Arc::new(AtomicBool::new(false));
        let busy: Vec<_> = (0..10)
            .map(|_| {
                let over = Arc::clone(&over);
                runtime.spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        yield_now();
                    }
                })
            })
            .collect();
        let late = runtime.run(|| {
            let begin = Instant::now();
            (0..10).for_each(|_| sleep(Duration::from_millis(1)));
            begin.elapsed()
        });
        over.store(true, Ordering::Relaxed);
        busy.into_iter().for_each(|task| task.join().unwrap());
        assert!(late >= Duration::from_millis(10) && late < LATE, "{late:?}");
    });
}

#[test]
fn timers_and_unparks_that_race_end_each_park_once() {
    with_workers([1, 2, 8], |runtime| {
        let mut random = Random::new();
        let over = Arc::new(AtomicUsize::new(0));
        let count = 30;
        let tasks: Vec<_> = (0..count)
            .map(|_| {
                let (mut random, over) = (random.split(), Arc::clone(&over));
                runtime.spawn(move || {
                    for _ in 0..300 {
                        let timeout = Duration::from_micros(random.below(150));
                        match random.below(4) {
                            0 => sleep(timeout),
                            1 => yield_now(),
                            _ => park_timeout(timeout),
                        }
                    }
                    over.fetch_add(1, Ordering::SeqCst);
                })
            })
            .collect();
        let targets: Vec<_> = tasks.iter().map(|task| task.task()).collect();
        let unparkers: Vec<_> = (0..2)
            .map(|_| {
                let (mut random, over) = (random.split(), Arc::clone(&over));
                let targets = targets.clone();
                runtime.spawn(move || {
                    while over.load(Ordering::SeqCst) < count {
                        targets[random.below(targets.len() as u64) as usize].unpark();
                        yield_now();
                    }
                })
            })
            .collect();
        while over.load(Ordering::SeqCst) < count {
            targets[random.below(targets.len() as u64) as usize].unpark();
            std::thread::yield_now();
        }
        for task in tasks.into_iter().chain(unparkers) {
            task.join().unwrap();
        }
    });
}

#[test]
fn a_runtime_that_only_sleeps_ends_in_time() {
    let _watchdog = Watchdog::start();
    for workers in [1, 2, 8] {
        let builder = teem::runtime::Builder::new().workers(workers);
        let runtime = builder.build().unwrap();
        for _ in 0..100 {
            drop(runtime.spawn(|| sleep(Duration::from_secs(1_000))));
        }
        let begin = Instant::now();
        drop(runtime);
        assert!(begin.elapsed() < LATE);
    }
}
