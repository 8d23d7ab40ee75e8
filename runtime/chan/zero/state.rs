//! Those who wait to meet: all of it under the lock.

use super::{CLOSED, RECEIVERS, SENDERS};
use crate::chan::future::SharedWait;
use crate::chan::wait::{self, List, Offer, Place, SendNode, Ticket, Wakes};
use std::collections::VecDeque;
use std::mem::MaybeUninit;

#[derive(Debug)]
#[repr(C)]
pub(super) struct State<T> {
    pub(super) senders: List<Offer<T>>,
    pub(super) receivers: List<Place<T>>,
    /// There may be something in `watchers` or `returned`, which are looked at only then.
    pub(super) more: bool,
    pub(super) closed: bool,
    /// The last receiver is gone.
    pub(super) deserted: bool,
    /// Those of `Select::ready`.
    pub(super) watchers: List<()>,
    /// Values that a future got and did not keep: the only ones that are ever in the channel.
    pub(super) returned: VecDeque<T>,
}

/// What a receiver found among the senders.
pub(super) enum Found<T> {
    Value(T),
    /// A `select!`, which is going to fill the packet.
    Promise,
    Nobody,
}

impl<T> State<T> {
    pub(super) fn new() -> Self {
        Self {
            senders: List::new(),
            receivers: List::new(),
            returned: VecDeque::new(),
            watchers: List::new(),
            more: false,
            closed: false,
            deserted: false,
        }
    }

    /// The bits for whoever is in the lists.
    #[inline]
    pub(super) fn waiting(&self) -> usize {
        let bit = |is: bool, bit: usize| if is { bit } else { 0 };
        bit(!self.senders.is_empty(), SENDERS)
            | bit(!self.receivers.is_empty(), RECEIVERS)
            | bit(self.closed, CLOSED)
    }

    /// The address of the first node, 0 if there is none. Mostly there is one list at most that has any.
    #[inline]
    pub(super) fn first(&self) -> usize {
        self.senders.first() | self.receivers.first()
    }

    /// What a hold of the lock ends with if there may be `more`: all bits.
    #[cold]
    pub(super) fn look_at_more(&mut self, mut waiting: usize) -> (usize, Wakes) {
        if self.has_returned() {
            waiting |= SENDERS;
        }
        let wakes = if waiting == 0 {
            Wakes::new()
        } else {
            self.watchers.look_again()
        };
        self.more = !self.watchers.is_empty() || !self.returned.is_empty();
        (waiting, wakes)
    }

    #[inline]
    pub(super) fn has_returned(&self) -> bool {
        self.more && !self.returned.is_empty()
    }

    /// Hands `value` to the first receiver, if it can be claimed.
    #[inline(always)]
    pub(super) fn hand_to_first(&mut self, value: T, wakes: &mut Wakes) -> Result<(), T> {
        match self.receivers.pop_front() {
            // SAFETY: unlinked just now, under the lock (N3).
            Some(node) => unsafe { wait::hand_over(node, value, wakes) },
            None => Err(value),
        }
    }

    /// Takes the value of the first sender, if it has one, can be claimed, and nothing goes before it.
    #[inline(always)]
    pub(super) fn take_first(&mut self, wakes: &mut Wakes) -> Option<T> {
        let first = self.senders.front()?;
        // SAFETY: linked, so alive (N2).
        let value = unsafe { (*first).payload.value };
        if value.is_null() || self.more {
            return None;
        }
        self.senders.pop_front();
        // SAFETY: unlinked just now, under the lock, and has a value.
        unsafe { take_from(first, wakes) }
    }

    /// Takes the value of the first sender that can be claimed. A `select!` is told of `place`, and
    /// passed over if there is none.
    pub(super) fn take(&mut self, place: Option<&Place<T>>, wakes: &mut Wakes) -> Found<T> {
        if self.has_returned()
            && let Some(value) = self.returned.pop_front()
        {
            return Found::Value(value);
        }
        while let Some(node) =
            (self.senders).pop_first(|node| place.is_some() || !node.payload.value.is_null())
        {
            // SAFETY: unlinked just now, under the lock, so alive (N3).
            let offer = unsafe { &(*node).payload };
            if let Some(place) = place.filter(|_| offer.value.is_null()) {
                offer.ticket.set(place.promise());
                // SAFETY: as above; its owner finds the ticket.
                if unsafe { wakes.claim(node) } {
                    return Found::Promise;
                }
                // SAFETY: the ticket was for that sender, who will not use it.
                unsafe { place.unpromise() };
            // SAFETY: as above, and it has a value: else it was wanted for `place`.
            } else if let Some(value) = unsafe { take_from(node, wakes) } {
                return Found::Value(value);
            }
        }
        Found::Nobody
    }

    /// Chooses the first receiver that can be claimed for a value that is still to be evaluated.
    pub(super) fn choose(&mut self, wakes: &mut Wakes) -> Option<Ticket<T>> {
        while let Some(node) = self.receivers.pop_front() {
            // SAFETY: unlinked just now, under the lock, so alive (N3).
            unsafe {
                let place = &(*node).payload;
                let ticket = place.promise();
                if wakes.claim(node) {
                    return Some(ticket);
                }
                place.unpromise();
            }
        }
        None
    }
}

/// Takes the value of the sender of `node`, if it can be claimed.
///
/// # Safety
///
/// The node was linked, the caller has unlinked it and has held the lock since (N3); it offers a value.
#[inline(always)]
unsafe fn take_from<T>(node: *const SendNode<T>, wakes: &mut Wakes) -> Option<T> {
    // SAFETY: the value is there as long as its owner is not claimed (N3). A copy of `MaybeUninit` drops nothing.
    let value: MaybeUninit<T> = unsafe { (*node).payload.value.read() };
    // SAFETY: as the caller says; once the sender is claimed it has given the value up, so this is the only copy.
    unsafe { wakes.claim(node).then(|| value.assume_init()) }
}

impl<T> Place<T> {
    /// A ticket to this place, which keeps a shared one.
    fn promise(&self) -> Ticket<T> {
        let (packet, shared) = (self.packet.get(), self.shared.get());
        if !shared.is_null() {
            // SAFETY: the future has a reference as long as its node can be claimed.
            unsafe { SharedWait::keep(shared) };
        }
        Ticket::Packet { packet, shared }
    }

    /// Takes the last promise back.
    ///
    /// # Safety
    ///
    /// Its ticket is not used, and the future cannot leave now.
    unsafe fn unpromise(&self) {
        let shared = self.shared.get();
        if !shared.is_null() {
            // SAFETY: `promise` has taken this reference, and the future still has its own.
            unsafe { SharedWait::release(shared) };
        }
    }
}
