//! Clients that take their time, over sockets.

use crate::http::{Limits, Site, serve};
use crate::watchdog::Watchdog;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use teem::chan::{Receiver, unbounded};
use teem::net::{TcpListener, TcpStream};
use teem::runtime::{Builder, Runtime};
use teem::time::sleep;

const HELLO: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const CLOSING: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

/// A server with these limits for `test`, which runs on the same worker; then nothing may be left.
fn with_server(limits: Limits, test: impl FnOnce(&Runtime, SocketAddr, &Arc<Site>, &Receiver<()>)) {
    let _watchdog = Watchdog::start();
    let runtime = Builder::new().workers(1).build().expect("a runtime");
    let site = Arc::new(Site {
        limits,
        ..Site::default()
    });
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let (ended, ends) = unbounded();
    let acceptor = runtime.spawn({
        let site = Arc::clone(&site);
        move || {
            while let Ok((stream, _)) = listener.accept() {
                let (site, ended) = (Arc::clone(&site), ended.clone());
                teem::go!({
                    let _ = serve(stream, &site);
                    let _ = ended.send(());
                });
            }
        }
    });
    test(&runtime, address, &site, &ends);
    acceptor.cancel();
    acceptor.join().expect("it ends");
    let over = runtime.shutdown(Duration::from_secs(20));
    assert_eq!(over, Ok(()), "connections are left");
}

/// All that comes until the end, which may be a reset.
fn read_all(stream: &mut TcpStream) -> String {
    let (mut all, mut part) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = stream.read(&mut part) {
        all.extend_from_slice(&part[..count]);
    }
    String::from_utf8(all).expect("text")
}

/// Sends `bytes` one by one until there is an answer, and gives that.
fn trickle(address: SocketAddr, bytes: &[u8], pause: Duration) -> String {
    let mut stream = TcpStream::connect(address).expect("a connection");
    for byte in bytes {
        stream.set_read_timeout(Some(pause)).expect("a time");
        if stream.write_all(&[*byte]).is_err() || stream.peek(&mut [0]).is_ok() {
            break;
        }
    }
    stream.set_read_timeout(None).expect("a time");
    read_all(&mut stream)
}

/// How many connections there may be, both ends of which are ours.
fn connections() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3)?.parse().ok());
    // Other tests have files open, too.
    (soft.unwrap_or(1_024_usize) / 4).min(2_000)
}

#[test]
fn thousands_of_slow_clients_keep_nobody_waiting() {
    let limits = Limits {
        head_time: Duration::from_secs(3),
        ..Limits::default()
    };
    let slow = connections();
    with_server(limits, |runtime, address, _, ends| {
        let crowd: Vec<_> = (0..slow)
            .map(|_| {
                runtime.spawn(move || trickle(address, &[b'x'; 100], Duration::from_millis(500)))
            })
            .collect();
        let quick = runtime.spawn(move || {
            let mut times = Vec::new();
            for _ in 0..200 {
                let begin = Instant::now();
                let mut stream = TcpStream::connect(address).expect("a connection");
                stream.write_all(CLOSING).expect("sent");
                assert!(read_all(&mut stream).ends_with("Hello, World!"));
                times.push(begin.elapsed());
                sleep(Duration::from_millis(10));
            }
            times.sort();
            times[100]
        });
        let median = quick.join().expect("all were served");
        assert!(median < Duration::from_secs(1), "a request took {median:?}");
        for client in crowd {
            let answer = client.join().expect("it ends");
            assert!(
                answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"),
                "{answer}"
            );
        }
        for _ in 0..slow + 200 {
            ends.recv().expect("each connection ends");
        }
    });
}

#[test]
fn a_body_that_trickles_is_refused() {
    let limits = Limits {
        body_time: Duration::from_millis(300),
        ..Limits::default()
    };
    with_server(limits, |runtime, address, _, ends| {
        let client = runtime.spawn(move || {
            let mut text =
                b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n".to_vec();
            text.resize(text.len() + 100, b'x');
            trickle(address, &text, Duration::from_millis(5))
        });
        let answer = client.join().expect("it ends");
        assert!(
            answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"),
            "{answer}"
        );
        ends.recv().expect("the connection ends");
    });
}

#[test]
fn who_says_nothing_is_left_in_peace_and_then_alone() {
    let limits = Limits {
        head_time: Duration::from_millis(500),
        idle_time: Duration::from_secs(1),
        ..Limits::default()
    };
    with_server(limits, |runtime, address, _, ends| {
        let client = runtime.spawn(move || {
            let mut silent = TcpStream::connect(address).expect("a connection");
            let mut idle = TcpStream::connect(address).expect("a connection");
            idle.write_all(HELLO).expect("sent");
            (read_all(&mut silent), read_all(&mut idle))
        });
        let (silent, idle) = client.join().expect("it ends");
        assert_eq!(silent, "", "nobody knows what it wanted");
        assert!(idle.ends_with("Hello, World!"), "{idle}");
        ends.recv().expect("the one ends");
        ends.recv().expect("the other ends");
    });
}

#[test]
fn who_does_not_listen_is_not_talked_to_for_ever() {
    let limits = Limits {
        write_time: Duration::from_millis(300),
        body: 64 << 20,
        ..Limits::default()
    };
    with_server(limits, |runtime, address, _, ends| {
        let client = runtime.spawn(move || {
            let mut stream = TcpStream::connect(address).expect("a connection");
            let head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 33554432\r\n\r\n";
            stream.write_all(head.as_bytes()).expect("sent");
            stream.write_all(&vec![7; 32 << 20]).expect("sent");
            stream
        });
        let stream = client.join().expect("it ends");
        // It is still open, and none of the answer has been read.
        ends.recv().expect("the connection ends");
        drop(stream);
    });
}

#[test]
fn a_client_that_never_finishes_does_not_hold_up_the_end() {
    with_server(Limits::default(), |runtime, address, site, ends| {
        let client = runtime.spawn(move || {
            let mut half = TcpStream::connect(address).expect("a connection");
            half.write_all(HELLO).expect("sent");
            half.write_all(b"GET / HT").expect("sent");
            half.read_exact(&mut [0; 100])
                .expect("an answer to the first");
            let mut idle = TcpStream::connect(address).expect("a connection");
            idle.write_all(HELLO).expect("sent");
            idle.read_exact(&mut [0; 100]).expect("an answer");
            (half, idle)
        });
        let (mut half, mut idle) = client.join().expect("it ends");
        let begin = Instant::now();
        site.drain.stop(Duration::from_millis(300));
        ends.recv().expect("the one ends");
        ends.recv().expect("the other ends");
        assert!(
            begin.elapsed() < Duration::from_secs(5),
            "long before the limits"
        );
        let (half, idle) = runtime.run(|| (read_all(&mut half), read_all(&mut idle)));
        assert!(idle.ends_with("Hello, World!"), "{idle}");
        // What it was told at the end, if it was, says that it was too slow.
        let rest = half.rsplit("Hello, World!").next().unwrap_or_default();
        assert!(
            rest.is_empty() || rest.starts_with("HTTP/1.1 408 "),
            "{half}"
        );
    });
}
