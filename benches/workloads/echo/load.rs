//! The load: a closed loop over epoll, one outstanding request a connection, every byte checked.
//!
//! Each request is filled from its connection's number and its own, so an answer that is late, lost
//! in between, doubled or somebody else's does not pass. A connection sends its next request as
//! soon as it has the whole answer; the time between is the latency, which so contains what the
//! load itself makes a request wait.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::system::{Epoll, Events, receive, send};
use crate::report::Failure;

/// A server that answers nobody for this long has lost something.
const PATIENCE: Duration = Duration::from_secs(10);
const EVENTS_A_WAIT: usize = 1024;

/// The connections to one server, and what they have seen of it.
pub(super) struct Load {
    epoll: Epoll,
    /// Whether to wait awake. Waking another core costs the one that wakes more than a request
    /// does, and a server should not pay for how often the load went to sleep. On a shared core the
    /// load has to make room for the server.
    spins: bool,
    events: Events,
    connections: Vec<Connection>,
    /// Where a request is made and where it is made again, to be compared with the answer.
    pattern: Vec<u8>,
    /// One byte longer than an answer, so that one that is too long shows.
    received: Vec<u8>,
    /// In nanoseconds.
    latencies: Histogram<u64>,
}

struct Connection {
    socket: TcpStream,
    /// The number of its outstanding request.
    request: u64,
    sent: usize,
    received: usize,
    sent_at: Instant,
}

impl Load {
    /// Connects and has each connection answered once, so that the server has accepted them all.
    pub(super) fn connect(
        address: SocketAddr,
        connections: usize,
        size: usize,
        spins: bool,
    ) -> Result<Self, Failure> {
        let histogram = Histogram::new_with_bounds(1, 60_000_000_000, 3)
            .map_err(|error| Failure::new(error.to_string()))?;
        let mut load = Self {
            epoll: Epoll::new()?,
            spins,
            events: Events::with_capacity(EVENTS_A_WAIT),
            connections: Vec::with_capacity(connections),
            pattern: vec![0; size],
            received: vec![0; size + 1],
            latencies: histogram,
        };
        for number in 0..connections {
            let socket = load.greet(address)?;
            load.epoll
                .add_edge_triggered(socket.as_fd(), number as u64)?;
            load.connections.push(Connection {
                socket,
                request: 0,
                sent: 0,
                received: 0,
                sent_at: Instant::now(),
            });
        }
        for number in 0..connections {
            load.start_request(number, Instant::now())?;
        }
        Ok(load)
    }

    /// A new connection that has echoed a short line, in non-blocking mode.
    fn greet(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let mut socket = TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.write_all(b"hello")?;
        let mut answer = [0; 5];
        socket.read_exact(&mut answer)?;
        if answer != *b"hello" {
            return Err(io::Error::other("the first answer was not what was sent"));
        }
        socket.set_nonblocking(true)?;
        Ok(socket)
    }

    /// Keeps the connections busy for at least `duration`, and says how long it was.
    pub(super) fn run_for(&mut self, duration: Duration) -> Result<Duration, Failure> {
        let start = Instant::now();
        loop {
            let count = self.wait()?;
            for index in 0..count {
                let event = self.events.at(index);
                let number = event.token as usize;
                if event.is_writable() && self.connections[number].sent < self.pattern.len() {
                    self.send_request(number)?;
                }
                self.take_answer(number)?;
            }
            let elapsed = start.elapsed();
            if elapsed >= duration {
                return Ok(elapsed);
            }
        }
    }

    /// Waits for events and says how many there are.
    fn wait(&mut self) -> Result<usize, Failure> {
        let start = Instant::now();
        let timeout = if self.spins { Duration::ZERO } else { PATIENCE };
        loop {
            let count = self.epoll.wait(&mut self.events, timeout)?;
            if count > 0 {
                return Ok(count);
            }
            if start.elapsed() > PATIENCE {
                return Err(Failure::new(format!("no answer for {PATIENCE:?}")));
            }
        }
    }

    /// Starts counting anew; the outstanding requests stay.
    pub(super) fn forget(&mut self) {
        self.latencies.reset();
    }

    /// How many requests have been answered.
    pub(super) fn completed(&self) -> u64 {
        self.latencies.len()
    }

    /// In microseconds.
    pub(super) fn latency_at(&self, percent: f64) -> f64 {
        self.latencies.value_at_percentile(percent) as f64 / 1_000.0
    }

    fn start_request(&mut self, number: usize, now: Instant) -> Result<(), Failure> {
        let connection = &mut self.connections[number];
        connection.request += 1;
        connection.sent = 0;
        connection.received = 0;
        connection.sent_at = now;
        self.send_request(number)
    }

    fn send_request(&mut self, number: usize) -> Result<(), Failure> {
        let connection = &mut self.connections[number];
        fill(&mut self.pattern, number, connection.request);
        match send(&connection.socket, &self.pattern[connection.sent..]) {
            Ok(count) => connection.sent += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Receives once: what has not come yet comes with another event.
    fn take_answer(&mut self, number: usize) -> Result<(), Failure> {
        let connection = &mut self.connections[number];
        let room = &mut self.received[connection.received..];
        let count = match receive(&connection.socket, room) {
            Ok(0) => return Err(Failure::new("the server closed a connection")),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let (start, end) = (connection.received, connection.received + count);
        fill(&mut self.pattern, number, connection.request);
        if self.pattern.get(start..end) != Some(&room[..count]) {
            let request = connection.request;
            return Err(Failure::new(format!(
                "connection {number}, request {request}, bytes {start}..{end}: not what was sent"
            )));
        }
        connection.received = end;
        if end < self.pattern.len() {
            return Ok(());
        }
        let now = Instant::now();
        let latency = now.duration_since(connection.sent_at).as_nanos() as u64;
        self.latencies.saturating_record(latency);
        self.start_request(number, now)
    }
}

/// The bytes of a request: words that tell the connection, the request and their own place.
fn fill(pattern: &mut [u8], connection: usize, request: u64) {
    // Weyl sequences of odd constants: neighbours in any of the three differ in most bytes.
    let mut word = (connection as u64)
        .wrapping_mul(0xd1b5_4a32_d192_ed03)
        .wrapping_add(request.wrapping_mul(0x8cb9_2ba7_2f3d_8dd7));
    for place in pattern.chunks_mut(8) {
        word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
        place.copy_from_slice(&word.to_ne_bytes()[..place.len()]);
    }
}
