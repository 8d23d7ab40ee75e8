//! The context that a task, or a thread, is in; and how its end gets there.
//!
//! A task has a context *of its own*, ended by [`cancel`](Ambient::cancel), and if it was spawned by
//! somebody who waits for it, by the end of that one's context, too. It may
//! [go over](Ambient::go_to) to another context for the time of a closure. Its interrupt word says
//! at any moment whether the context that it is in is done; nobody has to ask a lock for that.
//!
//! | field       | touched by                                                     |
//! | ----------- | -------------------------------------------------------------- |
//! | `interrupt` | anybody (I1 to I4)                                             |
//! | `cancelled` | set by anybody, never cleared                                  |
//! | `own`       | anybody reads it: made once, on demand, by the task, for those who hold its context |
//! | the rest    | the task itself, or the thread (H1)                            |
//!
//! The own context needs no node as long as nobody holds it: the interrupt word serves.

use super::cancel::{CancelNode, Entry};
use super::cell::drop_quietly;
use super::context::{Cancelled, Cause, Context};
use super::interrupt::Interrupt;
use super::waiter::Claim;
use crate::sync_facade::atomic::{AtomicBool, AtomicPtr, Ordering, fence};
use std::cell::{Cell, UnsafeCell};
use std::ptr;
use std::sync::Arc;
use std::time::Instant;

/// See the module. What each wait looks at comes first.
#[repr(C)]
pub(crate) struct Ambient {
    pub(crate) interrupt: Interrupt,
    context: UnsafeCell<Context>,
    /// The task is in another context than its own.
    entered: Cell<bool>,
    /// Its runtime ends: every context that can be done at all is.
    stopping: Cell<bool>,
    /// The own context was cancelled.
    cancelled: AtomicBool,
    /// The node of the own context, or null: a reference that is given back by `drop`.
    own: AtomicPtr<CancelNode>,
    entry: Entry,
}

/// The context that was left by a [`go_to`](Ambient::go_to).
#[derive(Debug)]
pub(crate) struct Outer {
    context: Context,
    entered: bool,
}

impl Ambient {
    /// A task that inherits `context`, or the ambient of a thread.
    pub(crate) fn new(context: Context) -> Self {
        Self {
            interrupt: Interrupt::new(),
            cancelled: AtomicBool::new(false),
            own: AtomicPtr::new(ptr::null_mut()),
            context: UnsafeCell::new(context),
            entry: Entry::idle(),
            entered: Cell::new(false),
            stopping: Cell::new(false),
        }
    }

    /// The task begins.
    pub(crate) fn begin(&self) {
        if self.context().node().is_some() {
            self.arrive();
        }
    }

    /// The task is over: nothing reaches it any more, and what it has inherited is let go.
    pub(crate) fn finish(&self) {
        drop_quietly(self.replace(Context::background()));
    }

    /// Only the owner calls this and does not keep it over a `replace`.
    fn context(&self) -> &Context {
        // SAFETY: touched by its owner alone (H1), which changes it in `replace` only.
        unsafe { &*self.context.get() }
    }

    /// Leaves the context and puts another in its place, of which nothing is known yet.
    fn replace(&self, next: Context) -> Context {
        if let Some(node) = self.context().node() {
            node.unlink(&self.entry);
        }
        // SAFETY: as in `context`; no reference is kept there.
        std::mem::replace(unsafe { &mut *self.context.get() }, next)
    }

    /// Finds out whether the new context is done, and stays informed of it.
    fn arrive(&self) {
        let node = self.context().node();
        if let Some(node) = node {
            self.entry.aim(&self.interrupt);
            // SAFETY: the entry stays in its header, or its thread's storage, and is unlinked by
            // `replace`, which every way out of the context takes; the last one by `finish`.
            if !unsafe { node.link(&self.entry) } {
                self.interrupt.note_done();
            }
        }
        let entered = self.entered.get();
        // ORDERING: Relaxed, ordered by `adopt`: a `cancel` that did not see the own context came
        // before it.
        let own_done = !entered && self.cancelled.load(Ordering::Relaxed);
        let stopped = self.stopping.get() && !(entered && node.is_none());
        if own_done || stopped {
            self.interrupt.note_done();
        }
    }

    /// Goes over to `context` until [`go_back`](Self::go_back).
    pub(crate) fn go_to(&self, context: Context) -> Outer {
        let context = self.replace(context);
        let entered = self.entered.replace(true);
        self.interrupt.adopt(true);
        self.arrive();
        Outer { context, entered }
    }

    pub(crate) fn go_back(&self, outer: Outer) {
        let left = self.replace(outer.context);
        self.entered.set(outer.entered);
        self.interrupt.adopt(outer.entered);
        self.arrive();
        // Last: the destructor of a value may panic.
        drop(left);
    }

    /// The context that the owner is in, for others to hold.
    pub(crate) fn current(&self, settle: &mut dyn FnMut(Claim)) -> Context {
        let context = self.context();
        if self.entered.get() {
            return context.clone();
        }
        let node = self.own().unwrap_or_else(|| {
            let node = CancelNode::below(context.node());
            let own = Arc::into_raw(Arc::clone(&node)).cast_mut();
            // ORDERING: Release, pairs with the load in `own`. Only the owner is here, so it was null.
            self.own.store(own, Ordering::Release);
            node
        });
        // ORDERING: SeqCst, pairs with the one in `cancel`: either that sees the node, or we see
        // that it has been.
        fence(Ordering::SeqCst);
        // ORDERING: Relaxed, see the fence.
        if self.cancelled.load(Ordering::Relaxed) {
            node.cancel(&Cause::Cancelled, settle);
        }
        context.with_node(node)
    }

    /// The node of the own context, if it has been made.
    fn own(&self) -> Option<Arc<CancelNode>> {
        // ORDERING: Acquire, pairs with the store in `current`: the node is complete.
        let own = self.own.load(Ordering::Acquire);
        if own.is_null() {
            return None;
        }
        // SAFETY: the reference that `current` has left here stays until this is dropped.
        unsafe { Arc::increment_strong_count(own) };
        // SAFETY: as above; this is the one that was just counted.
        Some(unsafe { Arc::from_raw(own) })
    }

    /// What of the owner's context a detached task inherits.
    pub(crate) fn values(&self) -> Context {
        self.context().without_cancel()
    }

    /// Whether there is anything that could end a wait here.
    pub(crate) fn is_entered(&self) -> bool {
        self.entered.get()
    }

    /// Cancels the own context: first for those who hold it, so that a task which finds the end of it finds
    /// every handle of it done, as a `done` arm asks.
    pub(crate) fn cancel(&self, settle: &mut dyn FnMut(Claim)) {
        // ORDERING: Relaxed, ordered by the fence and by the exchange in `interrupt`.
        self.cancelled.store(true, Ordering::Relaxed);
        // ORDERING: SeqCst, see `current`.
        fence(Ordering::SeqCst);
        if let Some(node) = self.own() {
            node.cancel(&Cause::Cancelled, settle);
        }
        settle(self.interrupt.cancel());
    }

    /// The runtime ends: cancels the own context, and ends any other but one that nothing ends.
    /// Called on the owner's thread.
    pub(crate) fn stop(&self, settle: &mut dyn FnMut(Claim)) {
        if self.stopping.replace(true) {
            return;
        }
        self.cancel(settle);
        if self.entered.get() && self.context().node().is_some() {
            settle(self.interrupt.mark_done());
        }
    }

    /// Whether the context is done; asks the clock only if it has a deadline.
    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        /// Out of line: the clock is asked for few contexts.
        #[cold]
        #[inline(never)]
        fn has_passed(deadline: Instant) -> bool {
            deadline <= Instant::now()
        }
        self.interrupt.is_done() || self.context().deadline().is_some_and(has_passed)
    }

    /// Whether the context is done, or has a deadline which would have to be compared with the clock.
    #[inline(always)]
    pub(crate) fn may_be_done(&self) -> bool {
        self.interrupt.is_done() || self.has_deadline()
    }

    /// Whether the context has a deadline.
    #[inline]
    pub(crate) fn has_deadline(&self) -> bool {
        self.context().deadline().is_some()
    }

    /// The sooner of `deadline` and the context's.
    #[inline]
    pub(crate) fn sooner(&self, deadline: Option<Instant>) -> Option<Instant> {
        match (self.context().deadline(), deadline) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        }
    }

    /// What a call says that the context has ended.
    #[cold]
    pub(crate) fn cancelled(&self) -> Cancelled {
        Cancelled::new(self.context().cause().unwrap_or(Cause::Cancelled))
    }
}

impl Ambient {
    /// Lets go of the own context's node, for an owner who is alone.
    pub(crate) fn forget_own(&self) {
        // ORDERING: Relaxed, for both: nobody else has this.
        let own = self.own.load(Ordering::Relaxed);
        if !own.is_null() {
            self.own.store(ptr::null_mut(), Ordering::Relaxed);
            // SAFETY: the reference that `current` has left here; nobody asks any more.
            drop(unsafe { Arc::from_raw(own) });
        }
    }
}

impl Drop for Ambient {
    fn drop(&mut self) {
        self.forget_own();
    }
}

impl std::fmt::Debug for Ambient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ambient")
            .field("done", &self.interrupt.is_done())
            .finish_non_exhaustive()
    }
}
