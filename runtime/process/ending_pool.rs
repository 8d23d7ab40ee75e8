//! Waiting for a child's end where no descriptor tells of it: on the blocking pool, uncut.

use crate::scheduler::offload_fallible;
use std::io;
use std::process::{Child, ExitStatus};

/// How the end of a child is waited for.
#[derive(Debug)]
pub(super) struct Ending;

impl Ending {
    pub(super) fn new() -> Self {
        Self
    }

    /// Parks the task until `child` has ended; outside a task blocks the thread.
    pub(super) fn wait(&mut self, child: &mut Child) -> io::Result<ExitStatus> {
        match child.try_wait()? {
            Some(status) => Ok(status),
            None => offload_fallible(|| child.wait()),
        }
    }
}
