//! `sync::mpsc`, after std's `tests/sync/mpsc.rs` and `mpsc_sync.rs`. Each test is made for a channel
//! without a limit and for those of several bounds, where std has it twice.
//!
//! Left out: `no_runtime`, `send_from_outside_runtime` and their like, for here every test runs in a
//! task and outside of one; `shared_recv_timeout` and `recv_timeout_upgrade`, whose upgrade of a
//! channel to a shared one there has long been none; the stress tests of pairs of flavors, one of each
//! kind being enough with the suites of `teem::chan`; `very_long_recv_timeout_wont_panic` is in
//! `recv_timeout`.

use super::together::{beside, everywhere, in_task_and_thread};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use teem::sync::mpsc::{
    Receiver, RecvError, RecvTimeoutError, SendError, Sender, SyncSender, TryRecvError,
    TrySendError, channel, sync_channel,
};
use teem::task::yield_now;

/// Either kind of sender.
enum Either<T> {
    Unlimited(Sender<T>),
    Bounded(SyncSender<T>),
}

impl<T> Either<T> {
    fn send(&self, t: T) -> Result<(), SendError<T>> {
        match self {
            Either::Unlimited(sender) => sender.send(t),
            Either::Bounded(sender) => sender.send(t),
        }
    }
}

impl<T> Clone for Either<T> {
    fn clone(&self) -> Self {
        match self {
            Either::Unlimited(sender) => Either::Unlimited(sender.clone()),
            Either::Bounded(sender) => Either::Bounded(sender.clone()),
        }
    }
}

/// Runs `test` everywhere, with what makes a channel, for each kind that can hold `room` values.
fn of_each_kind<T: Send>(room: usize, test: impl Fn(&dyn Fn() -> (Either<T>, Receiver<T>)) + Sync) {
    in_task_and_thread(|| {
        test(&|| {
            let (sender, receiver) = channel();
            (Either::Unlimited(sender), receiver)
        });
        for bound in [0, 1, 3, 100].into_iter().filter(|bound| *bound >= room) {
            test(&|| {
                let (sender, receiver) = sync_channel(bound);
                (Either::Bounded(sender), receiver)
            });
        }
    });
}

#[test]
fn smoke() {
    of_each_kind(1, |make| {
        let (tx, rx) = make();
        tx.send(1).unwrap();
        assert_eq!(rx.recv(), Ok(1));
        let other = tx.clone();
        tx.send(2).unwrap();
        assert_eq!(rx.recv(), Ok(2));
        other.send(3).unwrap();
        assert_eq!(rx.recv(), Ok(3));
    });
}

#[test]
fn drop_full() {
    of_each_kind(1, |make| {
        let (tx, _rx) = make();
        tx.send(Box::new(1)).unwrap();
        drop(tx.clone());
        drop(tx);
    });
}

#[test]
fn smoke_threads() {
    of_each_kind(0, |make| {
        let (tx, rx) = make();
        beside(move || tx.send(1).unwrap(), || assert_eq!(rx.recv(), Ok(1)));
    });
}

#[test]
fn smoke_port_gone() {
    of_each_kind(0, |make| {
        let (tx, rx) = make();
        drop(rx);
        assert_eq!(tx.send(1), Err(SendError(1)));
        assert_eq!(tx.clone().send(2), Err(SendError(2)));
    });
}

#[test]
fn port_gone_concurrent() {
    of_each_kind(0, |make| {
        let (tx, rx) = make();
        let other = tx.clone();
        beside(
            move || {
                rx.recv().unwrap();
            },
            || while tx.send(1).and_then(|()| other.send(1)).is_ok() {},
        );
    });
}

#[test]
fn smoke_chan_gone() {
    of_each_kind::<i32>(0, |make| {
        let (tx, rx) = make();
        drop(tx.clone());
        drop(tx);
        assert_eq!(rx.recv(), Err(RecvError));
    });
}

#[test]
fn chan_gone_concurrent() {
    of_each_kind(0, |make| {
        let (tx, rx) = make();
        beside(
            move || {
                tx.send(1).unwrap();
                tx.send(2).unwrap();
            },
            || while rx.recv().is_ok() {},
        );
    });
}

#[test]
fn stress() {
    const EACH: usize = 500;
    of_each_kind(0, |make| {
        let (tx, rx) = make();
        beside(
            move || (0..EACH).for_each(|n| tx.send(n).unwrap()),
            || {
                (0..EACH).for_each(|n| assert_eq!(rx.recv(), Ok(n)));
                assert_eq!(rx.recv(), Err(RecvError));
            },
        );
    });
}

#[test]
fn stress_shared() {
    const SENDERS: usize = 8;
    const EACH: usize = 50;
    of_each_kind(0, |make| {
        let (tx, rx) = make();
        let senders = std::sync::Mutex::new(vec![tx; SENDERS]);
        beside(
            || {
                everywhere(SENDERS, |_| {
                    let tx = senders.lock().unwrap().pop().unwrap();
                    (0..EACH).for_each(|n| tx.send(n).unwrap());
                });
            },
            || {
                let sum: usize = rx.iter().sum();
                assert_eq!(sum, SENDERS * EACH * (EACH - 1) / 2);
            },
        );
    });
}

#[test]
fn oneshot_single_thread_close() {
    of_each_kind::<Box<i32>>(0, |make| {
        let (tx, rx) = make();
        drop(rx);
        drop(tx);
        let (tx, rx) = make();
        drop(tx);
        drop(rx);
    });
}

#[test]
fn oneshot_single_thread_send_then_recv() {
    of_each_kind(1, |make| {
        let (tx, rx) = make();
        tx.send(Box::new(10)).unwrap();
        assert_eq!(*rx.recv().unwrap(), 10);
    });
}

#[test]
fn oneshot_single_thread_try_send() {
    in_task_and_thread(|| {
        let (tx, rx) = sync_channel(1);
        assert_eq!(tx.try_send(10), Ok(()));
        assert_eq!(tx.try_send(11), Err(TrySendError::Full(11)));
        assert_eq!(rx.recv(), Ok(10));
        drop(rx);
        assert_eq!(tx.try_send(12), Err(TrySendError::Disconnected(12)));
        let (tx, _rx) = sync_channel(0);
        assert_eq!(tx.try_send(10), Err(TrySendError::Full(10)));
    });
}

/// std's `oneshot_single_thread_peek_*` and `try_recv_*`.
#[test]
fn oneshot_single_thread_try_recv() {
    of_each_kind(1, |make| {
        let (tx, rx) = make();
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        tx.send(10).unwrap();
        assert_eq!(rx.try_recv(), Ok(10));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
        drop(tx);
        assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    });
}

#[test]
fn oneshot_multi_task_recv_then_close() {
    of_each_kind::<Box<i32>>(0, |make| {
        let (tx, rx) = make();
        beside(
            move || {
                yield_now();
                drop(tx);
            },
            || assert_eq!(rx.recv(), Err(RecvError)),
        );
    });
}

#[test]
fn oneshot_multi_thread_send_close_stress() {
    of_each_kind(0, |make| {
        for _ in 0..20 {
            let (tx, rx) = make();
            beside(
                move || drop(rx),
                || {
                    let _ = tx.send(1);
                },
            );
        }
    });
}

#[test]
fn oneshot_multi_thread_recv_close_stress() {
    of_each_kind::<i32>(0, |make| {
        for _ in 0..20 {
            let (tx, rx) = make();
            beside(move || drop(tx), || assert_eq!(rx.recv(), Err(RecvError)));
        }
    });
}

#[test]
fn oneshot_multi_thread_send_recv_stress() {
    of_each_kind(0, |make| {
        for _ in 0..20 {
            let (tx, rx) = make();
            beside(
                move || tx.send(Box::new(10)).unwrap(),
                || assert_eq!(*rx.recv().unwrap(), 10),
            );
        }
    });
}

#[test]
fn stream_send_recv_stress() {
    /// Each value is sent by a task of its own, which the one before it has spawned.
    fn send(tx: Either<Box<usize>>, n: usize) {
        if n < 10 {
            teem::go!({
                tx.send(Box::new(n)).unwrap();
                send(tx, n + 1);
            });
        }
    }
    of_each_kind(0, |make| {
        let (tx, rx) = make();
        send(tx, 0);
        (0..10).for_each(|n| assert_eq!(*rx.recv().unwrap(), n));
    });
}

#[test]
fn recv_timeout() {
    of_each_kind(1, |make| {
        let (tx, rx) = make();
        let short = Duration::from_millis(1);
        assert_eq!(rx.recv_timeout(short), Err(RecvTimeoutError::Timeout));
        tx.send(Box::new(10)).unwrap();
        assert_eq!(rx.recv_timeout(short), Ok(Box::new(10)));
        tx.send(Box::new(11)).unwrap();
        assert_eq!(rx.recv_timeout(Duration::MAX), Ok(Box::new(11)));
        drop(tx);
        let disconnected = Err(RecvTimeoutError::Disconnected);
        assert_eq!(rx.recv_timeout(Duration::MAX), disconnected);
    });
}

#[test]
fn stress_recv_timeout_two_threads() {
    const COUNT: usize = 100;
    of_each_kind(0, |make| {
        let (tx, rx) = make();
        beside(
            move || {
                for n in 0..COUNT {
                    if n % 10 == 0 {
                        teem::thread::sleep(Duration::from_micros(300));
                    }
                    tx.send(n).unwrap();
                }
            },
            || {
                let mut received = 0;
                loop {
                    match rx.recv_timeout(Duration::from_micros(100)) {
                        Ok(n) => {
                            assert_eq!(n, received, "none lost, none twice");
                            received += 1;
                        }
                        Err(RecvTimeoutError::Timeout) => {}
                        Err(RecvTimeoutError::Disconnected) => break,
                    }
                }
                assert_eq!(received, COUNT);
            },
        );
    });
}

#[test]
fn recv_a_lot() {
    in_task_and_thread(|| {
        let (tx, rx) = channel();
        (0..10_000).for_each(|_| tx.send(()).unwrap());
        (0..10_000).for_each(|_| rx.recv().unwrap());
    });
}

#[test]
fn shared_chan_stress() {
    const TOTAL: usize = 100;
    of_each_kind(0, |make| {
        let (tx, rx) = make();
        for _ in 0..TOTAL {
            let tx = tx.clone();
            teem::go!(tx.send(()).unwrap());
        }
        (0..TOTAL).for_each(|_| rx.recv().unwrap());
    });
}

#[test]
fn test_nested_recv_iter() {
    of_each_kind(0, |make| {
        let (tx, rx) = make();
        let (total_tx, total_rx) = channel();
        beside(
            move || total_tx.send(rx.iter().sum::<i32>()).unwrap(),
            || {
                [3, 1, 2].iter().for_each(|n| tx.send(*n).unwrap());
                drop(tx);
                assert_eq!(total_rx.recv(), Ok(6));
            },
        );
    });
}

#[test]
fn test_recv_iter_break() {
    of_each_kind(0, |make| {
        let (tx, rx) = make();
        let (count_tx, count_rx) = channel();
        beside(
            move || {
                let count = rx.iter().take_while(|n| *n < 3).count();
                drop(rx);
                count_tx.send(count).unwrap();
            },
            || {
                [2, 2, 2, 3].iter().for_each(|n| tx.send(*n).unwrap());
                assert_eq!(count_rx.recv(), Ok(3));
                assert_eq!(tx.send(2), Err(SendError(2)));
            },
        );
    });
}

#[test]
fn test_recv_try_iter() {
    in_task_and_thread(|| {
        let (request_tx, request_rx) = channel();
        let (response_tx, response_rx) = channel();
        beside(
            // Asks until it has got six.
            move || {
                let mut count = 0;
                loop {
                    for n in response_rx.try_iter() {
                        count += n;
                        if count == 6 {
                            return;
                        }
                    }
                    request_tx.send(()).unwrap();
                    yield_now();
                }
            },
            move || {
                for () in &request_rx {
                    if response_tx.send(2).is_err() {
                        break;
                    }
                }
            },
        );
    });
}

#[test]
fn test_recv_into_iter() {
    of_each_kind(3, |make| {
        let (tx, rx) = make();
        tx.send(1).unwrap();
        tx.send(2).unwrap();
        let mut borrowed = (&rx).into_iter();
        assert_eq!(borrowed.next(), Some(1));
        let mut owned = rx.into_iter();
        assert_eq!(owned.next(), Some(2));
        drop(tx);
        assert_eq!(owned.next(), None);
    });
}

#[test]
fn try_recv_states() {
    in_task_and_thread(|| {
        let (sender, receiver) = channel();
        let (step, step_rx) = sync_channel(0);
        let (done, done_rx) = sync_channel(0);
        beside(
            move || {
                step_rx.recv().unwrap();
                sender.send(1).unwrap();
                done.send(()).unwrap();
                step_rx.recv().unwrap();
                drop(sender);
                done.send(()).unwrap();
            },
            move || {
                assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
                step.send(()).unwrap();
                done_rx.recv().unwrap();
                assert_eq!(receiver.try_recv(), Ok(1));
                assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
                step.send(()).unwrap();
                done_rx.recv().unwrap();
                assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
            },
        );
    });
}

/// std's `send1` to `send4`: a rendezvous ends when the value has been received, not before.
#[test]
fn a_rendezvous_waits_for_its_receiver() {
    in_task_and_thread(|| {
        let (tx, rx) = sync_channel(0);
        let (sent, received) = (AtomicBool::new(false), AtomicBool::new(false));
        beside(
            || {
                tx.send(7).unwrap();
                assert!(received.load(Ordering::Acquire), "sent before it was taken");
                sent.store(true, Ordering::Release);
            },
            || {
                (0..10).for_each(|_| yield_now());
                assert!(!sent.load(Ordering::Acquire));
                received.store(true, Ordering::Release);
                assert_eq!(rx.recv(), Ok(7));
            },
        );
    });
}

/// std's `send2` and `send3`: a sender that waits for room gets its value back when nobody can make any.
#[test]
fn a_blocked_sender_gets_its_value_back() {
    in_task_and_thread(|| {
        for bound in [0, 1] {
            let (tx, rx) = sync_channel(bound);
            (0..bound).for_each(|n| tx.send(n).unwrap());
            beside(
                move || {
                    (0..5).for_each(|_| yield_now());
                    drop(rx);
                },
                || assert_eq!(tx.send(9), Err(SendError(9))),
            );
        }
    });
}

#[test]
fn issue_15761() {
    in_task_and_thread(|| {
        for _ in 0..50 {
            let (tx1, rx1) = sync_channel::<()>(3);
            let (tx2, rx2) = sync_channel::<()>(3);
            beside(
                move || {
                    rx1.recv().unwrap();
                    tx2.try_send(()).unwrap();
                },
                || {
                    tx1.try_send(()).unwrap();
                    rx2.recv().unwrap();
                },
            );
        }
    });
}

#[test]
fn issue_32114() {
    in_task_and_thread(|| {
        let (tx, _) = channel();
        let _ = tx.send(123);
        assert_eq!(tx.send(123), Err(SendError(123)));
    });
}

#[test]
fn issue_39364() {
    in_task_and_thread(|| {
        let (tx, rx) = channel::<()>();
        let tx2 = tx.clone();
        beside(
            move || {
                teem::thread::sleep(Duration::from_millis(3));
                drop(tx2);
            },
            || {
                let short = Duration::from_millis(1);
                assert_eq!(rx.recv_timeout(short), Err(RecvTimeoutError::Timeout));
                assert_eq!(rx.recv_timeout(short * 2), Err(RecvTimeoutError::Timeout));
            },
        );
        drop(tx);
    });
}

#[test]
fn values_that_nobody_received_are_dropped_with_the_receiver() {
    struct Dropper<'a>(&'a AtomicUsize);
    impl Drop for Dropper<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    in_task_and_thread(|| {
        let drops = AtomicUsize::new(0);
        let (tx, rx) = channel();
        (0..5).for_each(|_| assert!(tx.send(Dropper(&drops)).is_ok()));
        drop(rx.recv());
        assert_eq!(drops.load(Ordering::Relaxed), 1);
        drop(rx);
        assert_eq!(drops.load(Ordering::Relaxed), 5);
        assert!(tx.send(Dropper(&drops)).is_err());
        drop(tx);
        assert_eq!(drops.into_inner(), 6);
    });
}

#[test]
fn a_done_context_reads_as_disconnected() {
    super::with_workers([1, 2, 8], |runtime| {
        let (tx, rx) = sync_channel::<i32>(0);
        let waiting = runtime.spawn(move || rx.recv());
        waiting.cancel();
        assert_eq!(waiting.join().unwrap(), Err(RecvError));
        assert_eq!(tx.send(1), Err(SendError(1)));
        let (tx, rx) = sync_channel(0);
        let waiting = runtime.spawn(move || tx.send(7));
        waiting.cancel();
        assert_eq!(waiting.join().unwrap(), Err(SendError(7)));
        assert_eq!(rx.recv(), Err(RecvError));
        // What cannot wait does not look at the context.
        let (tx, rx) = channel();
        let (gate_tx, gate) = sync_channel::<()>(0);
        let sends = runtime.spawn(move || {
            assert_eq!(gate.recv(), Err(RecvError));
            tx.send(7)
        });
        sends.cancel();
        assert_eq!(sends.join().unwrap(), Ok(()));
        assert_eq!(rx.recv(), Ok(7));
        drop(gate_tx);
    });
}
