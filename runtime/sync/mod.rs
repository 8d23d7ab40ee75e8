//! Locks and other meeting points with `std::sync`'s names, which park tasks instead of blocking
//! threads.
//!
//! What waits here parks the calling task, so that the other tasks of its worker go on; outside of a
//! task it blocks the OS thread. A lock may be shared by tasks, by threads, by both, and by tasks of
//! different runtimes. Signatures, poisoning and auto traits are std's, so a program that changes
//! its `use` lines from `std::sync` to `teem::sync` compiles and behaves as before. Whatever in
//! `std::sync` does not block is re-exported: [`Arc`], [`Weak`], [`atomic`], [`PoisonError`] ..
//!
//! | to                                               | use                                          |
//! | ------------------------------------------------ | -------------------------------------------- |
//! | let one at a time use something                  | [`Mutex`]; [`RwLock`] if readers hold it long |
//! | let `n` at a time do something                   | [`Semaphore`]                                |
//! | wait until what a mutex guards has changed       | [`Condvar`], or a channel instead            |
//! | do something once                                | [`OnceLock`], [`LazyLock`], [`Once`]         |
//! | wait until others are done                       | [`WaitGroup`], or [`scope`](crate::scope())  |
//! | wait until as many have come                     | [`Barrier`]                                  |
//! | have one do what many ask for at once            | [`Singleflight`]                             |
//!
//! A lock is not cut by cancellation: `lock`, `wait` and their like wait in a cancelled task as ever.

mod barrier;
mod condvar;
mod crowd;
mod lazy_lock;
mod mutex;
mod once;
mod once_lock;
mod poison;
mod raw;
mod rwlock;
mod semaphore;
mod singleflight;
mod wait_group;

pub mod mpsc;

#[cfg(all(test, loom))]
mod models;

pub use barrier::{Barrier, BarrierWaitResult};
pub use condvar::{Condvar, WaitTimeoutResult};
pub use lazy_lock::LazyLock;
pub use mutex::{Mutex, MutexGuard};
pub use once::{Once, OnceState};
pub use once_lock::OnceLock;
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use semaphore::{OwnedPermit, Permit, Semaphore};
pub use singleflight::Singleflight;
pub use std::sync::{Arc, LockResult, PoisonError, TryLockError, TryLockResult, Weak, atomic};
pub use wait_group::WaitGroup;
