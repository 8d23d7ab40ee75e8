//! Sending and receiving as futures: so that code of any executor can talk to tasks.
//!
//! A future waits with a node like everybody else. The node, its waiter and the value or packet are
//! in one allocation of their own, made when the future first has to wait: they must stay in place
//! while the future may be moved, and whoever is to fill a receiver's packet keeps it even when the
//! future is dropped meanwhile.
//!
//! A wait that ends in `Wake::Event` is over; the next attempt makes a new one.

mod clock;

use super::error::{RecvError, SendError, TryRecvError, TrySendError};
use super::handle::{Side, each, spend_budget};
use super::operation::{Flavor, Offered, Requested};
use super::packet::{Packet, Parcel};
use super::wait::{Node, Offer, Place, RecvNode, SendNode};
use super::{Receiver, Sender};
use crate::task::{Waiter, Wake};
use std::cell::UnsafeCell;
use std::fmt;
use std::future::Future;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// What a receiving future waits with. `packet` is first: a ticket finds the whole by it.
#[repr(C)]
pub(super) struct SharedWait<T> {
    packet: Packet<T>,
    /// Linked into the channel.
    waiter: Waiter,
    /// In the packet, once a `select!` has chosen this receiver.
    second: Waiter,
    node: RecvNode<T>,
}

impl<T> SharedWait<T> {
    fn new() -> Arc<Self> {
        let packet = Packet::new();
        let wait = Arc::new(Self {
            node: Node::new(Place::at(&packet)),
            packet,
            waiter: Waiter::for_future(),
            second: Waiter::for_future(),
        });
        wait.node.payload.packet.set(&wait.packet);
        wait.node.payload.shared.set(Arc::as_ptr(&wait));
        wait.node.belongs_to(&wait.waiter, 0);
        wait
    }

    /// One reference more.
    ///
    /// # Safety
    ///
    /// There is one.
    pub(super) unsafe fn keep(this: *const Self) {
        // SAFETY: made by `Arc::as_ptr`, and alive by contract.
        unsafe { Arc::increment_strong_count(this) };
    }

    /// One reference less.
    ///
    /// # Safety
    ///
    /// It was taken by [`keep`](Self::keep).
    pub(super) unsafe fn release(this: *const Self) {
        // SAFETY: as in `keep`.
        unsafe { Arc::decrement_strong_count(this) };
    }
}

/// What a sending future waits with.
struct SendWait<T> {
    value: UnsafeCell<MaybeUninit<T>>,
    waiter: Waiter,
    node: SendNode<T>,
}

/// A receive that happens when it is polled; made by [`Receiver::recv_async`].
///
/// Dropping it loses no value: one that it had got already goes back to the channel, and is received
/// next.
///
/// Its waker is called in the midst of the send, or whatever else ends the wait. If that is done by a task, a call in
/// the waker that would park panics, as inside [`forbid_park`](crate::task::forbid_park); a panic of a waker ends
/// there.
#[must_use = "a future does nothing unless polled"]
pub struct RecvFuture<'a, T> {
    receiver: &'a Receiver<T>,
    stage: Receiving<T>,
}

enum Receiving<T> {
    Idle,
    /// The node is linked, or its waiter has been claimed.
    Linked(Arc<SharedWait<T>>),
    /// The waiter has been claimed, and the value is in the packet or will be; true when the second
    /// waiter is published there.
    Promised(Arc<SharedWait<T>>, bool),
    Clock(Box<clock::ClockWait>),
    Done,
}

/// A send that happens when it is polled; made by [`Sender::send_async`].
///
/// Dropping it before it is ready drops the value, which nobody has received then. For its waker the same holds as
/// for that of a [`RecvFuture`].
#[must_use = "a future does nothing unless polled"]
pub struct SendFuture<'a, T> {
    sender: &'a Sender<T>,
    stage: Sending<T>,
}

enum Sending<T> {
    Idle(T),
    /// The node is linked, or its waiter has been claimed.
    Linked(Arc<SendWait<T>>),
    Done,
}

// SAFETY: what its node, waiters and packet share with others is guarded by N1 and P1, from
// whatever thread the future is polled or dropped.
unsafe impl<T: Send> Send for RecvFuture<'_, T> {}
// SAFETY: a shared reference to it gives access to nothing.
unsafe impl<T: Send> Sync for RecvFuture<'_, T> {}
// SAFETY: as for `RecvFuture`.
unsafe impl<T: Send> Send for SendFuture<'_, T> {}
// SAFETY: as for `RecvFuture`.
unsafe impl<T: Send> Sync for SendFuture<'_, T> {}

/// The value stands behind a pointer whenever anybody points to it.
impl<T> Unpin for SendFuture<'_, T> {}

impl<T> Receiver<T> {
    /// Receives a value, as a future: for code of any executor. It parks nobody.
    ///
    /// # Errors
    ///
    /// [`RecvError::Closed`], as [`recv`](Self::recv).
    ///
    /// # Cancellation
    ///
    /// It does not look at the context of the task that polls it, if there is one. Dropping the future
    /// loses no value.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::pin;
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let (sender, receiver) = teem::chan::bounded(0);
    /// let mut future = pin!(receiver.recv_async());
    /// let mut context = Context::from_waker(Waker::noop());
    /// assert!(future.as_mut().poll(&mut context).is_pending());
    /// sender.send(5).unwrap();
    /// assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(Ok(5)));
    /// # use std::future::Future;
    /// ```
    pub fn recv_async(&self) -> RecvFuture<'_, T> {
        RecvFuture {
            receiver: self,
            stage: Receiving::Idle,
        }
    }
}

impl<T> Sender<T> {
    /// Sends `value`, as a future: for code of any executor. It parks nobody.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] with the value, as [`send`](Self::send).
    ///
    /// # Cancellation
    ///
    /// It does not look at the context of the task that polls it, if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::pin;
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let (sender, receiver) = teem::chan::bounded(0);
    /// let mut future = pin!(sender.send_async(5));
    /// let mut context = Context::from_waker(Waker::noop());
    /// assert!(future.as_mut().poll(&mut context).is_pending());
    /// assert_eq!(receiver.recv(), Ok(5));
    /// assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(Ok(())));
    /// # use std::future::Future;
    /// ```
    pub fn send_async(&self, value: T) -> SendFuture<'_, T> {
        SendFuture {
            sender: self,
            stage: Sending::Idle(value),
        }
    }
}

/// How the wait ended; if it has not, `waker` is what its end will call.
fn outcome_or_register<T, F: Flavor<T>>(
    flavor: &F,
    waiter: &Waiter,
    waker: &Waker,
) -> Option<Wake> {
    let mut outcome = None;
    let mut stays = false;
    flavor.locked(&mut || {
        outcome = waiter.outcome();
        stays = outcome.is_some() || waiter.will_wake(waker);
    });
    if stays {
        return outcome;
    }
    // To clone a waker and to drop one is code of others, which may come back to this channel: without the lock.
    let mut next = Some(waker.clone());
    flavor.locked(&mut || {
        outcome = waiter.outcome();
        if outcome.is_none() {
            waiter.swap_waker(&mut next);
        }
    });
    outcome
}

impl<T> Future for RecvFuture<'_, T> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let received = match &this.receiver.side {
            Side::Channel(channel) => each!(channel, flavor => {
                this.stage.receive(flavor, context.waker())
            }),
            Side::Source(source) => this.stage.look(&**source, context.waker()).map(Ok),
        };
        if received.is_ready() {
            this.stage = Receiving::Done;
            spend_budget();
        }
        received
    }
}

impl<T> Receiving<T> {
    /// Whatever is linked stays in `self` while code of others runs, that of wakers: it may panic.
    fn receive<F: Flavor<T>>(&mut self, flavor: &F, waker: &Waker) -> Poll<Result<T, RecvError>> {
        loop {
            match self {
                Receiving::Idle => {
                    match flavor.try_recv_at_once() {
                        Ok(value) => return Poll::Ready(Ok(value)),
                        Err(TryRecvError::Closed) => return Poll::Ready(Err(RecvError::Closed)),
                        Err(TryRecvError::Empty) => {}
                    }
                    let wait = SharedWait::new();
                    wait.waiter.set_waker(waker);
                    // SAFETY: the node stays in its allocation, which this future keeps until the
                    // node is claimed or withdrawn.
                    match unsafe { flavor.request(&wait.node) } {
                        Requested::Received(value) => return Poll::Ready(Ok(value)),
                        Requested::Closed => return Poll::Ready(Err(RecvError::Closed)),
                        Requested::Promised => *self = Receiving::Promised(wait, false),
                        Requested::Linked => {
                            *self = Receiving::Linked(wait);
                            return Poll::Pending;
                        }
                    }
                }
                Receiving::Linked(wait) => match outcome_or_register(flavor, &wait.waiter, waker) {
                    Some(Wake::Arm(_)) => *self = Receiving::Promised(Arc::clone(wait), false),
                    Some(_) => *self = Receiving::Idle,
                    None => return Poll::Pending,
                },
                Receiving::Promised(wait, published) => match wait.packet.open() {
                    Parcel::Value(value) => return Poll::Ready(Ok(value)),
                    Parcel::Abandoned => *self = Receiving::Idle,
                    // It was finished since, and the waiter may still be in use.
                    Parcel::Pending if *published && !wait.packet.unwait(&wait.second) => {}
                    Parcel::Pending => {
                        *published = false;
                        wait.second.set_waker(waker);
                        *published = wait.packet.wait(&wait.second);
                        if *published {
                            return Poll::Pending;
                        }
                    }
                },
                Receiving::Clock(_) => unreachable!("this is no clock"),
                Receiving::Done => panic!("a future was polled after it had ended"),
            }
        }
    }

    /// Ends the wait for a channel; a value that has come goes back.
    fn stop<F: Flavor<T>>(&mut self, flavor: &F) {
        let wait = match std::mem::replace(self, Receiving::Done) {
            Receiving::Linked(wait) => {
                // SAFETY: alive, and linked into this channel if at all.
                unsafe { flavor.withdraw_receiver(&wait.node) };
                match wait.waiter.outcome() {
                    Some(Wake::Arm(_)) => wait,
                    _ => return,
                }
            }
            Receiving::Promised(wait, _) => wait,
            _ => return,
        };
        if !wait.packet.leave()
            && let Parcel::Value(value) = wait.packet.open()
        {
            flavor.give_back(value);
        }
    }
}

impl<T> Drop for RecvFuture<'_, T> {
    fn drop(&mut self) {
        match &self.receiver.side {
            Side::Channel(channel) => each!(channel, flavor => self.stage.stop(flavor)),
            Side::Source(source) => drop(self.stage.leave_clock(&**source)),
        }
    }
}

impl<T> SendWait<T> {
    fn new(value: T) -> Arc<Self> {
        let mut wait = Arc::new(Self {
            value: UnsafeCell::new(MaybeUninit::new(value)),
            waiter: Waiter::for_future(),
            node: Node::new(Offer::later()),
        });
        let inner = Arc::get_mut(&mut wait).expect("nobody else knows it");
        inner.node.payload.value = inner.value.get();
        wait.node.belongs_to(&wait.waiter, 0);
        wait
    }

    /// Takes the value back.
    ///
    /// # Safety
    ///
    /// The node is not linked, and nobody has taken the value.
    unsafe fn back(&self) -> T {
        // SAFETY: there is one (caller), and nobody else looks any more.
        unsafe { (*self.value.get()).assume_init_read() }
    }
}

impl<T> Future for SendFuture<'_, T> {
    type Output = Result<(), SendError<T>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let sent = each!(&this.sender.channel, flavor => {
            this.stage.send(flavor, context.waker())
        });
        if sent.is_ready() {
            this.stage = Sending::Done;
            spend_budget();
        }
        sent
    }
}

impl<T> Sending<T> {
    /// As [`Receiving::receive`].
    fn send<F: Flavor<T>>(&mut self, flavor: &F, waker: &Waker) -> Poll<Result<(), SendError<T>>> {
        if let Sending::Linked(wait) = self {
            match outcome_or_register(flavor, &wait.waiter, waker) {
                Some(Wake::Arm(_)) => return Poll::Ready(Ok(())),
                // SAFETY: whoever claimed it for another look has unlinked it (N4).
                Some(_) => *self = Sending::Idle(unsafe { wait.back() }),
                None => return Poll::Pending,
            }
        }
        let Sending::Idle(value) = std::mem::replace(self, Sending::Done) else {
            panic!("a future was polled after it had ended");
        };
        let value = match flavor.try_send(value) {
            Ok(()) => return Poll::Ready(Ok(())),
            Err(TrySendError::Closed(value)) => {
                return Poll::Ready(Err(SendError::Closed(value)));
            }
            Err(TrySendError::Full(value)) => value,
        };
        // To clone a waker is code of others, which may panic: as long as the value is dropped by that.
        let mut own = Some(waker.clone());
        let wait = SendWait::new(value);
        wait.waiter.swap_waker(&mut own);
        // SAFETY: the node stays in its allocation, which this future keeps until the node is
        // claimed or withdrawn.
        match unsafe { flavor.offer(&wait.node) } {
            Offered::Sent => Poll::Ready(Ok(())),
            Offered::Closed => {
                // SAFETY: not linked, not taken.
                let value = unsafe { wait.back() };
                Poll::Ready(Err(SendError::Closed(value)))
            }
            Offered::Linked => {
                *self = Sending::Linked(wait);
                Poll::Pending
            }
        }
    }

    fn stop<F: Flavor<T>>(&mut self, flavor: &F) {
        let Sending::Linked(wait) = std::mem::replace(self, Sending::Done) else {
            return;
        };
        // SAFETY: alive, and linked into this channel if at all.
        unsafe { flavor.withdraw_sender(&wait.node) };
        if !matches!(wait.waiter.outcome(), Some(Wake::Arm(_))) {
            // SAFETY: nobody has completed it, and nobody can any more.
            drop(unsafe { wait.back() });
        }
    }
}

impl<T> Drop for SendFuture<'_, T> {
    fn drop(&mut self) {
        each!(&self.sender.channel, flavor => self.stage.stop(flavor));
    }
}

impl<T> fmt::Debug for RecvFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("RecvFuture { .. }")
    }
}

impl<T> fmt::Debug for SendFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("SendFuture { .. }")
    }
}
