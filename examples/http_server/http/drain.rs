//! How a server ends: who waits for a request goes at once, who is being answered is answered.
//!
//! A connection's task lives in a context that ends when the server is told to. So the wait for a
//! next request, which is a plain `read`, fails then. Reads and writes that belong to a request go
//! through [`Drain::finish`]: an operation that was refused or cut because of the end has not
//! happened, so it is done again in a context that ends a little later.

use std::io;
use std::sync::OnceLock;
use std::time::Duration;
use teem::context::{CancelHandle, Context, background, cause_of};

/// See the module.
#[derive(Debug)]
pub(crate) struct Drain {
    context: Context,
    cancel: CancelHandle,
    /// Where requests are finished; there from the moment that the server is told to end.
    last: OnceLock<Context>,
}

impl Default for Drain {
    fn default() -> Self {
        let (context, cancel) = background().with_cancel();
        Self {
            context,
            cancel,
            last: OnceLock::new(),
        }
    }
}

impl Drain {
    /// Ends all waits for requests. Those that are being answered have `grace` to be so.
    pub(crate) fn stop(&self, grace: Duration) {
        self.last.get_or_init(|| background().with_timeout(grace));
        self.cancel.cancel();
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.last.get().is_some()
    }

    /// Runs a connection.
    pub(super) fn enter<R>(&self, connection: impl FnOnce() -> R) -> R {
        self.context.enter(connection)
    }

    /// Does `operation`, even if the server ends.
    pub(super) fn finish<T>(&self, mut operation: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        match (operation(), self.last.get()) {
            (Err(error), Some(last)) if cause_of(&error).is_some() => last.enter(operation),
            (result, _) => result,
        }
    }
}
