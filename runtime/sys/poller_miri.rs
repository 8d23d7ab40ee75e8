//! The poller under Miri: a condition variable. There are no descriptors to poll there, only
//! deadlines and wakes, and those are what the scheduler's tests need.

use super::Event;
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Nothing is read here.
pub(crate) const SHORT_READ_DRAINS: bool = false;

/// See the contract in `sys/mod.rs`.
#[derive(Debug)]
pub(crate) struct Poller {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Poller {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            woken: Mutex::new(false),
            changed: Condvar::new(),
        })
    }

    pub(crate) fn register(&self, _fd: BorrowedFd<'_>, _token: usize) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn deregister(&self, _fd: BorrowedFd<'_>) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn wait(&self, _events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
        let woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        let mut woken = match timeout {
            None => self
                .changed
                .wait_while(woken, |woken| !*woken)
                .unwrap_or_else(PoisonError::into_inner),
            Some(timeout) => {
                self.changed
                    .wait_timeout_while(woken, timeout, |woken| !*woken)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
        };
        *woken = false;
        Ok(())
    }

    pub(crate) fn wake(&self) {
        *self.woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_one();
    }
}

/// Always empty.
#[derive(Debug)]
pub(crate) struct Events;

impl Events {
    pub(crate) fn new() -> Self {
        Self
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Event> {
        std::iter::empty()
    }
}
