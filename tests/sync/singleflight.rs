//! `Singleflight`, after `golang.org/x/sync/singleflight`'s tests.
//!
//! Left out: `TestDoErr` (an error is a value here), the tests of `DoChan` (there is none) and of
//! `runtime.Goexit` (nor that), and those that run themselves again to see the process end.

use super::together::{everywhere, in_task_and_thread};
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use teem::sync::{Barrier, Singleflight};
use teem::task::forbid_park;

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

/// A key that does something when it is hashed.
struct Key<'a>(u32, &'a (dyn Fn() + Sync));

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Key<'_> {}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (self.1)();
        self.0.hash(hasher);
    }
}

#[test]
fn a_key_whose_hashing_panics_at_the_end_of_a_call_can_be_used_again() {
    in_task_and_thread(|| {
        let armed = AtomicBool::new(false);
        let hash = || assert!(!armed.swap(false, Ordering::Relaxed), "hashed");
        let flights = Singleflight::new();
        let call = || flights.run(Key(1, &hash), || armed.store(true, Ordering::Relaxed));
        assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
        let again = catch_unwind(AssertUnwindSafe(|| flights.run(Key(1, &hash), || ())));
        assert!(again.is_ok());
    });
}

#[test]
fn a_call_that_may_not_wait_at_its_end_leaves_its_key_usable() {
    super::with_workers([1, 2], |runtime| {
        let (inside, go_on) = (std::sync::Barrier::new(2), std::sync::Barrier::new(2));
        let held = AtomicBool::new(false);
        // Another thread has the lock of the map until it is told to go on.
        let hold = || {
            if !held.swap(true, Ordering::Relaxed) {
                inside.wait();
                go_on.wait();
            }
        };
        let flights = Singleflight::new();
        std::thread::scope(|s| {
            let call = || {
                flights.run(Key(1, &|| ()), || {
                    s.spawn(|| flights.run(Key(2, &hold), || 2));
                    inside.wait();
                    1
                })
            };
            let call = AssertUnwindSafe(|| forbid_park(call));
            assert!(runtime.run(|| catch_unwind(call).is_err()));
            go_on.wait();
        });
        assert_eq!(runtime.run(|| flights.run(Key(1, &|| ()), || 3)), 3);
    });
}
