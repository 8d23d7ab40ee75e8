//! What a connection costs that echoed once and then has nothing to say.
//!
//! ```text
//!   parent ── pair 1 ── server process    <── connections ──  process that holds them
//!          ── pair 2 ── ..
//! ```
//!
//! A process may open so many descriptors and no more, so there are as many pairs as it takes. The bytes are the
//! server processes', resident and page tables, less what they took before the first connection. Those of the
//! kernel are both ends', as the system's account of kernel objects grows meanwhile: nothing else should be going on.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{OTHER_DESCRIPTORS, Server, check_servers, system};
use crate::arguments::Arguments;
use crate::memory;
use crate::report::{Failure, Subject, check};

/// The hidden name by which the program holds connections.
pub(crate) const HOLD: &str = "hold-conns";
/// How many connections one pair of processes has.
const A_PAIR: usize = 10_000;
/// How long the servers rest before they are weighed: idle time gives memory back.
const REST: Duration = Duration::from_secs(3);

/// Weighs each of the servers.
pub(crate) fn idle(arguments: &Arguments) -> Result<(), Failure> {
    check_servers(arguments)?;
    let connections = arguments.connections;
    for server in &arguments.servers {
        let (mut user, mut kernel) = (Vec::new(), Vec::new());
        for _ in 0..arguments.rounds.unwrap_or(1) {
            let (of_user, of_kernel) = weigh(server, arguments)?;
            user.push(of_user as f64 / connections as f64);
            kernel.push(of_kernel as f64 / connections as f64);
        }
        let subject = Subject {
            workload: &format!("idle_conns {connections}"),
            implementation: server,
            workers: arguments.workers,
        };
        subject.metric("user memory a connection", &user, "B");
        subject.metric("kernel objects a connection", &kernel, "B");
    }
    Ok(())
}

fn weigh(server: &str, arguments: &Arguments) -> Result<(u64, u64), Failure> {
    let shares = (0..arguments.connections)
        .step_by(A_PAIR)
        .map(|first| A_PAIR.min(arguments.connections - first));
    let shares: Vec<usize> = shares.collect();
    let start = |_: &usize| Server::start(server, arguments.core, arguments);
    let servers = shares.iter().map(start).collect::<Result<Vec<_>, _>>()?;
    let resident = || {
        let each = servers.iter().map(|server| server.child.id());
        let sum: Result<u64, Failure> = each.map(memory::resident_and_page_tables_of).sum();
        sum
    };
    // One each first: what a server allocates once is not a connection's.
    for server in &servers {
        echo_once(server.address)?;
    }
    std::thread::sleep(REST);
    let (user, kernel) = (resident()?, memory::kernel_objects()?);
    let holders = servers.iter().zip(&shares);
    let holders = holders.map(|(server, share)| Holder::start(server.address, *share));
    let holders = holders.collect::<Result<Vec<_>, _>>()?;
    std::thread::sleep(REST);
    let user = resident()?.saturating_sub(user);
    let kernel = memory::kernel_objects()?.saturating_sub(kernel);
    drop(holders);
    Ok((user, kernel))
}

fn echo_once(address: SocketAddr) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    let mut answer = [0; 4];
    stream.write_all(b"once")?;
    stream.read_exact(&mut answer)?;
    match &answer {
        b"once" => Ok(stream),
        _ => Err(io::Error::other("the echo is another")),
    }
}

/// A process that holds connections, killed when dropped.
struct Holder(Child);

impl Holder {
    /// Returns when all of them have echoed.
    fn start(address: SocketAddr, connections: usize) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([HOLD, "--address", &address.to_string()])
            .args(["--conns", &connections.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take();
        let holder = Self(child);
        let mut line = String::new();
        if let Some(stdout) = stdout {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        check(
            "connections that echoed",
            line.trim(),
            &connections.to_string(),
        )?;
        Ok(holder)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill, and `wait` says so at once.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Holds `--conns` connections to `--address`, each of which has echoed once, for ever.
pub(crate) fn hold(arguments: &Arguments) -> Result<(), Failure> {
    system::die_with_parent()?;
    system::raise_descriptor_limit(arguments.connections + OTHER_DESCRIPTORS)?;
    let Some(address) = arguments.address else {
        return Err(Failure::new("--address is missing"));
    };
    let connect = |_| echo_once(address);
    let held = (0..arguments.connections).map(connect);
    let held = held.collect::<io::Result<Vec<TcpStream>>>()?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}", held.len())?;
    out.flush()?;
    loop {
        std::thread::park();
    }
}
