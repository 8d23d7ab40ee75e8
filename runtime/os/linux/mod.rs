//! Linux: `std::os::linux`.

pub mod net;
