//! `teem::process`: children from tasks and from threads.

#![cfg(not(any(loom, miri)))]

#[path = "support/child.rs"]
mod child;
#[path = "support/together.rs"]
#[expect(dead_code, reason = "not all of it is needed here")]
mod together;
#[path = "support/until.rs"]
mod until;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use child::in_child;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use teem::context::{Cause, Context, cause_of};
use teem::os::unix::process::CommandExt;
use teem::process::{Command, ExitStatus, Stdio};
use together::{beside, in_task_and_thread};
use until::until;
use workers::with_workers;

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

/// Whether there is such a process, be it one that nobody has waited for.
fn exists(id: u32) -> bool {
    // SAFETY: no pointers are passed, and no signal is sent.
    unsafe { libc::kill(id as i32, 0) == 0 }
}

#[test]
fn both_outputs_are_collected_however_much_comes_on_either() {
    in_task_and_thread(|| {
        let script = "head -c 1000000 /dev/zero >&2; head -c 700000 /dev/zero; exit 3";
        let output = shell(script).output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        assert_eq!(
            (output.stdout.len(), output.stderr.len()),
            (700_000, 1_000_000)
        );
        // With one of them only.
        let mut command = shell(script);
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped());
        let output = child.spawn().unwrap().wait_with_output().unwrap();
        assert_eq!((output.stdout.len(), output.stderr.len()), (0, 1_000_000));
    });
}

#[test]
fn defaults_and_choices_are_those_of_std() {
    in_task_and_thread(|| {
        // Input is empty by default, and what was chosen stays chosen.
        let output = Command::new("cat").output().unwrap();
        assert!(output.status.success() && output.stdout.is_empty());
        let mut command = shell("echo out; echo $NAME >&2; pwd >&2");
        command
            .env("NAME", "value")
            .current_dir("/")
            .stdout(Stdio::null());
        for _ in 0..2 {
            let output = command.output().unwrap();
            assert_eq!(output.stdout, b"");
            assert_eq!(output.stderr, b"value\n/\n");
        }
        let mut command = shell("echo $0");
        assert_eq!(command.arg0("other").output().unwrap().stdout, b"other\n");
        assert_eq!(command.get_program(), "sh");
        assert_eq!(command.get_args().count(), 2);
        let none = Command::new("/no/such/program").spawn().unwrap_err();
        assert_eq!(none.kind(), ErrorKind::NotFound);
        assert_eq!(
            Command::new("true").status().unwrap(),
            ExitStatus::default()
        );
        assert_eq!(shell("kill -9 $$").status().unwrap().signal(), Some(9));
    });
}

#[test]
fn a_child_is_spoken_to_in_both_directions_at_once() {
    in_task_and_thread(|| {
        let mut command = Command::new("cat");
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut cat = piped.spawn().unwrap();
        let (mut input, mut output) = (cat.stdin.take().unwrap(), cat.stdout.take().unwrap());
        // More than all the pipes hold.
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
        let mut back = Vec::new();
        let write = || {
            input.write_all(&bytes).unwrap();
            drop(input);
        };
        beside(write, || output.read_to_end(&mut back).unwrap());
        assert!(back == bytes);
        assert!(cat.wait().unwrap().success());
        assert_eq!(cat.wait().unwrap().code(), Some(0), "the same again");
    });
}

#[test]
fn a_pipe_to_a_child_that_is_gone_is_an_error() {
    in_task_and_thread(|| {
        let mut child = Command::new("true").stdin(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        child.wait().unwrap();
        // A child that another test is about to start has all our files, until it is the program that it will be.
        let error = loop {
            if let Err(error) = input.write_all(b"hello?") {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn waiting_for_a_child_holds_no_worker_up() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
            let input = child.stdin.take();
            let ended = AtomicUsize::new(0);
            teem::scope(|s| {
                s.spawn(|| {
                    assert!(child.wait().unwrap().success());
                    ended.fetch_add(1, Ordering::SeqCst);
                });
                (0..100).for_each(|_| teem::task::yield_now());
                assert_eq!(ended.load(Ordering::SeqCst), 0);
                drop(input);
                until(|| ended.load(Ordering::SeqCst) == 1);
            });
        });
    });
}

#[test]
fn a_wait_that_is_cut_leaves_a_child_that_can_be_waited_for() {
    in_task_and_thread(|| {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take();
        for _ in 0..3 {
            let context = Context::background().with_timeout(Duration::from_millis(2));
            let error = context.enter(|| child.wait()).unwrap_err();
            assert_eq!(cause_of(&error), Some(Cause::DeadlineExceeded));
            assert!(child.try_wait().unwrap().is_none());
        }
        drop(input);
        assert!(child.wait().unwrap().success());
        assert!(child.try_wait().unwrap().is_some());

        let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(libc::SIGKILL));
        child.kill().unwrap();
    });
}

#[test]
fn a_done_context_starts_nothing() {
    in_task_and_thread(|| {
        let (context, handle) = Context::background().with_cancel();
        handle.cancel();
        context.enter(|| {
            let mut command = shell("exit 0");
            for error in [
                command.spawn().unwrap_err(),
                command.status().unwrap_err(),
                command.output().unwrap_err(),
            ] {
                assert_eq!(cause_of(&error), Some(Cause::Cancelled));
            }
        });
    });
}

#[test]
fn a_call_that_is_cut_and_has_the_child_to_itself_leaves_no_process() {
    in_task_and_thread(|| {
        let mut command = Command::new("sleep");
        let child = command.arg("1000").stdout(Stdio::piped()).spawn().unwrap();
        let id = child.id();
        assert!(exists(id));
        let context = Context::background().with_timeout(Duration::from_millis(50));
        let error = context.enter(|| child.wait_with_output()).unwrap_err();
        assert_eq!(cause_of(&error), Some(Cause::DeadlineExceeded));
        assert!(!exists(id), "not even as a zombie");
    });
}

#[test]
fn many_children_at_once_leave_no_descriptor_and_no_zombie() {
    // The other tests have children, too.
    if let Some(output) = in_child(
        "many_children_at_once_leave_no_descriptor_and_no_zombie",
        &[],
    ) {
        assert!(output.status.success(), "{output:?}");
        return;
    }
    let open_files = || std::fs::read_dir("/dev/fd").expect("a list").count();
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| Command::new("true").status().unwrap());
        let before = open_files();
        runtime.run(|| {
            teem::scope(|s| {
                for n in 0..16 {
                    s.spawn(move || {
                        let mut command = shell(&format!("echo {n}; exit {n}"));
                        let output = command.output().unwrap();
                        assert_eq!(output.stdout, format!("{n}\n").into_bytes());
                        assert_eq!(output.status.code(), Some(n));
                    });
                }
            });
        });
        assert_eq!(open_files(), before);
        // SAFETY: no pointers are passed but a null one.
        let left = unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) };
        assert_eq!(left, -1, "no child is left");
    });
}
