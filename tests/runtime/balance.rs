//! How tasks spread over workers: the short-lived by theft, the long-lived by placement.

use super::{until, with_workers};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use teem::task::park;

#[test]
fn unstarted_tasks_that_compute_are_shared_among_workers() {
    with_workers([2, 8], |runtime| {
        let workers = runtime.metrics().workers;
        let threads = Mutex::new(HashSet::new());
        runtime.run(|| {
            teem::scope(|s| {
                for _ in 0..workers {
                    s.spawn(|| {
                        // Each holds its worker until every worker has one.
                        threads.lock().unwrap().insert(std::thread::current().id());
                        while threads.lock().unwrap().len() < workers {
                            std::thread::yield_now();
                        }
                    });
                }
            });
        });
        assert!(runtime.metrics().steals >= workers as u64 - 1);
    });
}

#[test]
fn long_lived_tasks_of_one_spawner_end_up_spread_evenly() {
    with_workers([2, 8], |runtime| {
        let tasks = runtime.run(|| {
            let tasks: Vec<_> = (0..1_000).map(|_| teem::spawn(park)).collect();
            until(|| teem::runtime::metrics().started >= 1_001);
            tasks
        });
        assert_spread(runtime, 1_000);
        for task in tasks {
            task.task().unpark();
            task.join().unwrap();
        }
    });
}

#[test]
fn long_lived_tasks_spawned_one_by_one_end_up_spread_evenly() {
    with_workers([2, 8], |runtime| {
        // As an acceptor does it: spawn, then wait for the next.
        let tasks = runtime.run(|| {
            let spawn = |n: usize| {
                let task = teem::spawn(park);
                until(|| teem::runtime::metrics().started >= n as u64 + 2);
                task
            };
            (0..1_000).map(spawn).collect::<Vec<_>>()
        });
        assert_spread(runtime, 1_000);
        for task in tasks {
            task.task().unpark();
            task.join().unwrap();
        }
    });
}

#[test]
fn long_lived_tasks_from_outside_end_up_spread_evenly() {
    with_workers([2, 8], |runtime| {
        let tasks: Vec<_> = (0..1_000).map(|_| runtime.spawn(park)).collect();
        until(|| runtime.metrics().started == 1_000);
        assert_spread(runtime, 1_000);
        for task in tasks {
            task.task().unpark();
            task.join().unwrap();
        }
    });
}

/// Every worker has its share of `tasks`, give or take a tenth.
#[track_caller]
fn assert_spread(runtime: &teem::runtime::Runtime, tasks: u64) {
    let load = runtime.metrics().load;
    let share = tasks / load.len() as u64;
    let slack = share / 10;
    assert!(
        load.iter().all(|load| load.abs_diff(share) <= slack + 1),
        "{load:?}"
    );
}

#[test]
fn two_that_talk_stay_together() {
    with_workers([2, 8], |runtime| {
        let moved = AtomicUsize::new(0);
        for _ in 0..100 {
            runtime.run(|| {
                let home = std::thread::current().id();
                let other = teem::spawn(|| std::thread::current().id()).join().unwrap();
                moved.fetch_add(usize::from(other != home), Ordering::Relaxed);
            });
        }
        // An idle worker that happens to look may take one now and then.
        assert!(moved.into_inner() <= 25);
    });
}

#[test]
fn work_spawned_by_a_task_that_computes_reaches_the_others() {
    with_workers([2, 8], |runtime| {
        let over = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&over);
        // The spawner never lets go: only theft can get the task started.
        runtime.run(move || {
            drop(teem::spawn(move || end.store(true, Ordering::SeqCst)));
            while !over.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
        });
    });
}
