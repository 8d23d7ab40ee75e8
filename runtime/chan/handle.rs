//! What the two ends of a channel share: the channel, counted.
//!
//! A handle is an `Arc` of the channel behind an enum of the three kinds. Beside the channel stand
//! two counts: the last sender that is dropped closes the channel, the last receiver closes it and
//! drops what nobody will receive.

use super::bounded::Bounded;
use super::source::Source;
use super::unbounded::Unbounded;
use super::zero::Zero;
use super::{Receiver, Sender};
use crate::scheduler;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A channel and how many handles it has on either side.
#[derive(Debug)]
pub(super) struct Counted<F> {
    pub(super) senders: AtomicUsize,
    pub(super) receivers: AtomicUsize,
    pub(super) flavor: F,
}

/// One channel of any kind.
pub(super) enum Channel<T> {
    Bounded(Arc<Counted<Bounded<T>>>),
    Zero(Arc<Counted<Zero<T>>>),
    Unbounded(Arc<Counted<Unbounded<T>>>),
}

/// What a receiver receives from.
pub(super) enum Side<T> {
    Channel(Channel<T>),
    Source(Arc<dyn Source<T>>),
}

/// Evaluates an expression with a name for the flavor of a channel, whichever it is.
macro_rules! each {
    ($channel:expr, $flavor:ident => $body:expr) => {
        match $channel {
            $crate::chan::handle::Channel::Bounded(counted) => {
                let $flavor = &counted.flavor;
                $body
            }
            $crate::chan::handle::Channel::Zero(counted) => {
                let $flavor = &counted.flavor;
                $body
            }
            $crate::chan::handle::Channel::Unbounded(counted) => {
                let $flavor = &counted.flavor;
                $body
            }
        }
    };
}
pub(super) use each;

/// The same with the counts.
macro_rules! counted {
    ($channel:expr, $counted:ident => $body:expr) => {
        match $channel {
            $crate::chan::handle::Channel::Bounded($counted) => $body,
            $crate::chan::handle::Channel::Zero($counted) => $body,
            $crate::chan::handle::Channel::Unbounded($counted) => $body,
        }
    };
}
pub(super) use counted;

impl<F> Counted<F> {
    fn new(flavor: F) -> Arc<Self> {
        Arc::new(Self {
            senders: AtomicUsize::new(1),
            receivers: AtomicUsize::new(1),
            flavor,
        })
    }
}

impl<T> Channel<T> {
    pub(super) fn share(&self) -> Self {
        match self {
            Channel::Bounded(counted) => Channel::Bounded(Arc::clone(counted)),
            Channel::Zero(counted) => Channel::Zero(Arc::clone(counted)),
            Channel::Unbounded(counted) => Channel::Unbounded(Arc::clone(counted)),
        }
    }

    pub(super) fn address(&self) -> *const () {
        counted!(self, counted => Arc::as_ptr(counted).cast())
    }

    /// Both ends of a channel with room for `capacity` values, or for any number of them.
    pub(super) fn ends(capacity: Option<usize>) -> (Sender<T>, Receiver<T>) {
        let channel = match capacity {
            Some(0) => Channel::Zero(Counted::new(Zero::new())),
            Some(capacity) => Channel::Bounded(Counted::new(Bounded::new(capacity))),
            None => Channel::Unbounded(Counted::new(Unbounded::new())),
        };
        let side = Side::Channel(channel.share());
        (Sender { channel }, Receiver { side })
    }
}

/// Has a count abort before it overflows, which takes that many leaked handles.
pub(super) fn count_up(count: &AtomicUsize) {
    // ORDERING: Relaxed, the handle that is cloned keeps the count above zero.
    if count.fetch_add(1, Ordering::Relaxed) > isize::MAX as usize {
        eprintln!("teem: a channel has too many handles");
        std::process::abort();
    }
}

/// The time after which a wait of `timeout` is over; never, if that is beyond all clocks.
pub(super) fn after(timeout: Duration) -> Option<Instant> {
    Instant::now().checked_add(timeout)
}

/// So that a loop of calls that never park still lets others run.
#[inline]
pub(super) fn spend_budget() {
    if let Some(running) = scheduler::running() {
        running.spend_budget();
    }
}
