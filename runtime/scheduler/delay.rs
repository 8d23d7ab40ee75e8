//! How long a ready task waits for its turn, as a histogram.
//!
//! To read the clock at each wake and at each switch would cost more than both. Instead a worker takes a sample each
//! time it looks up (`look_up` in `worker.rs`), where it knows what time it is: a task that was made ready now would
//! run after those that are queued, that is after so many more picks. When these have been made, at a later look, it
//! is known how long they took; what lies between two looks is taken to be even. So a sample may be wrong by some of
//! the time between two looks, 200 us if no task runs long.

use super::metrics::Counter;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// One for each power of two of microseconds, up to four seconds and beyond.
const BUCKETS: usize = 24;

/// The samples of one worker, for all to read.
#[derive(Debug, Default)]
pub(super) struct Delays([Counter; BUCKETS]);

impl Delays {
    fn add(&self, delay: Duration) {
        let micros = delay.as_micros().min(u128::from(u64::MAX)) as u64;
        let bucket = (u64::BITS - micros.leading_zeros()) as usize;
        self.0[bucket.min(BUCKETS - 1)].bump();
    }

    pub(super) fn get(&self) -> DelayHistogram {
        DelayHistogram {
            buckets: std::array::from_fn(|bucket| self.0[bucket].get()),
        }
    }
}

/// The sample that a worker is about to take.
#[derive(Debug)]
pub(super) struct Probe {
    since: Cell<Instant>,
    begin: Cell<u64>,
    /// How many were queued.
    ready: Cell<u64>,
}

impl Probe {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            since: Cell::new(now),
            begin: Cell::new(0),
            ready: Cell::new(0),
        }
    }

    /// The worker has made so many `picks` and has `ready` tasks queued.
    pub(super) fn look(&self, now: Instant, picks: u64, ready: u64, delays: &Delays) {
        let (waited_for, made) = (self.ready.get(), picks - self.begin.get());
        if made < waited_for {
            return;
        }
        let delay = match waited_for {
            // As mostly before a sleep.
            0 => Duration::ZERO,
            _ => {
                let passed = now.saturating_duration_since(self.since.get());
                passed.mul_f64(waited_for as f64 / made as f64)
            }
        };
        delays.add(delay);
        self.since.set(now);
        self.begin.set(picks);
        self.ready.set(ready);
    }
}

/// How long ready tasks waited for their turn, in a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DelayHistogram {
    buckets: [u64; BUCKETS],
}

impl DelayHistogram {
    /// How many samples there are.
    pub fn samples(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// The upper bound of each bucket, a power of two of microseconds, and the number of samples below it and not below
    /// the one before. What is beyond the last is counted there.
    pub fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> {
        let bound = |bucket: usize| Duration::from_micros(1 << bucket);
        let counted = self.buckets.into_iter().enumerate();
        counted.map(move |(bucket, count)| (bound(bucket), count))
    }

    /// What the given share of the samples, between 0 and 1, does not exceed: the upper bound of a bucket. `None` while
    /// there are no samples.
    ///
    /// # Examples
    ///
    /// ```
    /// let before = teem::runtime::metrics().delays;
    /// teem::run(|| (0..1_000).for_each(|_| teem::task::yield_now()));
    /// let metrics = teem::runtime::metrics();
    /// assert!(metrics.delays.samples() > before.samples());
    /// assert!(metrics.delays.quantile(0.5) <= metrics.delays.quantile(0.99));
    /// ```
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let wanted = (self.samples() as f64 * share).ceil().max(1.0) as u64;
        let mut below = 0;
        let mut buckets = self.buckets();
        let found = buckets.find(|(_, count)| {
            below += count;
            below >= wanted
        });
        found.map(|(bound, _)| bound)
    }

    /// The samples of both.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            buckets: std::array::from_fn(|bucket| self.buckets[bucket] + other.buckets[bucket]),
        }
    }
}
