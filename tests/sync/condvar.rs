//! `teem::sync::Condvar`.
//!
//! The cases of std's own suite (`library/std/tests/sync/condvar.rs`) are here under their names with
//! `std_condvar_` before them; none is left out. Where std's loop because its waits may end without
//! reason, ours do not.

use super::{Place, everywhere, has, panics, same_auto_traits, until, with_workers};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use teem::sync::{Arc, Condvar, Mutex, WaitTimeoutResult};
use teem::task::{forbid_park, yield_now};

const LONG: Duration = Duration::from_secs(1_000);

type Pair<T> = Arc<(Mutex<T>, Condvar)>;

fn pair<T>(value: T) -> Pair<T> {
    Arc::new((Mutex::new(value), Condvar::new()))
}

#[test]
fn std_condvar_smoke() {
    everywhere(|_| {
        let condvar = Condvar::new();
        condvar.notify_one();
        condvar.notify_all();
    });
}

#[test]
fn std_condvar_notify_one() {
    everywhere(|place| {
        let pair = pair(());
        let other = Arc::clone(&pair);
        let guard = pair.0.lock().unwrap();
        let tells = place.nth(0).spawn(move || {
            let _guard = other.0.lock().unwrap();
            other.1.notify_one();
        });
        drop(pair.1.wait(guard).unwrap());
        tells.join().unwrap();
    });
}

#[test]
fn std_condvar_notify_all() {
    everywhere(|place| {
        let count = 10;
        let pair = pair(0);
        let others = Arc::clone(&pair);
        let all = place.spawn_all(count, move |_| {
            let mut waiting = others.0.lock().unwrap();
            *waiting += 1;
            while *waiting != 0 {
                waiting = others.1.wait(waiting).unwrap();
            }
        });
        until(|| *pair.0.lock().unwrap() == count);
        *pair.0.lock().unwrap() = 0;
        pair.1.notify_all();
        all.into_iter().for_each(|one| one.join().unwrap());
    });
}

#[test]
fn std_condvar_test_mutex_arc_condvar() {
    everywhere(|place| {
        let (pair, locked) = (pair(false), Arc::new(AtomicBool::new(false)));
        let (other, seen) = (Arc::clone(&pair), Arc::clone(&locked));
        let tells = place.nth(0).spawn(move || {
            until(|| seen.load(Ordering::SeqCst));
            *other.0.lock().unwrap() = true;
            other.1.notify_one();
        });
        let mut told = pair.0.lock().unwrap();
        locked.store(true, Ordering::SeqCst);
        while !*told {
            told = pair.1.wait(told).unwrap();
        }
        drop(told);
        tells.join().unwrap();
    });
}

#[test]
fn std_condvar_wait_while() {
    everywhere(|place| {
        let pair = pair(false);
        let other = Arc::clone(&pair);
        let tells = place.nth(0).spawn(move || {
            *other.0.lock().unwrap() = true;
            other.1.notify_one();
        });
        let guard = pair.1.wait_while(pair.0.lock().unwrap(), |told| !*told);
        assert!(*guard.unwrap());
        tells.join().unwrap();
    });
}

#[test]
fn std_condvar_wait_timeout_wait() {
    everywhere(|_| {
        let pair = pair(());
        let (begin, timeout) = (Instant::now(), Duration::from_millis(1));
        let (_guard, result) = pair
            .1
            .wait_timeout(pair.0.lock().unwrap(), timeout)
            .unwrap();
        assert!(result.timed_out());
        assert!(begin.elapsed() >= timeout);
    });
}

#[test]
fn std_condvar_wait_timeout_while_wait() {
    everywhere(|_| {
        let pair = pair(());
        let timeout = Duration::from_millis(1);
        let guard = pair.0.lock().unwrap();
        let (_guard, result) = pair.1.wait_timeout_while(guard, timeout, |_| true).unwrap();
        assert!(result.timed_out());
    });
}

#[test]
fn std_condvar_wait_timeout_while_instant_satisfy() {
    everywhere(|_| {
        let pair = pair(());
        let guard = pair.0.lock().unwrap();
        let result = pair.1.wait_timeout_while(guard, Duration::ZERO, |_| false);
        assert!(!result.unwrap().1.timed_out());
    });
}

#[test]
fn std_condvar_wait_timeout_while_wake() {
    everywhere(|place| {
        for timeout in [LONG, Duration::from_millis(u64::MAX), Duration::MAX] {
            let pair = pair(false);
            let other = Arc::clone(&pair);
            let guard = pair.0.lock().unwrap();
            let tells = place.nth(0).spawn(move || {
                *other.0.lock().unwrap() = true;
                other.1.notify_one();
            });
            let result = pair.1.wait_timeout_while(guard, timeout, |told| !*told);
            let (guard, result) = result.unwrap();
            assert!(!result.timed_out());
            assert!(*guard);
            drop(guard);
            tells.join().unwrap();
        }
    });
}

#[test]
fn std_condvar_wait_timeout_wake() {
    everywhere(|place| {
        let pair = pair(false);
        let other = Arc::clone(&pair);
        let guard = pair.0.lock().unwrap();
        let tells = place.nth(0).spawn(move || {
            *other.0.lock().unwrap() = true;
            other.1.notify_one();
        });
        let timeout = Duration::from_millis(u64::MAX);
        let (told, result) = pair.1.wait_timeout(guard, timeout).unwrap();
        assert!(!result.timed_out());
        assert!(*told);
        drop(told);
        tells.join().unwrap();
    });
}

#[test]
#[expect(deprecated, reason = "std has it still")]
fn a_wait_in_milliseconds_says_whether_it_was_told() {
    everywhere(|_| {
        let pair = pair(());
        let result = pair.1.wait_timeout_ms(pair.0.lock().unwrap(), 1);
        assert!(!result.unwrap().1);
    });
}

#[test]
fn notify_one_wakes_one_and_in_order() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            let count = 8;
            let (pair, woken) = (pair(0), Arc::new(Mutex::new(Vec::new())));
            let mut tasks = Vec::new();
            for n in 0..count {
                let (other, order) = (Arc::clone(&pair), Arc::clone(&woken));
                tasks.push(teem::spawn(move || {
                    let mut waiting = other.0.lock().unwrap();
                    *waiting += 1;
                    let guard = other.1.wait(waiting).unwrap();
                    order.lock().unwrap().push(n);
                    drop(guard);
                }));
                // Once it is counted and the mutex is free, it waits.
                until(|| *pair.0.lock().unwrap() == n + 1);
            }
            for n in 0..count {
                pair.1.notify_one();
                until(|| woken.lock().unwrap().len() > n);
                (0..10).for_each(|_| yield_now());
                assert_eq!(woken.lock().unwrap().len(), n + 1, "one each");
            }
            tasks.into_iter().for_each(|task| task.join().unwrap());
            assert_eq!(*woken.lock().unwrap(), (0..count).collect::<Vec<_>>());
        });
    });
}

#[test]
fn notifications_and_timeouts_at_once_lose_none() {
    everywhere(|place| {
        // As many tokens are given as are taken; a taker whose wait timed out looks again.
        let (takers, rounds) = (4, 50);
        let (pair, timeouts) = (pair(0), Arc::new(AtomicUsize::new(0)));
        let (others, counts) = (Arc::clone(&pair), Arc::clone(&timeouts));
        let all = place.spawn_all(takers, move |n| {
            for round in 0..rounds {
                let mut tokens = others.0.lock().unwrap();
                while *tokens == 0 {
                    let timeout = match (n + round) % 3 {
                        0 => LONG,
                        short => Duration::from_micros(20 * short as u64),
                    };
                    let (guard, result) = others.1.wait_timeout(tokens, timeout).unwrap();
                    tokens = guard;
                    counts.fetch_add(result.timed_out().into(), Ordering::SeqCst);
                }
                *tokens -= 1;
            }
        });
        for _ in 0..takers * rounds {
            *pair.0.lock().unwrap() += 1;
            pair.1.notify_one();
            yield_now();
        }
        all.into_iter().for_each(|one| one.join().unwrap());
        assert_eq!(*pair.0.lock().unwrap(), 0);
    });
}

#[test]
fn more_than_fit_one_turn_are_all_told() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let pair = pair((0, false));
            let others = Arc::clone(&pair);
            let all = Place::Task.spawn_all(100, move |_| {
                let mut state = others.0.lock().unwrap();
                state.0 += 1;
                drop(others.1.wait_while(state, |state| !state.1).unwrap());
            });
            until(|| pair.0.lock().unwrap().0 == 100);
            pair.0.lock().unwrap().1 = true;
            pair.1.notify_all();
            all.into_iter().for_each(|one| one.join().unwrap());
        });
    });
}

#[test]
fn a_wait_with_a_poisoned_mutex_gives_the_guard_back() {
    everywhere(|place| {
        let pair = pair(0);
        let other = Arc::clone(&pair);
        let guard = pair.0.lock().unwrap();
        let fails = place.nth(0).spawn(move || {
            let mut guard = other.0.lock().unwrap();
            *guard = 1;
            other.1.notify_all();
            panic!("with the lock");
        });
        let error = pair.1.wait(guard).unwrap_err();
        assert_eq!(*error.into_inner(), 1);
        assert!(fails.join().is_err());
        let timeout = Duration::from_micros(1);
        let guard = pair.0.lock().unwrap_err().into_inner();
        let error = pair.1.wait_timeout(guard, timeout).unwrap_err();
        assert!(error.into_inner().1.timed_out());
    });
}

#[test]
fn one_condvar_serves_several_mutexes() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (first, second, condvar) = (Mutex::new(0), Mutex::new(0), Condvar::new());
            teem::scope(|s| {
                for mutex in [&first, &second] {
                    let condvar = &condvar;
                    s.spawn(move || {
                        let guard = mutex.lock().unwrap();
                        drop(condvar.wait_while(guard, |told| *told == 0).unwrap());
                    });
                }
                *first.lock().unwrap() = 1;
                *second.lock().unwrap() = 1;
                condvar.notify_all();
            });
        });
    });
}

#[test]
fn a_cancelled_task_waits_to_be_told_as_ever() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let pair = pair((false, false));
            let other = Arc::clone(&pair);
            let task = teem::spawn(move || {
                let mut state = other.0.lock().unwrap();
                state.0 = true;
                let state = other.1.wait(state).unwrap();
                state.1
            });
            until(|| pair.0.lock().unwrap().0);
            task.cancel();
            (0..10).for_each(|_| yield_now());
            pair.0.lock().unwrap().1 = true;
            pair.1.notify_one();
            assert!(task.join().unwrap(), "not before it was told");
        });
    });
}

#[test]
fn waiting_where_parking_is_forbidden_panics_and_frees_the_mutex() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let pair = pair(());
            assert!(panics(|| forbid_park(|| {
                let guard = pair.0.lock().unwrap();
                drop(pair.1.wait(guard));
            })));
            assert!(pair.0.is_poisoned());
            pair.0.clear_poison();
            assert!(pair.0.try_lock().is_ok());
        });
    });
}

#[test]
fn a_condvar_has_the_auto_traits_and_the_output_of_stds() {
    same_auto_traits! {
        Condvar, std::sync::Condvar;
        WaitTimeoutResult, std::sync::WaitTimeoutResult;
    }
    let stds = format!("{:?}", std::sync::Condvar::default());
    assert_eq!(format!("{:?}", Condvar::default()), stds);
}
