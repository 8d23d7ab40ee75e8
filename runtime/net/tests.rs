//! System calls that fail under a listener or a stream: the error comes out, and what it was about
//! can be tried again.

use super::{ListenOptions, TcpListener, TcpStream, UdpSocket, serve, serve_idle};
use crate::sys::fault::{Injection, inject};
use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

const EINTR: i32 = 4;
const ENOMEM: i32 = 12;
const ENFILE: i32 = 23;
const EMFILE: i32 = 24;
const ECONNABORTED: i32 = 103;

/// Runs `test` in a task and on a thread.
fn everywhere(test: fn()) {
    teem_run(test);
    std::thread::spawn(test).join().unwrap();
}

fn teem_run(test: fn()) {
    crate::spawn(test).join().unwrap();
}

fn pair() -> (TcpListener, TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let far = listener.accept().unwrap().0;
    (listener, near, far)
}

fn assert_struck<T>(injection: &Injection, result: io::Result<T>, errno: i32) {
    assert!(injection.has_struck());
    assert_eq!(result.err().unwrap().raw_os_error(), Some(errno));
}

#[test]
fn failing_accept_leaves_the_connection_in_the_queue() {
    everywhere(|| {
        let (listener, ..) = pair();
        for errno in [EMFILE, ENFILE, ECONNABORTED, ENOMEM] {
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let injection = inject("accept", 1, errno);
            assert_struck(&injection, listener.accept(), errno);
            drop(injection);
            let (_, peer) = listener.accept().unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
        }
    });
}

#[test]
fn failing_transfer_moves_nothing() {
    everywhere(|| {
        let (_, mut near, mut far) = pair();
        let injection = inject("send", 1, ENOMEM);
        assert_struck(&injection, far.write(b"lost"), ENOMEM);
        drop(injection);
        far.write_all(b"kept").unwrap();
        let injection = inject("recv", 1, ENOMEM);
        assert_struck(&injection, near.read(&mut [0; 8]), ENOMEM);
        drop(injection);
        let mut data = [0; 4];
        near.read_exact(&mut data).unwrap();
        assert_eq!(&data, b"kept");
    });
}

#[test]
fn interrupted_read_is_an_error_that_read_exact_repeats() {
    everywhere(|| {
        let (_, mut near, mut far) = pair();
        far.write_all(b"data").unwrap();
        let injection = inject("recv", 1, EINTR);
        near.read_exact(&mut [0; 4]).unwrap();
        assert!(injection.has_struck());
    });
}

#[test]
fn failing_connect_is_an_error_of_that_address_alone() {
    everywhere(|| {
        let (listener, ..) = pair();
        let address = listener.local_addr().unwrap();
        for call in ["socket", "connect"] {
            let injection = inject(call, 1, ENOMEM);
            assert_struck(&injection, TcpStream::connect(address), ENOMEM);
            drop(injection);
            let injection = inject(call, 1, ENOMEM);
            TcpStream::connect(&[address, address][..]).unwrap();
            assert!(injection.has_struck());
        }
    });
}

#[test]
fn interrupted_connect_goes_on() {
    everywhere(|| {
        let (listener, ..) = pair();
        let injection = inject("connect", 1, EINTR);
        // The system was never asked, so the socket stays unconnected.
        let timeout = std::time::Duration::from_millis(20);
        let address = listener.local_addr().unwrap();
        let error = TcpStream::connect_timeout(&address, timeout).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(injection.has_struck());
    });
}

#[test]
fn failing_registration_fails_the_read_and_the_next_one_works() {
    teem_run(|| {
        // The other end may have been registered when it was connected.
        let (_, mut near, mut far) = pair();
        let injection = inject("epoll_ctl", 1, ENOMEM);
        assert_struck(&injection, far.read(&mut [0; 8]), ENOMEM);
        drop(injection);
        let reader = crate::spawn(move || far.read(&mut [0; 8]).unwrap());
        near.write_all(b"data").unwrap();
        assert_eq!(reader.join().unwrap(), 4);
    });
}

#[test]
fn failing_poll_of_a_thread_is_an_error() {
    let (_, mut near, mut far) = pair();
    let injection = inject("poll", 1, ENOMEM);
    assert_struck(&injection, near.read(&mut [0; 8]), ENOMEM);
    drop(injection);
    let injection = inject("poll", 1, EINTR);
    far.write_all(b"data").unwrap();
    assert_eq!(near.read(&mut [0; 8]).unwrap(), 4);
    drop(injection);
}

#[test]
fn runtime_without_a_poller_is_an_error() {
    for call in ["epoll_create1", "eventfd", "epoll_ctl"] {
        let injection = inject(call, 1, EMFILE);
        assert_struck(&injection, crate::runtime::Builder::new().build(), EMFILE);
    }
}

#[test]
fn failing_message_is_an_error_and_the_next_one_arrives() {
    everywhere(|| {
        let [near, far] = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
        let address = near.local_addr().unwrap();
        for errno in [ENOMEM, EINTR] {
            let injection = inject("sendto", 1, errno);
            assert_struck(&injection, far.send_to(b"lost", address), errno);
            drop(injection);
            far.send_to(b"kept", address).unwrap();
            let injection = inject("recvfrom", 1, errno);
            assert_struck(&injection, near.recv_from(&mut [0; 8]), errno);
            drop(injection);
            let (length, _) = near.recv_from(&mut [0; 8]).unwrap();
            assert_eq!(length, 4);
        }
    });
}

#[test]
fn listener_that_cannot_be_had_as_asked_for_is_an_error_and_leaves_no_descriptor() {
    let count = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let mut options = ListenOptions::new();
    options.reuse_port(true).ttl(3);
    drop(options.bind("127.0.0.1:0").unwrap());
    let before = count();
    let calls = [
        ("socket", 1),
        ("setsockopt", 1),
        ("setsockopt", 2),
        ("setsockopt", 3),
        ("bind", 1),
        ("listen", 1),
    ];
    for (call, nth) in calls {
        let injection = inject(call, nth, ENOMEM);
        assert_struck(&injection, options.bind("127.0.0.1:0"), ENOMEM);
    }
    assert_eq!(count(), before);
}

#[test]
fn server_outlives_every_failure_of_accepting() {
    for errno in [EINTR, EMFILE, ENFILE, ENOMEM, ECONNABORTED] {
        let echo = |mut stream: TcpStream| io::copy(&mut stream.try_clone()?, &mut stream);
        let idle = |stream: &mut TcpStream| {
            let length = stream.read(&mut [0; 4])?;
            stream.write_all(&b"data"[..length])?;
            Ok(length > 0)
        };
        for is_idle in [false, true] {
            // One at a time: the fault strikes any acceptor.
            let server = match is_idle {
                false => serve("127.0.0.1:0", echo),
                true => serve_idle("127.0.0.1:0", idle),
            };
            let server = server.unwrap();
            let injection = inject("accept", 1, errno);
            let mut client = TcpStream::connect(server.local_addr()).unwrap();
            client.write_all(b"data").unwrap();
            client.read_exact(&mut [0; 4]).unwrap();
            assert!(injection.has_struck());
            // What interrupts is no failure. Another acceptor may have served before it is counted.
            let failures = u64::from(errno != EINTR);
            while server.accept_errors() < failures {
                std::thread::yield_now();
            }
            assert_eq!(server.accept_errors(), failures);
            drop(client);
            assert_eq!(server.shutdown(Duration::from_secs(30)), Ok(()));
        }
    }
}

#[test]
fn server_without_a_registration_tries_again() {
    let server = serve("127.0.0.1:0", |_stream: TcpStream| {}).unwrap();
    drop(server);
    let injection = inject("epoll_ctl", 1, ENOMEM);
    let server = serve("127.0.0.1:0", |mut stream: TcpStream| {
        stream.write_all(b"x")
    })
    .unwrap();
    let mut client = TcpStream::connect(server.local_addr()).unwrap();
    // This read may be the one that meets it.
    if client.read_exact(&mut [0]).is_err() {
        client.read_exact(&mut [0]).unwrap();
    }
    assert!(injection.has_struck());
    drop(client);
    assert_eq!(server.shutdown(Duration::from_secs(30)), Ok(()));
}

#[test]
fn wait_for_a_descriptor_that_cannot_be_watched_is_an_error_and_leaves_none() {
    teem_run(|| {
        let count = || std::fs::read_dir("/proc/self/fd").unwrap().count();
        let (reader, mut writer) = io::pipe().unwrap();
        let before = count();
        for (call, errno) in [("epoll_ctl", ENOMEM), ("poll", ENOMEM)] {
            let injection = inject(call, 1, errno);
            assert_struck(&injection, crate::poll::readable(&reader), errno);
        }
        assert_eq!(count(), before);
        writer.write_all(b"x").unwrap();
        crate::poll::readable(&reader).unwrap();
    });
}
