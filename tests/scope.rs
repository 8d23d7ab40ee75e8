//! Scopes: tasks that borrow from a frame, which waits for them whatever happens.

#![forbid(unsafe_code)]

#[path = "support/until.rs"]
mod until;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use teem::runtime::Runtime;
use teem::scope;
use teem::task::{forbid_park, park, yield_now};
use until::until;
use watchdog::Watchdog;
use workers::with_workers;

/// Runs `test` in a task of runtimes of several sizes, and on this very thread.
fn everywhere(test: fn()) {
    with_workers([1, 2, 8], |runtime: &Runtime| runtime.run(test));
    let _watchdog = Watchdog::start();
    test();
}

#[test]
fn children_borrow_from_outside_of_the_scope() {
    everywhere(|| {
        let (words, mut parts) = (["some", "words"], vec![0; 40]);
        let total = AtomicUsize::new(0);
        let lengths = scope(|s| {
            let tasks = words.map(|word| s.spawn(move || word.len()));
            for (n, part) in parts.iter_mut().enumerate() {
                let total = &total;
                s.spawn(move || {
                    yield_now();
                    *part = n;
                    total.fetch_add(n, Ordering::Relaxed);
                });
            }
            tasks.map(|task| task.join().unwrap())
        });
        assert_eq!(lengths, [4, 5]);
        assert!(parts.into_iter().eq(0..40));
        assert_eq!(total.into_inner(), 40 * 39 / 2);
    });
}

#[test]
fn a_scope_waits_for_children_that_nobody_joins() {
    everywhere(|| {
        let finished = AtomicUsize::new(0);
        scope(|s| {
            for n in 0..30 {
                let finished = &finished;
                s.spawn(move || {
                    match n % 3 {
                        0 => teem::time::sleep(Duration::from_millis(1)),
                        1 => (0..n).for_each(|_| yield_now()),
                        _ => {}
                    }
                    finished.fetch_add(1, Ordering::Relaxed);
                });
            }
        });
        assert_eq!(finished.into_inner(), 30);
    });
}

#[test]
fn an_empty_scope_returns_at_once() {
    everywhere(|| assert_eq!(scope(|_| 7), 7));
}

#[test]
fn children_spawn_siblings() {
    fn grow<'scope>(s: &'scope teem::Scope<'scope, '_>, depth: usize, leaves: &'scope AtomicUsize) {
        if depth == 0 {
            leaves.fetch_add(1, Ordering::Relaxed);
            return;
        }
        for _ in 0..2 {
            s.spawn(move || grow(s, depth - 1, leaves));
        }
    }
    everywhere(|| {
        let leaves = AtomicUsize::new(0);
        scope(|s| grow(s, 8, &leaves));
        assert_eq!(leaves.into_inner(), 256);
    });
}

#[test]
fn scopes_nest() {
    fn sum(numbers: &[u64]) -> u64 {
        if let [number] = numbers {
            return *number;
        }
        let (left, right) = numbers.split_at(numbers.len() / 2);
        scope(|s| {
            let left = s.spawn(|| sum(left));
            sum(right) + left.join().unwrap()
        })
    }
    everywhere(|| {
        let numbers: Vec<u64> = (1..=200).collect();
        assert_eq!(sum(&numbers), 20_100);
    });
}

#[test]
fn a_panic_of_a_joined_child_is_its_joiners_affair() {
    everywhere(|| {
        let value = scope(|s| {
            let error = s.spawn(|| panic_any(7u32)).join().unwrap_err();
            *error.downcast::<u32>().unwrap()
        });
        assert_eq!(value, 7);
    });
}

#[test]
fn a_panic_of_a_child_that_nobody_joins_comes_out_of_the_scope() {
    everywhere(|| {
        for dropped_late in [false, true] {
            let finished = AtomicUsize::new(0);
            let result = catch_unwind(AssertUnwindSafe(|| {
                scope(|s| {
                    s.spawn(|| finished.fetch_add(1, Ordering::SeqCst));
                    let panics = s.spawn(|| panic!("a child"));
                    if dropped_late {
                        until(|| panics.is_finished());
                    }
                    drop(panics);
                    s.spawn(|| finished.fetch_add(1, Ordering::SeqCst));
                });
            }));
            let payload = result.expect_err("as std's");
            assert_eq!(
                *payload.downcast::<&str>().unwrap(),
                "a scoped task panicked"
            );
            assert_eq!(finished.into_inner(), 2);
        }
    });
}

#[test]
fn a_panic_of_a_child_whose_join_was_refused_comes_out_of_the_scope() {
    with_workers([1, 2], |runtime| {
        for joined_late in [false, true] {
            let result = runtime.run(|| {
                catch_unwind(AssertUnwindSafe(|| {
                    scope(|s| {
                        let panics = s.spawn(|| panic!("a child"));
                        if joined_late {
                            until(|| panics.is_finished());
                        }
                        let join = AssertUnwindSafe(|| forbid_park(|| panics.join()));
                        assert!(catch_unwind(join).is_err(), "it would have to wait");
                    });
                }))
            });
            let payload = result.expect_err("nobody has joined it");
            assert_eq!(
                *payload.downcast::<&str>().unwrap(),
                "a scoped task panicked"
            );
        }
    });
}

#[test]
fn a_panic_of_the_closure_still_waits_for_the_children() {
    everywhere(|| {
        let (released, finished) = (AtomicBool::new(false), AtomicUsize::new(0));
        let result = catch_unwind(AssertUnwindSafe(|| {
            scope(|s| {
                for _ in 0..10 {
                    s.spawn(|| {
                        until(|| released.load(Ordering::SeqCst));
                        finished.fetch_add(1, Ordering::SeqCst);
                    });
                }
                s.spawn(|| released.store(true, Ordering::SeqCst));
                panic_any(7u8);
            })
        }));
        assert_eq!(*result.unwrap_err().downcast::<u8>().unwrap(), 7);
        assert_eq!(finished.into_inner(), 10);
    });
}

#[test]
fn a_panic_of_the_closure_goes_before_those_of_the_children() {
    everywhere(|| {
        let result = catch_unwind(|| {
            scope(|s| {
                s.spawn(|| panic!("a child"));
                panic_any(7u8);
            })
        });
        assert_eq!(*result.unwrap_err().downcast::<u8>().unwrap(), 7);
    });
}

#[test]
fn results_that_borrow_are_dropped_before_the_scope_ends() {
    struct Notes<'a>(&'a Mutex<Vec<usize>>, usize);
    impl Drop for Notes<'_> {
        fn drop(&mut self) {
            // Parks, as a destructor may.
            yield_now();
            self.0.lock().unwrap().push(self.1);
        }
    }
    everywhere(|| {
        let dropped = Mutex::new(Vec::new());
        scope(|s| {
            for n in 0..20 {
                let (dropped, value) = (&dropped, Notes(&dropped, n));
                let task = s.spawn(move || {
                    assert!(dropped.lock().is_ok());
                    value
                });
                match n % 3 {
                    0 => drop(task),
                    1 => drop(task.join()),
                    _ => until(|| task.is_finished()),
                }
            }
        });
        let mut dropped = dropped.into_inner().unwrap();
        dropped.sort_unstable();
        assert!(dropped.into_iter().eq(0..20));
    });
}

#[test]
fn a_forgotten_handle_does_not_hold_the_scope_up() {
    everywhere(|| {
        let ran = AtomicBool::new(false);
        scope(|s| std::mem::forget(s.spawn(|| ran.store(true, Ordering::SeqCst))));
        assert!(ran.into_inner());
    });
}

#[test]
fn a_child_can_be_unparked_and_cancelled_through_its_handle() {
    everywhere(|| {
        scope(|s| {
            let parked = s.spawn(park);
            parked.task().unpark();
            parked.join().unwrap();
            let sleeping = s.spawn(|| teem::time::sleep(Duration::MAX));
            sleeping.cancel();
            sleeping.join().unwrap();
        });
    });
}

#[test]
fn children_of_a_cancelled_task_are_cancelled_and_waited_for() {
    with_workers([1, 2], |runtime| {
        let task = runtime.run(|| {
            let task = teem::spawn(|| {
                scope(|s| {
                    let child = s.spawn(|| {
                        teem::time::sleep(Duration::MAX);
                        teem::context::current().is_done()
                    });
                    child.join().unwrap()
                })
            });
            task.cancel();
            task
        });
        assert!(task.join().unwrap());
    });
}

#[test]
fn many_scopes_end_while_their_last_children_race() {
    everywhere(|| {
        for round in 0..300 {
            let count = AtomicUsize::new(0);
            scope(|s| {
                for _ in 0..round % 5 {
                    s.spawn(|| count.fetch_add(1, Ordering::Relaxed));
                }
            });
            // The frame of the children's counter ends right here.
            assert_eq!(count.into_inner(), round % 5);
        }
    });
}
