//! Stacks under Miri: names of stacks.
//!
//! Miri runs each context on a thread of its own, so nothing runs on these and nothing is mapped. They
//! are counted and passed about as real ones are, and their addresses are made up: far apart, never
//! used to read or write.

use std::io;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::class::Class;
use crate::sys::mem::Span;

#[derive(Debug)]
pub(crate) struct Stack {
    number: usize,
    class: Class,
}

impl Stack {
    pub(crate) fn base(&self) -> *mut u8 {
        ptr::without_provenance_mut(self.number * Class::LARGEST.size())
    }

    pub(crate) fn limit(&self) -> *mut u8 {
        self.base()
            .wrapping_sub(self.class.size() - self.class.guard())
    }

    pub(crate) fn class(&self) -> Class {
        self.class
    }

    pub(crate) fn dead(&self, _sp: *const u8) -> Option<Span> {
        None
    }

    pub(crate) fn live(&self, _sp: *const u8) -> Option<Span> {
        None
    }

    pub(crate) fn left(&self, _sp: *const u8) -> Option<usize> {
        None
    }

    pub(crate) fn usable(&self) -> Span {
        Span::new(self.base(), 0)
    }

    pub(crate) fn resident(&self) -> io::Result<usize> {
        bytes_resident()
    }

    /// # Safety
    ///
    /// As for the one that clears.
    pub(crate) unsafe fn clear_below(&self, _sp: *const u8) {}
}

#[derive(Debug)]
pub(crate) struct Pool {
    stacks: Vec<Stack>,
}

impl Pool {
    pub(crate) const fn new() -> Self {
        Self { stacks: Vec::new() }
    }

    pub(crate) fn acquire(&mut self, class: Class) -> io::Result<Stack> {
        static NUMBER: AtomicUsize = AtomicUsize::new(1);
        let fits = |stack: &Stack| stack.class == class;
        if let Some(place) = self.stacks.iter().rposition(fits) {
            return Ok(self.stacks.remove(place));
        }
        // ORDERING: Relaxed: only that no number comes twice matters.
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Ok(Stack { number, class })
    }

    pub(crate) fn release(&mut self, stack: Stack) {
        self.stacks.push(stack);
    }

    pub(crate) fn cold_ahead(&self, _class: Class) -> Option<&Stack> {
        None
    }

    pub(crate) fn sweep(&mut self, _now: Instant, _bytes: usize) -> usize {
        0
    }

    pub(crate) fn len(&self) -> usize {
        self.stacks.len()
    }

    pub(crate) fn next_sweep(&self) -> Option<Instant> {
        None
    }
}

pub(crate) const PIECE: usize = 1 << 20;

pub(crate) fn reserved() -> usize {
    0
}

pub(crate) fn bytes_resident() -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(crate) mod guard {
    use std::io;

    pub(crate) type Report = fn(&mut dyn FnMut(&[u8]));

    pub(crate) fn install(_report: Report) -> io::Result<()> {
        Ok(())
    }

    #[derive(Debug)]
    pub(crate) struct SignalStack;

    impl SignalStack {
        pub(crate) fn new() -> io::Result<Self> {
            Ok(Self)
        }
    }
}
