//! A million tasks, all waiting at a gate at once.
//!
//! ```text
//! cargo run --release --example million -- [--tasks 1000000] [--workers N]
//! ```

#![forbid(unsafe_code)]

use std::error::Error;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use teem::task::{Task, current, park};

/// More than that, and there is hardly a machine with the memory.
const MOST_TASKS: usize = 100_000_000;

/// Where tasks wait until it is opened. `std`'s mutex will do: nobody parks while it is held.
#[derive(Default)]
struct Gate {
    is_open: AtomicBool,
    waiting: Mutex<Vec<Task>>,
}

impl Gate {
    /// Parks the task until the gate is open. The one that makes `crowd` unparks `watcher`.
    fn wait(&self, crowd: usize, watcher: &Task) {
        let mut waiting = self.waiting.lock().expect("not poisoned");
        waiting.push(current());
        if waiting.len() == crowd {
            watcher.unpark();
        }
        drop(waiting);
        while !self.is_open.load(Ordering::Acquire) {
            park();
        }
    }

    /// Parks the task until `crowd` others wait.
    fn wait_for(&self, crowd: usize) {
        while self.waiting.lock().expect("not poisoned").len() < crowd {
            park();
        }
    }

    fn open(&self) {
        self.is_open.store(true, Ordering::Release);
        for task in self.waiting.lock().expect("not poisoned").drain(..) {
            task.unpark();
        }
    }
}

/// Tells the user, if there is one to read it.
fn say(line: impl Display) {
    let _ = writeln!(stderr(), "{line}");
}

fn million(tasks: usize, workers: usize) -> Result<(), Box<dyn Error>> {
    let runtime = teem::runtime::Builder::new()
        .workers(workers)
        // The smallest there is. A task that waits has touched one page of it.
        .stack_size(64 << 10)
        .build()?;
    let (gate, memory_before) = (Gate::default(), memory());

    say(format_args!(
        "spawning {tasks} tasks on {workers} workers, and parking them .."
    ));
    let (spawn_park, wake, memory_then) = runtime.run(|| {
        let (watcher, begin) = (current(), Instant::now());
        teem::scope(|s| {
            for _ in 0..tasks {
                s.spawn(|| gate.wait(tasks, &watcher));
            }
            gate.wait_for(tasks);
            let (spawn_park, memory_then) = (begin.elapsed(), memory());

            say("all of them wait; waking them ..");
            let opened = Instant::now();
            gate.open();
            (spawn_park, opened, memory_then)
        })
    });
    let wake = wake.elapsed();

    let mut out = stdout();
    let spawn_park = spawn_park.as_secs_f64();
    writeln!(out, "million,teem,{workers},spawn_park_s,{spawn_park:.3},s")?;
    if let (Some(before), Some(then)) = (memory_before, memory_then) {
        let each = then.saturating_sub(before) / tasks as u64;
        writeln!(out, "million,teem,{workers},bytes_per_task,{each},B")?;
    } else {
        say("there is no /proc/self/status here that tells how much memory that took");
    }
    let wake = wake.as_secs_f64();
    writeln!(out, "million,teem,{workers},wake_s,{wake:.3},s")?;
    Ok(())
}

/// The bytes of this process that are resident, and its page tables, where the system tells.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kibibytes = |field| {
        let value = status.lines().find_map(|line| line.strip_prefix(field))?;
        value.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    };
    Some(1024 * (kibibytes("VmRSS:")? + kibibytes("VmPTE:")?))
}

/// How many tasks and workers the command line asks for.
fn arguments() -> Result<(usize, usize), String> {
    let (mut tasks, mut workers) = (1_000_000, std::thread::available_parallelism());
    let words = std::env::args_os().skip(1).map(OsString::into_string);
    let words: Result<Vec<_>, _> = words.collect();
    let words = words.map_err(|word| format!("the argument {word:?} is not UTF-8"))?;
    let mut words = words.into_iter();
    while let Some(flag) = words.next() {
        if flag != "--tasks" && flag != "--workers" {
            return Err(format!(
                "there is no {flag}, only --tasks N and --workers N"
            ));
        }
        let value = words.next().unwrap_or_default();
        let number = value
            .parse()
            .map_err(|_| format!("{flag} takes a number from 1 on, not '{value}'"))?;
        match flag.as_str() {
            "--tasks" if usize::from(number) > MOST_TASKS => {
                return Err(format!("--tasks is at most {MOST_TASKS}"));
            }
            "--tasks" => tasks = usize::from(number),
            _ => workers = Ok(number),
        }
    }
    Ok((tasks, workers.map_or(1, usize::from)))
}

fn main() -> ExitCode {
    let done = arguments()
        .map_err(Box::from)
        .and_then(|(tasks, workers)| million(tasks, workers));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("million: {error}"));
            ExitCode::from(2)
        }
    }
}
