//! What the netpoller knows of one open file: in which directions it is worth trying, who waits.
//!
//! # The words of a direction
//!
//! | word      | meaning                                                      | written by              |
//! | --------- | ------------------------------------------------------------ | ----------------------- |
//! | `word`    | bit 0 `STICKY`, from bit 2 the number of events (the *tick*) | `raise`, under the lock |
//! | `drained` | the `word` up to which an operation has found nothing left   | `attempt`, without      |
//!
//! A direction is *ready* when the two differ. A new descriptor is ready: nobody has looked yet.
//!
//! `STICKY` says that an end, an error or urgent data stands somewhere in the stream. It comes with
//! an event and stays until the descriptor is recycled. A short read proves that nothing is left
//! only while it is not set: with it, only an operation that would block proves that.
//!
//! # Why no event is lost
//!
//! Waiting is: observe the word (1), try the operation (2), store what was observed in (1) in
//! `drained` if (2) found nothing left (3), then, under the lock, compare again and link the waiter
//! (4). Delivering is: under the lock, move the tick and take out one waiter. For something that
//! arrives in the kernel at any moment:
//!
//! - **D1** before (2): the operation finds it.
//! - **D2** after (2), its event delivered before (4): the tick has moved past what (1) observed,
//!   so (4) sees a difference and the operation is tried again. It does not matter how late the
//!   store (3) is, nor that of another task that observed an even older word: an old value in
//!   `drained` can only make the direction ready once more, for nothing.
//! - **D3** after (2), its event delivered after (4): the waiter is in the list and is taken out.
//! - **D4** before the descriptor was registered: registering happens inside (4), under the lock,
//!   and queues an event for what is there at that moment, which is delivered after (4): D3.
//! - **D5** the event takes out a waiter that a deadline or a cancellation has claimed: `deliver`
//!   goes on to the next one. A waiter that was claimed does try the operation.
//! - **D6** one event, several things (connections) and several waiters: who is woken and leaves
//!   something behind passes the readiness on to the next waiter, in `attempt`. One waiter an event
//!   and no stampede.
//! - **D7** the end of a stream behind data: if its event comes with that of the data or before the
//!   read, the bit is set and the short read does not count; if after, D2.
//!
//! # Room of which no event tells
//!
//! That no event is lost is enough for reading: there is one for each byte that arrives. The system finds room worth an
//! event from a size on, a third of a TCP socket's buffer, three quarters of a unix socket's. What is free below that
//! would stay unused after a wait that has ended without an event (a timeout, a cancellation), after a write that does
//! not wait, and after `poll::writable`, which asks for room that is worth an event. So:
//!
//! - **D8** an operation that begins (`Try::First`) in the direction of writing asks the system, drained or not. Who
//!   then waits does so for the event, as the system's own calls that block do.
//!
//! The load in (1) is an acquire so that it is made before (2). (3) follows from the result of (2)
//! and can hardly be made before it.
//!
//! The lock orders `raise` with (4). A tick has 62 bits and does not wrap.

use crate::sync_facade::Lock;
use crate::sync_facade::atomic::{AtomicBool, AtomicU32, Ordering};
use crate::sys::Event;
use crate::task::{Claim, Header, WaitList, Waiter, Wake};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::time::Duration;

use super::Poller;
use super::readiness::{Direction, Outcome, Readiness, STICKY, TICK, Try};

/// Where a descriptor is registered, and under which number.
#[derive(Debug)]
pub(super) struct Registration {
    poller: Arc<Poller>,
    fd: RawFd,
}

#[derive(Debug)]
struct Shared {
    readers: WaitList,
    writers: WaitList,
    registration: Option<Registration>,
    /// From bit 2 the events so far, of both directions; bit 0 and 1: reading and writing is
    /// sticky. What the words are made of: kept here so that nobody has to load one to store it.
    history: u64,
}

impl Shared {
    fn list(&mut self, direction: Direction) -> &mut WaitList {
        match direction {
            Direction::Read => &mut self.readers,
            Direction::Write => &mut self.writers,
        }
    }

    /// Counts an event; the new word of its direction.
    fn count(&mut self, direction: Direction, sticky: bool) -> u64 {
        let shift = direction as u32;
        self.history += TICK;
        self.history |= u64::from(sticky) << shift;
        self.history & !(TICK - 1) | self.history >> shift & STICKY
    }
}

/// See the module. All who share one open file share its descriptor.
///
/// The first cache line is what operations read, the second what waiting and events need.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Descriptor {
    read: Readiness,
    write: Readiness,
    pub(super) references: AtomicU32,
    nonblocking: AtomicBool,
    closed: AtomicBool,
    /// It is that of a socket of ours, see `files.rs`.
    ours: AtomicBool,
    shared: Lock<Shared>,
}

#[cfg(all(target_pointer_width = "64", not(loom)))]
const _: () = assert!(size_of::<Descriptor>() == 128);

impl Descriptor {
    /// Descriptors that are registered live in the slab, for ever.
    pub(super) fn new() -> Self {
        Self {
            read: Readiness::new(),
            write: Readiness::new(),
            references: AtomicU32::new(0),
            nonblocking: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            ours: AtomicBool::new(false),
            shared: Lock::new(Shared {
                readers: WaitList::new(),
                writers: WaitList::new(),
                registration: None,
                history: TICK,
            }),
        }
    }

    fn readiness(&self, direction: Direction) -> &Readiness {
        match direction {
            Direction::Read => &self.read,
            Direction::Write => &self.write,
        }
    }

    /// Tries `operation`, for the reason `why`. `None`: it would block, or is known to, as a write that begins never is
    /// (D8); `enlist` a waiter and try again after an event, then as `Woken`.
    ///
    /// `ready` gets a task that must be scheduled.
    #[inline]
    pub(crate) fn attempt<T>(
        &self,
        direction: Direction,
        why: Try,
        operation: impl FnOnce() -> io::Result<Outcome<T>>,
        ready: impl FnOnce(NonNull<Header>),
    ) -> Option<io::Result<T>> {
        let readiness = self.readiness(direction);
        let (seen, is_ready) = readiness.look();
        // In this order: `why` and `direction` are looked at only where it is not ready.
        if !is_ready && !asks_anyway(direction, why) {
            return None;
        }
        let result = match operation() {
            Ok(Outcome { value, short: true }) if seen & STICKY == 0 => {
                readiness.drain(seen);
                return Some(Ok(value));
            }
            Ok(Outcome { value, .. }) => Ok(value),
            Err(error) if would_block(&error) => {
                readiness.drain(seen);
                return None;
            }
            Err(error) => Err(error),
        };
        if why == Try::Woken {
            self.pass_on(direction).map(ready);
        }
        Some(result)
    }

    /// Something is left for the next waiter, if there is one (D6).
    #[cold]
    #[inline(never)]
    pub(super) fn pass_on(&self, direction: Direction) -> Option<NonNull<Header>> {
        let mut shared = self.shared.lock();
        self.readiness(direction).observe()?;
        claim_first(shared.list(direction)).flatten()
    }

    /// Links `waiter`, registering the file with `poller` if it is not registered anywhere. False,
    /// and nothing done, when the operation is worth another attempt instead.
    ///
    /// # Safety
    ///
    /// The waiter is in no list and stays where it is until it was claimed by `Wake::Event` or
    /// [`withdraw`](Self::withdraw)n. This descriptor lies in the slab.
    #[inline]
    pub(crate) unsafe fn enlist(
        &self,
        direction: Direction,
        waiter: &Waiter,
        fd: BorrowedFd<'_>,
        poller: &Arc<Poller>,
    ) -> io::Result<bool> {
        // SAFETY: passed on.
        match unsafe { self.enlist_registered(direction, waiter) } {
            Some(enlisted) => Ok(enlisted),
            // SAFETY: passed on.
            None => unsafe { self.enlist_first(direction, waiter, fd, poller) },
        }
    }

    /// [`enlist`](Self::enlist) where the file is registered; `None` where it is not. A call of its own, and the first
    /// time another: this one is made for every wait, with little to save and to return.
    ///
    /// # Safety
    ///
    /// As there.
    #[inline(never)]
    unsafe fn enlist_registered(&self, direction: Direction, waiter: &Waiter) -> Option<bool> {
        let mut shared = self.shared.lock();
        shared.registration.as_ref()?;
        // SAFETY: passed on.
        Some(unsafe { self.link(&mut shared, direction, waiter) })
    }

    /// [`enlist`](Self::enlist) where the file may have to be registered.
    ///
    /// # Safety
    ///
    /// As there.
    #[cold]
    #[inline(never)]
    unsafe fn enlist_first(
        &self,
        direction: Direction,
        waiter: &Waiter,
        fd: BorrowedFd<'_>,
        poller: &Arc<Poller>,
    ) -> io::Result<bool> {
        let token = ptr::from_ref(self).expose_provenance();
        let register = || {
            poller.register(fd, token)?;
            Ok(Some(Registration {
                poller: Arc::clone(poller),
                fd: fd.as_raw_fd(),
            }))
        };
        // SAFETY: passed on.
        unsafe { self.enlist_with(direction, waiter, register) }
    }

    /// Moves a registration that was made by this `fd` with another poller to this one: whoever waits hears of
    /// events through it.
    pub(super) fn move_to(&self, fd: BorrowedFd<'_>, poller: &Arc<Poller>) {
        let mut shared = self.shared.lock();
        let elsewhere = shared.registration.as_ref().is_some_and(|registration| {
            registration.fd == fd.as_raw_fd() && !Arc::ptr_eq(&registration.poller, poller)
        });
        // If that fails it goes on where it is, with every event through another worker.
        if elsewhere
            && poller
                .register(fd, ptr::from_ref(self).expose_provenance())
                .is_ok()
        {
            let here = Registration {
                poller: Arc::clone(poller),
                fd: fd.as_raw_fd(),
            };
            // What happens from here on both report, or the new one alone (D4).
            if let Some(before) = shared.registration.replace(here) {
                // A failure leaves a registration behind whose events are spurious.
                let _ = before.poller.deregister(fd);
            }
        }
    }

    /// [`enlist`](Self::enlist) with any way of registering.
    ///
    /// # Safety
    ///
    /// As there.
    pub(super) unsafe fn enlist_with(
        &self,
        direction: Direction,
        waiter: &Waiter,
        register: impl FnOnce() -> io::Result<Option<Registration>>,
    ) -> io::Result<bool> {
        let mut shared = self.shared.lock();
        if shared.registration.is_none() && self.readiness(direction).observe().is_none() {
            shared.registration = register()?;
        }
        // SAFETY: passed on.
        Ok(unsafe { self.link(&mut shared, direction, waiter) })
    }

    /// Links `waiter` unless the direction is ready (4).
    ///
    /// # Safety
    ///
    /// As for [`enlist`](Self::enlist).
    #[inline]
    unsafe fn link(&self, shared: &mut Shared, direction: Direction, waiter: &Waiter) -> bool {
        let is_drained = self.readiness(direction).observe().is_none();
        if is_drained {
            // SAFETY: passed on; whoever unlinks it does so under the lock that is held.
            unsafe { shared.list(direction).push_back(waiter) };
        }
        is_drained
    }

    /// Takes back a waiter that something else than an event has claimed.
    ///
    /// # Safety
    ///
    /// The waiter is alive and was enlisted here, in this direction.
    pub(crate) unsafe fn withdraw(&self, direction: Direction, waiter: &Waiter) {
        // SAFETY: passed on. If an event has taken it out, it has gone on to the next one (D5).
        unsafe { self.shared.lock().list(direction).remove(waiter) };
    }

    /// # Safety
    ///
    /// `token` was registered by `enlist`.
    pub(super) unsafe fn from_token(token: usize) -> &'static Self {
        // SAFETY: `enlist` exposed the address of a descriptor in the slab, which never frees one.
        // It may have a new owner by now, for whom the event is a spurious one.
        unsafe { &*ptr::with_exposed_provenance(token) }
    }

    /// Takes in an event; `ready` gets the tasks, at most two, that must be scheduled.
    pub(super) fn deliver(&self, event: &Event, ready: &mut impl FnMut(NonNull<Header>)) {
        let mut shared = self.shared.lock();
        let mut reader = None;
        if event.readable {
            self.raise(&mut shared, Direction::Read, event.read_sticky);
            reader = claim_first(&mut shared.readers).flatten();
        }
        let mut writer = None;
        if event.writable {
            self.raise(&mut shared, Direction::Write, event.write_sticky);
            writer = claim_first(&mut shared.writers).flatten();
        }
        drop(shared);
        reader.into_iter().chain(writer).for_each(ready);
    }

    /// The file's descriptor `fd` is about to be closed or given away while others still use the
    /// file. If the registration was made with it, one of those must make a new one.
    pub(crate) fn release(&self, fd: BorrowedFd<'_>, mut ready: impl FnMut(NonNull<Header>)) {
        let registration = self
            .shared
            .lock()
            .registration
            .take_if(|registration| registration.fd == fd.as_raw_fd());
        let Some(registration) = registration else {
            return;
        };
        // A failure leaves a registration behind whose events are spurious.
        let _ = registration.poller.deregister(fd);
        self.wake_all(&mut ready);
    }

    /// Forgets a registration with `poller`, which is about to end.
    pub(super) fn abandon(&self, poller: &Arc<Poller>, ready: &mut impl FnMut(NonNull<Header>)) {
        let registration = self
            .shared
            .lock()
            .registration
            .take_if(|registration| Arc::ptr_eq(&registration.poller, poller));
        if registration.is_some() {
            self.wake_all(ready);
        }
    }

    /// Ends the use of the file for all who share it. Whoever waits is passed to `ready`, tries again and has to ask
    /// [`is_closed`](Self::is_closed) then.
    pub(crate) fn close(&self, mut ready: impl FnMut(NonNull<Header>)) {
        // ORDERING: Relaxed, the words that `wake_all` raises publish it: a task that observes a raised word sees
        // this, and one that has not finds the word raised when it enlists.
        self.closed.store(true, Ordering::Relaxed);
        self.wake_all(&mut ready);
    }

    pub(crate) fn is_closed(&self) -> bool {
        // ORDERING: Relaxed, see `close`.
        self.closed.load(Ordering::Relaxed)
    }

    /// Whether it is that of a socket of ours. That does not change while anybody uses it.
    pub(super) fn is_ours(&self) -> bool {
        // ORDERING: Relaxed, whoever has found it in the table has taken the lock under which it was entered.
        self.ours.load(Ordering::Relaxed)
    }

    pub(super) fn make_ours(&self) {
        // ORDERING: Relaxed, see `is_ours`.
        self.ours.store(true, Ordering::Relaxed);
    }

    /// A new event, or reason to try again.
    fn raise(&self, shared: &mut Shared, direction: Direction, sticky: bool) {
        let word = shared.count(direction, sticky);
        self.readiness(direction).raise(word);
    }

    /// Has everybody who waits try again: something has happened of which no event tells.
    pub(crate) fn wake_all(&self, ready: &mut impl FnMut(NonNull<Header>)) {
        for direction in [Direction::Read, Direction::Write] {
            let mut shared = self.shared.lock();
            self.raise(&mut shared, direction, false);
            while let Some(claimed) = claim_first(shared.list(direction)) {
                drop(shared);
                claimed.map(&mut *ready);
                shared = self.shared.lock();
            }
        }
    }

    /// Prepares the descriptor for its next owner. Its events may still be under way.
    pub(super) fn recycle(&self) {
        let mut shared = self.shared.lock();
        debug_assert!(shared.readers.is_empty() && shared.writers.is_empty());
        shared.history &= !(TICK - 1);
        for direction in [Direction::Read, Direction::Write] {
            self.raise(&mut shared, direction, false);
            self.set_timeout(direction, None);
        }
        self.set_nonblocking(false);
        // ORDERING: Relaxed, for both: the slab's lock hands the descriptor over.
        self.closed.store(false, Ordering::Relaxed);
        self.ours.store(false, Ordering::Relaxed);
        let registration = shared.registration.take();
        // Not under the lock: it may be the last reference to a poller.
        drop(shared);
        drop(registration);
    }

    /// How long one wait in this direction may take.
    pub(crate) fn timeout(&self, direction: Direction) -> Option<Duration> {
        self.readiness(direction).timeout()
    }

    pub(crate) fn set_timeout(&self, direction: Direction, timeout: Option<Duration>) {
        self.readiness(direction).set_timeout(timeout);
    }

    /// Whether operations that would block fail instead of waiting.
    pub(crate) fn is_nonblocking(&self) -> bool {
        // ORDERING: Relaxed, a setting on its own.
        self.nonblocking.load(Ordering::Relaxed)
    }

    pub(crate) fn set_nonblocking(&self, nonblocking: bool) {
        // ORDERING: Relaxed, a setting on its own.
        self.nonblocking.store(nonblocking, Ordering::Relaxed);
    }
}

/// Whether an operation is tried although an earlier one has found nothing left.
#[inline]
fn asks_anyway(direction: Direction, why: Try) -> bool {
    match why {
        Try::First => direction == Direction::Write,
        Try::Woken => false,
        Try::Anyway => true,
    }
}

/// Out of line: what kind an error is takes a long look.
#[cold]
#[inline(never)]
fn would_block(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

/// Claims the first waiter that can be claimed. `None`: there is none. `Some(None)`: it needs no
/// scheduling. The caller holds the lock of the list.
fn claim_first(list: &mut WaitList) -> Option<Option<NonNull<Header>>> {
    while let Some(waiter) = list.pop_front() {
        // SAFETY: its owner does not let it go before it has unlinked it under the lock that the
        // caller holds, or seen this claim (W3). The task is passed up to be scheduled (W2).
        match unsafe { Waiter::claim(waiter, Wake::Event) } {
            Claim::Lost => {}
            Claim::Won => return Some(None),
            Claim::Schedule(task) => return Some(Some(task)),
            Claim::Call(_) | Claim::Wake(_) => {
                unreachable!("no future waits for a descriptor, and a waiter is claimed directly")
            }
        }
    }
    None
}
