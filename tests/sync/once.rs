//! `Once`, `OnceLock`, `LazyLock`.
//!
//! After std's `tests/sync/once.rs`, `once_lock.rs`, `lazy_lock.rs` and Go's `sync/once_test.go` and
//! `oncefunc_test.go`. A test that corresponds to one of them has its name.
//!
//! Left out: std's `dropck` of `OnceLock` is a compile-time fact and stands as a function here;
//! `sync_once_cell_get_unchecked`, `get_or_try_init`, `try_insert` and `into_inner` of `LazyLock`
//! test what is not stable; `wait_for_force_to_finish` is in `waiting_through_poison`; Go's
//! `OnceFunc` and its like are what `LazyLock` is here, its tests of garbage collection and of
//! runtime frames have no counterpart.

use super::together::{everywhere, in_task_and_thread};
use std::cell::Cell;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use teem::sync::{Barrier, LazyLock, Once, OnceLock};
use teem::task::yield_now;

fn panics(f: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

#[test]
fn smoke_once() {
    static O: Once = Once::new();
    let mut runs = 0;
    O.call_once(|| runs += 1);
    assert_eq!(runs, 1);
    O.call_once(|| runs += 1);
    assert_eq!(runs, 1);
    assert!(O.is_completed());
}

#[test]
fn stampede_once() {
    in_task_and_thread(|| {
        let (once, ran) = (Once::new(), AtomicUsize::new(0));
        everywhere(10, |_| {
            for _ in 0..4 {
                yield_now();
            }
            once.call_once(|| {
                yield_now();
                assert_eq!(ran.fetch_add(1, Ordering::Relaxed), 0);
            });
            assert_eq!(ran.load(Ordering::Relaxed), 1);
        });
    });
}

#[test]
fn poison_bad() {
    in_task_and_thread(|| {
        let once = Once::new();
        assert!(panics(|| once.call_once(|| panic!())));
        assert!(panics(|| once.call_once(|| ())), "poisoned");
        assert!(panics(|| once.wait()), "poisoned");
        assert!(!once.is_completed());
        let mut called = false;
        once.call_once_force(|state| {
            called = true;
            assert!(state.is_poisoned());
        });
        assert!(called);
        // Once repaired it is as any other.
        once.call_once(|| unreachable!());
        once.wait();
        once.wait_force();
    });
}

#[test]
fn wait_for_force_to_finish() {
    in_task_and_thread(|| {
        let once = Once::new();
        assert!(panics(|| once.call_once(|| panic!())));
        let (inside, go_on) = (Barrier::new(2), Barrier::new(2));
        teem::scope(|s| {
            let forcer = s.spawn(|| {
                once.call_once_force(|state| {
                    assert!(state.is_poisoned());
                    inside.wait();
                    go_on.wait();
                });
            });
            inside.wait();
            let waiter = s.spawn(|| {
                let mut called = false;
                once.call_once(|| called = true);
                called
            });
            yield_now();
            go_on.wait();
            forcer.join().unwrap();
            assert!(!waiter.join().unwrap(), "it has waited");
        });
    });
}

#[test]
fn wait() {
    in_task_and_thread(|| {
        for _ in 0..50 {
            let (once, value) = (Once::new(), AtomicUsize::new(0));
            everywhere(8, |n| {
                if n < 4 {
                    once.wait();
                    assert!(once.is_completed());
                } else {
                    once.call_once(|| {
                        yield_now();
                        value.store(1, Ordering::Relaxed);
                    });
                }
                assert_eq!(value.load(Ordering::Relaxed), 1);
            });
        }
    });
}

#[test]
fn wait_on_poisoned() {
    in_task_and_thread(|| {
        for _ in 0..20 {
            let once = Once::new();
            everywhere(6, |n| match n {
                0 => assert!(panics(|| once.call_once(|| {
                    yield_now();
                    panic!()
                }))),
                _ => assert!(panics(|| once.wait())),
            });
        }
    });
}

#[test]
fn waiting_through_poison() {
    in_task_and_thread(|| {
        for _ in 0..20 {
            let once = Once::new();
            everywhere(6, |n| match n {
                0 => {
                    assert!(panics(|| once.call_once(|| panic!())));
                    yield_now();
                    once.call_once_force(|state| assert!(state.is_poisoned()));
                }
                _ => once.wait_force(),
            });
            assert!(once.is_completed());
        }
    });
}

/// Go's `TestOncePanic`, with its answer: std's poisoning.
#[test]
fn once_panic_runs_only_once() {
    in_task_and_thread(|| {
        let (once, runs) = (Once::new(), Cell::new(0));
        for _ in 0..3 {
            assert!(panics(|| once.call_once(|| {
                runs.set(runs.get() + 1);
                panic!()
            })));
        }
        assert_eq!(runs.get(), 1);
    });
}

#[test]
fn a_once_that_would_wait_inside_forbid_park_panics_and_links_nothing() {
    teem::run(|| {
        let once = Once::new();
        let (inside, go_on) = (Barrier::new(2), Barrier::new(2));
        teem::scope(|s| {
            s.spawn(|| {
                once.call_once(|| {
                    inside.wait();
                    go_on.wait();
                });
            });
            inside.wait();
            let forbidden = || teem::task::forbid_park(|| once.wait());
            assert!(panics(forbidden));
            go_on.wait();
        });
        teem::task::forbid_park(|| once.wait());
    });
}

#[test]
fn sync_once_cell() {
    in_task_and_thread(|| {
        let cell = OnceLock::new();
        assert_eq!(cell.get(), None);
        teem::scope(|s| {
            s.spawn(|| assert_eq!(cell.get_or_init(|| 92), &92));
        });
        assert_eq!(cell.get_or_init(|| panic!("it is there")), &92);
        assert_eq!(cell.get(), Some(&92));
    });
}

#[test]
fn sync_once_cell_get_mut() {
    let mut cell = OnceLock::new();
    assert_eq!(cell.get_mut(), None);
    cell.set(90).unwrap();
    *cell.get_mut().unwrap() += 2;
    assert_eq!(cell.get(), Some(&92));
}

/// Counts its drops.
struct Dropper<'a>(&'a AtomicUsize);

impl Drop for Dropper<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn sync_once_cell_drop() {
    let drops = AtomicUsize::new(0);
    let cell = OnceLock::new();
    teem::scope(|s| {
        s.spawn(|| {
            cell.get_or_init(|| Dropper(&drops));
            assert_eq!(drops.load(Ordering::Relaxed), 0);
        });
    });
    drop(cell);
    assert_eq!(drops.into_inner(), 1);
}

#[test]
fn sync_once_cell_drop_empty() {
    let drops = AtomicUsize::new(0);
    drop(OnceLock::<Dropper<'_>>::new());
    assert_eq!(drops.into_inner(), 0);
}

#[test]
fn a_value_that_came_too_late_comes_back() {
    let drops = AtomicUsize::new(0);
    let cell = OnceLock::from(Dropper(&drops));
    let late = cell.set(Dropper(&drops));
    assert!(late.is_err());
    assert_eq!(drops.load(Ordering::Relaxed), 0);
    drop((late, cell));
    assert_eq!(drops.into_inner(), 2);
}

#[test]
fn clone() {
    let cell = OnceLock::new();
    assert_eq!(cell, cell.clone());
    cell.set("some".to_owned()).unwrap();
    let copy = cell.clone();
    assert_eq!(copy.get().map(String::as_str), Some("some"));
    assert_eq!(cell, copy);
}

#[test]
fn from_impl_and_partialeq_impl() {
    assert_eq!(OnceLock::from("value").get(), Some(&"value"));
    assert!(OnceLock::from("value") == OnceLock::from("value"));
    assert!(OnceLock::from("foo") != OnceLock::from("bar"));
    assert!(OnceLock::<String>::new() == OnceLock::new());
    assert!(OnceLock::<String>::new() != OnceLock::from("value".to_owned()));
}

#[test]
fn into_inner() {
    assert_eq!(OnceLock::<String>::new().into_inner(), None);
    let cell = OnceLock::from("hello".to_owned());
    assert_eq!(cell.into_inner().as_deref(), Some("hello"));
}

#[test]
fn eval_once_macro_and_statics() {
    static FAST: OnceLock<Vec<usize>> = OnceLock::new();
    in_task_and_thread(|| {
        everywhere(8, |_| {
            assert_eq!(FAST.get_or_init(|| vec![1, 2, 3]), &[1, 2, 3]);
        });
    });
}

#[test]
fn sync_once_cell_does_not_leak_partially_constructed_boxes() {
    in_task_and_thread(|| {
        for _ in 0..100 {
            let cell = OnceLock::new();
            everywhere(4, |n| {
                if n % 2 == 0 {
                    if let Some(text) = cell.get() {
                        assert_eq!(text, "stable");
                    }
                } else {
                    let _ = cell.set("stable".to_owned());
                }
            });
        }
    });
}

#[test]
fn an_initializer_that_panics_leaves_the_lock_empty() {
    in_task_and_thread(|| {
        let cell = OnceLock::<u32>::new();
        assert!(panics(|| {
            cell.get_or_init(|| panic!());
        }));
        assert_eq!(cell.get(), None);
        assert_eq!(cell.set(7), Ok(()));
        assert_eq!(*cell.wait(), 7);
    });
}

/// std's `dropck` and `static_sync`: what it compiles to is the test.
#[test]
fn dropck() {
    let cell = OnceLock::new();
    {
        let text = String::new();
        cell.set(&text).unwrap();
    }
    fn requires<T: Send + Sync + Default + Debug + Clone + From<u8> + Eq>() {}
    requires::<OnceLock<u8>>();
}

#[test]
fn debug_of_the_three() {
    let cell = OnceLock::new();
    assert_eq!(format!("{cell:?}"), "OnceLock(<uninit>)");
    cell.set(7).unwrap();
    assert_eq!(format!("{cell:?}"), "OnceLock(7)");
    let lazy = LazyLock::new(|| 7);
    assert_eq!(format!("{lazy:?}"), "LazyLock(<uninit>)");
    LazyLock::force(&lazy);
    assert_eq!(format!("{lazy:?}"), "LazyLock(7)");
    assert_eq!(format!("{:?}", Once::new()), "Once { .. }");
}

#[test]
fn sync_lazy_new() {
    in_task_and_thread(|| {
        let called = AtomicUsize::new(0);
        let lazy = LazyLock::new(|| {
            called.fetch_add(1, Ordering::Relaxed);
            92
        });
        assert_eq!(called.load(Ordering::Relaxed), 0);
        everywhere(6, |_| {
            assert_eq!(*lazy - 30, 62);
            assert_eq!(called.load(Ordering::Relaxed), 1);
        });
    });
}

#[test]
fn sync_lazy_default() {
    static CALLED: AtomicUsize = AtomicUsize::new(0);
    struct Foo(u8);
    impl Default for Foo {
        fn default() -> Self {
            CALLED.fetch_add(1, Ordering::Relaxed);
            Foo(42)
        }
    }
    let lazy: LazyLock<std::sync::Mutex<Foo>> = LazyLock::default();
    assert_eq!(CALLED.load(Ordering::Relaxed), 0);
    assert_eq!(lazy.lock().unwrap().0, 42);
    lazy.lock().unwrap().0 = 21;
    assert_eq!(lazy.lock().unwrap().0, 21);
    assert_eq!(CALLED.load(Ordering::Relaxed), 1);
}

#[test]
fn static_sync_lazy() {
    static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
        yield_now();
        vec!["hello".to_owned(), "world".to_owned()]
    });
    in_task_and_thread(|| everywhere(6, |_| assert_eq!(WORDS.join(" "), "hello world")));
}

#[test]
fn lazy_poisoning() {
    in_task_and_thread(|| {
        let runs = AtomicUsize::new(0);
        let lazy: LazyLock<String, _> = LazyLock::new(|| {
            runs.fetch_add(1, Ordering::Relaxed);
            panic!("the initializer fails")
        });
        for _ in 0..2 {
            assert!(panics(|| assert!(lazy.len() < 100)));
        }
        assert_eq!(LazyLock::get(&lazy), None);
        assert_eq!(runs.load(Ordering::Relaxed), 1, "poisoned, not tried again");
    });
}

#[test]
fn lazy_force_mut() {
    let mut lazy = LazyLock::new(|| 1);
    assert_eq!(LazyLock::get_mut(&mut lazy), None);
    *lazy += 1;
    *LazyLock::force_mut(&mut lazy) += 1;
    assert_eq!(LazyLock::get_mut(&mut lazy), Some(&mut 3));
    assert_eq!(LazyLock::get(&lazy), Some(&3));
}

#[test]
fn lazy_force_mut_panic() {
    let mut lazy = LazyLock::<String>::new(|| panic!());
    assert!(panics(|| drop(LazyLock::force_mut(&mut lazy).clone())));
    assert!(panics(|| drop(LazyLock::force_mut(&mut lazy).clone())));
    assert_eq!(LazyLock::get_mut(&mut lazy), None);
    assert_eq!(LazyLock::get(&lazy), None);
    assert!(panics(|| assert!(lazy.is_empty())));
}

#[test]
fn a_lazy_drops_its_closure_and_its_value_once() {
    let drops = AtomicUsize::new(0);
    let captured = Dropper(&drops);
    let unused = LazyLock::new(move || drop(captured));
    drop(unused);
    assert_eq!(drops.load(Ordering::Relaxed), 1);
    let captured = Dropper(&drops);
    let used = LazyLock::new(move || captured);
    LazyLock::force(&used);
    assert_eq!(drops.load(Ordering::Relaxed), 1);
    drop(used);
    assert_eq!(drops.into_inner(), 2);
}
