//! Ending a runtime: by `shutdown`, by dropping it, from within, and with tasks that will not go.

use super::environment::without_a_runtime;
use super::{Watchdog, in_child, until, with_workers};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};
use teem::context::shield;
use teem::runtime::{Builder, Runtime};
use teem::task::{Task, current, forbid_park, park, try_current, yield_now};
use teem::time::sleep;

const LONG: Duration = Duration::from_secs(1_000);

fn with(workers: usize) -> Runtime {
    Builder::new().workers(workers).build().expect("a runtime")
}

/// Counts up when it is dropped, be it by the end of its task.
struct Ended(Arc<AtomicUsize>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_shutdown_waits_for_what_ends_by_itself() {
    let _watchdog = Watchdog::start();
    for workers in [1, 2, 8] {
        let runtime = with(workers);
        let ended = Arc::new(AtomicUsize::new(0));
        for n in 0..20 {
            let ended = Ended(Arc::clone(&ended));
            drop(runtime.spawn(move || {
                let _ended = ended;
                sleep(Duration::from_millis(n));
                // Its own tasks are still accepted.
                teem::spawn(|| sleep(Duration::from_millis(1)))
                    .join()
                    .unwrap();
            }));
        }
        let begin = Instant::now();
        assert_eq!(runtime.shutdown(LONG), Ok(()));
        assert_eq!(ended.load(Ordering::SeqCst), 20);
        assert!(begin.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn a_shutdown_cancels_what_does_not_end_in_time() {
    let _watchdog = Watchdog::start();
    let cancel_all = |workers| {
        let runtime = with(workers);
        let ended = Arc::new(AtomicUsize::new(0));
        for n in 0..20 {
            let ended = Ended(Arc::clone(&ended));
            drop(runtime.spawn(move || {
                let _ended = ended;
                if n % 2 == 0 { sleep(LONG) } else { park() }
            }));
        }
        // Those that are cancelled have as long, on a busy machine too.
        assert_eq!(runtime.shutdown(Duration::from_secs(2)), Ok(()));
        assert_eq!(ended.load(Ordering::SeqCst), 20);
    };
    std::thread::scope(|s| {
        for workers in [1, 2, 8] {
            s.spawn(move || cancel_all(workers));
        }
    });
}

#[test]
fn tasks_that_outlast_a_shutdown_are_reported_and_go_on() {
    let _watchdog = Watchdog::start();
    for workers in [1, 2] {
        let runtime = with(workers);
        let release = Arc::new(AtomicBool::new(false));
        let tasks: Vec<_> = (0..3)
            .map(|n| {
                let release = Arc::clone(&release);
                runtime.spawn(move || {
                    until(|| release.load(Ordering::SeqCst));
                    n
                })
            })
            .collect();
        until(|| runtime.metrics().started == 3);
        let error = runtime.shutdown(Duration::from_millis(5)).unwrap_err();
        assert_eq!(error.tasks, 3);
        assert!(error.to_string().contains("3 tasks"));
        assert!(tasks.iter().all(|task| !task.is_finished()));
        release.store(true, Ordering::SeqCst);
        let sum: usize = tasks.into_iter().map(|task| task.join().unwrap()).sum();
        assert_eq!(sum, 3);
    }
}

#[test]
fn dropping_a_runtime_cancels_its_tasks_and_waits() {
    let _watchdog = Watchdog::start();
    for workers in [1, 2, 8] {
        let runtime = with(workers);
        let ended = Arc::new(AtomicUsize::new(0));
        for n in 0..30 {
            let ended = Ended(Arc::clone(&ended));
            drop(runtime.spawn(move || {
                let _ended = ended;
                match n % 3 {
                    0 => sleep(LONG),
                    1 => park(),
                    // Spawned while it ends: cancelled too, and waited for.
                    _ => drop(teem::spawn(|| sleep(LONG))),
                }
                (0..10).for_each(|_| yield_now());
            }));
        }
        drop(runtime);
        assert_eq!(ended.load(Ordering::SeqCst), 30);
    }
}

#[test]
fn a_runtime_without_tasks_ends_at_once() {
    let _watchdog = Watchdog::start();
    for workers in [1, 2, 8] {
        let begin = Instant::now();
        drop(with(workers));
        assert_eq!(with(workers).shutdown(LONG), Ok(()));
        assert_eq!(with(workers).shutdown(Duration::ZERO), Ok(()));
        assert_eq!(with(workers).shutdown(Duration::MAX), Ok(()));
        assert!(begin.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn a_runtime_dropped_in_its_own_task_ends_without_waiting_for_itself() {
    let _watchdog = Watchdog::start();
    for workers in [1, 2, 8] {
        let runtime = with(workers);
        let handle = runtime.handle();
        let task = handle.spawn(move || {
            drop(runtime);
            // This task has been cancelled with the others.
            sleep(LONG);
            teem::spawn(|| 7).join().unwrap()
        });
        assert_eq!(task.join().unwrap(), 7);
        until(|| handle.metrics().tasks == 0);
    }
}

#[test]
fn a_runtime_dropped_in_an_offload_of_its_own_task_ends_without_waiting_for_itself() {
    let _watchdog = Watchdog::start();
    for workers in [1, 2] {
        let runtime = with(workers);
        let handle = runtime.handle();
        let task = handle.spawn(move || teem::offload(move || drop(runtime)));
        task.join().unwrap();
        until(|| handle.metrics().tasks == 0);
    }
}

/// Says whether it is dropped in a task, and spawns one that waits to be woken.
struct LeftBehind {
    in_task: mpsc::Sender<bool>,
    waiting: mpsc::Sender<Task>,
    ended: Arc<AtomicUsize>,
}

impl Drop for LeftBehind {
    fn drop(&mut self) {
        self.in_task.send(try_current().is_some()).unwrap();
        let (waiting, ended) = (self.waiting.clone(), Arc::clone(&self.ended));
        let wait = move || {
            waiting.send(current()).unwrap();
            shield(park);
            ended.fetch_add(1, Ordering::SeqCst);
        };
        drop(teem::spawn(wait));
    }
}

#[test]
fn what_a_task_leaves_in_its_context_is_dropped_in_it_and_what_that_spawns_is_waited_for() {
    let _watchdog = Watchdog::start();
    let runtime = with(1);
    let (sender, in_task) = mpsc::channel();
    let (waiting, waits) = mpsc::channel();
    let ended = Arc::new(AtomicUsize::new(0));
    let left = LeftBehind {
        in_task: sender,
        waiting,
        ended: Arc::clone(&ended),
    };
    let (go, gate) = mpsc::channel();
    drop(runtime.spawn(move || {
        let context = teem::context::current();
        // Its context is never done.
        drop(context.after_func(move || drop(left)));
        gate.recv().unwrap();
    }));
    // Nobody has a handle now.
    go.send(()).unwrap();
    assert!(in_task.recv().unwrap());
    let end = std::thread::spawn(move || drop(runtime));
    waits.recv().unwrap().unpark();
    end.join().unwrap();
    assert_eq!(ended.load(Ordering::SeqCst), 1);
}

#[test]
fn a_runtime_shut_down_in_its_own_task_reports_that_task() {
    let _watchdog = Watchdog::start();
    for workers in [1, 2] {
        let runtime = with(workers);
        let task = runtime
            .handle()
            .spawn(move || runtime.shutdown(Duration::from_millis(5)));
        assert_eq!(task.join().unwrap().unwrap_err().tasks, 1);
    }
}

#[test]
fn a_runtime_can_be_ended_in_a_task_of_another() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let inner = with(2);
            drop(inner.spawn(|| sleep(LONG)));
            drop(inner);
            let inner = with(2);
            drop(inner.spawn(|| sleep(Duration::from_millis(2))));
            assert_eq!(inner.shutdown(LONG), Ok(()));
        });
    });
}

#[test]
fn spawning_on_an_ended_runtime_panics_and_drops_the_closure() {
    let _watchdog = Watchdog::start();
    let runtime = with(2);
    let handle = runtime.handle();
    drop(runtime);
    let dropped = Arc::new(AtomicUsize::new(0));
    let ended = Ended(Arc::clone(&dropped));
    let spawn = AssertUnwindSafe(|| drop(handle.spawn(move || drop(ended))));
    let payload = catch_unwind(spawn).expect_err("nobody could run it");
    let message = payload.downcast::<String>().unwrap();
    assert!(
        message.contains("the runtime has been shut down"),
        "{message}"
    );
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
    assert_eq!(handle.metrics().tasks, 0);
}

#[test]
fn spawns_that_race_with_the_end_run_or_panic() {
    let _watchdog = Watchdog::start();
    for workers in [1, 2, 8] {
        for _ in 0..20 {
            let runtime = with(workers);
            let handle = runtime.handle();
            let ran = Arc::new(AtomicUsize::new(0));
            let seen = Arc::clone(&ran);
            let begun = Arc::new(AtomicBool::new(false));
            let first = Arc::clone(&begun);
            let spawner = std::thread::spawn(move || {
                let mut accepted = 0;
                loop {
                    let ran = Arc::clone(&ran);
                    let spawn = AssertUnwindSafe(|| {
                        drop(handle.spawn(move || ran.fetch_add(1, Ordering::SeqCst)));
                    });
                    if catch_unwind(spawn).is_err() {
                        return accepted;
                    }
                    accepted += 1;
                    first.store(true, Ordering::SeqCst);
                }
            });
            until(|| begun.load(Ordering::SeqCst));
            drop(runtime);
            assert_eq!(spawner.join().unwrap(), seen.load(Ordering::SeqCst));
        }
    }
}

#[test]
fn the_threads_of_a_runtime_end_when_its_last_tasks_race() {
    let _watchdog = Watchdog::start();
    for round in 0..200 {
        let runtime = with(2 + round % 3);
        for _ in 0..round % 7 {
            drop(runtime.spawn(yield_now));
        }
        assert_eq!(runtime.shutdown(LONG), Ok(()));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn many_runtimes_leave_no_threads_and_no_descriptors() {
    const TEST: &str = "ending::many_runtimes_leave_no_threads_and_no_descriptors";
    if let Some(output) = in_child(TEST, &[]) {
        assert!(output.status.success(), "{output:?}");
        return;
    }
    let _watchdog = Watchdog::start();
    let count = |what: &str| std::fs::read_dir(what).expect("/proc").count();
    let both = || (count("/proc/self/task"), count("/proc/self/fd"));
    let cycle = || {
        let runtime = with(3);
        let tasks: Vec<_> = (0..10)
            .map(|_| runtime.spawn(|| teem::offload(yield_now)))
            .collect();
        drop(runtime.spawn(|| sleep(LONG)));
        tasks.into_iter().for_each(|task| task.join().unwrap());
    };
    cycle();
    // The threads of the blocking pool end by themselves.
    until(|| count("/proc/self/task") <= 3);
    let before = both();
    (0..50).for_each(|_| cycle());
    until(|| both() <= before);
    assert_eq!(both().1, before.1);
}

#[test]
#[cfg(target_os = "linux")]
fn a_runtime_that_ends_by_itself_leaves_no_thread_though_a_handle_is_kept() {
    let _watchdog = Watchdog::start();
    let threads = || {
        let names = std::fs::read_dir("/proc/self/task").expect("/proc");
        let names = names.map(|thread| thread.expect("a thread").path().join("comm"));
        // One may be gone by the time that it is asked for its name.
        let names = names.filter_map(|name| std::fs::read_to_string(name).ok());
        names.filter(|name| name.starts_with("selfend")).count()
    };
    // By a drop in a task of its own, and by tasks that end after a shutdown has given them up.
    for shut_down in [false, true] {
        let runtime = Builder::new().workers(2).name("selfend").build();
        let runtime = runtime.expect("a runtime");
        let handle = runtime.handle();
        assert!(threads() > 0);
        if shut_down {
            let task = handle.spawn(|| teem::context::shield(park));
            let unpark = task.task();
            assert!(runtime.shutdown(Duration::from_millis(1)).is_err());
            unpark.unpark();
            task.join().unwrap();
        } else {
            handle.spawn(move || drop(runtime)).join().unwrap();
        }
        until(|| threads() == 0);
        drop(handle);
    }
}

#[test]
fn a_runtime_that_is_dropped_where_parking_is_forbidden_waits_for_nobody() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (own, busy) = (with(1), Arc::new(AtomicBool::new(true)));
            let its = Arc::clone(&busy);
            let task = own.spawn(move || until(|| !its.load(Ordering::SeqCst)));
            let shutdown = || own.shutdown(LONG);
            let shut_down = catch_unwind(AssertUnwindSafe(|| forbid_park(shutdown)));
            assert!(shut_down.is_err(), "it would have to wait");
            busy.store(false, Ordering::SeqCst);
            task.join().unwrap();
            let own = with(1);
            let task = own.spawn(|| sleep(LONG));
            forbid_park(move || drop(own));
            task.join().unwrap();
        });
    });
}

/// Waits for a clock in a future, in a task of `runtime`, that ends before the clock comes to its time.
fn end_before_a_clock(runtime: Runtime) {
    let (started, starts) = std::sync::mpsc::channel();
    let task = runtime.spawn(move || {
        let clock = teem::chan::after(Duration::from_millis(50));
        teem::block_on(async {
            started.send(()).unwrap();
            clock.recv_async().await.is_ok()
        })
    });
    starts.recv().unwrap();
    drop(runtime);
    assert!(task.join().unwrap());
}

#[test]
fn a_future_that_waits_for_a_clock_is_woken_though_its_runtime_ends() {
    let _watchdog = Watchdog::start();
    for workers in [1, 2, 8] {
        end_before_a_clock(with(workers));
    }
}

#[test]
fn a_future_that_waits_for_a_clock_is_woken_though_there_is_no_other_runtime() {
    const TEST: &str =
        "ending::a_future_that_waits_for_a_clock_is_woken_though_there_is_no_other_runtime";
    without_a_runtime(TEST, || end_before_a_clock(with(1)));
}

#[test]
fn a_future_that_waits_for_a_clock_does_not_hold_its_runtime_up() {
    let _watchdog = Watchdog::start();
    let clock = teem::chan::after(LONG);
    let mut future = clock.recv_async();
    let runtime = with(1);
    let mut poll = || Pin::new(&mut future).poll(&mut Context::from_waker(Waker::noop()));
    assert!(runtime.run(&mut poll).is_pending());
    drop(runtime);
    assert!(poll().is_pending());
}
