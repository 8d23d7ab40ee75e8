//! Runtimes whose worker is the thread that has built them.

#[cfg(target_os = "linux")]
use super::until::until;
use super::watchdog::Watchdog;
use std::cell::{Cell, RefCell};
use std::io::{ErrorKind, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
#[cfg(target_os = "linux")]
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;
use teem::chan;
use teem::net::{TcpListener, TcpStream};
use teem::runtime::{Builder, LocalRuntime, TaskState, dump};
#[cfg(target_os = "linux")]
use teem::signal::Signal;
use teem::task::{spawn_local, yield_now};

fn local() -> LocalRuntime {
    Builder::new().build_local().expect("a runtime")
}

#[test]
fn it_has_one_worker() {
    let error = Builder::new().workers(2).build_local().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = Builder::new().workers(0).build_local().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let runtime = Builder::new().workers(1).build_local().unwrap();
    assert_eq!(runtime.metrics().workers, 1);
}

#[test]
fn tasks_run_on_the_thread_itself() {
    let _watchdog = Watchdog::start();
    let (here, runtime) = (thread::current().id(), local());
    let spawned = runtime.spawn(|| thread::current().id());
    let (own, others) = runtime.run(|| {
        let others = (0..100).map(|_| teem::spawn(|| thread::current().id()));
        let others: Vec<_> = others.collect();
        let others = others.into_iter().map(|task| task.join().unwrap());
        (thread::current().id(), others.collect::<Vec<_>>())
    });
    assert_eq!(own, here);
    assert!(others.iter().all(|other| *other == here));
    assert_eq!(runtime.run(|| spawned.join().unwrap()), here);
}

#[test]
fn what_a_run_borrows_and_returns_need_not_be_send() {
    let _watchdog = Watchdog::start();
    let (runtime, log) = (local(), RefCell::new(Vec::new()));
    for n in 0..3 {
        let shared = runtime.run(|| {
            log.borrow_mut().push(n);
            Rc::new(n)
        });
        assert_eq!(*shared, n);
    }
    assert_eq!(log.into_inner(), [0, 1, 2]);
}

#[test]
fn a_panic_reaches_who_runs_it_and_the_runtime_goes_on() {
    let _watchdog = Watchdog::start();
    let runtime = local();
    let run = || runtime.run(|| -> () { panic!("of the task") });
    let payload = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"of the task"));
    assert_eq!(runtime.run(|| 7), 7);
}

#[test]
fn tasks_stand_still_between_runs_and_go_on_in_the_next() {
    let _watchdog = Watchdog::start();
    let runtime = local();
    let (sender, receiver) = chan::bounded(0);
    let doubled = runtime.run(|| teem::spawn(move || receiver.recv().map(|n: i32| 2 * n)));
    assert!(!doubled.is_finished());
    // Here it is an OS thread: it waits for nobody, as nobody would come.
    sender.try_send(1).unwrap_err();
    let doubled = runtime.run(|| {
        sender.send(21).unwrap();
        doubled.join().unwrap()
    });
    assert_eq!(doubled, Ok(42));
}

#[test]
fn a_run_ends_although_others_are_always_ready() {
    let _watchdog = Watchdog::start();
    let runtime = local();
    let (ends, turns) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    for _ in 0..3 {
        let (ends, turns) = (Arc::clone(&ends), Arc::clone(&turns));
        drop(runtime.spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                turns.fetch_add(1, Ordering::Relaxed);
                yield_now();
            }
        }));
    }
    for before in 0..10 {
        runtime.run(|| {
            while turns.load(Ordering::Relaxed) <= 10 * before {
                yield_now();
            }
        });
    }
    ends.store(true, Ordering::Relaxed);
}

#[test]
fn a_run_ends_although_what_its_task_leaves_behind_parks() {
    thread_local!(static ENDED: Cell<bool> = const { Cell::new(false) });
    struct Parks;
    impl Drop for Parks {
        fn drop(&mut self) {
            teem::time::sleep(Duration::from_millis(1));
            ENDED.set(true);
        }
    }
    teem::task_local!(static LEFT: Parks = Parks);
    let _watchdog = Watchdog::start();
    let runtime = local();
    runtime.run(|| {
        drop(spawn_local(|| {
            while !ENDED.get() {
                yield_now();
            }
        }));
        LEFT.with(|_| ());
    });
    assert!(ENDED.get());
}

#[test]
fn other_threads_spawn_and_wake_while_it_runs() {
    let _watchdog = Watchdog::start();
    let runtime = local();
    let (handle, here) = (runtime.handle(), thread::current().id());
    let (sender, receiver) = chan::bounded(0);
    thread::scope(|scope| {
        scope.spawn(move || {
            let ran_on = handle.spawn(|| thread::current().id()).join().unwrap();
            sender.send(ran_on).unwrap();
        });
        assert_eq!(runtime.run(|| receiver.recv()), Ok(here));
    });
}

#[test]
fn it_serves_sockets_and_timers() {
    let _watchdog = Watchdog::start();
    let runtime = local();
    let echoed = runtime.run(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        teem::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            teem::io::copy(&mut stream.try_clone().unwrap(), &mut stream).unwrap();
        });
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"hello").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut echoed = String::new();
        stream.read_to_string(&mut echoed).unwrap();
        teem::time::sleep(Duration::from_millis(1));
        echoed
    });
    assert_eq!(echoed, "hello");
}

/// What makes its system calls cheaper. As nothing is left to a signal's handler there, it takes none.
#[test]
#[cfg(target_os = "linux")]
fn its_monitor_shares_no_descriptors_and_takes_no_signals() {
    let _watchdog = Watchdog::start();
    let runtime = Builder::new().name("apart").build_local().unwrap();
    let is_apart = |task: &Path| {
        let name = std::fs::read_to_string(task.join("comm")).unwrap_or_default();
        let descriptors = std::fs::read_dir(task.join("fd"));
        name.trim() == "apart-monitor" && descriptors.is_ok_and(|all| all.count() == 0)
    };
    let blocked_by = |task: &Path| {
        let status = std::fs::read_to_string(task.join("status")).unwrap();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigBlk:"));
        u64::from_str_radix(mask.unwrap().trim(), 16).unwrap()
    };
    // It starts when it likes.
    until(|| {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let mut tasks = tasks.map(|task| task.unwrap().path());
        let Some(monitor) = tasks.find(|task| is_apart(task)) else {
            return false;
        };
        for signal in [Signal::HUP, Signal::INT, Signal::TERM, Signal::USR1] {
            let bit = 1 << (signal.as_raw() - 1);
            assert_ne!(blocked_by(&monitor) & bit, 0, "{signal}");
        }
        true
    });
    // The runtime still has its own.
    assert!(runtime.run(|| TcpListener::bind("127.0.0.1:0").is_ok()));
}

/// What its tasks have a reference to may be gone by then.
#[test]
fn a_thread_that_ends_resumes_no_tasks() {
    thread_local! {
        static RUNTIME: LocalRuntime = local();
        static NAME: String = "a thread-local".to_owned();
    }
    let _watchdog = Watchdog::start();
    let (resumed, begun) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicBool::new(false)),
    );
    let (in_task, has_begun) = (Arc::clone(&resumed), Arc::clone(&begun));
    let wait = move || {
        NAME.with(|_| {
            has_begun.store(true, Ordering::SeqCst);
            let (_sender, receiver) = chan::bounded::<()>(0);
            let _ = receiver.recv();
            in_task.store(true, Ordering::SeqCst);
        });
    };
    let thread = thread::spawn(|| {
        let spawn = || {
            drop(spawn_local(wait));
            yield_now();
        };
        RUNTIME.with(|runtime| runtime.run(spawn));
    });
    thread.join().unwrap();
    assert!(begun.load(Ordering::SeqCst) && !resumed.load(Ordering::SeqCst));
}

#[test]
fn a_task_cannot_run_one() {
    let _watchdog = Watchdog::start();
    let runtime = local();
    let panicked = runtime.run(|| {
        let nested = || runtime.run(|| ());
        catch_unwind(AssertUnwindSafe(nested)).unwrap_err()
    });
    let message = panicked.downcast_ref::<&str>().expect("a message");
    assert!(message.contains("in a task"), "{message}");
    // Nor one that was made in it, whose tasks are cancelled and left alone.
    let own = teem::run(|| {
        let own = local();
        let nested = || own.run(|| ());
        assert!(catch_unwind(AssertUnwindSafe(nested)).is_err());
        own.spawn(|| ())
    });
    assert!(!own.is_finished());
}

#[test]
fn a_drop_cancels_the_tasks_and_runs_them_to_their_ends() {
    let _watchdog = Watchdog::start();
    let runtime = local();
    let (_sender, receiver) = chan::bounded::<()>(0);
    let started = Rc::new(Cell::new(false));
    let waiting = runtime.run(|| {
        let (started, receiver) = (Rc::clone(&started), receiver.clone());
        let waiting = spawn_local(move || {
            started.set(true);
            receiver.recv().is_err()
        });
        while !dump()
            .tasks
            .iter()
            .any(|task| task.state == TaskState::Parked)
        {
            yield_now();
        }
        waiting
    });
    let unstarted = runtime.spawn(move || receiver.recv().is_err());
    let handle = runtime.handle();
    drop(runtime);
    assert!(started.get());
    assert!(waiting.join().unwrap() && unstarted.join().unwrap());
    assert!(catch_unwind(AssertUnwindSafe(|| handle.spawn(|| ()))).is_err());
}

#[test]
fn a_future_that_waits_for_a_clock_is_woken_though_the_runtime_ends() {
    let _watchdog = Watchdog::start();
    let runtime = local();
    let (started, waiting) = runtime.run(|| {
        let started = Rc::new(Cell::new(false));
        let its = Rc::clone(&started);
        let waiting = spawn_local(move || {
            let clock = chan::after(Duration::from_millis(50));
            teem::block_on(async {
                its.set(true);
                clock.recv_async().await.is_ok()
            })
        });
        yield_now();
        (started, waiting)
    });
    assert!(started.get());
    drop(runtime);
    assert!(waiting.join().unwrap());
}
