//! Tries to connect to each of many ports, so many at a time, and tells which are open.
//!
//! ```text
//! cargo run --release --example port_scan -- [--host 127.0.0.1] [--ports 1-1024]
//! ```
//!
//! A task a port; a limit on how many of them run at once keeps the files from running out.

#![forbid(unsafe_code)]

#[path = "support/mod.rs"]
mod support;

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::{Duration, Instant};
use support::{Failure, Words, say};
use teem::net::TcpStream;
use teem::sync::Mutex;

const USAGE: &str = "\
usage: port_scan [--host IP] [--ports FROM-TO] [--at-once N] [--timeout MILLISECONDS]

Tells which TCP ports of a host are open.

  --host IP               whose ports (127.0.0.1)
  --ports FROM-TO         which, as 1-1024 or 80 (1-1024)
  --at-once N             how many connections are tried at once (512)
  --timeout MILLISECONDS  how long each is waited for (1000)";

#[derive(Clone, Debug)]
struct Ports(RangeInclusive<u16>);

impl FromStr for Ports {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let ports = first.parse()?..=last.parse()?;
        if ports.is_empty() || *ports.start() == 0 {
            return Err("there is no such port".into());
        }
        Ok(Self(ports))
    }
}

/// What the ports have answered.
#[derive(Debug, Default)]
struct Found {
    open: Vec<u16>,
    closed: usize,
    silent: usize,
    /// How many could not be tried, and why not.
    failed: usize,
    failure: String,
}

fn scan(host: IpAddr, ports: RangeInclusive<u16>, at_once: usize, timeout: Duration) -> Found {
    let found = Mutex::new(Found::default());
    let scanned: Result<(), std::convert::Infallible> = teem::try_scope(|s| {
        s.limit(at_once);
        for port in ports {
            let found = &found;
            // Parks while there are as many as there may be.
            s.spawn(move || {
                let result = TcpStream::connect_timeout(&SocketAddr::new(host, port), timeout);
                let mut found = found.lock().expect("nobody panics with it");
                match result.map_err(|error| (error.kind(), error)) {
                    Ok(_) => found.open.push(port),
                    Err((ErrorKind::ConnectionRefused, _)) => found.closed += 1,
                    Err((ErrorKind::TimedOut, _)) => found.silent += 1,
                    Err((_, error)) => {
                        found.failed += 1;
                        found.failure = error.to_string();
                    }
                }
                Ok(())
            });
        }
        Ok(())
    });
    let Ok(()) = scanned;
    found.into_inner().expect("nobody has panicked")
}

fn run(words: &mut Words) -> Result<(), Failure> {
    let (mut host, mut ports) = (IpAddr::from([127, 0, 0, 1]), Ports(1..=1024));
    let (mut at_once, mut timeout) = (512, 1000);
    while let Some(flag) = words.flag() {
        match flag.as_str() {
            "--host" => host = words.value("an IP address")?,
            "--ports" => ports = words.value("ports, as 1-1024")?,
            "--at-once" => at_once = words.value::<NonZeroUsize>("a number from 1 on")?.get(),
            "--timeout" => {
                timeout = words.value::<NonZeroU32>("milliseconds, from 1 on")?.get();
            }
            _ => return Err(words.unknown().into()),
        }
    }
    let (begin, count) = (Instant::now(), ports.0.len());
    let timeout = Duration::from_millis(timeout.into());
    let mut found = teem::run(|| scan(host, ports.0, at_once, timeout));
    found.open.sort_unstable();
    for port in &found.open {
        say(format_args!("{port} open"));
    }
    let (open, took) = (found.open.len(), begin.elapsed().as_secs_f64());
    say(format_args!(
        "{count} ports of {host} in {took:.3} s: {open} open, {} closed, {} silent, {} failed",
        found.closed, found.silent, found.failed
    ));
    if found.failed > 0 {
        return Err(format!("not all could be tried: {}", found.failure).into());
    }
    Ok(())
}

fn main() -> ExitCode {
    support::main("port_scan", USAGE, run)
}
