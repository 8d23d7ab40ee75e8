//! The poller of Linux: an epoll instance and an eventfd that wakes it.
//!
//! The eventfd is edge-triggered and never read: each write to it is a new edge, whatever its
//! counter says, so a wake costs one system call in all. The counter overflows after 2^64 wakes.
//!
//! What fulfils the contract, where it is not plain:
//!
//! - `EPOLL_CTL_ADD` queues an event when the descriptor is ready at that moment, so a condition
//!   that came true before the registration is reported.
//! - Each event carries the state of the descriptor as it is when `epoll_wait` copies it out, not
//!   only what has changed. So one for an incoming byte also says that there is room to write.
//! - A registration belongs to the open file and the descriptor's number. It goes when the *file*
//!   is closed; a duplicate of the descriptor keeps it alive.

use super::system_call::system_call;
use super::{Event, fault};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Reads report a short count only when the buffer of the kernel is empty, or at urgent data and
/// at the end, of which events tell.
pub(crate) const SHORT_READ_DRAINS: bool = true;

/// The token of the eventfd.
const WAKE: u64 = 0;

/// What a registration asks for. EPOLLERR and EPOLLHUP need no asking.
const INTEREST: i32 =
    libc::EPOLLIN | libc::EPOLLOUT | libc::EPOLLRDHUP | libc::EPOLLPRI | libc::EPOLLET;

const FAILED: i32 = libc::EPOLLERR | libc::EPOLLHUP;
const READ_STICKY: i32 = FAILED | libc::EPOLLRDHUP | libc::EPOLLPRI;

/// How many events one `wait` takes at most; the rest comes with the next one. Many, as what waits for its turn in
/// a queue can be fetched ahead of it.
const CAPACITY: usize = 1024;

/// Set when the kernel or a sandbox does not know `epoll_pwait2` (Linux 5.11).
static COARSE: AtomicBool = AtomicBool::new(false);

/// See the contract in `sys/mod.rs`.
#[derive(Debug)]
pub(crate) struct Poller {
    epoll: OwnedFd,
    wake: OwnedFd,
}

impl Poller {
    pub(crate) fn new() -> io::Result<Self> {
        fault::check("epoll_create1")?;
        // SAFETY: no pointers are passed.
        let epoll = unsafe { owned(libc::epoll_create1(libc::EPOLL_CLOEXEC))? };
        fault::check("eventfd")?;
        // SAFETY: no pointers are passed.
        let wake = unsafe { owned(libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK))? };
        let poller = Self { epoll, wake };
        let interest = libc::EPOLLIN | libc::EPOLLET;
        poller.control(libc::EPOLL_CTL_ADD, poller.wake.as_fd(), interest, WAKE)?;
        Ok(poller)
    }

    pub(crate) fn register(&self, fd: BorrowedFd<'_>, token: usize) -> io::Result<()> {
        debug_assert_ne!(token as u64, WAKE, "the token of the eventfd");
        match self.control(libc::EPOLL_CTL_ADD, fd, INTEREST, token as u64) {
            Err(error) if error.raw_os_error() == Some(libc::EEXIST) => {
                self.control(libc::EPOLL_CTL_MOD, fd, INTEREST, token as u64)
            }
            other => other,
        }
    }

    pub(crate) fn deregister(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        match self.control(libc::EPOLL_CTL_DEL, fd, 0, 0) {
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
            other => other,
        }
    }

    fn control(&self, call: i32, fd: BorrowedFd<'_>, interest: i32, data: u64) -> io::Result<()> {
        fault::check("epoll_ctl")?;
        let mut event = libc::epoll_event {
            events: interest as u32,
            u64: data,
        };
        // SAFETY: `event` is valid for the duration of the call, which is all that is needed.
        let result =
            unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), call, fd.as_raw_fd(), &mut event) };
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    pub(crate) fn wait(&self, events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
        events.length = 0;
        let waited = fault::check("epoll_wait").and_then(|()| match timeout {
            None => self.wait_coarse(events, -1),
            Some(Duration::ZERO) => self.wait_coarse(events, 0),
            Some(timeout) => self.wait_fine(events, timeout),
        });
        match waited {
            Ok(length) => events.length = length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn wait_coarse(&self, events: &mut Events, milliseconds: i32) -> io::Result<usize> {
        // SAFETY: this call takes milliseconds.
        unsafe { self.wait_by(libc::SYS_epoll_pwait, events, milliseconds as usize) }
    }

    /// Nanoseconds if the kernel can, else milliseconds, rounded up.
    fn wait_fine(&self, events: &mut Events, timeout: Duration) -> io::Result<usize> {
        // ORDERING: Relaxed, a hint: a thread that misses it finds out for itself.
        if COARSE.load(Ordering::Relaxed) {
            return self.wait_coarse(events, milliseconds(timeout));
        }
        let fine = KernelTimespec {
            seconds: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
            nanoseconds: i64::from(timeout.subsec_nanos()),
        };
        let address = ptr::from_ref(&fine).expose_provenance();
        // SAFETY: this one takes the address of a time, which stands in this frame.
        match unsafe { self.wait_by(libc::SYS_epoll_pwait2, events, address) } {
            Err(error) if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM)) => {
                // ORDERING: Relaxed, see above.
                COARSE.store(true, Ordering::Relaxed);
                self.wait_coarse(events, milliseconds(timeout))
            }
            other => other,
        }
    }

    /// Waits by one of the system's calls.
    ///
    /// # Safety
    ///
    /// `timeout` is what `call` takes for one; if that is an address, then of what may be read during the call.
    unsafe fn wait_by(
        &self,
        call: libc::c_long,
        events: &mut Events,
        timeout: usize,
    ) -> io::Result<usize> {
        const NO_SIGNAL_MASK: usize = 0;
        let epoll = self.epoll.as_raw_fd() as usize;
        let buffer = events.buffer.as_mut_ptr().expose_provenance();
        let arguments = [epoll, buffer, CAPACITY, timeout, NO_SIGNAL_MASK, 0];
        // SAFETY: the kernel writes at most CAPACITY events into a buffer of that size; the timeout is the caller's.
        unsafe { system_call(call, arguments) }
    }

    pub(crate) fn wake(&self) {
        let one = 1_u64;
        // SAFETY: eight readable bytes. The result needs no look: the only failure there is, a
        // full counter, takes centuries.
        unsafe {
            libc::write(
                self.wake.as_raw_fd(),
                ptr::from_ref(&one).cast(),
                size_of::<u64>(),
            )
        };
    }
}

/// `struct __kernel_timespec`, the same on all of Linux's architectures.
#[repr(C)]
struct KernelTimespec {
    seconds: i64,
    nanoseconds: i64,
}

fn milliseconds(timeout: Duration) -> i32 {
    i32::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX)
}

/// # Safety
///
/// `result` is negative, or a descriptor that nobody else owns.
unsafe fn owned(result: i32) -> io::Result<OwnedFd> {
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a new descriptor, by this function's contract.
    Ok(unsafe { OwnedFd::from_raw_fd(result) })
}

/// What the last `wait` has brought.
pub(crate) struct Events {
    buffer: Box<[MaybeUninit<libc::epoll_event>]>,
    length: usize,
}

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
            let (data, bits) = (event.u64, event.events as i32);
            (data != WAKE).then_some(Event {
                token: data as usize,
                readable: bits & (libc::EPOLLIN | READ_STICKY) != 0,
                writable: bits & (libc::EPOLLOUT | FAILED) != 0,
                read_sticky: bits & READ_STICKY != 0,
                write_sticky: bits & FAILED != 0,
            })
        })
    }
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
