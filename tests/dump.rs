//! `runtime::dump`: who is there, what he does and where, and that nobody is disturbed by the question.

#![cfg(not(any(loom, miri)))]
#![forbid(unsafe_code)]

#[path = "support/until.rs"]
mod until;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use corosensei::{Coroutine, CoroutineResult, Yielder};
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use teem::chan::bounded;
use teem::runtime::{self, Dump, Runtime, TaskDump, TaskState};
use teem::task::{Builder, yield_now};
use until::until;
use watchdog::Watchdog;
use workers::with_workers;

/// The task of this name.
#[track_caller]
fn named<'a>(dump: &'a Dump, name: &str) -> Option<&'a TaskDump> {
    let mut tasks = dump.tasks.iter();
    tasks.find(|task| task.name.as_deref() == Some(name))
}

/// Asks until the task of this name is in that state, and parked where it is going to be.
fn dump_when(ask: impl Fn() -> Dump, name: &str, state: TaskState) -> Dump {
    loop {
        let dump = ask();
        if named(&dump, name).is_some_and(|task| task.state == state) {
            return dump;
        }
    }
}

#[inline(never)]
fn here_it_waits(receiver: &teem::chan::Receiver<u32>) -> u32 {
    receiver.recv().unwrap()
}

#[test]
fn a_parked_task_is_listed_with_where_it_is_and_where_it_was_spawned() {
    let _watchdog = Watchdog::start();
    with_workers([1, 2], |runtime| {
        let (sender, receiver) = bounded(0);
        let patient = Builder::new().name("patient");
        let wait = move || here_it_waits(&receiver);
        let (task, line) = runtime.run(|| (patient.spawn(wait), line!()));
        let dump = dump_when(|| runtime.dump(), "patient", TaskState::Parked);
        assert_eq!(dump.silent, []);
        let patient = named(&dump, "patient").unwrap();
        assert_eq!(patient.spawned_at.file(), file!());
        assert_eq!(patient.spawned_at.line(), line);
        let text = dump.to_string();
        let head = format!(
            "task {} 'patient' (spawned at {}:{line}:",
            patient.id,
            file!()
        );
        assert!(text.contains(&head), "no {head} in {text}");
        assert!(text.contains("here_it_waits"), "not where it waits: {text}");
        sender.send(7).unwrap();
        assert_eq!(task.unwrap().join().unwrap(), 7);
        assert!(named(&runtime.dump(), "patient").is_none());
    });
}

#[test]
fn tasks_that_run_are_ready_or_wait_between_steps_are_told_apart() {
    let _watchdog = Watchdog::start();
    with_workers([1], |runtime| {
        let over = Arc::new(AtomicBool::new(false));
        let dump = runtime.run(|| {
            let restless = {
                let over = Arc::clone(&over);
                move || {
                    while !over.load(Ordering::SeqCst) {
                        yield_now();
                    }
                }
            };
            let task = Builder::new().name("restless").spawn(restless).unwrap();
            let asker = Builder::new()
                .name("asker")
                .spawn(|| dump_when(runtime::dump, "restless", TaskState::Ready));
            let dump = asker.unwrap().join().unwrap();
            over.store(true, Ordering::SeqCst);
            task.join().unwrap();
            dump
        });
        assert_eq!(named(&dump, "asker").unwrap().state, TaskState::Running);
        // The one that waits for the asker, and has no name.
        let parked = dump
            .tasks
            .iter()
            .filter(|task| task.state == TaskState::Parked);
        assert_eq!(parked.count(), 1, "{dump}");
    });
}

#[test]
fn a_worker_that_a_task_holds_is_reported_with_that_task() {
    let _watchdog = Watchdog::start();
    let runtime = runtime::Builder::new().workers(1).build().unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let begun = Arc::new(AtomicBool::new(false));
    let task = {
        let (over, begun) = (Arc::clone(&over), Arc::clone(&begun));
        runtime.run(|| {
            Builder::new().name("hog").spawn(move || {
                begun.store(true, Ordering::SeqCst);
                while !over.load(Ordering::SeqCst) {
                    std::hint::spin_loop();
                }
            })
        })
    };
    until(|| begun.load(Ordering::SeqCst));
    let dump = runtime.dump();
    over.store(true, Ordering::SeqCst);
    assert_eq!(dump.silent, [0]);
    assert_eq!(named(&dump, "hog").unwrap().state, TaskState::Running);
    assert!(dump.to_string().contains("worker 0 did not answer"));
    task.unwrap().join().unwrap();
    // It has not forgotten how to answer.
    assert_eq!(runtime.dump().silent, []);
}

#[test]
fn a_task_on_a_segment_is_asked_there_and_one_with_little_stack_left_is_not() {
    let _watchdog = Watchdog::start();
    with_workers([1], |runtime| {
        let (sender, receiver) = bounded(0);
        let grown = receiver.clone();
        let tasks = runtime.run(|| {
            let grown = move || teem::stack::grow(|| here_it_waits(&grown));
            let grown = Builder::new().name("grown").spawn(grown).unwrap();
            let deep = |name, least| {
                let (builder, receiver) = (Builder::new().name(name), receiver.clone());
                builder
                    .stack_size(64 << 10)
                    .spawn(move || deeper(&receiver, least))
                    .unwrap()
            };
            [
                grown,
                deep("deep", 14 << 10),
                deep("not too deep", 24 << 10),
            ]
        });
        let ask = || dump_when(|| runtime.dump(), "deep", TaskState::Parked);
        let ask = || dump_when(ask, "not too deep", TaskState::Parked);
        let dump = dump_when(ask, "grown", TaskState::Parked);
        let backtrace = |name| named(&dump, name).unwrap().backtrace.as_ref();
        for asked in ["grown", "not too deep"] {
            let text = backtrace(asked).unwrap().to_string();
            assert!(text.contains("here_it_waits"), "{asked}: {text}");
        }
        assert!(backtrace("deep").is_none(), "{dump}");
        for n in [1, 2, 3] {
            sender.send(n).unwrap();
        }
        let sum: u32 = tasks.map(|task| task.join().unwrap()).iter().sum();
        assert_eq!(sum, 6);
    });
}

/// Waits with less than `least` bytes of stack left.
fn deeper(receiver: &teem::chan::Receiver<u32>, least: usize) -> u32 {
    let frame = std::hint::black_box([0u8; 1 << 10]);
    if teem::stack::remaining().unwrap() < least {
        return here_it_waits(receiver);
    }
    deeper(receiver, least) + u32::from(frame[1])
}

#[test]
fn tasks_that_are_asked_again_and_again_come_to_the_same_results() {
    const TASKS: usize = 10;
    const ROUNDS: usize = 100;
    let _watchdog = Watchdog::start();
    with_workers([1, 2], |runtime| {
        let (first, mut last) = bounded(1);
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let (sender, receiver) = bounded(1);
                let before = std::mem::replace(&mut last, receiver);
                runtime.spawn(move || {
                    before
                        .into_iter()
                        .try_for_each(|n: usize| sender.send(n + 1))
                })
            })
            .collect();
        let over = AtomicBool::new(false);
        let dumps = AtomicUsize::new(0);
        std::thread::scope(|s| {
            let ask = || {
                while !over.load(Ordering::SeqCst) {
                    let dump = runtime.dump();
                    assert!(dump.tasks.is_sorted_by_key(|task| task.id));
                    dumps.fetch_add(1, Ordering::SeqCst);
                }
            };
            s.spawn(ask);
            s.spawn(move || runtime.run(ask));
            for round in 0..ROUNDS {
                first.send(round).unwrap();
                assert_eq!(last.recv(), Ok(round + TASKS));
                // Between any two there is a dump, now and then.
                if round.is_multiple_of(20) {
                    let before = dumps.load(Ordering::SeqCst);
                    until(|| dumps.load(Ordering::SeqCst) > before);
                }
            }
            over.store(true, Ordering::SeqCst);
        });
        drop(first);
        tasks
            .into_iter()
            .for_each(|task| task.join().unwrap().unwrap());
    });
}

#[test]
fn tasks_that_a_shutdown_leaves_are_found_by_a_dump_after_it() {
    let _watchdog = Watchdog::start();
    let runtime = runtime::Builder::new().workers(2).build().unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let leak = {
        let over = Arc::clone(&over);
        move || {
            // It does not look at what a cancelled call returns.
            while !over.load(Ordering::SeqCst) {
                teem::time::sleep(Duration::from_millis(1));
            }
        }
    };
    let task = runtime.run(|| Builder::new().name("leak").spawn(leak).unwrap());
    let handle = runtime.handle();
    let left = runtime.shutdown(Duration::from_millis(20)).unwrap_err();
    assert_eq!(left.tasks, 1);
    let dump = handle.dump();
    assert!(named(&dump, "leak").is_some(), "{dump}");
    over.store(true, Ordering::SeqCst);
    task.join().unwrap();
}

#[test]
fn a_runtime_that_has_ended_has_no_tasks() {
    let _watchdog = Watchdog::start();
    let runtime = runtime::Builder::new().workers(2).build().unwrap();
    let handle = runtime.handle();
    assert_eq!(runtime.run(|| 7), 7);
    drop::<Runtime>(runtime);
    let dump = handle.dump();
    assert!(dump.tasks.is_empty() && dump.silent.is_empty(), "{dump}");
    assert_eq!(dump.to_string(), "");
}

/// A backtrace may need more of it than there is.
#[test]
fn a_task_that_has_parked_on_a_stack_of_another_library_is_listed_without_a_backtrace() {
    let _watchdog = Watchdog::start();
    with_workers([1], |runtime| {
        let (sender, receiver) = bounded(0);
        let wait = move || {
            let wait = move |_: &Yielder<(), ()>, ()| {
                assert_eq!(teem::stack::remaining(), None);
                receiver.recv().unwrap()
            };
            match Coroutine::new(wait).resume(()) {
                CoroutineResult::Return(received) => received,
                CoroutineResult::Yield(()) => unreachable!(),
            }
        };
        let task = runtime.run(|| Builder::new().name("guest").spawn(wait).unwrap());
        let dump = dump_when(|| runtime.dump(), "guest", TaskState::Parked);
        assert!(named(&dump, "guest").unwrap().backtrace.is_none(), "{dump}");
        sender.send(5).unwrap();
        assert_eq!(task.join().unwrap(), 5);
    });
}

#[test]
fn connections_between_two_steps_are_listed() {
    let _watchdog = Watchdog::start();
    with_workers([1], |runtime| {
        let answer = |stream: &mut teem::net::TcpStream| stream.read(&mut [0; 10]).map(|n| n > 0);
        let server = runtime.run(|| teem::net::serve_idle("127.0.0.1:0", answer).unwrap());
        let _client = std::net::TcpStream::connect(server.local_addr()).unwrap();
        until(|| {
            let dump = runtime.dump();
            let mut states = dump.tasks.iter().map(|task| task.state);
            states.any(|state| state == TaskState::BetweenSteps)
        });
        server.shutdown(Duration::ZERO).ok();
    });
}
