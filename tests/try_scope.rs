//! Scopes whose children may fail: what comes out, who is cancelled, and that all have ended by then.
//!
//! The tests named `errgroup_..` correspond to those of Go's `golang.org/x/sync/errgroup`. Left out:
//! `TestTryGo`, for there is no `try_spawn`.

#![cfg(not(any(loom, miri)))]
#![forbid(unsafe_code)]

#[allow(dead_code, reason = "only a part of it is used here")]
#[path = "support/together.rs"]
mod together;
#[path = "support/until.rs"]
mod until;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use teem::chan;
use teem::context::{self, Cause, Context};
use teem::task::{forbid_park, yield_now};
use teem::time::sleep;
use teem::{TryScope, try_scope};
use together::{everywhere, in_task_and_thread};
use until::until;

/// What comes out of a closure that panics with a `T`.
fn payload_of<T: 'static, R: Debug>(f: impl FnOnce() -> R) -> T {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("it panics");
    *payload.downcast().expect("with such a payload")
}

/// Parks until the context of the caller cuts the wait.
fn wait_for_the_end() -> Cause {
    sleep(Duration::from_secs(1000));
    context::current().cause().expect("it is done")
}

#[test]
fn errgroup_zero_group() {
    // As there: of errors that come in turn, the first comes out each time.
    in_task_and_thread(|| {
        let all: [Result<(), &str>; 3] = [Ok(()), Err("first"), Err("second")];
        for n in 0..=all.len() {
            let turn = AtomicUsize::new(0);
            let result = try_scope(|s| {
                for (place, result) in all[..n].iter().enumerate() {
                    let turn = &turn;
                    s.spawn(move || {
                        until(|| turn.load(Ordering::SeqCst) == place);
                        turn.fetch_add(1, Ordering::SeqCst);
                        *result
                    });
                    until(|| turn.load(Ordering::SeqCst) > place);
                    if result.is_err() {
                        until(|| context::current().is_done());
                    }
                }
                Ok(())
            });
            assert_eq!(
                result,
                all[..n].iter().find(|r| r.is_err()).map_or(Ok(()), |r| *r)
            );
        }
    });
}

#[test]
fn errgroup_with_context() {
    // As there: the error comes out, and the context is done afterwards even if there was none.
    in_task_and_thread(|| {
        for error in [None, Some("an error")] {
            let kept = Mutex::new(None);
            let result: Result<(), &str> = try_scope(|s| {
                let context = context::current();
                assert!(!context.is_done());
                *kept.lock().unwrap() = Some(context);
                s.spawn(|| Ok(()));
                s.spawn(move || error.map_or(Ok(()), Err));
                Ok(())
            });
            assert_eq!(result.err(), error);
            let kept = kept.into_inner().unwrap().unwrap();
            assert_eq!(kept.cause(), Some(Cause::Cancelled));
            assert!(!context::current().is_done(), "the caller's is not");
        }
    });
}

#[test]
fn errgroup_go_limit() {
    // As there: never are more active than the limit.
    in_task_and_thread(|| {
        for limit in [1, 3, 10] {
            let (active, ran) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let result: Result<(), ()> = try_scope(|s| {
                s.limit(limit);
                for n in 0..200 {
                    let (active, ran) = (&active, &ran);
                    s.spawn(move || {
                        assert!(active.fetch_add(1, Ordering::SeqCst) < limit);
                        (0..n % 4).for_each(|_| yield_now());
                        active.fetch_sub(1, Ordering::SeqCst);
                        ran.fetch_add(1, Ordering::SeqCst);
                        Ok(())
                    });
                }
                Ok(())
            });
            assert_eq!(result, Ok(()));
            assert_eq!(ran.into_inner(), 200);
        }
    });
}

#[test]
fn errgroup_cancel_cause() {
    // There the error is the cause. Here an error need not be an `Error`, so it is not.
    in_task_and_thread(|| {
        let seen = Mutex::new(None);
        let result: Result<(), u32> = try_scope(|s| {
            s.spawn(|| {
                *seen.lock().unwrap() = Some(wait_for_the_end());
                Ok(())
            });
            s.spawn(|| Err(7));
            Ok(())
        });
        assert_eq!(result, Err(7));
        assert_eq!(seen.into_inner().unwrap(), Some(Cause::Cancelled));
    });
}

#[test]
fn errgroup_example_just_errors() {
    in_task_and_thread(|| {
        let result = try_scope(|s| {
            for text in ["1", "2", "three"] {
                s.spawn(move || text.parse::<u32>().map(drop));
            }
            Ok(())
        });
        assert!(result.is_err());
    });
}

#[test]
fn errgroup_example_parallel() {
    in_task_and_thread(|| {
        let searches = ["web", "image", "video"];
        let mut results = [const { String::new() }; 3];
        let result: Result<(), ()> = try_scope(|s| {
            for (result, search) in results.iter_mut().zip(searches) {
                s.spawn(move || {
                    *result = format!("{search} result");
                    Ok(())
                });
            }
            Ok(())
        });
        assert_eq!(result, Ok(()));
        assert_eq!(results, ["web result", "image result", "video result"]);
    });
}

#[test]
fn errgroup_example_pipeline() {
    in_task_and_thread(|| {
        let (path_sender, paths) = chan::bounded(0);
        let (sum_sender, sums) = chan::bounded(0);
        let total = try_scope(|s| {
            s.spawn(move || (1..=100).try_for_each(|path| path_sender.send(path).map_err(drop)));
            for _ in 0..4 {
                let (paths, sum_sender) = (paths.clone(), sum_sender.clone());
                s.spawn(move || {
                    (paths.iter()).try_for_each(|path| sum_sender.send(path * 2).map_err(drop))
                });
            }
            drop((paths, sum_sender));
            Ok(sums.iter().sum::<u32>())
        });
        assert_eq!(total, Ok(10_100));
    });
}

#[test]
fn an_empty_scope_gives_what_its_closure_gives() {
    in_task_and_thread(|| {
        assert_eq!(try_scope(|_| Ok::<_, ()>(7)), Ok(7));
        assert_eq!(try_scope(|_| Err::<(), _>(7)), Err(7));
    });
}

#[test]
fn an_error_ends_the_waits_of_siblings_and_of_the_closure() {
    in_task_and_thread(|| {
        let ended = AtomicUsize::new(0);
        let result: Result<(), u8> = try_scope(|s| {
            for _ in 0..20 {
                s.spawn(|| {
                    wait_for_the_end();
                    ended.fetch_add(1, Ordering::SeqCst);
                    Ok(())
                });
            }
            s.spawn(|| Err(7));
            wait_for_the_end();
            Err(8)
        });
        assert_eq!(result, Err(7), "the first in time, and not the closure's");
        assert_eq!(ended.into_inner(), 20);
    });
}

#[test]
fn an_error_of_the_closure_ends_the_children_and_comes_out() {
    in_task_and_thread(|| {
        let ended = AtomicUsize::new(0);
        let result: Result<(), u8> = try_scope(|s| {
            for n in 0..10 {
                let ended = &ended;
                s.spawn(move || {
                    wait_for_the_end();
                    ended.fetch_add(1, Ordering::SeqCst);
                    Err(n)
                });
            }
            Err(77)
        });
        assert_eq!(result, Err(77));
        assert_eq!(ended.into_inner(), 10);
    });
}

#[test]
fn a_panic_of_a_child_ends_the_others_and_resumes_with_its_payload() {
    in_task_and_thread(|| {
        let ended = AtomicUsize::new(0);
        let payload: u32 = payload_of(|| {
            try_scope(|s| -> Result<(), ()> {
                for _ in 0..10 {
                    s.spawn(|| {
                        wait_for_the_end();
                        ended.fetch_add(1, Ordering::SeqCst);
                        Err(())
                    });
                }
                s.spawn(|| panic_any(7u32));
                wait_for_the_end();
                Ok(())
            })
        });
        assert_eq!(payload, 7);
        assert_eq!(ended.into_inner(), 10, "all have ended before it resumes");
    });
}

#[test]
fn a_panic_after_an_error_does_not_hide_the_error() {
    in_task_and_thread(|| {
        let result: Result<(), &str> = try_scope(|s| {
            s.spawn(|| {
                wait_for_the_end();
                panic_any("as `unwrap` does, on a cancelled call")
            });
            s.spawn(|| Err("the reason"));
            Ok(())
        });
        assert_eq!(result, Err("the reason"));
    });
}

#[test]
fn a_panic_of_the_closure_ends_the_children_and_goes_before_their_failures() {
    in_task_and_thread(|| {
        let ended = AtomicUsize::new(0);
        let payload: u8 = payload_of(|| {
            try_scope(|s| -> Result<(), u8> {
                s.spawn(|| Err(1));
                for _ in 0..10 {
                    s.spawn(|| {
                        wait_for_the_end();
                        ended.fetch_add(1, Ordering::SeqCst);
                        Ok(())
                    });
                }
                until(|| context::current().is_done());
                panic_any(7u8)
            })
        });
        assert_eq!(payload, 7);
        assert_eq!(ended.into_inner(), 10);
        let waits = AtomicBool::new(false);
        let payload: u8 = payload_of(|| {
            try_scope(|s| -> Result<(), ()> {
                s.spawn(|| {
                    waits.store(true, Ordering::SeqCst);
                    wait_for_the_end();
                    Ok(())
                });
                until(|| waits.load(Ordering::SeqCst));
                panic_any(8u8)
            })
        });
        assert_eq!(payload, 8, "without a failure before it, too");
    });
}

#[test]
fn children_of_children_are_in_the_context_of_the_scope() {
    fn grow<'scope>(
        s: &'scope TryScope<'scope, '_, u8>,
        depth: usize,
        leaves: &'scope AtomicUsize,
    ) -> Result<(), u8> {
        if depth == 0 {
            wait_for_the_end();
            leaves.fetch_add(1, Ordering::SeqCst);
            return Ok(());
        }
        // A context of the child's own is nothing to its siblings.
        context::background().enter(|| {
            for _ in 0..2 {
                s.spawn(move || grow(s, depth - 1, leaves));
            }
        });
        Ok(())
    }
    in_task_and_thread(|| {
        let leaves = AtomicUsize::new(0);
        let result: Result<(), u8> = try_scope(|s| {
            grow(s, 4, &leaves)?;
            s.spawn(|| Err(7));
            Ok(())
        });
        assert_eq!(result, Err(7));
        assert_eq!(leaves.into_inner(), 16);
    });
}

#[test]
fn a_child_that_is_spawned_after_the_end_runs_in_a_done_context() {
    in_task_and_thread(|| {
        let seen = AtomicBool::new(false);
        let result: Result<(), u8> = try_scope(|s| {
            s.limit(1);
            s.spawn(|| Err(7));
            until(|| context::current().is_done());
            s.spawn(|| {
                seen.store(context::current().is_done(), Ordering::SeqCst);
                Err(8)
            });
            Ok(())
        });
        assert_eq!(result, Err(7));
        assert!(seen.into_inner());
    });
}

#[test]
fn what_ends_the_caller_ends_the_children() {
    in_task_and_thread(|| {
        let (outer, cancel) = Context::background().with_cancel();
        let result: Result<(), ()> = outer.enter(|| {
            try_scope(|s| {
                for _ in 0..5 {
                    s.spawn(|| {
                        assert_eq!(wait_for_the_end(), Cause::Cancelled);
                        Ok(())
                    });
                }
                cancel.cancel();
                Ok(())
            })
        });
        assert_eq!(result, Ok(()), "that is no failure by itself");
        let passed: Result<Cause, ()> = teem::time::timeout(Duration::from_millis(2), || {
            try_scope(|s| {
                s.spawn(|| {
                    assert_eq!(wait_for_the_end(), Cause::DeadlineExceeded);
                    Ok(())
                });
                Ok(wait_for_the_end())
            })
        });
        assert_eq!(passed, Ok(Cause::DeadlineExceeded));
    });
}

#[test]
fn a_failure_of_an_inner_scope_leaves_the_outer_one_alone() {
    in_task_and_thread(|| {
        let result: Result<u8, u8> = try_scope(|outer| {
            outer.spawn(|| {
                let inner: Result<(), u8> = try_scope(|s| {
                    s.spawn(|| Err(1));
                    wait_for_the_end();
                    Ok(())
                });
                assert_eq!(inner, Err(1));
                assert!(!context::current().is_done());
                Ok(())
            });
            assert!(!context::current().is_done());
            Ok(7)
        });
        assert_eq!(result, Ok(7));
    });
}

#[test]
fn a_limited_scope_goes_on_when_children_fail_and_panic() {
    in_task_and_thread(|| {
        let ran = AtomicUsize::new(0);
        let payload: usize = payload_of(|| {
            try_scope(|s| -> Result<(), ()> {
                s.limit(2);
                for n in 0..20_usize {
                    let ran = &ran;
                    s.spawn(move || {
                        ran.fetch_add(1, Ordering::SeqCst);
                        if n == 0 { panic_any(n) } else { Err(()) }
                    });
                    if n == 0 {
                        until(|| context::current().is_done());
                    }
                }
                Ok(())
            })
        });
        assert_eq!(payload, 0);
        assert_eq!(
            ran.into_inner(),
            20,
            "permits come back however a child ends"
        );
    });
}

#[test]
fn a_limit_that_comes_late_or_twice_or_is_zero_panics() {
    let _watchdog = watchdog::Watchdog::start();
    let panics = |set: fn(&TryScope<'_, '_, ()>)| {
        let result = catch_unwind(|| {
            try_scope(|s| {
                s.spawn(|| Ok(()));
                set(s);
                Ok(())
            })
        });
        result.is_err()
    };
    assert!(panics(|s| s.limit(1)));
    assert!(!panics(|_| {}));
    let limited = || {
        try_scope(|s| {
            s.limit(0);
            Ok::<_, ()>(())
        })
    };
    assert!(catch_unwind(limited).is_err());
    let twice = catch_unwind(|| {
        try_scope(|s| {
            s.limit(1);
            s.limit(1);
            Ok::<_, ()>(())
        })
    });
    assert!(twice.is_err());
}

#[test]
fn the_greatest_limit_lets_all_run() {
    let _watchdog = watchdog::Watchdog::start();
    let result: Result<(), ()> = try_scope(|s| {
        s.limit(usize::MAX);
        (0..100).for_each(|_| s.spawn(|| Ok(())));
        Ok(())
    });
    assert_eq!(result, Ok(()));
}

#[test]
fn where_parking_is_forbidden_the_closure_is_not_called() {
    workers::with_workers([1], |runtime| {
        runtime.run(|| {
            let called = AtomicBool::new(false);
            let result = catch_unwind(AssertUnwindSafe(|| {
                forbid_park(|| {
                    try_scope(|_| {
                        called.store(true, Ordering::SeqCst);
                        Ok::<_, ()>(())
                    })
                })
            }));
            assert!(result.is_err() && !called.into_inner());
        });
    });
}

#[test]
fn a_panic_of_a_child_is_counted_as_a_tasks() {
    workers::with_workers([2], |runtime| {
        let failed = runtime.run(|| {
            catch_unwind(|| {
                try_scope(|s| -> Result<(), ()> {
                    s.spawn(|| panic!("a child"));
                    Ok(())
                })
            })
            .is_err()
        });
        assert!(failed);
        until(|| runtime.metrics().panicked == 1);
    });
}

#[test]
fn errors_may_borrow_and_are_all_dropped() {
    struct Counted<'a>(&'a AtomicUsize);
    impl Drop for Counted<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    in_task_and_thread(|| {
        let dropped = AtomicUsize::new(0);
        let result: Result<(), Counted<'_>> = try_scope(|s| {
            for _ in 0..10 {
                s.spawn(|| Err(Counted(&dropped)));
            }
            Ok(())
        });
        assert_eq!(dropped.load(Ordering::SeqCst), 9);
        drop(result);
        assert_eq!(dropped.into_inner(), 10);
    });
}

#[test]
fn many_scopes_fail_at_once_and_lose_no_child() {
    in_task_and_thread(|| {
        everywhere(8, |n| {
            for round in 0..20 {
                let ended = AtomicUsize::new(0);
                let result: Result<(), usize> = try_scope(|s| {
                    for child in 0..10 {
                        let ended = &ended;
                        s.spawn(move || {
                            if child % 3 == 0 {
                                wait_for_the_end();
                            }
                            ended.fetch_add(1, Ordering::SeqCst);
                            if child == (n + round) % 10 {
                                Err(child)
                            } else {
                                Ok(())
                            }
                        });
                    }
                    wait_for_a_failure(child_fails_alone(n, round));
                    Err(usize::MAX)
                });
                assert!(result.is_err());
                assert_eq!(ended.into_inner(), 10);
            }
        });
    });
}

/// Whether the failing child fails without a failure before it.
fn child_fails_alone(n: usize, round: usize) -> bool {
    !((n + round) % 10).is_multiple_of(3)
}

fn wait_for_a_failure(comes: bool) {
    if comes {
        wait_for_the_end();
    }
}
