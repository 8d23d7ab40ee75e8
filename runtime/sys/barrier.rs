//! A memory barrier in every thread of the process at once, asked for by one of them.
//!
//! What two threads have to fence against each other costs both a fence each time. Where one of them does its part
//! far more often, it can do with a fence for the compiler, and the other one has all processors that run threads of
//! this process make a real one: Linux's `membarrier`, some microseconds. The process has to be registered for
//! that, which takes microseconds while it has one thread and tens of milliseconds later.
//!
//! Elsewhere, and where a sandbox forbids it, there is none.

use std::sync::atomic::{AtomicU8, Ordering};

const UNKNOWN: u8 = 0;
const READY: u8 = 1;
const REFUSED: u8 = 2;

static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);

/// Registers the process, the first time.
pub(crate) fn enable() {
    // ORDERING: Relaxed, a second registration does no harm.
    if STATE.load(Ordering::Relaxed) == UNKNOWN {
        let state = match platform::register() {
            true => READY,
            false => REFUSED,
        };
        // ORDERING: Relaxed, the registration is the kernel's.
        STATE.store(state, Ordering::Relaxed);
    }
}

/// [`enable`], if that takes no time: while this is the only thread.
pub(crate) fn enable_if_alone() {
    if is_enabled().is_none() && is_alone() {
        enable();
    }
}

/// Whether the process has one thread, as far as the system says.
pub(crate) fn is_alone() -> bool {
    platform::is_alone()
}

/// Whether [`all_threads`] may be called; `None` while that is not known yet.
pub(crate) fn is_enabled() -> Option<bool> {
    // ORDERING: Relaxed, as in `enable`.
    match STATE.load(Ordering::Relaxed) {
        UNKNOWN if platform::EXISTS => None,
        state => Some(state == READY),
    }
}

/// Every thread of the process has made a full memory barrier somewhere between the begin and the end of this call.
///
/// # Panics
///
/// If the system refuses what it has allowed before.
pub(crate) fn all_threads() {
    if let Err(error) = platform::barrier() {
        panic!(
            "teem: the system refuses a memory barrier (membarrier) that it has allowed before: {error}"
        );
    }
}

#[cfg(all(any(target_os = "linux", target_os = "android"), not(miri)))]
mod platform {
    use std::io;

    pub(super) const EXISTS: bool = true;

    fn membarrier(command: libc::c_int) -> io::Result<()> {
        // SAFETY: the call has no pointers and changes no memory.
        match unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    pub(super) fn is_alone() -> bool {
        let threads = std::fs::read_dir("/proc/self/task");
        threads.is_ok_and(|threads| threads.take(2).count() == 1)
    }

    pub(super) fn register() -> bool {
        membarrier(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED).is_ok()
    }

    pub(super) fn barrier() -> io::Result<()> {
        membarrier(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED)
    }
}

#[cfg(not(all(any(target_os = "linux", target_os = "android"), not(miri))))]
mod platform {
    use std::io;

    pub(super) const EXISTS: bool = false;

    pub(super) fn is_alone() -> bool {
        false
    }

    pub(super) fn register() -> bool {
        false
    }

    pub(super) fn barrier() -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
