//! `std::thread`'s names over tasks, for programs that change their `use` lines.
//!
//! [`spawn`] here is [`teem::spawn`](crate::spawn) with the handle that std's has, and so on through
//! all of `std::thread`. New code has less to type with the functions at the root of the crate and
//! in [`task`](crate::task), whose handles can do more. Called outside of a task, a function of the
//! current thread means the OS thread, as std's does.
//!
//! # What is different
//!
//! - A task shares its OS thread with others. Thread-locals are those of that thread: every task
//!   of a worker sees the same ones, though no two at once, and none is dropped when a task ends.
//! - [`panicking`] asks the OS thread. While one task is parked in a destructor that a panic runs,
//!   the others of its worker are told so, too.
//! - What blocks without this crate's help, `std::net` or a lock of `std::sync`, blocks all tasks of
//!   the worker.
//! - In a cancelled task [`sleep`] and [`park`] return early. No task is cancelled but by
//!   someone who asks for it, which std has no means for.
//! - A stack of more than 256 MiB is refused with `InvalidInput`; [`stack::grow`](crate::stack::grow)
//!   continues on a further segment instead. A name may contain anything.
//! - When `main` returns the process ends and tasks with it, as threads do.
//!
//! # Inside
//!
//! | file         | what it holds                                             |
//! | ------------ | --------------------------------------------------------- |
//! | `current.rs` | `Thread`, `ThreadId` and what the current one can do      |
//! | `spawn.rs`   | `spawn`, `Builder`, `JoinHandle`                          |
//! | `scoped.rs`  | `scope`, `Scope`, `ScopedJoinHandle`                      |

mod current;
mod scoped;
mod spawn;

pub use crate::task::{park, park_timeout, yield_now};
pub use crate::time::sleep;
pub use current::{Thread, ThreadId, current};
#[expect(deprecated, reason = "std still has them, so programs may")]
pub use current::{park_timeout_ms, sleep_ms};
pub use scoped::{Scope, ScopedJoinHandle, scope};
pub use spawn::{Builder, JoinHandle, spawn};
pub use std::thread::{AccessError, LocalKey, Result, available_parallelism, panicking};
