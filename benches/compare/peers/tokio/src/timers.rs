//! Many timers at once.

use std::time::{Duration, Instant};

use tokio::time::{self, MissedTickBehavior};

use crate::arguments::Plan;
use crate::lateness::{self, Lateness, Ticks};
use crate::measure::Stopwatch;
use crate::program::Row;
use crate::report::Failure;
use crate::runtime::{panicked, runtime};

pub(crate) const ROWS: &[Row] = &[("tokio", "ticker", ticker), ("tokio", "sleepers", sleepers)];

fn ticker(plan: &Plan) -> Result<(), Failure> {
    let runtime = runtime(plan)?;
    let mut lateness = Lateness::default();
    let (tickers, ticks) = (plan.tickers, plan.ticks());
    for _ in 0..plan.rounds {
        let stopwatch = Stopwatch::start()?;
        let seen = runtime.block_on(async move {
            let tasks: Vec<_> = (0..tickers)
                .map(|number| tokio::spawn(one_ticker(lateness::phase(number, tickers), ticks)))
                .collect();
            let mut seen = Vec::with_capacity(tickers);
            for task in tasks {
                seen.push(task.await.map_err(panicked)?);
            }
            Ok::<_, Failure>(seen)
        })?;
        lateness.tickers(stopwatch.stop()?, &seen, ticks)?;
    }
    lateness.print(plan.subject(), "a tick");
    Ok(())
}

async fn one_ticker(phase: Duration, ticks: usize) -> Ticks {
    time::sleep(phase).await;
    let origin = Instant::now();
    let mut seen = Ticks::new(origin, ticks);
    let mut interval = time::interval_at((origin + lateness::PERIOD).into(), lateness::PERIOD);
    interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
    for _ in 0..ticks {
        interval.tick().await;
        seen.tick();
    }
    seen
}

fn sleepers(plan: &Plan) -> Result<(), Failure> {
    let runtime = runtime(plan)?;
    let mut lateness = Lateness::default();
    let sleepers = plan.tasks;
    for _ in 0..plan.rounds {
        let stopwatch = Stopwatch::start()?;
        let late = runtime.block_on(async move {
            let tasks: Vec<_> = (0..sleepers)
                .map(|number| {
                    tokio::spawn(async move {
                        let due = Instant::now() + lateness::nap(number);
                        time::sleep_until(due.into()).await;
                        Instant::now().checked_duration_since(due)
                    })
                })
                .collect();
            let mut late = Vec::with_capacity(sleepers);
            for task in tasks {
                late.push(task.await.map_err(panicked)?);
            }
            Ok::<_, Failure>(late)
        })?;
        lateness.sleepers(stopwatch.stop()?, late)?;
    }
    lateness.print(plan.subject(), "a sleeper");
    Ok(())
}
