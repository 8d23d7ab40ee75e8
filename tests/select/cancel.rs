//! Selects in a context that is done, and that becomes so while they wait.

use crate::workers::with_workers;
use teem::chan::{RecvError, SendError, after, bounded, never, unbounded};
use teem::select;
use teem::task::yield_now;
use teem::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(60);

/// Runs `f` in a task that is cancelled before it begins.
fn cancelled<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> T {
    let (go, gone) = bounded::<()>(0);
    let task = teem::spawn(move || {
        // Ends by the cancellation, whichever comes first.
        let _ = gone.recv();
        f()
    });
    task.cancel();
    let result = task.join().unwrap();
    drop(go);
    result
}

#[test]
fn the_first_channel_arm_reports_a_done_context_and_nothing_is_received_or_sent() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (s, r) = unbounded::<i32>();
            s.send(1).unwrap();
            let (s2, r2) = (s.clone(), r.clone());
            let outcome = cancelled(move || {
                select! {
                    recv(r2) -> value => (value, 1),
                    send(s2, 2) -> _ => (Ok(0), 2),
                }
            });
            assert_eq!(outcome, (Err(RecvError::Cancelled), 1));
            let (s2, r2) = (s.clone(), r.clone());
            let outcome = cancelled(move || {
                select! {
                    send(s2, 2) -> sent => sent,
                    recv(r2) -> _ => unreachable!(),
                }
            });
            assert_eq!(outcome, Err(SendError::Cancelled(2)));
            assert_eq!((r.try_recv(), r.len()), (Ok(1), 0));
        });
    });
}

#[test]
fn a_done_context_takes_the_default_at_once() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (s, r) = unbounded::<i32>();
            s.send(1).unwrap();
            let begin = Instant::now();
            let took_defaults = cancelled(move || {
                let short = select! { recv(r) -> _ => false, default => true };
                let long = select! { recv(r) -> _ => false, default(LONG) => true };
                short && long
            });
            assert!(took_defaults && begin.elapsed() < LONG);
        });
    });
}

#[test]
fn a_select_that_waits_is_cut_and_loses_nothing() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            for capacity in [0, 1] {
                let (s, r) = bounded::<i32>(capacity);
                let (ready, is_ready) = unbounded::<()>();
                let inner = r.clone();
                let task = teem::spawn(move || {
                    ready.send(()).unwrap();
                    select! {
                        recv(never::<i32>()) -> value => value,
                        recv(inner) -> _ => unreachable!(),
                        recv(after(LONG)) -> _ => unreachable!(),
                    }
                });
                is_ready.recv().unwrap();
                (0..10).for_each(|_| yield_now());
                task.cancel();
                assert_eq!(task.join().unwrap(), Err(RecvError::Cancelled));
                // Nobody waits there any more.
                assert_eq!(s.try_send(1).is_ok(), capacity == 1);
            }
        });
    });
}

/// With so many arms it finds nothing and lets this task run first, which ends its context and then sends.
#[test]
fn a_select_that_gave_way_to_its_cancellation_receives_nothing() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let (s, r) = bounded::<i32>(1);
            let (ready, is_ready) = unbounded::<()>();
            let inner = r.clone();
            let task = teem::spawn(move || {
                ready.send(()).unwrap();
                select! {
                    recv(inner) -> value => value,
                    recv(never::<i32>()) -> _ => unreachable!(),
                    recv(never::<i32>()) -> _ => unreachable!(),
                    recv(never::<i32>()) -> _ => unreachable!(),
                }
            });
            is_ready.recv().unwrap();
            task.cancel();
            s.send(1).unwrap();
            assert_eq!(task.join().unwrap(), Err(RecvError::Cancelled));
            assert_eq!(r.try_recv(), Ok(1));
        });
    });
}

#[test]
fn a_wait_with_a_default_that_is_cut_takes_the_default() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (ready, is_ready) = unbounded::<()>();
            let begin = Instant::now();
            let task = teem::spawn(move || {
                ready.send(()).unwrap();
                select! {
                    recv(never::<i32>()) -> _ => false,
                    default(LONG) => true,
                }
            });
            is_ready.recv().unwrap();
            (0..10).for_each(|_| yield_now());
            task.cancel();
            assert!(task.join().unwrap());
            assert!(begin.elapsed() < LONG);
        });
    });
}

/// A value is received, or it is still there: whoever is cut at the same moment keeps nothing.
#[test]
fn a_cancellation_in_a_race_with_a_value_loses_neither() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            for capacity in [0, 1] {
                for _ in 0..200 {
                    let (s, r) = bounded::<i32>(capacity);
                    let inner = r.clone();
                    let task = teem::spawn(move || {
                        select! {
                            recv(inner) -> value => value,
                            recv(never::<i32>()) -> value => value,
                        }
                    });
                    let sender = teem::spawn(move || {
                        select! {
                            send(s, 1) -> sent => sent.is_ok(),
                            default => false,
                        }
                    });
                    task.cancel();
                    let sent = sender.join().unwrap();
                    let received = task.join().unwrap();
                    let left = r.try_recv();
                    assert_eq!(
                        usize::from(sent),
                        usize::from(received.is_ok()) + usize::from(left.is_ok()),
                        "{sent} {received:?} {left:?}"
                    );
                }
            }
        });
    });
}
