//! `teem::thread`, after std's `thread/tests.rs` and `tests/thread.rs`.
//!
//! Left out: `test_invalid_named_thread` (a name may contain anything), `test_size_of_option_thread_id`
//! (no layout is promised), `thread_local` tests and spawn hooks (of OS threads),
//! `test_thread_os_id_not_equal` and `test_scoped_threads_nll`, which only has to compile, as every
//! scope here does.

#![cfg(not(any(loom, miri)))]

#[path = "support/together.rs"]
mod together;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use std::any::Any;
use std::collections::HashSet;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{TryRecvError, channel};
use std::time::{Duration, Instant};
use teem::chan::bounded;
use teem::sync::{Condvar, Mutex, RwLock};
use teem::thread::{self, Builder};
use together::{beside, everywhere, in_task_and_thread};
use workers::with_workers;

/// How long a `park` takes that has lost its token.
const LONG: Duration = Duration::from_secs(20);

#[test]
fn test_unnamed_thread() {
    in_task_and_thread(|| {
        let name = thread::spawn(|| thread::current().name().map(str::to_owned));
        assert_eq!(name.join().unwrap(), None);
    });
}

#[test]
fn test_named_thread() {
    in_task_and_thread(|| {
        let builder = Builder::new().name("ada lovelace".to_owned());
        let named = builder.spawn(|| thread::current().name().map(str::to_owned));
        let named = named.unwrap();
        assert_eq!(named.thread().name(), Some("ada lovelace"));
        assert_eq!(named.join().unwrap().as_deref(), Some("ada lovelace"));
    });
}

#[test]
fn test_run_basic() {
    in_task_and_thread(|| {
        let (tx, rx) = channel();
        let handle = thread::spawn(move || tx.send(()).unwrap());
        handle.join().unwrap();
        assert_eq!(rx.try_recv(), Ok(()));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    });
}

#[test]
fn test_is_finished() {
    in_task_and_thread(|| {
        let go_on = AtomicBool::new(false);
        thread::scope(|s| {
            let handle = s.spawn(|| {
                while !go_on.load(Ordering::Acquire) {
                    thread::yield_now();
                }
            });
            assert!(!handle.is_finished());
            go_on.store(true, Ordering::Release);
            while !handle.is_finished() {
                thread::yield_now();
            }
            handle.join().unwrap();
        });
        let handle = thread::spawn(|| ());
        while !handle.is_finished() {
            thread::yield_now();
        }
        handle.join().unwrap();
    });
}

/// std's `test_join_panic` and `test_try_panic_message_*`.
#[test]
fn a_panic_reaches_join_with_its_payload() {
    fn payload(f: fn()) -> Box<dyn Any + Send> {
        thread::spawn(f).join().unwrap_err()
    }
    in_task_and_thread(|| {
        let text = payload(|| panic!("static string"));
        assert_eq!(text.downcast_ref(), Some(&"static string"));
        let owned = payload(|| panic_any("owned string".to_owned()));
        assert_eq!(owned.downcast_ref(), Some(&"owned string".to_owned()));
        let any = payload(|| panic_any(413_u16));
        assert_eq!(any.downcast_ref(), Some(&413_u16));
    });
}

/// std's `test_child_doesnt_ref_parent`: a chain of spawns, each of which ends before its child.
#[test]
fn a_parent_may_end_before_its_child() {
    fn child(left: usize, done: std::sync::mpsc::Sender<()>) {
        if left == 0 {
            return done.send(()).unwrap();
        }
        thread::spawn(move || child(left - 1, done));
    }
    in_task_and_thread(|| {
        let (tx, rx) = teem::sync::mpsc::channel();
        let (done, ended) = channel();
        thread::spawn(move || child(16, done));
        thread::spawn(move || {
            while ended.try_recv() == Err(TryRecvError::Empty) {
                thread::yield_now();
            }
            tx.send(()).unwrap();
        });
        rx.recv().unwrap();
    });
}

#[test]
fn test_park_unpark_before() {
    in_task_and_thread(|| {
        for _ in 0..10 {
            thread::current().unpark();
            thread::park();
            thread::current().unpark();
            thread::park_timeout(Duration::MAX);
        }
    });
}

#[test]
fn test_park_unpark_called_other_thread() {
    in_task_and_thread(|| {
        for _ in 0..10 {
            let (this, unparked) = (thread::current(), AtomicBool::new(false));
            beside(
                || {
                    unparked.store(true, Ordering::Release);
                    this.unpark();
                },
                || {
                    while !unparked.load(Ordering::Acquire) {
                        thread::park();
                    }
                },
            );
            // The token, if it was not consumed, must not end the next round's park for nothing.
            thread::park_timeout(Duration::ZERO);
        }
    });
}

#[test]
fn test_park_timeout_unpark_not_called() {
    in_task_and_thread(|| {
        let begin = Instant::now();
        for _ in 0..3 {
            thread::park_timeout(Duration::from_millis(2));
        }
        // A park may also return for no reason, but not each time at once.
        assert!(begin.elapsed() > Duration::from_millis(1));
    });
}

#[test]
fn sleep_smoke() {
    in_task_and_thread(|| {
        let begin = Instant::now();
        thread::sleep(Duration::from_millis(2));
        #[expect(deprecated, reason = "std still has it, so it is to work")]
        thread::sleep_ms(2);
        assert!(begin.elapsed() >= Duration::from_millis(4));
        #[expect(deprecated, reason = "std still has it, so it is to work")]
        thread::park_timeout_ms(1);
    });
}

#[test]
fn test_thread_id_equal_and_not_equal() {
    in_task_and_thread(|| {
        assert_eq!(thread::current().id(), thread::current().id());
        let ids = std::sync::Mutex::new(HashSet::from([thread::current().id()]));
        everywhere(20, |_| {
            assert!(ids.lock().unwrap().insert(thread::current().id()));
        });
        assert_eq!(ids.lock().unwrap().len(), 21);
    });
}

#[test]
fn outside_of_a_task_the_current_thread_is_std_s() {
    let (ours, stds) = (thread::current(), std::thread::current());
    assert_eq!(ours.name(), stds.name());
    assert!(format!("{ours:?}").contains(&format!("{:?}", stds.id())));
    stds.unpark();
    thread::park();
    ours.unpark();
    std::thread::park();
    let (inside, worker) = teem::run(|| (thread::current(), std::thread::current()));
    assert_ne!(inside.name(), worker.name(), "a task is not its worker");
}

/// Has an OS thread with a token of std's go through `wait`, which `end` ends, and looks whether it still has it.
#[track_caller]
fn a_wait_keeps_the_token(wait: impl FnOnce() + Send, end: impl FnOnce()) {
    let kept = std::thread::scope(|s| {
        let waits = s.spawn(|| {
            std::thread::current().unpark();
            wait();
            let begin = Instant::now();
            thread::park_timeout(LONG);
            begin.elapsed() < LONG / 2
        });
        // Most likely it is blocked by then, and nothing is wrong if not.
        (0..1_000).for_each(|_| std::thread::yield_now());
        end();
        waits.join().unwrap()
    });
    assert!(kept, "the wait has consumed the token");
}

/// `std::thread::park` is the user's: an executor like the one in the documentation of `std::task::Wake` would hang
/// if a lock that its future takes consumed the unpark of a waker.
#[test]
fn the_token_of_an_os_thread_outlives_its_waits() {
    let _watchdog = watchdog::Watchdog::start();
    let (mutex, rwlock) = (Mutex::new(false), RwLock::new(()));
    let guard = mutex.lock().unwrap();
    a_wait_keeps_the_token(|| drop(mutex.lock()), || drop(guard));
    let guard = rwlock.write().unwrap();
    a_wait_keeps_the_token(|| drop(rwlock.read()), || drop(guard));
    let guard = rwlock.read().unwrap();
    a_wait_keeps_the_token(|| drop(rwlock.write()), || drop(guard));

    let condvar = Condvar::new();
    let wait = || drop(condvar.wait_while(mutex.lock().unwrap(), |told| !*told));
    let tell = || {
        *mutex.lock().unwrap() = true;
        condvar.notify_one();
    };
    a_wait_keeps_the_token(wait, tell);

    let (sender, receiver) = bounded(1);
    a_wait_keeps_the_token(|| receiver.recv().unwrap(), || sender.send(()).unwrap());
    let joined = thread::spawn(thread::park);
    let parked = joined.thread().clone();
    a_wait_keeps_the_token(|| joined.join().unwrap(), || parked.unpark());
}

/// A wait that has timed out has been ended by its own thread, which need not be woken for that.
#[test]
fn a_wait_of_an_os_thread_that_times_out_leaves_no_token() {
    let _watchdog = watchdog::Watchdog::start();
    let (mutex, condvar) = (Mutex::new(()), Condvar::new());
    let (_sender, receiver) = bounded::<()>(1);
    let mut parked = Duration::ZERO;
    for _ in 0..3 {
        let short = Duration::from_millis(2);
        drop(condvar.wait_timeout(mutex.lock().unwrap(), short).unwrap());
        assert!(receiver.recv_timeout(short).is_err());
        let begin = Instant::now();
        std::thread::park_timeout(short);
        parked += begin.elapsed();
    }
    // A park may also return for no reason, but not each time at once.
    assert!(parked > Duration::from_millis(1));
}

#[test]
fn test_scoped_threads_drop_result_before_join() {
    /// A result whose drop takes its time, and says when it is over.
    struct Slow<'a>(&'a AtomicBool);
    impl Drop for Slow<'_> {
        fn drop(&mut self) {
            (0..20).for_each(|_| thread::yield_now());
            self.0.store(true, Ordering::Relaxed);
        }
    }
    in_task_and_thread(|| {
        let dropped = AtomicBool::new(false);
        thread::scope(|s| {
            s.spawn(|| Slow(&dropped));
        });
        assert!(dropped.load(Ordering::Relaxed));
    });
}

#[test]
fn scope_join_race() {
    in_task_and_thread(|| {
        for _ in 0..100 {
            let counter = AtomicUsize::new(0);
            thread::scope(|s| {
                for _ in 0..8 {
                    s.spawn(|| counter.fetch_add(1, Ordering::Relaxed));
                }
            });
            assert_eq!(counter.into_inner(), 8);
        }
    });
}

#[test]
fn a_scope_panics_for_a_child_that_nobody_joined() {
    in_task_and_thread(|| {
        let scope = || {
            thread::scope(|s| {
                s.spawn(|| panic!("a child"));
            });
        };
        assert!(catch_unwind(scope).is_err());
        let joined = thread::scope(|s| s.spawn(|| panic!("a child")).join().is_err());
        assert!(joined, "a panic that was seen is no panic of the scope");
    });
}

#[test]
fn a_scoped_child_can_be_named_and_refused() {
    in_task_and_thread(|| {
        let text = String::from("borrowed");
        let length = thread::scope(|s| {
            let builder = Builder::new().name("child".to_owned());
            let child = builder.spawn_scoped(s, || text.len()).unwrap();
            assert_eq!(child.thread().name(), Some("child"));
            let refused = Builder::new().stack_size(usize::MAX).spawn_scoped(s, || ());
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
            child.join().unwrap()
        });
        assert_eq!(length, 8);
    });
}

/// A child of a scope inherits the context of whoever waits for it, named or not; others do not.
#[test]
fn a_scoped_child_is_cancelled_with_its_parent() {
    with_workers([1, 2, 8], |runtime| {
        let parent = runtime.spawn(|| {
            let forever = || teem::time::sleep(Duration::MAX);
            thread::scope(|s| {
                s.spawn(forever);
                let named = Builder::new().name("child".to_owned());
                named.spawn_scoped(s, forever).unwrap();
            });
        });
        parent.cancel();
        parent.join().unwrap();
    });
}

#[test]
fn handles_can_be_sent_and_joined_elsewhere() {
    with_workers([1, 2, 8], |runtime| {
        let handle = runtime.run(|| thread::spawn(|| 7));
        assert_eq!(handle.join().unwrap(), 7);
        let handle = thread::spawn(|| 8);
        assert_eq!(runtime.run(|| handle.join().unwrap()), 8);
    });
}

#[test]
fn panicking_is_true_in_a_drop_during_unwinding() {
    struct Asks<'a>(&'a AtomicBool);
    impl Drop for Asks<'_> {
        fn drop(&mut self) {
            self.0.store(thread::panicking(), Ordering::Relaxed);
        }
    }
    in_task_and_thread(|| {
        assert!(!thread::panicking());
        let panicked = AtomicBool::new(false);
        let unwinds = || {
            let _asks = Asks(&panicked);
            panic!("unwinds");
        };
        assert!(catch_unwind(AssertUnwindSafe(unwinds)).is_err());
        assert!(panicked.load(Ordering::Relaxed));
        assert!(!thread::panicking());
    });
}
