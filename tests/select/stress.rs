//! Everybody at once. Every value that is sent is received once, and in order for each sender.

use crate::random::Random;
use crate::world::{Job, everywhere};
use std::sync::atomic::{AtomicUsize, Ordering};
use teem::chan::{Receiver, Sender, bounded, unbounded};
use teem::select;
use teem::task::yield_now;
use teem::time::Duration;

/// crossbeam `stress_mixed`: two select over the same pair of channels, both ways.
#[test]
fn two_that_select_over_the_same_pair_both_ways_neither_deadlock_nor_lose() {
    everywhere(|world| {
        for capacity in [0, 1] {
            let (s1, r1) = bounded::<i32>(capacity);
            let (s2, r2) = bounded::<i32>(capacity);
            let (count, sent, got) = (2_000, AtomicUsize::new(0), AtomicUsize::new(0));
            let party = |s: Sender<i32>, r: Receiver<i32>| {
                let (sent, got) = (&sent, &got);
                move || {
                    for n in 0..count {
                        select! {
                            send(s, n) -> result => {
                                result.unwrap();
                                sent.fetch_add(1, Ordering::Relaxed);
                            }
                            recv(r) -> value => {
                                value.unwrap();
                                got.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                    }
                }
            };
            let (left1, left2) = (r1.clone(), r2.clone());
            world.both(party(s1, r2), party(s2, r1));
            let left = left1.len() + left2.len();
            assert_eq!(sent.into_inner(), got.into_inner() + left);
        }
    });
}

/// crossbeam `stress_mixed` as it is there: one side knows which way, the other does not.
#[test]
fn a_select_follows_a_partner_that_alternates() {
    everywhere(|world| {
        let count = 1_000;
        let (s1, r1) = bounded::<i32>(0);
        let (s2, r2) = bounded::<i32>(0);
        let (s3, r3) = bounded::<i32>(100);
        world.both(
            || {
                for n in 0..count {
                    s1.send(n).unwrap();
                    assert_eq!(r2.recv(), Ok(n));
                    r3.recv().unwrap();
                }
            },
            || {
                for n in 0..count {
                    for _ in 0..2 {
                        select! {
                            recv(r1) -> value => assert_eq!(value, Ok(n)),
                            send(s2, n) -> sent => sent.unwrap(),
                        }
                    }
                    s3.send(n).unwrap();
                }
            },
        );
    });
}

/// crossbeam `stress_timeout_two_threads`.
#[test]
fn values_in_a_race_with_timeouts_are_not_lost() {
    everywhere(|world| {
        let count = 300;
        let (s, r) = bounded::<usize>(0);
        let tiny = Duration::from_micros(20);
        world.both(
            || {
                for n in 0..count {
                    loop {
                        select! {
                            send(s, n) -> sent => break sent.unwrap(),
                            default(tiny) => {}
                        }
                    }
                }
            },
            || {
                for n in 0..count {
                    loop {
                        select! {
                            recv(r) -> value => break assert_eq!(value, Ok(n)),
                            default(tiny) => {}
                        }
                    }
                }
            },
        );
    });
}

/// crossbeam `mpmc`, with selects on both sides and channels of every kind.
#[test]
fn many_send_to_many_over_several_channels() {
    let random = std::sync::Mutex::new(Random::new());
    everywhere(|world| {
        let (parties, count) = (4, 400);
        let channels = [bounded(0), bounded(1), bounded(7), unbounded()];
        let seen: Vec<_> = (0..parties * count).map(|_| AtomicUsize::new(0)).collect();
        let senders: Vec<_> = channels.iter().map(|(s, _)| s.clone()).collect();
        let receivers: Vec<_> = channels.into_iter().map(|(_, r)| r).collect();
        let mut jobs: Vec<Job<'_>> = Vec::new();
        for party in 0..parties {
            let (s, mut random) = (senders.clone(), random.lock().unwrap().split());
            jobs.push(Box::new(move || {
                for n in 0..count {
                    let value = (party, n);
                    let tiny = Duration::from_micros(random.below(30));
                    match random.below(4) {
                        0 => select! {
                            send(s[0], value) -> sent => sent.unwrap(),
                            send(s[1], value) -> sent => sent.unwrap(),
                        },
                        1 => select! {
                            send(s[2], value) -> sent => sent.unwrap(),
                            send(s[1], value) -> sent => sent.unwrap(),
                            default => s[3].send(value).unwrap(),
                        },
                        2 => select! {
                            send(s[0], { yield_now(); value }) -> sent => sent.unwrap(),
                            default(tiny) => s[2].send(value).unwrap(),
                        },
                        _ => s[0].send(value).unwrap(),
                    }
                }
            }));
        }
        drop(senders);
        for party in 0..parties {
            let (mut r, seen) = (receivers.clone(), &seen);
            let mut random = random.lock().unwrap().split();
            jobs.push(Box::new(move || {
                while !r.is_empty() {
                    let (a, b) = (random.below(r.len() as u64), random.below(r.len() as u64));
                    let (a, b) = (a as usize, b as usize);
                    let tiny = Duration::from_micros(random.below(30));
                    let got = select! {
                        recv(r[a]) -> value => Some((a, value)),
                        recv(r[b]) -> value => Some((b, value)),
                        default(tiny) => None,
                    };
                    match got {
                        Some((_, Ok((sender, n)))) => {
                            seen[sender * count + n].fetch_add(1, Ordering::Relaxed);
                        }
                        Some((closed, Err(_))) => drop(r.remove(closed)),
                        None => {}
                    }
                }
                let _ = party;
            }));
        }
        drop(receivers);
        world.all(jobs);
        assert!(seen.into_iter().all(|n| n.into_inner() == 1));
    });
}

/// In order, for one sender and one receiver that select among other things.
#[test]
fn values_of_one_sender_keep_their_order() {
    everywhere(|world| {
        for channel in [bounded(0), bounded(1), bounded(3), unbounded()] {
            let count = 500;
            let (s, r) = channel;
            let (idle_s, idle_r) = bounded::<i32>(0);
            world.both(
                || {
                    for n in 0..count {
                        select! {
                            send(s, n) -> sent => sent.unwrap(),
                            recv(idle_r) -> _ => unreachable!(),
                        }
                    }
                },
                || {
                    for n in 0..count {
                        select! {
                            recv(r) -> value => assert_eq!(value, Ok(n)),
                            recv(idle_r) -> _ => unreachable!(),
                        }
                    }
                },
            );
            drop(idle_s);
        }
    });
}
