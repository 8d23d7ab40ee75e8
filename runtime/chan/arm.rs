//! The arms of a `select!`: what the engine asks of them, and those that receive and send.
//!
//! The engine (`select.rs`) polls the arms, but for those of which a look says that it is in vain. If none
//! is ready it enlists each with one and the same waiter, parks once, withdraws all that did not win, and
//! on `Wake::Event` polls again.
//!
//! A sending arm knows no value: when it has won it holds a *ticket*, a place that is kept for the
//! value, and the macro evaluates the value and redeems the ticket.

use super::error::{RecvError, SendError, TryRecvError};
use super::handle::{Side, each};
use super::operation::{Flavor, Reserved, unpack};
use super::packet::Packet;
use super::source;
use super::wait::{Node, Offer, Place, RecvNode, SendNode, Sign, Ticket};
use super::{Receiver, Sender};
use crate::task::Waiter;
use std::fmt;
use std::time::Instant;

/// One arm of a `select!`. Not for users: the macro's code names it.
pub trait Arm {
    /// This arm, for one call of the engine.
    fn candidate(&mut self) -> Candidate<'_>;

    /// Completes the operation if that is possible now, without waiting. A closed channel counts
    /// as completed.
    fn poll(&mut self) -> bool;

    /// Links `waiter` as arm number `arm`. False: not linked, something may be ready, poll again.
    ///
    /// # Safety
    ///
    /// This and `waiter` stay in place until `withdraw`, or until `waiter` was claimed with
    /// `Wake::Arm(arm)`.
    #[expect(
        private_interfaces,
        reason = "only the engine, in this crate, calls it"
    )]
    unsafe fn enlist(&mut self, waiter: *const Waiter, arm: u32) -> bool;

    /// Unlinks: afterwards nobody uses the waiter or this arm. Called for every enlisted arm but the
    /// one that `Wake::Arm` names.
    fn withdraw(&mut self);

    /// Called on the arm that `Wake::Arm` named, when all others are withdrawn. False: it came to
    /// nothing after all, poll again.
    fn accept(&mut self) -> bool;

    /// When polling is worth it again without any event. Asked after `enlist`.
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// The context is done: true if this arm reports that, as its outcome.
    fn cancel(&mut self) -> bool {
        false
    }

    /// Whether it is a `done` arm.
    fn is_done_arm(&self) -> bool {
        false
    }
}

/// An arm as the engine has it, which may see without a call that polling is in vain.
pub struct Candidate<'a> {
    pub(super) arm: &'a mut dyn Arm,
    sign: Option<Sign<'a>>,
}

impl<'a> Candidate<'a> {
    /// `arm`, of which only a poll can tell.
    #[inline]
    pub(super) fn new(arm: &'a mut dyn Arm) -> Self {
        Self { arm, sign: None }
    }

    /// Whether it is worth polling.
    #[inline]
    pub(super) fn may_be_ready(&self) -> bool {
        self.sign.is_none_or(Sign::is_set)
    }
}

/// What of a receiving arm others point to. Made when it is enlisted: mostly an arm is polled and that is all.
enum Linked<T> {
    Nothing,
    /// In a channel.
    Receiver(RecvNode<T>),
    /// In the audience of a source, to which nobody sends.
    Listener(Node<()>),
}

/// The arm `recv(receiver)`.
pub struct RecvArm<'a, T> {
    receiver: &'a Receiver<T>,
    packet: Packet<T>,
    place: Linked<T>,
    outcome: Option<Result<T, RecvError>>,
}

impl<'a, T> RecvArm<'a, T> {
    /// An arm that has not been polled yet.
    pub fn new(receiver: &'a Receiver<T>) -> Self {
        Self {
            receiver,
            packet: Packet::new(),
            place: Linked::Nothing,
            outcome: None,
        }
    }

    /// What a won arm has received.
    ///
    /// # Panics
    ///
    /// If it has not won.
    pub fn take(&mut self) -> Result<T, RecvError> {
        self.outcome.take().expect("an arm that has won")
    }

    /// What it receives from.
    pub(super) fn receiver(&self) -> &'a Receiver<T> {
        self.receiver
    }
}

impl<T> Arm for RecvArm<'_, T> {
    #[inline]
    fn candidate(&mut self) -> Candidate<'_> {
        let sign = match &self.receiver.side {
            Side::Channel(channel) => each!(channel, flavor => flavor.sign(false)),
            Side::Source(_) => None,
        };
        Candidate { arm: self, sign }
    }

    fn poll(&mut self) -> bool {
        let received = match &self.receiver.side {
            Side::Channel(channel) => each!(channel, flavor => flavor.try_recv()),
            Side::Source(source) => source::try_recv(&**source),
        };
        self.outcome = match received {
            Ok(value) => Some(Ok(value)),
            Err(TryRecvError::Closed) => Some(Err(RecvError::Closed)),
            Err(TryRecvError::Empty) => None,
        };
        self.outcome.is_some()
    }

    #[expect(private_interfaces, reason = "as in the trait")]
    unsafe fn enlist(&mut self, waiter: *const Waiter, arm: u32) -> bool {
        match &self.receiver.side {
            Side::Channel(channel) => {
                self.place = Linked::Receiver(Node::new(Place::at(&self.packet)));
                let Linked::Receiver(node) = &self.place else {
                    unreachable!("made just now");
                };
                node.belongs_to(waiter, arm);
                // SAFETY: all of it stays in place (caller), and `withdraw` unlinks.
                each!(channel, flavor => unsafe { flavor.enlist_receiver(node) })
            }
            Side::Source(source) => {
                self.place = Linked::Listener(Node::new(()));
                let Linked::Listener(node) = &self.place else {
                    unreachable!("made just now");
                };
                node.belongs_to(waiter, arm);
                // SAFETY: as above.
                unsafe { source.enter(node, None) };
                true
            }
        }
    }

    fn withdraw(&mut self) {
        match (&self.receiver.side, &self.place) {
            // SAFETY: alive, and linked into this channel if at all.
            (Side::Channel(channel), Linked::Receiver(node)) => each!(channel, flavor => unsafe {
                flavor.withdraw_receiver(node);
            }),
            // SAFETY: as above.
            (Side::Source(source), Linked::Listener(node)) => unsafe {
                source.leave(node, None);
            },
            _ => {}
        }
    }

    fn accept(&mut self) -> bool {
        let value = unpack(&self.packet);
        self.outcome = value.map(Ok);
        self.outcome.is_some()
    }

    fn deadline(&self) -> Option<Instant> {
        match &self.receiver.side {
            Side::Channel(_) => None,
            Side::Source(source) => source.deadline(),
        }
    }

    fn cancel(&mut self) -> bool {
        self.outcome = Some(Err(RecvError::Cancelled));
        true
    }
}

/// How a sending arm has won.
enum Won<T> {
    Ticket(Ticket<T>),
    Closed,
    Cancelled,
}

/// The arm `send(sender, ..)`.
pub struct SendArm<'a, T> {
    sender: &'a Sender<T>,
    node: SendNode<T>,
    won: Option<Won<T>>,
}

impl<'a, T> SendArm<'a, T> {
    /// An arm that has not been polled yet.
    pub fn new(sender: &'a Sender<T>) -> Self {
        Self {
            sender,
            node: Node::new(Offer::later()),
            won: None,
        }
    }

    /// Sends `value` in the name of an arm that has won.
    ///
    /// # Panics
    ///
    /// If it has not won.
    pub fn commit(&mut self, value: T) -> Result<(), SendError<T>> {
        let ticket = match self.won.take().expect("an arm that has won") {
            Won::Ticket(ticket) => ticket,
            Won::Closed => return Err(SendError::Closed(value)),
            Won::Cancelled => return Err(SendError::Cancelled(value)),
        };
        let sent = each!(&self.sender.channel, flavor => {
            // SAFETY: a ticket of this channel, taken out of its place above.
            unsafe { flavor.redeem(ticket, Some(value)) }
        });
        sent.map_err(|value| SendError::Closed(value.expect("what was not sent comes back")))
    }

    /// What it sends into.
    pub(super) fn sender(&self) -> &'a Sender<T> {
        self.sender
    }
}

impl<T> Arm for SendArm<'_, T> {
    #[inline]
    fn candidate(&mut self) -> Candidate<'_> {
        let sign = each!(&self.sender.channel, flavor => flavor.sign(true));
        Candidate { arm: self, sign }
    }

    fn poll(&mut self) -> bool {
        self.won = match each!(&self.sender.channel, flavor => flavor.reserve()) {
            Reserved::Ticket(ticket) => Some(Won::Ticket(ticket)),
            Reserved::Closed => Some(Won::Closed),
            Reserved::Full => None,
        };
        self.won.is_some()
    }

    #[expect(private_interfaces, reason = "as in the trait")]
    unsafe fn enlist(&mut self, waiter: *const Waiter, arm: u32) -> bool {
        self.node.belongs_to(waiter, arm);
        // SAFETY: all of it stays in place (caller), and `withdraw` unlinks.
        each!(&self.sender.channel, flavor => unsafe { flavor.enlist_sender(&self.node) })
    }

    fn withdraw(&mut self) {
        // SAFETY: alive, and linked into this channel if at all.
        each!(&self.sender.channel, flavor => unsafe { flavor.withdraw_sender(&self.node) });
    }

    fn accept(&mut self) -> bool {
        self.won = Some(Won::Ticket(self.node.payload.ticket.get()));
        true
    }

    fn cancel(&mut self) -> bool {
        self.won = Some(Won::Cancelled);
        true
    }
}

impl<T> Drop for SendArm<'_, T> {
    fn drop(&mut self) {
        if let Some(Won::Ticket(ticket)) = self.won.take() {
            // SAFETY: as in `commit`. There is no value to come back.
            let _ = each!(&self.sender.channel, flavor => unsafe { flavor.redeem(ticket, None) });
        }
    }
}

impl fmt::Debug for Candidate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for RecvArm<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvArm").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for SendArm<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendArm").finish_non_exhaustive()
    }
}
