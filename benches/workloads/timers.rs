//! Many timers at once: what they cost and how late they are.

use std::time::Instant;

use teem::time::{self, Ticker};

use crate::arguments::Arguments;
use crate::lateness::{self, Lateness, Ticks};
use crate::measure::Stopwatch;
use crate::report::Failure;
use crate::rounds;

/// Tasks with a ticker each, whose phases are spread evenly.
pub(crate) fn ticker(arguments: &Arguments) -> Result<(), Failure> {
    let runtime = rounds::runtime(arguments)?;
    let tickers = arguments.tickers;
    let ticks = lateness::ticks(arguments.seconds.as_secs_f64());
    let mut lateness = Lateness::default();
    for _ in 0..arguments.rounds.unwrap_or(3) {
        let stopwatch = Stopwatch::start()?;
        let seen = runtime.run(|| {
            let tasks = (0..tickers).map(|number| {
                teem::spawn(move || {
                    time::sleep(lateness::phase(number, tickers));
                    let mut seen = Ticks::new(Instant::now(), ticks);
                    let ticker = Ticker::new(lateness::PERIOD);
                    for _ in ticker.receiver().iter().take(ticks) {
                        seen.tick();
                    }
                    seen
                })
            });
            rounds::join(tasks.collect())
        })?;
        lateness.tickers(stopwatch.stop()?, &seen, ticks)?;
    }
    lateness.print(rounds::subject(arguments, "ticker"), "a tick");
    Ok(())
}

/// All tasks sleep, each for another time of one to five seconds.
pub(crate) fn sleepers(arguments: &Arguments) -> Result<(), Failure> {
    let runtime = rounds::runtime(arguments)?;
    let sleepers = arguments.tasks();
    let mut lateness = Lateness::default();
    for _ in 0..arguments.rounds.unwrap_or(1) {
        let stopwatch = Stopwatch::start()?;
        let late = runtime.run(|| {
            let tasks = (0..sleepers).map(|number| {
                teem::spawn(move || {
                    let due = Instant::now() + lateness::nap(number);
                    time::sleep_until(due);
                    Instant::now().checked_duration_since(due)
                })
            });
            rounds::join(tasks.collect())
        })?;
        lateness.sleepers(stopwatch.stop()?, late)?;
    }
    lateness.print(rounds::subject(arguments, "sleepers"), "a sleeper");
    Ok(())
}
