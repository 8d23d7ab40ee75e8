//! Channels: order, closing, time, cancellation, and that no value is lost or doubled; between tasks,
//! between OS threads and between both.

#![cfg(not(any(loom, miri)))]
#![forbid(unsafe_code)]

mod cancel;
mod close;
mod counted;
mod futures;
mod order;
mod owner;
mod places;
#[path = "../support/random.rs"]
mod random;
mod reserve;
mod stress;
mod time;
mod unbounded;
#[path = "../support/until.rs"]
mod until;
#[path = "../support/watchdog.rs"]
mod watchdog;
#[path = "../support/workers.rs"]
mod workers;

use teem::chan::{Receiver, Sender, bounded, unbounded};

/// One of each kind, and the smallest of them.
const CAPACITIES: [Option<usize>; 5] = [Some(0), Some(1), Some(3), Some(64), None];

fn channel<T>(capacity: Option<usize>) -> (Sender<T>, Receiver<T>) {
    capacity.map_or_else(unbounded, bounded)
}
