//! The whole allocation of a task: its header, then its closure, later its result.

use super::context::Context;
use super::family::Family;
use super::header::{Attributes, Header, TaskRef, Vtable};
use std::cell::UnsafeCell;
use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::ptr::NonNull;
use std::thread;

/// `header` is first, so that a pointer to it is a pointer to the cell.
#[repr(C)]
struct TaskCell<F, T> {
    header: Header,
    stage: UnsafeCell<Stage<F, T>>,
}

/// Touched by the runtime until the join word says `DONE`, by the `JoinHandle` afterwards.
enum Stage<F, T> {
    Closure(F),
    Empty,
    Result(thread::Result<T>),
}

/// Allocates a task with two references: the runtime's, and the one returned.
///
/// The closure need not be `'static` or `Send` here: those are the promises of the callers, each
/// of which says how it keeps what the closure borrows alive.
pub(crate) fn allocate<F, T>(
    id: u64,
    site: &'static Location<'static>,
    attributes: Option<Box<Attributes>>,
    family: *const Family,
    context: Context,
    f: F,
) -> TaskRef
where
    F: FnOnce() -> T,
{
    let cell = Box::new(TaskCell {
        header: Header::new(
            Table::<F, T>::VTABLE,
            id,
            site,
            attributes,
            family,
            context,
            2,
        ),
        stage: UnsafeCell::new(Stage::<F, T>::Closure(f)),
    });
    let header = NonNull::from(Box::leak(cell)).cast::<Header>();
    // SAFETY: one of the two references.
    unsafe { TaskRef::from_counted(header) }
}

/// The functions behind one pair of types.
struct Table<F, T>(F, T);

impl<F: FnOnce() -> T, T> Table<F, T> {
    const VTABLE: &'static Vtable = &Vtable {
        run: Self::run,
        discard: Self::discard,
        fail: Self::fail,
        take: Self::take,
        deallocate: Self::deallocate,
    };

    /// # Safety
    ///
    /// `header` was made by `allocate::<F, T>`.
    unsafe fn stage(header: NonNull<Header>) -> *mut Stage<F, T> {
        // SAFETY: by contract a cell of these types stands at that address.
        unsafe { header.cast::<TaskCell<F, T>>().as_ref().stage.get() }
    }

    unsafe fn run(header: NonNull<Header>) -> bool {
        // SAFETY: the vtable is that of this header; the runtime owns the stage until completion.
        let stage = unsafe { Self::stage(header) };
        // Closure and result go straight from and to the cell: large ones should not be on the
        // task's stack more often than they must.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: as above; nobody else looks at the stage meanwhile.
            let Stage::Closure(f) = (unsafe { mem::replace(&mut *stage, Stage::Empty) }) else {
                unreachable!("a task runs once");
            };
            let value = f();
            // SAFETY: as above. The stage is empty, so nothing is dropped by the write.
            unsafe { stage.write(Stage::Result(Ok(value))) };
        }));
        let Err(payload) = outcome else {
            return false;
        };
        // SAFETY: as above.
        unsafe { stage.write(Stage::Result(Err(payload))) };
        true
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

    unsafe fn deallocate(header: NonNull<Header>) {
        // SAFETY: made by `Box::leak` in `allocate`, and this was the last reference.
        drop(unsafe { Box::from_raw(header.cast::<TaskCell<F, T>>().as_ptr()) });
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
