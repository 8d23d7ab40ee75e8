//! Spans that follow a task: the feature `tracing`.
//!
//! A subscriber of `tracing` keeps the spans that are entered in thread-locals, one stack a thread.
//! Tasks of one worker share a thread, so a task that switches away leaves its spans before, from
//! the innermost outwards, and enters them again when it has come back. Which they are is kept in
//! the frame that waits. What a subscriber measures as the time in a span is then the time that the
//! task ran.
//!
//! A new task starts in the span that its spawner was in, and so does what `offload` runs.
//!
//! # Subscribers are code of others
//!
//! They are called before a wait can have ended and after it has, so that nothing of the scheduler
//! is half done. They must not park in the middle of that, which [`quietly`](crate::task::quietly)
//! and the task's `forbidden` count see to: a subscriber that tries panics, the panic hook prints it, and the
//! switch goes on. Locks of `std` are all right.

use crate::task::{Header, quietly};
use tracing::dispatcher::{self, Dispatch};
use tracing::span::{Id, Span};

/// More than any program has entered at once. A subscriber that never admits that a span was left
/// must not keep its task here.
const MOST: usize = 1 << 10;

/// The spans that a task has left for as long as it is away, the innermost first.
#[must_use]
pub(super) struct Left {
    spans: Vec<Id>,
    /// Whose they are; there if any are.
    subscriber: Option<Dispatch>,
}

/// Leaves all spans of `task`, which runs.
pub(super) fn leave(task: &Header) -> Left {
    let mut left = Left {
        spans: Vec::new(),
        subscriber: None,
    };
    call(task, || {
        dispatcher::get_default(|subscriber| {
            while left.spans.len() < MOST
                && let Some(span) = subscriber.current_span().id().cloned()
            {
                left.subscriber.get_or_insert_with(|| subscriber.clone());
                left.spans.push(span.clone());
                subscriber.exit(&span);
            }
        });
    });
    left
}

impl Left {
    /// Enters them again: `task` is back.
    pub(super) fn enter(self, task: &Header) {
        let Some(subscriber) = self.subscriber else {
            return;
        };
        call(task, || {
            for span in self.spans.iter().rev() {
                subscriber.enter(span);
            }
        });
    }

    /// The task is over, and nobody will enter them again.
    pub(super) fn forget(self) {
        // Dropping a subscriber may run its code.
        quietly(|| drop(self));
    }
}

/// Calls a subscriber for `task`, see the module.
fn call(task: &Header, f: impl FnOnce()) {
    task.forbidden.set(task.forbidden.get() + 1);
    quietly(f);
    task.forbidden.set(task.forbidden.get() - 1);
}

/// What a new task or a thread of the pool runs in place of `f`: `f`, in the caller's span.
pub(super) fn inherit<F: FnOnce() -> T, T>(f: F) -> impl FnOnce() -> T {
    let span = Span::current();
    move || span.in_scope(f)
}

/// The same for what a task runs in each of its steps.
pub(super) fn inherit_each<S, R>(mut f: impl FnMut(S) -> R) -> impl FnMut(S) -> R {
    let span = Span::current();
    move |state| span.in_scope(|| f(state))
}
