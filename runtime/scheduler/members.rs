//! A list of tasks that belong to one worker, linked through their headers.
//!
//! A worker has two: the tasks that it has started, and those that wait with it between two steps. A task is in
//! one of them at most (H1). The list is the worker's alone, and each method is over before anything else can run.

use crate::task::Header;
use std::cell::Cell;
use std::ptr;

/// See the module. What is linked is alive: whoever links a task unlinks it before its burial.
#[derive(Debug)]
pub(super) struct Members {
    first: Cell<*const Header>,
    count: Cell<usize>,
}

impl Members {
    pub(super) fn new() -> Self {
        Self {
            first: Cell::new(ptr::null()),
            count: Cell::new(0),
        }
    }

    pub(super) fn first(&self) -> *const Header {
        self.first.get()
    }

    pub(super) fn len(&self) -> usize {
        self.count.get()
    }

    pub(super) fn link(&self, header: &Header) {
        let first = self.first.replace(header);
        header.live_next.set(first);
        header.live_previous.set(ptr::null());
        // SAFETY: linked, so alive.
        if let Some(first) = unsafe { first.as_ref() } {
            first.live_previous.set(header);
        }
        self.count.set(self.count.get() + 1);
    }

    pub(super) fn unlink(&self, header: &Header) {
        let (next, previous) = (header.live_next.get(), header.live_previous.get());
        // SAFETY: neighbours are linked, so alive.
        match unsafe { previous.as_ref() } {
            Some(previous) => previous.live_next.set(next),
            None => self.first.set(next),
        }
        // SAFETY: as above.
        if let Some(next) = unsafe { next.as_ref() } {
            next.live_previous.set(previous);
        }
        self.count.set(self.count.get() - 1);
    }

    /// Calls `visit` with each; it runs, links and unlinks none.
    pub(super) fn for_each(&self, mut visit: impl FnMut(&Header)) {
        let mut at = self.first.get();
        // SAFETY: linked, so alive, and stays so during the call.
        while let Some(header) = unsafe { at.as_ref() } {
            visit(header);
            at = header.live_next.get();
        }
    }
}
