//! What `http_server` makes of requests: good ones, wrong ones, nonsense, and clients that are slow.
//!
//! Its modules are taken in as they are. What a client sends comes out of memory, cut into pieces in
//! every way, but where time matters: there it comes from sockets.

#![forbid(unsafe_code)]
#![cfg(not(any(loom, miri)))]

#[path = "../../examples/http_server/http/mod.rs"]
mod http;

mod answers;
mod fuzz;
mod memory;
#[path = "../support/random.rs"]
mod random;
mod slow;
#[path = "../support/watchdog.rs"]
mod watchdog;

use http::{Limits, Site};
use std::time::Duration;

/// A site on which nobody has to wait long for the end of his patience.
fn site() -> Site {
    let limits = Limits {
        head: 1 << 10,
        target: 256,
        body: 4 << 10,
        requests: 100,
        linger_time: Duration::ZERO,
        ..Limits::default()
    };
    Site {
        limits,
        ..Site::default()
    }
}
