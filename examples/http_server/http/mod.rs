//! HTTP/1.1 on a server's side: connections in, requests out, answers back.
//!
//! [`serve`] talks to one client until either has enough. It is plain blocking code over anything
//! that is a [`Transport`]: a TCP stream, TLS on top of one, or memory in a test.
//!
//! ```text
//! input ──head::parse──▶ Head ──routes::choose──▶ Answer
//!   │                                                │
//!   └──body::Body──▶ bytes ──────────────────────────┴──▶ output ──▶ one write a batch
//! ```
//!
//! A request's head is parsed where it was received. Answers gather in `output` as long as whole
//! requests are at hand, so that a client that sends many at once costs one `recv` and one `send`.
//!
//! What a client may cost is bounded by [`Limits`]: bytes, headers, requests, and time.

#![allow(
    dead_code,
    reason = "more than one program includes this, and not all of them use all of it"
)]

mod body;
mod connection;
mod drain;
mod files;
mod head;
mod input;
mod response;
mod routes;

pub(crate) use connection::serve;
pub(crate) use drain::Drain;
pub(crate) use files::Root;

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::time::Duration;
use teem::net::TcpStream;

/// What is served to all clients alike.
#[derive(Debug, Default)]
pub(crate) struct Site {
    pub(crate) limits: Limits,
    /// Whose files are served; none without.
    pub(crate) root: Option<Root>,
    pub(crate) drain: Drain,
}

/// What a client may have at the most.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Bytes of a request line with its headers.
    pub(crate) head: usize,
    /// Bytes of a request's target.
    pub(crate) target: usize,
    /// Bytes of a request's body.
    pub(crate) body: u64,
    /// Requests on one connection.
    pub(crate) requests: u64,
    /// How long a head may take from its first byte, or a new connection until its first head.
    pub(crate) head_time: Duration,
    /// How long a body may take.
    pub(crate) body_time: Duration,
    /// How long a client may take to accept a part of an answer, 64 KiB.
    pub(crate) write_time: Duration,
    /// How long a connection may be idle between requests.
    pub(crate) idle_time: Duration,
    /// How long a refused client is listened to, so that it hears the refusal.
    pub(crate) linger_time: Duration,
}

/// Headers of a request at the most: they are parsed into an array of this length.
pub(crate) const HEADERS: usize = 64;

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: 16 << 10,
            target: 8 << 10,
            body: 1 << 20,
            requests: 100_000,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(30),
            write_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(60),
            linger_time: Duration::from_secs(1),
        }
    }
}

/// What carries the bytes.
pub(crate) trait Transport: Read + Write {
    /// Bounds each read from now on.
    fn set_read_timeout(&self, timeout: Duration) -> io::Result<()>;

    /// Bounds each write from now on.
    fn set_write_timeout(&self, timeout: Duration) -> io::Result<()>;

    /// Says to the client that nothing more will come.
    fn finish(&mut self) -> io::Result<()>;
}

impl Transport for TcpStream {
    fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        TcpStream::set_read_timeout(self, Some(timeout))
    }

    fn set_write_timeout(&self, timeout: Duration) -> io::Result<()> {
        TcpStream::set_write_timeout(self, Some(timeout))
    }

    fn finish(&mut self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}
