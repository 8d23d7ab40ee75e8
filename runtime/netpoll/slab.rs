//! Where descriptors live: in chunks that are never given back.
//!
//! An event carries the address of its descriptor, and nothing recalls an event that is under way,
//! be it in the kernel or in a buffer, when the file is closed. So the address stays that of *a*
//! descriptor for ever: memory that has been used once is recycled, the youngest first, and never
//! returned. A late event is then a spurious readiness of the next owner, who tries, finds nothing
//! and waits again.
//!
//! At 128 bytes each, a process that once had a hundred thousand connections keeps 12 MiB.

use super::descriptor::Descriptor;
use crate::sync_facade::acquire_from;
use crate::sync_facade::atomic::Ordering;
use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};

const CHUNK: usize = 64;

struct Slab {
    chunks: Vec<&'static [Descriptor]>,
    free: Vec<&'static Descriptor>,
}

static SLAB: Mutex<Slab> = Mutex::new(Slab {
    chunks: Vec::new(),
    free: Vec::new(),
});

fn slab() -> MutexGuard<'static, Slab> {
    // A panic, out of memory, leaves both lists valid.
    SLAB.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Slab {
    #[cold]
    fn grow(&mut self) {
        let chunk: Box<[Descriptor]> = (0..CHUNK).map(|_| Descriptor::new()).collect();
        let chunk: &'static [Descriptor] = Box::leak(chunk);
        self.chunks.push(chunk);
        self.free.extend(chunk.iter().rev());
    }
}

/// Visits every descriptor there is, in use or not.
pub(super) fn for_each(visit: impl FnMut(&'static Descriptor)) {
    let chunks = slab().chunks.clone();
    chunks.into_iter().flatten().for_each(visit);
}

/// A counted reference to a descriptor that is in use.
#[derive(Debug)]
pub(crate) struct DescriptorRef(&'static Descriptor);

impl DescriptorRef {
    /// A descriptor for a file that was just opened: ready, not registered.
    pub(crate) fn new() -> Self {
        let mut slab = slab();
        if slab.free.is_empty() {
            slab.grow();
        }
        let descriptor = slab.free.pop().expect("the slab has just grown");
        // ORDERING: Relaxed, the slab's lock hands the descriptor over.
        descriptor.references.store(1, Ordering::Relaxed);
        Self(descriptor)
    }

    /// One more reference to a descriptor that somebody else has one to meanwhile.
    pub(super) fn share(descriptor: &'static Descriptor) -> Self {
        // ORDERING: Relaxed, whoever shares knows of a reference. Each belongs to an open file
        // descriptor or to one who waits, so they are too few to overflow.
        descriptor.references.fetch_add(1, Ordering::Relaxed);
        Self(descriptor)
    }

    pub(super) fn get(&self) -> &'static Descriptor {
        self.0
    }

    /// Whether there is another reference. It may be gone by now, but none comes out of nothing.
    pub(crate) fn is_shared(&self) -> bool {
        // ORDERING: Acquire, pairs with the Release of a reference that has gone: what its holder
        // did to the descriptor is visible.
        self.0.references.load(Ordering::Acquire) > 1
    }
}

impl Deref for DescriptorRef {
    type Target = Descriptor;

    fn deref(&self) -> &Descriptor {
        self.0
    }
}

impl Clone for DescriptorRef {
    fn clone(&self) -> Self {
        Self::share(self.0)
    }
}

impl Drop for DescriptorRef {
    fn drop(&mut self) {
        // ORDERING: Release, so that what this holder did happens before the recycling.
        if self.0.references.fetch_sub(1, Ordering::Release) != 1 {
            return;
        }
        acquire_from(&self.0.references);
        self.0.recycle();
        slab().free.push(self.0);
    }
}
