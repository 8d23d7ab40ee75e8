//! What somebody sends who makes very many tasks ready at once, under a lock perhaps: a channel that is closed.
//!
//! The tasks are gathered by home, in a bundle each, and a bundle is on its way as soon as it is full. So another
//! worker begins with the first of them while the last ones are still being claimed, one exchange and one look at
//! that worker's sleep are for a hundred tasks, and nobody's header is touched before its turn has come. What is
//! left in the end is settled as any other claim.
//!
//! What is sent under the lock switches to nobody and runs no code of others: it is a push, and for a worker that
//! sleeps a signal to its poller.

use super::core::Remote;
use super::inbox::Bundle;
use super::{current, worker};
use crate::task::Header;
use std::ptr::{self, NonNull};

/// See the module.
#[derive(Debug)]
pub(crate) struct Outbox(Vec<Pile>);

/// What is for one home.
#[derive(Debug)]
pub(crate) struct Pile {
    home: *const Remote,
    bundle: Option<Box<Bundle>>,
    /// Whatever the sender wants to remember of the one before.
    pub(crate) note: usize,
}

impl Outbox {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// What is for `home`, as headers name it.
    #[inline]
    pub(crate) fn pile(&mut self, home: *const ()) -> &mut Pile {
        let home = home.cast();
        let found = self.0.iter().position(|pile| ptr::eq(pile.home, home));
        let index = found.unwrap_or_else(|| self.begin(home));
        &mut self.0[index]
    }

    #[cold]
    fn begin(&mut self, home: *const Remote) -> usize {
        self.0.push(Pile {
            home,
            bundle: None,
            note: 0,
        });
        self.0.len() - 1
    }

    /// The tasks that were not sent, which are the caller's again to schedule.
    pub(crate) fn rest(&self) -> impl Iterator<Item = NonNull<Header>> {
        let bundles = self.0.iter().filter_map(|pile| pile.bundle.as_ref());
        bundles.flat_map(|bundle| bundle.tasks())
    }
}

impl Pile {
    /// Adds a task of this home, and sends the bundle if that has filled it. The task is the caller's again if there is
    /// no memory for a bundle.
    ///
    /// # Safety
    ///
    /// The task was claimed and is parked, and what this pile is for is its home.
    #[inline]
    pub(crate) unsafe fn add(&mut self, task: NonNull<Header>) -> Result<(), NonNull<Header>> {
        let mut bundle = self.bundle.take().or_else(Bundle::new).ok_or(task)?;
        if bundle.add(task) {
            self.send(bundle);
        } else {
            self.bundle = Some(bundle);
        }
        Ok(())
    }

    #[cold]
    fn send(&self, bundle: Box<Bundle>) {
        match current::worker() {
            Some(worker) if ptr::eq(self.home, worker.remote()) => worker.queue_all(&bundle),
            // SAFETY: claimed, parked tasks of that home (`add`).
            Some(worker) => unsafe { worker.post(bundle.seal(), self.home) },
            // SAFETY: as above.
            None => unsafe { worker::post_from_outside(bundle.seal(), self.home) },
        }
    }
}
