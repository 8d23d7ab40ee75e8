//! No limit: a queue under a lock.

use super::error::{TryRecvError, TrySendError};
use super::operation::{Flavor, Offered, Requested, Reserved};
use super::packet::Packet;
use super::wait::{List, Node, Offer, Place, RecvNode, SendNode, Ticket, Wakes};
use crate::sync_facade::{Mutex, MutexGuard};
use std::collections::VecDeque;
use std::sync::PoisonError;

/// See the module.
#[derive(Debug)]
pub(super) struct Unbounded<T> {
    state: Mutex<State<T>>,
    capacity: Option<usize>,
}

#[derive(Debug)]
struct State<T> {
    values: VecDeque<T>,
    reserved: usize,
    senders: List<Offer<T>>,
    receivers: List<Place<T>>,
    closed: bool,
    deserted: bool,
}

impl<T> Unbounded<T> {
    pub(super) fn new() -> Self {
        Self::with(None)
    }

    pub(super) fn with(capacity: Option<usize>) -> Self {
        Self {
            state: Mutex::new(State {
                values: VecDeque::new(),
                reserved: 0,
                senders: List::new(),
                receivers: List::new(),
                closed: false,
                deserted: false,
            }),
            capacity,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_full(&self, state: &State<T>) -> bool {
        (self.capacity).is_some_and(|capacity| state.values.len() + state.reserved >= capacity)
    }

    fn serve(&self, state: &mut State<T>, wakes: &mut Wakes) {
        while !state.values.is_empty()
            && let Some(node) = state.receivers.pop_front()
        {
            let value = state.values.pop_front().expect("looked");
            // SAFETY: unlinked just now, under the lock (N3, P1).
            unsafe {
                let packet = (*node).payload.packet.get();
                Packet::put(packet, value);
                if !wakes.add(Node::claim_arm(node)) {
                    state.values.push_front(Packet::take_back(packet));
                }
            }
        }
        while !self.is_full(state)
            && let Some(node) = state.senders.pop_front()
        {
            // SAFETY: unlinked just now, under the lock (N3).
            wakes.add(unsafe { Node::claim_event(node) });
        }
    }
}

impl<T> Flavor<T> for Unbounded<T> {
    const TRY_FIRST: bool = true;
    const SEND_WAITS: bool = false;

    fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        if state.closed {
            return Err(TrySendError::Closed(value));
        }
        if self.is_full(&state) {
            return Err(TrySendError::Full(value));
        }
        state.values.push_back(value);
        self.serve(&mut state, &mut wakes);
        drop(state);
        wakes.settle();
        Ok(())
    }

    fn try_recv(&self) -> Result<T, TryRecvError> {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        let value = state.values.pop_front();
        let closed = state.closed && state.reserved == 0;
        self.serve(&mut state, &mut wakes);
        drop(state);
        wakes.settle();
        value.ok_or(if closed {
            TryRecvError::Closed
        } else {
            TryRecvError::Empty
        })
    }

    unsafe fn offer(&self, node: *const SendNode<T>) -> Offered {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        if state.closed {
            return Offered::Closed;
        }
        if self.is_full(&state) {
            // SAFETY: ours to link, and it stays (caller).
            unsafe { state.senders.push_back(node) };
            return Offered::Linked;
        }
        // SAFETY: the offer points to a value (caller).
        let value = unsafe { (*(*node).payload.value).assume_init_read() };
        state.values.push_back(value);
        self.serve(&mut state, &mut wakes);
        drop(state);
        wakes.settle();
        Offered::Sent
    }

    unsafe fn request(&self, node: *const RecvNode<T>) -> Requested<T> {
        match self.try_recv() {
            Ok(value) => return Requested::Received(value),
            Err(TryRecvError::Closed) => return Requested::Closed,
            Err(TryRecvError::Empty) => {}
        }
        let mut state = self.lock();
        let mut wakes = Wakes::new();
        // SAFETY: ours to link, and it stays (caller).
        unsafe { state.receivers.push_back(node) };
        if state.closed && state.reserved == 0 && state.values.is_empty() {
            // SAFETY: linked just now.
            unsafe { state.receivers.remove(node) };
            return Requested::Closed;
        }
        self.serve(&mut state, &mut wakes);
        drop(state);
        wakes.settle();
        Requested::Linked
    }

    fn reserve(&self) -> Reserved<T> {
        let mut state = self.lock();
        if state.closed {
            return Reserved::Closed;
        }
        if self.is_full(&state) {
            return Reserved::Full;
        }
        state.reserved += 1;
        Reserved::Ticket(Ticket::Anywhere)
    }

    unsafe fn enlist_sender(&self, node: *const SendNode<T>) -> bool {
        let mut state = self.lock();
        if state.closed || !self.is_full(&state) {
            return false;
        }
        // SAFETY: ours to link, and it stays (caller).
        unsafe { state.senders.push_back(node) };
        true
    }

    unsafe fn enlist_receiver(&self, node: *const RecvNode<T>) -> bool {
        let mut state = self.lock();
        if state.closed && state.reserved == 0 || !state.values.is_empty() {
            return false;
        }
        // SAFETY: ours to link, and it stays (caller).
        unsafe { state.receivers.push_back(node) };
        true
    }

    unsafe fn withdraw_sender(&self, node: *const SendNode<T>) {
        // SAFETY: alive, and linked here if at all (caller).
        unsafe { self.lock().senders.remove(node) };
    }

    unsafe fn withdraw_receiver(&self, node: *const RecvNode<T>) {
        // SAFETY: alive, and linked here if at all (caller).
        unsafe { self.lock().receivers.remove(node) };
    }

    unsafe fn redeem(&self, _: Ticket<T>, value: Option<T>) -> Result<(), Option<T>> {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        state.reserved -= 1;
        if state.deserted {
            return Err(value);
        }
        state.values.extend(value);
        self.serve(&mut state, &mut wakes);
        while state.closed
            && state.reserved == 0
            && let Some(node) = state.receivers.pop_front()
        {
            // SAFETY: unlinked just now, under the lock (N3).
            wakes.add(unsafe { Node::claim_event(node) });
        }
        drop(state);
        wakes.settle();
        Ok(())
    }

    fn give_back(&self, value: T) {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        if state.deserted {
            return drop(state);
        }
        state.values.push_front(value);
        self.serve(&mut state, &mut wakes);
        drop(state);
        wakes.settle();
    }

    fn locked(&self, f: &mut dyn FnMut()) {
        let _state = self.lock();
        f();
    }

    fn close(&self) -> bool {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        if state.closed {
            return false;
        }
        state.closed = true;
        while let Some(node) = state.senders.pop_front() {
            // SAFETY: unlinked just now, under the lock (N3).
            wakes.add(unsafe { Node::claim_event(node) });
        }
        while state.reserved == 0
            && let Some(node) = state.receivers.pop_front()
        {
            // SAFETY: unlinked just now, under the lock (N3).
            wakes.add(unsafe { Node::claim_event(node) });
        }
        drop(state);
        wakes.settle();
        true
    }

    fn discard(&self) {
        let mut state = self.lock();
        state.deserted = true;
        let unwanted = std::mem::take(&mut state.values);
        drop(state);
        drop(unwanted);
    }

    fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn len(&self) -> usize {
        self.lock().values.len()
    }

    fn capacity(&self) -> Option<usize> {
        self.capacity
    }
}
