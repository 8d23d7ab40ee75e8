//! The arms `join` and `done`.

use crate::workers::with_workers;
use std::panic::{AssertUnwindSafe, catch_unwind};
use teem::chan::{RecvError, bounded, never, unbounded};
use teem::context::{self, Cause, Context};
use teem::select;
use teem::task::yield_now;
use teem::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(2);

#[test]
fn the_result_of_a_task_is_taken_by_the_arm_that_wins() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            let (go, gone) = bounded::<()>(0);
            let mut waits = teem::spawn(move || gone.recv().map(|()| Box::new(7)));
            for _ in 0..3 {
                select! {
                    join(waits) -> _ => unreachable!(),
                    recv(never::<()>()) -> _ => unreachable!(),
                    default(Duration::from_micros(100)) => {}
                }
                select! { join(waits) -> _ => unreachable!(), default => {} }
            }
            let got = select! {
                join(waits) -> result => result.unwrap(),
                send(go, ()) -> sent => { sent.unwrap(); waits.join().unwrap() }
            };
            assert_eq!(got, Ok(Box::new(7)));

            let mut panics = teem::spawn(|| -> u8 { std::panic::resume_unwind(Box::new("why")) });
            let error = select! { join(panics) -> result => result.unwrap_err() };
            assert_eq!(error.downcast_ref(), Some(&"why"));
        });
    });
}

#[test]
fn a_result_that_was_taken_is_taken_once_and_dropped_once() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (s, r) = unbounded::<()>();
            let mut task = teem::spawn(move || s);
            let s = select! { join(task) -> result => result.unwrap() };
            let again = catch_unwind(AssertUnwindSafe(|| {
                select! { join(task) -> result => drop(result) }
            }));
            assert!(again.is_err());
            assert!(catch_unwind(AssertUnwindSafe(|| drop(task.join()))).is_err());
            assert!(
                r.try_recv()
                    .is_err_and(|e| e != teem::chan::TryRecvError::Closed)
            );
            drop(s);
            assert_eq!(r.recv(), Err(RecvError::Closed));
            // Nobody takes this one.
            let (s, r) = unbounded::<()>();
            let mut task = teem::spawn(move || s);
            select! { join(task) -> _ => {} default => {} }
            drop(task);
            assert_eq!(r.recv(), Err(RecvError::Closed));
        });
    });
}

#[test]
fn a_body_may_drop_its_handle_and_a_reference_to_one_will_do() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let mut handles: Vec<_> = (0..3).map(|n| teem::spawn(move || n)).collect();
            let [a, b, c] = &mut handles[..] else {
                unreachable!("three")
            };
            let mut left = 3;
            let mut seen = [false; 3];
            while left > 0 {
                let n = select! {
                    join(*a) -> n => n.unwrap(),
                };
                seen[n] = true;
                left -= 1;
                let n = select! { join(*b) -> n => n.unwrap() };
                seen[n] = true;
                let n = select! { join(*c) -> n => n.unwrap() };
                seen[n] = true;
                left -= 2;
            }
            assert_eq!(seen, [true; 3]);
            drop(handles);
            let mut task = teem::spawn(|| 1);
            select! {
                join(task) -> result => { drop(task); assert_eq!(result.unwrap(), 1) }
                recv(never::<()>()) -> _ => drop(task),
            }
        });
    });
}

#[test]
fn tasks_that_end_in_a_race_with_timeouts_are_all_joined() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            for n in 0..300 {
                let mut task = teem::spawn(move || {
                    (0..n % 4).for_each(|_| yield_now());
                    n
                });
                let mut joined = None;
                while joined.is_none() {
                    select! {
                        join(task) -> result => joined = Some(result.unwrap()),
                        recv(never::<()>()) -> _ => unreachable!(),
                        default(Duration::from_micros(3)) => {}
                    }
                }
                assert_eq!(joined, Some(n));
            }
        });
    });
    // From a thread.
    let mut task = teem::spawn(|| teem::time::sleep(SHORT));
    select! { join(task) -> result => result.unwrap(), default(LONG) => unreachable!() }
}

#[test]
fn the_end_of_a_context_is_an_arm() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            let (ctx, cancel) = Context::background().with_cancel();
            select! { done(ctx) -> _ => unreachable!(), default(SHORT) => {} }
            let canceller = teem::spawn(move || cancel.cancel_with("enough"));
            let cause = select! {
                done(ctx) -> cause => cause,
                done(&Context::background()) -> _ => unreachable!("nothing ends it"),
                recv(never::<()>()) -> _ => unreachable!(),
                default(LONG) => unreachable!(),
            };
            assert!(matches!(cause, Cause::Custom(error) if error.to_string() == "enough"));
            canceller.join().unwrap();

            let begin = Instant::now();
            let ctx = Context::background().with_timeout(SHORT);
            let cause = select! {
                recv(never::<()>()) -> _ => unreachable!(),
                done(ctx) -> cause => cause,
            };
            assert_eq!(cause, Cause::DeadlineExceeded);
            assert!(begin.elapsed() >= SHORT);
        });
    });
}

#[test]
fn a_done_context_takes_its_done_arm_before_anything_else() {
    let (ctx, cancel) = Context::background().with_cancel();
    cancel.cancel();
    let (s, r) = unbounded::<i32>();
    s.send(1).unwrap();
    let outcome = ctx.enter(|| {
        let mut task = teem::spawn(|| ());
        while !task.is_finished() {
            yield_now();
        }
        select! {
            recv(r) -> _ => 1,
            join(task) -> _ => 2,
            done(Context::background()) -> _ => 3,
            done(context::current()) -> cause => { assert_eq!(cause, Cause::Cancelled); 4 }
            default => 5,
        }
    });
    assert_eq!(outcome, 4);
    let outcome = ctx.enter(|| {
        select! {
            done(Context::background()) -> _ => 1,
            recv(r) -> value => { assert_eq!(value, Err(RecvError::Cancelled)); 2 }
        }
    });
    assert_eq!((outcome, r.len()), (2, 1));
    // Nothing of this reports a cancellation, so it waits.
    let outcome = ctx.enter(|| {
        let mut task = teem::spawn(|| teem::time::sleep(SHORT));
        select! {
            join(task) -> result => { result.unwrap(); 1 }
            done(Context::background()) -> _ => 2,
        }
    });
    assert_eq!(outcome, 1);
}

#[test]
fn a_select_in_a_context_that_ends_while_it_waits_takes_its_done_arm() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            for n in 0..50 {
                let (ready, is_ready) = unbounded::<()>();
                let task = teem::spawn(move || {
                    let ctx = context::current();
                    ready.send(()).unwrap();
                    select! {
                        recv(never::<()>()) -> _ => None,
                        done(ctx) -> cause => Some(cause),
                        default(LONG) => None,
                    }
                });
                is_ready.recv().unwrap();
                (0..n % 5).for_each(|_| yield_now());
                task.cancel();
                assert_eq!(task.join().unwrap(), Some(Cause::Cancelled));
            }
            // A deadline of the context in which the select stands.
            let begin = Instant::now();
            let value = teem::time::timeout(SHORT, || {
                select! {
                    recv(never::<()>()) -> value => value,
                }
            });
            assert_eq!(value, Err(RecvError::Cancelled));
            assert!(begin.elapsed() >= SHORT);
        });
    });
    // On a thread.
    let value = teem::time::timeout(SHORT, || select! { recv(never::<()>()) -> value => value });
    assert_eq!(value, Err(RecvError::Cancelled));
}
