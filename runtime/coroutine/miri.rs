//! Contexts under Miri, which runs no assembly: each is an OS thread, and one at a time has the
//! baton.
//!
//! Stands in for `asm`, with its items and its contract (A1 to A5 there). What runs above the
//! switch is then checked by Miri as the very code that runs elsewhere, its raw pointers and its
//! frames included.
//!
//! A context owns a [`Baton`]: a place for one word, and a way to wait until one is put there.
//! `switch(from, to, arg)` puts `arg` into `to`'s, then waits at `from`'s. The mutex in between
//! orders the memory of the two, as the one thread does elsewhere. A prepared context gets its
//! thread at the first switch to it.
//!
//! | elsewhere                           | here                                                 |
//! |-------------------------------------|------------------------------------------------------|
//! | a task's stack is what it was given | the stack of its thread; the `Stack` is a token      |
//! | thread-locals are the worker's      | each context has its own: whoever needs them rebinds |
//! | an abandoned context is memory      | a thread that waits: `-Zmiri-ignore-leaks` there     |

use std::ops::Range;
use std::ptr;
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

/// As in `asm`: who goes on when a context is over, and with which word.
#[repr(C)]
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) to: *mut Context,
    pub(super) arg: usize,
}

/// As in `asm`: what a context begins with.
pub(super) type Entry = unsafe extern "C" fn(arg: usize, data: *mut ()) -> Transfer;

/// A context: how to begin it, if it has not run yet, and where its thread waits.
#[derive(Debug)]
pub(super) struct Context {
    /// Set by `prepare`, taken by the first switch to it.
    start: Option<(Entry, *mut ())>,
    /// Made when first needed, as `new` is const.
    baton: Option<Arc<Baton>>,
}

impl Context {
    /// The context of a stack that runs already.
    pub(super) const fn new() -> Self {
        Self {
            start: None,
            baton: None,
        }
    }

    /// Not known here.
    pub(super) fn suspended_at(&self) -> Option<*const u8> {
        None
    }
}

/// What continues a context.
#[derive(Debug)]
struct Arrival {
    arg: usize,
    /// The thread of the context that ended for this one. It is joined, so that its stack is free
    /// as it is elsewhere.
    ended: Option<JoinHandle<()>>,
}

impl Arrival {
    /// What the context gets.
    fn into_arg(self) -> usize {
        if let Some(thread) = self.ended {
            thread.join().expect("an entry does not unwind");
        }
        self.arg
    }
}

/// Where a suspended context waits for what continues it.
#[derive(Debug, Default)]
struct Baton {
    arrival: Mutex<Option<Arrival>>,
    changed: Condvar,
}

impl Baton {
    /// Lets the context go on.
    fn pass(&self, arrival: Arrival) {
        let mut slot = self.arrival.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(slot.is_none(), "a context is continued twice");
        *slot = Some(arrival);
        self.changed.notify_one();
    }

    /// Waits until the context may go on.
    fn wait(&self) -> usize {
        let slot = self.arrival.lock().unwrap_or_else(PoisonError::into_inner);
        let mut slot = self
            .changed
            .wait_while(slot, |slot| slot.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        let arrival = slot.take();
        drop(slot);
        arrival.expect("waited for it").into_arg()
    }
}

/// Prepares `context`: the first switch to it calls `entry(arg, data)`.
///
/// # Safety
///
/// As in `asm`; the two ends of the stack are not used.
pub(super) unsafe fn prepare(
    context: *mut Context,
    _base: *mut u8,
    _limit: *mut u8,
    entry: Entry,
    data: *mut (),
) {
    // SAFETY: `context` is the caller's to write until it switches to it (A1).
    unsafe {
        *context = Context {
            start: Some((entry, data)),
            baton: None,
        };
    }
}

/// A hint, of which Miri makes nothing.
///
/// # Safety
///
/// As in `asm`.
pub(super) unsafe fn prefetch(_context: *const Context, _lines: Range<isize>) {}

/// A hint, too.
pub(super) fn fetch(_address: usize) {}

/// The address down to which the running stack is used, about, by the frame of the function that this is in line in.
#[inline(always)]
pub(super) fn stack_pointer() -> usize {
    let here = 0u8;
    ptr::from_ref(&here).addr()
}

/// Saves the running context in `from` and continues `to`, which gets `arg`.
///
/// # Safety
///
/// As in `asm` (A1 to A3).
pub(super) unsafe fn switch(from: *mut Context, to: *mut Context, arg: usize) -> usize {
    // SAFETY: `from` runs, so its field is ours (A3).
    let baton = unsafe { (*from).baton.get_or_insert_default() }.clone();
    let arrival = Arrival { arg, ended: None };
    // SAFETY: `to` may be continued, by us alone (A1). From here on `from` may be continued too and
    // its memory is not touched again: the baton is our own handle.
    unsafe { resume(to, arrival) };
    baton.wait()
}

/// Calls `f(data)`, on the same stack: a thread has no other.
///
/// # Safety
///
/// As in `asm`.
pub(super) unsafe fn call_on(
    _current: *mut Context,
    _base: *mut u8,
    _limit: *mut u8,
    f: unsafe extern "C" fn(*mut ()),
    data: *mut (),
) {
    // SAFETY: `f` may be called with `data` (caller).
    unsafe { f(data) }
}

/// Continues `to`, on its own thread, which is started if it has not run yet.
///
/// # Safety
///
/// `to` may be continued, and by nobody else (A1).
unsafe fn resume(to: *mut Context, arrival: Arrival) {
    // SAFETY: `to` is suspended or prepared, and ours to continue, so nobody else looks at its
    // fields (caller).
    let (start, baton) = unsafe { ((*to).start.take(), (*to).baton.clone()) };
    match (start, baton) {
        (Some((entry, data)), _) => {
            let beginning = Beginning { entry, data };
            let (give, take) = mpsc::channel();
            let thread = thread::spawn(move || {
                let own = take.recv().expect("sent below");
                beginning.run(arrival, own);
            });
            give.send(thread).expect("the thread waits for it");
        }
        (None, Some(baton)) => baton.pass(arrival),
        (None, None) => panic!("the context to continue is neither prepared nor suspended"),
    }
}

/// What a context begins with, on its way to its thread.
struct Beginning {
    entry: Entry,
    data: *mut (),
}

// SAFETY: the data goes where its context goes. Elsewhere that is one thread; here the batons see
// to it that only one of them runs at a time, and order their memory.
unsafe impl Send for Beginning {}

impl Beginning {
    /// The whole life of a context, on its thread, whose handle is `own`.
    fn run(self, arrival: Arrival, own: JoinHandle<()>) {
        // SAFETY: `entry` may be called with `data`, once (caller of `prepare`); whom it names may
        // be continued by us alone (A1).
        unsafe {
            let Transfer { to, arg } = (self.entry)(arrival.into_arg(), self.data);
            let ended = Some(own);
            resume(to, Arrival { arg, ended });
        }
    }
}
