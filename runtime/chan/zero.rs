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
//! The address is for the cache alone: nobody follows it. Taking the lock holds back all that comes after it, by an
//! exchange mostly, so the frame of whom it will find there is fetched before.
//!
//! Each operation has a usual way, in place, and a slow one that sees to everything: claims that were lost, a
//! `select!`, values that were given back, the end. Who finds on the usual way that it is not for him lets go of the
//! lock, having changed nothing but that lost claims have left their list, and begins anew on the slow one.
//!
//! The value of a plain sender is read bitwise before the claim and forgotten if that is lost: after
//! a won claim the sender's frame may be gone, after a lost one the value is still the sender's.

#[cfg(all(test, loom))]
mod models;
mod state;

use self::state::{Found, State};
use super::error::{TryRecvError, TrySendError};
use super::future::SharedWait;
use super::operation::{Flavor, Offered, Requested, Reserved, unpack};
use super::packet::Packet;
use super::wait::{self, Node, Place, RecvNode, SendNode, Sign, Ticket, Wakes};
use crate::bias::{BiasedGuard, BiasedLock};
use crate::scheduler;
use crate::sync_facade::atomic::{AtomicUsize, Ordering};

/// See the module. Laid out so that what every rendezvous changes is in one line of the cache.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Zero<T> {
    /// Who waits, as of the last hold of the lock. Changed under it.
    waiting: AtomicUsize,
    state: BiasedLock<State<T>>,
}

const SENDERS: usize = 1;
const RECEIVERS: usize = 2;
const CLOSED: usize = 4;
/// All of them.
const BITS: usize = SENDERS | RECEIVERS | CLOSED;

impl<T> Zero<T> {
    pub(super) fn new() -> Self {
        Self {
            state: BiasedLock::new(State::new()),
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

    /// What `try_recv` does if it is not the first sender's value that is received. A `select!` is passed over if its
    /// value is not to be waited for.
    #[cold]
    fn try_recv_slowly(&self, may_wait: bool) -> Result<T, TryRecvError> {
        let running = scheduler::running();
        let may_wait = may_wait && !running.is_some_and(|running| running.must_not_park());
        loop {
            let packet = Packet::new();
            let place = Place::at(&packet);
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

    /// Has a value that a future did not keep received next; it comes back if nobody will receive it.
    fn put_back(&self, value: T) -> Result<(), T> {
        let mut wakes = Wakes::new();
        let mut state = self.lock();
        let put = match state.receivers.hand_over(value, &mut wakes) {
            Err(value) if !state.deserted => {
                state.returned.push_front(value);
                state.more = true;
                Ok(())
            }
            handed => handed,
        };
        self.unlock(state, wakes);
        put
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
                self.try_recv_slowly(true)
            }
        }
    }

    fn try_recv_at_once(&self) -> Result<T, TryRecvError> {
        match self.is_worth_a_look(SENDERS) {
            true => self.try_recv_slowly(false),
            false => Err(TryRecvError::Empty),
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
        let result = match finished {
            Ok(claim) => {
                wakes.add(claim);
                Ok(())
            }
            // The future that was chosen is gone: it is as if it had got the value and given it back.
            Err(value) => value.map_or(Err(None), |value| self.put_back(value).map_err(Some)),
        };
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
        drop(self.put_back(value));
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
