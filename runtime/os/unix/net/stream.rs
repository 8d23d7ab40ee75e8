//! A stream between processes of one machine: `std::os::unix::net::UnixStream` for tasks.

use super::SocketAddr;
use crate::poll::{self, Pollable, retrying};
use crate::sys::socket as sys;
use std::io;
use std::net::Shutdown;
use std::path::Path;

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
poll::socket!(UnixStream, SocketAddr);
poll::exchange!(UnixStream, SocketAddr);
// A read ends early where a descriptor was sent along, though more is left behind it, and no event tells.
poll::transfers!(UnixStream, drains: false);

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

    /// Ends receiving, sending or both, for all clones. Calls that are parked on it return.
    ///
    /// The system tells nobody who waits for room to send: not an OS thread that belongs to no runtime and blocks in a
    /// write, and not a task, when it is the peer that ends receiving. Both go on when the peer reads or closes.
    ///
    /// # Errors
    ///
    /// Those of the system; `NotConnected` when there is no peer.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.file.inner().shutdown(how)?;
        self.file.wake_all();
        Ok(())
    }
}
