//! Selecting: `select!` and `chan::Select`, between tasks, between OS threads, and between both.
//!
//! The cases of crossbeam-channel's `tests/select.rs`, `tests/select_macro.rs` and `tests/ready.rs` and of Go's
//! `test/chan/select*.go`, `doubleselect.go` and `runtime/chan_test.go` keep their names, below a
//! sentence that says what would go wrong. Left out are those that are about sleeping threads alone.

#![cfg(not(any(loom, miri)))]
#![forbid(unsafe_code)]

#[path = "../support/random.rs"]
mod random;
#[path = "../support/watchdog.rs"]
mod watchdog;
#[path = "../support/workers.rs"]
mod workers;
mod world;

mod cancel;
mod clocks;
mod dynamic;
mod ready;
mod semantics;
mod stress;
mod syntax;
mod tasks;
