//! Calls on any open file that std does not offer.

use super::fault;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Sets or clears `O_NONBLOCK`, which belongs to the open file: all duplicates share it.
pub(crate) fn set_nonblocking(fd: BorrowedFd<'_>, nonblocking: bool) -> io::Result<()> {
    fault::check("fcntl")?;
    let fd = fd.as_raw_fd();
    // SAFETY: no pointers are passed.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
    if flags < 0 {
        return Err(io::Error::last_os_error());
    }
    let wanted = match nonblocking {
        true => flags | libc::O_NONBLOCK,
        false => flags & !libc::O_NONBLOCK,
    };
    // SAFETY: as above.
    if wanted != flags && unsafe { libc::fcntl(fd, libc::F_SETFL, wanted) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
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
