//! What the measurements of single operations have in common, teem's and the peers' alike.
//!
//! `benches/compare/` includes this file, so that both sides do as many operations, warm up as long
//! and print the same lines. Its Go program repeats the sizes.

use std::time::{Duration, Instant};

use crate::clock::ProcessorClock;
use crate::report::{Failure, Subject};

/// Round trips of `pingpong`.
pub(crate) const ROUND_TRIPS: u64 = 1_000_000;

/// Messages through a channel with a buffer, by all producers together.
pub(crate) const MESSAGES: u64 = 4_000_000;

/// The capacity of that channel.
pub(crate) const CAPACITY: usize = 128;

/// Messages through a select.
pub(crate) const SELECTIONS: u64 = 1_000_000;

/// Acquisitions of the mutex, by all tasks together.
pub(crate) const LOCKS: u64 = 8_000_000;

/// Tasks at the mutex.
pub(crate) const LOCKERS: u64 = 8;

/// Hops of the token.
pub(crate) const HOPS: u64 = 1_000_000;

/// Tasks in the ring. A prime, as ever in this benchmark.
pub(crate) const RING: u64 = 503;

/// What a round took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) elapsed: Duration,
    /// Of all threads together.
    pub(crate) processor: Duration,
}

/// A round that is going on.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    start: Instant,
    processor: Duration,
}

impl Stopwatch {
    pub(crate) fn start() -> Result<Self, Failure> {
        Ok(Self {
            processor: ProcessorClock::own().now()?,
            start: Instant::now(),
        })
    }

    pub(crate) fn stop(self) -> Result<Cost, Failure> {
        Ok(Cost {
            elapsed: self.start.elapsed(),
            processor: ProcessorClock::own().now()?.saturating_sub(self.processor),
        })
    }
}

/// Runs `round` once with a tenth of the operations, to warm up, then `rounds` times with all of
/// them. Prints the time and the processor time of one operation, which is called `what`.
pub(crate) fn operations(
    subject: Subject<'_>,
    what: &str,
    rounds: usize,
    operations: u64,
    mut round: impl FnMut(u64) -> Result<Cost, Failure>,
) -> Result<(), Failure> {
    round(operations.div_ceil(10))?;
    let (mut samples, mut processor) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let cost = round(operations)?;
        let each = |time: Duration| time.as_nanos() as f64 / operations as f64;
        samples.push(each(cost.elapsed));
        processor.push(each(cost.processor));
    }
    subject.metric(what, &samples, "ns");
    subject.metric(&format!("processor {what}"), &processor, "ns");
    Ok(())
}

/// The sum of the numbers below `count`: what arrives if every one of them does, once.
pub(crate) fn sum_below(count: u64) -> u64 {
    (0..count).sum()
}

/// The numbers below `count` that the `part`-th of `parts` producers sends.
pub(crate) fn share(count: u64, part: u64, parts: u64) -> std::ops::Range<u64> {
    count * part / parts..count * (part + 1) / parts
}
