//! `select3`: what waits and what does not, on nil, closed, empty and full channels.
//!
//! That something waits shows in its context: it ends by that, and by nothing else.

use crate::crew::{both_ways, lull};
use std::time::Duration;
use teem::chan::{
    Receiver, RecvError, SendError, Sender, TryRecvError, TrySendError, bounded, never, unbounded,
};
use teem::select;

#[track_caller]
fn blocks<T>(outcome: impl FnOnce() -> T, cut: impl FnOnce(T) -> bool) {
    let outcome = teem::time::timeout(Duration::from_millis(3), outcome);
    assert!(cut(outcome), "it did not wait");
}

/// `recv` and `select!` alike wait.
#[track_caller]
fn recv_blocks(r: &Receiver<i32>) {
    let cut = |received| received == Err(RecvError::Cancelled);
    blocks(|| r.recv(), cut);
    blocks(|| select! { recv(r) -> value => value }, cut);
    let silent = never::<i32>();
    let either = || {
        select! {
            recv(silent) -> value => value,
            recv(r) -> value => value,
        }
    };
    blocks(either, cut);
    assert_eq!(r.try_recv(), Err(TryRecvError::Empty));
    assert!(select! { recv(r) -> _ => false, default => true });
}

#[track_caller]
fn send_blocks(s: &Sender<i32>) {
    let cut = |sent| sent == Err(SendError::Cancelled(7));
    blocks(|| s.send(7), cut);
    // The value of an arm that has not won comes back in its error all the same.
    blocks(|| select! { send(s, 7) -> sent => sent }, cut);
    assert_eq!(s.try_send(7), Err(TrySendError::Full(7)));
    assert!(select! { send(s, 7) -> _ => false, default => true });
}

#[track_caller]
fn recv_never_blocks(r: &Receiver<i32>, expected: Result<i32, RecvError>, refill: impl Fn()) {
    assert_eq!(r.recv(), expected);
    refill();
    assert_eq!(r.try_recv().ok(), expected.ok());
    refill();
    assert_eq!(select! { recv(r) -> value => value }, expected);
    refill();
    let silent = never::<i32>();
    let value = select! {
        recv(silent) -> _ => unreachable!(),
        recv(r) -> value => value,
        default => panic!("it was ready"),
    };
    assert_eq!(value, expected);
    refill();
}

#[track_caller]
fn send_never_blocks(s: &Sender<i32>, expected: Result<(), SendError<i32>>, drain: impl Fn()) {
    assert_eq!(s.send(7), expected);
    drain();
    assert_eq!(s.try_send(7).is_ok(), expected.is_ok());
    drain();
    assert_eq!(select! { send(s, 7) -> sent => sent }, expected);
    drain();
    let sent = select! {
        send(s, 7) -> sent => sent,
        default => panic!("it was ready"),
    };
    assert_eq!(sent, expected);
    drain();
}

#[test]
fn nil_channels_block_always() {
    both_ways(|| {
        recv_blocks(&never());
        let (nobodys, _open) = bounded(0);
        send_blocks(&nobodys);
    });
}

#[test]
fn closed_channels_never_block() {
    both_ways(|| {
        for (s, r) in [bounded(0), bounded(1), bounded(10), unbounded()] {
            s.close();
            recv_never_blocks(&r, Err(RecvError::Closed), || {});
            send_never_blocks(&s, Err(SendError::Closed(7)), || {});
        }
    });
}

#[test]
fn empty_channels_block_receivers_and_full_ones_senders() {
    both_ways(|| {
        for room in [0, 1, 10] {
            let (s, r) = bounded(room);
            recv_blocks(&r);
            (0..room).for_each(|_| s.send(0).unwrap());
            send_blocks(&s);
        }
        recv_blocks(&unbounded().1);
    });
}

#[test]
fn channels_with_values_and_with_room_do_not_block() {
    both_ways(|| {
        for (s, r) in [bounded(1), bounded(10), unbounded()] {
            send_never_blocks(&s, Ok(()), || assert_eq!(r.try_recv(), Ok(7)));
            s.send(8).unwrap();
            recv_never_blocks(&r, Ok(8), || s.send(8).unwrap());
        }
    });
}

/// It waits for ever: the tasks of this test, on the global runtime, are left behind.
#[test]
fn a_select_without_arms_blocks() {
    let left_behind = [0; 3].map(|_| teem::spawn(|| select! {}));
    for task in &left_behind {
        lull();
        // It has no arm that could report this.
        task.cancel();
    }
    lull();
    assert!(left_behind.iter().all(|task| !task.is_finished()));
}

#[test]
fn a_select_with_default_never_blocks() {
    both_ways(|| {
        let silent = never::<i32>();
        let (nobodys, _open) = bounded(0);
        assert!(select! { default => true });
        assert!(select! {
            recv(silent) -> _ => false,
            send(nobodys, 1) -> _ => false,
            recv(silent) -> _ => false,
            default => true,
        });
    });
}
