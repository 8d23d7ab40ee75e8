//! Growth by segment: recursion bounded by memory instead of by the class of the first stack.
//!
//! Inside a segment a stack grows page by page, by the kernel. Where that might not be enough the
//! program says so: [`grow`] runs a closure on a linked segment of its own, taken from the worker's
//! pool and given back after, and [`maybe_grow`] does so only when the current segment has little
//! left. Segments are slots of the arenas like any other, guard included.
//!
//! ```text
//!   task's stack            segment                 segment
//!   [ .. frames .. grow ]-->[ .. frames .. grow ]-->[ .. frames .. ]
//! ```

use super::current;
use super::worker::Worker;
use crate::coroutine::{Call, Coroutine, UntypedCall};
use crate::stack::{Class, Stack};
use crate::task::Header;
use std::mem::ManuallyDrop;
use std::panic::resume_unwind;
use std::ptr::{self, NonNull};

/// What all segments of a task together may have, unless its builder says otherwise: 1 GiB.
const DEFAULT_LIMIT: usize = 1 << 30;

/// A segment in use, in the frame of the `grow` that waits for it; the header's `segments` leads
/// to the innermost one (H1).
struct Segment {
    stack: ManuallyDrop<Stack>,
    /// The bytes of this one and all outside of it, the task's first stack included.
    total: usize,
    outer: *const Segment,
    worker: &'static Worker,
}

impl Segment {
    /// Takes a segment of at least `bytes`, or of twice the current one, for the running task.
    #[inline]
    fn link(worker: &'static Worker, header: &Header, bytes: Option<usize>) -> Self {
        let outer: *const Segment = header.segments.get().cast();
        let limit = header.attributes.as_ref().and_then(|a| a.stack_limit);
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        // SAFETY: linked segments are in frames of this task, further out (H1).
        let (size, total) = match unsafe { outer.as_ref() } {
            Some(outer) => (outer.stack.class().size(), outer.total),
            None => {
                // SAFETY: the running coroutine has its stack, and no switch lies here.
                let stack = unsafe { (*header.coroutine()).stack() };
                let size = stack.map_or(0, |stack| stack.class().size());
                (size, size)
            }
        };
        let bytes = bytes.unwrap_or((size * 2).min(Class::LARGEST.size()));
        let class = Class::for_size(bytes).unwrap_or_else(|error| refuse(header, &error));
        let total = total.saturating_add(class.size());
        if total > limit {
            refuse_beyond(header, total, limit);
        }
        let stack = match worker.spare.take() {
            Some(spare) if spare.class() == class => spare,
            other => {
                worker.spare.set(other);
                let stack = worker.pool.borrow_mut().acquire(class);
                stack.unwrap_or_else(|error| refuse(header, &error))
            }
        };
        worker.remote().stats.memory.grown.bump();
        Self {
            stack: ManuallyDrop::new(stack),
            total,
            outer,
            worker,
        }
    }
}

impl Drop for Segment {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: dropped once; the call on the segment has returned.
        let stack = unsafe { ManuallyDrop::take(&mut self.stack) };
        if let Some(before) = self.worker.spare.replace(Some(stack)) {
            self.worker.pool.borrow_mut().release(before);
        }
        self.worker.remote().stats.memory.shrunk.bump();
    }
}

impl Worker {
    /// Puts the segment that was left last where the others are.
    pub(super) fn lay_spare_aside(&self) {
        if let Some(spare) = self.spare.take() {
            self.pool.borrow_mut().release(spare);
        }
    }
}

// Out of line: a loop over the edge of a segment is to pay for what it needs alone.

#[cold]
#[inline(never)]
fn refuse(header: &Header, error: &std::io::Error) -> ! {
    panic!("cannot grow the stack of {header:?}: {error}")
}

#[cold]
#[inline(never)]
fn refuse_beyond(header: &Header, total: usize, limit: usize) -> ! {
    panic!("the stack of {header:?} would grow to {total} bytes, its limit is {limit}")
}

/// The segment that a task is on; none while it is on its first stack.
///
/// # Safety
///
/// The caller is the task, or its worker and does not run it while the reference lives.
pub(super) unsafe fn innermost(header: &Header) -> Option<&Stack> {
    let segment: *const Segment = header.segments.get().cast();
    // SAFETY: linked segments are in frames of the task (H1), which stands still (caller).
    Some(unsafe { &segment.as_ref()?.stack })
}

/// The stacks of a task that are outside of the one it is on, its first one at last.
///
/// # Safety
///
/// As for [`innermost`].
pub(super) unsafe fn outer_stacks(header: &Header) -> impl Iterator<Item = &Stack> {
    let mut next: *const Segment = header.segments.get().cast();
    std::iter::from_fn(move || {
        // SAFETY: as in `innermost`.
        let segment = unsafe { next.as_ref() }?;
        next = segment.outer;
        // SAFETY: as above; the coroutine of a started task has its stack.
        unsafe {
            match next.as_ref() {
                Some(outer) => Some(&*outer.stack),
                None => (*header.coroutine()).stack(),
            }
        }
    })
}

/// Runs `f` on a stack segment of its own, larger than the current one, and comes back with its
/// result. Outside of a task it just calls `f`.
///
/// # Panics
///
/// If the task's [stack limit](crate::task::Builder::stack_limit) would be exceeded or the system
/// has no memory for the segment. A panic of `f` resumes in the caller.
///
/// # Examples
///
/// ```
/// let sum = teem::run(|| teem::stack::grow(|| [1u8; 300 << 10].iter().map(|&b| b as u32).sum::<u32>()));
/// assert_eq!(sum, 300 << 10);
/// ```
pub fn grow<R>(f: impl FnOnce() -> R) -> R {
    on_segment(None, f)
}

/// Runs `f` on a new segment of `size` bytes or more, its guard included, if less than `red_zone` bytes are left of the
/// current one, and right here otherwise: what a recursive function wraps its body in.
///
/// A `size` of 1 MiB or more keeps the cost of the new segment far below that of filling it. Where a function ends
/// with this call, and `f` is a `move` closure of at most two words, it costs a level of the recursion no room on the
/// stack: an optimized build goes on in the frame of `f` alone.
///
/// # Panics
///
/// As [`grow`], and if no segment can be as large as `size`.
///
/// # Examples
///
/// ```
/// fn depth(n: u32) -> u32 {
///     teem::stack::maybe_grow(32 << 10, 1 << 20, || {
///         std::hint::black_box([0u8; 1024]);
///         if n == 0 { 0 } else { 1 + depth(n - 1) }
///     })
/// }
/// assert_eq!(teem::run(|| depth(5_000)), 5_000);
/// ```
#[inline(always)]
pub fn maybe_grow<R>(red_zone: usize, size: usize, f: impl FnOnce() -> R) -> R {
    // In the caller's frame, which keeps only `f` meanwhile, and nothing where the compiler makes a jump of
    // either call.
    if is_short_of(red_zone) {
        on_segment(Some(size), f)
    } else {
        in_place(f)
    }
}

/// Whether this is a task and has less than `red_zone` bytes left.
///
/// Out of line, so that what it takes is not in each frame of a recursion.
#[inline(never)]
fn is_short_of(red_zone: usize) -> bool {
    let left = current::running().and_then(|(_, header)| left_of(header));
    left.is_some_and(|left| left < red_zone)
}

/// How many bytes the current stack segment has left; none outside of a task.
pub fn remaining() -> Option<usize> {
    let (_, header) = current::running()?;
    left_of(header)
}

/// How many bytes of the current stack segment are in memory, which is how deep it has been at most, in
/// whole pages: since this task got it or, as stacks are used again, since it was last trimmed. None
/// outside of a task, and where the system does not tell.
///
/// What to go by when a task's [`stack_size`](crate::task::Builder::stack_size) is to be chosen. Costs a
/// system call.
///
/// # Examples
///
/// ```
/// let deep = teem::run(|| {
///     std::hint::black_box(&mut [1u8; 64 << 10]);
///     teem::stack::high_water()
/// });
/// assert!(deep.is_none_or(|bytes| bytes >= 64 << 10));
/// ```
pub fn high_water() -> Option<usize> {
    let (_, header) = current::running()?;
    stack_of(header)?.resident().ok()
}

/// The same as [`remaining`] for the running task, which is `header`.
#[inline]
pub(super) fn left_of(header: &Header) -> Option<usize> {
    let limit = stack_of(header)?.limit();
    let here = 0u8;
    Some(ptr::from_ref(&here).addr().saturating_sub(limit.addr()))
}

/// The stack or segment that the running task is on, which is `header`.
#[inline]
fn stack_of(header: &Header) -> Option<&Stack> {
    // SAFETY: the task is on this thread and is the caller, so nobody else continues it.
    match unsafe { innermost(header) } {
        // SAFETY: it runs, so its coroutine has its stack for as long as the frames of the caller.
        None => unsafe { (*header.coroutine()).stack() },
        segment => segment,
    }
}

/// Calls `f` on a segment, in a task.
///
/// Out of line: what it needs is in a frame for each segment, not for each call that might need one.
#[cold]
#[inline(never)]
fn on_segment<R>(bytes: Option<usize>, f: impl FnOnce() -> R) -> R {
    let mut call = Call::new(f);
    // SAFETY: new, in this frame, and left alone until this returns.
    if !unsafe { call_on_segment(bytes, call.untyped()) } {
        return in_place(call.into_closure().expect("it has not been called"));
    }
    match call.into_result().expect("it has been called") {
        Ok(result) => result,
        Err(payload) => resume_unwind(payload),
    }
}

/// The same for what needs no type: one function, and one prologue, for all that a call over the edge takes. False, and
/// nothing done, outside of a task.
///
/// # Safety
///
/// As [`Coroutine::call_on`], for `call`.
#[inline(never)]
unsafe fn call_on_segment(bytes: Option<usize>, call: NonNull<UntypedCall>) -> bool {
    let Some((worker, header)) = current::running() else {
        return false;
    };
    let segment = Segment::link(worker, header, bytes);
    let outer = header.segments.replace(ptr::from_ref(&segment).cast());
    // SAFETY: the running task's coroutine is the one that runs, and the segment is in this frame,
    // used for nothing else until it is dropped below. The rest is passed on.
    unsafe { Coroutine::call_on(header.coroutine(), &segment.stack, call) };
    header.segments.set(outer);
    true
}

/// Calls `f` where we are, in a frame of its own. Inlined, its locals would be part of its caller's
/// frame, which is on the stack that they may be too large for, wherever `f` then runs.
#[inline(never)]
fn in_place<R>(f: impl FnOnce() -> R) -> R {
    f()
}
