//! Tells AddressSanitizer of every change of stacks (`--cfg teem_asan`, with
//! `-Zsanitizer=address`).
//!
//! AddressSanitizer keeps, per thread, the bounds of the stack it believes to run on (to clear its
//! marks when frames are left by a panic, and to describe addresses) and a *fake stack* on the
//! heap, where it puts locals when it looks for uses after return. Both belong to a stack, not to a
//! thread, so each change is announced twice: on the stack that is left, `start_switch_fiber` puts
//! the fake stack away and says where the journey goes; on the one that is entered,
//! `finish_switch_fiber` takes the other fake stack out and tells the bounds of the stack that was
//! left.
//!
//! | change of stacks            | announced on the old stack | confirmed on the new stack |
//! |-----------------------------|----------------------------|----------------------------|
//! | `switch`                    | `Fiber::leave`             | `Fiber::arrive`            |
//! | an entry returns            | `Fiber::finish`            | `Fiber::arrive`            |
//! | `call_on`, to the segment   | `Crossing::depart`         | `Crossing::arrived`        |
//! | `call_on`, back             | `Crossing::go_back`        | `Crossing::returned`       |
//!
//! A coroutine knows the bounds of its stack from the beginning, but not those of a stack the
//! thread brought. Nobody asks for them: whoever is switched to first from such a stack is told
//! them and writes them down for it.

use std::ffi::c_void;
use std::ptr;

// SAFETY: both are functions of the AddressSanitizer runtime, which is linked in where this file is
// compiled; the signatures are those of its public header (sanitizer/common_interface_defs.h).
unsafe extern "C" {
    /// Announces a switch to the stack of `size` bytes at `bottom`. The fake stack of the one that
    /// is left is kept in `save`, or freed if that is null.
    fn __sanitizer_start_switch_fiber(save: *mut *mut c_void, bottom: *const c_void, size: usize);

    /// Confirms the switch: `saved` is the fake stack of the one that is entered, null if it has
    /// none. Writes the bounds of the one that was left.
    fn __sanitizer_finish_switch_fiber(
        saved: *mut c_void,
        old_bottom: *mut *const c_void,
        old_size: *mut usize,
    );
}

/// The lowest address of a stack and its size; a size of 0 says that they are not known yet.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    bottom: *const c_void,
    size: usize,
}

impl Bounds {
    const UNKNOWN: Self = Self {
        bottom: ptr::null(),
        size: 0,
    };

    const fn new(base: *mut u8, limit: *mut u8) -> Self {
        // SAFETY: both are ends of one stack, `base` the higher (kept by `Stack`).
        let size = unsafe { base.offset_from_unsigned(limit) };
        Self {
            bottom: limit.cast_const().cast(),
            size,
        }
    }

    /// Announces that this is where the journey goes.
    ///
    /// # Safety
    ///
    /// The next change of stacks of this thread goes there. `save` is null (the stack that is left
    /// is finished) or keeps its fake stack until the journey back.
    unsafe fn announce(self, save: *mut *mut c_void) {
        // SAFETY: as the caller says; the bounds are true or, for a stack the thread brought, were
        // told by the runtime.
        unsafe { __sanitizer_start_switch_fiber(save, self.bottom, self.size) }
    }

    /// Confirms that this thread has changed stacks; returns the bounds of the one it left.
    ///
    /// # Safety
    ///
    /// The change was announced, and `saved` is the fake stack of the stack that runs now, or null.
    unsafe fn confirm(saved: *mut c_void) -> Self {
        let mut left = Self::UNKNOWN;
        // SAFETY: as the caller says; the runtime writes two words that are ours.
        unsafe { __sanitizer_finish_switch_fiber(saved, &raw mut left.bottom, &raw mut left.size) };
        left
    }
}

/// What AddressSanitizer knows about a coroutine.
#[derive(Debug)]
pub(super) struct Fiber {
    /// The stack it runs on now: its own, or a segment.
    bounds: Bounds,
    /// Its fake stack while it is suspended.
    fake_stack: *mut c_void,
    /// Who was left for it, so that it can write down that one's bounds.
    predecessor: *mut Fiber,
}

impl Fiber {
    /// Whether somebody minds when what lies below a stack pointer is written to.
    pub(super) const IS_WATCHED: bool = true;

    /// On a stack that the thread brought.
    pub(super) const fn new() -> Self {
        Self {
            bounds: Bounds::UNKNOWN,
            fake_stack: ptr::null_mut(),
            predecessor: ptr::null_mut(),
        }
    }

    /// On a stack of its own.
    pub(super) const fn of_stack(base: *mut u8, limit: *mut u8) -> Self {
        Self {
            bounds: Bounds::new(base, limit),
            ..Self::new()
        }
    }

    /// `this` is about to be suspended, for `to`.
    ///
    /// # Safety
    ///
    /// Both are fields of coroutines in place; `this` runs and the next change of stacks is the
    /// switch to `to`.
    #[inline(always)]
    pub(super) unsafe fn leave(this: *mut Self, to: *mut Self) {
        // SAFETY: nobody else uses the fields of the two, as one runs and the other is suspended
        // (caller).
        unsafe {
            (*to).predecessor = this;
            (*to).bounds.announce(&raw mut (*this).fake_stack);
        }
    }

    /// `this` runs, for the first time or again.
    ///
    /// # Safety
    ///
    /// It was switched to after a `leave` or `finish` that named it.
    #[inline(always)]
    pub(super) unsafe fn arrive(this: *mut Self) {
        // SAFETY: `this` runs, so its field is ours; its predecessor is suspended or finished, and
        // cannot be freed before `this`, which it went to, does anything (caller).
        unsafe {
            let left = Bounds::confirm((*this).fake_stack);
            let predecessor = (*this).predecessor;
            if (*predecessor).bounds.size == 0 {
                (*predecessor).bounds = left;
            }
        }
    }

    /// `this` is over and `to` goes on.
    ///
    /// # Safety
    ///
    /// As for [`leave`](Self::leave); `this` is not continued again.
    #[inline(always)]
    pub(super) unsafe fn finish(this: *mut Self, to: *mut Self) {
        // SAFETY: as in `leave`; null because the fake stack ends with its stack.
        unsafe {
            (*to).predecessor = this;
            (*to).bounds.announce(ptr::null_mut());
        }
    }
}

/// A call on another stack and back: lives in the frame that waits for it.
#[derive(Debug)]
pub(super) struct Crossing {
    /// The coroutine that crosses.
    fiber: *mut Fiber,
    /// The fake stack of the stack that waits.
    fake_stack: *mut c_void,
    /// Its bounds.
    outer: Bounds,
}

impl Crossing {
    pub(super) const fn new() -> Self {
        Self {
            fiber: ptr::null_mut(),
            fake_stack: ptr::null_mut(),
            outer: Bounds::UNKNOWN,
        }
    }

    /// `fiber` is about to call on the stack from `limit` to `base`.
    ///
    /// # Safety
    ///
    /// `fiber` is that of the coroutine that runs, and the next change of stacks is that call.
    /// `self` stays in place until `returned`.
    pub(super) unsafe fn depart(&mut self, fiber: *mut Fiber, base: *mut u8, limit: *mut u8) {
        let segment = Bounds::new(base, limit);
        self.fiber = fiber;
        // SAFETY: the coroutine runs, so its fields are ours (caller).
        unsafe {
            (*fiber).bounds = segment;
            segment.announce(&raw mut self.fake_stack);
        }
    }

    /// The call has begun, on the segment.
    ///
    /// # Safety
    ///
    /// After `depart`.
    pub(super) unsafe fn arrived(&mut self) {
        // SAFETY: announced by `depart`; a segment has no fake stack yet.
        self.outer = unsafe { Bounds::confirm(ptr::null_mut()) };
    }

    /// The call is over; its frames are about to be left.
    ///
    /// # Safety
    ///
    /// After `arrived`, and the next change of stacks is the way back.
    pub(super) unsafe fn go_back(&mut self) {
        // SAFETY: the coroutine runs, so its fields are ours; null because the segment's fake stack
        // ends with this call.
        unsafe {
            (*self.fiber).bounds = self.outer;
            self.outer.announce(ptr::null_mut());
        }
    }

    /// The call has returned.
    ///
    /// # Safety
    ///
    /// After `go_back`.
    pub(super) unsafe fn returned(&mut self) {
        // SAFETY: announced by `go_back`; the fake stack is the one that `depart` kept.
        unsafe { Bounds::confirm(self.fake_stack) };
    }
}
