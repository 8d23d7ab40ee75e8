//! The standard streams. They are the process's, so each test runs itself again with streams of its own.

use crate::watchdog::Watchdog;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;
use teem::context::cause_of;
use teem::io::{stderr, stdin, stdout};
use teem::runtime::Builder;

const CHILD: &str = "TEEM_TEST_STREAMS";

struct Streams {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    errors: BufReader<ChildStderr>,
}

/// Runs `test` again; `None` if this is that run.
fn again(test: &str) -> Option<Streams> {
    if std::env::var(CHILD).is_ok_and(|name| name == test) {
        return None;
    }
    let mut child = Command::new(std::env::current_exe().expect("a path"))
        .args(["--exact", "--nocapture", "--test-threads=1", test])
        .env(CHILD, test)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a child");
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let errors = child.stderr.take();
    Some(Streams {
        input: input.expect("piped"),
        output: BufReader::new(output.expect("piped")),
        errors: BufReader::new(errors.expect("piped")),
        child,
    })
}

/// Reads lines until `line` has come.
fn until_line(reader: &mut impl BufRead, line: &str) {
    let mut lines = reader.lines().map(|line| line.expect("a line"));
    assert!(lines.any(|next| next == line), "{line} does not come");
}

impl Streams {
    #[track_caller]
    fn end(mut self) {
        drop(self.input);
        let (mut output, mut errors) = (String::new(), String::new());
        self.output.read_to_string(&mut output).expect("text");
        self.errors.read_to_string(&mut errors).expect("text");
        assert!(
            self.child.wait().expect("its end").success(),
            "{output}{errors}"
        );
    }
}

#[test]
fn reading_input_parks_the_task_alone() {
    let _watchdog = Watchdog::start();
    if let Some(mut streams) = again("streams::reading_input_parks_the_task_alone") {
        until_line(&mut streams.errors, "others run");
        streams.input.write_all(b"one\ntwo\nthree\nfour").unwrap();
        return streams.end();
    }
    let runtime = Builder::new().workers(1).build().unwrap();
    runtime.run(|| {
        let soon = || stdin().read_line(&mut String::new());
        let error = teem::time::timeout(Duration::from_millis(5), soon).unwrap_err();
        assert!(cause_of(&error).is_some(), "{error:?}");
        teem::scope(|s| {
            let reader = s.spawn(|| {
                let mut line = String::new();
                stdin().read_line(&mut line).map(|_| line)
            });
            (0..100).for_each(|_| teem::task::yield_now());
            assert!(!reader.is_finished());
            writeln!(stderr(), "others run").unwrap();
            assert_eq!(reader.join().unwrap().unwrap(), "one\n");
        });
        let mut rest = stdin().lines();
        assert_eq!(rest.next().unwrap().unwrap(), "two");
        drop(rest);
        let mut text = String::new();
        stdin().read_to_string(&mut text).unwrap();
        assert_eq!(text, "three\nfour");
        assert_eq!(stdin().read(&mut [0; 8]).unwrap(), 0);
    });
    assert!(!stdin().is_terminal());
}

#[test]
fn input_from_a_file_is_read_on_the_pool() {
    const TEST: &str = "streams::input_from_a_file_is_read_on_the_pool";
    let _watchdog = Watchdog::start();
    if std::env::var(CHILD).is_err() {
        let source = std::fs::File::open(file!()).expect("this file");
        let output = Command::new(std::env::current_exe().expect("a path"))
            .args(["--exact", "--nocapture", TEST])
            .env(CHILD, TEST)
            .stdin(source)
            .output()
            .expect("a child");
        assert!(output.status.success(), "{output:?}");
        return;
    }
    let text = teem::run(|| std::io::read_to_string(stdin())).unwrap();
    assert_eq!(text, include_str!("streams.rs"));
}

#[test]
fn output_that_nobody_reads_yet_parks_the_task_alone() {
    let _watchdog = Watchdog::start();
    if let Some(mut streams) = again("streams::output_that_nobody_reads_yet_parks_the_task_alone") {
        until_line(&mut streams.errors, "others run");
        let lines = streams
            .output
            .by_ref()
            .lines()
            .map(|line| line.expect("text"));
        let mut lines = lines.filter(|line| line.starts_with("task "));
        for n in 0..20_000 {
            assert_eq!(lines.next().expect("a line"), format!("task line {n}"));
        }
        assert_eq!(lines.next().expect("the longest").len(), 300_000);
        return streams.end();
    }
    let runtime = Builder::new().workers(1).build().unwrap();
    runtime.run(|| {
        teem::scope(|s| {
            let writer = s.spawn(|| {
                let mut out = stdout();
                // The test harness has not ended its line.
                writeln!(out).unwrap();
                for n in 0..20_000 {
                    writeln!(out, "task line {n}").unwrap();
                }
                writeln!(out, "task {}", "x".repeat(299_995)).unwrap();
            });
            while !writer.is_finished() && !is_full() {
                teem::task::yield_now();
            }
            (0..100).for_each(|_| teem::task::yield_now());
            assert!(!writer.is_finished());
            writeln!(stderr(), "others run").unwrap();
        });
    });
}

/// Whether the output has no room.
fn is_full() -> bool {
    let mut entry = libc::pollfd {
        fd: 1,
        events: libc::POLLOUT,
        revents: 0,
    };
    // SAFETY: one entry, valid during the call.
    unsafe { libc::poll(&mut entry, 1, 0) == 0 }
}

#[test]
fn locked_output_is_not_mixed_and_can_be_locked_again() {
    let _watchdog = Watchdog::start();
    if let Some(mut streams) = again("streams::locked_output_is_not_mixed_and_can_be_locked_again")
    {
        let mut seen = [0; 8];
        let mut run = Vec::new();
        let lines = streams
            .output
            .by_ref()
            .lines()
            .map(|line| line.expect("text"));
        for line in lines.filter(|line| line.starts_with("by ")) {
            run.push(line);
            if run.len() == 5 {
                assert!(run.iter().all(|line| *line == run[0]), "{run:?}");
                let writer: usize = run[0][3..].parse().expect("a number");
                seen[writer] += 1;
                run.clear();
            }
        }
        assert_eq!(seen, [50; 8]);
        return streams.end();
    }
    // The test harness has not ended its line.
    writeln!(stdout()).unwrap();
    let write = |n: usize| {
        for _ in 0..50 {
            let mut out = stdout().lock();
            for _ in 0..5 {
                writeln!(out, "by {n}").unwrap();
                teem::task::yield_now();
                // The owner may, and it ends nothing.
                drop(stdout().lock());
            }
        }
    };
    let runtime = Builder::new().workers(2).build().unwrap();
    std::thread::scope(|threads| {
        threads.spawn(|| write(0));
        runtime.run(|| {
            teem::scope(|s| {
                for n in 1..8 {
                    s.spawn(move || write(n));
                }
            });
        });
    });
}

#[test]
fn an_input_that_is_closed_is_empty_and_an_output_that_is_closed_takes_all() {
    const TEST: &str =
        "streams::an_input_that_is_closed_is_empty_and_an_output_that_is_closed_takes_all";
    let _watchdog = Watchdog::start();
    if let Some(streams) = again(TEST) {
        return streams.end();
    }
    let runtime = Builder::new().workers(1).build().unwrap();
    // Opens what it needs while the numbers of the streams are taken.
    runtime.run(|| teem::offload(|| ()));
    for fd in [0, 1] {
        // SAFETY: no pointers are passed, and std takes streams that are closed for what this tests.
        assert_eq!(unsafe { libc::close(fd) }, 0);
    }
    let check = || {
        assert_eq!(stdin().read(&mut [0; 8]).unwrap(), 0);
        assert_eq!(stdout().write(b"x\n").unwrap(), 2);
        assert_eq!(stdout().write(&[b'x'; 100_000]).unwrap(), 100_000);
        stdout().flush().unwrap();
    };
    check();
    runtime.run(check);
}

/// A terminal says that it can be written when it has room for a byte.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_that_stalls_holds_up_who_writes_alone() {
    use std::os::fd::{FromRawFd, OwnedFd};
    use std::ptr::null_mut;
    const LINES: usize = 300;
    const LENGTH: usize = 999;
    let _watchdog = Watchdog::start();
    if let Some(streams) = again("streams::a_terminal_that_stalls_holds_up_who_writes_alone") {
        return streams.end();
    }
    let (mut far, mut near) = (-1, -1);
    // SAFETY: the numbers are written, and where there is none nothing is. The first is nobody else's.
    let mut far = unsafe {
        let made = libc::openpty(&mut far, &mut near, null_mut(), null_mut(), null_mut());
        assert_eq!(made, 0);
        assert_eq!(libc::dup2(near, 1), 1);
        std::fs::File::from(OwnedFd::from_raw_fd(far))
    };
    let runtime = Builder::new().workers(1).build().unwrap();
    runtime.run(|| {
        teem::scope(|s| {
            let writer = s.spawn(|| {
                let line = "x".repeat(LENGTH);
                (0..LINES).for_each(|_| writeln!(stdout(), "{line}").unwrap());
            });
            // One worker: this goes on only where the writer lets it, which has no room then.
            let (mut seen, mut buffer) = (0, [0; 4096]);
            while seen < LINES * LENGTH {
                teem::poll::readable(&far).unwrap();
                let length = far.read(&mut buffer).unwrap();
                seen += buffer[..length]
                    .iter()
                    .filter(|&&byte| byte == b'x')
                    .count();
            }
            writer.join().unwrap();
        });
    });
    // The test harness has its last line for it.
    std::mem::forget(far);
}
