//! Futures that wait for a clock.

use super::Receiving;
use crate::chan::source::{Entered, Source};
use crate::chan::wait::Node;
use crate::scheduler::Alarm;
use crate::task::Waiter;
use std::task::{Poll, Waker};
use std::time::Instant;

/// What a receiving future waits for a clock with: word of a changed deadline, and an alarm.
pub(super) struct ClockWait {
    waiter: Waiter,
    node: Node<()>,
    bell: Option<Bell>,
}

/// An alarm that calls the waker of a [`ClockWait`], and is stopped when nobody waits for it any more.
struct Bell {
    due: Instant,
    alarm: Alarm,
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.alarm.stop();
    }
}

impl<T> Receiving<T> {
    /// Looks at a clock, and has `waker` called when that is worth repeating.
    pub(super) fn look(&mut self, source: &dyn Source<T>, waker: &Waker) -> Poll<T> {
        assert!(
            !matches!(self, Receiving::Done),
            "a future was polled after it had ended"
        );
        let before = self.leave_clock(source);
        if let Some(value) = source.poll(None) {
            return Poll::Ready(value);
        }
        // Who is polled for another's sake waits on with the alarm that is set.
        let bell = before
            .filter(|before| before.waiter.will_wake(waker))
            .and_then(|before| before.bell);
        let wait = Box::new(ClockWait {
            waiter: Waiter::for_future(),
            node: Node::new(()),
            bell,
        });
        wait.waiter.set_waker(waker);
        wait.node.belongs_to(&wait.waiter, 0);
        // From here on it leaves the audience by `leave_clock`, also if code of others panics below.
        *self = Receiving::Clock(wait);
        let Receiving::Clock(wait) = self else {
            unreachable!("made just now");
        };
        // SAFETY: it stays in its box, and leaves in `leave_clock`.
        let Entered::Until(due) = (unsafe { source.enter(&wait.node, None) }) else {
            unreachable!("it was not asked for a value");
        };
        // One that has rung does so once.
        let will_ring = |bell: &Bell| Some(bell.due) == due && bell.due > Instant::now();
        if !wait.bell.as_ref().is_some_and(will_ring) {
            wait.bell = due.map(|due| {
                let waker = waker.clone();
                let alarm = Alarm::set(due, || waker.wake());
                Bell { due, alarm }
            });
        }
        Poll::Pending
    }

    /// Ends the wait for a clock.
    pub(super) fn leave_clock(&mut self, source: &dyn Source<T>) -> Option<Box<ClockWait>> {
        match std::mem::replace(self, Receiving::Idle) {
            Receiving::Clock(wait) => {
                // SAFETY: alive, and entered there.
                unsafe { source.leave(&wait.node, None) };
                Some(wait)
            }
            _ => None,
        }
    }
}
