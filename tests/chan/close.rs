//! The end of a channel, from either side.

use crate::places::{everywhere, settle};
use crate::until::until;
use crate::workers::with_workers;
use crate::{CAPACITIES, channel};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use teem::chan::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError, bounded};
use teem::select;
use teem::task::{Builder, yield_now};

#[test]
fn receivers_drain_a_closed_channel() {
    for capacity in [Some(3), None] {
        let (sender, receiver) = channel(capacity);
        (0..3).for_each(|n| sender.send(n).unwrap());
        assert!(!receiver.is_closed());
        assert!(sender.close());
        assert!(!sender.close() && !receiver.close());
        assert!(sender.is_closed() && receiver.is_closed());
        assert_eq!(sender.send(9), Err(SendError::Closed(9)));
        assert_eq!(sender.try_send(9), Err(TrySendError::Closed(9)));
        assert_eq!(receiver.recv(), Ok(0));
        assert_eq!(receiver.try_recv(), Ok(1));
        assert!(receiver.iter().eq([2]));
        assert_eq!(receiver.recv(), Err(RecvError::Closed));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    }
}

#[test]
fn the_last_sender_closes() {
    for capacity in CAPACITIES {
        let (sender, receiver) = channel::<()>(capacity);
        let second = sender.clone();
        drop(sender);
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        drop(second);
        assert_eq!(receiver.recv(), Err(RecvError::Closed));
    }
}

#[test]
fn the_last_receiver_closes() {
    for capacity in CAPACITIES {
        let (sender, receiver) = channel(capacity);
        let second = receiver.clone();
        drop(receiver);
        assert!(!sender.is_closed());
        drop(second);
        assert_eq!(sender.send("no"), Err(SendError::Closed("no")));
    }
}

#[test]
fn whoever_waits_learns_of_the_end() {
    everywhere(|place| {
        for capacity in CAPACITIES {
            let (sender, receiver) = channel::<usize>(capacity);
            let receiver = &receiver;
            let ended = Mutex::new(0);
            let wait = || {
                assert_eq!(receiver.recv(), Err(RecvError::Closed));
                *ended.lock().unwrap() += 1;
            };
            place.run(vec![
                Box::new(wait),
                Box::new(wait),
                Box::new(wait),
                Box::new(|| drop(sender)),
            ]);
            assert_eq!(ended.into_inner().unwrap(), 3);
        }
    });
}

/// More than go into one bundle, on each worker (`runtime/scheduler/outbox.rs`).
#[test]
fn a_crowd_on_several_workers_is_told_once_by_a_task_and_by_a_thread() {
    const CROWD: usize = 300;
    with_workers([1, 2, 5], |runtime| {
        let workers = runtime.metrics().workers;
        for (capacity, by_task) in CAPACITIES.into_iter().flat_map(|c| [(c, true), (c, false)]) {
            let (sender, receiver) = channel::<()>(capacity);
            let arrived = Arc::new(AtomicUsize::new(0));
            let wait = |n: usize| {
                let (receiver, arrived) = (receiver.clone(), arrived.clone());
                let wait = move || {
                    // ORDERING: Relaxed, a count.
                    arrived.fetch_add(1, Relaxed);
                    match n % 9 {
                        0 => select! { recv(receiver) -> got => got == Err(RecvError::Closed) },
                        1 => {
                            let limit = Duration::from_secs(3_600);
                            receiver.recv_timeout(limit) == Err(RecvTimeoutError::Closed)
                        }
                        2 => {
                            let got = receiver.recv();
                            got == Err(RecvError::Closed) || got == Err(RecvError::Cancelled)
                        }
                        _ => receiver.recv() == Err(RecvError::Closed),
                    }
                };
                let builder = Builder::new().worker(n / 3 % workers);
                builder.spawn(wait).expect("a worker")
            };
            let tasks: Vec<_> = runtime.run(|| {
                let tasks: Vec<_> = (0..CROWD * workers).map(wait).collect();
                // ORDERING: Relaxed, as above.
                until(|| arrived.load(Relaxed) == tasks.len());
                settle();
                tasks
            });
            let cancelled = (2..tasks.len()).step_by(9);
            if by_task {
                runtime.run(|| {
                    cancelled.for_each(|n| tasks[n].cancel());
                    drop(sender);
                });
            } else {
                cancelled.for_each(|n| tasks[n].cancel());
                drop(sender);
            }
            for (n, task) in tasks.into_iter().enumerate() {
                assert!(task.join().unwrap(), "task {n}, {capacity:?}");
            }
        }
    });
}

#[test]
fn senders_that_wait_get_their_values_back_from_a_close() {
    with_workers([1, 2], |runtime| {
        for capacity in [0, 1, 3] {
            runtime.run(|| {
                let (sender, receiver) = bounded(capacity);
                (0..capacity).for_each(|n| sender.send(n).unwrap());
                teem::scope(|s| {
                    let waiting: Vec<_> = (10..13)
                        .map(|n| {
                            let sender = &sender;
                            s.spawn(move || sender.send(n))
                        })
                        .collect();
                    settle();
                    receiver.close();
                    for (n, waiting) in (10..).zip(waiting) {
                        assert_eq!(waiting.join().unwrap(), Err(SendError::Closed(n)));
                    }
                });
                assert!(receiver.iter().eq(0..capacity), "what was sent is there");
            });
        }
    });
}

#[test]
fn senders_that_wait_get_their_values_back_from_the_last_receiver() {
    with_workers([1], |runtime| {
        for capacity in [0, 2] {
            runtime.run(|| {
                let (sender, receiver) = bounded(capacity);
                (0..capacity).for_each(|n| sender.send(n).unwrap());
                teem::scope(|s| {
                    let waiting = s.spawn(|| sender.send(7));
                    settle();
                    drop(receiver);
                    assert_eq!(waiting.join().unwrap(), Err(SendError::Closed(7)));
                });
                assert_eq!(sender.len(), 0, "what was buffered is gone");
            });
        }
    });
}

#[test]
fn a_close_beside_senders_and_receivers_loses_nothing() {
    everywhere(|place| {
        for capacity in CAPACITIES {
            for _ in 0..20 {
                let (sender, receiver) = channel(capacity);
                let (sent, got) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
                let send = |from: usize| {
                    let (sender, sent) = (sender.clone(), &sent);
                    move || {
                        for n in from..from + 20 {
                            match sender.send(n) {
                                Ok(()) => sent.lock().unwrap().push(n),
                                Err(error) => assert_eq!(error, SendError::Closed(n)),
                            }
                        }
                    }
                };
                let receive = || got.lock().unwrap().extend(receiver.iter());
                place.run(vec![
                    Box::new(send(0)),
                    Box::new(send(100)),
                    Box::new(receive),
                    Box::new(|| {
                        yield_now();
                        assert!(sender.close());
                    }),
                ]);
                let (mut sent, mut got) = (sent.into_inner().unwrap(), got.into_inner().unwrap());
                sent.sort();
                got.sort();
                assert_eq!(sent, got, "{capacity:?}");
            }
        }
    });
}

#[test]
fn iteration_ends_with_the_channel() {
    let (sender, receiver) = bounded(4);
    (0..4).for_each(|n| sender.send(n).unwrap());
    let mut seen = Vec::new();
    for n in &receiver {
        seen.push(n);
        if n == 1 {
            break;
        }
    }
    drop(sender);
    for n in receiver {
        seen.push(n);
    }
    assert_eq!(seen, [0, 1, 2, 3]);
}
