//! What only an unbounded channel has: blocks that come and go, and sends that never wait.

use crate::until::until;
use crate::watchdog::Watchdog;
use crate::workers::with_workers;
use std::future::Future;
use std::pin::Pin;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use teem::chan::{RecvError, RecvTimeoutError, SendError, TryRecvError, unbounded};
use teem::task::{forbid_park, yield_now};

/// More values than two blocks hold.
const BURST: usize = 70;

/// Counts how often it is dropped.
struct Counted<'a>(&'a AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn values_handed_over_and_values_queued_keep_their_order_over_many_blocks() {
    with_workers([1, 2], |runtime| {
        let (sender, receiver) = unbounded();
        let receiving = runtime.spawn(move || receiver.into_iter().collect::<Vec<_>>());
        let sent = runtime.run(move || {
            let mut next = 0;
            for burst in 0..BURST {
                // The first value of a burst mostly meets a receiver that waits.
                for _ in 0..burst {
                    sender.send(next).expect("open");
                    next += 1;
                }
                until(|| sender.is_empty());
                yield_now();
            }
            next
        });
        let received = receiving.join().expect("no panic");
        assert!(received.into_iter().eq(0..sent));
    });
}

#[test]
fn a_send_is_allowed_where_waiting_is_not() {
    with_workers([1, 2], |runtime| {
        let (sender, receiver) = unbounded();
        let waiting = runtime.spawn(move || (receiver.recv(), receiver.recv()));
        runtime.run(move || {
            yield_now();
            forbid_park(|| {
                sender.send(1).expect("open");
                sender.send(2).expect("open");
            });
        });
        assert_eq!(waiting.join().expect("no panic"), (Ok(1), Ok(2)));
    });
}

#[test]
fn values_given_back_come_before_all_that_is_queued() {
    let (sender, receiver) = unbounded();
    let mut futures = [receiver.recv_async(), receiver.recv_async()];
    let mut context = Context::from_waker(Waker::noop());
    for future in &mut futures {
        assert!(Pin::new(future).poll(&mut context).is_pending());
    }
    for value in 0..BURST {
        sender.send(value).expect("open");
    }
    assert_eq!(receiver.len(), BURST - 2, "two have been handed over");
    let [first, second] = futures;
    drop(second);
    assert_eq!(receiver.len(), BURST - 1);
    drop(first);
    assert_eq!(receiver.len(), BURST);
    assert!(receiver.try_iter().eq(0..BURST));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    // And then everything is as before.
    sender.send(7).expect("open");
    assert_eq!(receiver.try_recv(), Ok(7));
}

#[test]
fn a_value_given_back_to_a_closed_channel_is_still_received() {
    let (sender, receiver) = unbounded();
    let mut future = receiver.recv_async();
    let mut context = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut future).poll(&mut context).is_pending());
    sender.send(1).expect("open");
    sender.send(2).expect("open");
    drop(sender);
    drop(future);
    assert_eq!(receiver.recv(), Ok(1));
    assert_eq!(receiver.recv(), Ok(2));
    assert_eq!(receiver.recv(), Err(RecvError::Closed));
}

/// The first block is put in its place by a send, and the last receiver discards what is there.
#[test]
fn the_last_receiver_goes_while_the_first_values_are_sent() {
    let _watchdog = Watchdog::start();
    let drops = AtomicUsize::new(0);
    let rounds = 2_000;
    for _ in 0..rounds {
        let (sender, receiver) = unbounded();
        let start = Barrier::new(3);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                let (sender, start, drops) = (sender.clone(), &start, &drops);
                scope.spawn(move || {
                    start.wait();
                    drop(sender.send(Counted(drops)));
                });
            }
            start.wait();
            drop(receiver);
        });
        assert!(sender.is_closed());
        assert!(matches!(
            sender.send(Counted(&drops)),
            Err(SendError::Closed(_))
        ));
    }
    assert_eq!(drops.load(Ordering::Relaxed), rounds * 3);
}

#[test]
fn receivers_that_come_and_go_leave_no_value_behind() {
    with_workers([1, 2, 8], |runtime| {
        const RECEIVERS: usize = 4;
        let (sender, receiver) = unbounded();
        let receiving: Vec<_> = (0..RECEIVERS)
            .map(|n| {
                let receiver = receiver.clone();
                runtime.spawn(move || {
                    let mut received = Vec::new();
                    loop {
                        // Every other one gives up at once, again and again.
                        let patience = std::time::Duration::from_micros(n as u64 % 2 * 50);
                        match receiver.recv_timeout(patience) {
                            Ok(value) => received.push(value),
                            Err(RecvTimeoutError::Timeout) => yield_now(),
                            Err(_) => return received,
                        }
                    }
                })
            })
            .collect();
        drop(receiver);
        runtime.run(move || {
            for value in 0..1_000 {
                sender.send(value).expect("open");
                if value % 7 == 0 {
                    yield_now();
                }
            }
        });
        let mut all = Vec::new();
        for task in receiving {
            let received = task.join().expect("no panic");
            assert!(received.is_sorted(), "in order for each receiver");
            all.extend(received);
        }
        all.sort_unstable();
        assert!(all.into_iter().eq(0..1_000));
    });
}
