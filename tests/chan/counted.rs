//! Every value is dropped once, wherever it is when its channel ends.

use crate::places::{Job, everywhere, settle};
use crate::workers::with_workers;
use crate::{CAPACITIES, channel};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use teem::chan::{bounded, unbounded};
use teem::task::forbid_park;

/// Counts how many there are.
#[derive(Debug)]
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let before = self.0.fetch_sub(1, Ordering::Relaxed);
        assert_ne!(before, 0, "a value is dropped twice");
    }
}

#[test]
fn what_is_left_in_a_channel_is_dropped_with_its_last_receiver() {
    for capacity in [Some(1), Some(3), Some(64), None] {
        let count = Arc::default();
        let (sender, receiver) = channel(capacity);
        let n = capacity.unwrap_or(100);
        for taken in 0..=n {
            (0..taken).for_each(|_| drop(receiver.try_recv()));
            while sender.len() < n {
                sender.send(Counted::new(&count)).unwrap();
            }
        }
        assert_eq!(count.load(Ordering::Relaxed), n);
        drop(receiver);
        assert_eq!(count.load(Ordering::Relaxed), 0);
        assert!(sender.send(Counted::new(&count)).is_err());
        assert_eq!(count.load(Ordering::Relaxed), 0);
    }
}

#[test]
fn what_is_left_in_a_closed_channel_outlives_its_senders() {
    for capacity in [Some(5), None] {
        let count = Arc::default();
        let (sender, receiver) = channel(capacity);
        (0..5).for_each(|_| sender.send(Counted::new(&count)).unwrap());
        drop(sender);
        assert_eq!(count.load(Ordering::Relaxed), 5);
        assert_eq!(receiver.iter().count(), 5);
        assert_eq!(count.load(Ordering::Relaxed), 0);
    }
}

#[test]
fn no_value_is_dropped_twice_or_not_at_all() {
    everywhere(|place| {
        for capacity in CAPACITIES {
            let count = Arc::default();
            let (sender, receiver) = channel(capacity);
            let mut jobs: Vec<Job<'_>> = Vec::new();
            for n in 0..3 {
                let (sender, count) = (sender.clone(), &count);
                jobs.push(Box::new(move || {
                    for _ in 0..100 {
                        // In the end nobody is there.
                        drop(sender.send(Counted::new(count)));
                    }
                }));
                let receiver = receiver.clone();
                jobs.push(Box::new(move || {
                    receiver.iter().take(30 * (n + 1)).for_each(drop);
                }));
            }
            drop((sender, receiver));
            place.run(jobs);
            assert_eq!(count.load(Ordering::Relaxed), 0, "{capacity:?}");
        }
    });
}

#[test]
fn values_without_a_size_are_counted_too() {
    everywhere(|place| {
        for capacity in CAPACITIES {
            let (sender, receiver) = channel(capacity);
            place.run(vec![
                Box::new(move || (0..200).for_each(|_| sender.send(()).unwrap())),
                Box::new(move || assert_eq!(receiver.iter().count(), 200)),
            ]);
        }
    });
}

#[test]
fn large_values_arrive_whole() {
    everywhere(|place| {
        for capacity in CAPACITIES {
            let (sender, receiver) = channel(capacity);
            place.run(vec![
                Box::new(move || (0..50).for_each(|n| sender.send([n; 300]).unwrap())),
                Box::new(move || {
                    let whole = |(n, value): (u64, [u64; 300])| value.iter().all(|x| *x == n);
                    assert!((0..).zip(&receiver).all(whole));
                }),
            ]);
        }
    });
}

#[test]
fn a_value_whose_drop_panics_takes_no_other_with_it() {
    struct Bad(Option<Counted>);
    impl Drop for Bad {
        fn drop(&mut self) {
            assert!(self.0.take().is_some(), "as planned");
        }
    }
    for capacity in [Some(3), None] {
        // Given back by a future, or just left there.
        for returned in [true, false] {
            let count = Arc::default();
            let (sender, receiver) = channel(capacity);
            let mut future = receiver.recv_async();
            if returned {
                let mut context = Context::from_waker(Waker::noop());
                assert!(Pin::new(&mut future).poll(&mut context).is_pending());
            }
            sender.send(Bad(None)).unwrap();
            sender.send(Bad(Some(Counted::new(&count)))).unwrap();
            drop(future);
            assert_eq!(sender.len(), 2);
            let dropped = catch_unwind(AssertUnwindSafe(|| drop(receiver)));
            assert!(dropped.is_err());
            assert_eq!(count.load(Ordering::Relaxed), 0, "with the last receiver");
        }
    }
}

#[test]
fn a_value_is_dropped_by_the_panic_of_a_send_that_must_not_park() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            for capacity in [0, 1] {
                let count = Arc::default();
                let (sender, _receiver) = bounded(capacity);
                (0..capacity).for_each(|_| sender.send(None).unwrap());
                let value = Some(Counted::new(&count));
                let sent = catch_unwind(AssertUnwindSafe(|| forbid_park(|| sender.send(value))));
                assert!(sent.is_err());
                assert_eq!(count.load(Ordering::Relaxed), 0);
            }
        });
    });
}

#[test]
fn a_value_that_was_on_its_way_to_a_cancelled_task_is_dropped_once() {
    with_workers([1], |runtime| {
        let count: Arc<AtomicUsize> = Arc::default();
        runtime.run(|| {
            let (sender, receiver) = bounded(0);
            let task = teem::spawn(move || receiver.recv().map(drop));
            settle();
            sender.send(Counted::new(&count)).unwrap();
            task.cancel();
            // It was handed over before, so it is a success.
            assert_eq!(task.join().unwrap(), Ok(()));
        });
        assert_eq!(count.load(Ordering::Relaxed), 0);
    });
}

#[test]
fn a_channel_may_be_sent_through_itself() {
    let (sender, receiver) = unbounded::<Box<dyn std::any::Any + Send>>();
    sender.send(Box::new(receiver.clone())).unwrap();
    sender.send(Box::new(1_u8)).unwrap();
    drop(receiver.recv().unwrap());
    assert!(receiver.recv().unwrap().is::<u8>());
}
