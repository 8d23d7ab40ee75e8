//! The runtime for a number of workers, and the ends of tasks.

use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinError, JoinHandle};

use crate::arguments::Plan;
use crate::report::Failure;

pub(crate) fn runtime(plan: &Plan) -> Result<Runtime, Failure> {
    let mut builder = match plan.workers {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    Ok(builder.worker_threads(plan.workers).enable_all().build()?)
}

/// Awaits the tasks and sums up what they return.
pub(crate) async fn sum(tasks: Vec<JoinHandle<u64>>) -> Result<u64, Failure> {
    let mut sum = 0;
    for task in tasks {
        sum += task.await.map_err(panicked)?;
    }
    Ok(sum)
}

pub(crate) fn panicked(error: JoinError) -> Failure {
    Failure::new(error.to_string())
}
