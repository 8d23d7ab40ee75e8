//! `teem::signal`. What a process does with signals is its own affair, so each test runs itself again as a
//! child.

#![cfg(not(any(loom, miri)))]

#[path = "support/child.rs"]
mod child;
#[path = "support/watchdog.rs"]
mod watchdog;

use child::in_child;
use std::hint::black_box;
use std::os::unix::process::ExitStatusExt;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use teem::chan::{RecvTimeoutError, TryRecvError};
use teem::signal::{self, Signal};
use watchdog::Watchdog;

/// Sends `signal` to this very thread: its action is taken before this returns.
fn raise(signal: Signal) {
    // SAFETY: no pointers are passed. What the tests raise they catch or want to die of.
    assert_eq!(unsafe { libc::raise(signal.as_raw()) }, 0);
}

/// Whether this is the child, which must end well.
#[track_caller]
fn is_child(test: &str) -> bool {
    let Some(output) = in_child(test, &[]) else {
        return true;
    };
    assert!(output.status.success(), "{output:?}");
    false
}

#[track_caller]
fn assert_killed(output: &Output, signal: Signal) {
    let killed_by = output.status.signal().and_then(Signal::from_raw);
    assert_eq!(killed_by, Some(signal), "{output:?}");
}

#[test]
fn a_signal_reaches_every_receiver_in_tasks_and_on_threads() {
    if !is_child("a_signal_reaches_every_receiver_in_tasks_and_on_threads") {
        return;
    }
    let _watchdog = Watchdog::start();
    let signals = [Signal::USR1, Signal::USR2];
    let here = signal::notify(&signals).unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let receiver = signal::notify(&[signals[n % 2]]).unwrap();
            teem::spawn(move || receiver.recv())
        })
        .collect();
    raise(Signal::USR1);
    assert_eq!(here.recv(), Ok(Signal::USR1));
    raise(Signal::USR2);
    assert_eq!(here.recv(), Ok(Signal::USR2));
    for (n, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.join().unwrap(), Ok(signals[n % 2]));
    }
    let wait = Duration::from_millis(5);
    assert_eq!(here.recv_timeout(wait), Err(RecvTimeoutError::Timeout));
}

#[test]
fn a_burst_is_one_signal_and_others_are_not_pushed_out() {
    if !is_child("a_burst_is_one_signal_and_others_are_not_pushed_out") {
        return;
    }
    let _watchdog = Watchdog::start();
    let receiver = signal::notify(&[Signal::TERM, Signal::USR1, Signal::USR1]).unwrap();
    assert_eq!(receiver.capacity(), Some(2));
    for _ in 0..10_000 {
        raise(Signal::USR1);
    }
    raise(Signal::TERM);
    // USR1 has the smaller number, whatever came first; it may come twice, if it was read in between.
    while receiver.recv() != Ok(Signal::TERM) {}
    let wait = Duration::from_millis(5);
    let mut left = 0;
    while receiver.recv_timeout(wait).is_ok() {
        left += 1;
    }
    assert!(left <= 1, "{left}");
}

#[test]
fn a_signal_is_received_in_a_select_and_by_one_of_the_clones() {
    if !is_child("a_signal_is_received_in_a_select_and_by_one_of_the_clones") {
        return;
    }
    let _watchdog = Watchdog::start();
    let (sender, jobs) = teem::chan::unbounded::<u32>();
    let stop = signal::notify(&[Signal::INT]).unwrap();
    let clone = stop.clone();
    let task = teem::spawn(move || {
        let mut done = 0;
        loop {
            teem::select! {
                recv(jobs) -> job => done += job.unwrap(),
                recv(clone) -> signal => return (signal, done),
            }
        }
    });
    sender.send(7).unwrap();
    while !sender.is_empty() {
        teem::task::yield_now();
    }
    raise(Signal::INT);
    assert_eq!(task.join().unwrap(), (Ok(Signal::INT), 7));
    assert_eq!(stop.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn no_signal_is_lost_between_a_look_and_the_wait() {
    if !is_child("no_signal_is_lost_between_a_look_and_the_wait") {
        return;
    }
    let _watchdog = Watchdog::start();
    const ROUNDS: usize = 20_000;
    let received = Arc::new(AtomicUsize::new(0));
    let stop = signal::notify(&[Signal::USR1]).unwrap();
    let task = teem::spawn({
        let received = Arc::clone(&received);
        move || {
            for round in 1..=ROUNDS {
                assert_eq!(stop.recv(), Ok(Signal::USR1));
                received.store(round, Ordering::SeqCst);
            }
        }
    });
    for round in 0..ROUNDS {
        // The receiver is somewhere between its last value and its next wait.
        while received.load(Ordering::SeqCst) < round {
            std::thread::yield_now();
        }
        raise(Signal::USR1);
    }
    task.join().unwrap();
}

#[test]
fn what_was_caught_for_one_receiver_does_not_reach_the_next() {
    if !is_child("what_was_caught_for_one_receiver_does_not_reach_the_next") {
        return;
    }
    let _watchdog = Watchdog::start();
    for _ in 0..2_000 {
        let first = signal::notify(&[Signal::USR1]).unwrap();
        raise(Signal::USR1);
        drop(first);
        let second = signal::notify(&[Signal::USR1, Signal::USR2]).unwrap();
        raise(Signal::USR2);
        // What is left of the other would come first: its number is smaller.
        assert_eq!(second.recv(), Ok(Signal::USR2));
    }
}

#[test]
fn the_last_receiver_gives_the_signal_back() {
    const TEST: &str = "the_last_receiver_gives_the_signal_back";
    if let Some(output) = in_child(TEST, &[]) {
        return assert_killed(&output, Signal::TERM);
    }
    let _watchdog = Watchdog::start();
    let first = signal::notify(&[Signal::TERM]).unwrap();
    let clone = first.clone();
    let second = signal::notify(&[Signal::HUP, Signal::TERM]).unwrap();
    drop(first);
    raise(Signal::TERM);
    assert_eq!(clone.recv(), Ok(Signal::TERM));
    drop(clone);
    raise(Signal::TERM);
    assert_eq!(second.recv(), Ok(Signal::TERM));
    drop(second);
    raise(Signal::TERM);
    panic!("still here");
}

static WAS_CALLED: AtomicBool = AtomicBool::new(false);

extern "C" fn earlier(_: libc::c_int) {
    WAS_CALLED.store(true, Ordering::SeqCst);
}

extern "C" fn later(_: libc::c_int) {}

#[test]
fn an_earlier_handler_is_put_back_and_a_later_one_is_left() {
    if !is_child("an_earlier_handler_is_put_back_and_a_later_one_is_left") {
        return;
    }
    let _watchdog = Watchdog::start();
    let install = |handler: extern "C" fn(libc::c_int)| {
        // SAFETY: both handlers are async-signal-safe.
        unsafe { libc::signal(libc::SIGUSR1, handler as libc::sighandler_t) }
    };
    install(earlier);
    let receiver = signal::notify(&[Signal::USR1]).unwrap();
    raise(Signal::USR1);
    assert_eq!(receiver.recv(), Ok(Signal::USR1));
    assert!(!WAS_CALLED.load(Ordering::SeqCst), "it was not for it");
    drop(receiver);
    raise(Signal::USR1);
    assert!(WAS_CALLED.load(Ordering::SeqCst), "it is back");

    let receiver = signal::notify(&[Signal::USR1]).unwrap();
    install(later);
    drop(receiver);
    let handler: extern "C" fn(libc::c_int) = later;
    assert_eq!(install(earlier), handler as libc::sighandler_t);
}

#[test]
fn what_cannot_be_caught_is_refused_by_name_and_nothing_has_changed() {
    const TEST: &str = "what_cannot_be_caught_is_refused_by_name_and_nothing_has_changed";
    if let Some(output) = in_child(TEST, &[]) {
        return assert_killed(&output, Signal::USR2);
    }
    let _watchdog = Watchdog::start();
    signal::ignore(&[Signal::HUP]).unwrap();
    let refused = [
        (Signal::KILL, "SIGKILL"),
        (Signal::STOP, "SIGSTOP"),
        (Signal::SEGV, "SIGSEGV"),
        (Signal::BUS, "SIGBUS"),
        (Signal::ILL, "SIGILL"),
        (Signal::FPE, "SIGFPE"),
        (Signal::from_raw(128).unwrap(), "signal 128"),
    ];
    for (signal, name) in refused {
        for error in [
            signal::notify(&[Signal::USR2, Signal::HUP, signal]).unwrap_err(),
            signal::ignore(&[Signal::USR2, signal]).unwrap_err(),
        ] {
            assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput, "{error}");
            assert!(error.to_string().starts_with(name), "{error}");
        }
    }
    assert_eq!(Signal::from_raw(0), None);
    assert_eq!(Signal::from_raw(-1), None);
    assert_eq!(Signal::from_raw(129), None);
    raise(Signal::HUP);
    raise(Signal::USR2);
    panic!("still here");
}

#[test]
fn ignored_signals_are_dropped_until_they_are_reset() {
    const TEST: &str = "ignored_signals_are_dropped_until_they_are_reset";
    if let Some(output) = in_child(TEST, &[]) {
        return assert_killed(&output, Signal::USR2);
    }
    let _watchdog = Watchdog::start();
    let receiver = signal::notify(&[Signal::USR2, Signal::USR1]).unwrap();
    signal::ignore(&[Signal::USR2]).unwrap();
    raise(Signal::USR2);
    raise(Signal::USR1);
    assert_eq!(receiver.recv(), Ok(Signal::USR1));
    let wait = Duration::from_millis(5);
    assert_eq!(receiver.recv_timeout(wait), Err(RecvTimeoutError::Timeout));
    // Dropping one that was for it does not end the ignoring.
    drop(receiver);
    raise(Signal::USR2);
    // A new receiver does, as long as it lives, and then there is nothing left of either.
    let receiver = signal::notify(&[Signal::USR2]).unwrap();
    raise(Signal::USR2);
    assert_eq!(receiver.recv(), Ok(Signal::USR2));
    signal::ignore(&[Signal::USR2]).unwrap();
    signal::reset(&[Signal::USR2, Signal::INT]).unwrap();
    raise(Signal::USR2);
    panic!("still here");
}

#[test]
fn receivers_come_and_go_in_a_storm() {
    if !is_child("receivers_come_and_go_in_a_storm") {
        return;
    }
    let _watchdog = Watchdog::start();
    let over = AtomicBool::new(false);
    // Keeps the signal from ending the process in between.
    let always = signal::notify(&[Signal::USR1]).unwrap();
    std::thread::scope(|s| {
        for _ in 0..2 {
            s.spawn(|| {
                while !over.load(Ordering::SeqCst) {
                    raise(Signal::USR1);
                    std::thread::yield_now();
                }
            });
        }
        teem::scope(|tasks| {
            for _ in 0..8 {
                tasks.spawn(|| {
                    for _ in 0..100 {
                        let receiver = signal::notify(&[Signal::USR1, Signal::USR2]).unwrap();
                        assert_eq!(receiver.recv(), Ok(Signal::USR1));
                    }
                });
            }
        });
        over.store(true, Ordering::SeqCst);
    });
    assert_eq!(always.recv(), Ok(Signal::USR1));
}

/// Raises the signal when hardly anything is left of the stack.
fn deep() {
    black_box([0_u8; 512]);
    match teem::stack::remaining() {
        Some(..4096) => raise(Signal::USR1),
        _ => deep(),
    }
    black_box(());
}

#[test]
fn a_signal_does_not_need_the_stack_of_a_task() {
    if !is_child("a_signal_does_not_need_the_stack_of_a_task") {
        return;
    }
    let _watchdog = Watchdog::start();
    let receiver = signal::notify(&[Signal::USR1]).unwrap();
    teem::run(deep);
    assert_eq!(receiver.recv(), Ok(Signal::USR1));
}

#[test]
fn a_signal_of_a_forked_child_is_not_taken_for_ones_own() {
    if !is_child("a_signal_of_a_forked_child_is_not_taken_for_ones_own") {
        return;
    }
    let _watchdog = Watchdog::start();
    let receiver = signal::notify(&[Signal::USR1, Signal::USR2]).unwrap();
    // SAFETY: the child does what is async-signal-safe: it raises a signal and ends.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            libc::raise(libc::SIGUSR1);
            libc::_exit(0);
        }
        assert!(child > 0);
        assert_eq!(libc::waitpid(child, std::ptr::null_mut(), 0), child);
    }
    raise(Signal::USR2);
    assert_eq!(receiver.recv(), Ok(Signal::USR2));
}
