//! The operating system: the only module that says `libc::`.
//!
//! | file             | what it holds                                                          |
//! | ---------------- | ---------------------------------------------------------------------- |
//! | `mem.rs`         | mappings, guards, advice                                               |
//! | `swap.rs`        | whether pages that are handed to the system are compressed             |
//! | `signal.rs`      | the overflow handler and alternate signal stacks                       |
//! | `caught.rs`, `errno.rs` | signals that are caught for the program                         |
//! | `file.rs`        | what any open file can be asked                                        |
//! | `process.rs`     | processes as descriptors, on Linux                                     |
//! | `thread.rs`      | what is asked of the system for one thread                             |
//! | `barrier.rs`     | a memory barrier in all threads at once                                |
//! | `event.rs`       | what a poller reports                                                  |
//! | `epoll.rs`       | the poller of Linux and Android                                        |
//! | `kqueue.rs`      | the poller of macOS and the BSDs                                       |
//! | `poller_miri.rs` | the poller under Miri, which has no descriptors to poll                |
//! | `address.rs`     | addresses of sockets                                                   |
//! | `system_call.rs` | system calls made in place, on Linux                                   |
//! | `socket.rs`      | non-blocking socket calls that std does not offer                      |
//! | `fault.rs`       | in tests: the n-th call of a kind fails                                |
//!
//! # The poller's contract
//!
//! Whichever file is chosen provides `Poller` and `Events`:
//!
//! - `Poller::new() -> io::Result<Self>`. It is `Send` and `Sync`; dropping it ends every
//!   registration, and no descriptor is closed by that.
//! - `register(&self, fd: BorrowedFd<'_>, token: usize) -> io::Result<()>`: both directions,
//!   edge-triggered, for as long as the descriptor's file is open. What is ready at that moment is
//!   reported too, so a condition that came true before the call is not missed. Registering again
//!   replaces the token. Tokens are not zero.
//! - `deregister(&self, fd: BorrowedFd<'_>) -> io::Result<()>`; one that is not registered is fine.
//! - `wait(&self, events: &mut Events, timeout: Option<Duration>) -> io::Result<()>`: called by one
//!   thread at a time. Replaces what `events` held. An interruption by a signal is no events and no
//!   error. Never returns early on account of a coarse clock: `timeout` is rounded up.
//! - `wake(&self)`, from any thread: a `wait` that is under way or comes next returns at once. It
//!   is reported by no event. Wakes that nobody waited for are one.
//! - `SHORT_READ_DRAINS`: whether a read that returned less than it was asked for has emptied the
//!   kernel's buffer, unless an event said `read_sticky`.
//! - `Events::new()`, `Events::iter()` over [`Event`]s, which say in which direction it is worth
//!   trying again. An event may be spurious; one that is due is never left out.

#[cfg_attr(loom, expect(dead_code, reason = "a model has fences of its own"))]
pub(crate) mod barrier;
pub(crate) mod caught;
pub(crate) mod fault;
pub(crate) mod file;
pub(crate) mod mem;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) mod process;
pub(crate) mod signal;
pub(crate) mod socket;
pub(crate) mod swap;
pub(crate) mod thread;

mod address;
mod errno;
mod event;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod system_call;

#[cfg(all(any(target_os = "linux", target_os = "android"), not(miri)))]
#[path = "epoll.rs"]
mod poller;

#[cfg(all(not(any(target_os = "linux", target_os = "android")), not(miri)))]
#[path = "kqueue.rs"]
mod poller;

#[cfg(miri)]
#[path = "poller_miri.rs"]
mod poller;

#[cfg(test)]
mod tests;

pub(crate) use address::Address;
pub(crate) use event::Event;
pub(crate) use poller::{Events, Poller, SHORT_READ_DRAINS};
