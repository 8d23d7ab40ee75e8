//! crossbeam's `zero`: channels without room.
//!
//! `fairness`, `fairness_duplicates` and `recv_in_send` are about `select!` and stand with it, in
//! `select_macro.rs`.

use crate::common::{self, Room, ms};
use crate::crew::{both_ways, crew, lull};
use teem::chan::{SendTimeoutError, TryRecvError, TrySendError, bounded};
use teem::sync::Barrier;

#[test]
fn smoke() {
    both_ways(|| {
        let (s, r) = bounded(0);
        assert_eq!(s.try_send(7), Err(TrySendError::Full(7)));
        assert_eq!(r.try_recv(), Err(TryRecvError::Empty));
    });
}

#[test]
fn capacity() {
    let (s, r) = bounded::<()>(0);
    assert_eq!((s.capacity(), r.capacity()), (Some(0), Some(0)));
}

/// Always both, whether somebody waits or not.
#[test]
fn len_empty_full() {
    both_ways(|| {
        let (s, r) = bounded(0);
        let look = || {
            assert_eq!((s.len(), s.is_empty(), s.is_full()), (0, true, true));
            assert_eq!((r.len(), r.is_empty(), r.is_full()), (0, true, true));
        };
        look();
        crew(|c| {
            let sender = c.spawn(|| s.send(0).unwrap());
            lull();
            look();
            assert_eq!(r.recv(), Ok(0));
            sender.join();
        });
        look();
    });
}

#[test]
fn try_recv() {
    both_ways(common::try_recv::<Room<0>>);
}

#[test]
fn recv() {
    both_ways(common::recv::<Room<0>>);
}

#[test]
fn recv_timeout() {
    both_ways(common::recv_timeout::<Room<0>>);
}

#[test]
fn try_send() {
    both_ways(|| {
        let (s, r) = bounded(0);
        let step = Barrier::new(2);
        crew(|c| {
            c.spawn(|| {
                assert_eq!(s.try_send(7), Err(TrySendError::Full(7)));
                step.wait();
                // The receiver may not have come that far.
                while s.try_send(8).is_err() {}
                step.wait();
                assert_eq!(s.try_send(9), Err(TrySendError::Closed(9)));
            });
            let step = &step;
            c.spawn(move || {
                step.wait();
                assert_eq!(r.recv(), Ok(8));
                drop(r);
                step.wait();
            });
        });
    });
}

/// A sender goes on when its value has been received, and not before.
#[test]
fn send() {
    both_ways(|| {
        let (s, r) = bounded(0);
        let sent = std::sync::atomic::AtomicUsize::new(0);
        crew(|c| {
            c.spawn(|| {
                for value in 7..10 {
                    s.send(value).unwrap();
                    sent.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                }
            });
            for value in 7..10 {
                lull();
                let before = sent.load(std::sync::atomic::Ordering::SeqCst);
                assert!(before <= value - 7);
                assert_eq!(r.recv(), Ok(value));
            }
        });
    });
}

#[test]
fn send_timeout() {
    both_ways(|| {
        let (s, r) = bounded(0);
        let step = Barrier::new(2);
        crew(|c| {
            c.spawn(|| {
                let late = s.send_timeout(7, ms(5));
                assert_eq!(late, Err(SendTimeoutError::Timeout(7)));
                step.wait();
                assert_eq!(s.send_timeout(8, ms(60_000)), Ok(()));
                let closed = s.send_timeout(9, ms(60_000));
                assert_eq!(closed, Err(SendTimeoutError::Closed(9)));
            });
            let step = &step;
            c.spawn(move || {
                step.wait();
                lull();
                assert_eq!(r.recv(), Ok(8));
            });
        });
    });
}

#[test]
fn len() {
    both_ways(|| {
        let (s, r) = bounded(0);
        crew(|c| {
            c.spawn(|| {
                for i in 0..1_000 {
                    assert_eq!(r.recv(), Ok(i));
                    assert_eq!(r.len(), 0);
                }
            });
            c.spawn(|| {
                for i in 0..1_000 {
                    s.send(i).unwrap();
                    assert_eq!(s.len(), 0);
                }
            });
        });
    });
}

#[test]
fn disconnect_wakes_sender() {
    both_ways(common::disconnect_wakes_sender::<Room<0>>);
}

#[test]
fn disconnect_wakes_receiver() {
    both_ways(common::disconnect_wakes_receiver::<Room<0>>);
}

#[test]
fn spsc() {
    both_ways(common::spsc::<Room<0>>);
}

#[test]
fn mpmc() {
    both_ways(common::mpmc::<Room<0>>);
}

#[test]
fn stress_oneshot() {
    both_ways(common::stress_oneshot::<Room<0>>);
}

/// Requests are tried, so that nobody waits for one who waits for him; answers are sent. In
/// crossbeam's case `try_iter` finds a sender that waits, and so it does here.
#[test]
fn stress_iter() {
    both_ways(common::stress_iter::<Room<0>>);
}

#[test]
fn stress_timeout_two_threads() {
    both_ways(common::stress_timeout_two_threads::<Room<0>>);
}

#[test]
fn drops() {
    both_ways(common::drops::<Room<0>>);
}

#[test]
fn channel_through_channel() {
    both_ways(common::channel_through_channel::<Room<0>>);
}
