//! `teem::sync::Mutex`.
//!
//! The cases of std's own suite (`library/std/tests/sync/mutex.rs`) are here under their names with
//! `std_mutex_` before them. Left out, as Rust 1.95 has them as experiments only: `test_get_cloned`,
//! `test_set`, `test_set_drop`, `test_replace` and their `_poison` twins, all of mapped guards, and
//! those of `nonpoison` (`test_mutex_with_mut`, `test_mutex_guard_unlocked`). `test_needs_drop` asks
//! about types of the suite itself.
//!
//! That a waiter of a millisecond is next is tested where one can see who waits, in
//! `runtime/sync/raw/tests.rs`.

use super::{Place, everywhere, has, panics, same_auto_traits, until, with_workers};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use teem::sync::{Arc, Mutex, MutexGuard, TryLockError};
use teem::task::{forbid_park, yield_now};

#[derive(Debug, PartialEq, Eq)]
struct NonCopy(i32);

#[test]
fn std_mutex_smoke() {
    everywhere(|_| {
        let mutex = Mutex::new(());
        drop(mutex.lock().unwrap());
        drop(mutex.lock().unwrap());
    });
}

#[test]
fn std_mutex_lots_and_lots() {
    everywhere(|place| {
        let (rounds, helpers) = (1_000, 6);
        let mutex = Arc::new(Mutex::new(0));
        let shared = Arc::clone(&mutex);
        let all = place.spawn_all(helpers, move |_| {
            (0..rounds).for_each(|_| *shared.lock().unwrap() += 1);
        });
        all.into_iter().for_each(|one| one.join().unwrap());
        assert_eq!(*mutex.lock().unwrap(), rounds * helpers);
    });
}

#[test]
fn std_mutex_try_lock() {
    everywhere(|_| *Mutex::new(()).try_lock().unwrap() = ());
}

#[test]
fn std_mutex_test_into_inner() {
    assert_eq!(Mutex::new(NonCopy(10)).into_inner().unwrap(), NonCopy(10));
}

#[test]
fn std_mutex_test_into_inner_drop() {
    struct Counts(Arc<AtomicUsize>);
    impl Drop for Counts {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    let mutex = Mutex::new(Counts(Arc::clone(&drops)));
    let inner = mutex.into_inner().unwrap();
    assert_eq!(drops.load(Ordering::SeqCst), 0);
    drop(inner);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn std_mutex_test_get_mut() {
    let mut mutex = Mutex::new(NonCopy(10));
    *mutex.get_mut().unwrap() = NonCopy(20);
    assert_eq!(mutex.into_inner().unwrap(), NonCopy(20));
}

#[test]
fn std_mutex_test_mutex_arc_nested() {
    everywhere(|place| {
        let inner = Arc::new(Mutex::new(1));
        let outer = Arc::new(Mutex::new(inner));
        let reads = place.nth(0).spawn(move || {
            let guard = outer.lock().unwrap();
            let inner = guard.lock().unwrap();
            *inner
        });
        assert_eq!(reads.join().unwrap(), 1);
    });
}

#[test]
fn std_mutex_test_mutex_unsized() {
    let mutex: &Mutex<[i32]> = &Mutex::new([1, 2, 3]);
    {
        let slice = &mut *mutex.lock().unwrap();
        slice[0] = 4;
        slice[2] = 5;
    }
    assert_eq!(*mutex.lock().unwrap(), [4, 2, 5]);
}

#[test]
fn std_mutex_test_panics() {
    everywhere(|_| {
        let mutex = Mutex::new(42);
        for _ in 0..3 {
            assert!(panics(|| {
                let _guard = mutex.lock();
                panic!("with the lock");
            }));
        }
        assert!(mutex.is_poisoned());
    });
}

#[test]
fn std_mutex_test_mutex_arc_access_in_unwind() {
    struct Unwinder(Arc<Mutex<i32>>);
    impl Drop for Unwinder {
        fn drop(&mut self) {
            *self.0.lock().unwrap() += 1;
        }
    }
    everywhere(|place| {
        let mutex = Arc::new(Mutex::new(1));
        let shared = Arc::clone(&mutex);
        let ends = place.nth(0).spawn(move || {
            let _unwinder = Unwinder(shared);
            panic!("unwinds");
        });
        assert!(ends.join().is_err());
        assert_eq!(*mutex.lock().unwrap(), 2);
    });
}

/// A mutex whose holder has panicked.
fn poisoned<T>(value: T) -> Mutex<T> {
    let mutex = Mutex::new(value);
    assert!(panics(|| {
        let _guard = mutex.lock().unwrap();
        panic!("with the lock");
    }));
    assert!(mutex.is_poisoned());
    mutex
}

#[test]
fn std_mutex_test_into_inner_poison() {
    let error = poisoned(NonCopy(10)).into_inner().unwrap_err();
    assert_eq!(error.into_inner(), NonCopy(10));
}

#[test]
fn std_mutex_test_get_mut_poison() {
    let mut mutex = poisoned(NonCopy(10));
    assert_eq!(*mutex.get_mut().unwrap_err().into_inner(), NonCopy(10));
}

#[test]
fn std_mutex_test_mutex_arc_poison() {
    everywhere(|place| {
        let mutex = Arc::new(Mutex::new(1));
        let shared = Arc::clone(&mutex);
        let fails = place.nth(0).spawn(move || {
            let guard = shared.lock().unwrap();
            assert_eq!(*guard, 2);
        });
        assert!(fails.join().is_err());
        assert!(mutex.lock().is_err());
        assert!(mutex.is_poisoned());
    });
}

#[test]
fn a_poisoned_mutex_is_locked_all_the_same_and_can_be_cleared() {
    let mutex = poisoned(1);
    match mutex.try_lock() {
        Err(TryLockError::Poisoned(error)) => {
            assert!(matches!(mutex.try_lock(), Err(TryLockError::WouldBlock)));
            *error.into_inner() += 1;
        }
        other => panic!("{other:?}"),
    }
    mutex.clear_poison();
    assert_eq!(*mutex.lock().unwrap(), 2);
}

#[test]
fn a_panic_while_others_wait_poisons_and_lets_them_go() {
    everywhere(|place| {
        let mutex = Arc::new(Mutex::new(()));
        let (shared, held) = (Arc::clone(&mutex), Arc::new(AtomicBool::new(false)));
        let holds = Arc::clone(&held);
        let fails = place.nth(0).spawn(move || {
            let _guard = shared.lock().unwrap();
            holds.store(true, Ordering::SeqCst);
            (0..10).for_each(|_| yield_now());
            panic!("with the lock");
        });
        until(|| held.load(Ordering::SeqCst));
        let waits = place.spawn_all(4, move |_| mutex.lock().is_err());
        assert!(waits.into_iter().all(|one| one.join().unwrap()));
        assert!(fails.join().is_err());
    });
}

#[test]
fn a_guard_is_kept_over_a_park_and_excludes_all_others() {
    everywhere(|place| {
        let (mutex, inside) = (Arc::new(Mutex::new(0)), Arc::new(AtomicUsize::new(0)));
        let shared = Arc::clone(&mutex);
        let all = place.spawn_all(8, move |n| {
            for round in 0..50 {
                let mut guard = shared.lock().unwrap();
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "alone");
                if (n + round) % 3 == 0 {
                    yield_now();
                }
                *guard += 1;
                inside.fetch_sub(1, Ordering::SeqCst);
            }
        });
        all.into_iter().for_each(|one| one.join().unwrap());
        assert_eq!(*mutex.lock().unwrap(), 8 * 50);
    });
}

#[test]
fn a_lock_is_shared_by_tasks_of_different_runtimes() {
    let mutex = Arc::new(Mutex::new(0));
    with_workers([1], |one| {
        with_workers([2], |other| {
            let work = |mutex: Arc<Mutex<usize>>| {
                move || {
                    for _ in 0..500 {
                        let mut guard = mutex.lock().unwrap();
                        *guard += 1;
                        yield_now();
                    }
                }
            };
            let tasks =
                [one, one, other, other].map(|runtime| runtime.spawn(work(Arc::clone(&mutex))));
            tasks.into_iter().for_each(|task| task.join().unwrap());
        });
    });
    assert_eq!(*mutex.lock().unwrap(), 2_000);
}

#[test]
fn waiting_where_parking_is_forbidden_panics_and_harms_nobody() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let mutex = Mutex::new(0);
            forbid_park(|| *mutex.lock().unwrap() += 1);
            let guard = mutex.lock().unwrap();
            assert!(panics(|| forbid_park(|| mutex.lock().map(drop).is_ok())));
            assert!(forbid_park(|| mutex.try_lock().is_err()));
            drop(guard);
            assert_eq!(*mutex.lock().unwrap(), 1);
        });
    });
}

#[test]
fn a_cancelled_task_waits_for_a_lock_as_ever() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            let mutex = Arc::new(Mutex::new(0));
            let guard = mutex.lock().unwrap();
            let (shared, started) = (Arc::clone(&mutex), Arc::new(AtomicBool::new(false)));
            let starts = Arc::clone(&started);
            let task = teem::spawn(move || {
                starts.store(true, Ordering::SeqCst);
                *shared.lock().unwrap() += 1;
            });
            until(|| started.load(Ordering::SeqCst));
            task.cancel();
            (0..10).for_each(|_| yield_now());
            assert!(!task.is_finished());
            drop(guard);
            task.join().unwrap();
            assert_eq!(*mutex.lock().unwrap(), 1);
        });
    });
}

#[test]
fn no_count_is_lost_when_threads_come_to_a_mutex_that_a_worker_had_alone() {
    // More than it takes to become the owner.
    const ALONE: usize = 3_000;
    with_workers([1], |runtime| {
        for round in 0..40 {
            let (count, come) = (Mutex::new(0), AtomicBool::new(false));
            std::thread::scope(|s| {
                s.spawn(|| {
                    while !come.load(Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                    (0..100).for_each(|_| *count.lock().unwrap() += 1);
                });
                runtime.run(|| {
                    for number in 0..ALONE {
                        // At another moment each time.
                        come.fetch_or(number == ALONE / 2 + round, Ordering::Relaxed);
                        *count.lock().unwrap() += 1;
                    }
                });
            });
            assert_eq!(count.into_inner().unwrap(), ALONE + 100);
        }
    });
}

#[test]
fn a_mutex_has_the_auto_traits_and_the_output_of_stds() {
    same_auto_traits! {
        Mutex<i32>, std::sync::Mutex<i32>;
        Mutex<Cell<i32>>, std::sync::Mutex<Cell<i32>>;
        Mutex<Rc<i32>>, std::sync::Mutex<Rc<i32>>;
        Mutex<&'static Cell<i32>>, std::sync::Mutex<&'static Cell<i32>>;
        MutexGuard<'static, i32>, std::sync::MutexGuard<'static, i32>;
        MutexGuard<'static, Cell<i32>>, std::sync::MutexGuard<'static, Cell<i32>>;
        MutexGuard<'static, &'static Cell<i32>>, std::sync::MutexGuard<'static, &'static Cell<i32>>;
    }
    let (ours, stds) = (Mutex::new("text"), std::sync::Mutex::new("text"));
    assert_eq!(format!("{ours:?} {ours:#?}"), format!("{stds:?} {stds:#?}"));
    let guards = (ours.lock().unwrap(), stds.lock().unwrap());
    assert_eq!(format!("{ours:?} {ours:#?}"), format!("{stds:?} {stds:#?}"));
    assert_eq!(format!("{:?} {}", guards.0, guards.0), "\"text\" text");
    drop(guards);
    assert!(panics(|| {
        let _guards = (ours.lock(), stds.lock());
        panic!("with both locks");
    }));
    assert_eq!(format!("{ours:?}"), format!("{stds:?}"));
    assert_eq!(
        *Mutex::from(1).lock().unwrap() + *Mutex::<i32>::default().lock().unwrap(),
        1
    );
}

#[test]
fn places_are_mixed() {
    assert_eq!(Place::Mixed.nth(0), Place::Task);
    assert_eq!(Place::Mixed.nth(1), Place::Thread);
}
