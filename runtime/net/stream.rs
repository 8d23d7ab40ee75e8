//! A connection: `std::net::TcpStream` for tasks.

use super::addr::{self, ToSocketAddrs};
use crate::netpoll::{Direction, Outcome};
use crate::poll::{self, Limit, Pollable};
use crate::scheduler;
use crate::sys::socket as sys;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
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
pub struct TcpStream {
    file: Pollable<Std>,
}

poll::face!(TcpStream, Std);
poll::transfers!(TcpStream);

/// The system ends a read early only when nothing is left, or where an event tells of it.
const DRAINS: bool = true;

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
            let (file, direction) = (&stream.file, Direction::Write);
            file.descriptor().expect_event(direction);
            file.io_until(Limit::Deadline(deadline), direction, |stream| {
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

    /// The address of the other end.
    ///
    /// # Errors
    ///
    /// Those of the system; `NotConnected` when there is no other end any more.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.std().peer_addr()
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.std().local_addr()
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

    /// A second handle to the same connection. As with std, timeouts and the mode of
    /// [`set_nonblocking`](Self::set_nonblocking) are common to both, whichever sets them.
    ///
    /// # Errors
    ///
    /// Those of the system, such as too many open files.
    pub fn try_clone(&self) -> io::Result<Self> {
        let duplicate = self.std().try_clone()?;
        Ok(Self {
            file: self.file.clone_with(duplicate),
        })
    }

    /// How long a read may wait; `None`, as at first, for ever. A read that has waited so long
    /// fails, with the kind that std gives on the platform: on unix `WouldBlock`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a timeout of zero.
    ///
    /// # Examples
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
    pub fn set_read_timeout(&self, dur: Option<Duration>) -> io::Result<()> {
        // The system keeps it as well, for whoever converts the stream to std's.
        self.std().set_read_timeout(dur)?;
        self.file.set_timeout(Direction::Read, dur);
        Ok(())
    }

    /// How long a write may wait, as [`set_read_timeout`](Self::set_read_timeout).
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a timeout of zero.
    pub fn set_write_timeout(&self, dur: Option<Duration>) -> io::Result<()> {
        self.std().set_write_timeout(dur)?;
        self.file.set_timeout(Direction::Write, dur);
        Ok(())
    }

    /// The timeout of reads, as the system has rounded it.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn read_timeout(&self) -> io::Result<Option<Duration>> {
        self.std().read_timeout()
    }

    /// The timeout of writes, as the system has rounded it.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn write_timeout(&self) -> io::Result<Option<Duration>> {
        self.std().write_timeout()
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

    /// Sets the `IP_TTL` option: how many hops a packet may make.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.std().set_ttl(ttl)
    }

    /// The `IP_TTL` option.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn ttl(&self) -> io::Result<u32> {
        self.std().ttl()
    }

    /// Takes the error that is pending on the socket (`SO_ERROR`), if there is one.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.std().take_error()
    }

    /// Chooses whether calls fail with `WouldBlock` instead of parking the task or blocking the
    /// thread. Common to all clones.
    ///
    /// # Errors
    ///
    /// None; std's signature.
    pub fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.file.set_nonblocking(nonblocking);
        Ok(())
    }
}

impl Read for &TcpStream {
    /// Parks the task until there is something to read; outside a task blocks the thread. 0 is the
    /// end of the stream.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.file.read(buf, DRAINS)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.file.read_vectored(bufs, DRAINS)
    }
}

impl Write for &TcpStream {
    /// Parks the task until some of `buf` has gone to the system; outside a task blocks the thread.
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.file.write(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.file.write_vectored(bufs)
    }

    /// Does nothing: nothing is buffered here.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
