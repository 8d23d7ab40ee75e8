//! Linux: `std::os::linux`.

pub mod net;

pub mod fs {
    //! Files: `std::os::linux::fs`.

    pub use std::os::linux::fs::MetadataExt;
}
