//! A listening Unix socket: `std::os::unix::net::UnixListener` for tasks.

use super::{SocketAddr, UnixStream};
use crate::net::{Accept, Server, serve_steps, serve_tasks};
use crate::poll::{self, Pollable};
use std::io;
use std::path::Path;
use std::time::Duration;

type Std = std::os::unix::net::UnixListener;

/// A Unix socket that listens for connections: `std::os::unix::net::UnixListener`, whose
/// [`accept`](UnixListener::accept) parks the task.
///
/// Several tasks may accept from one listener; each connection wakes one of them. Its file stays when it is
/// dropped, as std's does.
pub struct UnixListener {
    file: Pollable<Std>,
}

poll::face!(UnixListener, Std);
poll::socket!(UnixListener, SocketAddr);

impl UnixListener {
    /// Creates a listener bound to `path`, where there must be nothing yet.
    ///
    /// # Errors
    ///
    /// Those of the system, such as `AddrInUse`.
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        Self::listening(Std::bind(path)?)
    }

    /// Creates a listener bound to `socket_addr`.
    ///
    /// # Errors
    ///
    /// Those of the system, such as `AddrInUse`.
    pub fn bind_addr(socket_addr: &SocketAddr) -> io::Result<Self> {
        Self::listening(Std::bind_addr(socket_addr)?)
    }

    fn listening(listener: Std) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let file = Pollable::new(listener);
        Ok(Self { file })
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
    /// Fails, see [`net`](crate::net#cancellation); no connection is lost.
    pub fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        let (stream, peer) = self.file.accept()?;
        Ok((UnixStream::from_nonblocking(stream.into()), peer.unix()?))
    }

    /// Ends accepting, for all clones: whoever is parked in [`accept`](Self::accept), or calls it from now on, gets an
    /// error of the kind [`NotConnected`](io::ErrorKind::NotConnected).
    ///
    /// On Linux clients are refused at once, elsewhere when the last clone is dropped; a *thread* that is blocked in
    /// `accept` is told there with the next connection.
    pub fn close(&self) {
        self.file.close();
    }

    /// Serves each connection in a task of its own, as [`net::serve`](crate::net::serve) does.
    ///
    /// # Errors
    ///
    /// Those of a runtime that has ended or cannot be started.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use std::time::Duration;
    /// use teem::os::unix::net::{UnixListener, UnixStream};
    ///
    /// let path = std::env::temp_dir().join(format!("teem-doc-serve-{}", std::process::id()));
    /// let server = UnixListener::bind(&path)?.serve(|mut stream| stream.write_all(b"hello"))?;
    /// let mut text = String::new();
    /// UnixStream::connect(&path)?.read_to_string(&mut text)?;
    /// assert_eq!(text, "hello");
    /// assert_eq!(server.local_addr().as_pathname(), Some(&*path));
    /// server.shutdown(Duration::from_secs(1)).expect("an orderly end");
    /// std::fs::remove_file(path)?;
    /// # std::io::Result::Ok(())
    /// ```
    pub fn serve<F, R>(self, handler: F) -> io::Result<Server<SocketAddr>>
    where
        F: Fn(UnixStream) -> R + Send + Sync + 'static,
    {
        serve_tasks(self, handler)
    }

    /// Serves connections that are idle most of the time, as [`net::serve_idle`](crate::net::serve_idle) does.
    ///
    /// # Errors
    ///
    /// Those of a runtime that has ended or cannot be started.
    pub fn serve_idle<F>(self, handler: F) -> io::Result<Server<SocketAddr>>
    where
        F: Fn(&mut UnixStream) -> io::Result<bool> + Send + Sync + 'static,
    {
        serve_steps(self, None, handler)
    }

    /// The same, but closes connections on which nothing comes for `timeout`, as
    /// [`TcpListener::serve_idle_timeout`](crate::net::TcpListener::serve_idle_timeout) does.
    ///
    /// # Errors
    ///
    /// Those of a runtime that has ended or cannot be started; `InvalidInput` for a timeout of zero.
    pub fn serve_idle_timeout<F>(
        self,
        timeout: Duration,
        handler: F,
    ) -> io::Result<Server<SocketAddr>>
    where
        F: Fn(&mut UnixStream) -> io::Result<bool> + Send + Sync + 'static,
    {
        serve_steps(self, Some(timeout), handler)
    }

    /// An iterator over the connections, which never ends: `accept` in a loop.
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming { listener: self }
    }
}

impl Accept for UnixListener {
    type Stream = UnixStream;
    type Address = SocketAddr;

    fn address(&self) -> io::Result<SocketAddr> {
        self.local_addr()
    }

    fn accept_stream(&self) -> io::Result<UnixStream> {
        self.accept().map(|(stream, _)| stream)
    }

    fn limit_reads(stream: &UnixStream, timeout: Duration) -> io::Result<()> {
        stream.set_read_timeout(Some(timeout))
    }
}

impl<'a> IntoIterator for &'a UnixListener {
    type Item = io::Result<UnixStream>;
    type IntoIter = Incoming<'a>;

    fn into_iter(self) -> Incoming<'a> {
        self.incoming()
    }
}

/// The connections of a [`UnixListener`], see [`incoming`](UnixListener::incoming).
#[derive(Debug)]
pub struct Incoming<'a> {
    listener: &'a UnixListener,
}

impl Iterator for Incoming<'_> {
    type Item = io::Result<UnixStream>;

    fn next(&mut self) -> Option<io::Result<UnixStream>> {
        Some(self.listener.accept().map(|(stream, _)| stream))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}
