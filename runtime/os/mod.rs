//! What one kind of operating system has and others do not: `std::os`.
//!
//! What waits is ours, what does not is std's own, re-exported.

pub mod unix;

#[cfg(target_os = "linux")]
pub mod linux;

pub mod fd {
    //! Descriptors: `std::os::fd`.

    pub use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
}
