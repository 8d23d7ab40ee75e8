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
//!
//! What is known of a segment is in a box, a [`Segment`]: those that a task is on hang on its header, from the
//! innermost outwards, and the one that was left last is its worker's *spare*. A loop that calls over the edge finds
//! it as it was, and has nothing to work out: it puts it on the header, makes the call and takes it off again.
//!
//! Mostly the segment that is left is the innermost. Not so where a coroutine of another library was suspended in a
//! closure on one, and the task has gone on elsewhere since: then it is taken out of the middle. If even another task
//! has resumed the coroutine, the process ends.

use super::current::{self, Caller};
use super::worker::Worker;
use crate::coroutine::{Call, Coroutine, UntypedCall, stack_pointer};
use crate::stack::{Class, Stack};
use crate::task::Header;
use std::cell::Cell;
use std::panic::resume_unwind;
use std::ptr;

/// What all segments of a task together may have, unless its builder says otherwise: 1 GiB.
const DEFAULT_LIMIT: usize = 1 << 30;

/// A segment in use: the header's `segments` leads to the innermost one of its task (H1). Or the one that its worker
/// keeps at hand, which is as it was when it was left: if the same call comes again, all of it is still true.
pub(super) struct Segment {
    stack: Stack,
    /// Where it begins.
    base: *mut u8,
    worker: &'static Worker,
    task: Caller,
    /// The next one further out; null where that is the task's first stack.
    outer: Cell<*const Segment>,
    /// How many bytes were asked for.
    asked: usize,
    /// The bytes of this one and all outside of it, the task's first stack included.
    total: usize,
}

impl Segment {
    /// Makes a segment as it is asked for, of the spare one if that has the size.
    fn new(worker: &'static Worker, header: &Header, bytes: usize) -> Box<Self> {
        let outer: *const Self = header.segments.get().cast();
        // SAFETY: linked segments are those of calls of this task that have not returned (H1).
        let total = match unsafe { outer.as_ref() } {
            Some(outer) => outer.total,
            None => stack_of(header).map_or(0, |stack| stack.class().size()),
        };
        let class = Class::for_size(bytes).unwrap_or_else(|error| refuse(header, &error));
        let total = total.saturating_add(class.size());
        let limit = header.attributes.as_ref().and_then(|a| a.stack_limit);
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        if total > limit {
            refuse_beyond(header, total, limit);
        }
        let stack = match worker.spare.take() {
            Some(spare) if spare.stack.class() == class => spare.stack,
            other => {
                worker.spare.set(other);
                let stack = worker.pool.borrow_mut().acquire(class);
                stack.unwrap_or_else(|error| refuse(header, &error))
            }
        };
        Box::new(Self {
            base: stack.base(),
            stack,
            worker,
            task: Caller::new(header),
            outer: Cell::new(outer),
            asked: bytes,
            total,
        })
    }

    /// Makes `call` on this segment, which is the innermost one of the running task meanwhile, and then the spare.
    ///
    /// # Safety
    ///
    /// It was made for this task and what it is on now. For `call`, as [`Coroutine::call_on`].
    #[inline(always)]
    unsafe fn call(self: Box<Self>, worker: &Worker, header: &Header, call: UntypedCall) {
        worker.remote().stats.memory.grown.bump();
        let this = Box::leak(self);
        header.segments.set(ptr::from_ref(this).cast());
        // SAFETY: the running task's coroutine is the one that runs, and the segment is used for nothing else before it
        // is the spare. The rest is the caller's.
        unsafe { Coroutine::call_on(header.coroutine(), this.base, this.stack.limit(), call) };
        // What is needed again is looked up in the segment: nothing else has to be kept over the call.
        let worker = this.worker;
        this.unlink();
        worker.remote().stats.memory.shrunk.bump();
        // SAFETY: it comes from a box, and neither the header nor another segment leads to it any more.
        let this = unsafe { Box::from_raw(this) };
        if let Some(before) = worker.spare.replace(Some(this)) {
            worker.lay_aside(before);
        }
    }

    /// Takes it off its task, which runs.
    #[inline(always)]
    fn unlink(&self) {
        let header = self.task.still();
        let this: *const Self = self;
        if ptr::eq(header.segments.get(), this.cast()) {
            header.segments.set(self.outer.get().cast());
        } else {
            self.unlink_within(header);
        }
    }

    #[cold]
    #[inline(never)]
    fn unlink_within(&self, header: &Header) {
        let mut at: *const Self = header.segments.get().cast();
        // SAFETY: linked segments are those of calls of this task that have not returned (H1).
        while let Some(inner) = unsafe { at.as_ref() } {
            at = inner.outer.get();
            if ptr::eq(at, self) {
                inner.outer.set(self.outer.get());
            }
        }
    }
}

impl Worker {
    /// Puts the segment that was left last where the others are.
    pub(super) fn lay_spare_aside(&self) {
        if let Some(spare) = self.spare.take() {
            self.lay_aside(spare);
        }
    }

    #[cold]
    #[inline(never)]
    #[expect(clippy::boxed_local, reason = "the box, too, is freed out of line")]
    fn lay_aside(&self, segment: Box<Segment>) {
        self.pool.borrow_mut().release(segment.stack);
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
        next = segment.outer.get();
        // SAFETY: as above; the coroutine of a started task has its stack.
        unsafe {
            match next.as_ref() {
                Some(outer) => Some(&outer.stack),
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
    let Some((worker, header)) = current::running() else {
        return in_place(f);
    };
    let size = stack_of(header).map_or(0, |stack| stack.class().size());
    on_segment(worker, header, (size * 2).min(Class::LARGEST.size()), f)
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
    match short_of(red_zone) {
        Some((worker, header)) => on_segment(worker, header, size, f),
        None => in_place(f),
    }
}

/// The worker and the task that runs on it, if this is a task and has less than `red_zone` bytes left.
///
/// In line: it calls nothing, so whoever asks has nothing to save, and each level of a recursion no more in its frame.
/// (So a thread-local is read in functions of the program, which may switch later: tasks stay on their threads.)
#[inline(always)]
fn short_of(red_zone: usize) -> Option<(&'static Worker, &'static Header)> {
    let running = current::running()?;
    (left_of(running.1)? < red_zone).then_some(running)
}

/// How many bytes the current stack segment has left; none outside of a task, and on a stack that is not teem's, as
/// another library's coroutine has.
pub fn remaining() -> Option<usize> {
    let (_, header) = current::running()?;
    room_of(header)
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
pub(super) fn room_of(header: &Header) -> Option<usize> {
    stack_of(header)?.left(ptr::without_provenance(stack_pointer()))
}

/// [`room_of`] where recursion asks for it: which does not look whether the stack is the task's.
#[inline(always)]
fn left_of(header: &Header) -> Option<usize> {
    let limit = stack_of(header)?.limit();
    Some(stack_pointer().saturating_sub(limit.addr()))
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

/// Calls `f` on a segment of at least `bytes`, in the task `header` that runs on `worker`.
///
/// Out of line: what it needs is in a frame for each segment, not for each call that might need one.
#[cold]
#[inline(never)]
fn on_segment<R>(
    worker: &'static Worker,
    header: &Header,
    bytes: usize,
    f: impl FnOnce() -> R,
) -> R {
    let mut call = Call::new(f);
    // SAFETY: new, in this frame, and left alone until it was made.
    let result = unsafe {
        call_on_segment(worker, header, bytes, call.untyped());
        call.into_result()
    };
    match result {
        Ok(result) => result,
        Err(payload) => resume_unwind(payload),
    }
}

/// The same for what needs no type: at best it takes the segment that was left last, as it is.
///
/// # Safety
///
/// As [`Coroutine::call_on`], for `call`.
#[inline(never)]
unsafe fn call_on_segment(
    worker: &'static Worker,
    header: &Header,
    bytes: usize,
    call: UntypedCall,
) {
    let outer: *const Segment = header.segments.get().cast();
    match worker.spare.take() {
        // It was left on to the same segment, which has not been left since, as it would be the spare then: so
        // that is still the same one of the same task. Or it was left on to the same task's first stack.
        Some(spare)
            if spare.outer.get() == outer && spare.asked == bytes && spare.task.is(header) =>
        {
            // SAFETY: made for this (above); the rest is passed on.
            unsafe { spare.call(worker, header, call) }
        }
        // SAFETY: passed on.
        other => unsafe { call_on_another(worker, header, bytes, other, call) },
    }
}

/// The same with a segment made for this.
///
/// # Safety
///
/// As [`Coroutine::call_on`], for `call`.
#[cold]
#[inline(never)]
unsafe fn call_on_another(
    worker: &'static Worker,
    header: &Header,
    bytes: usize,
    spare: Option<Box<Segment>>,
    call: UntypedCall,
) {
    worker.spare.set(spare);
    let segment = Segment::new(worker, header, bytes);
    // SAFETY: made for this; the rest is passed on.
    unsafe { segment.call(worker, header, call) };
}

/// Calls `f` where we are, in a frame of its own. Inlined, its locals would be part of its caller's
/// frame, which is on the stack that they may be too large for, wherever `f` then runs.
#[inline(never)]
fn in_place<R>(f: impl FnOnce() -> R) -> R {
    f()
}
