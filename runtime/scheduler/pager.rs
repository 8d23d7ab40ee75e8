//! The thread that hands the stacks of tasks which are parked for long to the system.
//!
//! Most pages take the system some 10 us, but one may take 200, and what it does with a single page cannot be cut. So
//! no worker does it: `tidy.rs` puts the spans into a queue, and this thread advises the system, when nobody else
//! wants its processor. It may come late: the task may have been woken, even have finished, and another may be on its
//! stack by then. That costs a fault and is sound, for advice changes nothing that a program sees but time, and
//! arenas are never unmapped.
//!
//! As it gives way to all others it may be kept from its processor anywhere, for long. So no worker ever waits for it:
//! there is no lock between them, and nothing that one allocates and the other frees.
//!
//! A runtime that is built to have cold stacks has the thread, which ends with it.

use crate::sys::mem::{self, Span};
use crate::sys::thread;
use crossbeam_queue::ArrayQueue;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::Thread;

/// How many spans may be on their way.
const MOST: usize = 1024;
/// From how many on no further stack is begun. So the queue is never quite full, in which case a worker might have to
/// wait for the thread to get done with the one that it is at; but for stacks of very many segments.
const MANY: usize = MOST - 64;

/// See the module.
#[derive(Debug)]
pub(super) struct Pager {
    shared: Arc<Shared>,
    thread: Thread,
}

#[derive(Debug)]
struct Shared {
    queue: ArrayQueue<Piece>,
    /// How many stacks have been handed over.
    done: AtomicU64,
    closed: AtomicBool,
}

/// A span of a stack.
#[derive(Debug)]
struct Piece {
    span: Span,
    /// It stands for the stack.
    counts: bool,
}

// SAFETY: addresses of arenas, which belong to the process; nothing is read or written through them.
unsafe impl Send for Piece {}

impl Pager {
    /// # Errors
    ///
    /// If the system has no thread for it.
    pub(super) fn start(name: &str) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            queue: ArrayQueue::new(MOST),
            done: AtomicU64::new(0),
            closed: AtomicBool::new(false),
        });
        let served = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name(format!("{name}-pager"))
            .spawn(move || served.serve())?;
        let thread = thread.thread().clone();
        Ok(Self { shared, thread })
    }

    /// Whether a further stack may be submitted.
    pub(super) fn has_room(&self) -> bool {
        self.shared.queue.len() < MANY
    }

    /// Has the pages of a stack handed to the system soon after the next [`wake`](Self::wake): those in `innermost`,
    /// and those in the `outer` segments as far as there is room for them. False if there is none at all.
    pub(super) fn submit(&self, innermost: Span, mut outer: impl Iterator<Item = Span>) -> bool {
        let push = |span, counts| self.shared.queue.push(Piece { span, counts }).is_ok();
        push(innermost, true) && {
            outer.all(|span| push(span, false));
            true
        }
    }

    /// Has the thread begin, if there is something to do.
    pub(super) fn wake(&self) {
        if !self.shared.queue.is_empty() {
            self.thread.unpark();
        }
    }

    /// How many stacks have been handed over.
    pub(super) fn done(&self) -> u64 {
        // ORDERING: Relaxed, a count.
        self.shared.done.load(Ordering::Relaxed)
    }
}

impl Drop for Pager {
    fn drop(&mut self) {
        // ORDERING: Relaxed, the unpark orders it.
        self.shared.closed.store(true, Ordering::Relaxed);
        self.thread.unpark();
    }
}

impl Shared {
    /// The thread's whole life.
    fn serve(&self) {
        thread::yield_to_all();
        // ORDERING: Relaxed, as in `drop`: what comes late is seen in the next turn.
        while !self.closed.load(Ordering::Relaxed) {
            let Some(Piece { span, counts }) = self.queue.pop() else {
                // Whoever has put something in afterwards has unparked it, or will.
                std::thread::park();
                continue;
            };
            mem::page_out(span);
            if counts {
                // ORDERING: Relaxed, a count.
                self.done.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}
