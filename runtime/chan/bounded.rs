//! Room for so many values: the ring, and under a lock those who wait for it.
//!
//! As long as nobody waits, senders and receivers exchange words of the ring and never see the lock. While all of
//! them are tasks of one worker they need not even exchange them: the channel has a [`Bias`], which whoever takes
//! the lock has met before. Who has to wait takes it, sets the SLOW bit of the word that the *other* side
//! exchanges, looks once more, and links its node. From then on the other side comes through the lock too, and
//! serves.
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
//! If that sender is a `select!`, which has no value yet, the slot is reserved for it. Where receivers wait, one is
//! claimed before the sender is: both may be the same `select!`.
//!
//! A value that a future got and could not keep is older than everything in the ring: it stands in
//! `returned` and goes first.

#[cfg(all(test, loom))]
mod models;
mod state;

use self::state::State;
use super::error::{TryRecvError, TrySendError};
use super::operation::{Flavor, Offered, Requested, Reserved};
use super::ring::{Front, NoRoom, NoValue, Ring};
use super::wait::{Node, RecvNode, SendNode, Ticket, Wakes};
use crate::bias::{Alone, Bias};
use crate::scheduler;
use crate::sync_facade::{Lock, LockGuard};

/// See the module.
#[derive(Debug)]
pub(super) struct Bounded<T> {
    /// Of all that changes the ring.
    bias: Bias,
    ring: Ring<T>,
    state: Lock<State<T>>,
}

impl<T> Bounded<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            bias: Bias::new(),
            ring: Ring::new(capacity),
            state: Lock::new(State::new()),
        }
    }

    /// For what needs no lock: `None` if somebody else may be there.
    #[inline]
    fn enter(&self) -> Option<Alone<'_>> {
        self.bias.enter(scheduler::identity())
    }

    /// Before all that is done by exchanges or under the lock.
    fn meet(&self) {
        self.bias.meet(scheduler::identity());
    }

    fn lock(&self) -> LockGuard<'_, State<T>> {
        self.meet();
        self.state.lock()
    }

    /// Ends a hold of the lock: the bits say who waits, and whoever was claimed is woken.
    #[inline]
    fn unlock(&self, mut state: LockGuard<'_, State<T>>, mut wakes: Wakes) {
        wakes.append(state.watchers.look_again());
        self.unlock_unchanged(state, wakes);
    }

    /// As [`unlock`](Self::unlock), if nothing has changed for those who watch.
    #[inline]
    fn unlock_unchanged(&self, mut state: LockGuard<'_, State<T>>, mut wakes: Wakes) {
        state.settle(&self.ring, &mut wakes);
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
        self.unlock(state, wakes);
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
        self.unlock(state, wakes);
        taken.map_err(empty_or_closed)
    }

    /// How many values were given back. Holes at the head, which are in the ring and no values, are skipped.
    fn count_returned(&self) -> usize {
        if !self.ring.is_head_slow() && !self.ring.begins_with_hole() {
            return 0;
        }
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        state.skip_holes(&self.ring, &mut wakes);
        let returned = state.returned.len();
        // Who waits for a slot to be given up is told by `tell`.
        self.unlock_unchanged(state, wakes);
        returned
    }

    /// A reserved slot holds a value now, or none, and somebody may wait for that.
    #[cold]
    fn tell(&self) {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        state.serve(&self.ring, &mut wakes);
        state.skip_holes(&self.ring, &mut wakes);
        let deserted = state.deserted;
        self.unlock(state, wakes);
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

impl<T> Flavor<T> for Bounded<T> {
    const HAS_OWNER: bool = true;

    #[inline(always)]
    fn send_alone(&self, value: T) -> Result<(), T> {
        match self.bias.enter_as_owner(scheduler::identity()) {
            Some(alone) => self.ring.push_alone(value, &alone),
            None => Err(value),
        }
    }

    #[inline(always)]
    fn recv_alone(&self) -> Option<T> {
        let alone = self.bias.enter_as_owner(scheduler::identity())?;
        self.ring.pop_alone(&alone)
    }

    #[inline]
    fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let mut value = value;
        if let Some(alone) = self.enter() {
            match self.ring.push_alone(value, &alone) {
                Ok(()) => return Ok(()),
                Err(back) => value = back,
            }
        }
        match self.ring.take_room::<false>() {
            Ok(room) => {
                room.fill(value);
                Ok(())
            }
            Err(NoRoom::Full) if !self.ring.begins_with_hole() => Err(TrySendError::Full(value)),
            Err(NoRoom::Closed) => Err(TrySendError::Closed(value)),
            Err(NoRoom::Slow | NoRoom::Full) => self.try_send_locked(value),
        }
    }

    #[inline]
    fn try_recv(&self) -> Result<T, TryRecvError> {
        if let Some(alone) = self.enter()
            && let Some(value) = self.ring.pop_alone(&alone)
        {
            return Ok(value);
        }
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
        self.unlock(state, wakes);
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
        self.unlock(state, wakes);
        requested
    }

    fn reserve(&self) -> Reserved<T> {
        self.meet();
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
            self.unlock(state, Wakes::new());
        }
        match room {
            Ok(room) => Reserved::Ticket(Ticket::Slot(room.reserve())),
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
        self.unlock(state, Wakes::new());
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
        self.unlock(state, Wakes::new());
        wait
    }

    unsafe fn withdraw_sender(&self, node: *const SendNode<T>) {
        let mut state = self.lock();
        // SAFETY: alive, and linked here if at all (caller).
        unsafe { state.senders.remove(node) };
        self.unlock(state, Wakes::new());
    }

    unsafe fn withdraw_receiver(&self, node: *const RecvNode<T>) {
        let mut state = self.lock();
        // SAFETY: alive, and linked here if at all (caller).
        unsafe { state.receivers.remove(node) };
        self.unlock(state, Wakes::new());
    }

    unsafe fn redeem(&self, ticket: Ticket<T>, value: Option<T>) -> Result<(), Option<T>> {
        let Ticket::Slot(position) = ticket else {
            unreachable!("a ticket of this channel names a slot");
        };
        let room = self.ring.reserved(position);
        let deserted = self.ring.is_closed() && self.lock().deserted;
        match value {
            Some(value) if !deserted => {
                room.fill(value);
                if self.ring.must_tell() {
                    self.tell();
                }
                Ok(())
            }
            value => {
                room.leave_hole();
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
            state.skip_holes(&self.ring, &mut wakes);
            let nothing = matches!(self.ring.front(), Ok(front) if front != Front::Value);
            nothing && state.returned.is_empty()
        };
        if waits && !node.is_null() {
            // SAFETY: not linked, and it stays (caller).
            unsafe { state.watchers.push_back(node) };
        }
        self.unlock_unchanged(state, wakes);
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
        let first = self.ring.close();
        if first {
            wakes.append(state.senders.look_again());
            state.serve(&self.ring, &mut wakes);
        }
        self.unlock(state, wakes);
        first
    }

    fn discard(&self) {
        /// Goes on when a destructor panics.
        struct Rest<'a, T>(&'a Bounded<T>);
        impl<T> Rest<'_, T> {
            fn drop_all(&self) {
                // Dropping is code of others: one value at a time, without the lock.
                while let Ok(value) = self.0.try_recv_locked() {
                    drop(value);
                }
            }
        }
        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                self.drop_all();
            }
        }
        self.lock().deserted = true;
        Rest(self).drop_all();
    }

    fn is_closed(&self) -> bool {
        self.ring.is_closed()
    }

    fn len(&self) -> usize {
        let returned = self.count_returned();
        returned + self.ring.len()
    }

    fn is_full(&self) -> bool {
        // What was given back takes no room.
        self.count_returned();
        self.ring.len() >= self.ring.capacity()
    }

    fn capacity(&self) -> Option<usize> {
        Some(self.ring.capacity())
    }
}
