//! `nonblock`: what does not wait, for values of several types, with and without room.

use crate::crew::{both_ways, crew};
use std::fmt::Debug;
use teem::chan::{Receiver, Sender, bounded};

/// Receives without waiting, as a method and as a `select!` by turns.
fn poll<T>(r: &Receiver<T>, round: usize) -> Option<T> {
    if round.is_multiple_of(2) {
        return r.try_recv().ok();
    }
    teem::select! {
        recv(r) -> value => value.ok(),
        default => None,
    }
}

/// Sends without waiting; whether it did.
fn offer<T>(s: &Sender<T>, value: T, round: usize) -> bool {
    if round.is_multiple_of(2) {
        return s.try_send(value).is_ok();
    }
    teem::select! {
        send(s, value) -> sent => sent.is_ok(),
        default => false,
    }
}

fn nonblock_of<T: Clone + PartialEq + Debug + Send + Sync>(first: T, second: T) {
    for room in [0, 1] {
        let (s, r) = bounded(room);
        let (strobe_s, strobe) = bounded(0);
        for round in 0..4 {
            assert_eq!(poll(&r, round), None);
            crew(|c| {
                c.spawn(|| {
                    assert_eq!(r.recv().as_ref(), Ok(&first));
                    strobe_s.send(()).unwrap();
                });
                // Without room, not before the receiver waits.
                while !offer(&s, first.clone(), round) {
                    teem::task::yield_now();
                }
                strobe.recv().unwrap();
            });
            crew(|c| {
                c.spawn(|| {
                    s.send(second.clone()).unwrap();
                    strobe_s.send(()).unwrap();
                });
                let value = loop {
                    match poll(&r, round) {
                        Some(value) => break value,
                        None => teem::task::yield_now(),
                    }
                };
                assert_eq!(value, second);
                strobe.recv().unwrap();
            });
            // With room for one, that one and no more.
            assert_eq!(offer(&s, first.clone(), round), room == 1);
            assert!(!offer(&s, second.clone(), round));
            assert_eq!(poll(&r, round), (room == 1).then(|| first.clone()));
        }
    }
}

#[test]
fn nonblock() {
    both_ways(|| {
        nonblock_of(123_i32, 234);
        nonblock_of(123_456_i64, 234_567);
        nonblock_of(true, false);
        nonblock_of("hello".to_owned(), "hello again".to_owned());
        nonblock_of([1_u64; 40], [2; 40]);
    });
}
