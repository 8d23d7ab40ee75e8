//! The whole allocation of a task: its header, then its closure, later its result.
//!
//! Between the two there may be a *place* of a type that the scheduler knows: where a task that runs in
//! steps waits between them (`steps.rs`).

use super::context::Context;
use super::family::Family;
use super::header::{Attributes, Header, TaskRef, Vtable};
use super::magazine::Magazines;
use super::slab::SHARED;
use super::steps::Wish;
use std::alloc::{self, Layout, handle_alloc_error};
use std::cell::UnsafeCell;
use std::io;
use std::marker::PhantomData;
use std::mem;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::ptr::{self, NonNull};
use std::thread;

/// `header` is first, so that a pointer to it is a pointer to the cell.
#[repr(C)]
pub(super) struct TaskCell<F, T, P> {
    pub(super) header: Header,
    pub(super) stage: UnsafeCell<Stage<F, T>>,
    /// Last, as it may be aligned to more than the rest.
    pub(super) place: P,
}

/// Touched by the runtime until the join word says `DONE`, by the `JoinHandle` afterwards.
pub(super) enum Stage<F, T> {
    Closure(F),
    Empty,
    Result(thread::Result<T>),
}

/// What a task is born with, beside what it does.
#[derive(Debug)]
pub(crate) struct Birth<'a> {
    /// Of the worker that spawns it, if one does.
    pub(crate) magazines: Option<&'a Magazines>,
    pub(crate) id: u64,
    pub(crate) site: &'static Location<'static>,
    pub(crate) attributes: Option<Box<Attributes>>,
    /// The scope that waits for it, if one does.
    pub(crate) family: *const Family,
    pub(crate) context: Context,
}

/// How a run on the task's own stack has ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The task is over: the closure has returned.
    Returned,
    /// The task is over, by a panic.
    Panicked,
    /// One step of the task is over, and there will be another.
    Paused(Wish),
}

/// Allocates a task with two references: the runtime's, and the one returned.
///
/// The closure need not be `'static` or `Send` here: those are the promises of the callers, each
/// of which says how it keeps what the closure borrows alive.
pub(crate) fn allocate<F, T>(birth: Birth<'_>, f: F) -> TaskRef
where
    F: FnOnce() -> T,
{
    allocate_cell::<F, T, ()>(Table::<F, T, ()>::ONCE, birth, (), f)
}

#[inline]
pub(super) fn allocate_cell<F, T, P>(
    vtable: &'static Vtable,
    birth: Birth<'_>,
    place: P,
    f: F,
) -> TaskRef {
    let layout = Layout::new::<TaskCell<F, T, P>>();
    let in_slab = birth.magazines.and_then(|magazines| magazines.take(layout));
    let memory = in_slab.unwrap_or_else(|| allocate_globally(layout));
    let cell = TaskCell {
        header: Header::new(vtable, birth, 2, in_slab.is_some()),
        place,
        stage: UnsafeCell::new(Stage::<F, T>::Closure(f)),
    };
    // SAFETY: allocated for this layout, and nobody else's.
    unsafe { memory.cast().write(cell) };
    // SAFETY: one of the two references.
    unsafe { TaskRef::from_counted(memory.cast()) }
}

#[cold]
fn allocate_globally(layout: Layout) -> NonNull<u8> {
    // SAFETY: there is a header, so the size is not zero.
    let memory = unsafe { alloc::alloc(layout) };
    NonNull::new(memory).unwrap_or_else(|| handle_alloc_error(layout))
}

/// Ends a task's allocation; a cell of a slab goes to `magazines`, if there are any at hand.
///
/// # Safety
///
/// The last reference is gone.
pub(super) unsafe fn free(header: NonNull<Header>, magazines: Option<&Magazines>) {
    // SAFETY: nobody has freed it yet.
    let (vtable, in_slab) = unsafe { (header.as_ref().vtable, header.as_ref().in_slab) };
    let (memory, layout) = (header.cast::<u8>(), vtable.layout);
    // SAFETY: allocated by `allocate_cell` with this vtable, which says for what layout; from here on nobody uses it.
    unsafe {
        (vtable.destroy)(header);
        match magazines {
            _ if !in_slab => alloc::dealloc(memory.as_ptr(), layout),
            Some(magazines) => magazines.put(layout, memory),
            None => SHARED.give_back(&[memory]),
        }
    }
}

/// The functions behind the types of a cell.
pub(super) struct Table<F, T, P>(PhantomData<(F, T, P)>);

impl<F: FnOnce() -> T, T> Table<F, T, ()> {
    const ONCE: &'static Vtable = &Self::vtable(Self::run, None);

    unsafe fn run(header: NonNull<Header>) -> Outcome {
        // SAFETY: the vtable is that of this header; the runtime owns the stage until completion.
        let stage = unsafe { Self::stage(header) };
        // Closure and result go straight from and to the cell: large ones should not be on the
        // task's stack more often than they must, and a `mem::replace` has it there twice.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: as above; nobody else looks at the stage meanwhile.
            let Stage::Closure(f) = (unsafe { &*stage }) else {
                unreachable!("a task runs once");
            };
            // SAFETY: as above; it is forgotten where it was before anything else happens.
            let f = unsafe { ptr::read(f) };
            // SAFETY: as above.
            unsafe { stage.write(Stage::Empty) };
            let value = f();
            // SAFETY: as above. The stage is empty, so nothing is dropped by the write.
            unsafe { stage.write(Stage::Result(Ok(value))) };
        }));
        let Err(payload) = outcome else {
            return Outcome::Returned;
        };
        // SAFETY: as above.
        unsafe { stage.write(Stage::Result(Err(payload))) };
        Outcome::Panicked
    }
}

impl<F, T, P> Table<F, T, P> {
    /// The table of a cell whose closure `run` runs; `place` says where its place is.
    pub(super) const fn vtable(
        run: unsafe fn(NonNull<Header>) -> Outcome,
        place: Option<usize>,
    ) -> Vtable {
        Vtable {
            run,
            place,
            discard: Self::discard,
            fail: Self::fail,
            take: Self::take,
            destroy: Self::destroy,
            layout: Layout::new::<TaskCell<F, T, P>>(),
        }
    }

    /// # Safety
    ///
    /// `header` is that of a cell of these types.
    pub(super) unsafe fn stage(header: NonNull<Header>) -> *mut Stage<F, T> {
        // SAFETY: by contract a cell of these types stands at that address.
        unsafe { header.cast::<TaskCell<F, T, P>>().as_ref().stage.get() }
    }

    unsafe fn discard(header: NonNull<Header>) -> bool {
        // SAFETY: as in `run`; the caller owns the stage.
        let stage = unsafe { mem::replace(&mut *Self::stage(header), Stage::Empty) };
        let panicked = matches!(stage, Stage::Result(Err(_)));
        drop_quietly(stage);
        panicked
    }

    unsafe fn fail(header: NonNull<Header>, error: io::Error) {
        // SAFETY: as in `run`.
        let stage = unsafe { Self::stage(header) };
        let result = Stage::Result(Err(Box::new(error)));
        // SAFETY: as in `run`.
        drop_quietly(unsafe { mem::replace(&mut *stage, result) });
    }

    unsafe fn take(header: NonNull<Header>, out: *mut ()) {
        // SAFETY: the handle owns the stage after completion.
        let stage = unsafe { mem::replace(&mut *Self::stage(header), Stage::Empty) };
        if let Stage::Result(result) = stage {
            // SAFETY: `Header::take` passes an option of this very type.
            unsafe { *out.cast::<Option<thread::Result<T>>>() = Some(result) };
        }
    }

    unsafe fn destroy(header: NonNull<Header>) {
        // SAFETY: made by `allocate_cell`, and this was the last reference.
        unsafe { header.cast::<TaskCell<F, T, P>>().drop_in_place() };
    }
}

/// Drops user data of which nobody wants to hear any more: a panic in its destructor has been
/// printed by the panic hook and ends here, the payload forgotten because it may panic in turn.
pub(super) fn drop_quietly<V>(value: V) {
    quietly(|| drop(value));
}

/// Runs code of others where no panic may get out.
pub(crate) fn quietly(f: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(f)) {
        mem::forget(payload);
    }
}
