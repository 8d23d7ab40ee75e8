//! crossbeam's `list`: channels without a bound.
//!
//! `fairness`, `fairness_duplicates` and `recv_in_send` are about `select!` and stand with it, in
//! `select_macro.rs`.

use crate::common::{self, Endless, ms};
use crate::crew::{both_ways, crew};
use teem::chan::{SendError, SendTimeoutError, TryRecvError, TrySendError, unbounded};

#[test]
fn smoke() {
    both_ways(|| {
        let (s, r) = unbounded();
        s.try_send(7).unwrap();
        assert_eq!(r.try_recv(), Ok(7));
        s.send(8).unwrap();
        assert_eq!(r.recv(), Ok(8));
        assert_eq!(r.try_recv(), Err(TryRecvError::Empty));
        let late = r.recv_timeout(ms(1));
        assert_eq!(late, Err(teem::chan::RecvTimeoutError::Timeout));
    });
}

#[test]
fn capacity() {
    let (s, r) = unbounded::<()>();
    assert_eq!((s.capacity(), r.capacity()), (None, None));
}

#[test]
fn len_empty_full() {
    both_ways(|| {
        let (s, r) = unbounded();
        let look = |len, empty| {
            assert_eq!((s.len(), s.is_empty(), s.is_full()), (len, empty, false));
            assert_eq!((r.len(), r.is_empty(), r.is_full()), (len, empty, false));
        };
        look(0, true);
        s.send(()).unwrap();
        look(1, false);
        r.recv().unwrap();
        look(0, true);
    });
}

#[test]
fn try_recv() {
    both_ways(common::try_recv::<Endless>);
}

#[test]
fn recv() {
    both_ways(common::recv::<Endless>);
}

#[test]
fn recv_timeout() {
    both_ways(common::recv_timeout::<Endless>);
}

#[test]
fn recv_timeout_nonempty_expired() {
    both_ways(common::recv_timeout_nonempty_expired::<Endless>);
}

#[test]
fn try_send() {
    both_ways(|| {
        let (s, r) = unbounded();
        (0..500).for_each(|i| assert_eq!(s.try_send(i), Ok(())));
        drop(r);
        assert_eq!(s.try_send(777), Err(TrySendError::Closed(777)));
    });
}

#[test]
fn send() {
    both_ways(|| {
        let (s, r) = unbounded();
        (0..500).for_each(|i| assert_eq!(s.send(i), Ok(())));
        drop(r);
        assert_eq!(s.send(777), Err(SendError::Closed(777)));
    });
}

#[test]
fn send_timeout() {
    both_ways(|| {
        let (s, r) = unbounded();
        (0..500).for_each(|i| assert_eq!(s.send_timeout(i, ms(i)), Ok(())));
        drop(r);
        let sent = s.send_timeout(777, ms(0));
        assert_eq!(sent, Err(SendTimeoutError::Closed(777)));
    });
}

#[test]
fn send_after_disconnect() {
    both_ways(common::send_after_disconnect::<Endless>);
}

#[test]
fn recv_after_disconnect() {
    both_ways(common::recv_after_disconnect::<Endless>);
}

#[test]
fn len() {
    both_ways(|| {
        let (s, r) = unbounded();
        for round in 0..3 {
            for i in 0..100 {
                s.send(i).unwrap();
                assert_eq!((s.len(), r.len()), (i + 1, i + 1), "round {round}");
            }
            for i in 0..100 {
                assert_eq!(r.recv(), Ok(i));
                assert_eq!((s.len(), r.len()), (99 - i, 99 - i));
            }
        }
    });
}

#[test]
fn disconnect_wakes_receiver() {
    both_ways(common::disconnect_wakes_receiver::<Endless>);
}

#[test]
fn spsc() {
    both_ways(common::spsc::<Endless>);
}

#[test]
fn mpmc() {
    both_ways(common::mpmc::<Endless>);
}

#[test]
fn stress_oneshot() {
    both_ways(common::stress_oneshot::<Endless>);
}

#[test]
fn stress_iter() {
    both_ways(common::stress_iter::<Endless>);
}

#[test]
fn stress_timeout_two_threads() {
    both_ways(common::stress_timeout_two_threads::<Endless>);
}

#[test]
fn drops() {
    both_ways(common::drops::<Endless>);
}

#[test]
fn linearizable() {
    both_ways(common::linearizable::<Endless>);
}

#[test]
fn channel_through_channel() {
    both_ways(common::channel_through_channel::<Endless>);
}

/// What holds many values is not put together on the stack. A task's has 256 KiB: the copies of a value
/// that a debug build makes fit in, a block of some thirty does not.
#[test]
fn stack_overflow() {
    both_ways(|| {
        let (s, r) = unbounded();
        s.send([1u8; 5 << 10]).unwrap();
        teem::stack::grow(|| assert_eq!(r.try_iter().count(), 1));
    });
}

/// Not crossbeam's: a queue that is one block long at times, and at times many.
#[test]
fn waves() {
    both_ways(|| {
        let (s, r) = unbounded();
        crew(|c| {
            c.spawn(move || {
                for wave in 0..300_usize {
                    let from = wave * (wave + 1) / 2;
                    (from..=from + wave).for_each(|i| s.send(i).unwrap());
                    teem::task::yield_now();
                }
            });
            assert!(r.iter().eq(0..300 * 301 / 2));
        });
    });
}
