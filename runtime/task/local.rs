//! Values of which every task has its own: the keys, and where the values stand.
//!
//! A [`LocalKey`] is a static, and its address says which it is. The values of a task are nodes of a
//! list that begins in its header; each is made when it is first used, so a task that uses none pays
//! one word. Few tasks use more than a few keys: the list is walked. A thread that runs no task has
//! such a list, too.
//!
//! | `first`  | meaning                                                  | set by                    |
//! | -------- | -------------------------------------------------------- | ------------------------- |
//! | null     | no value has been used yet                               | creation                  |
//! | a node   | the value that was made last, and behind it the others   | [`with`](Locals::with)    |
//! | `ENDED`  | the task is over and has no values any more              | [`finish`](Locals::finish)|
//!
//! - **V1** A list is touched by its task alone (H1), or by the thread that it belongs to.
//! - **V2** A value stays where it is until `finish` destroys it, which happens when no closure of
//!   `with` runs any more but inside of destructors. There a value that is being destroyed, or was,
//!   cannot be had; and a closure that has another one returns before that is destroyed. Only a coroutine of another
//!   library can have been suspended in a closure, and outlast the task: a value that is *lent* so is leaked.
//! - **V3** The key of a node says of what type its value is. No two keys have the same address: they
//!   are at least a byte in size and can be written to, so neither compiler nor linker takes two for one.

use super::cell::quietly;
use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::mem::{self, ManuallyDrop};
use std::ptr::{self, NonNull};
use std::sync::atomic::AtomicU8;

/// A value of which each task has its own: what [`task_local!`](crate::task_local) declares, as
/// `std::thread::LocalKey` is what `thread_local!` does.
///
/// The value is made when a task first uses it, and destroyed on the task's own stack when its closure
/// has returned, before anybody who joins it hears of that. It need not be `Send`. Children of a task
/// do not inherit it: values for them are what a [context](crate::context) carries.
///
/// Destructors run in the reverse order of first use. One that uses other keys finds their values, or
/// makes them, unless they are destroyed already; a value without a destructor is there to the last. A
/// panic in a destructor ends there.
///
/// On an OS thread that runs no task, the value is the thread's. That includes what runs in
/// [`offload`](crate::offload).
pub struct LocalKey<T: 'static> {
    pub(crate) init: fn() -> T,
    /// Has the key be writable memory of its own (V3).
    _place: AtomicU8,
}

impl<T: 'static> LocalKey<T> {
    /// For the macro, which puts it into a static.
    #[doc(hidden)]
    pub const fn new(init: fn() -> T) -> Self {
        Self {
            init,
            _place: AtomicU8::new(0),
        }
    }
}

impl<T> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("LocalKey { .. }")
    }
}

/// The value of a [`LocalKey`] is being destroyed, or has been: see [`LocalKey::try_with`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessError;

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the task-local value has been destroyed")
    }
}

impl Error for AccessError {}

/// What a list must be able to do to a value without knowing its type.
struct Table {
    /// Destroys the value in its place; none if that is nothing to do.
    destroy: Option<unsafe fn(NonNull<Node>)>,
    /// Frees the node, with no value in it.
    deallocate: unsafe fn(NonNull<Node>),
}

/// The part of a [`Slot`] whose type everybody knows.
struct Node {
    next: *mut Node,
    key: *const (),
    table: &'static Table,
    destroyed: Cell<bool>,
    /// To how many closures that have not returned.
    lent: Cell<u32>,
}

impl Node {
    fn is_lent(&self) -> bool {
        self.lent.get() > 0
    }
}

/// A closure of [`with`](Locals::with) has the value.
struct Lent(NonNull<Node>);

impl Lent {
    fn new(node: NonNull<Node>) -> Self {
        let this = Self(node);
        let lent = this.count();
        lent.set(
            lent.get()
                .checked_add(1)
                .expect("fewer closures than this run at once"),
        );
        this
    }

    fn count(&self) -> &Cell<u32> {
        // SAFETY: in the list when it was lent, and `finish` frees no node that is lent.
        unsafe { &self.0.as_ref().lent }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.count().set(self.count().get() - 1);
    }
}

/// `node` is first, so that a pointer to it is a pointer to the slot.
#[repr(C)]
struct Slot<T> {
    node: Node,
    value: ManuallyDrop<T>,
}

impl<T> Slot<T> {
    const TABLE: &'static Table = &Table {
        destroy: if mem::needs_drop::<T>() {
            Some(Self::destroy)
        } else {
            None
        },
        deallocate: Self::deallocate,
    };

    /// # Safety
    ///
    /// `node` was made for a `T`; its value is there, nobody has a reference to it, and nobody uses it
    /// afterwards.
    unsafe fn destroy(node: NonNull<Node>) {
        // SAFETY: by contract.
        unsafe { ManuallyDrop::drop(&mut (*node.cast::<Self>().as_ptr()).value) };
    }

    /// # Safety
    ///
    /// `node` was made for a `T`, and this is its last use.
    unsafe fn deallocate(node: NonNull<Node>) {
        // SAFETY: by contract; made by `Box::leak` in `with`.
        drop(unsafe { Box::from_raw(node.cast::<Self>().as_ptr()) });
    }
}

const ENDED: *mut Node = ptr::without_provenance_mut(1);

/// The node that `link` points to, if it does.
fn node(link: *mut Node) -> Option<NonNull<Node>> {
    NonNull::new(link).filter(|node| node.as_ptr() != ENDED)
}

/// The values of a task, or of a thread. To be ended by [`finish`](Self::finish), else they leak.
pub(crate) struct Locals {
    first: Cell<*mut Node>,
}

impl Locals {
    pub(crate) const fn new() -> Self {
        Self {
            first: Cell::new(ptr::null_mut()),
        }
    }

    fn nodes(&self) -> impl Iterator<Item = NonNull<Node>> {
        std::iter::successors(node(self.first.get()), |at| {
            // SAFETY: nodes are freed by `finish` only, and not before they are out of the list.
            node(unsafe { at.as_ref() }.next)
        })
    }

    /// Where the value of `key` is, if it has been made.
    fn find<T>(&self, key: &'static LocalKey<T>) -> Result<Option<NonNull<Slot<T>>>, AccessError> {
        let key = ptr::from_ref(key).cast();
        // SAFETY: as in `nodes`.
        let same = |node: &NonNull<Node>| unsafe { node.as_ref() }.key == key;
        match self.nodes().find(same) {
            // SAFETY: as in `nodes`.
            Some(node) if unsafe { node.as_ref() }.destroyed.get() => Err(AccessError),
            // By V3 its value is a `T`.
            Some(node) => Ok(Some(node.cast())),
            None if self.first.get() == ENDED => Err(AccessError),
            None => Ok(None),
        }
    }

    /// Runs `f` with the value of `key`, which `init` makes if need be.
    pub(crate) fn with<T, R>(
        &self,
        key: &'static LocalKey<T>,
        init: impl FnOnce() -> T,
        f: impl FnOnce(&T) -> R,
    ) -> Result<R, AccessError> {
        let slot = match self.find(key)? {
            Some(slot) => slot,
            None => self.put(key, init())?,
        };
        let _lent = Lent::new(slot.cast());
        // SAFETY: the value stays there while it is lent (V2).
        Ok(f(unsafe { &slot.as_ref().value }))
    }

    /// Makes `value` that of `key`, which had none when `value` began to be made.
    #[cold]
    fn put<T>(&self, key: &'static LocalKey<T>, value: T) -> Result<NonNull<Slot<T>>, AccessError> {
        let mut value = ManuallyDrop::new(value);
        // It has one now if it was used for making `value`. As in `std`, the later one stays, unless the other is lent.
        if let Some(slot) = self.find(key)? {
            // SAFETY: nobody has a reference to a value that is not lent; and whichever is left is dropped once.
            unsafe {
                if !slot.as_ref().node.is_lent() {
                    mem::swap(&mut (*slot.as_ptr()).value, &mut value);
                }
                ManuallyDrop::drop(&mut value);
            }
            return Ok(slot);
        }
        let slot = NonNull::from(Box::leak(Box::new(Slot {
            node: Node {
                next: self.first.get(),
                key: ptr::from_ref(key).cast(),
                table: Slot::<T>::TABLE,
                destroyed: Cell::new(false),
                lent: Cell::new(0),
            },
            value,
        })));
        self.first.set(slot.cast().as_ptr());
        Ok(slot)
    }

    /// Destroys the values, also those that are made meanwhile. Afterwards there are none.
    ///
    /// # Safety
    ///
    /// The caller is the task (or thread), and called from no closure of [`with`](Self::with), which may be suspended.
    pub(crate) unsafe fn finish(&self) {
        if self.first.get().is_null() {
            return self.first.set(ENDED);
        }
        // From the front each time: a destructor may have put a new value there.
        while let Some((node, destroy)) = self.nodes().find_map(|node| {
            // SAFETY: as in `nodes`.
            let header = unsafe { node.as_ref() };
            let destroy = header.table.destroy?;
            if header.is_lent() {
                return None;
            }
            (!header.destroyed.replace(true)).then_some((node, destroy))
        }) {
            // SAFETY: the table is that of this node. It was not destroyed and now cannot be had any
            // more; and no reference is left of before (V2).
            quietly(|| unsafe { destroy(node) });
        }
        let mut at = self.first.replace(ENDED);
        while let Some(node) = node(at) {
            // SAFETY: in the list until now, and out of reach but for who it is lent to; if nobody, its value is
            // destroyed or needs not be.
            unsafe {
                at = node.as_ref().next;
                if !node.as_ref().is_lent() {
                    (node.as_ref().table.deallocate)(node);
                }
            }
        }
    }
}

impl Locals {
    /// After `finish`: there may be values again, those of the next step.
    pub(crate) fn begin_again(&self) {
        debug_assert!(self.first.get() == ENDED);
        self.first.set(ptr::null_mut());
    }
}

impl fmt::Debug for Locals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Locals { .. }")
    }
}
