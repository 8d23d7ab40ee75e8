//! Capacity 0: a lock and two lists, as in Go's channels. The lock is biased: as long as only tasks of one worker
//! meet, it costs no exchange.
//!
//! A sender and a receiver meet: whoever comes second finds the first in its list, and the value goes
//! straight from frame to frame. At any time at most one list has somebody in it, but for the two
//! sides of one `select!`, which does not meet itself, and for nodes whose owners have been claimed
//! elsewhere and have not yet left.
//!
//! | who comes              | finds waiting     | does                                                          |
//! | ---------------------- | ----------------- | ------------------------------------------------------------- |
//! | a sender               | a receiver        | puts the value into its packet, claims it                     |
//! | a receiver             | a sender          | reads the value where it stands, claims the sender            |
//! | a receiver             | a `select!`'s send| names its packet, claims the sender, waits for the packet     |
//! | a `select!`'s send     | a receiver        | claims it, evaluates the value, finishes the packet           |
//!
//! Beside the lock stands a word that says who waits, for those who only want to know whether a look is
//! worth it: a `select!` looks at all its channels before it waits at any.
//!
//! | bits        | meaning                                 | set and cleared |
//! | ----------- | --------------------------------------- | --------------- |
//! | `SENDERS`   | senders wait, or values were given back | under the lock  |
//! | `RECEIVERS` | receivers wait                          | under the lock  |
//! | `CLOSED`    | the channel is closed                   | set, under the lock |
//! | the others  | the address of the first who waits      | under the lock  |
//!
//! The address is for the cache alone: nobody follows it. The exchange that takes the lock holds back all that
//! comes after it, so the frame of whom it will find there is fetched before.
//!
//! The value of a plain sender is read bitwise before the claim and forgotten if that is lost: after
//! a won claim the sender's frame may be gone, after a lost one the value is still the sender's.

#[cfg(all(test, loom))]
mod models;

use super::error::{TryRecvError, TrySendError};
use super::future::SharedWait;
use super::operation::{Flavor, Offered, Requested, Reserved, unpack};
use super::packet::Packet;
use super::wait::{self, List, Node, Offer, Place, RecvNode, SendNode, Sign, Ticket, Wakes};
use crate::bias::{BiasedGuard, BiasedLock};
use crate::scheduler;
use crate::sync_facade::atomic::{AtomicUsize, Ordering};
use std::collections::VecDeque;
use std::mem::MaybeUninit;

/// See the module. Laid out so that what every rendezvous changes is in one line of the cache.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Zero<T> {
    /// Who waits, as of the last hold of the lock. Changed under it.
    waiting: AtomicUsize,
    state: BiasedLock<State<T>>,
}

#[derive(Debug)]
#[repr(C)]
struct State<T> {
    senders: List<Offer<T>>,
    receivers: List<Place<T>>,
    /// There may be something in `watchers` or `returned`, which are looked at only then.
    more: bool,
    closed: bool,
    /// The last receiver is gone.
    deserted: bool,
    /// Those of `Select::ready`.
    watchers: List<()>,
    /// Values that a future got and did not keep: the only ones that are ever in the channel.
    returned: VecDeque<T>,
}

const SENDERS: usize = 1;
const RECEIVERS: usize = 2;
const CLOSED: usize = 4;
/// All of them.
const BITS: usize = SENDERS | RECEIVERS | CLOSED;

/// What a receiver found among the senders.
enum Found<T> {
    Value(T),
    /// A `select!`, which is going to fill the packet.
    Promise,
    Nobody,
}

impl<T> Zero<T> {
    pub(super) fn new() -> Self {
        Self {
            state: BiasedLock::new(State {
                senders: List::new(),
                receivers: List::new(),
                returned: VecDeque::new(),
                watchers: List::new(),
                more: false,
                closed: false,
                deserted: false,
            }),
            waiting: AtomicUsize::new(0),
        }
    }

    /// Ends a hold of the lock: says who waits, and wakes whoever was claimed. In place, as what others know by its
    /// address cannot stay in registers.
    #[inline(always)]
    fn unlock(&self, mut state: BiasedGuard<'_, State<T>>, mut wakes: Wakes) {
        let mut waiting = state.waiting();
        if state.more {
            let more;
            (waiting, more) = state.look_at_more(waiting);
            wakes.append(more);
        }
        // ORDERING: Release, pairs with `Sign::is_set`: what the lock guards is not read there, but
        // the lock will be taken.
        (self.waiting).store(waiting | state.first() & !BITS, Ordering::Release);
        drop(state);
        wakes.settle();
    }

    /// Whether it is worth taking the lock for what `bits` say. If it is, the cache fetches the first who waits while
    /// the lock is being taken.
    #[inline]
    fn is_worth_a_look(&self, bits: usize) -> bool {
        // ORDERING: Acquire, pairs with `unlock`: who has seen somebody begin to wait finds him.
        let waiting = self.waiting.load(Ordering::Acquire);
        let first = waiting & !BITS;
        if first != 0 {
            wait::fetch_frame(first);
        }
        waiting & (bits | CLOSED) != 0
    }

    #[inline(always)]
    fn lock(&self) -> BiasedGuard<'_, State<T>> {
        self.state.lock(scheduler::identity())
    }

    /// What `try_send` does if not the first receiver gets the value.
    #[cold]
    fn try_send_slowly(&self, value: T) -> Result<(), TrySendError<T>> {
        let mut wakes = Wakes::by(scheduler::running());
        let mut state = self.lock();
        if state.closed {
            return Err(TrySendError::Closed(value));
        }
        let sent = state.receivers.hand_over(value, &mut wakes);
        self.unlock(state, wakes);
        sent.map_err(TrySendError::Full)
    }

    /// What `try_recv` does if it is not the first sender's value that is received.
    #[cold]
    fn try_recv_slowly(&self) -> Result<T, TryRecvError> {
        let running = scheduler::running();
        loop {
            let packet = Packet::new();
            let place = Place::at(&packet);
            let may_wait = !running.is_some_and(|running| running.must_not_park());
            let mut wakes = Wakes::by(running);
            let mut state = self.lock();
            let found = state.take(may_wait.then_some(&place), &mut wakes);
            let closed = state.closed;
            self.unlock(state, wakes);
            match found {
                Found::Value(value) => return Ok(value),
                Found::Promise => {
                    if let Some(value) = unpack(&packet) {
                        return Ok(value);
                    }
                }
                Found::Nobody if closed => return Err(TryRecvError::Closed),
                Found::Nobody => return Err(TryRecvError::Empty),
            }
        }
    }

    /// What `offer` does if somebody may have come, or the channel is closed.
    ///
    /// # Safety
    ///
    /// As for `offer`.
    #[cold]
    unsafe fn offer_slowly(&self, node: *const SendNode<T>) -> Offered {
        // SAFETY: the caller's, and alive.
        let mut wakes = unsafe { Wakes::of(node) };
        let mut state = self.lock();
        let offered = if state.closed {
            Offered::Closed
        } else {
            // SAFETY: the offer points to a value (caller), which is read here and forgotten by the
            // caller if it was sent.
            let value = unsafe { (*(*node).payload.value).assume_init_read() };
            match state.receivers.hand_over(value, &mut wakes) {
                Ok(()) => Offered::Sent,
                Err(value) => {
                    // The caller still has its own bits of it.
                    std::mem::forget(value);
                    // SAFETY: ours to link, and it stays (caller).
                    unsafe { state.senders.push_back(node) };
                    Offered::Linked
                }
            }
        };
        self.unlock(state, wakes);
        offered
    }

    /// What `request` does if there may be something, or never will be.
    ///
    /// # Safety
    ///
    /// As for `request`.
    #[cold]
    unsafe fn request_slowly(&self, node: *const RecvNode<T>) -> Requested<T> {
        // SAFETY: the caller's, and alive.
        let mut wakes = unsafe { Wakes::of(node) };
        let mut state = self.lock();
        // SAFETY: the caller's, and alive.
        let found = state.take(Some(unsafe { &(*node).payload }), &mut wakes);
        let requested = match found {
            Found::Value(value) => Requested::Received(value),
            Found::Promise => Requested::Promised,
            Found::Nobody if state.closed => Requested::Closed,
            Found::Nobody => {
                // SAFETY: ours to link, and it stays (caller).
                unsafe { state.receivers.push_back(node) };
                Requested::Linked
            }
        };
        self.unlock(state, wakes);
        requested
    }
}

impl<T> State<T> {
    /// The bits for whoever is in the lists.
    #[inline]
    fn waiting(&self) -> usize {
        let bit = |is: bool, bit: usize| if is { bit } else { 0 };
        bit(!self.senders.is_empty(), SENDERS)
            | bit(!self.receivers.is_empty(), RECEIVERS)
            | bit(self.closed, CLOSED)
    }

    /// The address of the first node, 0 if there is none. Mostly there is one list at most that has any.
    #[inline]
    fn first(&self) -> usize {
        self.senders.first() | self.receivers.first()
    }

    /// What a hold of the lock ends with if there may be `more`: all bits.
    #[cold]
    fn look_at_more(&mut self, mut waiting: usize) -> (usize, Wakes) {
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
    fn has_returned(&self) -> bool {
        self.more && !self.returned.is_empty()
    }

    /// Hands `value` to the first receiver, if it can be claimed.
    #[inline(always)]
    fn hand_to_first(&mut self, value: T, wakes: &mut Wakes) -> Result<(), T> {
        match self.receivers.pop_front() {
            // SAFETY: unlinked just now, under the lock (N3).
            Some(node) => unsafe { wait::hand_over(node, value, wakes) },
            None => Err(value),
        }
    }

    /// Takes the value of the first sender, if it has one, can be claimed, and nothing goes before it.
    #[inline(always)]
    fn take_first(&mut self, wakes: &mut Wakes) -> Option<T> {
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
    fn take(&mut self, place: Option<&Place<T>>, wakes: &mut Wakes) -> Found<T> {
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
    fn choose(&mut self, wakes: &mut Wakes) -> Option<Ticket<T>> {
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

impl<T> Flavor<T> for Zero<T> {
    #[inline(always)]
    fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        if !self.is_worth_a_look(RECEIVERS) {
            return Err(TrySendError::Full(value));
        }
        let mut wakes = Wakes::by(scheduler::running());
        let mut state = self.lock();
        match state.hand_to_first(value, &mut wakes) {
            Ok(()) => {
                self.unlock(state, wakes);
                Ok(())
            }
            Err(value) => {
                drop(state);
                self.try_send_slowly(value)
            }
        }
    }

    #[inline]
    fn sign(&self, sends: bool) -> Option<Sign<'_>> {
        // What it pairs with is `unlock`, as in `is_worth_a_look`.
        let bits = if sends { RECEIVERS } else { SENDERS };
        Some(Sign::new(&self.waiting, bits | CLOSED))
    }

    #[inline(always)]
    fn try_recv(&self) -> Result<T, TryRecvError> {
        if !self.is_worth_a_look(SENDERS) {
            return Err(TryRecvError::Empty);
        }
        let mut wakes = Wakes::by(scheduler::running());
        let mut state = self.lock();
        match state.take_first(&mut wakes) {
            Some(value) => {
                self.unlock(state, wakes);
                Ok(value)
            }
            None => {
                drop(state);
                self.try_recv_slowly()
            }
        }
    }

    #[inline(always)]
    unsafe fn offer(&self, node: *const SendNode<T>) -> Offered {
        let mut state = self.lock();
        if state.closed || !state.receivers.is_empty() {
            drop(state);
            // SAFETY: passed on.
            return unsafe { self.offer_slowly(node) };
        }
        // SAFETY: ours to link, and it stays (caller).
        unsafe { state.senders.push_back(node) };
        self.unlock(state, Wakes::new());
        Offered::Linked
    }

    #[inline(always)]
    unsafe fn request(&self, node: *const RecvNode<T>) -> Requested<T> {
        let mut state = self.lock();
        if state.closed || state.more || !state.senders.is_empty() {
            drop(state);
            // SAFETY: passed on.
            return unsafe { self.request_slowly(node) };
        }
        // SAFETY: ours to link, and it stays (caller).
        unsafe { state.receivers.push_back(node) };
        self.unlock(state, Wakes::new());
        Requested::Linked
    }

    fn reserve(&self) -> Reserved<T> {
        if !self.is_worth_a_look(RECEIVERS) {
            return Reserved::Full;
        }
        let mut wakes = Wakes::by(scheduler::running());
        let mut state = self.lock();
        if state.closed {
            return Reserved::Closed;
        }
        let chosen = state.choose(&mut wakes);
        self.unlock(state, wakes);
        chosen.map_or(Reserved::Full, Reserved::Ticket)
    }

    unsafe fn enlist_sender(&self, node: *const SendNode<T>) -> bool {
        let mut state = self.lock();
        // SAFETY: the caller's, and alive.
        if state.closed || state.receivers.has_other_than(unsafe { (*node).waiter() }) {
            return false;
        }
        // SAFETY: ours to link, and it stays (caller).
        unsafe { state.senders.push_back(node) };
        self.unlock(state, Wakes::new());
        true
    }

    unsafe fn enlist_receiver(&self, node: *const RecvNode<T>) -> bool {
        let mut state = self.lock();
        // SAFETY: the caller's, and alive.
        let sender = state.senders.has_other_than(unsafe { (*node).waiter() });
        if state.closed || sender || state.has_returned() {
            return false;
        }
        // SAFETY: ours to link, and it stays (caller).
        unsafe { state.receivers.push_back(node) };
        self.unlock(state, Wakes::new());
        true
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
        let Ticket::Packet { packet, shared } = ticket else {
            unreachable!("a ticket of this channel names a packet");
        };
        // SAFETY: the receiver was claimed for this ticket, which is used once (caller) and keeps
        // a shared packet.
        let finished = unsafe { Packet::finish(packet, value) };
        let mut wakes = Wakes::new();
        let result = finished.map(|claim| {
            wakes.add(claim);
        });
        if !shared.is_null() {
            // SAFETY: the reference that `promise` has taken.
            unsafe { SharedWait::release(shared) };
        }
        wakes.settle();
        result
    }

    unsafe fn watch(&self, sends: bool, node: *const Node<()>) -> bool {
        let mut state = self.lock();
        let other_side = if sends { RECEIVERS } else { SENDERS };
        let returned = if state.has_returned() { SENDERS } else { 0 };
        let waits = (state.waiting() | returned) & (other_side | CLOSED) == 0;
        if waits && !node.is_null() {
            // SAFETY: not linked, and it stays (caller).
            unsafe { state.watchers.push_back(node) };
            state.more = true;
        }
        waits
    }

    unsafe fn unwatch(&self, node: *const Node<()>) {
        let mut state = self.lock();
        // SAFETY: alive, and linked here if at all (caller).
        unsafe { state.watchers.remove(node) };
    }

    fn give_back(&self, value: T) {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        let unwanted = match state.receivers.hand_over(value, &mut wakes) {
            Err(value) if state.deserted => Some(value),
            Err(value) => {
                state.returned.push_front(value);
                state.more = true;
                None
            }
            Ok(()) => None,
        };
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
        if state.closed {
            return false;
        }
        state.closed = true;
        wakes.append(state.senders.look_again());
        wakes.append(state.receivers.look_again());
        self.unlock(state, wakes);
        true
    }

    fn discard(&self) {
        let mut state = self.lock();
        state.deserted = true;
        let unwanted = std::mem::take(&mut state.returned);
        self.unlock(state, Wakes::new());
        drop(unwanted);
    }

    fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn len(&self) -> usize {
        self.lock().returned.len()
    }

    fn capacity(&self) -> Option<usize> {
        Some(0)
    }
}
