//! How a listener is to be, where the defaults will not do.

use super::addr::{self, ToSocketAddrs};
use super::listener::TcpListener;
use crate::sys::socket::{self as sys, Listening};
use std::io;
use std::net::SocketAddr;

/// Options of a [`TcpListener`] that have to be set before it is bound.
///
/// What is not set here is as [`TcpListener::bind`] has it: on unix `SO_REUSEADDR` is set.
///
/// # Examples
///
/// ```
/// use teem::net::ListenOptions;
///
/// let listener = ListenOptions::new().reuse_port(true).bind("127.0.0.1:0")?;
/// let another = ListenOptions::new().reuse_port(true).bind(listener.local_addr()?)?;
/// assert_eq!(listener.local_addr()?, another.local_addr()?);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct ListenOptions {
    options: Listening,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl ListenOptions {
    /// No options yet.
    pub const fn new() -> Self {
        Self {
            options: Listening {
                backlog: 1024,
                reuse_port: false,
                only_v6: None,
                ttl: None,
            },
        }
    }

    /// How many connections may wait to be accepted, 1024 unless set. The system has a limit of its own, too (on
    /// Linux `net.core.somaxconn`).
    pub fn backlog(&mut self, connections: u32) -> &mut Self {
        self.options.backlog = connections;
        self
    }

    /// Whether several sockets, each with this option, may listen on one port (`SO_REUSEPORT`), such as those of
    /// several processes. On Linux the system spreads the connections over them; what waits in the queue of one
    /// that is closed is lost.
    pub fn reuse_port(&mut self, reuse: bool) -> &mut Self {
        self.options.reuse_port = reuse;
        self
    }

    /// Whether a listener on an IPv6 address takes no IPv4 connections (`IPV6_V6ONLY`). Unless set, the system
    /// decides.
    pub fn only_v6(&mut self, only: bool) -> &mut Self {
        self.options.only_v6 = Some(only);
        self
    }

    /// How many hops a packet may make, of this listener and of its connections (`IP_TTL`).
    pub fn ttl(&mut self, hops: u32) -> &mut Self {
        self.options.ttl = Some(hops);
        self
    }

    /// Creates a listener bound to the first of the addresses that allows it.
    ///
    /// Parks the task if a name must be resolved, see [`ToSocketAddrs`].
    ///
    /// # Errors
    ///
    /// That of the last address tried; `InvalidInput` when there is none. Those of an option that the system
    /// refuses, such as `only_v6` for an IPv4 address.
    pub fn bind<A: ToSocketAddrs>(&self, addr: A) -> io::Result<TcpListener> {
        let listen = |address: &SocketAddr| sys::listen(&address.into(), self.options);
        let listener = addr::try_each(addr, listen)?;
        Ok(TcpListener::from_nonblocking(listener.into()))
    }
}
