//! Room for so many values: for now a queue under a lock.

use super::unbounded::Unbounded;

pub(super) type Bounded<T> = Unbounded<T>;

pub(super) fn new<T>(capacity: usize) -> Bounded<T> {
    Unbounded::with(Some(capacity))
}
