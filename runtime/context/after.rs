//! Functions that run when a context is done.
//!
//! The function stands in a slot, and whoever takes it out runs it: a node of the context, when that
//! is cancelled; an alarm at the deadline, if there is one; or nobody, when it is stopped.
//!
//! It is noted in the context's node and in all above it, though a cancellation would come down from
//! them: the lower ones may be gone by then, for a node does not keep those below it. The nodes keep
//! the slot and the slot does not keep them, so a context that nobody can cancel any more takes its
//! functions along.

use super::Context;
use crate::scheduler::{self, Alarm, spawn};
use crate::task::CancelNode;
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

type Function = Box<dyn FnOnce() + Send>;

/// What is to be run, and where it is noted.
#[derive(Default)]
struct Slot {
    function: Option<Function>,
    /// What rings at the deadline.
    clock: Option<Alarm>,
    /// The nodes, with the function's number in each.
    nodes: Vec<(Weak<CancelNode>, u64)>,
}

struct Pending {
    /// What the function's task carries.
    values: Context,
    slot: Mutex<Slot>,
}

impl Pending {
    fn lock(&self) -> MutexGuard<'_, Slot> {
        // No code of others runs under the lock, so a poisoned one is still in order.
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the function out, and what is noted of it elsewhere back.
    fn take(&self) -> Option<Function> {
        let slot = mem::take(&mut *self.lock());
        if let Some(clock) = slot.clock {
            clock.stop();
        }
        for (node, number) in slot.nodes {
            if let Some(node) = node.upgrade() {
                drop(node.withdraw(number));
            }
        }
        slot.function
    }

    fn fire(&self) {
        if let Some(function) = self.take() {
            drop(scheduler::in_context(self.values.clone(), || {
                spawn(function)
            }));
        }
    }

    /// Has `fire` called when a node of `context` is cancelled.
    fn watch_nodes(self: &Arc<Self>, context: &Context) {
        let mut at = context.node();
        while let Some(node) = at {
            let pending = Arc::clone(self);
            match node.at_end(Box::new(move || pending.fire())) {
                Ok(number) => {
                    let mut slot = self.lock();
                    if slot.function.is_none() {
                        drop(slot);
                        return drop(node.withdraw(number));
                    }
                    slot.nodes.push((Arc::downgrade(node), number));
                }
                Err(too_late) => return too_late(),
            }
            at = node.parent();
        }
    }

    /// Has `fire` called when the deadline passes.
    fn watch_clock(self: &Arc<Self>, deadline: Instant) {
        let pending = Arc::clone(self);
        let clock = Alarm::set(deadline, move || pending.fire());
        let mut slot = self.lock();
        if slot.function.is_some() {
            slot.clock = Some(clock);
        } else {
            drop(slot);
            clock.stop();
        }
    }
}

/// A function that is to run when a context is done: see [`Context::after_func`]. Dropping this leaves
/// the function in force.
pub struct AfterFunc(Arc<Pending>);

impl AfterFunc {
    /// Has the function not run. False when it has been started already, or stopped before; it does
    /// not wait for its end.
    pub fn stop(&self) -> bool {
        self.0.take().is_some()
    }
}

impl fmt::Debug for AfterFunc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AfterFunc")
            .field("pending", &self.0.lock().function.is_some())
            .finish_non_exhaustive()
    }
}

impl Context {
    /// Has `f` run in a task of its own when the context is done; at once if it is. The task carries
    /// the values of the context, and what ends the context does not end it.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::context::Context;
    ///
    /// let (context, cancel) = Context::background().with_cancel();
    /// let (sender, receiver) = teem::chan::bounded(1);
    /// let closing = context.after_func(move || sender.send("closed").unwrap());
    /// cancel.cancel();
    /// assert_eq!(receiver.recv(), Ok("closed"));
    /// assert!(!closing.stop());
    /// ```
    pub fn after_func(&self, f: impl FnOnce() + Send + 'static) -> AfterFunc {
        let slot = Slot {
            function: Some(Box::new(f)),
            ..Slot::default()
        };
        let pending = Arc::new(Pending {
            values: self.without_cancel(),
            slot: Mutex::new(slot),
        });
        if self.is_done() {
            pending.fire();
        } else {
            pending.watch_nodes(self);
            if let Some(deadline) = self.deadline() {
                pending.watch_clock(deadline);
            }
        }
        AfterFunc(pending)
    }
}
