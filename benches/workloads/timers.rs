//! Many timers at once: what they cost and how late they are.

use std::time::Instant;

use teem::time;

use crate::arguments::Arguments;
use crate::lateness::{self, Lateness};
use crate::measure::Stopwatch;
use crate::report::Failure;
use crate::rounds;

/// All tasks sleep, each for another time of one to five seconds.
pub(crate) fn sleepers(arguments: &Arguments) -> Result<(), Failure> {
    let runtime = rounds::runtime(arguments)?;
    let sleepers = arguments.tasks;
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
