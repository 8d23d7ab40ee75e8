//! `WaitGroup`, after Go's `sync/waitgroup_test.go`.
//!
//! Left out: `TestWaitGroupAlign` (no layout is promised) and the benchmarks. `TestWaitGroupGo` is
//! here with what a panic does, which in Go ends the program.

use super::together::{everywhere, in_task_and_thread};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use teem::sync::{Barrier, WaitGroup};
use teem::task::yield_now;

/// Go's `testWaitGroup`: one group opens the gate for those that wait, another counts them.
fn test_wait_group(first: &WaitGroup, second: &WaitGroup) {
    const N: usize = 16;
    first.add(N);
    second.add(N);
    let exited = Arc::new(AtomicUsize::new(0));
    for _ in 0..N {
        let (first, second, exited) = (first.clone(), second.clone(), Arc::clone(&exited));
        teem::go!({
            first.done();
            second.wait();
            exited.fetch_add(1, Ordering::Relaxed);
            first.done();
        });
    }
    first.wait();
    first.add(N);
    for _ in 0..N {
        assert_eq!(exited.load(Ordering::Relaxed), 0, "released too soon");
        second.done();
        yield_now();
    }
    first.wait();
    assert_eq!(exited.load(Ordering::Relaxed), N);
}

#[test]
fn test_wait_group_reused() {
    in_task_and_thread(|| {
        let (first, second) = (WaitGroup::new(), WaitGroup::new());
        for _ in 0..8 {
            test_wait_group(&first, &second);
        }
    });
}

fn panics(f: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

#[test]
fn test_wait_group_misuse() {
    let group = WaitGroup::new();
    group.add(1);
    group.done();
    assert!(panics(|| group.done()), "below zero");
    assert!(panics(|| group.add(usize::MAX)), "beyond counting");
    group.add(1);
    assert!(panics(|| group.add(usize::MAX / 2)), "beyond counting");
    assert!(format!("{group:?}").contains("count: 1"));
    group.done();
    group.wait();
}

#[test]
fn test_wait_group_race() {
    in_task_and_thread(|| {
        for _ in 0..200 {
            let (group, done) = (WaitGroup::new(), Arc::new(AtomicUsize::new(0)));
            for _ in 0..2 {
                let (group, done) = (group.clone(), Arc::clone(&done));
                group.add(1);
                teem::go!({
                    done.fetch_add(1, Ordering::Relaxed);
                    group.done();
                });
            }
            group.wait();
            assert_eq!(done.load(Ordering::Relaxed), 2);
        }
    });
}

#[test]
fn test_wait_group_go() {
    in_task_and_thread(|| {
        let (group, done) = (WaitGroup::default(), Arc::new(AtomicUsize::new(0)));
        for n in 0..20 {
            let done = Arc::clone(&done);
            group.go(move || {
                yield_now();
                done.fetch_add(1, Ordering::Relaxed);
                assert_ne!(n, 13, "one of them panics, and is counted down");
            });
        }
        group.wait();
        assert_eq!(done.load(Ordering::Relaxed), 20);
    });
}

#[test]
fn several_may_wait() {
    in_task_and_thread(|| {
        for _ in 0..50 {
            let (group, released) = (WaitGroup::new(), AtomicUsize::new(0));
            group.add(1);
            everywhere(6, |n| {
                if n == 0 {
                    yield_now();
                    released.fetch_add(1, Ordering::Relaxed);
                    group.done();
                } else {
                    group.wait();
                    assert_eq!(released.load(Ordering::Relaxed), 1);
                }
            });
        }
    });
}

/// The count passes zero and goes up again before the one who waits has run.
#[test]
fn a_wait_returns_though_the_next_round_has_begun() {
    in_task_and_thread(|| {
        let group = WaitGroup::new();
        let (entered, left) = (Barrier::new(2), AtomicBool::new(false));
        group.add(1);
        teem::scope(|s| {
            let (group, entered, left) = (&group, &entered, &left);
            let waiter = s.spawn(move || {
                entered.wait();
                group.wait();
                left.store(true, Ordering::Relaxed);
            });
            entered.wait();
            // Until it stands in the crowd, or is about to.
            for _ in 0..20 {
                yield_now();
            }
            group.done();
            for _ in 0..10 {
                group.add(1);
                yield_now();
                group.done();
            }
            waiter.join().unwrap();
            assert!(left.load(Ordering::Relaxed));
        });
    });
}

#[test]
fn a_group_is_waited_for_by_a_thread_and_counted_down_by_tasks() {
    let _watchdog = super::Watchdog::start();
    let group = WaitGroup::new();
    group.add(100);
    for _ in 0..100 {
        let group = group.clone();
        teem::go!(group.done());
    }
    let others = [(); 3].map(|()| {
        let group = group.clone();
        std::thread::spawn(move || group.wait())
    });
    group.wait();
    for other in others {
        other.join().unwrap();
    }
}
