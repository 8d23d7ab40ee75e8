//! Connecting: what is refused, what takes too long, and names.

use super::{everywhere, listener, pair};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};
use teem::net::{TcpListener, TcpStream, ToSocketAddrs};

/// An address at which nobody listens.
fn refusing() -> SocketAddr {
    let (near, _far) = pair();
    // A port in use for a connection is given to nobody else meanwhile.
    let address = near.local_addr().unwrap();
    std::mem::forget(near);
    address
}

/// A listener whose queue is full: further connections are neither made nor refused.
fn full() -> (TcpListener, Vec<TcpStream>) {
    use std::os::fd::AsRawFd;
    let listener = listener();
    let address = listener.local_addr().unwrap();
    // SAFETY: no pointers are passed.
    assert_eq!(unsafe { libc::listen(listener.as_raw_fd(), 0) }, 0);
    let mut queued = Vec::new();
    loop {
        match TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
            Ok(stream) => queued.push(stream),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::TimedOut);
                return (listener, queued);
            }
        }
        assert!(queued.len() < 100, "the queue has no end here");
    }
}

#[test]
fn refused_connection_is_an_error() {
    everywhere(|_| {
        let error = TcpStream::connect(refusing()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let long = Duration::from_secs(60);
        let error = TcpStream::connect_timeout(&refusing(), long).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    });
}

#[test]
fn next_address_is_tried_when_one_refuses() {
    everywhere(|_| {
        let listener = listener();
        let good = listener.local_addr().unwrap();
        let stream = TcpStream::connect(&[refusing(), refusing(), good][..]).unwrap();
        assert_eq!(stream.peer_addr().unwrap(), good);
        let error = TcpStream::connect(&[][..]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let error = TcpListener::bind(&[good][..]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
    });
}

#[test]
fn connection_that_nobody_takes_times_out() {
    everywhere(|_| {
        let (listener, mut queued) = full();
        let timeout = Duration::from_millis(30);
        let address = listener.local_addr().unwrap();
        loop {
            let start = Instant::now();
            match TcpStream::connect_timeout(&address, timeout) {
                // On a busy machine the queue may have been taken for full too early.
                Ok(stream) => queued.push(stream),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::TimedOut);
                    assert!(start.elapsed() >= timeout);
                    break;
                }
            }
        }
    });
}

#[test]
fn connection_is_made_when_room_comes_in_time() {
    everywhere(|helpers| {
        let (listener, queued) = full();
        let address = listener.local_addr().unwrap();
        let late = helpers.spawn(move || {
            // The system tries again after a second.
            TcpStream::connect_timeout(&address, Duration::from_secs(30)).unwrap()
        });
        for _ in &queued {
            listener.accept().unwrap();
        }
        let late = late.join().local_addr().unwrap();
        // An attempt that was given up may stand before it.
        while listener.accept().unwrap().1 != late {}
    });
}

#[test]
fn timeout_of_zero_is_refused() {
    everywhere(|_| {
        let listener = listener();
        let address = listener.local_addr().unwrap();
        let error = TcpStream::connect_timeout(&address, Duration::ZERO).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        TcpStream::connect_timeout(&address, Duration::MAX).unwrap();
    });
}

#[test]
fn names_resolve_to_what_std_says() {
    everywhere(|_| {
        let listener = listener();
        let port = listener.local_addr().unwrap().port();
        let stream = TcpStream::connect(("localhost", port)).unwrap();
        assert_eq!(stream.peer_addr().unwrap().ip(), Ipv4Addr::LOCALHOST);
        let stream = TcpStream::connect(format!("localhost:{port}")).unwrap();
        assert_eq!(stream.peer_addr().unwrap().port(), port);
    });
}

#[test]
fn addresses_convert_as_in_std() {
    fn compare<A>(input: A)
    where
        A: ToSocketAddrs + std::net::ToSocketAddrs + std::fmt::Debug,
    {
        let ours = ToSocketAddrs::to_socket_addrs(&input).map(Vec::from_iter);
        let theirs = std::net::ToSocketAddrs::to_socket_addrs(&input).map(Vec::from_iter);
        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs, "{input:?}"),
            (Err(ours), Err(theirs)) => {
                assert_eq!(ours.kind(), theirs.kind(), "{input:?}");
                assert_eq!(ours.to_string(), theirs.to_string(), "{input:?}");
            }
            (ours, theirs) => panic!("{input:?}: {ours:?}, std {theirs:?}"),
        }
    }
    everywhere(|_| {
        for text in [
            "127.0.0.1:80",
            "[::1]:80",
            "::1:80",
            "127.0.0.1",
            "127.0.0.1:",
            "127.0.0.1:65536",
            "",
            ":",
            ":80",
            "no port here",
        ] {
            compare(text);
            compare(String::from(text));
        }
        for host in ["127.0.0.1", "::1", ""] {
            compare((host, 80));
            compare((String::from(host), 80));
        }
        let address: SocketAddr = "[fe80::1%3]:80".parse().unwrap();
        compare(address);
        let reference = &address;
        compare(reference);
        compare((address.ip(), 80));
        compare((Ipv4Addr::LOCALHOST, 80));
        compare((std::net::Ipv6Addr::LOCALHOST, 80));
        compare(&[address, ([127, 0, 0, 1], 80).into()][..]);
    });
}
