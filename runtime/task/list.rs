//! A first-in-first-out list of what stands elsewhere, in the frames of those who wait mostly.
//!
//! Doubly linked, so that a wait that timed out leaves from the middle in constant time. The list
//! itself knows no lock: it stands inside whatever lock its user has, and that lock also keeps what is linked
//! alive, for an owner unlinks what is his under it before his frame ends (W3 in `waiter.rs`, E1 in `cancel.rs`,
//! N2 in `chan/wait.rs`).

use super::Waiter;
use std::cell::Cell;
use std::ptr;

/// The list. Dropping one that still has members forgets them; its users never do.
#[derive(Debug)]
pub(crate) struct List<T> {
    head: *const T,
    tail: *const T,
}

/// Those who wait for one thing.
pub(crate) type WaitList = List<Waiter>;

// SAFETY: the pointers are followed only under the lock in which the list stands, see above; the
// cells of a member that they lead to are touched under that same lock.
unsafe impl<T> Send for List<T> {}

/// The neighbours of a member, which it keeps for its list; guarded by the lock of that.
#[derive(Debug)]
pub(crate) struct Links<T> {
    next: Cell<*const T>,
    /// `NOWHERE` while it is in no list.
    previous: Cell<*const T>,
}

/// What can be a member of a list.
pub(crate) trait Linked: Sized {
    fn links(&self) -> &Links<Self>;
}

impl<T> Links<T> {
    /// No address of anything.
    const NOWHERE: *const T = ptr::without_provenance(1);

    /// Those of what is in no list.
    #[inline]
    pub(crate) const fn new() -> Self {
        Self {
            next: Cell::new(ptr::null()),
            previous: Cell::new(Self::NOWHERE),
        }
    }

    #[inline]
    fn is_linked(&self) -> bool {
        self.previous.get() != Self::NOWHERE
    }
}

impl<T: Linked> List<T> {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self {
            head: ptr::null(),
            tail: ptr::null(),
        }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.head.is_null()
    }

    #[inline]
    pub(crate) fn has_one(&self) -> bool {
        !self.is_empty() && ptr::eq(self.head, self.tail)
    }

    /// The first member, which stays where it is; null if there is none.
    #[inline]
    pub(crate) fn head(&self) -> *const T {
        self.head
    }

    /// Appends `member`.
    ///
    /// # Safety
    ///
    /// It is in no list, and it is removed from this one, under the lock, before it dies.
    #[inline]
    pub(crate) unsafe fn push_back(&mut self, member: *const T) {
        // SAFETY: alive by contract; the previous tail is alive because it is still linked.
        unsafe {
            let links = (*member).links();
            debug_assert!(!links.is_linked(), "one is in one list at a time");
            links.next.set(ptr::null());
            links.previous.set(self.tail);
            match self.tail.as_ref() {
                Some(tail) => tail.links().next.set(member),
                None => self.head = member,
            }
        }
        self.tail = member;
    }

    /// Puts `member` before all others.
    ///
    /// # Safety
    ///
    /// As [`push_back`](Self::push_back).
    #[inline]
    pub(crate) unsafe fn push_front(&mut self, member: *const T) {
        // SAFETY: alive by contract; the previous head is alive because it is still linked.
        unsafe {
            let links = (*member).links();
            debug_assert!(!links.is_linked(), "one is in one list at a time");
            links.next.set(self.head);
            links.previous.set(ptr::null());
            match self.head.as_ref() {
                Some(head) => head.links().previous.set(member),
                None => self.tail = member,
            }
        }
        self.head = member;
    }

    /// The first member, which stays where it is.
    pub(crate) fn front(&self) -> Option<*const T> {
        self.iter().next()
    }

    /// The members in their order: as the pointers that they were linked by.
    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = *const T> + use<T> {
        let linked = |member: *const T| (!member.is_null()).then_some(member);
        std::iter::successors(linked(self.head), move |member| {
            // SAFETY: what is linked is alive, by the contract of `push_back`.
            linked(unsafe { (**member).links().next.get() })
        })
    }

    /// Takes the first member. It stays alive until it has been claimed or the lock released.
    #[inline]
    pub(crate) fn pop_front(&mut self) -> Option<*const T> {
        let first = self.head;
        if first.is_null() {
            return None;
        }
        // SAFETY: what is linked is alive, by the contract of `push_back`.
        unsafe {
            let links = (*first).links();
            links.previous.set(Links::<T>::NOWHERE);
            self.head = links.next.get();
            match self.head.as_ref() {
                Some(next) => next.links().previous.set(ptr::null()),
                None => self.tail = ptr::null(),
            }
        }
        Some(first)
    }

    /// Unlinks `member`; false when it is not linked any more.
    ///
    /// # Safety
    ///
    /// It is alive, and if it is linked then into this list.
    #[inline]
    pub(crate) unsafe fn remove(&mut self, member: *const T) -> bool {
        // SAFETY: alive by contract, and its neighbours because they are linked.
        unsafe {
            let links = (*member).links();
            if !links.is_linked() {
                return false;
            }
            let previous = links.previous.replace(Links::<T>::NOWHERE);
            let next = links.next.get();
            match previous.as_ref() {
                Some(previous) => previous.links().next.set(next),
                None => self.head = next,
            }
            match next.as_ref() {
                Some(next) => next.links().previous.set(previous),
                None => self.tail = previous,
            }
        }
        true
    }
}
