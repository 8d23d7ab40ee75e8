//! A million tasks: spawned and joined at once, in batches, and parked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::time::{Duration, Instant};

use teem::runtime::{self, Runtime};
use teem::task::{self, JoinHandle};

use crate::arguments::Arguments;
use crate::clock::ProcessorClock;
use crate::memory;
use crate::report::{Failure, Subject, check};

/// The size of a batch.
const BATCH: usize = 1_000;

/// All tasks are spawned by one, then joined in order. The tasks are too short to park.
pub(crate) fn at_once(arguments: &Arguments) -> Result<(), Failure> {
    spawn_and_join("spawn_join", arguments, arguments.tasks)
}

/// As [`at_once`], with a thousand alive at most: stacks and headers are used again, warm.
pub(crate) fn in_batches(arguments: &Arguments) -> Result<(), Failure> {
    spawn_and_join("spawn_join_batch", arguments, BATCH)
}

fn spawn_and_join(workload: &str, arguments: &Arguments, batch: usize) -> Result<(), Failure> {
    let runtime = runtime_for(arguments)?;
    let tasks = arguments.tasks;
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
    let subject = Subject {
        workload,
        implementation: "teem",
        workers: arguments.workers,
    };
    subject.metric("a task", &samples, "ns");
    subject.metric("processor a task", &processor, "ns");
    let peak = memory::peak_resident()? as f64 / f64::from(1 << 20);
    subject.metric("peak resident", &[peak], "MiB");
    Ok(())
}

/// What one round of `parked` tells.
struct Parked {
    until_parked: Duration,
    processor_until_parked: Duration,
    bytes: u64,
    until_ended: Duration,
    processor_until_ended: Duration,
    ended: usize,
}

/// All tasks park on one gate; then it is opened and all are woken.
///
/// One round unless more are asked for: the first one meets stacks that nobody has used.
pub(crate) fn parked(arguments: &Arguments) -> Result<(), Failure> {
    let tasks = arguments.tasks;
    let (mut memory, mut to_park, mut to_end) = (Vec::new(), Vec::new(), Vec::new());
    let (mut processor_to_park, mut processor_to_end) = (Vec::new(), Vec::new());
    for _ in 0..arguments.rounds.unwrap_or(1) {
        // A runtime each: none starts with the warm stacks of the one before it.
        let runtime = runtime_for(arguments)?;
        // The workers and what they keep are not to be counted as the tasks'.
        runtime.run(|| park_and_wake(BATCH))?;
        let round = runtime.run(move || park_and_wake(tasks))?;
        check("tasks that ended", round.ended, tasks)?;
        to_park.push(round.until_parked.as_secs_f64());
        memory.push(round.bytes as f64 / tasks as f64);
        to_end.push(round.until_ended.as_secs_f64());
        processor_to_park.push(round.processor_until_parked.as_secs_f64());
        processor_to_end.push(round.processor_until_ended.as_secs_f64());
        if runtime.shutdown(Duration::from_secs(60)).is_err() {
            return Err(Failure::new(
                "tasks were still there after they were joined",
            ));
        }
    }
    let subject = Subject {
        workload: "parked",
        implementation: "teem",
        workers: arguments.workers,
    };
    subject.metric("to spawn and park all", &to_park, "s");
    subject.metric("processor to spawn and park all", &processor_to_park, "s");
    subject.metric("resident and page tables a task", &memory, "B");
    subject.metric("to wake and end all", &to_end, "s");
    subject.metric("processor to wake and end all", &processor_to_end, "s");
    Ok(())
}

/// What the tasks of a round share.
struct Gate {
    open: AtomicBool,
    arrived: AtomicUsize,
}

fn park_and_wake(tasks: usize) -> Result<Parked, Failure> {
    let before = memory::resident_and_page_tables()?;
    let processor_before = ProcessorClock::own().now()?;
    let start = Instant::now();
    let gate = Arc::new(Gate {
        open: AtomicBool::new(false),
        arrived: AtomicUsize::new(0),
    });
    let opener = task::current();
    let handles: Vec<JoinHandle<usize>> = (0..tasks)
        .map(|_| {
            let (gate, opener) = (Arc::clone(&gate), opener.clone());
            teem::spawn(move || {
                // ORDERING: Relaxed, a count; `unpark` orders it for the opener.
                if gate.arrived.fetch_add(1, Relaxed) + 1 == tasks {
                    opener.unpark();
                }
                drop(opener);
                // ORDERING: SeqCst as the simplest; `unpark` and `park` order it anyway.
                while !gate.open.load(SeqCst) {
                    task::park();
                }
                1
            })
        })
        .collect();
    // ORDERING: Relaxed, as above.
    while gate.arrived.load(Relaxed) < tasks {
        task::park();
    }
    let until_parked = start.elapsed();
    let processor_parked = ProcessorClock::own().now()?;
    let bytes = memory::resident_and_page_tables()?.saturating_sub(before);

    let start = Instant::now();
    // ORDERING: SeqCst, as above.
    gate.open.store(true, SeqCst);
    for handle in &handles {
        handle.task().unpark();
    }
    // A panic would be missing from the sum.
    let ended = handles.into_iter().flat_map(JoinHandle::join).sum();
    Ok(Parked {
        until_parked,
        processor_until_parked: processor_parked.saturating_sub(processor_before),
        bytes,
        until_ended: start.elapsed(),
        processor_until_ended: ProcessorClock::own()
            .now()?
            .saturating_sub(processor_parked),
        ended,
    })
}

fn runtime_for(arguments: &Arguments) -> Result<Runtime, Failure> {
    let runtime = runtime::Builder::new().workers(arguments.workers).build()?;
    Ok(runtime)
}
