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

use std::io;
use std::ptr::NonNull;

use super::class::Class;
use crate::sys::mem::{self, Span};

/// How many colours there are, and how far apart: one cache line.
const COLOURS: usize = 8;
const LINE: usize = 64;

/// A page is never smaller, and the colours stay within one.
const SMALLEST_PAGE: usize = 4096;
const _: () = assert!(COLOURS * LINE <= SMALLEST_PAGE);

/// Room for the classes in the low bits of a stack's origin, and which of them each number is. The table has an entry
/// for every number there is room for, so that looking one up needs no check.
const CLASSES: usize = Class::COUNT.next_power_of_two();
const CLASS: [Class; CLASSES] = {
    let mut class = [Class::LARGEST; CLASSES];
    let mut index = 0;
    while index < Class::COUNT {
        class[index] = Class::ALL[index];
        index += 1;
    }
    class
};
const _: () = assert!(CLASSES <= LINE && Class::LARGEST.size() <= u32::MAX as usize);

/// A stack that nobody else uses.
///
/// It has no destructor: it goes back to a [`Pool`](super::Pool), and one that is dropped instead is
/// leaked, which is how the stacks of tasks end that did not finish in time.
#[derive(Debug)]
pub(crate) struct Stack {
    /// The lowest usable address, for which every call of `maybe_grow` asks.
    limit: NonNull<u8>,
    /// Three numbers in one word, because stacks are moved all the time, and by the word. The upper half: which of
    /// the arenas of its class it is a slot of. The lower: how far it is from the limit to the base, a multiple of
    /// [`LINE`], plus the class.
    origin: u64,
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
        let usable = usable(class);
        // SAFETY: what is usable of a slot ends at its top (the caller).
        let limit = unsafe { top.sub(usable) };
        let room = usable - index % COLOURS * LINE;
        let origin = (arena as u64) << u32::BITS | (room + class as usize) as u64;
        Self { limit, origin }
    }

    /// The highest address, where the first frame goes; a multiple of 16.
    #[inline]
    pub(crate) fn base(&self) -> *mut u8 {
        let room = self.origin as u32 as usize / LINE * LINE;
        self.limit().wrapping_add(room)
    }

    /// The lowest usable address: the guard lies below it.
    #[inline]
    pub(crate) fn limit(&self) -> *mut u8 {
        self.limit.as_ptr()
    }

    /// The class it was taken as.
    #[inline]
    pub(crate) fn class(&self) -> Class {
        CLASS[self.origin as usize % CLASSES]
    }

    /// Which of the arenas of its class it is a slot of.
    pub(super) fn arena(&self) -> usize {
        (self.origin >> u32::BITS) as usize
    }

    /// Where the slot ends.
    pub(super) fn top(&self) -> *mut u8 {
        self.limit().wrapping_add(usable(self.class()))
    }

    /// What a task that is parked at `sp` does not need: the whole pages from the limit up to
    /// there, or nothing when there is none.
    ///
    /// Nothing either when `sp` lies elsewhere: the task has parked on a stack that is not ours,
    /// another library's coroutine for example, and what it needs of this one cannot be told.
    pub(crate) fn dead(&self, sp: *const u8) -> Option<Span> {
        self.pages_below(self.within(sp)?)
    }

    /// The pages that hold what a task needs that is parked at `sp`; nothing when `sp` lies elsewhere.
    pub(crate) fn live(&self, sp: *const u8) -> Option<Span> {
        Some(self.pages_from(self.page_of(self.within(sp)?)))
    }

    /// How many bytes there are below `sp`; nothing when `sp` lies elsewhere.
    pub(crate) fn left(&self, sp: *const u8) -> Option<usize> {
        Some(self.within(sp)?.addr() - self.limit().addr())
    }

    /// All pages that a task could use.
    pub(crate) fn usable(&self) -> Span {
        self.pages_from(self.limit())
    }

    /// How many bytes of its usable part are in memory.
    ///
    /// # Errors
    ///
    /// That of the system, if it does not tell.
    pub(crate) fn resident(&self) -> io::Result<usize> {
        Ok(mem::resident_pages(self.usable())? * mem::page_size())
    }

    /// Makes zero what lies below `sp` in its page.
    ///
    /// # Safety
    ///
    /// The task on this stack is parked at `sp`, and nobody continues it meanwhile.
    pub(crate) unsafe fn clear_below(&self, sp: *const u8) {
        let Some(end) = self.within(sp) else {
            return;
        };
        let start = self.page_of(end);
        // SAFETY: from the page's beginning, which is not below the limit, up to where the task is
        // parked (the caller): the slot is ours, and nobody has business below a stack pointer.
        unsafe { start.write_bytes(0, end.addr() - start.addr()) };
    }

    /// `sp`, if it is an address of this stack, to write through.
    ///
    /// Below it lies nothing that the task counts on, not even the red zone of the platform's ABI: the
    /// switch pushes, and its assembly says so to the compiler, which then keeps nothing there.
    fn within(&self, sp: *const u8) -> Option<*mut u8> {
        let within = (self.limit().addr()..=self.top().addr()).contains(&sp.addr());
        within.then(|| self.top().with_addr(sp.addr()))
    }

    /// The beginning of the page of `address`, which lies in the usable part.
    fn page_of(&self, address: *mut u8) -> *mut u8 {
        address.map_addr(|address| address & !(mem::page_size() - 1))
    }

    fn pages_from(&self, start: *mut u8) -> Span {
        Span::new(start, self.top().addr() - start.addr())
    }

    /// The whole pages from the limit up to `end`, if there is one.
    pub(super) fn pages_below(&self, end: *mut u8) -> Option<Span> {
        let bytes = self.page_of(end).addr() - self.limit().addr();
        (bytes > 0).then(|| Span::new(self.limit(), bytes))
    }
}

/// The bytes of a slot from its limit to its top.
const fn usable(class: Class) -> usize {
    class.size() - class.guard()
}
