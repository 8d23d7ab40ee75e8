//! A place that is kept for a value which is still being evaluated: what `select!` does when a
//! sending arm has won.

use crate::places::settle;
use crate::workers::with_workers;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use teem::chan::__select::{Arm, SendArm};
use teem::chan::{RecvError, SendError, Sender, TryRecvError, TrySendError, bounded, unbounded};
use teem::task::yield_now;

/// An arm that has won.
fn reserve<T>(sender: &Sender<T>) -> SendArm<'_, T> {
    let mut arm = SendArm::new(sender);
    assert!(arm.poll(), "there is a place");
    arm
}

#[test]
fn a_reserved_place_keeps_its_turn() {
    let (sender, receiver) = bounded(3);
    sender.send(0).unwrap();
    let mut arm = reserve(&sender);
    sender.send(2).unwrap();
    assert_eq!(sender.try_send(9), Err(TrySendError::Full(9)));
    assert_eq!(receiver.recv(), Ok(0));
    // What comes later waits behind the value that is still to come.
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(arm.commit(1), Ok(()));
    assert!(receiver.try_iter().eq([1, 2]));
}

#[test]
fn an_abandoned_place_is_skipped_and_free_again() {
    for capacity in 1..5 {
        let (sender, receiver) = bounded(capacity);
        for _ in 0..4 {
            drop(reserve(&sender));
            let holes: Vec<_> = (1..capacity).map(|_| reserve(&sender)).collect();
            drop(holes);
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
            (0..capacity).for_each(|n| sender.try_send(n).unwrap());
            assert!(receiver.try_iter().eq(0..capacity));
        }
    }
}

#[test]
fn an_abandoned_place_is_not_counted() {
    let (sender, receiver) = bounded::<u32>(1);
    drop(reserve(&sender));
    assert_eq!(sender.len(), 0);
    assert!(!sender.is_full());
    assert!(receiver.is_empty());
    // Nor is one that comes to the head later.
    let (sender, receiver) = bounded(2);
    sender.send(1).unwrap();
    drop(reserve(&sender));
    assert_eq!(receiver.recv(), Ok(1));
    assert!(receiver.is_empty());
}

#[test]
fn an_unbounded_place_is_nothing_special() {
    let (sender, receiver) = unbounded();
    drop(reserve(&sender));
    let mut arm = reserve(&sender);
    sender.send(1).unwrap();
    assert_eq!(arm.commit(2), Ok(()));
    assert!(receiver.try_iter().eq([1, 2]));
    receiver.close();
    assert_eq!(reserve(&sender).commit(3), Err(SendError::Closed(3)));
}

#[test]
fn receivers_wait_for_a_reserved_place_and_all_are_served() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let (sender, receiver) = bounded(3);
            let mut arm = reserve(&sender);
            sender.send(1).unwrap();
            teem::scope(|s| {
                let tasks: Vec<_> = (0..3)
                    .map(|_| {
                        let task = s.spawn(|| receiver.recv());
                        settle();
                        task
                    })
                    .collect();
                sender.send(2).unwrap();
                settle();
                assert!(tasks.iter().all(|task| !task.is_finished()));
                arm.commit(0).unwrap();
                for (n, task) in tasks.into_iter().enumerate() {
                    assert_eq!(task.join().unwrap(), Ok(n));
                }
            });
        });
    });
}

#[test]
fn who_waits_behind_an_abandoned_place_is_served() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            // A receiver, by what stands behind the hole.
            let (sender, receiver) = bounded(2);
            let arm = reserve(&sender);
            sender.send(1).unwrap();
            teem::scope(|s| {
                let waiting = s.spawn(|| receiver.recv());
                settle();
                drop(arm);
                assert_eq!(waiting.join().unwrap(), Ok(1));
            });
            // A sender, by the hole itself.
            let (sender, receiver) = bounded(1);
            let arm = reserve(&sender);
            teem::scope(|s| {
                let waiting = s.spawn(|| sender.send(7));
                settle();
                assert!(!waiting.is_finished());
                drop(arm);
                assert_eq!(waiting.join().unwrap(), Ok(()));
                assert_eq!(receiver.recv(), Ok(7));
            });
            // A sender, by a hole that comes to the head while it waits.
            let (sender, receiver) = bounded(2);
            sender.send(0).unwrap();
            drop(reserve(&sender));
            teem::scope(|s| {
                let waiting: Vec<_> = (1..3)
                    .map(|n| {
                        let sender = &sender;
                        let task = s.spawn(move || sender.send(n));
                        settle();
                        task
                    })
                    .collect();
                assert_eq!(receiver.recv(), Ok(0));
                for waiting in waiting {
                    assert_eq!(waiting.join().unwrap(), Ok(()));
                }
                assert!(receiver.try_iter().eq([1, 2]));
            });
        });
    });
}

#[test]
fn who_waits_to_send_and_to_receive_does_not_send_beside_the_value_it_could_receive() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let (sender, receiver) = bounded(1);
            let mut arm = reserve(&sender);
            teem::scope(|s| {
                let both = s.spawn(|| {
                    teem::select! {
                        send(sender, 2) -> sent => panic!("there is no room: {sent:?}"),
                        recv(receiver) -> value => value,
                    }
                });
                settle();
                assert_eq!(arm.commit(1), Ok(()));
                assert_eq!(both.join().unwrap(), Ok(1));
            });
            assert_eq!(sender.len(), 0);
        });
    });
}

#[test]
fn a_closed_channel_still_keeps_reserved_places() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let (sender, receiver) = bounded(2);
            let (mut arm, given_up) = (reserve(&sender), reserve(&sender));
            teem::scope(|s| {
                let first = s.spawn(|| receiver.recv());
                let second = s.spawn(|| receiver.recv());
                settle();
                sender.close();
                settle();
                assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
                assert_eq!(arm.commit(5), Ok(()));
                assert_eq!(first.join().unwrap(), Ok(5));
                drop(given_up);
                assert_eq!(second.join().unwrap(), Err(RecvError::Closed));
            });
        });
    });
}

#[test]
fn a_place_that_nobody_will_look_into_gives_the_value_back() {
    let (sender, receiver) = bounded(2);
    let mut arm = reserve(&sender);
    sender.send(Box::new(1)).unwrap();
    drop(receiver);
    let error = arm.commit(Box::new(2)).unwrap_err();
    assert_eq!(error, SendError::Closed(Box::new(2)));
    assert!(sender.is_empty() || sender.is_closed());
}

#[test]
fn a_chosen_receiver_is_not_cut_while_its_value_is_evaluated() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let (sender, receiver) = bounded(0);
            let task = teem::spawn(move || {
                let first = receiver.recv_timeout(Duration::from_secs(60));
                (first, receiver.recv())
            });
            settle();
            let mut arm = reserve(&sender);
            task.cancel();
            settle();
            assert!(!task.is_finished());
            assert_eq!(arm.commit(1), Ok(()));
            assert_eq!(task.join().unwrap(), (Ok(1), Err(RecvError::Cancelled)));
        });
    });
}

#[test]
fn a_chosen_receiver_goes_on_waiting_when_the_value_never_comes() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (sender, receiver) = bounded(0);
            let task = teem::spawn(move || receiver.recv());
            let mut arm = SendArm::new(&sender);
            while !arm.poll() {
                yield_now();
            }
            settle();
            drop(arm);
            settle();
            assert!(!task.is_finished());
            assert_eq!(sender.send(3), Ok(()));
            assert_eq!(task.join().unwrap(), Ok(3));
        });
    });
}

#[test]
fn a_chosen_future_gets_its_value_when_it_comes() {
    let (sender, receiver) = bounded(0);
    let mut context = Context::from_waker(Waker::noop());
    let mut future = receiver.recv_async();
    assert!(Pin::new(&mut future).poll(&mut context).is_pending());
    let mut arm = reserve(&sender);
    for _ in 0..3 {
        assert!(Pin::new(&mut future).poll(&mut context).is_pending());
    }
    assert_eq!(arm.commit(1), Ok(()));
    assert_eq!(Pin::new(&mut future).poll(&mut context), Poll::Ready(Ok(1)));

    let mut future = receiver.recv_async();
    assert!(Pin::new(&mut future).poll(&mut context).is_pending());
    drop(reserve(&sender));
    assert!(Pin::new(&mut future).poll(&mut context).is_pending());
    assert_eq!(sender.try_send(2), Ok(()));
    assert_eq!(Pin::new(&mut future).poll(&mut context), Poll::Ready(Ok(2)));
}

#[test]
fn a_value_for_a_chosen_future_that_is_gone_goes_to_another() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let (sender, receiver) = bounded(0);
            let mut context = Context::from_waker(Waker::noop());
            for polls in 0..2 {
                let mut future = receiver.recv_async();
                assert!(Pin::new(&mut future).poll(&mut context).is_pending());
                let mut arm = reserve(&sender);
                for _ in 0..polls {
                    assert!(Pin::new(&mut future).poll(&mut context).is_pending());
                }
                drop(future);
                let second = receiver.clone();
                let other = teem::spawn(move || second.recv());
                assert_eq!(arm.commit(5), Ok(()));
                assert_eq!(other.join().unwrap(), Ok(5));
            }
            // Or to the next one: a send that has won does not wait again.
            let mut future = receiver.recv_async();
            assert!(Pin::new(&mut future).poll(&mut context).is_pending());
            let mut arm = reserve(&sender);
            drop(future);
            assert_eq!(arm.commit(4), Ok(()));
            assert_eq!(sender.try_send(9), Err(TrySendError::Full(9)));
            assert_eq!(receiver.recv(), Ok(4));
            // Or back, if there is no other.
            let mut future = receiver.recv_async();
            assert!(Pin::new(&mut future).poll(&mut context).is_pending());
            let mut arm = reserve(&sender);
            drop(future);
            drop(receiver);
            assert_eq!(arm.commit(6), Err(SendError::Closed(6)));
        });
    });
}
