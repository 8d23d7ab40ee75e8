//! `offload`: calls that block, on threads of their own, with the task parked meanwhile.

#![forbid(unsafe_code)]

#[path = "support/until.rs"]
mod until;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use teem::offload;
use teem::runtime::Builder;
use until::until;
use watchdog::Watchdog;
use workers::with_workers;

#[test]
fn the_closure_borrows_from_the_parked_task() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            let mut text = String::from("borrowed");
            let length = offload(|| {
                text.push_str(" there");
                text.len()
            });
            assert_eq!((length, text.as_str()), (14, "borrowed there"));
        });
    });
}

#[test]
fn the_closure_runs_on_another_thread_and_the_task_stays() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            let home = std::thread::current().id();
            let there = offload(|| {
                (
                    std::thread::current().id(),
                    teem::task::try_current().is_some(),
                )
            });
            assert_ne!(there.0, home);
            assert!(!there.1, "no task there");
            assert_eq!(std::thread::current().id(), home);
        });
    });
}

#[test]
fn the_worker_goes_on_meanwhile() {
    with_workers([1, 2], |runtime| {
        let (begun, ended) = (AtomicBool::new(false), AtomicBool::new(false));
        runtime.run(|| {
            teem::scope(|s| {
                s.spawn(|| {
                    until(|| begun.load(Ordering::SeqCst));
                    ended.store(true, Ordering::SeqCst);
                });
                offload(|| {
                    begun.store(true, Ordering::SeqCst);
                    until(|| ended.load(Ordering::SeqCst));
                });
            });
        });
    });
}

#[test]
fn as_many_run_at_once_as_there_are_threads() {
    with_workers([1, 2], |runtime| {
        let count = 32;
        let all = Barrier::new(count);
        runtime.run(|| {
            teem::scope(|s| {
                for _ in 0..count {
                    s.spawn(|| offload(|| all.wait()).is_leader());
                }
            });
        });
    });
}

#[test]
fn jobs_beyond_the_threads_wait_for_one() {
    let _watchdog = Watchdog::start();
    for (workers, threads) in [(1, 1), (2, 3), (8, 2)] {
        let builder = Builder::new().workers(workers).blocking_threads(threads);
        let runtime = builder.build().unwrap();
        let (at_once, most, done) = (
            AtomicUsize::new(0),
            AtomicUsize::new(0),
            AtomicUsize::new(0),
        );
        runtime.run(|| {
            teem::scope(|s| {
                for _ in 0..200 {
                    s.spawn(|| {
                        offload(|| {
                            let now = at_once.fetch_add(1, Ordering::SeqCst) + 1;
                            most.fetch_max(now, Ordering::SeqCst);
                            std::thread::yield_now();
                            at_once.fetch_sub(1, Ordering::SeqCst);
                        });
                        done.fetch_add(1, Ordering::SeqCst);
                    });
                }
            });
        });
        assert_eq!(done.into_inner(), 200);
        assert!(most.into_inner() <= threads);
    }
}

#[test]
fn a_panic_resumes_in_the_task() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            for n in 0..20u32 {
                let result = catch_unwind(AssertUnwindSafe(|| offload(|| panic_any(n))));
                assert_eq!(*result.unwrap_err().downcast::<u32>().unwrap(), n);
            }
            assert_eq!(offload(|| 7), 7, "the pool goes on");
        });
        assert_eq!(runtime.metrics().panicked, 0);
    });
}

#[test]
fn outside_of_a_task_the_closure_runs_right_there() {
    let here = std::thread::current().id();
    let mut text = String::new();
    let there = offload(|| {
        text.push('x');
        std::thread::current().id()
    });
    assert_eq!((there, text.as_str()), (here, "x"));
}

#[test]
fn an_offload_within_an_offload_runs_right_there() {
    let _watchdog = Watchdog::start();
    let runtime = Builder::new()
        .workers(1)
        .blocking_threads(1)
        .build()
        .unwrap();
    let same = runtime.run(|| {
        offload(|| {
            let outer = std::thread::current().id();
            offload(|| std::thread::current().id() == outer)
        })
    });
    assert!(same);
}

#[test]
fn an_offloaded_call_can_spawn_and_run_tasks() {
    with_workers([1, 2], |runtime| {
        let handle = runtime.handle();
        let sum = runtime.run(|| {
            offload(|| {
                let tasks: Vec<_> = (0..10).map(|n| handle.spawn(move || n)).collect();
                tasks
                    .into_iter()
                    .map(|task| task.join().unwrap())
                    .sum::<i32>()
            })
        });
        assert_eq!(sum, 45);
    });
}

#[test]
fn what_is_not_send_waits_for_the_call_on_its_own_thread() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let here = std::rc::Rc::new(7);
            let there = Mutex::new(0);
            offload(|| *there.lock().unwrap() = 8);
            assert_eq!((*here, there.into_inner().unwrap()), (7, 8));
        });
    });
}

#[test]
fn jobs_come_and_go_from_all_workers() {
    with_workers([1, 2, 8], |runtime| {
        let tasks: Vec<_> = (0..50)
            .map(|n| runtime.spawn(move || (0..20).map(|m| offload(|| n * m)).sum::<usize>()))
            .collect();
        let sum: usize = tasks.into_iter().map(|task| task.join().unwrap()).sum();
        assert_eq!(sum, (0..50).sum::<usize>() * (0..20).sum::<usize>());
    });
}

#[test]
fn a_waiter_is_not_read_after_its_owner_could_return() {
    // The job often ends before its task has parked; Miri sees what is touched then.
    with_workers([1], |runtime| {
        let sum = runtime.run(|| (0..40).map(|n| offload(|| n)).sum::<u32>());
        assert_eq!(sum, 780);
    });
}
