//! What the peers in Rust print of tasks that are spawned and joined, as teem's side does.

use crate::measure::Cost;
use crate::memory;
use crate::report::{Failure, Subject};

/// The size of a batch.
pub(crate) const BATCH: usize = 1_000;

/// The samples: an entry a round.
#[derive(Debug, Default)]
pub(crate) struct Spawning {
    samples: Vec<f64>,
    processor: Vec<f64>,
}

impl Spawning {
    pub(crate) fn round(&mut self, cost: Cost, tasks: u64) {
        self.samples
            .push(cost.elapsed.as_nanos() as f64 / tasks as f64);
        self.processor
            .push(cost.processor.as_nanos() as f64 / tasks as f64);
    }

    pub(crate) fn print(&self, subject: Subject<'_>) -> Result<(), Failure> {
        subject.metric("a task", &self.samples, "ns");
        subject.metric("processor a task", &self.processor, "ns");
        let peak = memory::peak_resident()? as f64 / f64::from(1 << 20);
        subject.metric("peak resident", &[peak], "MiB");
        Ok(())
    }
}
