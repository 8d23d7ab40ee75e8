//! Cases that hold for more than one kind of channel.

use crate::crew::{crew, lull};
use std::any::Any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use teem::chan::{
    Receiver, RecvError, RecvTimeoutError, SendError, SendTimeoutError, Sender, TryRecvError,
    TrySendError, bounded, unbounded,
};
use teem::sync::Barrier;

/// A kind of channel.
pub(crate) trait Kind {
    fn ends<T>() -> (Sender<T>, Receiver<T>);
}

/// With room for so many.
pub(crate) struct Room<const N: usize>;

/// With room for all.
pub(crate) struct Endless;

impl<const N: usize> Kind for Room<N> {
    fn ends<T>() -> (Sender<T>, Receiver<T>) {
        bounded(N)
    }
}

impl Kind for Endless {
    fn ends<T>() -> (Sender<T>, Receiver<T>) {
        unbounded()
    }
}

pub(crate) const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A receiver that comes before, between and after the values.
pub(crate) fn recv<K: Kind>() {
    let (s, r) = K::ends();
    crew(|c| {
        c.spawn(move || {
            assert_eq!(r.recv(), Ok(7));
            lull();
            assert_eq!(r.recv(), Ok(8));
            lull();
            assert_eq!(r.recv(), Ok(9));
            assert_eq!(r.recv(), Err(RecvError::Closed));
        });
        c.spawn(move || {
            lull();
            for value in 7..10 {
                s.send(value).unwrap();
            }
        });
    });
}

pub(crate) fn try_recv<K: Kind>() {
    let (s, r) = K::ends();
    let step = Barrier::new(2);
    crew(|c| {
        c.spawn(|| {
            assert_eq!(r.try_recv(), Err(TryRecvError::Empty));
            step.wait();
            // The sender may not have come that far.
            let value = loop {
                match r.try_recv() {
                    Ok(value) => break value,
                    error => assert_eq!(error, Err(TryRecvError::Empty)),
                }
            };
            assert_eq!(value, 7);
            step.wait();
            assert_eq!(r.try_recv(), Err(TryRecvError::Closed));
        });
        let step = &step;
        c.spawn(move || {
            step.wait();
            s.send(7).unwrap();
            drop(s);
            step.wait();
        });
    });
}

pub(crate) fn recv_timeout<K: Kind>() {
    let (s, r) = K::ends::<i32>();
    let step = Barrier::new(2);
    crew(|c| {
        c.spawn(|| {
            let begin = Instant::now();
            assert_eq!(r.recv_timeout(ms(5)), Err(RecvTimeoutError::Timeout));
            assert!(begin.elapsed() >= ms(5));
            step.wait();
            assert_eq!(r.recv_timeout(ms(60_000)), Ok(7));
            let end = r.recv_timeout(ms(60_000));
            assert_eq!(end, Err(RecvTimeoutError::Closed));
        });
        let step = &step;
        c.spawn(move || {
            step.wait();
            lull();
            s.send(7).unwrap();
        });
    });
}

/// What is there is received though the time is up.
pub(crate) fn recv_timeout_nonempty_expired<K: Kind>() {
    let (s, r) = K::ends();
    s.send(5).unwrap();
    assert_eq!(r.recv_timeout(ms(0)), Ok(5));
    assert_eq!(r.recv_timeout(ms(0)), Err(RecvTimeoutError::Timeout));
}

pub(crate) fn send_after_disconnect<K: Kind>() {
    let (s, r) = K::ends();
    for value in 1..4 {
        s.send(value).unwrap();
    }
    drop(r);
    assert_eq!(s.send(4), Err(SendError::Closed(4)));
    assert_eq!(s.try_send(5), Err(TrySendError::Closed(5)));
    let sent = s.send_timeout(6, ms(60_000));
    assert_eq!(sent, Err(SendTimeoutError::Closed(6)));
}

pub(crate) fn recv_after_disconnect<K: Kind>() {
    let (s, r) = K::ends();
    for value in 1..4 {
        s.send(value).unwrap();
    }
    drop(s);
    for value in 1..4 {
        assert_eq!(r.recv(), Ok(value));
    }
    assert_eq!(r.recv(), Err(RecvError::Closed));
}

/// `Room<1>` is full before, the others need not be.
pub(crate) fn disconnect_wakes_sender<K: Kind>() {
    for _ in 0..20 {
        let (s, r) = K::ends();
        let full = s.try_send(0).is_ok();
        assert_eq!(full, s.capacity() == Some(1));
        crew(|c| {
            c.spawn(move || assert_eq!(s.send(7), Err(SendError::Closed(7))));
            c.spawn(move || {
                lull();
                drop(r);
            });
        });
    }
}

pub(crate) fn disconnect_wakes_receiver<K: Kind>() {
    for _ in 0..20 {
        let (s, r) = K::ends::<()>();
        crew(|c| {
            c.spawn(move || assert_eq!(r.recv(), Err(RecvError::Closed)));
            c.spawn(move || {
                lull();
                drop(s);
            });
        });
    }
}

pub(crate) fn spsc<K: Kind>() {
    const COUNT: usize = 5_000;
    let (s, r) = K::ends();
    crew(|c| {
        c.spawn(move || {
            for i in 0..COUNT {
                assert_eq!(r.recv(), Ok(i));
            }
            assert_eq!(r.recv(), Err(RecvError::Closed));
        });
        c.spawn(move || (0..COUNT).for_each(|i| s.send(i).unwrap()));
    });
}

pub(crate) fn mpmc<K: Kind>() {
    const COUNT: usize = 1_000;
    const EACH: usize = 4;
    let (s, r) = K::ends::<usize>();
    let seen: Vec<_> = (0..COUNT).map(|_| AtomicUsize::new(0)).collect();
    crew(|c| {
        for _ in 0..EACH {
            c.spawn(|| {
                for _ in 0..COUNT {
                    seen[r.recv().unwrap()].fetch_add(1, Ordering::Relaxed);
                }
            });
            c.spawn(|| (0..COUNT).for_each(|i| s.send(i).unwrap()));
        }
    });
    assert_eq!(r.try_recv(), Err(TryRecvError::Empty));
    let each_often_enough = |count: &AtomicUsize| count.load(Ordering::Relaxed) == EACH;
    assert!(seen.iter().all(each_often_enough));
}

pub(crate) fn stress_oneshot<K: Kind>() {
    for _ in 0..200 {
        let (s, r) = K::ends();
        crew(|c| {
            c.spawn(|| assert_eq!(r.recv(), Ok(0)));
            c.spawn(|| s.send(0).unwrap());
        });
    }
}

/// Requests one way, answers the other, taken in whatever numbers they come. `K` is the kind of the
/// requests; on a channel without room nobody could answer while nobody waits.
pub(crate) fn stress_iter<K: Kind>() {
    const COUNT: usize = 2_000;
    let (request_s, request_r) = K::ends();
    let (response_s, response_r) = K::ends();
    crew(|c| {
        c.spawn(move || {
            let mut count = 0;
            loop {
                for x in response_r.try_iter() {
                    count += x;
                    if count == COUNT {
                        return;
                    }
                }
                let _ = request_s.try_send(());
            }
        });
        for () in request_r.iter() {
            if response_s.send(1).is_err() {
                break;
            }
        }
    });
}

pub(crate) fn stress_timeout_two_threads<K: Kind>() {
    const COUNT: usize = 40;
    let (s, r) = K::ends();
    crew(|c| {
        c.spawn(|| {
            for i in 0..COUNT {
                if i % 10 == 0 {
                    teem::time::sleep(ms(3));
                }
                while s.send_timeout(i, ms(1)).is_err() {}
            }
        });
        c.spawn(|| {
            for i in 0..COUNT {
                if i % 8 == 0 {
                    teem::time::sleep(ms(3));
                }
                let value = loop {
                    if let Ok(value) = r.recv_timeout(ms(1)) {
                        break value;
                    }
                };
                assert_eq!(value, i);
            }
        });
    });
}

/// Counts its drops.
#[derive(Debug)]
pub(crate) struct Counted<'a>(pub(crate) &'a AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// `left` values are never received, if there is room for them.
pub(crate) fn drops<K: Kind>() {
    for (steps, left) in [(0, 0), (0, 31), (1, 1), (100, 0), (331, 32), (700, 49)] {
        let dropped = AtomicUsize::new(0);
        let (s, r) = K::ends();
        let left = if s.capacity() == Some(0) { 0 } else { left };
        crew(|c| {
            c.spawn(|| (0..steps).for_each(|_| drop(r.recv().unwrap())));
            c.spawn(|| (0..steps).for_each(|_| s.send(Counted(&dropped)).unwrap()));
        });
        for _ in 0..left {
            s.send(Counted(&dropped)).unwrap();
        }
        assert_eq!(dropped.load(Ordering::Relaxed), steps);
        drop((s, r));
        assert_eq!(dropped.load(Ordering::Relaxed), steps + left);
    }
}

/// Who has sent finds something to receive, at least what he has sent himself or another's.
pub(crate) fn linearizable<K: Kind>() {
    let (s, r) = K::ends();
    crew(|c| {
        for _ in 0..4 {
            c.spawn(|| {
                for _ in 0..1_000 {
                    s.send(0).unwrap();
                    r.try_recv().unwrap();
                }
            });
        }
    });
}

pub(crate) fn channel_through_channel<K: Kind>() {
    const COUNT: usize = 200;
    type Parcel = Box<dyn Any + Send>;
    let (s, r) = K::ends::<Parcel>();
    crew(|c| {
        c.spawn(move || {
            let mut s = s;
            for _ in 0..COUNT {
                let (next, r) = K::ends::<Parcel>();
                s.send(Box::new(r)).unwrap();
                s = next;
            }
        });
        c.spawn(move || {
            let mut r = r;
            for _ in 0..COUNT {
                r = *r.recv().unwrap().downcast::<Receiver<Parcel>>().unwrap();
            }
            assert!(r.recv().is_err());
        });
    });
}
