//! The inbox of a worker: tasks that other threads have made ready, or interrupted.
//!
//! A stack of intrusive links that anybody may push onto and whose owner takes everything at once
//! (R. K. Treiber, "Systems programming: coping with parallelism", 1986). Taking all and reversing
//! gives first in, first out; and as no single node is ever popped there is no ABA. A push is one
//! exchange and allocates nothing, which a queue of blocks would: a task that is being woken must
//! not fail for want of memory.
//!
//! A task may lie in here twice: ready, and called. So it has two links, and the lowest bit of a pointer tells which of
//! them goes on from there.

use crate::sync_facade::atomic::{AtomicPtr, Ordering};
use crate::task::Header;
use std::ptr::{self, NonNull};

/// What lies in an inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Letter {
    /// This task is to be queued (W2).
    Ready(NonNull<Header>),
    /// An interrupt of this task is to be answered (`task/interrupt.rs`).
    Call(NonNull<Header>),
}

const CALL: usize = 1;

impl Letter {
    fn to_word(self) -> *mut Header {
        const { assert!(align_of::<Header>() > CALL) };
        match self {
            Letter::Ready(task) => task.as_ptr(),
            Letter::Call(task) => task.as_ptr().map_addr(|address| address | CALL),
        }
    }

    fn from_word(word: *mut Header) -> Option<Self> {
        let task = NonNull::new(word.map_addr(|address| address & !CALL))?;
        Some(if word.addr() & CALL == 0 {
            Letter::Ready(task)
        } else {
            Letter::Call(task)
        })
    }

    /// # Safety
    ///
    /// It is the caller's to push, or lies in an inbox that is the caller's: so the task is alive (H3, I3).
    unsafe fn link<'a>(self) -> &'a AtomicPtr<Header> {
        match self {
            // SAFETY: alive (caller).
            Letter::Ready(task) => unsafe { &(*task.as_ptr()).queue_link },
            // SAFETY: as above.
            Letter::Call(task) => unsafe { &(*task.as_ptr()).ambient.interrupt.call_link },
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Inbox {
    newest: AtomicPtr<Header>,
}

impl Inbox {
    pub(crate) fn new() -> Self {
        Self {
            newest: AtomicPtr::new(ptr::null_mut()),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        // ORDERING: Acquire. The owner rechecks with this after its SeqCst fence (`idle.rs`), and
        // a letter it sees here it will take.
        self.newest.load(Ordering::Acquire).is_null()
    }

    /// Hands `letter` to the owner.
    ///
    /// # Safety
    ///
    /// The task is in no queue, and the caller is who must put it into one (W2, H3); or the caller owes its home the
    /// call (I3).
    pub(crate) unsafe fn push(&self, letter: Letter) {
        // ORDERING: Relaxed, the exchange decides.
        let mut newest = self.newest.load(Ordering::Relaxed);
        loop {
            // SAFETY: ours to push (caller).
            let link = unsafe { letter.link() };
            // ORDERING: Relaxed, published by the exchange.
            link.store(newest, Ordering::Relaxed);
            // ORDERING: Release publishes the link and the task; pairs with `take`.
            match self.newest.compare_exchange_weak(
                newest,
                letter.to_word(),
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(now) => newest = now,
            }
        }
    }

    /// Takes everything, oldest first. Only the owner calls it.
    pub(crate) fn take(&self) -> Batch {
        // ORDERING: Acquire, pairs with every push that the swap takes over.
        let mut from = self.newest.swap(ptr::null_mut(), Ordering::Acquire);
        let mut oldest = ptr::null_mut();
        while let Some(letter) = Letter::from_word(from) {
            // SAFETY: the swap has made these links ours (H3, I3).
            let link = unsafe { letter.link() };
            // ORDERING: Relaxed, nobody else follows the links now.
            from = link.load(Ordering::Relaxed);
            link.store(oldest, Ordering::Relaxed);
            oldest = letter.to_word();
        }
        Batch { oldest }
    }
}

/// What one [`Inbox::take`] got. Each letter that it yields is the caller's to deal with.
#[derive(Debug)]
pub(crate) struct Batch {
    oldest: *mut Header,
}

impl Iterator for Batch {
    type Item = Letter;

    fn next(&mut self) -> Option<Letter> {
        let letter = Letter::from_word(self.oldest)?;
        // SAFETY: not yielded yet, so the link is still ours (H3, I3).
        // ORDERING: Relaxed, the batch is this thread's own.
        self.oldest = unsafe { letter.link().load(Ordering::Relaxed) };
        Some(letter)
    }
}
