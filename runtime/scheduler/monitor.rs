//! The monitor: one thread a runtime that notices what a busy worker cannot.
//!
//! Every 10 ms it compares what each worker runs with what it ran before. A worker that has not
//! picked a task in between is *stalled*: it is counted, `on_stall` is told the task's name and
//! where it was spawned, and if unstarted tasks wait there while another worker sleeps, that one is
//! woken to take them. It also calls the attention of every busy worker, which bounds how late
//! timers and sockets are looked at when tasks become slow all of a sudden.
//!
//! When no worker has picked a task for a round and all sleep there is nothing to notice, and the monitor rests until
//! one wakes up: an idle process has no timer running. It does not rest sooner, as to be called costs two switches of
//! threads, and a worker may well wake up a thousand times a second.
//!
//! Nothing is preempted. A signal could stop the task, but it may hold a lock of the allocator, and
//! whoever wants that lock next is on the same thread.

use super::core::{Core, Remote};
use super::metrics::Stall;
use crate::sys::barrier;
use crate::sys::thread::{take_no_signals, unshare_descriptors};
use crate::task::{describe, quietly};
use std::io;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

const ROUND: Duration = Duration::from_millis(10);

/// How the monitor rests, and how it is called.
#[derive(Debug, Default)]
pub(super) struct Watch {
    ended: Mutex<bool>,
    call: Condvar,
    /// The monitor rests until a worker wakes up.
    resting: AtomicBool,
}

impl Watch {
    /// A worker is up again.
    pub(super) fn worker_is_up(&self) {
        // ORDERING: SeqCst, paired with the fence in `may_rest`: either the monitor sees this
        // worker awake, or the worker sees the monitor rest.
        fence(Ordering::SeqCst);
        // ORDERING: Relaxed, see the fence; the swap picks one of several workers.
        if self.resting.load(Ordering::Relaxed) && self.resting.swap(false, Ordering::Relaxed) {
            self.notify();
        }
    }

    /// Ends the monitor.
    pub(super) fn end(&self) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.call.notify_one();
    }

    fn notify(&self) {
        // Not between the monitor's look and its wait, which are under the lock.
        drop(self.ended.lock().unwrap_or_else(PoisonError::into_inner));
        self.call.notify_one();
    }

    /// Announces a rest; false when a worker is awake after all.
    fn may_rest(&self, core: &Core) -> bool {
        // ORDERING: Relaxed, the fence orders it.
        self.resting.store(true, Ordering::Relaxed);
        // ORDERING: SeqCst, see `worker_is_up`.
        fence(Ordering::SeqCst);
        let all = core.remotes.iter().all(|remote| remote.sleep.is_sleeping());
        if !all {
            // ORDERING: Relaxed, a call that comes of it is one too many.
            self.resting.store(false, Ordering::Relaxed);
        }
        all
    }

    /// Waits a round, or until a worker wakes up. False at the end of the runtime.
    fn pause(&self, rest: bool) -> bool {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if rest {
            // ORDERING: Relaxed, changed under the lock when there is a call.
            while !*ended && self.resting.load(Ordering::Relaxed) {
                ended = self
                    .call
                    .wait(ended)
                    .unwrap_or_else(PoisonError::into_inner);
            }
        } else if !*ended {
            let waited = self.call.wait_timeout(ended, ROUND);
            ended = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        !*ended
    }
}

/// What a worker was seen doing, and since when.
#[derive(Clone, Copy, Debug)]
struct Sight {
    task: u64,
    picks: u64,
    since: Instant,
    reported: bool,
}

/// Starts the monitor of a runtime, with which it ends. `apart`: it shares no descriptors with the other threads, and
/// so must have no use for one. Nor must what it is interrupted by, such as a handler that writes to a pipe.
pub(super) fn start(core: &Arc<Core>, apart: bool) -> io::Result<thread::JoinHandle<()>> {
    let (weak, shared) = (Arc::downgrade(core), Arc::clone(&core.watch));
    let builder = thread::Builder::new().name(format!("{}-monitor", core.config.name));
    builder.spawn(move || {
        if apart {
            take_no_signals();
            unshare_descriptors();
        }
        watch(weak, &shared);
    })
}

fn watch(core: Weak<Core>, watch: &Watch) {
    // Here, as it may take a while and nobody waits for it.
    barrier::enable();
    let mut sights: Vec<Option<Sight>> = Vec::new();
    let (mut rest, mut picks) = (false, 0);
    while watch.pause(rest) {
        let Some(core) = core.upgrade() else { return };
        sights.resize(core.remotes.len(), None);
        let mut busy = false;
        for (remote, sight) in core.remotes.iter().zip(&mut sights) {
            *sight = look(&core, remote, *sight);
            busy |= sight.is_some();
        }
        let before = mem::replace(
            &mut picks,
            core.remotes.iter().map(|r| r.stats.picks.get()).sum(),
        );
        rest = !busy && picks == before && watch.may_rest(&core);
    }
}

/// Looks at one worker; `None` when it sleeps.
fn look(core: &Core, remote: &Remote, before: Option<Sight>) -> Option<Sight> {
    // ORDERING: Relaxed, a mixture of two tasks is caught by the second reading of the count.
    let task = remote.running.id.load(Ordering::Relaxed);
    if task == 0 || remote.sleep.is_sleeping() {
        // ORDERING: Relaxed, a hint for thieves.
        remote.stalled.store(false, Ordering::Relaxed);
        return None;
    }
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
    // ORDERING: Relaxed, a hint for thieves.
    remote.stalled.store(sight.since != now, Ordering::Relaxed);
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
        let Some((_, name, site)) = remote.running.look() else {
            return;
        };
        let mut text = String::new();
        let _ = describe(task, name.as_deref(), site, &mut text);
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
        quietly(|| on_stall(&stall));
    }
}
