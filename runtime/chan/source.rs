//! Receivers that nobody sends to: clocks and signals.
//!
//! A source has a value whenever its time has come. Whoever waits for it enters its audience, waits
//! until the deadline that it has then, and looks; whenever the deadline changes the audience is
//! woken. A source that gets values has a deadline that has passed while there is one.

use super::error::{RecvTimeoutError, TryRecvError};
use super::operation::{is_cut, wait, waiter_of};
use super::wait::{List, Node};
use crate::scheduler;
use crate::sync_facade::{Mutex, MutexGuard};
use crate::task::{Accepts, Wake};
use std::sync::PoisonError;
use std::time::Instant;

/// Makes values by itself.
pub(crate) trait Source<T>: Send + Sync {
    /// The value that is due, if one is.
    fn poll(&self) -> Option<T>;

    /// When the next is due: in the past, if it is there already; never, if there is none.
    fn deadline(&self) -> Option<Instant>;

    /// As [`Receiver::capacity`](super::Receiver::capacity).
    fn capacity(&self) -> Option<usize>;

    /// As [`Receiver::len`](super::Receiver::len).
    fn len(&self) -> usize;

    /// Who waits. A source whose deadline changes calls [`Audience::look_again`] afterwards.
    fn audience(&self) -> &Audience;
}

/// Those who wait for a source.
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
    pub(crate) unsafe fn enter(&self, node: *const Node<()>) {
        // SAFETY: passed on.
        unsafe { self.lock().push_back(node) };
    }

    /// Removes `node` if it is there. Afterwards nobody uses it.
    ///
    /// # Safety
    ///
    /// It is alive, and was entered nowhere else.
    pub(crate) unsafe fn leave(&self, node: *const Node<()>) {
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
    source.poll().ok_or(TryRecvError::Empty)
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
        return Err(RecvTimeoutError::Cancelled);
    }
    if let Some(value) = source.poll() {
        running.inspect(|running| running.spend_budget());
        return Ok(value);
    }
    loop {
        let waiter = waiter_of(running);
        let node = Node::new(());
        node.belongs_to(&waiter, 0);
        let audience = source.audience();
        // SAFETY: the node leaves below, before this frame ends.
        unsafe { audience.enter(&node) };
        let due = source.deadline();
        let first = match (due, deadline) {
            (Some(due), Some(deadline)) => Some(due.min(deadline)),
            (one, other) => one.or(other),
        };
        let wake = wait(running, &waiter, first, Accepts::Cancel);
        // SAFETY: alive, and entered here alone.
        unsafe { audience.leave(&node) };
        if wake == Wake::Cancelled {
            return Err(RecvTimeoutError::Cancelled);
        }
        if let Some(value) = source.poll() {
            return Ok(value);
        }
        if wake == Wake::TimedOut && deadline.is_some_and(|at| at <= Instant::now()) {
            return Err(RecvTimeoutError::Timeout);
        }
    }
}
