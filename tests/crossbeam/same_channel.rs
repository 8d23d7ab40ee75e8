//! crossbeam's `same_channel`.

use std::time::Duration;
use teem::chan::{after, bounded, never, tick, unbounded};

macro_rules! same {
    ($ends:expr) => {
        let ((s, r), (other_s, other_r)) = ($ends, $ends);
        assert!(s.same_channel(&s) && s.same_channel(&s.clone()));
        assert!(r.same_channel(&r) && r.same_channel(&r.clone()));
        assert!(!s.same_channel(&other_s));
        assert!(!r.same_channel(&other_r));
    };
}

#[test]
fn array_same_channel() {
    same!(bounded::<usize>(1));
}

#[test]
fn list_same_channel() {
    same!(unbounded::<usize>());
}

#[test]
fn zero_same_channel() {
    same!(bounded::<usize>(0));
}

#[test]
fn different_flavors_same_channel() {
    let (s1, r1) = bounded::<usize>(0);
    let (s2, r2) = unbounded::<usize>();
    let (s3, r3) = bounded::<usize>(1);
    assert!(!s1.same_channel(&s2) && !s2.same_channel(&s3) && !s3.same_channel(&s1));
    assert!(!r1.same_channel(&r2) && !r2.same_channel(&r3) && !r3.same_channel(&r1));
}

/// A clock is itself and its clones.
macro_rules! same_clock {
    ($clock:expr) => {
        let (clock, other) = ($clock, $clock);
        assert!(clock.same_channel(&clock) && clock.same_channel(&clock.clone()));
        assert!(!clock.same_channel(&other));
    };
}

#[test]
fn after_same_channel() {
    same_clock!(after(Duration::from_millis(50)));
    assert!(!after(Duration::ZERO).same_channel(&tick(Duration::ZERO)));
}

#[test]
fn tick_same_channel() {
    same_clock!(tick(Duration::from_millis(50)));
}

/// In crossbeam all that never send are the same channel; nothing else tells them apart.
#[test]
fn never_same_channel() {
    let clock = never::<usize>();
    assert!(clock.same_channel(&clock) && clock.same_channel(&clock.clone()));
    assert!(!clock.same_channel(&bounded(0).1));
}
