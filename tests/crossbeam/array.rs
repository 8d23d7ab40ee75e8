//! crossbeam's `array`: channels with room.
//!
//! `fairness`, `fairness_duplicates` and `recv_in_send` are about `select!` and stand with it, in
//! `select_macro.rs`.

use crate::common::{self, Room, ms};
use crate::crew::{both_ways, crew, lull};
use std::panic::{AssertUnwindSafe, catch_unwind};
use teem::chan::{RecvError, SendError, SendTimeoutError, TryRecvError, TrySendError, bounded};
use teem::sync::Barrier;

#[test]
fn smoke() {
    both_ways(|| {
        let (s, r) = bounded(1);
        s.send(7).unwrap();
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
    for n in 1..10 {
        let (s, r) = bounded::<()>(n);
        assert_eq!((s.capacity(), r.capacity()), (Some(n), Some(n)));
    }
}

#[test]
fn len_empty_full() {
    both_ways(|| {
        let (s, r) = bounded(2);
        let look = |len, empty, full| {
            assert_eq!((s.len(), s.is_empty(), s.is_full()), (len, empty, full));
            assert_eq!((r.len(), r.is_empty(), r.is_full()), (len, empty, full));
        };
        look(0, true, false);
        s.send(()).unwrap();
        look(1, false, false);
        s.send(()).unwrap();
        look(2, false, true);
        r.recv().unwrap();
        look(1, false, false);
    });
}

#[test]
fn try_recv() {
    both_ways(common::try_recv::<Room<100>>);
}

#[test]
fn recv() {
    both_ways(common::recv::<Room<100>>);
}

#[test]
fn recv_timeout() {
    both_ways(common::recv_timeout::<Room<100>>);
}

#[test]
fn recv_timeout_nonempty_expired() {
    both_ways(common::recv_timeout_nonempty_expired::<Room<1>>);
}

#[test]
fn try_send() {
    both_ways(|| {
        let (s, r) = bounded(1);
        let step = Barrier::new(2);
        crew(|c| {
            c.spawn(|| {
                assert_eq!(s.try_send(1), Ok(()));
                assert_eq!(s.try_send(2), Err(TrySendError::Full(2)));
                step.wait();
                step.wait();
                assert_eq!(s.try_send(3), Ok(()));
                step.wait();
                step.wait();
                assert_eq!(s.try_send(4), Err(TrySendError::Closed(4)));
            });
            let step = &step;
            c.spawn(move || {
                step.wait();
                assert_eq!(r.try_recv(), Ok(1));
                assert_eq!(r.try_recv(), Err(TryRecvError::Empty));
                step.wait();
                assert_eq!(r.recv(), Ok(3));
                step.wait();
                drop(r);
                step.wait();
            });
        });
    });
}

#[test]
fn send() {
    both_ways(|| {
        let (s, r) = bounded(1);
        crew(|c| {
            c.spawn(|| {
                for value in 7..11 {
                    s.send(value).unwrap();
                    lull();
                }
            });
            c.spawn(|| {
                lull();
                for value in 7..10 {
                    assert_eq!(r.recv(), Ok(value));
                }
            });
        });
        assert_eq!(r.len(), 1);
    });
}

#[test]
fn send_timeout() {
    both_ways(|| {
        let (s, r) = bounded(2);
        let step = Barrier::new(2);
        crew(|c| {
            c.spawn(|| {
                assert_eq!(s.send_timeout(1, ms(60_000)), Ok(()));
                assert_eq!(s.send_timeout(2, ms(60_000)), Ok(()));
                let late = s.send_timeout(3, ms(5));
                assert_eq!(late, Err(SendTimeoutError::Timeout(3)));
                step.wait();
                assert_eq!(s.send_timeout(4, ms(60_000)), Ok(()));
                assert_eq!(s.send_timeout(5, ms(60_000)), Ok(()));
                let closed = s.send_timeout(6, ms(60_000));
                assert_eq!(closed, Err(SendTimeoutError::Closed(6)));
            });
            let step = &step;
            c.spawn(move || {
                step.wait();
                for value in [1, 2] {
                    lull();
                    assert_eq!(r.recv(), Ok(value));
                }
                // Both are in.
                while !r.is_full() {
                    lull();
                }
                lull();
                drop(r);
            });
        });
    });
}

/// Room is room though the time is up.
#[test]
fn send_timeout_nonfull_expired() {
    both_ways(|| {
        let (s, _r) = bounded(1);
        assert_eq!(s.send_timeout(1, ms(0)), Ok(()));
        let late = s.send_timeout(2, ms(0));
        assert_eq!(late, Err(SendTimeoutError::Timeout(2)));
    });
}

#[test]
fn send_after_disconnect() {
    both_ways(common::send_after_disconnect::<Room<100>>);
}

#[test]
fn recv_after_disconnect() {
    both_ways(common::recv_after_disconnect::<Room<100>>);
}

#[test]
fn len() {
    const COUNT: usize = 2_000;
    const ROOM: usize = 50;
    both_ways(|| {
        let (s, r) = bounded(ROOM);
        for _ in 0..10 {
            for i in 0..40 {
                s.send(i).unwrap();
                assert_eq!(s.len(), i + 1);
            }
            for i in 0..40 {
                assert_eq!(r.recv(), Ok(i));
                assert_eq!(r.len(), 39 - i);
            }
        }
        (0..ROOM).for_each(|i| s.send(i).unwrap());
        assert_eq!((s.len(), r.len()), (ROOM, ROOM));
        (0..ROOM).for_each(|i| assert_eq!(r.recv(), Ok(i)));
        crew(|c| {
            c.spawn(|| {
                for i in 0..COUNT {
                    assert_eq!(r.recv(), Ok(i));
                    assert!(r.len() <= ROOM);
                }
            });
            c.spawn(|| {
                for i in 0..COUNT {
                    s.send(i).unwrap();
                    assert!(s.len() <= ROOM);
                }
            });
        });
        assert_eq!((s.len(), r.len()), (0, 0));
    });
}

#[test]
fn disconnect_wakes_sender() {
    both_ways(common::disconnect_wakes_sender::<Room<1>>);
}

#[test]
fn disconnect_wakes_receiver() {
    both_ways(common::disconnect_wakes_receiver::<Room<1>>);
}

#[test]
fn spsc() {
    both_ways(common::spsc::<Room<3>>);
}

#[test]
fn mpmc() {
    both_ways(common::mpmc::<Room<3>>);
}

#[test]
fn stress_oneshot() {
    both_ways(common::stress_oneshot::<Room<1>>);
}

#[test]
fn stress_iter() {
    both_ways(common::stress_iter::<Room<1>>);
}

#[test]
fn stress_timeout_two_threads() {
    both_ways(common::stress_timeout_two_threads::<Room<2>>);
}

#[test]
fn drops() {
    both_ways(common::drops::<Room<50>>);
}

#[test]
fn linearizable() {
    both_ways(common::linearizable::<Room<4>>);
}

#[test]
fn channel_through_channel() {
    both_ways(common::channel_through_channel::<Room<1>>);
}

/// A value whose destructor panics is dropped once; what lies behind it may leak but is not dropped
/// twice either.
#[test]
fn panic_on_drop() {
    struct Bomb<'a>(&'a mut u32, bool);
    impl Drop for Bomb<'_> {
        fn drop(&mut self) {
            *self.0 += 1;
            assert!(*self.0 == 1 && !self.1, "dropped {} times", self.0);
        }
    }

    let (mut first, mut second) = (0, 0);
    let (s, r) = bounded(2);
    s.send(Bomb(&mut first, false)).unwrap();
    s.send(Bomb(&mut second, false)).unwrap();
    drop((s, r));
    assert_eq!((first, second), (1, 1));

    let (mut first, mut second) = (0, 0);
    let (s, r) = bounded(2);
    s.send(Bomb(&mut first, true)).unwrap();
    s.send(Bomb(&mut second, false)).unwrap();
    drop(s);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(r))).is_err());
    assert_eq!(first, 1);
    assert!(second <= 1);
}

/// Not crossbeam's: `close` from the sending side, while a sender waits and values are left.
#[test]
fn close_gives_the_waiting_senders_value_back() {
    both_ways(|| {
        let (s, r) = bounded(1);
        s.send(1).unwrap();
        crew(|c| {
            let waiting = c.spawn(|| s.send(2));
            lull();
            assert!(s.close());
            assert_eq!(waiting.join(), Err(SendError::Closed(2)));
        });
        assert_eq!(r.recv(), Ok(1));
        assert_eq!(r.recv(), Err(RecvError::Closed));
    });
}
