//! Calls on any open file that std does not offer.

use super::fault;
use std::io::{self, IsTerminal};
use std::os::fd::{AsRawFd, BorrowedFd};

/// Sets or clears `O_NONBLOCK`, which belongs to the open file: all duplicates share it.
pub(crate) fn set_nonblocking(fd: BorrowedFd<'_>, nonblocking: bool) -> io::Result<()> {
    fault::check("fcntl")?;
    let flags = flags(fd)?;
    let fd = fd.as_raw_fd();
    let wanted = match nonblocking {
        true => flags | libc::O_NONBLOCK,
        false => flags & !libc::O_NONBLOCK,
    };
    // SAFETY: no pointers are passed.
    if wanted != flags && unsafe { libc::fcntl(fd, libc::F_SETFL, wanted) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Whether `O_NONBLOCK` is set.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn is_nonblocking(fd: BorrowedFd<'_>) -> io::Result<bool> {
    flags(fd).map(|flags| flags & libc::O_NONBLOCK != 0)
}

fn flags(fd: BorrowedFd<'_>) -> io::Result<i32> {
    // SAFETY: no pointers are passed.
    match unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) } {
        flags if flags < 0 => Err(io::Error::last_os_error()),
        flags => Ok(flags),
    }
}

/// Reads from any file, and blocks if that does.
pub(crate) fn read(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<usize> {
    fault::check("read")?;
    let length = fault::limit("read", buffer.len());
    // SAFETY: the buffer is writable over its whole length, which is not less.
    let result = unsafe { libc::read(fd.as_raw_fd(), buffer.as_mut_ptr().cast(), length) };
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// Writes to any file, and blocks if that does.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn write(fd: BorrowedFd<'_>, buffer: &[u8]) -> io::Result<usize> {
    fault::check("write")?;
    let length = fault::limit("write", buffer.len());
    // SAFETY: the buffer is readable over its whole length, which is not less.
    let result = unsafe { libc::write(fd.as_raw_fd(), buffer.as_ptr().cast(), length) };
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// The standard input of the process.
pub(crate) fn stdin() -> BorrowedFd<'static> {
    // SAFETY: as in std, the standard streams are open, or who closes them answers for it.
    unsafe { BorrowedFd::borrow_raw(libc::STDIN_FILENO) }
}

/// The standard output of the process.
pub(crate) fn stdout() -> BorrowedFd<'static> {
    // SAFETY: as above.
    unsafe { BorrowedFd::borrow_raw(libc::STDOUT_FILENO) }
}

/// The standard error of the process.
pub(crate) fn stderr() -> BorrowedFd<'static> {
    // SAFETY: as above.
    unsafe { BorrowedFd::borrow_raw(libc::STDERR_FILENO) }
}

/// Whether an error says that there is no such descriptor.
pub(crate) fn is_closed(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EBADF)
}

/// Whether a file that can be written, as `poll` says, takes a short write for sure and does not block: a regular
/// file, a pipe, which then has room for a page, a socket, the null device. Not so a terminal, which may have room for
/// a byte.
pub(crate) fn keeps_its_word(fd: BorrowedFd<'_>) -> bool {
    let mut status = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: `status` is large enough, and written where the call succeeds.
    let mode = unsafe {
        if libc::fstat(fd.as_raw_fd(), status.as_mut_ptr()) != 0 {
            return false;
        }
        status.assume_init().st_mode
    };
    match mode & libc::S_IFMT {
        libc::S_IFREG | libc::S_IFIFO | libc::S_IFSOCK => true,
        libc::S_IFCHR => !fd.is_terminal(),
        _ => false,
    }
}

/// Reads what lies in memory already. `None`: that cannot be told, or is nothing: ask for it by a call
/// that may block.
#[cfg(all(any(target_os = "linux", target_os = "android"), not(miri)))]
pub(crate) fn read_cached(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> Option<usize> {
    let vector = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    };
    // The position of the file, which is split in two words that the kernel joins.
    let position: libc::c_long = -1;
    // By number: the wrapper is newer than the oldest libc that we run on.
    // SAFETY: one buffer, writable over its whole length, during the call alone.
    let result = unsafe {
        libc::syscall(
            libc::SYS_preadv2,
            fd.as_raw_fd(),
            &raw const vector,
            1,
            position,
            position,
            libc::RWF_NOWAIT,
        )
    };
    // Some kernels say 0 where they mean that nothing is in memory.
    usize::try_from(result).ok().filter(|read| *read > 0)
}

/// Other systems cannot tell.
#[cfg(not(all(any(target_os = "linux", target_os = "android"), not(miri))))]
pub(crate) fn read_cached(_: BorrowedFd<'_>, _: &mut [u8]) -> Option<usize> {
    None
}

/// Moves up to `length` bytes from one file to another, one of which is a pipe, without copying them.
/// Blocks for neither, if both are non-blocking.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn splice(from: BorrowedFd<'_>, to: BorrowedFd<'_>, length: usize) -> io::Result<usize> {
    fault::check("splice")?;
    let length = fault::limit("splice", length);
    let flags = libc::SPLICE_F_MOVE | libc::SPLICE_F_NONBLOCK;
    let (from, to) = (from.as_raw_fd(), to.as_raw_fd());
    let current = std::ptr::null_mut();
    // SAFETY: no positions are passed, so those of the files are used.
    let result = unsafe { libc::splice(from, current, to, current, length, flags) };
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// Sends up to `length` bytes of a file from its position on, which moves. Waits for the disk, but not
/// for the receiver, if that is non-blocking.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn sendfile(
    from: BorrowedFd<'_>,
    to: BorrowedFd<'_>,
    length: usize,
) -> io::Result<usize> {
    fault::check("sendfile")?;
    let length = fault::limit("sendfile", length);
    let (from, to) = (from.as_raw_fd(), to.as_raw_fd());
    // SAFETY: no position is passed, so that of the file is used.
    let result = unsafe { libc::sendfile(to, from, std::ptr::null_mut(), length) };
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}
