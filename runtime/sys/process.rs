//! Calls about processes that std does not offer.

use super::fault;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd};

/// A descriptor that is readable once the process has ended. Not inherited by `exec`.
///
/// # Errors
///
/// A kernel before 5.3, or one that is told to refuse it; too many open files.
pub(crate) fn pidfd_open(id: u32) -> io::Result<OwnedFd> {
    fault::check("pidfd_open")?;
    // SAFETY: no pointers are passed.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, id as libc::pid_t, 0_u32) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a new descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}
