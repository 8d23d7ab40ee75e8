//! The part of a task whose type everybody knows, and the counted references to it.
//!
//! # Who may touch what
//!
//! - **H1** `coroutine`, `segments`, `forbidden`, `rest`, `locals`, the live links and part of `ambient` belong to
//!   the worker that started the task, once it has started it; before that to whoever holds the one queue entry. A
//!   task that runs in steps goes back to that: between two steps it belongs to the worker that keeps its wait, and
//!   is unstarted when the wait is over.
//! - **H2** `home` is written once, before the task is put into any queue of that worker or, for a task that may
//!   still be stolen, by the worker that starts it: each step anew, if it runs in steps. Whoever reads it has been
//!   handed the task by a claim, which happens later.
//! - **H3** `queue_link` belongs to the one queue that holds the task. A task is in at most one.
//! - **H4** `id`, `site`, `attributes`, `vtable` and `in_slab` never change.
//!
//! One reference belongs to the runtime, from the spawn until the task's stack has been left for
//! good. So whatever a parked or queued task is reached through, its header is alive.

use super::ambient::Ambient;
use super::cell::{self, Birth, Outcome};
use super::family::Family;
use super::join::JoinWord;
use super::local::Locals;
use super::magazine::Magazines;
use crate::coroutine::{self, Coroutine};
use crate::stack::Class;
use crate::sync_facade::acquire_from;
use crate::sync_facade::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::alloc::Layout;
use std::cell::{Cell, UnsafeCell};
use std::fmt;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::ptr::{self, NonNull};

/// What a builder may ask for; most tasks have none and share the default.
#[derive(Debug)]
pub(crate) struct Attributes {
    pub(crate) name: Option<Box<str>>,
    pub(crate) class: Option<Class>,
    /// Bytes of all stack segments of the task together.
    pub(crate) stack_limit: Option<usize>,
}

/// How long a task has been parked, as far as its memory goes (`scheduler/tidy.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// It has run since it was last looked at.
    Ran,
    /// It has not since this time, but might have a moment later.
    Noted(u16),
    /// It rests since this time, and the dead part of its stack has been given back.
    Trimmed(u16),
    /// It rests for so long that the live part was handed to the system, too.
    Cold,
}

/// What the scheduler must be able to do to a task without knowing its closure's type.
#[derive(Debug)]
pub(super) struct Vtable {
    pub(super) run: unsafe fn(NonNull<Header>) -> Outcome,
    /// How far behind the header the place is of a task that runs in steps.
    pub(super) place: Option<usize>,
    pub(super) discard: unsafe fn(NonNull<Header>) -> bool,
    pub(super) fail: unsafe fn(NonNull<Header>, std::io::Error),
    pub(super) take: unsafe fn(NonNull<Header>, *mut ()),
    pub(super) destroy: unsafe fn(NonNull<Header>),
    /// Of the whole allocation.
    pub(super) layout: Layout,
}

/// The common part of every task. What a switch and a wake touch comes first and shares lines.
#[repr(C)]
pub(crate) struct Header {
    coroutine: UnsafeCell<Coroutine>,
    pub(crate) id: u64,
    pub(crate) site: &'static Location<'static>,
    pub(crate) attributes: Option<Box<Attributes>>,
    /// The part of the task's worker that other threads see (H2), a type the scheduler knows.
    home: AtomicPtr<()>,
    /// How many `forbid_park` closures the task is inside of (H1).
    pub(crate) forbidden: Cell<u32>,
    pub(crate) rest: Cell<Rest>,
    references: AtomicU32,
    /// It has waited for something outside of the program since it was started (H1).
    pub(crate) outside: Cell<bool>,
    /// Whether it lies in a slab, or was allocated like anything else.
    pub(super) in_slab: bool,
    pub(crate) ambient: Ambient,
    /// The next task in an inbox (H3).
    pub(crate) queue_link: AtomicPtr<Header>,
    pub(crate) join: JoinWord,
    pub(super) vtable: &'static Vtable,
    /// Neighbours among the started tasks of the worker (H1).
    pub(crate) live_next: Cell<*const Header>,
    pub(crate) live_previous: Cell<*const Header>,
    /// The task's own values of every key that it has used (H1).
    pub(crate) locals: Locals,
    /// The innermost stack segment the task has grown into (H1), a type the scheduler knows.
    pub(crate) segments: Cell<*const ()>,
    /// The scope that waits for the task, if one does (F1 in `family.rs`).
    pub(crate) family: *const Family,
}

/// A million tasks have a million of these.
#[cfg(all(target_pointer_width = "64", not(loom)))]
const _: () = assert!(size_of::<Header>() - size_of::<Coroutine>() <= 200);

// SAFETY: every field is atomic, immutable after the spawn, or guarded by H1.
unsafe impl Send for Header {}
// SAFETY: as above.
unsafe impl Sync for Header {}

impl Header {
    /// Has the cache fetch what a claim, a switch and what follows it touch of `task`, which need not be alive.
    pub(crate) fn fetch(task: NonNull<Self>) {
        coroutine::fetch_lines(task.as_ptr(), 0..4);
    }

    /// A header with `references` references, the runtime's among them.
    #[inline]
    pub(super) fn new(
        vtable: &'static Vtable,
        birth: Birth<'_>,
        references: u32,
        in_slab: bool,
    ) -> Self {
        Self {
            coroutine: UnsafeCell::new(Coroutine::new()),
            home: AtomicPtr::new(ptr::null_mut()),
            queue_link: AtomicPtr::new(ptr::null_mut()),
            live_next: Cell::new(ptr::null()),
            live_previous: Cell::new(ptr::null()),
            segments: Cell::new(ptr::null()),
            locals: Locals::new(),
            vtable,
            ambient: Ambient::new(birth.context),
            join: JoinWord::new(),
            family: birth.family,
            references: AtomicU32::new(references),
            forbidden: Cell::new(0),
            rest: Cell::new(Rest::Ran),
            outside: Cell::new(false),
            in_slab,
            id: birth.id,
            site: birth.site,
            attributes: birth.attributes,
        }
    }

    #[inline]
    pub(crate) fn coroutine(&self) -> *mut Coroutine {
        self.coroutine.get()
    }

    /// Whether the task has been started and not buried.
    ///
    /// # Safety
    ///
    /// H1: the caller holds its queue entry or is its worker.
    pub(crate) unsafe fn has_stack(&self) -> bool {
        // SAFETY: nobody else uses the coroutine (H1), and no switch lies in here.
        unsafe { (*self.coroutine.get()).stack().is_some() }
    }

    pub(crate) fn home(&self) -> *const () {
        // ORDERING: Relaxed, the hand-over of the task orders it (H2).
        self.home.load(Ordering::Relaxed)
    }

    pub(crate) fn set_home(&self, home: *const ()) {
        // ORDERING: Relaxed, as in `home`.
        self.home.store(home.cast_mut(), Ordering::Relaxed);
    }

    /// Whether nobody but the runtime has a reference to the task, so that nobody can make another.
    pub(crate) fn is_the_runtimes_alone(&self) -> bool {
        // ORDERING: Acquire, what the other holders did happens before what their absence allows.
        self.references.load(Ordering::Acquire) == 1
    }

    pub(crate) fn name(&self) -> Option<&str> {
        self.attributes.as_ref()?.name.as_deref()
    }

    /// The stack class its builder asked for.
    pub(crate) fn class(&self) -> Option<Class> {
        self.attributes.as_ref()?.class
    }

    /// Runs the closure to its end, or the next step to its, and keeps what came of it.
    ///
    /// # Safety
    ///
    /// Called on the task's own coroutine: once, or again after an [`Outcome::Paused`]; not after `fail`.
    pub(crate) unsafe fn run(this: NonNull<Self>) -> Outcome {
        // SAFETY: passed on.
        unsafe { (this.as_ref().vtable.run)(this) }
    }

    /// Where a task that runs in steps waits between them: what `allocate_steps` was given.
    ///
    /// # Safety
    ///
    /// The task is alive, and `this` may be used for all of its allocation.
    #[inline]
    pub(crate) unsafe fn place<P>(this: NonNull<Self>) -> Option<NonNull<P>> {
        // SAFETY: alive; the offset is that of a field of the same allocation.
        unsafe { (this.as_ref().vtable.place).map(|offset| this.byte_add(offset).cast()) }
    }

    /// Gives a task that could not be started its error for a result; the closure is dropped.
    ///
    /// # Safety
    ///
    /// Instead of `run`, by the holder of the task's queue entry.
    pub(crate) unsafe fn fail(this: NonNull<Self>, error: std::io::Error) {
        // SAFETY: passed on.
        unsafe { (this.as_ref().vtable.fail)(this, error) }
    }

    /// Drops a result that nobody will join. True when it was a panic's.
    ///
    /// # Safety
    ///
    /// The task has run or failed, and its join word says that the handle is gone; or the caller
    /// is that handle, after completion. User code runs in here.
    pub(crate) unsafe fn discard(this: NonNull<Self>) -> bool {
        // SAFETY: passed on.
        unsafe { (this.as_ref().vtable.discard)(this) }
    }

    /// Moves the result out.
    ///
    /// # Panics
    ///
    /// If it was taken before.
    ///
    /// # Safety
    ///
    /// The caller is the task's only `JoinHandle`, the task is complete, and `T` is the type its
    /// closure returns.
    #[track_caller]
    pub(crate) unsafe fn take<T>(this: NonNull<Self>) -> std::thread::Result<T> {
        let mut result: Option<std::thread::Result<T>> = None;
        // SAFETY: passed on; the cell writes an option of exactly this type.
        unsafe { (this.as_ref().vtable.take)(this, ptr::from_mut(&mut result).cast()) };
        result.expect("the result of this task has been taken already")
    }

    /// How the task is called in reports: `task 7 'name' (spawned at src/main.rs:3:5)`.
    pub(crate) fn describe(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        describe(self.id, self.name(), self.site, out)
    }
}

/// See [`Header::describe`].
pub(crate) fn describe(
    id: u64,
    name: Option<&str>,
    site: &Location<'_>,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    write!(out, "task {id}")?;
    if let Some(name) = name {
        write!(out, " '{name}'")?;
    }
    write!(out, " (spawned at {site})")
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.describe(f)
    }
}

/// A counted reference to a task.
pub(crate) struct TaskRef(NonNull<Header>);

// SAFETY: a reference reaches only what H1 to H4 let any thread touch.
unsafe impl Send for TaskRef {}
// SAFETY: as above.
unsafe impl Sync for TaskRef {}

impl TaskRef {
    /// Takes over one reference that is already counted.
    ///
    /// # Safety
    ///
    /// The reference is the caller's to give.
    pub(crate) unsafe fn from_counted(header: NonNull<Header>) -> Self {
        Self(header)
    }

    /// Counts one more reference to `header`.
    ///
    /// # Safety
    ///
    /// The header is alive.
    pub(crate) unsafe fn share(header: NonNull<Header>) -> Self {
        // SAFETY: alive by contract.
        let references = unsafe { &header.as_ref().references };
        // ORDERING: Relaxed, whoever shares holds a reference already.
        let before = references.fetch_add(1, Ordering::Relaxed);
        if before > u32::MAX / 2 {
            // Only reachable by forgetting two thousand million references.
            std::process::abort();
        }
        Self(header)
    }

    pub(crate) fn header(&self) -> NonNull<Header> {
        self.0
    }

    /// Drops it; what it may leave behind is for `magazines`, the worker's that the caller is on.
    #[inline]
    pub(crate) fn release(self, magazines: &Magazines) {
        let this = ManuallyDrop::new(self);
        this.give_up(Some(magazines));
    }

    /// What `drop` does, once.
    #[inline]
    fn give_up(&self, magazines: Option<&Magazines>) {
        // The only one left needs no exchange: nobody else could make another.
        // ORDERING: Acquire, what the other holders did happens before the deallocation.
        if self.references.load(Ordering::Acquire) != 1 {
            // ORDERING: Release, so that what this holder did happens before the deallocation.
            if self.references.fetch_sub(1, Ordering::Release) != 1 {
                return;
            }
            acquire_from(&self.references);
        }
        // SAFETY: it was the last reference; nobody can reach the task any more.
        unsafe { cell::free(self.0, magazines) };
    }
}

impl std::ops::Deref for TaskRef {
    type Target = Header;

    fn deref(&self) -> &Header {
        // SAFETY: this reference keeps it alive.
        unsafe { self.0.as_ref() }
    }
}

impl Clone for TaskRef {
    fn clone(&self) -> Self {
        // SAFETY: this reference keeps it alive.
        unsafe { Self::share(self.0) }
    }
}

impl Drop for TaskRef {
    fn drop(&mut self) {
        self.give_up(None);
    }
}

impl fmt::Debug for TaskRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.describe(f)
    }
}
