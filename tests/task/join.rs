//! Results: how they reach `join`, and that each is dropped exactly once.

use super::{until, with_workers};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use teem::task;

/// Counts how often values of it are dropped.
#[derive(Clone, Debug, Default)]
struct Drops(Arc<AtomicUsize>);

impl Drops {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn value(&self) -> Value {
        Value(self.clone())
    }
}

#[derive(Debug)]
struct Value(Drops);

impl Drop for Value {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Panics when it is dropped.
#[derive(Debug)]
struct Bomb(#[expect(dead_code, reason = "dropped with the bomb")] Value);

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("the bomb went off");
    }
}

#[test]
fn join_returns_the_value_to_threads_and_tasks_alike() {
    with_workers([1, 2, 8], |runtime| {
        assert_eq!(runtime.spawn(|| String::from("a")).join().unwrap(), "a");
        let from_task = runtime.run(|| teem::spawn(|| String::from("b")).join().unwrap());
        assert_eq!(from_task, "b");
        let task = runtime.spawn(|| String::from("c"));
        assert_eq!(
            teem::run(|| task.join().unwrap()),
            "c",
            "from the global runtime"
        );
    });
}

#[test]
fn join_returns_after_completion_and_before() {
    with_workers([1, 2, 8], |runtime| {
        let early = runtime.spawn(|| 1);
        until(|| early.is_finished());
        assert_eq!(early.join().unwrap(), 1);

        let released = Arc::new(AtomicBool::new(false));
        let release = Arc::clone(&released);
        let late = runtime.spawn(move || until(|| released.load(Ordering::SeqCst)));
        assert!(!late.is_finished());
        let joiner = runtime.spawn(move || late.join().unwrap());
        assert!(!joiner.is_finished());
        release.store(true, Ordering::SeqCst);
        joiner.join().unwrap();
    });
}

#[test]
fn a_chain_of_joins_unwinds_from_its_end() {
    with_workers([1, 2, 8], |runtime| {
        fn chain(length: usize) -> usize {
            match length {
                0 => 0,
                _ => 1 + teem::spawn(move || chain(length - 1)).join().unwrap(),
            }
        }
        assert_eq!(runtime.run(|| chain(500)), 500);
    });
}

#[test]
fn join_returns_the_payload_of_a_panic() {
    with_workers([1, 2], |runtime| {
        let number = runtime.metrics().workers;
        let text = runtime.spawn(move || panic!("number {number}")).join();
        let text = *text.unwrap_err().downcast::<String>().unwrap();
        assert_eq!(text, format!("number {number}"));
        let any = runtime.spawn(|| panic_any(7u64)).join();
        assert_eq!(*any.unwrap_err().downcast::<u64>().unwrap(), 7);
        let run = AssertUnwindSafe(|| runtime.run(|| panic_any(8u64)));
        let run = catch_unwind(run);
        assert_eq!(*run.unwrap_err().downcast::<u64>().unwrap(), 8);
        assert_eq!(runtime.metrics().panicked, 3);
    });
}

#[test]
fn a_panic_that_nobody_joins_is_counted() {
    with_workers([1, 2], |runtime| {
        drop(runtime.spawn(|| panic!("detached")));
        until(|| runtime.metrics().panicked == 1);
        assert_eq!(runtime.run(|| 7), 7, "the worker goes on");
    });
}

#[test]
fn a_handle_dropped_before_completion_drops_the_result_once() {
    with_workers([1, 2, 8], |runtime| {
        let (drops, released) = (Drops::default(), Arc::new(AtomicBool::new(false)));
        let (value, gate) = (drops.value(), Arc::clone(&released));
        drop(runtime.spawn(move || {
            until(|| gate.load(Ordering::SeqCst));
            value
        }));
        assert_eq!(drops.count(), 0);
        released.store(true, Ordering::SeqCst);
        until(|| runtime.metrics().finished == 1);
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_handle_dropped_after_completion_drops_the_result_once() {
    with_workers([1, 2, 8], |runtime| {
        let drops = Drops::default();
        let value = drops.value();
        let task = runtime.spawn(move || value);
        until(|| task.is_finished());
        assert_eq!(drops.count(), 0);
        drop(task);
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_handle_dropped_in_the_moment_of_completion_drops_the_result_once() {
    with_workers([1, 2, 8], |runtime| {
        let drops = Drops::default();
        let count = 5_000;
        runtime.run(|| {
            for n in 0..count {
                let value = drops.value();
                let task = teem::spawn(move || value);
                (0..n % 4).for_each(|_| task::yield_now());
                match n % 3 {
                    0 => drop(task.join()),
                    _ => drop(task),
                }
            }
        });
        until(|| runtime.metrics().tasks == 0);
        assert_eq!(drops.count(), count);
    });
}

#[test]
fn a_task_handle_that_outlives_its_task_keeps_no_result() {
    with_workers([1, 2], |runtime| {
        let drops = Drops::default();
        let value = drops.value();
        let task = runtime.spawn(move || value);
        let who = task.task();
        drop(task.join());
        assert_eq!(drops.count(), 1);
        who.unpark();
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_result_that_panics_when_it_is_dropped_harms_nobody() {
    with_workers([1, 2], |runtime| {
        let drops = Drops::default();
        // Dropped by the task.
        let (bomb, released) = (Bomb(drops.value()), Arc::new(AtomicBool::new(false)));
        let gate = Arc::clone(&released);
        drop(runtime.spawn(move || {
            until(|| gate.load(Ordering::SeqCst));
            bomb
        }));
        released.store(true, Ordering::SeqCst);
        until(|| runtime.metrics().finished == 1);
        // Dropped by its handle.
        let bomb = Bomb(drops.value());
        let task = runtime.spawn(move || bomb);
        until(|| task.is_finished());
        drop(task);
        // The payload of a panic.
        let bomb = Bomb(drops.value());
        drop(runtime.spawn(move || panic_any(bomb)));
        until(|| runtime.metrics().finished == 3);
        assert_eq!(drops.count(), 3);
        assert_eq!(runtime.run(|| 7), 7, "the workers go on");
    });
}

#[test]
fn a_destructor_of_a_result_may_park() {
    struct Sleepy(Value);
    impl Drop for Sleepy {
        fn drop(&mut self) {
            let _still_there = &self.0;
            teem::time::sleep(Duration::from_millis(1));
            task::yield_now();
        }
    }
    with_workers([1, 2], |runtime| {
        let drops = Drops::default();
        for _ in 0..10 {
            let value = drops.value();
            drop(runtime.spawn(move || Sleepy(value)));
        }
        until(|| runtime.metrics().tasks == 0);
        assert_eq!(drops.count(), 10);
    });
}

#[test]
fn a_result_can_be_joined_after_its_runtime_has_ended() {
    let runtime = teem::runtime::Builder::new().workers(2).build().unwrap();
    let task = runtime.spawn(|| String::from("kept"));
    runtime.shutdown(Duration::from_secs(10)).unwrap();
    assert!(task.is_finished());
    task.task().unpark();
    task.cancel();
    assert_eq!(task.join().unwrap(), "kept");
}
