//! Readiness in, ready tasks out: what stands between the system's poller and blocking I/O.
//!
//! | file            | what it holds                                                          |
//! | --------------- | ---------------------------------------------------------------------- |
//! | `descriptor.rs` | what is known of one open file: ready or not, and who waits            |
//! | `readiness.rs`  | the words that say whether a direction is worth trying                 |
//! | `files.rs`      | which descriptor is that of a file, given its number                   |
//! | `slab.rs`       | where descriptors live, so that an event never points to nothing       |
//! | `sys/epoll.rs`, `sys/kqueue.rs` | the pollers, behind the contract in `sys/mod.rs`       |
//!
//! An operation is tried first and the kernel asked later: only one that would block registers its
//! descriptor, once, with the poller of the worker it runs on. From then on the worker's [`poll`]
//! hands out the tasks that have become ready. Nothing in here schedules, so the netpoller stands
//! below the scheduler. The design and what was rejected: `docs/netpoll.md`.

mod descriptor;
pub(crate) mod files;
mod readiness;
mod slab;

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(loom), not(miri)))]
mod tests;

pub(crate) use crate::sys::{Events, Poller};
pub(crate) use descriptor::Descriptor;
pub(crate) use files::FileRef;
pub(crate) use readiness::{Direction, Outcome, Try};
pub(crate) use slab::DescriptorRef;

use crate::task::Header;
use std::io;
use std::ptr::NonNull;
use std::sync::Arc;
use std::time::Duration;

/// Waits for events, at most for `timeout`, and passes every task that they make ready to `ready`,
/// which must schedule it. No lock is held during those calls.
///
/// Called by the poller's own worker. `events` is scratch space that is worth keeping.
pub(crate) fn poll(
    poller: &Poller,
    events: &mut Events,
    timeout: Option<Duration>,
    mut ready: impl FnMut(NonNull<Header>),
) -> io::Result<()> {
    poller.wait(events, timeout)?;
    for event in events.iter() {
        // SAFETY: tokens are what `Descriptor::enlist` registered: descriptors of the slab.
        let descriptor = unsafe { Descriptor::from_token(event.token) };
        descriptor.deliver(&event, &mut ready);
    }
    Ok(())
}

/// Ends the use of a poller whose worker is about to end. Whoever waits for it, a task of another
/// runtime, is passed to `ready` as in [`poll`]; it will register with its own worker's.
pub(crate) fn retire(poller: &Arc<Poller>, mut ready: impl FnMut(NonNull<Header>)) {
    slab::for_each(|descriptor| descriptor.abandon(poller, &mut ready));
}
