//! The programs that show channels, locks, scopes and contexts: each prints what it should, on any
//! number of workers.

use super::{Watchdog, program};
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

/// Runs an example with 1, 2 and 8 workers and compares all that it prints.
#[track_caller]
fn prints(name: &str, expected: &str) {
    let _watchdog = Watchdog::start();
    for workers in ["1", "2", "8"] {
        let output = Command::new(program(name))
            .env("TEEM_WORKERS", workers)
            .output()
            .expect("the example runs");
        assert!(output.status.success(), "{workers} workers: {output:?}");
        let text = String::from_utf8(output.stdout).expect("text");
        assert_eq!(text, expected, "{workers} workers");
    }
}

#[test]
fn worker_pool_does_every_job_once() {
    let mut expected = String::new();
    for job in 1..=20 {
        expected += &format!("{job} squared is {}\n", job * job);
    }
    prints("worker_pool", &(expected + "3 workers did 20 jobs\n"));
}

#[test]
fn pipeline_keeps_the_order_and_ends_early() {
    let words = ["plain", "blocking", "code", "that", "scales"];
    let lines = words.map(|word| format!("{word} has {} letters\n", word.len()));
    prints("pipeline", &(lines.concat() + "that was enough\n"));
}

#[test]
fn fan_out_gathers_all_answers() {
    prints(
        "fan_out",
        "emma is at place 0 of 'emma persuasion'\n\
         emma is at place 1 of 'walden emma'\n\
         found on 2 of 3 shelves\n",
    );
}

#[test]
fn wait_group_waits_for_tasks_of_tasks() {
    prints("wait_group", "visited 2047 nodes\n");
}

#[test]
fn bank_refuses_one_of_two_every_time() {
    prints(
        "bank",
        "1000 times two withdrew 100 of 100: 1000 were refused\n\
         after 500 transfers there are still 10000 in the bank\n",
    );
}

#[test]
fn select_timeout_takes_what_comes_first() {
    prints(
        "select_timeout",
        "got one\ngot two\ngot three\nnothing more came\n\
         the clock ticked meanwhile: true\nand right now there is nothing\n",
    );
}

#[test]
fn context_timeout_cuts_calls_that_know_nothing_of_it() {
    prints(
        "context_timeout",
        "after a while: the deadline of the context has passed\n\
         cancelled: the context was cancelled: the user went home\n\
         main itself goes on: true\n",
    );
}

#[test]
fn try_scope_stops_at_the_first_error() {
    prints(
        "try_scope",
        "fetched 17 bytes\nfailed: missing was not found\nmain was not cancelled: true\n",
    );
}

#[test]
fn rate_limiter_lets_a_burst_through_and_then_its_pace() {
    let served: String = (1..=6)
        .map(|n| format!("request {n} is served\n"))
        .collect();
    prints(
        "rate_limiter",
        &(served + "a burst at once: true\nthe rest at its pace: true\n"),
    );
}

#[test]
fn prime_sieve_finds_primes() {
    let prime = |n: &u32| !(2..*n).any(|m| n.is_multiple_of(m));
    let primes = (2..).filter(prime).take(20).map(|n| format!("{n}\n"));
    prints("prime_sieve", &primes.collect::<String>());
}

#[test]
fn slow_call_is_waited_for_or_not() {
    prints(
        "slow_call",
        "now: Err(Empty)\na little later: Err(Timeout)\nin the end: 500000500000\n",
    );
}

#[test]
fn graceful_shutdown_finishes_what_was_begun() {
    let _watchdog = Watchdog::start();
    for signal in ["-INT", "-TERM"] {
        let mut child = Command::new(program("graceful_shutdown"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example runs");
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("a line");
        assert_eq!(line, "working; press ctrl-c to end\n");
        let sent = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(sent.expect("kill").success());
        let mut rest = String::new();
        output.read_to_string(&mut rest).expect("the rest");
        assert!(child.wait().expect("its end").success());
        assert_eq!(
            rest,
            "finishing what was begun\nall that was begun is done: true\n"
        );
    }
}
