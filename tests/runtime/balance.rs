//! How tasks spread over workers: the short-lived by theft, the long-lived by placement.

use super::{until, with_workers};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use teem::JoinHandle;
use teem::runtime::Runtime;
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

const LONG_LIVED: u64 = 1_000;

/// Has `spawn` make that many tasks which park, and looks whether each worker has its share of them,
/// give or take a tenth.
///
/// A worker whose CPU is taken away for long looks like one that is held up by its task, and gets
/// nothing then. So on a busy machine an uneven result counts only if that has not happened.
#[track_caller]
fn assert_spread(spawn: fn(&Runtime) -> Vec<JoinHandle<()>>) {
    with_workers([2, 8], |runtime| {
        for _ in 0..10 {
            let stalls = runtime.metrics().stalls;
            let tasks = spawn(runtime);
            until(|| runtime.metrics().load.iter().sum::<u64>() == LONG_LIVED);
            let metrics = runtime.metrics();
            for task in tasks {
                task.task().unpark();
                task.join().unwrap();
            }
            until(|| runtime.metrics().tasks == 0);
            let share = LONG_LIVED / metrics.load.len() as u64;
            let even = |load: &u64| load.abs_diff(share) <= share / 10;
            if metrics.load.iter().all(even) {
                return;
            }
            assert_ne!(metrics.stalls, stalls, "{:?}", metrics.load);
        }
        eprintln!("the machine is too busy to tell");
    });
}

#[test]
fn long_lived_tasks_of_one_spawner_end_up_spread_evenly() {
    assert_spread(|runtime| runtime.run(|| (0..LONG_LIVED).map(|_| teem::spawn(park)).collect()));
}

#[test]
fn long_lived_tasks_spawned_one_by_one_end_up_spread_evenly() {
    assert_spread(|runtime| {
        // As an acceptor does it: spawn, then wait for the next.
        runtime.run(|| {
            let spawn = |_| {
                let begun = Arc::new(AtomicBool::new(false));
                let begin = Arc::clone(&begun);
                let task = teem::spawn(move || {
                    begin.store(true, Ordering::SeqCst);
                    park();
                });
                until(|| begun.load(Ordering::SeqCst));
                task
            };
            (0..LONG_LIVED).map(spawn).collect()
        })
    });
}

#[test]
fn long_lived_tasks_from_outside_end_up_spread_evenly() {
    assert_spread(|runtime| (0..LONG_LIVED).map(|_| runtime.spawn(park)).collect());
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
