//! loom models of the queue of blocks, with two slots a block: every interleaving, with weak memory.
//!
//! loom notices a value that is read while it is written (`UnsafeCell` of the façade), a block that
//! is freed twice or never (`Tracked`), and a value that is dropped never (its `Arc` leaks).
//!
//! In no model do two threads wait for a third at the same moment: loom then lets the two take turns
//! for ever.

use super::{Blocks, Nothing, Refused};
use crate::chan::models::bounded;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::sync::{Arc, Mutex};
use loom::thread;

/// Counts how often it is dropped.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn push_all(queue: &Blocks<u32>, values: impl IntoIterator<Item = u32>) {
    for value in values {
        queue.push(value).expect("open, and nobody waits");
    }
}

/// Pops `count` values, waiting for them.
fn pop_some(queue: &Blocks<u32>, count: usize) -> Vec<u32> {
    let mut values = Vec::new();
    while values.len() < count {
        match queue.pop() {
            Ok(value) => values.push(value),
            Err(_) => thread::yield_now(),
        }
    }
    values
}

#[test]
fn loom_two_pushers_and_a_popper_lose_nothing() {
    bounded(2, || {
        let queue = Arc::new(Blocks::new());
        let pushers = [1, 2].map(|value| {
            let queue = queue.clone();
            thread::spawn(move || push_all(&queue, [value]))
        });
        let mut values = pop_some(&queue, 2);
        for pusher in pushers {
            pusher.join().unwrap();
        }
        values.sort_unstable();
        assert_eq!(values, [1, 2]);
        assert_eq!(queue.pop(), Err(Nothing::Empty));
    });
}

#[test]
fn loom_two_pushers_over_the_end_of_a_block_link_one_block_and_keep_their_order() {
    bounded(3, || {
        let queue = Arc::new(Blocks::new());
        let pushers = [[10, 11], [20, 21]].map(|values| {
            let queue = queue.clone();
            thread::spawn(move || push_all(&queue, values))
        });
        for pusher in pushers {
            pusher.join().unwrap();
        }
        assert_eq!(queue.len(), 4);
        let values = pop_some(&queue, 4);
        for tens in [1, 2] {
            let of_one: Vec<_> = values.iter().filter(|v| **v / 10 == tens).collect();
            assert_eq!(of_one, [&(tens * 10), &(tens * 10 + 1)]);
        }
    });
}

#[test]
fn loom_poppers_over_the_end_of_a_block_get_each_value_once_and_free_it_once() {
    bounded(3, || {
        let queue = Arc::new(Blocks::new());
        push_all(&queue, 0..4);
        let poppers = [(); 2].map(|()| {
            let queue = queue.clone();
            thread::spawn(move || pop_some(&queue, 2))
        });
        let mut values = Vec::new();
        for popper in poppers {
            let of_one = popper.join().unwrap();
            assert!(of_one[0] < of_one[1], "in order: {of_one:?}");
            values.extend(of_one);
        }
        values.sort_unstable();
        assert_eq!(values, [0, 1, 2, 3]);
    });
}

#[test]
fn loom_a_pop_at_the_end_of_a_block_meets_the_push_that_extends_it() {
    loom::model(|| {
        let queue = Arc::new(Blocks::new());
        queue.push(0).unwrap();
        let other = queue.clone();
        let pusher = thread::spawn(move || push_all(&other, [1, 2]));
        assert_eq!(pop_some(&queue, 3), [0, 1, 2]);
        pusher.join().unwrap();
        assert_eq!(queue.len(), 0);
    });
}

/// Y4: else a popper that follows the link would pass the tail, and wait there for a value.
#[test]
fn loom_a_block_that_is_linked_has_the_tail_in_it() {
    loom::model(|| {
        let queue = Arc::new(Blocks::new());
        queue.push(0).unwrap();
        let other = queue.clone();
        let pusher = thread::spawn(move || push_all(&other, [1]));
        let first = queue.head.block().expect("installed");
        // SAFETY: nothing is popped, so the block is there.
        if unsafe { first.as_ref() }.is_linked() {
            assert_ne!(queue.tail.load().block(), queue.head.load().block());
        }
        pusher.join().unwrap();
        assert_eq!(pop_some(&queue, 2), [0, 1]);
    });
}

#[test]
fn loom_a_block_is_used_again_only_after_everybody_has_left_it() {
    bounded(3, || {
        let queue = Arc::new(Blocks::new());
        push_all(&queue, 0..2);
        let other = queue.clone();
        // Takes the spare block as soon as there is one.
        let pusher = thread::spawn(move || push_all(&other, 2..4));
        let another = queue.clone();
        let popper = thread::spawn(move || another.pop().expect("two are there"));
        let mut values = vec![queue.pop().expect("two are there")];
        values.push(popper.join().unwrap());
        pusher.join().unwrap();
        values.extend(pop_some(&queue, 2));
        values.sort_unstable();
        assert_eq!(values, [0, 1, 2, 3]);
    });
}

#[test]
fn loom_a_queue_dropped_after_two_installed_the_first_block_frees_it_once() {
    loom::model(|| {
        let drops = Arc::new(AtomicUsize::new(0));
        let queue = Arc::new(Blocks::new());
        let pushers = [(); 2].map(|()| {
            let (queue, value) = (queue.clone(), Counted(drops.clone()));
            // Whoever lets go last drops the queue, right after its push.
            thread::spawn(move || drop((queue.push(value).is_ok(), queue)))
        });
        drop(queue);
        for pusher in pushers {
            pusher.join().unwrap();
        }
        assert_eq!(drops.load(Ordering::SeqCst), 2);
    });
}

#[test]
fn loom_discarding_while_the_first_block_is_installed_drops_each_value_once() {
    bounded(3, || {
        let drops = Arc::new(AtomicUsize::new(0));
        let queue = Arc::new(Blocks::new());
        let pushers = [(); 2].map(|()| {
            let (queue, value) = (queue.clone(), Counted(drops.clone()));
            thread::spawn(move || queue.push(value).is_ok())
        });
        // As the last receiver does.
        assert!(queue.close());
        queue.drain();
        let popped_late = matches!(queue.pop(), Err(Nothing::Closed));
        assert!(popped_late, "closed and drained: nothing comes any more");
        for pusher in pushers {
            pusher.join().unwrap();
        }
        assert_eq!(drops.load(Ordering::SeqCst), 2, "pushed or given back");
    });
}

#[test]
fn loom_discarding_against_a_push_over_the_end_of_a_block_drops_each_value_once() {
    bounded(3, || {
        let drops = Arc::new(AtomicUsize::new(0));
        let queue = Arc::new(Blocks::new());
        let counted = || Counted(drops.clone());
        assert!(queue.push(counted()).is_ok());
        let values = [counted(), counted()];
        let other = queue.clone();
        let pusher = thread::spawn(move || {
            for value in values {
                drop(other.push(value));
            }
        });
        queue.close();
        queue.drain();
        pusher.join().unwrap();
        assert_eq!(drops.load(Ordering::SeqCst), 3);
    });
}

#[test]
fn loom_discarding_against_a_pop_over_the_end_of_a_block_drops_each_value_once() {
    bounded(3, || {
        let drops = Arc::new(AtomicUsize::new(0));
        let queue = Arc::new(Blocks::new());
        for _ in 0..3 {
            assert!(queue.push(Counted(drops.clone())).is_ok());
        }
        let other = queue.clone();
        let popper = thread::spawn(move || {
            drop(other.pop());
            drop(other.pop());
        });
        queue.close();
        queue.drain();
        popper.join().unwrap();
        assert_eq!(drops.load(Ordering::SeqCst), 3);
    });
}

/// A receiver that announces itself and finds nothing is seen by every push that comes after.
#[test]
fn loom_a_push_is_seen_by_set_slow_or_sees_it() {
    loom::model(|| {
        let queue = Arc::new(Blocks::new());
        // The channel's lock; inside, whether a receiver waits.
        let waits = Arc::new(Mutex::new(false));
        let (other, lock) = (queue.clone(), waits.clone());
        let pusher = thread::spawn(move || match other.push(1) {
            Ok(()) => false,
            Err(Refused::Slow(_)) => {
                // Hands over, which ends the wait.
                let waited = std::mem::take(&mut *lock.lock().unwrap());
                assert!(waited, "it is registered before the lock is released");
                other.clear_slow();
                true
            }
            Err(Refused::Closed(_)) => unreachable!("nobody closes it"),
        });
        let readable = {
            let mut waits = waits.lock().unwrap();
            *waits = !queue.set_slow();
            if !*waits {
                queue.clear_slow();
            }
            !*waits
        };
        if readable {
            assert_eq!(pop_some(&queue, 1), [1]);
        }
        let handed_over = pusher.join().unwrap();
        assert_ne!(handed_over, readable, "one of the two, and only one");
    });
}

#[test]
fn loom_set_slow_does_not_disturb_a_push_that_extends_the_queue() {
    loom::model(|| {
        let queue = Arc::new(Blocks::new());
        queue.push(0).unwrap();
        let other = queue.clone();
        let pusher = thread::spawn(move || other.push(1).is_ok());
        assert!(queue.set_slow(), "the first value is there");
        queue.clear_slow();
        assert!(pusher.join().unwrap() || queue.push(1).is_ok());
        queue.push(2).unwrap();
        assert_eq!(pop_some(&queue, 3), [0, 1, 2]);
        assert!(!queue.set_slow(), "nothing is left");
        assert_eq!(queue.push(3), Err(Refused::Slow(3)));
    });
}

#[test]
fn loom_older_values_elsewhere_are_announced_over_the_end_of_a_block() {
    loom::model(|| {
        let queue = Arc::new(Blocks::new());
        push_all(&queue, 0..3);
        queue.pop().unwrap();
        let other = queue.clone();
        let popper = thread::spawn(move || other.pop());
        queue.set_older();
        assert_eq!(queue.pop(), Err(Nothing::Slow));
        let theirs = popper.join().unwrap();
        let next = queue.pop_slow();
        match theirs {
            Ok(value) => assert_eq!((value, next), (1, Ok(2))),
            Err(nothing) => assert_eq!((nothing, next), (Nothing::Slow, Ok(1))),
        }
        queue.clear_older();
        assert_ne!(queue.pop(), Err(Nothing::Slow));
    });
}
