//! Trees of tasks: each spawns its children and waits for what they return.

use crate::arguments::Arguments;
use crate::measure::{self, Stopwatch};
use crate::memory;
use crate::report::{Failure, check};
use crate::rounds;
use crate::wholes::{self, CUTOFF, FIB, LEAVES};

/// A million leaves below ten children each; what comes back is the sum of their numbers.
pub(crate) fn skynet(arguments: &Arguments) -> Result<(), Failure> {
    let leaves = arguments.operations.unwrap_or(LEAVES);
    whole(arguments, "skynet", measure::sum_below(leaves), || {
        node(0, leaves)
    })?;
    let peak = memory::peak_resident()? as f64 / f64::from(1 << 20);
    rounds::subject(arguments, "skynet").metric("peak resident", &[peak], "MiB");
    Ok(())
}

fn node(first: u64, leaves: u64) -> u64 {
    if leaves <= 1 {
        // A share of few leaves may be none.
        return first * leaves;
    }
    let child = |n| {
        let share = measure::share(leaves, n, 10);
        teem::spawn(move || node(first + share.start, share.end - share.start))
    };
    let children = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(child);
    // A panic would be missing from the sum.
    children.into_iter().flat_map(teem::JoinHandle::join).sum()
}

/// `fib(32)`: below 12 by recursion, above with a task for one half.
pub(crate) fn fork_join(arguments: &Arguments) -> Result<(), Failure> {
    whole(arguments, "fork_join", wholes::fib(FIB), || fork(FIB))
}

fn fork(n: u32) -> u64 {
    if n <= CUTOFF {
        return wholes::fib(n);
    }
    let left = teem::spawn(move || fork(n - 1));
    let right = fork(n - 2);
    // A panic would be missing from the sum.
    left.join().unwrap_or(0) + right
}

/// Measures `work` as a whole.
fn whole(
    arguments: &Arguments,
    workload: &str,
    expected: u64,
    work: impl Fn() -> u64 + Sync,
) -> Result<(), Failure> {
    let runtime = rounds::runtime(arguments)?;
    let subject = rounds::subject(arguments, workload);
    wholes::whole(subject, arguments.rounds.unwrap_or(5), || {
        let stopwatch = Stopwatch::start()?;
        let result = runtime.run(&work);
        let cost = stopwatch.stop()?;
        check("the result", result, expected)?;
        Ok(cost)
    })
}
