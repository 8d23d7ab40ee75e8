//! Timers: deadlines in, nodes whose deadline has passed out.
//!
//! Each worker owns one [`Wheel`]. A task that parks with a deadline puts a [`Node`] in its own
//! frame and links it into its worker's wheel; nothing is allocated. When the task is woken by
//! something else it removes the node, when the deadline passes [`Wheel::expire`] hands the node
//! back. The wheel knows neither tasks nor clocks: it is told what time it is, and what a node
//! that fired means is for its caller to know. That is why it stands below the scheduler.
//!
//! A node belongs to the thread of its wheel. As a started task never leaves its worker, the frame
//! that holds the node, the wheel that links it and whoever removes it are on one thread, and none
//! of this needs an atomic or a lock.

mod pace;
mod wheel;

#[cfg(test)]
mod tests;

pub(crate) use pace::Pace;
pub(crate) use wheel::{Node, Wheel};
