//! What becomes of jobs for which no thread can be started.

use super::{BlockingPool, Job};
use crate::task::Claim;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts up what `data` leads to.
///
/// # Safety
///
/// It leads to a counter.
unsafe fn count(data: *const ()) -> Claim {
    // SAFETY: by contract.
    unsafe { &*data.cast::<AtomicUsize>() }.fetch_add(1, Ordering::SeqCst);
    Claim::Won
}

#[test]
fn those_who_counted_on_a_thread_that_could_not_be_started_are_not_left_behind() {
    let counters = [const { AtomicUsize::new(0) }; 3];
    let [before, own, after] = counters.each_ref().map(|counter| Job {
        run: count,
        data: ptr::from_ref(counter).cast(),
    });
    let pool = BlockingPool::new("test", 1);
    // As when one thread was to be started for all three.
    pool.0.lock().threads = 1;
    pool.0.lock().jobs.extend([before, own, after]);
    assert!(!pool.0.leave_to_others(own), "it is the caller's again");
    assert_eq!(counters.map(AtomicUsize::into_inner), [1, 0, 1]);
    let queue = pool.0.lock();
    assert!(queue.jobs.is_empty() && queue.threads == 0);
}
