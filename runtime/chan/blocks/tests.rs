//! The queue of blocks by itself: order, ends, freeing, running over.

use super::end::LAP;
use super::{Blocks, Nothing, Refused, SLOTS, STEP};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Values a thread pushes, over several blocks.
const EACH: usize = if cfg!(miri) { 100 } else { 20_000 };

/// Counts how often it is dropped.
struct Counted<'a>(&'a AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_queue_never_used_has_no_memory_to_free() {
    let queue = Blocks::<String>::new();
    assert_eq!(queue.pop(), Err(Nothing::Empty));
    assert!(queue.close());
    assert_eq!(queue.pop(), Err(Nothing::Closed));
    assert!(queue.head.block().is_none() && queue.tail.block().is_none());
}

#[test]
fn values_come_out_in_order_over_many_blocks() {
    let queue = Blocks::new();
    for round in 0..4 {
        let count = SLOTS * round + round;
        for value in 0..count {
            assert_eq!(queue.push(value), Ok(()));
            assert_eq!(queue.len(), value + 1);
        }
        for value in 0..count {
            assert_eq!(queue.pop(), Ok(value));
            assert_eq!(queue.len(), count - value - 1);
        }
        assert_eq!(queue.pop(), Err(Nothing::Empty));
    }
}

#[test]
fn positions_run_over_without_anybody_noticing() {
    let last_lap = 0_u64.wrapping_sub(LAP * STEP);
    let queue = Blocks::starting_at(last_lap);
    let count = 2 * SLOTS + 2;
    for value in 0..count {
        queue.push(value).expect("open");
        assert_eq!(queue.len(), value + 1);
    }
    assert!(queue.tail.load().position() < last_lap, "it ran over");
    assert!(queue.set_slow(), "there are values to pop");
    queue.clear_slow();
    for value in 0..count {
        assert_eq!(queue.pop(), Ok(value));
        assert_eq!(queue.len(), count - value - 1);
    }
    assert_eq!(queue.pop(), Err(Nothing::Empty));
    assert!(!queue.set_slow());
}

#[test]
fn a_closed_queue_gives_the_value_back_and_is_drained_first() {
    let queue = Blocks::new();
    queue.push("in").expect("open");
    assert!(queue.close(), "the first time");
    assert!(!queue.close(), "and not again");
    assert!(queue.is_closed());
    assert_eq!(queue.push("out"), Err(Refused::Closed("out")));
    assert_eq!(queue.push_slow("out"), Err("out"));
    assert_eq!(queue.pop(), Ok("in"));
    assert_eq!(queue.pop(), Err(Nothing::Closed));
}

#[test]
fn closing_comes_before_waiting_receivers() {
    let queue = Blocks::new();
    assert!(!queue.set_slow());
    queue.close();
    assert_eq!(queue.push(1), Err(Refused::Closed(1)));
    assert_eq!(queue.push_slow(1), Err(1));
    assert!(queue.is_closed());
}

#[test]
fn waiting_receivers_divert_pushes_at_every_slot() {
    let queue = Blocks::new();
    for value in 0..2 * SLOTS + 1 {
        assert!(!queue.set_slow(), "nothing to pop before {value}");
        assert_eq!(queue.push(value), Err(Refused::Slow(value)));
        assert_eq!(queue.push_slow(value), Ok(()));
        assert!(queue.set_slow(), "{value} is there");
        queue.clear_slow();
        assert_eq!(queue.pop(), Ok(value));
    }
}

#[test]
fn older_values_divert_pops_at_every_slot() {
    let queue = Blocks::new();
    for value in 0..3 * SLOTS {
        queue.push(value).expect("open");
    }
    for value in 0..2 * SLOTS + 1 {
        queue.set_older();
        assert_eq!(queue.pop(), Err(Nothing::Slow));
        assert_eq!(queue.pop_slow(), Ok(value));
        assert_eq!(queue.pop(), Err(Nothing::Slow), "still");
        queue.clear_older();
    }
    assert_eq!(queue.len(), SLOTS - 1);
}

#[test]
fn a_queue_dropped_at_any_length_drops_each_value_once() {
    let step = if cfg!(miri) { SLOTS / 2 } else { 1 };
    for count in (0..2 * SLOTS + 2).step_by(step) {
        for popped in [0, 1, SLOTS - 1, SLOTS, SLOTS + 1] {
            let drops = AtomicUsize::new(0);
            let queue = Blocks::new();
            for _ in 0..count {
                assert!(queue.push(Counted(&drops)).is_ok());
            }
            (0..popped).for_each(|_| drop(queue.pop()));
            assert_eq!(drops.load(Ordering::SeqCst), popped.min(count));
            drop(queue);
            assert_eq!(drops.load(Ordering::SeqCst), count);
        }
    }
}

#[test]
fn a_destructor_that_panics_leaks_neither_values_nor_blocks() {
    struct Panics<'a> {
        panics: bool,
        _counted: Counted<'a>,
    }
    impl Drop for Panics<'_> {
        fn drop(&mut self) {
            assert!(!self.panics, "the one that panics");
        }
    }
    let drops = AtomicUsize::new(0);
    let count = 2 * SLOTS;
    let queue = Blocks::new();
    for at in 0..count {
        let value = Panics {
            panics: at == SLOTS / 2,
            _counted: Counted(&drops),
        };
        assert!(queue.push(value).is_ok());
    }
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(queue)));
    assert!(dropped.is_err(), "the panic comes out");
    assert_eq!(drops.load(Ordering::SeqCst), count);
}

#[test]
fn one_block_is_kept_for_the_next_need() {
    let queue = Blocks::new();
    let mut blocks = std::collections::HashSet::new();
    for value in 0..10 * SLOTS {
        queue.push(value).expect("open");
        blocks.insert(queue.tail.block());
        assert_eq!(queue.pop(), Ok(value));
    }
    assert!(blocks.len() <= 3, "{} blocks for one value", blocks.len());
}

#[test]
fn a_value_larger_than_a_stack_has_room_for_is_made_on_the_heap() {
    // A block of them is 16 MB and more.
    let queue = Blocks::<[u8; 512 << 10]>::new();
    let task = std::thread::Builder::new().stack_size(8 << 20);
    let empty = task.spawn(move || {
        drop(queue.fresh());
        queue.len()
    });
    assert_eq!(empty.expect("a thread").join().expect("no overflow"), 0);
}

#[test]
fn many_pushers_and_poppers_lose_nothing_and_keep_each_pushers_order() {
    const THREADS: usize = 3;
    let queue = Blocks::new();
    let start = Barrier::new(2 * THREADS);
    let popped = AtomicUsize::new(0);
    let received: Vec<Vec<(usize, usize)>> = std::thread::scope(|scope| {
        for pusher in 0..THREADS {
            let (queue, start) = (&queue, &start);
            scope.spawn(move || {
                start.wait();
                for n in 0..EACH {
                    // Boxed, so that Miri and sanitizers see a value read twice or never.
                    queue.push(Box::new((pusher, n))).expect("open");
                }
            });
        }
        let poppers: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    let mut values = Vec::new();
                    while popped.load(Ordering::Relaxed) < THREADS * EACH {
                        match queue.pop() {
                            Ok(value) => {
                                popped.fetch_add(1, Ordering::Relaxed);
                                values.push(*value);
                            }
                            Err(_) => std::thread::yield_now(),
                        }
                    }
                    values
                })
            })
            .collect();
        let joined = poppers.into_iter().map(|popper| popper.join());
        joined.map(|values| values.expect("no panic")).collect()
    });
    let mut next = [0; THREADS];
    let mut all: Vec<_> = received.iter().flatten().copied().collect();
    for values in &received {
        let mut last = [None; THREADS];
        for &(pusher, n) in values {
            assert!(last[pusher] < Some(n), "in order for each popper");
            last[pusher] = Some(n);
        }
    }
    all.sort_unstable();
    for (pusher, n) in all {
        assert_eq!(n, next[pusher], "each value once");
        next[pusher] += 1;
    }
    assert_eq!(next, [EACH; THREADS]);
    assert_eq!(queue.len(), 0);
}

#[test]
fn closing_and_draining_against_pushers_drops_each_value_once() {
    let drops = AtomicUsize::new(0);
    let rounds = if cfg!(miri) { 5 } else { 500 };
    for _ in 0..rounds {
        let queue = Blocks::new();
        let start = Barrier::new(3);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..2 * SLOTS {
                        // Into the queue, or back and dropped.
                        drop(queue.push(Counted(&drops)));
                    }
                });
            }
            start.wait();
            queue.close();
            queue.drain();
            assert!(matches!(queue.pop(), Err(Nothing::Closed)));
        });
    }
    assert_eq!(drops.load(Ordering::SeqCst), rounds * 2 * 2 * SLOTS);
}
