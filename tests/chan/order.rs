//! Who gets what, and in which order.

use crate::places::{Job, everywhere, settle};
use crate::workers::with_workers;
use crate::{CAPACITIES, channel};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use teem::chan::{TryRecvError, TrySendError, bounded, unbounded};

#[test]
fn values_arrive_in_the_order_in_which_they_were_sent() {
    everywhere(|place| {
        for capacity in CAPACITIES {
            let (sender, receiver) = channel(capacity);
            place.run(vec![
                Box::new(move || (0..500).for_each(|n| sender.send(n).unwrap())),
                Box::new(move || assert!(receiver.iter().eq(0..500))),
            ]);
        }
    });
}

#[test]
fn of_many_senders_each_keeps_its_order_and_every_value_arrives_once() {
    const SENDERS: usize = 4;
    const EACH: usize = 200;
    everywhere(|place| {
        for capacity in CAPACITIES {
            let (sender, receiver) = channel(capacity);
            let all = Mutex::new(Vec::new());
            let mut jobs: Vec<Job<'_>> = Vec::new();
            for id in 0..SENDERS {
                let (sender, receiver, all) = (sender.clone(), receiver.clone(), &all);
                jobs.push(Box::new(move || {
                    (0..EACH).for_each(|n| sender.send((id, n)).unwrap());
                }));
                jobs.push(Box::new(move || {
                    let got: Vec<(usize, usize)> = receiver.iter().collect();
                    for id in 0..SENDERS {
                        let of_one = got.iter().filter(|(from, _)| *from == id);
                        assert!(of_one.is_sorted(), "{capacity:?}: {got:?}");
                    }
                    all.lock().unwrap().extend(got);
                }));
            }
            drop((sender, receiver));
            place.run(jobs);
            let mut all = all.into_inner().unwrap();
            all.sort();
            let sent = (0..SENDERS).flat_map(|id| (0..EACH).map(move |n| (id, n)));
            assert!(all.into_iter().eq(sent), "{capacity:?}");
        }
    });
}

#[test]
fn receivers_that_wait_are_served_in_the_order_in_which_they_came() {
    with_workers([1], |runtime| {
        for capacity in CAPACITIES {
            runtime.run(|| {
                let (sender, receiver) = channel(capacity);
                let order = Mutex::new(Vec::new());
                teem::scope(|s| {
                    for n in 0..5 {
                        let (receiver, order) = (&receiver, &order);
                        s.spawn(move || {
                            let value: usize = receiver.recv().unwrap();
                            order.lock().unwrap().push((n, value));
                        });
                        // It waits before the next one comes.
                        settle();
                    }
                    (0..5).for_each(|value| sender.send(value).unwrap());
                });
                let order = order.into_inner().unwrap();
                assert!(order.iter().all(|(n, value)| n == value), "{order:?}");
            });
        }
    });
}

#[test]
fn senders_that_wait_are_served_in_the_order_in_which_they_came() {
    with_workers([1], |runtime| {
        for capacity in [0, 1, 3] {
            runtime.run(|| {
                let (sender, receiver) = bounded(capacity);
                (0..capacity).for_each(|n| sender.send(n).unwrap());
                teem::scope(|s| {
                    for n in capacity..capacity + 5 {
                        let sender = &sender;
                        s.spawn(move || sender.send(n).unwrap());
                        settle();
                    }
                    for n in 0..capacity + 5 {
                        assert_eq!(receiver.recv(), Ok(n));
                        // Somebody who waits gets the room, not somebody who comes.
                        if (capacity..capacity + 3).contains(&n) && capacity > 0 {
                            let late = sender.try_send(99);
                            assert_eq!(late, Err(TrySendError::Full(99)));
                            break;
                        }
                    }
                    receiver.try_iter().for_each(drop);
                });
            });
        }
    });
}

#[test]
fn a_rendezvous_send_returns_only_when_its_value_was_taken() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let (sender, receiver) = bounded(0);
            let sent = AtomicUsize::new(0);
            teem::scope(|s| {
                s.spawn(|| {
                    for n in 0..3 {
                        sender.send(n).unwrap();
                        sent.fetch_add(1, Ordering::Relaxed);
                    }
                });
                for n in 0..3 {
                    settle();
                    assert_eq!(sent.load(Ordering::Relaxed), n);
                    assert_eq!(receiver.recv(), Ok(n));
                }
            });
        });
    });
}

#[test]
fn what_cannot_wait_says_so() {
    let (sender, receiver) = bounded(2);
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(sender.try_send(1), Ok(()));
    assert_eq!(sender.try_send(2), Ok(()));
    assert_eq!(sender.try_send(3), Err(TrySendError::Full(3)));
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(sender.try_send(3), Ok(()));
    assert!(receiver.try_iter().eq([2, 3]));

    let (sender, receiver) = bounded(0);
    assert_eq!(sender.try_send(1), Err(TrySendError::Full(1)));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn what_cannot_wait_meets_somebody_who_does() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let (sender, receiver) = bounded(0);
            teem::scope(|s| {
                let waiting = s.spawn(|| receiver.recv());
                settle();
                assert_eq!(sender.try_send(1), Ok(()));
                assert_eq!(waiting.join().unwrap(), Ok(1));
                let waiting = s.spawn(|| sender.send(2));
                settle();
                assert_eq!(receiver.try_recv(), Ok(2));
                assert_eq!(waiting.join().unwrap(), Ok(()));
            });
        });
    });
}

#[test]
fn counts_follow_the_values_around_the_array() {
    for capacity in 1..6 {
        let (sender, receiver) = bounded(capacity);
        for lap in 0..20 {
            let n = lap % (capacity + 1);
            (0..n).for_each(|value| sender.send(value).unwrap());
            assert_eq!((sender.len(), receiver.len()), (n, n));
            assert_eq!(sender.is_full(), n == capacity);
            assert_eq!(receiver.is_empty(), n == 0);
            assert!((0..n).all(|value| receiver.recv() == Ok(value)));
        }
        assert_eq!(sender.capacity(), Some(capacity));
    }
    let (sender, receiver) = bounded::<()>(0);
    assert!(sender.is_full() && sender.is_empty() && receiver.is_full());
    assert_eq!(receiver.capacity(), Some(0));
    let (sender, _receiver) = unbounded::<()>();
    assert!(!sender.is_full());
    assert_eq!(sender.capacity(), None);
}

#[test]
fn one_that_only_sends_lets_others_run() {
    with_workers([1], |runtime| {
        for capacity in [Some(1 << 20), None] {
            let (sender, receiver) = channel(capacity);
            let done = AtomicUsize::new(0);
            runtime.run(|| {
                teem::scope(|s| {
                    s.spawn(|| {
                        while done.load(Ordering::Relaxed) == 0 {
                            sender.send(0).unwrap();
                        }
                    });
                    s.spawn(|| done.store(1, Ordering::Relaxed));
                    // One that only looks lets others run, too.
                    while receiver.try_recv() != Err(TryRecvError::Empty)
                        || done.load(Ordering::Relaxed) == 0
                    {}
                });
            });
        }
    });
}

#[test]
fn handles_know_their_channel() {
    let (sender, receiver) = bounded::<u8>(0);
    let (other_sender, other_receiver) = bounded::<u8>(0);
    assert!(sender.same_channel(&sender.clone()));
    assert!(!sender.same_channel(&other_sender));
    assert!(receiver.same_channel(&receiver.clone()));
    assert!(!receiver.same_channel(&other_receiver));
}
