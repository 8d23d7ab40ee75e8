//! Memory follows use: what a task, a pool or a peak does not need any more goes back to the system.
//!
//! The figures are those of `stack::resident`, which no allocator takes part in. They are of the whole
//! process, so each test is a process of its own.

#![cfg(all(target_os = "linux", not(any(loom, miri, teem_asan))))]
#![forbid(unsafe_code)]

#[path = "support/child.rs"]
mod child;
#[path = "support/watchdog.rs"]
mod watchdog;

use child::in_child;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use teem::runtime::{Builder, PageOut, Runtime};
use teem::stack::{grow, resident};
use teem::task::{self, JoinHandle};
use watchdog::Watchdog;

const TASKS: usize = 500;
const KIB: usize = 1 << 10;

/// Whether this is the child that runs the test.
fn is_child(test: &str) -> bool {
    match in_child(test, &[]) {
        Some(output) => {
            assert!(output.status.success(), "{output:?}");
            false
        }
        None => true,
    }
}

/// Looks now and then until `condition` holds; the watchdog bounds it.
fn until(condition: impl Fn() -> bool) {
    while !condition() {
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Touches about 96 KiB of stack.
#[inline(never)]
fn go_deep() -> u8 {
    let mut frame = [7u8; 96 * KIB];
    black_box(&mut frame)[5]
}

/// Tasks that do `first` and then park, all of them.
fn parked(runtime: &Runtime, first: fn()) -> Vec<JoinHandle<usize>> {
    let arrived = Arc::new(AtomicUsize::new(0));
    let spawn = |number| {
        let arrived = Arc::clone(&arrived);
        runtime.spawn(move || {
            first();
            let kept = black_box([number; 64]);
            arrived.fetch_add(1, Ordering::Relaxed);
            task::park();
            kept.iter().sum::<usize>() / kept.len()
        })
    };
    let tasks = (0..TASKS).map(spawn).collect();
    until(|| arrived.load(Ordering::Relaxed) == TASKS);
    tasks
}

/// Wakes the tasks and looks at what was on their stacks.
fn wake(tasks: Vec<JoinHandle<usize>>) {
    for (number, parked) in tasks.into_iter().enumerate() {
        parked.task().unpark();
        assert_eq!(parked.join().unwrap(), number);
    }
}

fn bytes() -> usize {
    resident().expect("the system tells")
}

/// What there would be if nothing had been given back, at least: it may take the tasks so long to get going that the
/// first ones have been tidied up.
fn bytes_and_trimmed(runtime: &Runtime) -> usize {
    let left = bytes();
    left + runtime.metrics().stacks.trimmed as usize * 96 * KIB
}

#[test]
fn parked_tasks_that_went_deep_give_their_pages_back() {
    if !is_child("parked_tasks_that_went_deep_give_their_pages_back") {
        return;
    }
    let _watchdog = Watchdog::start();
    let runtime = Builder::new().workers(2).build().unwrap();
    let tasks = parked(&runtime, || assert_eq!(go_deep(), 7));
    let deep = bytes_and_trimmed(&runtime);
    assert!(deep > TASKS * 90 * KIB, "they were deep: {deep}");
    until(|| bytes() < TASKS * 16 * KIB);
    until(|| runtime.metrics().stacks.trimmed >= TASKS as u64);
    let metrics = runtime.metrics().stacks;
    assert_eq!(metrics.in_use, TASKS as u64);
    assert_eq!(metrics.page_out, PageOut::Off);
    wake(tasks);
}

#[test]
fn segments_of_parked_tasks_give_their_pages_back() {
    if !is_child("segments_of_parked_tasks_give_their_pages_back") {
        return;
    }
    let _watchdog = Watchdog::start();
    let runtime = Builder::new().workers(1).build().unwrap();
    let is_deep = Arc::new(AtomicBool::new(false));
    let says_so = Arc::clone(&is_deep);
    let parked = runtime.spawn(move || {
        grow(|| {
            assert_eq!(go_deep(), 7);
            says_so.store(true, Ordering::Relaxed);
            task::park();
        });
        7
    });
    until(|| is_deep.load(Ordering::Relaxed));
    // The pool may have a page of each stack that waits there.
    let deep = bytes_and_trimmed(&runtime);
    assert!(deep > 96 * KIB, "it was deep: {deep}");
    until(|| bytes() < deep - 80 * KIB);
    assert_eq!(runtime.metrics().stacks.in_use, 2);
    parked.task().unpark();
    assert_eq!(parked.join().unwrap(), 7);
    assert_eq!(runtime.metrics().stacks.grown, 1);
}

#[test]
fn a_peak_leaves_no_memory_behind() {
    if !is_child("a_peak_leaves_no_memory_behind") {
        return;
    }
    let _watchdog = Watchdog::start();
    // Of two workers the one may keep what the other needs the next time.
    let runtime = Builder::new().workers(1).build().unwrap();
    let peak = || {
        let tasks = parked(&runtime, || assert_eq!(go_deep(), 7));
        assert!(bytes_and_trimmed(&runtime) > TASKS * 90 * KIB);
        wake(tasks);
        runtime.metrics().stacks.reserved
    };
    let reserved = peak();
    // What is kept has two pages, and half of what is too much goes in each period.
    until(|| bytes() < TASKS * 6 * KIB);
    until(|| runtime.metrics().stacks.pooled < TASKS as u64 * 3 / 4);
    assert_eq!(peak(), reserved, "nothing ratchets");
}

#[test]
fn a_worker_that_never_rests_for_long_still_tidies() {
    if !is_child("a_worker_that_never_rests_for_long_still_tidies") {
        return;
    }
    let _watchdog = Watchdog::start();
    let runtime = Builder::new().workers(1).build().unwrap();
    let tasks = parked(&runtime, || assert_eq!(go_deep(), 7));
    let over = Arc::new(AtomicBool::new(false));
    let restless = runtime.spawn({
        let over = Arc::clone(&over);
        move || {
            while !over.load(Ordering::Relaxed) {
                teem::time::sleep(Duration::from_millis(2));
            }
        }
    });
    until(|| bytes() < TASKS * 16 * KIB);
    over.store(true, Ordering::Relaxed);
    restless.join().unwrap();
    wake(tasks);
}

#[test]
fn cold_stacks_are_paged_out_where_there_is_compressed_swap_and_come_back_whole() {
    const TEST: &str =
        "cold_stacks_are_paged_out_where_there_is_compressed_swap_and_come_back_whole";
    if !is_child(TEST) {
        return;
    }
    let _watchdog = Watchdog::start();
    let after = Duration::from_millis(50);
    let builder = Builder::new().workers(1).page_out_after(after);
    let runtime = builder.build().unwrap();
    let tasks = parked(&runtime, || assert_eq!(go_deep(), 7));
    let word = runtime.metrics().stacks.page_out;
    if word == PageOut::On {
        until(|| runtime.metrics().stacks.paged_out >= TASKS as u64);
        assert!(bytes() < TASKS * KIB, "{}", bytes());
    } else {
        assert_ne!(word, PageOut::Off, "it was asked for");
        assert!(word.to_string().starts_with("off: "), "{word}");
        until(|| bytes() < TASKS * 16 * KIB);
        assert_eq!(runtime.metrics().stacks.paged_out, 0);
    }
    wake(tasks);
}
