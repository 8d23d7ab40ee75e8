//! A socket that accepts connections: `std::net::TcpListener` for tasks.

use super::addr::{self, ToSocketAddrs};
use super::stream::TcpStream;
use crate::poll::{self, Pollable};
use std::io;
use std::iter::FusedIterator;
use std::net::SocketAddr;

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
    file: Pollable<Std>,
}

poll::face!(TcpListener, Std);
poll::socket!(TcpListener, SocketAddr);
poll::hops!(TcpListener);

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
        Ok(Self::from_nonblocking(listener))
    }

    /// Takes over a listener that is non-blocking.
    pub(super) fn from_nonblocking(listener: Std) -> Self {
        Self {
            file: Pollable::new(listener),
        }
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
        let (stream, peer) = self.file.accept()?;
        Ok((TcpStream::from_nonblocking(stream.into()), peer.internet()?))
    }

    /// Ends accepting, for all clones: whoever is parked in [`accept`](Self::accept), or calls it from now on, gets an
    /// error of the kind [`NotConnected`](io::ErrorKind::NotConnected).
    ///
    /// On Linux and FreeBSD the port is free and clients are refused at once, those in the queue included; elsewhere
    /// when the last clone is dropped, and a *thread* that is blocked in `accept` is told with the next connection.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use std::sync::Arc;
    /// use teem::net::TcpListener;
    ///
    /// let listener = Arc::new(TcpListener::bind("127.0.0.1:0")?);
    /// let shared = Arc::clone(&listener);
    /// let acceptor = teem::spawn(move || shared.accept().map(drop));
    /// listener.close();
    /// let error = acceptor.join().unwrap().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::NotConnected);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn close(&self) {
        self.file.close();
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

    /// Sets the `IPV6_V6ONLY` option, which has to be done before binding.
    ///
    /// # Errors
    ///
    /// Those of the system.
    #[deprecated(note = "this option can only be set before the socket is bound")]
    pub fn set_only_v6(&self, only_v6: bool) -> io::Result<()> {
        #[expect(deprecated, reason = "std has it, and so have we")]
        self.file.inner().set_only_v6(only_v6)
    }

    /// The `IPV6_V6ONLY` option.
    ///
    /// # Errors
    ///
    /// Those of the system.
    #[deprecated(note = "this option can only be set before the socket is bound")]
    pub fn only_v6(&self) -> io::Result<bool> {
        #[expect(deprecated, reason = "std has it, and so have we")]
        self.file.inner().only_v6()
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
