//! Where stacks come from: large mappings cut into slots of one class.
//!
//! ```text
//!   class  -> arenas, mapped as they are needed, never unmapped
//!   arena  -> groups of 64 slots
//!   group  -> one word of free slots, one word of slots whose guard is in place
//! ```
//!
//! - **A slot that is not free belongs to whoever claimed it** (A1), as a [`Stack`] or while its
//!   guard is being made. Claims are made under the class's lock, system calls for them after it.
//! - **A slot is handed out guarded** (A2). Its guard is made once and outlives the stacks that use it.
//! - The lowest free slot goes first, so that the highest groups empty when fewer stacks are needed; but a pool is
//!   supplied from one group until that has no free slot left, and two pools from two groups: a page table has a
//!   lock, and two workers that guard and touch new slots of one table wait for each other.
//!   A group with no slot in use is *retired*: its guards go, and with them its page tables, where the
//!   kernel gives back empty ones. It is as it was when it was mapped.
//! - The first arena that is mapped for a pool has 16 MiB, each further one as much as all before it, up to 1 GiB, so
//!   that a process with few tasks asks for little where mappings are counted (`ulimit -v`,
//!   `vm.overcommit_memory=2`). When a size is refused, half of it is asked for, down to one slot.
//! - Pools share arenas as long as they need little. One that has used up a group gets arenas of its own, with a hole
//!   between them: to the kernel each is a mapping then, with a counter that every fault in it writes.
//!
//! The locks are std's and not the façade's: the arenas are the process's, for all its runtimes.

use std::io;
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::class::Class;
use super::guard;
use super::slot::Stack;
use crate::sys::mem::{self, GuardKind, Span};

/// The slots a group has: one a bit.
const GROUP: usize = 64;

/// The bytes of the first arena of a class, and the most that any has, but for that of one slot.
const FIRST_ARENA: usize = 16 << 20;
const LARGEST_ARENA: usize = 1 << 30;

/// The arenas of all classes.
#[derive(Debug)]
pub(super) struct Arenas {
    /// How guards are made; unset: as the system does it best.
    kind: Option<GuardKind>,
    classes: [Mutex<Supply>; Class::COUNT],
}

/// Those of this process.
pub(super) static SHARED: Arenas = Arenas::new(None);

/// What there is of one class.
#[derive(Debug)]
struct Supply {
    arenas: Vec<Arena>,
    /// How many pools are supplied.
    pools: usize,
}

#[derive(Debug)]
struct Arena {
    layout: Layout,
    slots: usize,
    free: usize,
    groups: Vec<Group>,
}

/// Where the slots of an arena lie.
#[derive(Clone, Copy, Debug)]
struct Layout {
    start: NonNull<u8>,
    /// From one slot to the next: the class's size and one page of spacing.
    stride: usize,
    /// What is out of reach at the low end of a slot, spacing included.
    guard: usize,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    free: u64,
    guarded: u64,
    /// How many pools are supplied from here.
    pools: u32,
}

/// The group that a pool was last supplied from, and is supplied from next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    arena: usize,
    group: usize,
    /// How many slots were mapped for this pool.
    mapped: usize,
}

/// Slots of one group that were taken off its free ones (A1).
#[derive(Debug)]
struct Claim {
    arena: usize,
    group: usize,
    layout: Layout,
    slots: u64,
    /// Those among them that have no guard yet.
    bare: u64,
}

// SAFETY: the pointer is the address of a mapping that belongs to the process, not to a thread.
unsafe impl Send for Arena {}

impl Arenas {
    pub(super) const fn new(kind: Option<GuardKind>) -> Self {
        Self {
            kind,
            classes: [const { Mutex::new(Supply::NONE) }; Class::COUNT],
        }
    }

    /// Pushes up to `at_most` stacks to `out`, at least one.
    ///
    /// # Errors
    ///
    /// When no memory can be mapped, or no guard made; the message says which limit it was.
    pub(super) fn take(
        &self,
        class: Class,
        at_most: usize,
        source: &mut Option<Source>,
        out: &mut Vec<Stack>,
    ) -> io::Result<()> {
        let (claim, is_one_of_many) = self.claim(class, at_most, source)?;
        let (slots, outcome) = self.make_guards(&claim);
        if slots != claim.slots {
            let arena = &mut self.lock(class).arenas[claim.arena];
            let bare = claim.slots & !slots;
            arena.groups[claim.group].guarded &= !bare;
            arena.put_back(claim.group, bare);
        }
        let first_page = |bit| claim.layout.first_page(claim.group * GROUP + bit);
        let first_pages: Vec<Span> = bits(slots).map(first_page).collect();
        // One system call for all takes a lock of the process for each page. Faults in mappings apart share nothing.
        if is_one_of_many || mem::populate(&first_pages) == 0 {
            for page in first_pages {
                // SAFETY: it is in the usable part of a slot that is claimed (A1), and nothing is on it yet.
                unsafe { page.start().write_volatile(0) };
            }
        }
        // The lowest slot is pushed last, and so used first.
        for bit in bits(slots).rev() {
            let index = claim.group * GROUP + bit;
            // SAFETY: the slot is claimed (A1) and guarded (A2), and arenas are mapped for ever.
            out.push(unsafe {
                let top = claim.layout.top(index);
                Stack::new(class, claim.arena, index, top)
            });
        }
        if slots == 0 { outcome } else { Ok(()) }
    }

    /// Takes stacks back, and gives their pages to the system.
    pub(super) fn give_back(&self, class: Class, stacks: impl Iterator<Item = Stack>) {
        let mut batch = Vec::with_capacity(GROUP);
        let mut stacks = stacks.peekable();
        while stacks.peek().is_some() {
            batch.clear();
            batch.extend(stacks.by_ref().take(GROUP));
            self.give_back_batch(class, &batch);
        }
    }

    fn give_back_batch(&self, class: Class, batch: &[Stack]) {
        let spans: Vec<Span> = batch.iter().map(Stack::usable).collect();
        // SAFETY: these are the usable parts of slots that nobody runs on: the stacks are here.
        unsafe { mem::discard(&spans) };

        let mut supply = self.lock(class);
        let mut empty = Vec::new();
        for stack in batch {
            let arena = &mut supply.arenas[stack.arena()];
            let index = arena.layout.index(stack.top());
            let group = index / GROUP;
            arena.put_back(group, 1 << (index % GROUP));
            empty.extend(arena.claim_empty(stack.arena(), group));
        }
        drop(supply);
        for claim in empty {
            self.retire(class, &claim);
        }
    }

    /// Claims up to `at_most` of the lowest free slots of one group, mapping an arena if there is none. Says, too,
    /// whether other pools are supplied with this class.
    fn claim(
        &self,
        class: Class,
        at_most: usize,
        source: &mut Option<Source>,
    ) -> io::Result<(Claim, bool)> {
        let mut supply = self.lock(class);
        let next = supply.next_source(class, *source)?;
        supply.group(next).pools += 1;
        match source.replace(next) {
            Some(last) => supply.group(last).pools -= 1,
            None => supply.pools += 1,
        }
        let claim = supply.arenas[next.arena].claim(next, at_most);
        Ok((claim, supply.pools > 1))
    }

    /// A pool is supplied from there no more.
    pub(super) fn leave(&self, class: Class, source: Source) {
        let mut supply = self.lock(class);
        supply.group(source).pools -= 1;
        supply.pools -= 1;
    }

    /// Guards the bare slots of a claim. Gives those of its slots that are guarded after it, and what
    /// went wrong with the others.
    fn make_guards(&self, claim: &Claim) -> (u64, io::Result<()>) {
        if claim.bare == 0 {
            return (claim.slots, Ok(()));
        }
        let guard = |bit| claim.layout.guard_of(claim.group * GROUP + bit);
        let spans: Vec<Span> = bits(claim.bare).map(guard).collect();
        // SAFETY: the guards lie in slots that are claimed (A1) and on which nothing has run yet.
        match unsafe { mem::install_guards(self.kind(), &spans) } {
            Ok(()) => (claim.slots, Ok(())),
            Err((done, error)) => {
                let failed = bits(claim.bare)
                    .skip(done)
                    .fold(0, |all, bit| all | 1 << bit);
                (claim.slots & !failed, Err(error))
            }
        }
    }

    /// Makes a group that nobody uses as it was when it was mapped, page tables included. The claim
    /// is of all its slots.
    fn retire(&self, class: Class, claim: &Claim) {
        let layout = claim.layout;
        let start = layout.slot(claim.group * GROUP);
        let bytes = claim.slots.count_ones() as usize * layout.stride;
        let span = Span::new(start.as_ptr(), bytes);
        // SAFETY: all slots of the group are claimed (A1): nobody relies on their guards or contents.
        let removed = unsafe { mem::remove_guards(self.kind(), span) };
        // SAFETY: as above.
        unsafe { mem::discard(&[span]) };

        let arena = &mut self.lock(class).arenas[claim.arena];
        if removed.is_ok() {
            arena.groups[claim.group].guarded = 0;
        }
        arena.put_back(claim.group, claim.slots);
    }

    fn kind(&self) -> GuardKind {
        self.kind.unwrap_or_else(GuardKind::of_this_system)
    }

    /// No code panics between two writes that belong together, so a poisoned lock is a good one.
    fn lock(&self, class: Class) -> MutexGuard<'_, Supply> {
        self.classes[class as usize]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bytes of address space that the arenas of this process take.
pub(crate) fn reserved() -> usize {
    spans().map(|span| span.bytes()).sum()
}

/// How many bytes of them are in memory now. Asks for a few thousand slots at a time.
///
/// # Errors
///
/// That of the system, if it does not tell.
pub(crate) fn resident() -> io::Result<usize> {
    const AT_ONCE: usize = 256 << 20;
    let mut pages = 0;
    for span in spans() {
        for done in (0..span.bytes()).step_by(AT_ONCE) {
            pages += mem::resident_pages(span.piece(done, AT_ONCE))?;
        }
    }
    Ok(pages * mem::page_size())
}

/// The arenas of this process.
fn spans() -> impl Iterator<Item = Span> {
    let of_class = |class| {
        let supply = SHARED.lock(class);
        supply.arenas.iter().map(Arena::span).collect::<Vec<_>>()
    };
    Class::ALL.into_iter().flat_map(of_class)
}

impl Supply {
    const NONE: Self = Self {
        arenas: Vec::new(),
        pools: 0,
    };

    fn group(&mut self, source: Source) -> &mut Group {
        &mut self.arenas[source.arena].groups[source.group]
    }

    /// Where a pool is supplied from that was supplied from `last`: from there as long as there are free slots; then
    /// from the lowest group with some, in an arena that supplies no other pool. Where there is none it gets an arena
    /// of its own, unless it needed little so far or the system refuses.
    fn next_source(&mut self, class: Class, last: Option<Source>) -> io::Result<Source> {
        if let Some(last) = last.filter(|&last| self.group(last).free != 0) {
            return Ok(last);
        }
        match self.least_supplied(last) {
            Some((others, source)) if others == 0 || last.is_none() => Ok(source),
            shared => self.map(class, last, shared.map(|(_, source)| source)),
        }
    }

    /// The lowest group with a free slot where the fewest pools are supplied, and how many others are in its arena.
    fn least_supplied(&self, last: Option<Source>) -> Option<(u32, Source)> {
        let mapped = last.map_or(0, |last| last.mapped);
        let mut best: Option<((u32, u32), Source)> = None;
        let with_free = self.arenas.iter().enumerate();
        for (arena, it) in with_free.filter(|(_, arena)| arena.free > 0) {
            let is_last = last.is_some_and(|last| last.arena == arena);
            let others = it.pools() - u32::from(is_last);
            let with_free = it.groups.iter().enumerate();
            for (group, it) in with_free.filter(|(_, group)| group.free != 0) {
                let pools = (others, it.pools);
                let source = Source {
                    arena,
                    group,
                    mapped,
                };
                if pools == (0, 0) {
                    return Some((0, source));
                }
                if best.is_none_or(|(least, _)| pools < least) {
                    best = Some((pools, source));
                }
            }
        }
        best.map(|((others, _), source)| (others, source))
    }

    /// An arena of its own for the pool that was supplied from `last`. If that is refused, `shared`; or smaller ones
    /// are tried where there is none.
    fn map(
        &mut self,
        class: Class,
        last: Option<Source>,
        shared: Option<Source>,
    ) -> io::Result<Source> {
        let mapped = last.map_or(0, |last| last.mapped);
        let first = (FIRST_ARENA / class.size()).max(1);
        let largest = (LARGEST_ARENA / class.size()).max(1);
        let mut slots = mapped.clamp(first, largest);
        let arena = loop {
            match Arena::map(class, slots) {
                Ok(arena) => break arena,
                Err(error) => match shared {
                    Some(shared) => return Ok(shared),
                    None if slots > 1 => slots /= 2,
                    None => return Err(refused(class.size() + mem::page_size(), &error)),
                },
            }
        };
        self.arenas.push(arena);
        Ok(Source {
            arena: self.arenas.len() - 1,
            group: 0,
            mapped: mapped + slots,
        })
    }
}

impl Arena {
    fn span(&self) -> Span {
        Span::new(self.layout.start.as_ptr(), self.slots * self.layout.stride)
    }

    /// Maps an arena of so many slots.
    fn map(class: Class, slots: usize) -> io::Result<Self> {
        let stride = class.size() + mem::page_size();
        let start = mem::map_for_ever(slots * stride)?;
        let guard = class.guard() + mem::page_size();
        guard::watch(start, slots * stride, class.size(), stride, guard);
        let group = |first: usize| Group {
            free: lowest_bits((slots - first).min(GROUP)),
            guarded: 0,
            pools: 0,
        };
        Ok(Self {
            layout: Layout {
                start,
                stride,
                guard,
            },
            slots,
            free: slots,
            groups: (0..slots).step_by(GROUP).map(group).collect(),
        })
    }

    /// How many pools are supplied from here.
    fn pools(&self) -> u32 {
        self.groups.iter().map(|group| group.pools).sum()
    }

    /// Claims up to `at_most` of the lowest free slots of a group that has some.
    fn claim(&mut self, source: Source, at_most: usize) -> Claim {
        let slots = bits(self.groups[source.group].free)
            .take(at_most.max(1))
            .fold(0, |all, bit| all | 1 << bit);
        self.claim_slots(source.arena, source.group, slots)
    }

    /// Claims a whole group, if it has guards and none of its slots is in use.
    fn claim_empty(&mut self, arena: usize, group: usize) -> Option<Claim> {
        let all = lowest_bits((self.slots - group * GROUP).min(GROUP));
        let Group { free, guarded, .. } = self.groups[group];
        (free == all && guarded != 0).then(|| self.claim_slots(arena, group, all))
    }

    fn claim_slots(&mut self, arena: usize, group: usize, slots: u64) -> Claim {
        let bare = slots & !self.groups[group].guarded;
        self.groups[group].free &= !slots;
        self.groups[group].guarded |= slots;
        self.free -= slots.count_ones() as usize;
        let layout = self.layout;
        Claim {
            arena,
            group,
            layout,
            slots,
            bare,
        }
    }

    fn put_back(&mut self, group: usize, slots: u64) {
        self.groups[group].free |= slots;
        self.free += slots.count_ones() as usize;
    }
}

impl Layout {
    /// The lowest address of a slot. (Also that after the last: the end of the arena.)
    fn slot(&self, index: usize) -> NonNull<u8> {
        // SAFETY: the arena's mapping reaches to the end of its last slot.
        unsafe { self.start.add(index * self.stride) }
    }

    fn top(&self, index: usize) -> NonNull<u8> {
        self.slot(index + 1)
    }

    fn guard_of(&self, index: usize) -> Span {
        Span::new(self.slot(index).as_ptr(), self.guard)
    }

    /// What is used of a slot before anything else: the page below its top.
    fn first_page(&self, index: usize) -> Span {
        let page = mem::page_size();
        Span::new(self.top(index).as_ptr().wrapping_sub(page), page)
    }

    /// The index of the slot that ends at `top`.
    fn index(&self, top: *mut u8) -> usize {
        (top.addr() - self.start.addr().get()) / self.stride - 1
    }
}

/// Not even one slot could be mapped.
fn refused(bytes: usize, error: &io::Error) -> io::Error {
    io::Error::new(
        io::ErrorKind::OutOfMemory,
        format!(
            "cannot map {bytes} bytes for a stack: {error} (limits: ulimit -v, \
             the sysctls vm.max_map_count and vm.overcommit_memory)"
        ),
    )
}

/// A word whose `count` lowest bits are set; `count` is 1 to 64.
fn lowest_bits(count: usize) -> u64 {
    u64::MAX >> (GROUP - count)
}

/// The numbers of the bits that are set.
fn bits(word: u64) -> impl DoubleEndedIterator<Item = usize> {
    (0..GROUP).filter(move |bit| word >> bit & 1 == 1)
}
