//! A worker's root: what its thread does beside running tasks.
//!
//! A worker of a [`Runtime`](super::Runtime) is set up, works until the runtime is over, and retires, each once. One
//! of a [`LocalRuntime`](super::LocalRuntime) works now and then.

use super::worker::Worker;
use super::{current, park};
use crate::netpoll;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::Ordering;

impl Worker {
    /// The thread is the worker's from now on.
    pub(super) fn set_up(&self) {
        let remote = self.remote();
        // ORDERING: Relaxed, read back by contexts of this thread only.
        remote
            .local
            .store(ptr::from_ref(self).cast_mut(), Ordering::Relaxed);
        remote.inquiries.open();
    }

    /// Runs tasks until the runtime is over, or the root finds that it `is_done`.
    pub(super) fn work(&self, is_done: impl Fn() -> bool) {
        current::bind(self);
        if catch_unwind(AssertUnwindSafe(|| self.run_root(is_done))).is_err() {
            // Of teem's making: code of others is called quietly there. Its tasks have no worker now, and what is left
            // of them and of this thread still points to it.
            eprintln!("teem: a worker has panicked");
            std::process::abort();
        }
        self.recalled.set(false);
        current::unbind();
    }

    fn run_root(&self, is_done: impl Fn() -> bool) {
        let remote = self.remote();
        loop {
            if remote.inquiries.any() {
                self.answer();
            } else if is_done() {
                break;
            } else if let Some(task) = self.pick() {
                self.rest.set(0);
                // SAFETY: `pick` yields tasks that are alive.
                self.switch(self.root.as_ptr(), unsafe { task.as_ref() }.coroutine());
            } else if self.core.end_if_quiescent() {
                break;
            } else {
                self.idle();
            }
        }
    }

    /// Has the tasks let the root run, now and whenever they look up, until [`work`](Self::work) ends.
    pub(super) fn recall(&self) {
        self.recalled.set(true);
        self.remote().ask_attention();
    }

    /// The runtime is over.
    pub(super) fn retire(&self) {
        let remote = self.remote();
        remote.inquiries.close(self.index);
        self.lay_spare_aside();
        netpoll::retire(&remote.poller, park::schedule);
    }
}
