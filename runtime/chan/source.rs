//! Receivers that nobody sends to: clocks and signals.
//!
//! A source has a value whenever its time has come. Whoever waits for it enters its audience, waits
//! until the deadline that it has then, and looks; whenever the deadline changes the audience is
//! woken. A source that gets values has a deadline that has passed while there is one.
//!
//! A tick is a wait and little else, and an exchange waits for all stores before it, into a stack that is in no cache
//! for example. So to enter and to ask for the deadline are one call, as are to leave and to look.

use super::error::{RecvTimeoutError, TryRecvError};
use super::operation::{is_cut, wait, waiter_of};
use super::wait::{List, Node};
use crate::scheduler::{self, Running};
use crate::sync_facade::{Mutex, MutexGuard};
use crate::task::{Accepts, Wake};
use std::sync::PoisonError;
use std::time::Instant;

/// Makes values by itself.
pub(crate) trait Source<T>: Send + Sync {
    /// The value that is due, if one is; at `now`, if the caller knows what time it is.
    fn poll(&self, now: Option<Instant>) -> Option<T>;

    /// When the next is due: in the past, if it is there already; never, if there is none.
    fn deadline(&self) -> Option<Instant>;

    /// As [`Receiver::capacity`](super::Receiver::capacity).
    fn capacity(&self) -> Option<usize>;

    /// As [`Receiver::len`](super::Receiver::len).
    fn len(&self) -> usize;

    /// Who waits, unless the source keeps them itself or never changes. When the deadline changes
    /// [`Audience::look_again`] is called afterwards.
    fn audience(&self) -> Option<&Audience> {
        None
    }

    /// Takes the value that is due at `now`, if the caller knows what time it is and there is one. If not, adds `node`
    /// to those who wait: when the deadline changes it is woken.
    ///
    /// # Safety
    ///
    /// It is in no list, and stays in place until it is removed or claimed.
    unsafe fn enter(&self, node: *const Node<()>, now: Option<Instant>) -> Entered<T> {
        if let Some(value) = now.and_then(|now| self.poll(Some(now))) {
            return Entered::Not(value);
        }
        if let Some(audience) = self.audience() {
            // SAFETY: passed on.
            unsafe { audience.enter(node) };
        }
        Entered::Until(self.deadline())
    }

    /// Removes `node` if it is there; afterwards nobody uses it. With a `now`, a time that has come, takes the value
    /// that was due then, if one was.
    ///
    /// # Safety
    ///
    /// It is alive, and was entered nowhere else.
    unsafe fn leave(&self, node: *const Node<()>, now: Option<Instant>) -> Option<T> {
        if let Some(audience) = self.audience() {
            // SAFETY: passed on.
            unsafe { audience.leave(node) };
        }
        now.and_then(|now| self.poll(Some(now)))
    }
}

/// What came of [`Source::enter`].
pub(crate) enum Entered<T> {
    /// There was a value.
    Not(T),
    /// The next is due then, unless it is changed.
    Until(Option<Instant>),
}

/// Those who wait for a source that does not keep them itself.
#[derive(Debug)]
pub(crate) struct Audience(Mutex<List<()>>);

impl Audience {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(List::new()))
    }

    /// Adds `node`. The deadline is to be asked for after that: a change that comes before is seen
    /// by the asker, one that comes later finds the node.
    ///
    /// # Safety
    ///
    /// It is in no list, and stays in place until it is removed or claimed.
    unsafe fn enter(&self, node: *const Node<()>) {
        // SAFETY: passed on.
        unsafe { self.lock().push_back(node) };
    }

    /// Removes `node` if it is there. Afterwards nobody uses it.
    ///
    /// # Safety
    ///
    /// It is alive, and was entered nowhere else.
    unsafe fn leave(&self, node: *const Node<()>) {
        // SAFETY: passed on.
        unsafe { self.lock().remove(node) };
    }

    /// Wakes everybody: the source is worth another look.
    pub(crate) fn look_again(&self) {
        let mut list = self.lock();
        let wakes = list.look_again();
        drop(list);
        wakes.settle();
    }

    fn lock(&self) -> MutexGuard<'_, List<()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Receives from a source without waiting. It is never closed.
pub(super) fn try_recv<T>(source: &dyn Source<T>) -> Result<T, TryRecvError> {
    source.poll(None).ok_or(TryRecvError::Empty)
}

/// Receives from a source, and waits until `deadline` for it. Not in the frame of who receives from a channel.
#[track_caller]
#[inline(never)]
pub(super) fn recv<T>(
    source: &dyn Source<T>,
    deadline: Option<Instant>,
) -> Result<T, RecvTimeoutError> {
    let running = scheduler::running();
    if is_cut(running) {
        running.inspect(|running| running.spend_budget());
        return Err(RecvTimeoutError::Cancelled);
    }
    if running.is_some_and(Running::must_not_park)
        && let Some(value) = source.poll(None)
    {
        // A wait would panic, even one that comes to nothing.
        return Ok(value);
    }
    loop {
        let waiter = waiter_of(running);
        waiter.will_use(source);
        let node = Node::new(());
        node.belongs_to(&waiter, 0);
        // SAFETY: the node leaves below, before this frame ends.
        let due = match unsafe { source.enter(&node, Some(Instant::now())) } {
            Entered::Until(due) => due,
            Entered::Not(value) => {
                running.inspect(|running| running.spend_budget());
                return Ok(value);
            }
        };
        let first = match (due, deadline) {
            (Some(due), Some(deadline)) => Some(due.min(deadline)),
            (one, other) => one.or(other),
        };
        let wake = wait(running, &waiter, first, Accepts::Cancel);
        let now = match (wake, running) {
            (Wake::Cancelled, _) => None,
            (Wake::TimedOut, Some(running)) => Some(running.expired_at()),
            _ => Some(Instant::now()),
        };
        // SAFETY: alive, and entered here alone.
        let value = unsafe { source.leave(&node, now) };
        let Some(now) = now else {
            return Err(RecvTimeoutError::Cancelled);
        };
        if let Some(value) = value {
            return Ok(value);
        }
        if wake == Wake::TimedOut && deadline.is_some_and(|at| at <= now) {
            return Err(RecvTimeoutError::Timeout);
        }
    }
}
