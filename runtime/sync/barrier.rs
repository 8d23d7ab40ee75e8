//! `Barrier`: several meet, and go on together.
//!
//! Under a short lock stand how many have arrived and who they are. The last one takes the crowd out
//! and sets the count back in one step, so the next round can begin while this one is still being
//! woken: a round needs no number.

use super::crowd::{self, Crowd};
use crate::scheduler::park;
use crate::sync_facade::{Mutex, const_unless_loom};
use std::fmt;
use std::sync::PoisonError;

#[derive(Debug)]
struct Round {
    arrived: usize,
    waiting: Crowd,
}

/// A place where `n` tasks or threads meet before any goes on, as `std::sync::Barrier`.
///
/// It can be used again and again. Tasks park until the last one comes, threads block.
///
/// # Examples
///
/// ```
/// use teem::sync::Barrier;
/// use teem::sync::atomic::{AtomicUsize, Ordering};
///
/// let (barrier, arrived) = (Barrier::new(10), AtomicUsize::new(0));
/// teem::scope(|s| {
///     for _ in 0..10 {
///         s.spawn(|| {
///             arrived.fetch_add(1, Ordering::Relaxed);
///             barrier.wait();
///             assert_eq!(arrived.load(Ordering::Relaxed), 10);
///         });
///     }
/// });
/// ```
pub struct Barrier {
    n: usize,
    round: Mutex<Round>,
}

/// What [`Barrier::wait`] returns: whether this one came last.
pub struct BarrierWaitResult(bool);

impl Barrier {
    const_unless_loom! {
        /// A barrier for `n`; 0 is as 1, which never waits.
        #[must_use]
        pub fn new(n: usize) -> Self {
            let waiting = Crowd::new();
            let round = Mutex::new(Round { arrived: 0, waiting });
            Self { n, round }
        }
    }

    /// Waits until `n` have come: the task parks, a thread blocks.
    ///
    /// The last one to come is the leader, and does not wait.
    ///
    /// # Panics
    ///
    /// Inside [`forbid_park`](crate::task::forbid_park).
    ///
    /// # Cancellation
    ///
    /// Is not cut: the others count on this one.
    ///
    /// # Examples
    ///
    /// ```
    /// let barrier = teem::sync::Barrier::new(2);
    /// let leaders = teem::scope(|s| {
    ///     let tasks = [(); 2].map(|()| s.spawn(|| barrier.wait().is_leader()));
    ///     tasks.map(|task| usize::from(task.join().unwrap())).iter().sum::<usize>()
    /// });
    /// assert_eq!(leaders, 1);
    /// ```
    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        let waiter = park::waiter();
        // No code of others runs under the lock, so a poisoned one is still in order.
        let mut round = self.round.lock().unwrap_or_else(PoisonError::into_inner);
        let leads = round.arrived + 1 >= self.n;
        if leads {
            round.arrived = 0;
            let waiting = round.waiting.take();
            drop(round);
            waiting.release();
        } else {
            round.arrived += 1;
            // SAFETY: waited for below.
            unsafe { round.waiting.enter(&waiter) };
            drop(round);
            crowd::wait(&waiter);
        }
        BarrierWaitResult(leads)
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier").finish_non_exhaustive()
    }
}

impl BarrierWaitResult {
    /// Whether this one came last: true for one of those who met.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl fmt::Debug for BarrierWaitResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BarrierWaitResult")
            .field("is_leader", &self.is_leader())
            .finish()
    }
}
