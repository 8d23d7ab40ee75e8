//! Stacks that are used up: each test runs itself again as a child, and looks at how that ended.

// Running into a guard needs no unsafe code, but a fault elsewhere does.
#![deny(unsafe_code)]

#[path = "support/child.rs"]
mod child;
#[path = "support/watchdog.rs"]
mod watchdog;

use child::in_child;
use std::hint::black_box;
use std::os::unix::process::ExitStatusExt;
use std::process::Output;
use teem::task::Builder;
use watchdog::Watchdog;

const SIGABRT: i32 = 6;

/// Recurses until the stack is used up.
#[inline(never)]
fn recurse(depth: usize) -> usize {
    let frame = black_box([depth; 100]);
    if depth == usize::MAX {
        return frame[0];
    }
    recurse(depth + 1) + frame[depth % 100]
}

/// The one line that the runtime has written.
fn report(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let mut lines = text.lines().filter(|line| line.starts_with("teem:"));
    let line = lines
        .next()
        .unwrap_or_else(|| panic!("no report: {output:?}"));
    assert_eq!(lines.next(), None, "one report");
    line.to_owned()
}

#[track_caller]
fn assert_aborted(output: &Output, parts: &[&str]) {
    assert_eq!(output.status.signal(), Some(SIGABRT), "{output:?}");
    let line = report(output);
    for part in parts {
        assert!(line.contains(part), "no {part} in {line}");
    }
}

#[test]
fn an_overflow_names_the_task_and_where_it_was_spawned() {
    const TEST: &str = "an_overflow_names_the_task_and_where_it_was_spawned";
    for workers in ["1", "2", "8"] {
        if let Some(output) = in_child(TEST, &[("TEEM_WORKERS", workers)]) {
            let place = "'deep' (spawned at tests/overflow.rs:";
            assert_aborted(
                &output,
                &["task ", place, "has overflowed its stack (262144 bytes)"],
            );
            continue;
        }
        let _watchdog = Watchdog::start();
        let deep = Builder::new().name("deep").spawn(|| recurse(0)).unwrap();
        let _ = deep.join();
        return;
    }
}

#[test]
fn an_overflow_without_a_name_has_the_place_all_the_same() {
    const TEST: &str = "an_overflow_without_a_name_has_the_place_all_the_same";
    if let Some(output) = in_child(TEST, &[]) {
        assert_aborted(&output, &["task ", " (spawned at tests/overflow.rs:"]);
        assert!(!report(&output).contains('\''), "{output:?}");
        return;
    }
    let _watchdog = Watchdog::start();
    let _ = teem::spawn(|| recurse(0)).join();
}

#[test]
fn an_overflow_while_others_run_names_the_one_that_did_it() {
    const TEST: &str = "an_overflow_while_others_run_names_the_one_that_did_it";
    if let Some(output) = in_child(TEST, &[("TEEM_WORKERS", "2")]) {
        assert_aborted(&output, &["'culprit' (spawned at tests/overflow.rs:"]);
        return;
    }
    let _watchdog = Watchdog::start();
    let bystanders: Vec<_> = (0..20)
        .map(|_| {
            let builder = Builder::new().name("bystander");
            builder
                .spawn(|| (0..1_000_000).for_each(|_| teem::task::yield_now()))
                .unwrap()
        })
        .collect();
    let culprit = Builder::new().name("culprit").spawn(|| {
        (0..10).for_each(|_| teem::task::yield_now());
        recurse(0)
    });
    let _ = culprit.unwrap().join();
    bystanders.into_iter().for_each(|task| task.join().unwrap());
}

#[test]
fn every_size_of_stack_has_its_guard() {
    const TEST: &str = "every_size_of_stack_has_its_guard";
    for bytes in ["65536", "262144", "1048576", "8388608"] {
        if let Some(output) = in_child(TEST, &[("TEEM_STACK_SIZE", bytes)]) {
            assert_aborted(&output, &[&format!("overflowed its stack ({bytes} bytes)")]);
            continue;
        }
        let _watchdog = Watchdog::start();
        let _ = teem::spawn(|| recurse(0)).join();
        return;
    }
}

#[test]
fn an_overflow_inside_of_nested_segments_is_reported() {
    const TEST: &str = "an_overflow_inside_of_nested_segments_is_reported";
    if let Some(output) = in_child(TEST, &[]) {
        assert_aborted(
            &output,
            &["'nested' (spawned at tests/overflow.rs:", "overflowed"],
        );
        return;
    }
    let _watchdog = Watchdog::start();
    let nested = Builder::new().name("nested").spawn(|| {
        teem::stack::grow(|| {
            teem::stack::grow(|| {
                teem::task::yield_now();
                recurse(0)
            })
        })
    });
    let _ = nested.unwrap().join();
}

#[test]
fn an_overflow_while_a_task_unwinds_is_reported() {
    const TEST: &str = "an_overflow_while_a_task_unwinds_is_reported";
    struct Deep;
    impl Drop for Deep {
        fn drop(&mut self) {
            black_box(recurse(0));
        }
    }
    if let Some(output) = in_child(TEST, &[]) {
        assert_aborted(&output, &["'unwinding' (spawned at tests/overflow.rs:"]);
        return;
    }
    let _watchdog = Watchdog::start();
    let unwinding = Builder::new().name("unwinding").spawn(|| {
        let _deep = Deep;
        panic!("on the way out");
    });
    let _: std::thread::Result<()> = unwinding.unwrap().join();
}

#[test]
fn a_large_frame_does_not_step_over_the_guard() {
    const TEST: &str = "a_large_frame_does_not_step_over_the_guard";
    if let Some(output) = in_child(TEST, &[]) {
        assert_aborted(&output, &["'wide' (spawned at tests/overflow.rs:"]);
        return;
    }
    let _watchdog = Watchdog::start();
    let wide = Builder::new()
        .name("wide")
        .spawn(|| black_box([7u8; 4 << 20])[9]);
    let _ = wide.unwrap().join();
}

#[test]
fn an_overflowing_thread_is_still_reported_by_std() {
    const TEST: &str = "an_overflowing_thread_is_still_reported_by_std";
    if let Some(output) = in_child(TEST, &[]) {
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.signal(), Some(SIGABRT), "{output:?}");
        assert!(text.contains("has overflowed its stack"), "{output:?}");
        assert!(!text.contains("teem:"), "{output:?}");
        return;
    }
    let _watchdog = Watchdog::start();
    teem::run(|| ());
    let thread = std::thread::Builder::new().name("a thread".to_owned());
    let _ = thread.spawn(|| recurse(0)).unwrap().join();
}

/// Writes where nothing is mapped.
#[expect(unsafe_code, reason = "safe code does not fault, but for its stack")]
fn fault() {
    // SAFETY: not at all; nothing is mapped there, so it faults and changes nothing.
    unsafe { std::ptr::without_provenance_mut::<u8>(4096).write_volatile(1) };
}

#[test]
fn a_fault_in_a_task_that_is_no_overflow_is_not_taken_for_one() {
    const TEST: &str = "a_fault_in_a_task_that_is_no_overflow_is_not_taken_for_one";
    if let Some(output) = in_child(TEST, &[]) {
        let text = String::from_utf8_lossy(&output.stderr);
        // It has gone on to std's handler, which restores the default action.
        let (segv, bus) = (11, [7, 10]);
        let signal = output.status.signal().expect("killed");
        assert!(signal == segv || bus.contains(&signal), "{output:?}");
        assert!(!text.contains("teem:"), "{output:?}");
        return;
    }
    let _watchdog = Watchdog::start();
    let _ = teem::spawn(fault).join();
}
