//! Rows for datagrams, unix listeners, and descriptors of any kind.

use crate::sockets::outcome;
use crate::{Call, Outcome, matrix};
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use teem::net::UdpSocket;
use teem::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use teem::poll;

type Receive = Box<dyn Fn(&mut [u8]) -> std::io::Result<usize> + Sync>;
type Send = Box<dyn Fn(&[u8]) + Sync>;
type Kind<'a> = &'a (dyn Fn(bool) -> (Receive, Send) + Sync);

/// Receiving, where nothing has come. The messages are numbers that count up.
struct Messages {
    receive: Receive,
    send: Send,
    sent: AtomicU64,
    received: AtomicU64,
}

impl Messages {
    fn note(&self, message: &[u8]) {
        let expected = self.received.fetch_add(1, Ordering::SeqCst);
        assert_eq!(message, expected.to_le_bytes());
    }
}

impl Call for Messages {
    fn call(&self) -> Outcome {
        let mut buffer = [0; 16];
        let (outcome, length) = outcome((self.receive)(&mut buffer));
        if let Some(length) = length {
            self.note(&buffer[..length]);
        }
        outcome
    }

    fn complete(&self, _: &AtomicBool) {
        let number = self.sent.fetch_add(1, Ordering::SeqCst);
        (self.send)(&number.to_le_bytes());
    }

    fn account(&self) {
        while self.received.load(Ordering::SeqCst) < self.sent.load(Ordering::SeqCst) {
            assert_eq!(self.call(), Outcome::Done);
        }
        let late = || (self.receive)(&mut [0; 16]);
        assert!(teem::time::timeout(Duration::from_millis(1), late).is_err());
    }
}

#[test]
fn receive() {
    let udp = |from: bool| {
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        sender.connect(receiver.local_addr().unwrap()).unwrap();
        let receive: Receive = match from {
            true => Box::new(move |buffer| receiver.recv_from(buffer).map(|(length, _)| length)),
            false => Box::new(move |buffer| {
                // Looking first must not take it.
                receiver.peek(&mut [0; 16])?;
                receiver.recv(buffer)
            }),
        };
        (
            receive,
            Box::new(move |message: &[u8]| assert_eq!(sender.send(message).unwrap(), 8)) as _,
        )
    };
    let unix = |from: bool| {
        let (receiver, sender) = UnixDatagram::pair().unwrap();
        let receive: Receive = match from {
            true => Box::new(move |buffer| receiver.recv_from(buffer).map(|(length, _)| length)),
            false => Box::new(move |buffer| receiver.recv(buffer)),
        };
        (
            receive,
            Box::new(move |message: &[u8]| assert_eq!(sender.send(message).unwrap(), 8)) as _,
        )
    };
    let kinds: [Kind<'_>; 2] = [&udp, &unix];
    for kind in kinds {
        for from in [true, false] {
            matrix(|| {
                let (receive, send) = kind(from);
                let (sent, received) = (AtomicU64::new(0), AtomicU64::new(0));
                Messages {
                    receive,
                    send,
                    sent,
                    received,
                }
            });
        }
    }
}

/// A name in a directory of files.
struct Name(PathBuf);

impl Name {
    fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("teem-cut-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // One that had the same number may have been killed before it removed it.
        let _ = std::fs::remove_file(&path);
        Self(path)
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

struct Accept {
    name: Name,
    listener: UnixListener,
    connected: Mutex<Vec<UnixStream>>,
    accepted: Mutex<Vec<UnixStream>>,
}

impl Call for Accept {
    fn call(&self) -> Outcome {
        let (outcome, accepted) = outcome(self.listener.accept());
        let stream = accepted.map(|(stream, _)| stream);
        self.accepted.lock().unwrap().extend(stream);
        outcome
    }

    fn complete(&self, _: &AtomicBool) {
        let stream = UnixStream::connect(&self.name.0).unwrap();
        self.connected.lock().unwrap().push(stream);
    }

    fn account(&self) {
        let connected: Vec<_> = self.connected.lock().unwrap().drain(..).collect();
        let mut accepted: Vec<_> = self.accepted.lock().unwrap().drain(..).collect();
        while accepted.len() < connected.len() {
            accepted.push(self.listener.accept().unwrap().0);
        }
        for (mut near, mut far) in connected.into_iter().zip(accepted) {
            near.write_all(b"x").unwrap();
            far.read_exact(&mut [0]).unwrap();
        }
    }
}

#[test]
fn accept() {
    matrix(|| {
        let name = Name::new();
        let listener = UnixListener::bind(&name.0).unwrap();
        Accept {
            name,
            listener,
            connected: Mutex::default(),
            accepted: Mutex::default(),
        }
    });
}

/// Sending to a socket that has too many messages, and is not connected to.
struct Full {
    name: Name,
    receiver: UnixDatagram,
    sender: UnixDatagram,
    sent: AtomicU64,
    received: AtomicU64,
}

impl Full {
    fn receive(&self) -> bool {
        let mut buffer = [0; 16];
        let receive = || self.receiver.recv(&mut buffer);
        let Ok(length) = teem::time::timeout(Duration::from_millis(1), receive) else {
            return false;
        };
        let expected = self.received.fetch_add(1, Ordering::SeqCst);
        assert_eq!(&buffer[..length], expected.to_le_bytes());
        true
    }
}

impl Call for Full {
    /// Sends until that is cut.
    fn call(&self) -> Outcome {
        loop {
            let number = self.sent.load(Ordering::SeqCst);
            let sent = self.sender.send_to(&number.to_le_bytes(), &self.name.0);
            match outcome(sent) {
                (Outcome::Done, _) => self.sent.fetch_add(1, Ordering::SeqCst),
                (cut, _) => return cut,
            };
        }
    }

    fn complete(&self, over: &AtomicBool) {
        while !over.load(Ordering::SeqCst) {
            self.receive();
        }
    }

    fn meets(&self) -> bool {
        true
    }

    fn account(&self) {
        while self.received.load(Ordering::SeqCst) < self.sent.load(Ordering::SeqCst) {
            self.receive();
        }
        assert!(!self.receive(), "and no more than that");
    }
}

#[test]
fn send_to() {
    matrix(|| {
        let name = Name::new();
        Full {
            receiver: UnixDatagram::bind(&name.0).unwrap(),
            name,
            sender: UnixDatagram::unbound().unwrap(),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
        }
    });
}

/// More connections than the queue holds; as many files are open at most.
const MANY: usize = 100;

/// Connecting to a unix listener whose queue is full.
struct Connect {
    name: Name,
    listener: UnixListener,
    queued: Mutex<Vec<UnixStream>>,
}

impl Call for Connect {
    /// Connects until that is cut.
    fn call(&self) -> Outcome {
        loop {
            let (outcome, stream) = outcome(UnixStream::connect(&self.name.0));
            if outcome != Outcome::Done {
                return outcome;
            }
            let mut queued = self.queued.lock().unwrap();
            // Those that were accepted long ago.
            if queued.len() >= MANY {
                queued.clear();
            }
            queued.extend(stream);
        }
    }

    fn complete(&self, over: &AtomicBool) {
        while !over.load(Ordering::SeqCst) {
            let accept = || self.listener.accept();
            drop(teem::time::timeout(Duration::from_millis(1), accept));
        }
    }

    fn meets(&self) -> bool {
        true
    }

    fn account(&self) {
        self.queued.lock().unwrap().clear();
        let accept = || self.listener.accept();
        while teem::time::timeout(Duration::from_millis(1), accept).is_ok() {}
    }
}

#[test]
fn connect() {
    matrix(|| {
        let name = Name::new();
        let listener = UnixListener::bind(&name.0).unwrap();
        // SAFETY: no pointers are passed.
        assert_eq!(unsafe { libc::listen(listener.as_raw_fd(), 8) }, 0);
        Connect {
            listener,
            name,
            queued: Mutex::default(),
        }
    });
}

/// Waiting for a pipe to have something.
struct Readable {
    reader: PipeReader,
    writer: PipeWriter,
    written: AtomicU64,
}

impl Call for Readable {
    fn call(&self) -> Outcome {
        outcome(poll::readable(&self.reader)).0
    }

    fn complete(&self, _: &AtomicBool) {
        (&self.writer).write_all(b"x").unwrap();
        self.written.fetch_add(1, Ordering::SeqCst);
    }

    fn account(&self) {
        let mut all = vec![0; self.written.swap(0, Ordering::SeqCst) as usize];
        (&self.reader).read_exact(&mut all).unwrap();
    }
}

#[test]
fn readable() {
    matrix(|| {
        let (reader, writer) = pipe().unwrap();
        Readable {
            reader,
            writer,
            written: AtomicU64::new(0),
        }
    });
}
