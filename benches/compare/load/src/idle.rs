//! Many connections that do nothing: what each costs the server.
//!
//! A process may open only so many files, so there are several servers, each with a process that
//! holds the other ends.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::Options;
use crate::load::{Dialogue, Echo};
use crate::report::Failure;
use crate::server::{self, Server};

/// Connections of one server, at most.
const MOST: usize = 10_000;
/// For what a server does after the last answer.
const SETTLE: Duration = Duration::from_millis(500);
const READY: &str = "ready";

pub(crate) fn idle(options: &Options) -> Result<(), Failure> {
    let mut pairs = Vec::new();
    for first in (0..options.conns).step_by(MOST) {
        let count = MOST.min(options.conns - first);
        let server = Server::start(options)?;
        // What the first connection brings with it is the server's, not the connections'.
        drop(Holder::start(&server, 1, options)?);
        let (memory, processor) = (server.memory()?, server.processor()?);
        let holder = Holder::start(&server, count, options)?;
        pairs.push((server, holder, memory, processor));
    }
    thread::sleep(SETTLE);
    let (mut bytes, mut processor) = (0, Duration::ZERO);
    for (server, _, memory_before, processor_before) in &pairs {
        bytes += server.memory()?.saturating_sub(*memory_before);
        processor += server.processor()?.saturating_sub(*processor_before);
    }
    let (subject, count) = (options.subject(), options.conns as f64);
    let each = processor.as_secs_f64() * 1e6 / count;
    subject.metric("server memory a connection", &[bytes as f64 / count], "B");
    subject.metric("server processor a connection", &[each], "us");
    Ok(())
}

/// A process that holds connections until it is dropped.
struct Holder(Child);

impl Holder {
    fn start(server: &Server, count: usize, options: &Options) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([
                "hold",
                "hold",
                "--kind",
                "hold",
                "--conns",
                &count.to_string(),
            ])
            .args(["--size", &options.size.to_string(), "--"])
            .arg(server.address().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        let holder = Self(child);
        if line.trim() == READY {
            Ok(holder)
        } else {
            Err(Failure::new("the connections could not be made"))
        }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // It ends when its input does; an error means that it has.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Makes connections, has each echo once, and holds them until the input ends.
pub(crate) fn hold(options: &Options) -> Result<(), Failure> {
    let address = options.server[0].parse();
    let address = address.map_err(|_| Failure::new("hold needs an address"))?;
    let mut echo = Echo::new(options.size);
    let mut held = Vec::with_capacity(options.conns);
    let mut buffer = vec![0; options.size];
    for number in 0..options.conns {
        let mut socket = server::connect(address, number)?;
        socket.write_all(echo.request(number, 0))?;
        socket.read_exact(&mut buffer)?;
        echo.answer(number, 0, 0, &buffer)?;
        held.push(socket);
    }
    println!("{READY}");
    io::stdin().read_to_end(&mut Vec::new())?;
    drop(held);
    Ok(())
}
