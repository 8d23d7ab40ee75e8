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

use super::descriptor::{Descriptor, Direction, Outcome};
use super::{DescriptorRef, Poller};
use crate::sys::socket as sys;
use crate::task::{Header, Waiter};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::ptr::{self, NonNull};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const PARTS: usize = 64;

#[derive(Clone, Copy)]
struct Entry {
    descriptor: &'static Descriptor,
    ours: bool,
}

type Part = Vec<Option<Entry>>;

static TABLE: [Mutex<Part>; PARTS] = [const { Mutex::new(Vec::new()) }; PARTS];

fn lock(fd: RawFd) -> MutexGuard<'static, Part> {
    // A panic, out of memory, leaves the part valid.
    TABLE[fd as usize % PARTS]
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

fn set(part: &mut Part, fd: RawFd, entry: Option<Entry>) {
    let index = fd as usize / PARTS;
    if index >= part.len() {
        part.resize(index + 1, None);
    }
    part[index] = entry;
}

fn get(part: &Part, fd: RawFd) -> Option<Entry> {
    *part.get(fd as usize / PARTS)?
}

/// `fd` is that of a socket of ours from now on.
pub(crate) fn note(fd: RawFd, descriptor: &DescriptorRef) {
    let entry = Entry {
        descriptor: descriptor.get(),
        ours: true,
    };
    set(&mut lock(fd), fd, Some(entry));
}

/// `fd` is about to be closed or given away. Its descriptor still has the socket's reference.
pub(crate) fn forget(fd: RawFd) {
    set(&mut lock(fd), fd, None);
}

/// The descriptor of a file whose number was borrowed, on behalf of one who waits.
#[derive(Debug)]
pub(crate) struct FileRef {
    descriptor: Option<DescriptorRef>,
    fd: RawFd,
    ours: bool,
}

impl FileRef {
    /// The descriptor of `fd`, which stays open as long as the reference lives.
    pub(crate) fn of(fd: BorrowedFd<'_>) -> Self {
        let fd = fd.as_raw_fd();
        let mut part = lock(fd);
        let (descriptor, ours) = match get(&part, fd) {
            // Whoever has entered it has a reference yet.
            Some(entry) => (DescriptorRef::share(entry.descriptor), entry.ours),
            None => {
                let descriptor = DescriptorRef::new();
                let entry = Entry {
                    descriptor: descriptor.get(),
                    ours: false,
                };
                set(&mut part, fd, Some(entry));
                (descriptor, false)
            }
        };
        Self {
            descriptor: Some(descriptor),
            fd,
            ours,
        }
    }

    fn descriptor(&self) -> &DescriptorRef {
        self.descriptor.as_ref().expect("taken by `drop` alone")
    }

    fn fd(&self) -> BorrowedFd<'_> {
        // SAFETY: open as long as this lives (`of`).
        unsafe { BorrowedFd::borrow_raw(self.fd) }
    }

    /// Links `waiter`, to be claimed by the next event that `poller` reports, also if the file was registered
    /// with another before. False, and nothing done, when the file is ready.
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
        let write = direction == Direction::Write;
        let look = || match sys::poll(self.fd(), write, Some(Duration::ZERO))? {
            true => Ok(Outcome {
                value: (),
                short: false,
            }),
            false => Err(io::ErrorKind::WouldBlock.into()),
        };
        loop {
            let nobody = |_| unreachable!("who has not been woken passes nothing on");
            if let Some(looked) = self.descriptor().attempt(direction, false, look, nobody) {
                return looked.map(|()| false);
            }
            let descriptor = self.descriptor();
            // SAFETY: passed on; `DescriptorRef`s are to the slab.
            if unsafe { descriptor.enlist_here(direction, waiter, self.fd(), poller)? } {
                return Ok(true);
            }
        }
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
            return self.descriptor().pass_on(direction);
        }
        // SAFETY: passed on.
        unsafe { self.descriptor().withdraw(direction, waiter) };
        None
    }
}

impl Drop for FileRef {
    fn drop(&mut self) {
        if self.ours {
            return;
        }
        let mut part = lock(self.fd);
        let descriptor = self.descriptor.take().expect("dropped once");
        if !descriptor.is_shared() {
            let is_this = |entry: Entry| ptr::eq(entry.descriptor, descriptor.get());
            if get(&part, self.fd).is_some_and(is_this) {
                set(&mut part, self.fd, None);
            }
            descriptor.release(self.fd(), |_| unreachable!("the last one does not wait"));
        }
        // Given back under the lock (see the module).
        drop(descriptor);
    }
}
