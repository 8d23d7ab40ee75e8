//! crossbeam's `select` and what `select_macro` repeats of it: each case with the dynamic `Select` and with
//! the macro.
//!
//! Left out: `sync_and_clone` and `send_and_clone`. A `Select` here is made, used and dropped by one caller;
//! who wants the same operations elsewhere adds them there.

use crate::common::ms;
use crate::crew::{both_ways, crew, lull};
use std::any::Any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use teem::chan::{
    Receiver, RecvError, Select, SelectedOperation, SendError, Sender, TryRecvError, after,
    bounded, never, tick, unbounded,
};
use teem::select;
use teem::sync::Barrier;

/// One operation of a select.
#[derive(Clone, Copy)]
enum Op<'a, T> {
    Recv(&'a Receiver<T>),
    Send(&'a Sender<T>, T),
}

/// What a select came to: which operation, and its result.
#[derive(Debug, PartialEq)]
enum Won<T> {
    Recv(usize, Result<T, RecvError>),
    Send(usize, Result<(), SendError<T>>),
    Default,
}

/// For how long it waits.
#[derive(Clone, Copy)]
enum Wait {
    Now,
    AtMost(Duration),
    Ever,
}

const LONG: Wait = Wait::AtMost(Duration::from_secs(60));

#[derive(Clone, Copy, Debug)]
enum Form {
    Dynamic,
    Macro,
}

impl Form {
    /// Chooses among up to three operations.
    fn of<T: Copy>(self, ops: &[Op<'_, T>], wait: Wait) -> Won<T> {
        match self {
            Form::Dynamic => dynamic(ops, wait),
            Form::Macro => by_macro(ops, wait),
        }
    }
}

fn dynamic<T: Copy>(ops: &[Op<'_, T>], wait: Wait) -> Won<T> {
    let mut select = Select::new();
    for (n, op) in ops.iter().enumerate() {
        let index = match op {
            Op::Recv(r) => select.recv(r),
            Op::Send(s, _) => select.send(s),
        };
        assert_eq!(index, n);
    }
    let chosen: Option<SelectedOperation<'_>> = match wait {
        Wait::Ever => Some(select.select()),
        Wait::Now => select.try_select().ok(),
        Wait::AtMost(time) => select.select_timeout(time).ok(),
    };
    let Some(chosen) = chosen else {
        return Won::Default;
    };
    let n = chosen.index();
    match &ops[n] {
        Op::Recv(r) => Won::Recv(n, chosen.recv(r)),
        Op::Send(s, value) => Won::Send(n, chosen.send(s, *value)),
    }
}

/// Two arms for each operation, of which one is on a channel that nothing happens on.
fn by_macro<T: Copy>(ops: &[Op<'_, T>], wait: Wait) -> Won<T> {
    let silent = never::<T>();
    let (nobodys, _open) = bounded::<T>(0);
    let r = |n: usize| match ops.get(n) {
        Some(Op::Recv(r)) => r,
        _ => &silent,
    };
    let s = |n: usize| match ops.get(n) {
        Some(Op::Send(s, _)) => s,
        _ => &nobodys,
    };
    let v = |n: usize| match ops[n] {
        Op::Send(_, value) => value,
        Op::Recv(_) => unreachable!("an arm that cannot win"),
    };
    assert!(ops.len() <= 3);
    match wait {
        Wait::Ever => select! {
            recv(r(0)) -> value => Won::Recv(0, value),
            recv(r(1)) -> value => Won::Recv(1, value),
            recv(r(2)) -> value => Won::Recv(2, value),
            send(s(0), v(0)) -> sent => Won::Send(0, sent),
            send(s(1), v(1)) -> sent => Won::Send(1, sent),
            send(s(2), v(2)) -> sent => Won::Send(2, sent),
        },
        Wait::Now => select! {
            recv(r(0)) -> value => Won::Recv(0, value),
            recv(r(1)) -> value => Won::Recv(1, value),
            recv(r(2)) -> value => Won::Recv(2, value),
            send(s(0), v(0)) -> sent => Won::Send(0, sent),
            send(s(1), v(1)) -> sent => Won::Send(1, sent),
            send(s(2), v(2)) -> sent => Won::Send(2, sent),
            default => Won::Default,
        },
        Wait::AtMost(time) => select! {
            recv(r(0)) -> value => Won::Recv(0, value),
            recv(r(1)) -> value => Won::Recv(1, value),
            recv(r(2)) -> value => Won::Recv(2, value),
            send(s(0), v(0)) -> sent => Won::Send(0, sent),
            send(s(1), v(1)) -> sent => Won::Send(1, sent),
            send(s(2), v(2)) -> sent => Won::Send(2, sent),
            default(time) => Won::Default,
        },
    }
}

/// Runs a case with both forms, as tasks and from threads.
#[track_caller]
fn both_forms(case: impl Fn(Form) + Sync) {
    both_ways(|| {
        for form in [Form::Dynamic, Form::Macro] {
            case(form);
        }
    });
}

use Op::{Recv, Send};

#[test]
fn smoke1() {
    both_forms(|form| {
        let (s1, r1) = unbounded();
        let (s2, r2) = unbounded();
        s1.send(1).unwrap();
        let ops = [Recv(&r1), Recv(&r2)];
        assert_eq!(form.of(&ops, Wait::Ever), Won::Recv(0, Ok(1)));
        s2.send(2).unwrap();
        assert_eq!(form.of(&ops, Wait::Ever), Won::Recv(1, Ok(2)));
    });
}

#[test]
fn smoke2() {
    both_ways(|| {
        let channels = [(); 5].map(|()| unbounded());
        channels[4].0.send(5).unwrap();
        let ops = [0, 1, 2, 3, 4].map(|n: usize| Recv(&channels[n].1));
        assert_eq!(dynamic(&ops, Wait::Ever), Won::Recv(4, Ok(5)));
        channels[4].0.send(6).unwrap();
        assert_eq!(by_macro(&ops[2..], Wait::Ever), Won::Recv(2, Ok(6)));
    });
}

#[test]
fn disconnected() {
    both_forms(|form| {
        let (s1, r1) = unbounded::<i32>();
        let (s2, r2) = unbounded::<i32>();
        let ops = [Recv(&r1), Recv(&r2)];
        let step = Barrier::new(2);
        crew(|c| {
            let step = &step;
            c.spawn(move || {
                drop(s1);
                step.wait();
                s2.send(5).unwrap();
            });
            let first = form.of(&ops, LONG);
            assert_eq!(first, Won::Recv(0, Err(RecvError::Closed)));
            step.wait();
            assert_eq!(r2.recv(), Ok(5));
        });
        let closed = form.of(&ops[..1], LONG);
        assert_eq!(closed, Won::Recv(0, Err(RecvError::Closed)));
        let (s, r) = unbounded::<i32>();
        crew(|c| {
            c.spawn(move || {
                lull();
                drop(s);
            });
            let closed = form.of(&[Recv(&r)], LONG);
            assert_eq!(closed, Won::Recv(0, Err(RecvError::Closed)));
        });
    });
}

#[test]
fn default() {
    both_forms(|form| {
        let (s1, r1) = unbounded();
        let (s2, r2) = unbounded::<i32>();
        let ops = [Recv(&r1), Recv(&r2)];
        assert_eq!(form.of(&ops, Wait::Now), Won::Default);
        drop(s1);
        assert_eq!(
            form.of(&ops, Wait::Now),
            Won::Recv(0, Err(RecvError::Closed))
        );
        s2.send(2).unwrap();
        assert_eq!(form.of(&ops[1..], Wait::Now), Won::Recv(0, Ok(2)));
        assert_eq!(form.of(&ops[1..], Wait::Now), Won::Default);
        assert_eq!(form.of::<i32>(&[], Wait::Now), Won::Default);
    });
}

#[test]
fn timeout() {
    both_forms(|form| {
        let (_s1, r1) = unbounded::<i32>();
        let (s2, r2) = unbounded();
        let ops = [Recv(&r1), Recv(&r2)];
        let begin = Instant::now();
        assert_eq!(form.of(&ops, Wait::AtMost(ms(5))), Won::Default);
        assert!(begin.elapsed() >= ms(5));
        crew(|c| {
            c.spawn(|| {
                lull();
                s2.send(2).unwrap();
            });
            assert_eq!(form.of(&ops, LONG), Won::Recv(1, Ok(2)));
        });
        let (s, r) = unbounded::<i32>();
        assert_eq!(form.of(&[Recv(&r)], Wait::AtMost(ms(1))), Won::Default);
        drop(s);
        let closed = form.of(&[Recv(&r)], Wait::AtMost(ms(1)));
        assert_eq!(closed, Won::Recv(0, Err(RecvError::Closed)));
    });
}

#[test]
fn default_when_disconnected() {
    both_forms(|form| {
        let (_, r) = unbounded::<i32>();
        let (s, _) = bounded(0);
        for wait in [Wait::Now, LONG] {
            let closed = Won::Recv(0, Err(RecvError::Closed));
            assert_eq!(form.of(&[Recv(&r)], wait), closed);
            let closed = Won::Send(0, Err(SendError::Closed(7)));
            assert_eq!(form.of(&[Send(&s, 7)], wait), closed);
        }
    });
}

#[test]
fn default_only() {
    both_forms(|form| {
        assert_eq!(form.of::<i32>(&[], Wait::Now), Won::Default);
        let begin = Instant::now();
        assert_eq!(form.of::<i32>(&[], Wait::AtMost(ms(5))), Won::Default);
        assert!(begin.elapsed() >= ms(5));
    });
}

#[test]
fn unblocks() {
    both_forms(|form| {
        let (s1, r1) = bounded(0);
        let (s2, r2) = bounded(0);
        crew(|c| {
            c.spawn(|| {
                lull();
                s2.send(2).unwrap();
            });
            let won = form.of(&[Recv(&r1), Recv(&r2)], LONG);
            assert_eq!(won, Won::Recv(1, Ok(2)));
        });
        crew(|c| {
            c.spawn(|| {
                lull();
                assert_eq!(r1.recv(), Ok(1));
            });
            let won = form.of(&[Send(&s1, 1), Send(&s2, 2)], LONG);
            assert_eq!(won, Won::Send(0, Ok(())));
        });
    });
}

#[test]
fn both_ready() {
    both_forms(|form| {
        let (s1, r1) = bounded(0);
        let (s2, r2) = bounded(0);
        crew(|c| {
            c.spawn(|| {
                lull();
                s1.send(1).unwrap();
                assert_eq!(r2.recv(), Ok(2));
            });
            for n in 0..2 {
                let won = form.of(&[Recv(&r1), Send(&s2, 2)], Wait::Ever);
                let expected = [Won::Recv(0, Ok(1)), Won::Send(1, Ok(()))];
                assert_eq!(won, expected[n]);
            }
        });
    });
}

/// Two that only ever try, and one select between them: it finds one of them, or they find it.
#[test]
fn loop_try() {
    both_forms(|form| {
        for _ in 0..20 {
            let (s1, r1) = bounded(0);
            let (s2, r2) = bounded(0);
            let (end, ended) = bounded::<i32>(0);
            let at_end = || form.of(&[Recv(&ended)], Wait::Now) != Won::Default;
            crew(|c| {
                c.spawn(
                    || while form.of(&[Send(&s1, 1)], Wait::Now) == Won::Default && !at_end() {},
                );
                c.spawn(|| {
                    while !at_end() {
                        if let Ok(value) = r2.try_recv() {
                            assert_eq!(value, 2);
                            break;
                        }
                    }
                });
                let (r1, s2) = (&r1, &s2);
                c.spawn(move || {
                    lull();
                    let won = form.of(&[Recv(r1), Send(s2, 2)], LONG);
                    assert!([Won::Recv(0, Ok(1)), Won::Send(1, Ok(()))].contains(&won));
                    drop(end);
                });
            });
        }
    });
}

#[test]
fn cloning1() {
    both_forms(|form| {
        let (s1, r1) = unbounded();
        let (_s2, r2) = unbounded();
        let (s3, r3) = unbounded();
        crew(|c| {
            c.spawn(move || {
                r3.recv().unwrap();
                drop(s1.clone());
                assert_eq!(r3.try_recv(), Err(TryRecvError::Empty));
                s1.send(1).unwrap();
                r3.recv().unwrap();
            });
            s3.send(()).unwrap();
            let won = form.of(&[Recv(&r1), Recv(&r2)], Wait::Ever);
            assert_eq!(won, Won::Recv(0, Ok(1)));
            s3.send(()).unwrap();
        });
    });
}

#[test]
fn cloning2() {
    both_forms(|form| {
        let (s1, r1) = unbounded::<i32>();
        let (s2, r2) = unbounded();
        crew(|c| {
            c.spawn(move || {
                let won = form.of(&[Recv(&r1), Recv(&r2)], Wait::Ever);
                assert_eq!(won, Won::Recv(1, Ok(2)));
            });
            lull();
            drop(s1.clone());
            s2.send(2).unwrap();
        });
    });
}

#[test]
fn preflight1() {
    both_forms(|form| {
        let (s, r) = unbounded();
        s.send(1).unwrap();
        assert_eq!(form.of(&[Recv(&r)], Wait::Ever), Won::Recv(0, Ok(1)));
    });
}

#[test]
fn preflight2() {
    both_forms(|form| {
        let (s, r) = unbounded();
        drop(s.clone());
        s.send(1).unwrap();
        drop(s);
        assert_eq!(form.of(&[Recv(&r)], Wait::Ever), Won::Recv(0, Ok(1)));
        assert_eq!(r.try_recv(), Err(TryRecvError::Closed));
    });
}

#[test]
fn preflight3() {
    both_forms(|form| {
        let (s, r) = unbounded::<i32>();
        drop(s.clone());
        drop(s);
        let closed = form.of(&[Recv(&r)], Wait::Ever);
        assert_eq!(closed, Won::Recv(0, Err(RecvError::Closed)));
    });
}

/// Each operation twice, in both forms: each copy wins at some time.
#[test]
fn duplicate_operations() {
    both_ways(|| {
        let (s, r) = unbounded::<i32>();
        let ops = [Recv(&r), Recv(&r), Send(&s, 0), Send(&s, 0)];
        let mut won = [0; 4];
        for _ in 0..100 {
            match dynamic(&ops, Wait::Ever) {
                Won::Recv(n, Ok(0)) | Won::Send(n, Ok(())) => won[n] += 1,
                other => panic!("{other:?}"),
            }
        }
        assert!(won.iter().all(|n| *n > 0), "{won:?}");
        let mut won = [0; 4];
        for _ in 0..100 {
            select! {
                recv(r) -> value => won[value.unwrap() as usize] += 1,
                recv(r) -> value => won[1 + value.unwrap() as usize] += 1,
                send(s, 0) -> sent => won[sent.map(|()| 2).unwrap()] += 1,
                send(s, 0) -> sent => won[sent.map(|()| 3).unwrap()] += 1,
            }
        }
        assert!(won.iter().all(|n| *n > 0), "{won:?}");
    });
}

#[test]
fn nesting() {
    both_forms(|form| {
        let (s, r) = unbounded();
        let sent = |value| form.of(&[Send(&s, value)], Wait::Ever) == Won::Send(0, Ok(()));
        let received = || match form.of(&[Recv(&r)], Wait::Ever) {
            Won::Recv(0, value) => value,
            other => panic!("{other:?}"),
        };
        assert!(sent(0) && received() == Ok(0) && sent(1) && received() == Ok(1));
        select! {
            send(s, 0) -> _ => select! {
                recv(r) -> value => {
                    assert_eq!(value, Ok(0));
                    select! {
                        send(s, 1) -> _ => select! { recv(r) -> value => assert_eq!(value, Ok(1)) },
                    }
                }
            },
        }
        assert!(r.is_empty());
    });
}

#[test]
fn stress_recv() {
    const COUNT: usize = 500;
    both_forms(|form| {
        let (s1, r1) = unbounded();
        let (s2, r2) = bounded(5);
        let (s3, r3) = bounded(0);
        crew(|c| {
            c.spawn(move || {
                for i in 0..COUNT {
                    s1.send(i).unwrap();
                    r3.recv().unwrap();
                    s2.send(i).unwrap();
                    r3.recv().unwrap();
                }
            });
            for i in 0..COUNT {
                for n in 0..2 {
                    let won = form.of(&[Recv(&r1), Recv(&r2)], Wait::Ever);
                    assert_eq!(won, Won::Recv(n, Ok(i)));
                    s3.send(()).unwrap();
                }
            }
        });
    });
}

#[test]
fn stress_send() {
    const COUNT: usize = 500;
    both_forms(|form| {
        let (s1, r1) = bounded(0);
        let (s2, r2) = bounded(0);
        let (s3, r3) = bounded(100);
        crew(|c| {
            c.spawn(move || {
                for i in 0..COUNT {
                    assert_eq!(r1.recv(), Ok(i));
                    assert_eq!(r2.recv(), Ok(i));
                    r3.recv().unwrap();
                }
            });
            for i in 0..COUNT {
                for n in 0..2 {
                    let won = form.of(&[Send(&s1, i), Send(&s2, i)], Wait::Ever);
                    assert_eq!(won, Won::Send(n, Ok(())));
                }
                s3.send(()).unwrap();
            }
        });
    });
}

#[test]
fn stress_mixed() {
    const COUNT: usize = 500;
    both_forms(|form| {
        let (s1, r1) = bounded(0);
        let (s2, r2) = bounded(0);
        let (s3, r3) = bounded(100);
        crew(|c| {
            c.spawn(move || {
                for i in 0..COUNT {
                    s1.send(i).unwrap();
                    assert_eq!(r2.recv(), Ok(i));
                    r3.recv().unwrap();
                }
            });
            for i in 0..COUNT {
                let ops = [Recv(&r1), Send(&s2, i)];
                assert_eq!(form.of(&ops, Wait::Ever), Won::Recv(0, Ok(i)));
                assert_eq!(form.of(&ops, Wait::Ever), Won::Send(1, Ok(())));
                s3.send(()).unwrap();
            }
        });
    });
}

#[test]
fn stress_timeout_two_threads() {
    const COUNT: usize = 20;
    both_forms(|form| {
        let (s, r) = bounded(2);
        crew(|c| {
            c.spawn(|| {
                for i in 0..COUNT {
                    if i % 4 == 0 {
                        teem::time::sleep(ms(2));
                    }
                    let op = [Send(&s, i)];
                    while form.of(&op, Wait::AtMost(ms(1))) == Won::Default {}
                }
            });
            c.spawn(|| {
                for i in 0..COUNT {
                    if i % 6 == 0 {
                        teem::time::sleep(ms(2));
                    }
                    let value = loop {
                        match form.of(&[Recv(&r)], Wait::AtMost(ms(1))) {
                            Won::Default => {}
                            won => break won,
                        }
                    };
                    assert_eq!(value, Won::Recv(0, Ok(i)));
                }
            });
        });
    });
}

/// A select never meets itself; in an unbounded channel it may well leave a value to itself.
#[test]
fn send_recv_same_channel() {
    both_forms(|form| {
        for room in [0, 1] {
            let (s, r) = bounded(room);
            let won = form.of(&[Send(&s, 1), Recv(&r)], Wait::AtMost(ms(2)));
            let expected = if room == 0 {
                Won::Default
            } else {
                Won::Send(0, Ok(()))
            };
            assert_eq!(won, expected);
        }
        let (s, r) = unbounded();
        assert_eq!(
            form.of(&[Send(&s, 1), Recv(&r)], Wait::Ever),
            Won::Send(0, Ok(()))
        );
    });
}

fn match_up(form: Form, helpers: usize) -> (Sender<usize>, Receiver<usize>) {
    let (s, r) = bounded(0);
    crew(|c| {
        let (s, r) = (&s, &r);
        for i in 0..helpers {
            c.spawn(move || match form.of(&[Recv(r), Send(s, i)], Wait::Ever) {
                Won::Recv(0, Ok(value)) => assert_ne!(value, i, "its own"),
                won => assert_eq!(won, Won::Send(1, Ok(()))),
            });
        }
        if helpers % 2 == 1 {
            s.send(usize::MAX).unwrap();
        }
    });
    (s, r)
}

/// Selects that all would send or receive on one channel pair off.
#[test]
fn matching() {
    both_forms(|form| {
        let (_s, r) = match_up(form, 24);
        assert_eq!(r.try_recv(), Err(TryRecvError::Empty));
    });
}

#[test]
fn matching_with_leftover() {
    both_forms(|form| {
        let (_s, r) = match_up(form, 25);
        assert_eq!(r.try_recv(), Err(TryRecvError::Empty));
    });
}

#[test]
fn channel_through_channel() {
    const COUNT: usize = 100;
    type Parcel = Box<dyn Any + std::marker::Send>;
    both_ways(|| {
        for room in 0..3 {
            let (s, r) = bounded::<Parcel>(room);
            crew(|c| {
                c.spawn(move || {
                    let mut s = s;
                    for _ in 0..COUNT {
                        let (next, r) = bounded::<Parcel>(room);
                        let mut select = Select::new();
                        select.send(&s);
                        let sent = select.select().send(&s, Box::new(r));
                        assert!(sent.is_ok());
                        drop(select);
                        s = next;
                    }
                });
                c.spawn(move || {
                    let mut r = r;
                    for _ in 0..COUNT {
                        let parcel = select! { recv(r) -> parcel => parcel.unwrap() };
                        r = *parcel.downcast::<Receiver<Parcel>>().unwrap();
                    }
                });
            });
        }
    });
}

/// One of two channels is always ready, though values come and go in both: no select reports
/// neither, tried (`linearizable_default` of the macro) or with no time left.
fn linearizable(wait: Wait) {
    const COUNT: usize = 300;
    both_forms(|form| {
        for kind in [|| bounded(1), unbounded] {
            let ((s1, r1), (s2, r2)) = (kind(), kind());
            let (start_s, start) = bounded(0);
            let (end_s, end) = bounded(0);
            crew(|c| {
                c.spawn(|| {
                    for _ in 0..COUNT {
                        start_s.send(()).unwrap();
                        s1.send(1).unwrap();
                        let won = form.of(&[Recv(&r1), Recv(&r2)], wait);
                        assert_ne!(won, Won::Default);
                        end_s.send(()).unwrap();
                        let _ = r2.try_recv();
                    }
                });
                for _ in 0..COUNT {
                    start.recv().unwrap();
                    s2.send(1).unwrap();
                    let _ = r1.try_recv();
                    end.recv().unwrap();
                }
            });
        }
    });
}

#[test]
fn linearizable_try() {
    linearizable(Wait::Now);
}

#[test]
fn linearizable_timeout() {
    linearizable(Wait::AtMost(Duration::ZERO));
}

#[test]
fn fairness1() {
    const COUNT: usize = 2_000;
    both_ways(|| {
        let (s1, r1) = bounded(COUNT);
        let (s2, r2) = unbounded();
        for _ in 0..COUNT {
            s1.send(()).unwrap();
            s2.send(()).unwrap();
        }
        let (mut by_macro, mut dynamic) = ([0; 4], [0; 4]);
        for _ in 0..COUNT / 2 {
            let (due, ticks) = (after(ms(0)), tick(ms(0)));
            select! {
                recv(r1) -> _ => by_macro[0] += 1,
                recv(r2) -> _ => by_macro[1] += 1,
                recv(due) -> _ => by_macro[2] += 1,
                recv(ticks) -> _ => by_macro[3] += 1,
            }
            let mut select = Select::new();
            select.recv(&r1);
            select.recv(&r2);
            select.recv(&due);
            select.recv(&ticks);
            let chosen = select.select();
            let n = chosen.index();
            match n {
                0 => chosen.recv(&r1).unwrap(),
                1 => chosen.recv(&r2).unwrap(),
                2 => drop(chosen.recv(&due).unwrap()),
                _ => drop(chosen.recv(&ticks).unwrap()),
            }
            dynamic[n] += 1;
        }
        // The clock that fires once may have been taken by the other form.
        for hits in [by_macro, dynamic] {
            assert!(hits.iter().all(|hits| *hits >= COUNT / 20), "{hits:?}");
        }
    });
}

/// Three kinds of channel, each filled when it is empty: none is forgotten.
#[test]
fn fairness2() {
    const COUNT: usize = 2_000;
    both_forms(|form| {
        let (s1, r1) = unbounded();
        let (s2, r2) = bounded(1);
        let (s3, r3) = bounded(0);
        let hits = [0; 3].map(AtomicUsize::new);
        crew(|c| {
            c.spawn(|| {
                let (hole, _open) = bounded(0);
                for _ in 0..COUNT {
                    let s1 = if s1.is_empty() { &s1 } else { &hole };
                    let s2 = if s2.is_empty() { &s2 } else { &hole };
                    let ops = [Send(s1, ()), Send(s2, ()), Send(&s3, ())];
                    assert!(matches!(form.of(&ops, Wait::Ever), Won::Send(_, Ok(()))));
                }
            });
            for _ in 0..COUNT {
                match form.of(&[Recv(&r1), Recv(&r2), Recv(&r3)], Wait::Ever) {
                    Won::Recv(n, Ok(())) => hits[n].fetch_add(1, Ordering::Relaxed),
                    other => panic!("{other:?}"),
                };
            }
        });
        let enough = |hits: &AtomicUsize| hits.load(Ordering::Relaxed) >= COUNT / 3 / 50;
        assert!(hits.iter().all(enough), "{hits:?}");
    });
}

/// A `Select` can be used again and again.
#[test]
fn reuse() {
    both_ways(|| {
        let (s1, r1) = bounded(0);
        let (s2, r2) = bounded(0);
        let (s3, r3) = bounded(100);
        crew(|c| {
            c.spawn(move || {
                for i in 0..300 {
                    s1.send(i).unwrap();
                    assert_eq!(r2.recv(), Ok(i));
                    r3.recv().unwrap();
                }
            });
            let mut select = Select::new();
            let receive = select.recv(&r1);
            let send = select.send(&s2);
            for i in 0..300 {
                for _ in 0..2 {
                    let chosen = select.select();
                    match chosen.index() {
                        n if n == receive => assert_eq!(chosen.recv(&r1), Ok(i)),
                        n if n == send => chosen.send(&s2, i).unwrap(),
                        n => panic!("{n}"),
                    }
                }
                s3.send(()).unwrap();
            }
        });
    });
}
