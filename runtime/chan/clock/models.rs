//! loom models of clocks: whoever waits hears of a time that is brought forward, and a value is taken once.

use super::super::models::{SharedWaiter, With, bounded, cut_elsewhere};
use super::super::source::{Entered, Source};
use super::super::wait::Node;
use super::Clock;
use crate::task::Wake;
use loom::sync::Arc;
use loom::thread;
use std::time::{Duration, Instant};

/// A clock without a time, for who waits until it has one; it is always `now`.
fn shared(now: Instant) -> (Arc<With<Clock>>, thread::JoinHandle<bool>) {
    let clock = Arc::new(With::queues(Clock::new(None, None)));
    let armed = clock.clone();
    let armer = thread::spawn(move || armed.inner.plan(Some(now), Duration::ZERO));
    (clock, armer)
}

#[test]
fn loom_who_waits_for_a_clock_hears_of_its_new_time() {
    let now = Instant::now();
    bounded(3, move || {
        let (clock, armer) = shared(now);
        let (clock, queue) = (&clock.inner, &clock.queues[0]);
        let waiter = queue.waiter();
        let node = Node::new(());
        node.belongs_to(&waiter, 0);
        // SAFETY: it leaves below.
        let value = match unsafe { clock.enter(&node, Some(now)) } {
            Entered::Not(value) => Some(value),
            Entered::Until(None) => {
                assert_eq!(queue.wait(&waiter), Wake::Event);
                // SAFETY: alive, and entered here.
                unsafe { clock.leave(&node, Some(now)) }
            }
            Entered::Until(Some(_)) => panic!("the value that is due was not taken"),
        };
        assert_eq!(value, Some(now));
        assert!(armer.join().unwrap(), "there was a value to come, if never");
    });
}

#[test]
fn loom_who_has_left_a_clock_is_not_woken_and_the_value_stays() {
    let now = Instant::now();
    bounded(3, move || {
        let (clock, armer) = shared(now);
        let waiter = Arc::new(SharedWaiter(clock.queues[0].waiter()));
        let node = Node::new(());
        node.belongs_to(&waiter.0, 0);
        // SAFETY: it leaves below.
        let entered = unsafe { clock.inner.enter(&node, None) };
        let timer = cut_elsewhere(&waiter);
        let wake = clock.queues[0].wait(&waiter.0);
        // SAFETY: alive, and entered here.
        let value = unsafe {
            clock
                .inner
                .leave(&node, (wake == Wake::Event).then_some(now))
        };
        timer.join().unwrap();
        armer.join().unwrap();
        let rest = clock.inner.poll(Some(now));
        assert!(matches!(entered, Entered::Until(_)));
        assert_eq!(value.is_some(), wake == Wake::Event);
        assert_eq!(value.or(rest), Some(now));
        assert!(value.is_none() || rest.is_none(), "it came twice");
    });
}

#[test]
fn loom_of_two_who_look_one_has_the_value() {
    let now = Instant::now();
    bounded(3, move || {
        let clock = Arc::new(Clock::new(Some(now), None));
        let other = {
            let clock = clock.clone();
            thread::spawn(move || clock.poll(Some(now)))
        };
        let mine = clock.poll(Some(now));
        let others = other.join().unwrap();
        assert_eq!(mine.xor(others), Some(now));
    });
}
