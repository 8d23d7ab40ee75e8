//! A connection: `std::net::TcpStream` for tasks.

use super::addr::{self, ToSocketAddrs};
use crate::netpoll::{Direction, Outcome};
use crate::poll::{self, Limit, Pollable};
use crate::scheduler;
use crate::sys::socket as sys;
use std::io;
use std::mem;
use std::net::{Shutdown, SocketAddr};
use std::time::{Duration, Instant};

type Std = std::net::TcpStream;

/// A TCP connection: `std::net::TcpStream`, whose reads and writes park the task.
///
/// Dropping it closes the connection. `&TcpStream` reads and writes too, so one task can read while
/// another writes.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use teem::net::{Shutdown, TcpListener, TcpStream};
///
/// fn main() -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let address = listener.local_addr()?;
///     let echo = teem::spawn(move || {
///         let stream = listener.accept()?.0;
///         std::io::copy(&mut &stream, &mut &stream)
///     });
///     let mut stream = TcpStream::connect(address)?;
///     stream.write_all(b"to and fro")?;
///     stream.shutdown(Shutdown::Write)?;
///     let mut text = String::new();
///     stream.read_to_string(&mut text)?;
///     assert_eq!(text, "to and fro");
///     assert_eq!(echo.join().unwrap()?, 10);
///     Ok(())
/// }
/// ```
///
/// A read that has a timeout:
///
/// ```
/// use std::io::{ErrorKind, Read};
/// use std::time::Duration;
/// use teem::net::{TcpListener, TcpStream};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let mut stream = TcpStream::connect(listener.local_addr()?)?;
/// stream.set_read_timeout(Some(Duration::from_millis(1)))?;
/// let error = teem::run(|| stream.read(&mut [0; 8])).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::WouldBlock);
/// # std::io::Result::Ok(())
/// ```
pub struct TcpStream {
    file: Pollable<Std>,
}

poll::face!(TcpStream, Std);
poll::socket!(TcpStream, SocketAddr);
poll::exchange!(TcpStream, SocketAddr);
poll::hops!(TcpStream);
// The system ends a read early only when nothing is left, or where an event tells of it.
poll::transfers!(TcpStream, drains: true);

impl TcpStream {
    /// For those who move bytes without reading them.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) fn pollable(&self) -> &Pollable<Std> {
        &self.file
    }

    /// Opens a connection to the first of the addresses that accepts one. Parks the task until
    /// that is decided; outside a task blocks the thread.
    ///
    /// The addresses are tried one after another, in the order in which [`ToSocketAddrs`] gives them: a name's with
    /// IPv6 and IPv4 by turns. The next attempt begins when the last one has failed, not while it is under way; who
    /// expects addresses that swallow what is sent to them uses [`connect_timeout`](Self::connect_timeout).
    ///
    /// # Errors
    ///
    /// That of the last address tried; `InvalidInput` when there is none.
    ///
    /// # Cancellation
    ///
    /// Fails, see the [module](super#cancellation); an attempt under way is given up.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let address = listener.local_addr()?;
    /// let stream = teem::run(|| TcpStream::connect(address))?;
    /// assert_eq!(stream.peer_addr()?, address);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn connect<A: ToSocketAddrs>(addr: A) -> io::Result<Self> {
        addr::try_each(addr, |address| Self::connect_until(address, None))
    }

    /// Opens a connection to `addr`, for which there is so much time.
    ///
    /// # Errors
    ///
    /// `TimedOut` when the time has passed, `InvalidInput` when `timeout` is zero, and those of the
    /// system.
    ///
    /// # Cancellation
    ///
    /// As [`connect`](Self::connect).
    pub fn connect_timeout(addr: &SocketAddr, timeout: Duration) -> io::Result<Self> {
        if timeout.is_zero() {
            let message = "cannot set a 0 duration timeout";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        Self::connect_until(addr, Instant::now().checked_add(timeout))
    }

    fn connect_until(address: &SocketAddr, deadline: Option<Instant>) -> io::Result<Self> {
        scheduler::check_cancelled()?;
        let (socket, connected) = sys::connect(&address.into())?;
        let stream = Self::from_nonblocking(socket.into());
        if !connected {
            let (limit, mut is_new) = (Limit::Deadline(deadline), true);
            stream.file.io_until(limit, Direction::Write, |stream| {
                // It takes time: nothing is decided until an event comes.
                if mem::take(&mut is_new) {
                    return Err(sys::would_block());
                }
                sys::connected(stream)?;
                let (value, short) = ((), false);
                Ok(Outcome { value, short })
            })?;
        }
        Ok(stream)
    }

    /// Takes over a socket that is non-blocking and has no timeouts.
    pub(super) fn from_nonblocking(stream: Std) -> Self {
        Self {
            file: Pollable::new(stream),
        }
    }

    pub(crate) fn std(&self) -> &Std {
        self.file.inner()
    }

    /// Ends reading, writing or both, for all clones. Calls that are parked on it return.
    ///
    /// # Errors
    ///
    /// Those of the system; `NotConnected` when there is no other end any more.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Read;
    /// use teem::net::{Shutdown, TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let client = TcpStream::connect(listener.local_addr()?)?;
    /// client.shutdown(Shutdown::Write)?;
    /// let mut server = listener.accept()?.0;
    /// assert_eq!(server.read(&mut [0; 8])?, 0, "the end");
    /// # std::io::Result::Ok(())
    /// ```
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.std().shutdown(how)
    }

    /// Reads without taking: the next read finds the same bytes. Waits as a read does.
    ///
    /// # Errors
    ///
    /// Those of a read.
    ///
    /// # Cancellation
    ///
    /// Fails, see the [module](super#cancellation).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use teem::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let mut client = TcpStream::connect(listener.local_addr()?)?;
    /// let server = listener.accept()?.0;
    /// client.write_all(b"x")?;
    /// for _ in 0..2 {
    ///     assert_eq!(teem::run(|| server.peek(&mut [0; 8]))?, 1);
    /// }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.file.receive(buf, true)
    }

    /// Sets the `TCP_NODELAY` option: small writes are sent at once instead of being gathered.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.std().set_nodelay(nodelay)
    }

    /// The `TCP_NODELAY` option.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.std().nodelay()
    }
}
