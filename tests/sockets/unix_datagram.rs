//! Unix datagrams.

use crate::crew::{both_ways, crew, lull};
use crate::workers::with_workers;
use crate::{Name, assert_lets_others_run};
use std::io::ErrorKind;
use std::time::Duration;
use teem::net::Shutdown;
use teem::os::unix::net::{SocketAddr, UnixDatagram};

#[test]
fn messages_of_a_pair_arrive_whole_and_in_order() {
    both_ways(|| {
        let (near, far) = UnixDatagram::pair().unwrap();
        crew(|c| {
            let sender = c.spawn(|| {
                for n in 0..2000_u32 {
                    far.send(&n.to_le_bytes()).unwrap();
                }
            });
            for n in 0..2000_u32 {
                let mut message = [0; 8];
                assert_eq!(near.recv(&mut message).unwrap(), 4);
                assert_eq!(message[..4], n.to_le_bytes());
            }
            sender.join();
        });
        assert!(near.local_addr().unwrap().is_unnamed());
        assert!(near.peer_addr().unwrap().is_unnamed());
    });
}

#[test]
fn sender_is_told_by_its_name_and_what_does_not_fit_is_dropped() {
    both_ways(|| {
        let (here, there) = (Name::new(), Name::new());
        let receiver = UnixDatagram::bind(&here.0).unwrap();
        let sender = UnixDatagram::bind_addr(&SocketAddr::from_pathname(&there.0).unwrap());
        let sender = sender.unwrap();
        sender.send_to(b"a message", &here.0).unwrap();
        let mut buffer = [0; 4];
        let (length, from) = receiver.recv_from(&mut buffer).unwrap();
        assert_eq!((length, &buffer), (4, b"a me"));
        assert_eq!(from.as_pathname(), Some(&*there.0));
        let nobody = UnixDatagram::unbound().unwrap();
        nobody.connect(&here.0).unwrap();
        nobody.send(b"x").unwrap();
        let (length, from) = receiver.recv_from(&mut buffer).unwrap();
        assert!(length == 1 && from.is_unnamed());
        receiver
            .connect_addr(&sender.local_addr().unwrap())
            .unwrap();
        receiver.send(b"answer").unwrap();
        assert_eq!(sender.recv(&mut [0; 16]).unwrap(), 6);
    });
}

#[test]
fn sending_without_being_connected_waits_for_room_there() {
    both_ways(|| {
        let here = Name::new();
        let receiver = UnixDatagram::bind(&here.0).unwrap();
        let sender = UnixDatagram::unbound().unwrap();
        let mut sent = 0;
        sender.set_nonblocking(true).unwrap();
        let error = loop {
            match sender.send_to(b"x", &here.0) {
                Ok(_) => sent += 1,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        sender.set_nonblocking(false).unwrap();
        let some = Duration::from_millis(5);
        let late = teem::time::timeout(some, || sender.send_to(b"x", &here.0));
        assert!(late.is_err());
        sender.set_write_timeout(Some(some)).unwrap();
        let error = sender.send_to(b"x", &here.0).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        sender.set_write_timeout(None).unwrap();
        crew(|c| {
            let waiter = c.spawn(|| sender.send_to(b"last", &here.0).unwrap());
            lull();
            for _ in 0..sent {
                assert_eq!(receiver.recv(&mut [0; 8]).unwrap(), 1);
            }
            assert_eq!(waiter.join(), 4);
        });
        assert_eq!(receiver.recv(&mut [0; 8]).unwrap(), 4);
    });
}

#[test]
fn sending_where_there_always_is_room_lets_others_run() {
    let here = Name::new();
    // Read by the system's own call, which does not let anybody run.
    let receiver = std::os::unix::net::UnixDatagram::bind(&here.0).unwrap();
    let sender = UnixDatagram::unbound().unwrap();
    assert_lets_others_run(|| {
        sender.send_to(b"x", &here.0).unwrap();
        receiver.recv(&mut [0]).unwrap();
    });
}

#[test]
fn sending_to_a_connected_receiver_waits_for_room_there() {
    both_ways(|| {
        let here = Name::new();
        let receiver = UnixDatagram::bind(&here.0).unwrap();
        let sender = UnixDatagram::unbound().unwrap();
        sender.connect(&here.0).unwrap();
        crew(|c| {
            let waiter =
                c.spawn(|| (0..500).for_each(|_| assert_eq!(sender.send(b"x").unwrap(), 1)));
            lull();
            for _ in 0..500 {
                assert_eq!(receiver.recv(&mut [0; 8]).unwrap(), 1);
            }
            waiter.join();
        });
    });
}

#[test]
fn shutdown_wakes_a_receiver_and_clones_share_all() {
    both_ways(|| {
        let (near, far) = UnixDatagram::pair().unwrap();
        let clone = near.try_clone().unwrap();
        crew(|c| {
            let receiver = c.spawn(|| clone.recv(&mut [0; 8]));
            lull();
            near.shutdown(Shutdown::Both).unwrap();
            assert_eq!(receiver.join().unwrap(), 0);
            assert!(clone.recv_from(&mut [0; 8]).unwrap().1.is_unnamed());
        });
        assert_eq!(far.send(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
        let error = UnixDatagram::unbound().unwrap().send(b"x").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotConnected);
    });
}

#[test]
fn conversions_keep_the_messages() {
    both_ways(|| {
        let (near, far) = UnixDatagram::pair().unwrap();
        far.send(b"kept").unwrap();
        let theirs = std::os::unix::net::UnixDatagram::from(near);
        theirs
            .set_read_timeout(Some(Duration::from_millis(3)))
            .unwrap();
        let near = UnixDatagram::from(theirs);
        assert_eq!(near.recv(&mut [0; 8]).unwrap(), 4);
        assert!(near.recv(&mut [0; 8]).is_err(), "the timeout came along");
        assert!(near.read_timeout().unwrap().is_some() && near.write_timeout().unwrap().is_none());
        assert!(near.take_error().unwrap().is_none());
    });
}

#[test]
fn shutdown_wakes_a_sender_without_room() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (near, _far) = UnixDatagram::pair().unwrap();
            let clone = near.try_clone().unwrap();
            near.set_nonblocking(true).unwrap();
            while near.send(b"x").is_ok() {}
            near.set_nonblocking(false).unwrap();
            near.set_write_timeout(Some(Duration::from_secs(60)))
                .unwrap();
            teem::scope(|s| {
                let sender = s.spawn(|| clone.send(b"x"));
                lull();
                near.shutdown(Shutdown::Write).unwrap();
                let error = sender.join().unwrap().unwrap_err();
                assert_eq!(error.kind(), ErrorKind::BrokenPipe);
            });
        });
    });
}
