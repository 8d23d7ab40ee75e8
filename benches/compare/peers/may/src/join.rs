//! The ends of coroutines, and how many there can be.

use std::fs;

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

/// Fails where the system does not allow as many stacks at once: then spawning panics, or what waits
/// for those that are missing waits for ever.
pub(crate) fn allow(coroutines: u64) -> Result<(), Failure> {
    /// A stack is one, and its guard another one.
    const MAPPINGS: u64 = 2;
    let allowed = fs::read_to_string("/proc/sys/vm/max_map_count")?;
    let needed = MAPPINGS * coroutines;
    match allowed.trim().parse::<u64>() {
        Ok(allowed) if allowed < needed => Err(Failure::new(format!(
            "{coroutines} stacks need vm.max_map_count to be {needed}; it is {allowed}"
        ))),
        _ => Ok(()),
    }
}
