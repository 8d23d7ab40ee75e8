//! Whole workloads, each checking its own result: what a user of teem would see, in one number.
//!
//! `cargo bench --bench workloads -- NAME [options]` prints a line of
//! `workload,impl,workers,metric,value,unit,range` for each metric: the median of the rounds and,
//! where there were several, their least and greatest. Without a name it says what there is. The
//! lines about processor time hold on a machine that has other things to do, too; those about time
//! and rates do not.
//!
//! Criterion measures single operations beside this (`benches/operations.rs`). What stands here
//! does not fit it: a million tasks at once, memory, a server in a process of its own.

mod arguments;
mod channels;
mod clock;
mod crowd;
mod deep;
mod lateness;
mod locks;
mod measure;
mod memory;
mod parked;
mod report;
mod rounds;
mod selects;
mod spawning;
mod spread;
mod switching;
mod timers;
mod trees;
mod waking;
mod wholes;

#[cfg(target_os = "linux")]
mod zram;
#[cfg(not(target_os = "linux"))]
#[path = "zram_elsewhere.rs"]
mod zram;

#[cfg(target_os = "linux")]
mod echo;
#[cfg(not(target_os = "linux"))]
#[path = "echo_elsewhere.rs"]
mod echo;

use std::process::ExitCode;

use arguments::Arguments;
use report::Failure;

/// The names a user may ask for: what each measures, and what runs it.
const WORKLOADS: &[(&str, &str, Workload)] = &[
    (
        "yield",
        "two tasks of one worker yield to each other",
        switching::yields,
    ),
    (
        "spawn_join",
        "--tasks (1,000,000) spawned at once, then joined",
        spawning::at_once,
    ),
    (
        "spawn_join_batch",
        "--tasks spawned and joined a thousand at a time",
        spawning::in_batches,
    ),
    (
        "parked",
        "--tasks parked on one channel: time, memory, time to wake",
        parked::bare,
    ),
    (
        "parked_3k",
        "the same, when each has used some 3 KiB of stack",
        parked::used,
    ),
    (
        "parked_cold",
        "the same, paged out to zram, and looked at byte by byte",
        parked::cold,
    ),
    (
        "cold_wake",
        "--tasks parked, woken --rounds times in --order",
        waking::cold_wake,
    ),
    (
        "recursion",
        "1,000 tasks (--tasks), 10,000 frames deep at once",
        deep::recursion,
    ),
    (
        "hot_split",
        "a loop of calls over the edge of a segment, and not",
        deep::hot_split,
    ),
    (
        "pingpong",
        "two tasks, a rendezvous there and one back",
        channels::pingpong,
    ),
    (
        "chan_1p1c",
        "a channel of 128, one producer, one consumer",
        channels::one_to_one,
    ),
    (
        "chan_4p4c",
        "a channel of 128, four producers, four consumers",
        channels::four_to_four,
    ),
    (
        "select_2",
        "a select over two rendezvous channels",
        selects::two,
    ),
    (
        "select_8",
        "a select over eight rendezvous channels",
        selects::eight,
    ),
    (
        "ring",
        "a token goes round 503 tasks, by rendezvous",
        channels::ring,
    ),
    (
        "skynet",
        "a tree of tasks with a million leaves, ten a node",
        trees::skynet,
    ),
    (
        "fork_join",
        "fib(32), with a task for one half down to fib(12)",
        trees::fork_join,
    ),
    (
        "burst",
        "a task for each worker, all computing: until they all run",
        spread::burst,
    ),
    (
        "hog",
        "a task that holds its worker for 100 ms: delay of those behind it",
        spread::hog,
    ),
    (
        "mutex",
        "eight tasks count up under one mutex",
        locks::mutex,
    ),
    (
        "ticker",
        "--tickers of 100 ms for --seconds: CPU, lateness",
        timers::ticker,
    ),
    (
        "sleepers",
        "--tasks asleep for one to five seconds: CPU, lateness",
        timers::sleepers,
    ),
    (
        "echo",
        "a TCP server of teem's beside one on bare epoll",
        echo::compare,
    ),
    (
        "idle_conns",
        "--conns (50) that echoed once: memory of each, user's and kernel's",
        echo::idle,
    ),
];

type Workload = fn(&Arguments) -> Result<(), Failure>;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(failure) => {
            eprintln!("failed: {failure}");
            return ExitCode::from(2);
        }
    };
    let Some(name) = arguments.name.as_deref() else {
        // Also what a plain `cargo bench` or `cargo test --benches` comes to: not an error.
        usage();
        return ExitCode::SUCCESS;
    };
    let result = if name == echo::SERVE {
        echo::serve(&arguments)
    } else if name == echo::HOLD {
        echo::hold(&arguments)
    } else if let Some((_, _, run)) = WORKLOADS.iter().find(|(known, ..)| *known == name) {
        report::header();
        run(&arguments)
    } else {
        usage();
        Err(Failure::new("there is no workload of this name"))
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("failed: {name}: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn usage() {
    eprintln!("usage: cargo bench --bench workloads -- NAME [options]\n");
    for (name, meaning, _) in WORKLOADS {
        eprintln!("  {name:18} {meaning}");
    }
    eprintln!("\n{}", arguments::OPTIONS);
}
