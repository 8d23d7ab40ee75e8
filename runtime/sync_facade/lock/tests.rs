use super::Lock;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

#[test]
fn threads_that_count_up_under_one_lock_lose_nothing() {
    const EACH: u32 = if cfg!(miri) { 50 } else { 20_000 };
    let count = Arc::new(Lock::new(0));
    let threads = [(); 4].map(|()| {
        let count = Arc::clone(&count);
        thread::spawn(move || (0..EACH).for_each(|_| *count.lock() += 1))
    });
    threads.into_iter().for_each(|t| t.join().unwrap());
    assert_eq!(*count.lock(), 4 * EACH);
}

#[test]
fn a_lock_that_is_held_for_long_is_waited_for_by_napping() {
    let lock = Arc::new(Lock::new(0));
    let (ready, is_ready) = mpsc::channel();
    let mut held = lock.lock();
    let other = thread::spawn({
        let lock = Arc::clone(&lock);
        move || {
            ready.send(()).unwrap();
            *lock.lock() += 1;
        }
    });
    is_ready.recv().unwrap();
    // Long enough for looks and offers to be over, as a rule; the outcome does not depend on it.
    thread::sleep(Duration::from_millis(5));
    *held = 1;
    drop(held);
    other.join().unwrap();
    assert_eq!(*lock.lock(), 2);
}

#[test]
fn a_panic_releases_the_lock() {
    let lock = Lock::new(1);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let _held = lock.lock();
        panic!("expected");
    }));
    assert!(outcome.is_err());
    assert_eq!(*lock.lock(), 1);
}
