//! The thread's `errno`, which a signal handler has to leave as it was.

#[cfg(any(target_os = "linux", target_os = "dragonfly"))]
use libc::__errno_location as location;

#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
use libc::__error as location;

#[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
use libc::__errno as location;

pub(crate) fn get() -> i32 {
    // SAFETY: the address is that of an integer of this thread.
    unsafe { *location() }
}

pub(crate) fn set(value: i32) {
    // SAFETY: as above.
    unsafe { *location() = value }
}
