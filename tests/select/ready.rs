//! `Select::ready`: waiting for an operation without doing it.

use crate::world::everywhere;
use std::panic::catch_unwind;
use teem::chan::__select::{Arm, SendArm};
use teem::chan::{
    ReadyTimeoutError, RecvError, Select, Sender, TryReadyError, TryRecvError, after, bounded,
    never, unbounded,
};
use teem::task::yield_now;
use teem::time::{Duration, Instant, Timer};

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(2);

/// crossbeam `ready::smoke1`, `smoke2`, `disconnected`, `preflight1`.
#[test]
fn an_operation_that_is_ready_is_named_and_not_done() {
    everywhere(|_| {
        for (s, r) in [bounded(1), bounded(3), unbounded()] {
            let (full, _kept) = bounded::<i32>(0);
            let mut select = Select::new();
            select.recv(&r);
            select.send(&full);
            assert_eq!(select.try_ready(), Err(TryReadyError));
            s.send(7).unwrap();
            for _ in 0..3 {
                assert_eq!(select.try_ready(), Ok(0));
                assert_eq!(select.ready(), 0);
                assert_eq!(select.ready_timeout(LONG), Ok(0));
            }
            assert_eq!(r.try_recv(), Ok(7));
            assert_eq!(select.try_ready(), Err(TryReadyError));
            drop(s);
            assert_eq!(select.ready(), 0);
            assert_eq!(r.recv(), Err(RecvError::Closed));
        }
    });
}

/// crossbeam `ready::timeout`, `default_only`.
#[test]
fn a_time_limit_is_kept_and_nothing_is_left_behind() {
    everywhere(|_| {
        for (s, r) in [bounded::<i32>(0), bounded(1)] {
            let mut select = Select::new();
            select.recv(&r);
            let begin = Instant::now();
            assert_eq!(select.ready_timeout(SHORT), Err(ReadyTimeoutError));
            assert!(begin.elapsed() >= SHORT);
            let deadline = Instant::now() + SHORT;
            assert_eq!(select.ready_deadline(deadline), Err(ReadyTimeoutError));
            assert!(Instant::now() >= deadline);
            assert_eq!(s.try_send(1).is_ok(), s.capacity() == Some(1));
            assert_eq!(r.try_recv().is_ok(), s.capacity() == Some(1));
        }
        assert!(catch_unwind(|| Select::new().ready()).is_err());
    });
}

/// crossbeam `ready::unblocks`, `both_ready`.
#[test]
fn whoever_watches_hears_of_the_other_side() {
    everywhere(|world| {
        for (s, r) in [bounded(0), bounded(1), bounded(2), unbounded()] {
            let idle = never::<i32>();
            let count = 200;
            world.both(
                || (0..count).for_each(|n| s.send(n).unwrap()),
                || {
                    let mut select = Select::new();
                    select.recv(&idle);
                    select.recv(&r);
                    let mut next = 0;
                    while next < count {
                        assert_eq!(select.ready(), 1);
                        // Nobody else receives, so it is still there.
                        assert_eq!(r.recv(), Ok(next));
                        next += 1;
                    }
                },
            );
            world.both(
                || (0..count).for_each(|n| assert_eq!(r.recv(), Ok(n))),
                || {
                    let mut select = Select::new();
                    select.send(&s);
                    for n in 0..count {
                        assert_eq!(select.ready(), 0);
                        s.send(n).unwrap();
                    }
                },
            );
            // A close is something to hear of, too.
            world.both(
                || assert!(s.close()),
                || {
                    let mut select = Select::new();
                    select.recv(&r);
                    assert_eq!(select.ready(), 0);
                    assert_eq!(r.recv(), Err(RecvError::Closed));
                },
            );
        }
    });
}

/// crossbeam `ready::stress_mixed`: many watch, and one of them gets it.
#[test]
fn many_that_watch_receive_each_value_once() {
    everywhere(|world| {
        for (s, r) in [bounded(0), bounded(1), bounded(5), unbounded()] {
            let count = 300;
            let (out, got) = unbounded();
            let watcher = || -> crate::world::Job<'_> {
                let (r, out) = (r.clone(), out.clone());
                Box::new(move || {
                    let mut select = Select::new();
                    select.recv(&r);
                    loop {
                        assert_eq!(select.ready(), 0);
                        match r.try_recv() {
                            Ok(n) => out.send(n).unwrap(),
                            Err(TryRecvError::Closed) => return,
                            Err(TryRecvError::Empty) => yield_now(),
                        }
                    }
                })
            };
            let mut jobs = vec![watcher(), watcher(), watcher()];
            jobs.push(Box::new(move || {
                (0..count).for_each(|n| s.send(n).unwrap())
            }));
            world.all(jobs);
            drop(out);
            let mut all: Vec<_> = got.iter().collect();
            all.sort_unstable();
            assert!(all.into_iter().eq(0..count));
        }
    });
}

#[test]
fn clocks_are_watched_too() {
    everywhere(|world| {
        let begin = Instant::now();
        let (once, timer) = (after(SHORT), Timer::new(LONG));
        let mut select = Select::new_biased();
        select.recv(&once);
        let second = select.recv(timer.receiver());
        assert_eq!(select.ready(), 0);
        assert!(begin.elapsed() >= SHORT);
        once.recv().unwrap();
        world.both(
            || assert!(timer.reset(SHORT)),
            || {
                let mut select = Select::new();
                select.recv(timer.receiver());
                assert_eq!(select.ready(), 0);
            },
        );
        assert_eq!(select.ready(), second);
        timer.receiver().recv().unwrap();
    });
}

/// An arm that has won, and the place that it keeps.
fn reserve<T>(sender: &Sender<T>) -> SendArm<'_, T> {
    let mut arm = SendArm::new(sender);
    assert!(arm.poll(), "there is a place");
    arm
}

#[test]
fn what_stands_behind_an_abandoned_place_is_ready() {
    everywhere(|world| {
        let (s, r) = bounded(2);
        // Whether it watches already, or comes later.
        for _ in 0..100 {
            world.both(
                || {
                    let arm = reserve(&s);
                    s.send(5).unwrap();
                    drop(arm);
                },
                || {
                    let mut select = Select::new();
                    select.recv(&r);
                    assert_eq!(select.ready(), 0);
                    assert_eq!(r.try_recv(), Ok(5));
                },
            );
        }
        let mut select = Select::new();
        select.recv(&r);
        let arm = reserve(&s);
        s.send(6).unwrap();
        assert_eq!(select.try_ready(), Err(TryReadyError));
        drop(arm);
        assert_eq!(select.try_ready(), Ok(0));
        assert_eq!(r.try_recv(), Ok(6));
        // The end is something to hear of, too.
        drop(reserve(&s));
        drop(s);
        assert_eq!(select.try_ready(), Ok(0));
        assert_eq!(r.try_recv(), Err(TryRecvError::Closed));
    });
}
