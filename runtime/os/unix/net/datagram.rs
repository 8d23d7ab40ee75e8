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

    /// The address of the peer that it is connected to.
    ///
    /// # Errors
    ///
    /// `NotConnected` when it is not, and those of the system.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.file.inner().peer_addr()
    }

    /// The address that it is bound to.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.file.inner().local_addr()
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
    /// # Errors
    ///
    /// Those of the system; `NotConnected` when there is no peer.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.file.inner().shutdown(how)?;
        if how != Shutdown::Write {
            self.file.end_receiving();
        }
        Ok(())
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
