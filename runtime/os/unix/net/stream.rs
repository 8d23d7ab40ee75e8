//! A stream between processes of one machine: `std::os::unix::net::UnixStream` for tasks.

use super::SocketAddr;
use crate::netpoll::Direction;
use crate::poll::{self, Pollable, retrying};
use crate::sys::socket as sys;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::Shutdown;
use std::path::Path;
use std::time::Duration;

type Std = std::os::unix::net::UnixStream;

/// A connected Unix socket: `std::os::unix::net::UnixStream`, whose reads and writes park the task.
///
/// Dropping it closes the connection. `&UnixStream` reads and writes too, so one task can read while another
/// writes.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use teem::os::unix::net::{UnixListener, UnixStream};
///
/// fn main() -> std::io::Result<()> {
///     let path = std::env::temp_dir().join(format!("teem-doc-{}", std::process::id()));
///     let listener = UnixListener::bind(&path)?;
///     let server = teem::spawn(move || listener.accept()?.0.write_all(b"hello"));
///     let mut text = String::new();
///     UnixStream::connect(&path)?.read_to_string(&mut text)?;
///     std::fs::remove_file(path)?;
///     server.join().unwrap()?;
///     assert_eq!(text, "hello");
///     Ok(())
/// }
/// ```
pub struct UnixStream {
    file: Pollable<Std>,
}

poll::face!(UnixStream, Std);
poll::transfers!(UnixStream);

/// A read ends early where a descriptor was sent along, though more is left behind it, and no event tells.
const DRAINS: bool = false;

impl UnixStream {
    /// For those who move bytes without reading them.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) fn pollable(&self) -> &Pollable<Std> {
        &self.file
    }

    /// Connects to the socket named by `path`. Parks the task while the listener's queue is full, see the
    /// [module](super); outside a task blocks the thread.
    ///
    /// # Errors
    ///
    /// Those of the system, such as `NotFound` and `ConnectionRefused`.
    ///
    /// # Cancellation
    ///
    /// Fails, see [`net`](crate::net#cancellation).
    pub fn connect<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        Self::connect_addr(&SocketAddr::from_pathname(path)?)
    }

    /// Connects to the socket with the address `socket_addr`, as [`connect`](Self::connect).
    ///
    /// # Errors
    ///
    /// Those of the system.
    ///
    /// # Cancellation
    ///
    /// Fails, see [`net`](crate::net#cancellation).
    pub fn connect_addr(socket_addr: &SocketAddr) -> io::Result<Self> {
        let address = socket_addr.into();
        let (socket, _) = retrying(None, || match sys::connect(&address)? {
            (socket, true) => Ok((socket, true)),
            // Interrupted before it was decided.
            _ => Err(io::ErrorKind::WouldBlock.into()),
        })?;
        Ok(Self::from_nonblocking(socket.into()))
    }

    /// Two streams that are connected with each other and have no name.
    ///
    /// # Errors
    ///
    /// Those of the system, such as too many open files.
    pub fn pair() -> io::Result<(Self, Self)> {
        let (one, other) = Std::pair()?;
        for end in [&one, &other] {
            end.set_nonblocking(true)?;
        }
        Ok((Self::from_nonblocking(one), Self::from_nonblocking(other)))
    }

    /// Takes over a socket that is non-blocking and has no timeouts.
    pub(super) fn from_nonblocking(stream: Std) -> Self {
        let file = Pollable::new(stream);
        Self { file }
    }

    /// The address of the other end.
    ///
    /// # Errors
    ///
    /// `NotConnected` when it is not, and those of the system.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.file.inner().peer_addr()
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.file.inner().local_addr()
    }

    /// A second handle to the same socket. As with std, timeouts and the mode of
    /// [`set_nonblocking`](Self::set_nonblocking) are common to both, whichever sets them.
    ///
    /// # Errors
    ///
    /// Those of the system, such as too many open files.
    pub fn try_clone(&self) -> io::Result<Self> {
        let duplicate = self.file.inner().try_clone()?;
        Ok(Self {
            file: self.file.clone_with(duplicate),
        })
    }

    /// How long a receiving call may wait; `None`, as at first, for ever. One that has waited so long fails, with
    /// the kind that std gives on the platform: on unix `WouldBlock`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a timeout of zero.
    pub fn set_read_timeout(&self, dur: Option<Duration>) -> io::Result<()> {
        // The system keeps it as well, for whoever converts the socket to std's.
        self.file.inner().set_read_timeout(dur)?;
        self.file.set_timeout(Direction::Read, dur);
        Ok(())
    }

    /// How long a sending call may wait, as [`set_read_timeout`](Self::set_read_timeout).
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a timeout of zero.
    pub fn set_write_timeout(&self, dur: Option<Duration>) -> io::Result<()> {
        self.file.inner().set_write_timeout(dur)?;
        self.file.set_timeout(Direction::Write, dur);
        Ok(())
    }

    /// The timeout of receiving, as the system has rounded it.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn read_timeout(&self) -> io::Result<Option<Duration>> {
        self.file.inner().read_timeout()
    }

    /// The timeout of sending, as the system has rounded it.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn write_timeout(&self) -> io::Result<Option<Duration>> {
        self.file.inner().write_timeout()
    }

    /// Ends receiving, sending or both, for all clones. Calls that are parked on it return.
    ///
    /// # Errors
    ///
    /// Those of the system; `NotConnected` when there is no peer.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.file.inner().shutdown(how)
    }

    /// Takes the error that is pending on the socket (`SO_ERROR`), if there is one.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.file.inner().take_error()
    }

    /// Chooses whether calls fail with `WouldBlock` instead of parking the task or blocking the thread. Common to
    /// all clones.
    ///
    /// # Errors
    ///
    /// None; std's signature.
    pub fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.file.set_nonblocking(nonblocking);
        Ok(())
    }
}

impl Read for &UnixStream {
    /// Parks the task until there is something to read; outside a task blocks the thread. 0 is the
    /// end of the stream.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.file.read(buf, DRAINS)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.file.read_vectored(bufs, DRAINS)
    }
}

impl Write for &UnixStream {
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
