//! loom models of the ring without anybody waiting: every interleaving, with weak memory. loom
//! notices when two threads are in one slot (`UnsafeCell` of the façade).
//!
//! In no model do two threads wait for a third at the same moment: loom then lets the two take turns
//! for ever.

use super::super::models::bounded;
use super::{NoRoom, NoValue, Refill, Ring};
use crate::bias::models::worker;
use crate::bias::{Bias, Identity};
use loom::sync::Arc;
use loom::thread;
use std::mem::MaybeUninit;

fn push(ring: &Ring<u32>, value: u32) -> Result<(), NoRoom> {
    ring.take_room::<false>().map(|room| room.fill(value))
}

fn pop_some(ring: &Ring<u32>, count: usize) -> Vec<u32> {
    let mut values = Vec::new();
    while values.len() < count {
        match ring.pop::<false>() {
            Ok(value) => values.push(value),
            Err(_) => thread::yield_now(),
        }
    }
    values
}

#[test]
fn loom_two_senders_get_a_slot_each() {
    bounded(3, || {
        let ring = Arc::new(Ring::new(2));
        let senders = [1, 2].map(|value| {
            let ring = ring.clone();
            thread::spawn(move || push(&ring, value).expect("there is room for both"))
        });
        let mut values = pop_some(&ring, 2);
        for sender in senders {
            sender.join().unwrap();
        }
        values.sort_unstable();
        assert_eq!(values, [1, 2]);
        assert_eq!(ring.pop::<false>(), Err(NoValue::Empty));
    });
}

#[test]
fn loom_two_receivers_get_a_value_each() {
    bounded(3, || {
        let ring = Arc::new(Ring::new(2));
        push(&ring, 1).unwrap();
        push(&ring, 2).unwrap();
        let receiver = {
            let ring = ring.clone();
            thread::spawn(move || ring.pop::<false>().expect("there are two"))
        };
        let one = ring.pop::<false>().expect("there are two");
        let other = receiver.join().unwrap();
        assert_eq!(one + other, 3);
        assert_eq!(ring.len(), 0);
    });
}

#[test]
fn loom_a_slot_is_used_again_only_when_it_has_been_emptied() {
    bounded(3, || {
        let ring = Arc::new(Ring::new(1));
        let sender = {
            let ring = ring.clone();
            thread::spawn(move || {
                for value in 1..=2 {
                    while push(&ring, value).is_err() {
                        thread::yield_now();
                    }
                }
            })
        };
        assert_eq!(pop_some(&ring, 2), [1, 2]);
        sender.join().unwrap();
    });
}

#[test]
fn loom_nothing_gets_past_a_close_and_what_came_before_is_there() {
    bounded(3, || {
        let ring = Arc::new(Ring::new(2));
        let sender = {
            let ring = ring.clone();
            thread::spawn(move || push(&ring, 1))
        };
        assert!(ring.close());
        let popped = ring.pop::<false>();
        match sender.join().unwrap() {
            Ok(()) => assert_eq!(popped, Ok(1)),
            Err(why) => {
                assert_eq!(why, NoRoom::Closed);
                assert_eq!(popped, Err(NoValue::Closed));
            }
        }
        assert_eq!(ring.pop::<false>(), Err(NoValue::Closed));
    });
}

#[test]
fn loom_after_a_slow_bit_the_head_stands_still() {
    bounded(3, || {
        let ring = Arc::new(Ring::new(1));
        push(&ring, 1).unwrap();
        let receiver = {
            let ring = ring.clone();
            thread::spawn(move || ring.pop::<false>())
        };
        ring.set_head_slow(true);
        // What is full now stays full; what is not was emptied before.
        let full = ring.has_room() == Err(NoRoom::Full);
        let popped = receiver.join().unwrap();
        assert_eq!(popped, if full { Err(NoValue::Slow) } else { Ok(1) });
        assert_eq!(ring.has_room().is_err(), full);
    });
}

#[test]
fn loom_len_is_what_it_was_at_some_moment() {
    bounded(3, || {
        let ring = Arc::new(Ring::new(1));
        push(&ring, 1).unwrap();
        let other = {
            let ring = ring.clone();
            thread::spawn(move || {
                ring.pop::<false>().expect("it is there");
                push(&ring, 2).expect("it was taken");
            })
        };
        assert!(ring.len() <= 1);
        other.join().unwrap();
        assert_eq!(ring.len(), 1);
    });
}

#[test]
fn loom_a_full_ring_is_full_through_an_exchange() {
    bounded(3, || {
        let ring = Arc::new(Ring::new(1));
        push(&ring, 1).unwrap();
        ring.set_head_slow(true);
        let other = {
            let ring = ring.clone();
            thread::spawn(move || ring.exchange(Refill::Value(MaybeUninit::new(2))))
        };
        assert_eq!(ring.len(), 1);
        assert_eq!(other.join().unwrap(), Some(1));
        assert_eq!(ring.len(), 1);
    });
}

#[test]
fn loom_a_ring_with_an_owner_passes_to_everybody_with_all_that_is_in_it() {
    bounded(3, || {
        let shared = Arc::new((Bias::new(), Ring::new(2)));
        let other = {
            let shared = shared.clone();
            thread::spawn(move || {
                let (bias, ring) = &*shared;
                let alone = bias.enter(Identity::NOBODY);
                assert!(alone.is_none());
                (ring.pop::<false>().ok(), push(ring, 3))
            })
        };
        let (bias, ring) = &*shared;
        let enter = || {
            let me = worker(0);
            bias.enter_as_owner(me).or_else(|| bias.enter(me))
        };
        let mut sent = vec![];
        let mut received = vec![];
        for value in 1..=2 {
            let pushed = match enter() {
                Some(alone) => ring.push_alone(value, &alone).ok(),
                None => push(ring, value).ok(),
            };
            sent.extend(pushed.map(|()| value));
        }
        received.extend(match enter() {
            Some(alone) => ring.pop_alone(&alone),
            None => ring.pop::<false>().ok(),
        });
        let (theirs, third) = other.join().unwrap();
        received.extend(theirs);
        sent.extend(third.ok().map(|()| 3));
        while let Ok(value) = ring.pop::<false>() {
            received.push(value);
        }
        received.sort_unstable();
        assert_eq!(received, sent);
    });
}
