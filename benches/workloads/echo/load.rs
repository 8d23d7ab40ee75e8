//! The load: many connections over epoll, one outstanding request each, every byte checked.
//!
//! What is said on a connection is a [`Dialogue`]: the echo here, others in `benches/compare/`, which
//! includes this file. A request is made of its connection's number and its own, so an answer that
//! is late, lost in between, doubled or somebody else's does not pass.
//!
//! In a closed loop a connection sends its next request as soon as it has the whole answer; the time
//! between is the latency, which so contains what the load itself makes a request wait. In an open
//! loop, at a rate, each request has its time, whatever has become of those before it:
//!
//! ```text
//!   request k (from 0) of connection i of C is due at   origin + (k * C + i) / rate
//! ```
//!
//! and its latency counts from then, even if it could only be sent later: a server that stands still
//! for a while is charged for all that would have come meanwhile (Gil Tene's "coordinated omission").

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::system::{Epoll, Events, receive, send};
use crate::report::Failure;

/// A server that answers nobody for this long has lost something.
const PATIENCE: Duration = Duration::from_secs(10);
const EVENTS_A_WAIT: usize = 1024;
/// So many connections are made before the first of them is heard: fewer than a listener holds.
const GREETED: usize = 100;

/// What a connection says, and what it is to be answered.
pub(super) trait Dialogue {
    /// The bytes of a request.
    fn request(&mut self, connection: usize, request: u64) -> &[u8];

    /// Checks bytes of the answer to it, of which `before` have come already; whether that was all.
    fn answer(
        &mut self,
        connection: usize,
        request: u64,
        before: usize,
        bytes: &[u8],
    ) -> Result<bool, Failure>;
}

/// The answer is the request.
pub(super) struct Echo {
    /// Where a request is made, and where it is made again, to be compared with the answer.
    pattern: Vec<u8>,
}

impl Echo {
    pub(super) fn new(size: usize) -> Self {
        Self {
            pattern: vec![0; size],
        }
    }
}

impl Dialogue for Echo {
    fn request(&mut self, connection: usize, request: u64) -> &[u8] {
        fill(&mut self.pattern, connection, request);
        &self.pattern
    }

    fn answer(
        &mut self,
        connection: usize,
        request: u64,
        before: usize,
        bytes: &[u8],
    ) -> Result<bool, Failure> {
        fill(&mut self.pattern, connection, request);
        let end = before + bytes.len();
        if self.pattern.get(before..end) != Some(bytes) {
            return Err(Failure::new(format!(
                "connection {connection}, request {request}, bytes {before}..{end}: not what was sent"
            )));
        }
        Ok(end == self.pattern.len())
    }
}

/// How requests follow each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Whether to wait awake. Waking another core costs the one that wakes more than a request
    /// does, and a server should not pay for how often the load went to sleep. On a shared core the
    /// load has to make room for the server.
    pub(super) spins: bool,
    /// Requests a second in an open loop; `None` for a closed one.
    pub(super) rate: Option<f64>,
}

/// The connections to one server, and what they have seen of it.
pub(super) struct Load<D> {
    epoll: Epoll,
    pace: Pace,
    events: Events,
    connections: Vec<Connection>,
    dialogue: D,
    received: Vec<u8>,
    /// In nanoseconds.
    latencies: Histogram<u64>,
    completed: u64,
    /// How long there was nothing to do.
    idle: Duration,
    /// When the first request was due, and how many have been since.
    origin: Instant,
    due: u64,
}

struct Connection {
    socket: TcpStream,
    /// The number of its outstanding request, or the next one.
    request: u64,
    outstanding: bool,
    sent: usize,
    received: usize,
    /// When the outstanding one was sent or, in an open loop, due.
    since: Instant,
}

impl<D: Dialogue> Load<D> {
    /// Has `connect` make the connections and each answered once, so that the server has accepted
    /// them all. `longest` is the length of the longest answer.
    pub(super) fn connect(
        connect: impl Fn(usize) -> io::Result<TcpStream>,
        connections: usize,
        mut dialogue: D,
        longest: usize,
        pace: Pace,
    ) -> Result<Self, Failure> {
        let epoll = Epoll::new()?;
        let mut made = Vec::with_capacity(connections);
        for first in (0..connections).step_by(GREETED) {
            for number in first..connections.min(first + GREETED) {
                let mut socket = connect(number)?;
                socket.set_nodelay(true)?;
                socket.set_read_timeout(Some(PATIENCE))?;
                // A server that waits for room, too, takes nothing.
                socket.set_write_timeout(Some(PATIENCE))?;
                let sent = socket.write_all(dialogue.request(number, 0));
                sent.map_err(|error| {
                    Failure::new(format!(
                        "connection {number}: its first request is not taken: {error}"
                    ))
                })?;
                made.push(Connection {
                    socket,
                    request: 1,
                    outstanding: false,
                    sent: 0,
                    received: 0,
                    since: Instant::now(),
                });
            }
            for (number, connection) in made.iter().enumerate().skip(first) {
                hear(&connection.socket, number, &mut dialogue, longest)?;
                connection.socket.set_nonblocking(true)?;
                epoll.add_edge_triggered(connection.socket.as_fd(), number as u64)?;
            }
        }
        let histogram = Histogram::new_with_bounds(1, 60_000_000_000, 3)
            .map_err(|error| Failure::new(error.to_string()))?;
        let mut load = Self {
            epoll,
            pace,
            events: Events::with_capacity(EVENTS_A_WAIT),
            connections: made,
            dialogue,
            // One byte longer than an answer, so that one that is too long shows.
            received: vec![0; longest + 1],
            latencies: histogram,
            completed: 0,
            idle: Duration::ZERO,
            origin: Instant::now(),
            due: 0,
        };
        if load.pace.rate.is_none() {
            for number in 0..connections {
                load.start_request(number, Instant::now())?;
            }
        }
        Ok(load)
    }

    /// Keeps the connections busy for at least `duration`, and says how long it was.
    pub(super) fn run_for(&mut self, duration: Duration) -> Result<Duration, Failure> {
        let start = Instant::now();
        loop {
            self.start_what_is_due()?;
            let count = self.wait()?;
            for index in 0..count {
                let event = self.events.at(index);
                let number = event.token as usize;
                let connection = &self.connections[number];
                if event.is_writable() && connection.outstanding {
                    self.send_request(number)?;
                }
                self.take_answer(number)?;
            }
            let elapsed = start.elapsed();
            if elapsed >= duration {
                self.charge_for_what_is_late();
                return Ok(elapsed);
            }
        }
    }

    /// Waits for events, or until a request is due, and says how many there are.
    fn wait(&mut self) -> Result<usize, Failure> {
        let awake = self.pace.spins || self.pace.rate.is_some();
        let timeout = if awake { Duration::ZERO } else { PATIENCE };
        let count = self.epoll.wait(&mut self.events, timeout)?;
        if count > 0 {
            return Ok(count);
        }
        let start = Instant::now();
        loop {
            let count = self.epoll.wait(&mut self.events, timeout)?;
            let waited = start.elapsed();
            if count > 0 || self.next_due().is_some_and(|due| start + waited >= due) {
                self.idle += waited;
                return Ok(count);
            }
            if waited > PATIENCE {
                return Err(Failure::new(format!("no answer for {PATIENCE:?}")));
            }
        }
    }

    /// Starts counting anew; the outstanding requests stay.
    pub(super) fn forget(&mut self) {
        self.latencies.reset();
        self.completed = 0;
        self.idle = Duration::ZERO;
    }

    /// How many requests have been answered.
    pub(super) fn completed(&self) -> u64 {
        self.completed
    }

    /// How long there was nothing to do, while the load waited awake.
    #[allow(dead_code, reason = "`benches/compare/` tells of it")]
    pub(super) fn idle(&self) -> Duration {
        self.idle
    }

    /// In microseconds.
    pub(super) fn latency_at(&self, percent: f64) -> f64 {
        self.latencies.value_at_percentile(percent) as f64 / 1_000.0
    }

    /// When the `request`-th of a connection, from 1, is to be sent in an open loop.
    fn due_at(&self, number: usize, request: u64) -> Option<Instant> {
        let index = (request - 1) * self.connections.len() as u64 + number as u64;
        Some(self.origin + Duration::from_secs_f64(index as f64 / self.pace.rate?))
    }

    /// When the next request that no connection has been told of is due.
    fn next_due(&self) -> Option<Instant> {
        let connections = self.connections.len() as u64;
        let (number, request) = (self.due % connections, self.due / connections + 1);
        self.due_at(number as usize, request)
    }

    /// A connection that is still waiting sends what is due when it has its answer.
    fn start_what_is_due(&mut self) -> Result<(), Failure> {
        while let Some(due) = self.next_due().filter(|due| *due <= Instant::now()) {
            let number = (self.due % self.connections.len() as u64) as usize;
            self.due += 1;
            if !self.connections[number].outstanding {
                self.start_request(number, due)?;
            }
        }
        Ok(())
    }

    /// In an open loop, what was due and has no answer yet is at least as late as it is now.
    fn charge_for_what_is_late(&mut self) {
        let now = Instant::now();
        for number in 0..self.connections.len() {
            let mut request = self.connections[number].request;
            while let Some(due) = self.due_at(number, request).filter(|due| *due < now) {
                self.record(now - due);
                request += 1;
            }
        }
    }

    fn start_request(&mut self, number: usize, since: Instant) -> Result<(), Failure> {
        let connection = &mut self.connections[number];
        connection.outstanding = true;
        connection.sent = 0;
        connection.received = 0;
        connection.since = since;
        self.send_request(number)
    }

    /// Sends what is left of a request.
    fn send_request(&mut self, number: usize) -> Result<(), Failure> {
        let connection = &mut self.connections[number];
        let request = self.dialogue.request(number, connection.request);
        let rest = &request[connection.sent..];
        if rest.is_empty() {
            return Ok(());
        }
        match send(&connection.socket, rest) {
            Ok(count) => connection.sent += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Receives once: what has not come yet comes with another event.
    fn take_answer(&mut self, number: usize) -> Result<(), Failure> {
        let connection = &mut self.connections[number];
        let count = match receive(&connection.socket, &mut self.received) {
            Ok(0) => return Err(Failure::new("the server closed a connection")),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let (request, before) = (connection.request, connection.received);
        connection.received += count;
        let bytes = &self.received[..count];
        if !connection.outstanding {
            return Err(Failure::new(format!(
                "connection {number}: {count} bytes that nobody has asked for"
            )));
        }
        if !self.dialogue.answer(number, request, before, bytes)? {
            return Ok(());
        }
        connection.request += 1;
        connection.outstanding = false;
        let (now, since) = (Instant::now(), connection.since);
        let next = connection.request;
        self.completed += 1;
        self.record(now - since);
        match self.due_at(number, next) {
            None => self.start_request(number, now),
            // Its turn has passed while it was waiting.
            Some(due) if self.next_due() > Some(due) => self.start_request(number, due),
            Some(_) => Ok(()),
        }
    }

    fn record(&mut self, latency: Duration) {
        self.latencies.saturating_record(latency.as_nanos() as u64);
    }
}

/// Waits for the first answer on a connection, which is still in blocking mode.
fn hear<D: Dialogue>(
    mut socket: &TcpStream,
    number: usize,
    dialogue: &mut D,
    longest: usize,
) -> Result<(), Failure> {
    let (mut buffer, mut before) = (vec![0; longest + 1], 0);
    loop {
        let count = socket.read(&mut buffer)?;
        if count == 0 {
            return Err(Failure::new("the server closed a new connection"));
        }
        if dialogue.answer(number, 0, before, &buffer[..count])? {
            return Ok(());
        }
        before += count;
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
