//! The example programs, run as a user runs them.

#![forbid(unsafe_code)]

#[path = "examples/chat.rs"]
mod chat;
#[path = "examples/client_side.rs"]
mod client_side;
#[path = "examples/echo_server.rs"]
mod echo_server;
#[path = "examples/kv_server.rs"]
mod kv_server;
#[path = "support/programs.rs"]
mod programs;
#[path = "examples/proxy.rs"]
mod proxy;
#[path = "support/random.rs"]
mod random;
#[path = "examples/resp.rs"]
mod resp;
#[path = "examples/vocabulary.rs"]
mod vocabulary;
#[path = "support/watchdog.rs"]
mod watchdog;

use programs::program;
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};
use watchdog::Watchdog;

/// The programs that look at their command line.
const WITH_ARGUMENTS: [&str; 9] = [
    "chat",
    "crawler",
    "echo_server",
    "http_server",
    "kv_server",
    "million",
    "port_scan",
    "proxy",
    "steps_echo",
];

fn run(name: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program(name)).args(arguments).output();
    output.unwrap_or_else(|error| panic!("the example {name}: {error}"))
}

/// The program ended as one does that was called in the wrong way, and said so in one line.
#[track_caller]
fn assert_refused(output: &Output, parts: &[&str]) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(text.lines().count(), 1, "{text}");
    for part in parts {
        assert!(text.contains(part), "no {part} in {text}");
    }
}

#[test]
fn an_argument_that_is_not_utf_8_is_refused_in_one_line() {
    use std::os::unix::ffi::OsStrExt;
    let _watchdog = Watchdog::start();
    let word = std::ffi::OsStr::from_bytes(b"b\xffd");
    for name in WITH_ARGUMENTS {
        let output = Command::new(program(name)).arg(word).output();
        let begin = format!("{name}: ");
        assert_refused(&output.expect("a program"), &[&begin, r"b\xFFd"]);
    }
}

#[test]
fn an_error_that_nobody_reads_is_still_one() {
    let _watchdog = Watchdog::start();
    for name in WITH_ARGUMENTS {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = Command::new(program(name));
        let status = command.arg("--bogus").stderr(writer).status();
        assert_eq!(status.expect("a program").code(), Some(2), "{name}");
    }
}

#[test]
fn graceful_shutdown_reaches_its_end_though_nobody_reads_of_it() {
    let _watchdog = Watchdog::start();
    let mut command = Command::new(program("graceful_shutdown"));
    let mut child = command.stdout(Stdio::piped()).spawn().expect("a program");
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    stdout.read_line(&mut String::new()).expect("a line");
    drop(stdout);
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status();
    assert!(sent.expect("kill").success());
    assert_eq!(child.wait().expect("its end").code(), Some(0));
}

#[test]
fn hello_says_hello() {
    let _watchdog = Watchdog::start();
    let output = run("hello", &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stdout, b"hello from a task\n");
}

#[test]
fn steps_echo_answers_every_request() {
    let _watchdog = Watchdog::start();
    let output = run("steps_echo", &["10", "50"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stdout, b"10 connections, 500 requests answered\n");
}

#[test]
fn steps_echo_refuses_what_it_cannot_do() {
    let _watchdog = Watchdog::start();
    let most = usize::MAX.to_string();
    let bad: [(&[&str], &str); 4] = [
        (&["many"], "two numbers"),
        (&["10", "50", "1"], "two numbers"),
        (&["-1"], "two numbers"),
        (&[&most, "1"], "at most 10000 connections"),
    ];
    for (arguments, part) in bad {
        assert_refused(&run("steps_echo", arguments), &["steps_echo: ", part]);
    }
    // So many requests that no client ends before.
    let few_files = Command::new("sh")
        .args(["-c", "ulimit -n 60; exec \"$0\" 100 1000000000"])
        .arg(program("steps_echo"))
        .output();
    let output = few_files.expect("a shell");
    assert_refused(&output, &["steps_echo: connection ", " of 100: "]);
}

#[test]
fn million_measures_what_it_says() {
    let _watchdog = Watchdog::start();
    for workers in ["1", "2", "8"] {
        let output = run("million", &["--tasks", "20000", "--workers", workers]);
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let value = |name: &str, unit: &str| -> f64 {
            let begin = format!("million,teem,{workers},{name},");
            let line = text.lines().find_map(|line| line.strip_prefix(&begin));
            let value = line.and_then(|rest| rest.strip_suffix(unit));
            value
                .and_then(|value| value.parse().ok())
                .unwrap_or_else(|| panic!("{name}: {text}"))
        };
        assert!(value("spawn_park_s", ",s") > 0.0);
        assert!(value("wake_s", ",s") > 0.0);
        if cfg!(target_os = "linux") {
            // A page of stack, if an optimised build; never as much as two.
            let bytes = value("bytes_per_task", ",B");
            assert!((4_000.0..12_000.0).contains(&bytes), "{bytes}");
        }
        let lines = String::from_utf8_lossy(&output.stderr).lines().count();
        assert!(lines <= 5, "{output:?}");
    }
}

#[test]
fn million_refuses_what_it_does_not_understand() {
    let bad: [&[&str]; 7] = [
        &["--tasks", "many"],
        &["--tasks", "18446744073709551615"],
        &["--tasks", "0"],
        &["--workers", "0"],
        &["--workers"],
        &["--what", "1"],
        &["1000"],
    ];
    for arguments in bad {
        assert_refused(&run("million", arguments), &["million: ", arguments[0]]);
    }
}
