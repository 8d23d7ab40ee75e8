//! Which descriptor is that of an open file, given its number.
//!
//! A socket of ours has its descriptor at hand. Who waits for a file of others, or for one of ours through
//! `AsFd`, has a number only. A poller knows a file by its number, too, and would replace one registration by
//! another: so there must be one descriptor a number. This table says which.
//!
//! | entry      | meaning                                       | entered by        | taken out by                  |
//! | ---------- | --------------------------------------------- | ----------------- | ----------------------------- |
//! | none       | nobody waits, and it is no socket of ours     |                   |                               |
//! | ours       | the descriptor that the socket has            | [`note`]          | [`forget`], before it is closed |
//! | of others  | the descriptor of those who wait              | [`FileRef::of`]   | the last of them              |
//!
//! Whoever waits has borrowed the number, so its file stays open; but nothing tells of its end later. Therefore a
//! file of others is registered as long as somebody waits, and each wait of one alone costs two system calls more.
//!
//! The table is cut into parts by the number, each behind a lock of its own. References to descriptors of others
//! are counted up and given back under it: so the last one sees that it is.

use super::{Descriptor, DescriptorRef, Direction, Outcome, Poller, Try};
use crate::sys::socket as sys;
use crate::task::{Header, Waiter};
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::ptr::{self, NonNull};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const PARTS: usize = 64;

/// Which of the two an entry is says the descriptor: [`Descriptor::is_ours`].
type Entry = Option<&'static Descriptor>;
type Part = Vec<Entry>;

static TABLE: [Mutex<Part>; PARTS] = [const { Mutex::new(Vec::new()) }; PARTS];

fn lock(fd: RawFd) -> MutexGuard<'static, Part> {
    // A panic, out of memory, leaves the part valid.
    TABLE[fd as usize % PARTS]
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

fn set(part: &mut Part, fd: RawFd, entry: Entry) {
    let index = fd as usize / PARTS;
    if index >= part.len() {
        part.resize(index + 1, None);
    }
    part[index] = entry;
}

fn get(part: &Part, fd: RawFd) -> Entry {
    *part.get(fd as usize / PARTS)?
}

/// `fd` is that of a socket of ours from now on.
pub(crate) fn note(fd: RawFd, descriptor: &DescriptorRef) {
    let mut part = lock(fd);
    descriptor.make_ours();
    set(&mut part, fd, Some(descriptor.get()));
}

/// `fd` is about to be closed or given away. Its descriptor still has the socket's reference.
pub(crate) fn forget(fd: RawFd) {
    set(&mut lock(fd), fd, None);
}

/// The descriptor of a file whose number was borrowed, on behalf of one who waits.
#[derive(Debug)]
pub(crate) struct FileRef {
    /// Taken by `drop` alone.
    descriptor: ManuallyDrop<DescriptorRef>,
    fd: RawFd,
}

impl FileRef {
    /// The descriptor of `fd`, which stays open as long as the reference lives.
    pub(crate) fn of(fd: BorrowedFd<'_>) -> Self {
        let fd = fd.as_raw_fd();
        let mut part = lock(fd);
        let descriptor = match get(&part, fd) {
            // Whoever has entered it has a reference yet.
            Some(entered) => DescriptorRef::share(entered),
            None => {
                let descriptor = DescriptorRef::new();
                set(&mut part, fd, Some(descriptor.get()));
                descriptor
            }
        };
        let descriptor = ManuallyDrop::new(descriptor);
        Self { descriptor, fd }
    }

    /// Whether the file is a socket of ours.
    pub(crate) fn is_ours(&self) -> bool {
        self.descriptor.is_ours()
    }

    fn fd(&self) -> BorrowedFd<'_> {
        // SAFETY: open as long as this lives (`of`).
        unsafe { BorrowedFd::borrow_raw(self.fd) }
    }

    /// Whether the file is ready: asks the system, unless it is known that there is nothing to read. That there is no
    /// room is never known (D8).
    pub(crate) fn look(&self, direction: Direction) -> io::Result<bool> {
        let look = || match self.ask(direction)? {
            true => Ok(Outcome {
                value: (),
                short: false,
            }),
            false => Err(io::ErrorKind::WouldBlock.into()),
        };
        let nobody = |_| unreachable!("who has not been woken passes nothing on");
        let looked = (self.descriptor).attempt(direction, Try::First, look, nobody);
        looked.map_or(Ok(false), |looked| looked.map(|()| true))
    }

    /// Whether the file is ready, as the system says, which may know more than has been heard of it.
    pub(crate) fn ask(&self, direction: Direction) -> io::Result<bool> {
        let write = direction == Direction::Write;
        sys::poll(self.fd(), write, Some(Duration::ZERO))
    }

    /// Links `waiter`, to be claimed by the next event: `poller` reports it, unless the file is registered with
    /// another. False, and nothing done, when the file is worth another [`look`](Self::look).
    ///
    /// # Safety
    ///
    /// The waiter is in no list and stays where it is until [`unwatch`](Self::unwatch).
    pub(crate) unsafe fn watch(
        &self,
        direction: Direction,
        waiter: &Waiter,
        poller: &Arc<Poller>,
    ) -> io::Result<bool> {
        // SAFETY: passed on; `DescriptorRef`s are to the slab.
        unsafe { self.descriptor.enlist(direction, waiter, self.fd(), poller) }
    }

    /// Has `poller` report the events from now on.
    pub(crate) fn move_to(&self, poller: &Arc<Poller>) {
        self.descriptor.move_to(self.fd(), poller);
    }

    /// Ends what a successful `watch` began; `woken` says whether an event has. Whoever is returned must be
    /// scheduled: the event is passed on, for it is not known whether something will be left of it.
    ///
    /// # Safety
    ///
    /// The waiter is that of `watch`, in this direction, and was claimed.
    pub(crate) unsafe fn unwatch(
        &self,
        direction: Direction,
        waiter: &Waiter,
        woken: bool,
    ) -> Option<NonNull<Header>> {
        if woken {
            return self.descriptor.pass_on(direction);
        }
        // SAFETY: passed on.
        unsafe { self.descriptor.withdraw(direction, waiter) };
        None
    }
}

impl Drop for FileRef {
    fn drop(&mut self) {
        // SAFETY: this is called once, and nobody asks for it after.
        let descriptor = unsafe { ManuallyDrop::take(&mut self.descriptor) };
        if descriptor.is_ours() {
            return;
        }
        let mut part = lock(self.fd);
        if !descriptor.is_shared() {
            let is_this = |entered: &Descriptor| ptr::eq(entered, descriptor.get());
            if get(&part, self.fd).is_some_and(is_this) {
                set(&mut part, self.fd, None);
            }
            descriptor.release(self.fd(), |_| unreachable!("the last one does not wait"));
        }
        // Given back under the lock (see the module).
        drop(descriptor);
    }
}
