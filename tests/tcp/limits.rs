//! Many connections, and no more descriptors.

use super::{listener, within};
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use teem::net::{TcpListener, TcpStream};

fn descriptor_limit() -> libc::rlimit {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: a valid place for the answer.
    let status = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) };
    assert_eq!(status, 0);
    limit
}

fn limit_descriptors(to: libc::rlim_t) {
    let mut limit = descriptor_limit();
    limit.rlim_cur = to.min(limit.rlim_max);
    // SAFETY: a valid limit.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) }, 0);
}

#[test]
fn thousands_of_connections_are_served_at_once() {
    limit_descriptors(descriptor_limit().rlim_cur.max(8_192));
    // Two descriptors each, and some for the other tests.
    let connections = (descriptor_limit().rlim_cur as usize - 400).min(6_000) / 2;
    within(Duration::from_secs(120), move || {
        let listener = listener();
        let address = listener.local_addr().unwrap();
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&accepted);
        let server = teem::spawn(move || {
            let serve = |mut stream: TcpStream| {
                let mut buffer = [0; 64];
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    stream.write_all(&buffer[..read]).unwrap();
                }
            };
            let accept = |_| {
                let (stream, _) = listener.accept().unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                teem::spawn(move || serve(stream))
            };
            Vec::from_iter((0..connections).map(accept))
        });
        let clients: Vec<_> = (0..connections)
            .map(|n| {
                // No more than the listener's queue holds: the system would forget some of the others.
                while n >= accepted.load(Ordering::SeqCst) + 100 {
                    std::thread::yield_now();
                }
                TcpStream::connect(address).unwrap()
            })
            .collect();
        for round in 0..3_u8 {
            // All ask before the first one listens to its answer.
            for mut client in clients.iter() {
                client.write_all(&[round; 64]).unwrap();
            }
            for mut client in clients.iter() {
                let mut answer = [0; 64];
                client.read_exact(&mut answer).unwrap();
                assert_eq!(answer, [round; 64]);
            }
        }
        drop(clients);
        for task in server.join().unwrap() {
            task.join().unwrap();
        }
    });
}

const CHILD: &str = "TEEM_TEST_CHILD";

/// Runs the test `name` again in a process of its own, where `CHILD` is set.
fn in_a_child(name: &str) {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn connection_outlives_a_lack_of_descriptors() {
    if std::env::var_os(CHILD).is_none() {
        return in_a_child("limits::connection_outlives_a_lack_of_descriptors");
    }
    limit_descriptors(64);
    for place in [super::Place::Task, super::Place::Thread] {
        within(Duration::from_secs(60), move || place.spawn(starve).join());
    }
}

fn starve() {
    let listener = listener();
    let address = listener.local_addr().unwrap();
    let _client = TcpStream::connect(address).unwrap();
    let mut files = Vec::new();
    while let Ok(file) = std::fs::File::open("/dev/null") {
        files.push(file);
    }
    for _ in 0..3 {
        let error = listener.accept().unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
        assert!(TcpStream::connect(address).is_err());
        assert!(listener.try_clone().is_err());
        assert!(TcpListener::bind("127.0.0.1:0").is_err());
    }
    files.clear();
    listener.accept().unwrap();
}
