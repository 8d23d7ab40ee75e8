//! rayon: its `join`, which runs one half itself and lets another thread have the other.

use rayon::ThreadPoolBuilder;

use crate::arguments::Plan;
use crate::measure::Stopwatch;
use crate::program::Row;
use crate::report::{Failure, check};
use crate::wholes::{self, CUTOFF, FIB};

pub(crate) const ROWS: &[Row] = &[("rayon", "fork_join", fork_join)];

fn fork_join(plan: &Plan) -> Result<(), Failure> {
    let pool = ThreadPoolBuilder::new().num_threads(plan.workers).build();
    let pool = pool.map_err(|error| Failure::new(error.to_string()))?;
    wholes::whole(plan.subject(), plan.rounds, || {
        let stopwatch = Stopwatch::start()?;
        let result = pool.install(|| fork(FIB));
        let cost = stopwatch.stop()?;
        check("the result", result, wholes::fib(FIB))?;
        Ok(cost)
    })
}

fn fork(n: u32) -> u64 {
    if n <= CUTOFF {
        return wholes::fib(n);
    }
    let (left, right) = rayon::join(|| fork(n - 1), || fork(n - 2));
    left + right
}
