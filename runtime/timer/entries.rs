//! Where a wheel keeps its timers: side by side, in rings.
//!
//! An entry is half a cache line. They come in chunks that stay where they are, and the one given back last is the
//! next to be taken, as it is warm. An entry is always in one list: that of the free ones, or a ring that begins with
//! an entry of the wheel's own, at one of the first places.
//!
//! Who takes an entry gets a [`Key`] to it, with a number that no other has, so one that has been given back and taken
//! by somebody else is not mistaken for it.

use std::num::NonZeroU64;
use std::ops::{Index, IndexMut};

/// How many entries a chunk has.
const CHUNK: usize = 1024;
/// How many chunks are kept once no entry is taken.
const KEEP: usize = 4;
/// The place of no entry.
const NOWHERE: u32 = u32::MAX;

/// See the module.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(super) struct Entry<T> {
    /// When to fire; in one that begins a list, this and the number are what the wheel likes.
    pub(super) tick: u64,
    /// None of one that begins a list.
    value: Option<T>,
    /// The number of its key; 0 if it is not taken.
    pub(super) stamp: u64,
    previous: u32,
    pub(super) next: u32,
}

const _: () = assert!(size_of::<Entry<&()>>() == 32);

/// Names what was put into a wheel. When that has fired or was removed the key means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    stamp: NonZeroU64,
    place: u32,
}

const _: () = assert!(size_of::<Option<Key>>() == 16);

impl Key {
    pub(super) fn place(self) -> u32 {
        self.place
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Entries<T> {
    chunks: Vec<Box<[Entry<T>; CHUNK]>>,
    /// The first free entry, if there is one; the others follow by `next`. `NOWHERE` is the end.
    free: u32,
    taken: usize,
    /// How many entries were ever taken.
    stamps: u64,
    /// How many begin a list.
    lists: u32,
}

impl<T: Copy> Entries<T> {
    /// The beginnings of so many empty lists, at the first places.
    pub(super) fn new(lists: u32) -> Self {
        assert!((lists as usize) < CHUNK, "the first chunk has all lists");
        let mut entries = Self {
            chunks: Vec::new(),
            free: NOWHERE,
            taken: 0,
            stamps: 0,
            lists,
        };
        entries.add_chunk();
        entries.begin();
        entries
    }

    /// How many entries are taken.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// How many entries there are.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.chunks.len() * CHUNK
    }

    /// Takes an entry, which is to be put into a list.
    #[inline]
    pub(super) fn take(&mut self, value: T, tick: u64) -> Key {
        if self.free == NOWHERE {
            self.grow();
        }
        let place = self.free;
        self.stamps += 1;
        let stamp = self.stamps;
        let entry = &mut self[place];
        let next = entry.next;
        entry.tick = tick;
        entry.value = Some(value);
        entry.stamp = stamp;
        self.free = next;
        self.taken += 1;
        let stamp = NonZeroU64::new(stamp).expect("not so many in the life of a machine");
        Key { stamp, place }
    }

    /// Where the entry of `key` is, if it has not been given back.
    #[inline]
    pub(super) fn find(&self, key: Key) -> Option<u32> {
        let chunk = self.chunks.get(key.place as usize / CHUNK)?;
        let entry = &chunk[key.place as usize % CHUNK];
        (entry.stamp == key.stamp.get()).then_some(key.place)
    }

    /// Takes an entry out of its list, and back. If the list has become empty: what it begins with.
    #[inline]
    pub(super) fn give_back(&mut self, place: u32) -> Option<u32> {
        let Entry { previous, next, .. } = self[place];
        self[previous].next = next;
        self[next].previous = previous;
        let free = self.free;
        let entry = &mut self[place];
        entry.stamp = 0;
        entry.next = free;
        self.free = place;
        self.taken -= 1;
        if self.taken == 0 && self.chunks.len() > KEEP {
            self.shrink();
        }
        (previous == next).then_some(next)
    }

    /// Puts the entry at the end of the list that `list` begins.
    #[inline]
    pub(super) fn append(&mut self, list: u32, place: u32) {
        let last = self[list].previous;
        let entry = &mut self[place];
        entry.previous = last;
        entry.next = list;
        self[last].next = place;
        self[list].previous = place;
    }

    /// What comes after `place`: an entry and its value, or, at the end of a list, what it begins with.
    #[inline]
    pub(super) fn after(&self, place: u32) -> (u32, Option<T>) {
        let next = self[place].next;
        (next, self[next].value)
    }

    /// Moves all that is in the list that `from` begins to the end of the one that `to` begins.
    pub(super) fn move_all(&mut self, from: u32, to: u32) {
        let (first, last) = (self[from].next, self[from].previous);
        if first == from {
            return;
        }
        let before = self[to].previous;
        self[before].next = first;
        self[first].previous = before;
        self[last].next = to;
        self[to].previous = last;
        self.clear(from);
    }

    /// Takes what comes before `place`, an entry or the list's beginning, out of the list that `list` begins,
    /// whatever becomes of it.
    pub(super) fn begin_at(&mut self, list: u32, place: u32) {
        self[list].next = place;
        self[place].previous = list;
    }

    /// Makes the list that `list` begins an empty one, whatever becomes of those that were in it.
    pub(super) fn clear(&mut self, list: u32) {
        let entry = &mut self[list];
        (entry.previous, entry.next) = (list, list);
    }

    /// Adds a chunk, whose entries come first among the free ones.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let first = self.chunks.len() * CHUNK;
        self.add_chunk();
        self.set_free(first);
    }

    /// A chunk whose entries are in no list yet.
    fn add_chunk(&mut self) {
        let entry = Entry {
            tick: 0,
            value: None,
            stamp: 0,
            previous: NOWHERE,
            next: NOWHERE,
        };
        // Not made on the stack: whoever inserts may have little of that.
        let chunk = vec![entry; CHUNK].into_boxed_slice().try_into();
        self.chunks
            .push(chunk.unwrap_or_else(|_| unreachable!("made of that size")));
    }

    /// Frees all entries from the place `first` on, before those that are free.
    fn set_free(&mut self, first: usize) {
        // A timer is a task that waits: there is no memory for as many as a `u32` counts.
        for place in (first..self.chunks.len() * CHUNK)
            .rev()
            .map(|place| place as u32)
        {
            self[place].next = self.free;
            self.free = place;
        }
    }

    /// No entry is taken: gives back what many have needed.
    #[cold]
    #[inline(never)]
    fn shrink(&mut self) {
        self.chunks.truncate(KEEP);
        self.begin();
    }

    /// All lists are empty, and no entry is taken.
    fn begin(&mut self) {
        (0..self.lists).for_each(|list| self.clear(list));
        self.free = NOWHERE;
        self.set_free(self.lists as usize);
    }
}

impl<T> Index<u32> for Entries<T> {
    type Output = Entry<T>;

    #[inline]
    fn index(&self, place: u32) -> &Entry<T> {
        &self.chunks[place as usize / CHUNK][place as usize % CHUNK]
    }
}

impl<T> IndexMut<u32> for Entries<T> {
    #[inline]
    fn index_mut(&mut self, place: u32) -> &mut Entry<T> {
        &mut self.chunks[place as usize / CHUNK][place as usize % CHUNK]
    }
}
