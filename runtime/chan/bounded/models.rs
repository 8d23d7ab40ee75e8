//! loom models of a bounded channel whose senders or receivers wait: every interleaving, with weak
//! memory.
//!
//! In no model do two threads wait for a third at the same moment: loom then lets the two take turns
//! for ever.

use super::super::models::{Failed, Queue, SharedWaiter, With, bounded, cut_elsewhere};
use super::super::models::{receive, receive_once, send, send_once};
use super::super::wait::{Node, Offer};
use super::{Bounded, Flavor, Reserved, Ticket, TryRecvError, TrySendError};
use crate::task::Wake;
use loom::sync::Arc;
use loom::thread;

fn reserve<T>(channel: &Bounded<T>) -> Ticket<T> {
    match channel.reserve() {
        Reserved::Ticket(ticket) => ticket,
        _ => panic!("there is room"),
    }
}

#[test]
fn loom_a_receiver_that_begins_to_wait_misses_no_value() {
    bounded(3, || {
        let channel = Arc::new(With::queues(Bounded::new(1)));
        let sender = {
            let channel = channel.clone();
            thread::spawn(move || channel.inner.try_send(7).expect("there is room"))
        };
        assert_eq!(receive(&channel.inner, &channel.queues[0]), Ok(7));
        sender.join().unwrap();
        assert_eq!(channel.inner.try_recv(), Err(TryRecvError::Empty));
    });
}

#[test]
fn loom_of_two_receivers_that_begin_to_wait_each_gets_a_value() {
    bounded(2, || {
        let channel = Arc::new(With::queues(Bounded::new(1)));
        let receiver = {
            let channel = channel.clone();
            thread::spawn(move || receive(&channel.inner, &channel.queues[1]).unwrap())
        };
        let sender = {
            let channel = channel.clone();
            thread::spawn(move || {
                for value in [1, 2] {
                    send(&channel.inner, value, &channel.queues[2]).expect("it is received");
                }
            })
        };
        let one = receive(&channel.inner, &channel.queues[0]).unwrap();
        sender.join().unwrap();
        assert_eq!(one + receiver.join().unwrap(), 3);
    });
}

#[test]
fn loom_a_sender_that_begins_to_wait_misses_no_room() {
    bounded(3, || {
        let channel = Arc::new(With::queues(Bounded::new(1)));
        channel.inner.try_send(1).unwrap();
        let receiver = {
            let channel = channel.clone();
            thread::spawn(move || channel.inner.try_recv())
        };
        assert_eq!(send(&channel.inner, 2, &channel.queues[0]), Ok(()));
        assert_eq!(receiver.join().unwrap(), Ok(1));
        assert_eq!(channel.inner.try_recv(), Ok(2));
    });
}

#[test]
fn loom_nobody_comes_before_a_sender_that_waits() {
    bounded(3, || {
        let channel = Arc::new(With::queues(Bounded::new(1)));
        channel.inner.try_send(1).unwrap();
        let waiting = {
            let channel = channel.clone();
            thread::spawn(move || send(&channel.inner, 2, &channel.queues[1]))
        };
        let late = channel.inner.try_send(3);
        assert_eq!(channel.inner.try_recv(), Ok(1));
        waiting.join().unwrap().expect("there is room now");
        assert_eq!(late, Err(TrySendError::Full(3)));
        assert_eq!(channel.inner.try_recv(), Ok(2));
        assert_eq!(channel.inner.len(), 0);
    });
}

#[test]
fn loom_a_value_that_meets_a_timeout_is_neither_lost_nor_doubled() {
    bounded(3, || {
        let shared = Arc::new((Bounded::new(1), Queue::new()));
        let waiter = Arc::new(SharedWaiter(shared.1.waiter()));
        let timer = cut_elsewhere(&waiter);
        let sender = {
            let shared = shared.clone();
            thread::spawn(move || shared.0.try_send(7).expect("there is room"))
        };
        let received = receive_once(&shared.0, &shared.1, &waiter.0);
        timer.join().unwrap();
        sender.join().unwrap();
        match received {
            Ok(value) => {
                assert_eq!(value, Some(7));
                assert_eq!(shared.0.try_recv(), Err(TryRecvError::Empty));
            }
            Err(why) => {
                assert_eq!(why, Failed::Cut);
                assert_eq!(shared.0.try_recv(), Ok(7));
            }
        }
    });
}

#[test]
fn loom_a_sender_that_times_out_has_sent_or_has_its_value() {
    bounded(3, || {
        let shared = Arc::new((Bounded::new(1), Queue::new()));
        shared.0.try_send(1).unwrap();
        let waiter = Arc::new(SharedWaiter(shared.1.waiter()));
        let timer = cut_elsewhere(&waiter);
        let receiver = {
            let shared = shared.clone();
            thread::spawn(move || shared.0.try_recv())
        };
        let sent = send_once(&shared.0, 2, &shared.1, &waiter.0);
        timer.join().unwrap();
        assert_eq!(receiver.join().unwrap(), Ok(1));
        match sent {
            Ok(()) => assert_eq!(shared.0.try_recv(), Ok(2)),
            Err(back) => {
                assert_eq!(back, (2, Some(Failed::Cut)));
                assert_eq!(shared.0.try_recv(), Err(TryRecvError::Empty));
            }
        }
    });
}

#[test]
fn loom_a_close_reaches_who_begins_to_wait() {
    bounded(3, || {
        let channel = Arc::new(With::queues(Bounded::<u32>::new(1)));
        let closer = {
            let channel = channel.clone();
            thread::spawn(move || assert!(channel.inner.close()))
        };
        assert_eq!(
            receive(&channel.inner, &channel.queues[0]),
            Err(Failed::Closed)
        );
        closer.join().unwrap();
    });
    bounded(3, || {
        let channel = Arc::new(With::queues(Bounded::new(1)));
        channel.inner.try_send(1).unwrap();
        let closer = {
            let channel = channel.clone();
            thread::spawn(move || assert!(channel.inner.close()))
        };
        let sent = send(&channel.inner, 2, &channel.queues[0]);
        assert_eq!(sent, Err((2, Failed::Closed)));
        closer.join().unwrap();
        assert_eq!(channel.inner.try_recv(), Ok(1));
    });
}

#[test]
fn loom_a_value_that_meets_a_close_is_received_or_comes_back() {
    bounded(3, || {
        let channel = Arc::new(With::queues(Bounded::new(1)));
        let sender = {
            let channel = channel.clone();
            thread::spawn(move || channel.inner.try_send(7))
        };
        let closer = {
            let channel = channel.clone();
            thread::spawn(move || assert!(channel.inner.close()))
        };
        let received = receive(&channel.inner, &channel.queues[0]);
        closer.join().unwrap();
        match sender.join().unwrap() {
            Ok(()) => assert_eq!(received, Ok(7)),
            Err(error) => {
                assert_eq!(error, TrySendError::Closed(7));
                assert_eq!(received, Err(Failed::Closed));
            }
        }
    });
}

#[test]
fn loom_a_receiver_that_waits_for_a_reserved_slot_is_told() {
    bounded(3, || {
        let channel = Arc::new(With::queues(Bounded::new(2)));
        let ticket = reserve(&channel.inner);
        channel.inner.try_send(2).unwrap();
        let sender = {
            let channel = channel.clone();
            thread::spawn(move || receive(&channel.inner, &channel.queues[1]))
        };
        // SAFETY: ours, and used once.
        unsafe { channel.inner.redeem(ticket, Some(1)) }.unwrap();
        assert_eq!(sender.join().unwrap(), Ok(1));
        assert_eq!(channel.inner.try_recv(), Ok(2));
    });
}

#[test]
fn loom_a_receiver_that_waits_behind_an_abandoned_slot_is_told() {
    bounded(3, || {
        let channel = Arc::new(With::queues(Bounded::new(2)));
        let ticket = reserve(&channel.inner);
        channel.inner.try_send(2).unwrap();
        let receiver = {
            let channel = channel.clone();
            thread::spawn(move || receive(&channel.inner, &channel.queues[1]))
        };
        // SAFETY: ours, and used once.
        assert_eq!(unsafe { channel.inner.redeem(ticket, None) }, Err(None));
        assert_eq!(receiver.join().unwrap(), Ok(2));
        assert_eq!(channel.inner.try_recv(), Err(TryRecvError::Empty));
    });
}

#[test]
fn loom_a_sender_that_waits_gets_an_abandoned_slot() {
    bounded(3, || {
        let channel = Arc::new(With::queues(Bounded::new(1)));
        let ticket = reserve(&channel.inner);
        let sender = {
            let channel = channel.clone();
            thread::spawn(move || send(&channel.inner, 5, &channel.queues[1]))
        };
        // SAFETY: ours, and used once.
        assert_eq!(unsafe { channel.inner.redeem(ticket, None) }, Err(None));
        sender.join().unwrap().expect("there is room");
        assert_eq!(channel.inner.try_recv(), Ok(5));
    });
}

#[test]
fn loom_a_value_given_back_reaches_who_begins_to_wait() {
    bounded(3, || {
        let channel = Arc::new(With::queues(Bounded::new(1)));
        let giver = {
            let channel = channel.clone();
            thread::spawn(move || channel.inner.give_back(7))
        };
        assert_eq!(receive(&channel.inner, &channel.queues[0]), Ok(7));
        giver.join().unwrap();
    });
}

#[test]
fn loom_what_is_sent_beside_the_last_receivers_end_is_dropped() {
    bounded(3, || {
        let channel = Arc::new(With::queues(Bounded::new(2)));
        let value = Arc::new(());
        let ticket = reserve(&channel.inner);
        let sender = {
            let (channel, value) = (channel.clone(), value.clone());
            thread::spawn(move || {
                // SAFETY: ours, and used once.
                drop(unsafe { channel.inner.redeem(ticket, Some(value)) });
            })
        };
        channel.inner.close();
        channel.inner.discard();
        sender.join().unwrap();
        assert_eq!(Arc::strong_count(&value), 1, "it is nowhere any more");
    });
}

#[test]
fn loom_a_select_that_was_given_a_slot_fills_it_after_its_exchange() {
    bounded(3, || {
        let channel = Arc::new(With::queues(Bounded::new(1)));
        channel.inner.try_send(1).unwrap();
        let waiter = channel.queues[0].waiter();
        let node = Node::new(Offer::later());
        node.belongs_to(&waiter, 0);
        // SAFETY: it stays in this frame, which waits until it has been claimed.
        assert!(unsafe { channel.inner.enlist_sender(&node) });
        let receiver = {
            let channel = channel.clone();
            thread::spawn(move || channel.inner.try_recv())
        };
        assert_eq!(channel.queues[0].wait(&waiter), Wake::Arm(0));
        // SAFETY: ours, and used once.
        unsafe { channel.inner.redeem(node.payload.ticket.get(), Some(2)) }.unwrap();
        assert_eq!(receiver.join().unwrap(), Ok(1));
        assert_eq!(channel.inner.try_recv(), Ok(2));
    });
}
