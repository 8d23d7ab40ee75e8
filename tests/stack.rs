//! Stacks that grow by segment: how deep they go, what bounds them, and what happens on them.

#![forbid(unsafe_code)]

#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use std::backtrace::Backtrace;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use teem::stack::{grow, maybe_grow, remaining};
use teem::task::{self, Builder, yield_now};
use workers::with_workers;

const RED_ZONE: usize = 32 << 10;

/// Counts the frames of a recursion that grows by segments of `segment` bytes, and does `at_the_end`
/// in the innermost.
fn descend(depth: usize, segment: usize, at_the_end: &mut dyn FnMut()) -> usize {
    maybe_grow(RED_ZONE, segment, || {
        if depth == 0 {
            at_the_end();
            return 0;
        }
        let frame = black_box([depth as u8; 64]);
        descend(depth - 1, segment, at_the_end) + usize::from(frame[depth % 64] == depth as u8)
    })
}

#[test]
fn recursion_goes_ten_thousand_frames_deep() {
    with_workers([1, 2, 8], |runtime| {
        let depth = runtime.run(|| descend(10_000, 1 << 20, &mut || ()));
        assert_eq!(depth, 10_000);
    });
}

#[test]
fn recursion_goes_a_million_frames_deep() {
    with_workers([1, 2], |runtime| {
        // As deep as the default limit of 1 GiB allows an unoptimised build.
        let depth = runtime.run(|| descend(1_000_000, 64 << 20, &mut || ()));
        assert_eq!(depth, 1_000_000);
    });
}

#[test]
fn segments_are_used_again() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            for _ in 0..200 {
                assert_eq!(descend(3_000, 1 << 20, &mut || ()), 3_000);
            }
            // On and off the edge of a segment, again and again.
            descend(1_000, 1 << 20, &mut || {
                for _ in 0..1_000 {
                    assert_eq!(grow(|| black_box(7)), 7);
                }
            });
        });
    });
}

#[test]
fn growing_doubles_and_ends_at_the_largest() {
    fn sizes(left: usize, found: &mut Vec<usize>) {
        if left > 0 {
            grow(|| {
                found.push(remaining().expect("in a task"));
                sizes(left - 1, found);
            });
        }
    }
    with_workers([1], |runtime| {
        let mut found = Vec::new();
        let builder = || Builder::new().stack_limit(usize::MAX);
        let found = runtime.run(|| {
            let task = builder().spawn(move || {
                sizes(6, &mut found);
                found
            });
            task.unwrap().join().unwrap()
        });
        assert!(
            found.is_sorted_by(|one, next| next + (64 << 10) > *one),
            "{found:?}"
        );
        assert!(
            found[0] > 500 << 10,
            "more than the default stack: {found:?}"
        );
    });
}

#[test]
fn what_remains_shrinks_with_the_depth_and_returns() {
    #[inline(never)]
    fn below_a_large_frame() -> usize {
        let frame = black_box([0u8; 32 << 10]);
        remaining().expect("in a task") + usize::from(frame[7])
    }
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let before = remaining().expect("in a task");
            assert!(before < 256 << 10, "the default: {before}");
            assert!(before > 128 << 10, "{before}");
            assert!(below_a_large_frame() + (32 << 10) < before);
            let inside = grow(|| remaining().expect("in a task"));
            assert!(inside > before, "{inside} {before}");
            assert!(remaining().expect("in a task").abs_diff(before) < 4 << 10);
        });
        let large = runtime.run(|| {
            let large = Builder::new().stack_size(8 << 20).spawn(remaining);
            large.unwrap().join().unwrap().expect("in a task")
        });
        assert!(large > 6 << 20, "{large}");
    });
    assert_eq!(remaining(), None);
}

#[test]
fn there_is_room_for_what_was_asked_for() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            // Large frames in closures that an optimised build might make part of ours.
            grow(|| {
                let large = black_box([1u8; 300 << 10]);
                assert_eq!(large[5], 1);
            });
            maybe_grow(usize::MAX, 4 << 20, || {
                let large = black_box([1u8; 3 << 20]);
                assert_eq!(large[5], 1);
            });
        });
    });
}

#[test]
fn outside_of_a_task_growing_just_calls() {
    assert_eq!(grow(|| 7), 7);
    assert_eq!(maybe_grow(usize::MAX, 1 << 20, || 8), 8);
}

#[test]
fn growing_past_the_limit_panics_with_the_name_of_the_task() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let builder = Builder::new().name("endless").stack_limit(4 << 20);
            let task = builder.spawn(|| {
                let id = task::current().id();
                let endless = || descend(usize::MAX - 1, 1 << 20, &mut || ());
                let payload = catch_unwind(endless).expect_err("there is a limit");
                // It was no more than a panic: the task goes on.
                assert_eq!(descend(2_000, 1 << 20, &mut || ()), 2_000);
                (id, *payload.downcast::<String>().unwrap())
            });
            let (id, text) = task.unwrap().join().unwrap();
            let who = format!("task {id} 'endless' (spawned at tests/stack.rs:");
            assert!(text.contains(&who), "{text}");
            assert!(text.contains(&(4 << 20).to_string()), "{text}");
        });
    });
}

/// Whether a call on a segment of `bytes` was made.
fn crosses(bytes: usize) -> bool {
    let cross = || assert!(maybe_grow(usize::MAX, bytes, || remaining() > Some(bytes / 2)));
    catch_unwind(cross).is_ok()
}

#[test]
fn the_segment_left_last_is_within_the_limit_of_the_task_that_takes_it() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let limited = |bytes| Builder::new().stack_limit(bytes).spawn(|| crosses(1 << 20));
            for (limit, fits) in [(2 << 20, true), (1 << 20, false), (2 << 20, true)] {
                // This task leaves one behind, and has no such limit.
                assert!(crosses(1 << 20));
                assert_eq!(limited(limit).unwrap().join().unwrap(), fits);
            }
        });
    });
}

#[test]
fn the_segment_left_last_counts_from_where_it_is_taken_next() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let builder = Builder::new().stack_limit(9 << 20);
            let task = builder.spawn(|| {
                assert!(crosses(1 << 20));
                // It lies ready, but here it would be beyond the limit.
                assert!(maybe_grow(usize::MAX, 8 << 20, || !crosses(1 << 20)));
                assert!(crosses(1 << 20));
                // As large as it is asked for, whichever was left last.
                for bytes in [8 << 20, 1 << 20, 8 << 20] {
                    assert!(crosses(bytes));
                }
            });
            task.unwrap().join().unwrap();
        });
    });
}

#[test]
fn a_segment_in_use_is_not_the_one_left_last() {
    with_workers([1, 2], |runtime| {
        let cross = |n: usize| {
            maybe_grow(usize::MAX, 1 << 20, || {
                let frame = black_box([n; 100]);
                yield_now();
                // Another one, inside of it, while the other tasks are on theirs.
                let inner = maybe_grow(usize::MAX, 1 << 20, || {
                    let frame = black_box([n; 100]);
                    yield_now();
                    frame[n]
                });
                frame[n] == n && inner == n
            })
        };
        runtime.run(|| {
            teem::scope(|s| {
                for n in 0..20 {
                    s.spawn(move || assert!((0..50).all(|_| cross(n))));
                }
            });
        });
    });
}

#[test]
fn a_segment_that_cannot_be_is_a_panic_that_says_so() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let impossible = || maybe_grow(usize::MAX, usize::MAX, || ());
            let payload = catch_unwind(impossible).unwrap_err();
            let text = payload.downcast::<String>().unwrap();
            assert!(text.contains("cannot grow the stack of task"), "{text}");
        });
    });
}

#[test]
fn tasks_park_inside_of_segments() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            teem::scope(|s| {
                for n in 0..40usize {
                    s.spawn(move || {
                        let mut at_the_end = || {
                            for round in 0..5 {
                                match (n + round) % 5 {
                                    0 => yield_now(),
                                    1 => teem::time::sleep(Duration::from_micros(200)),
                                    2 => assert_eq!(teem::offload(remaining), None),
                                    3 => teem::spawn(|| ()).join().unwrap(),
                                    _ => grow(yield_now),
                                }
                            }
                        };
                        let depth = 1_000 + 50 * n;
                        assert_eq!(descend(depth, 1 << 20, &mut at_the_end), depth);
                    });
                }
            });
        });
    });
}

/// Goes down until the first segment is used up, and does `at_the_end` on the next.
fn descend_past_the_first(at_the_end: &dyn Fn()) -> u8 {
    maybe_grow(RED_ZONE, 1 << 20, || {
        if remaining().expect("in a task") > 256 << 10 {
            at_the_end();
            return 0;
        }
        let frame = black_box([7u8; 256]);
        descend_past_the_first(at_the_end) | frame[7]
    })
}

#[test]
fn a_thousand_tasks_are_deep_at_once() {
    with_workers([1, 2, 8], |runtime| {
        let (count, deep) = (1_000, AtomicUsize::new(0));
        runtime.run(|| {
            teem::scope(|s| {
                for _ in 0..count {
                    s.spawn(|| {
                        descend_past_the_first(&|| {
                            deep.fetch_add(1, Ordering::SeqCst);
                            while deep.load(Ordering::SeqCst) < count {
                                yield_now();
                            }
                        })
                    });
                }
            });
        });
        assert_eq!(deep.into_inner(), count);
    });
}

/// Counts the frames that are unwound, yielding in some.
struct Frame<'a>(&'a AtomicUsize);

impl Drop for Frame<'_> {
    fn drop(&mut self) {
        if self.0.fetch_add(1, Ordering::SeqCst).is_multiple_of(100) {
            yield_now();
        }
    }
}

fn descend_and_panic(depth: usize, unwound: &AtomicUsize) {
    maybe_grow(RED_ZONE, 1 << 20, || {
        let _frame = Frame(unwound);
        match depth {
            0 => panic_any(7u8),
            _ => descend_and_panic(depth - 1, unwound),
        }
    });
}

#[test]
fn a_panic_passes_through_segments() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            teem::scope(|s| {
                for _ in 0..8 {
                    s.spawn(|| {
                        let unwound = AtomicUsize::new(0);
                        let call = AssertUnwindSafe(|| descend_and_panic(5_000, &unwound));
                        let payload = catch_unwind(call).unwrap_err();
                        assert_eq!(*payload.downcast::<u8>().unwrap(), 7);
                        assert_eq!(unwound.into_inner(), 5_001);
                        assert_eq!(descend(2_000, 1 << 20, &mut || ()), 2_000);
                    });
                }
            });
        });
    });
}

#[inline(never)]
fn trace_inside() -> String {
    Backtrace::force_capture().to_string()
}

#[inline(never)]
fn trace_outside() -> String {
    black_box(grow(|| grow(trace_inside)))
}

#[test]
fn a_backtrace_goes_on_from_a_segment_to_the_one_outside_of_it() {
    with_workers([1], |runtime| {
        let trace = runtime.run(trace_outside);
        assert!(trace.contains("trace_inside"), "{trace}");
        assert!(trace.contains("trace_outside"), "{trace}");
    });
}

#[test]
fn a_thousand_tasks_of_every_size_come_and_go() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let sizes = [64 << 10, 256 << 10, 1 << 20, 8 << 20];
            let tasks = (0..1_000).map(|n| {
                let builder = Builder::new().stack_size(sizes[n % sizes.len()]);
                let task = builder.spawn(move || {
                    let filled = black_box([n as u8; 8 << 10]);
                    yield_now();
                    filled.iter().all(|byte| *byte == n as u8)
                });
                task.unwrap()
            });
            let tasks: Vec<_> = tasks.collect();
            assert!(tasks.into_iter().all(|task| task.join().unwrap()));
        });
    });
}
