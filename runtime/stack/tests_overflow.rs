//! Tests that use up a stack, the address space or the mappings, or fault elsewhere. They run
//! themselves again as a child, and the parent looks at how that ended.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

use super::tests::{arenas, give_all, is_guarded, take};
use super::{Class, Pool, Stack, guard};
use crate::sys::mem::{self, GuardKind};
use crate::sys::signal;

const CHILD: &str = "TEEM_STACK_TEST_CHILD";

/// Whether this is the child; the parent gets what became of it. `limit` is a shell command before it.
fn in_child(test: &str, limit: &str) -> Option<Output> {
    if std::env::var(CHILD).is_ok_and(|name| name == test) {
        return None;
    }
    let (_, module) = module_path!().split_once("::").expect("not the root");
    let program = std::env::current_exe().expect("the test binary's path");
    let script = format!("ulimit -c 0; {limit} exec \"$0\" \"$@\"");
    let child = Command::new("sh")
        .args(["-c", &script])
        .arg(program)
        .args(["--exact", "--nocapture", "--test-threads=1"])
        .arg(format!("{module}::{test}"))
        .env(CHILD, test)
        .output();
    Some(child.expect("a child"))
}

fn report(sink: &mut dyn FnMut(&[u8])) {
    sink(b"task 7 'deep' (spawned at ");
    sink(b"src/main.rs:3:5)");
}

/// Recurses until the stack is used up.
extern "C" fn recurse(depth: usize) -> usize {
    let frame = std::hint::black_box([depth; 100]);
    if depth == usize::MAX {
        return frame[0];
    }
    recurse(depth + 1) + frame[depth % 100]
}

#[test]
fn running_out_of_address_space_names_the_bytes() {
    const TEST: &str = "running_out_of_address_space_names_the_bytes";
    if let Some(output) = in_child(TEST, "ulimit -v 2000000;") {
        assert!(output.status.success(), "{output:?}");
        return;
    }
    let mut pool = Pool::new();
    let mut count = 0;
    let error = loop {
        match pool.acquire(Class::M1) {
            Ok(_leaked) => count += 1,
            Err(error) => break error,
        }
    };
    let bytes = Class::M1.size() + mem::page_size();
    let named = format!("cannot map {bytes} bytes");
    assert!(error.to_string().contains(&named), "{error}");
    assert!(error.to_string().contains("ulimit -v"), "{error}");
    assert!(count > 1500, "halving uses most of the space: {count}");
    assert!(pool.acquire(Class::M1).is_err(), "and again");
}

#[cfg(target_os = "linux")]
#[test]
fn running_out_of_mappings_names_the_sysctl() {
    const TEST: &str = "running_out_of_mappings_names_the_sysctl";
    let limit = std::fs::read_to_string("/proc/sys/vm/max_map_count").expect("the sysctl");
    let limit: usize = limit.trim().parse().expect("a number");
    if limit > 300_000 {
        return; // It would take too long to get there.
    }
    if let Some(output) = in_child(TEST, "") {
        assert!(output.status.success(), "{output:?}");
        return;
    }
    let mut pool = Pool::of(arenas(GuardKind::Protected));
    let mut stacks = Vec::with_capacity(limit);
    let error = loop {
        match pool.acquire(Class::K64) {
            Ok(stack) => stacks.push(stack),
            Err(error) => break error,
        }
    };
    // Give mappings back before anything allocates.
    let count = stacks.len();
    give_all(&mut pool, stacks);
    drop(pool);
    assert!(error.to_string().contains("vm.max_map_count"), "{error}");
    assert!((limit / 2 - 100..=limit / 2).contains(&count), "{count}");
    let mut pool = Pool::of(arenas(GuardKind::Protected));
    let stacks = take(&mut pool, Class::K64, 1000);
    assert!(stacks.iter().all(|stack| is_guarded(stack, -1)));
}

#[test]
fn an_overflow_is_reported_and_aborts() {
    const TEST: &str = "an_overflow_is_reported_and_aborts";
    if let Some(output) = in_child(TEST, "") {
        let text = String::from_utf8_lossy(&output.stderr);
        let line = "teem: task 7 'deep' (spawned at src/main.rs:3:5) has overflowed its stack \
                    (262144 bytes)\n";
        assert!(text.contains(line), "{output:?}");
        let aborted = 6;
        assert_eq!(output.status.signal(), Some(aborted), "{output:?}");
        return;
    }
    guard::install(report).expect("a handler");
    let _signal_stack = guard::SignalStack::new().expect("a signal stack");
    let stack = Pool::new().acquire(Class::K256).expect("a stack");
    overflow(&stack);
}

/// Recurses on the stack until it is used up.
#[cfg(target_arch = "x86_64")]
fn overflow(stack: &Stack) {
    // SAFETY: the stack is this function's. It never comes back, so nothing is left to restore; the
    // registers are named for form's sake.
    unsafe {
        std::arch::asm!(
            "mov rsp, {base}",
            "xor edi, edi",
            "call {recurse}",
            "ud2",
            base = in(reg) stack.base(),
            recurse = sym recurse,
            options(noreturn),
        );
    }
}

/// Steps into the guard from outside: what the handler sees is the same.
#[cfg(not(target_arch = "x86_64"))]
fn overflow(stack: &Stack) {
    let place = stack.limit().wrapping_sub(64);
    // SAFETY: not at all; the access faults, which is the point, and changes nothing.
    unsafe { place.write_volatile(1) };
}

/// The child has ended by the signal of a fault.
fn assert_faulted(output: &Output) {
    let ended_by = output.status.signal();
    assert_eq!(ended_by, Some(signal::SIGNALS[0]), "{output:?}");
}

/// A fault at an address that is no stack's.
fn foreign_fault() {
    // SAFETY: not at all; nothing is mapped there, so it faults and changes nothing.
    unsafe { std::ptr::without_provenance_mut::<u8>(16).write_volatile(1) };
}

#[test]
fn a_foreign_fault_reaches_the_handler_that_was_there_before() {
    const TEST: &str = "a_foreign_fault_reaches_the_handler_that_was_there_before";
    extern "C" fn before(signal: i32) {
        signal::write_to_stderr(b"the handler before\n");
        // The fault would happen again and again.
        signal::set_action(signal, None);
    }
    if let Some(output) = in_child(TEST, "") {
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains("the handler before\n"), "{output:?}");
        assert!(!text.contains("teem:"), "{output:?}");
        assert_faulted(&output);
        return;
    }
    signal::set_action(signal::SIGNALS[0], Some(before));
    guard::install(report).expect("a handler");
    foreign_fault();
}

#[test]
fn a_foreign_fault_still_kills_when_nobody_handles_it() {
    const TEST: &str = "a_foreign_fault_still_kills_when_nobody_handles_it";
    if let Some(output) = in_child(TEST, "") {
        assert_faulted(&output);
        return;
    }
    signal::set_action(signal::SIGNALS[0], None);
    guard::install(report).expect("a handler");
    foreign_fault();
}

#[test]
fn a_foreign_fault_still_reaches_std() {
    const TEST: &str = "a_foreign_fault_still_reaches_std";
    if let Some(output) = in_child(TEST, "") {
        assert_faulted(&output);
        return;
    }
    guard::install(report).expect("a handler");
    foreign_fault();
}

#[test]
fn an_overflowing_thread_is_still_reported_by_std() {
    const TEST: &str = "an_overflowing_thread_is_still_reported_by_std";
    if let Some(output) = in_child(TEST, "") {
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains("has overflowed its stack"), "{output:?}");
        assert!(!text.contains("teem:"), "{output:?}");
        return;
    }
    guard::install(report).expect("a handler");
    let thread = std::thread::spawn(|| recurse(0));
    let _ = thread.join();
}

#[test]
fn a_sent_fault_signal_kills_as_it_would_without_us() {
    const TEST: &str = "a_sent_fault_signal_kills_as_it_would_without_us";
    if let Some(output) = in_child(TEST, "") {
        assert_faulted(&output);
        return;
    }
    signal::set_action(signal::SIGNALS[0], None);
    guard::install(report).expect("a handler");
    let pid = std::process::id().to_string();
    let sent = Command::new("kill").args(["-SEGV", &pid]).status();
    panic!("still alive: {sent:?}");
}

#[test]
fn a_signal_stack_restores_the_one_before() {
    let thread = std::thread::spawn(|| {
        let before = signal::signal_stack();
        let outer = guard::SignalStack::new().expect("a signal stack");
        let ours = signal::signal_stack();
        assert_ne!(ours, before);
        let inner = guard::SignalStack::new().expect("a signal stack");
        assert_ne!(signal::signal_stack(), ours);
        drop(inner);
        assert_eq!(signal::signal_stack(), ours);
        drop(outer);
        assert_eq!(signal::signal_stack(), before);
    });
    thread.join().expect("no assertion failed");
}
