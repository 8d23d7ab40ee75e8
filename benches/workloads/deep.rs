//! Stacks that grow: recursion, and calls over the edge of a segment.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use teem::chan;
use teem::stack::{maybe_grow, remaining};

use crate::arguments::Arguments;
use crate::crowd::{DEEP_TASKS, DEPTH};
use crate::measure::Stopwatch;
use crate::memory;
use crate::report::{Failure, check};
use crate::rounds;

/// What a frame of the recursion must find below it, and how large a segment is.
const RED_ZONE: usize = 16 << 10;
const SEGMENT: usize = 1 << 20;

/// The frames of a recursion below this one; in the last of them it does `at_the_end`.
#[inline(never)]
fn descend(left: usize, at_the_end: &impl Fn()) -> usize {
    maybe_grow(RED_ZONE, SEGMENT, move || {
        let frame = black_box([left; 4]);
        if left == 0 {
            at_the_end();
            return 0;
        }
        descend(left - 1, at_the_end) + usize::from(frame[left % 4] == left)
    })
}

/// All tasks are as deep as they get at once, and wait there for each other.
pub(crate) fn recursion(arguments: &Arguments) -> Result<(), Failure> {
    let tasks = arguments.tasks_or(DEEP_TASKS);
    let (mut elapsed, mut processor, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..arguments.rounds.unwrap_or(3) {
        // A runtime each: none starts with the warm stacks of the one before it.
        let runtime = rounds::runtime(arguments)?;
        let (sender, receiver) = chan::bounded::<()>(1);
        let arrived = AtomicUsize::new(0);
        let stopwatch = Stopwatch::start()?;
        let depths = runtime.run(|| {
            teem::scope(|scope| {
                let (arrived, receiver) = (&arrived, &receiver);
                let watcher = teem::task::current();
                let spawn = |_| {
                    let watcher = watcher.clone();
                    scope.spawn(move || {
                        descend(DEPTH, &|| {
                            // ORDERING: Relaxed, a count; `unpark` orders it for the watcher.
                            if arrived.fetch_add(1, Relaxed) + 1 == tasks {
                                watcher.unpark();
                            }
                            // It closes.
                            let _ = receiver.recv();
                        })
                    })
                };
                let handles: Vec<_> = (0..tasks).map(spawn).collect();
                // ORDERING: Relaxed, as above.
                while arrived.load(Relaxed) < tasks {
                    teem::task::park();
                }
                drop(sender);
                // A panic would be missing from the sum.
                handles
                    .into_iter()
                    .flat_map(|task| task.join())
                    .sum::<usize>()
            })
        });
        let cost = stopwatch.stop()?;
        check("frames of all tasks", depths, tasks * DEPTH)?;
        elapsed.push(cost.elapsed.as_secs_f64() * 1e3);
        processor.push(cost.processor.as_secs_f64() * 1e3);
        bytes.push(memory::peak_resident()? as f64 / f64::from(1 << 20));
    }
    let subject = rounds::subject(arguments, "recursion");
    subject.metric("all tasks", &elapsed, "ms");
    subject.metric("processor all tasks", &processor, "ms");
    subject.metric("peak resident", &bytes, "MiB");
    Ok(())
}

/// What the loop of `hot_split` calls: a little work.
#[inline(never)]
fn callee(number: u64) -> u64 {
    let mut values = black_box([number; 8]);
    for (index, value) in values.iter_mut().enumerate() {
        *value = value.rotate_left(index as u32) ^ number;
    }
    values.iter().fold(0, |sum, value| sum.wrapping_add(*value))
}

/// A loop of calls that stay, beside one of calls that each go over to a segment and come back.
pub(crate) fn hot_split(arguments: &Arguments) -> Result<(), Failure> {
    const CALLS: u64 = 20_000_000;
    let runtime = rounds::runtime(arguments)?;
    let calls = arguments.operations.unwrap_or(CALLS);
    let (mut staying, mut crossing, mut ratio) = (Vec::new(), Vec::new(), Vec::new());
    let calls_with = |red_zone| {
        let stopwatch = Stopwatch::start()?;
        let sum = runtime.run(|| {
            (0..calls).fold(0_u64, |sum, number| {
                sum.wrapping_add(maybe_grow(red_zone, SEGMENT, || callee(number)))
            })
        });
        let processor = stopwatch.stop()?.processor;
        Ok::<_, Failure>((processor.as_nanos() as f64 / calls as f64, sum))
    };
    let first = runtime.run(remaining).unwrap_or(0);
    for _ in 0..arguments.rounds.unwrap_or(5) {
        let (stay, expected) = calls_with(first / 2)?;
        let (cross, sum) = calls_with(first * 2)?;
        check("the sum of the calls over the edge", sum, expected)?;
        staying.push(stay);
        crossing.push(cross);
        ratio.push(cross / stay);
    }
    let subject = rounds::subject(arguments, "hot_split");
    subject.metric("processor a call that stays", &staying, "ns");
    subject.metric("processor a call over the edge", &crossing, "ns");
    subject.metric("over the edge by staying", &ratio, "times");
    let segments = runtime.metrics().stacks.grown as f64;
    subject.metric("segments taken", &[segments], "segments");
    Ok(())
}
