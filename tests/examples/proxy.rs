//! The proxy: both directions, their ends, and what cannot be reached.

use super::{Watchdog, assert_refused, run};
use crate::programs::Server;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

/// Where a proxy passes on to, and the proxy.
fn proxy() -> (TcpListener, Server) {
    let target = TcpListener::bind("127.0.0.1:0").expect("a port");
    let to = target.local_addr().expect("bound").to_string();
    let server = Server::start("proxy", &["--workers", "2", "--to", &to]);
    (target, server)
}

fn connect(target: &TcpListener, proxy: &Server) -> (TcpStream, TcpStream) {
    let client = proxy.connect();
    (client, target.accept().expect("passed on").0)
}

#[test]
fn what_it_cannot_do_it_refuses_in_one_line() {
    let _watchdog = Watchdog::start();
    for (arguments, part) in [
        (&[][..], "--to HOST:PORT is missing"),
        (&["--to", "nowhere"], "cannot pass on to nowhere: "),
        (
            &["--to", "127.0.0.1:1", "--timeout", "0"],
            "--timeout takes",
        ),
        (
            &["--to", "127.0.0.1:1", "--from", "x"],
            "there is no --from",
        ),
    ] {
        assert_refused(&run("proxy", arguments), &["proxy: ", part]);
    }
}

#[test]
fn much_goes_both_ways_at_once_and_either_end_is_passed_on() {
    let _watchdog = Watchdog::start();
    let (target, server) = proxy();
    for server_ends_first in [false, true] {
        let (client, far) = connect(&target, &server);
        let bytes: Vec<u8> = (0..2_000_000u32).map(|n| (n % 251) as u8).collect();
        thread::scope(|s| {
            for mut stream in [&client, &far] {
                let bytes = &bytes;
                s.spawn(move || stream.write_all(bytes).expect("a write"));
            }
            for mut stream in [&client, &far] {
                let mut back = vec![0; bytes.len()];
                stream.read_exact(&mut back).expect("all of it");
                assert!(back == bytes);
            }
        });
        // One half is closed, and the other goes on.
        let (mut one, mut other) = match server_ends_first {
            true => (&far, &client),
            false => (&client, &far),
        };
        one.shutdown(Shutdown::Write).expect("half closed");
        assert_eq!(other.read(&mut [0]).expect("the end"), 0);
        other.write_all(b"still").expect("the other half");
        let mut back = [0; 5];
        one.read_exact(&mut back).expect("the other half");
        assert_eq!(&back, b"still");
        other.shutdown(Shutdown::Write).expect("half closed");
        assert_eq!(one.read(&mut [0]).expect("the end"), 0);
    }
    server.end_well();
}

#[test]
fn a_side_that_goes_ends_the_other() {
    let _watchdog = Watchdog::start();
    let (target, server) = proxy();
    for drop_client in [true, false] {
        let (client, far) = connect(&target, &server);
        let (gone, mut left) = match drop_client {
            true => (client, far),
            false => (far, client),
        };
        // Something unread: its end is a reset.
        left.write_all(b"unread").expect("a write");
        while gone.peek(&mut [0; 8]).expect("passed on") < 6 {}
        drop(gone);
        // As an end or as an error, but soon.
        assert_eq!(left.read(&mut [0]).unwrap_or(0), 0);
    }
    server.end_well();
}

#[test]
fn a_target_that_refuses_ends_the_client_and_is_reported() {
    let _watchdog = Watchdog::start();
    let (target, server) = proxy();
    let to = target.local_addr().expect("bound").to_string();
    drop(target);
    // A child that another test is about to start has all our files, until it is the program that it will be.
    while TcpStream::connect(&to).is_ok() {}
    for _ in 0..3 {
        let mut client = server.connect();
        assert_eq!(client.read(&mut [0]).unwrap_or(0), 0);
    }
    server.signal("-INT");
    let output = server.output();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains(&format!("proxy: cannot connect to {to}: ")),
        "{text}"
    );
    assert_eq!(text.lines().count(), 3, "{text}");
}
