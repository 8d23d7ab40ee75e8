//! Which type a type parameter is: specialization, which the language does not have yet.
//!
//! [`Any`](std::any::Any) asks for `'static`, and `std::io::copy`, whose signature ours is, does not. So the
//! type is asked for without its lifetimes, and what it was found to be is used with none that was not
//! there: through the reference that it came by. The way to ask is that of D. Tolnay's crate `typeid`.

use std::any::TypeId;
use std::marker::PhantomData;
use std::{mem, ptr};

trait Identity {
    fn identity(&self) -> TypeId
    where
        Self: 'static;
}

impl<T: ?Sized> Identity for PhantomData<T> {
    fn identity(&self) -> TypeId
    where
        Self: 'static,
    {
        TypeId::of::<T>()
    }
}

/// The id of `T`, as if all lifetimes in it were `'static`.
fn identity<T: ?Sized>() -> TypeId {
    let phantom = PhantomData::<T>;
    let identity: &dyn Identity = &phantom;
    // SAFETY: the two types differ in the bound on the lifetime alone. It lets a method be called that
    // uses nothing but the id of the type, which does not depend on lifetimes.
    let identity = unsafe { mem::transmute::<&dyn Identity, &(dyn Identity + 'static)>(identity) };
    identity.identity()
}

/// `value` as a `U`, if it is one or a reference to one.
pub(super) fn as_one<T: ?Sized, U: 'static>(value: &T) -> Option<&U> {
    let thin = ptr::from_ref(value).cast::<()>();
    let identity = identity::<T>();
    if identity == TypeId::of::<U>() {
        // SAFETY: `T` is `U`, which has no lifetimes.
        return Some(unsafe { &*thin.cast::<U>() });
    }
    if identity == TypeId::of::<&'static U>() || identity == TypeId::of::<&'static mut U>() {
        // SAFETY: `T` is a reference to a `U` that lives as long as `T` does, so at least as long as
        // `value` is borrowed; and what is reached through a shared borrow of a reference is shared.
        return Some(unsafe { &**thin.cast::<&U>() });
    }
    None
}

/// The same, to be changed.
pub(super) fn as_one_mut<T: ?Sized, U: 'static>(value: &mut T) -> Option<&mut U> {
    let thin = ptr::from_mut(value).cast::<()>();
    let identity = identity::<T>();
    if identity == TypeId::of::<U>() {
        // SAFETY: `T` is `U`, which has no lifetimes.
        return Some(unsafe { &mut *thin.cast::<U>() });
    }
    if identity == TypeId::of::<&'static mut U>() {
        // SAFETY: `T` is a reference to a `U` that lives as long as `T` does, and through which that may be changed
        // as long as nobody else uses `value`.
        return Some(unsafe { &mut **thin.cast::<&mut U>() });
    }
    None
}
