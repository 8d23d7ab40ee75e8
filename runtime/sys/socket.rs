//! Socket calls that never block, and the one that does: `poll`, for OS threads.
//!
//! std offers most of what a socket can do; here is what it does not: opening and accepting
//! sockets that are non-blocking from the start, and transfers that do not block whatever mode the
//! socket is in. That mode belongs to the open file, so whoever holds a duplicate can change it at
//! any time, and one blocking call would stop a whole worker: `MSG_DONTWAIT` leaves it no say.

use super::Address;
use super::fault;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// Buffers a single call takes; IOV_MAX is at least that on all of our systems.
const MAX_BUFFERS: usize = 1024;

/// Of the buffers given to a vectored call, those that it looks at.
pub(crate) fn taken<T>(buffers: &[T]) -> impl Iterator<Item = &T> {
    buffers.iter().take(MAX_BUFFERS)
}

fn check(result: libc::ssize_t) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// Receives into `buffer`; with `peek` the bytes stay where they are.
pub(crate) fn receive(fd: BorrowedFd<'_>, buffer: &mut [u8], peek: bool) -> io::Result<usize> {
    fault::check("recv")?;
    let flags = libc::MSG_DONTWAIT | if peek { libc::MSG_PEEK } else { 0 };
    // SAFETY: the buffer is writable over its whole length.
    unsafe { transfer::receive(fd, buffer.as_mut_ptr(), buffer.len(), flags) }
}

/// Sends from `buffer`. A peer that is gone is an error and no signal.
pub(crate) fn send(fd: BorrowedFd<'_>, buffer: &[u8]) -> io::Result<usize> {
    fault::check("send")?;
    let flags = libc::MSG_DONTWAIT | system::NO_SIGNAL;
    // SAFETY: the buffer is readable over its whole length.
    unsafe { transfer::send(fd, buffer.as_ptr(), buffer.len(), flags) }
}

/// [`receive`] into several buffers, in order.
pub(crate) fn receive_vectored(
    fd: BorrowedFd<'_>,
    buffers: &mut [IoSliceMut<'_>],
) -> io::Result<usize> {
    fault::check("recvmsg")?;
    let mut message = message(buffers.as_mut_ptr().cast(), buffers.len());
    // SAFETY: `IoSliceMut` has the layout of `iovec`; every buffer is writable.
    check(unsafe { libc::recvmsg(fd.as_raw_fd(), &mut message, libc::MSG_DONTWAIT) })
}

/// [`send`] from several buffers, in order.
pub(crate) fn send_vectored(fd: BorrowedFd<'_>, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
    fault::check("sendmsg")?;
    let message = message(buffers.as_ptr().cast_mut().cast(), buffers.len());
    let flags = libc::MSG_DONTWAIT | system::NO_SIGNAL;
    // SAFETY: `IoSlice` has the layout of `iovec`; every buffer is readable and is only read.
    check(unsafe { libc::sendmsg(fd.as_raw_fd(), &message, flags) })
}

fn message(buffers: *mut libc::iovec, length: usize) -> libc::msghdr {
    // SAFETY: integers and pointers, all of which may be zero. Some systems have padding fields.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    message.msg_iov = buffers;
    message.msg_iovlen = length.min(MAX_BUFFERS) as _;
    message
}

/// Receives a message into `buffer`, as much of it as there is room for; its length there, and the
/// sender. With `peek` the message stays.
pub(crate) fn receive_from(
    fd: BorrowedFd<'_>,
    buffer: &mut [u8],
    peek: bool,
) -> io::Result<(usize, Address)> {
    fault::check("recvfrom")?;
    let flags = libc::MSG_DONTWAIT | if peek { libc::MSG_PEEK } else { 0 };
    let (pointer, length) = (buffer.as_mut_ptr().cast(), buffer.len());
    Address::of(|address, room| {
        // SAFETY: the buffer is writable over its whole length, and so is the room for an address.
        check(unsafe { libc::recvfrom(fd.as_raw_fd(), pointer, length, flags, address, room) })
    })
}

/// Sends `buffer` as one message to `address`.
pub(crate) fn send_to(fd: BorrowedFd<'_>, buffer: &[u8], address: &Address) -> io::Result<usize> {
    fault::check("sendto")?;
    let flags = libc::MSG_DONTWAIT | system::NO_SIGNAL;
    let (pointer, length) = (buffer.as_ptr().cast(), buffer.len());
    let (to, to_length) = address.as_raw();
    // SAFETY: the buffer is readable over its whole length, and so is the address.
    check(unsafe { libc::sendto(fd.as_raw_fd(), pointer, length, flags, to, to_length) })
}

/// Accepts a connection: non-blocking, not inherited by `exec`.
pub(crate) fn accept(listener: BorrowedFd<'_>) -> io::Result<(OwnedFd, Address)> {
    loop {
        let accepted = fault::check("accept").and_then(|()| {
            // SAFETY: there is room for an address of the length that is given.
            Address::of(|address, room| unsafe {
                system::accept(listener.as_raw_fd(), address, room)
            })
        });
        match accepted {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Opens a socket of streams: non-blocking, not inherited by `exec`.
fn open(family: i32) -> io::Result<OwnedFd> {
    fault::check("socket")?;
    system::stream_socket(family)
}

/// Opens a socket and begins to connect it. The flag says whether it is connected already;
/// otherwise it becomes writable when that is decided, see [`connected`].
pub(crate) fn connect(address: &Address) -> io::Result<(OwnedFd, bool)> {
    let socket = open(address.family())?;
    let (pointer, length) = address.as_raw();
    let result = fault::check("connect").and_then(|()| {
        // SAFETY: `pointer` leads to an address of `length` bytes.
        check(unsafe { libc::connect(socket.as_raw_fd(), pointer, length) } as libc::ssize_t)
    });
    match result {
        Ok(_) => Ok((socket, true)),
        Err(error) => match error.raw_os_error() {
            Some(libc::EINPROGRESS | libc::EINTR) => Ok((socket, false)),
            _ => Err(error),
        },
    }
}

/// What a listener can be told before it is bound.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listening {
    pub(crate) backlog: u32,
    pub(crate) reuse_port: bool,
    pub(crate) only_v6: Option<bool>,
    pub(crate) ttl: Option<u32>,
}

/// Opens a socket that listens on `address`.
pub(crate) fn listen(address: &Address, options: Listening) -> io::Result<OwnedFd> {
    let socket = open(address.family())?;
    let fd = socket.as_fd();
    let ip = match address.family() {
        libc::AF_INET6 => (libc::IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS),
        _ => (libc::IPPROTO_IP, libc::IP_TTL),
    };
    set_option(fd, libc::SOL_SOCKET, libc::SO_REUSEADDR, 1)?;
    if options.reuse_port {
        set_option(fd, libc::SOL_SOCKET, libc::SO_REUSEPORT, 1)?;
    }
    if let Some(only) = options.only_v6 {
        set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, only.into())?;
    }
    if let Some(ttl) = options.ttl {
        set_option(fd, ip.0, ip.1, ttl.try_into().unwrap_or(i32::MAX))?;
    }
    fault::check("bind")?;
    let (pointer, length) = address.as_raw();
    // SAFETY: `pointer` leads to an address of `length` bytes.
    check(unsafe { libc::bind(fd.as_raw_fd(), pointer, length) } as libc::ssize_t)?;
    fault::check("listen")?;
    let backlog = options.backlog.try_into().unwrap_or(i32::MAX);
    // SAFETY: no pointers are passed.
    check(unsafe { libc::listen(fd.as_raw_fd(), backlog) } as libc::ssize_t)?;
    Ok(socket)
}

fn set_option(fd: BorrowedFd<'_>, level: i32, option: i32, value: i32) -> io::Result<()> {
    fault::check("setsockopt")?;
    let (pointer, length) = ((&raw const value).cast(), size_of_val(&value) as _);
    // SAFETY: `pointer` leads to `length` bytes.
    let result = unsafe { libc::setsockopt(fd.as_raw_fd(), level, option, pointer, length) };
    check(result as libc::ssize_t).map(drop)
}

/// Ends a socket in both directions; a listener, too, where the system can do that. Whoever waits for it in
/// a system call is woken.
pub(crate) fn shutdown(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: no pointers are passed.
    check(unsafe { libc::shutdown(fd.as_raw_fd(), libc::SHUT_RDWR) } as libc::ssize_t).map(drop)
}

/// How long the system would have a transfer wait on a socket that blocks: to `write`, or to read. `None` is for
/// ever, and what a file has that is no socket.
pub(crate) fn timeout(fd: BorrowedFd<'_>, write: bool) -> Option<Duration> {
    let option = if write {
        libc::SO_SNDTIMEO
    } else {
        libc::SO_RCVTIMEO
    };
    let mut value = libc::timeval {
        tv_sec: 0,
        tv_usec: 0,
    };
    let mut length = size_of_val(&value) as libc::socklen_t;
    let pointer = (&raw mut value).cast();
    let fd = fd.as_raw_fd();
    // SAFETY: `pointer` leads to `length` writable bytes.
    let result = unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, option, pointer, &mut length) };
    let seconds = u64::try_from(value.tv_sec).ok()?;
    let timeout = Duration::from_secs(seconds) + Duration::from_micros(value.tv_usec as u64);
    (result == 0 && !timeout.is_zero()).then_some(timeout)
}

/// How a connection that was begun has come out; `WouldBlock` while nothing is decided.
pub(crate) fn connected(socket: &std::net::TcpStream) -> io::Result<()> {
    if let Some(error) = socket.take_error()? {
        return Err(error);
    }
    // A readiness may be spurious: only a connected socket has a peer.
    match socket.peer_addr() {
        Err(error) if error.kind() == io::ErrorKind::NotConnected => {
            Err(io::ErrorKind::WouldBlock.into())
        }
        other => other.map(drop),
    }
}

/// Blocks the calling thread until `fd` is ready to be read (or written), or has failed. False
/// when `timeout` has passed before; it is rounded up to milliseconds.
pub(crate) fn poll(fd: BorrowedFd<'_>, write: bool, timeout: Option<Duration>) -> io::Result<bool> {
    let milliseconds = match timeout {
        None => -1,
        Some(timeout) => i32::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX),
    };
    let mut entry = libc::pollfd {
        fd: fd.as_raw_fd(),
        events: if write { libc::POLLOUT } else { libc::POLLIN },
        revents: 0,
    };
    let polled = fault::check("poll").and_then(|()| {
        // SAFETY: one entry, valid during the call.
        check(unsafe { libc::poll(&mut entry, 1, milliseconds) } as libc::ssize_t)
    });
    match polled {
        // As good as a spurious readiness.
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(true),
        Ok(_) if entry.revents & libc::POLLNVAL != 0 => {
            Err(io::Error::from_raw_os_error(libc::EBADF))
        }
        other => other.map(|ready| ready > 0),
    }
}

/// What the system says of a call that would block and may not, and when a socket's own timeout has passed.
pub(crate) fn would_block() -> io::Error {
    io::Error::from_raw_os_error(libc::EAGAIN)
}

/// Linux: the system calls themselves.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod transfer {
    use crate::sys::system_call::system_call;
    use std::io;
    use std::os::fd::{AsRawFd, BorrowedFd};

    const NO_ADDRESS: usize = 0;

    /// # Safety
    ///
    /// `buffer` is writable for `length` bytes.
    #[inline]
    pub(super) unsafe fn receive(
        fd: BorrowedFd<'_>,
        buffer: *mut u8,
        length: usize,
        flags: i32,
    ) -> io::Result<usize> {
        let (fd, flags, buffer) = (fd.as_raw_fd(), flags as usize, buffer.expose_provenance());
        let arguments = [fd as usize, buffer, length, flags, NO_ADDRESS, NO_ADDRESS];
        // SAFETY: passed on; the peer's address is not asked for.
        unsafe { system_call(libc::SYS_recvfrom, arguments) }
    }

    /// # Safety
    ///
    /// `buffer` is readable for `length` bytes.
    #[inline]
    pub(super) unsafe fn send(
        fd: BorrowedFd<'_>,
        buffer: *const u8,
        length: usize,
        flags: i32,
    ) -> io::Result<usize> {
        let (fd, flags, buffer) = (fd.as_raw_fd(), flags as usize, buffer.expose_provenance());
        let arguments = [fd as usize, buffer, length, flags, NO_ADDRESS, 0];
        // SAFETY: passed on; a stream needs no address.
        unsafe { system_call(libc::SYS_sendto, arguments) }
    }
}

/// Other systems: what libc has.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod transfer {
    use super::check;
    use std::io;
    use std::os::fd::{AsRawFd, BorrowedFd};

    /// # Safety
    ///
    /// `buffer` is writable for `length` bytes.
    pub(super) unsafe fn receive(
        fd: BorrowedFd<'_>,
        buffer: *mut u8,
        length: usize,
        flags: i32,
    ) -> io::Result<usize> {
        // SAFETY: passed on.
        check(unsafe { libc::recv(fd.as_raw_fd(), buffer.cast(), length, flags) })
    }

    /// # Safety
    ///
    /// `buffer` is readable for `length` bytes.
    pub(super) unsafe fn send(
        fd: BorrowedFd<'_>,
        buffer: *const u8,
        length: usize,
        flags: i32,
    ) -> io::Result<usize> {
        // SAFETY: passed on.
        check(unsafe { libc::send(fd.as_raw_fd(), buffer.cast(), length, flags) })
    }
}

/// Systems whose calls take the flags of the new socket along.
#[cfg(not(target_vendor = "apple"))]
mod system {
    use super::*;

    pub(super) const NO_SIGNAL: i32 = libc::MSG_NOSIGNAL;

    const FLAGS: i32 = libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;

    pub(super) fn stream_socket(family: i32) -> io::Result<OwnedFd> {
        // SAFETY: no pointers are passed.
        let fd = unsafe { libc::socket(family, libc::SOCK_STREAM | FLAGS, 0) };
        check(fd as libc::ssize_t)?;
        // SAFETY: a new descriptor that nobody else owns.
        Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    }

    /// # Safety
    ///
    /// `address` is writable for `length` bytes.
    pub(super) unsafe fn accept(
        fd: i32,
        address: *mut libc::sockaddr,
        length: *mut libc::socklen_t,
    ) -> io::Result<OwnedFd> {
        // SAFETY: passed on.
        let fd = unsafe { libc::accept4(fd, address, length, FLAGS) };
        check(fd as libc::ssize_t)?;
        // SAFETY: a new descriptor that nobody else owns.
        Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    }
}

/// macOS and its kin: the flags are set one by one, and a missing peer is muted per socket.
#[cfg(target_vendor = "apple")]
mod system {
    use super::*;

    pub(super) const NO_SIGNAL: i32 = 0;

    /// # Safety
    ///
    /// `fd` is negative, or a new socket that nobody else owns.
    unsafe fn prepare(fd: i32) -> io::Result<OwnedFd> {
        check(fd as libc::ssize_t)?;
        // SAFETY: by this function's contract.
        let socket = unsafe { OwnedFd::from_raw_fd(fd) };
        let one: libc::c_int = 1;
        let value = (&raw const one).cast();
        let length = size_of_val(&one) as libc::socklen_t;
        // SAFETY: no pointers are passed.
        check(unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) } as libc::ssize_t)?;
        // SAFETY: no pointers are passed.
        check(unsafe { libc::fcntl(fd, libc::F_SETFL, libc::O_NONBLOCK) } as libc::ssize_t)?;
        // SAFETY: `value` is valid for `length` bytes. A socket whose peer has closed it already
        // refuses the option; it raises no signal that std would not ignore.
        unsafe { libc::setsockopt(fd, libc::SOL_SOCKET, libc::SO_NOSIGPIPE, value, length) };
        Ok(socket)
    }

    pub(super) fn stream_socket(family: i32) -> io::Result<OwnedFd> {
        // SAFETY: no pointers are passed; the descriptor is new.
        unsafe { prepare(libc::socket(family, libc::SOCK_STREAM, 0)) }
    }

    /// # Safety
    ///
    /// `address` is writable for `length` bytes.
    pub(super) unsafe fn accept(
        fd: i32,
        address: *mut libc::sockaddr,
        length: *mut libc::socklen_t,
    ) -> io::Result<OwnedFd> {
        // SAFETY: passed on; the descriptor is new.
        unsafe { prepare(libc::accept(fd, address, length)) }
    }
}
