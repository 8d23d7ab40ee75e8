//! Many timers at once.

use std::time::{Duration, Instant};

use may::coroutine::{self, JoinHandle};
use may::go;

use crate::arguments::Plan;
use crate::join::{allow, panicked};
use crate::lateness::{self, Lateness, Ticks};
use crate::measure::Stopwatch;
use crate::program::Row;
use crate::report::Failure;

pub(crate) const ROWS: &[Row] = &[("may", "ticker", ticker), ("may", "sleepers", sleepers)];

/// There is no ticker: each sleeps until its next tick is due.
fn ticker(plan: &Plan) -> Result<(), Failure> {
    may::config().set_workers(plan.workers);
    let mut lateness = Lateness::default();
    let (tickers, ticks) = (plan.tickers, plan.ticks());
    for _ in 0..plan.rounds {
        let stopwatch = Stopwatch::start()?;
        let coroutines: Vec<_> = (0..tickers)
            .map(|number| {
                go!(move || {
                    coroutine::sleep(lateness::phase(number, tickers));
                    let origin = Instant::now();
                    let mut seen = Ticks::new(origin, ticks);
                    for _ in 0..ticks {
                        coroutine::sleep(until_next(origin));
                        seen.tick();
                    }
                    seen
                })
            })
            .collect();
        let seen: Result<Vec<Ticks>, _> = coroutines.into_iter().map(JoinHandle::join).collect();
        lateness.tickers(stopwatch.stop()?, &seen.map_err(panicked)?, ticks)?;
    }
    lateness.print(plan.subject(), "a tick");
    Ok(())
}

/// How long it is to the next multiple of the period.
fn until_next(origin: Instant) -> Duration {
    let periods = origin.elapsed().as_nanos() / lateness::PERIOD.as_nanos() + 1;
    let due = origin + lateness::PERIOD * periods as u32;
    due.saturating_duration_since(Instant::now())
}

fn sleepers(plan: &Plan) -> Result<(), Failure> {
    allow(plan.tasks as u64)?;
    may::config().set_workers(plan.workers);
    let mut lateness = Lateness::default();
    for _ in 0..plan.rounds {
        let stopwatch = Stopwatch::start()?;
        let coroutines: Vec<_> = (0..plan.tasks)
            .map(|number| {
                go!(move || {
                    let due = Instant::now() + lateness::nap(number);
                    coroutine::sleep(due.saturating_duration_since(Instant::now()));
                    Instant::now().checked_duration_since(due)
                })
            })
            .collect();
        let late: Result<Vec<Option<Duration>>, _> =
            coroutines.into_iter().map(JoinHandle::join).collect();
        lateness.sleepers(stopwatch.stop()?, late.map_err(panicked)?)?;
    }
    lateness.print(plan.subject(), "a sleeper");
    Ok(())
}
