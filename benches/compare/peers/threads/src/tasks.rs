//! Threads as such: switches, births and deaths.

use std::thread;

use crate::arguments::Plan;
use crate::measure::Stopwatch;
use crate::messages::{SLOWER, panicked};
use crate::program::Row;
use crate::report::Failure;

pub(crate) const ROWS: &[Row] = &[("threads", "yield", yields)];

fn yields(plan: &Plan) -> Result<(), Failure> {
    plan.measure("a switch", plan.switches(), SLOWER, |switches| {
        let stopwatch = Stopwatch::start()?;
        let pair = [(); 2]
            .map(|()| thread::spawn(move || (0..switches / 2).for_each(|_| thread::yield_now())));
        for thread in pair {
            thread.join().map_err(panicked)?;
        }
        stopwatch.stop()
    })
}
