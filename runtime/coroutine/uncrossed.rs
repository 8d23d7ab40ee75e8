//! Calls on segments, for whom they are a part of their coroutine: nothing is told of them.
//!
//! The items, and what each is for, are documented in `address.rs`.

use super::sanitizer::Fiber;

/// A call on another stack and back.
#[derive(Debug)]
pub(super) struct Crossing;

impl Crossing {
    pub(super) const fn new() -> Self {
        Self
    }

    /// # Safety
    ///
    /// None is needed here.
    #[inline(always)]
    pub(super) unsafe fn depart(&mut self, _fiber: *mut Fiber, _base: *mut u8, _limit: *mut u8) {}

    /// # Safety
    ///
    /// None is needed here.
    #[inline(always)]
    pub(super) unsafe fn arrived(&mut self) {}

    /// # Safety
    ///
    /// None is needed here.
    #[inline(always)]
    pub(super) unsafe fn go_back(&mut self) {}

    /// # Safety
    ///
    /// None is needed here.
    #[inline(always)]
    pub(super) unsafe fn returned(&mut self) {}
}
