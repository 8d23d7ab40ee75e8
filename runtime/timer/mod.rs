//! Timers: deadlines in, those whose deadline has passed out.
//!
//! Each worker owns one [`Wheel`]. A task that parks with a deadline has its worker's wheel know where it waits. When
//! it is woken by something else it has the wheel forget that, when the deadline passes [`Wheel::expire`] hands it out.
//! The wheel knows neither tasks nor clocks: it is told what time it is, and knows what it is to hand out, and when.
//! That is why it stands below the scheduler, and needs no unsafe code.
//!
//! As a started task never leaves its worker, the task and the wheel are on one thread, and none of this needs an
//! atomic or a lock.

mod entries;
mod pace;
mod wheel;

#[cfg(test)]
mod tests;

pub(crate) use entries::Key;
pub(crate) use pace::Pace;
pub(crate) use wheel::Wheel;
