//! Tasks that run in steps: a function from a state to the next one, called again and again.
//!
//! Between two steps such a task is what it was before the first: an allocation that any worker may
//! start. So it holds no stack while it waits, and can move. What it would have in its frame while it
//! waits (the waiter, the place in a wheel) stands in its allocation instead, in the *place* that the
//! scheduler has put there.
//!
//! ```text
//!   Closure((f, s)) ── run ── f(s) ──┬─ Next, Wait ── Closure((f, s)), Outcome::Paused(wish)
//!                                    ├─ Done ──────── Result(Ok(value))
//!                                    └─ a panic ───── Result(Err(payload))
//! ```
//!
//! A step that waits for a descriptor says which one by a function of the state. It is called when the
//! state is back in the allocation, and the state stays there, untouched, until the wait is over: so
//! the descriptor that was lent stays open as long.

use super::cell::{Birth, Outcome, Stage, Table, TaskCell, allocate_cell};
use super::header::{Header, TaskRef, Vtable};
use std::fmt;
use std::mem::{self, offset_of};
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::time::{Duration, Instant};

/// What a step of a task comes to: see [`spawn_steps`](crate::task::spawn_steps).
#[derive(Debug)]
pub enum Step<S, T> {
    /// The next step follows as soon as it is the task's turn again.
    Next(S),
    /// The task is over.
    Done(T),
    /// The next step follows when the wait is over: what the constructors make.
    Wait(Pause<S>),
}

impl<S, T> Step<S, T> {
    /// The next step follows when `state`'s descriptor can be read from, has come to its end or has
    /// failed. It may come early: a descriptor that does not block should be used in a step.
    pub fn when_readable(state: S) -> Self
    where
        S: AsFd,
    {
        Self::wait(state, Until::Readable(|state| state.as_fd().as_raw_fd()))
    }

    /// The next step follows when `state`'s descriptor can be written to, or has failed. It may come
    /// early, as in [`when_readable`](Self::when_readable).
    pub fn when_writable(state: S) -> Self
    where
        S: AsFd,
    {
        Self::wait(state, Until::Writable(|state| state.as_fd().as_raw_fd()))
    }

    /// The next step follows when `duration` from now has passed.
    pub fn after(duration: Duration, state: S) -> Self {
        Self::wait(state, Until::Instant(Instant::now().checked_add(duration)))
    }

    fn wait(state: S, until: Until<S>) -> Self {
        Step::Wait(Pause { state, until })
    }
}

/// A wait between two steps, with the state that it is for.
pub struct Pause<S> {
    state: S,
    until: Until<S>,
}

enum Until<S> {
    Readable(fn(&S) -> RawFd),
    Writable(fn(&S) -> RawFd),
    Instant(Option<Instant>),
}

impl<S: fmt::Debug> fmt::Debug for Pause<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pause")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// What a task wants before its next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Its turn.
    Turn,
    /// A moment; `None` is never.
    Instant(Option<Instant>),
    /// This descriptor, which stays open until then.
    Readable(RawFd),
    Writable(RawFd),
}

/// Allocates a task that runs `step` on `state` and what becomes of it; `place` is where it waits.
///
/// As with `allocate`, the bounds are the callers' to keep.
pub(crate) fn allocate_steps<F, S, T, P>(birth: Birth, place: P, state: S, step: F) -> TaskRef
where
    F: FnMut(S) -> Step<S, T>,
{
    let vtable = Table::<(F, S), T, P>::STEPS;
    allocate_cell::<_, T, P>(vtable, birth, place, (step, state))
}

impl<F, S, T, P> Table<(F, S), T, P>
where
    F: FnMut(S) -> Step<S, T>,
{
    const STEPS: &'static Vtable =
        &Self::vtable(Self::step, Some(offset_of!(TaskCell<(F, S), T, P>, place)));

    unsafe fn step(header: NonNull<Header>) -> Outcome {
        // SAFETY: the vtable is that of this header; the runtime owns the stage until completion.
        let stage = unsafe { Self::stage(header) };
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: as above; nobody else looks at the stage meanwhile.
            let Stage::Closure((mut step, state)) =
                (unsafe { mem::replace(&mut *stage, Stage::Empty) })
            else {
                unreachable!("a step follows a pause");
            };
            let (state, until) = match step(state) {
                Step::Done(value) => {
                    drop(step);
                    // SAFETY: as above. The stage is empty, so nothing is dropped by the write.
                    unsafe { stage.write(Stage::Result(Ok(value))) };
                    return Outcome::Returned;
                }
                Step::Next(state) => (state, None),
                Step::Wait(Pause { state, until }) => (state, Some(until)),
            };
            // SAFETY: as above.
            unsafe { stage.write(Stage::Closure((step, state))) };
            // SAFETY: as above: code of others is called with a reference to the state, in its place.
            let Stage::Closure((_, state)) = (unsafe { &*stage }) else {
                unreachable!("it was just written");
            };
            Outcome::Paused(match until {
                None => Wish::Turn,
                Some(Until::Instant(instant)) => Wish::Instant(instant),
                Some(Until::Readable(fd_of)) => Wish::Readable(fd_of(state)),
                Some(Until::Writable(fd_of)) => Wish::Writable(fd_of(state)),
            })
        }));
        outcome.unwrap_or_else(|payload| {
            // SAFETY: as above. A state that is there, and the closure with it, is dropped.
            super::cell::drop_quietly(unsafe {
                mem::replace(&mut *stage, Stage::Result(Err(payload)))
            });
            Outcome::Panicked
        })
    }
}
