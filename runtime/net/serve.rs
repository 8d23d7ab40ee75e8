//! Servers: who accepts, a task a connection, and an orderly end.
//!
//! # Who accepts
//!
//! One listener, and on each worker a task that accepts from it. The waiters of a listener are served in turn, and a
//! handler starts where it was accepted: so connections that stay for long are spread evenly from the start, with
//! nothing to balance later. With few connections an event has to reach another worker; with many those are
//! awake anyway.
//!
//! A listener a worker, by `SO_REUSEPORT`, was rejected as what one gets unasked. The system spreads connections by a
//! hash of their addresses, whatever the workers have to do; a second server on the same port is no error any more; and
//! what waits in the queue of one listener is lost when that one closes. Who wants it has
//! [`ListenOptions::reuse_port`](super::ListenOptions::reuse_port) and [`TcpListener::serve`].
//!
//! # Who knows of whom
//!
//! A [`Crew`] is what acceptors and connections share. With the last of them it goes, and with it the only sender of
//! a channel: so the server is told of the end by the channel's. Two contexts cut them: `accepting`, that of
//! the acceptors and of what waits for a request, and `handling`, that of the handlers.
//!
//! All of it knows of a listener only what [`Accept`] says, so that unix sockets are served as well.

use super::addr::ToSocketAddrs;
use super::{TcpListener, TcpStream};
use crate::chan::{self, Receiver, RecvTimeoutError, Sender};
use crate::context::{self, CancelHandle, Context};
use crate::poll::pause;
use crate::scheduler::{self, StillRunning};
use crate::task::{Builder, Step, wait_timed_out};
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// How long an acceptor rests after an error that concerns more than one connection, at first and at most.
const SHORTEST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_secs(1);

/// Serves connections to `addr`, each in a task of its own: `handler` is called with it, and what it returns is
/// dropped. Returns as soon as connections are accepted.
///
/// Each worker of the runtime has an acceptor: of the calling task's, outside of a task of the global one. An error
/// in accepting, such as too many open files, is counted and tried again later. A panic in a handler ends that
/// connection alone.
///
/// Parks the task only if a name must be resolved, see [`ToSocketAddrs`].
///
/// # Errors
///
/// Those of [`TcpListener::bind`], and of a runtime that has ended or cannot be started.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use std::time::Duration;
/// use teem::net::{TcpStream, serve};
///
/// fn main() -> std::io::Result<()> {
///     let server = serve("127.0.0.1:0", |mut stream| stream.write_all(b"hello"))?;
///     let mut text = String::new();
///     TcpStream::connect(server.local_addr())?.read_to_string(&mut text)?;
///     assert_eq!(text, "hello");
///     server.shutdown(Duration::from_secs(1)).expect("an orderly end");
///     Ok(())
/// }
/// ```
pub fn serve<A, F, R>(addr: A, handler: F) -> io::Result<Server>
where
    A: ToSocketAddrs,
    F: Fn(TcpStream) -> R + Send + Sync + 'static,
{
    TcpListener::bind(addr)?.serve(handler)
}

/// Serves connections to `addr` that are idle most of the time: `handler` is called when something has come, and
/// returns when it has answered. `Ok(true)` waits for more; `Ok(false)` and errors end the connection.
///
/// Between two calls a connection has no stack, a few hundred bytes are all that it costs, and any worker may go on
/// with it. In the handler it is a stream like any other: whoever reads more than has come parks, with a stack. What is
/// to be remembered from call to call is to be kept elsewhere; a connection with a state of its own is a
/// [`spawn_steps`](crate::task::spawn_steps) away. [`TcpListener::serve_idle_timeout`] closes those that say nothing.
///
/// The handler is also called at the end of the stream, where it reads 0 bytes, and may be called when nothing has
/// come. Otherwise as [`serve`]. An end of the server, [`Server::shutdown`], ends connections that are idle at once.
///
/// # Errors
///
/// As [`serve`].
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use teem::net::{TcpStream, serve_idle};
///
/// fn main() -> std::io::Result<()> {
///     let server = serve_idle("127.0.0.1:0", |stream| {
///         let mut buffer = [0; 4096];
///         let length = stream.read(&mut buffer)?;
///         stream.write_all(&buffer[..length])?;
///         Ok(length > 0)
///     })?;
///     let mut client = TcpStream::connect(server.local_addr())?;
///     for _ in 0..3 {
///         client.write_all(b"again")?;
///         client.read_exact(&mut [0; 5])?;
///     }
///     Ok(())
/// }
/// ```
pub fn serve_idle<A, F>(addr: A, handler: F) -> io::Result<Server>
where
    A: ToSocketAddrs,
    F: Fn(&mut TcpStream) -> io::Result<bool> + Send + Sync + 'static,
{
    TcpListener::bind(addr)?.serve_idle(handler)
}

/// A listener that can be served.
pub(crate) trait Accept: Send + Sync + 'static {
    type Stream: AsFd + Send + 'static;
    type Address: Clone + fmt::Debug;

    fn address(&self) -> io::Result<Self::Address>;

    fn accept_stream(&self) -> io::Result<Self::Stream>;

    /// `set_read_timeout`, which all streams have.
    fn limit_reads(stream: &Self::Stream, timeout: Duration) -> io::Result<()>;
}

impl Accept for TcpListener {
    type Stream = TcpStream;
    type Address = SocketAddr;

    fn address(&self) -> io::Result<SocketAddr> {
        self.local_addr()
    }

    fn accept_stream(&self) -> io::Result<TcpStream> {
        self.accept().map(|(stream, _)| stream)
    }

    fn limit_reads(stream: &TcpStream, timeout: Duration) -> io::Result<()> {
        stream.set_read_timeout(Some(timeout))
    }
}

impl TcpListener {
    /// [`serve`] on this listener, made with [`ListenOptions`](super::ListenOptions) perhaps.
    ///
    /// # Errors
    ///
    /// Those of a runtime that has ended or cannot be started.
    pub fn serve<F, R>(self, handler: F) -> io::Result<Server>
    where
        F: Fn(TcpStream) -> R + Send + Sync + 'static,
    {
        serve_tasks(self, handler)
    }

    /// [`serve_idle`] on this listener, made with [`ListenOptions`](super::ListenOptions) perhaps.
    ///
    /// # Errors
    ///
    /// Those of a runtime that has ended or cannot be started.
    pub fn serve_idle<F>(self, handler: F) -> io::Result<Server>
    where
        F: Fn(&mut TcpStream) -> io::Result<bool> + Send + Sync + 'static,
    {
        serve_steps(self, None, handler)
    }

    /// [`serve_idle`](Self::serve_idle), but closes connections on which nothing comes for `timeout`, counted anew from
    /// each return of the handler. It is also the [read timeout](TcpStream::set_read_timeout) of their streams: so
    /// a handler that reads more than has come waits no longer than that, and gets the error. An idle connection
    /// costs no more memory for it.
    ///
    /// A client that sends a byte now and then is not idle, nor is one that takes no answers: whoever wants a request
    /// to be over in time enters [`time::timeout`](crate::time::timeout) in the handler.
    ///
    /// # Errors
    ///
    /// As [`serve_idle`](Self::serve_idle); `InvalidInput` for a timeout of zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use std::time::Duration;
    /// use teem::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let server = listener.serve_idle_timeout(Duration::from_millis(50), |stream| {
    ///     let mut buffer = [0; 4096];
    ///     let length = stream.read(&mut buffer)?;
    ///     stream.write_all(&buffer[..length])?;
    ///     Ok(length > 0)
    /// })?;
    /// let mut silent = TcpStream::connect(server.local_addr())?;
    /// assert_eq!(silent.read(&mut [0])?, 0, "it has been closed");
    /// # std::io::Result::Ok(())
    /// ```
    pub fn serve_idle_timeout<F>(self, timeout: Duration, handler: F) -> io::Result<Server>
    where
        F: Fn(&mut TcpStream) -> io::Result<bool> + Send + Sync + 'static,
    {
        serve_steps(self, Some(timeout), handler)
    }
}

/// Serves each connection in a task of its own.
pub(crate) fn serve_tasks<L, F, R>(listener: L, handler: F) -> io::Result<Server<L::Address>>
where
    L: Accept,
    F: Fn(L::Stream) -> R + Send + Sync + 'static,
{
    start(listener, None, handler, |member, stream| {
        let task = Builder::new().context(member.0.handling.clone());
        // The stream is closed before its member goes, even if this never runs.
        let connection = (stream, member);
        let handle = move || {
            let (stream, member) = connection;
            drop((member.0.handler)(stream));
        };
        task.spawn(handle).map(drop)
    })
}

/// Serves each connection by a task of steps, and closes those that are idle for `timeout`.
pub(crate) fn serve_steps<L, F>(
    listener: L,
    timeout: Option<Duration>,
    handler: F,
) -> io::Result<Server<L::Address>>
where
    L: Accept,
    F: Fn(&mut L::Stream) -> io::Result<bool> + Send + Sync + 'static,
{
    if timeout == Some(Duration::ZERO) {
        let what = "a connection cannot be idle for no time";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    start(listener, timeout, handler, |member, stream| {
        if let Some(timeout) = member.0.idle_timeout
            && L::limit_reads(&stream, timeout).is_err()
        {
            // Some systems set nothing on a socket whose peer has gone.
            return Ok(());
        }
        let task = Builder::new().context(member.0.accepting.clone());
        let connection = Connection {
            stream,
            member,
            is_new: true,
        };
        task.spawn_steps(connection, Connection::step).map(drop)
    })
}

/// A connection between two calls of its handler.
struct Connection<S, F> {
    stream: S,
    member: Member<F>,
    /// Nothing is known to have come yet.
    is_new: bool,
}

impl<S: AsFd, F> AsFd for Connection<S, F> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

impl<S: AsFd, F: Fn(&mut S) -> io::Result<bool>> Connection<S, F> {
    fn step(mut self) -> Step<Self, ()> {
        let crew = &self.member.0;
        // Cut: the server ends, and this connection has nothing to do; or it has had nothing for too long.
        if crew.accepting.is_done() || scheduler::check_cancelled().is_err() || wait_timed_out() {
            return Step::Done(());
        }
        if !std::mem::take(&mut self.is_new) {
            let answer = crew.handling.enter(|| (crew.handler)(&mut self.stream));
            if !matches!(answer, Ok(true)) {
                return Step::Done(());
            }
        }
        match crew.idle_timeout {
            None => Step::when_readable(self),
            Some(timeout) => Step::when_readable(self).or_after(timeout),
        }
    }
}

/// What the acceptors and the connections of a server share.
struct Crew<F> {
    handler: F,
    /// How long a connection between two calls of the handler may wait.
    idle_timeout: Option<Duration>,
    accepting: Context,
    handling: Context,
    counts: Arc<Counts>,
    /// Gone when the last of them is.
    _alive: Sender<Infallible>,
}

#[derive(Debug, Default)]
struct Counts {
    connections: AtomicUsize,
    errors: AtomicU64,
}

// ORDERING, for all of the below: Relaxed, numbers for people to read.

/// One connection of the crew.
struct Member<F>(Arc<Crew<F>>);

impl<F> Member<F> {
    fn new(crew: &Arc<Crew<F>>) -> Self {
        crew.counts.connections.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(crew))
    }
}

impl<F> Drop for Member<F> {
    fn drop(&mut self) {
        self.0.counts.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Starts the acceptors, which pass each connection to `begin`.
fn start<L: Accept, F: Send + Sync + 'static>(
    listener: L,
    idle_timeout: Option<Duration>,
    handler: F,
    begin: impl Fn(Member<F>, L::Stream) -> io::Result<()> + Copy + Send + 'static,
) -> io::Result<Server<L::Address>> {
    let address = listener.address()?;
    let name = format!("{address:?}");
    let values = context::current().without_cancel();
    let (accepting, stop_accepting) = values.with_cancel();
    let (handling, stop_handling) = values.with_cancel();
    let (alive, ended) = chan::bounded(1);
    let counts = Arc::default();
    let server = Server {
        address,
        counts: Arc::clone(&counts),
        stop_accepting,
        stop_handling,
        ended,
    };
    let crew = Crew {
        handler,
        idle_timeout,
        accepting,
        handling,
        counts,
        _alive: alive,
    };
    let (crew, listener) = (Arc::new(crew), Arc::new(listener));
    let spawn = |worker| {
        let (crew, listener) = (Arc::clone(&crew), Arc::clone(&listener));
        let acceptor = Builder::new().context(crew.accepting.clone());
        let acceptor = acceptor.name(format!("acceptor {worker} of {name}"));
        let accept = move || {
            accept(&crew, &*listener, begin);
            // Before the crew, so that the port is free when the end is told.
            drop(listener);
            drop(crew);
        };
        acceptor.worker(worker).spawn(accept).map(drop)
    };
    // The first one starts the global runtime, if that is whose workers they are.
    let all = spawn(0).and_then(|()| (1..scheduler::metrics().workers).try_for_each(spawn));
    if all.is_err() {
        server.stop_accepting.cancel();
    }
    all.map(|()| server)
}

/// Accepts until the server ends or the listener is closed.
fn accept<L: Accept, F>(
    crew: &Arc<Crew<F>>,
    listener: &L,
    begin: impl Fn(Member<F>, L::Stream) -> io::Result<()>,
) {
    let mut rest = SHORTEST;
    loop {
        let accepted = listener.accept_stream();
        let begun = accepted.and_then(|stream| begin(Member::new(crew), stream));
        let Err(error) = begun else {
            rest = SHORTEST;
            continue;
        };
        if crew.accepting.is_done() || scheduler::check_cancelled().is_err() {
            return;
        }
        match error.kind() {
            // The listener has been closed, or the runtime takes no more tasks.
            io::ErrorKind::NotConnected | io::ErrorKind::BrokenPipe => return,
            // The peer was gone before we came.
            io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset => {
                crew.counts.errors.fetch_add(1, Ordering::Relaxed);
            }
            // It is not the connection's fault, so the next one would fare no better.
            _ => {
                crew.counts.errors.fetch_add(1, Ordering::Relaxed);
                if pause(rest).is_err() {
                    return;
                }
                rest = (rest * 2).min(LONGEST);
            }
        }
    }
}

/// A server that accepts connections: see [`serve`] and [`serve_idle`]. Dropping it lets it serve on.
///
/// `A` is what its listener's addresses are: of the internet, or of the system
/// ([`UnixListener::serve`](crate::os::unix::net::UnixListener::serve)).
#[derive(Debug)]
pub struct Server<A = SocketAddr> {
    address: A,
    counts: Arc<Counts>,
    stop_accepting: CancelHandle,
    stop_handling: CancelHandle,
    ended: Receiver<Infallible>,
}

impl<A> Server<A> {
    /// The address that it listens on, with the port, if there is such a thing, that the system chose.
    pub fn local_addr(&self) -> A
    where
        A: Clone,
    {
        self.address.clone()
    }

    /// How many connections there are: handlers that run, or wait for something to come.
    pub fn connections(&self) -> usize {
        self.counts.connections.load(Ordering::Relaxed)
    }

    /// How often accepting has failed. After an error that is not of one connection alone, such as too many open
    /// files, an acceptor rests, from 5 ms up to a second the longer it lasts; the connections stay in the queue.
    pub fn accept_errors(&self) -> u64 {
        self.counts.errors.load(Ordering::Relaxed)
    }

    /// Parks the task until nobody accepts any more and all handlers have returned: after
    /// [`shutdown`](Self::shutdown), or at the end of the runtime. Outside a task blocks the thread. Is not cut.
    pub fn wait(&self) {
        // Nothing is ever sent: what comes is the end.
        let _ = context::shield(|| self.ended.recv());
    }

    /// Ends the server in good order: stops accepting, ends connections that wait for a request, and waits up to
    /// `timeout` for handlers to return. Then cancels the context of those that have not, and waits up to `timeout`
    /// once more.
    ///
    /// Clients that are in the queue and were not accepted yet are refused.
    ///
    /// # Errors
    ///
    /// [`StillRunning`] when handlers are left. They are not killed; [`wait`](Self::wait) waits for them.
    ///
    /// # Cancellation
    ///
    /// In a context that is done nothing is waited for: the handlers' context is cancelled at once.
    pub fn shutdown(&self, timeout: Duration) -> Result<(), StillRunning> {
        self.stop_accepting.cancel();
        if self.has_ended(timeout) {
            return Ok(());
        }
        self.stop_handling.cancel();
        if self.has_ended(timeout) {
            return Ok(());
        }
        let tasks = self.connections();
        Err(StillRunning { tasks })
    }

    fn has_ended(&self, timeout: Duration) -> bool {
        matches!(
            self.ended.recv_timeout(timeout),
            Err(RecvTimeoutError::Closed)
        )
    }
}
