//! What the loom models of the channels share: a task that waits, played by a thread; and bounds.

use super::operation::{Flavor, Offered, Requested};
use super::packet::{Packet, Parcel};
use super::wait::{Node, Offer, Place};
use crate::task::{Claim, Header, Waiter, Wake};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

/// Explores `f` with at most so many threads interrupted: three threads are too much in full.
pub(super) fn bounded(preemptions: usize, f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(f);
}

/// Stands for a worker's run queue with one task: whether the task has been put into it.
///
/// Its waiters name it as their task, so that a claim leads back to it.
pub(super) struct Queue {
    filled: Mutex<bool>,
    changed: Condvar,
}

impl Queue {
    pub(super) fn new() -> Self {
        Self {
            filled: Mutex::new(false),
            changed: Condvar::new(),
        }
    }

    /// A wait of the task of this queue. The queue is to outlive the claims of it.
    pub(super) fn waiter(&self) -> Waiter {
        Waiter::for_task(NonNull::from(self).cast::<Header>())
    }

    /// Parks until the wait is claimed and scheduled.
    pub(super) fn wait(&self, waiter: &Waiter) -> Wake {
        let mut filled = self.filled.lock().unwrap();
        while !*filled {
            filled = self.changed.wait(filled).unwrap();
        }
        *filled = false;
        waiter.outcome().expect("claimed")
    }
}

/// What the scheduler's `settle` does, with a [`Queue`] for the worker.
pub(super) fn settle(claim: Claim) {
    match claim {
        Claim::Schedule(task) => {
            // SAFETY: a waiter of `Queue::waiter`, whose queue the model keeps.
            let queue = unsafe { task.cast::<Queue>().as_ref() };
            let was_filled = std::mem::replace(&mut *queue.filled.lock().unwrap(), true);
            assert!(!was_filled, "a task is scheduled once");
            queue.changed.notify_one();
        }
        Claim::Wake(waker) => waker.wake(),
        Claim::Call(_) => unreachable!("a waiter is claimed directly"),
        Claim::Won | Claim::Lost => {}
    }
}

/// How a wait in a model ended that did not get what it was for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failed {
    Closed,
    /// By a claim that the model made itself.
    Cut,
}

/// Receives as a task would.
pub(super) fn receive<T, F: Flavor<T>>(channel: &F, queue: &Queue) -> Result<T, Failed> {
    loop {
        if let Some(value) = receive_once(channel, queue, &queue.waiter())? {
            return Ok(value);
        }
    }
}

/// One wait of [`receive`]. Nothing: it is worth another look.
pub(super) fn receive_once<T, F: Flavor<T>>(
    channel: &F,
    queue: &Queue,
    waiter: &Waiter,
) -> Result<Option<T>, Failed> {
    let packet = Packet::new();
    let node = Node::new(Place::at(&packet));
    node.belongs_to(waiter, 0);
    // SAFETY: this frame waits until the node is claimed, or withdraws it.
    let wake = match unsafe { channel.request(&node) } {
        Requested::Received(value) => return Ok(Some(value)),
        Requested::Closed => return Err(Failed::Closed),
        Requested::Promised => Wake::Arm(0),
        Requested::Linked => queue.wait(waiter),
    };
    match wake {
        Wake::Arm(_) => Ok(unpack(queue, &packet)),
        Wake::Event => Ok(None),
        Wake::TimedOut | Wake::Cancelled => {
            // SAFETY: alive, and linked here if at all.
            unsafe { channel.withdraw_receiver(&node) };
            Err(Failed::Cut)
        }
    }
}

fn unpack<T>(queue: &Queue, packet: &Packet<T>) -> Option<T> {
    loop {
        match packet.open() {
            Parcel::Value(value) => return Some(value),
            Parcel::Abandoned => return None,
            Parcel::Pending => {
                let waiter = queue.waiter();
                if packet.wait(&waiter) {
                    queue.wait(&waiter);
                }
            }
        }
    }
}

/// Sends as a task would. The value comes back if nobody has received it.
pub(super) fn send<T, F: Flavor<T>>(
    channel: &F,
    value: T,
    queue: &Queue,
) -> Result<(), (T, Failed)> {
    let mut value = value;
    loop {
        match send_once(channel, value, queue, &queue.waiter()) {
            Ok(()) => return Ok(()),
            Err((back, None)) => value = back,
            Err((back, Some(why))) => return Err((back, why)),
        }
    }
}

/// One wait of [`send`]. With no reason for the failure, it is worth another look.
pub(super) fn send_once<T, F: Flavor<T>>(
    channel: &F,
    value: T,
    queue: &Queue,
    waiter: &Waiter,
) -> Result<(), (T, Option<Failed>)> {
    let value = MaybeUninit::new(value);
    // SAFETY: called where nobody has taken the value.
    let back = |why| Err((unsafe { value.assume_init_read() }, why));
    let node = Node::new(Offer::of(&value));
    node.belongs_to(waiter, 0);
    // SAFETY: this frame waits until the node is claimed, or withdraws it.
    let wake = match unsafe { channel.offer(&node) } {
        Offered::Sent => return Ok(()),
        Offered::Closed => return back(Some(Failed::Closed)),
        Offered::Linked => queue.wait(waiter),
    };
    match wake {
        Wake::Arm(_) => Ok(()),
        Wake::Event => back(None),
        Wake::TimedOut | Wake::Cancelled => {
            // SAFETY: alive, and linked here if at all.
            unsafe { channel.withdraw_sender(&node) };
            back(Some(Failed::Cut))
        }
    }
}

/// Ends a wait as a timer would.
pub(super) fn cut(waiter: &Waiter) {
    // SAFETY: it is alive, as it is borrowed.
    settle(unsafe { Waiter::claim(waiter, Wake::TimedOut) });
}

/// A waiter for one thread to wait with and another to [`cut`].
pub(super) struct SharedWaiter(pub(super) Waiter);

// SAFETY: its owner and who claims it use it as a task and a timer would.
unsafe impl Send for SharedWaiter {}
// SAFETY: as above.
unsafe impl Sync for SharedWaiter {}

/// Has a thread of its own [`cut`] the wait.
pub(super) fn cut_elsewhere(waiter: &Arc<SharedWaiter>) -> thread::JoinHandle<()> {
    let waiter = waiter.clone();
    thread::spawn(move || cut(&waiter.0))
}

/// A channel, and queues that outlive every claim, as a model's threads are joined before it ends.
pub(super) struct With<C> {
    pub(super) inner: C,
    pub(super) queues: [Queue; 3],
}

impl<C> With<C> {
    pub(super) fn queues(inner: C) -> Self {
        Self {
            inner,
            queues: std::array::from_fn(|_| Queue::new()),
        }
    }
}
