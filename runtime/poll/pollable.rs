//! What sockets, pipes and their like are made of: std's type, kept non-blocking, and its poll descriptor.
//!
//! std's type answers for the options, the addresses and `Debug`, and closes the file. The
//! operations that may wait go through [`Pollable::io`], and the file's mode is our business: what
//! the user sets by `set_nonblocking` is a flag of the descriptor, and becomes the file's mode again
//! when the file is given away.
//!
//! Timeouts, that flag and the readiness belong to the open file in std's world, where clones share
//! them. So clones share the descriptor here.

use crate::netpoll::{Descriptor, DescriptorRef, Direction, Outcome, Poller, Try, files};
use crate::scheduler::{self, Running, park};
use crate::sys::{file, socket as sys};
use crate::task::{Accepts, Header, Waiter, Wake};
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::ptr::NonNull;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// When the waits of a call end at the latest, and what that is called.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// The direction's timeout, counted from the first wait of a call. Reported as the system does.
    Timeout,
    /// A moment, or never. Reported as `TimedOut`.
    Deadline(Option<Instant>),
}

/// The waits of one call.
#[derive(Debug)]
struct Waits<'a> {
    descriptor: &'a Descriptor,
    direction: Direction,
    limit: Limit,
    /// Settled by the first wait: a call that does not wait never asks the clock.
    deadline: Option<Option<Instant>>,
    /// For what reason the operation is tried next. After an event the readiness is ours to use up or to pass on; after
    /// the deadline one more try is due, for what came before it is not late because this worker was held up and has
    /// not heard of it yet.
    next: Try,
}

impl<'a> Waits<'a> {
    fn new(descriptor: &'a Descriptor, direction: Direction, limit: Limit) -> Self {
        Self {
            descriptor,
            direction,
            limit,
            deadline: None,
            next: match descriptor.is_nonblocking() {
                true => Try::Anyway,
                false => Try::First,
            },
        }
    }

    fn deadline(&mut self) -> Option<Instant> {
        *self.deadline.get_or_insert_with(|| match self.limit {
            Limit::Deadline(deadline) => deadline,
            Limit::Timeout => {
                let timeout = self.descriptor.timeout(self.direction)?;
                Instant::now().checked_add(timeout)
            }
        })
    }

    /// The operation would block, and is not tried again. Out of line: what an error is made of is not for a frame that
    /// waits.
    #[cold]
    #[inline(never)]
    fn too_late(&self) -> io::Error {
        match self.limit {
            // And no other word for a call that does not wait.
            Limit::Timeout => sys::would_block(),
            Limit::Deadline(_) => io::Error::new(io::ErrorKind::TimedOut, "connection timed out"),
        }
    }

    /// Parks the caller, by `wait`, until `fd` is worth another try, or `late`.
    #[inline(always)]
    fn park(
        &mut self,
        fd: BorrowedFd<'_>,
        poller: &Arc<Poller>,
        waiter: &Waiter,
        wait: impl FnOnce(&Waiter, Option<Instant>) -> Wake,
    ) -> io::Result<()> {
        let (descriptor, direction) = (self.descriptor, self.direction);
        let deadline = self.deadline();
        // SAFETY: the caller's waiter stays in its frame, and below it is claimed by an event or
        // withdrawn. Sockets use descriptors of the slab.
        if !unsafe { descriptor.enlist(direction, waiter, fd, poller)? } {
            return Ok(());
        }
        let wake = wait(waiter, deadline);
        if wake == Wake::Event {
            self.next = Try::Woken;
            return Ok(());
        }
        // SAFETY: enlisted above.
        unsafe { descriptor.withdraw(direction, waiter) };
        match wake {
            Wake::Cancelled => Err(cancelled()),
            _ => {
                self.next = Try::Anyway;
                Ok(())
            }
        }
    }

    /// Parks the task. In line, as is what it is made of: a connection that waits has one frame less on its stack.
    #[inline(always)]
    fn park_task(&mut self, fd: BorrowedFd<'_>, running: Running) -> io::Result<()> {
        // A task's wait has nothing to drop.
        let waiter = ManuallyDrop::new(running.waiter());
        running.waits_outside();
        self.park(fd, running.poller(), &waiter, |waiter, deadline| {
            running.wait(waiter, deadline, Accepts::Cancel)
        })
    }

    /// Parks a thread that is in a context: the system could not tell it of that one's end.
    fn park_thread(&mut self, fd: BorrowedFd<'_>) -> io::Result<()> {
        let waiter = park::waiter();
        self.park(fd, scheduler::poller()?, &waiter, |waiter, deadline| {
            park::wait(waiter, deadline, Accepts::Cancel)
        })
    }

    /// Blocks the thread until `fd` is worth another try.
    fn block(&mut self, fd: BorrowedFd<'_>) -> io::Result<()> {
        let left = self
            .deadline()
            .map(|at| at.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return Err(self.too_late());
        }
        sys::poll(fd, self.direction == Direction::Write, left).map(drop)
    }
}

/// The error of a call whose wait its context has ended. Out of line: what it is made of is not for a frame that waits.
#[cold]
#[inline(never)]
fn cancelled() -> io::Error {
    scheduler::cancelled().into()
}

/// The same of a call in a context that is done.
#[cold]
#[inline(never)]
fn refused(running: Running) -> io::Error {
    running.refuse().into()
}

/// Schedules a task that somebody else's event is passed on to. Out of line: hardly ever is there one.
#[cold]
#[inline(never)]
fn hand_on(task: NonNull<Header>) {
    park::schedule(task);
}

/// A reference to a descriptor on behalf of one file descriptor.
#[derive(Debug)]
struct Link {
    descriptor: DescriptorRef,
    fd: RawFd,
}

impl Link {
    fn new(descriptor: DescriptorRef, fd: RawFd) -> Self {
        files::note(fd, &descriptor);
        Self { descriptor, fd }
    }

    /// `fd` is about to be closed or given away: the registration must not hang on it.
    fn release(&self) {
        // SAFETY: the file of this link has not been closed yet, see `Pollable`.
        let fd = unsafe { BorrowedFd::borrow_raw(self.fd) };
        self.descriptor.release(fd, park::schedule);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        files::forget(self.fd);
        // The last one's registration goes with the file.
        if self.descriptor.is_shared() {
            self.release();
        }
    }
}

/// A file that can be waited for. See the module.
#[derive(Debug)]
pub(crate) struct Pollable<S> {
    /// Before `inner`, which closes what this speaks of.
    link: Link,
    inner: S,
}

impl<S: AsFd> Pollable<S> {
    /// Takes over a file that is non-blocking and that nobody has cloned.
    pub(crate) fn new(inner: S) -> Self {
        let descriptor = DescriptorRef::new();
        let fd = inner.as_fd().as_raw_fd();
        let link = Link::new(descriptor, fd);
        Self { link, inner }
    }

    /// The same file again, by its duplicate `inner`.
    pub(crate) fn clone_with(&self, inner: S) -> Self {
        let descriptor = self.link.descriptor.clone();
        let fd = inner.as_fd().as_raw_fd();
        let link = Link::new(descriptor, fd);
        Self { link, inner }
    }

    pub(crate) fn inner(&self) -> &S {
        &self.inner
    }

    /// Takes over a file in whichever mode, with the timeouts that the system knows of.
    pub(crate) fn adopt(inner: S) -> Self {
        // A descriptor on which this fails cannot block, or each use of it is an error.
        let _ = file::set_nonblocking(inner.as_fd(), true);
        let adopted = Self::new(inner);
        for direction in [Direction::Read, Direction::Write] {
            let write = direction == Direction::Write;
            let timeout = sys::timeout(adopted.inner.as_fd(), write);
            adopted.descriptor().set_timeout(direction, timeout);
        }
        adopted
    }

    /// Gives the file away, registered nowhere, in the mode that the user has chosen.
    pub(crate) fn restore(self) -> S {
        let nonblocking = self.descriptor().is_nonblocking();
        let inner = self.into_inner();
        // It worked when it was set.
        let _ = file::set_nonblocking(inner.as_fd(), nonblocking);
        inner
    }

    /// Gives the file away, registered nowhere; the caller restores its mode.
    pub(crate) fn into_inner(self) -> S {
        self.link.release();
        self.inner
    }

    pub(crate) fn descriptor(&self) -> &Descriptor {
        &self.link.descriptor
    }

    /// [`io_until`](Self::io_until) the direction's timeout.
    #[inline]
    pub(crate) fn io<T>(
        &self,
        direction: Direction,
        operation: impl FnMut(&S) -> io::Result<Outcome<T>>,
    ) -> io::Result<T> {
        self.io_until(Limit::Timeout, direction, operation)
    }

    /// Does `operation`, and again whenever it may be worth it, until it does not say `WouldBlock`.
    #[inline]
    pub(crate) fn io_until<T>(
        &self,
        limit: Limit,
        direction: Direction,
        operation: impl FnMut(&S) -> io::Result<Outcome<T>>,
    ) -> io::Result<T> {
        let Some(running) = scheduler::running() else {
            return self.io_on_thread(&limit, direction, operation);
        };
        if running.is_cancelled() {
            return Err(refused(running));
        }
        let waits = Waits::new(self.descriptor(), direction, limit);
        let result = self.io_parking(waits, operation, |waits, fd| waits.park_task(fd, running));
        running.spend_budget();
        result
    }

    /// Tries, and has `wait` wait for an event whenever there is nothing to be had.
    #[inline(always)]
    fn io_parking<T>(
        &self,
        mut waits: Waits<'_>,
        mut operation: impl FnMut(&S) -> io::Result<Outcome<T>>,
        wait: impl Fn(&mut Waits<'_>, BorrowedFd<'_>) -> io::Result<()>,
    ) -> io::Result<T> {
        let (descriptor, direction) = (waits.descriptor, waits.direction);
        loop {
            let attempt = || operation(&self.inner);
            let tried = descriptor.attempt(direction, waits.next, attempt, hand_on);
            if let Some(result) = tried {
                return result;
            }
            if waits.next == Try::Anyway {
                return Err(waits.too_late());
            }
            wait(&mut waits, self.inner.as_fd())?;
        }
    }

    /// The same on an OS thread that belongs to no runtime: it may block, and registers nothing
    /// unless it is in a context.
    #[cold]
    #[inline(never)]
    fn io_on_thread<T>(
        &self,
        limit: &Limit,
        direction: Direction,
        mut operation: impl FnMut(&S) -> io::Result<Outcome<T>>,
    ) -> io::Result<T> {
        scheduler::check_cancelled()?;
        let mut waits = Waits::new(self.descriptor(), direction, *limit);
        if scheduler::is_in_context() {
            return self.io_parking(waits, operation, |waits, fd| waits.park_thread(fd));
        }
        loop {
            match operation(&self.inner) {
                Err(error)
                    if error.kind() == io::ErrorKind::WouldBlock && waits.next == Try::First => {}
                other => return other.map(|outcome| outcome.value),
            }
            waits.block(self.inner.as_fd())?;
        }
    }
}
