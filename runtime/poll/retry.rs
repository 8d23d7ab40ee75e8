//! Waiting for what no poller reports: by trying again.
//!
//! Two things of unix sockets: room in the queue of a listener that somebody connects to, and room in that of
//! another socket to which a message is sent without being connected. A thread can block in either, and the
//! system wakes it; but a call that does not block is told `EAGAIN`, and no event follows.
//!
//! Doing such calls on the blocking pool was rejected: they end when a stranger pleases, and nothing can cut them.

use crate::scheduler::{self, park};
use crate::sys::socket as sys;
use crate::task::{Accepts, Wake};
use std::io;
use std::time::{Duration, Instant};

/// The first wait between two attempts, and the longest.
const SHORTEST: Duration = Duration::from_micros(50);
const LONGEST: Duration = Duration::from_millis(10);

/// Makes `attempt` until it does not say `WouldBlock`, for `timeout` at most: then that is the answer.
pub(crate) fn retrying<T>(
    timeout: Option<Duration>,
    mut attempt: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    scheduler::check_cancelled()?;
    let begin = Instant::now();
    let mut pause = SHORTEST;
    loop {
        match attempt() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            other => {
                // There may always be room: then this is the only place at which others get their turn.
                scheduler::running().inspect(|running| running.spend_budget());
                return other;
            }
        }
        if timeout.is_some_and(|timeout| begin.elapsed() >= timeout) {
            return Err(sys::would_block());
        }
        self::pause(pause)?;
        pause = (pause * 2).min(LONGEST);
    }
}

/// Parks the task, or blocks the thread, for `duration`. Fails when the context ends first.
pub(crate) fn pause(duration: Duration) -> io::Result<()> {
    let waiter = park::waiter();
    let deadline = Instant::now().checked_add(duration);
    match park::wait(&waiter, deadline, Accepts::Cancel) {
        Wake::Cancelled => Err(scheduler::cancelled().into()),
        _ => Ok(()),
    }
}
