//! A coroutine: a stack and the context that is suspended on it.
//!
//! This layer joins what the layers below provide, `asm` (contexts) and `stack` (memory), and hides
//! what differs when the program is watched: AddressSanitizer and ThreadSanitizer are told of every
//! change of stacks, and under Miri each context is an OS thread. It knows no tasks and no queues.
//!
//! ```text
//!   new() ──────────────────────────── the thread's own stack: runs from the beginning
//!   new() ── start(stack, entry) ───── suspended, its first switch calls `entry` on `stack`
//!                │
//!            switch to it           switch(from, to, arg): `from` is suspended, `to` runs
//!                │    ▲
//!                ▼    │ switch to it
//!             running ┴─ switch away
//!                │
//!            entry returns (to, arg): `to` runs, this one is finished
//!                │
//!            take_stack() ─────────── the stack goes back to a pool; as after new()
//! ```
//!
//! # Rules
//!
//! Everything here is unsafe, and its callers (the scheduler, alone) keep the following. `this`,
//! `from` and `to` are raw pointers because the context at the other end of a switch holds the same
//! ones: no reference to a `Coroutine` is live over a switch.
//!
//! - **C1** A coroutine stays where it is from `start` (or its first switch away) until it has
//!   finished.
//! - **C2** It is continued at most once for each suspension, and by the thread that runs it first
//!   (its stack is pinned).
//! - **C3** `from` is the coroutine that runs; `to` is suspended, or was started and has not run.
//!   So they are two: who wants to go on by itself returns.
//! - **C4** A stack is taken only from a coroutine that has finished, and by another one: whoever
//!   it named runs.
//! - **C5** An entry does not unwind. Panics are caught inside (by the task's root) or by
//!   [`Call`].
//!
//! A coroutine that is dropped while suspended leaks what lives on its stack, and if its stack is
//! put to other use the values on it are forgotten. That is safe for them as `mem::forget` is,
//! unless something else points into the stack, which is why the scheduler never drops a task that
//! has started.

#[cfg(not(miri))]
use crate::asm as context;
#[cfg(miri)]
#[path = "miri.rs"]
mod context;

#[cfg(all(teem_asan, not(miri)))]
#[path = "address.rs"]
mod sanitizer;
#[cfg(all(teem_tsan, not(miri)))]
#[path = "thread.rs"]
mod sanitizer;
#[cfg(any(miri, not(any(teem_asan, teem_tsan))))]
#[path = "unsanitized.rs"]
mod sanitizer;
#[cfg(any(miri, not(teem_asan)))]
mod uncrossed;

#[cfg(all(test, not(loom)))]
mod tests;

use std::mem::MaybeUninit;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::thread;

use context::{Context, Transfer};
use sanitizer::{Crossing, Fiber};

use crate::stack::Stack;

/// What a coroutine runs: gets the `arg` of the first switch to it and the `data` given to
/// [`Coroutine::start`]; returns who goes on, and with which `arg`. It does not unwind (C5).
pub(crate) type CoroutineEntry = unsafe fn(arg: usize, data: *mut ()) -> (*mut Coroutine, usize);

/// A stack and the context on it, or the context of a stack that the thread brought.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Coroutine {
    /// Filled while the coroutine is suspended. First, so that a switch adds no offset to the
    /// pointers it has.
    context: Context,
    /// None for a thread's own stack, before `start` and after `take_stack`.
    stack: Option<Stack>,
    /// What `first` calls; read once, at the first switch.
    entry: CoroutineEntry,
    /// What `entry` gets.
    data: *mut (),
    /// What a sanitizer knows about the stack; nothing in other builds.
    fiber: Fiber,
}

impl Coroutine {
    /// Whether a tool watches what is written below stack pointers.
    pub(crate) const IS_WATCHED: bool = Fiber::IS_WATCHED;

    /// The coroutine of the stack the thread runs on, or of a task that has no stack yet.
    pub(crate) const fn new() -> Self {
        Self {
            context: Context::new(),
            stack: None,
            entry: never_started,
            data: ptr::null_mut(),
            fiber: Fiber::new(),
        }
    }

    /// Gives `this` a stack; the first switch to it calls `entry(arg, data)` there.
    ///
    /// # Safety
    ///
    /// `this` is valid for writes, has no stack and stays in place from here on (C1). `entry` may
    /// be called once with `data`, on the thread that switches to it first (C2, C5).
    pub(crate) unsafe fn start(
        this: *mut Self,
        stack: Stack,
        entry: CoroutineEntry,
        data: *mut (),
    ) {
        let (base, limit) = (stack.base(), stack.limit());
        // SAFETY: `this` is valid and nobody else looks at it before it is switched to (caller,
        // C1). The stack is used by this coroutine alone, which owns it until `take_stack` (C4);
        // `first` gets the pointer it wants, and does not unwind.
        unsafe {
            (*this).stack = Some(stack);
            (*this).entry = entry;
            (*this).data = data;
            (*this).fiber = Fiber::of_stack(base, limit);
            context::prepare(&raw mut (*this).context, base, limit, first, this.cast());
        }
    }

    /// Suspends `from`, which runs, and continues `to`, which gets `arg`. Returns the `arg` of
    /// whoever continues `from`.
    ///
    /// # Safety
    ///
    /// C1 to C3.
    #[inline(always)]
    pub(crate) unsafe fn switch(from: *mut Self, to: *mut Self, arg: usize) -> usize {
        debug_assert!(from != to, "C3: a coroutine switches to itself");
        // SAFETY: the pointers are to coroutines in place (C1), so to their fields. `from` runs and
        // `to` may be continued (C3), which is what `switch` (A1 to A3) and the hooks around it
        // ask.
        unsafe {
            Fiber::leave(&raw mut (*from).fiber, &raw mut (*to).fiber);
            let received = context::switch(&raw mut (*from).context, &raw mut (*to).context, arg);
            Fiber::arrive(&raw mut (*from).fiber);
            received
        }
    }

    /// Has the cache fetch what `this` will touch first when it is switched to: these lines of its stack, counted
    /// from where it was left. Those below that it will use anew.
    ///
    /// # Safety
    ///
    /// `this` stays in place (C1), and nobody continues it meanwhile, nor does it leave.
    #[inline(always)]
    pub(crate) unsafe fn prefetch(this: *const Self, lines: Range<isize>) {
        // SAFETY: in place, and only a switch fills the context of a coroutine (caller).
        unsafe { context::prefetch(&raw const (*this).context, lines) };
    }

    /// The stack of a suspended coroutine and the stack pointer it will continue with. `None` without
    /// a stack, and where frames cannot be told from what lies below them.
    ///
    /// # Safety
    ///
    /// `this` does not run, stays in place (C1) and is not started, continued or buried while the
    /// reference lives.
    pub(crate) unsafe fn suspended<'a>(this: *const Self) -> Option<(&'a Stack, *const u8)> {
        // SAFETY: in place, and nobody changes it meanwhile (caller).
        let this = unsafe { &*this };
        Some((this.stack.as_ref()?, this.context.suspended_at()?))
    }

    /// Takes the stack of a coroutine that has finished, or that never ran.
    ///
    /// # Safety
    ///
    /// C4: the entry of `this` has returned and another coroutine runs, or `this` was never
    /// switched to and will not be.
    pub(crate) unsafe fn take_stack(this: *mut Self) -> Option<Stack> {
        // SAFETY: the context on the stack is over (C4), so nobody else uses the field.
        unsafe { (*this).stack.take() }
    }

    /// The stack of a task's coroutine; none before it started and for a thread's own stack.
    #[inline]
    pub(crate) fn stack(&self) -> Option<&Stack> {
        self.stack.as_ref()
    }

    /// Makes `call` on the segment between `base` and `limit`, and comes back when it has returned.
    ///
    /// Its closure may switch away and be continued; the coroutine is still `this`.
    ///
    /// # Safety
    ///
    /// `this` is the coroutine that runs, and the two are the ends of a stack that is used for nothing else until this
    /// returns. The [`Call`] that `call` is of was not made before; it stays where it is, and nobody else touches it
    /// meanwhile.
    #[inline(always)]
    pub(crate) unsafe fn call_on(
        this: *mut Self,
        base: *mut u8,
        limit: *mut u8,
        call: UntypedCall,
    ) {
        let UntypedCall { run, data } = call;
        let crossing = data.cast::<Crossing>();
        // SAFETY: `this` runs and the segment is ours until `call_on` returns (caller). `run` does
        // not unwind, and gets a call of its own types, which waits in place and begins with its crossing (caller).
        unsafe {
            (*crossing).depart(&raw mut (*this).fiber, base, limit);
            context::call_on(&raw mut (*this).context, base, limit, run, data);
            (*crossing).returned();
        }
    }
}

/// Has the cache fetch the line at an address, ahead of its use. A hint: whether anything is there, and whose
/// it is, does not matter.
#[inline(always)]
pub(crate) fn fetch<T>(address: *const T) {
    context::fetch(address.addr());
}

/// [`fetch`] of these lines, of which 0 is the one at `address`.
#[inline(always)]
pub(crate) fn fetch_lines<T>(address: *const T, lines: Range<isize>) {
    for line in lines {
        fetch(address.wrapping_byte_offset(64 * line));
    }
}

/// The address down to which the running stack is used, by the frame of the caller.
#[inline(always)]
pub(crate) fn stack_pointer() -> usize {
    context::stack_pointer()
}

/// A call on a segment: lives in the frame that waits for it.
#[repr(C)]
pub(crate) struct Call<F, R> {
    /// First, so that a pointer to it is one to the call.
    crossing: Crossing,
    /// None when the call was made.
    f: Option<F>,
    /// Written then.
    result: MaybeUninit<thread::Result<R>>,
}

/// What one function can do with calls of all types: a pointer to one, and what makes it.
#[derive(Clone, Copy)]
pub(crate) struct UntypedCall {
    run: unsafe extern "C" fn(*mut ()),
    data: *mut (),
}

impl<F: FnOnce() -> R, R> Call<F, R> {
    #[inline(always)]
    pub(crate) fn new(f: F) -> Self {
        Self {
            crossing: Crossing::new(),
            f: Some(f),
            result: MaybeUninit::uninit(),
        }
    }

    /// What [`Coroutine::call_on`] is to make.
    #[inline(always)]
    pub(crate) fn untyped(&mut self) -> UntypedCall {
        UntypedCall {
            run: Self::run,
            data: ptr::from_mut(self).cast(),
        }
    }

    /// What the closure returned, or what it panicked with.
    ///
    /// # Safety
    ///
    /// The call was made.
    #[inline(always)]
    pub(crate) unsafe fn into_result(self) -> thread::Result<R> {
        // SAFETY: `run` writes it before it returns (caller).
        unsafe { self.result.assume_init() }
    }

    /// What runs on the segment: calls `f` and keeps its result, or its panic.
    ///
    /// # Safety
    ///
    /// `data` is a `*mut Call<F, R>` that nobody else uses until this returns, that was not run before, and whose
    /// crossing has departed.
    unsafe extern "C" fn run(data: *mut ()) {
        // SAFETY: it is such a call, in the frame that waits for us (caller).
        let call = unsafe { &mut *data.cast::<Self>() };
        // SAFETY: the crossing departed for the stack we run on (caller).
        unsafe { call.crossing.arrived() };
        // SAFETY: it is there, as this is the one time (caller).
        let f = unsafe { call.f.take().unwrap_unchecked() };
        call.result.write(catch_unwind(AssertUnwindSafe(f)));
        // SAFETY: the next thing is to return to the stack that was left.
        unsafe { call.crossing.go_back() };
    }
}

/// The `asm` entry of every coroutine.
///
/// # Safety
///
/// `data` is the started coroutine that runs.
unsafe extern "C" fn first(arg: usize, data: *mut ()) -> Transfer {
    let this = data.cast::<Coroutine>();
    // SAFETY: `this` runs, stays in place until it has finished (C1) and was started with an entry
    // that may be called with its data (kept by `start`). `to` is suspended or was started (C3,
    // kept by the entry).
    unsafe {
        Fiber::arrive(&raw mut (*this).fiber);
        let (to, arg) = ((*this).entry)(arg, (*this).data);
        Fiber::finish(&raw mut (*this).fiber, &raw mut (*to).fiber);
        Transfer {
            to: &raw mut (*to).context,
            arg,
        }
    }
}

/// Stands in `Coroutine::entry` before `start`, so that the field needs no `Option`. Its panic
/// aborts, as `first` lets none out.
fn never_started(_arg: usize, _data: *mut ()) -> (*mut Coroutine, usize) {
    panic!("a coroutine runs that was not started");
}
