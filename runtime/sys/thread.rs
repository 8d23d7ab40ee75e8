//! What is asked of the system for one thread.
//!
//! | item           | Linux                     | elsewhere |
//! | -------------- | ------------------------- | --------- |
//! | `yield_to_all` | the policy `SCHED_IDLE`   | nothing   |

pub(crate) use platform::yield_to_all;

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
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod platform {
    pub(crate) fn yield_to_all() {}
}
