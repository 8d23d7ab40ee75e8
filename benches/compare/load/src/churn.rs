//! A connection for each request: connect, one exchange, close.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use crate::Options;
use crate::clock::ProcessorClock;
use crate::load::{Dialogue, Echo};
use crate::report::Failure;
use crate::server::{self, Server};
use crate::system::{Epoll, Events};

const PATIENCE: Duration = Duration::from_secs(10);
const EVENTS_A_WAIT: usize = 1024;

/// `conns` connections at a time, each for one exchange. On loopback a connect is done at once.
pub(crate) fn churn(options: &Options) -> Result<(), Failure> {
    let server = Server::start(options)?;
    let mut churn = Churn {
        server: &server,
        epoll: Epoll::new()?,
        events: Events::with_capacity(EVENTS_A_WAIT),
        echo: Echo::new(options.size),
        places: (0..options.conns).map(|_| None).collect(),
        buffer: vec![0; options.size + 1],
        made: 0,
        closed: 0,
    };
    for place in 0..options.conns {
        churn.open(place)?;
    }
    churn.run_for(Duration::from_secs_f64(options.warm_up))?;
    let (closed, before) = (churn.closed, server.processor()?);
    let own = ProcessorClock::own();
    let own_before = own.now()?;
    let window = churn.run_for(Duration::from_secs_f64(options.seconds))?;
    let used = server.processor()?.saturating_sub(before);
    let own_used = own.now()?.saturating_sub(own_before);
    let count = (churn.closed - closed) as f64;
    if count == 0.0 {
        return Err(Failure::new("no connection was served in the window"));
    }
    let subject = options.subject();
    let part = |time: Duration| time.as_secs_f64() / window.as_secs_f64() * 100.0;
    subject.metric("requests", &[count / window.as_secs_f64()], "1/s");
    let each = used.as_secs_f64() * 1e6 / count;
    subject.metric("server processor a request", &[each], "us");
    subject.metric("server busy", &[part(used)], "%");
    subject.metric("load busy", &[part(own_used)], "%");
    Ok(())
}

/// The connections that are open, a place each.
struct Churn<'a> {
    server: &'a Server,
    epoll: Epoll,
    events: Events,
    echo: Echo,
    places: Vec<Option<Exchange>>,
    buffer: Vec<u8>,
    made: u64,
    closed: u64,
}

struct Exchange {
    socket: TcpStream,
    number: u64,
    received: usize,
}

impl Churn<'_> {
    fn open(&mut self, place: usize) -> Result<(), Failure> {
        self.made += 1;
        let mut socket = server::connect(self.server.address(), self.made as usize)?;
        socket.set_nodelay(true)?;
        // A buffer that is empty has room for a request.
        socket.write_all(self.echo.request(place, self.made))?;
        socket.set_nonblocking(true)?;
        self.epoll
            .add_edge_triggered(socket.as_fd(), place as u64)?;
        self.places[place] = Some(Exchange {
            socket,
            number: self.made,
            received: 0,
        });
        Ok(())
    }

    fn run_for(&mut self, duration: Duration) -> Result<Duration, Failure> {
        let start = Instant::now();
        loop {
            let count = self.epoll.wait(&mut self.events, PATIENCE)?;
            if count == 0 {
                return Err(Failure::new(format!("no answer for {PATIENCE:?}")));
            }
            for index in 0..count {
                let place = self.events.at(index).token as usize;
                if self.take(place)? {
                    // Closed before the next one is opened.
                    self.places[place] = None;
                    self.closed += 1;
                    self.open(place)?;
                }
            }
            let elapsed = start.elapsed();
            if elapsed >= duration {
                return Ok(elapsed);
            }
        }
    }

    /// Receives once; whether the answer is whole.
    fn take(&mut self, place: usize) -> Result<bool, Failure> {
        let Some(exchange) = &mut self.places[place] else {
            return Ok(false);
        };
        let count = match exchange.socket.read(&mut self.buffer) {
            Ok(0) => return Err(Failure::new("the server closed a connection")),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let before = exchange.received;
        exchange.received += count;
        let number = exchange.number;
        self.echo
            .answer(place, number, before, &self.buffer[..count])
    }
}
