//! Who is next: tests that can see who waits, and say how patient a lock is.

#[path = "../../../tests/support/watchdog.rs"]
mod watchdog;

use super::rwlock::Side;
use super::{PATIENCE, Parking, RawMutex, RawRwLock, Scheduler};
use crate::bias::Identity;
use crate::runtime::{Builder, Runtime};
use crate::task::{Accepts, Builder as TaskBuilder, Claim, Waiter, Wake, yield_now};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The scheduler's parking, for a lock that hands over always or never.
#[derive(Clone, Copy)]
struct Patience {
    overdue: bool,
}

impl Parking for Patience {
    fn identity(&self) -> Identity {
        Scheduler.identity()
    }

    fn waiter(&self) -> Waiter {
        Scheduler.waiter()
    }

    fn wait(&self, waiter: &Waiter, deadline: Option<Instant>, accepts: Accepts) -> Wake {
        Scheduler.wait(waiter, deadline, accepts)
    }

    fn settle(&self, claim: Claim) {
        Scheduler.settle(claim);
    }

    fn is_overdue(&self, _: Instant, _: Instant) -> bool {
        self.overdue
    }

    fn spins(&self) -> u32 {
        0
    }

    fn spend_budget(&self) {}
}

const NEVER: Patience = Patience { overdue: false };

fn with_workers(sizes: &[usize], test: impl Fn(&Runtime)) {
    let _watchdog = watchdog::Watchdog::start();
    for &workers in sizes {
        let runtime = Builder::new().workers(workers).build().expect("a runtime");
        test(&runtime);
        let ended = runtime.shutdown(Duration::from_secs(60));
        assert_eq!(ended, Ok(()), "with {workers} workers");
    }
}

fn until(condition: impl Fn() -> bool) {
    while !condition() {
        yield_now();
    }
}

/// Spends the time that makes whoever waits already overdue.
fn be_slow() {
    let begin = Instant::now();
    while begin.elapsed() <= PATIENCE {
        std::hint::spin_loop();
    }
}

#[test]
fn a_waiter_of_a_millisecond_is_next_though_another_takes_the_lock_in_a_loop() {
    for (workers, waiter_runs_on) in [(1, 0), (2, 1)] {
        with_workers(&[workers], |runtime| {
            let (mutex, served) = (Arc::new(RawMutex::new()), Arc::new(AtomicUsize::new(0)));
            let (shared, serves) = (Arc::clone(&mutex), Arc::clone(&served));
            let hog = move || {
                for round in 0..20 {
                    shared.lock();
                    let (lock, served) = (Arc::clone(&shared), Arc::clone(&serves));
                    let waiter = TaskBuilder::new().worker(waiter_runs_on).spawn(move || {
                        lock.lock();
                        served.fetch_add(1, Ordering::SeqCst);
                        // SAFETY: locked above.
                        unsafe { lock.unlock() };
                    });
                    until(|| shared.has_waiters());
                    be_slow();
                    // SAFETY: locked above.
                    unsafe { shared.unlock() };
                    // At once, before the other one can run.
                    shared.lock();
                    assert_eq!(serves.load(Ordering::SeqCst), round + 1, "it came first");
                    // SAFETY: locked above.
                    unsafe { shared.unlock() };
                    waiter.expect("a task").join().expect("it ends");
                }
            };
            let hog = runtime.run(|| TaskBuilder::new().worker(0).spawn(hog));
            hog.expect("a task").join().expect("the waiter is next");
            assert!(mutex.try_lock(), "free in the end");
        });
    }
}

#[test]
fn a_lock_given_back_early_may_be_taken_before_the_waiter_runs() {
    with_workers(&[1], |runtime| {
        let mutex = Arc::new(RawMutex::new());
        let shared = Arc::clone(&mutex);
        runtime.run(|| {
            mutex.lock();
            let waiter = crate::spawn(move || {
                shared.lock_with(&NEVER);
                // SAFETY: locked above.
                unsafe { shared.unlock_with(&NEVER) };
            });
            for _ in 0..10 {
                until(|| mutex.has_waiters());
                // SAFETY: locked above, or below.
                unsafe { mutex.unlock_with(&NEVER) };
                assert!(mutex.try_lock(), "the waiter has yet to run");
            }
            // SAFETY: locked above.
            unsafe { mutex.unlock_with(&NEVER) };
            waiter.join().expect("it gets the lock in the end");
        });
    });
}

/// Has `count` tasks wait for the lock that the caller holds, one after the other; each notes its
/// number when it has the lock.
fn line_up(
    mutex: &Arc<RawMutex>,
    count: usize,
    order: &Arc<Mutex<Vec<usize>>>,
) -> Vec<crate::JoinHandle<()>> {
    let line = |number| {
        let here = Arc::new(AtomicBool::new(false));
        let (mutex, order, comes) = (Arc::clone(mutex), Arc::clone(order), Arc::clone(&here));
        let task = crate::spawn(move || {
            comes.store(true, Ordering::SeqCst);
            mutex.lock_with(&NEVER);
            order.lock().expect("whole").push(number);
            // SAFETY: locked above.
            unsafe { mutex.unlock_with(&NEVER) };
        });
        // On one worker: once it has been here and others run again, it waits.
        until(|| here.load(Ordering::SeqCst));
        task
    };
    (0..count).map(line).collect()
}

#[test]
fn a_waiter_that_loses_the_race_keeps_its_place() {
    with_workers(&[1], |runtime| {
        runtime.run(|| {
            let (mutex, order) = (Arc::new(RawMutex::new()), Arc::default());
            mutex.lock();
            let tasks = line_up(&mutex, 5, &order);
            for _ in 0..10 {
                // SAFETY: locked above, or below.
                unsafe { mutex.unlock_with(&NEVER) };
                assert!(mutex.try_lock());
                // The one that was woken finds it taken.
                (0..3).for_each(|_| yield_now());
            }
            // SAFETY: locked above.
            unsafe { mutex.unlock_with(&NEVER) };
            tasks
                .into_iter()
                .for_each(|task| task.join().expect("served"));
            assert_eq!(*order.lock().expect("whole"), [0, 1, 2, 3, 4]);
        });
    });
}

/// Starts a task that takes the lock, notes `name`, lets others run while it has it, and gives it back.
fn comes_to(
    lock: &Arc<RawRwLock>,
    side: Side,
    name: &'static str,
    log: &Arc<Mutex<Vec<String>>>,
) -> crate::JoinHandle<()> {
    let here = Arc::new(AtomicBool::new(false));
    let (lock, log, comes) = (Arc::clone(lock), Arc::clone(log), Arc::clone(&here));
    let note = move |what| log.lock().expect("whole").push(format!("{what}{name}"));
    let task = crate::spawn(move || {
        comes.store(true, Ordering::SeqCst);
        lock.take_with(side, &NEVER);
        note("+");
        yield_now();
        note("-");
        // SAFETY: taken above.
        unsafe {
            match side {
                Side::Read => lock.read_unlock_with(&NEVER),
                Side::Write => lock.write_unlock_with(&NEVER),
            }
        }
    });
    until(|| here.load(Ordering::SeqCst));
    task
}

/// The names of those who, by this part of a log, were all in before one left; in order.
fn together(log: &[String]) -> Vec<&str> {
    let (came, left) = log.split_at(log.len() / 2);
    assert!(came.iter().all(|note| note.starts_with('+')), "{log:?}");
    assert!(left.iter().all(|note| note.starts_with('-')), "{log:?}");
    let mut names: Vec<_> = came.iter().map(|note| &note[1..]).collect();
    names.sort_unstable();
    names
}

#[test]
fn readers_in_a_row_are_let_in_together_and_a_writer_behind_them_next() {
    with_workers(&[1], |runtime| {
        runtime.run(|| {
            let (lock, log) = (Arc::new(RawRwLock::new()), Arc::default());
            lock.write();
            let tasks = [
                comes_to(&lock, Side::Read, "a", &log),
                comes_to(&lock, Side::Read, "b", &log),
                comes_to(&lock, Side::Write, "C", &log),
                comes_to(&lock, Side::Read, "d", &log),
                comes_to(&lock, Side::Read, "e", &log),
            ];
            // SAFETY: taken above.
            unsafe { lock.write_unlock_with(&NEVER) };
            tasks
                .into_iter()
                .for_each(|task| task.join().expect("served"));
            let log = log.lock().expect("whole");
            assert_eq!(together(&log[..4]), ["a", "b"]);
            assert_eq!(log[4..6], ["+C", "-C"]);
            assert_eq!(together(&log[6..]), ["d", "e"]);
            assert!(lock.try_write(), "free in the end");
        });
    });
}

#[test]
fn a_reader_that_comes_while_a_writer_waits_is_not_let_past() {
    with_workers(&[1], |runtime| {
        runtime.run(|| {
            let (lock, log) = (Arc::new(RawRwLock::new()), Arc::default());
            lock.read();
            let writer = comes_to(&lock, Side::Write, "A", &log);
            assert!(!lock.try_read());
            let reader = comes_to(&lock, Side::Read, "b", &log);
            assert!(log.lock().expect("whole").is_empty());
            // SAFETY: taken above.
            unsafe { lock.read_unlock_with(&NEVER) };
            writer.join().expect("served");
            reader.join().expect("served");
            assert_eq!(log.lock().expect("whole").join(" "), "+A -A +b -b");
        });
    });
}

#[test]
fn a_downgrade_lets_in_the_readers_before_the_first_writer() {
    with_workers(&[1], |runtime| {
        runtime.run(|| {
            let (lock, log) = (Arc::new(RawRwLock::new()), Arc::default());
            lock.write();
            let tasks = [
                comes_to(&lock, Side::Read, "a", &log),
                comes_to(&lock, Side::Read, "b", &log),
                comes_to(&lock, Side::Write, "C", &log),
                comes_to(&lock, Side::Read, "d", &log),
            ];
            // SAFETY: taken above.
            unsafe { lock.downgrade_with(&NEVER) };
            until(|| log.lock().expect("whole").len() == 4);
            (0..5).for_each(|_| yield_now());
            let seen = log.lock().expect("whole").clone();
            // SAFETY: taken above, for reading by now.
            unsafe { lock.read_unlock_with(&NEVER) };
            tasks
                .into_iter()
                .for_each(|task| task.join().expect("served"));
            assert_eq!(together(&seen), ["a", "b"]);
            assert!(lock.try_write(), "free in the end");
        });
    });
}

#[test]
fn a_writer_that_has_waited_for_long_is_handed_the_lock() {
    with_workers(&[1, 2], |runtime| {
        runtime.run(|| {
            let lock = Arc::new(RawRwLock::new());
            for _ in 0..20 {
                lock.write();
                let (shared, served) = (Arc::clone(&lock), Arc::new(AtomicBool::new(false)));
                let serves = Arc::clone(&served);
                let writer = crate::spawn(move || {
                    shared.write();
                    serves.store(true, Ordering::SeqCst);
                    // SAFETY: taken above.
                    unsafe { shared.write_unlock() };
                });
                until(|| lock.has_waiters());
                be_slow();
                // SAFETY: taken above.
                unsafe { lock.write_unlock() };
                lock.write();
                assert!(served.load(Ordering::SeqCst), "it came first");
                // SAFETY: taken above.
                unsafe { lock.write_unlock() };
                writer.join().expect("it ends");
            }
        });
    });
}

#[test]
fn the_word_of_a_lock_that_is_not_contended_stays_on_the_fast_path() {
    let (mutex, lock) = (RawMutex::new(), RawRwLock::new());
    for _ in 0..3 {
        mutex.lock();
        assert!(!mutex.try_lock() && !mutex.has_waiters());
        // SAFETY: locked above.
        unsafe { mutex.unlock() };
        lock.read();
        assert!(lock.try_read() && !lock.try_write() && !lock.has_waiters());
        // SAFETY: taken above, twice.
        unsafe {
            lock.read_unlock();
            lock.read_unlock();
        }
    }
}
