//! Scopes whose children may fail: the first failure cancels the others and is what comes out.
//!
//! The idea is that of Go's `golang.org/x/sync/errgroup`; the borrowing is that of `std`'s scopes. A
//! [`TryScope`] is a [`Scope`] with a context for all that runs in it, and a place for the first failure:
//!
//! | what happens                 | first failure, if there was none | context of the scope |
//! | ---------------------------- | -------------------------------- | -------------------- |
//! | a child returns an error     | the error                        | cancelled            |
//! | a child panics               | the payload                      | cancelled            |
//! | the closure returns an error | the error                        | cancelled            |
//! | the closure panics           | as it was: its panic goes first  | cancelled            |
//! | all have ended               | as it was                        | cancelled            |

use crate::context::{self, CancelHandle, Context};
use crate::scheduler::Scope;
use crate::sync::{OnceLock, Semaphore};
use crate::task::Builder;
use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How a child has failed.
enum Failure<E> {
    Error(E),
    Panic(Box<dyn Any + Send>),
}

/// Where the closure of [`try_scope`] spawns its children.
pub struct TryScope<'scope, 'env: 'scope, E> {
    scope: Scope<'scope, 'env>,
    context: Context,
    cancel: CancelHandle,
    /// Decided by the first child that is spawned, if not before.
    limit: OnceLock<Option<Semaphore>>,
    first: Mutex<Option<Failure<E>>>,
}

/// Runs `f`, which may spawn tasks that borrow from outside of it and that may fail, and waits for all
/// of them. In a task it parks, in a thread it blocks.
///
/// All of it happens in a [context](crate::context) of the scope's own, below the caller's. The first
/// failure in time, be it an error of a child, an error of `f` or a panic of a child, cancels that
/// context, so that the blocking calls of the others fail and they can end; and it is what comes out.
/// Later failures are dropped. When all have ended the context is cancelled in any case.
///
/// [`scope`](crate::scope) is for children that do not fail, or whose results are wanted one by one.
///
/// # Errors
///
/// The first error, if no panic came before it.
///
/// # Panics
///
/// With the payload of the first child that panicked, if no error came before it; with that of `f`, if
/// it did. In either case after the children have ended. Inside [`forbid_park`](crate::task::forbid_park),
/// before anything is done.
///
/// # Cancellation
///
/// Is not cut: it waits for the children. But they are in a context that ends with the caller's.
///
/// # Examples
///
/// ```
/// use std::num::ParseIntError;
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// fn sum(numbers: &[&str]) -> Result<u32, ParseIntError> {
///     let sum = AtomicU32::new(0);
///     teem::try_scope(|s| {
///         for number in numbers {
///             s.spawn(|| {
///                 sum.fetch_add(number.parse()?, Ordering::Relaxed);
///                 Ok(())
///             });
///         }
///         Ok(())
///     })?;
///     Ok(sum.into_inner())
/// }
///
/// assert_eq!(sum(&["1", "20", "300"]), Ok(321));
/// assert!(sum(&["1", "many"]).is_err());
/// ```
///
/// A failure ends the waits of the others:
///
/// ```
/// use teem::chan::{self, RecvError};
///
/// let (_sender, receiver) = chan::bounded::<u32>(1);
/// let result: Result<(), &str> = teem::try_scope(|s| {
///     s.spawn(|| match receiver.recv() {
///         Err(RecvError::Cancelled) => Ok(()),
///         _ => panic!("nothing is sent"),
///     });
///     s.spawn(|| Err("the disk is full"));
///     Ok(())
/// });
/// assert_eq!(result, Err("the disk is full"));
/// ```
///
/// What a child borrows must outlive the scope:
///
/// ```compile_fail,E0373
/// teem::try_scope(|s| {
///     let inside = String::new();
///     s.spawn(|| if inside.is_empty() { Err(()) } else { Ok(()) });
///     Ok(())
/// });
/// ```
#[track_caller]
pub fn try_scope<'env, F, R, E>(f: F) -> Result<R, E>
where
    F: for<'scope> FnOnce(&'scope TryScope<'scope, 'env, E>) -> Result<R, E>,
{
    let (context, cancel) = context::current().with_cancel();
    let scope = TryScope {
        // SAFETY: `run` is called below, once. The scope is reached through the `TryScope` alone, which
        // nobody has before.
        scope: unsafe { Scope::new() },
        context,
        cancel,
        limit: OnceLock::new(),
        first: Mutex::new(None),
    };
    let result = scope.scope.run(|| {
        let closure = AssertUnwindSafe(|| scope.context.enter(|| f(&scope)));
        match catch_unwind(closure) {
            Ok(Ok(value)) => Some(value),
            Ok(Err(error)) => {
                scope.fail(Failure::Error(error));
                None
            }
            Err(payload) => {
                scope.cancel.cancel();
                resume_unwind(payload)
            }
        }
    });
    scope.cancel.cancel();
    let first = scope.lock_first().take();
    match (result, first) {
        (Err(payload), _) | (_, Some(Failure::Panic(payload))) => resume_unwind(payload),
        (_, Some(Failure::Error(error))) => Err(error),
        (Ok(value), None) => Ok(value.expect("without a value there is a failure")),
    }
}

impl<'scope, E> TryScope<'scope, '_, E> {
    /// Spawns a child, which may borrow what outlives the scope. It runs in the scope's context, no
    /// matter which one its spawner is in.
    ///
    /// Parks, or blocks the thread, while as many children run as the [`limit`](Self::limit) allows. So
    /// with a limit a child that spawns siblings may wait for itself.
    ///
    /// # Panics
    ///
    /// As [`spawn`](crate::spawn); and if there is a limit, inside of
    /// [`forbid_park`](crate::task::forbid_park) when it has to wait.
    ///
    /// # Cancellation
    ///
    /// Is not cut, and spawns the child even if the context is done: it runs, and finds out at its first
    /// blocking call that it should end.
    #[track_caller]
    pub fn spawn<F>(&'scope self, f: F)
    where
        F: FnOnce() -> Result<(), E> + Send + 'scope,
        E: Send,
    {
        let limit = self.limit.get_or_init(|| None).as_ref();
        let permit = limit.map(|limit| {
            let permit = context::shield(|| limit.acquire());
            permit.expect("nothing ends a shielded wait")
        });
        let child = move || {
            let _permit = permit;
            match catch_unwind(AssertUnwindSafe(f)) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => self.fail(Failure::Error(error)),
                Err(payload) => {
                    self.fail(Failure::Panic(payload));
                    // Has the runtime treat the task as what it is, one that has panicked.
                    resume_unwind(Box::new(()));
                }
            }
        };
        let builder = Builder::new().context(self.context.clone());
        if let Err(error) = self.scope.spawn_with(builder, child) {
            panic!("{error}");
        }
    }

    /// Has at most `n` children run at a time: [`spawn`](Self::spawn) waits for one to end while there
    /// are as many. A limit that no semaphore counts up to, above `usize::MAX / 2`, is lowered to that.
    ///
    /// # Panics
    ///
    /// If `n` is zero, if there is a limit already, and after the first child was spawned.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    ///
    /// let running = AtomicUsize::new(0);
    /// let result: Result<(), ()> = teem::try_scope(|s| {
    ///     s.limit(2);
    ///     for _ in 0..20 {
    ///         s.spawn(|| {
    ///             assert!(running.fetch_add(1, Ordering::SeqCst) < 2);
    ///             teem::task::yield_now();
    ///             running.fetch_sub(1, Ordering::SeqCst);
    ///             Ok(())
    ///         });
    ///     }
    ///     Ok(())
    /// });
    /// assert_eq!(result, Ok(()));
    /// ```
    #[track_caller]
    pub fn limit(&self, n: usize) {
        assert!(n > 0, "with a limit of zero no child would ever run");
        let set = self.limit.set(Some(Semaphore::new(n.min(usize::MAX / 2))));
        assert!(
            set.is_ok(),
            "the limit of a scope is set once, before its first child is spawned"
        );
    }

    /// Keeps the first failure, and has the others end.
    fn fail(&self, failure: Failure<E>) {
        let mut first = self.lock_first();
        if first.is_none() {
            *first = Some(failure);
            drop(first);
            self.cancel.cancel();
        } else {
            // What is dropped is the user's: not under the lock.
            drop(first);
            drop(failure);
        }
    }

    fn lock_first(&self) -> MutexGuard<'_, Option<Failure<E>>> {
        // No code of others runs under the lock, so a poisoned one is still in order.
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E> fmt::Debug for TryScope<'_, '_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryScope")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}
