//! The example servers, tried with programs that others have written.
//!
//! A program that is not installed is said to be "skipped: ..", and its tests pass; with
//! `TEEM_CLIENTS=required`, as the checks have it, they fail.

#![forbid(unsafe_code)]

mod http;
mod kv;
mod lines;
#[path = "../support/programs.rs"]
mod programs;
#[path = "../support/watchdog.rs"]
mod watchdog;

use programs::is_installed;
use std::process::Command;
use watchdog::Watchdog;

/// What `sh` prints for a line of commands, which may use `$PORT`.
#[track_caller]
fn shell(port: &str, commands: &str) -> String {
    let mut shell = Command::new("sh");
    let output = shell.args(["-c", commands]).env("PORT", port).output();
    let output = output.expect("a shell");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{commands}: {output:?}");
    text
}
