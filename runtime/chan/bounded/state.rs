//! Those who wait for a bounded channel, and what is done for them: all of it under the lock.

use crate::chan::ring::{Front, NoRoom, NoValue, Refill, Ring};
use crate::chan::wait::{List, Offer, Place, Ticket, Wakes};
use std::collections::VecDeque;

/// Keeps B1 to B4.
#[derive(Debug)]
pub(super) struct State<T> {
    pub(super) senders: List<Offer<T>>,
    pub(super) receivers: List<Place<T>>,
    pub(super) returned: VecDeque<T>,
    /// Those of `Select::ready`.
    pub(super) watchers: List<()>,
    /// The SLOW bits as they are.
    tail_slow: bool,
    head_slow: bool,
    /// The last receiver is gone.
    pub(super) deserted: bool,
}

impl<T> State<T> {
    pub(super) fn new() -> Self {
        Self {
            senders: List::new(),
            receivers: List::new(),
            returned: VecDeque::new(),
            watchers: List::new(),
            tail_slow: false,
            head_slow: false,
            deserted: false,
        }
    }

    /// B1, B2, and that no hole is at the head while senders wait.
    #[inline]
    pub(super) fn settle(&mut self, ring: &Ring<T>, wakes: &mut Wakes) {
        if !self.senders.is_empty() {
            self.skip_holes(ring, wakes);
        }
        let watched = !self.watchers.is_empty();
        let receivers = !self.receivers.is_empty();
        self.slow_tail(ring, watched || receivers);
        let senders = !self.senders.is_empty() || !self.returned.is_empty();
        self.slow_head(ring, watched || senders);
    }

    /// Gives the holes at the head to senders that wait, and frees what is left of them.
    pub(super) fn skip_holes(&mut self, ring: &Ring<T>, wakes: &mut Wakes) {
        self.slow_head(ring, true);
        while ring.front() == Ok(Front::Hole) {
            match self.next_offer(ring, wakes) {
                // B4: as long as there was one, the ring is full.
                Some(refill) => drop(ring.exchange(refill)),
                None => _ = ring.skip_hole(),
            }
        }
    }

    #[inline]
    pub(super) fn slow_tail(&mut self, ring: &Ring<T>, slow: bool) {
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
    pub(super) fn put(
        &mut self,
        ring: &Ring<T>,
        value: T,
        wakes: &mut Wakes,
    ) -> Result<(), (NoRoom, T)> {
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
                room.fill(value);
                Ok(())
            }
            Err(why) => Err((why, value)),
        }
    }

    /// Takes the oldest value, and lets the first sender that waits have its slot.
    pub(super) fn take(&mut self, ring: &Ring<T>, wakes: &mut Wakes) -> Result<T, NoValue> {
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
    pub(super) fn serve(&mut self, ring: &Ring<T>, wakes: &mut Wakes) {
        while !self.receivers.is_empty() {
            // Nobody else takes what stands at the head meanwhile.
            self.slow_head(ring, true);
            if let Some(value) = self.returned.pop_front() {
                if let Err(value) = self.receivers.hand_over(value, wakes) {
                    self.returned.push_front(value);
                }
                continue;
            }
            match ring.front() {
                Ok(Front::Value) => self.pass_on(ring, wakes),
                Ok(Front::Hole) => self.skip_holes(ring, wakes),
                Ok(Front::Reserved | Front::Nothing) => break,
                Err(_) => return wakes.append(self.receivers.look_again()),
            }
        }
    }

    /// Hands the value at the head to the first receiver that can be claimed, and only then its slot to a sender: a
    /// `select!` that waits on both sides must not send into a slot that nobody else empties.
    fn pass_on(&mut self, ring: &Ring<T>, wakes: &mut Wakes) {
        // SAFETY: it is there, and nobody else takes it under the lock from a SLOW head. If the copy is handed over the
        // slot is freed unread, and else the copy is forgotten.
        let copy = unsafe { ring.copy_first().assume_init() };
        match self.receivers.hand_over(copy, wakes) {
            Ok(()) => match self.next_offer(ring, wakes) {
                Some(refill) => ring.replace(refill),
                None => ring.skip(),
            },
            Err(copy) => std::mem::forget(copy),
        }
    }

    /// Whether a sender has to wait; holes at the head make room. If so, nothing changes that until
    /// the lock is released.
    pub(super) fn is_full(&mut self, ring: &Ring<T>) -> bool {
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
