//! Room for so many values: the ring, and under a lock those who wait for it.
//!
//! As long as nobody waits, senders and receivers exchange words of the ring and never see the lock.
//! Who has to wait takes it, sets the SLOW bit of the word that the *other* side exchanges, looks once
//! more, and links its node. From then on the other side comes through the lock too, and serves.
//!
//! # Under the lock
//!
//! - **B1** `tail` is SLOW exactly when receivers wait, or somebody watches.
//! - **B2** `head` is SLOW exactly when senders wait, values were given back, or somebody watches.
//! - **B3** While receivers wait there is nothing for them: nothing was given back, and the ring is
//!   empty or has a reserved slot at its head.
//! - **B4** While senders wait the ring is full, and what stands at its head is no hole.
//!
//! Within one hold of the lock a bit may be set although nobody waits yet; [`settle`](State::settle)
//! ends that. To keep B4 without letting anybody come first, a receiver that takes from a full ring
//! puts the first waiting sender's value into the very slot that became free, as Go's `chanrecv` does.
//! If that sender is a `select!`, which has no value yet, the slot is reserved for it.
//!
//! A value that a future got and could not keep is older than everything in the ring: it stands in
//! `returned` and goes first.

#[cfg(all(test, loom))]
mod models;

use super::error::{TryRecvError, TrySendError};
use super::operation::{Flavor, Offered, Requested, Reserved};
use super::ring::{Front, NoRoom, NoValue, Refill, Ring};
use super::wait::{List, Node, Offer, Place, RecvNode, SendNode, Ticket, Wakes};
use crate::sync_facade::{Lock, LockGuard};
use std::collections::VecDeque;

/// See the module.
#[derive(Debug)]
pub(super) struct Bounded<T> {
    ring: Ring<T>,
    state: Lock<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    senders: List<Offer<T>>,
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

impl<T> Bounded<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            ring: Ring::new(capacity),
            state: Lock::new(State {
                senders: List::new(),
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

    /// Ends a hold of the lock: the bits say who waits, and whoever was claimed is woken.
    #[inline]
    fn unlock(&self, mut state: LockGuard<'_, State<T>>, wakes: &mut Wakes) {
        state.watchers.look_again(wakes);
        state.settle(&self.ring, wakes);
        drop(state);
        wakes.settle();
    }

    #[cold]
    fn try_send_locked(&self, value: T) -> Result<(), TrySendError<T>> {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        let sent = match state.put(&self.ring, value, &mut wakes) {
            Err((NoRoom::Full, value)) if !state.is_full(&self.ring) => {
                state.put(&self.ring, value, &mut wakes)
            }
            sent => sent,
        };
        self.unlock(state, &mut wakes);
        sent.map_err(|(why, value)| match why {
            NoRoom::Closed => TrySendError::Closed(value),
            _ => TrySendError::Full(value),
        })
    }

    #[cold]
    fn try_recv_locked(&self) -> Result<T, TryRecvError> {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        let taken = state.take(&self.ring, &mut wakes);
        self.unlock(state, &mut wakes);
        taken.map_err(empty_or_closed)
    }

    /// A reserved slot holds a value now, or none, and somebody may wait for that.
    #[cold]
    fn tell(&self) {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        state.serve(&self.ring, &mut wakes);
        let deserted = state.deserted;
        self.unlock(state, &mut wakes);
        if deserted {
            self.discard();
        }
    }
}

fn empty_or_closed(why: NoValue) -> TryRecvError {
    match why {
        NoValue::Closed => TryRecvError::Closed,
        _ => TryRecvError::Empty,
    }
}

impl<T> State<T> {
    /// B1, B2, and that no hole is at the head while senders wait.
    #[inline]
    fn settle(&mut self, ring: &Ring<T>, wakes: &mut Wakes) {
        while !self.senders.is_empty() && ring.front() == Ok(Front::Hole) {
            if let Some(refill) = self.next_offer(ring, wakes) {
                ring.exchange(refill);
            }
        }
        let watched = !self.watchers.is_empty();
        let receivers = !self.receivers.is_empty();
        self.slow_tail(ring, watched || receivers);
        let senders = !self.senders.is_empty() || !self.returned.is_empty();
        self.slow_head(ring, watched || senders);
    }

    #[inline]
    fn slow_tail(&mut self, ring: &Ring<T>, slow: bool) {
        if self.tail_slow != slow {
            self.tail_slow = slow;
            ring.set_tail_slow(slow);
        }
    }

    #[inline]
    fn slow_head(&mut self, ring: &Ring<T>, slow: bool) {
        if self.head_slow != slow {
            self.head_slow = slow;
            ring.set_head_slow(slow);
        }
    }

    /// Hands `value` to the first receiver, if nothing older is on its way, or puts it into the
    /// ring.
    fn put(&mut self, ring: &Ring<T>, value: T, wakes: &mut Wakes) -> Result<(), (NoRoom, T)> {
        let mut value = value;
        // With a reserved slot at the head the ring is not empty, and this value waits behind it.
        if !self.receivers.is_empty() && ring.is_empty() && !ring.is_closed() {
            match self.receivers.hand_over(value, wakes) {
                Ok(()) => return Ok(()),
                Err(back) => value = back,
            }
        }
        match ring.take_room::<true>() {
            Ok(room) => {
                ring.fill(room, value);
                Ok(())
            }
            Err(why) => Err((why, value)),
        }
    }

    /// Takes the oldest value, and lets the first sender that waits have its slot.
    fn take(&mut self, ring: &Ring<T>, wakes: &mut Wakes) -> Result<T, NoValue> {
        if let Some(value) = self.returned.pop_front() {
            return Ok(value);
        }
        while !self.senders.is_empty() {
            if ring.front()? == Front::Reserved {
                return Err(NoValue::Empty);
            }
            if let Some(refill) = self.next_offer(ring, wakes)
                && let Some(value) = ring.exchange(refill)
            {
                return Ok(value);
            }
        }
        ring.pop::<true>()
    }

    /// What the first sender that can be claimed offers for the slot that is about to be free.
    fn next_offer(&mut self, ring: &Ring<T>, wakes: &mut Wakes) -> Option<Refill<T>> {
        while let Some(node) = self.senders.pop_front() {
            // SAFETY: unlinked just now, under the lock, so alive until it is claimed (N3). The
            // value is there as long, and a copy of `MaybeUninit` drops nothing.
            let refill = unsafe {
                let offer = &(*node).payload;
                match offer.value.is_null() {
                    true => {
                        offer.ticket.set(Ticket::Slot(ring.position_of_exchange()));
                        Refill::Reservation
                    }
                    false => Refill::Value(offer.value.read()),
                }
            };
            // SAFETY: as above. A lost claim leaves the value with its sender.
            if unsafe { wakes.claim(node) } {
                return Some(refill);
            }
        }
        None
    }

    /// Restores B3 after something has changed at the head.
    fn serve(&mut self, ring: &Ring<T>, wakes: &mut Wakes) {
        while !self.receivers.is_empty() {
            // A value that nobody here takes after all must not be overtaken.
            self.slow_head(ring, true);
            let value = match self.take(ring, wakes) {
                Ok(value) => value,
                Err(NoValue::Closed) => return self.receivers.look_again(wakes),
                Err(_) => break,
            };
            if let Err(value) = self.receivers.hand_over(value, wakes) {
                self.returned.push_front(value);
            }
        }
    }

    /// Whether a sender has to wait; holes at the head make room. If so, nothing changes that until
    /// the lock is released.
    fn is_full(&mut self, ring: &Ring<T>) -> bool {
        self.slow_head(ring, true);
        if !self.senders.is_empty() {
            // B4; and if there is a hole since, it is for the first of them.
            return true;
        }
        while ring.has_room() == Err(NoRoom::Full) {
            if !ring.skip_hole() {
                return true;
            }
        }
        false
    }
}

impl<T> Flavor<T> for Bounded<T> {
    const TRY_FIRST: bool = true;

    #[inline]
    fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        match self.ring.take_room::<false>() {
            Ok(room) => {
                self.ring.fill(room, value);
                Ok(())
            }
            Err(NoRoom::Full) if !self.ring.begins_with_hole() => Err(TrySendError::Full(value)),
            Err(NoRoom::Closed) => Err(TrySendError::Closed(value)),
            Err(NoRoom::Slow | NoRoom::Full) => self.try_send_locked(value),
        }
    }

    #[inline]
    fn try_recv(&self) -> Result<T, TryRecvError> {
        match self.ring.pop::<false>() {
            Err(NoValue::Slow) => self.try_recv_locked(),
            popped => popped.map_err(empty_or_closed),
        }
    }

    unsafe fn offer(&self, node: *const SendNode<T>) -> Offered {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        let offered = loop {
            if state.is_full(&self.ring) {
                // SAFETY: ours to link, and it stays (caller).
                unsafe { state.senders.push_back(node) };
                break Offered::Linked;
            }
            // SAFETY: the offer points to a value (caller); if it is not sent these are not the
            // bits that count.
            let value = unsafe { (*(*node).payload.value).assume_init_read() };
            match state.put(&self.ring, value, &mut wakes) {
                Ok(()) => break Offered::Sent,
                Err((why, value)) => {
                    std::mem::forget(value);
                    if why == NoRoom::Closed {
                        break Offered::Closed;
                    }
                    // A sender that needs no lock was there first.
                }
            }
        };
        self.unlock(state, &mut wakes);
        offered
    }

    unsafe fn request(&self, node: *const RecvNode<T>) -> Requested<T> {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        state.slow_tail(&self.ring, true);
        let requested = match state.take(&self.ring, &mut wakes) {
            Ok(value) => Requested::Received(value),
            Err(NoValue::Closed) => Requested::Closed,
            Err(_) => {
                // SAFETY: ours to link, and it stays (caller).
                unsafe { state.receivers.push_back(node) };
                Requested::Linked
            }
        };
        self.unlock(state, &mut wakes);
        requested
    }

    fn reserve(&self) -> Reserved<T> {
        let mut room = self.ring.take_room::<false>();
        let in_the_way = match &room {
            Err(NoRoom::Slow) => true,
            Err(NoRoom::Full) => self.ring.begins_with_hole(),
            _ => false,
        };
        if in_the_way {
            let mut state = self.lock();
            room = self.ring.take_room::<true>();
            if matches!(room, Err(NoRoom::Full)) && !state.is_full(&self.ring) {
                room = self.ring.take_room::<true>();
            }
            self.unlock(state, &mut Wakes::new());
        }
        match room {
            Ok(room) => Reserved::Ticket(Ticket::Slot(self.ring.reserve(room))),
            Err(NoRoom::Closed) => Reserved::Closed,
            Err(_) => Reserved::Full,
        }
    }

    unsafe fn enlist_sender(&self, node: *const SendNode<T>) -> bool {
        let mut state = self.lock();
        let full = state.is_full(&self.ring);
        if full {
            // SAFETY: ours to link, and it stays (caller).
            unsafe { state.senders.push_back(node) };
        }
        self.unlock(state, &mut Wakes::new());
        full
    }

    unsafe fn enlist_receiver(&self, node: *const RecvNode<T>) -> bool {
        let mut state = self.lock();
        state.slow_tail(&self.ring, true);
        let front = self.ring.front();
        let empty = matches!(front, Ok(Front::Nothing | Front::Reserved));
        let wait = empty && state.returned.is_empty();
        if wait {
            // SAFETY: ours to link, and it stays (caller).
            unsafe { state.receivers.push_back(node) };
        }
        self.unlock(state, &mut Wakes::new());
        wait
    }

    unsafe fn withdraw_sender(&self, node: *const SendNode<T>) {
        let mut state = self.lock();
        // SAFETY: alive, and linked here if at all (caller).
        unsafe { state.senders.remove(node) };
        self.unlock(state, &mut Wakes::new());
    }

    unsafe fn withdraw_receiver(&self, node: *const RecvNode<T>) {
        let mut state = self.lock();
        // SAFETY: alive, and linked here if at all (caller).
        unsafe { state.receivers.remove(node) };
        self.unlock(state, &mut Wakes::new());
    }

    unsafe fn redeem(&self, ticket: Ticket<T>, value: Option<T>) -> Result<(), Option<T>> {
        let Ticket::Slot(position) = ticket else {
            unreachable!("a ticket of this channel names a slot");
        };
        let room = self.ring.reserved(position);
        let deserted = self.ring.is_closed() && self.lock().deserted;
        match value {
            Some(value) if !deserted => {
                self.ring.fill(room, value);
                if self.ring.must_tell() {
                    self.tell();
                }
                Ok(())
            }
            value => {
                self.ring.leave_hole(room);
                self.tell();
                Err(value)
            }
        }
    }

    unsafe fn watch(&self, sends: bool, node: *const Node<()>) -> bool {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        let waits = if sends {
            state.is_full(&self.ring)
        } else {
            state.slow_tail(&self.ring, true);
            let nothing = matches!(self.ring.front(), Ok(front) if front != Front::Value);
            nothing && state.returned.is_empty()
        };
        if waits && !node.is_null() {
            // SAFETY: not linked, and it stays (caller).
            unsafe { state.watchers.push_back(node) };
        }
        state.settle(&self.ring, &mut wakes);
        drop(state);
        wakes.settle();
        waits
    }

    unsafe fn unwatch(&self, node: *const Node<()>) {
        let mut state = self.lock();
        // SAFETY: alive, and linked here if at all (caller).
        unsafe { state.watchers.remove(node) };
        self.unlock(state, &mut Wakes::new());
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
        self.unlock(state, &mut wakes);
        drop(unwanted);
    }

    fn locked(&self, f: &mut dyn FnMut()) {
        let _state = self.lock();
        f();
    }

    fn close(&self) -> bool {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        let first = self.ring.close();
        if first {
            state.senders.look_again(&mut wakes);
            state.serve(&self.ring, &mut wakes);
        }
        self.unlock(state, &mut wakes);
        first
    }

    fn discard(&self) {
        self.lock().deserted = true;
        // Dropping is code of others: one value at a time, without the lock.
        while let Ok(value) = self.try_recv_locked() {
            drop(value);
        }
    }

    fn is_closed(&self) -> bool {
        self.ring.is_closed()
    }

    fn len(&self) -> usize {
        let returned = match self.ring.is_head_slow() {
            true => self.lock().returned.len(),
            false => 0,
        };
        self.ring.len() + returned
    }

    fn capacity(&self) -> Option<usize> {
        Some(self.ring.capacity())
    }
}
