//! Trees of tasks. A future that spawns its own kind has to be boxed.

use std::future::Future;
use std::pin::Pin;

use crate::arguments::Plan;
use crate::measure::{self, Stopwatch};
use crate::memory;
use crate::program::Row;
use crate::report::{Failure, check};
use crate::runtime::{panicked, runtime};
use crate::wholes::{self, CUTOFF, FIB, LEAVES};

pub(crate) const ROWS: &[Row] = &[
    ("tokio", "skynet", skynet),
    ("tokio", "fork_join", fork_join),
];

type Boxed = Pin<Box<dyn Future<Output = u64> + Send>>;

fn skynet(plan: &Plan) -> Result<(), Failure> {
    let leaves = plan.operations(LEAVES);
    whole(plan, measure::sum_below(leaves), || node(0, leaves))?;
    let peak = memory::peak_resident()? as f64 / f64::from(1 << 20);
    plan.subject().metric("peak resident", &[peak], "MiB");
    Ok(())
}

fn node(first: u64, leaves: u64) -> Boxed {
    Box::pin(async move {
        if leaves <= 1 {
            return first * leaves;
        }
        let child = |n| {
            let share = measure::share(leaves, n, 10);
            tokio::spawn(node(first + share.start, share.end - share.start))
        };
        let children = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(child);
        let mut sum = 0;
        for child in children {
            // A panic would be missing from the sum.
            sum += child.await.unwrap_or(0);
        }
        sum
    })
}

fn fork_join(plan: &Plan) -> Result<(), Failure> {
    whole(plan, wholes::fib(FIB), || fork(FIB))
}

fn fork(n: u32) -> Boxed {
    Box::pin(async move {
        if n <= CUTOFF {
            return wholes::fib(n);
        }
        let left = tokio::spawn(fork(n - 1));
        let right = fork(n - 2).await;
        // A panic would be missing from the sum.
        left.await.unwrap_or(0) + right
    })
}

fn whole(plan: &Plan, expected: u64, work: impl Fn() -> Boxed) -> Result<(), Failure> {
    let runtime = runtime(plan)?;
    wholes::whole(plan.subject(), plan.rounds, || {
        let stopwatch = Stopwatch::start()?;
        let task = async { tokio::spawn(work()).await.map_err(panicked) };
        let result = runtime.block_on(task)?;
        let cost = stopwatch.stop()?;
        check("the result", result, expected)?;
        Ok(cost)
    })
}
