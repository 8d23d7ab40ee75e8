//! Tasks as such: switches, births and deaths.

use tokio::task::yield_now;

use crate::arguments::Plan;
use crate::measure::Stopwatch;
use crate::program::Row;
use crate::report::{Failure, check};
use crate::runtime::{panicked, runtime, sum};
use crate::spawning::Spawning;

pub(crate) const ROWS: &[Row] = &[
    ("tokio", "yield", yields),
    ("tokio", "spawn_join", at_once),
    ("tokio", "spawn_join_batch", in_batches),
];

fn yields(plan: &Plan) -> Result<(), Failure> {
    let runtime = runtime(plan)?;
    plan.measure("a switch", plan.switches(), 1, |switches| {
        let stopwatch = Stopwatch::start()?;
        runtime.block_on(async move {
            let pair = [(); 2].map(|()| {
                tokio::spawn(async move {
                    for _ in 0..switches / 2 {
                        yield_now().await;
                    }
                })
            });
            for task in pair {
                task.await.map_err(panicked)?;
            }
            Ok::<_, Failure>(())
        })?;
        stopwatch.stop()
    })
}

fn at_once(plan: &Plan) -> Result<(), Failure> {
    spawn_and_join(plan, plan.tasks)
}

fn in_batches(plan: &Plan) -> Result<(), Failure> {
    spawn_and_join(plan, crate::spawning::BATCH)
}

fn spawn_and_join(plan: &Plan, batch: usize) -> Result<(), Failure> {
    let runtime = runtime(plan)?;
    let tasks = plan.tasks as u64;
    let mut spawning = Spawning::default();
    for _ in 0..plan.rounds {
        let stopwatch = Stopwatch::start()?;
        // From a task, as those of the others: from outside of the workers a spawn costs more.
        let all = runtime.block_on(async move {
            let all = tokio::spawn(async move {
                let mut all = 0;
                for first in (0..tasks).step_by(batch) {
                    let numbers = first..tasks.min(first + batch as u64);
                    let spawned = numbers.map(|number| tokio::spawn(async move { number }));
                    all += sum(spawned.collect()).await?;
                }
                Ok::<_, Failure>(all)
            });
            all.await.map_err(panicked)?
        })?;
        spawning.round(stopwatch.stop()?, tasks);
        check("the sum of what the tasks returned", all, (0..tasks).sum())?;
    }
    spawning.print(plan.subject())
}
