//! Whether those who send a worker its events have to share its CPU, and are let in before the system does it.
//!
//! Where the other end of the connections runs on the same CPU, nothing comes in while the worker is busy: one of the
//! two runs, then the other, each for as long as the system has it (4 milliseconds at a tick of 250 a second), and what
//! one has made lies about until then. Who gives way sooner has everybody's answers pile up less, and the
//! slowest of them are those that profit.
//!
//! But to give way is to give up CPU time, and Linux holds it against a thread. A worker that did so beside a busy
//! process that sends nothing would only have less. So there has to be evidence, from before and after:
//!
//! - [`QUIET`] times in a row, a millisecond apart, the netpoller had nothing to tell while there was always a task to
//!   run. Whoever sends from another CPU, or over a network, does not wait for us to stop.
//! - Once the worker had given way there were [`MANY`] events at least. If events came at any time alike, so many in
//!   the few milliseconds that another thread is given would not have left out the two before.
//!
//! Without the latter it was in vain, and the worker gives way after twice as many looks the next time, up to
//! [`SELDOM`]: a second, of which it then gives up a few milliseconds at most.

use super::worker::Worker;
use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

/// How many looks in a row find nothing before a worker gives way.
pub(super) const QUIET: u32 = 2;
/// How many events show that it was right.
pub(super) const MANY: usize = 16;
/// As [`QUIET`], after it was in vain for ever.
pub(super) const SELDOM: u32 = 1_024;

/// See the module.
#[derive(Debug)]
pub(super) struct SharedCpu {
    /// How many looks in a row have found nothing.
    quiet: Cell<u32>,
    /// How many it takes.
    patience: Cell<u32>,
}

impl SharedCpu {
    pub(super) fn new() -> Self {
        Self {
            quiet: Cell::new(0),
            patience: Cell::new(QUIET),
        }
    }

    /// The worker has looked between two tasks and there were so many events: whether it is to give way.
    pub(super) fn looked(&self, events: usize) -> bool {
        let quiet = if events == 0 { self.quiet.get() + 1 } else { 0 };
        let is_due = quiet == self.patience.get();
        self.quiet.set(if is_due { 0 } else { quiet });
        is_due
    }

    /// It has given way, and then there were so many.
    pub(super) fn yielded(&self, events: usize) {
        self.patience.set(if events >= MANY {
            QUIET
        } else {
            (self.patience.get() * 2).min(SELDOM)
        });
    }
}

impl Worker {
    /// Looks what there is between two tasks, and lets those run who send it if they cannot do so meanwhile.
    pub(super) fn poll_between(&self) {
        if self.shared_cpu.looked(self.poll(Some(Duration::ZERO))) {
            thread::yield_now();
            self.shared_cpu.yielded(self.poll(Some(Duration::ZERO)));
        }
        self.polled.set(Instant::now());
    }
}
