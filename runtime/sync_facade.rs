//! The atomics and locks of the lock-free files: `std`'s, or loom's when a model runs.
//!
//! A file whose protocol has a loom model takes its primitives from here and nowhere else, so that
//! the model checks the very code that ships. Everything else uses `std` directly.
//!
//! loom's constructors are not `const`. What contains them and has a `const` one is written in
//! [`const_fn!`], which leaves the word out in models.

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
    /// The functions inside are `const`.
    macro_rules! const_fn {
        ($($(#[$attribute:meta])* $visibility:vis fn $name:ident $arguments:tt -> $result:ty $body:block)+) => {
            $($(#[$attribute])* $visibility const fn $name $arguments -> $result $body)+
        };
    }

    pub(crate) use const_fn;
    pub(crate) use std::hint::spin_loop;
    pub(crate) use std::sync::{Mutex, MutexGuard, atomic};
}

#[cfg(loom)]
mod chosen {
    /// The functions inside would be `const`, were it not for loom.
    macro_rules! const_fn {
        ($($(#[$attribute:meta])* $visibility:vis fn $name:ident $arguments:tt -> $result:ty $body:block)+) => {
            $($(#[$attribute])* $visibility fn $name $arguments -> $result $body)+
        };
    }

    pub(crate) use const_fn;
    pub(crate) use loom::hint::spin_loop;
    pub(crate) use loom::sync::{Mutex, MutexGuard, atomic};
}

pub(crate) use chosen::*;
pub(crate) use const_unless_loom;
