//! Descriptors over real sockets. The waiters are OS threads, for which no scheduler is needed.

use super::{Descriptor, DescriptorRef, Direction, Events, Outcome, Poller, Try, poll, retire};
use crate::sys::Event;
use crate::task::{Header, Parker, Waiter, Wake};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

fn no_task(task: NonNull<Header>) {
    panic!("only threads wait here, not {task:?}");
}

/// A poller with a thread that does nothing but poll it.
struct Polling {
    poller: Arc<Poller>,
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Polling {
    fn start() -> Self {
        let poller = Arc::new(Poller::new().unwrap());
        let stop = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let (poller, stop) = (Arc::clone(&poller), Arc::clone(&stop));
            move || {
                let mut events = Events::new();
                while !stop.load(Ordering::Acquire) {
                    poll(&poller, &mut events, None, no_task).unwrap();
                }
            }
        });
        let thread = Some(thread);
        Self {
            poller,
            stop,
            thread,
        }
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.poller.wake();
        self.thread.take().unwrap().join().unwrap();
    }
}

/// A non-blocking socket and what is known of it.
struct File {
    socket: UnixStream,
    descriptor: DescriptorRef,
}

fn pair() -> (File, UnixStream) {
    let (near, far) = UnixStream::pair().unwrap();
    near.set_nonblocking(true).unwrap();
    let near = File {
        socket: near,
        descriptor: DescriptorRef::new(),
    };
    (near, far)
}

impl File {
    fn duplicate(&self) -> Self {
        Self {
            socket: self.socket.try_clone().unwrap(),
            descriptor: self.descriptor.clone(),
        }
    }

    fn attempt(&self, buffer: &mut [u8]) -> Option<io::Result<usize>> {
        let operation = || {
            let value = (&self.socket).read(buffer)?;
            let short = 0 < value && value < buffer.len();
            Ok(Outcome { value, short })
        };
        self.descriptor
            .attempt(Direction::Read, Try::Woken, operation, no_task)
    }

    /// Reads, waiting for it with `poller`. `enlisted` is told before each wait.
    fn read(&self, poller: &Arc<Poller>, enlisted: &dyn Fn()) -> io::Result<Vec<u8>> {
        let mut buffer = [0; 16];
        loop {
            if let Some(result) = self.attempt(&mut buffer) {
                return result.map(|length| buffer[..length].to_vec());
            }
            let waiter = Waiter::for_thread(Arc::new(Parker::new()));
            let (direction, fd) = (Direction::Read, self.socket.as_fd());
            // SAFETY: claimed by an event before the end of the round: there is no deadline.
            if unsafe { self.descriptor.enlist(direction, &waiter, fd, poller)? } {
                enlisted();
                assert_eq!(waiter.wait_thread(None), Wake::Event);
            }
        }
    }
}

#[test]
fn reader_that_waits_is_woken_by_data() {
    let polling = Polling::start();
    let (near, mut far) = pair();
    let (enlisted, waits) = mpsc::channel();
    thread::scope(|scope| {
        let reader = scope.spawn(|| near.read(&polling.poller, &|| enlisted.send(()).unwrap()));
        waits.recv().unwrap();
        far.write_all(b"data").unwrap();
        assert_eq!(reader.join().unwrap().unwrap(), b"data");
    });
}

#[test]
fn data_from_before_the_registration_is_reported() {
    let poller = Arc::new(Poller::new().unwrap());
    let (near, mut far) = pair();
    assert!(near.attempt(&mut [0; 4]).is_none());
    far.write_all(b"data").unwrap();
    let waiter = Waiter::for_thread(Arc::new(Parker::new()));
    let (direction, fd) = (Direction::Read, near.socket.as_fd());
    // SAFETY: claimed by the event that is polled for below.
    assert!(unsafe { near.descriptor.enlist(direction, &waiter, fd, &poller) }.unwrap());
    poll(&poller, &mut Events::new(), None, no_task).unwrap();
    assert_eq!(waiter.outcome(), Some(Wake::Event));
    let mut buffer = [0; 8];
    assert_eq!(near.attempt(&mut buffer).unwrap().unwrap(), 4);
    assert!(near.attempt(&mut buffer).is_none(), "the read was short");
}

#[test]
fn end_behind_a_short_read_is_found_without_another_event() {
    let polling = Polling::start();
    let (near, mut far) = pair();
    far.write_all(b"data").unwrap();
    drop(far);
    // Registers, so that the event of data and end together is delivered.
    assert_eq!(near.read(&polling.poller, &|| {}).unwrap(), b"data");
    assert_eq!(near.read(&polling.poller, &|| {}).unwrap(), b"");
    assert_eq!(near.read(&polling.poller, &|| {}).unwrap(), b"");
}

#[test]
fn recycled_descriptor_is_ready_and_forgets_its_settings() {
    let (near, far) = pair();
    near.descriptor.set_nonblocking(true);
    near.descriptor
        .set_timeout(Direction::Read, Some(Duration::from_secs(1)));
    assert!(near.attempt(&mut [0; 4]).is_none());
    near.descriptor.recycle();
    assert!(!near.descriptor.is_nonblocking());
    assert_eq!(near.descriptor.timeout(Direction::Read), None);
    drop(far);
    assert_eq!(near.attempt(&mut [0; 4]).unwrap().unwrap(), 0);
}

#[test]
fn late_event_is_a_spurious_readiness() {
    let (near, _far) = pair();
    assert!(near.attempt(&mut [0; 4]).is_none());
    let event = Event {
        token: 1,
        readable: true,
        writable: true,
        read_sticky: true,
        write_sticky: true,
    };
    near.descriptor.deliver(&event, &mut no_task);
    for _ in 0..2 {
        assert!(near.attempt(&mut [0; 4]).is_none(), "it would block");
    }
}

#[test]
fn timeouts_survive_as_nanoseconds() {
    let descriptor = Descriptor::new();
    for (set, kept) in [
        (None, None),
        (Some(Duration::ZERO), Some(Duration::from_nanos(1))),
        (
            Some(Duration::from_millis(7)),
            Some(Duration::from_millis(7)),
        ),
        (Some(Duration::MAX), Some(Duration::from_nanos(u64::MAX))),
    ] {
        descriptor.set_timeout(Direction::Write, set);
        assert_eq!(descriptor.timeout(Direction::Write), kept);
        assert_eq!(descriptor.timeout(Direction::Read), None);
    }
}

#[test]
fn closing_the_registered_duplicate_does_not_strand_the_other() {
    let polling = Polling::start();
    let (near, mut far) = pair();
    let duplicate = near.duplicate();
    let (enlisted, waits) = mpsc::channel();
    let tell = || enlisted.send(()).unwrap();
    thread::scope(|scope| {
        let first = scope.spawn(|| near.read(&polling.poller, &tell));
        waits.recv().unwrap();
        far.write_all(b"one").unwrap();
        assert_eq!(first.join().unwrap().unwrap(), b"one");
    });
    thread::scope(|scope| {
        let second = scope.spawn(|| duplicate.read(&polling.poller, &tell));
        waits.recv().unwrap();
        assert!(near.descriptor.is_shared());
        near.descriptor.release(near.socket.as_fd(), no_task);
        drop(near);
        // It has been woken, has found nothing and has registered its own descriptor.
        waits.recv().unwrap();
        far.write_all(b"two").unwrap();
        assert_eq!(second.join().unwrap().unwrap(), b"two");
    });
}

#[test]
fn retiring_a_poller_moves_its_waiters_to_another() {
    let (old, new) = (Polling::start(), Polling::start());
    let (near, mut far) = pair();
    let (enlisted, waits) = mpsc::channel();
    let current = std::sync::Mutex::new(Arc::clone(&old.poller));
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut buffer = [0; 16];
            loop {
                if let Some(result) = near.attempt(&mut buffer) {
                    return result.unwrap();
                }
                let waiter = Waiter::for_thread(Arc::new(Parker::new()));
                let poller = Arc::clone(&current.lock().unwrap());
                let (direction, fd) = (Direction::Read, near.socket.as_fd());
                // SAFETY: claimed by an event before the end of the round.
                let wait =
                    unsafe { near.descriptor.enlist(direction, &waiter, fd, &poller) }.unwrap();
                if wait {
                    enlisted.send(()).unwrap();
                    assert_eq!(waiter.wait_thread(None), Wake::Event);
                }
            }
        });
        waits.recv().unwrap();
        *current.lock().unwrap() = Arc::clone(&new.poller);
        retire(&old.poller, no_task);
        waits.recv().unwrap();
        drop(old);
        far.write_all(b"data").unwrap();
        assert_eq!(reader.join().unwrap(), 4);
    });
}

#[test]
fn wrong_file_is_refused_and_nobody_is_linked() {
    let poller = Arc::new(Poller::new().unwrap());
    let file = std::fs::File::open("/dev/null").unwrap();
    let descriptor = DescriptorRef::new();
    let waiter = Waiter::for_thread(Arc::new(Parker::new()));
    let (direction, fd) = (Direction::Read, file.as_fd());
    let nothing = || Err::<Outcome<()>, _>(ErrorKind::WouldBlock.into());
    let tried = descriptor.attempt(direction, Try::First, nothing, no_task);
    assert!(tried.is_none());
    // SAFETY: refused, so it is not linked; `recycle` asserts that.
    let error = unsafe { descriptor.enlist(direction, &waiter, fd, &poller) }.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
}

#[cfg(teem_fault)]
#[test]
fn failed_registration_is_an_error_and_can_be_tried_again() {
    let polling = Polling::start();
    let (near, mut far) = pair();
    let injection = crate::sys::fault::inject("epoll_ctl", 1, 12);
    let error = near.read(&polling.poller, &|| {}).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfMemory);
    assert!(injection.has_struck());
    far.write_all(b"data").unwrap();
    near.descriptor.recycle();
    assert_eq!(near.read(&polling.poller, &|| {}).unwrap(), b"data");
}
