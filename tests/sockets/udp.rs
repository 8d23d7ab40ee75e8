//! Messages over UDP.

use crate::crew::{both_ways, crew, lull};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::time::Duration;
use teem::net::UdpSocket;

fn socket() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

#[test]
fn receivers_that_wait_get_every_message_once() {
    both_ways(|| {
        let (receiver, address) = socket();
        let (sender, from) = socket();
        let sum: u32 = crew(|c| {
            let receive = || {
                let mut message = [0; 16];
                let (length, peer) = receiver.recv_from(&mut message).unwrap();
                assert_eq!((length, peer), (4, from));
                u32::from_le_bytes(message[..4].try_into().unwrap())
            };
            let receivers: Vec<_> = (0..8).map(|_| c.spawn(receive)).collect();
            lull();
            for n in 1..=8_u32 {
                assert_eq!(sender.send_to(&n.to_le_bytes(), address).unwrap(), 4);
            }
            receivers.into_iter().map(|receiver| receiver.join()).sum()
        });
        assert_eq!(sum, 36);
    });
}

#[test]
fn peeking_leaves_the_message_and_a_small_buffer_its_beginning() {
    both_ways(|| {
        let (receiver, address) = socket();
        let (sender, from) = socket();
        sender.connect(address).unwrap();
        assert_eq!(sender.peer_addr().unwrap(), address);
        sender.send(b"a long message").unwrap();
        sender.send(b"").unwrap();
        let mut buffer = [0; 6];
        assert_eq!(receiver.peek_from(&mut buffer).unwrap(), (6, from));
        assert_eq!(receiver.peek(&mut buffer).unwrap(), 6);
        assert_eq!(receiver.recv(&mut buffer).unwrap(), 6);
        assert_eq!(&buffer, b"a long", "the rest is dropped");
        assert_eq!(receiver.recv_from(&mut buffer).unwrap(), (0, from));
    });
}

#[test]
fn message_that_is_too_long_is_an_error_and_nothing_is_sent() {
    both_ways(|| {
        let (receiver, address) = socket();
        let (sender, _) = socket();
        let error = sender.send_to(&[0; 70_000], address).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EMSGSIZE));
        sender.send_to(b"next", address).unwrap();
        assert_eq!(receiver.recv(&mut [0; 8]).unwrap(), 4);
        let nowhere: &[SocketAddr] = &[];
        let error = sender.send_to(b"x", nowhere).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    });
}

#[test]
fn refusal_by_the_peers_system_is_told_to_a_connected_socket() {
    both_ways(|| {
        let (closed, address) = socket();
        drop(closed);
        let (sender, _) = socket();
        sender.connect(address).unwrap();
        sender.send(b"anybody?").unwrap();
        let error = sender.recv(&mut [0; 8]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    });
}

#[test]
fn timeouts_and_the_mode_are_those_of_all_clones() {
    both_ways(|| {
        let (receiver, _) = socket();
        let clone = receiver.try_clone().unwrap();
        let some = Some(Duration::from_millis(3));
        clone.set_read_timeout(some).unwrap();
        clone.set_write_timeout(some).unwrap();
        let error = receiver.recv(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        assert!(receiver.read_timeout().unwrap().is_some());
        assert!(receiver.write_timeout().unwrap().is_some());
        let zero = receiver.set_read_timeout(Some(Duration::ZERO));
        assert_eq!(zero.unwrap_err().kind(), ErrorKind::InvalidInput);
        receiver.set_read_timeout(None).unwrap();
        receiver.set_nonblocking(true).unwrap();
        let error = clone.recv_from(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
    });
}

#[test]
fn conversions_keep_the_socket_its_mode_and_its_timeouts() {
    both_ways(|| {
        let (receiver, address) = socket();
        let some = Some(Duration::from_millis(40));
        receiver.set_read_timeout(some).unwrap();
        let theirs = std::net::UdpSocket::from(receiver);
        assert_eq!(theirs.local_addr().unwrap(), address);
        let error = theirs.recv(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock, "it has waited");
        let ours = UdpSocket::from(OwnedFd::from(theirs));
        assert!(ours.recv(&mut [0]).is_err(), "the timeout has come along");
        ours.set_read_timeout(None).unwrap();
        crew(|c| {
            let receiver = c.spawn(|| ours.recv(&mut [0; 8]).unwrap());
            lull();
            socket().0.send_to(b"still", address).unwrap();
            assert_eq!(receiver.join(), 5);
        });
        assert!(format!("{ours:?}").contains("127.0.0.1"));
    });
}

#[test]
fn options_are_those_that_were_set() {
    let (socket, _) = socket();
    socket.set_broadcast(true).unwrap();
    assert!(socket.broadcast().unwrap());
    socket.set_ttl(17).unwrap();
    assert_eq!(socket.ttl().unwrap(), 17);
    socket.set_multicast_ttl_v4(3).unwrap();
    assert_eq!(socket.multicast_ttl_v4().unwrap(), 3);
    socket.set_multicast_loop_v4(false).unwrap();
    assert!(!socket.multicast_loop_v4().unwrap());
    let group = Ipv4Addr::new(224, 0, 0, 251);
    socket
        .join_multicast_v4(&group, &Ipv4Addr::LOCALHOST)
        .unwrap();
    socket
        .leave_multicast_v4(&group, &Ipv4Addr::LOCALHOST)
        .unwrap();
    assert!(
        socket
            .leave_multicast_v4(&group, &Ipv4Addr::LOCALHOST)
            .is_err()
    );
    assert!(socket.take_error().unwrap().is_none());
    // Where there is IPv6.
    if let Ok(socket) = UdpSocket::bind("[::1]:0") {
        socket.set_multicast_loop_v6(false).unwrap();
        assert!(!socket.multicast_loop_v6().unwrap());
        let group = "ff02::fb".parse().unwrap();
        assert!(socket.leave_multicast_v6(&group, 1).is_err());
        if socket.join_multicast_v6(&group, 1).is_ok() {
            socket.leave_multicast_v6(&group, 1).unwrap();
        }
    }
}
