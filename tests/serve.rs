//! `net::serve` and `net::serve_idle`: acceptors, faults of accepting, panics, and the end.

#![cfg(not(any(loom, miri)))]

#[path = "support/child.rs"]
mod child;
#[path = "support/descriptors.rs"]
mod descriptors;
#[path = "support/reset.rs"]
mod reset;
#[path = "support/until.rs"]
mod until;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use descriptors::descriptors;
use reset::reset_on_close;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use teem::chan::{Receiver, Sender, bounded};
use teem::net::{ListenOptions, Server, Shutdown, TcpListener, TcpStream, serve, serve_idle};
use teem::os::unix::net::{UnixListener, UnixStream};
use until::until;
use watchdog::Watchdog;
use workers::with_workers;

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(20);
/// As long as those who are cancelled may take, on a busy machine too.
const SOME: Duration = Duration::from_millis(700);

fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            length => stream.write_all(&buffer[..length])?,
        }
    }
}

fn echo_once(stream: &mut TcpStream) -> io::Result<bool> {
    let mut buffer = [0; 4096];
    let length = stream.read(&mut buffer)?;
    stream.write_all(&buffer[..length])?;
    Ok(length > 0)
}

fn echo_server() -> Server {
    serve("127.0.0.1:0", echo).unwrap()
}

fn idle_server() -> Server {
    serve_idle("127.0.0.1:0", echo_once).unwrap()
}

/// Asks, and is answered.
fn ask(stream: &mut TcpStream, round: u8) {
    let question = [round; 100];
    stream.write_all(&question).unwrap();
    let mut answer = [0; 100];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, question);
}

fn is_refused(address: SocketAddr) -> bool {
    TcpStream::connect(address).is_err()
}

#[test]
fn many_clients_are_answered_and_counted_and_the_end_is_orderly() {
    for server in [echo_server, idle_server] {
        with_workers([1, 2, 4], |runtime| {
            runtime.run(|| {
                let server = server();
                let address = server.local_addr();
                let connect = |_| TcpStream::connect(address).unwrap();
                let mut clients: Vec<_> = (0..100).map(connect).collect();
                for round in 0..3 {
                    clients.iter_mut().for_each(|client| ask(client, round));
                }
                assert_eq!(server.connections(), 100);
                clients.truncate(40);
                until(|| server.connections() == 40);
                drop(clients);
                assert_eq!(server.shutdown(LONG), Ok(()));
                assert_eq!((server.connections(), server.accept_errors()), (0, 0));
                assert!(is_refused(address));
                server.wait();
            });
        });
    }
}

#[test]
fn unix_sockets_are_served_by_tasks_and_by_steps() {
    let path = std::env::temp_dir().join(format!("teem-test-serve-{}", std::process::id()));
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            for is_idle in [false, true] {
                let listener = UnixListener::bind(&path).unwrap();
                let server = match is_idle {
                    false => listener.serve(|stream| io::copy(&mut &stream, &mut &stream)),
                    true => listener.serve_idle(|stream| {
                        let mut buffer = [0; 8];
                        let length = stream.read(&mut buffer)?;
                        stream.write_all(&buffer[..length])?;
                        Ok(length > 0)
                    }),
                };
                let server = server.unwrap();
                assert_eq!(server.local_addr().as_pathname(), Some(&*path));
                let connect = |_| UnixStream::connect(&path).unwrap();
                let mut clients: Vec<_> = (0..10).map(connect).collect();
                for client in &mut clients {
                    client.write_all(b"again").unwrap();
                    client.read_exact(&mut [0; 5]).unwrap();
                }
                assert_eq!(server.connections(), 10);
                drop(clients);
                assert_eq!(server.shutdown(LONG), Ok(()));
                let refused = UnixStream::connect(&path).unwrap_err();
                assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
                std::fs::remove_file(&path).unwrap();
            }
        });
    });
}

#[test]
fn connections_of_several_workers_start_on_all_of_them() {
    with_workers([4], |runtime| {
        runtime.run(|| {
            let (seen, workers) = teem::chan::unbounded();
            let server = serve("127.0.0.1:0", move |mut stream: TcpStream| {
                seen.send(std::thread::current().id()).unwrap();
                stream.read(&mut [0]).map(drop)
            });
            let server = server.unwrap();
            let connect = |_| TcpStream::connect(server.local_addr()).unwrap();
            let clients: Vec<_> = (0..64).map(connect).collect();
            let workers: std::collections::HashSet<_> = workers.iter().take(64).collect();
            assert!(workers.len() > 1, "{workers:?}");
            drop(clients);
            server.shutdown(LONG).unwrap();
        });
    });
}

#[test]
fn server_made_on_a_thread_serves_on_the_global_runtime() {
    let _watchdog = Watchdog::start();
    for server in [echo_server(), idle_server()] {
        let mut client = std::net::TcpStream::connect(server.local_addr()).unwrap();
        client.write_all(b"hello").unwrap();
        client.read_exact(&mut [0; 5]).unwrap();
        drop(client);
        server.shutdown(LONG).unwrap();
    }
}

#[test]
fn panic_in_a_handler_ends_its_connection_alone() {
    let _watchdog = Watchdog::start();
    fn panicking(first: u8) {
        assert_ne!(first, b'!', "as the client wished");
    }
    let plain = serve("127.0.0.1:0", |mut stream: TcpStream| {
        let mut byte = [0];
        while stream.read(&mut byte)? > 0 {
            panicking(byte[0]);
            stream.write_all(&byte)?;
        }
        io::Result::Ok(())
    });
    let idle = serve_idle("127.0.0.1:0", |stream| {
        let mut byte = [0];
        let more = stream.read(&mut byte)? > 0;
        panicking(byte[0]);
        stream.write_all(&byte)?;
        Ok(more)
    });
    for server in [plain.unwrap(), idle.unwrap()] {
        let [mut calm, mut wild] =
            [(); 2].map(|()| TcpStream::connect(server.local_addr()).unwrap());
        for _ in 0..3 {
            calm.write_all(b"a").unwrap();
            calm.read_exact(&mut [0]).unwrap();
        }
        wild.write_all(b"!").unwrap();
        assert_eq!(wild.read(&mut [0]).unwrap_or(0), 0);
        until(|| server.connections() == 1);
        calm.write_all(b"b").unwrap();
        calm.read_exact(&mut [0]).unwrap();
        drop(calm);
        assert_eq!(server.shutdown(LONG), Ok(()));
    }
}

#[test]
fn shutdown_waits_for_handlers_and_refuses_meanwhile() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let server = echo_server();
            let mut client = TcpStream::connect(server.local_addr()).unwrap();
            ask(&mut client, 1);
            teem::scope(|s| {
                let ended = s.spawn(|| server.shutdown(LONG));
                until(|| is_refused(server.local_addr()));
                ask(&mut client, 2);
                assert!(!ended.is_finished());
                client.shutdown(Shutdown::Write).unwrap();
                assert_eq!(ended.join().unwrap(), Ok(()));
            });
        });
    });
}

/// A handler that answers with sevens: for more than one byte after it has said that they have arrived, and been told
/// to go on.
fn held_by_long_requests() -> (
    impl Fn(&mut TcpStream) -> io::Result<bool> + Send + Sync + 'static,
    Receiver<()>,
    Sender<()>,
) {
    let (arrived, arrival) = bounded(1);
    let (go, gone) = bounded::<()>(1);
    let handler = move |stream: &mut TcpStream| {
        let length = stream.read(&mut [0; 8])?;
        if length > 1 {
            arrived.send(()).unwrap();
            gone.recv().unwrap();
        }
        stream.write_all(&[7; 8][..length])?;
        Ok(length > 0)
    };
    (handler, arrival, go)
}

#[test]
fn shutdown_ends_idle_connections_at_once_and_lets_a_request_be_answered() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (handler, arrival, go) = held_by_long_requests();
            let server = serve_idle("127.0.0.1:0", handler);
            let server = server.unwrap();
            let [mut idle, mut busy] =
                [(); 2].map(|()| TcpStream::connect(server.local_addr()).unwrap());
            for client in [&mut idle, &mut busy] {
                client.write_all(b"1").unwrap();
                client.read_exact(&mut [0]).unwrap();
            }
            busy.write_all(b"12").unwrap();
            arrival.recv().unwrap();
            teem::scope(|s| {
                let ended = s.spawn(|| server.shutdown(LONG));
                assert_eq!(idle.read(&mut [0]).unwrap(), 0, "it had nothing to say");
                go.send(()).unwrap();
                busy.read_exact(&mut [0; 2]).unwrap();
                assert_eq!(busy.read(&mut [0]).unwrap(), 0);
                assert_eq!(ended.join().unwrap(), Ok(()));
            });
        });
    });
}

#[test]
fn handlers_that_wait_for_ever_are_cancelled_at_the_end_of_the_time() {
    for server in [echo_server, idle_server] {
        with_workers([1, 2], |runtime| {
            runtime.run(|| {
                let server = server();
                let mut client = TcpStream::connect(server.local_addr()).unwrap();
                ask(&mut client, 1);
                assert_eq!(server.shutdown(SOME), Ok(()));
                assert_eq!(client.read(&mut [0]).unwrap_or(0), 0, "it was told");
            });
        });
    }
}

#[test]
fn handlers_that_do_not_listen_are_reported_and_waited_for() {
    let _watchdog = Watchdog::start();
    let (release, released) = teem::chan::bounded::<()>(1);
    let server = serve("127.0.0.1:0", move |_stream: TcpStream| {
        teem::context::shield(|| released.recv())
    });
    let server = server.unwrap();
    let _clients = [(); 2].map(|()| TcpStream::connect(server.local_addr()).unwrap());
    until(|| server.connections() == 2);
    let left = server.shutdown(SHORT).unwrap_err();
    assert_eq!(left.tasks, 2);
    drop(release);
    server.wait();
    assert_eq!(server.connections(), 0);
}

#[test]
fn server_that_is_dropped_serves_on() {
    let _watchdog = Watchdog::start();
    let server = echo_server();
    let address = server.local_addr();
    drop(server);
    ask(&mut TcpStream::connect(address).unwrap(), 1);
}

#[test]
fn end_of_the_runtime_is_the_end_of_the_server() {
    let _watchdog = Watchdog::start();
    let runtime = teem::runtime::Builder::new().workers(2).build().unwrap();
    let servers = runtime.run(|| [echo_server(), idle_server()]);
    let mut clients = servers
        .iter()
        .map(|server| TcpStream::connect(server.local_addr()).unwrap())
        .collect::<Vec<_>>();
    clients.iter_mut().for_each(|client| ask(client, 3));
    assert_eq!(runtime.shutdown(SOME), Ok(()));
    for (server, client) in servers.iter().zip(&mut clients) {
        server.wait();
        assert_eq!(client.read(&mut [0]).unwrap_or(0), 0);
        assert!(is_refused(server.local_addr()));
    }
}

#[test]
fn listener_that_is_closed_elsewhere_ends_the_server() {
    let _watchdog = Watchdog::start();
    let listener = ListenOptions::new().backlog(7).bind("127.0.0.1:0").unwrap();
    let clone = listener.try_clone().unwrap();
    let server = listener.serve(echo).unwrap();
    ask(&mut TcpStream::connect(server.local_addr()).unwrap(), 1);
    clone.close();
    server.wait();
    assert_eq!(clone.accept().unwrap_err().kind(), ErrorKind::NotConnected);
}

#[test]
fn half_a_request_parks_the_handler_and_a_reset_ends_it() {
    let _watchdog = Watchdog::start();
    let handled = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&handled);
    let server = serve_idle("127.0.0.1:0", move |stream| {
        let mut request = [0; 10];
        stream.read_exact(&mut request)?;
        count.fetch_add(1, Ordering::SeqCst);
        stream.write_all(&request)?;
        Ok(true)
    });
    let server = server.unwrap();
    let mut client = TcpStream::connect(server.local_addr()).unwrap();
    for _ in 0..3 {
        client.write_all(b"12345").unwrap();
        teem::task::yield_now();
        client.write_all(b"67890").unwrap();
        client.read_exact(&mut [0; 10]).unwrap();
    }
    client.write_all(b"half of").unwrap();
    drop(client);
    until(|| server.connections() == 0);
    assert_eq!(handled.load(Ordering::SeqCst), 3);
    assert_eq!(server.shutdown(LONG), Ok(()));
}

#[test]
fn idle_connections_are_closed_in_time_and_those_that_are_served_are_not() {
    const TIME: Duration = Duration::from_millis(50);
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (handler, arrival, go) = held_by_long_requests();
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let server = listener.serve_idle_timeout(TIME, handler);
            let server = server.unwrap();
            let connect = || TcpStream::connect(server.local_addr()).unwrap();
            // A connection is closed before it has asked if the machine stands still for long enough: then another.
            let serve_busy = || {
                let mut busy = connect();
                busy.write_all(b"12").ok()?;
                busy.set_nonblocking(true).unwrap();
                until(|| !arrival.is_empty() || busy.peek(&mut [0]).is_ok());
                busy.set_nonblocking(false).unwrap();
                arrival.try_recv().is_ok().then_some(busy)
            };
            let mut busy = std::iter::repeat_with(serve_busy).flatten().next().unwrap();
            let serve_idle = || {
                let (begin, mut idle) = (Instant::now(), connect());
                idle.write_all(b"1").ok()?;
                idle.read_exact(&mut [0]).ok()?;
                Some((begin, idle))
            };
            let (begin, mut idle) = std::iter::repeat_with(serve_idle).flatten().next().unwrap();
            assert_eq!(idle.read(&mut [0]).unwrap(), 0);
            assert!(begin.elapsed() >= TIME);
            until(|| server.connections() == 1);
            // It has been served for longer than another may be idle.
            go.send(()).unwrap();
            busy.read_exact(&mut [0; 2]).unwrap();
            assert_eq!(busy.read(&mut [0]).unwrap(), 0);
            until(|| server.connections() == 0);
            assert_eq!(server.shutdown(LONG), Ok(()));
        });
    });
}

#[test]
fn half_a_request_is_waited_for_as_long_as_a_whole_one() {
    const TIME: Duration = Duration::from_millis(10);
    let path = std::env::temp_dir().join(format!("teem-test-half-{}", std::process::id()));
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let listener = UnixListener::bind(&path).unwrap();
            let refused = listener.try_clone().unwrap();
            let refused = refused.serve_idle_timeout(Duration::ZERO, |_| Ok(true));
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
            let (failed, failure) = teem::chan::unbounded();
            let server = listener.serve_idle_timeout(TIME, move |stream| {
                let read = stream.read_exact(&mut [0; 10]);
                failed
                    .send(read.as_ref().err().map(io::Error::kind))
                    .unwrap();
                read.map(|()| true)
            });
            let server = server.unwrap();
            let connect = || UnixStream::connect(&path).unwrap();
            let (mut half, mut silent) = (connect(), connect());
            // It may be closed by then, if this task was held up.
            let _ = half.write_all(b"half");
            for client in [&mut half, &mut silent] {
                assert_eq!(client.read(&mut [0]).unwrap_or(0), 0);
            }
            until(|| server.connections() == 0);
            assert!(
                failure
                    .try_iter()
                    .all(|kind| kind == Some(ErrorKind::WouldBlock))
            );
            assert_eq!(server.shutdown(LONG), Ok(()));
            std::fs::remove_file(&path).unwrap();
        });
    });
}

#[test]
fn storms_of_too_many_open_files_are_counted_and_survived() {
    let name = "storms_of_too_many_open_files_are_counted_and_survived";
    if let Some(output) = child::in_child(name, &[("TEEM_WORKERS", "2")]) {
        let text = String::from_utf8_lossy(&output.stderr);
        return assert!(output.status.success(), "{text}");
    }
    let _watchdog = Watchdog::start();
    let limit = libc::rlimit {
        rlim_cur: 128,
        rlim_max: 128,
    };
    // SAFETY: a valid limit.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) }, 0);
    // It has descriptors of its own.
    teem::run(|| ());
    for server in [echo_server, idle_server] {
        let before = descriptors();
        let server = server();
        let mut early = TcpStream::connect(server.local_addr()).unwrap();
        ask(&mut early, 1);
        let waiting = TcpListener::bind("127.0.0.1:0").unwrap();
        for _ in 0..2 {
            let (open, errors) = (descriptors(), server.accept_errors());
            let mut files = Vec::new();
            while let Ok(file) = std::fs::File::open("/dev/null") {
                files.push(file);
            }
            // One more client, and no descriptor for its other end.
            files.pop();
            let mut late = TcpStream::connect(server.local_addr()).unwrap();
            until(|| server.accept_errors() > errors);
            ask(&mut early, 2);
            drop(files);
            ask(&mut late, 3);
            drop(late);
            // Its other end must not go in the midst of the next storm.
            until(|| descriptors() == open);
        }
        drop((early, waiting));
        assert_eq!(server.shutdown(LONG), Ok(()));
        drop(server);
        assert_eq!(descriptors(), before, "none is left over");
    }
}

#[test]
fn churn_of_resets_leaves_no_connection() {
    with_workers([2], |runtime| {
        runtime.run(|| {
            for server in [echo_server(), idle_server()] {
                for round in 0..200 {
                    let client = TcpStream::connect(server.local_addr()).unwrap();
                    reset_on_close(&client);
                    if round % 2 == 0 {
                        (&client).write_all(&[1; 5000]).unwrap();
                    }
                }
                until(|| server.connections() == 0);
                ask(&mut TcpStream::connect(server.local_addr()).unwrap(), 1);
                assert_eq!(server.shutdown(LONG), Ok(()));
            }
        });
    });
}
