//! Parking, and what ends it: the token, the time, a cancellation.

use super::{until, with_workers};
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use teem::JoinHandle;
use teem::task::{self, Builder, Step, Task, park, park_timeout, spawn_steps, yield_now};
use teem::time::sleep;

const LONG: Duration = Duration::from_secs(1_000);

#[test]
fn unpark_before_park_is_not_lost() {
    with_workers([1, 2, 8], |runtime| {
        let task = runtime.spawn(|| {
            task::current().unpark();
            park();
        });
        task.join().unwrap();
        let unstarted = runtime.run(|| {
            let task = teem::spawn(park);
            task.task().unpark();
            task
        });
        unstarted.join().unwrap();
    });
}

#[test]
fn unparks_before_a_park_count_as_one() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            (0..3).for_each(|_| task::current().unpark());
            park();
            let begin = Instant::now();
            park_timeout(Duration::from_millis(5));
            assert!(begin.elapsed() >= Duration::from_millis(5));
        });
    });
}

#[test]
fn unpark_does_not_end_other_waits() {
    with_workers([1, 2], |runtime| {
        let begin = Instant::now();
        let task = runtime.spawn(|| {
            sleep(Duration::from_millis(10));
            // The token is still there.
            park();
        });
        until(|| {
            task.task().unpark();
            begin.elapsed() >= Duration::from_millis(5)
        });
        task.join().unwrap();
        assert!(begin.elapsed() >= Duration::from_millis(10));
    });
}

/// Parks until `ball` has come.
fn parks_until(ball: &AtomicUsize, value: usize) {
    while ball.load(Ordering::SeqCst) != value {
        park();
    }
}

#[test]
fn every_unpark_of_a_task_arrives() {
    with_workers([1, 2, 8], |runtime| {
        let rounds = 2_000;
        let ball = AtomicUsize::new(0);
        runtime.run(|| {
            let (ball, here) = (&ball, task::current());
            teem::scope(|s| {
                let other = s.spawn(move || {
                    for round in 0..rounds {
                        parks_until(ball, 2 * round + 1);
                        ball.store(2 * round + 2, Ordering::SeqCst);
                        here.unpark();
                    }
                });
                for round in 0..rounds {
                    ball.store(2 * round + 1, Ordering::SeqCst);
                    other.task().unpark();
                    parks_until(ball, 2 * round + 2);
                }
            });
        });
    });
}

#[test]
fn every_unpark_from_a_thread_arrives() {
    with_workers([1, 2], |runtime| {
        let rounds = 500;
        let ball = Arc::new(AtomicUsize::new(0));
        let (seen, thread) = (Arc::clone(&ball), std::thread::current());
        let task = runtime.spawn(move || {
            for round in 0..rounds {
                parks_until(&seen, 2 * round + 1);
                seen.store(2 * round + 2, Ordering::SeqCst);
                thread.unpark();
            }
        });
        for round in 0..rounds {
            ball.store(2 * round + 1, Ordering::SeqCst);
            task.task().unpark();
            parks_until(&ball, 2 * round + 2);
        }
        task.join().unwrap();
    });
}

#[test]
fn unparks_from_many_threads_at_once_end_one_park_each_at_most() {
    with_workers([1, 2], |runtime| {
        let (asked, over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let task = runtime.spawn(|| {
            let mut wakes = 0;
            loop {
                park();
                wakes += 1;
                if wakes == 100 {
                    return wakes;
                }
            }
        });
        let who: Task = task.task();
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    while !over.load(Ordering::SeqCst) {
                        asked.fetch_add(1, Ordering::SeqCst);
                        who.unpark();
                    }
                });
            }
            let wakes = task.join().unwrap();
            over.store(true, Ordering::SeqCst);
            assert!(wakes <= asked.load(Ordering::SeqCst));
        });
    });
}

#[test]
fn a_park_with_a_timeout_ends_not_before_it() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            for millis in [0, 1, 5] {
                let begin = Instant::now();
                park_timeout(Duration::from_millis(millis));
                assert!(begin.elapsed() >= Duration::from_millis(millis));
            }
        });
    });
}

#[test]
fn a_park_with_a_timeout_ends_by_an_unpark() {
    with_workers([1, 2], |runtime| {
        for timeout in [LONG, Duration::MAX] {
            let parked = Arc::new(AtomicBool::new(false));
            let about_to = Arc::clone(&parked);
            let task = runtime.spawn(move || {
                about_to.store(true, Ordering::SeqCst);
                park_timeout(timeout);
            });
            until(|| parked.load(Ordering::SeqCst));
            task.task().unpark();
            task.join().unwrap();
        }
    });
}

#[test]
fn a_cancelled_task_sleeps_and_parks_no_more() {
    with_workers([1, 2, 8], |runtime| {
        let waits: [fn(); 4] = [
            || sleep(LONG),
            || sleep(Duration::MAX),
            park,
            || park_timeout(LONG),
        ];
        for wait in waits {
            let waiting = Arc::new(AtomicBool::new(false));
            let about_to = Arc::clone(&waiting);
            let task = runtime.spawn(move || {
                about_to.store(true, Ordering::SeqCst);
                wait();
                // From now on at once.
                wait();
            });
            until(|| waiting.load(Ordering::SeqCst));
            task.cancel();
            task.cancel();
            task.join().unwrap();
        }
    });
}

#[test]
fn a_task_cancelled_before_it_starts_still_runs() {
    with_workers([1], |runtime| {
        let begin = Instant::now();
        let ran = runtime.run(|| {
            let task = teem::spawn(|| {
                sleep(LONG);
                park();
                true
            });
            task.cancel();
            task.join().unwrap()
        });
        assert!(ran);
        assert!(begin.elapsed() < LONG);
    });
}

#[test]
fn a_cancelled_task_still_joins_scopes_and_offloads() {
    with_workers([1, 2], |runtime| {
        let task = runtime.run(|| {
            let task = teem::spawn(|| {
                let slow = || (0..20).for_each(|_| yield_now());
                let joined = teem::spawn(move || (slow(), 1).1).join().unwrap();
                let scoped = teem::scope(|s| s.spawn(move || (slow(), 2).1).join().unwrap());
                joined + scoped + teem::offload(|| 4) + teem::run(|| 8)
            });
            task.cancel();
            task
        });
        assert_eq!(task.join().unwrap(), 15);
    });
}

#[test]
fn cancelling_one_task_leaves_its_children_alone() {
    with_workers([1, 2], |runtime| {
        let child = runtime.run(|| {
            let parent = teem::spawn(|| {
                park();
                teem::spawn(|| {
                    let begin = Instant::now();
                    sleep(Duration::from_millis(3));
                    begin.elapsed()
                })
            });
            parent.cancel();
            parent.join().unwrap()
        });
        assert!(child.join().unwrap() >= Duration::from_millis(3));
    });
}

#[test]
fn unparks_cancels_and_timeouts_at_once_end_a_park_once() {
    with_workers([1, 2, 8], |runtime| {
        for round in 0..300u64 {
            let task = runtime.spawn(move || {
                park_timeout(Duration::from_micros(round));
                sleep(Duration::from_micros(1));
            });
            let who = task.task();
            let other = runtime.spawn(move || who.unpark());
            task.cancel();
            task.join().unwrap();
            other.join().unwrap();
        }
    });
}

/// Parks in this step, and waits for the next one on whichever worker that is.
fn step(left: usize) -> Step<usize, ()> {
    park_timeout(Duration::from_micros(left as u64 % 7));
    match left {
        0 => Step::Done(()),
        _ if left.is_multiple_of(2) => Step::Next(left - 1),
        _ => Step::after(Duration::from_micros(1), left - 1),
    }
}

#[test]
fn unparks_meet_tasks_that_move_and_end_and_the_end_of_their_runtime() {
    for workers in [1, 2] {
        let over = Arc::new(AtomicBool::new(false));
        let unparkers = RefCell::new(Vec::new());
        with_workers([workers], |runtime| {
            let handles: Vec<JoinHandle<()>> = (0..8)
                .map(|n| match n % 2 {
                    0 => runtime.spawn(move || (0..n).for_each(|_| park_timeout(LONG))),
                    _ => runtime.run(|| spawn_steps(20, step)),
                })
                .collect();
            let tasks: Arc<[Task]> = handles.iter().map(JoinHandle::task).collect();
            for _ in 0..2 {
                let (tasks, over) = (Arc::clone(&tasks), Arc::clone(&over));
                unparkers.borrow_mut().push(std::thread::spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        tasks.iter().for_each(Task::unpark);
                        std::thread::yield_now();
                    }
                }));
            }
            handles.into_iter().for_each(|task| task.join().unwrap());
        });
        over.store(true, Ordering::Relaxed);
        for unparker in unparkers.into_inner() {
            unparker.join().unwrap();
        }
    }
}

#[test]
fn tasks_on_all_workers_unpark_each_other_in_a_ring() {
    with_workers([1, 2, 8], |runtime| {
        let workers = runtime.metrics().workers;
        let (count, laps) = (4 * workers, 50);
        runtime.run(|| {
            // Whose turn it is; nobody's before all are there.
            let turn = Arc::new(AtomicUsize::new(usize::MAX));
            let ring: Arc<OnceLock<Vec<Task>>> = Arc::default();
            let spawn = |n: usize| {
                let (turn, ring) = (Arc::clone(&turn), Arc::clone(&ring));
                let task = Builder::new().worker(n % workers).spawn(move || {
                    for lap in 0..laps {
                        parks_until(&turn, lap * count + n);
                        turn.fetch_add(1, Ordering::SeqCst);
                        ring.get().expect("complete")[(n + 1) % count].unpark();
                    }
                });
                task.expect("such a worker")
            };
            let tasks: Vec<_> = (0..count).map(spawn).collect();
            let everybody = tasks.iter().map(JoinHandle::task).collect();
            ring.set(everybody).expect("set once");
            turn.store(0, Ordering::SeqCst);
            tasks[0].task().unpark();
            tasks.into_iter().for_each(|task| task.join().unwrap());
        });
    });
}
