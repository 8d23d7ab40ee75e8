//! `Singleflight`, after `golang.org/x/sync/singleflight`'s tests.
//!
//! Left out: `TestDoErr` (an error is a value here), the tests of `DoChan` (there is none) and of
//! `runtime.Goexit` (nor that), and those that run themselves again to see the process end.

use super::together::{everywhere, in_task_and_thread};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use teem::sync::{Barrier, Singleflight};

#[test]
fn test_do() {
    let flights = Singleflight::new();
    assert_eq!(flights.run("key", || "bar".to_owned()), "bar");
    assert_eq!(flights.run("key", || "anew".to_owned()), "anew");
}

/// The result is taken out without being cloned when nobody else wants it.
#[test]
fn a_value_that_nobody_waits_for_is_not_cloned() {
    #[derive(Debug)]
    struct Precious;
    impl Clone for Precious {
        fn clone(&self) -> Self {
            panic!("cloned")
        }
    }
    Singleflight::new().run((), || Precious);
}

#[test]
fn test_do_dup_suppress() {
    const N: usize = 10;
    in_task_and_thread(|| {
        let (flights, calls) = (Singleflight::new(), AtomicUsize::new(0));
        let (inside, go_on) = (Barrier::new(2), Barrier::new(2));
        teem::scope(|s| {
            let call = |name: &'static str| {
                flights.run("key", || {
                    calls.fetch_add(1, Ordering::Relaxed);
                    inside.wait();
                    go_on.wait();
                    name.to_owned()
                })
            };
            let first = s.spawn(move || call("first"));
            inside.wait();
            // The call is under way until these have come, or are about to.
            let asked = AtomicUsize::new(0);
            let (flights, asked) = (&flights, &asked);
            teem::scope(|s| {
                for _ in 1..N {
                    s.spawn(move || {
                        asked.fetch_add(1, Ordering::Relaxed);
                        let value = flights.run("key", || "too late".to_owned());
                        assert!(value == "first" || value == "too late", "{value}");
                    });
                }
                super::until(|| asked.load(Ordering::Relaxed) == N - 1);
                go_on.wait();
            });
            assert_eq!(first.join().unwrap(), "first");
        });
        assert_eq!(calls.into_inner(), 1);
    });
}

#[test]
fn all_who_wait_get_the_value_of_one_call() {
    const N: usize = 6;
    // On one worker whoever has counted itself runs on until it waits.
    super::with_workers([1], |runtime| {
        runtime.run(|| {
            let (flights, calls) = (Singleflight::new(), AtomicUsize::new(0));
            let (gate, asked) = (Barrier::new(2), AtomicUsize::new(0));
            teem::scope(|s| {
                for _ in 0..N {
                    s.spawn(|| {
                        asked.fetch_add(1, Ordering::Relaxed);
                        let value = flights.run(7, || {
                            calls.fetch_add(1, Ordering::Relaxed);
                            gate.wait();
                            vec![1, 2, 3]
                        });
                        assert_eq!(value, [1, 2, 3]);
                    });
                }
                super::until(|| asked.load(Ordering::Relaxed) == N);
                gate.wait();
            });
            assert_eq!(calls.into_inner(), 1);
        });
    });
}

#[test]
fn test_forget() {
    in_task_and_thread(|| {
        let flights = Singleflight::new();
        let (inside, go_on) = (Barrier::new(2), Barrier::new(2));
        teem::scope(|s| {
            let first = s.spawn(|| {
                flights.run("key", || {
                    inside.wait();
                    go_on.wait();
                    1
                })
            });
            inside.wait();
            flights.forget(&"key");
            // The first is under way and forgotten; the second is its own call, and stays findable
            // when the first has landed.
            let second = flights.run("key", || {
                go_on.wait();
                first.join().unwrap() + 1
            });
            assert_eq!(second, 2);
        });
        flights.forget(&"nobody asked for this");
    });
}

#[test]
fn test_panic_do_reaches_all_who_wait() {
    const N: usize = 6;
    in_task_and_thread(|| {
        let (flights, panicked) = (Singleflight::<u8, u32>::new(), AtomicUsize::new(0));
        let (first_in, asked) = (AtomicUsize::new(0), AtomicUsize::new(0));
        everywhere(N, |n| {
            if n != 0 {
                super::until(|| first_in.load(Ordering::Relaxed) == 1);
                asked.fetch_add(1, Ordering::Relaxed);
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                flights.run(1, || {
                    if n != 0 {
                        return 0; // too late for the panic
                    }
                    first_in.store(1, Ordering::Relaxed);
                    super::until(|| asked.load(Ordering::Relaxed) == N - 1);
                    panic!("lost in flight")
                })
            }));
            if let Err(payload) = outcome {
                let text = payload.downcast_ref::<String>().map(String::as_str);
                let text = text.or(payload.downcast_ref::<&str>().copied()).unwrap();
                assert!(text.contains("lost in flight"), "{text}");
                panicked.fetch_add(1, Ordering::Relaxed);
            }
        });
        assert!(panicked.into_inner() >= 1);
        assert_eq!(flights.run(1, || 5), 5, "the key is free again");
    });
}

#[test]
fn keys_fly_apart() {
    in_task_and_thread(|| {
        let flights = Singleflight::new();
        let all_inside = Barrier::new(8);
        everywhere(8, |n| {
            let value = flights.run(n, || {
                all_inside.wait();
                n * n
            });
            assert_eq!(value, n * n);
        });
    });
}
