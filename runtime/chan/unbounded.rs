//! No limit: the list of blocks, and under a lock those who wait for it.
//!
//! As in `bounded.rs`, but that nobody waits for room. As long as no receiver waits, senders and
//! receivers use the blocks alone. A receiver that has to wait takes the lock, makes the tail SLOW,
//! looks once more and links its node; from then on senders come through the lock and hand over.
//!
//! # Under the lock
//!
//! - **U1** The tail is SLOW exactly when receivers wait, or somebody watches.
//! - **U2** The head is SLOW exactly when values were given back by futures that could not keep them.
//!   They are older than those in the blocks and stand in `returned`.
//! - **U3** While receivers wait there is no value for them, here or there.
//!
//! Within one hold of the lock the tail may be SLOW although nobody waits yet;
//! [`unlock`](Unbounded::unlock) ends that.

use super::blocks::{Blocks, Nothing, Refused};
use super::error::{TryRecvError, TrySendError};
use super::operation::{Flavor, Offered, Requested, Reserved};
use super::wait::{List, Node, Place, RecvNode, SendNode, Ticket, Wakes};
use crate::sync_facade::{Lock, LockGuard};
use std::collections::VecDeque;

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(loom)))]
mod tests;

/// See the module.
#[derive(Debug)]
pub(super) struct Unbounded<T> {
    blocks: Blocks<T>,
    state: Lock<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    receivers: List<Place<T>>,
    returned: VecDeque<T>,
    /// Those of `Select::ready`.
    watchers: List<()>,
    /// The SLOW bits as they are.
    tail_slow: bool,
    head_slow: bool,
    /// The last receiver is gone.
    deserted: bool,
}

impl<T> Unbounded<T> {
    pub(super) fn new() -> Self {
        Self {
            blocks: Blocks::new(),
            state: Lock::new(State {
                receivers: List::new(),
                returned: VecDeque::new(),
                watchers: List::new(),
                tail_slow: false,
                head_slow: false,
                deserted: false,
            }),
        }
    }

    fn lock(&self) -> LockGuard<'_, State<T>> {
        self.state.lock()
    }

    /// Ends a hold of the lock: the bits say who waits (U1, U2), and whoever was claimed is woken.
    #[inline]
    fn unlock(&self, mut state: LockGuard<'_, State<T>>, mut wakes: Wakes) {
        wakes.append(state.watchers.look_again());
        self.settle(&mut state);
        drop(state);
        wakes.settle();
    }

    #[inline]
    fn settle(&self, state: &mut State<T>) {
        if state.tail_slow && state.receivers.is_empty() && state.watchers.is_empty() {
            state.tail_slow = false;
            self.blocks.clear_slow();
        }
        let head_slow = !state.returned.is_empty();
        if state.head_slow != head_slow {
            state.head_slow = head_slow;
            match head_slow {
                true => self.blocks.set_older(),
                false => self.blocks.clear_older(),
            }
        }
    }

    #[cold]
    fn try_send_locked(&self, value: T) -> Result<(), TrySendError<T>> {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        let sent = if self.blocks.is_closed() {
            Err(value)
        } else {
            // U3: there is nothing older that the receiver would have to have first.
            let handed = state.receivers.hand_over(value, &mut wakes);
            handed.or_else(|value| self.blocks.push_slow(value))
        };
        self.unlock(state, wakes);
        sent.map_err(TrySendError::Closed)
    }

    #[cold]
    fn try_recv_locked(&self) -> Result<T, TryRecvError> {
        let mut state = self.lock();
        let taken = self.take(&mut state);
        self.unlock(state, Wakes::new());
        taken
    }

    fn take(&self, state: &mut State<T>) -> Result<T, TryRecvError> {
        let returned = state.returned.pop_front();
        returned.map_or_else(|| self.blocks.pop_slow().map_err(empty_or_closed), Ok)
    }

    /// Makes every sender take the lock; whether there is something to receive, or the end.
    fn look_closely(&self, state: &mut State<T>) -> bool {
        let fresh = match state.tail_slow {
            true => false,
            false => {
                state.tail_slow = true;
                self.blocks.set_slow()
            }
        };
        fresh || !state.returned.is_empty() || self.blocks.is_closed()
    }
}

fn empty_or_closed(nothing: Nothing) -> TryRecvError {
    match nothing {
        Nothing::Closed => TryRecvError::Closed,
        Nothing::Empty | Nothing::Slow => TryRecvError::Empty,
    }
}

impl<T> Flavor<T> for Unbounded<T> {
    const SEND_WAITS: bool = false;

    #[inline(always)]
    fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        match self.blocks.push(value) {
            Ok(()) => Ok(()),
            Err(Refused::Closed(value)) => Err(TrySendError::Closed(value)),
            Err(Refused::Slow(value)) => self.try_send_locked(value),
        }
    }

    #[inline(always)]
    fn try_recv(&self) -> Result<T, TryRecvError> {
        match self.blocks.pop() {
            Ok(value) => Ok(value),
            Err(Nothing::Slow) => self.try_recv_locked(),
            Err(nothing) => Err(empty_or_closed(nothing)),
        }
    }

    unsafe fn offer(&self, _: *const SendNode<T>) -> Offered {
        unreachable!("no send waits for room")
    }

    unsafe fn request(&self, node: *const RecvNode<T>) -> Requested<T> {
        let mut state = self.lock();
        self.look_closely(&mut state);
        let requested = match self.take(&mut state) {
            Ok(value) => Requested::Received(value),
            Err(TryRecvError::Closed) => Requested::Closed,
            Err(TryRecvError::Empty) => {
                // SAFETY: ours to link, and it stays (caller).
                unsafe { state.receivers.push_back(node) };
                Requested::Linked
            }
        };
        self.unlock(state, Wakes::new());
        requested
    }

    fn reserve(&self) -> Reserved<T> {
        match self.blocks.is_closed() {
            true => Reserved::Closed,
            false => Reserved::Ticket(Ticket::Anywhere),
        }
    }

    unsafe fn enlist_sender(&self, _: *const SendNode<T>) -> bool {
        false
    }

    unsafe fn enlist_receiver(&self, node: *const RecvNode<T>) -> bool {
        let mut state = self.lock();
        let wait = !self.look_closely(&mut state);
        if wait {
            // SAFETY: ours to link, and it stays (caller).
            unsafe { state.receivers.push_back(node) };
        }
        self.unlock(state, Wakes::new());
        wait
    }

    unsafe fn withdraw_sender(&self, _: *const SendNode<T>) {}

    unsafe fn withdraw_receiver(&self, node: *const RecvNode<T>) {
        let mut state = self.lock();
        // SAFETY: alive, and linked here if at all (caller).
        unsafe { state.receivers.remove(node) };
        self.unlock(state, Wakes::new());
    }

    unsafe fn redeem(&self, _: Ticket<T>, value: Option<T>) -> Result<(), Option<T>> {
        match value.map(|value| self.try_send(value)) {
            Some(Err(error)) => Err(Some(error.into_inner())),
            Some(Ok(())) | None => Ok(()),
        }
    }

    unsafe fn watch(&self, sends: bool, node: *const Node<()>) -> bool {
        let mut state = self.lock();
        let waits = !sends && !self.look_closely(&mut state) && self.blocks.len() == 0;
        if waits && !node.is_null() {
            // SAFETY: not linked, and it stays (caller).
            unsafe { state.watchers.push_back(node) };
        }
        self.settle(&mut state);
        waits
    }

    unsafe fn unwatch(&self, node: *const Node<()>) {
        let mut state = self.lock();
        // SAFETY: alive, and linked here if at all (caller).
        unsafe { state.watchers.remove(node) };
        self.unlock(state, Wakes::new());
    }

    fn give_back(&self, value: T) {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        let mut unwanted = None;
        if state.deserted {
            unwanted = Some(value);
        } else if let Err(value) = state.receivers.hand_over(value, &mut wakes) {
            state.returned.push_front(value);
        }
        self.unlock(state, wakes);
        drop(unwanted);
    }

    fn locked(&self, f: &mut dyn FnMut()) {
        let _state = self.lock();
        f();
    }

    fn close(&self) -> bool {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        let first = self.blocks.close();
        if first {
            // U3: there is nothing for them, and nothing will come.
            wakes.append(state.receivers.look_again());
        }
        self.unlock(state, wakes);
        first
    }

    fn discard(&self) {
        let mut state = self.lock();
        state.deserted = true;
        let returned = std::mem::take(&mut state.returned);
        self.unlock(state, Wakes::new());
        // Dropping is code of others, and comes without the lock. Of the two a panic in one does not prevent the other.
        self.blocks.drain();
        drop(returned);
    }

    fn is_closed(&self) -> bool {
        self.blocks.is_closed()
    }

    fn len(&self) -> usize {
        let returned = match self.blocks.has_older() {
            true => self.lock().returned.len(),
            false => 0,
        };
        returned + self.blocks.len()
    }

    fn capacity(&self) -> Option<usize> {
        None
    }
}
