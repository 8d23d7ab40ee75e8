//! Locks and other meeting points with `std::sync`'s names, which park tasks instead of blocking
//! threads.
//!
//! What waits here parks the calling task, so that the other tasks of its worker go on; outside of a
//! task it blocks the OS thread. A lock may be shared by tasks, by threads, by both, and by tasks of
//! different runtimes. Signatures, poisoning and auto traits are std's, so a program that changes
//! its `use` lines from `std::sync` to `teem::sync` compiles and behaves as before. Whatever in
//! `std::sync` does not block is re-exported: [`Arc`], [`Weak`], [`atomic`], [`PoisonError`] ..

mod mutex;
mod poison;
mod raw;

pub use mutex::{Mutex, MutexGuard};
pub use std::sync::{Arc, LockResult, PoisonError, TryLockError, TryLockResult, Weak, atomic};

mod barrier;
mod crowd;
mod lazy_lock;
mod once;
mod once_lock;
mod singleflight;
mod wait_group;

pub use barrier::{Barrier, BarrierWaitResult};
pub use lazy_lock::LazyLock;
pub use once::{Once, OnceState};
pub use once_lock::OnceLock;
pub use singleflight::Singleflight;
pub use wait_group::WaitGroup;
