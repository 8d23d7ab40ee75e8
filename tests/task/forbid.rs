//! `forbid_park`: what may park panics and says where, yields do nothing.

use super::with_workers;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use teem::task::{self, Builder, forbid_park, yield_now};

/// The message of the panic that `f` ends in.
fn message(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("a panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast::<&str>().unwrap().to_string(),
    }
}

#[test]
fn a_call_that_may_park_panics_with_the_name_of_the_task() {
    let calls: [fn(); 7] = [
        task::park,
        || task::park_timeout(Duration::ZERO),
        || teem::time::sleep(Duration::ZERO),
        || teem::spawn(|| ()).join().unwrap(),
        || teem::run(|| ()),
        || teem::scope(|_| ()),
        || teem::offload(|| ()),
    ];
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            for call in calls {
                let task = Builder::new().name("careful").spawn(move || {
                    let id = task::current().id();
                    (id, message(|| forbid_park(call)))
                });
                let (id, text) = task.unwrap().join().unwrap();
                let who = format!("task {id} 'careful' (spawned at tests/task/forbid.rs:");
                assert!(text.contains("forbid_park"), "{text}");
                assert!(text.contains(&who), "{text}");
            }
        });
    });
}

#[test]
fn yields_do_nothing_where_parking_is_forbidden() {
    with_workers([1], |runtime| {
        let ran = AtomicBool::new(false);
        runtime.run(|| {
            teem::scope(|s| {
                s.spawn(|| ran.store(true, Ordering::SeqCst));
                forbid_park(|| {
                    for _ in 0..100 {
                        yield_now();
                        task::checkpoint();
                    }
                });
                assert!(!ran.load(Ordering::SeqCst));
                // One yield need not start a new task, but some do.
                (0..100).for_each(|_| yield_now());
                assert!(ran.load(Ordering::SeqCst));
            });
        });
    });
}

#[test]
fn spawning_is_not_parking() {
    with_workers([1, 2], |runtime| {
        let tasks = runtime
            .run(|| forbid_park(|| (0..300).map(|n| teem::spawn(move || n)).collect::<Vec<_>>()));
        let sum: usize = tasks.into_iter().map(|task| task.join().unwrap()).sum();
        assert_eq!(sum, 300 * 299 / 2);
    });
}

#[test]
fn a_nested_closure_does_not_lift_the_outer_one() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            forbid_park(|| {
                assert_eq!(forbid_park(|| 7), 7);
                assert!(message(task::park).contains("forbid_park"));
                // Ended by a panic, it counts down, too.
                assert_eq!(message(|| forbid_park(|| panic!("inner"))), "inner");
                assert!(message(task::park).contains("forbid_park"));
            });
            task::current().unpark();
            task::park();
        });
    });
}

#[test]
fn one_task_does_not_forbid_it_to_others() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            assert_eq!(message(|| forbid_park(|| panic!("over"))), "over");
            let other = teem::spawn(|| teem::time::sleep(Duration::from_micros(1)));
            other.join().unwrap();
        });
    });
}

#[test]
fn outside_of_a_task_it_forbids_nothing() {
    assert_eq!(forbid_park(|| teem::run(|| 7)), 7);
}
