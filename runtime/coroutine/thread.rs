//! Tells ThreadSanitizer of every switch (`--cfg teem_tsan`, with `-Zsanitizer=thread`).
//!
//! ThreadSanitizer keeps a history and a clock for each thread: what it has done, and what of the
//! others it has seen. To it a coroutine is a *fiber*, a thread of its own that runs on the
//! processor of another, so that a task's history does not become a part of its neighbours', and a
//! race between two tasks is reported with the calls of both. A switch orders what was done
//! before it before what is done after it, since both are on one thread: a task
//! and its worker, and two tasks of one worker, do not race.
//!
//! | change of stacks      | announced, on the old stack                                       |
//! |-----------------------|-------------------------------------------------------------------|
//! | `switch`              | `Fiber::leave`                                                    |
//! | an entry returns      | `Fiber::finish`; whoever goes on frees the fiber, in `arrive`     |
//! | `call_on`, and back   | not at all: a segment is a part of its coroutine's fiber          |
//!
//! The announcement changes the stack of calls that is being recorded, so it is the last thing before
//! the switch; both are in line, and no function returns between them. The one that does, the entry of
//! a coroutine which is over, would strike a call off the other's record: so one is added.

pub(super) use super::uncrossed::Crossing;
use std::ffi::{c_uint, c_void};
use std::ptr;

// SAFETY: functions of the ThreadSanitizer runtime, which is linked in where this file is compiled;
// the signatures are those of its public header (sanitizer/tsan_interface.h).
unsafe extern "C" {
    /// The fiber that runs: also a thread has one.
    fn __tsan_get_current_fiber() -> *mut c_void;
    fn __tsan_create_fiber(flags: c_uint) -> *mut c_void;
    /// Of a fiber that does not run.
    fn __tsan_destroy_fiber(fiber: *mut c_void);
    /// What this thread does from here on is done by `fiber`. With flags of 0, after what it has
    /// done until now.
    fn __tsan_switch_to_fiber(fiber: *mut c_void, flags: c_uint);
    /// Records a call, which came from `pc`. Returns are recorded by the code of the compiler.
    fn __tsan_func_entry(pc: *mut c_void);
}

/// What ThreadSanitizer knows about a coroutine.
#[derive(Debug)]
pub(super) struct Fiber {
    /// Null for a thread's own stack that was not left yet.
    own: *mut c_void,
    /// One that has finished and went on here.
    finished: *mut c_void,
}

impl Fiber {
    pub(super) const IS_WATCHED: bool = false;

    /// On a stack that the thread brought.
    pub(super) const fn new() -> Self {
        Self {
            own: ptr::null_mut(),
            finished: ptr::null_mut(),
        }
    }

    /// On a stack of its own.
    pub(super) fn of_stack(_base: *mut u8, _limit: *mut u8) -> Self {
        Self {
            // SAFETY: no pointers are passed; `finish` has it freed.
            own: unsafe { __tsan_create_fiber(0) },
            ..Self::new()
        }
    }

    /// `this` is about to be suspended, for `to`.
    ///
    /// # Safety
    ///
    /// Both are fields of coroutines in place; `this` runs and the next thing is the switch to `to`.
    #[inline(always)]
    pub(super) unsafe fn leave(this: *mut Self, to: *mut Self) {
        // SAFETY: nobody else uses the fields of the two, as one runs and the other is suspended
        // (caller); so the other's fiber is known and does not run.
        unsafe {
            if (*this).own.is_null() {
                (*this).own = __tsan_get_current_fiber();
            }
            __tsan_switch_to_fiber((*to).own, 0);
        }
    }

    /// `this` runs, for the first time or again.
    ///
    /// # Safety
    ///
    /// It was switched to after a `leave` or `finish` that named it.
    #[inline(always)]
    pub(super) unsafe fn arrive(this: *mut Self) {
        // SAFETY: `this` runs, so its field is ours, and what has finished does not (caller).
        unsafe {
            let finished = ptr::replace(&raw mut (*this).finished, ptr::null_mut());
            if !finished.is_null() {
                __tsan_destroy_fiber(finished);
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
        // SAFETY: as in `leave`.
        unsafe {
            (*to).finished = (*this).own;
            __tsan_switch_to_fiber((*to).own, 0);
            // The entry of `this` has still to return.
            __tsan_func_entry(ptr::null_mut());
        }
    }
}
