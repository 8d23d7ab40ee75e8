//! Who waits for a channel: nodes in other frames, in lists, first come, first served.
//!
//! A waiting operation is a [`Node`] in the frame of whoever waits, or in its future. It names the
//! [`Waiter`] that is to be claimed and which arm of a `select!` this is; a plain operation is arm 0.
//! What is handed over stands in the node's payload: a [`Place`] to put a value, or an [`Offer`]
//! of one.
//!
//! Rules, for every channel and its one lock:
//!
//! - **N1** A list and the cells of the nodes in it are touched under the channel's lock alone.
//! - **N2** A linked node is alive and stays where it is. Its owner unlinks it, under the lock,
//!   before its frame ends; the one exception is N3.
//! - **N3** A claimer unlinks the node first, then writes what it hands over, then claims, all under
//!   the lock. When the claim is won the owner may be gone at once. When it is lost the owner has
//!   yet to take the lock (N2 holds it there), so the claimer may take back what it wrote.
//! - **N4** A claim with `Wake::Arm` says that this arm is completed. A claim with `Wake::Event`
//!   says: unlinked, look again.
//! - **N5** A task that waits for one channel alone is claimed by whoever holds its lock, or on the thread of its
//!   home: by its deadline, an interrupt, or itself. So who holds the lock on that very thread claims it without an
//!   exchange (W4).

use super::future::SharedWait;
use super::packet::Packet;
use crate::coroutine;
use crate::scheduler::{Outbox, Running, running};
use crate::sync_facade::atomic::{AtomicUsize, Ordering};
use crate::task::{self, Claim, Header, Linked, Links, Waiter, Wake};
use std::cell::Cell;
use std::marker::PhantomPinned;
use std::mem::{self, ManuallyDrop, MaybeUninit};
use std::ptr::{self, NonNull};

#[cfg(all(test, loom))]
use super::models::settle;
#[cfg(not(all(test, loom)))]
use crate::scheduler::park::settle;

/// How many nodes ahead `List::claim_all` fetches.
const AHEAD: usize = 4;

/// One operation that waits.
#[derive(Debug)]
pub(crate) struct Node<P> {
    links: Links<Node<P>>,
    waiter: Cell<*const Waiter>,
    arm: Cell<u32>,
    /// The owner's home, if it is a task that waits for nothing but this channel: then a claim made there needs no
    /// exchange (N5).
    home: Cell<*const ()>,
    pub(super) payload: P,
    /// Others point to it while its owner holds a `&mut`.
    _pinned: PhantomPinned,
}

/// A receiver that waits.
pub(super) type RecvNode<T> = Node<Place<T>>;
/// A sender that waits.
pub(super) type SendNode<T> = Node<Offer<T>>;

/// Where a receiver wants its value.
#[derive(Debug)]
pub(super) struct Place<T> {
    pub(super) packet: Cell<*const Packet<T>>,
    /// What the packet is a part of, if that is a future's: whoever is to fill it later keeps it
    /// meanwhile. Null otherwise.
    pub(super) shared: Cell<*const SharedWait<T>>,
}

/// What a sender that waits has to offer.
#[derive(Debug)]
pub(super) struct Offer<T> {
    /// The value; null for a `select!`, which evaluates it only when it has won.
    pub(super) value: *const MaybeUninit<T>,
    /// Where such a value will go, written by the claimer.
    pub(super) ticket: Cell<Ticket<T>>,
}

/// A place that is kept for a value which is still being evaluated.
#[derive(Debug)]
pub(super) enum Ticket<T> {
    /// No place is needed: there is always one.
    Anywhere,
    /// The slot of this position in the ring.
    Slot(usize),
    /// A receiver that has been claimed and waits for its packet; `shared` as in [`Place`], and a
    /// reference of this ticket's own.
    Packet {
        packet: *const Packet<T>,
        shared: *const SharedWait<T>,
    },
}

impl<T> Clone for Ticket<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Ticket<T> {}

impl<P> Node<P> {
    /// A node that is not linked and has nobody to wake yet.
    pub(crate) fn new(payload: P) -> Self {
        Self {
            links: Links::new(),
            waiter: Cell::new(ptr::null()),
            arm: Cell::new(0),
            home: Cell::new(ptr::null()),
            payload,
            _pinned: PhantomPinned,
        }
    }

    /// Says who waits, and as which arm. Before the node is linked.
    pub(crate) fn belongs_to(&self, waiter: *const Waiter, arm: u32) {
        self.waiter.set(waiter);
        self.arm.set(arm);
    }

    /// Says that the owner waits for nothing but this, and what its home is. Before the node is linked.
    #[inline]
    pub(super) fn is_alone_at(&self, home: *const ()) {
        self.home.set(home);
    }

    /// Whether it is `waiter` that waits here.
    pub(super) fn is_of(&self, waiter: *const Waiter) -> bool {
        ptr::eq(self.waiter.get(), waiter)
    }

    pub(super) fn waiter(&self) -> *const Waiter {
        self.waiter.get()
    }

    /// Claims the wait: its arm is completed (N4).
    ///
    /// # Safety
    ///
    /// As for [`claim_event`](Self::claim_event), and the operation is completed. `here` is the home of the task that
    /// runs on this thread, or null.
    #[inline]
    unsafe fn claim_arm(this: *const Self, here: *const ()) -> Claim {
        // SAFETY: alive until the claim is won (N3); the rest is passed on.
        unsafe { Self::claim(this, Wake::Arm((*this).arm.get()), here) }
    }

    /// Claims the wait: its owner is to look again (N4).
    ///
    /// # Safety
    ///
    /// The node was linked, the caller has unlinked it and has held the lock since (N3). `here` is as in `claim_arm`.
    #[inline]
    unsafe fn claim_event(this: *const Self, here: *const ()) -> Claim {
        // SAFETY: passed on.
        unsafe { Self::claim(this, Wake::Event, here) }
    }

    /// # Safety
    ///
    /// As for `claim_event`.
    #[inline]
    unsafe fn claim(this: *const Self, wake: Wake, here: *const ()) -> Claim {
        // SAFETY: alive until the claim is won (N3), and what is needed is read before it. N5 is the rest.
        unsafe {
            let waiter = (*this).waiter.get();
            if !here.is_null() && ptr::eq((*this).home.get(), here) {
                Waiter::claim_at_home(waiter, wake)
            } else {
                Waiter::claim(waiter, wake)
            }
        }
    }
}

/// Has the cache fetch the part of a frame in which somebody waits, whose node has the address `node`: waiter, node and
/// packet or value lie side by side, in an order that is the compiler's.
#[inline]
pub(super) fn fetch_frame(node: usize) {
    let node: *const u8 = ptr::without_provenance(node);
    coroutine::fetch_lines(node, -1..3);
}

/// Where a channel says who waits: as long as none of some bits is set there, there is nothing to find.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sign<'a> {
    word: &'a AtomicUsize,
    bits: usize,
}

impl<'a> Sign<'a> {
    #[inline]
    pub(super) fn new(word: &'a AtomicUsize, bits: usize) -> Self {
        Self { word, bits }
    }

    /// Whether there may be something to find.
    #[inline]
    pub(super) fn is_set(self) -> bool {
        // ORDERING: Acquire, pairs with the Release of whoever has set a bit.
        self.word.load(Ordering::Acquire) & self.bits != 0
    }
}

impl<P> Linked for Node<P> {
    #[inline]
    fn links(&self) -> &Links<Self> {
        &self.links
    }
}

/// Those who wait, in the lock that N1 speaks of.
pub(crate) type List<P> = task::List<Node<P>>;

impl<P> List<P> {
    /// The address of the first node, 0 if there is none.
    #[inline]
    pub(super) fn first(&self) -> usize {
        self.head().addr()
    }

    /// Unlinks the first node that is `wanted`; as [`pop_front`](Self::pop_front) otherwise.
    #[inline]
    pub(super) fn pop_first(
        &mut self,
        wanted: impl Fn(&Node<P>) -> bool,
    ) -> Option<*const Node<P>> {
        // SAFETY: what is linked is alive (N2).
        let node = self.iter().find(|node| wanted(unsafe { &**node }))?;
        // SAFETY: as above, and into this list.
        unsafe { self.remove(node) };
        Some(node)
    }

    /// Whether somebody other than `waiter` waits here. A `select!` does not talk to itself.
    pub(super) fn has_other_than(&self, waiter: *const Waiter) -> bool {
        // SAFETY: what is linked is alive (N2).
        self.iter().any(|node| !unsafe { &*node }.is_of(waiter))
    }

    /// Has everybody look again.
    #[inline]
    pub(crate) fn look_again(&mut self) -> Wakes {
        // Mostly there is nobody, and each hold of a lock asks.
        if self.is_empty() {
            Wakes::new()
        } else {
            self.claim_all()
        }
    }

    #[cold]
    fn claim_all(&mut self) -> Wakes {
        let here = running().map_or(ptr::null(), Running::home);
        let mut wakes = Wakes::new();
        if self.has_one()
            && let Some(only) = self.pop_front()
        {
            // SAFETY: unlinked just now, under the lock (N3).
            wakes.add(unsafe { Node::claim_event(only, here) });
            return wakes;
        }
        let mut outbox = Outbox::new();
        while let Some(node) = self.pop_front() {
            // SAFETY: unlinked just now, under the lock (N3).
            let home = unsafe { (*node).home.get() };
            let pile = outbox.pile(home);
            // Their frames are in no cache, if they are many. Those of one home who came one after the other mostly
            // stand at equal distances, as stacks are handed out: so this is where one stands whose turn is near.
            let stride = (node.addr()).wrapping_sub(mem::replace(&mut pile.note, node.addr()));
            let guess = node.wrapping_byte_add(stride.wrapping_mul(AHEAD));
            coroutine::fetch(guess);
            // SAFETY: as above.
            let claim = unsafe {
                let waiter = (*node).waiter.get().addr().wrapping_sub(node.addr());
                coroutine::fetch(guess.wrapping_byte_add(waiter));
                Node::claim_event(node, here)
            };
            let claim = match claim {
                // SAFETY: claimed, and who says what its home is waits for nothing but this (N5): it is parked there.
                Claim::Schedule(task) if !home.is_null() => match unsafe { pile.add(task) } {
                    Ok(()) => continue,
                    Err(task) => Claim::Schedule(task),
                },
                claim => claim,
            };
            wakes.add(claim);
        }
        for task in outbox.rest() {
            wakes.add(Claim::Schedule(task));
        }
        wakes
    }
}

impl<T> List<Place<T>> {
    /// Hands `value` to the first receiver that can be claimed.
    pub(super) fn hand_over(&mut self, mut value: T, wakes: &mut Wakes) -> Result<(), T> {
        while let Some(node) = self.pop_front() {
            // SAFETY: unlinked just now, under the lock (N3).
            match unsafe { hand_over(node, value, wakes) } {
                Ok(()) => return Ok(()),
                Err(back) => value = back,
            }
        }
        Err(value)
    }
}

/// Hands `value` to the receiver of `node`, if it can be claimed.
///
/// # Safety
///
/// The node was linked, the caller has unlinked it and has held the lock since (N3).
#[inline(always)]
pub(super) unsafe fn hand_over<T>(
    node: *const RecvNode<T>,
    value: T,
    wakes: &mut Wakes,
) -> Result<(), T> {
    // SAFETY: alive, and its packet ours (N3, P1).
    unsafe {
        let packet = (*node).payload.packet.get();
        Packet::put(packet, value);
        if wakes.claim(node) {
            Ok(())
        } else {
            Err(Packet::take_back(packet))
        }
    }
}

/// Claims that were won under the lock, to be honoured when it has been released.
#[derive(Debug)]
#[must_use = "a claimed task that is not scheduled never runs again"]
pub(crate) struct Wakes {
    /// Almost always there is at most one, and a task. One word, and changed in place: a struct
    /// that is written in parts and then copied makes the processor wait for its own stores.
    first: Option<NonNull<Header>>,
    /// Where the claims are made: the home of the task that makes them, or null.
    here: *const (),
    /// Emptied by `settle`, and else never filled: so there is nothing to drop, not even a look. One word, which
    /// stays in a register as nothing that is called is given its address.
    more: ManuallyDrop<Option<Box<More>>>,
}

#[derive(Debug)]
struct More(Vec<Claim>);

impl Wakes {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self {
            first: None,
            here: ptr::null(),
            more: ManuallyDrop::new(None),
        }
    }

    /// Claims that are made by the owner of `node`.
    ///
    /// # Safety
    ///
    /// The node is alive, and what it says of its home is true of the calling thread.
    #[inline]
    pub(super) unsafe fn of<P>(node: *const Node<P>) -> Self {
        Self {
            // SAFETY: alive (caller).
            here: unsafe { (*node).home.get() },
            ..Self::new()
        }
    }

    /// Claims that are made by whoever runs on this thread.
    #[inline]
    pub(super) fn by(running: Option<Running>) -> Self {
        Self {
            here: running.map_or(ptr::null(), Running::home),
            ..Self::new()
        }
    }

    /// Claims the wait of `node`, whose arm is completed (N4); false if that was lost.
    ///
    /// # Safety
    ///
    /// The node was linked, the caller has unlinked it and has held the lock since (N3); the operation is completed.
    #[inline]
    pub(super) unsafe fn claim<P>(&mut self, node: *const Node<P>) -> bool {
        // SAFETY: passed on; `here` is this thread's (`of`, `by`).
        self.add(unsafe { Node::claim_arm(node, self.here) })
    }

    /// Adds a claim; false if it was lost.
    #[inline]
    pub(crate) fn add(&mut self, claim: Claim) -> bool {
        match claim {
            Claim::Lost => return false,
            Claim::Won => {}
            Claim::Schedule(task) if self.first.is_none() => self.first = Some(task),
            claim => self.more = ManuallyDrop::new(with(self.more.take(), [claim])),
        }
        true
    }

    /// Adds those of `others`.
    #[inline]
    pub(crate) fn append(&mut self, mut others: Self) {
        if let Some(task) = others.first {
            self.add(Claim::Schedule(task));
        }
        if let Some(more) = others.more.take() {
            self.more = ManuallyDrop::new(with(self.more.take(), more.0));
        }
    }

    /// Honours them. No lock is held.
    #[inline]
    pub(crate) fn settle(mut self) {
        if let Some(task) = self.first {
            settle(Claim::Schedule(task));
        }
        if let Some(more) = self.more.take() {
            settle_all(more.0);
        }
    }
}

#[cold]
fn with(more: Option<Box<More>>, claims: impl IntoIterator<Item = Claim>) -> Option<Box<More>> {
    let mut more = more.unwrap_or_else(|| Box::new(More(Vec::new())));
    more.0.extend(claims);
    Some(more)
}

#[cold]
fn settle_all(claims: Vec<Claim>) {
    claims.into_iter().for_each(settle);
}
