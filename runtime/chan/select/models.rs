//! loom models of the engine, with the channels that ship: several claims of one select at once.

use super::{Order, poll, wait};
use crate::chan::arm::{Arm, Candidate, RecvArm, SendArm};
use crate::chan::models::{Queue, settle};
use crate::chan::{Receiver, Sender, bounded};
use crate::task::{Waiter, Wake};
use loom::thread::{self, JoinHandle};

/// Three threads and two channels are too much to explore in full.
fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.max_branches = 20_000;
    builder.check(f);
}

/// Claims the wait as the wheel does when its deadline passes. The model joins it before the waiter goes.
fn timer(waiter: &Waiter) -> JoinHandle<()> {
    let waiter = std::ptr::from_ref(waiter).expose_provenance();
    thread::spawn(move || {
        let waiter = std::ptr::with_exposed_provenance(waiter);
        // SAFETY: alive until this thread has been joined.
        settle(unsafe { Waiter::claim(waiter, Wake::TimedOut) });
    })
}

/// A select that waits as long as it takes. The queue outlives whoever may wake it.
fn select(queue: &Queue, arms: &mut [Candidate<'_>]) -> usize {
    loop {
        if let Some(won) = poll(arms, Order::Biased) {
            return won;
        }
        let waiter = queue.waiter();
        if let Wake::Arm(won) = wait(arms, Order::Biased, &waiter, None, |_| queue.wait(&waiter)) {
            return won as usize;
        }
    }
}

/// A select that parks once, with a deadline that passes at any moment.
fn select_once(queue: &Queue, arms: &mut [Candidate<'_>]) -> Wake {
    let waiter = queue.waiter();
    wait(arms, Order::Biased, &waiter, None, |_| {
        let timer = timer(&waiter);
        let wake = queue.wait(&waiter);
        timer.join().unwrap();
        wake
    })
}

fn try_send(sender: &Sender<u32>, value: u32) -> JoinHandle<bool> {
    let sender = sender.clone();
    thread::spawn(move || match sender.try_send(value) {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error.into_inner(), value, "kept by its sender");
            false
        }
    })
}

fn left(receiver: &Receiver<u32>) -> Option<u32> {
    receiver.try_recv().ok()
}

#[test]
fn loom_of_two_senders_one_is_received_from_and_the_other_keeps_its_value() {
    model(|| {
        let queue = Queue::new();
        let ((s1, r1), (s2, r2)) = (bounded(0), bounded(0));
        let senders = [try_send(&s1, 1), try_send(&s2, 2)];
        let (mut a, mut b) = (RecvArm::new(&r1), RecvArm::new(&r2));
        let wake = select_once(&queue, &mut [a.candidate(), b.candidate()]);
        let sent = senders.map(|sender| sender.join().unwrap());
        match wake {
            Wake::Arm(0) => assert_eq!((a.take(), sent), (Ok(1), [true, false])),
            Wake::Arm(_) => assert_eq!((b.take(), sent), (Ok(2), [false, true])),
            _ => assert_eq!(sent, [false, false]),
        }
    });
}

#[test]
fn loom_of_two_values_one_is_received_and_the_other_stays() {
    model(|| {
        let queue = Queue::new();
        let ((s1, r1), (s2, r2)) = (bounded(1), bounded(1));
        let senders = [try_send(&s1, 1), try_send(&s2, 2)];
        let (mut a, mut b) = (RecvArm::new(&r1), RecvArm::new(&r2));
        let won = select(&queue, &mut [a.candidate(), b.candidate()]);
        for sender in senders {
            assert!(sender.join().unwrap());
        }
        if won == 0 {
            assert_eq!((a.take(), left(&r1), left(&r2)), (Ok(1), None, Some(2)));
        } else {
            assert_eq!((b.take(), left(&r1), left(&r2)), (Ok(2), Some(1), None));
        }
    });
}

#[test]
fn loom_one_channel_in_two_arms_is_received_from_once() {
    model(|| {
        let queue = Queue::new();
        let (s, r) = bounded(1);
        let sender = try_send(&s, 1);
        let (mut a, mut b) = (RecvArm::new(&r), RecvArm::new(&r));
        let won = select(&queue, &mut [a.candidate(), b.candidate()]);
        assert!(sender.join().unwrap());
        let got = if won == 0 { a.take() } else { b.take() };
        assert_eq!((got, left(&r)), (Ok(1), None));
    });
}

#[test]
fn loom_a_close_and_a_value_both_end_the_wait_and_the_value_is_not_lost() {
    model(|| {
        let queue = Queue::new();
        let ((s1, r1), (s2, r2)) = (bounded::<u32>(1), bounded(1));
        let closer = thread::spawn(move || drop(s1));
        let sender = try_send(&s2, 2);
        let (mut a, mut b) = (RecvArm::new(&r1), RecvArm::new(&r2));
        let won = select(&queue, &mut [a.candidate(), b.candidate()]);
        assert!(sender.join().unwrap());
        closer.join().unwrap();
        if won == 0 {
            assert!(a.take().is_err());
            assert_eq!(left(&r2), Some(2));
        } else {
            assert_eq!((b.take(), left(&r2)), (Ok(2), None));
        }
    });
}

/// Both channels are full, and room is made in both: the value goes into one of them.
#[test]
fn loom_of_two_places_one_is_kept_for_a_value_that_comes_later() {
    model(|| {
        let queue = Queue::new();
        let ((s1, r1), (s2, r2)) = (bounded(1), bounded(1));
        s1.try_send(1).unwrap();
        s2.try_send(2).unwrap();
        let receivers = [&r1, &r2].map(|r| {
            let r = r.clone();
            thread::spawn(move || r.try_recv())
        });
        let (mut a, mut b) = (SendArm::new(&s1), SendArm::new(&s2));
        let won = select(&queue, &mut [a.candidate(), b.candidate()]);
        let sent = if won == 0 { a.commit(3) } else { b.commit(3) };
        assert_eq!(sent, Ok(()));
        drop((a, b));
        let got = receivers.map(|receiver| receiver.join().unwrap());
        assert_eq!(got, [Ok(1), Ok(2)]);
        let (first, second) = (left(&r1), left(&r2));
        assert_eq!(first.is_some(), won == 0);
        assert_eq!(first.or(second), Some(3));
    });
}

#[test]
fn loom_a_place_is_kept_for_a_value_that_comes_later() {
    model(|| {
        let queue = Queue::new();
        let (s, r) = bounded(1);
        s.try_send(1).unwrap();
        let receiver = r.clone();
        let receiver = thread::spawn(move || receiver.try_recv());
        let mut a = SendArm::new(&s);
        assert_eq!(select(&queue, &mut [a.candidate()]), 0);
        assert_eq!(a.commit(3), Ok(()));
        assert_eq!(receiver.join().unwrap(), Ok(1));
        drop(a);
        assert_eq!(left(&r), Some(3));
    });
}
