//! What the measurements of whole computations have in common, teem's and the peers' alike: as `measure.rs` is for
//! single operations.

use crate::measure::Cost;
use crate::report::{Failure, Subject};

/// Leaves of `skynet`, ten children a node.
pub(crate) const LEAVES: u64 = 1_000_000;

/// The number of `fork_join`, and up to which it is computed without a task.
pub(crate) const FIB: u32 = 32;
pub(crate) const CUTOFF: u32 = 12;

/// Runs `round` once to warm up, then `rounds` times. Prints the time and the processor time of the whole.
pub(crate) fn whole(
    subject: Subject<'_>,
    rounds: usize,
    mut round: impl FnMut() -> Result<Cost, Failure>,
) -> Result<(), Failure> {
    round()?;
    let (mut samples, mut processor) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let cost = round()?;
        samples.push(cost.elapsed.as_secs_f64() * 1e3);
        processor.push(cost.processor.as_secs_f64() * 1e3);
    }
    subject.metric("whole", &samples, "ms");
    subject.metric("processor whole", &processor, "ms");
    Ok(())
}

/// The `n`-th of Fibonacci's numbers, by the recursion that defines it.
pub(crate) fn fib(n: u32) -> u64 {
    match n {
        0 | 1 => n.into(),
        _ => fib(n - 1) + fib(n - 2),
    }
}
