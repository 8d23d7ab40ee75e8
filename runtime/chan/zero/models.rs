//! loom models of the rendezvous: every interleaving, with weak memory.

use super::super::models::{Failed, Queue, SharedWaiter, With, bounded, cut_elsewhere, settle};
use super::super::models::{receive, receive_once, send, send_once};
use super::super::packet::{Packet, Parcel};
use super::{Flavor, Reserved, TryRecvError, TrySendError, Zero};
use crate::task::Wake;
use loom::sync::Arc;
use loom::thread;

#[test]
fn loom_a_sender_and_a_receiver_meet() {
    bounded(3, || {
        let channel = Arc::new(With::queues(Zero::new()));
        let sender = {
            let channel = channel.clone();
            thread::spawn(move || send(&channel.inner, 7, &channel.queues[1]))
        };
        assert_eq!(receive(&channel.inner, &channel.queues[0]), Ok(7));
        assert_eq!(sender.join().unwrap(), Ok(()));
    });
}

#[test]
fn loom_a_receiver_that_times_out_has_not_taken_a_value() {
    bounded(3, || {
        let shared = Arc::new((Zero::new(), Queue::new()));
        let waiter = Arc::new(SharedWaiter(shared.1.waiter()));
        let timer = cut_elsewhere(&waiter);
        let sender = {
            let shared = shared.clone();
            thread::spawn(move || shared.0.try_send(7))
        };
        let received = receive_once(&shared.0, &shared.1, &waiter.0);
        timer.join().unwrap();
        match sender.join().unwrap() {
            Ok(()) => assert_eq!(received, Ok(Some(7))),
            Err(error) => {
                assert_eq!(error, TrySendError::Full(7));
                assert_eq!(received, Err(Failed::Cut));
            }
        }
    });
}

#[test]
fn loom_a_sender_that_times_out_has_its_value() {
    bounded(3, || {
        let shared = Arc::new((Zero::new(), Queue::new()));
        let waiter = Arc::new(SharedWaiter(shared.1.waiter()));
        let timer = cut_elsewhere(&waiter);
        let receiver = {
            let shared = shared.clone();
            thread::spawn(move || shared.0.try_recv())
        };
        let sent = send_once(&shared.0, 7, &shared.1, &waiter.0);
        timer.join().unwrap();
        match receiver.join().unwrap() {
            Ok(value) => assert_eq!((value, sent), (7, Ok(()))),
            Err(error) => {
                assert_eq!(error, TryRecvError::Empty);
                assert_eq!(sent, Err((7, Some(Failed::Cut))));
            }
        }
    });
}

#[test]
fn loom_a_close_reaches_both_sides() {
    bounded(3, || {
        let channel = Arc::new(With::queues(Zero::<u32>::new()));
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
        let channel = Arc::new(With::queues(Zero::new()));
        let closer = {
            let channel = channel.clone();
            thread::spawn(move || assert!(channel.inner.close()))
        };
        let sent = send(&channel.inner, 7, &channel.queues[0]);
        assert_eq!(sent, Err((7, Failed::Closed)));
        closer.join().unwrap();
    });
}

#[test]
fn loom_a_chosen_receiver_waits_for_its_value() {
    for value in [Some(7), None] {
        bounded(3, move || {
            let shared = Arc::new((Zero::new(), Queue::new()));
            let receiver = {
                let shared = shared.clone();
                thread::spawn(move || receive_once(&shared.0, &shared.1, &shared.1.waiter()))
            };
            let ticket = loop {
                match shared.0.reserve() {
                    Reserved::Ticket(ticket) => break ticket,
                    _ => thread::yield_now(),
                }
            };
            // SAFETY: ours, and used once.
            unsafe { shared.0.redeem(ticket, value) }.unwrap();
            assert_eq!(receiver.join().unwrap(), Ok(value));
        });
    }
}

/// A packet that both sides have, as a future's.
struct SharedPacket(Packet<u32>);

// SAFETY: its two sides use it as a future and a `select!` would.
unsafe impl Send for SharedPacket {}
// SAFETY: as above.
unsafe impl Sync for SharedPacket {}

#[test]
fn loom_a_packet_is_filled_or_left_but_not_both() {
    bounded(3, || {
        let shared = Arc::new(SharedPacket(Packet::new()));
        let filler = {
            let shared = shared.clone();
            // SAFETY: the one time, and the packet is kept.
            thread::spawn(move || unsafe { Packet::finish(&shared.0, Some(7)) }.map(drop))
        };
        let left = shared.0.leave();
        match filler.join().unwrap() {
            Ok(()) => {
                assert!(!left);
                assert_eq!(shared.0.open(), Parcel::Value(7));
            }
            Err(back) => {
                assert!(left);
                assert_eq!(back, Some(7));
            }
        }
    });
}

#[test]
fn loom_a_wait_that_is_taken_back_from_a_packet_is_not_claimed() {
    bounded(3, || {
        let shared = Arc::new((SharedPacket(Packet::new()), Queue::new()));
        let waiter = Arc::new(SharedWaiter(shared.1.waiter()));
        let filler = {
            let shared = shared.clone();
            thread::spawn(move || {
                // SAFETY: the one time; packet and waiter are kept.
                settle(unsafe { Packet::finish(&shared.0.0, Some(7)) }.expect("nobody leaves"));
            })
        };
        let packet = &shared.0.0;
        if packet.wait(&waiter.0) && !packet.unwait(&waiter.0) {
            assert_eq!(shared.1.wait(&waiter.0), Wake::Event);
        }
        filler.join().unwrap();
        assert_eq!(packet.open(), Parcel::Value(7));
    });
}
