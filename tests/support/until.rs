//! Waiting for something that another task or thread does, with no assumption about when.

/// Yields until `condition` holds. The test's watchdog bounds it.
pub(crate) fn until(condition: impl Fn() -> bool) {
    while !condition() {
        teem::task::yield_now();
    }
}
