//! The atomics and locks of the lock-free files: `std`'s, or loom's when a model runs.
//!
//! A file whose protocol has a loom model takes its primitives from here and nowhere else, so that
//! the model checks the very code that ships. Everything else uses `std` directly.

#[cfg(not(loom))]
mod chosen {
    pub(crate) use std::hint::spin_loop;
    pub(crate) use std::sync::{Mutex, MutexGuard, atomic};
}

#[cfg(loom)]
mod chosen {
    pub(crate) use loom::hint::spin_loop;
    pub(crate) use loom::sync::{Mutex, MutexGuard, atomic};
}

pub(crate) use chosen::*;
