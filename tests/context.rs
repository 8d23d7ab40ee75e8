//! Contexts: what ends them, whom they tell, who inherits them.

#![cfg(not(any(loom, miri)))]

#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

#[path = "context/cut.rs"]
mod cut;
#[path = "context/inherit.rs"]
mod inherit;
#[path = "context/tree.rs"]
mod tree;
