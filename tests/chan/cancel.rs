//! A cancelled task gets back what it could not send, and takes nothing that it does not return.

use crate::places::settle;
use crate::until::until;
use crate::workers::with_workers;
use crate::{CAPACITIES, channel};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use teem::chan::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, bounded, unbounded,
};

#[test]
fn a_receiver_that_waits_is_cancelled() {
    with_workers([1, 2, 8], |runtime| {
        for capacity in CAPACITIES {
            let (sender, receiver) = channel::<u8>(capacity);
            let second = receiver.clone();
            let waiting = runtime.spawn(move || receiver.recv());
            waiting.cancel();
            assert_eq!(waiting.join().unwrap(), Err(RecvError::Cancelled));
            let waiting = runtime.spawn(move || second.recv_timeout(Duration::from_secs(60)));
            waiting.cancel();
            assert_eq!(waiting.join().unwrap(), Err(RecvTimeoutError::Cancelled));
            assert!(sender.is_closed(), "nobody is there any more");
        }
    });
}

#[test]
fn a_sender_that_waits_gets_its_value_back() {
    with_workers([1, 2, 8], |runtime| {
        for capacity in [0, 1, 3] {
            let (sender, receiver) = bounded(capacity);
            (0..capacity).for_each(|n| sender.send(n).unwrap());
            let second = sender.clone();
            let waiting = runtime.spawn(move || second.send(7));
            waiting.cancel();
            assert_eq!(waiting.join().unwrap(), Err(SendError::Cancelled(7)));
            let second = sender.clone();
            let waiting = runtime.spawn(move || second.send_timeout(8, Duration::from_secs(60)));
            waiting.cancel();
            assert_eq!(waiting.join().unwrap(), Err(SendTimeoutError::Cancelled(8)));
            assert!(receiver.try_iter().eq(0..capacity), "neither was sent");
        }
    });
}

#[test]
fn a_cancelled_task_neither_sends_nor_receives_but_may_try() {
    with_workers([1, 2], |runtime| {
        let (sender, receiver) = bounded(2);
        let (all, _keep) = unbounded();
        let begun = AtomicBool::new(false);
        let go = std::sync::Arc::new(begun);
        let begin = go.clone();
        let task = runtime.spawn(move || {
            until(|| begin.load(Ordering::Acquire));
            assert_eq!(sender.send(1), Err(SendError::Cancelled(1)));
            assert_eq!(sender.try_send(2), Ok(()));
            assert_eq!(receiver.recv(), Err(RecvError::Cancelled));
            assert_eq!(receiver.try_recv(), Ok(2));
            assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
            assert_eq!(receiver.iter().next(), None);
            // It cannot wait, so it does not ask.
            assert_eq!(all.send(3), Ok(()));
        });
        task.cancel();
        go.store(true, Ordering::Release);
        task.join().unwrap();
    });
}

#[test]
fn the_others_are_served_when_one_of_them_is_cancelled() {
    with_workers([1], |runtime| {
        for capacity in CAPACITIES {
            runtime.run(|| {
                let (sender, receiver) = channel(capacity);
                let tasks: Vec<_> = (0..3)
                    .map(|_| {
                        let receiver = receiver.clone();
                        let task = teem::spawn(move || receiver.recv());
                        settle();
                        task
                    })
                    .collect();
                tasks[0].cancel();
                sender.send(1).unwrap();
                sender.send(2).unwrap();
                let got: Vec<_> = tasks.into_iter().map(|task| task.join().unwrap()).collect();
                assert_eq!(got, [Err(RecvError::Cancelled), Ok(1), Ok(2)]);
            });
        }
    });
}

#[test]
fn a_value_that_meets_a_cancellation_is_neither_lost_nor_doubled() {
    with_workers([1, 2, 8], |runtime| {
        for capacity in CAPACITIES {
            for round in 0..100 {
                let (sender, receiver) = channel(capacity);
                let second = receiver.clone();
                let send = runtime.spawn(move || sender.send(round));
                let receive = runtime.spawn(move || receiver.recv());
                if round % 2 == 0 {
                    send.cancel();
                } else {
                    receive.cancel();
                }
                let (sent, got) = if round % 2 == 0 {
                    let sent = send.join().unwrap();
                    (sent, receive.join().unwrap())
                } else {
                    let got = receive.join().unwrap();
                    let left = second.recv();
                    assert!(got.is_ok() != left.is_ok(), "one of them has it");
                    (send.join().unwrap(), got.or(left))
                };
                match sent {
                    Ok(()) => assert_eq!(got, Ok(round)),
                    Err(error) => {
                        assert_eq!(error, SendError::Cancelled(round));
                        assert_eq!(got, Err(RecvError::Closed));
                    }
                }
            }
        }
    });
}
