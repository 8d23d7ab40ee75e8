//! What a connection costs that echoed once and then has nothing to say.
//!
//! ```text
//!   parent ── pair 1 ── server process    <── connections ──  process that holds them
//!          ── pair 2 ── ..
//! ```
//!
//! A process may open so many descriptors and no more, so there are as many pairs as it takes. The bytes are the
//! server processes', resident and page tables, less what they took before the first connection, and those of zram
//! for the server whose connections are paged out. Those of the kernel are both ends', as the system's account of
//! kernel objects grows meanwhile: nothing else should be going on. Then each connection echoes once more.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::{COLD, OTHER_DESCRIPTORS, Server, check_servers, system};
use crate::arguments::Arguments;
use crate::memory;
use crate::report::{Failure, Subject, check};
use crate::zram::Zram;

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
        let zram = match (server == COLD).then(Zram::set_up).transpose() {
            Ok(zram) => zram,
            Err(error) => {
                eprintln!("skipped: {COLD}: there is no zram to be had: {error}");
                continue;
            }
        };
        let (mut user, mut kernel) = (Vec::new(), Vec::new());
        for _ in 0..arguments.rounds.unwrap_or(1) {
            let (of_user, of_kernel) = weigh(server, arguments, zram.as_ref())?;
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

fn weigh(server: &str, arguments: &Arguments, zram: Option<&Zram>) -> Result<(u64, u64), Failure> {
    let shares = (0..arguments.connections)
        .step_by(A_PAIR)
        .map(|first| A_PAIR.min(arguments.connections - first));
    let shares: Vec<usize> = shares.collect();
    let start = |&share: &usize| Server::start(server, arguments.core, share, arguments);
    let servers = shares.iter().map(start).collect::<Result<Vec<_>, _>>()?;
    let memory_of_user = || {
        let each = servers.iter().map(|server| server.child.id());
        let resident: Result<u64, Failure> = each.map(memory::resident_and_page_tables_of).sum();
        Ok::<_, Failure>(resident? + zram.map_or(Ok(0), Zram::used)?)
    };
    // One each first: what a server allocates once is not a connection's.
    for server in &servers {
        echo_once(server.address)?;
    }
    std::thread::sleep(REST);
    let (user, kernel) = (memory_of_user()?, memory::kernel_objects()?);
    let holders = servers.iter().zip(&shares);
    let holders = holders.map(|(server, share)| Holder::start(server.address, *share));
    let mut holders = holders.collect::<Result<Vec<_>, _>>()?;
    let mut last = u64::MAX;
    let user = loop {
        std::thread::sleep(REST);
        let now = memory_of_user()?;
        // To page out takes a while.
        if zram.is_none() || now > last - last / 100 {
            break now.saturating_sub(user);
        }
        last = now;
    };
    let kernel = memory::kernel_objects()?.saturating_sub(kernel);
    holders.iter_mut().try_for_each(Holder::echo_again)?;
    Ok((user, kernel))
}

fn echo_once(address: SocketAddr) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    echo(&mut stream, b"once")?;
    Ok(stream)
}

fn echo(stream: &mut TcpStream, request: &[u8; 4]) -> io::Result<()> {
    let mut answer = [0; 4];
    stream.write_all(request)?;
    stream.read_exact(&mut answer)?;
    if &answer == request {
        Ok(())
    } else {
        Err(io::Error::other("the echo is another"))
    }
}

/// A process that holds connections, killed when dropped.
struct Holder {
    child: Child,
    connections: usize,
    out: BufReader<ChildStdout>,
}

impl Holder {
    /// Returns when all of them have echoed.
    fn start(address: SocketAddr, connections: usize) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([HOLD, "--address", &address.to_string()])
            .args(["--conns", &connections.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().map(BufReader::new);
        let mut holder = Self {
            out: out.expect("piped"),
            child,
            connections,
        };
        holder.hear_of_all()?;
        Ok(holder)
    }

    /// Returns when all of them have echoed once more.
    fn echo_again(&mut self) -> Result<(), Failure> {
        // It waits for its input to end.
        self.child.stdin = None;
        self.hear_of_all()
    }

    fn hear_of_all(&mut self) -> Result<(), Failure> {
        let mut line = String::new();
        self.out.read_line(&mut line)?;
        let all = self.connections.to_string();
        check("connections that echoed", line.trim(), &all)?;
        Ok(())
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill, and `wait` says so at once.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Holds `--conns` connections to `--address`, each of which has echoed once, until the input ends. Then each echoes
/// once more.
pub(crate) fn hold(arguments: &Arguments) -> Result<(), Failure> {
    system::die_with_parent()?;
    system::raise_descriptor_limit(arguments.connections + OTHER_DESCRIPTORS)?;
    let Some(address) = arguments.address else {
        return Err(Failure::new("--address is missing"));
    };
    let connect = |_| echo_once(address);
    let held = (0..arguments.connections).map(connect);
    let mut held = held.collect::<io::Result<Vec<TcpStream>>>()?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}", held.len())?;
    out.flush()?;
    io::stdin().read_to_end(&mut Vec::new())?;
    for stream in &mut held {
        echo(stream, b"more")?;
    }
    writeln!(out, "{}", held.len())?;
    out.flush()?;
    Ok(())
}
