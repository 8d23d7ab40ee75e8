//! Timeouts and deadlines.

use crate::places::everywhere;
use crate::workers::with_workers;
use crate::{CAPACITIES, channel};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use teem::chan::{RecvTimeoutError, SendTimeoutError, bounded};

const SHORT: Duration = Duration::from_millis(5);

#[test]
fn a_wait_ends_at_its_deadline_and_not_before() {
    everywhere(|place| {
        for capacity in CAPACITIES {
            place.run(vec![Box::new(|| {
                let (_sender, receiver) = channel::<()>(capacity);
                let begin = Instant::now();
                assert_eq!(receiver.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout));
                assert!(begin.elapsed() >= SHORT);
                let deadline = Instant::now() + SHORT;
                let received = receiver.recv_deadline(deadline);
                assert_eq!(received, Err(RecvTimeoutError::Timeout));
                assert!(Instant::now() >= deadline);
            })]);
        }
        for capacity in [0, 2] {
            place.run(vec![Box::new(|| {
                let (sender, receiver) = bounded(capacity);
                (0..capacity).for_each(|n| sender.send(n).unwrap());
                let begin = Instant::now();
                assert_eq!(
                    sender.send_timeout(7, SHORT),
                    Err(SendTimeoutError::Timeout(7))
                );
                assert!(begin.elapsed() >= SHORT);
                assert_eq!(
                    sender.send_deadline(8, begin),
                    Err(SendTimeoutError::Timeout(8))
                );
                assert!(receiver.try_iter().eq(0..capacity), "neither was sent");
            })]);
        }
    });
}

#[test]
fn what_comes_in_time_is_received() {
    everywhere(|place| {
        for capacity in CAPACITIES {
            let (sender, receiver) = channel(capacity);
            place.run(vec![
                Box::new(move || {
                    let got = (0..10).map(|_| receiver.recv_timeout(Duration::MAX).unwrap());
                    assert!(got.eq(0..10));
                    let ended = receiver.recv_timeout(Duration::from_secs(60));
                    assert_eq!(ended, Err(RecvTimeoutError::Closed));
                }),
                Box::new(move || {
                    (0..10).for_each(|n| sender.send_timeout(n, Duration::MAX).unwrap());
                }),
            ]);
        }
    });
}

#[test]
fn a_passed_deadline_does_not_hide_what_is_there() {
    let past = Instant::now();
    let (sender, receiver) = bounded(1);
    assert_eq!(sender.send_deadline(1, past), Ok(()));
    assert_eq!(receiver.recv_timeout(Duration::ZERO), Ok(1));
    sender.close();
    assert_eq!(
        sender.send_deadline(2, past),
        Err(SendTimeoutError::Closed(2))
    );
    assert_eq!(receiver.recv_deadline(past), Err(RecvTimeoutError::Closed));
}

#[test]
fn a_value_that_meets_a_timeout_is_neither_lost_nor_doubled() {
    everywhere(|place| {
        for capacity in CAPACITIES {
            let (sender, receiver) = channel(capacity);
            let (values, timeout) = (300, Duration::from_micros(20));
            place.run(vec![
                Box::new(move || {
                    for n in 0..values {
                        let mut value = n;
                        while let Err(error) = sender.send_timeout(value, timeout) {
                            assert!(matches!(error, SendTimeoutError::Timeout(_)));
                            value = error.into_inner();
                        }
                    }
                }),
                Box::new(move || {
                    let mut next = 0;
                    loop {
                        match receiver.recv_timeout(timeout) {
                            Ok(n) => {
                                assert_eq!(n, next);
                                next += 1;
                            }
                            Err(RecvTimeoutError::Timeout) => {}
                            Err(error) => break assert_eq!(error, RecvTimeoutError::Closed),
                        }
                    }
                    assert_eq!(next, values);
                }),
            ]);
        }
    });
}

#[test]
fn a_clock_whose_time_has_come_is_received_from_without_a_wait() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let waited = Arc::new(AtomicBool::new(false));
            let seen = Arc::clone(&waited);
            let other = teem::task::spawn_local(move || seen.store(true, Ordering::Relaxed));
            let due = Instant::now();
            assert_eq!(teem::chan::at(due).recv(), Ok(due));
            assert!(teem::chan::after(Duration::ZERO).recv().is_ok());
            let ticker = teem::time::Ticker::new(Duration::from_micros(1));
            while due.elapsed() < Duration::from_micros(100) {}
            assert!(ticker.receiver().recv().is_ok());
            assert!(
                !waited.load(Ordering::Relaxed),
                "another task ran meanwhile"
            );
            other.join().unwrap();
        })
    });
}
