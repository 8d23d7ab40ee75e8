//! The context switch on every target without a file of its own: contexts as coroutines of the
//! `corosensei` crate.
//!
//! Its coroutines are asymmetric. One is resumed by whoever holds it and suspends to that very
//! place; our contexts are symmetric. The difference is made up by a loop:
//!
//! ```text
//!   the thread's own stack                  coroutines, one a context
//!
//!   switch(own, A, 1)
//!     loop ── resume(1) ──────────────────►  A runs
//!       ▲                                    switch(A, B, 2)
//!       ├──── suspends with (B, 2) ◄─────────┘
//!       ├─ resume(2) ──────────────────────────────────────►  B runs
//!       │                                                     its entry returns (own, 3)
//!       ├──── returns (own, 3) ◄──────────────────────────────┘
//!     own is named: the loop ends
//!   switch returns 3
//! ```
//!
//! A context that switches suspends its coroutine with what it wants, a [`Transfer`]. The outermost
//! context, the one that is no coroutine, is inside its own `switch` meanwhile, which resumes whom
//! it is told to until it is named itself. So a switch between two tasks costs two of
//! `corosensei`'s, and the price of a processor that nobody has written a file for is about that
//! factor.
//!
//! `call_on` is a coroutine within a coroutine: while the inner one runs, the context suspends
//! through it, and the outer one passes what it says on to the loop, and the answer back in.
//!
//! Panics never cross: the functions called here are `extern "C"`. So nothing of the crate's
//! unwinding is used; dropping a coroutine that is suspended would unwind its stack, which is why
//! they are kept in `ManuallyDrop` (A5).
//!
//! One thing is narrower than on the hand-written architectures: a context that is no coroutine can
//! be continued only by the loop it is in itself. Two such contexts of one thread (a worker's own,
//! and that of a second, nested worker on a task's stack) cannot switch to each other's tasks; that
//! is noticed, and aborts.

// The layer is core, plus what `corosensei` brings.
use core::fmt;
use core::mem::ManuallyDrop;
use core::ops::Range;
use core::ptr;

use corosensei::stack::{Stack, StackPointer};
use corosensei::{Coroutine, CoroutineResult, Yielder};

use super::{Entry, Transfer};

/// A coroutine that gets words, suspends by saying who goes on, and says who goes on when it is
/// over.
type Routine<Return> = Coroutine<usize, Transfer, Return, Bounds>;

/// A context: the coroutine that it is, if it is one, and where it suspends now.
pub(crate) struct Context {
    /// None for the stack the thread brought, before `prepare` and once it is over.
    routine: Option<ManuallyDrop<Routine<Transfer>>>,
    /// The handle by which the innermost coroutine of this context suspends; null outside all.
    yielder: *const Yielder<usize, Transfer>,
}

impl Context {
    /// The context of a stack that runs already.
    pub(crate) const fn new() -> Self {
        Self {
            routine: None,
            yielder: ptr::null(),
        }
    }

    /// Not known here.
    pub(crate) fn suspended_at(&self) -> Option<*const u8> {
        None
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Context").finish_non_exhaustive()
    }
}

/// A stack that somebody else owns.
#[derive(Debug)]
struct Bounds {
    base: StackPointer,
    limit: StackPointer,
}

impl Bounds {
    fn new(base: *mut u8, limit: *mut u8) -> Self {
        let pointer = |end: *mut u8| {
            StackPointer::new(end.expose_provenance()).expect("a stack does not end at address 0")
        };
        Self {
            base: pointer(base),
            limit: pointer(limit),
        }
    }
}

// SAFETY: both ends are aligned and bound memory that is mapped, writable and used by nobody else
// until the coroutine is over (A2, kept by the callers of `prepare` and `call_on`); the guard below
// the limit is the stack layer's.
unsafe impl Stack for Bounds {
    fn base(&self) -> StackPointer {
        self.base
    }

    fn limit(&self) -> StackPointer {
        self.limit
    }
}

/// Prepares `context`: the first switch to it calls `entry(arg, data)` on the stack that ends at
/// `base`.
///
/// When `entry` returns, its context is over and the one it names goes on.
///
/// # Safety
///
/// `base` is the 16-aligned upper end of a stack that reaches down to `limit`; A2 holds for it and
/// for `context` from here on, and `entry` may be called with `data` (A4).
pub(crate) unsafe fn prepare(
    context: *mut Context,
    base: *mut u8,
    limit: *mut u8,
    entry: Entry,
    data: *mut (),
) {
    let body = move |yielder: &Yielder<usize, Transfer>, arg| {
        // SAFETY: the context stays in place until its entry has returned (A2) and is ours while we
        // run; the yielder lives as long as this coroutine. `entry` may be called with `data`
        // (caller of `prepare`).
        unsafe {
            (*context).yielder = yielder;
            entry(arg, data)
        }
    };
    let routine = Routine::with_stack(Bounds::new(base, limit), body);
    // SAFETY: `context` is the caller's to write until it switches to it (A1). What it held is a
    // coroutine that is over (`None`) or abandoned (A5, and not dropped, as it is `ManuallyDrop`).
    unsafe { (*context).routine = Some(ManuallyDrop::new(routine)) };
}

/// Brings what a suspended context will need first into the cache, ahead of its switch: these of its stack's
/// lines, of which 0 is the one of its stack pointer, and those below it are yet to be used.
///
/// # Safety
///
/// `context` is valid for reads, and nothing fills it meanwhile. What it says need not be true.
#[inline(always)]
pub(crate) unsafe fn prefetch(context: *const Context, lines: Range<isize>) {
    // Where the frames are is corosensei's to know.
    let _ = (context, lines);
}

/// Brings the cache line at an address into the cache, where there is a way: not in portable Rust.
#[inline(always)]
pub(crate) fn fetch(address: usize) {
    let _ = address;
}

/// The address down to which the running stack is used, about, by the frame of the function that this is in line in.
#[inline(always)]
pub(crate) fn stack_pointer() -> usize {
    let here = 0u8;
    ptr::from_ref(&here).addr()
}

/// Saves the running context in `from` and continues `to`, which gets `arg`.
///
/// Returns when something continues `from`, with the `arg` it brings.
///
/// # Safety
///
/// A1 to A3: `from` is the running context's, and `to` is suspended or prepared.
pub(crate) unsafe fn switch(from: *mut Context, to: *mut Context, arg: usize) -> usize {
    let transfer = Transfer { to, arg };
    // SAFETY: `from` runs (A3), so its field is ours to read, and the yielder in it, if there is
    // one, is that of the coroutine we run in: `prepare` and `call_on` keep it so.
    match unsafe { (*from).yielder.as_ref() } {
        Some(yielder) => yielder.suspend(transfer),
        // SAFETY: A1 to A3, for the context that is no coroutine and for the one it names.
        None => unsafe { run_until_named(from, transfer) },
    }
}

/// Resumes whom `transfer` names, and whom they name, until that is `own`; returns the word it is
/// given.
///
/// # Safety
///
/// `own` is the context that runs and is not a coroutine; whoever is named is suspended or prepared
/// (A1).
unsafe fn run_until_named(own: *mut Context, mut transfer: Transfer) -> usize {
    while transfer.to != own {
        let to = transfer.to;
        // SAFETY: `to` may be continued, by us and nobody else (A1), so this field is ours until it
        // suspends. While it runs, it and others use the other field alone.
        let routine = unsafe { (*to).routine.as_mut() };
        let Some(routine) = routine else {
            not_resumable();
        };
        transfer = match routine.resume(transfer.arg) {
            CoroutineResult::Yield(next) => next,
            CoroutineResult::Return(next) => {
                // SAFETY: `to` is over, and nobody runs between its end and this line. It is to be
                // prepared again or dropped by whoever goes on, who is not yet running.
                unsafe { *to = Context::new() };
                next
            }
        };
    }
    transfer.arg
}

/// Aborts: a panic here would unwind through somebody's switch, and there is nothing to go back to.
#[cold]
extern "C" fn not_resumable() -> ! {
    panic!("the context to continue is not a suspended coroutine of this thread's loop");
}

/// Calls `f(data)` on the stack that ends at `base`, and comes back when it returns.
///
/// The context stays `current`: `f` may switch away from it and be continued.
///
/// # Safety
///
/// `base` and `limit` bound a stack as for [`prepare`], until this returns. `current` is the
/// context that runs. `f` may be called with `data`, and does not unwind (A4).
pub(crate) unsafe fn call_on(
    current: *mut Context,
    base: *mut u8,
    limit: *mut u8,
    f: unsafe extern "C" fn(*mut ()),
    data: *mut (),
) {
    // SAFETY: `current` runs (caller), so its field is ours.
    let outer = unsafe { (*current).yielder };
    let body = move |yielder: &Yielder<usize, Transfer>, _: usize| {
        // SAFETY: `current` runs, now in here, and the yielder lives as long as this coroutine,
        // after which the frame around us puts the outer one back. `f` may be called with `data`
        // (caller).
        unsafe {
            (*current).yielder = yielder;
            f(data);
        }
    };
    let mut inner: Routine<()> = Routine::with_stack(Bounds::new(base, limit), body);
    let mut arg = 0;
    while let CoroutineResult::Yield(Transfer { to, arg: passed }) = inner.resume(arg) {
        // SAFETY: the inner coroutine suspended, so `current` runs out here: its field is ours
        // again, and it switches as the inner one wanted to (A1 to A3, kept by whoever called
        // `switch` in there).
        unsafe {
            let within = (*current).yielder;
            (*current).yielder = outer;
            arg = switch(current, to, passed);
            (*current).yielder = within;
        }
    }
    // SAFETY: `f` has returned, so `current` runs out here.
    unsafe { (*current).yielder = outer };
}
