//! To std's types and back: the socket, its mode and its settings come along.

use super::{everywhere, listener, pair};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::time::Duration;
use teem::net::{TcpListener, TcpStream};

fn is_nonblocking(socket: &impl AsRawFd) -> bool {
    // SAFETY: no pointers are passed.
    let flags = unsafe { libc::fcntl(socket.as_raw_fd(), libc::F_GETFL) };
    assert!(flags >= 0);
    flags & libc::O_NONBLOCK != 0
}

#[test]
fn stream_blocks_as_std_type_and_parks_when_it_is_back() {
    everywhere(|helpers| {
        let (mut near, mut far) = pair();
        // It has parked, so it is registered.
        let reader = helpers.spawn(move || {
            near.read_exact(&mut [0]).unwrap();
            near
        });
        far.write_all(b"1").unwrap();
        let std_stream = std::net::TcpStream::from(reader.join());
        assert!(!is_nonblocking(&std_stream));
        let reader = std::thread::spawn(move || {
            let mut std_stream = std_stream;
            std_stream.read_exact(&mut [0]).unwrap();
            std_stream
        });
        far.write_all(b"2").unwrap();
        let std_stream = teem::offload(|| reader.join()).unwrap();
        let mut near = TcpStream::from(std_stream);
        let reader = helpers.spawn(move || near.read_exact(&mut [0]));
        far.write_all(b"3").unwrap();
        reader.join().unwrap();
    });
}

#[test]
fn stream_passes_through_every_form() {
    everywhere(|_| {
        let (near, mut far) = pair();
        let fd: RawFd = near.as_raw_fd();
        assert_eq!(near.as_fd().as_raw_fd(), fd);
        let near = TcpStream::from(std::net::TcpStream::from(near));
        let near = TcpStream::from(OwnedFd::from(near));
        let raw = near.into_raw_fd();
        // SAFETY: it was just given to us.
        let mut near = unsafe { TcpStream::from_raw_fd(raw) };
        assert_eq!(near.as_raw_fd(), fd, "the same descriptor all the way");
        far.write_all(b"x").unwrap();
        near.read_exact(&mut [0]).unwrap();
        drop(near);
        assert_eq!(far.read(&mut [0]).unwrap(), 0, "and closed once");
    });
}

#[test]
fn listener_passes_through_every_form() {
    everywhere(|helpers| {
        let original = listener();
        let address = original.local_addr().unwrap();
        let connect = || helpers.spawn(move || drop(TcpStream::connect(address).unwrap()));
        let client = connect();
        original.accept().unwrap();
        client.join();
        let std_listener = std::net::TcpListener::from(original);
        assert!(!is_nonblocking(&std_listener));
        let client = connect();
        teem::offload(|| std_listener.accept()).unwrap();
        client.join();
        let listener = TcpListener::from(OwnedFd::from(TcpListener::from(std_listener)));
        assert!(listener.as_fd().as_raw_fd() == listener.as_raw_fd());
        // SAFETY: it was just given to us.
        let listener = unsafe { TcpListener::from_raw_fd(listener.into_raw_fd()) };
        let client = connect();
        listener.accept().unwrap();
        client.join();
    });
}

#[test]
fn mode_that_the_user_chose_goes_along() {
    everywhere(|_| {
        let (near, _far) = pair();
        near.set_nonblocking(true).unwrap();
        let mut std_stream = std::net::TcpStream::from(near);
        let error = std_stream.read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        let listener = listener();
        listener.set_nonblocking(true).unwrap();
        let error = std::net::TcpListener::from(listener).accept().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
    });
}

#[test]
fn stream_parks_whichever_mode_it_comes_in() {
    everywhere(|helpers| {
        let (near, mut far) = pair();
        let near = std::net::TcpStream::from(near);
        near.set_nonblocking(true).unwrap();
        let mut near = TcpStream::from(near);
        let reader = helpers.spawn(move || near.read_exact(&mut [0]));
        far.write_all(b"x").unwrap();
        reader.join().unwrap();
    });
}

#[test]
fn timeouts_go_along() {
    everywhere(|_| {
        let (near, _far) = pair();
        near.set_read_timeout(Some(Duration::from_millis(20)))
            .unwrap();
        let near = std::net::TcpStream::from(near);
        let timeout = near.read_timeout().unwrap();
        assert!(timeout.is_some());
        near.set_write_timeout(Some(Duration::from_secs(1)))
            .unwrap();
        let mut near = TcpStream::from(near);
        assert_eq!(near.read_timeout().unwrap(), timeout);
        let error = near.read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        assert!(near.write_timeout().unwrap().is_some());
    });
}

#[test]
fn clone_that_became_a_std_stream_does_not_block_the_others_worker() {
    super::on_one_worker(|| {
        let (mut near, mut far) = pair();
        // Restores the blocking mode, which belongs to the file that both share.
        let blocking = std::net::TcpStream::from(near.try_clone().unwrap());
        assert!(!is_nonblocking(&near));
        let writer = teem::spawn(move || far.write_all(b"x").map(|()| far));
        near.read_exact(&mut [0]).unwrap();
        drop(writer.join().unwrap());
        drop(blocking);
    });
}

#[test]
fn descriptor_that_is_no_socket_gives_errors() {
    everywhere(|_| {
        let file = || OwnedFd::from(std::fs::File::open("/dev/null").unwrap());
        let mut stream = TcpStream::from(file());
        assert!(stream.read(&mut [0]).is_err());
        assert!(stream.write(&[0]).is_err());
        assert!(stream.local_addr().is_err());
        assert!(TcpListener::from(file()).accept().is_err());
    });
}
