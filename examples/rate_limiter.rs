//! A rate limiter: a ticker fills a bucket of tokens, and each request takes one. After a pause there
//! is a burst of as many as the bucket holds.
//!
//! ```text
//! cargo run --example rate_limiter
//! ```

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "it is there to print")]

use std::time::{Duration, Instant};
use teem::chan::{Receiver, TrySendError, bounded, tick};

/// A bucket of `burst` tokens, full at first, to which one is added each `interval`.
fn bucket(burst: usize, interval: Duration) -> Receiver<()> {
    let (fill, tokens) = bounded(burst);
    for _ in 0..burst {
        fill.try_send(()).expect("there is room");
    }
    teem::go!(for _ in tick(interval) {
        match fill.try_send(()) {
            // A full bucket runs over.
            Ok(()) | Err(TrySendError::Full(())) => {}
            Err(TrySendError::Closed(())) => return,
        }
    });
    tokens
}

fn main() {
    let interval = Duration::from_millis(200);
    let tokens = bucket(3, interval);
    let begin = Instant::now();
    let mut at_once = 0;
    for request in 1..=6 {
        tokens.recv().expect("the bucket is there");
        if begin.elapsed() < interval {
            at_once += 1;
        }
        println!("request {request} is served");
    }
    let waited = begin.elapsed();
    println!("a burst at once: {}", at_once >= 3);
    println!("the rest at its pace: {}", waited >= 2 * interval);
}
