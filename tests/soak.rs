//! A server and its clients for as long as one likes: connections come and go, sizes are mixed, some ends
//! are resets; every byte is verified, and memory stays flat.
//!
//! ```text
//! TEEM_SOAK_SECONDS=600 cargo test --release --test soak -- --nocapture
//! ```

#![cfg(target_os = "linux")]

#[path = "support/descriptors.rs"]
mod descriptors;
#[path = "support/random.rs"]
mod random;
#[path = "support/reset.rs"]
mod reset;
#[path = "support/until.rs"]
mod until;

use descriptors::descriptors;
use random::Random;
use reset::reset_on_close;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use teem::net::{TcpStream, serve};
use teem::runtime::Builder;
use until::until;

/// Clients at work at any time.
const CLIENTS: usize = 64;
/// The largest message.
const LARGEST: u64 = 100_000;
/// By how much memory may grow after the warm-up, a third of the time: all messages at once, and what
/// allocators and pools keep.
const GROWTH: usize = 32 << 20;

/// What has been done.
#[derive(Debug, Default)]
struct Counts {
    connections: AtomicU64,
    messages: AtomicU64,
    bytes: AtomicU64,
    resets: AtomicU64,
}

/// The byte at `at` of the message that `seed` stands for.
fn byte(seed: u64, at: usize) -> u8 {
    (seed
        .wrapping_add(at as u64)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        >> 56) as u8
}

fn message(seed: u64, length: usize) -> Vec<u8> {
    (0..length).map(|at| byte(seed, at)).collect()
}

/// Sends back what comes, with a buffer now small and now large.
fn echo(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let small = stream.peer_addr()?.port().is_multiple_of(2);
    let mut buffer = vec![0; if small { 100 } else { 30_000 }];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            n => stream.write_all(&buffer[..n])?,
        }
    }
}

/// One connection: some messages, each half sent while the other half is read, and one of several ends.
fn visit(address: SocketAddr, random: &mut Random, counts: &Counts) {
    let stream = TcpStream::connect(address).expect("a connection");
    counts.connections.fetch_add(1, Ordering::Relaxed);
    for _ in 0..random.below(6) {
        let seed = random.below(u64::MAX);
        let largest = [10, 1_000, LARGEST][random.below(3) as usize];
        let sent = message(seed, 1 + random.below(largest) as usize);
        let mut back = vec![0; sent.len()];
        teem::scope(|s| {
            s.spawn(|| (&stream).write_all(&sent).expect("a write"));
            (&stream).read_exact(&mut back).expect("the echo");
        });
        assert!(back == sent, "{} bytes came back changed", sent.len());
        counts.messages.fetch_add(1, Ordering::Relaxed);
        counts.bytes.fetch_add(sent.len() as u64, Ordering::Relaxed);
    }
    match random.below(4) {
        0 => {
            // The rest comes although nothing more goes.
            let sent = message(7, random.below(5_000) as usize);
            (&stream).write_all(&sent).expect("a write");
            stream.shutdown(Shutdown::Write).expect("half closed");
            let mut back = Vec::new();
            (&stream).read_to_end(&mut back).expect("the rest");
            assert!(back == sent, "the rest came back changed");
        }
        1 => {
            // In the midst of a message, of which nothing is read.
            let sent = message(7, random.below(LARGEST) as usize);
            let wait = Duration::from_millis(1);
            stream.set_write_timeout(Some(wait)).expect("an option");
            match (&stream).write_all(&sent) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => panic!("{error}"),
            }
            reset_on_close(&stream);
            counts.resets.fetch_add(1, Ordering::Relaxed);
        }
        2 => reset_on_close(&stream),
        _ => {}
    }
}

/// Bytes of memory that are there.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").expect("it is Linux");
    let pages = text
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<usize>().ok());
    // SAFETY: it takes a number and returns one.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    pages.expect("a number") * page as usize
}

#[test]
fn churn_with_mixed_sizes_and_resets_changes_no_byte_and_keeps_no_memory() {
    let given = std::env::var("TEEM_SOAK_SECONDS").ok();
    let seconds = given.map_or(3.0, |text| {
        text.parse().expect("TEEM_SOAK_SECONDS is a number")
    });
    let before = descriptors();
    let (mut random, counts) = (Random::new(), Counts::default());
    let runtime = Builder::new().workers(2).build().expect("a runtime");
    let (warm, end) = runtime.run(|| {
        let server = serve("127.0.0.1:0", echo).expect("a server");
        let address = server.local_addr();
        let begin = Instant::now();
        let until_over = begin + Duration::from_secs_f64(seconds);
        let (mut warm, counts) = (0, &counts);
        teem::scope(|s| {
            for _ in 0..CLIENTS {
                let mut random = random.split();
                s.spawn(move || {
                    while Instant::now() < until_over {
                        visit(address, &mut random, counts);
                    }
                });
            }
            teem::time::sleep(Duration::from_secs_f64(seconds / 3.0));
            warm = resident();
        });
        let end = resident();
        until(|| server.connections() == 0);
        server
            .shutdown(Duration::from_secs(30))
            .expect("an orderly end");
        (warm, end)
    });
    until(|| runtime.metrics().tasks == 0);
    runtime
        .shutdown(Duration::from_secs(30))
        .expect("no task is left");
    assert_eq!(descriptors(), before, "descriptors are left open");
    eprintln!("{seconds} s: {counts:?}; resident {warm} bytes after a third, {end} at the end");
    assert!(counts.messages.into_inner() > 0 && counts.resets.into_inner() > 0);
    assert!(end < warm + GROWTH, "memory grows: {warm}, then {end}");
}
