//! Waiting for a child's end: a `pidfd`, which is readable from then on.

use crate::netpoll::{Direction, Outcome};
use crate::poll::{Limit, Pollable};
use crate::scheduler::offload_fallible;
use crate::sys::process as sys;
use std::io;
use std::os::fd::OwnedFd;
use std::process::{Child, ExitStatus};

/// How the end of a child is waited for; made by the first wait.
#[derive(Debug)]
pub(super) struct Ending(Option<Pollable<OwnedFd>>);

impl Ending {
    pub(super) fn new() -> Self {
        Self(None)
    }

    /// Parks the task until `child`, which is this one's, has ended; outside a task blocks the thread.
    pub(super) fn wait(&mut self, child: &mut Child) -> io::Result<ExitStatus> {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if self.0.is_none() {
            // The child has not been waited for, so its number is still its own.
            match sys::pidfd_open(child.id()) {
                Ok(pidfd) => self.0 = Some(Pollable::new(pidfd)),
                // An older system, or too many open files.
                Err(_) => return offload_fallible(|| child.wait()),
            }
        }
        let pidfd = self.0.as_ref().expect("opened above");
        let forever = Limit::Deadline(None);
        pidfd.io_until(forever, Direction::Read, |_| match child.try_wait()? {
            Some(value) => Ok(Outcome {
                value,
                short: false,
            }),
            None => Err(io::ErrorKind::WouldBlock.into()),
        })
    }
}
