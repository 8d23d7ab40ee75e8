//! Alarms: functions that are called at an instant, whatever runtime they were set in.
//!
//! A task sleeps until the instant, in a context that only [`stop`](Alarm::stop) cancels. If its wait is cut
//! though that is not done, its runtime ends: then a task of the global runtime, which never does, goes on with it.

use super::core::Core;
use super::spawn::{Refused, Request, accepted, spawn_on, with_core};
use super::{global, park, running};
use crate::task::{Accepts, CancelNode, Cause, Wake};
use std::sync::Arc;
use std::time::Instant;

/// The right to stop an alarm. Dropping it leaves the alarm in force.
#[derive(Debug)]
pub(crate) struct Alarm(Arc<CancelNode>);

impl Alarm {
    /// Has a task call `ring` at `deadline`, unless the alarm is stopped before.
    ///
    /// # Panics
    ///
    /// As [`spawn`](super::spawn).
    #[track_caller]
    pub(crate) fn set(deadline: Instant, ring: impl FnOnce() + Send + 'static) -> Self {
        let stopped = CancelNode::below(None);
        let alarm = Self(Arc::clone(&stopped));
        accepted(with_core(|core| watch(core, stopped, deadline, ring)));
        alarm
    }

    /// Does nothing when it has rung already.
    pub(crate) fn stop(&self) {
        self.0.cancel(&Cause::Cancelled, &mut park::settle);
    }
}

/// Spawns the task of an alarm on `core`'s runtime.
#[track_caller]
fn watch<F>(
    core: &Core,
    stopped: Arc<CancelNode>,
    deadline: Instant,
    ring: F,
) -> Result<(), Refused>
where
    F: FnOnce() + Send + 'static,
{
    let request = Request {
        context: Some(running::values().with_node(Arc::clone(&stopped))),
        ..Request::plain()
    };
    let sleep = move || {
        let wake = park::wait(&park::waiter(), Some(deadline), Accepts::Cancel);
        if wake == Wake::TimedOut {
            return ring();
        }
        if stopped.is_done() {
            return;
        }
        if let Ok(core) = global::start_global() {
            return accepted(watch(core, stopped, deadline, ring));
        }
        // There is no other runtime: the end of this one has to wait.
        park::wait(&park::waiter(), Some(deadline), Accepts::Nothing);
        if !stopped.is_done() {
            ring();
        }
    };
    // SAFETY: `Send` and `'static` by the bounds, so nothing is borrowed; there is no family.
    unsafe { spawn_on(core, request, sleep) }.map(drop)
}
