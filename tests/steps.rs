//! Tasks that run in steps: what they keep, what they do not hold, and how each of their waits ends.

#![cfg(not(any(loom, miri)))]
#![forbid(unsafe_code)]

#[path = "support/until.rs"]
mod until;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use std::cell::Cell;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::ThreadId;
use std::time::{Duration, Instant};
use teem::context::Context;
use teem::net::{TcpListener, TcpStream};
use teem::task::{Builder, Step, spawn_steps, wait_timed_out};
use until::until;
use watchdog::Watchdog;
use workers::with_workers;

fn this_thread() -> ThreadId {
    std::thread::current().id()
}

fn in_done_context() -> bool {
    teem::context::current().is_done()
}

/// Both ends of a connection, of which `teem`'s is the first.
fn connection() -> (TcpStream, std::net::TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let far = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener.accept().unwrap().0, far)
}

fn nonblocking_pair() -> (UnixStream, UnixStream) {
    let (near, far) = UnixStream::pair().unwrap();
    near.set_nonblocking(true).unwrap();
    (near, far)
}

#[test]
fn a_state_is_carried_from_step_to_step() {
    let _watchdog = Watchdog::start();
    let sum = spawn_steps((0, 0), |(at, sum)| match at {
        1000 => Step::Done(sum),
        _ => Step::Next((at + 1, sum + at)),
    });
    assert_eq!(sum.join().unwrap(), 499_500);
}

#[test]
fn a_panic_in_a_step_ends_the_task_and_drops_what_it_has() {
    let _watchdog = Watchdog::start();
    let held = Arc::new(());
    let (state, captured) = (Arc::clone(&held), Arc::clone(&held));
    let task = spawn_steps((3, state), move |(left, state)| {
        assert_eq!(Arc::strong_count(&captured), 3);
        assert!(left > 0, "the end");
        Step::<_, ()>::Next((left - 1, state))
    });
    let payload = task.join().unwrap_err();
    assert_eq!(*payload.downcast::<&str>().unwrap(), "the end");
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn a_panic_in_as_fd_is_the_steps_own() {
    struct Bad {
        _held: Arc<()>,
    }
    impl AsFd for Bad {
        fn as_fd(&self) -> BorrowedFd<'_> {
            panic!("no descriptor")
        }
    }
    let _watchdog = Watchdog::start();
    let held = Arc::new(());
    let task = spawn_steps(
        Bad {
            _held: Arc::clone(&held),
        },
        Step::<_, ()>::when_readable,
    );
    let payload = task.join().unwrap_err();
    assert_eq!(*payload.downcast::<&str>().unwrap(), "no descriptor");
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn a_wait_for_a_moment_is_never_too_short() {
    let _watchdog = Watchdog::start();
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let begin = Instant::now();
            let task = spawn_steps(0, |done| match done {
                5 => Step::Done(()),
                _ => Step::after(Duration::from_millis(2), done + 1),
            });
            task.join().unwrap();
            assert!(begin.elapsed() >= Duration::from_millis(10));
        });
    });
}

#[test]
fn a_cancellation_ends_any_wait_and_every_later_one() {
    let _watchdog = Watchdog::start();
    let (near, _far) = connection();
    let (pipe, _writer) = nonblocking_pair();
    let forever = spawn_steps(0, |steps| match steps {
        3 => Step::Done(in_done_context()),
        _ => Step::after(Duration::MAX, steps + 1),
    });
    let socket = spawn_steps(near, |near| match in_done_context() {
        true => Step::Done(near.read_timeout().is_ok()),
        false => Step::when_readable(near),
    });
    let foreign = spawn_steps(pipe, |pipe| match in_done_context() {
        true => Step::Done(pipe.take_error().is_ok()),
        false => Step::when_readable(pipe),
    });
    for task in [forever, socket, foreign] {
        task.cancel();
        assert!(task.join().unwrap());
    }
}

#[test]
fn a_deadline_of_the_context_ends_a_wait() {
    let _watchdog = Watchdog::start();
    let begin = Instant::now();
    let context = Context::background().with_timeout(Duration::from_millis(5));
    let task = Builder::new()
        .context(context)
        .spawn_steps((), |()| match in_done_context() {
            true => Step::Done(()),
            false => Step::after(Duration::MAX, ()),
        })
        .unwrap();
    task.join().unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(5));
}

/// A connection that counts the steps that it took.
struct Counted<C> {
    connection: C,
    steps: usize,
}

impl<C: AsFd> AsFd for Counted<C> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.connection.as_fd()
    }
}

/// A step that answers what it reads, until the end of the stream; the task's value is the number of steps.
fn echo<C: AsFd + Read + Write>(mut state: Counted<C>) -> Step<Counted<C>, usize> {
    let mut buffer = [0; 16];
    state.steps += 1;
    match state.connection.read(&mut buffer) {
        Ok(0) => Step::Done(state.steps),
        Ok(n) => {
            state.connection.write_all(&buffer[..n]).unwrap();
            Step::when_readable(state)
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => Step::when_readable(state),
        Err(error) => panic!("{error}"),
    }
}

/// Sends `messages` messages through `far`, and has each come back.
fn converse(mut far: impl Read + Write, messages: usize) {
    let mut answer = [0; 5];
    for n in 0..messages {
        let message = format!("{n:05}");
        far.write_all(message.as_bytes()).unwrap();
        far.read_exact(&mut answer).unwrap();
        assert_eq!(answer, *message.as_bytes());
    }
}

#[test]
fn a_step_follows_when_bytes_have_come_and_not_before() {
    const MESSAGES: usize = 200;
    with_workers([1, 2], |runtime| {
        let steps = runtime.run(|| {
            let (connection, far) = connection();
            let first = Counted {
                connection,
                steps: 0,
            };
            // The first step must not read yet: it would park, and not count in vain.
            let mut wait = true;
            let task = spawn_steps(first, move |state| match std::mem::take(&mut wait) {
                true => Step::when_readable(state),
                false => echo(state),
            });
            std::thread::spawn(move || converse(far, MESSAGES));
            task.join().unwrap()
        });
        assert_eq!(steps, MESSAGES + 1);
    });
}

#[test]
fn a_wait_for_what_does_not_come_ends_with_its_time_and_says_so() {
    let _watchdog = Watchdog::start();
    const TIME: Duration = Duration::from_millis(2);
    let (near, _far) = connection();
    let mut begin = Instant::now();
    let mut steps = 0;
    let task = spawn_steps(near, move |near| {
        steps += 1;
        match steps {
            // The sooner of several.
            1 => {
                assert!(!wait_timed_out());
                begin = Instant::now();
                let wait = Step::when_readable(near).or_after(Duration::MAX);
                wait.or_after(TIME).or_after(Duration::from_secs(3_600))
            }
            2 => {
                assert!(wait_timed_out() && begin.elapsed() >= TIME);
                // What is no wait has no time.
                Step::Next(near).or_after(Duration::MAX)
            }
            3 => {
                assert!(!wait_timed_out());
                Step::when_writable(near).or_after(Duration::ZERO)
            }
            4 => {
                assert!(!wait_timed_out(), "it was ready at once");
                Step::after(TIME, near)
            }
            _ => Step::Done(wait_timed_out()),
        }
    });
    assert!(task.join().unwrap());
    assert!(!wait_timed_out() && !teem::run(wait_timed_out));
}

#[test]
fn the_end_of_the_context_is_not_the_end_of_the_waits_own_time() {
    let _watchdog = Watchdog::start();
    for own in [Duration::from_secs(3_600), Duration::MAX] {
        let (near, _far) = connection();
        let context = Context::background().with_timeout(Duration::from_millis(2));
        let builder = Builder::new().context(context);
        let task = builder.spawn_steps(near, move |near| match in_done_context() {
            true => Step::Done(wait_timed_out()),
            false => Step::when_readable(near).or_after(own),
        });
        assert!(!task.unwrap().join().unwrap());
    }
}

#[test]
fn what_came_in_time_is_not_late_because_the_worker_was_held_up() {
    const TIME: Duration = Duration::from_millis(20);
    with_workers([1], |runtime| {
        runtime.run(|| {
            // As often as it takes until the machine has let the bytes be sent in time.
            loop {
                let (near, mut far) = connection();
                let (sent, in_time) = teem::chan::bounded(1);
                let mut hold = Some(move |deadline| {
                    far.write_all(b"x").unwrap();
                    sent.send(Instant::now() < deadline).unwrap();
                    while Instant::now() < deadline + Duration::from_millis(1) {
                        std::hint::spin_loop();
                    }
                });
                let task = spawn_steps(near, move |near| match hold.take() {
                    None => Step::Done(wait_timed_out()),
                    Some(mut hold) => {
                        let deadline = Instant::now() + TIME;
                        drop(teem::spawn(move || hold(deadline)));
                        Step::when_readable(near).or_after(TIME)
                    }
                });
                let late = task.join().unwrap();
                if in_time.recv().unwrap() {
                    return assert!(!late);
                }
            }
        });
    });
}

#[test]
fn a_file_of_others_is_waited_for_too() {
    const MESSAGES: usize = 200;
    with_workers([1, 2], |runtime| {
        let steps = runtime.run(|| {
            let (connection, far) = nonblocking_pair();
            let task = spawn_steps(
                Counted {
                    connection,
                    steps: 0,
                },
                echo,
            );
            std::thread::spawn(move || converse(far, MESSAGES));
            task.join().unwrap()
        });
        assert!(
            (MESSAGES + 1..=2 * MESSAGES + 2).contains(&steps),
            "{steps}"
        );
    });
}

#[test]
fn a_step_follows_when_there_is_room_again() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (near, mut far) = nonblocking_pair();
            const BYTES: usize = 4 << 20;
            let writer = spawn_steps(
                Counted {
                    connection: near,
                    steps: 0,
                },
                |mut state| {
                    // `steps` counts the bytes here.
                    match state.connection.write(&[7; 4096]) {
                        Ok(n) => state.steps += n,
                        Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
                    }
                    match state.steps {
                        BYTES.. => Step::Done(state.steps),
                        _ => Step::when_writable(state),
                    }
                },
            );
            let reader = std::thread::spawn(move || {
                let mut bytes = Vec::new();
                far.read_to_end(&mut bytes).unwrap();
                bytes.len()
            });
            let written = writer.join().unwrap();
            assert_eq!(teem::offload(|| reader.join().unwrap()), written);
        });
    });
}

#[test]
fn one_file_wakes_all_who_wait_for_it() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (near, mut far) = nonblocking_pair();
            let near = Arc::new(near);
            let steps = Arc::new(AtomicUsize::new(0));
            let tasks: Vec<_> = (0..8)
                .map(|_| {
                    let steps = Arc::clone(&steps);
                    let mut first = true;
                    spawn_steps(Arc::clone(&near), move |near| {
                        steps.fetch_add(1, Ordering::SeqCst);
                        match std::mem::take(&mut first) {
                            true => Step::when_readable(near),
                            false => Step::Done(()),
                        }
                    })
                })
                .collect();
            until(|| steps.load(Ordering::SeqCst) == 8);
            far.write_all(b"x").unwrap();
            tasks.into_iter().for_each(|task| task.join().unwrap());
        });
    });
}

#[test]
fn a_step_and_a_task_wait_for_one_socket() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (near, mut far) = connection();
            let reader = near.try_clone().unwrap();
            let mut waits = true;
            let waiter = spawn_steps(near, move |near| match std::mem::take(&mut waits) {
                true => Step::when_readable(near),
                false => Step::Done(near),
            });
            let reader = teem::spawn(move || (&reader).read_exact(&mut [0; 1]));
            far.write_all(b"x").unwrap();
            // Who waited for the readiness leaves the byte to who reads it, in either order.
            reader.join().unwrap().unwrap();
            far.write_all(b"y").unwrap();
            waiter.join().unwrap();
        });
    });
}

#[test]
fn a_waiting_task_holds_no_stack() {
    with_workers([1, 2], |runtime| {
        let metrics = runtime.run(|| {
            let steps = Arc::new(AtomicUsize::new(0));
            let tasks: Vec<_> = (0..100)
                .map(|_| {
                    let steps = Arc::clone(&steps);
                    spawn_steps((), move |()| match in_done_context() {
                        true => Step::Done(()),
                        false => {
                            steps.fetch_add(1, Ordering::SeqCst);
                            Step::after(Duration::MAX, ())
                        }
                    })
                })
                .collect();
            until(|| steps.load(Ordering::SeqCst) == 100);
            // The last steps may not have left their stacks yet.
            until(|| teem::runtime::metrics().waiting == 100);
            until(|| teem::runtime::metrics().load == 1);
            let metrics = teem::runtime::metrics();
            tasks.iter().for_each(teem::JoinHandle::cancel);
            tasks.into_iter().for_each(|task| task.join().unwrap());
            metrics
        });
        assert_eq!(
            (metrics.tasks, metrics.waiting, metrics.unstarted),
            (101, 100, 0)
        );
        assert!(metrics.steps >= 100, "{}", metrics.steps);
        let waiting = metrics.per_worker.iter().map(|worker| worker.waiting);
        assert_eq!(waiting.sum::<usize>(), 100);
    });
}

#[test]
fn the_next_step_is_taken_by_a_worker_that_has_time() {
    with_workers([2, 8], |runtime| {
        runtime.run(|| {
            let moved = Arc::new(AtomicBool::new(false));
            let task = spawn_steps(None, move |first: Option<ThreadId>| match first {
                None => {
                    // Holds this worker until the next step has run: which it can only do elsewhere.
                    let moved = Arc::clone(&moved);
                    teem::task::spawn_local(move || {
                        while !moved.load(Ordering::SeqCst) {
                            std::hint::spin_loop();
                        }
                    });
                    Step::Next(Some(this_thread()))
                }
                Some(first) => {
                    moved.store(true, Ordering::SeqCst);
                    Step::Done((first, this_thread()))
                }
            });
            let (first, then) = task.join().unwrap();
            assert_ne!(first, then);
        });
    });
}

#[test]
fn steps_of_a_task_that_asked_for_a_worker_stay_there() {
    with_workers([1, 4], |runtime| {
        runtime.run(|| {
            let (near, far) = connection();
            let mut threads = Vec::new();
            let builder = Builder::new().worker(0).name("bound");
            let state = Counted {
                connection: near,
                steps: 0,
            };
            let task = builder.spawn_steps(state, move |state| {
                threads.push(this_thread());
                match state.steps {
                    0..100 => Step::Next(Counted {
                        steps: state.steps + 1,
                        ..state
                    }),
                    100 => Step::when_writable(Counted {
                        steps: 101,
                        ..state
                    }),
                    101 => Step::after(
                        Duration::from_micros(10),
                        Counted {
                            steps: 102,
                            ..state
                        },
                    ),
                    _ => Step::Done(std::mem::take(&mut threads)),
                }
            });
            let threads = task.unwrap().join().unwrap();
            assert_eq!(threads.len(), 103);
            assert!(threads.iter().all(|thread| *thread == threads[0]));
            drop(far);
        });
    });
}

#[test]
fn task_local_values_end_with_the_step_that_made_them() {
    teem::task_local! {
        static COUNT: Cell<u32> = const { Cell::new(0) };
    }
    let _watchdog = Watchdog::start();
    let task = spawn_steps(Vec::new(), |mut seen| {
        seen.push(COUNT.replace(7));
        match seen.len() {
            3 => Step::Done(seen),
            _ => Step::Next(seen),
        }
    });
    assert_eq!(task.join().unwrap(), [0, 0, 0]);
}

#[test]
fn a_step_may_park() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (tx, rx) = teem::chan::bounded(0);
            let task = spawn_steps(0, move |sum| match rx.recv() {
                Ok(n) => Step::Next(sum + n),
                Err(_) => Step::Done(sum),
            });
            (1..=100).for_each(|n| tx.send(n).unwrap());
            drop(tx);
            assert_eq!(task.join().unwrap(), 5050);
        });
    });
}

#[test]
fn the_end_of_a_runtime_reaches_those_who_wait() {
    let _watchdog = Watchdog::start();
    let ended = Arc::new(AtomicUsize::new(0));
    for workers in [1, 2] {
        let runtime = teem::runtime::Builder::new().workers(workers).build();
        let runtime = runtime.unwrap();
        let (near, _far) = connection();
        runtime.run(|| {
            let count = Arc::clone(&ended);
            spawn_steps((), move |()| match in_done_context() {
                true => Step::Done(count.fetch_add(1, Ordering::SeqCst)),
                false => Step::after(Duration::MAX, ()),
            });
            let count = Arc::clone(&ended);
            spawn_steps(near, move |near| match in_done_context() {
                true => Step::Done(count.fetch_add(1, Ordering::SeqCst)),
                false => Step::when_readable(near),
            });
        });
        drop(runtime);
        assert_eq!(ended.swap(0, Ordering::SeqCst), 2);
    }
}

#[test]
fn a_wait_between_steps_ends_once_whatever_ends_it() {
    const ROUNDS: usize = 300;
    with_workers([1, 2, 4], |runtime| {
        runtime.run(|| {
            let (near, mut far) = nonblocking_pair();
            let near = Arc::new(near);
            for n in 0..ROUNDS {
                // Bytes, deadlines and a cancellation, all at about the same time.
                let micros = Duration::from_micros(n as u64 % 130);
                let context = Context::background().with_timeout(micros);
                let steps = Arc::new(AtomicUsize::new(0));
                let count = Arc::clone(&steps);
                let builder = Builder::new().context(context);
                let task = builder.spawn_steps(Arc::clone(&near), move |near| {
                    match count.fetch_add(1, Ordering::SeqCst) {
                        0 if n % 7 == 0 => Step::when_readable(near).or_after(micros),
                        0 => Step::when_readable(near),
                        _ => Step::Done(()),
                    }
                });
                let task = task.unwrap();
                if n % 3 == 0 {
                    teem::time::sleep(micros);
                }
                if n % 2 == 0 {
                    far.write_all(b"x").unwrap();
                }
                if n % 5 == 0 {
                    task.cancel();
                }
                task.join().unwrap();
                assert_eq!(steps.load(Ordering::SeqCst), 2);
                while (&*near).read(&mut [0; 64]).is_ok() {}
            }
        });
    });
}
