//! crossbeam's `after`, `tick` and `never`, each in a module of its own.
//!
//! What they check of times is that nothing comes early; how late it comes is the machine's affair.
//! Left out: the `ready` of each, see `tests/crossbeam.rs`; `recv`, `stress_default`, `fairness` and
//! `fairness_duplicates` of `tick`, which are `fire` and what `after` has, a tick being an `after` that is set
//! again; `capacity` and `len_empty_full` of `never` are one.

use crate::common::ms;
use crate::crew::{both_ways, crew};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use teem::chan::{Receiver, RecvTimeoutError, Select, TryRecvError, after, never, tick, unbounded};
use teem::select;

const LONG: std::time::Duration = ms(60_000);

/// Waits until there is something, without taking it.
fn until_full(clock: &Receiver<Instant>) {
    while clock.is_empty() {
        teem::task::yield_now();
    }
}

/// `total` values come out of clocks, whoever waits for them: the helpers of each case share it.
fn hits(total: usize, receive: impl Fn() -> usize + Sync) {
    let count = AtomicUsize::new(0);
    crew(|c| {
        for _ in 0..4 {
            c.spawn(|| {
                while count.load(Ordering::SeqCst) < total {
                    count.fetch_add(receive(), Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(count.into_inner(), total);
}

mod after_suite {
    use super::*;

    #[test]
    fn fire() {
        both_ways(|| {
            let begin = Instant::now();
            assert_eq!(after(LONG).try_recv(), Err(TryRecvError::Empty));
            let clock = after(ms(5));
            let fired = clock.recv().unwrap();
            assert!(fired >= begin + ms(5) && Instant::now() >= fired);
            assert_eq!(clock.try_recv(), Err(TryRecvError::Empty));
            select! {
                recv(clock) -> _ => panic!("twice"),
                default => {}
            }
            select! { recv(after(ms(1))) -> fired => assert!(fired.is_ok()) }
        });
    }

    #[test]
    fn capacity() {
        for n in 0..10 {
            assert_eq!(after(ms(n)).capacity(), Some(1));
        }
    }

    #[test]
    fn len_empty_full() {
        both_ways(|| {
            let clock = after(LONG);
            assert_eq!(
                (clock.len(), clock.is_empty(), clock.is_full()),
                (0, true, false)
            );
            let clock = after(ms(1));
            until_full(&clock);
            assert_eq!(
                (clock.len(), clock.is_empty(), clock.is_full()),
                (1, false, true)
            );
            clock.try_recv().unwrap();
            assert_eq!(
                (clock.len(), clock.is_empty(), clock.is_full()),
                (0, true, false)
            );
        });
    }

    #[test]
    fn try_recv() {
        both_ways(|| {
            assert_eq!(after(LONG).try_recv(), Err(TryRecvError::Empty));
            let clock = after(ms(1));
            until_full(&clock);
            assert!(clock.try_recv().is_ok());
            assert_eq!(clock.try_recv(), Err(TryRecvError::Empty));
        });
    }

    #[test]
    fn recv() {
        both_ways(|| {
            let begin = Instant::now();
            let clock = after(ms(3));
            assert!(clock.recv().unwrap() >= begin + ms(3));
            assert_eq!(clock.try_recv(), Err(TryRecvError::Empty));
        });
    }

    #[test]
    fn recv_timeout() {
        both_ways(|| {
            let begin = Instant::now();
            let late = after(LONG).recv_timeout(ms(3));
            assert_eq!(late, Err(RecvTimeoutError::Timeout));
            assert!(begin.elapsed() >= ms(3));
            let begin = Instant::now();
            let clock = after(ms(3));
            assert!(clock.recv_timeout(LONG).unwrap() >= begin + ms(3));
            assert_eq!(clock.recv_timeout(ms(1)), Err(RecvTimeoutError::Timeout));
        });
    }

    #[test]
    fn recv_two() {
        both_ways(|| {
            let (one, other) = (after(ms(2)), after(ms(2)));
            crew(|c| {
                for _ in 0..2 {
                    c.spawn(|| {
                        select! {
                            recv(one) -> fired => assert!(fired.is_ok()),
                            recv(other) -> fired => assert!(fired.is_ok()),
                        }
                    });
                }
            });
        });
    }

    #[test]
    fn recv_race() {
        both_ways(|| {
            select! {
                recv(after(ms(1))) -> fired => assert!(fired.is_ok()),
                recv(after(LONG)) -> _ => panic!("too early"),
            }
        });
    }

    #[test]
    fn stress_default() {
        both_ways(|| {
            for _ in 0..10 {
                select! {
                    recv(after(ms(0))) -> fired => assert!(fired.is_ok()),
                    default => panic!("it is due"),
                }
                select! {
                    recv(after(LONG)) -> _ => panic!("too early"),
                    default => {}
                }
            }
        });
    }

    /// Each of many clocks fires once, though several selects wait for all of them.
    #[test]
    fn select() {
        both_ways(|| {
            let clocks: Vec<_> = (0..40).map(|n| after(ms(n / 4))).collect();
            hits(clocks.len(), || {
                let limit = after(ms(20));
                let mut select = Select::new();
                for clock in &clocks {
                    select.recv(clock);
                }
                select.recv(&limit);
                let chosen = select.select();
                match clocks.get(chosen.index()) {
                    Some(clock) => {
                        assert!(chosen.recv(clock).is_ok());
                        1
                    }
                    None => {
                        assert!(chosen.recv(&limit).is_ok());
                        0
                    }
                }
            });
        });
    }

    #[test]
    fn stress_clone() {
        both_ways(|| {
            for n in 0..10 {
                let clock = after(ms(n / 4));
                crew(|c| {
                    for _ in 0..4 {
                        c.spawn(|| {
                            let clock = clock.clone();
                            let _ = clock.try_recv();
                            for _ in 0..20 {
                                drop(clock.clone());
                                teem::task::yield_now();
                            }
                        });
                    }
                });
            }
        });
    }

    #[test]
    fn fairness() {
        both_ways(|| {
            for (wait, count) in [(0, 300), (1, 40)] {
                let mut hits = [0; 2];
                for _ in 0..count {
                    let (one, other) = (after(ms(wait)), after(ms(wait)));
                    select! {
                        recv(one) -> _ => hits[0] += 1,
                        recv(other) -> _ => hits[1] += 1,
                    }
                }
                // Of two that are set one after the other, the first is due first.
                let least = if wait == 0 { count / 4 } else { 0 };
                assert!(hits.iter().all(|hits| *hits >= least), "{hits:?}");
            }
        });
    }

    #[test]
    fn fairness_duplicates() {
        both_ways(|| {
            for (wait, count) in [(0, 500), (1, 100)] {
                let mut hits = [0; 3];
                for _ in 0..count {
                    let clock = after(ms(wait));
                    select! {
                        recv(clock) -> _ => hits[0] += 1,
                        recv(clock) -> _ => hits[1] += 1,
                        recv(clock) -> _ => hits[2] += 1,
                    }
                }
                assert!(hits.iter().all(|hits| *hits >= count / 10), "{hits:?}");
            }
        });
    }
}

mod tick_suite {
    use super::*;

    #[test]
    fn fire() {
        both_ways(|| {
            let begin = Instant::now();
            assert_eq!(tick(LONG).try_recv(), Err(TryRecvError::Empty));
            let clock = tick(ms(2));
            for n in 1..4 {
                assert!(clock.recv().unwrap() >= begin + n * ms(2));
            }
        });
    }

    /// Not one tick is kept for later but the last: who comes late finds one, not many.
    #[test]
    fn intervals() {
        both_ways(|| {
            let begin = Instant::now();
            let clock = tick(ms(3));
            let first = clock.recv().unwrap();
            assert!(first >= begin + ms(3));
            teem::time::sleep(ms(10));
            assert!(clock.try_recv().is_ok());
            let next = clock.recv().unwrap();
            assert!(next >= begin + ms(12), "{:?}", next - begin);
        });
    }

    #[test]
    fn capacity() {
        for n in 0..10 {
            assert_eq!(tick(ms(n)).capacity(), Some(1));
        }
    }

    #[test]
    fn len_empty_full() {
        both_ways(|| {
            let clock = tick(LONG);
            assert_eq!(
                (clock.len(), clock.is_empty(), clock.is_full()),
                (0, true, false)
            );
            let clock = tick(ms(1));
            until_full(&clock);
            assert_eq!(
                (clock.len(), clock.is_empty(), clock.is_full()),
                (1, false, true)
            );
            clock.try_recv().unwrap();
        });
    }

    #[test]
    fn try_recv() {
        both_ways(|| {
            let clock = tick(LONG);
            assert_eq!(clock.try_recv(), Err(TryRecvError::Empty));
            let clock = tick(ms(1));
            for _ in 0..3 {
                until_full(&clock);
                assert!(clock.try_recv().is_ok());
            }
        });
    }

    #[test]
    fn recv_timeout() {
        both_ways(|| {
            let late = tick(LONG).recv_timeout(ms(2));
            assert_eq!(late, Err(RecvTimeoutError::Timeout));
            let begin = Instant::now();
            let clock = tick(ms(2));
            for n in 1..4 {
                assert!(clock.recv_timeout(LONG).unwrap() >= begin + n * ms(2));
            }
        });
    }

    #[test]
    fn recv_two() {
        both_ways(|| {
            let (one, other) = (tick(ms(1)), tick(ms(1)));
            crew(|c| {
                for _ in 0..2 {
                    c.spawn(|| {
                        for _ in 0..5 {
                            select! {
                                recv(one) -> fired => assert!(fired.is_ok()),
                                recv(other) -> fired => assert!(fired.is_ok()),
                            }
                        }
                    });
                }
            });
        });
    }

    #[test]
    fn recv_race() {
        both_ways(|| {
            select! {
                recv(tick(ms(1))) -> fired => assert!(fired.is_ok()),
                recv(tick(LONG)) -> _ => panic!("too early"),
            }
        });
    }

    #[test]
    fn select() {
        both_ways(|| {
            let (one, other) = (tick(ms(1)), tick(ms(2)));
            // The last may be received by several helpers at about the same time.
            let count = AtomicUsize::new(0);
            crew(|c| {
                for _ in 0..3 {
                    c.spawn(|| {
                        for _ in 0..4 {
                            let mut select = Select::new();
                            select.recv(&one);
                            select.recv(&other);
                            let chosen = select.select();
                            let clock = [&one, &other][chosen.index()];
                            assert!(chosen.recv(clock).is_ok());
                            count.fetch_add(1, Ordering::Relaxed);
                        }
                    });
                }
            });
            assert_eq!(count.into_inner(), 12);
        });
    }
}

mod never_suite {
    use super::*;

    #[test]
    fn smoke() {
        both_ways(|| {
            select! {
                recv(never::<i32>()) -> _ => panic!(),
                default => {}
            }
        });
    }

    #[test]
    fn optional() {
        both_ways(|| {
            let (s, r) = unbounded();
            s.send(1).unwrap();
            for r in [Some(&r), None] {
                select! {
                    recv(r.unwrap_or(&never())) -> value => assert_eq!((value, r.is_some()), (Ok(1), true)),
                    default => assert!(r.is_none()),
                }
            }
        });
    }

    #[test]
    fn tick_n() {
        both_ways(|| {
            let mut clock = tick(ms(1));
            let mut step = 0;
            loop {
                let limit = if step < 10 { LONG } else { ms(5) };
                select! {
                    recv(clock) -> _ => step += 1,
                    default(limit) => break,
                }
                if step == 10 {
                    clock = never();
                }
            }
            assert_eq!(step, 10);
        });
    }

    #[test]
    fn capacity_len_empty_full() {
        let r = never::<i32>();
        assert_eq!((r.capacity(), r.len()), (Some(0), 0));
        assert!(r.is_empty() && r.is_full());
    }

    #[test]
    fn try_recv() {
        both_ways(|| assert_eq!(never::<i32>().try_recv(), Err(TryRecvError::Empty)));
    }

    #[test]
    fn recv_timeout() {
        both_ways(|| {
            let begin = Instant::now();
            let late = never::<i32>().recv_timeout(ms(3));
            assert_eq!(late, Err(RecvTimeoutError::Timeout));
            assert!(begin.elapsed() >= ms(3));
        });
    }
}
