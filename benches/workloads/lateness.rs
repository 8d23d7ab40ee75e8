//! How late timers are. `benches/compare/` includes this file, too.

use std::time::{Duration, Instant};

use crate::measure::Cost;
use crate::report::{Failure, Subject};

/// The period of a ticker.
pub(crate) const PERIOD: Duration = Duration::from_millis(100);

/// How often a ticker ticks in so many seconds.
pub(crate) fn ticks(seconds: f64) -> usize {
    ((seconds / PERIOD.as_secs_f64()).round() as usize).max(1)
}

/// How long the `number`-th of `count` tickers waits before it starts: they are spread evenly, so
/// there is always one that is about to tick.
pub(crate) fn phase(number: usize, count: usize) -> Duration {
    PERIOD.mul_f64(number as f64 / count as f64)
}

/// How long the `number`-th of the sleepers sleeps: from one to five seconds, in no order.
pub(crate) fn nap(number: usize) -> Duration {
    // Multiples of the golden ratio are spread evenly however many there are.
    let part = (number as u32).wrapping_mul(0x9E37_79B9);
    Duration::from_secs_f64(1.0 + 4.0 * f64::from(part) / f64::from(u32::MAX))
}

/// What one ticker did.
#[derive(Debug)]
pub(crate) struct Ticks {
    origin: Instant,
    late: Vec<Duration>,
    periods: usize,
    early: bool,
}

impl Ticks {
    /// `origin` is a time not after the ticker was started.
    pub(crate) fn new(origin: Instant, ticks: usize) -> Self {
        Self {
            origin,
            late: Vec::with_capacity(ticks),
            periods: 0,
            early: false,
        }
    }

    /// A tick was received just now. It belongs to the latest multiple of the period: one that is
    /// late by more than a period is late by the rest, and the others have been missed.
    pub(crate) fn tick(&mut self) {
        let since = self.origin.elapsed();
        self.periods = (since.as_nanos() / PERIOD.as_nanos()) as usize;
        self.late.push(since - PERIOD * self.periods as u32);
        self.early |= self.periods < self.late.len();
    }
}

/// The samples of a workload about timers: an entry a round.
#[derive(Debug, Default)]
pub(crate) struct Lateness {
    processor: Vec<f64>,
    median: Vec<f64>,
    p99: Vec<f64>,
    worst: Vec<f64>,
    missed: Vec<f64>,
    whole: Vec<f64>,
}

impl Lateness {
    /// A round of tickers that were to receive `each` ticks.
    pub(crate) fn tickers(
        &mut self,
        cost: Cost,
        tickers: &[Ticks],
        each: usize,
    ) -> Result<(), Failure> {
        if tickers.iter().any(|ticks| ticks.early) {
            return Err(Failure::new("a tick came before its time"));
        }
        if tickers.iter().any(|ticks| ticks.late.len() != each) {
            return Err(Failure::new("a ticker did not tick as often as asked"));
        }
        let missed: usize = (tickers.iter())
            .map(|ticks| ticks.periods - ticks.late.len())
            .sum();
        let late = tickers.iter().flat_map(|ticks| ticks.late.iter().copied());
        self.missed.push(missed as f64);
        self.processor
            .push(cost.processor.as_nanos() as f64 / (tickers.len() * each) as f64);
        self.round(late.collect())
    }

    /// A round of sleepers, each of which was so late; `None` was early.
    pub(crate) fn sleepers(
        &mut self,
        cost: Cost,
        late: Vec<Option<Duration>>,
    ) -> Result<(), Failure> {
        let count = late.len();
        let Some(late) = late.into_iter().collect() else {
            return Err(Failure::new("a sleeper woke before its time"));
        };
        self.processor
            .push(cost.processor.as_nanos() as f64 / count as f64);
        self.whole.push(cost.elapsed.as_secs_f64());
        self.round(late)
    }

    fn round(&mut self, mut late: Vec<Duration>) -> Result<(), Failure> {
        late.sort_unstable();
        let [.., worst] = late[..] else {
            return Err(Failure::new("there was nothing to be late"));
        };
        let micros = |time: Duration| time.as_nanos() as f64 / 1_000.0;
        self.median.push(micros(late[late.len() / 2]));
        self.p99.push(micros(late[late.len() * 99 / 100]));
        self.worst.push(micros(worst));
        Ok(())
    }

    /// Prints a line for each metric; `what` is what the processor time is of.
    pub(crate) fn print(&self, subject: Subject<'_>, what: &str) {
        subject.metric(&format!("processor {what}"), &self.processor, "ns");
        subject.metric("late p50", &self.median, "us");
        subject.metric("late p99", &self.p99, "us");
        subject.metric("late worst", &self.worst, "us");
        if !self.missed.is_empty() {
            subject.metric("missed", &self.missed, "ticks");
        }
        if !self.whole.is_empty() {
            subject.metric("whole", &self.whole, "s");
        }
    }
}
