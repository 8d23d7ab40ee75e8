//! What may be written in a `select!`, and when what of it is evaluated.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use teem::chan::{self, Receiver, RecvError, SendError, Sender, after, bounded, never, unbounded};
use teem::select;
use teem::time::{Duration, Instant};

/// Long enough for what happens at once.
const LONG: Duration = Duration::from_secs(60);

fn full<T>(value: T) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = bounded(1);
    sender.send(value).unwrap();
    (sender, receiver)
}

/// crossbeam `default_syntax`, `case_blocks`, `types`.
#[test]
fn every_spelling_of_an_arm_is_read() {
    let (s, r) = unbounded::<i32>();
    let none = never::<i32>();
    let n = select! { recv(r) -> _ => 1, default => 2 };
    assert_eq!(n, 2);
    let n = select! { recv(r) -> _ => 1, default() => 2, };
    assert_eq!(n, 2);
    let n = select! { recv(r,) -> _ => { 1 } default(Duration::ZERO) => { 2 } };
    assert_eq!(n, 2);
    let n = select! { recv(r) -> _ => { 1 }, default(Duration::ZERO,) => { 2 }, };
    assert_eq!(n, 2);
    let n = select! { default => { 3 } recv(r) -> _ => panic!("nothing was sent") };
    assert_eq!(n, 3);
    let n = select! { send(s, 7) -> sent => { sent.unwrap(); 4 } recv(none) -> _ => 5 };
    assert_eq!(n, 4);
    let n = select! { send(s, 8,) -> sent => sent.map_or(0, |()| 4), };
    assert_eq!(n, 4);
    let n = select! { recv(r) -> value => value.unwrap() };
    assert_eq!(n, 7);
    let n = select! { biased; recv(none) -> value => value.unwrap(), recv(r) -> value => value.unwrap() };
    assert_eq!(n, 8);
    let n = select! { biased; default => 9 };
    assert_eq!(n, 9);
    select! { default => () }
    select! { default => {} }
}

#[test]
fn a_pattern_may_be_any_that_always_matches() {
    let (s, r) = unbounded();
    s.send(1).unwrap();
    select! { recv(r) -> Ok(_) | Err(_) => {} }
    select! { send(s, 2) -> ref sent => assert_eq!(*sent, Ok(())) }
    select! { recv(r) -> mut value => { value = value.map(|n| n + 1); assert_eq!(value, Ok(3)) } }
}

/// crossbeam `evaluate`, `once_blocks`, `once_receiver`, `once_sender`.
#[test]
fn channels_are_evaluated_once_and_in_order_and_values_only_when_they_are_sent() {
    let (s, r) = unbounded::<i32>();
    let full = full(1);
    let log = Mutex::new(Vec::new());
    let note = |n: i32| log.lock().unwrap().push(n);
    for round in 0..100 {
        select! {
            recv({ note(1); never::<i32>() }) -> _ => unreachable!(),
            send({ note(2); &full.0 }, { note(-1); 0 }) -> _ => unreachable!(),
            recv({ note(3); never::<i32>() }) -> _ => unreachable!(),
            send({ note(4); &s }, { note(5); round }) -> sent => { sent.unwrap(); note(6) }
            default({ note(-2); LONG }) => unreachable!(),
        }
        let seen: Vec<i32> = log.lock().unwrap().drain(..).filter(|n| *n != -2).collect();
        assert_eq!(seen, [1, 2, 3, 4, 5, 6]);
        assert_eq!(r.recv(), Ok(round));
    }
}

/// crossbeam `move_handles`, `infer_types`.
#[test]
fn a_body_may_drop_and_move_its_channels() {
    let (s, r) = unbounded::<i32>();
    select! {
        recv(r) -> _ => drop(r),
        send(s, 1) -> sent => {
            sent.unwrap();
            drop(s);
            assert_eq!(r.recv(), Ok(1));
            assert_eq!(r.recv(), Err(RecvError::Closed));
            drop(r);
        }
    }
    let (s, r) = unbounded();
    select! {
        recv(r) -> value => { drop(r); let _: Result<u8, _> = value; }
        default => drop((s, r)),
    }
}

#[test]
fn several_arms_may_move_the_same_value() {
    let (s, r) = bounded::<String>(1);
    let mut sent = 0;
    let mut kept = Vec::new();
    for n in 0..3 {
        let value = format!("number {n}");
        select! {
            send(s, value) -> result => { result.unwrap(); sent += 1 }
            recv(never::<u8>()) -> _ => drop(value),
            default => kept.push(value),
        }
    }
    assert_eq!((sent, kept.len(), r.len()), (1, 2, 1));
}

#[test]
fn loops_and_functions_are_left_and_continued_from_an_arm() {
    fn sum(r: &Receiver<i32>) -> Result<i32, RecvError> {
        let mut sum = 0;
        loop {
            select! {
                recv(r) -> value => match value? {
                    0 => continue,
                    99 => return Ok(sum),
                    n => sum += n,
                },
            }
        }
    }
    let (s, r) = unbounded();
    [1, 0, 2, 99, 5]
        .into_iter()
        .for_each(|n| s.send(n).unwrap());
    assert_eq!(sum(&r), Ok(3));
    drop(s);
    assert_eq!(sum(&r), Err(RecvError::Closed));
    let mut rounds = 0;
    let last = 'outer: loop {
        loop {
            rounds += 1;
            select! {
                recv(r) -> value => break 'outer value,
                default => if rounds > 2 { break },
            }
        }
    };
    assert_eq!((last, rounds), (Err(RecvError::Closed), 1));
}

#[test]
fn a_value_that_leaves_the_function_is_not_sent_and_keeps_nothing_occupied() {
    fn send(s: &Sender<i32>, value: Option<i32>) -> Option<()> {
        select! {
            send(s, value?) -> sent => sent.ok(),
            default => unreachable!("there is room"),
        }
    }
    for capacity in [1, 3] {
        let (s, r) = bounded(capacity);
        assert_eq!(send(&s, None), None);
        assert_eq!(send(&s, Some(1)), Some(()));
        assert_eq!(r.recv(), Ok(1));
        assert!(r.try_recv().is_err());
    }
}

/// crossbeam `panic_sender`, `panic_receiver`.
#[test]
fn a_panic_in_an_expression_leaves_the_channels_as_they_were() {
    fn fail<T>(what: &str, value: T) -> T {
        assert!(what.is_empty(), "{what}");
        value
    }
    fn panics(f: impl FnOnce()) {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
        assert!(result.is_err());
    }
    let (s, r) = bounded::<i32>(1);
    panics(|| select! { recv({ fail("a receiver", never::<u8>()) }) -> _ => () });
    panics(|| select! { send(s, fail("a value", 1)) -> _ => () });
    assert!(select! { send(s, 1) -> sent => sent.is_ok(), default => false });
    panics(|| select! { recv(r) -> _ => panic!("a body") });
    assert!(r.is_empty());
}

/// crossbeam `nesting`, `parse_nesting`.
#[test]
fn selects_stand_in_every_place_of_selects() {
    let (s, r) = unbounded::<i32>();
    select! {
        send(s, select! { default => 1 }) -> sent => {
            sent.unwrap();
            select! {
                recv(select! { default => &r }) -> value => {
                    assert_eq!(value, Ok(1));
                    select! {
                        send(s, 2) -> sent => {
                            sent.unwrap();
                            select! { recv(r) -> value => assert_eq!(value, Ok(2)) }
                        }
                    }
                }
            }
        }
        default(select! { default => LONG }) => unreachable!(),
    }
}

/// crossbeam `references`, `handles_on_heap`, `mutable`.
#[test]
fn channels_come_by_value_by_reference_and_in_boxes() {
    let (s, r) = unbounded::<i32>();
    let (rs, rr) = (&s, &r);
    let (boxed_s, boxed_r) = (Box::new(s.clone()), Arc::new(r.clone()));
    let map = HashMap::from([("a", r.clone())]);
    select! { send(rs, 1) -> sent => sent.unwrap() }
    select! { send(&&rs, 2) -> sent => sent.unwrap() }
    select! { send(boxed_s, 3) -> sent => sent.unwrap() }
    select! { send(s.clone(), 4) -> sent => sent.unwrap() }
    select! { send((&mut s.clone()), 5) -> sent => sent.unwrap() }
    let got = [
        select! { recv(rr) -> value => value },
        select! { recv(&&rr) -> value => value },
        select! { recv(boxed_r) -> value => value },
        select! { recv(map["a"]) -> value => value },
        select! { recv({ assert_eq!(r.len(), 1); r }) -> value => value },
    ];
    assert_eq!(got, [1, 2, 3, 4, 5].map(Ok));
}

/// crossbeam `same_variable_name`; and names that the macro might use itself.
#[test]
fn names_do_not_get_in_each_others_way() {
    let (arms, r) = unbounded::<i32>();
    let (arm, won, result) = (1, 2, 3);
    select! {
        recv(r) -> r => r.map_or((), drop),
        send(arms, arm + won + result) -> result => result.unwrap(),
    }
    let sum = select! { recv(r) -> arms => arms.unwrap() + arm };
    assert_eq!(sum, 7);
    mod chan {}
    mod core {}
    #[derive(Debug)]
    enum Option {}
    let none = select! { default => ::std::option::Option::<Option>::None };
    assert!(none.is_none());
}

#[test]
fn an_ignored_value_is_dropped_before_the_body() {
    struct Noisy<'a>(&'a Cell<u32>);
    impl Drop for Noisy<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    let drops = Cell::new(0);
    let (s, r) = unbounded();
    s.send(Noisy(&drops)).unwrap();
    select! { recv(r) -> _ => assert_eq!(drops.get(), 1) }
    s.send(Noisy(&drops)).unwrap();
    select! { recv(r) -> _kept => assert_eq!(drops.get(), 1) }
    assert_eq!(drops.get(), 2);
}

#[test]
fn a_rejected_value_comes_back() {
    let (s, r) = bounded::<String>(1);
    drop(r);
    let error = select! {
        send(s, "kept".to_owned()) -> sent => sent.unwrap_err(),
        default => unreachable!("a closed channel is ready"),
    };
    assert_eq!(error, SendError::Closed("kept".to_owned()));
}

/// Go `select3`, crossbeam `default_only`.
#[test]
fn a_default_alone_is_taken_at_once_or_after_its_time() {
    let begin = Instant::now();
    select! { default => {} }
    select! { default(Duration::from_millis(3)) => {} }
    assert!(begin.elapsed() >= Duration::from_millis(3));
    teem::run(|| {
        let begin = Instant::now();
        select! { default(Duration::from_millis(3)) => {} }
        assert!(begin.elapsed() >= Duration::from_millis(3));
    });
}

/// Go `select {}`.
#[test]
fn no_arms_park_for_ever_and_nobody_else() {
    fn never_returns() -> ! {
        select! {}
    }
    let (s, r) = unbounded();
    let runtime = teem::runtime::Builder::new().workers(1).build().unwrap();
    drop(runtime.spawn(|| never_returns()));
    drop(runtime.spawn(|| -> () {
        select! { biased; }
    }));
    runtime.spawn(move || s.send(()).unwrap()).join().unwrap();
    assert_eq!(r.recv(), Ok(()));
    // Nothing ends such a task, so the runtime is left with it.
    assert!(runtime.shutdown(Duration::from_millis(1)).is_err());
}

#[test]
fn forty_arms_are_no_more_special_than_two() {
    let channels: Vec<_> = (0..40).map(|_| unbounded::<usize>()).collect();
    let r: Vec<_> = channels.iter().map(|(_, r)| r).collect();
    let receive = || {
        select! {
            recv(r[0]) -> n => (0, n), recv(r[1]) -> n => (1, n), recv(r[2]) -> n => (2, n),
            recv(r[3]) -> n => (3, n), recv(r[4]) -> n => (4, n), recv(r[5]) -> n => (5, n),
            recv(r[6]) -> n => (6, n), recv(r[7]) -> n => (7, n), recv(r[8]) -> n => (8, n),
            recv(r[9]) -> n => (9, n), recv(r[10]) -> n => (10, n), recv(r[11]) -> n => (11, n),
            recv(r[12]) -> n => (12, n), recv(r[13]) -> n => (13, n), recv(r[14]) -> n => (14, n),
            recv(r[15]) -> n => (15, n), recv(r[16]) -> n => (16, n), recv(r[17]) -> n => (17, n),
            recv(r[18]) -> n => (18, n), recv(r[19]) -> n => (19, n), recv(r[20]) -> n => (20, n),
            recv(r[21]) -> n => (21, n), recv(r[22]) -> n => (22, n), recv(r[23]) -> n => (23, n),
            recv(r[24]) -> n => (24, n), recv(r[25]) -> n => (25, n), recv(r[26]) -> n => (26, n),
            recv(r[27]) -> n => (27, n), recv(r[28]) -> n => (28, n), recv(r[29]) -> n => (29, n),
            recv(r[30]) -> n => (30, n), recv(r[31]) -> n => (31, n), recv(r[32]) -> n => (32, n),
            recv(r[33]) -> n => (33, n), recv(r[34]) -> n => (34, n), recv(r[35]) -> n => (35, n),
            recv(r[36]) -> n => (36, n), recv(r[37]) -> n => (37, n), recv(r[38]) -> n => (38, n),
            recv(r[39]) -> n => (39, n),
            recv(after(LONG)) -> _ => unreachable!(),
        }
    };
    for (n, (s, _)) in channels.iter().enumerate() {
        s.send(n).unwrap();
        assert_eq!(receive(), (n, Ok(n)));
    }
    drop(chan::never::<()>());
}
