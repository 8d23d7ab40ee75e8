//! Tasks: functions that run concurrently, cheap enough to have a million of them.
//!
//! [`spawn`](crate::spawn) starts one, [`Builder`] one with a name or a stack of another size, and
//! [`spawn_local`] one that may hold what is not `Send`. Within a task a blocking call of this
//! crate parks the task and lets others run.
//!
//! A task begins on any worker of its runtime and then stays on that worker's thread. So it may
//! keep on its stack what is not `Send`, an `Rc` or a guard of `std`'s mutex, over any call.
//!
//! # Inside
//!
//! | file             | what it holds                                                        |
//! | ---------------- | -------------------------------------------------------------------- |
//! | `header.rs`      | the part of a task whose type everybody knows, and its references    |
//! | `cell.rs`        | the whole allocation: header, closure, result                        |
//! | `slab.rs`        | where cells lie                                                      |
//! | `magazine.rs`    | the free ones that a worker keeps                                    |
//! | `steps.rs`       | tasks that run in steps and hold no stack in between                 |
//! | `join.rs`        | the word on which a task and its `JoinHandle` meet                   |
//! | `waiter.rs`      | one wait of one task or thread: the claim that ends it               |
//! | `parker.rs`      | what an OS thread blocks on while it waits                           |
//! | `list.rs`        | waiters in a row, and others who stand elsewhere                     |
//! | `interrupt.rs`   | the word through which `unpark` and `cancel` reach a waiting task    |
//! | `context.rs`     | what ends a context, when, and the values that it carries            |
//! | `cancel.rs`      | the tree of what can be cancelled, and whom it tells                 |
//! | `ambient.rs`     | the context that a task or thread is in                              |
//! | `family.rs`      | the children of a scope, counted                                     |
//! | `local.rs`       | values of which every task has its own                               |
//!
//! Nothing in these files knows of workers or queues. A claim that makes a task ready hands its
//! header to the caller, and the caller is the scheduler, which also provides the public face.

mod ambient;
mod cancel;
mod cell;
mod context;
mod family;
mod header;
mod interrupt;
mod join;
mod list;
mod local;
mod magazine;
mod parker;
mod slab;
mod steps;
mod waiter;

#[cfg(all(test, loom))]
pub(crate) mod models;
#[cfg(all(test, not(loom)))]
mod tests;

pub use crate::scheduler::{
    Builder, JoinHandle, Task, TaskId, checkpoint, current, forbid_park, park, park_timeout,
    spawn_local, spawn_steps, try_current, wait_timed_out, yield_now,
};
pub(crate) use ambient::{Ambient, Outer};
pub(crate) use cancel::{CancelNode, Entry};
pub(crate) use cell::{Birth, Outcome, allocate, quietly};
pub use context::{Cancelled, Cause, Context};
pub(crate) use family::Family;
pub(crate) use header::{Attributes, Header, Rest, TaskRef, describe};
pub(crate) use interrupt::Accepts;
pub(crate) use join::Polled;
pub(crate) use list::{Linked, Links, List, WaitList};
pub(crate) use local::Locals;
pub use local::{AccessError, LocalKey};
pub(crate) use magazine::Magazines;
pub(crate) use parker::Parker;
pub(crate) use slab::{next_sweep, sweep};
pub use steps::{Pause, Step};
pub(crate) use steps::{Wish, allocate_steps};
pub(crate) use waiter::{Claim, Waiter, Wake};
