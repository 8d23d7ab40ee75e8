//! The thread that hands the stacks of tasks which are parked for long to the system.
//!
//! Most pages take the system some 10 us, but one may take 200, and what it does with a single page cannot be cut. So
//! no worker does it: `tidy.rs` puts the spans into a queue, and this thread advises the system, when nobody else
//! wants its processor. It may come late: the task may have been woken, even have finished, and another may be on its
//! stack by then. That costs a fault and is sound, for advice changes nothing that a program sees but time, and
//! arenas are never unmapped.
//!
//! A runtime that is built to have cold stacks has the thread, which ends with it.

use crate::sys::mem::{self, Span};
use crate::sys::thread;
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// From how many stacks on their way on no more are taken.
const MOST: usize = 1024;

/// See the module.
#[derive(Debug)]
pub(super) struct Pager(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    work: Condvar,
    /// How many stacks have been handed over.
    done: AtomicU64,
}

#[derive(Debug, Default)]
struct Queue {
    stacks: VecDeque<ColdStack>,
    closed: bool,
}

/// The spans of one task's stack.
pub(super) type ColdStack = Vec<Span>;

// SAFETY: addresses of arenas, which belong to the process; nothing is read or written through them.
unsafe impl Send for Queue {}

impl Pager {
    /// # Errors
    ///
    /// If the system has no thread for it.
    pub(super) fn start(name: &str) -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let served = Arc::clone(&shared);
        std::thread::Builder::new()
            .name(format!("{name}-pager"))
            .spawn(move || served.serve())?;
        Ok(Self(shared))
    }

    /// Whether more stacks can be taken now.
    pub(super) fn has_room(&self) -> bool {
        self.0.lock().stacks.len() < MOST
    }

    /// Has the pages of `stacks` handed to the system soon.
    pub(super) fn submit(&self, stacks: Vec<ColdStack>) {
        self.0.lock().stacks.extend(stacks);
        self.0.work.notify_one();
    }

    /// How many stacks have been handed over.
    pub(super) fn done(&self) -> u64 {
        // ORDERING: Relaxed, a count.
        self.0.done.load(Ordering::Relaxed)
    }
}

impl Drop for Pager {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.work.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // No code of others runs under the lock, so a poisoned one is still in order.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread's whole life.
    fn serve(&self) {
        thread::yield_to_all();
        let mut queue = self.lock();
        while !queue.closed {
            let Some(stack) = queue.stacks.pop_front() else {
                queue = (self.work.wait(queue)).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            drop(queue);
            stack.into_iter().for_each(mem::page_out);
            // ORDERING: Relaxed, a count.
            self.done.fetch_add(1, Ordering::Relaxed);
            queue = self.lock();
        }
    }
}
