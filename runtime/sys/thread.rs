//! What is asked of the system for one thread.
//!
//! | item                  | Linux                                | elsewhere |
//! | --------------------- | ------------------------------------ | --------- |
//! | `yield_to_all`        | the policy `SCHED_IDLE`              | nothing   |
//! | `unshare_descriptors` | `close_range`, `CLOSE_RANGE_UNSHARE` | nothing   |
//! | `take_no_signals`     | `pthread_sigmask`                    | nothing   |

pub(crate) use platform::{take_no_signals, unshare_descriptors, yield_to_all};

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

    /// Gives the calling thread a table of descriptors of its own, with nothing in it: it must not use any from now on.
    /// Needs Linux 5.9; before, or where a sandbox refuses, nothing changes.
    pub(crate) fn unshare_descriptors() {
        // SAFETY: no pointers are passed. The descriptors of the others stay open: the table is a new one.
        unsafe {
            libc::syscall(
                libc::SYS_close_range,
                0,
                libc::c_uint::MAX,
                libc::CLOSE_RANGE_UNSHARE,
            )
        };
    }

    /// Has signals that are sent to the process go to its other threads.
    pub(crate) fn take_no_signals() {
        // SAFETY: a set of bits.
        let mut all: libc::sigset_t = unsafe { std::mem::zeroed() };
        // SAFETY: the set is written, then read, during the calls.
        unsafe {
            libc::sigfillset(&raw mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, std::ptr::null_mut());
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod platform {
    pub(crate) fn yield_to_all() {}

    pub(crate) fn unshare_descriptors() {}

    pub(crate) fn take_no_signals() {}
}
