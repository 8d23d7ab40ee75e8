//! The places where a sanitizer hears of switches, in builds without one: nothing happens there.
//!
//! The items, and what each is for, are documented in `address.rs`.

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
