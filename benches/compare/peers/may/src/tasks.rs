//! Coroutines as such: switches, births and deaths.

use may::coroutine::yield_now;
use may::go;

use crate::arguments::Plan;
use crate::join::{allow, panicked, sum};
use crate::measure::Stopwatch;
use crate::program::Row;
use crate::report::{Failure, check};
use crate::spawning::{self, Spawning};

pub(crate) const ROWS: &[Row] = &[
    ("may", "yield", yields),
    ("may", "spawn_join", at_once),
    ("may", "spawn_join_batch", in_batches),
];

fn yields(plan: &Plan) -> Result<(), Failure> {
    may::config().set_workers(plan.workers);
    plan.measure("a switch", plan.switches(), 1, |switches| {
        let stopwatch = Stopwatch::start()?;
        // A loop of yields keeps the worker from coroutines that are new, so the first one of the
        // pair waits for the second one before it begins.
        let (here, both) = may::sync::mpsc::channel::<()>();
        let second = go!(move || {
            drop(here);
            (0..switches / 2).for_each(|_| yield_now());
        });
        let first = go!(move || {
            // Closed when the other one is there.
            let _ = both.recv();
            (0..switches / 2).for_each(|_| yield_now());
        });
        for coroutine in [first, second] {
            coroutine.join().map_err(panicked)?;
        }
        stopwatch.stop()
    })
}

fn at_once(plan: &Plan) -> Result<(), Failure> {
    spawn_and_join(plan, plan.tasks)
}

fn in_batches(plan: &Plan) -> Result<(), Failure> {
    spawn_and_join(plan, spawning::BATCH)
}

fn spawn_and_join(plan: &Plan, batch: usize) -> Result<(), Failure> {
    allow(batch as u64)?;
    may::config().set_workers(plan.workers);
    let tasks = plan.tasks as u64;
    let mut spawning = Spawning::default();
    for _ in 0..plan.rounds {
        let stopwatch = Stopwatch::start()?;
        // From a coroutine, as those of the others.
        let all = go!(move || {
            let mut all = 0;
            for first in (0..tasks).step_by(batch) {
                let numbers = first..tasks.min(first + batch as u64);
                all += sum(numbers.map(|number| go!(move || number)).collect())?;
            }
            Ok::<_, Failure>(all)
        });
        let all = all.join().map_err(panicked)??;
        spawning.round(stopwatch.stop()?, tasks);
        check("the sum of what the tasks returned", all, (0..tasks).sum())?;
    }
    spawning.print(plan.subject())
}
