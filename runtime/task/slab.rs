//! Where the cells of tasks lie: slabs of cells of one size, in chunks as large as a huge page.
//!
//! A million tasks are a million cells of some 264 bytes, made in a tenth of a second and freed by whoever joins
//! them. An allocator for everything pays for that with a fault of a page for every fifteen, and with growing by as
//! little, where it serves a thread of its own; it keeps what it has, or gives it back and faults it in again. Here a
//! fault is one for seven thousand, and memory follows use as that of stacks does. It is a slab allocator after
//! Bonwick ("The Slab Allocator", 1994); the magazines before it (`magazine.rs`) are Bonwick's and Adams' ("Magazines
//! and Vmem", 2001).
//!
//! ```text
//!   region  one mapping: of one chunk, then of as many as all before, 64 at most; never unmapped
//!   chunk   2 MiB, aligned to as much: 32 slabs, of one or of many classes
//!   slab    64 KiB: its head, then cells of its class
//!   class   cells of one size, in steps of a word
//! ```
//!
//! - **S1** A cell is in use, or in a magazine, or marked in the map of its slab; whoever takes it from one place
//!   puts it into another. Slabs are made and changed under the depot's lock.
//! - **S2** A slab goes back to its chunk when all its cells are marked. Nobody has a pointer into it then.
//! - **S3** The pages of a chunk are discarded while none of its slabs is made, and none can be: all are claimed for
//!   it.
//! - The lowest cell of a slab and the lowest chunk go first, so that the others run empty.
//! - How few chunks were *idle* in a period is known, as of a pool's stacks: half of those go, so the half-life of
//!   a peak is [`PERIOD`].
//! - The first chunk has small pages: a program with a few tasks should not pay for 2 MiB.
//!
//! What is larger or stricter than a slab has cells for comes from the global allocator, and so does everything where
//! the system refuses a region, in models, and where a sanitizer or an interpreter watches each allocation.

#[cfg(all(test, not(any(miri, loom))))]
mod tests;

use super::header::Header;
use crate::sys::mem::{self, Span};
use std::alloc::Layout;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const WATCHED: bool = cfg!(any(miri, loom, teem_asan, teem_tsan));

const CHUNK: usize = 2 << 20;
const SLAB: usize = 64 << 10;
const LARGEST_REGION: usize = 64;

/// The time in which half of the chunks go that are not needed.
const PERIOD: Duration = Duration::from_secs(4);

/// No task is smaller than its header.
const SMALLEST: usize = size_of::<Header>();
const LARGEST: usize = 768;
const STEP: usize = align_of::<Header>();
pub(super) const CLASSES: usize = (LARGEST - SMALLEST) / STEP + 1;

const MOST_CELLS: usize = (SLAB - HEAD) / SMALLEST;
const HEAD: usize = 128;
const _: () = assert!(size_of::<Slab>() <= HEAD);

/// A bit for each slab of a chunk.
type SlabSet = u32;
const ALL: SlabSet = SlabSet::MAX;
const _: () = assert!(CHUNK / SLAB == SlabSet::BITS as usize);

/// Whose cells have the size of `layout`; none, if slabs have no such cells.
#[inline]
pub(super) const fn class_of(layout: Layout) -> Option<usize> {
    // A size is a multiple of its alignment, and so are the places of all cells if that of the first is.
    let fits = layout.size() >= SMALLEST
        && layout.size() <= LARGEST
        && HEAD.is_multiple_of(layout.align());
    if fits && !WATCHED {
        Some((layout.size() - SMALLEST).div_ceil(STEP))
    } else {
        None
    }
}

/// The head of a slab, at its start.
#[derive(Debug)]
struct Slab {
    /// Neighbours among the slabs of its class that have free cells.
    next: *mut Slab,
    previous: *mut Slab,
    class: usize,
    chunk: usize,
    /// How many cells there are, and how many of them are marked.
    cells: usize,
    free: usize,
    /// A mark for each cell that is free.
    marks: [u64; MOST_CELLS.div_ceil(64)],
}

#[derive(Debug)]
struct Chunk {
    start: NonNull<u8>,
    /// The slabs that are not made.
    free: SlabSet,
    /// There may be pages.
    touched: bool,
}

/// What is known of all slabs.
#[derive(Debug)]
struct Depot {
    /// The first slab of each class that has free cells.
    partial: [*mut Slab; CLASSES],
    chunks: Vec<Chunk>,
    /// No chunk below has a free slab.
    lowest: usize,
    /// How many chunks have pages and no slab, and how many those were at least in this period.
    idle: usize,
    low: usize,
    /// How many of them are still to go in this period.
    surplus: usize,
    since: Option<Instant>,
}

// SAFETY: the pointers are addresses in mappings of the process, touched by who has the depot.
unsafe impl Send for Depot {}

/// The slabs of the process, or of a test.
#[derive(Debug)]
pub(super) struct Slabs {
    depot: Mutex<Depot>,
    /// [`Depot::idle`], for those who would not lock for nothing.
    idle: AtomicUsize,
}

/// Those of the process.
pub(super) static SHARED: Slabs = Slabs::new();

/// Idle time's work: gives the pages of one chunk back that was not needed for a while. False when nothing is to be
/// done for now.
pub(crate) fn sweep(now: Instant) -> bool {
    SHARED.sweep(now)
}

/// When there may next be something to sweep; `None` while there is nothing.
pub(crate) fn next_sweep() -> Option<Instant> {
    // ORDERING: Relaxed, a hint: what it misses comes with the next sweep.
    let any = SHARED.idle.load(Ordering::Relaxed) > 0;
    any.then(|| (SHARED.lock().since).map_or_else(Instant::now, |since| since + PERIOD))
}

impl Slabs {
    const fn new() -> Self {
        Self {
            depot: Mutex::new(Depot::new()),
            idle: AtomicUsize::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Depot> {
        // No code of others runs under the lock, so a poisoned one is still in order.
        self.depot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<R>(&self, f: impl FnOnce(&mut Depot) -> R) -> R {
        let mut depot = self.lock();
        let result = f(&mut depot);
        // ORDERING: Relaxed, see `next_sweep`.
        self.idle.store(depot.idle, Ordering::Relaxed);
        result
    }

    /// Pushes up to `count` cells of a class to `out`, highest first; fewer, if the system has no memory.
    pub(super) fn take(&self, class: usize, count: usize, out: &mut Vec<NonNull<u8>>) {
        self.with(|depot| depot.take(class, count, out));
    }

    /// Takes cells back.
    ///
    /// # Safety
    ///
    /// They were taken here, and nobody uses them any more.
    pub(super) unsafe fn give_back(&self, cells: &[NonNull<u8>]) {
        // SAFETY: passed on.
        self.with(|depot| unsafe { depot.give_back(cells) });
    }

    fn sweep(&self, now: Instant) -> bool {
        // ORDERING: Relaxed, see `next_sweep`.
        if self.idle.load(Ordering::Relaxed) == 0 {
            return false;
        }
        let leaving = self.with(|depot| depot.next_surplus(now));
        leaving.inspect(|chunk| self.discard(*chunk)).is_some()
    }

    /// Gives the pages of all chunks back that have no slab: nobody may be left who would sweep.
    pub(super) fn release_idle(&self) {
        while let Some(leaving) = self.with(Depot::claim_idle) {
            self.discard(leaving);
        }
    }

    /// Discards the pages of a chunk that was claimed for it, outside of the lock, and lets it be used again.
    fn discard(&self, chunk: usize) {
        let start = self.lock().chunks[chunk].start;
        // SAFETY: mapped for ever, and claimed: no slab of it is made (S3).
        unsafe { mem::discard(&[Span::new(start.as_ptr(), CHUNK)]) };
        self.lock().unclaim(chunk);
    }
}

impl Depot {
    const fn new() -> Self {
        Self {
            partial: [ptr::null_mut(); CLASSES],
            chunks: Vec::new(),
            lowest: 0,
            idle: 0,
            low: 0,
            surplus: 0,
            since: None,
        }
    }

    fn take(&mut self, class: usize, count: usize, out: &mut Vec<NonNull<u8>>) {
        let before = out.len();
        while out.len() - before < count {
            let mut slab = self.partial[class];
            if slab.is_null() {
                let Some(made) = self.make_slab(class) else {
                    break;
                };
                slab = made;
            }
            // SAFETY: slabs in the list are made, and the lock under which they are touched is ours (S1).
            unsafe {
                Slab::take(slab, before + count - out.len(), out);
                if (*slab).free == 0 {
                    self.unlink(slab);
                }
            }
        }
        out[before..].reverse();
    }

    /// # Safety
    ///
    /// As [`Slabs::give_back`].
    unsafe fn give_back(&mut self, cells: &[NonNull<u8>]) {
        for cell in cells {
            let slab = (cell.as_ptr())
                .map_addr(|address| address & !(SLAB - 1))
                .cast::<Slab>();
            // SAFETY: by contract the cell is in use, so its slab is made (S2); the lock is ours (S1).
            unsafe {
                Slab::mark(slab, *cell);
                if (*slab).free == (*slab).cells {
                    self.unlink(slab);
                    self.end_slab(slab);
                } else if (*slab).free == 1 {
                    self.link(slab);
                }
            }
        }
    }

    /// Makes a slab of a class in the lowest chunk that has room.
    #[cold]
    fn make_slab(&mut self, class: usize) -> Option<*mut Slab> {
        let has_room = |chunk: &Chunk| chunk.free != 0;
        let found = self.chunks[self.lowest..].iter().position(has_room);
        let index = match found {
            Some(offset) => self.lowest + offset,
            None => self.grow()?,
        };
        self.lowest = index;
        let chunk = &mut self.chunks[index];
        let was_idle = chunk.free == ALL && chunk.touched;
        let place = chunk.free.trailing_zeros();
        chunk.free &= !(1 << place);
        chunk.touched = true;
        // SAFETY: within the chunk, and free until now (S2).
        let slab = unsafe { chunk.start.add(place as usize * SLAB) }.cast::<Slab>();
        // SAFETY: as above; a chunk is aligned to more than a head.
        unsafe { slab.write(Slab::new(class, index)) };
        if was_idle {
            self.set_idle(self.idle - 1);
        }
        self.link(slab.as_ptr());
        Some(slab.as_ptr())
    }

    /// # Safety
    ///
    /// All cells of the slab are free, and it is in no list.
    unsafe fn end_slab(&mut self, slab: *mut Slab) {
        // SAFETY: made until now.
        let index = unsafe { (*slab).chunk };
        let chunk = &mut self.chunks[index];
        let place = (slab.addr() - chunk.start.addr().get()) / SLAB;
        chunk.free |= 1 << place;
        let all = chunk.free == ALL;
        self.lowest = self.lowest.min(index);
        if all {
            self.set_idle(self.idle + 1);
        }
    }

    /// Maps a region; the index of its first chunk. `None` if the system refuses one of a single chunk.
    fn grow(&mut self) -> Option<usize> {
        let first = self.chunks.len();
        let mut count = first.clamp(1, LARGEST_REGION);
        let start = loop {
            match mem::map_chunks(count * CHUNK, CHUNK, first > 0) {
                Ok(start) => break start,
                Err(_) if count == 1 => return None,
                Err(_) => count /= 2,
            }
        };
        self.chunks.extend((0..count).map(|index| Chunk {
            // SAFETY: within the region.
            start: unsafe { start.add(index * CHUNK) },
            free: ALL,
            touched: false,
        }));
        Some(first)
    }

    /// A chunk to be discarded now, claimed for that, if more were idle for a whole period than will be needed.
    fn next_surplus(&mut self, now: Instant) -> Option<usize> {
        let since = *self.since.get_or_insert(now);
        if now.saturating_duration_since(since) >= PERIOD {
            self.since = Some(now);
            self.surplus = self.low.div_ceil(2);
            self.low = self.idle;
        }
        self.surplus = self.surplus.checked_sub(1)?;
        self.claim_idle()
    }

    /// Claims the highest chunk that has pages and no slab.
    fn claim_idle(&mut self) -> Option<usize> {
        let is_idle = |chunk: &Chunk| chunk.free == ALL && chunk.touched;
        let index = self.chunks.iter().rposition(is_idle)?;
        self.chunks[index].free = 0;
        self.set_idle(self.idle - 1);
        Some(index)
    }

    fn unclaim(&mut self, index: usize) {
        let chunk = &mut self.chunks[index];
        (chunk.free, chunk.touched) = (ALL, false);
        self.lowest = self.lowest.min(index);
    }

    fn set_idle(&mut self, idle: usize) {
        self.idle = idle;
        self.low = self.low.min(idle);
    }

    fn link(&mut self, slab: *mut Slab) {
        // SAFETY: slabs in the list and this one are made, and the lock is ours (S1).
        unsafe {
            let first = &mut self.partial[(*slab).class];
            (*slab).previous = ptr::null_mut();
            (*slab).next = *first;
            if let Some(next) = first.as_mut() {
                next.previous = slab;
            }
            *first = slab;
        }
    }

    fn unlink(&mut self, slab: *mut Slab) {
        // SAFETY: as in `link`; it is in the list.
        unsafe {
            let (next, previous) = ((*slab).next, (*slab).previous);
            match previous.as_mut() {
                Some(previous) => previous.next = next,
                None => self.partial[(*slab).class] = next,
            }
            if let Some(next) = next.as_mut() {
                next.previous = previous;
            }
        }
    }
}

impl Slab {
    /// All of whose cells are free.
    fn new(class: usize, chunk: usize) -> Self {
        let cells = (SLAB - HEAD) / size_of_class(class);
        let mut marks = [0; MOST_CELLS.div_ceil(64)];
        for (index, word) in marks.iter_mut().enumerate() {
            let here = cells.saturating_sub(64 * index).min(64) as u32;
            *word = u64::MAX.checked_shr(64 - here).unwrap_or(0);
        }
        Self {
            next: ptr::null_mut(),
            previous: ptr::null_mut(),
            class,
            chunk,
            cells,
            free: cells,
            marks,
        }
    }

    /// Takes the lowest cells, `count` at most.
    ///
    /// # Safety
    ///
    /// The slab is made, and the caller's to touch; `slab` may be used for all of it.
    unsafe fn take(slab: *mut Self, count: usize, out: &mut Vec<NonNull<u8>>) {
        // SAFETY: by contract.
        let head = unsafe { &mut *slab };
        let size = size_of_class(head.class);
        let mut left = count.min(head.free);
        head.free -= left;
        for (index, word) in head.marks.iter_mut().enumerate() {
            while *word != 0 && left > 0 {
                let cell = 64 * index + word.trailing_zeros() as usize;
                *word &= *word - 1;
                left -= 1;
                // SAFETY: within the slab, whose address is not null.
                out.push(unsafe {
                    NonNull::new_unchecked(slab.byte_add(HEAD + cell * size).cast())
                });
            }
        }
    }

    /// # Safety
    ///
    /// The slab is made, and the caller's to touch; the cell is one of its, and in use.
    unsafe fn mark(slab: *mut Self, cell: NonNull<u8>) {
        // SAFETY: by contract.
        let head = unsafe { &mut *slab };
        let offset = cell.addr().get() - slab.addr() - HEAD;
        let index = offset as u32 / size_of_class(head.class) as u32;
        let (word, bit) = (&mut head.marks[index as usize / 64], 1 << (index % 64));
        debug_assert_eq!(*word & bit, 0, "a cell was freed twice");
        *word |= bit;
        head.free += 1;
    }
}

const fn size_of_class(class: usize) -> usize {
    SMALLEST + class * STEP
}
