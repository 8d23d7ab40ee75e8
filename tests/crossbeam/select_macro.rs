//! crossbeam's `select_macro`, as far as it is about the macro; what both forms of select have in common is in
//! `select.rs`. The `fairness`, `fairness_duplicates` and `recv_in_send` of the other suites are here, too.
//!
//! Left out: `try_recv`, `recv`, `recv_timeout`, `try_send`, `send`, `send_timeout`, `disconnect_wakes_sender`
//! and `disconnect_wakes_receiver`: a select with one arm. `select.rs` and `tests/cancellation.rs` have
//! each. `once_blocks` and its kin are one test here.

use crate::common::{Endless, Kind, Room, ms};
use crate::crew::{both_ways, crew};
use std::ops::Deref;
use teem::chan::{Receiver, RecvError, SendError, Sender, bounded, never, unbounded};
use teem::select;

const COUNT: usize = 1_000;

fn fair(hits: &[usize]) {
    let least = hits.iter().sum::<usize>() / hits.len() / 2;
    assert!(hits.iter().all(|n| *n >= least), "{hits:?}");
}

/// Both sides select between two channels: whoever looks and whoever waits, each is as good as the
/// other.
fn fairness_of<K: Kind>() {
    let (s1, r1) = K::ends();
    let (s2, r2) = K::ends();
    crew(|c| {
        c.spawn(|| {
            let mut hits = [0; 2];
            for _ in 0..COUNT {
                select! {
                    send(s1, ()) -> _ => hits[0] += 1,
                    send(s2, ()) -> _ => hits[1] += 1,
                }
            }
            fair(&hits);
        });
        let mut hits = [0; 2];
        for _ in 0..COUNT {
            select! {
                recv(r1) -> _ => hits[0] += 1,
                recv(r2) -> _ => hits[1] += 1,
            }
        }
        fair(&hits);
    });
}

#[test]
fn fairness() {
    both_ways(fairness_of::<Room<0>>);
    both_ways(fairness_of::<Room<16>>);
    both_ways(fairness_of::<Endless>);
}

#[test]
fn fairness_recv() {
    both_ways(|| {
        let (s1, r1) = bounded(COUNT);
        let (s2, r2) = unbounded();
        for _ in 0..COUNT {
            s1.send(()).unwrap();
            s2.send(()).unwrap();
        }
        let mut hits = [0; 2];
        for _ in 0..COUNT {
            select! {
                recv(r1) -> _ => hits[0] += 1,
                recv(r2) -> _ => hits[1] += 1,
            }
        }
        fair(&hits);
    });
}

#[test]
fn fairness_send() {
    both_ways(|| {
        let (s1, _r1) = bounded(COUNT);
        let (s2, _r2) = unbounded();
        let mut hits = [0; 2];
        for _ in 0..COUNT {
            select! {
                send(s1, ()) -> _ => hits[0] += 1,
                send(s2, ()) -> _ => hits[1] += 1,
            }
        }
        fair(&hits);
    });
}

fn fairness_duplicates_of<K: Kind>(full: bool) {
    let (s, r) = K::ends();
    crew(|c| {
        c.spawn(move || (0..COUNT).for_each(|_| s.send(()).unwrap()));
        while full && r.len() < COUNT {
            teem::task::yield_now();
        }
        let mut hits = [0; 5];
        for _ in 0..COUNT {
            select! {
                recv(r) -> _ => hits[0] += 1,
                recv(r) -> _ => hits[1] += 1,
                recv(r) -> _ => hits[2] += 1,
                recv(r) -> _ => hits[3] += 1,
                recv(r) -> _ => hits[4] += 1,
            }
        }
        fair(&hits);
    });
}

/// Whether the arms look or wait, each is as good as another.
#[test]
fn fairness_duplicates() {
    both_ways(|| fairness_duplicates_of::<Room<COUNT>>(true));
    both_ways(|| fairness_duplicates_of::<Endless>(true));
    both_ways(|| fairness_duplicates_of::<Room<1>>(false));
    both_ways(|| fairness_duplicates_of::<Room<0>>(false));
}

/// In order of writing, with every kind of default and without.
#[test]
fn unfairness() {
    both_ways(|| {
        let ends = [(); 3].map(|()| unbounded());
        for (s, _) in &ends[..2] {
            (0..300).for_each(|_| s.send(()).unwrap());
        }
        ends[2].0.send(()).unwrap();
        let [(_, r1), (_, r2), (_, r3)] = &ends;
        let mut hits = [0; 3];
        for round in 0..6 {
            for _ in 0..100 {
                match round % 3 {
                    0 => select! {
                        biased;
                        recv(r1) -> _ => hits[0] += 1,
                        recv(r2) -> _ => hits[1] += 1,
                        recv(r3) -> _ => hits[2] += 1,
                    },
                    1 => select! {
                        biased;
                        recv(r1) -> _ => hits[0] += 1,
                        recv(r2) -> _ => hits[1] += 1,
                        recv(r3) -> _ => hits[2] += 1,
                        default(ms(1000)) => unreachable!(),
                    },
                    _ => select! {
                        biased;
                        recv(r1) -> _ => hits[0] += 1,
                        recv(r2) -> _ => hits[1] += 1,
                        recv(r3) -> _ => hits[2] += 1,
                        default => unreachable!(),
                    },
                }
            }
            let second = 100 * (round + 1usize).saturating_sub(3);
            assert_eq!(hits, [100 * (round + 1) - second, second, 0]);
        }
    });
}

#[test]
fn recv_in_send() {
    both_ways(|| {
        // Nobody receives, so nothing is evaluated.
        let evaluated = || -> () { panic!("evaluated") };
        for room in [0, 1] {
            let (s, _r) = bounded(room);
            (0..room).for_each(|_| s.send(()).unwrap());
            select! {
                send(s, evaluated()) -> _ => unreachable!(),
                default => {}
            }
        }
        // Evaluating a value may use the very channel that it is for.
        for (s, r) in [bounded(2), unbounded()] {
            s.send(()).unwrap();
            select! { send(s, assert_eq!(r.recv(), Ok(()))) -> sent => sent.unwrap() }
            assert_eq!(r.len(), 1);
        }
    });
}

#[test]
fn references() {
    let (s, r) = unbounded();
    select! {
        send(s, 0) -> _ => {}
        recv(r) -> _ => {}
    }
    select! {
        send(&&&&s, 0) -> _ => {}
        recv(&&&&r) -> _ => {}
    }
    let given = [Some(&r)];
    let maybe = given[0];
    select! {
        recv(maybe.unwrap_or(&never())) -> _ => {},
        default => {}
    }
    let mut given = [Some(r)];
    let maybe = given[0].take();
    select! {
        recv(maybe.unwrap_or_else(never)) -> _ => {},
        default => {}
    }
}

#[test]
fn case_blocks() {
    let (_s, r) = unbounded::<i32>();
    let chosen = select! {
        recv(r) -> _ => 3.0,
        recv(r) -> _ => loop { std::thread::yield_now() },
        recv(r) -> value => match value.is_ok() { true | false => unreachable!() },
        default => 7.
    };
    assert_eq!(chosen, 7.0);
    select! {
        recv(r) -> value => if value.is_ok() { unreachable!() },
        default => ()
    }
}

#[test]
fn move_handles() {
    let (s, r) = unbounded::<i32>();
    let (take_s, take_r) = (move || s, move || r);
    select! {
        recv(take_r()) -> _ => {}
        send(take_s(), 0) -> _ => {}
    }
}

#[test]
fn infer_types() {
    let (s, r) = unbounded();
    select! {
        recv(r) -> _ => {}
        default => {}
    }
    s.send(()).unwrap();
    let (s, r) = unbounded();
    select! { send(s, ()) -> _ => {} }
    r.recv().unwrap();
}

#[test]
fn default_syntax() {
    let (s, r) = bounded::<i32>(0);
    select! {
        recv(r) -> _ => panic!(),
        default => {}
    }
    select! {
        send(s, 0) -> _ => panic!(),
        default() => {}
    }
    select! { default => {} }
    select! { default() => {} }
    select! { default(ms(0)) => {} }
}

#[test]
fn same_variable_name() {
    let (_, r) = unbounded::<i32>();
    select! { recv(r) -> r => assert!(r.is_err()) }
}

#[test]
fn handles_on_heap() {
    let (s, r) = unbounded::<i32>();
    let (s, r) = (Box::new(s), Box::new(r));
    select! {
        send(*s, 0) -> _ => {}
        recv(*r) -> _ => {}
    }
    drop((s, r));
}

/// Bodies, channels and values run once at most, and may move what they use.
#[test]
fn once_blocks() {
    let (s, r) = unbounded();
    let once = Box::new(());
    select! { send(s, drop(once)) -> _ => {} }
    let once = Box::new(());
    select! {
        recv(r) -> _ => drop(once),
        send(s, ()) -> _ => drop(once),
    }
    let once = Box::new(());
    select! {
        recv(r) -> _ => drop(once),
        default => drop(once),
    }
    let (first, second) = (Box::new(s.clone()), Box::new(r.clone()));
    select! {
        send({ let s = first; *s }, ()) -> _ => {}
        recv({ let r = second; *r }) -> _ => {}
    }
}

#[test]
fn parse_nesting() {
    let (_, r) = unbounded::<i32>();
    select! {
        recv(r) -> _ => {}
        recv(r) -> _ => {
            select! {
                recv(r) -> _ => {}
                recv(r) -> _ => select! {
                    recv(r) -> _ => {}
                    default => {}
                }
            }
        }
    }
}

/// Arms of all kinds in any order, with and without commas.
#[test]
fn evaluate() {
    let (s, r) = unbounded();
    let value = select! {
        recv(r) -> _ => 1,
        send(s, 7) -> _ => 2,
    };
    assert_eq!(value, 2);
    let value = select! {
        recv(r) -> value => value.unwrap(),
        default => 3,
    };
    assert_eq!(value, 7);
    let value = select! {
        default(ms(0)) => "late",
        recv(r) -> _ => unreachable!()
    };
    assert_eq!(value, "late");
}

#[test]
fn deref() {
    struct Holds<T>(T);
    impl<T> Deref for Holds<T> {
        type Target = T;
        fn deref(&self) -> &T {
            &self.0
        }
    }
    let (s, r) = bounded::<i32>(0);
    let (s, r) = (Holds(s), Holds(r));
    select! {
        send(s, 0) -> _ => panic!(),
        recv(r) -> _ => panic!(),
        default => {}
    }
}

#[test]
fn result_types() {
    let (s, r): (Sender<i32>, Receiver<i32>) = bounded(0);
    let received = |_: Result<i32, RecvError>| true;
    let sent = |_: Result<(), SendError<i32>>| true;
    let won = select! {
        recv(r) -> value => received(value),
        send(s, 0) -> result => sent(result),
        default => false,
    };
    assert!(!won);
    let won = select! {
        recv(&r) -> value => received(value),
        send(&s, 0) -> result => sent(result),
        default(ms(0)) => false,
    };
    assert!(!won);
}

#[test]
fn trailing_comma() {
    let (s, r) = unbounded::<i32>();
    select! {
        send(s, 1,) -> _ => {},
        recv(r,) -> _ => {},
        default(ms(1000),) => {},
    }
}
