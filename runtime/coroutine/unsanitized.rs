//! The places where a sanitizer hears of switches, in builds without one: nothing happens there.
//!
//! The items, and what each is for, are documented in `address.rs`.

pub(super) use super::uncrossed::Crossing;

/// What is known about a coroutine's stack: nothing.
#[derive(Debug)]
pub(super) struct Fiber;

impl Fiber {
    pub(super) const IS_WATCHED: bool = false;

    pub(super) const fn new() -> Self {
        Self
    }

    pub(super) const fn of_stack(_base: *mut u8, _limit: *mut u8) -> Self {
        Self
    }

    /// # Safety
    ///
    /// None is needed here.
    #[inline(always)]
    pub(super) unsafe fn leave(_this: *mut Self, _to: *mut Self) {}

    /// # Safety
    ///
    /// None is needed here.
    #[inline(always)]
    pub(super) unsafe fn arrive(_this: *mut Self) {}

    /// # Safety
    ///
    /// None is needed here.
    #[inline(always)]
    pub(super) unsafe fn finish(_this: *mut Self, _to: *mut Self) {}
}
