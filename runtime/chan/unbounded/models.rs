//! loom models of the unbounded channel: handing over against registering, timing out, closing.

use super::Unbounded;
use crate::chan::models::{Queue, bounded, cut};
use crate::chan::operation::{Flavor, Requested};
use crate::chan::packet::{Packet, Parcel};
use crate::chan::wait::{Node, Place, RecvNode};
use crate::task::Wake;
use loom::sync::Arc;
use loom::thread;

/// A channel and two tasks that may wait for it. Everybody shares it, so a queue outlives the claims
/// that lead to it.
struct Shared {
    channel: Unbounded<u32>,
    queues: [Queue; 2],
}

type Channel = Arc<Shared>;

/// How a wait of a receiver may end.
#[derive(Clone, Copy, PartialEq)]
enum Patience {
    /// With a value, or because the channel is closed.
    Endless,
    /// Its deadline passes at some moment.
    Limited,
}

/// The first task receives.
fn receive(shared: &Shared, patience: Patience) -> Option<u32> {
    receive_as(shared, 0, patience)
}

/// As `operation::recv` does it, but for the context. `None`: closed, or timed out.
fn receive_as(shared: &Shared, task: usize, patience: Patience) -> Option<u32> {
    let (channel, queue) = (&shared.channel, &shared.queues[task]);
    if let Ok(value) = channel.try_recv() {
        return Some(value);
    }
    loop {
        let waiter = queue.waiter();
        let packet = Packet::new();
        let node: RecvNode<u32> = Node::new(Place::at(&packet));
        node.belongs_to(&waiter, 0);
        // SAFETY: all of it is in this frame, which is left with the node unlinked.
        match unsafe { channel.request(&node) } {
            Requested::Received(value) => return Some(value),
            Requested::Closed => return None,
            Requested::Promised => unreachable!("senders have their values"),
            Requested::Linked => {}
        }
        if patience == Patience::Limited {
            cut(&waiter);
        }
        match queue.wait(&waiter) {
            Wake::Arm(_) => match packet.open() {
                Parcel::Value(value) => return Some(value),
                other => panic!("completed, but the packet has {other:?}"),
            },
            Wake::Event => {}
            _ => {
                // SAFETY: ours, and linked here if at all.
                unsafe { channel.withdraw_receiver(&node) };
                return None;
            }
        }
    }
}

fn channel() -> Channel {
    Arc::new(Shared {
        channel: Unbounded::new(),
        queues: [Queue::new(), Queue::new()],
    })
}

fn sender(channel: &Channel, values: impl IntoIterator<Item = u32> + Send + 'static) -> Thread {
    let channel = channel.clone();
    thread::spawn(move || {
        for value in values {
            channel.channel.try_send(value).expect("open");
        }
    })
}

type Thread = thread::JoinHandle<()>;

#[test]
fn loom_a_value_sent_while_a_receiver_registers_reaches_it() {
    loom::model(|| {
        let channel = channel();
        let sender = sender(&channel, [1]);
        assert_eq!(receive(&channel, Patience::Endless), Some(1));
        sender.join().unwrap();
        assert_eq!(channel.channel.len(), 0);
    });
}

#[test]
fn loom_values_handed_over_and_values_queued_keep_their_order() {
    loom::model(|| {
        let channel = channel();
        let sender = sender(&channel, 1..=2);
        assert_eq!(receive(&channel, Patience::Endless), Some(1));
        assert_eq!(receive(&channel, Patience::Endless), Some(2));
        sender.join().unwrap();
    });
}

#[test]
fn loom_two_senders_and_a_waiting_receiver_lose_nothing() {
    bounded(2, || {
        let channel = channel();
        let senders = [1, 2].map(|value| sender(&channel, [value]));
        let first = receive(&channel, Patience::Endless).expect("open");
        let second = receive(&channel, Patience::Endless).expect("open");
        assert_eq!(first + second, 3);
        for sender in senders {
            sender.join().unwrap();
        }
    });
}

#[test]
fn loom_two_waiting_receivers_get_a_value_each() {
    bounded(2, || {
        let channel = channel();
        let other = channel.clone();
        let receiver =
            thread::spawn(move || receive_as(&other, 1, Patience::Endless).expect("open"));
        let sender = sender(&channel, 1..=2);
        let ours = receive(&channel, Patience::Endless).expect("open");
        assert_eq!(ours + receiver.join().unwrap(), 3);
        sender.join().unwrap();
    });
}

#[test]
fn loom_a_value_for_a_receiver_that_times_out_stays_in_the_channel() {
    loom::model(|| {
        let channel = channel();
        let sender = sender(&channel, [1]);
        let received = receive(&channel, Patience::Limited);
        sender.join().unwrap();
        if received.is_none() {
            assert_eq!(channel.channel.len(), 1);
            assert_eq!(channel.channel.try_recv(), Ok(1));
        }
        // Nobody waits any more, so senders are back on the fast path.
        assert!(channel.channel.blocks.push(2).is_ok());
        assert_eq!(channel.channel.try_recv(), Ok(2));
    });
}

#[test]
fn loom_closing_wakes_a_receiver_that_registers_and_loses_nothing() {
    bounded(3, || {
        let channel = channel();
        let other = channel.clone();
        let sender = thread::spawn(move || {
            let sent = other.channel.try_send(1).is_ok();
            assert!(other.channel.close());
            sent
        });
        let first = receive(&channel, Patience::Endless);
        let second = receive(&channel, Patience::Endless);
        assert!(sender.join().unwrap());
        assert_eq!((first, second), (Some(1), None));
    });
}

#[test]
fn loom_a_value_given_back_is_received_before_a_later_one() {
    bounded(3, || {
        let channel = channel();
        let sender = sender(&channel, [2]);
        // As a future does that was handed 1 and is dropped.
        channel.channel.give_back(1);
        let values = [(); 2].map(|()| receive(&channel, Patience::Endless));
        assert_eq!(values, [Some(1), Some(2)]);
        sender.join().unwrap();
    });
}

#[test]
fn loom_a_value_given_back_reaches_a_receiver_that_registers() {
    loom::model(|| {
        let channel = channel();
        let other = channel.clone();
        let future = thread::spawn(move || other.channel.give_back(1));
        assert_eq!(receive(&channel, Patience::Endless), Some(1));
        future.join().unwrap();
        assert!(!channel.channel.blocks.has_older());
    });
}
