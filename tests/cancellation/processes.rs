//! Rows for pipes, children and signals.

use crate::sockets::{ReadForm, Reads, WriteForm, Writes, outcome};
use crate::{Call, Outcome, matrix};
use std::io::{self, Read, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use teem::chan::{Receiver, RecvError};
use teem::io::{PipeReader, PipeWriter, pipe};
use teem::process::{Child, ChildStdin, Command, Stdio};
use teem::signal::{Signal, notify};

/// One side of two pipes.
struct Duplex {
    reader: PipeReader,
    writer: PipeWriter,
}

impl Duplex {
    fn pair() -> (Self, Self) {
        let ((there, from_here), (here, from_there)) = (pipe().unwrap(), pipe().unwrap());
        let near = Duplex {
            reader: here,
            writer: from_here,
        };
        let far = Duplex {
            reader: there,
            writer: from_there,
        };
        (near, far)
    }
}

impl Read for &Duplex {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&self.reader).read(buf)
    }
}

impl Write for &Duplex {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&self.writer).write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn pipes() {
    let read: ReadForm<Duplex> = |mut pipes, buffer| pipes.read(buffer);
    let write: WriteForm<Duplex> = |mut pipes, piece| pipes.write(piece);
    matrix(|| {
        let (near, far) = Duplex::pair();
        Reads::new(near, far, read)
    });
    matrix(|| {
        let (near, far) = Duplex::pair();
        Writes::new(near, far, write)
    });
}

/// Waiting for a child, which ends with its input.
struct Wait {
    child: teem::sync::Mutex<Child>,
    input: Mutex<Option<ChildStdin>>,
}

impl Wait {
    fn start() -> (Child, Option<ChildStdin>) {
        let mut command = Command::new("cat");
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take();
        (child, input)
    }
}

impl Call for Wait {
    fn call(&self) -> Outcome {
        outcome(self.child.lock().unwrap().wait()).0
    }

    fn complete(&self, _: &AtomicBool) {
        drop(self.input.lock().unwrap().take());
    }

    fn account(&self) {
        self.complete(&AtomicBool::new(true));
        let mut child = self.child.lock().unwrap();
        assert!(child.wait().unwrap().success());
        let (next, input) = Wait::start();
        *child = next;
        *self.input.lock().unwrap() = input;
    }
}

#[test]
fn children() {
    matrix(|| {
        let (child, input) = Wait::start();
        Wait {
            child: teem::sync::Mutex::new(child),
            input: Mutex::new(input),
        }
    });
}

/// Receiving a signal, of which one at a time is under way.
struct Signals {
    receiver: Receiver<Signal>,
    sent: AtomicBool,
}

impl Call for Signals {
    fn call(&self) -> Outcome {
        match self.receiver.recv() {
            Ok(signal) => {
                assert_eq!(signal, Signal::URG);
                assert!(self.sent.swap(false, Ordering::SeqCst), "once");
                Outcome::Done
            }
            Err(RecvError::Cancelled) => Outcome::Cut(None),
            Err(RecvError::Closed) => panic!("it never closes"),
        }
    }

    fn complete(&self, _: &AtomicBool) {
        self.sent.store(true, Ordering::SeqCst);
        // SAFETY: no pointers are passed; the signal is caught.
        assert_eq!(unsafe { libc::raise(libc::SIGURG) }, 0);
    }

    fn account(&self) {
        if self.sent.load(Ordering::SeqCst) {
            assert_eq!(self.call(), Outcome::Done);
        }
        assert!(self.receiver.is_empty());
    }
}

#[test]
fn signals() {
    matrix(|| Signals {
        receiver: notify(&[Signal::URG]).unwrap(),
        sent: AtomicBool::new(false),
    });
}
