//! Panics on tasks' stacks: deep ones, ones that park on their way, and backtraces.

use super::with_workers;
use std::backtrace::Backtrace;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use teem::task::yield_now;

#[inline(never)]
fn descend_and_trace(depth: usize) -> String {
    match depth {
        0 => Backtrace::force_capture().to_string(),
        _ => black_box(descend_and_trace(depth - 1)),
    }
}

#[test]
fn a_backtrace_shows_the_frames_of_the_task_and_ends() {
    with_workers([1, 2], |runtime| {
        let trace = runtime.run(|| {
            yield_now();
            descend_and_trace(20)
        });
        let frames = trace.matches("descend_and_trace").count();
        assert!(frames >= 21, "{trace}");
    });
}

/// Counts the frames that have been unwound, doing `pause` in each.
struct Frame<'a> {
    unwound: &'a AtomicUsize,
    pause: fn(),
}

impl Drop for Frame<'_> {
    fn drop(&mut self) {
        (self.pause)();
        self.unwound.fetch_add(1, Ordering::SeqCst);
    }
}

#[inline(never)]
fn descend_and_panic(depth: usize, unwound: &AtomicUsize, pause: fn()) -> usize {
    let _frame = Frame { unwound, pause };
    match depth {
        0 => panic!("at the bottom"),
        _ => black_box(descend_and_panic(depth - 1, unwound, pause)) + 1,
    }
}

#[test]
fn a_panic_in_deep_frames_unwinds_all_of_them() {
    with_workers([1, 2, 8], |runtime| {
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let unwound = Arc::new(AtomicUsize::new(0));
                let seen = Arc::clone(&unwound);
                let task = runtime.spawn(move || descend_and_panic(400, &unwound, || ()));
                (task, seen)
            })
            .collect();
        for (task, unwound) in tasks {
            let payload = task.join().unwrap_err();
            assert_eq!(*payload.downcast::<&str>().unwrap(), "at the bottom");
            assert_eq!(unwound.load(Ordering::SeqCst), 401);
        }
    });
}

#[test]
fn tasks_may_park_while_they_unwind() {
    let pauses: [fn(); 4] = [
        yield_now,
        || teem::time::sleep(Duration::from_micros(100)),
        || teem::spawn(|| ()).join().unwrap(),
        || teem::offload(|| ()),
    ];
    with_workers([1, 2, 8], |runtime| {
        let unwound = AtomicUsize::new(0);
        runtime.run(|| {
            teem::scope(|s| {
                for n in 0..12 {
                    let unwound = &unwound;
                    let pause = pauses[n % pauses.len()];
                    // Several unwind at once on each worker, and end in any order.
                    let task = s.spawn(move || descend_and_panic(10 + n, unwound, pause));
                    s.spawn(move || assert!(task.join().is_err()));
                }
            });
        });
        assert_eq!(
            unwound.load(Ordering::SeqCst),
            (0..12).map(|n| 11 + n).sum()
        );
    });
}

#[test]
fn no_panic_is_left_behind_on_a_worker() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let unwound = AtomicUsize::new(0);
            for _ in 0..20 {
                let caught = catch_unwind(AssertUnwindSafe(|| {
                    descend_and_panic(3, &unwound, yield_now)
                }));
                assert!(caught.is_err());
                assert!(!std::thread::panicking());
            }
        });
        assert!(!runtime.run(std::thread::panicking));
    });
}

#[test]
fn a_panic_caught_within_a_task_is_not_counted() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            assert!(catch_unwind(|| panic!("caught")).is_err());
            yield_now();
        });
        assert_eq!(runtime.metrics().panicked, 0);
    });
}
