//! Connections are accepted once each, by whoever waits.

use super::{Place, everywhere, listener, within};
use std::io::{ErrorKind, Read, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use teem::net::{TcpListener, TcpStream};

#[test]
fn several_acceptors_serve_a_burst_and_none_is_stranded() {
    everywhere(|helpers| {
        const ACCEPTORS: usize = 4;
        const CLIENTS: usize = 100;
        let listener = Arc::new(listener());
        let address = listener.local_addr().unwrap();
        let acceptors: Vec<_> = (0..ACCEPTORS)
            .map(|_| {
                let listener = Arc::clone(&listener);
                helpers.spawn(move || {
                    let mut names = Vec::new();
                    for stream in listener.incoming() {
                        let mut name = [0];
                        stream.unwrap().read_exact(&mut name).unwrap();
                        if name[0] == u8::MAX {
                            break;
                        }
                        names.push(name[0]);
                    }
                    names
                })
            })
            .collect();
        let connect = |name| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(&[name]).unwrap();
            stream
        };
        let streams: Vec<_> = (0..CLIENTS).map(|name| connect(name as u8)).collect();
        // Each of these ends one acceptor; they come out of the queue last.
        let ends = [(); ACCEPTORS].map(|()| connect(u8::MAX));
        let mut names: Vec<_> = acceptors.into_iter().flat_map(|a| a.join()).collect();
        names.sort_unstable();
        assert!(names.into_iter().eq(0..CLIENTS as u8));
        drop((streams, ends));
    });
}

#[test]
fn acceptors_in_tasks_and_threads_share_a_listener() {
    within(Duration::from_secs(60), || {
        let listener = Arc::new(listener());
        let address = listener.local_addr().unwrap();
        let accepted = Arc::new(Mutex::new(0));
        let acceptors = [Place::Task, Place::Thread, Place::Task, Place::Thread].map(|place| {
            let (listener, accepted) = (Arc::clone(&listener), Arc::clone(&accepted));
            place.spawn(move || {
                for _ in 0..25 {
                    listener.accept().unwrap();
                    *accepted.lock().unwrap() += 1;
                }
            })
        });
        for _ in 0..100 {
            TcpStream::connect(address).unwrap();
        }
        acceptors.into_iter().for_each(|acceptor| acceptor.join());
        assert_eq!(*accepted.lock().unwrap(), 100);
    });
}

#[test]
fn clone_of_a_listener_accepts_after_the_original_is_gone() {
    everywhere(|helpers| {
        let original = listener();
        let address = original.local_addr().unwrap();
        let clone = original.try_clone().unwrap();
        // The original is the one that gets registered.
        let client = helpers.spawn(move || TcpStream::connect(address).unwrap());
        original.accept().unwrap();
        client.join();
        let (waiting, waits) = std::sync::mpsc::channel();
        let acceptor = helpers.spawn(move || {
            waiting.send(()).unwrap();
            clone.accept().map(|(stream, _)| stream)
        });
        teem::offload(move || waits.recv()).unwrap();
        drop(original);
        TcpStream::connect(address).unwrap();
        acceptor.join().unwrap();
    });
}

#[test]
fn nonblocking_listener_says_so_and_finds_the_connection_later() {
    everywhere(|_| {
        let listener = listener();
        listener.set_nonblocking(true).unwrap();
        assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut server = loop {
            match listener.accept() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                other => break other.unwrap().0,
            }
        };
        // What was accepted is not in that mode.
        client.write_all(b"x").unwrap();
        server.read_exact(&mut [0]).unwrap();
        listener.set_nonblocking(false).unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert_eq!(listener.accept().unwrap().1, client.local_addr().unwrap());
    });
}

#[test]
fn port_of_a_closed_listener_can_be_bound_again() {
    everywhere(|_| {
        let first = listener();
        let address = first.local_addr().unwrap();
        let client = TcpStream::connect(address).unwrap();
        drop(first.accept().unwrap());
        drop(first);
        drop(client);
        let again = TcpListener::bind(address).unwrap();
        assert_eq!(again.local_addr().unwrap(), address);
    });
}

#[test]
fn bound_address_is_an_error_for_a_second_listener() {
    everywhere(|_| {
        let first = listener();
        let error = TcpListener::bind(first.local_addr().unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
    });
}
