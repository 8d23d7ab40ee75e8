//! `runtime/chan_test.go`.

use crate::crew::{both_ways, crew, lull};
use std::fmt::Display;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use teem::chan::{Receiver, RecvError, TryRecvError, TrySendError, bounded, never};
use teem::select;

#[test]
fn test_chan_empty_and_full_ones_block() {
    both_ways(|| {
        for room in 0..20 {
            let (s, r) = bounded(room);
            let received = AtomicUsize::new(0);
            crew(|c| {
                for _ in 0..2 {
                    c.spawn(|| {
                        assert_eq!(r.recv(), Ok(0));
                        received.fetch_add(1, Ordering::SeqCst);
                    });
                }
                lull();
                assert_eq!(received.load(Ordering::SeqCst), 0, "from an empty one");
                assert!(select! { recv(r) -> _ => false, default => true });
                s.send(0).unwrap();
                s.send(0).unwrap();
            });

            (0..room).for_each(|i| s.send(i).unwrap());
            let sent = AtomicBool::new(false);
            crew(|c| {
                c.spawn(|| {
                    s.send(room).unwrap();
                    sent.store(true, Ordering::SeqCst);
                });
                lull();
                assert!(!sent.load(Ordering::SeqCst), "into a full one");
                assert!(room == 0 || s.try_send(0) == Err(TrySendError::Full(0)));
                (0..=room).for_each(|i| assert_eq!(r.recv(), Ok(i)));
            });
        }
    });
}

#[test]
fn test_chan_close() {
    both_ways(|| {
        for room in 0..20 {
            let (s, r) = bounded(room);
            (0..room).for_each(|i| s.send(i).unwrap());
            assert!(s.close());
            (0..room).for_each(|i| assert_eq!(r.recv(), Ok(i)));
            assert_eq!(r.recv(), Err(RecvError::Closed));
            assert_eq!(r.try_recv(), Err(TryRecvError::Closed));

            let (s, r) = bounded::<i32>(room);
            crew(|c| {
                let waiting = c.spawn(|| r.recv());
                lull();
                s.close();
                assert_eq!(waiting.join(), Err(RecvError::Closed));
            });
        }
    });
}

#[test]
fn test_chan_order_and_number() {
    both_ways(|| {
        for room in [0, 1, 2, 7, 100] {
            let (s, r) = bounded(room);
            crew(|c| {
                c.spawn(|| (0..100).for_each(|i| s.send(i).unwrap()));
                (0..100).for_each(|i| assert_eq!(r.recv(), Ok(i)));
            });

            const EACH: usize = 100;
            let seen: Vec<_> = (0..EACH).map(|_| AtomicUsize::new(0)).collect();
            crew(|c| {
                for _ in 0..4 {
                    c.spawn(|| (0..EACH).for_each(|i| s.send(i).unwrap()));
                    c.spawn(|| {
                        for _ in 0..EACH {
                            seen[r.recv().unwrap()].fetch_add(1, Ordering::Relaxed);
                        }
                    });
                }
            });
            assert!(seen.iter().all(|n| n.load(Ordering::Relaxed) == 4));
            assert_eq!((s.len(), s.capacity()), (0, Some(room)));
        }
    });
}

/// What is ready stays ready while the channel is being closed.
#[test]
fn test_nonblock_recv_race() {
    both_ways(|| {
        for _ in 0..200 {
            let (s, r) = bounded(1);
            s.send(1).unwrap();
            crew(|c| {
                let ready = c.spawn(|| select! { recv(r) -> _ => true, default => false });
                s.close();
                let _ = r.recv();
                assert!(ready.join(), "the channel was not ready");
            });
        }
    });
}

/// One of the two channels has a value at any time: the select finds it.
#[test]
fn test_nonblock_select_race() {
    both_ways(|| {
        for _ in 0..200 {
            let (s1, r1) = bounded(1);
            let (s2, r2) = bounded(1);
            s1.send(1).unwrap();
            crew(|c| {
                let ready = c.spawn(|| {
                    select! {
                        recv(r1) -> _ => true,
                        recv(r2) -> _ => true,
                        default => false,
                    }
                });
                s2.send(1).unwrap();
                select! {
                    recv(r1) -> _ => {}
                    default => {}
                }
                assert!(ready.join(), "neither was ready");
            });
        }
    });
}

/// The same with a channel that is closed.
#[test]
fn test_nonblock_select_race2() {
    both_ways(|| {
        for _ in 0..200 {
            let (s1, r1) = bounded(1);
            let (s2, r2) = bounded::<i32>(0);
            s1.send(1).unwrap();
            crew(|c| {
                let ready = c.spawn(|| {
                    select! {
                        recv(r1) -> _ => true,
                        recv(r2) -> _ => true,
                        default => false,
                    }
                });
                s2.close();
                select! {
                    recv(r1) -> _ => {}
                    default => {}
                }
                assert!(ready.join(), "neither was ready");
            });
        }
    });
}

/// Two that send and receive on one channel never get their own value, and never wait for ever.
#[test]
fn test_self_select() {
    both_ways(|| {
        for room in [0, 10] {
            let (s, r) = bounded(room);
            let check = |me: usize, value: usize| assert!(room > 0 || value != me, "its own value");
            let turn = |me: usize, i: usize| {
                if me == 0 || i.is_multiple_of(2) {
                    select! {
                        send(s, me) -> sent => sent.unwrap(),
                        recv(r) -> value => check(me, value.unwrap()),
                    }
                } else {
                    select! {
                        recv(r) -> value => check(me, value.unwrap()),
                        send(s, me) -> sent => sent.unwrap(),
                    }
                }
            };
            crew(|c| {
                for me in 0..2 {
                    let turn = &turn;
                    c.spawn(move || (0..500).for_each(|i| turn(me, i)));
                }
            });
        }
    });
}

/// Each of four channels has a plain sender and a plain receiver; a select sends to all four, and
/// another receives from all.
#[test]
fn test_select_stress() {
    const N: usize = 300;
    both_ways(|| {
        let ends = [0, 0, 2, 3].map(bounded::<usize>);
        let (nobodys, _open) = bounded::<usize>(0);
        let silent = never::<usize>();
        crew(|c| {
            for (s, r) in &ends {
                c.spawn(|| (0..N).for_each(|i| s.send(i).unwrap()));
                c.spawn(|| (0..N).for_each(|_| assert!(r.recv().is_ok())));
            }
            c.spawn(|| {
                let mut left = [N; 4];
                let of = |left: &[usize; 4], i: usize| match left[i] {
                    0 => &nobodys,
                    _ => &ends[i].0,
                };
                for i in 0..4 * N {
                    let won = select! {
                        send(of(&left, 3), i) -> sent => sent.map(|()| 3),
                        send(of(&left, 2), i) -> sent => sent.map(|()| 2),
                        send(of(&left, 0), i) -> sent => sent.map(|()| 0),
                        send(of(&left, 1), i) -> sent => sent.map(|()| 1),
                    };
                    left[won.unwrap()] -= 1;
                }
            });
            c.spawn(|| {
                let mut left = [N; 4];
                let of = |left: &[usize; 4], i: usize| match left[i] {
                    0 => &silent,
                    _ => &ends[i].1,
                };
                for _ in 0..4 * N {
                    let won = select! {
                        recv(of(&left, 0)) -> value => value.map(|_| 0),
                        recv(of(&left, 1)) -> value => value.map(|_| 1),
                        recv(of(&left, 2)) -> value => value.map(|_| 2),
                        recv(of(&left, 3)) -> value => value.map(|_| 3),
                    };
                    left[won.unwrap()] -= 1;
                }
            });
        });
        assert!(ends.iter().all(|(s, _)| s.is_empty()));
    });
}

/// Two channels that are always ready, before two that never are: each gets its half, to within what
/// happens by chance once in a million runs.
#[test]
fn test_select_fairness() {
    const TRIALS: usize = 2_000;
    both_ways(|| {
        let ready = [1, 2].map(|n| {
            let (s, r) = bounded(TRIALS);
            (0..TRIALS).for_each(|_| s.send(n).unwrap());
            (s, r)
        });
        let silent = [never::<usize>(), never()];
        let mut counts = [0; 3];
        for _ in 0..TRIALS {
            let n = select! {
                recv(silent[0]) -> n => n,
                recv(ready[0].1) -> n => n,
                recv(ready[1].1) -> n => n,
                recv(silent[1]) -> n => n,
            };
            counts[n.unwrap()] += 1;
        }
        let share = counts[1] as f64 / TRIALS as f64;
        let deviation = 4.891_676 / (2.0 * (TRIALS as f64).sqrt());
        assert!((share - 0.5).abs() <= deviation, "{counts:?}");
    });
}

/// Trait objects, sent plainly and by selects.
#[test]
fn test_chan_send_interface() {
    both_ways(|| {
        let (s, r) = bounded::<Box<dyn Display + Send>>(1);
        s.send(Box::new(1)).unwrap();
        assert!(select! { send(s, Box::new(2)) -> _ => false, default => true });
        assert_eq!(r.recv().unwrap().to_string(), "1");
        select! { send(s, Box::new("three")) -> sent => sent.unwrap() }
        assert_eq!(r.recv().unwrap().to_string(), "three");
    });
}

/// A select between two sends on one channel does each of them now and then.
#[test]
fn test_pseudo_random_send() {
    const N: usize = 100;
    both_ways(|| {
        for room in [0, 1, 10, N] {
            let (s, r) = bounded(room);
            crew(|c| {
                let values = c.spawn(move || r.iter().collect::<Vec<usize>>());
                for _ in 0..N {
                    select! {
                        send(s, 0) -> sent => sent.unwrap(),
                        send(s, 1) -> sent => sent.unwrap(),
                    }
                }
                drop(s);
                let ones: usize = values.join().iter().sum();
                assert!((N / 10..=N - N / 10).contains(&ones), "{ones} of {N}");
            });
        }
    });
}

#[test]
fn test_multi_consumer() {
    const WORKERS: usize = 7;
    const VALUES: usize = 2_000;
    both_ways(|| {
        let (queue, work) = bounded(WORKERS * 3);
        let (done, results) = bounded(WORKERS * 3);
        crew(|c| {
            for worker in 0..WORKERS {
                let (work, done) = (work.clone(), done.clone());
                c.spawn(move || {
                    for value in work {
                        // At odds with each other.
                        if value % [2, 3, 5, 7][worker % 4] == 0 {
                            teem::task::yield_now();
                        }
                        done.send(value).unwrap();
                    }
                });
            }
            drop(done);
            c.spawn(move || (0..VALUES).for_each(|i| queue.send(i).unwrap()));
            let (mut count, mut sum) = (0, 0);
            for value in results {
                count += 1;
                sum += value;
            }
            assert_eq!((count, sum), (VALUES, VALUES * (VALUES - 1) / 2));
        });
    });
}

/// A select with one channel in two arms leaves the channel's list, and takes nobody else along.
#[test]
fn test_select_duplicate_channel() {
    both_ways(|| {
        for _ in 0..50 {
            let (s, r) = bounded(0);
            let (wake_s, wake) = bounded(0);
            let (done_s, done) = bounded(0);
            crew(|c| {
                c.spawn(|| {
                    select! {
                        recv(r) -> _ => panic!("sent to nobody"),
                        recv(r) -> _ => panic!("sent to nobody"),
                        recv(wake) -> value => assert_eq!(value, Ok(7)),
                    }
                    done_s.send(9).unwrap();
                });
                lull();
                c.spawn(|| assert_eq!(r.recv(), Ok(8)));
                lull();
                wake_s.send(7).unwrap();
                assert_eq!(done.recv(), Ok(9));
                s.send(8).unwrap();
            });
        }
    });
}

/// Goes down, does `f` there, and finds each frame as it left it.
fn at_depth(depth: usize, f: &dyn Fn()) -> usize {
    let frame = black_box([depth; 16]);
    let below = match depth {
        0 => {
            f();
            0
        }
        _ => at_depth(depth - 1, f),
    };
    assert_eq!(black_box(frame), [depth; 16]);
    below + 1
}

/// `TestShrinkStackDuringBlockedSend`, and what goes for stacks that cannot shrink: they stay as they
/// are while their tasks are parked, at whatever depth, in sends, receives and selects.
#[test]
fn deep_stacks_stay_while_parked() {
    both_ways(|| {
        let (s, r) = bounded(0);
        let (back, of_back) = bounded(0);
        let silent = never::<usize>();
        let echo = |r: &Receiver<usize>| {
            select! {
                recv(r) -> value => back.send(value.unwrap()).unwrap(),
                recv(silent) -> _ => unreachable!(),
            }
        };
        const N: usize = 20;
        crew(|c| {
            for i in 0..N {
                let (s, r, echo) = (&s, &r, &echo);
                let deep = move |f: &dyn Fn()| teem::stack::grow(|| at_depth(i * 40, f));
                c.spawn(move || assert_eq!(deep(&|| s.send(i).unwrap()), i * 40 + 1));
                c.spawn(move || assert_eq!(deep(&|| echo(r)), i * 40 + 1));
            }
            lull();
            let sum: usize = of_back.iter().take(N).sum();
            assert_eq!(sum, N * (N - 1) / 2);
        });
    });
}
