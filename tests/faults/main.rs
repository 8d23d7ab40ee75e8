//! Real exchanges while system calls fail, are interrupted, or move less than they could: `just faults`.
//!
//! Each exchange checks every byte. Faults strike whoever comes, and descriptors are counted, so the tests run one
//! after the other.

#![cfg(all(teem_fault, target_os = "linux"))]

#[path = "../support/descriptors.rs"]
mod descriptors;
mod exchanges;
mod failing;
#[path = "../../examples/http_server/http/mod.rs"]
mod http;
#[path = "../../examples/kv_server"]
#[allow(
    dead_code,
    reason = "the example's own files, of which connections are served here"
)]
mod kv {
    mod command;
    mod connection;
    mod resp;
    mod store;
    mod topics;

    pub(crate) use command::Database;
    pub(crate) use connection::serve;
}
#[path = "../support/random.rs"]
mod random;
mod short;
#[path = "../support/until.rs"]
mod until;
#[path = "../support/watchdog.rs"]
mod watchdog;
#[path = "../support/workers.rs"]
mod workers;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// For a test to hold while it runs.
fn alone() -> MutexGuard<'static, ()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}
