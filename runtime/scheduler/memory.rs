//! What is known of the memory of stacks, and whether that of cold ones can be handed to the system.

use super::core::Core;
use super::metrics::Counter;
use super::pager::Pager;
use crate::stack::reserved;
use crate::sys::swap::Swap;
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// The counters of one worker.
#[derive(Debug, Default)]
pub(super) struct MemoryStats {
    pub(super) trimmed: Counter,
    /// Segments that tasks have grown into, and those that they have left again.
    pub(super) grown: Counter,
    pub(super) shrunk: Counter,
    /// How many stacks the worker held in reserve when it last had nothing to do.
    pub(super) pooled: Counter,
    /// The longest slice of tidying, in nanoseconds.
    pub(super) longest: Counter,
}

/// The memory of stacks: part of [`Metrics`](super::Metrics).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StackMetrics {
    /// Stacks and segments that tasks are on.
    pub in_use: u64,
    /// Stacks that workers held in reserve when they last went to sleep.
    pub pooled: u64,
    /// Bytes of address space that are set apart for stacks, by all runtimes of the process. Not memory:
    /// [`stack::resident`](crate::stack::resident) tells that.
    pub reserved: usize,
    /// Segments that tasks have grown into, ever.
    pub grown: u64,
    /// Times the unused part of a parked task's stack was given back to the system.
    pub trimmed: u64,
    /// Times the used part of a parked task's stack was handed to the system, too.
    pub paged_out: u64,
    /// Whether it is, and why not.
    pub page_out: PageOut,
    /// The longest time that giving memory back has kept a worker from looking for ready tasks. It
    /// passes also while the system runs other threads instead of the worker's.
    pub longest_sweep: Duration,
}

/// Whether the stacks of tasks that are parked for long are handed to the system; see
/// [`Builder::page_out_after`](super::RuntimeBuilder::page_out_after).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageOut {
    /// No: it was not asked for.
    #[default]
    Off,
    /// Yes: the system compresses them in memory.
    On,
    /// No: the system has no swap, or this process may not use it.
    NoSwap,
    /// No: the system would write them to a disk as they are.
    NotCompressed,
    /// No: this system has no way to ask for it.
    Unsupported,
}

impl fmt::Display for PageOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off: it was not asked for",
            Self::On => "on: there is compressed swap",
            Self::NoSwap => "off: there is no swap that this process may use",
            Self::NotCompressed => "off: swap is not compressed (neither zram nor zswap)",
            Self::Unsupported => "off: it is not known how to ask this system for it",
        })
    }
}

/// Whether a runtime has its cold stacks paged out.
#[derive(Debug)]
pub(super) struct ColdStacks {
    /// How long a task has to be parked.
    pub(super) after: Option<Duration>,
    /// What the system had when somebody last looked: a `PageOut`.
    found: AtomicU8,
}

impl ColdStacks {
    pub(super) fn new(after: Option<Duration>) -> Self {
        let stacks = Self {
            after,
            found: AtomicU8::new(PageOut::Off as u8),
        };
        stacks.look();
        stacks
    }

    /// Looks at what swap there is, which takes the system tens of microseconds.
    fn look(&self) -> PageOut {
        let found = match self.after.map(|_| Swap::of_this_system()) {
            None => PageOut::Off,
            Some(Some(Swap::Compressed)) => PageOut::On,
            Some(Some(Swap::Absent)) => PageOut::NoSwap,
            Some(Some(Swap::Plain)) => PageOut::NotCompressed,
            Some(None) => PageOut::Unsupported,
        };
        // ORDERING: Relaxed, advice: a page that there is no swap for stays where it is.
        self.found.store(found as u8, Ordering::Relaxed);
        found
    }

    /// How long a task has to be parked, if cold stacks are paged out.
    pub(super) fn after(&self) -> Option<Duration> {
        // ORDERING: Relaxed, as in `look`.
        let found = self.found.load(Ordering::Relaxed);
        self.after.filter(|_| found == PageOut::On as u8)
    }
}

impl StackMetrics {
    pub(super) fn of(core: &Core) -> Self {
        let all = || core.remotes.iter().map(|remote| &remote.stats.memory);
        let sum = |pick: fn(&MemoryStats) -> &Counter| all().map(|m| pick(m).get()).sum::<u64>();
        let (grown, shrunk) = (sum(|m| &m.grown), sum(|m| &m.shrunk));
        let tasks: u64 = core.remotes.iter().map(|r| r.stats.load()).sum();
        let longest = all().map(|m| m.longest.get()).max();
        Self {
            in_use: tasks + grown.saturating_sub(shrunk),
            pooled: sum(|m| &m.pooled),
            reserved: reserved(),
            grown,
            trimmed: sum(|m| &m.trimmed),
            paged_out: core.pager.as_ref().map_or(0, Pager::done),
            page_out: core.cold.look(),
            longest_sweep: Duration::from_nanos(longest.unwrap_or(0)),
        }
    }
}
