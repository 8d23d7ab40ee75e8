//! A million tasks, spawned and joined: at once and in batches.

use std::time::{Duration, Instant};

use teem::task::JoinHandle;

use crate::arguments::Arguments;
use crate::clock::ProcessorClock;
use crate::memory;
use crate::report::{Failure, check};
use crate::rounds;

/// The size of a batch.
const BATCH: usize = 1_000;

/// All tasks are spawned by one, then joined in order. The tasks are too short to park.
pub(crate) fn at_once(arguments: &Arguments) -> Result<(), Failure> {
    spawn_and_join("spawn_join", arguments, arguments.tasks())
}

/// As [`at_once`], with a thousand alive at most: stacks and headers are used again, warm.
pub(crate) fn in_batches(arguments: &Arguments) -> Result<(), Failure> {
    spawn_and_join("spawn_join_batch", arguments, BATCH)
}

fn spawn_and_join(workload: &str, arguments: &Arguments, batch: usize) -> Result<(), Failure> {
    let runtime = rounds::runtime(arguments)?;
    let tasks = arguments.tasks();
    let (mut samples, mut processor) = (Vec::new(), Vec::new());
    for _ in 0..arguments.rounds.unwrap_or(3) {
        let before = ProcessorClock::own().now()?;
        let start = Instant::now();
        let sum = runtime.run(move || {
            let mut handles = Vec::with_capacity(batch.min(tasks));
            let mut sum = 0;
            for first in (0..tasks).step_by(batch) {
                let numbers = first..tasks.min(first + batch);
                handles.extend(numbers.map(|number| teem::spawn(move || number)));
                // A panic would be missing from the sum.
                sum += handles.drain(..).flat_map(JoinHandle::join).sum::<usize>();
            }
            sum
        });
        let each = |time: Duration| time.as_nanos() as f64 / tasks as f64;
        samples.push(each(start.elapsed()));
        processor.push(each(ProcessorClock::own().now()?.saturating_sub(before)));
        check("the sum of what the tasks returned", sum, (0..tasks).sum())?;
    }
    let subject = rounds::subject(arguments, workload);
    subject.metric("a task", &samples, "ns");
    subject.metric("processor a task", &processor, "ns");
    let peak = memory::peak_resident()? as f64 / f64::from(1 << 20);
    subject.metric("peak resident", &[peak], "MiB");
    Ok(())
}
