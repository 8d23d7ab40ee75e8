//! `teem::sync::RwLock`.
//!
//! The cases of std's own suite (`library/std/tests/sync/rwlock.rs`) are here under their names with
//! `std_rwlock_` before them. Left out, as Rust 1.95 has them as experiments only: `test_get_cloned`,
//! `test_set`, `test_replace` and their `_poison` twins, all of mapped guards, and those of `nonpoison`
//! (`test_rwlock_with`, `test_rwlock_with_mut`, `test_read_guard_unlocked`, `test_write_guard_unlocked`).
//! `test_needs_drop` asks about types of the suite itself.
//!
//! Who is let in next is tested where one can see who waits, in `runtime/sync/raw/tests.rs`.

use super::{everywhere, has, panics, same_auto_traits, until, with_workers};
use crate::random::Random;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use teem::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};
use teem::task::{forbid_park, yield_now};

#[derive(Debug, PartialEq, Eq)]
struct NonCopy(i32);

#[test]
fn std_rwlock_smoke() {
    everywhere(|_| {
        let lock = RwLock::new(());
        drop(lock.read().unwrap());
        drop(lock.write().unwrap());
        drop((lock.read().unwrap(), lock.read().unwrap()));
        drop(lock.write().unwrap());
    });
}

#[test]
fn std_rwlock_frob() {
    everywhere(|place| {
        let count = 10;
        let (lock, mut random) = (Arc::new(RwLock::new(0)), Random::new());
        let seeds: Vec<_> = (0..count).map(|_| random.split()).collect();
        let shared = Arc::clone(&lock);
        let all = place.spawn_all(count, move |n| {
            let (mut random, mut writes) = (seeds[n].clone(), 0);
            for _ in 0..200 {
                if random.below(count as u64) == 0 {
                    *shared.write().unwrap() += 1;
                    writes += 1;
                } else {
                    let seen = shared.read().unwrap();
                    let before = *seen;
                    yield_now();
                    assert_eq!(*seen, before, "nobody writes meanwhile");
                }
            }
            writes
        });
        let writes: usize = all.into_iter().map(|one| one.join().unwrap()).sum();
        assert_eq!(*lock.read().unwrap(), writes);
    });
}

#[test]
fn std_rwlock_test_rw_arc() {
    everywhere(|place| {
        let lock = Arc::new(RwLock::new(0));
        let shared = Arc::clone(&lock);
        let writer = place.nth(0).spawn(move || {
            let mut guard = shared.write().unwrap();
            for _ in 0..10 {
                let before = *guard;
                *guard = -1;
                yield_now();
                *guard = before + 1;
            }
        });
        let shared = Arc::clone(&lock);
        let readers = place.spawn_all(5, move |_| assert!(*shared.read().unwrap() >= 0));
        readers.into_iter().for_each(|one| one.join().unwrap());
        writer.join().unwrap();
        assert_eq!(*lock.read().unwrap(), 10);
    });
}

#[test]
fn std_rwlock_test_rw_arc_access_in_unwind() {
    struct Unwinder(Arc<RwLock<i32>>);
    impl Drop for Unwinder {
        fn drop(&mut self) {
            *self.0.write().unwrap() += 1;
        }
    }
    everywhere(|place| {
        let lock = Arc::new(RwLock::new(1));
        let shared = Arc::clone(&lock);
        let ends = place.nth(0).spawn(move || {
            let _unwinder = Unwinder(shared);
            panic!("unwinds");
        });
        assert!(ends.join().is_err());
        assert_eq!(*lock.read().unwrap(), 2);
    });
}

#[test]
fn std_rwlock_test_rwlock_unsized() {
    let lock: &RwLock<[i32]> = &RwLock::new([1, 2, 3]);
    {
        let slice = &mut *lock.write().unwrap();
        slice[0] = 4;
        slice[2] = 5;
    }
    assert_eq!(*lock.read().unwrap(), [4, 2, 5]);
}

#[test]
fn std_rwlock_test_into_inner() {
    assert_eq!(RwLock::new(NonCopy(10)).into_inner().unwrap(), NonCopy(10));
}

#[test]
fn std_rwlock_test_into_inner_drop() {
    struct Counts(Arc<AtomicUsize>);
    impl Drop for Counts {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    let lock = RwLock::new(Counts(Arc::clone(&drops)));
    let inner = lock.into_inner().unwrap();
    assert_eq!(drops.load(Ordering::SeqCst), 0);
    drop(inner);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn std_rwlock_test_get_mut() {
    let mut lock = RwLock::new(NonCopy(10));
    *lock.get_mut().unwrap() = NonCopy(20);
    assert_eq!(lock.into_inner().unwrap(), NonCopy(20));
}

#[test]
fn std_rwlock_test_read_guard_covariance() {
    fn same_lifetime<'a>(_: RwLockReadGuard<'_, &'a i32>, _: &'a i32) {}
    let outer = 5;
    let lock = RwLock::new(&outer);
    {
        let inner = 6;
        same_lifetime(lock.read().unwrap(), &inner);
    }
    assert!(!lock.is_poisoned());
}

#[test]
fn std_rwlock_test_downgrade_basic() {
    let lock = RwLock::new(());
    let _reading = RwLockWriteGuard::downgrade(lock.write().unwrap());
    assert!(lock.try_read().is_ok());
    assert!(lock.try_write().is_err());
}

#[test]
fn std_rwlock_test_downgrade_observe() {
    everywhere(|place| {
        let (writers, rounds) = (20, 50);
        let lock = Arc::new(RwLock::new(0));
        let shared = Arc::clone(&lock);
        let all = place.spawn_all(writers, move |n| {
            for round in 0..rounds {
                let mut writing = shared.write().unwrap();
                *writing += 1;
                let written = *writing;
                let reading = RwLockWriteGuard::downgrade(writing);
                if (n + round) % 4 == 0 {
                    yield_now();
                }
                assert_eq!(*reading, written);
            }
        });
        all.into_iter().for_each(|one| one.join().unwrap());
        assert_eq!(*lock.read().unwrap(), writers * rounds);
    });
}

#[test]
fn std_rwlock_test_downgrade_atomic() {
    everywhere(|place| {
        let writers = 20;
        let lock = Arc::new(RwLock::new(0));
        let mut writing = lock.write().unwrap();
        let (shared, here) = (Arc::clone(&lock), Arc::new(AtomicUsize::new(0)));
        let comes = Arc::clone(&here);
        let all = place.spawn_all(writers, move |_| {
            comes.fetch_add(1, Ordering::SeqCst);
            *shared.write().unwrap() += 1;
        });
        until(|| here.load(Ordering::SeqCst) == writers);
        *writing = -1;
        let reading = RwLockWriteGuard::downgrade(writing);
        assert_eq!(*reading, -1);
        drop(reading);
        all.into_iter().for_each(|one| one.join().unwrap());
        assert_eq!(*lock.read().unwrap(), writers as i32 - 1);
    });
}

#[test]
fn std_rwlock_poison_test_rwlock_try_write() {
    let lock = RwLock::new(0);
    let reading = lock.read().unwrap();
    assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
    drop(reading);
    assert!(lock.try_write().is_ok());
}

/// A lock whose writer has panicked.
fn poisoned<T>(value: T) -> RwLock<T> {
    let lock = RwLock::new(value);
    assert!(panics(|| {
        let _guard = lock.write().unwrap();
        panic!("with the lock");
    }));
    assert!(lock.is_poisoned());
    lock
}

#[test]
fn std_rwlock_test_into_inner_poison() {
    let error = poisoned(NonCopy(10)).into_inner().unwrap_err();
    assert_eq!(error.into_inner(), NonCopy(10));
}

#[test]
fn std_rwlock_test_get_mut_poison() {
    let mut lock = poisoned(NonCopy(10));
    assert_eq!(*lock.get_mut().unwrap_err().into_inner(), NonCopy(10));
}

/// What becomes of a lock when a helper panics with it.
fn after_a_panic(with: fn(&RwLock<i32>), then: fn(&RwLock<i32>)) {
    for place in [super::Place::Task, super::Place::Thread] {
        let lock = Arc::new(RwLock::new(1));
        let shared = Arc::clone(&lock);
        assert!(place.spawn(move || with(&shared)).join().is_err());
        then(&lock);
    }
}

fn panics_writing(lock: &RwLock<i32>) {
    let _guard = lock.write().unwrap();
    panic!("while writing");
}

fn panics_reading(lock: &RwLock<i32>) {
    let _guard = lock.read().unwrap();
    panic!("while reading");
}

#[test]
fn std_rwlock_test_rw_arc_poison_wr() {
    after_a_panic(panics_writing, |lock| assert!(lock.read().is_err()));
}

#[test]
fn std_rwlock_test_rw_arc_poison_ww() {
    after_a_panic(panics_writing, |lock| {
        assert!(lock.write().is_err());
        assert!(lock.is_poisoned());
    });
}

#[test]
fn std_rwlock_test_rw_arc_no_poison_rr() {
    after_a_panic(panics_reading, |lock| assert_eq!(*lock.read().unwrap(), 1));
}

#[test]
fn std_rwlock_test_rw_arc_no_poison_rw() {
    after_a_panic(panics_reading, |lock| assert_eq!(*lock.write().unwrap(), 1));
}

#[test]
fn a_poisoned_lock_is_taken_all_the_same_and_can_be_cleared() {
    let lock = poisoned(1);
    *lock.write().unwrap_err().into_inner() += 1;
    assert!(matches!(lock.try_read(), Err(TryLockError::Poisoned(_))));
    assert!(matches!(lock.try_write(), Err(TryLockError::Poisoned(_))));
    let writing = lock.write().unwrap_err().into_inner();
    assert_eq!(*RwLockWriteGuard::downgrade(writing), 2, "however poisoned");
    lock.clear_poison();
    assert_eq!(*lock.read().unwrap(), 2);
}

#[test]
fn readers_hold_the_lock_together() {
    everywhere(|place| {
        let count = 4;
        let (lock, inside) = (Arc::new(RwLock::new(())), Arc::new(AtomicUsize::new(0)));
        let all = place.spawn_all(count, move |_| {
            let _guard = lock.read().unwrap();
            inside.fetch_add(1, Ordering::SeqCst);
            until(|| inside.load(Ordering::SeqCst) == count);
        });
        all.into_iter().for_each(|one| one.join().unwrap());
    });
}

#[test]
fn a_stream_of_readers_does_not_keep_a_writer_out() {
    everywhere(|place| {
        let (lock, written) = (Arc::new(RwLock::new(0)), Arc::new(AtomicBool::new(false)));
        let (shared, seen) = (Arc::clone(&lock), Arc::clone(&written));
        // Each takes the lock again before the other gives it back, for ever.
        let baton = Arc::new(AtomicUsize::new(0));
        let readers = place.spawn_all(2, move |n| {
            while !seen.load(Ordering::SeqCst) {
                let guard = shared.read().unwrap();
                let turn = baton.fetch_add(1, Ordering::SeqCst);
                for _ in 0..n + 2 {
                    yield_now();
                }
                assert!(turn < usize::MAX);
                drop(guard);
            }
        });
        *lock.write().unwrap() += 1;
        written.store(true, Ordering::SeqCst);
        readers.into_iter().for_each(|one| one.join().unwrap());
        assert_eq!(*lock.read().unwrap(), 1);
    });
}

#[test]
fn a_stream_of_writers_does_not_keep_a_reader_out() {
    everywhere(|place| {
        let (lock, over) = (Arc::new(RwLock::new(0)), Arc::new(AtomicBool::new(false)));
        let (shared, ends) = (Arc::clone(&lock), Arc::clone(&over));
        let writers = place.spawn_all(3, move |_| {
            while !ends.load(Ordering::SeqCst) {
                let mut guard = shared.write().unwrap();
                yield_now();
                *guard += 1;
            }
        });
        for _ in 0..20 {
            drop(lock.read().unwrap());
        }
        over.store(true, Ordering::SeqCst);
        writers.into_iter().for_each(|one| one.join().unwrap());
    });
}

#[test]
fn waiting_where_parking_is_forbidden_panics_and_harms_nobody() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let lock = RwLock::new(0);
            forbid_park(|| *lock.write().unwrap() += 1);
            let guard = lock.write().unwrap();
            assert!(panics(|| forbid_park(|| lock.read().map(drop).is_ok())));
            assert!(panics(|| forbid_park(|| lock.write().map(drop).is_ok())));
            drop(guard);
            assert_eq!(*lock.read().unwrap(), 1);
        });
    });
}

#[test]
fn a_lock_has_the_auto_traits_and_the_output_of_stds() {
    same_auto_traits! {
        RwLock<i32>, std::sync::RwLock<i32>;
        RwLock<Cell<i32>>, std::sync::RwLock<Cell<i32>>;
        RwLock<Rc<i32>>, std::sync::RwLock<Rc<i32>>;
        RwLockReadGuard<'static, i32>, std::sync::RwLockReadGuard<'static, i32>;
        RwLockReadGuard<'static, Cell<i32>>, std::sync::RwLockReadGuard<'static, Cell<i32>>;
        RwLockWriteGuard<'static, i32>, std::sync::RwLockWriteGuard<'static, i32>;
        RwLockWriteGuard<'static, Cell<i32>>, std::sync::RwLockWriteGuard<'static, Cell<i32>>;
    }
    let (ours, stds) = (RwLock::new("text"), std::sync::RwLock::new("text"));
    assert_eq!(format!("{ours:?} {ours:#?}"), format!("{stds:?} {stds:#?}"));
    let guards = (ours.write().unwrap(), stds.write().unwrap());
    assert_eq!(format!("{ours:?} {ours:#?}"), format!("{stds:?} {stds:#?}"));
    assert_eq!(format!("{:?} {}", guards.0, guards.0), "\"text\" text");
    drop(guards);
    let guard = ours.read().unwrap();
    assert_eq!(format!("{guard:?} {guard}"), "\"text\" text");
    drop(guard);
    assert!(panics(|| {
        let _guards = (ours.write(), stds.write());
        panic!("with both locks");
    }));
    assert_eq!(format!("{ours:?}"), format!("{stds:?}"));
    let sum = *RwLock::from(1).read().unwrap() + *RwLock::<i32>::default().read().unwrap();
    assert_eq!(sum, 1);
}
