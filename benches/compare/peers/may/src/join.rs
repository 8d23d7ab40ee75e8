//! The ends of coroutines.

use may::coroutine::JoinHandle;

use crate::report::Failure;

/// Joins the coroutines and sums up what they return.
pub(crate) fn sum(coroutines: Vec<JoinHandle<u64>>) -> Result<u64, Failure> {
    let mut sum = 0;
    for coroutine in coroutines {
        sum += coroutine.join().map_err(panicked)?;
    }
    Ok(sum)
}

pub(crate) fn panicked<E>(_: E) -> Failure {
    Failure::new("a coroutine panicked")
}
