//! Socket calls that never block, and the one that does: `poll`, for OS threads.
//!
//! std offers most of what a socket can do; here is what it does not: opening and accepting
//! sockets that are non-blocking from the start, and transfers that do not block whatever mode the
//! socket is in. That mode belongs to the open file, so whoever holds a duplicate can change it at
//! any time, and one blocking call would stop a whole worker: `MSG_DONTWAIT` leaves it no say.

use super::fault;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
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
    check(unsafe { transfer::receive(fd.as_raw_fd(), buffer.as_mut_ptr(), buffer.len(), flags) })
}

/// Sends from `buffer`. A peer that is gone is an error and no signal.
pub(crate) fn send(fd: BorrowedFd<'_>, buffer: &[u8]) -> io::Result<usize> {
    fault::check("send")?;
    let flags = libc::MSG_DONTWAIT | system::NO_SIGNAL;
    // SAFETY: the buffer is readable over its whole length.
    check(unsafe { transfer::send(fd.as_raw_fd(), buffer.as_ptr(), buffer.len(), flags) })
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

/// Accepts a connection: non-blocking, not inherited by `exec`.
pub(crate) fn accept(listener: BorrowedFd<'_>) -> io::Result<(OwnedFd, SocketAddr)> {
    // SAFETY: integers and arrays of them.
    let mut storage: libc::sockaddr_storage = unsafe { mem::zeroed() };
    let mut length = size_of_val(&storage) as libc::socklen_t;
    loop {
        let result = fault::check("accept").and_then(|()| {
            let address = (&raw mut storage).cast();
            // SAFETY: `storage` is writable for `length` bytes.
            unsafe { system::accept(listener.as_raw_fd(), address, &mut length) }
        });
        match result {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
            Ok(fd) => return Ok((fd, decode(&storage)?)),
        }
    }
}

/// Opens a socket and begins to connect it. The flag says whether it is connected already;
/// otherwise it becomes writable when that is decided, see [`connected`].
pub(crate) fn connect(address: &SocketAddr) -> io::Result<(OwnedFd, bool)> {
    let family = match address {
        SocketAddr::V4(_) => libc::AF_INET,
        SocketAddr::V6(_) => libc::AF_INET6,
    };
    fault::check("socket")?;
    let socket = system::stream_socket(family)?;
    let (storage, length) = encode(address);
    let result = fault::check("connect").and_then(|()| {
        let address = (&raw const storage).cast();
        // SAFETY: `storage` holds an address of `length` bytes.
        check(unsafe { libc::connect(socket.as_raw_fd(), address, length) } as libc::ssize_t)
    });
    match result {
        Ok(_) => Ok((socket, true)),
        Err(error) => match error.raw_os_error() {
            Some(libc::EINPROGRESS | libc::EINTR) => Ok((socket, false)),
            _ => Err(error),
        },
    }
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
    fault::check("poll")?;
    let milliseconds = match timeout {
        None => -1,
        Some(timeout) => i32::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX),
    };
    let mut entry = libc::pollfd {
        fd: fd.as_raw_fd(),
        events: if write { libc::POLLOUT } else { libc::POLLIN },
        revents: 0,
    };
    // SAFETY: one entry, valid during the call.
    let result = unsafe { libc::poll(&mut entry, 1, milliseconds) };
    match check(result as libc::ssize_t) {
        // As good as a spurious readiness.
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(true),
        Ok(_) if entry.revents & libc::POLLNVAL != 0 => {
            Err(io::Error::from_raw_os_error(libc::EBADF))
        }
        other => other.map(|ready| ready > 0),
    }
}

/// What the system says when a socket's own timeout has passed.
pub(crate) fn timed_out() -> io::Error {
    io::Error::from_raw_os_error(libc::EAGAIN)
}

fn encode(address: &SocketAddr) -> (libc::sockaddr_storage, libc::socklen_t) {
    // SAFETY: integers and arrays of them.
    let mut storage: libc::sockaddr_storage = unsafe { mem::zeroed() };
    let length = match address {
        SocketAddr::V4(address) => {
            // SAFETY: the storage is large and aligned enough for every kind of address.
            let v4 = unsafe { &mut *(&raw mut storage).cast::<libc::sockaddr_in>() };
            v4.sin_family = libc::AF_INET as libc::sa_family_t;
            v4.sin_port = address.port().to_be();
            v4.sin_addr.s_addr = u32::from_ne_bytes(address.ip().octets());
            size_of_val(v4)
        }
        SocketAddr::V6(address) => {
            // SAFETY: as above.
            let v6 = unsafe { &mut *(&raw mut storage).cast::<libc::sockaddr_in6>() };
            v6.sin6_family = libc::AF_INET6 as libc::sa_family_t;
            v6.sin6_port = address.port().to_be();
            v6.sin6_addr.s6_addr = address.ip().octets();
            v6.sin6_flowinfo = address.flowinfo();
            v6.sin6_scope_id = address.scope_id();
            size_of_val(v6)
        }
    };
    (storage, length as libc::socklen_t)
}

fn decode(storage: &libc::sockaddr_storage) -> io::Result<SocketAddr> {
    match i32::from(storage.ss_family) {
        libc::AF_INET => {
            // SAFETY: the family says what the storage holds.
            let v4 = unsafe { &*std::ptr::from_ref(storage).cast::<libc::sockaddr_in>() };
            let ip = Ipv4Addr::from(v4.sin_addr.s_addr.to_ne_bytes());
            Ok(SocketAddrV4::new(ip, u16::from_be(v4.sin_port)).into())
        }
        libc::AF_INET6 => {
            // SAFETY: as above.
            let v6 = unsafe { &*std::ptr::from_ref(storage).cast::<libc::sockaddr_in6>() };
            let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
            let port = u16::from_be(v6.sin6_port);
            Ok(SocketAddrV6::new(ip, port, v6.sin6_flowinfo, v6.sin6_scope_id).into())
        }
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the peer's address is not one of the internet",
        )),
    }
}

/// Linux: the system calls themselves. In a process with several threads glibc's `recv` and `send`
/// are cancellation points, four locked instructions a request for what we never use.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod transfer {
    use std::ptr;

    const NO_ADDRESS: *const libc::sockaddr = ptr::null();

    /// # Safety
    ///
    /// `buffer` is writable for `length` bytes.
    #[inline]
    pub(super) unsafe fn receive(
        fd: i32,
        buffer: *mut u8,
        length: usize,
        flags: i32,
    ) -> libc::ssize_t {
        let call = libc::SYS_recvfrom;
        // SAFETY: passed on; the peer's address is not asked for.
        (unsafe { libc::syscall(call, fd, buffer, length, flags, NO_ADDRESS, NO_ADDRESS) })
            as libc::ssize_t
    }

    /// # Safety
    ///
    /// `buffer` is readable for `length` bytes.
    #[inline]
    pub(super) unsafe fn send(
        fd: i32,
        buffer: *const u8,
        length: usize,
        flags: i32,
    ) -> libc::ssize_t {
        let call = libc::SYS_sendto;
        // SAFETY: passed on; a stream needs no address.
        (unsafe { libc::syscall(call, fd, buffer, length, flags, NO_ADDRESS, 0_usize) })
            as libc::ssize_t
    }
}

/// Other systems: what libc has.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod transfer {
    /// # Safety
    ///
    /// `buffer` is writable for `length` bytes.
    pub(super) unsafe fn receive(
        fd: i32,
        buffer: *mut u8,
        length: usize,
        flags: i32,
    ) -> libc::ssize_t {
        // SAFETY: passed on.
        unsafe { libc::recv(fd, buffer.cast(), length, flags) }
    }

    /// # Safety
    ///
    /// `buffer` is readable for `length` bytes.
    pub(super) unsafe fn send(
        fd: i32,
        buffer: *const u8,
        length: usize,
        flags: i32,
    ) -> libc::ssize_t {
        // SAFETY: passed on.
        unsafe { libc::send(fd, buffer.cast(), length, flags) }
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
        length: &mut libc::socklen_t,
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
        length: &mut libc::socklen_t,
    ) -> io::Result<OwnedFd> {
        // SAFETY: passed on; the descriptor is new.
        unsafe { prepare(libc::accept(fd, address, length)) }
    }
}
