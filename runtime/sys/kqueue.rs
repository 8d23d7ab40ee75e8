//! The poller of macOS and the BSDs: a kqueue and a user event that wakes it.
//!
//! What fulfils the contract, where it is not plain:
//!
//! - Each descriptor is two filters, and each filter reports on its own: an event has one direction.
//! - `EV_CLEAR` makes them edge-triggered; adding one that is ready at that moment activates it.
//! - A registration goes when its *descriptor* is closed, even if a duplicate lives on. The owner of
//!   both must therefore register the duplicate (`Descriptor::release`).

use super::{Event, fault};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;
use std::time::Duration;

/// Urgent data makes a read short too, and not all of these kernels tell of it in an event.
pub(crate) const SHORT_READ_DRAINS: bool = false;

/// How many events one `wait` takes at most; the rest comes with the next one.
const CAPACITY: usize = 256;

const WAKE_IDENT: usize = 0;

/// See the contract in `sys/mod.rs`.
#[derive(Debug)]
pub(crate) struct Poller {
    queue: OwnedFd,
}

impl Poller {
    pub(crate) fn new() -> io::Result<Self> {
        fault::check("kqueue")?;
        // SAFETY: no pointers are passed.
        let queue = unsafe { libc::kqueue() };
        if queue < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: a new descriptor that nobody else owns.
        let queue = unsafe { OwnedFd::from_raw_fd(queue) };
        // SAFETY: as above; a kqueue is not inherited by fork, but it is by exec.
        if unsafe { libc::fcntl(queue.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC) } < 0 {
            return Err(io::Error::last_os_error());
        }
        let poller = Self { queue };
        let flags = libc::EV_ADD | libc::EV_CLEAR;
        poller.change(&mut [change(WAKE_IDENT, libc::EVFILT_USER, flags, 0, 0)])?;
        Ok(poller)
    }

    pub(crate) fn register(&self, fd: BorrowedFd<'_>, token: usize) -> io::Result<()> {
        self.both(fd, libc::EV_ADD | libc::EV_CLEAR, token)
    }

    pub(crate) fn deregister(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        match self.both(fd, libc::EV_DELETE, 0) {
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
            other => other,
        }
    }

    fn both(&self, fd: BorrowedFd<'_>, flags: u16, token: usize) -> io::Result<()> {
        let fd = fd.as_raw_fd() as usize;
        self.change(&mut [
            change(fd, libc::EVFILT_READ, flags, 0, token),
            change(fd, libc::EVFILT_WRITE, flags, 0, token),
        ])
    }

    /// Applies all of the changes and gives the first error.
    fn change(&self, changes: &mut [libc::kevent]) -> io::Result<()> {
        fault::check("kevent")?;
        for change in changes.iter_mut() {
            // Errors come as events, one a change, and nothing else is taken from the queue.
            change.flags |= libc::EV_RECEIPT;
        }
        let (pointer, length) = (changes.as_mut_ptr(), changes.len() as libc::c_int);
        // SAFETY: both lists are `changes`, which the call may read and overwrite; each receipt
        // goes where its change has been read already.
        let result = unsafe {
            libc::kevent(
                self.queue.as_raw_fd(),
                pointer,
                length,
                pointer,
                length,
                ptr::null(),
            )
        };
        if result < 0 {
            let error = io::Error::last_os_error();
            return match error.kind() {
                // The changes have been applied all the same.
                io::ErrorKind::Interrupted => Ok(()),
                _ => Err(error),
            };
        }
        let failed = changes
            .iter()
            .find(|receipt| receipt.flags & libc::EV_ERROR != 0 && receipt.data != 0);
        failed.map_or(Ok(()), |receipt| {
            Err(io::Error::from_raw_os_error(receipt.data as i32))
        })
    }

    pub(crate) fn wait(&self, events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
        events.length = 0;
        fault::check("kevent")?;
        let timeout = timeout.map(|timeout| libc::timespec {
            tv_sec: libc::time_t::try_from(timeout.as_secs()).unwrap_or(libc::time_t::MAX),
            tv_nsec: timeout.subsec_nanos() as libc::c_long,
        });
        // SAFETY: the kernel writes at most CAPACITY events into a buffer of that size and reads
        // the time during the call alone.
        let result = unsafe {
            libc::kevent(
                self.queue.as_raw_fd(),
                ptr::null(),
                0,
                events.buffer.as_mut_ptr().cast(),
                CAPACITY as libc::c_int,
                timeout.as_ref().map_or(ptr::null(), ptr::from_ref),
            )
        };
        if result < 0 {
            let error = io::Error::last_os_error();
            return match error.kind() {
                io::ErrorKind::Interrupted => Ok(()),
                _ => Err(error),
            };
        }
        events.length = result as usize;
        Ok(())
    }

    pub(crate) fn wake(&self) {
        let mut trigger = [change(
            WAKE_IDENT,
            libc::EVFILT_USER,
            0,
            libc::NOTE_TRIGGER,
            0,
        )];
        // An event that exists is triggered without allocating: nothing here can fail.
        let result = self.change(&mut trigger);
        debug_assert!(result.is_ok(), "a kqueue refused to be woken: {result:?}");
    }
}

fn change(ident: usize, filter: i16, flags: u16, fflags: u32, token: usize) -> libc::kevent {
    // SAFETY: integers and one pointer, all of which may be zero. Some systems have more fields.
    let mut change: libc::kevent = unsafe { std::mem::zeroed() };
    change.ident = ident;
    change.filter = filter;
    change.flags = flags;
    change.fflags = fflags;
    change.udata = ptr::without_provenance_mut(token);
    change
}

/// What the last `wait` has brought.
pub(crate) struct Events {
    buffer: Box<[MaybeUninit<libc::kevent>]>,
    length: usize,
}

// SAFETY: the pointer in a kevent is a token and is never followed.
unsafe impl Send for Events {}

impl Events {
    pub(crate) fn new() -> Self {
        Self {
            buffer: Box::new_uninit_slice(CAPACITY),
            length: 0,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Event> {
        self.buffer[..self.length].iter().filter_map(|event| {
            // SAFETY: the kernel has written the first `length` events.
            let event = unsafe { event.assume_init() };
            let (readable, writable) = (
                event.filter == libc::EVFILT_READ,
                event.filter == libc::EVFILT_WRITE,
            );
            let ended = event.flags & (libc::EV_EOF | libc::EV_ERROR) != 0;
            (readable || writable).then_some(Event {
                token: event.udata.addr(),
                readable,
                writable,
                read_sticky: readable && ended,
                write_sticky: writable && ended,
            })
        })
    }
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
