//! Rows for sockets.

use crate::{Call, LONG, Outcome, matrix};
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use teem::context::cause_of;
use teem::net::{TcpListener, TcpStream};
use teem::os::unix::net::UnixStream;

pub(crate) fn outcome<T>(result: io::Result<T>) -> (Outcome, Option<T>) {
    match result {
        Ok(value) => (Outcome::Done, Some(value)),
        Err(error) => {
            let cause = cause_of(&error);
            assert!(cause.is_some(), "{error:?}");
            (Outcome::Cut(cause), None)
        }
    }
}

fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn pair() -> (TcpStream, TcpStream) {
    let (listener, address) = listener();
    let near = TcpStream::connect(address).unwrap();
    (near, listener.accept().unwrap().0)
}

struct Accept {
    listener: TcpListener,
    address: SocketAddr,
    connected: Mutex<Vec<TcpStream>>,
    accepted: Mutex<Vec<SocketAddr>>,
}

impl Call for Accept {
    fn call(&self) -> Outcome {
        let (outcome, accepted) = outcome(self.listener.accept());
        let peer = accepted.map(|(_, peer)| peer);
        self.accepted.lock().unwrap().extend(peer);
        outcome
    }

    fn complete(&self, _: &AtomicBool) {
        let stream = TcpStream::connect(self.address).unwrap();
        self.connected.lock().unwrap().push(stream);
    }

    fn account(&self) {
        let connected: Vec<_> = self.connected.lock().unwrap().drain(..).collect();
        let mut accepted: Vec<_> = self.accepted.lock().unwrap().drain(..).collect();
        while accepted.len() < connected.len() {
            accepted.push(self.listener.accept().unwrap().1);
        }
        let peers = connected.iter().map(|stream| stream.local_addr().unwrap());
        assert_eq!(accepted, peers.collect::<Vec<_>>());
    }
}

#[test]
fn accept() {
    matrix(|| {
        let (listener, address) = listener();
        Accept {
            listener,
            address,
            connected: Mutex::default(),
            accepted: Mutex::default(),
        }
    });
}

pub(crate) type ReadForm<S> = fn(&S, &mut [u8]) -> io::Result<usize>;

/// Reading, from a stream on which nothing has come. The bytes count up.
pub(crate) struct Reads<S> {
    near: S,
    far: S,
    form: ReadForm<S>,
    /// Whether the form leaves the bytes where they are.
    peeks: bool,
    written: AtomicU64,
    read: AtomicU64,
}

impl<S> Reads<S> {
    pub(crate) fn new(near: S, far: S, form: ReadForm<S>) -> Self {
        Self {
            near,
            far,
            form,
            peeks: false,
            written: AtomicU64::new(0),
            read: AtomicU64::new(0),
        }
    }

    fn note(&self, bytes: &[u8]) {
        for byte in bytes {
            let n = self.read.fetch_add(1, Ordering::SeqCst);
            assert_eq!(*byte, n as u8, "byte {n}");
        }
    }
}

impl<S: Sync> Call for Reads<S>
where
    for<'a> &'a S: Read + Write,
{
    fn call(&self) -> Outcome {
        let mut buffer = [0; 5];
        let (outcome, length) = outcome((self.form)(&self.near, &mut buffer));
        let bytes = &buffer[..length.unwrap_or(0)];
        match (self.peeks, length) {
            (true, Some(_)) => assert_eq!(bytes[0], self.read.load(Ordering::SeqCst) as u8),
            _ => self.note(bytes),
        }
        outcome
    }

    fn complete(&self, _: &AtomicBool) {
        let from = self.written.fetch_add(7, Ordering::SeqCst);
        let bytes: [u8; 7] = std::array::from_fn(|n| (from + n as u64) as u8);
        (&self.far).write_all(&bytes).unwrap();
    }

    fn account(&self) {
        let left = self.written.load(Ordering::SeqCst) - self.read.load(Ordering::SeqCst);
        let mut bytes = vec![0; left as usize];
        (&self.near).read_exact(&mut bytes).unwrap();
        self.note(&bytes);
        // And no more than that.
        let late = teem::time::timeout(Duration::from_millis(1), || (&self.near).read(&mut [0]));
        assert!(late.is_err());
    }
}

#[test]
fn read() {
    let forms: [(&str, ReadForm<TcpStream>); 4] = [
        ("read", |mut stream, buffer| stream.read(buffer)),
        ("peek", |stream, buffer| stream.peek(buffer)),
        ("read_vectored", |mut stream, buffer| {
            let (head, tail) = buffer.split_at_mut(2);
            stream.read_vectored(&mut [IoSliceMut::new(head), IoSliceMut::new(tail)])
        }),
        ("read, with a timeout of its own", |mut stream, buffer| {
            stream.set_read_timeout(Some(LONG))?;
            stream.read(buffer)
        }),
    ];
    for (name, form) in forms {
        eprintln!("{name}");
        matrix(|| {
            let (near, far) = pair();
            Reads {
                near,
                far,
                form,
                peeks: name == "peek",
                written: AtomicU64::new(0),
                read: AtomicU64::new(0),
            }
        });
    }
}

pub(crate) type WriteForm<S> = fn(&S, &[u8]) -> io::Result<usize>;

/// Writing, piece after piece, until that is cut: a stream that was full a moment ago need not be, since
/// the system moves bytes when it pleases. The bytes count up, modulo a prime, so that a piece that is
/// missing or doubled shows.
pub(crate) struct Writes<S> {
    near: S,
    far: S,
    form: WriteForm<S>,
    written: AtomicUsize,
    read: AtomicUsize,
}

const PIECE: usize = 16 << 10;

/// The bytes of a stream from there on.
fn bytes(from: usize, length: usize) -> Vec<u8> {
    let pattern: [u8; 251] = std::array::from_fn(|n| n as u8);
    let periods = pattern.repeat(length / pattern.len() + 2);
    periods[from % pattern.len()..][..length].to_vec()
}

/// Little room in the system, so that a stream is soon full.
fn narrow(stream: &impl AsRawFd, option: i32) {
    let room: i32 = 64 << 10;
    // SAFETY: the option is an int, which is alive during the call.
    let set = unsafe {
        libc::setsockopt(
            stream.as_raw_fd(),
            libc::SOL_SOCKET,
            option,
            (&raw const room).cast(),
            size_of_val(&room) as libc::socklen_t,
        )
    };
    assert_eq!(set, 0);
}

impl<S> Writes<S> {
    pub(crate) fn new(near: S, far: S, form: WriteForm<S>) -> Self {
        Self {
            near,
            far,
            form,
            written: AtomicUsize::new(0),
            read: AtomicUsize::new(0),
        }
    }

    fn note(&self, piece: &[u8]) {
        let from = self.read.fetch_add(piece.len(), Ordering::SeqCst);
        assert!(
            piece == bytes(from, piece.len()),
            "other bytes, from {from} on"
        );
    }
}

impl<S: Sync> Call for Writes<S>
where
    for<'a> &'a S: Read + Write,
{
    fn call(&self) -> Outcome {
        loop {
            let piece = bytes(self.written.load(Ordering::SeqCst), PIECE);
            match outcome((self.form)(&self.near, &piece)) {
                (Outcome::Done, length) => {
                    let length = length.expect("what was written");
                    self.written.fetch_add(length, Ordering::SeqCst);
                }
                (cut, _) => return cut,
            }
        }
    }

    fn complete(&self, over: &AtomicBool) {
        let mut piece = vec![0; 64 << 10];
        while !over.load(Ordering::SeqCst) {
            let some = || (&self.far).read(&mut piece);
            if let Ok(length) = teem::time::timeout(Duration::from_millis(1), some) {
                self.note(&piece[..length]);
            }
        }
    }

    /// It reads until nobody writes.
    fn meets(&self) -> bool {
        true
    }

    fn account(&self) {
        let left = self.written.load(Ordering::SeqCst) - self.read.load(Ordering::SeqCst);
        let mut piece = vec![0; left];
        (&self.far).read_exact(&mut piece).unwrap();
        self.note(&piece);
        let late = teem::time::timeout(Duration::from_millis(1), || (&self.far).read(&mut [0]));
        assert!(late.is_err());
    }
}

#[test]
fn write() {
    let forms: [(&str, WriteForm<TcpStream>); 3] = [
        ("write", |mut stream, piece| stream.write(piece)),
        ("write_vectored", |mut stream, piece| {
            let (head, tail) = piece.split_at(1000);
            stream.write_vectored(&[IoSlice::new(head), IoSlice::new(tail)])
        }),
        ("write, with a timeout of its own", |mut stream, piece| {
            stream.set_write_timeout(Some(LONG))?;
            stream.write(piece)
        }),
    ];
    for (name, form) in forms {
        eprintln!("{name}");
        matrix(|| {
            let (near, far) = pair();
            narrow(&near, libc::SO_SNDBUF);
            narrow(&far, libc::SO_RCVBUF);
            Writes::new(near, far, form)
        });
    }
}

#[test]
fn unix_streams() {
    let read: ReadForm<UnixStream> = |mut stream, buffer| stream.read(buffer);
    let write: WriteForm<UnixStream> = |mut stream, piece| stream.write(piece);
    matrix(|| {
        let (near, far) = UnixStream::pair().unwrap();
        Reads::new(near, far, read)
    });
    matrix(|| {
        let (near, far) = UnixStream::pair().unwrap();
        narrow(&near, libc::SO_SNDBUF);
        Writes::new(near, far, write)
    });
}

/// Connecting, to a listener whose queue is full. What was cut leaves no connection behind that the
/// listener could mistake for one: it has been closed.
struct Connect {
    listener: TcpListener,
    address: SocketAddr,
    queued: Mutex<Vec<TcpStream>>,
}

impl Call for Connect {
    fn call(&self) -> Outcome {
        let (outcome, stream) = outcome(TcpStream::connect(self.address));
        self.queued.lock().unwrap().extend(stream);
        outcome
    }

    /// Room for one more. The system tries again after a second at the earliest, so in a race it is the
    /// cancellation that comes first.
    fn complete(&self, _: &AtomicBool) {
        let end = teem::time::timeout(Duration::from_millis(1), || self.listener.accept());
        drop(end);
    }

    fn meets(&self) -> bool {
        true
    }

    fn account(&self) {
        for stream in &*self.queued.lock().unwrap() {
            assert_eq!(stream.peer_addr().unwrap(), self.address);
        }
    }
}

#[test]
fn connect() {
    crate::crew::both_ways(|| {
        let (listener, address) = listener();
        // SAFETY: no pointers are passed.
        assert_eq!(unsafe { libc::listen(listener.as_raw_fd(), 0) }, 0);
        let row = Connect {
            listener,
            address,
            queued: Mutex::default(),
        };
        let some_time = Duration::from_millis(100);
        while let Ok(stream) = TcpStream::connect_timeout(&address, some_time) {
            row.queued.lock().unwrap().push(stream);
        }
        crate::already_done(&row);
        crate::cancelled_while_parked(&row);
        crate::deadline_while_parked(&row);
        for round in 0..3 {
            crate::race(&row, round);
        }
        row.account();
    });
}
