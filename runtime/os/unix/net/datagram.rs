//! Messages between processes of one machine: `std::os::unix::net::UnixDatagram` for tasks.

use super::SocketAddr;
use crate::netpoll::Direction;
use crate::poll::{self, Pollable, retrying};
use crate::sys::socket as sys;
use std::io;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

type Std = std::os::unix::net::UnixDatagram;

/// A Unix datagram socket: `std::os::unix::net::UnixDatagram`, whose receiving and sending parks the task.
///
/// Messages arrive, whole and in order; of one that is longer than the buffer the rest is dropped.
///
/// # Examples
///
/// ```
/// use teem::os::unix::net::UnixDatagram;
///
/// let (near, far) = UnixDatagram::pair()?;
/// let receiver = teem::spawn(move || {
///     let mut buffer = [0; 8];
///     near.recv(&mut buffer)
/// });
/// far.send(b"hello")?;
/// assert_eq!(receiver.join().unwrap()?, 5);
/// # std::io::Result::Ok(())
/// ```
pub struct UnixDatagram {
    file: Pollable<Std>,
}

poll::face!(UnixDatagram, Std);
poll::socket!(UnixDatagram, SocketAddr);
poll::exchange!(UnixDatagram, SocketAddr);

impl UnixDatagram {
    /// Creates a socket bound to `path`, where there must be nothing yet.
    ///
    /// # Errors
    ///
    /// Those of the system, such as `AddrInUse`.
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        Self::open(Std::bind(path)?)
    }

    /// Creates a socket bound to `socket_addr`.
    ///
    /// # Errors
    ///
    /// Those of the system, such as `AddrInUse`.
    pub fn bind_addr(socket_addr: &SocketAddr) -> io::Result<Self> {
        Self::open(Std::bind_addr(socket_addr)?)
    }

    /// Creates a socket without a name, to which nobody can answer.
    ///
    /// # Errors
    ///
    /// Those of the system, such as too many open files.
    pub fn unbound() -> io::Result<Self> {
        Self::open(Std::unbound()?)
    }

    /// Two sockets that are connected with each other and have no name.
    ///
    /// # Errors
    ///
    /// Those of the system, such as too many open files.
    pub fn pair() -> io::Result<(Self, Self)> {
        let (one, other) = Std::pair()?;
        Ok((Self::open(one)?, Self::open(other)?))
    }

    fn open(socket: Std) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let file = Pollable::new(socket);
        Ok(Self { file })
    }

    /// Connects the socket to the one named by `path`: [`send`](Self::send) goes there, and nothing is received from
    /// elsewhere. Does not wait.
    ///
    /// # Errors
    ///
    /// Those of the system, such as `NotFound`.
    pub fn connect<P: AsRef<Path>>(&self, path: P) -> io::Result<()> {
        self.file.inner().connect(path)
    }

    /// Connects the socket to `socket_addr`, as [`connect`](Self::connect).
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn connect_addr(&self, socket_addr: &SocketAddr) -> io::Result<()> {
        self.file.inner().connect_addr(socket_addr)
    }

    /// Receives a message into `buf`; its length there and its sender. Parks the task until there is one; outside
    /// a task blocks the thread.
    ///
    /// # Errors
    ///
    /// Those of the system.
    ///
    /// # Cancellation
    ///
    /// Fails, see [`net`](crate::net#cancellation); no message is lost.
    pub fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let (length, sender) = self.file.receive_from(buf, false)?;
        Ok((length, sender.unix()?))
    }

    /// Receives a message, as [`recv_from`](Self::recv_from).
    ///
    /// # Errors
    ///
    /// Those of the system.
    ///
    /// # Cancellation
    ///
    /// Fails, see [`net`](crate::net#cancellation); no message is lost.
    pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.file.receive(buf, false)
    }

    /// Sends a message to the socket named by `path`. Parks the task while that one has too many, see the
    /// [module](super); outside a task blocks the thread.
    ///
    /// # Errors
    ///
    /// Those of the system, such as `NotFound` and `ConnectionRefused`.
    ///
    /// # Cancellation
    ///
    /// Fails, see [`net`](crate::net#cancellation); nothing was sent then.
    pub fn send_to<P: AsRef<Path>>(&self, buf: &[u8], path: P) -> io::Result<usize> {
        self.send_to_addr(buf, &SocketAddr::from_pathname(path)?)
    }

    /// Sends a message to the socket with the address `socket_addr`, as [`send_to`](Self::send_to).
    ///
    /// # Errors
    ///
    /// Those of the system.
    ///
    /// # Cancellation
    ///
    /// Fails, see [`net`](crate::net#cancellation); nothing was sent then.
    pub fn send_to_addr(&self, buf: &[u8], socket_addr: &SocketAddr) -> io::Result<usize> {
        let address = socket_addr.into();
        let descriptor = self.file.descriptor();
        let timeout = match descriptor.is_nonblocking() {
            true => Some(Duration::ZERO),
            false => descriptor.timeout(Direction::Write),
        };
        // Not `Pollable::send_to`: events tell of room here, and not of room there.
        retrying(timeout, || {
            sys::send_to(self.file.inner().as_fd(), buf, &address)
        })
    }

    /// Sends a message to the socket that this one is connected to. Parks the task until there is room; outside a
    /// task blocks the thread.
    ///
    /// # Errors
    ///
    /// Those of the system; `NotConnected` when it is not connected.
    ///
    /// # Cancellation
    ///
    /// Fails, see [`net`](crate::net#cancellation); nothing was sent then.
    pub fn send(&self, buf: &[u8]) -> io::Result<usize> {
        self.file.send(buf)
    }

    /// Ends receiving, sending or both, for all clones. Calls that are parked on it return, those that receive with a
    /// length of 0.
    ///
    /// The system tells nobody who waits for room to send: not an OS thread that belongs to no runtime and blocks in
    /// [`send`](Self::send), and not a task, when it is the peer that ends receiving. Both go on when the peer receives
    /// or closes.
    ///
    /// # Errors
    ///
    /// Those of the system; `NotConnected` when there is no peer.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.file.inner().shutdown(how)?;
        if how != Shutdown::Write {
            self.file.end_receiving();
        } else {
            self.file.wake_all();
        }
        Ok(())
    }
}
