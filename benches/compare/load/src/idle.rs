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
use crate::memory;
use crate::report::Failure;
use crate::server::{self, Server};

/// Connections of one server, at most.
const MOST: usize = 10_000;
/// How long the servers rest before they are weighed: idle time gives memory back.
const REST: Duration = Duration::from_secs(3);
/// So many connections are made before the first of them is heard: fewer than a listener holds.
const AT_ONCE: usize = 100;
const READY: &str = "ready";

pub(crate) fn idle(options: &Options) -> Result<(), Failure> {
    let shares = (0..options.conns).step_by(MOST);
    let shares: Vec<_> = shares
        .map(|first| MOST.min(options.conns - first))
        .collect();
    let mut servers = Vec::new();
    for _ in &shares {
        let server = Server::start(options)?;
        // What the first connection brings with it is the server's, not the connections'.
        drop(Holder::start(&server, 1, options)?);
        servers.push(server);
    }
    thread::sleep(REST);
    let (user, kernel) = (memory_of(&servers)?, memory::kernel_objects()?);
    let processor = processor_of(&servers)?;
    let holders = servers.iter().zip(&shares);
    let holders = holders.map(|(server, share)| Holder::start(server, *share, options));
    let holders = holders.collect::<Result<Vec<_>, _>>()?;
    let processor = processor_of(&servers)?.saturating_sub(processor);
    thread::sleep(REST);
    let user = memory_of(&servers)?.saturating_sub(user);
    let kernel = memory::kernel_objects()?.saturating_sub(kernel);
    drop(holders);

    let (subject, count) = (options.subject(), options.conns as f64);
    let each = processor.as_secs_f64() * 1e6 / count;
    subject.metric("user memory a connection", &[user as f64 / count], "B");
    subject.metric("kernel objects a connection", &[kernel as f64 / count], "B");
    subject.metric("server processor a connection", &[each], "us");
    Ok(())
}

fn memory_of(servers: &[Server]) -> Result<u64, Failure> {
    servers.iter().map(Server::memory).sum()
}

fn processor_of(servers: &[Server]) -> Result<Duration, Failure> {
    let each: io::Result<Vec<_>> = servers.iter().map(Server::processor).collect();
    Ok(each?.into_iter().sum())
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
    for first in (0..options.conns).step_by(AT_ONCE) {
        let numbers = first..options.conns.min(first + AT_ONCE);
        for number in numbers.clone() {
            let mut socket = server::connect(address, number)?;
            socket.write_all(echo.request(number, 0))?;
            held.push(socket);
        }
        for number in numbers {
            held[number].read_exact(&mut buffer)?;
            echo.answer(number, 0, 0, &buffer)?;
        }
    }
    println!("{READY}");
    io::stdin().read_to_end(&mut Vec::new())?;
    drop(held);
    Ok(())
}
