//! A server in a process of its own, and connections to it from several addresses.

use std::io::{self, BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use crate::Options;
use crate::clock::ProcessorClock;
use crate::report::Failure;
use crate::{memory, system};

/// So many addresses, `127.0.0.2` and those after it, take turns as the source of connections: a
/// port is not free again for a minute after its connection was closed.
const SOURCES: usize = 200;

/// Killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    clock: ProcessorClock,
    address: SocketAddr,
    /// Open as long as the server may print something.
    _out: BufReader<ChildStdout>,
}

impl Server {
    pub(crate) fn start(options: &Options) -> Result<Self, Failure> {
        let cpu = options.server_cpu.to_string();
        let mut command = Command::new("taskset");
        command.args(["-c", &cpu]).args(&options.server);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        // SAFETY: between fork and exec the closure makes one system call and allocates nothing.
        unsafe { command.pre_exec(system::die_with_parent) };
        let mut child = command.spawn()?;
        let out = child
            .stdout
            .take()
            .ok_or_else(|| Failure::new("the server has no output"))?;
        let mut out = BufReader::new(out);
        let clock = ProcessorClock::of(child.id())?;
        match address(&mut out) {
            Ok(address) => Ok(Self {
                child,
                clock,
                address,
                _out: out,
            }),
            Err(error) => {
                // It has ended, or nobody will know where it is.
                let _ = child.kill();
                let status = child.wait()?;
                Err(Failure::new(format!(
                    "the server did not start: {error}, {status}"
                )))
            }
        }
    }

    /// The processor time it has used.
    pub(crate) fn processor(&self) -> io::Result<Duration> {
        self.clock.now()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Bytes that are resident, and page tables.
    pub(crate) fn memory(&self) -> Result<u64, Failure> {
        memory::resident_and_page_tables_of(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill, and `wait` says so at once.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first address that the server prints, whatever else it says.
fn address(out: &mut impl BufRead) -> io::Result<SocketAddr> {
    let mut line = String::new();
    while out.read_line(&mut line)? > 0 {
        let words = line.split_whitespace();
        let mut addresses = words.filter_map(|word| {
            let end = |c: char| !c.is_ascii_digit();
            word.trim_end_matches(end).parse().ok()
        });
        if let Some(address) = addresses.next() {
            return Ok(address);
        }
        line.clear();
    }
    Err(io::Error::other("it printed no address"))
}

/// The `number`-th connection.
pub(crate) fn connect(address: SocketAddr, number: usize) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    let source = Ipv4Addr::new(127, 0, 0, 2 + (number % SOURCES) as u8);
    socket.bind(&SocketAddr::from((source, 0)).into())?;
    socket.connect(&address.into())?;
    Ok(socket.into())
}
