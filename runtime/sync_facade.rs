//! The atomics and locks of the lock-free files: `std`'s, or loom's when a model runs.
//!
//! A file whose protocol has a loom model takes its primitives from here and nowhere else, so that
//! the model checks the very code that ships. Everything else uses `std` directly.
//!
//! loom's constructors are not `const`. What contains them and has a `const` one is written in
//! [`const_unless_loom!`], which leaves the word out in models.

/// Makes a function `const`, except in a model: loom's primitives have no `const` constructors.
#[cfg(not(loom))]
macro_rules! const_unless_loom {
    ($(#[$meta:meta])* $visible:vis fn $($rest:tt)*) => {
        $(#[$meta])* $visible const fn $($rest)*
    };
}

#[cfg(loom)]
macro_rules! const_unless_loom {
    ($function:item) => {
        $function
    };
}

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
pub(crate) use const_unless_loom;
