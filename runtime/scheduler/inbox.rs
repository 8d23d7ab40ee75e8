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
//!
//! Who makes very many ready at once sends [`Bundle`]s: an exchange for a hundred tasks, whose headers, which are in no
//! cache, neither side has to touch for it. A bundle is memory, so there may be none: then it is letters again.

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
    /// All of these are to be queued (W2). Whoever has the letter owns it: see [`Bundle::open`].
    Many(NonNull<Bundle>),
}

const CALL: usize = 1;
const MANY: usize = 2;
const TAGS: usize = CALL | MANY;

/// How many tasks go into a bundle: it is a kibibyte.
const BUNDLED: usize = 126;

/// Tasks of one home that are to be queued there, in this order.
#[derive(Debug)]
pub(crate) struct Bundle {
    /// The next letter in an inbox.
    link: AtomicPtr<Header>,
    length: usize,
    tasks: [*mut Header; BUNDLED],
}

impl Bundle {
    /// An empty one; `None` if there is no memory for it.
    pub(crate) fn new() -> Option<Box<Self>> {
        let mut place = Vec::new();
        place.try_reserve_exact(1).ok()?;
        place.push(Self {
            link: AtomicPtr::new(ptr::null_mut()),
            length: 0,
            tasks: [ptr::null_mut(); BUNDLED],
        });
        let one = Box::into_raw(place.into_boxed_slice());
        // SAFETY: a slice of one is laid out, and was allocated, as that one is.
        Some(unsafe { Box::from_raw(one.cast()) })
    }

    /// Adds a task that is the caller's to queue; whether the bundle is full now, and to be sent.
    #[inline]
    pub(crate) fn add(&mut self, task: NonNull<Header>) -> bool {
        self.tasks[self.length] = task.as_ptr();
        self.length += 1;
        self.length == BUNDLED
    }

    /// What is in it, in the order in which it was added.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = NonNull<Header>> {
        let tasks = self.tasks[..self.length].iter();
        tasks.filter_map(|task| NonNull::new(*task))
    }

    /// The letter that brings it.
    pub(crate) fn seal(self: Box<Self>) -> Letter {
        Letter::Many(NonNull::from(Box::leak(self)))
    }

    /// The contents of a letter.
    ///
    /// # Safety
    ///
    /// The letter was made by `seal`, is the caller's, and is opened once.
    pub(crate) unsafe fn open(this: NonNull<Self>) -> Box<Self> {
        // SAFETY: leaked by `seal`, and nobody else has it (caller).
        unsafe { Box::from_raw(this.as_ptr()) }
    }
}

impl Letter {
    fn to_word(self) -> *mut Header {
        const { assert!(align_of::<Header>() > TAGS && align_of::<Bundle>() > TAGS) };
        match self {
            Letter::Ready(task) => task.as_ptr(),
            Letter::Call(task) => task.as_ptr().map_addr(|address| address | CALL),
            Letter::Many(bundle) => bundle
                .as_ptr()
                .cast::<Header>()
                .map_addr(|address| address | MANY),
        }
    }

    fn from_word(word: *mut Header) -> Option<Self> {
        let what = NonNull::new(word.map_addr(|address| address & !TAGS))?;
        Some(match word.addr() & TAGS {
            CALL => Letter::Call(what),
            MANY => Letter::Many(what.cast()),
            _ => Letter::Ready(what),
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
            // SAFETY: the letter's own until it is opened.
            Letter::Many(bundle) => unsafe { &(*bundle.as_ptr()).link },
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
