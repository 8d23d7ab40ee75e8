//! Unix: `std::os::unix`.

pub mod net;

pub mod io {
    //! Descriptors: `std::os::unix::io`.

    pub use crate::os::fd::*;
}
