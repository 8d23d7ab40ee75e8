//! `after`, `at`, `tick` and `never`, alone and in selects.
//!
//! crossbeam-channel's `tests/after.rs`, `tick.rs`, `never.rs`.

use crate::world::everywhere;
use std::sync::atomic::{AtomicUsize, Ordering};
use teem::chan::{RecvTimeoutError, TryRecvError, after, at, never, tick, unbounded};
use teem::select;
use teem::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(2);

/// crossbeam `after::fire`, `after::capacity`, `after::len_empty_full`, `after::try_recv`.
#[test]
fn a_time_comes_once_and_not_too_early() {
    everywhere(|_| {
        let begin = Instant::now();
        let once = after(SHORT);
        assert_eq!(once.capacity(), Some(1));
        let time = once.recv().unwrap();
        assert!(time >= begin + SHORT && Instant::now() >= time);
        assert!(once.is_empty() && !once.is_closed());
        assert_eq!(once.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(once.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout));

        let past = at(begin);
        assert!(past.is_full() && past.len() == 1);
        assert_eq!(past.try_recv(), Ok(begin));
        assert!(past.is_empty());

        let later = after(LONG);
        assert_eq!(later.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(later.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout));
        assert_eq!((later.len(), later.is_full()), (0, false));
    });
}

/// crossbeam `after::stress_clone`, `after::select_shared`.
#[test]
fn one_time_is_received_by_one_of_many() {
    everywhere(|world| {
        let once = after(SHORT);
        let over = after(4 * SHORT);
        let hits = AtomicUsize::new(0);
        let job = || -> crate::world::Job<'_> {
            let (once, over, hits) = (once.clone(), &over, &hits);
            Box::new(move || {
                let got = select! {
                    recv(once) -> time => { time.unwrap(); true }
                    recv(over) -> _ => false,
                    default(8 * SHORT) => false,
                };
                hits.fetch_add(usize::from(got), Ordering::Relaxed);
            })
        };
        world.all((0..6).map(|_| job()).collect());
        assert_eq!(hits.into_inner(), 1);
    });
}

/// crossbeam `after::fairness`, `after::recv_timeout`.
#[test]
fn the_earliest_time_of_a_select_is_the_one_that_comes() {
    everywhere(|_| {
        let begin = Instant::now();
        let which = select! {
            recv(after(LONG)) -> _ => 1,
            recv(after(SHORT)) -> _ => 2,
            recv(at(begin + LONG)) -> _ => 3,
            recv(tick(LONG)) -> _ => 4,
            default(LONG) => 5,
        };
        assert_eq!(which, 2);
        let which = select! {
            recv(after(LONG)) -> _ => 1,
            default(SHORT) => 2,
        };
        assert_eq!(which, 2);
        assert!(begin.elapsed() >= 2 * SHORT);
    });
}

/// crossbeam `tick::fire`, `tick::capacity`, `tick::intervals`.
#[test]
fn a_late_receiver_gets_one_tick_and_the_next_in_phase() {
    everywhere(|_| {
        let period = Duration::from_millis(3);
        let before = Instant::now();
        let ticks = tick(period);
        let after = Instant::now();
        assert_eq!(ticks.capacity(), Some(1));
        let first = ticks.recv().unwrap();
        assert!(first >= before + period && first <= after + period);
        // Three or more periods pass.
        teem::time::sleep(period * 3 + period / 2);
        assert!(ticks.is_full());
        let present = Instant::now();
        let second = ticks.try_recv().unwrap();
        assert!(
            second > first && second + period <= present,
            "one that was missed"
        );
        let third = ticks.recv().unwrap();
        let phase = (third - second).as_nanos() % period.as_nanos();
        assert!(third > present && phase == 0, "no burst, and in phase");
    });
}

/// crossbeam `tick::select`, `tick::fairness`.
#[test]
fn ticks_come_between_values() {
    everywhere(|world| {
        let (s, r) = unbounded::<u32>();
        let (stop, stopped) = unbounded::<()>();
        world.both(
            || {
                let ticks = tick(Duration::from_millis(1));
                let (mut ticked, mut got) = (0, 0);
                while ticked < 3 || got < 100 {
                    select! {
                        recv(ticks) -> _ => ticked += 1,
                        recv(r) -> _ => got += 1,
                    }
                }
                stop.send(()).unwrap();
            },
            || {
                (0..100).for_each(|n| s.send(n).unwrap());
                stopped.recv().unwrap();
            },
        );
    });
}

#[test]
fn a_period_of_zero_is_always_over() {
    let ticks = tick(Duration::ZERO);
    for _ in 0..100 {
        assert!(ticks.try_recv().is_ok());
    }
    assert!(after(Duration::ZERO).try_recv().is_ok());
}

#[test]
fn too_long_is_never() {
    everywhere(|_| {
        let all = [after(Duration::MAX), tick(Duration::MAX), never()];
        for clock in &all {
            assert!(clock.is_empty());
            assert!(clock.recv_timeout(Duration::ZERO).is_err());
            select! { recv(clock) -> _ => unreachable!(), default(SHORT) => {} }
        }
    });
}

/// crossbeam `never::smoke`, `never::capacity`.
#[test]
fn never_is_silent_and_open() {
    struct Unsized<'a>(&'a str);
    let text = String::from("not static");
    let never = never::<Unsized<'_>>();
    assert_eq!((never.capacity(), never.len()), (Some(0), 0));
    assert!(never.is_empty() && never.is_full());
    assert!(matches!(never.try_recv(), Err(TryRecvError::Empty)));
    let nothing = select! {
        recv(never) -> value => value.map_or(0, |value| value.0.len()),
        default => text.len(),
    };
    assert_eq!(nothing, 10);
}

#[test]
fn clones_are_the_same_channel_and_others_are_not() {
    let clock = after(LONG);
    assert!(clock.same_channel(&clock.clone()));
    assert!(!clock.same_channel(&after(LONG)));
}
