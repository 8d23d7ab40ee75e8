//! A socket that accepts connections: `std::net::TcpListener` for tasks.

use super::addr::{self, ToSocketAddrs};
use super::stream::TcpStream;
use crate::netpoll::{Direction, Outcome};
use crate::poll::Pollable;
use crate::sys::socket as sys;
use std::fmt;
use std::io;
use std::iter::FusedIterator;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};

type Std = std::net::TcpListener;

/// A TCP socket server, listening for connections: `std::net::TcpListener`, whose
/// [`accept`](TcpListener::accept) parks the task.
///
/// Several tasks may accept from one listener; each connection wakes one of them.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use teem::net::{TcpListener, TcpStream};
///
/// fn main() -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let address = listener.local_addr()?;
///     teem::go!(for stream in listener.incoming() {
///         let mut stream = stream.unwrap();
///         teem::go!(stream.write_all(b"welcome").unwrap());
///     });
///     let mut text = String::new();
///     TcpStream::connect(address)?.read_to_string(&mut text)?;
///     assert_eq!(text, "welcome");
///     Ok(())
/// }
/// ```
pub struct TcpListener {
    socket: Pollable<Std>,
}

impl TcpListener {
    /// Creates a listener bound to the first of the addresses that allows it. Port 0 asks the
    /// system for one. On unix `SO_REUSEADDR` is set, as std does.
    ///
    /// Parks the task if a name must be resolved, see [`ToSocketAddrs`].
    ///
    /// # Errors
    ///
    /// That of the last address tried; `InvalidInput` when there is none.
    pub fn bind<A: ToSocketAddrs>(addr: A) -> io::Result<Self> {
        let listener = addr::try_each(addr, |address| Std::bind(address))?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            socket: Pollable::new(listener),
        })
    }

    /// The address it is bound to, with the port that the system chose.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.inner().local_addr()
    }

    /// A second handle to the same socket. Connections come out of either, each once; the mode of
    /// [`set_nonblocking`](Self::set_nonblocking) is common to both.
    ///
    /// # Errors
    ///
    /// Those of the system, such as too many open files.
    pub fn try_clone(&self) -> io::Result<Self> {
        let duplicate = self.socket.inner().try_clone()?;
        Ok(Self {
            socket: self.socket.clone_with(duplicate),
        })
    }

    /// Accepts a connection; the stream and its peer's address. Parks the task until there is one;
    /// outside a task blocks the thread.
    ///
    /// # Errors
    ///
    /// Those of the system. With too many open files the connection stays in the queue, and a later
    /// call accepts it.
    ///
    /// # Cancellation
    ///
    /// Fails, see the [module](super#cancellation); no connection is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let client = TcpStream::connect(listener.local_addr()?)?;
    /// let (_stream, peer) = teem::run(|| listener.accept())?;
    /// assert_eq!(peer, client.local_addr()?);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        self.socket.io(Direction::Read, |listener| {
            let (stream, peer) = sys::accept(listener.as_fd())?;
            Ok(Outcome {
                value: (TcpStream::from_nonblocking(stream.into()), peer),
                // One connection says nothing about the next.
                short: false,
            })
        })
    }

    /// An iterator over the connections, which never ends: `accept` in a loop.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let clients = [0; 2].map(|_| TcpStream::connect(listener.local_addr().unwrap()).unwrap());
    /// let accepted: Result<Vec<_>, _> = listener.incoming().take(2).collect();
    /// assert_eq!(accepted?.len(), clients.len());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming { listener: self }
    }

    /// Sets the `IP_TTL` option: how many hops a packet may make.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.socket.inner().set_ttl(ttl)
    }

    /// The `IP_TTL` option, see [`set_ttl`](Self::set_ttl).
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn ttl(&self) -> io::Result<u32> {
        self.socket.inner().ttl()
    }

    /// Sets the `IPV6_V6ONLY` option, which has to be done before binding.
    ///
    /// # Errors
    ///
    /// Those of the system.
    #[deprecated(note = "this option can only be set before the socket is bound")]
    pub fn set_only_v6(&self, only_v6: bool) -> io::Result<()> {
        #[expect(deprecated, reason = "std has it, and so have we")]
        self.socket.inner().set_only_v6(only_v6)
    }

    /// The `IPV6_V6ONLY` option.
    ///
    /// # Errors
    ///
    /// Those of the system.
    #[deprecated(note = "this option can only be set before the socket is bound")]
    pub fn only_v6(&self) -> io::Result<bool> {
        #[expect(deprecated, reason = "std has it, and so have we")]
        self.socket.inner().only_v6()
    }

    /// Takes the error that is pending on the socket (`SO_ERROR`), if there is one.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.inner().take_error()
    }

    /// Chooses whether `accept` fails with `WouldBlock` when no connection is there, instead of
    /// parking the task or blocking the thread. Common to all clones.
    ///
    /// # Errors
    ///
    /// None; std's signature.
    pub fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.socket.descriptor().set_nonblocking(nonblocking);
        Ok(())
    }

    /// Gives std's type, in the mode that [`set_nonblocking`](Self::set_nonblocking) chose.
    fn into_std(self) -> Std {
        let nonblocking = self.socket.descriptor().is_nonblocking();
        let listener = self.socket.into_inner();
        // It worked when it was set; a descriptor that is no socket gives an error at its use.
        let _ = listener.set_nonblocking(nonblocking);
        listener
    }
}

impl From<Std> for TcpListener {
    /// Calls on it park, whichever mode it was in.
    fn from(listener: Std) -> Self {
        // A descriptor on which this fails is no socket, and each use of it is an error.
        let _ = listener.set_nonblocking(true);
        Self {
            socket: Pollable::new(listener),
        }
    }
}

impl From<TcpListener> for Std {
    /// It blocks again, unless [`TcpListener::set_nonblocking`] was used. That mode is common to
    /// all clones, so convert them as well, or drop them.
    fn from(listener: TcpListener) -> Self {
        listener.into_std()
    }
}

impl From<OwnedFd> for TcpListener {
    fn from(fd: OwnedFd) -> Self {
        Std::from(fd).into()
    }
}

impl From<TcpListener> for OwnedFd {
    fn from(listener: TcpListener) -> Self {
        listener.into_std().into()
    }
}

impl FromRawFd for TcpListener {
    unsafe fn from_raw_fd(fd: RawFd) -> Self {
        // SAFETY: passed on.
        unsafe { Std::from_raw_fd(fd) }.into()
    }
}

impl IntoRawFd for TcpListener {
    fn into_raw_fd(self) -> RawFd {
        self.into_std().into_raw_fd()
    }
}

impl AsFd for TcpListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.inner().as_fd()
    }
}

impl AsRawFd for TcpListener {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.inner().as_raw_fd()
    }
}

impl fmt::Debug for TcpListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket.inner().fmt(f)
    }
}

/// The connections of a [`TcpListener`], see [`incoming`](TcpListener::incoming).
#[derive(Debug)]
pub struct Incoming<'a> {
    listener: &'a TcpListener,
}

impl Iterator for Incoming<'_> {
    type Item = io::Result<TcpStream>;

    fn next(&mut self) -> Option<io::Result<TcpStream>> {
        Some(self.listener.accept().map(|(stream, _)| stream))
    }
}

impl FusedIterator for Incoming<'_> {}
