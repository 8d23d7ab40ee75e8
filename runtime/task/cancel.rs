//! What can be cancelled: a node of the tree that contexts form, and all that hangs on it.
//!
//! A [`CancelNode`] is done once and for ever. Four things may have to hear of it, and each has a
//! place behind the node's one lock:
//!
//! - tasks and threads that are *in* a context of this node: an [`Entry`] in their [`Ambient`],
//!   linked as long as they are in it. So a wait that a context may cut registers nothing: it is
//!   reached through the task's interrupt word;
//! - waits for the end of the context itself: an `Entry` in a parked frame;
//! - the nodes below, weakly: a child keeps its parent and not the other way round. Those that have
//!   died are swept out whenever their number may have doubled;
//! - functions to be called then.
//!
//! An entry is reached only under the lock and unlinks itself under it:
//!
//! - **E1** A linked entry, and what it points to, is alive. Its owner unlinks it before it goes.
//! - **E2** Interrupts and claims are made under the lock, so after `unlink` none comes from here.
//!   What they make ready is settled after the lock has been released.
//!
//! Deadlines do not live here: a context has the soonest of its own and its parents', and whoever
//! waits in it waits no longer than that.

use super::cell::drop_quietly;
use super::context::Cause;
use super::interrupt::Interrupt;
use super::list::{Linked, Links, List};
use super::waiter::{Claim, Waiter, Wake};
use crate::sync_facade::atomic::{AtomicBool, Ordering};
use crate::sync_facade::{Mutex, MutexGuard};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::mem;
use std::ptr;
use std::sync::{Arc, PoisonError, Weak};
use std::time::Instant;

/// Whom an entry tells.
#[derive(Clone, Copy, Debug)]
enum Target {
    /// An [`Interrupt`]: of a task or thread that is in the context.
    Interrupt,
    /// A [`Waiter`]: of a wait for the context's end.
    Waiter,
}

/// A place in the list of a node. See the module. Small, for each task has one.
#[derive(Debug)]
pub(crate) struct Entry {
    links: Links<Entry>,
    address: Cell<*const ()>,
    target: Target,
}

impl Linked for Entry {
    fn links(&self) -> &Links<Self> {
        &self.links
    }
}

impl Entry {
    /// An entry that is given its interrupt when it is linked.
    pub(super) fn idle() -> Self {
        Self::new(Target::Interrupt, ptr::null())
    }

    /// An entry of a wait for the context's end.
    pub(crate) fn for_waiter(waiter: &Waiter) -> Self {
        Self::new(Target::Waiter, ptr::from_ref(waiter).cast())
    }

    fn new(target: Target, address: *const ()) -> Self {
        Self {
            links: Links::new(),
            address: Cell::new(address),
            target,
        }
    }

    /// Sets whom the entry interrupts; it is not linked.
    pub(super) fn aim(&self, interrupt: &Interrupt) {
        self.address.set(ptr::from_ref(interrupt).cast());
    }

    /// # Safety
    ///
    /// The entry was linked until now, under the lock that the caller holds (E1).
    unsafe fn tell(&self) -> Claim {
        let address = self.address.get();
        match self.target {
            // SAFETY: alive (E1), and an interrupt: set by `aim` before it was linked.
            Target::Interrupt => unsafe { (*address.cast::<Interrupt>()).mark_done() },
            // SAFETY: alive (E1): its owner takes the lock before it leaves (W3). And a waiter: set by `for_waiter`.
            Target::Waiter => unsafe { Waiter::claim(address.cast(), Wake::Event) },
        }
    }
}

type Function = Box<dyn FnOnce() + Send>;

/// What the lock guards.
struct State {
    /// Why the node is done, and since when.
    end: Option<(Cause, Instant)>,
    entries: List<Entry>,
    children: Vec<Weak<CancelNode>>,
    /// At how many children the dead ones are swept out.
    sweep_at: usize,
    functions: BTreeMap<u64, Function>,
    next_function: u64,
}

/// See the module.
pub(crate) struct CancelNode {
    parent: Option<Arc<CancelNode>>,
    /// A copy of whether there is an end, to be read without the lock.
    done: AtomicBool,
    state: Mutex<State>,
}

impl CancelNode {
    /// A node below `parent`; done from the start if that is.
    pub(crate) fn below(parent: Option<&Arc<CancelNode>>) -> Arc<Self> {
        let node = Arc::new(Self {
            parent: parent.cloned(),
            done: AtomicBool::new(false),
            state: Mutex::new(State {
                end: None,
                entries: List::new(),
                children: Vec::new(),
                sweep_at: 8,
                functions: BTreeMap::new(),
                next_function: 0,
            }),
        });
        if let Some(parent) = parent
            && let Err((cause, at)) = parent.adopt(&node)
        {
            node.lock().end = Some((cause, at));
            // ORDERING: Release, as in `end`.
            node.done.store(true, Ordering::Release);
        }
        node
    }

    /// Notes a child, or says why it is too late.
    fn adopt(&self, child: &Arc<CancelNode>) -> Result<(), (Cause, Instant)> {
        let mut state = self.lock();
        if let Some(end) = &state.end {
            return Err(end.clone());
        }
        if state.children.len() >= state.sweep_at {
            state.children.retain(|child| child.strong_count() > 0);
            state.sweep_at = (2 * state.children.len()).max(8);
        }
        state.children.push(Arc::downgrade(child));
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of others runs under the lock, so a poisoned one is still in order.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn parent(&self) -> Option<&Arc<CancelNode>> {
        self.parent.as_ref()
    }

    pub(crate) fn is_done(&self) -> bool {
        // ORDERING: Acquire, pairs with the Release in `end`: what came before it is visible.
        self.done.load(Ordering::Acquire)
    }

    /// Why the node is done, and since when.
    pub(crate) fn end(&self) -> Option<(Cause, Instant)> {
        self.is_done().then(|| self.lock().end.clone()).flatten()
    }

    /// As [`end`](Self::end), but if there is none now, one that comes later is younger than this call.
    pub(crate) fn end_before_now(&self) -> Option<(Cause, Instant)> {
        self.lock().end.clone()
    }

    /// Links `entry`; false, and nothing done, when the node is done.
    ///
    /// # Safety
    ///
    /// The entry is not linked, stays in place and is unlinked from this node before it or what it
    /// points to is gone (E1).
    pub(crate) unsafe fn link(&self, entry: &Entry) -> bool {
        let mut state = self.lock();
        if state.end.is_some() {
            return false;
        }
        // SAFETY: passed on.
        unsafe { state.entries.push_back(entry) };
        true
    }

    /// Unlinks `entry`, if it is linked: afterwards this node does not use it (E2).
    pub(crate) fn unlink(&self, entry: &Entry) {
        // SAFETY: alive, and linked here if at all.
        unsafe { self.lock().entries.remove(entry) };
    }

    /// Runs `f` while the end of this node claims `waiter`, with `Wake::Event`; tells it whether that
    /// has come already, and then nothing will be claimed.
    pub(crate) fn while_told<R>(&self, waiter: &Waiter, f: impl FnOnce(bool) -> R) -> R {
        /// Unlinks however the closure ends.
        struct Unlink<'a>(&'a CancelNode, Entry);
        impl Drop for Unlink<'_> {
            fn drop(&mut self) {
                self.0.unlink(&self.1);
            }
        }
        let linked = Unlink(self, Entry::for_waiter(waiter));
        // SAFETY: the entry stays in this frame until the guard has unlinked it, and the waiter is
        // borrowed for longer.
        let told = unsafe { self.link(&linked.1) };
        f(!told)
    }

    /// Has `function` called at the end, unless it is withdrawn by the number returned; gives it
    /// back if that has come.
    pub(crate) fn at_end(&self, function: Function) -> Result<u64, Function> {
        let mut state = self.lock();
        if state.end.is_some() {
            return Err(function);
        }
        let number = state.next_function;
        state.next_function += 1;
        state.functions.insert(number, function);
        Ok(number)
    }

    /// Forgets a function of `at_end`; it is dropped by the caller, without the lock.
    pub(crate) fn withdraw(&self, number: u64) -> Option<impl Drop + use<>> {
        self.lock().functions.remove(&number)
    }

    /// Ends this node and all below it. False when it had ended before.
    pub(crate) fn cancel(self: &Arc<Self>, cause: &Cause, settle: &mut dyn FnMut(Claim)) -> bool {
        let mut below = Vec::new();
        let first = self.end_one(cause, &mut below, settle);
        // A loop and not a recursion: the tree may be deeper than a stack.
        while let Some(node) = below.pop() {
            node.end_one(cause, &mut below, settle);
        }
        first
    }

    /// Ends this node alone; its children are appended to `below`.
    fn end_one(
        &self,
        cause: &Cause,
        below: &mut Vec<Arc<CancelNode>>,
        settle: &mut dyn FnMut(Claim),
    ) -> bool {
        let mut state = self.lock();
        if state.end.is_some() {
            return false;
        }
        // The time under this lock, and not of the whole walk: whoever has seen a deadline pass and no end here is not
        // told of one that came before that.
        state.end = Some((cause.clone(), Instant::now()));
        // ORDERING: Release, pairs with `is_done`.
        self.done.store(true, Ordering::Release);
        below.extend(state.children.drain(..).filter_map(|child| child.upgrade()));
        let functions = mem::take(&mut state.functions);
        // One at a time: whom it makes ready is not waited for, nor woken under the lock (E2).
        while let Some(entry) = state.entries.pop_front() {
            // SAFETY: linked until now, so alive (E1).
            let claim = unsafe { (*entry).tell() };
            drop(state);
            settle(claim);
            state = self.lock();
        }
        drop(state);
        functions.into_values().for_each(|function| function());
        true
    }
}

impl Drop for CancelNode {
    fn drop(&mut self) {
        // Code of others, and perhaps on the stack of a task that knows nothing of it.
        let state = self.state.get_mut();
        let state = state.unwrap_or_else(PoisonError::into_inner);
        drop_quietly(mem::take(&mut state.functions));
        drop_quietly(state.end.take());
        // A loop and not a recursion: a chain may be longer than a stack.
        let mut parent = self.parent.take();
        while let Some(node) = parent {
            parent = Arc::into_inner(node).and_then(|mut node| node.parent.take());
        }
    }
}

impl fmt::Debug for CancelNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelNode")
            .field("done", &self.is_done())
            .finish_non_exhaustive()
    }
}
