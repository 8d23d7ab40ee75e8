//! The echo server: with clients that behave and clients that do not.

use super::{Watchdog, assert_refused, run};
use crate::programs::Server;
use crate::random::Random;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// A server of its own, on a free port.
fn server(workers: &str) -> Server {
    let server = Server::start("echo_server", &["--workers", workers]);
    let how = format!("printf 'hi\\n' | nc -q1 127.0.0.1 {}\n", server.port());
    assert!(server.greeting.ends_with(&how), "{}", server.greeting);
    server
}

/// Sends `bytes` and has them back.
#[track_caller]
fn assert_echoed(mut stream: &TcpStream, bytes: &[u8]) {
    stream.write_all(bytes).expect("a write");
    let mut back = vec![0; bytes.len()];
    stream.read_exact(&mut back).expect("the echo");
    assert_eq!(back, bytes);
}

#[test]
fn what_it_cannot_do_it_refuses_in_one_line() {
    let _watchdog = Watchdog::start();
    let in_use = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = in_use.local_addr().expect("bound").to_string();
    let output = run("echo_server", &["--addr", &taken]);
    assert_refused(&output, &["echo_server: ", &taken, "in use"]);
    drop(in_use);
    let bad: [(&[&str], &str); 6] = [
        (&["--addr", "nonsense"], "cannot listen on nonsense: "),
        (&["--addr", "127.0.0.1:99999"], "127.0.0.1:99999"),
        (&["--addr"], "--addr needs a value"),
        (
            &["--workers", "0"],
            "--workers takes a number from 1 on, not '0'",
        ),
        (&["--port", "7"], "there is no --port"),
        (&["7000"], "there is no 7000"),
    ];
    for (arguments, part) in bad {
        assert_refused(&run("echo_server", arguments), &["echo_server: ", part]);
    }
}

#[test]
fn it_answers_and_ends_at_either_signal() {
    let _watchdog = Watchdog::start();
    for (workers, signal) in [("1", "-INT"), ("2", "-TERM"), ("8", "-INT")] {
        let server = server(workers);
        let stream = server.connect();
        assert_echoed(&stream, b"hi\n");
        drop(stream);
        server.signal(signal);
        let output = server.output();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(output.stderr, b"", "{output:?}");
    }
}

#[test]
fn open_connections_are_served_on_while_it_ends() {
    let _watchdog = Watchdog::start();
    let server = server("2");
    let stream = server.connect();
    assert_echoed(&stream, b"before");
    server.signal("-INT");
    // No more connections are accepted from some moment on.
    while TcpStream::connect(server.address).is_ok() {}
    assert_echoed(&stream, b"after");
    drop(stream);
    let output = server.output();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn connections_that_stay_open_do_not_keep_it_from_ending() {
    let _watchdog = Watchdog::start();
    let server = server("2");
    let mut streams: Vec<_> = (0..10).map(|_| server.connect()).collect();
    streams
        .iter()
        .for_each(|stream| assert_echoed(stream, b"here"));
    let begin = Instant::now();
    server.signal("-TERM");
    let output = server.output();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        begin.elapsed() >= Duration::from_secs(2),
        "they had their time"
    );
    for stream in &mut streams {
        assert_eq!(stream.read(&mut [0; 8]).expect("closed in order"), 0);
    }
}

#[test]
fn too_many_open_files_are_reported_and_survived() {
    let _watchdog = Watchdog::start();
    let server = Server::start_after("ulimit -n 32;", "echo_server", &["--workers", "2"]);
    // Those that are not accepted wait in the listener's queue.
    let streams: Vec<_> = (0..60).map(|_| server.connect()).collect();
    assert_echoed(&streams[0], b"accepted");
    let waiting = streams.last().expect("sixty");
    let wait = Duration::from_millis(300);
    waiting.set_read_timeout(Some(wait)).expect("a timeout");
    (&*waiting)
        .write_all(b"patience")
        .expect("buffered by the system");
    let error = (&*waiting)
        .read(&mut [0; 8])
        .expect_err("nobody has accepted it");
    assert!(
        matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        "{error}"
    );
    // The others go, and it is served.
    waiting.set_read_timeout(None).expect("none");
    let last = streams.into_iter().next_back().expect("sixty");
    let mut back = [0; 8];
    (&last).read_exact(&mut back).expect("the echo");
    assert_eq!(&back, b"patience");
    drop(last);

    server.signal("-INT");
    let output = server.output();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("accepting connections has failed "), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn a_client_that_resets_its_connection_harms_nobody() {
    let _watchdog = Watchdog::start();
    let server = server("2");
    let other = server.connect();
    for _ in 0..50 {
        let mut stream = server.connect();
        stream.write_all(&[7; 10_000]).expect("a write");
        // Something has come back and is not read: closing then resets the connection.
        assert!(stream.peek(&mut [0]).expect("the echo") > 0);
        drop(stream);
        assert_echoed(&other, b"still there");
    }
    drop(other);
    server.end_well();
}

#[test]
fn a_client_that_closes_its_half_gets_all_that_it_sent() {
    let _watchdog = Watchdog::start();
    for workers in ["1", "2"] {
        let server = server(workers);
        let stream = server.connect();
        let sent: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
        let mut received = Vec::new();
        thread::scope(|s| {
            s.spawn(|| {
                (&stream).write_all(&sent).expect("a write");
                stream.shutdown(Shutdown::Write).expect("half closed");
            });
            (&stream).read_to_end(&mut received).expect("the echo");
        });
        assert!(received == sent, "{} of {}", received.len(), sent.len());
        drop(stream);
        server.end_well();
    }
}

#[test]
fn a_client_that_never_reads_holds_nobody_else_up() {
    let _watchdog = Watchdog::start();
    let server = server("1");
    let greedy: Vec<_> = (0..10)
        .map(|_| {
            let stream = server.connect();
            stream.set_nonblocking(true).expect("a socket");
            let mut idle = 0;
            while idle < 100 {
                // Until the buffers of both sides have been full for a while.
                match (&stream).write(&[7; 65_536]) {
                    Ok(_) => idle = 0,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        idle += 1;
                        thread::yield_now();
                    }
                    Err(error) => panic!("{error}"),
                }
            }
            stream
        })
        .collect();
    for _ in 0..20 {
        let stream = server.connect();
        assert_echoed(&stream, &[9; 5_000]);
    }
    drop(greedy);
    server.end_well();
}

#[test]
fn hundreds_of_connections_get_their_own_bytes_back() {
    let _watchdog = Watchdog::start();
    for workers in ["1", "2", "8"] {
        let server = server(workers);
        let count = 250;
        let (mut random, all) = (Random::new(), Barrier::new(count));
        thread::scope(|s| {
            for _ in 0..count {
                let (mut random, server, all) = (random.split(), &server, &all);
                s.spawn(move || {
                    let stream = server.connect();
                    assert_echoed(&stream, b"connected");
                    // From here on all are open at once.
                    all.wait();
                    for _ in 0..20 {
                        let length = 1 + random.below(20_000) as usize;
                        let bytes: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
                        assert_echoed(&stream, &bytes);
                    }
                    all.wait();
                });
            }
        });
        server.end_well();
    }
}
