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
        Self::wait(state, Until::Readable(fd_of), None)
    }

    /// The next step follows when `state`'s descriptor can be written to, or has failed. It may come
    /// early, as in [`when_readable`](Self::when_readable).
    pub fn when_writable(state: S) -> Self
    where
        S: AsFd,
    {
        Self::wait(state, Until::Writable(fd_of), None)
    }

    /// The next step follows when `duration` from now has passed.
    pub fn after(duration: Duration, state: S) -> Self {
        let deadline = Instant::now().checked_add(duration);
        Self::wait(state, Until::Nothing, deadline)
    }

    /// The wait, if this is one, lasts no longer than `duration` from now: then the next step follows although nothing
    /// has happened, and [`wait_timed_out`](crate::task::wait_timed_out) says so there.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use teem::net::{TcpListener, TcpStream};
    /// use teem::task::{Step, spawn_steps, wait_timed_out};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let silent = TcpStream::connect(listener.local_addr()?)?;
    /// let (stream, _) = listener.accept()?;
    /// let task = spawn_steps(stream, |stream| match wait_timed_out() {
    ///     true => Step::Done("nothing has come"),
    ///     false => Step::when_readable(stream).or_after(Duration::from_millis(1)),
    /// });
    /// assert_eq!(task.join().unwrap(), "nothing has come");
    /// # drop(silent);
    /// # std::io::Result::Ok(())
    /// ```
    #[must_use = "the step to come is this one"]
    pub fn or_after(mut self, duration: Duration) -> Self {
        if let Step::Wait(pause) = &mut self {
            let deadline = Instant::now().checked_add(duration);
            pause.deadline = pause.deadline.into_iter().chain(deadline).min();
        }
        self
    }

    fn wait(state: S, until: Until<S>, deadline: Option<Instant>) -> Self {
        Step::Wait(Pause {
            state,
            until,
            deadline,
        })
    }
}

fn fd_of<S: AsFd>(state: &S) -> RawFd {
    state.as_fd().as_raw_fd()
}

/// A wait between two steps, with the state that it is for.
pub struct Pause<S> {
    state: S,
    until: Until<S>,
    /// When it ends at the latest; `None` is never.
    deadline: Option<Instant>,
}

enum Until<S> {
    /// For its time alone.
    Nothing,
    Readable(fn(&S) -> RawFd),
    Writable(fn(&S) -> RawFd),
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
    /// This descriptor, which stays open until then; or a moment.
    Readable(RawFd, Option<Instant>),
    Writable(RawFd, Option<Instant>),
}

/// Allocates a task that runs `step` on `state` and what becomes of it; `place` is where it waits.
///
/// As with `allocate`, the bounds are the callers' to keep.
pub(crate) fn allocate_steps<F, S, T, P>(birth: Birth<'_>, place: P, state: S, step: F) -> TaskRef
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
            let (state, wait) = match step(state) {
                Step::Done(value) => {
                    drop(step);
                    // SAFETY: as above. The stage is empty, so nothing is dropped by the write.
                    unsafe { stage.write(Stage::Result(Ok(value))) };
                    return Outcome::Returned;
                }
                Step::Next(state) => (state, None),
                Step::Wait(pause) => (pause.state, Some((pause.until, pause.deadline))),
            };
            // SAFETY: as above.
            unsafe { stage.write(Stage::Closure((step, state))) };
            // SAFETY: as above: code of others is called with a reference to the state, in its place.
            let Stage::Closure((_, state)) = (unsafe { &*stage }) else {
                unreachable!("it was just written");
            };
            Outcome::Paused(match wait {
                None => Wish::Turn,
                Some((Until::Nothing, deadline)) => Wish::Instant(deadline),
                Some((Until::Readable(fd_of), deadline)) => Wish::Readable(fd_of(state), deadline),
                Some((Until::Writable(fd_of), deadline)) => Wish::Writable(fd_of(state), deadline),
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
