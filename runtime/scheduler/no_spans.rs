//! Spans that follow a task, without the feature `tracing`: nothing (`spans.rs`).

use crate::task::Header;

/// See `spans.rs`.
#[must_use]
pub(super) struct Left;

#[inline(always)]
pub(super) fn leave(_task: &Header) -> Left {
    Left
}

impl Left {
    #[inline(always)]
    pub(super) fn enter(self, _task: &Header) {}

    #[inline(always)]
    pub(super) fn forget(self) {}
}

#[inline(always)]
pub(super) fn inherit<F: FnOnce() -> T, T>(f: F) -> F {
    f
}

#[inline(always)]
pub(super) fn inherit_each<S, R>(f: impl FnMut(S) -> R) -> impl FnMut(S) -> R {
    f
}
