//! The monitor: one thread a runtime that notices what a busy worker cannot.
//!
//! Every 10 ms it compares what each worker runs with what it ran before. A worker that has not
//! picked a task in between is *stalled*: it is counted, `on_stall` is told the task's name and
//! where it was spawned, and if unstarted tasks wait there while another worker sleeps, that one is
//! woken to take them. It also calls the attention of every busy worker, which bounds how late
//! timers and sockets are looked at when tasks become slow all of a sudden.
//!
//! While every worker sleeps there is nothing to notice: the monitor then looks only ten times a
//! second, so an idle process costs next to nothing.
//!
//! Nothing is preempted. A signal could stop the task, but it may hold a lock of the allocator, and
//! whoever wants that lock next is on the same thread.

use super::core::{Core, Remote};
use super::metrics::Stall;
use crate::task::describe;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, Weak};
use std::time::{Duration, Instant};

const ROUND: Duration = Duration::from_millis(10);
const IDLE_ROUND: Duration = Duration::from_millis(100);

/// What a worker was seen doing, and since when.
#[derive(Clone, Copy, Debug)]
struct Sight {
    task: u64,
    picks: u64,
    since: Instant,
    reported: bool,
}

/// The monitor's thread: ends with its runtime.
pub(super) fn watch(core: Weak<Core>, ended: std::sync::mpsc::Receiver<()>) {
    let mut sights: Vec<Option<Sight>> = Vec::new();
    let mut pause = ROUND;
    // The runtime drops the sender when it is over.
    while let Err(std::sync::mpsc::RecvTimeoutError::Timeout) = ended.recv_timeout(pause) {
        let Some(core) = core.upgrade() else { return };
        sights.resize(core.remotes.len(), None);
        let mut busy = false;
        for (remote, sight) in core.remotes.iter().zip(&mut sights) {
            *sight = look(&core, remote, *sight);
            busy |= sight.is_some();
        }
        pause = if busy { ROUND } else { IDLE_ROUND };
    }
}

/// Looks at one worker; `None` when it sleeps.
fn look(core: &Arc<Core>, remote: &Remote, before: Option<Sight>) -> Option<Sight> {
    if remote.sleep.is_sleeping() {
        return None;
    }
    // ORDERING: Relaxed, a mixture of two tasks is caught by the second reading of the count.
    let task = remote.running.id.load(Ordering::Relaxed);
    let picks = remote.stats.picks.get();
    let now = Instant::now();
    let mut sight = match before {
        Some(sight) if sight.task == task && sight.picks == picks => sight,
        _ => Sight {
            task,
            picks,
            since: now,
            reported: false,
        },
    };
    if sight.since == now {
        remote.ask_attention();
    } else if !remote.unstarted.is_empty() {
        core.wake_a_sleeper(remote.index);
    }
    let held = now.saturating_duration_since(sight.since);
    if held >= ROUND && !sight.reported {
        sight.reported = true;
        core.stalled(remote, sight.task, picks, held);
    }
    Some(sight)
}

impl Core {
    fn stalled(&self, remote: &Remote, task: u64, picks: u64, held: Duration) {
        // ORDERING: Relaxed, the monitor is the only one to count here.
        remote.stalls.fetch_add(1, Ordering::Relaxed);
        let Some(on_stall) = &self.config.on_stall else {
            return;
        };
        let mut text = String::new();
        {
            let running = &remote.running;
            let _guard = running
                .burial
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            // ORDERING: Acquire, the header behind it was published by the spawn.
            let named = running.named.load(Ordering::Acquire);
            let site = running.site.load(Ordering::Relaxed);
            // SAFETY: a named task that runs is not buried while we hold the lock (`Running`); a
            // site is a constant of the program.
            let (name, site) = unsafe { (named.as_ref().and_then(|h| h.name()), site.as_ref()) };
            let Some(site) = site else { return };
            let _ = describe(task, name, site, &mut text);
        }
        if remote.stats.picks.get() != picks {
            // It has moved on while we were reading.
            return;
        }
        let stall = Stall {
            worker: remote.index,
            task: text,
            held,
        };
        // A report that panics is the user's, printed by the hook; the monitor goes on.
        let _ = catch_unwind(AssertUnwindSafe(|| on_stall(&stall)));
    }
}
