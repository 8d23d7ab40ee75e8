//! Conformance with crossbeam-channel: its test suites, file by file and name by name.
//!
//! The cases check what those of crossbeam-channel 0.5 check, in words and code of our own. Each runs
//! as tasks on 1, 2 and 8 workers and from OS threads (`support/crew.rs`). Loops are shorter, and where
//! crossbeam's cases sleep to get an order these have barriers. `Disconnected` is `Closed` here.
//!
//! Where a suite repeats a case for each kind of channel it stands in `common.rs`, for any kind.
//!
//! Left out as whole suites:
//!
//! - `golang`: `tests/go_chan.rs` has these cases, from their source.
//! - `mpsc`: these are std's cases; they stand in `tests/sync/`, over `sync::mpsc`, which is made of the
//!   channels here.
//! - `ready` and the halves of `after` and `tick` about it: there is no `Select::ready`, which says
//!   that an operation may succeed and keeps nothing for the caller. `Select::select` says that it will.
//! - `thread_locals`: that channels can be used in destructors of thread-locals. A task has none
//!   of its own, and std's have no promise here.

#![cfg(not(any(loom, miri)))]

#[path = "support/crew.rs"]
mod crew;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

#[path = "crossbeam/array.rs"]
mod array;
#[path = "crossbeam/clocks.rs"]
mod clocks;
#[path = "crossbeam/common.rs"]
mod common;
#[path = "crossbeam/iter.rs"]
mod iter;
#[path = "crossbeam/list.rs"]
mod list;
#[path = "crossbeam/same_channel.rs"]
mod same_channel;
#[path = "crossbeam/select.rs"]
mod select;
#[path = "crossbeam/select_macro.rs"]
mod select_macro;
#[path = "crossbeam/zero.rs"]
mod zero;
