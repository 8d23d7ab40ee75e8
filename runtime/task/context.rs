//! A context as data: what ends it, when, and what it carries. What waits, enters or spawns is in
//! the `context` layer.

use super::cancel::CancelNode;
use std::any::Any;
use std::error::Error;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fmt, io};

/// Why a context is done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Cause {
    /// It was cancelled.
    Cancelled,
    /// Its deadline has passed.
    DeadlineExceeded,
    /// It was cancelled with this error.
    Custom(Arc<dyn Error + Send + Sync>),
}

/// Two custom causes are equal if they are the same error, not if they read alike.
impl PartialEq for Cause {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Cause::Cancelled, Cause::Cancelled) => true,
            (Cause::DeadlineExceeded, Cause::DeadlineExceeded) => true,
            (Cause::Custom(one), Cause::Custom(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for Cause {}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Cancelled => f.write_str("the context was cancelled"),
            Cause::DeadlineExceeded => f.write_str("the deadline of the context has passed"),
            Cause::Custom(error) => write!(f, "the context was cancelled: {error}"),
        }
    }
}

/// The context is done, and the call that returns this did nothing.
///
/// I/O wraps it in an [`io::Error`]: see [`cause_of`](crate::context::cause_of).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancelled(Cause);

impl Cancelled {
    pub(crate) fn new(cause: Cause) -> Self {
        Self(cause)
    }

    /// Why the context is done.
    pub fn cause(&self) -> &Cause {
        &self.0
    }
}

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Cancelled {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Cause::Custom(error) => Some(&**error),
            _ => None,
        }
    }
}

/// A passed deadline is of the kind `TimedOut`, anything else of the kind `Other`.
impl From<Cancelled> for io::Error {
    fn from(cancelled: Cancelled) -> Self {
        let kind = match cancelled.0 {
            Cause::DeadlineExceeded => io::ErrorKind::TimedOut,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, cancelled)
    }
}

/// What a context has been given beside a node: a deadline or a value, and what it was given before.
struct Given {
    /// The soonest so far: that of what stands further out means nothing.
    deadline: Option<Instant>,
    value: Option<Arc<dyn Any + Send + Sync>>,
    outer: Option<Arc<Given>>,
}

impl Drop for Given {
    fn drop(&mut self) {
        // A loop and not a recursion: a chain may be longer than a stack.
        let mut outer = self.outer.take();
        while let Some(given) = outer {
            outer = Arc::into_inner(given).and_then(|mut given| given.outer.take());
        }
    }
}

/// When to stop, and why: a deadline, a cancellation, and values for whoever runs in it.
///
/// See the [module](crate::context).
// Two words, for each task has one. Most have no deadline and no value, and for those who have it one more step
// to it is cheaper than 16 bytes in every header.
#[derive(Clone)]
pub struct Context {
    /// Ends this context when it ends; none: nothing but the deadline does.
    node: Option<Arc<CancelNode>>,
    given: Option<Arc<Given>>,
}

impl Context {
    /// The context that nothing ends and that carries nothing.
    pub fn background() -> Self {
        Self {
            node: None,
            given: None,
        }
    }

    pub(crate) fn node(&self) -> Option<&Arc<CancelNode>> {
        self.node.as_ref()
    }

    /// This context, ended by `node` instead.
    pub(crate) fn with_node(&self, node: Arc<CancelNode>) -> Self {
        Self {
            node: Some(node),
            given: self.given.clone(),
        }
    }

    /// The value that was given last, and behind it the others.
    fn values(&self) -> Option<&Arc<Given>> {
        let last = self.given.as_ref()?;
        match last.value {
            Some(_) => Some(last),
            None => last.outer.as_ref(),
        }
    }

    /// The values of this context, perhaps with one more, and `deadline`: all that is given.
    fn give(
        &self,
        deadline: Option<Instant>,
        value: Option<Arc<dyn Any + Send + Sync>>,
    ) -> Option<Arc<Given>> {
        Some(Arc::new(Given {
            deadline,
            value,
            outer: self.values().cloned(),
        }))
    }

    /// The context that is done at `deadline`, if this one is not before.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use teem::context::{Cause, Context};
    ///
    /// let past = Context::background().with_deadline(Instant::now() - Duration::from_secs(1));
    /// assert_eq!(past.cause(), Some(Cause::DeadlineExceeded));
    /// ```
    #[must_use = "the context is new; the one it is called on stays as it is"]
    pub fn with_deadline(&self, deadline: Instant) -> Self {
        let deadline = (self.deadline()).map_or(deadline, |outer| outer.min(deadline));
        Self {
            node: self.node.clone(),
            given: self.give(Some(deadline), None),
        }
    }

    /// The context that is done after `timeout`, if this one is not before; for a timeout beyond
    /// what an [`Instant`] can hold, this context again.
    #[must_use = "the context is new; the one it is called on stays as it is"]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        match Instant::now().checked_add(timeout) {
            Some(deadline) => self.with_deadline(deadline),
            None => self.clone(),
        }
    }

    /// The context that also carries `value`, found by its type. One of the same type that this
    /// context carries is hidden by it.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::context::Context;
    ///
    /// struct RequestId(u64);
    /// let context = Context::background().with_value(RequestId(7));
    /// assert_eq!(context.value::<RequestId>().unwrap().0, 7);
    /// assert!(context.value::<String>().is_none());
    /// ```
    #[must_use = "the context is new; the one it is called on stays as it is"]
    pub fn with_value<T: Any + Send + Sync>(&self, value: T) -> Self {
        Self {
            node: self.node.clone(),
            given: self.give(self.deadline(), Some(Arc::new(value))),
        }
    }

    /// The value of type `T` that this context carries.
    pub fn value<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        let mut at = self.given.as_ref();
        while let Some(here) = at {
            if let Some(Ok(value)) = here.value.clone().map(Arc::downcast) {
                return Some(value);
            }
            at = here.outer.as_ref();
        }
        None
    }

    /// The context that carries the same values, and that nothing ends.
    #[must_use = "the context is new; the one it is called on stays as it is"]
    pub fn without_cancel(&self) -> Self {
        let given = match self.values() {
            // It was given within a deadline.
            Some(value) if value.deadline.is_some() => self.give(None, None),
            values => values.cloned(),
        };
        Self { node: None, given }
    }

    /// When the context will be done at the latest.
    #[inline]
    pub fn deadline(&self) -> Option<Instant> {
        self.given.as_ref()?.deadline
    }

    /// Whether the context is done: cancelled, or past its deadline. It stays so.
    pub fn is_done(&self) -> bool {
        self.node.as_ref().is_some_and(|node| node.is_done())
            || self.deadline().is_some_and(|at| at <= Instant::now())
    }

    /// Why the context is done; `None` while it is not. The first cause stays.
    pub fn cause(&self) -> Option<Cause> {
        let deadline = self.deadline();
        let has_passed = deadline.is_some_and(|at| at <= Instant::now());
        let end = self.node.as_ref().and_then(|node| match has_passed {
            true => node.end_before_now(),
            false => node.end(),
        });
        match end {
            // Not by whether it had passed a moment ago: who asks later must hear the same.
            Some((cause, at)) if deadline.is_none_or(|deadline| at < deadline) => Some(cause),
            Some(_) => Some(Cause::DeadlineExceeded),
            None => has_passed.then_some(Cause::DeadlineExceeded),
        }
    }

    /// Fails if the context is done.
    ///
    /// # Errors
    ///
    /// [`Cancelled`], with the cause.
    pub fn check(&self) -> Result<(), Cancelled> {
        self.cause().map_or(Ok(()), |cause| Err(Cancelled(cause)))
    }
}

// Nothing of a context changes in the hands of whoever holds it.
impl UnwindSafe for Context {}
impl RefUnwindSafe for Context {}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("cause", &self.cause())
            .field("deadline", &self.deadline())
            .finish_non_exhaustive()
    }
}
