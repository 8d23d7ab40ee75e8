//! Stacks: how much of one a task has left, and how it gets more.
//!
//! A task's first segment grows by itself, page by page, up to its size. Recursion that may go
//! deeper says so with [`maybe_grow`], and continues on linked segments as far as memory goes.
//!
//! # Inside
//!
//! A worker takes a `Stack` from its `Pool` when a task first runs and gives it back when the task
//! has finished. Pools are filled from arenas, which all workers share; below each stack is a guard,
//! and `guard` is the handler that names the task that ran into it.
//!
//! | file       | what                                                        |
//! | ---------- | ----------------------------------------------------------- |
//! | `class.rs` | the sizes a stack comes in                                  |
//! | `slot.rs`  | one stack: where base, limit and guard lie                  |
//! | `arena.rs` | mappings cut into slots, shared, behind locks               |
//! | `pool.rs`  | a worker's warm stacks; trimming                            |
//! | `guard.rs` | the report of an overflow                                   |
//! | `token.rs` | what stands for all of it under Miri, which maps nothing    |
//!
//! `docs/stacks.md` has the reasons and the measurements.

mod class;

#[cfg(not(miri))]
mod arena;
#[cfg(not(miri))]
pub(crate) mod guard;
#[cfg(not(miri))]
mod pool;
#[cfg(not(miri))]
mod slot;
#[cfg(not(miri))]
mod mapped {
    pub(crate) use super::arena::{reserved, resident as bytes_resident};
    pub(crate) use super::pool::{PIECE, Pool};
    pub(crate) use super::slot::Stack;
}

#[cfg(miri)]
#[path = "token.rs"]
mod mapped;
#[cfg(miri)]
pub(crate) use mapped::guard;

#[cfg(all(test, not(miri)))]
mod tests;
#[cfg(all(test, not(miri), target_os = "linux"))]
mod tests_measure;
#[cfg(all(test, not(miri)))]
mod tests_overflow;
#[cfg(all(test, not(miri), target_os = "linux"))]
mod tests_trimming;

use std::io;

pub use crate::scheduler::{grow, high_water, maybe_grow, remaining};
pub(crate) use class::Class;
pub(crate) use mapped::{PIECE, Pool, Stack, reserved};

/// How many bytes of the stacks of this process are in memory now, in use or not, as the system counts
/// them: whole pages.
///
/// The system is asked about each page there could be, which takes about a microsecond a stack. Blocks
/// the worker meanwhile.
///
/// # Errors
///
/// What the system answers if it does not tell.
///
/// # Examples
///
/// ```
/// let resident = teem::run(teem::stack::resident)?;
/// assert!((4096..1 << 30).contains(&resident));
/// # std::io::Result::Ok(())
/// ```
pub fn resident() -> io::Result<usize> {
    mapped::bytes_resident()
}
