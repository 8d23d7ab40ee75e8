//! `teem::sync` from the outside: on 1, 2 and 8 workers and from plain threads. Tests are named by the
//! hazard, or after std's that they correspond to; nothing sleeps to get an order.

#![cfg(not(any(loom, miri)))]

mod barrier;
mod once;
mod singleflight;
#[path = "../support/together.rs"]
mod together;
#[path = "../support/until.rs"]
mod until;
mod wait_group;
#[path = "../support/watchdog.rs"]
mod watchdog;
#[path = "../support/workers.rs"]
mod workers;

use until::until;
use watchdog::Watchdog;
use workers::with_workers;
