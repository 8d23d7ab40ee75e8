//! The right to cancel a context.

use super::{Cause, Context};
use crate::scheduler::park;
use crate::task::CancelNode;
use std::error::Error;
use std::sync::Arc;

/// Cancels a context and all that were made from it. Dropping it cancels nothing.
#[derive(Clone, Debug)]
pub struct CancelHandle(Arc<CancelNode>);

impl CancelHandle {
    /// Ends the context, and then all that were made from it. Does nothing when it has been cancelled already: it may
    /// then return before the first call has reached all of these.
    pub fn cancel(&self) {
        self.0.cancel(&Cause::Cancelled, &mut park::settle);
    }

    /// Ends the context with `error` as its cause.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::context::{Cause, Context};
    ///
    /// let (context, cancel) = Context::background().with_cancel();
    /// cancel.cancel_with("the disk is full");
    /// cancel.cancel_with("the second to come is not heard");
    /// let Some(Cause::Custom(error)) = context.cause() else { panic!() };
    /// assert_eq!(error.to_string(), "the disk is full");
    /// ```
    pub fn cancel_with(&self, error: impl Into<Box<dyn Error + Send + Sync>>) {
        let cause = Cause::Custom(error.into().into());
        self.0.cancel(&cause, &mut park::settle);
    }

    /// A guard that cancels the context when it is dropped.
    #[must_use = "the guard cancels when it is dropped"]
    pub fn drop_guard(&self) -> DropGuard {
        DropGuard(self.clone())
    }
}

/// Cancels a context when it is dropped: see [`CancelHandle::drop_guard`].
#[derive(Debug)]
pub struct DropGuard(CancelHandle);

impl Drop for DropGuard {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Context {
    /// A context that is done when this one is, or when the handle says so.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::context::{Cause, Context};
    ///
    /// let (outer, cancel) = Context::background().with_cancel();
    /// let (inner, _) = outer.with_cancel();
    /// let watch = teem::spawn({
    ///     let inner = inner.clone();
    ///     move || inner.done()
    /// });
    /// cancel.cancel();
    /// assert_eq!(watch.join().unwrap(), Cause::Cancelled);
    /// ```
    #[must_use = "the context is new; the one it is called on stays as it is"]
    pub fn with_cancel(&self) -> (Context, CancelHandle) {
        let node = CancelNode::below(self.node());
        (self.with_node(Arc::clone(&node)), CancelHandle(node))
    }
}
