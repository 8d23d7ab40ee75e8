//! System calls that fail under a listener or a stream: the error comes out, and what it was about
//! can be tried again.

use super::{TcpListener, TcpStream};
use crate::sys::fault::{Injection, inject};
use std::io::{self, ErrorKind, Read, Write};

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
