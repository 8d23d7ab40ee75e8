//! `select`, `select4` to `select7`, `doubleselect`.

use crate::crew::{both_ways, crew, lull};
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use teem::chan::{Receiver, Sender, bounded, never};
use teem::select;

/// Each of two channels gets a value at most once: the one that has one is put out of the race. Here
/// values are evaluated for winners alone.
#[test]
fn select() {
    both_ways(|| {
        let evaluated = Cell::new(0);
        let value = |shift: u32| {
            evaluated.set(evaluated.get() + 1);
            1 << shift
        };
        let (nobodys, _open) = bounded::<u32>(0);
        let send = |a: &Sender<u32>, b: &Sender<u32>| {
            let (mut a, mut b) = (a, b);
            for shift in 0.. {
                select! {
                    send(a, value(shift)) -> sent => {
                        sent.unwrap();
                        a = &nobodys;
                    }
                    send(b, value(shift)) -> sent => {
                        sent.unwrap();
                        b = &nobodys;
                    }
                    default => return shift,
                }
            }
            unreachable!("one of them is full");
        };
        let (a, of_a) = bounded(1);
        let (b, of_b) = bounded(1);
        assert_eq!(send(&a, &b), 2);
        assert_eq!(of_a.recv().unwrap() | of_b.recv().unwrap(), 3);
        assert_eq!(send(&a, &nobodys), 1);
        assert_eq!(of_a.recv(), Ok(1));
        assert_eq!(evaluated.get(), 3);
    });
}

/// Where the value goes is computed when there is one, and only for the arm that has won.
#[test]
fn select4() {
    both_ways(|| {
        let (s, r) = bounded(1);
        let silent = never::<i32>();
        let (looked_up, mut slots) = (RefCell::new(Vec::new()), [0, 0]);
        let index = |n: usize| {
            looked_up.borrow_mut().push(n);
            n
        };
        s.send(42).unwrap();
        select! {
            recv(silent) -> value => slots[index(0)] = value.unwrap(),
            recv(r) -> value => slots[index(1)] = value.unwrap(),
        }
        assert_eq!((slots, looked_up.into_inner()), ([0, 42], vec![1]));
    });
}

/// Channel expressions are evaluated once each, in the order in which they are written, whichever arm
/// wins; values only in the arm that has won, and then once.
#[test]
fn select5() {
    both_ways(|| {
        let (ready, of_ready) = bounded::<&str>(1);
        let (full, _of_full) = bounded::<&str>(0);
        let silent = never::<&str>();
        for round in 0..20 {
            let order = RefCell::new(Vec::new());
            let note = |what| order.borrow_mut().push(what);
            let from = |r: &'static str, receiver| -> &Receiver<&str> {
                note(r);
                receiver
            };
            let to = |s: &'static str, sender| -> &Sender<&str> {
                note(s);
                sender
            };
            let value = |v: &'static str| {
                note(v);
                v
            };
            let full_first = round % 2 == 0;
            let won = select! {
                send(to("s1", &full), value("v1")) -> _ => 1,
                recv(from("r2", &silent)) -> _ => 2,
                send(to("s3", if full_first { &ready } else { &full }), value("v3")) -> _ => 3,
                send(to("s4", if full_first { &full } else { &ready }), value("v4")) -> _ => 4,
                recv(from("r5", &silent)) -> _ => 5,
            };
            assert_eq!(won, if full_first { 3 } else { 4 });
            let last = if full_first { "v3" } else { "v4" };
            assert_eq!(*order.borrow(), ["s1", "r2", "s3", "s4", "r5", last]);
            assert_eq!(of_ready.recv(), Ok(last));
        }
    });
}

/// Go's issue 2075: a select that left a channel's list must not take another waiter of that list
/// along.
#[test]
fn select6() {
    both_ways(|| {
        for _ in 0..50 {
            let (s1, r1) = bounded::<bool>(0);
            let (s2, r2) = bounded::<bool>(0);
            let (s3, r3) = bounded::<bool>(0);
            let (s4, r4) = bounded::<bool>(0);
            crew(|c| {
                let (of_1, of_2) = (&r1, &r2);
                c.spawn(move || of_1.recv().unwrap());
                c.spawn(move || {
                    select! {
                        recv(of_1) -> value => panic!("{value:?}: the first in line gets it"),
                        recv(of_2) -> value => value.unwrap(),
                    };
                    s4.send(true).unwrap();
                });
                let of_3 = &r3;
                let third = c.spawn(move || {
                    // Behind both of the others, if these have come.
                    select! {
                        recv(of_1) -> value => value.is_ok(),
                        recv(of_3) -> value => value.is_err(),
                    }
                });
                lull();
                s2.send(true).unwrap();
                r4.recv().unwrap();
                // Only now: whoever of the two is first gets one, and so does the other.
                s1.send(true).unwrap();
                s1.send(true).unwrap();
                assert!(third.join());
                drop(s3);
            });
        }
    });
}

fn recv1(r: &Receiver<i32>) {
    assert_eq!(r.recv(), Ok(1));
}

fn recv2(r: &Receiver<i32>) {
    select! { recv(r) -> value => assert_eq!(value, Ok(1)) }
}

fn recv3(r: &Receiver<i32>) {
    let silent = never::<i32>();
    select! {
        recv(r) -> value => assert_eq!(value, Ok(1)),
        recv(silent) -> _ => unreachable!(),
    }
}

fn send1(s: &Sender<i32>) {
    s.send(1).unwrap();
}

fn send2(s: &Sender<i32>) {
    select! { send(s, 1) -> sent => sent.unwrap() }
}

fn send3(s: &Sender<i32>) {
    let (nobodys, _open) = bounded(0);
    select! {
        send(s, 1) -> sent => sent.unwrap(),
        send(nobodys, 2) -> _ => unreachable!(),
    }
}

/// Every way to send meets every way to receive, whichever comes first.
#[test]
fn select7() {
    both_ways(|| {
        for receive in [recv1, recv2, recv3] {
            for send in [send1, send2, send3] {
                for sender_first in [false, true] {
                    let (s, r) = bounded(0);
                    crew(|c| {
                        if sender_first {
                            c.spawn(|| send(&s));
                            lull();
                            receive(&r);
                        } else {
                            c.spawn(|| receive(&r));
                            lull();
                            send(&s);
                        }
                    });
                }
            }
        }
    });
}

/// A select over four sends does one of them, not two.
#[test]
fn doubleselect() {
    const ROUNDS: u32 = 2_000;
    both_ways(|| {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..4).map(|_| bounded(0)).unzip();
        let (all, of_all) = bounded(0);
        crew(|c| {
            c.spawn(move || {
                for i in 0..ROUNDS {
                    select! {
                        send(senders[0], i) -> sent => sent.unwrap(),
                        send(senders[1], i) -> sent => sent.unwrap(),
                        send(senders[2], i) -> sent => sent.unwrap(),
                        send(senders[3], i) -> sent => sent.unwrap(),
                    }
                }
            });
            for receiver in receivers {
                let all = all.clone();
                c.spawn(move || receiver.iter().for_each(|i| all.send(i).unwrap()));
            }
            drop(all);
            let mut seen = HashSet::new();
            assert!(of_all.iter().all(|i| seen.insert(i)), "a duplicate");
            assert_eq!(seen.len(), ROUNDS as usize);
        });
    });
}
