//! The floor: an echo server on bare epoll, as good as one can be written.
//!
//! One thread, edge-triggered, so that the kernel need not ask each socket again whether it is
//! still readable; one `recv` and one `send` a request. A `recv` that left room in its buffer has
//! emptied the socket, so there is no second one to be told `EAGAIN`. Only the end of the stream
//! has to be read on to when it came together with the last bytes, as no further edge tells of it.
//!
//! With `Buffers::Shared` all connections use one buffer of 64 KiB, hot in the cache, which is what
//! a server gains that keeps no state between requests. With `Buffers::Own` each has its own, as
//! a task has that reads into an array.

use std::io::{self, ErrorKind};
use std::net::TcpListener;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Duration;

use super::system::{Epoll, Event, Events, accept, receive, send};

/// Whose the buffers are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Buffers {
    /// One of 64 KiB for all connections.
    Shared,
    /// One of so many bytes a connection.
    Own(usize),
}

const SHARED_BUFFER: usize = 64 << 10;
/// No descriptor has this number.
const LISTENER: u64 = u64::MAX;
const EVENTS_A_WAIT: usize = 1024;
/// Nothing is due at any time.
const LONG: Duration = Duration::from_secs(3_600);

/// An accepted connection.
struct Connection {
    socket: OwnedFd,
    /// What there was no room for; while there is some, nothing is read.
    unsent: Vec<u8>,
    /// Empty where the buffer is shared.
    own_buffer: Box<[u8]>,
}

/// Whether to keep a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Keep,
    Close,
}

/// Serves `listener` until the system refuses something.
pub(super) fn serve(listener: &TcpListener, buffers: Buffers) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let epoll = Epoll::new()?;
    epoll.add_level_triggered(listener.as_fd(), LISTENER)?;
    super::announce(listener.local_addr()?)?;

    // By descriptor: the kernel gives out the lowest free number, so there are no long gaps.
    let mut connections: Vec<Option<Connection>> = Vec::new();
    let mut shared_buffer = vec![0; SHARED_BUFFER];
    let mut events = Events::with_capacity(EVENTS_A_WAIT);
    loop {
        let count = epoll.wait(&mut events, LONG)?;
        for event in (0..count).map(|index| events.at(index)) {
            if event.token == LISTENER {
                accept_all(listener, &epoll, &mut connections, buffers)?;
                continue;
            }
            let entry = &mut connections[event.token as usize];
            // A connection can be closed only by its own event, of which a wait returns one.
            let Some(connection) = entry else { continue };
            if connection.answer(event, &mut shared_buffer) == Fate::Close {
                *entry = None;
            }
        }
    }
}

fn accept_all(
    listener: &TcpListener,
    epoll: &Epoll,
    connections: &mut Vec<Option<Connection>>,
    buffers: Buffers,
) -> io::Result<()> {
    loop {
        let socket = match accept(listener.as_fd()) {
            Ok(socket) => socket,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
            Err(error) => return Err(error),
        };
        let index = socket.as_raw_fd() as usize;
        epoll.add_edge_triggered(socket.as_fd(), index as u64)?;
        if connections.len() <= index {
            connections.resize_with(index + 1, || None);
        }
        connections[index] = Some(Connection {
            socket,
            unsent: Vec::new(),
            own_buffer: match buffers {
                Buffers::Shared => Box::default(),
                Buffers::Own(size) => vec![0; size].into(),
            },
        });
    }
}

impl Connection {
    /// Sends back what has come. A connection that fails is closed.
    fn answer(&mut self, event: Event, shared_buffer: &mut [u8]) -> Fate {
        if !self.unsent.is_empty() && event.is_writable() {
            match would_block_is_zero(send(&self.socket, &self.unsent)) {
                Ok(sent) => drop(self.unsent.drain(..sent)),
                Err(_) => return Fate::Close,
            }
        }
        if !self.unsent.is_empty() {
            return Fate::Keep;
        }
        let buffer = if self.own_buffer.is_empty() {
            shared_buffer
        } else {
            &mut self.own_buffer
        };
        loop {
            let received = match receive(&self.socket, buffer) {
                Ok(0) => return Fate::Close,
                Ok(received) => received,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Fate::Keep,
                Err(_) => return Fate::Close,
            };
            let Ok(sent) = would_block_is_zero(send(&self.socket, &buffer[..received])) else {
                return Fate::Close;
            };
            if sent < received {
                self.unsent.extend_from_slice(&buffer[sent..received]);
                return Fate::Keep;
            }
            if received < buffer.len() && !event.is_ending() {
                return Fate::Keep;
            }
        }
    }
}

fn would_block_is_zero(sent: io::Result<usize>) -> io::Result<usize> {
    match sent {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        other => other,
    }
}
