//! A stack: one slot of an arena, owned.
//!
//! ```text
//!   low                                                                  high
//!   | spacing | guard (16 KiB .. 1 MiB) | usable                | colour |
//!   ^ start                             ^ limit                 ^ base   ^ top = start of the next
//!   '------------------------------ stride ------------------------------'
//! ```
//!
//! - `top - limit` is the class's size less its guard, and `top` is the end of a page.
//! - *Spacing* is one page, out of reach like the guard. Without it all tops would be 2^n bytes apart
//!   and share a few sets of the TLB and of the caches that hold the page tables.
//! - *Colour* is 0 to 448 bytes, a multiple of 64 that goes by the slot's index. Without it the
//!   first frames of all tasks would share a few sets of the first-level data cache. It is so small
//!   because a task that needs 2.5 KiB must still find room in one page.
//!
//! Both were measured: see `docs/stacks.md`.

use std::ptr::NonNull;

use super::class::Class;
use crate::sys::mem::Span;

/// How many colours there are, and how far apart: one cache line.
const COLOURS: usize = 8;
const LINE: usize = 64;

/// A page is never smaller, and the colours stay within one.
const SMALLEST_PAGE: usize = 4096;
const _: () = assert!(COLOURS * LINE <= SMALLEST_PAGE);

/// A stack that nobody else uses.
///
/// It has no destructor: it goes back to a [`Pool`](super::Pool), and one that is dropped instead is
/// leaked, which is how the stacks of tasks end that did not finish in time.
#[derive(Debug)]
pub(crate) struct Stack {
    base: NonNull<u8>,
    /// Which of the arenas of its class it is a slot of, times [`Class::COUNT`], plus the class. In one
    /// word, because stacks are moved all the time, and by the word.
    origin: usize,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Option<Stack>>() == 16);

// SAFETY: a `Stack` is the only handle to its slot (`Arenas` hands out no slot twice), and the slot's
// memory is bound to no thread.
unsafe impl Send for Stack {}

impl Stack {
    /// Slot number `index` of arena number `arena`; `top` is the address at which the slot ends.
    ///
    /// # Safety
    ///
    /// The slot is mapped for ever, readable and writable above its guard, and nobody else's.
    pub(super) unsafe fn new(class: Class, arena: usize, index: usize, top: NonNull<u8>) -> Self {
        let colour = index % COLOURS * LINE;
        // SAFETY: the colour is less than a page, and the page below `top` is the slot's (the caller).
        let base = unsafe { top.sub(colour) };
        let origin = arena * Class::COUNT + class as usize;
        Self { base, origin }
    }

    /// The highest address, where the first frame goes; a multiple of 16.
    pub(crate) fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// The lowest usable address: the guard lies below it.
    pub(crate) fn limit(&self) -> *mut u8 {
        let usable = self.class().size() - self.class().guard();
        self.top().wrapping_sub(usable)
    }

    /// The class it was taken as.
    pub(crate) fn class(&self) -> Class {
        Class::ALL[self.origin % Class::COUNT]
    }

    /// Which of the arenas of its class it is a slot of.
    pub(super) fn arena(&self) -> usize {
        self.origin / Class::COUNT
    }

    /// Where the slot ends.
    pub(super) fn top(&self) -> *mut u8 {
        let rest = self.base.as_ptr().addr().wrapping_neg() % SMALLEST_PAGE;
        self.base.as_ptr().wrapping_add(rest)
    }

    /// The whole pages from the limit up to `sp`, or nothing when there is none. Nothing either when
    /// `sp` lies elsewhere: the task has parked on a stack that is not ours, another library's
    /// coroutine for example, and what it needs of this one cannot be told.
    pub(super) fn pages_below(&self, sp: *const u8, page: usize) -> Option<Span> {
        let limit = self.limit();
        if !(limit.addr()..=self.top().addr()).contains(&sp.addr()) {
            return None;
        }
        let end = sp.addr() & !(page - 1);
        let bytes = end.checked_sub(limit.addr()).filter(|&bytes| bytes > 0)?;
        Some(Span::new(limit, bytes))
    }
}
