//! Rounds of many operations, all on one runtime of teem's.

use teem::runtime::{self, Runtime};
use teem::task::JoinHandle;

use crate::arguments::Arguments;
use crate::measure::{self, Stopwatch};
use crate::report::{Failure, Subject};

pub(crate) fn runtime(arguments: &Arguments) -> Result<Runtime, Failure> {
    let runtime = runtime::Builder::new().workers(arguments.workers).build()?;
    Ok(runtime)
}

pub(crate) fn subject<'a>(arguments: &Arguments, workload: &'a str) -> Subject<'a> {
    Subject {
        workload,
        implementation: "teem",
        workers: arguments.workers,
    }
}

/// Measures `work`, which a task runs: it does as many operations as it is told, `usual` of them
/// unless the user wants another number, and checks what came of them.
pub(crate) fn measure(
    arguments: &Arguments,
    workload: &str,
    what: &str,
    usual: u64,
    work: impl Fn(u64) -> Result<(), Failure> + Sync,
) -> Result<(), Failure> {
    let runtime = runtime(arguments)?;
    let rounds = arguments.rounds.unwrap_or(3);
    let operations = arguments.operations.unwrap_or(usual);
    let subject = subject(arguments, workload);
    measure::operations(subject, what, rounds, operations, |operations| {
        let stopwatch = Stopwatch::start()?;
        runtime.run(|| work(operations))?;
        stopwatch.stop()
    })
}

/// Joins the tasks.
///
/// # Errors
///
/// When one has panicked.
pub(crate) fn join<T>(tasks: Vec<JoinHandle<T>>) -> Result<Vec<T>, Failure> {
    let results: Result<Vec<T>, _> = tasks.into_iter().map(JoinHandle::join).collect();
    results.map_err(|_| Failure::new("a task panicked"))
}
