//! `chan::Select`: the same engine, put together at run time.

use crate::world::{Job, everywhere};
use std::panic::{AssertUnwindSafe, catch_unwind};
use teem::chan::{
    RecvError, Select, SelectTimeoutError, SendError, TryRecvError, TrySelectError, after, bounded,
    never, unbounded,
};
use teem::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(2);

/// crossbeam `smoke1`, `smoke2`, `disconnected`.
#[test]
fn the_operation_that_is_ready_is_chosen_and_completed() {
    everywhere(|_| {
        let channels: Vec<_> = (0..50).map(|_| unbounded::<usize>()).collect();
        let (full, _kept) = bounded::<usize>(0);
        let mut select = Select::new();
        assert_eq!(select.send(&full), 0);
        for (_, r) in &channels {
            select.recv(r);
        }
        for (n, (s, r)) in channels.iter().enumerate() {
            assert!(matches!(select.try_select(), Err(TrySelectError)));
            s.send(n).unwrap();
            let chosen = select.select();
            assert_eq!(chosen.index(), n + 1);
            assert_eq!(chosen.recv(r), Ok(n));
        }
        channels[7].0.close();
        let chosen = select.select_timeout(LONG).unwrap();
        assert_eq!(chosen.index(), 8);
        assert_eq!(chosen.recv(&channels[7].1), Err(RecvError::Closed));
    });
}

/// crossbeam `timeout`, `default_only`.
#[test]
fn a_time_limit_is_kept() {
    everywhere(|_| {
        let (s, r) = bounded::<i32>(0);
        let begin = Instant::now();
        let mut select = Select::new_biased();
        select.send(&s);
        select.recv(&r);
        assert!(matches!(
            select.select_timeout(SHORT),
            Err(SelectTimeoutError)
        ));
        assert!(begin.elapsed() >= SHORT);
        let deadline = Instant::now() + SHORT;
        assert!(select.select_deadline(deadline).is_err());
        assert!(Instant::now() >= deadline);
        assert!(Select::new().select_timeout(SHORT).is_err());
        assert!(Select::default().try_select().is_err());
        assert!(catch_unwind(|| drop(Select::new().select())).is_err());
    });
}

/// crossbeam `send_and_clone`, `stress_send`, `stress_recv`.
#[test]
fn several_senders_and_receivers_meet() {
    everywhere(|world| {
        let count = 300;
        let (s1, r1) = unbounded::<usize>();
        let (s2, r2) = bounded::<usize>(5);
        let (s3, r3) = bounded::<usize>(0);
        let senders: Vec<Job<'_>> = vec![
            Box::new(move || (0..count).for_each(|n| s1.send(n).unwrap())),
            Box::new(move || (0..count).for_each(|n| s2.send(n).unwrap())),
            Box::new(move || {
                let mut select = Select::new();
                let operation = select.send(&s3);
                for n in 0..count {
                    let chosen = select.select();
                    assert_eq!(chosen.index(), operation);
                    chosen.send(&s3, n).unwrap();
                }
            }),
        ];
        let receiver: Job<'_> = Box::new(move || {
            let all = [&r1, &r2, &r3];
            let mut select = Select::new();
            all.iter().for_each(|r| {
                select.recv(r);
            });
            let mut next = [0; 3];
            let mut open = 3;
            while open > 0 {
                let chosen = select.select();
                let index = chosen.index();
                match chosen.recv(all[index]) {
                    Ok(n) => {
                        assert_eq!(n, next[index]);
                        next[index] += 1;
                    }
                    Err(_) => {
                        select.remove(index);
                        open -= 1;
                    }
                }
            }
            assert_eq!(next, [count; 3]);
        });
        world.all(senders.into_iter().chain([receiver]).collect());
    });
}

#[test]
fn a_rejected_value_comes_back() {
    let (s, r) = bounded::<String>(1);
    drop(r);
    let mut select = Select::new();
    select.send(&s);
    let error = select.select().send(&s, "kept".to_owned()).unwrap_err();
    assert_eq!(error, SendError::Closed("kept".to_owned()));
}

#[test]
fn removed_operations_are_not_chosen_and_their_numbers_not_given_again() {
    let (s, r) = unbounded::<i32>();
    let once = after(Duration::ZERO);
    let mut select = Select::new();
    let first = select.recv(&r);
    let second = select.recv(&once);
    s.send(1).unwrap();
    select.remove(first);
    let third = select.recv(&r);
    assert_eq!((first, second, third), (0, 1, 2));
    let chosen = select.select();
    let index = chosen.index();
    assert_ne!(index, first);
    if index == third {
        chosen.recv(&r).unwrap();
    } else {
        chosen.recv(&once).unwrap();
    }
    assert!(catch_unwind(AssertUnwindSafe(|| select.remove(first))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| select.remove(3))).is_err());
}

/// crossbeam `nesting`; here: a select goes on while what it has chosen is not completed yet.
#[test]
fn a_select_can_be_used_before_its_last_choice_is_completed() {
    let (s, r) = unbounded::<i32>();
    s.send(1).unwrap();
    s.send(2).unwrap();
    let mut select = Select::new();
    select.recv(&r);
    let (one, two) = (select.select(), select.select());
    assert!(select.try_select().is_err());
    assert_eq!((two.recv(&r), one.recv(&r)), (Ok(2), Ok(1)));
}

#[test]
fn a_choice_that_is_forgotten_or_completed_elsewhere_panics_and_frees_what_it_had() {
    let (s, r) = bounded::<i32>(1);
    let (other_s, other_r) = (s.clone(), r.clone());
    let panics = |f: &mut dyn FnMut()| assert!(catch_unwind(AssertUnwindSafe(f)).is_err());
    panics(&mut || {
        let mut select = Select::new();
        select.send(&s);
        drop(select.select());
    });
    panics(&mut || {
        let mut select = Select::new();
        select.send(&s);
        let _ = select.select().send(&other_s, 1);
    });
    panics(&mut || {
        let mut select = Select::new();
        select.send(&s);
        let _ = select.select().recv(&other_r);
    });
    s.send(1).unwrap();
    assert_eq!(r.try_recv(), Ok(1));
    assert_eq!(r.try_recv(), Err(TryRecvError::Empty));
    let _ = never::<i32>();
}

/// More operations than the engine looks at before it calls the first.
#[test]
fn none_of_very_many_is_left_out_or_preferred() {
    const COUNT: usize = 800;
    everywhere(|_| {
        let channels: Vec<_> = (0..150).map(|_| unbounded::<usize>()).collect();
        let (_kept, idle) = bounded::<usize>(0);
        let mut select = Select::new();
        for (n, (s, r)) in channels.iter().enumerate() {
            assert_eq!(select.recv(r), 2 * n);
            select.recv(&idle);
            s.send(n).unwrap();
        }
        let mut left = [true; 150];
        for _ in 0..150 {
            let chosen = select.select();
            let n = chosen.index() / 2;
            assert_eq!(chosen.recv(&channels[n].1), Ok(n));
            assert!(std::mem::replace(&mut left[n], false));
        }
        assert!(select.try_select().is_err());
        // Two neighbours and one far from them.
        let ready = [20, 21, 140];
        for n in ready {
            (0..COUNT).for_each(|value| channels[n].0.send(value).unwrap());
        }
        let mut hits = [0; 3];
        for _ in 0..COUNT {
            let chosen = select.select();
            let n = chosen.index() / 2;
            chosen.recv(&channels[n].1).unwrap();
            let which = ready.iter().position(|ready| *ready == n);
            hits[which.expect("one that is ready")] += 1;
        }
        assert!(hits.iter().all(|n| *n >= COUNT / 12), "{hits:?}");
    });
}
