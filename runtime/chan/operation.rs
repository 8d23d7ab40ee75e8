//! What every kind of channel can do, and the waits that are made of it.
//!
//! The kinds, [`Flavor`]s, know locks, lists and values, and nothing of tasks. This file knows tasks:
//! it looks the caller up once, asks whether its context is done, tries, and if need be links a
//! node and parks. Everything here is generic over the flavor, so that each combination is compiled
//! into straight code.

use super::error::{RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
use super::packet::{Packet, Parcel};
use super::wait::{Node, Offer, Place, RecvNode, SendNode, Sign, Ticket};
use crate::scheduler::{self, Running, park};
use crate::task::{Accepts, Waiter, Wake};
use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ptr;
use std::time::Instant;

/// What became of a sender's node.
#[derive(Debug)]
pub(super) enum Offered {
    /// The value was taken from behind the node, which is not linked.
    Sent,
    /// The channel is closed. Not linked.
    Closed,
    /// Linked: it waits.
    Linked,
}

/// What became of a receiver's node.
#[derive(Debug)]
pub(super) enum Requested<T> {
    /// Here is a value. Not linked.
    Received(T),
    /// A `select!` has been chosen, which will fill the packet. Not linked, and not to be left
    /// before it has done so.
    Promised,
    /// The channel is closed and drained. Not linked.
    Closed,
    /// Linked: it waits.
    Linked,
}

/// What became of the wish to send a value that is not there yet.
#[derive(Debug)]
pub(super) enum Reserved<T> {
    /// There is a place for it.
    Ticket(Ticket<T>),
    /// The channel is closed.
    Closed,
    /// Neither room nor a receiver.
    Full,
}

/// A kind of channel. Claims that an operation wins are honoured before it returns.
pub(super) trait Flavor<T> {
    /// Whether a send may wait at all. One that cannot does not ask for the context.
    const SEND_WAITS: bool = true;

    /// Whether a worker may have the channel to itself, so that the next two are worth a call.
    const HAS_OWNER: bool = false;

    /// Sends if that takes next to nothing: the calling worker has the channel to itself, and there is room.
    #[inline(always)]
    fn send_alone(&self, value: T) -> Result<(), T> {
        Err(value)
    }

    /// Receives if that takes next to nothing, as [`send_alone`](Self::send_alone) sends.
    #[inline(always)]
    fn recv_alone(&self) -> Option<T> {
        None
    }

    /// Sends without waiting.
    fn try_send(&self, value: T) -> Result<(), TrySendError<T>>;

    /// Where can be seen that a receive, or with `sends` a send, would have to wait, if that can be seen at one
    /// place: for a `select!`, which looks at all its channels.
    #[inline]
    fn sign(&self, _sends: bool) -> Option<Sign<'_>> {
        None
    }

    /// Receives without waiting, but for a `select!`'s value (see `packet.rs`).
    fn try_recv(&self) -> Result<T, TryRecvError>;

    /// Receives without waiting for anything.
    fn try_recv_at_once(&self) -> Result<T, TryRecvError> {
        self.try_recv()
    }

    /// Sends what stands behind `node`, or links it.
    ///
    /// # Safety
    ///
    /// The node is the caller's, not linked, and its offer points to a value. If it gets linked it
    /// stays in place until it was claimed with `Wake::Arm` or `Wake::Event`, or withdrawn.
    unsafe fn offer(&self, node: *const SendNode<T>) -> Offered;

    /// Receives, or links `node`.
    ///
    /// # Safety
    ///
    /// As for [`offer`](Self::offer); the node's place points to an empty packet.
    unsafe fn request(&self, node: *const RecvNode<T>) -> Requested<T>;

    /// Keeps a place for a value that is not there yet, without waiting.
    fn reserve(&self) -> Reserved<T>;

    /// Links a `select!`'s `node` if nothing can be reserved; false when it is worth a look.
    ///
    /// # Safety
    ///
    /// As for [`offer`](Self::offer), but without a value.
    unsafe fn enlist_sender(&self, node: *const SendNode<T>) -> bool;

    /// Links a `select!`'s `node` if nothing can be received; false when it is worth a look.
    ///
    /// # Safety
    ///
    /// As for [`request`](Self::request).
    unsafe fn enlist_receiver(&self, node: *const RecvNode<T>) -> bool;

    /// Unlinks `node` if it is linked. Afterwards nobody uses it.
    ///
    /// # Safety
    ///
    /// The node is alive, and was linked into no other channel than this.
    unsafe fn withdraw_sender(&self, node: *const SendNode<T>);

    /// Unlinks `node` if it is linked. Afterwards nobody uses it.
    ///
    /// # Safety
    ///
    /// As for [`withdraw_sender`](Self::withdraw_sender).
    unsafe fn withdraw_receiver(&self, node: *const RecvNode<T>);

    /// Sends into the place that was kept; with nothing in hand gives it up. The value comes back
    /// when nobody will receive it.
    ///
    /// # Safety
    ///
    /// `ticket` is from this channel, and used once.
    unsafe fn redeem(&self, ticket: Ticket<T>, value: Option<T>) -> Result<(), Option<T>>;

    /// Whether a receive, or with `sends` a send, would have to wait. Then `node`, unless it is null,
    /// is linked, and claimed with `Wake::Event` whenever that may have changed.
    ///
    /// # Safety
    ///
    /// The node is null, or not linked and stays in place until it was claimed or `unwatch`ed.
    unsafe fn watch(&self, sends: bool, node: *const Node<()>) -> bool;

    /// Unlinks a node of `watch`, if it is linked. Afterwards nobody uses it.
    ///
    /// # Safety
    ///
    /// The node is alive, and was linked into no other channel than this.
    unsafe fn unwatch(&self, node: *const Node<()>);

    /// Takes a value back that a receiver got and cannot keep: it is received next.
    fn give_back(&self, value: T);

    /// Runs `f`, under the lock of the lists.
    fn locked(&self, f: &mut dyn FnMut());

    /// Closes the channel and wakes whom that concerns; false when it was closed already.
    fn close(&self) -> bool;

    /// Drops what nobody will receive: the last receiver is gone, and the channel closed.
    fn discard(&self);

    fn is_closed(&self) -> bool;

    /// How many values are in the channel, about.
    fn len(&self) -> usize;

    /// Whether there is no room for one more.
    fn is_full(&self) -> bool {
        self.capacity()
            .is_some_and(|capacity| self.len() >= capacity)
    }

    fn capacity(&self) -> Option<usize>;
}

/// Whether moving a value costs next to nothing.
const fn is_small<T>() -> bool {
    size_of::<T>() <= 64
}

/// Parks the task, or blocks the thread.
#[inline]
pub(super) fn wait(
    running: Option<Running>,
    waiter: &Waiter,
    deadline: Option<Instant>,
    accepts: Accepts,
) -> Wake {
    match running {
        Some(running) => running.wait(waiter, deadline, accepts),
        None => park::wait(waiter, deadline, accepts),
    }
}

/// Whether the context is done that the caller, a task or a thread, is in.
#[inline]
pub(super) fn is_cut(running: Option<Running>) -> bool {
    match running {
        Some(running) => running.is_cancelled(),
        None => scheduler::check_cancelled().is_err(),
    }
}

#[track_caller]
#[inline]
pub(super) fn waiter_of(running: Option<Running>) -> Waiter {
    // No closure: the caller whom a panic names would be in there.
    match running {
        Some(running) => running.waiter(),
        None => park::thread_waiter(),
    }
}

/// Sends, and waits for room or for a receiver until `deadline`, which is asked for only then. Fails with what
/// `refused` makes of the reason.
#[track_caller]
#[inline]
pub(super) fn send<T, E, F: Flavor<T>>(
    channel: &F,
    value: T,
    deadline: impl FnOnce() -> Option<Instant>,
    refused: impl Fn(SendTimeoutError<T>) -> E,
) -> Result<(), E> {
    if F::HAS_OWNER && is_small::<T>() {
        send_at_once(channel, value, deadline, refused)
    } else {
        send_among_others(channel, value, deadline, refused)
    }
}

/// [`send`] where the calling worker may have the channel to itself.
#[track_caller]
#[inline(never)]
fn send_at_once<T, E, F: Flavor<T>>(
    channel: &F,
    value: T,
    deadline: impl FnOnce() -> Option<Instant>,
    refused: impl Fn(SendTimeoutError<T>) -> E,
) -> Result<(), E> {
    let mut value = value;
    if let Some(running) = scheduler::running()
        && running.may_go_on()
    {
        match channel.send_alone(value) {
            Ok(()) => return Ok(()),
            Err(back) => value = back,
        }
    }
    send_among_others(channel, value, deadline, refused)
}

/// [`send`], whoever may be there. Apart, like all that is no part of what is done most often: as nothing comes after
/// the call it becomes a jump, and what comes before it needs neither a frame nor many registers.
#[track_caller]
#[inline(never)]
fn send_among_others<T, E, F: Flavor<T>>(
    channel: &F,
    value: T,
    deadline: impl FnOnce() -> Option<Instant>,
    refused: impl Fn(SendTimeoutError<T>) -> E,
) -> Result<(), E> {
    let running = scheduler::running();
    if F::SEND_WAITS && is_cut(running) {
        running.inspect(|running| running.spend_budget());
        return Err(refused(SendTimeoutError::Cancelled(value)));
    }
    match channel.try_send(value) {
        Ok(()) => {
            running.inspect(|running| running.spend_budget());
            Ok(())
        }
        Err(TrySendError::Closed(value)) => Err(refused(SendTimeoutError::Closed(value))),
        Err(TrySendError::Full(value)) => offer(channel, value, running, deadline(), refused),
    }
}

/// The part of [`send`] that may wait, apart for the same reason: who waits has this frame alone.
#[track_caller]
#[inline(never)]
fn offer<T, E, F: Flavor<T>>(
    channel: &F,
    value: T,
    running: Option<Running>,
    deadline: Option<Instant>,
    refused: impl Fn(SendTimeoutError<T>) -> E,
) -> Result<(), E> {
    // Panics if the caller must not park: as long as the value is dropped by that.
    let mut waiter = waiter_of(running);
    // Whoever receives it reads it from here; from then on it is not ours.
    let value = MaybeUninit::new(value);
    // SAFETY: called where the value was not taken.
    let back = |value: &MaybeUninit<T>| unsafe { value.assume_init_read() };
    loop {
        let node = Node::new(Offer::of(&value));
        node.belongs_to(&waiter, 0);
        node.is_alone_at(running.map_or(ptr::null(), Running::home));
        // SAFETY: the node, its waiter and the value are in this frame, which every way out of
        // `wait` below leaves with the node unlinked.
        match unsafe { channel.offer(&node) } {
            Offered::Sent => {
                running.inspect(|running| running.spend_budget());
                return Ok(());
            }
            Offered::Closed => return Err(refused(SendTimeoutError::Closed(back(&value)))),
            Offered::Linked => {}
        }
        match wait(running, &waiter, deadline, Accepts::Cancel) {
            Wake::Arm(_) => return Ok(()),
            Wake::Event => waiter = waiter_of(running),
            wake => {
                // SAFETY: ours, and linked here if at all.
                unsafe { channel.withdraw_sender(&node) };
                // Nobody has completed it, and nobody can any more.
                return Err(refused(match wake {
                    Wake::TimedOut => SendTimeoutError::Timeout(back(&value)),
                    _ => SendTimeoutError::Cancelled(back(&value)),
                }));
            }
        }
    }
}

/// Receives, and waits for a value until `deadline`, which is asked for only then. Fails with what `refused` makes of
/// the reason.
#[track_caller]
#[inline]
pub(super) fn recv<T, E, F: Flavor<T>>(
    channel: &F,
    deadline: impl FnOnce() -> Option<Instant>,
    refused: impl Fn(RecvTimeoutError) -> E,
) -> Result<T, E> {
    if F::HAS_OWNER && is_small::<T>() {
        recv_at_once(channel, deadline, refused)
    } else {
        recv_among_others(channel, deadline, refused)
    }
}

/// [`recv`] where the calling worker may have the channel to itself.
#[track_caller]
#[inline(never)]
fn recv_at_once<T, E, F: Flavor<T>>(
    channel: &F,
    deadline: impl FnOnce() -> Option<Instant>,
    refused: impl Fn(RecvTimeoutError) -> E,
) -> Result<T, E> {
    if let Some(running) = scheduler::running()
        && running.may_go_on()
        && let Some(value) = channel.recv_alone()
    {
        return Ok(value);
    }
    recv_among_others(channel, deadline, refused)
}

/// [`recv`], whoever may be there: see `send_among_others`.
#[track_caller]
#[inline(never)]
fn recv_among_others<T, E, F: Flavor<T>>(
    channel: &F,
    deadline: impl FnOnce() -> Option<Instant>,
    refused: impl Fn(RecvTimeoutError) -> E,
) -> Result<T, E> {
    let running = scheduler::running();
    if is_cut(running) {
        running.inspect(|running| running.spend_budget());
        return Err(refused(RecvTimeoutError::Cancelled));
    }
    match channel.try_recv() {
        Ok(value) => {
            running.inspect(|running| running.spend_budget());
            Ok(value)
        }
        Err(TryRecvError::Closed) => Err(refused(RecvTimeoutError::Closed)),
        Err(TryRecvError::Empty) => request(channel, running, deadline(), refused),
    }
}

/// The part of [`recv`] that may wait: see `offer`.
#[track_caller]
#[inline(never)]
fn request<T, E, F: Flavor<T>>(
    channel: &F,
    running: Option<Running>,
    deadline: Option<Instant>,
    refused: impl Fn(RecvTimeoutError) -> E,
) -> Result<T, E> {
    loop {
        let waiter = waiter_of(running);
        let packet = Packet::new();
        let node = Node::new(Place::at(&packet));
        node.belongs_to(&waiter, 0);
        node.is_alone_at(running.map_or(ptr::null(), Running::home));
        // SAFETY: the node, its waiter and the packet are in this frame, which every way out of
        // `wait` below leaves with the node unlinked; a promised packet is waited for.
        match unsafe { channel.request(&node) } {
            Requested::Received(value) => {
                running.inspect(|running| running.spend_budget());
                return Ok(value);
            }
            Requested::Closed => return Err(refused(RecvTimeoutError::Closed)),
            Requested::Promised => match unpack(&packet) {
                Some(value) => return Ok(value),
                None => continue,
            },
            Requested::Linked => {}
        }
        match wait(running, &waiter, deadline, Accepts::Cancel) {
            Wake::Arm(_) => match unpack(&packet) {
                Some(value) => return Ok(value),
                None => continue,
            },
            // Closed, most likely. Many are told so at once: they should not all ask for the lock.
            Wake::Event => match try_again(channel) {
                Ok(value) => return Ok(value),
                Err(TryRecvError::Closed) => return Err(refused(RecvTimeoutError::Closed)),
                Err(TryRecvError::Empty) => {}
            },
            wake => {
                // SAFETY: ours, and linked here if at all.
                unsafe { channel.withdraw_receiver(&node) };
                return Err(refused(match wake {
                    Wake::TimedOut => RecvTimeoutError::Timeout,
                    _ => RecvTimeoutError::Cancelled,
                }));
            }
        }
    }
}

/// [`Flavor::try_recv`] out of line: what it needs is not to be in the frame of who waits.
#[cold]
#[inline(never)]
fn try_again<T, F: Flavor<T>>(channel: &F) -> Result<T, TryRecvError> {
    channel.try_recv()
}

/// The value of a packet that somebody has filled or is going to. `None`: he gave it up.
#[inline]
pub(super) fn unpack<T>(packet: &Packet<T>) -> Option<T> {
    loop {
        match packet.open() {
            Parcel::Value(value) => return Some(value),
            Parcel::Abandoned => return None,
            Parcel::Pending => wait_for(packet),
        }
    }
}

/// Waits for a packet that is going to be filled, or abandoned.
#[cold]
#[inline(never)]
fn wait_for<T>(packet: &Packet<T>) {
    let running = scheduler::running();
    let waiter = waiter_of(running);
    if packet.wait(&waiter) {
        wait(running, &waiter, None, Accepts::Nothing);
    }
}

impl<T> Offer<T> {
    /// The offer of a value that is there.
    #[inline]
    pub(super) fn of(value: &MaybeUninit<T>) -> Self {
        Self {
            value,
            ticket: Cell::new(Ticket::Anywhere),
        }
    }

    /// The offer of a `select!`.
    pub(super) fn later() -> Self {
        Self {
            value: ptr::null(),
            ticket: Cell::new(Ticket::Anywhere),
        }
    }
}

impl<T> Place<T> {
    /// A packet in the frame of whoever waits.
    #[inline]
    pub(super) fn at(packet: &Packet<T>) -> Self {
        Self {
            packet: Cell::new(packet),
            shared: Cell::new(ptr::null()),
        }
    }
}
