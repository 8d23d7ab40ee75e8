//! Tasks that hold their worker: they are reported, and the others get by.

use super::{Watchdog, until, with_workers};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use teem::runtime::{Builder, Stall};

/// Holds the worker until `condition`.
fn hog(condition: impl Fn() -> bool) {
    while !condition() {
        std::hint::spin_loop();
    }
}

/// Panics when it is dropped.
struct PanicsToo;

impl Drop for PanicsToo {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[test]
fn a_task_that_holds_its_worker_is_reported_with_name_and_place() {
    let _watchdog = Watchdog::start();
    for workers in [1, 2] {
        let stalls: Arc<Mutex<Vec<Stall>>> = Arc::default();
        let seen = Arc::clone(&stalls);
        let builder = Builder::new().workers(workers).on_stall(move |stall| {
            seen.lock().unwrap().push(stall.clone());
            // Harms nobody, and nor does what it leaves behind.
            std::panic::panic_any(PanicsToo);
        });
        let runtime = builder.build().unwrap();
        let reported = |who: &str| {
            let stalls = stalls.lock().unwrap();
            stalls.iter().any(|stall| stall.task.contains(who))
        };
        runtime.run(|| {
            teem::scope(|s| {
                let id = s.spawn(|| {
                    let id = teem::task::current().id().to_string();
                    hog(|| reported(&format!("task {id} (spawned at tests/runtime/stalls.rs:")));
                    id
                });
                id.join().unwrap();
            });
        });
        for name in ["first", "second"] {
            let stalls = Arc::clone(&stalls);
            runtime.run(|| {
                let builder = teem::task::Builder::new().name(name);
                let named = builder.spawn(move || {
                    hog(|| {
                        let stalls = stalls.lock().unwrap();
                        stalls
                            .iter()
                            .any(|stall| stall.task.contains(&format!("'{name}'")))
                    });
                });
                named.unwrap().join().unwrap();
            });
        }
        let stalls = stalls.lock().unwrap();
        for stall in stalls.iter() {
            assert!(stall.held >= Duration::from_millis(10), "{stall:?}");
            assert!(stall.worker < workers, "{stall:?}");
        }
        assert!(runtime.metrics().stalls >= 3);
    }
}

/// How often the monitor of the runtime of this name has gone to sleep, if it has its name already.
#[cfg(target_os = "linux")]
fn sleeps_of_monitor(runtime: &str) -> Option<String> {
    use std::fs::{read_dir, read_to_string};
    let name = format!("{runtime}-monitor\n");
    let mut threads = read_dir("/proc/self/task").unwrap().flatten();
    let monitor = threads.find(|thread| {
        let comm = read_to_string(thread.path().join("comm"));
        comm.is_ok_and(|comm| comm == name)
    })?;
    let status = read_to_string(monitor.path().join("status")).unwrap();
    let mut lines = status.lines();
    let count = lines.find(|line| line.starts_with("voluntary_ctxt_switches"));
    Some(count.expect("the system counts them").to_owned())
}

#[test]
#[cfg(target_os = "linux")]
fn the_monitor_of_an_idle_runtime_rests_until_a_worker_wakes_up() {
    let _watchdog = Watchdog::start();
    let reported = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&reported);
    let builder = Builder::new().workers(2).name("resting");
    let builder = builder.on_stall(move |_| seen.store(true, Ordering::SeqCst));
    let runtime = builder.build().unwrap();
    for _ in 0..3 {
        // Were it still awake it would have gone to sleep ten times in between.
        until(|| {
            let before = sleeps_of_monitor("resting");
            std::thread::sleep(Duration::from_millis(100));
            before.is_some() && sleeps_of_monitor("resting") == before
        });
        let seen = Arc::clone(&reported);
        runtime.run(|| hog(|| seen.swap(false, Ordering::SeqCst)));
    }
}

#[test]
fn tasks_that_share_their_worker_are_not_reported() {
    let _watchdog = Watchdog::start();
    let reports = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&reports);
    let builder = Builder::new().workers(1).on_stall(move |_| {
        seen.fetch_add(1, Ordering::SeqCst);
    });
    let runtime = builder.build().unwrap();
    // How often the machine has taken the CPU away for so long that it may have been taken for a stall.
    let taken_away = runtime.run(|| {
        let begin = Instant::now();
        let parked = teem::spawn(teem::task::park);
        let (mut last, mut gaps) = (begin, 0);
        while last < begin + Duration::from_millis(100) {
            teem::task::yield_now();
            let now = Instant::now();
            gaps += usize::from(now - last >= Duration::from_millis(5));
            last = now;
        }
        parked.task().unpark();
        gaps
    });
    let idle = runtime.spawn(teem::task::park);
    std::thread::sleep(Duration::from_millis(100));
    idle.task().unpark();
    idle.join().unwrap();
    // And when the tasks began and ended, too.
    assert!(reports.load(Ordering::SeqCst) <= taken_away + 4);
}

#[test]
fn a_hog_does_not_keep_its_unstarted_tasks_from_others() {
    with_workers([2, 8], |runtime| {
        let ran = Arc::new(AtomicUsize::new(0));
        let (inside, counted) = (Arc::clone(&ran), Arc::clone(&ran));
        runtime.run(move || {
            for _ in 0..50 {
                let ran = Arc::clone(&inside);
                drop(teem::spawn(move || ran.fetch_add(1, Ordering::SeqCst)));
            }
            hog(|| counted.load(Ordering::SeqCst) == 50);
        });
    });
}

#[test]
fn a_task_spawned_from_outside_does_not_wait_for_a_hog() {
    with_workers([2, 8], |runtime| {
        let over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&over);
        let hogging = runtime.spawn(move || hog(|| seen.load(Ordering::SeqCst)));
        until(|| runtime.metrics().started == 1);
        let begin = Instant::now();
        for _ in 0..20 {
            runtime.spawn(|| ()).join().unwrap();
        }
        assert!(
            begin.elapsed() < Duration::from_secs(5),
            "{:?}",
            begin.elapsed()
        );
        over.store(true, Ordering::SeqCst);
        hogging.join().unwrap();
    });
}

#[test]
fn a_sleeper_beside_a_hog_on_another_worker_wakes_in_time() {
    with_workers([2, 8], |runtime| {
        let over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&over);
        let hogging = runtime.run(move || {
            let builder = teem::task::Builder::new().worker(0);
            builder
                .spawn(move || hog(|| seen.load(Ordering::SeqCst)))
                .unwrap()
        });
        let sleeper = runtime.run(|| {
            let sleep = || teem::time::sleep(Duration::from_millis(5));
            teem::task::Builder::new().worker(1).spawn(sleep).unwrap()
        });
        sleeper.join().unwrap();
        over.store(true, Ordering::SeqCst);
        hogging.join().unwrap();
    });
}
