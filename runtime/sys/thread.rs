//! What is asked of the system for one thread.
//!
//! | item                  | Linux                                | elsewhere |
//! | --------------------- | ------------------------------------ | --------- |
//! | `yield_to_all`        | the policy `SCHED_IDLE`              | nothing   |
//! | `unshare_descriptors` | `close_range`, `CLOSE_RANGE_UNSHARE` | nothing   |

pub(crate) use platform::{unshare_descriptors, yield_to_all};

#[cfg(any(target_os = "linux", target_os = "android"))]
mod platform {
    /// Has the calling thread run only when no other wants its processor. A sandbox may refuse; then it runs like
    /// any other.
    pub(crate) fn yield_to_all() {
        // SAFETY: a structure of integers.
        let parameter: libc::sched_param = unsafe { std::mem::zeroed() };
        // SAFETY: 0 is the calling thread, and the structure is read during the call.
        unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const parameter) };
    }

    /// Gives the calling thread a table of descriptors of its own, with no more in it than the standard streams: it
    /// must not use any other from now on, and those that it opens nobody else sees. Needs Linux 5.9; before, or where
    /// a sandbox refuses, nothing changes.
    pub(crate) fn unshare_descriptors() {
        let first = libc::STDERR_FILENO + 1;
        // SAFETY: no pointers are passed. The descriptors of the others stay open: the table is a new one.
        unsafe {
            libc::syscall(
                libc::SYS_close_range,
                first,
                libc::c_uint::MAX,
                libc::CLOSE_RANGE_UNSHARE,
            )
        };
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod platform {
    pub(crate) fn yield_to_all() {}

    pub(crate) fn unshare_descriptors() {}
}
