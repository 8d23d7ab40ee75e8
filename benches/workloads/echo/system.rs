//! The system calls that std has no name for, each wrapped once. Together with
//! `clock.rs` the only `libc::` of the benches.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;
use std::time::Duration;

/// An epoll instance whose events carry a number.
#[derive(Debug)]
pub(super) struct Epoll(OwnedFd);

/// What happened, and the number given when the descriptor was added.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) token: u64,
    flags: u32,
}

impl Event {
    /// There may be room to send again.
    pub(super) fn is_writable(self) -> bool {
        self.flags & libc::EPOLLOUT as u32 != 0
    }

    /// The peer will send no more: after what has come stands the end, and no edge tells of it.
    pub(super) fn is_ending(self) -> bool {
        let ends = libc::EPOLLRDHUP | libc::EPOLLHUP | libc::EPOLLERR;
        self.flags & ends as u32 != 0
    }
}

/// Where `Epoll::wait` leaves what it was told.
pub(super) struct Events(Vec<libc::epoll_event>);

impl Events {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self(vec![libc::epoll_event { events: 0, u64: 0 }; capacity])
    }

    /// An event of the last wait, which said how many there are.
    pub(super) fn at(&self, index: usize) -> Event {
        let event = self.0[index];
        Event {
            token: event.u64,
            flags: event.events,
        }
    }
}

impl Epoll {
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: takes no pointers.
        let fd = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        let fd = succeed(fd)?;
        // SAFETY: the call has just opened it, and nobody else knows it.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Reports `fd` while it is readable.
    pub(super) fn add_level_triggered(&self, fd: BorrowedFd<'_>, token: u64) -> io::Result<()> {
        self.add(fd, token, libc::EPOLLIN)
    }

    /// Reports each time that more has come to `fd`, that it can take more again, or that its end
    /// has come.
    pub(super) fn add_edge_triggered(&self, fd: BorrowedFd<'_>, token: u64) -> io::Result<()> {
        let flags = libc::EPOLLIN | libc::EPOLLOUT | libc::EPOLLRDHUP | libc::EPOLLET;
        self.add(fd, token, flags)
    }

    fn add(&self, fd: BorrowedFd<'_>, token: u64, flags: libc::c_int) -> io::Result<()> {
        let mut event = libc::epoll_event {
            events: flags as u32,
            u64: token,
        };
        let (epoll, fd) = (self.0.as_raw_fd(), fd.as_raw_fd());
        // SAFETY: both descriptors are open, and the call only reads `event`.
        let result = unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, fd, &mut event) };
        succeed(result).map(drop)
    }

    /// Waits until something happens or the timeout is over, in whole milliseconds, and says how
    /// much did. An interruption is nothing that happened.
    pub(super) fn wait(&self, events: &mut Events, timeout: Duration) -> io::Result<usize> {
        let milliseconds = timeout.as_millis() as libc::c_int;
        let room = events.0.len() as libc::c_int;
        let (epoll, start) = (self.0.as_raw_fd(), events.0.as_mut_ptr());
        // SAFETY: the call writes at most `room` events to `start`, where there are as many.
        let count = unsafe { libc::epoll_wait(epoll, start, room, milliseconds) };
        match succeed(count) {
            Ok(count) => Ok(count as usize),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
            Err(error) => Err(error),
        }
    }
}

/// Takes a connection that is waiting, in non-blocking mode from the start.
pub(super) fn accept(listener: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let flags = libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    let (null, none) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: null pointers say that the peer's address is not wanted.
    let fd = unsafe { libc::accept4(listener.as_raw_fd(), null, none, flags) };
    let fd = succeed(fd)?;
    // SAFETY: the call has just opened it, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Receives what there is; 0 is the end of the stream.
pub(super) fn receive(socket: impl AsFd, buffer: &mut [u8]) -> io::Result<usize> {
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: the call writes at most the buffer's length to it.
    let count = unsafe { libc::recv(fd, buffer.as_mut_ptr().cast(), buffer.len(), 0) };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

/// Sends what there is room for.
pub(super) fn send(socket: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    let fd = socket.as_fd().as_raw_fd();
    let flags = libc::MSG_NOSIGNAL;
    // SAFETY: the call reads the slice and no more.
    let count = unsafe { libc::send(fd, bytes.as_ptr().cast(), bytes.len(), flags) };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

/// Lets this process open as many descriptors as it may.
///
/// # Errors
///
/// If those are fewer than `needed`; the message says what to do.
pub(super) fn raise_descriptor_limit(needed: usize) -> io::Result<()> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the call fills the struct it is given.
    succeed(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) })?;
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: the call reads the struct it is given.
    succeed(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) })?;
    if limit.rlim_max < needed as libc::rlim_t {
        return Err(io::Error::other(format!(
            "{needed} descriptors are needed and {} allowed: raise the limit (ulimit -Hn)",
            limit.rlim_max
        )));
    }
    Ok(())
}

/// Has the kernel kill this process when the thread that started it ends.
pub(super) fn die_with_parent() -> io::Result<()> {
    // SAFETY: takes a number.
    succeed(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) }).map(drop)
}

fn succeed(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}
