//! How long backlogs that stand, grow or shrink are left alone, by a clock that is a number.

use super::{Backlog, CROWD, PATIENCE, TRIAL};
use std::time::{Duration, Instant};

/// How long a backlog whose size is a function of time is left alone.
fn until_granted(size: impl Fn(Duration) -> usize) -> Duration {
    let begin = Instant::now();
    let mut backlog = Backlog::new(size(Duration::ZERO), begin);
    let mut now = begin;
    loop {
        now += backlog.patience_left(now).expect("not granted yet");
        let passed = now - begin;
        if backlog.look(size(passed), now) {
            assert!(backlog.patience_left(now).is_none(), "for good");
            assert!(backlog.look(0, now), "for good");
            return passed;
        }
    }
}

#[test]
fn what_waits_behind_a_task_that_computes_is_taken_at_the_second_look() {
    for size in [1, CROWD, 100 * CROWD] {
        assert_eq!(until_granted(|_| size), PATIENCE);
    }
}

#[test]
fn a_small_backlog_that_changes_is_that_of_a_tree_and_taken_at_the_second_look() {
    let tree = |passed: Duration| passed.as_micros() as usize % (CROWD / 2);
    assert_eq!(until_granted(tree), PATIENCE);
}

#[test]
fn a_crowd_that_is_worked_off_is_left_alone_until_it_should_long_be_done() {
    let crowd = |passed: Duration| (10 * CROWD).saturating_sub((passed.as_micros() / 2) as usize);
    assert!(until_granted(crowd) > 4 * PATIENCE);
    let spawner = |passed: Duration| CROWD << (passed.as_micros() / 100);
    assert_eq!(until_granted(spawner), TRIAL);
}
