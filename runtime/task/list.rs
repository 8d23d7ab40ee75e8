//! A first-in-first-out list of [`Waiter`]s that live in other frames.
//!
//! Doubly linked, so that a wait that timed out leaves from the middle in constant time. The list
//! itself knows no lock: it stands inside whatever lock its user has, and that lock also keeps the
//! waiters alive, for an owner unlinks itself under it before its frame ends (W3 in `waiter.rs`).

use super::Waiter;
use std::ptr;

/// The list. Dropping one that still has waiters forgets them; its users never do.
#[derive(Debug)]
pub(crate) struct WaitList {
    head: *const Waiter,
    tail: *const Waiter,
}

// SAFETY: the pointers are followed only under the lock in which the list stands, see above; the
// cells of a waiter that they lead to are touched under that same lock.
unsafe impl Send for WaitList {}

impl WaitList {
    pub(crate) const fn new() -> Self {
        Self {
            head: ptr::null(),
            tail: ptr::null(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.head.is_null()
    }

    /// Appends `waiter`.
    ///
    /// # Safety
    ///
    /// The waiter is in no list, and it is removed from this one, under the lock, before it dies.
    pub(crate) unsafe fn push_back(&mut self, waiter: *const Waiter) {
        // SAFETY: alive by contract; the previous tail is alive because it is still linked.
        unsafe {
            let was_linked = (*waiter).linked.replace(true);
            debug_assert!(!was_linked, "a waiter is in one list at a time");
            (*waiter).next.set(ptr::null());
            (*waiter).previous.set(self.tail);
            match self.tail.as_ref() {
                Some(tail) => tail.next.set(waiter),
                None => self.head = waiter,
            }
        }
        self.tail = waiter;
    }

    /// Puts `waiter` before all others.
    ///
    /// # Safety
    ///
    /// As [`push_back`](Self::push_back).
    pub(crate) unsafe fn push_front(&mut self, waiter: *const Waiter) {
        // SAFETY: alive by contract; the previous head is alive because it is still linked.
        unsafe {
            let was_linked = (*waiter).linked.replace(true);
            debug_assert!(!was_linked, "a waiter is in one list at a time");
            (*waiter).next.set(self.head);
            (*waiter).previous.set(ptr::null());
            match self.head.as_ref() {
                Some(head) => head.previous.set(waiter),
                None => self.tail = waiter,
            }
        }
        self.head = waiter;
    }

    /// The first waiter, which stays where it is.
    pub(crate) fn front(&self) -> Option<*const Waiter> {
        self.iter().next()
    }

    /// The waiters in their order: as the pointers that they were linked by.
    pub(crate) fn iter(&self) -> impl Iterator<Item = *const Waiter> {
        let linked = |waiter: *const Waiter| (!waiter.is_null()).then_some(waiter);
        std::iter::successors(linked(self.head), move |waiter| {
            // SAFETY: what is linked is alive, by the contract of `push_back`.
            linked(unsafe { (**waiter).next.get() })
        })
    }

    /// Takes the first waiter. It stays alive until it has been claimed and the lock released.
    pub(crate) fn pop_front(&mut self) -> Option<*const Waiter> {
        let first = self.head;
        // SAFETY: what is linked is alive, by the contract of `push_back`.
        unsafe { first.as_ref()? };
        // SAFETY: as above, and it is in this list.
        unsafe { self.remove(first) };
        Some(first)
    }

    /// Unlinks `waiter`; false when it is not linked any more.
    ///
    /// # Safety
    ///
    /// The waiter is alive, and if it is linked then into this list.
    pub(crate) unsafe fn remove(&mut self, waiter: *const Waiter) -> bool {
        // SAFETY: alive by contract, and its neighbours because they are linked.
        unsafe {
            if !(*waiter).linked.replace(false) {
                return false;
            }
            let (previous, next) = ((*waiter).previous.get(), (*waiter).next.get());
            match previous.as_ref() {
                Some(previous) => previous.next.set(next),
                None => self.head = next,
            }
            match next.as_ref() {
                Some(next) => next.previous.set(previous),
                None => self.tail = previous,
            }
        }
        true
    }
}
