//! What a select chooses, and what it leaves as it was.

use crate::world::everywhere;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use teem::chan::{Receiver, RecvError, SendError, TryRecvError, bounded, never, unbounded};
use teem::select;
use teem::task::yield_now;
use teem::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(2);

/// crossbeam `smoke1`, `smoke2`.
#[test]
fn the_one_channel_with_a_value_is_chosen() {
    everywhere(|_| {
        let channels: Vec<_> = (0..5).map(|_| unbounded::<usize>()).collect();
        let r: Vec<&Receiver<usize>> = channels.iter().map(|(_, r)| r).collect();
        for (n, (sender, _)) in channels.iter().enumerate() {
            sender.send(n).unwrap();
            let got = select! {
                recv(r[0]) -> v => (0, v),
                recv(r[1]) -> v => (1, v),
                recv(r[2]) -> v => (2, v),
                recv(r[3]) -> v => (3, v),
                recv(r[4]) -> v => (4, v),
            };
            assert_eq!(got, (n, Ok(n)));
        }
    });
}

/// crossbeam `disconnected`, `default_when_disconnected`.
#[test]
fn a_closed_channel_is_ready() {
    everywhere(|world| {
        let (s1, r1) = unbounded::<i32>();
        let (_s2, r2) = bounded::<i32>(0);
        drop(s1);
        for _ in 0..3 {
            select! {
                recv(r1) -> v => assert_eq!(v, Err(RecvError::Closed)),
                recv(r2) -> _ => unreachable!(),
                default(LONG) => unreachable!(),
            }
            select! {
                recv(r1) -> v => assert_eq!(v, Err(RecvError::Closed)),
                default => unreachable!(),
            }
        }
        // One that is closed meanwhile, for a receiver and for a sender.
        for capacity in [0, 1] {
            let (s, r) = bounded::<i32>(capacity);
            world.both(
                || drop(s),
                || {
                    select! {
                        recv(r) -> v => assert_eq!(v, Err(RecvError::Closed)),
                        recv(r2) -> _ => unreachable!(),
                    }
                },
            );
            let (s, r) = bounded::<i32>(capacity);
            (0..capacity).for_each(|_| s.send(0).unwrap());
            world.both(
                || drop(r),
                || {
                    select! {
                        send(s, 7) -> sent => assert_eq!(sent, Err(SendError::Closed(7))),
                        recv(r2) -> _ => unreachable!(),
                    }
                },
            );
        }
    });
}

/// crossbeam `default`, `timeout`.
#[test]
fn a_default_is_taken_when_nothing_is_ready_and_not_before_its_time() {
    everywhere(|_| {
        let (s, r) = bounded::<i32>(0);
        select! {
            recv(r) -> _ => unreachable!(),
            send(s, 1) -> _ => unreachable!(),
            default => {}
        }
        let begin = Instant::now();
        select! {
            recv(r) -> _ => unreachable!(),
            send(s, 1) -> _ => unreachable!(),
            default(SHORT) => {}
        }
        assert!(begin.elapsed() >= SHORT);
        // It has left nothing behind.
        assert!(s.try_send(2).is_err());
        assert_eq!(r.try_recv(), Err(TryRecvError::Empty));
    });
}

/// crossbeam `unblocks`, Go `select2`.
#[test]
fn whoever_waits_is_found_by_the_other_side() {
    everywhere(|world| {
        for capacity in [0, 1] {
            let (s1, r1) = bounded::<i32>(capacity);
            let (_s2, r2) = bounded::<i32>(0);
            world.both(
                || s1.send(2).unwrap(),
                || {
                    select! {
                        recv(r1) -> v => assert_eq!(v, Ok(2)),
                        recv(r2) -> _ => unreachable!(),
                        default(LONG) => unreachable!(),
                    }
                },
            );
            (0..capacity).for_each(|_| s1.send(3).unwrap());
            world.both(
                || (0..=capacity).for_each(|_| assert!(r1.recv().is_ok())),
                || {
                    select! {
                        send(s1, 4) -> sent => sent.unwrap(),
                        recv(r2) -> _ => unreachable!(),
                        default(LONG) => unreachable!(),
                    }
                },
            );
        }
    });
}

/// crossbeam `both_ready`.
#[test]
fn of_two_that_are_ready_one_is_done_and_the_other_is_not() {
    everywhere(|world| {
        let (s1, r1) = bounded::<i32>(0);
        let (s2, r2) = bounded::<i32>(0);
        world.both(
            || {
                r2.recv().unwrap();
                s1.send(1).unwrap();
            },
            || {
                let mut done = [0, 0];
                while done != [1, 1] {
                    select! {
                        recv(r1) -> v => { assert_eq!(v, Ok(1)); done[0] += 1 }
                        send(s2, 2) -> sent => { sent.unwrap(); done[1] += 1 }
                    }
                }
            },
        );
    });
}

/// crossbeam `loop_try`: a select that waits to send, and one that polls. Each must see the other.
#[test]
fn a_parked_select_is_seen_by_one_that_polls() {
    everywhere(|world| {
        for round in 0..20 {
            let (s1, r1) = bounded::<i32>(0);
            let (s2, r2) = bounded::<i32>(0);
            let (end, ended) = bounded::<()>(0);
            let ended = &ended;
            let (r1, r2, s1, s2) = (&r1, &r2, &s1, &s2);
            world.all(vec![
                Box::new(move || {
                    loop {
                        select! {
                            send(s1, 1) -> sent => break sent.unwrap(),
                            default => {}
                        }
                        select! {
                            recv(ended) -> _ => break,
                            default => {}
                        }
                    }
                }),
                Box::new(move || {
                    loop {
                        if let Ok(v) = r2.try_recv() {
                            break assert_eq!(v, 2);
                        }
                        select! {
                            recv(ended) -> _ => break,
                            default => {}
                        }
                    }
                }),
                Box::new(move || {
                    select! {
                        recv(r1) -> v => assert_eq!(v, Ok(1)),
                        send(s2, 2) -> sent => sent.unwrap(),
                        default(LONG) => unreachable!("round {round}"),
                    }
                    drop(end);
                }),
            ]);
        }
    });
}

/// crossbeam `cloning1`, `cloning2`.
#[test]
fn clones_that_come_and_go_close_nothing() {
    everywhere(|world| {
        let (s1, r1) = unbounded::<i32>();
        let (_s2, r2) = unbounded::<i32>();
        let (s3, r3) = unbounded::<()>();
        let turn = bounded::<()>(0);
        world.both(
            || {
                r3.recv().unwrap();
                drop(s1.clone());
                assert_eq!(r3.try_recv(), Err(TryRecvError::Empty));
                s1.send(1).unwrap();
                turn.1.recv().unwrap();
            },
            || {
                s3.send(()).unwrap();
                select! {
                    recv(r1) -> v => assert_eq!(v, Ok(1)),
                    recv(r2) -> _ => unreachable!(),
                }
                turn.0.send(()).unwrap();
            },
        );
    });
}

/// crossbeam `preflight1` to `preflight3`.
#[test]
fn what_was_there_before_the_select_is_found() {
    everywhere(|_| {
        let (s, r) = unbounded();
        s.send(()).unwrap();
        select! { recv(r) -> v => assert_eq!(v, Ok(())) }
        s.send(()).unwrap();
        drop(s);
        select! { recv(r) -> v => assert_eq!(v, Ok(())) }
        select! { recv(r) -> v => assert_eq!(v, Err(RecvError::Closed)) }
    });
}

/// crossbeam `duplicate_cases`, Go `TestSelectDuplicateChannel`.
#[test]
fn one_channel_in_several_arms_serves_all_of_them() {
    everywhere(|world| {
        let (s, r) = unbounded::<i32>();
        let mut hits = [0; 4];
        while hits.contains(&0) {
            s.send(1).unwrap();
            select! {
                recv(r) -> _ => hits[0] += 1,
                recv(r) -> _ => hits[1] += 1,
                send(s, 0) -> _ => hits[2] += 1,
                send(s, 0) -> _ => hits[3] += 1,
            }
        }
        // Parked, and served once for each value.
        let (s, r) = bounded::<usize>(0);
        let count = 200;
        world.both(
            || (0..count).for_each(|n| s.send(n).unwrap()),
            || {
                for n in 0..count {
                    let got = select! {
                        recv(r) -> v => v,
                        recv(r) -> v => v,
                        recv(r) -> v => v,
                    };
                    assert_eq!(got, Ok(n));
                }
            },
        );
    });
}

/// Go `select5` and `TestSelfSelect`, crossbeam `send_recv_same_channel`.
#[test]
fn a_select_does_not_send_to_itself() {
    everywhere(|world| {
        let (s, r) = bounded::<i32>(0);
        select! {
            send(s, 1) -> _ => unreachable!("to whom?"),
            recv(r) -> _ => unreachable!("from whom?"),
            default(SHORT) => {}
        }
        let (s, r) = unbounded::<i32>();
        select! {
            send(s, 1) -> sent => sent.unwrap(),
            recv(r) -> _ => unreachable!("from whom?"),
        }
        // But two who both do both find each other, always.
        for capacity in [0, 1, 10] {
            let (s, r) = bounded::<usize>(capacity);
            let (rounds, sent, received) = (200, AtomicUsize::new(0), AtomicUsize::new(0));
            let party = |me: usize| {
                let (s, r, sent, received) = (&s, &r, &sent, &received);
                move || {
                    for n in 0..rounds {
                        if me == 0 || n % 2 == 0 {
                            select! {
                                send(s, me) -> v => { v.unwrap(); sent.fetch_add(1, Ordering::Relaxed); }
                                recv(r) -> v => {
                                    assert!(capacity > 0 || v.unwrap() != me, "to itself");
                                    received.fetch_add(1, Ordering::Relaxed);
                                }
                            }
                        } else {
                            select! {
                                recv(r) -> v => {
                                    assert!(capacity > 0 || v.unwrap() != me, "to itself");
                                    received.fetch_add(1, Ordering::Relaxed);
                                }
                                send(s, me) -> v => { v.unwrap(); sent.fetch_add(1, Ordering::Relaxed); }
                            }
                        }
                    }
                }
            };
            world.both(party(0), party(1));
            let left = sent.into_inner() - received.into_inner();
            assert!(left <= capacity && left == r.len());
        }
    });
}

/// crossbeam `channel_through_channel`.
#[test]
fn channels_go_through_channels() {
    struct Link(Option<Receiver<Link>>);
    everywhere(|world| {
        for capacity in 0..3 {
            let count = 100;
            let (s, r) = bounded::<Link>(capacity);
            world.both(
                move || {
                    let mut s = s;
                    for _ in 0..count {
                        let (next, new_r) = bounded(capacity);
                        select! { send(s, Link(Some(new_r))) -> sent => assert!(sent.is_ok()) }
                        s = next;
                    }
                },
                move || {
                    let mut r = r;
                    for _ in 0..count {
                        r = select! { recv(r) -> link => link.unwrap().0.unwrap() };
                    }
                },
            );
        }
    });
}

/// crossbeam `linearizable_try`, `linearizable_timeout`, Go `TestNonblockSelectRace`: of two that
/// put one in and take one out, none finds nothing.
#[test]
fn a_value_that_is_there_is_found_by_somebody_who_polls() {
    everywhere(|world| {
        let (s1, r1) = bounded::<i32>(1);
        let (_s2, r2) = bounded::<i32>(0);
        let party = |waits: bool| {
            let (s1, r1, r2) = (&s1, &r1, &r2);
            move || {
                for _ in 0..500 {
                    s1.send(0).unwrap();
                    if waits {
                        select! {
                            recv(r1) -> _ => {}
                            recv(r2) -> _ => unreachable!(),
                            default(Duration::ZERO) => unreachable!(),
                        }
                    } else {
                        select! {
                            recv(r1) -> _ => {}
                            recv(r2) -> _ => unreachable!(),
                            default => unreachable!(),
                        }
                    }
                }
            }
        };
        world.both(party(false), party(true));
    });
}

/// Go `TestNonblockSelectRace2`.
#[test]
fn a_channel_that_was_closed_is_never_taken_for_an_empty_one() {
    everywhere(|world| {
        for _ in 0..300 {
            let (s1, r1) = bounded::<i32>(1);
            let (s2, r2) = bounded::<i32>(1);
            s1.send(1).unwrap();
            world.both(
                move || {
                    select! {
                        recv(r1) -> _ => {}
                        recv(r2) -> _ => {}
                        default => unreachable!("one of them always is ready"),
                    }
                },
                move || {
                    s2.close();
                    drop(s1);
                },
            );
        }
    });
}

/// crossbeam `fairness1`, `fairness2`, Go `TestSelectFairness`.
#[test]
fn all_that_are_ready_are_chosen_about_as_often() {
    everywhere(|_| {
        let count = 4000;
        let (s1, r1) = unbounded::<()>();
        let (s2, r2) = unbounded::<()>();
        let (idle, closed) = (never::<()>(), unbounded::<()>().1);
        for _ in 0..count {
            s1.send(()).unwrap();
            s2.send(()).unwrap();
        }
        let mut hits = [0; 5];
        for _ in 0..count {
            select! {
                recv(r1) -> _ => hits[0] += 1,
                recv(r2) -> _ => hits[1] += 1,
                recv(closed) -> _ => hits[2] += 1,
                recv(teem::chan::after(Duration::ZERO)) -> _ => hits[3] += 1,
                recv(teem::chan::tick(Duration::ZERO)) -> _ => hits[4] += 1,
            }
        }
        assert!(hits.iter().all(|n| *n >= count / 5 / 2), "{hits:?}");
        // Two of which are ready do not profit from idle ones in front of them.
        let mut hits = [0; 2];
        for _ in 0..count / 2 {
            select! {
                recv(r1) -> _ => hits[0] += 1,
                recv(idle) -> _ => unreachable!(),
                recv(idle) -> _ => unreachable!(),
                recv(idle) -> _ => unreachable!(),
                recv(r2) -> _ => hits[1] += 1,
            }
        }
        assert!(hits.iter().all(|n| *n >= count / 2 / 3), "{hits:?}");
    });
}

#[test]
fn biased_takes_the_first_that_is_ready() {
    everywhere(|_| {
        let (s1, r1) = unbounded::<()>();
        let (s2, r2) = unbounded::<()>();
        for _ in 0..100 {
            s1.send(()).unwrap();
            s2.send(()).unwrap();
            let first = select! {
                biased;
                recv(never::<()>()) -> _ => 0,
                recv(r2) -> _ => 2,
                recv(r1) -> _ => 1,
            };
            assert_eq!(first, 2);
        }
        assert_eq!((r1.len(), r2.len()), (100, 0));
    });
}

/// crossbeam `matching`: everybody sends to everybody else, and nobody is left over.
#[test]
fn parties_pair_up() {
    everywhere(|world| {
        let count: usize = 24;
        let (s, r) = &bounded::<usize>(0);
        let jobs = (0..count).map(|n| -> crate::world::Job<'_> {
            Box::new(move || {
                select! {
                    recv(r) -> v => assert_ne!(v.unwrap(), n),
                    send(s, n) -> sent => sent.unwrap(),
                }
            })
        });
        world.all(jobs.collect());
        assert_eq!(r.try_recv(), Err(TryRecvError::Empty));
    });
}

/// crossbeam `matching_with_leftover`.
#[test]
fn one_party_too_many_is_served_later() {
    everywhere(|world| {
        let count: usize = 25;
        let (s, r) = &bounded::<usize>(0);
        let jobs = (0..count).map(|n| -> crate::world::Job<'_> {
            Box::new(move || {
                select! {
                    recv(r) -> v => assert_ne!(v.unwrap(), n),
                    send(s, n) -> sent => sent.unwrap(),
                }
            })
        });
        let last: crate::world::Job<'_> = Box::new(move || s.send(count).unwrap());
        world.all(jobs.chain([last]).collect());
        assert_eq!(r.try_recv(), Err(TryRecvError::Empty));
    });
}

/// Go `doubleselect`: a value that came through one arm does not come through another.
#[test]
fn a_value_is_received_once_by_selects_with_the_same_channel_twice() {
    everywhere(|world| {
        let count = 500;
        let channels: Vec<_> = (0..4).map(|_| bounded::<usize>(0)).collect();
        let (sum, out) = unbounded::<usize>();
        let senders: Vec<_> = channels.iter().map(|(s, _)| s.clone()).collect();
        let forward = |r: Receiver<usize>, sum: teem::chan::Sender<usize>| {
            move || r.iter().for_each(|n| sum.send(n).unwrap())
        };
        let mut jobs: Vec<crate::world::Job<'_>> = Vec::new();
        for (_, r) in channels {
            jobs.push(Box::new(forward(r, sum.clone())));
        }
        drop(sum);
        jobs.push(Box::new(move || {
            for n in 0..count {
                select! {
                    send(senders[0], n) -> sent => sent.unwrap(),
                    send(senders[1], n) -> sent => sent.unwrap(),
                    send(senders[2], n) -> sent => sent.unwrap(),
                    send(senders[3], n) -> sent => sent.unwrap(),
                }
            }
        }));
        world.all(jobs);
        let mut got: Vec<_> = out.iter().collect();
        got.sort_unstable();
        assert!(got.into_iter().eq(0..count));
    });
}

/// Go `TestSelectStackAdjust`; here: who waits long is found where it is.
#[test]
fn a_select_that_waited_long_is_found() {
    everywhere(|world| {
        let (s, r) = bounded::<Box<i32>>(0);
        let idle = never::<Box<i32>>();
        let waits = AtomicBool::new(false);
        world.both(
            || {
                waits.store(true, Ordering::Release);
                select! {
                    recv(r) -> v => assert_eq!(*v.unwrap(), 10),
                    recv(idle) -> _ => unreachable!(),
                }
            },
            || {
                while !waits.load(Ordering::Acquire) {
                    yield_now();
                }
                (0..1000).for_each(|_| yield_now());
                s.send(Box::new(10)).unwrap();
            },
        );
    });
}

#[test]
fn a_select_that_could_wait_panics_where_nobody_may_and_leaves_nothing() {
    {
        teem::run(|| {
            let (s, r) = bounded::<i32>(0);
            let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                teem::task::forbid_park(|| select! { recv(r) -> _ => (), send(s, 1) -> _ => () });
            }));
            assert!(panicked.is_err());
            assert!(s.try_send(1).is_err() && r.try_recv().is_err());
            teem::task::forbid_park(|| select! { recv(r) -> _ => (), default => () });
        });
    }
}
