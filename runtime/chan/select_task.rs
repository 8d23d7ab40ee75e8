//! The arms of a `select!` that wait for no channel: for a task's result, and for the end of a
//! context. Both are only ever told to look again, and complete when they are polled.

use super::arm::{Arm, Candidate};
use crate::context::{Cause, Context};
use crate::scheduler::JoinHandle;
use crate::task::{Entry, Waiter};
use std::fmt;
use std::marker::PhantomPinned;
use std::ptr;
use std::time::Instant;

/// The arm `join(handle)`.
pub struct JoinArm<'a, T> {
    handle: &'a mut JoinHandle<T>,
    /// What stands in the task's join word; null if nothing does.
    waiter: *const Waiter,
    /// What an executor has left in the handle. Its waker is code of others, and is dropped with the arm, when
    /// nothing is linked any more.
    polled: Option<Box<Waiter>>,
}

impl<'a, T> JoinArm<'a, T> {
    /// An arm that has not been polled yet.
    pub fn new(handle: &'a mut JoinHandle<T>) -> Self {
        Self {
            handle,
            waiter: ptr::null(),
            polled: None,
        }
    }

    /// The result of the task, of an arm that has won.
    ///
    /// # Panics
    ///
    /// If the result has been taken before.
    pub fn take(&mut self) -> std::thread::Result<T> {
        let result = self.handle.take_result();
        result.expect("the arm has won, so the task is finished")
    }
}

impl<T> Arm for JoinArm<'_, T> {
    fn candidate(&mut self) -> Candidate<'_> {
        Candidate::new(self)
    }

    fn poll(&mut self) -> bool {
        self.handle.is_finished()
    }

    #[expect(private_interfaces, reason = "as in the trait")]
    unsafe fn enlist(&mut self, waiter: *const Waiter, _: u32) -> bool {
        // SAFETY: alive (caller), and until `withdraw` takes it back.
        let linked = unsafe { self.handle.enlist(&*waiter, &mut self.polled) };
        if linked {
            self.waiter = waiter;
        }
        linked
    }

    fn withdraw(&mut self) {
        let waiter = std::mem::replace(&mut self.waiter, ptr::null());
        // SAFETY: put there by `enlist`, and alive until this returns (the trait's contract).
        if let Some(waiter) = unsafe { waiter.as_ref() } {
            self.handle.withdraw(waiter);
        }
    }

    fn accept(&mut self) -> bool {
        unreachable!("a task completes no arm")
    }
}

/// The arm `done(context)`.
pub struct DoneArm<'a> {
    context: &'a Context,
    /// Linked into the context's node.
    entry: Option<Entry>,
    cause: Option<Cause>,
    /// Others point to the entry while the engine holds a `&mut`.
    _pinned: PhantomPinned,
}

impl<'a> DoneArm<'a> {
    /// An arm that has not been polled yet.
    pub fn new(context: &'a Context) -> Self {
        Self {
            context,
            entry: None,
            cause: None,
            _pinned: PhantomPinned,
        }
    }

    /// Why the context is done, of an arm that has won.
    ///
    /// # Panics
    ///
    /// If it has not won.
    pub fn take(&mut self) -> Cause {
        self.cause.take().expect("an arm that has won")
    }
}

impl Arm for DoneArm<'_> {
    fn candidate(&mut self) -> Candidate<'_> {
        Candidate::new(self)
    }

    fn poll(&mut self) -> bool {
        self.cause = self.context.cause();
        self.cause.is_some()
    }

    #[expect(private_interfaces, reason = "as in the trait")]
    unsafe fn enlist(&mut self, waiter: *const Waiter, _: u32) -> bool {
        let Some(node) = self.context.node() else {
            return true;
        };
        // SAFETY: alive (caller).
        let entry = self.entry.insert(Entry::for_waiter(unsafe { &*waiter }));
        // SAFETY: new, so not linked. It stays here, as the arm does (caller), until `withdraw`
        // has unlinked it.
        unsafe { node.link(entry) }
    }

    fn withdraw(&mut self) {
        if let (Some(node), Some(entry)) = (self.context.node(), &self.entry) {
            node.unlink(entry);
        }
    }

    fn accept(&mut self) -> bool {
        unreachable!("a context completes no arm")
    }

    fn deadline(&self) -> Option<Instant> {
        self.context.deadline()
    }

    fn is_done_arm(&self) -> bool {
        true
    }
}

impl<T> fmt::Debug for JoinArm<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JoinArm").field(&self.handle).finish()
    }
}

impl fmt::Debug for DoneArm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DoneArm").field(&self.context).finish()
    }
}
