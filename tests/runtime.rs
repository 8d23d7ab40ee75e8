//! Runtimes: building and ending them, what they count, and how work spreads over their workers.

#![forbid(unsafe_code)]

#[path = "runtime/balance.rs"]
mod balance;
#[path = "support/child.rs"]
mod child;
#[path = "runtime/ending.rs"]
mod ending;
#[path = "runtime/environment.rs"]
mod environment;
#[path = "runtime/on_this_thread.rs"]
mod on_this_thread;
#[path = "runtime/stalls.rs"]
mod stalls;
#[path = "support/until.rs"]
mod until;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use child::in_child;
use std::collections::HashSet;
use std::io::{ErrorKind, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use teem::os::unix::net::UnixStream;
use teem::runtime::Builder;
use until::until;
use watchdog::Watchdog;
use workers::with_workers;

#[test]
fn an_impossible_runtime_is_an_error() {
    let impossible = [
        Builder::new().workers(0),
        Builder::new().blocking_threads(0),
        Builder::new().stack_size(usize::MAX),
        Builder::new().name("no\0name"),
    ];
    for builder in impossible {
        let error = builder.build().expect_err("no such runtime");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

#[test]
#[cfg_attr(miri, ignore = "sockets")]
fn a_worker_that_stays_up_for_long_is_late_for_nothing() {
    let _watchdog = Watchdog::start();
    for workers in [1, 2] {
        let hour = Duration::from_secs(3600);
        let builder = Builder::new().workers(workers).busy_poll(hour);
        let runtime = builder.build().unwrap();
        let (mut near, mut far) = UnixStream::pair().unwrap();
        let echo = std::thread::spawn(move || {
            let mut byte = [0];
            while far.read(&mut byte).unwrap() == 1 {
                far.write_all(&byte).unwrap();
            }
        });
        let handle = runtime.handle();
        runtime.run(move || {
            // Events in quick succession: it stays up from now on.
            for byte in 0..100 {
                near.write_all(&[byte]).unwrap();
                let mut answer = [0];
                near.read_exact(&mut answer).unwrap();
                assert_eq!(answer, [byte]);
            }
            teem::time::sleep(Duration::from_millis(1));
            let dump = teem::offload(move || handle.dump());
            assert_eq!(dump.tasks.len(), 1);
        });
        echo.join().unwrap();
    }
}

#[test]
fn threads_are_named_after_their_runtime() {
    let _watchdog = Watchdog::start();
    let runtime = Builder::new().name("search").workers(2).build().unwrap();
    let names = Mutex::new(HashSet::new());
    let note = || {
        let thread = std::thread::current();
        names
            .lock()
            .unwrap()
            .insert(thread.name().unwrap().to_owned());
    };
    runtime.run(note);
    runtime.run(|| teem::offload(note));
    for name in names.into_inner().unwrap() {
        assert!(name.starts_with("search-"), "{name}");
    }
}

#[test]
fn a_builder_without_orders_uses_what_the_process_may_use() {
    let _watchdog = Watchdog::start();
    let runtime = Builder::default().pin_workers(true).build().unwrap();
    let available = std::thread::available_parallelism().unwrap().get();
    assert_eq!(runtime.metrics().workers, available);
    assert_eq!(runtime.run(|| 7), 7);
}

#[test]
fn run_may_borrow_and_passes_a_panic_on() {
    with_workers([1, 2, 8], |runtime| {
        let mut text = String::from("borrowed");
        runtime.run(|| text.push_str(" and changed"));
        assert_eq!(text, "borrowed and changed");
        let panics = std::panic::AssertUnwindSafe(|| runtime.run(|| panic!("passed on")));
        let payload = std::panic::catch_unwind(panics).unwrap_err();
        assert_eq!(*payload.downcast::<&str>().unwrap(), "passed on");
    });
}

#[test]
fn a_task_of_one_runtime_can_run_on_another() {
    let _watchdog = Watchdog::start();
    for workers in [1, 2] {
        let one = Builder::new().name("one").workers(workers).build().unwrap();
        let other = Builder::new()
            .name("other")
            .workers(workers)
            .build()
            .unwrap();
        let name = || std::thread::current().name().unwrap()[..5].to_owned();
        let going_on = AtomicBool::new(false);
        one.run(|| {
            teem::scope(|s| {
                s.spawn(|| until(|| going_on.load(Ordering::SeqCst)));
                // This task's worker goes on with the one above meanwhile.
                let there = other.run(|| {
                    going_on.store(true, Ordering::SeqCst);
                    let back = one.run(name);
                    (name(), back, teem::spawn(name).join().unwrap())
                });
                let expected = ("other".to_owned(), "one-0".to_owned(), "other".to_owned());
                assert_eq!(there.0, expected.0);
                assert!(there.1.starts_with("one-"), "{there:?}");
                assert_eq!(there.2, expected.2);
            });
        });
    }
}

#[test]
fn tasks_of_two_runtimes_unpark_and_join_each_other() {
    let _watchdog = Watchdog::start();
    for workers in [1, 2] {
        let one = Builder::new().workers(workers).build().unwrap();
        let other = Builder::new().workers(workers).build().unwrap();
        for _ in 0..200 {
            let parked = one.spawn(teem::task::park);
            let who = parked.task();
            let unparking = other.spawn(move || who.unpark());
            let joining = other.spawn(move || parked.join().is_ok());
            unparking.join().unwrap();
            assert!(joining.join().unwrap());
        }
    }
}

#[test]
fn a_handle_spawns_from_threads_and_from_tasks_of_any_runtime() {
    let _watchdog = Watchdog::start();
    let home = Builder::new().name("home").workers(2).build().unwrap();
    let away = Builder::new().name("away").workers(2).build().unwrap();
    let name = || std::thread::current().name().unwrap().to_owned();
    let handle = home.handle();
    assert!(handle.spawn(name).join().unwrap().starts_with("home"));
    let (inside, outside) = (handle.clone(), handle.clone());
    let from_away = away.run(|| inside.spawn(name).join().unwrap());
    assert!(from_away.starts_with("home"));
    let from_home = home.run(|| outside.spawn(name).join().unwrap());
    assert!(from_home.starts_with("home"));
}

#[test]
fn metrics_count_every_task_once() {
    with_workers([1, 2, 8], |runtime| {
        let released = Arc::new(AtomicBool::new(false));
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let released = Arc::clone(&released);
                runtime.spawn(move || until(|| released.load(Ordering::SeqCst)))
            })
            .collect();
        until(|| runtime.metrics().started == 50);
        let metrics = runtime.handle().metrics();
        assert_eq!((metrics.tasks, metrics.finished), (50, 0));
        assert_eq!(metrics.load, 50);
        assert_eq!(metrics.per_worker.len(), metrics.workers);
        released.store(true, Ordering::SeqCst);
        tasks.into_iter().for_each(|task| task.join().unwrap());
        until(|| runtime.metrics().tasks == 0);
        let metrics = runtime.metrics();
        assert_eq!((metrics.started, metrics.finished), (50, 50));
        assert_eq!((metrics.panicked, metrics.load), (0, 0));
        assert!(metrics.switches >= 100);
    });
}

#[test]
fn metrics_tell_what_waits_to_be_started_and_for_how_long_the_ready_wait() {
    with_workers([1], |runtime| {
        let (before, after) = runtime.run(|| {
            let tasks: Vec<_> = (0..50)
                .map(|_| teem::spawn(|| (0..100).for_each(|_| teem::task::yield_now())))
                .collect();
            let before = teem::runtime::metrics();
            tasks.into_iter().for_each(|task| task.join().unwrap());
            (before, teem::runtime::metrics())
        });
        assert_eq!((before.unstarted, before.tasks), (50, 51));
        assert_eq!((after.unstarted, after.tasks), (0, 1));
        // A look each 61 picks, and each is a sample of those that had 50 others before them.
        assert!(after.delays.samples() >= 50, "{:?}", after.delays);
        assert!(after.delays.quantile(1.0) >= after.delays.quantile(0.0));
        assert_eq!(after.per_worker[0].delays, after.delays);
        assert_eq!(after.per_worker[0].switches, after.switches);
    });
}

#[test]
fn metrics_within_a_task_are_those_of_its_runtime() {
    with_workers([1, 2, 8], |runtime| {
        let inside = runtime.run(teem::runtime::metrics);
        assert_eq!(inside.workers, runtime.metrics().workers);
        assert!(inside.tasks >= 1);
    });
}

#[test]
fn an_idle_runtime_does_next_to_nothing() {
    with_workers([2], |runtime| {
        let parked = runtime.spawn(teem::task::park);
        until(|| runtime.metrics().started == 1);
        std::thread::sleep(std::time::Duration::from_millis(50));
        let before = runtime.metrics();
        std::thread::sleep(std::time::Duration::from_millis(300));
        let after = runtime.metrics();
        assert!(after.polls - before.polls <= 20, "{before:?} {after:?}");
        parked.task().unpark();
        parked.join().unwrap();
    });
}
