//! A graceful shutdown: on ctrl-c no new work is begun, what is under way is finished, and then the
//! program ends.
//!
//! ```text
//! cargo run --example graceful_shutdown
//! ```

#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{Write, stdout};
use std::time::Duration;
use teem::chan::{Receiver, Sender, bounded};
use teem::context::{self, shield};
use teem::signal::{self, Signal};
use teem::sync::WaitGroup;
use teem::time::sleep;

/// Makes work until its context is done.
fn produce(jobs: &Sender<u64>) -> u64 {
    let mut made = 0;
    while jobs.send(made).is_ok() {
        made += 1;
        sleep(Duration::from_millis(1));
    }
    made
}

/// Does what there is, to the last job: it ends when the channel is closed and drained.
fn consume(jobs: &Receiver<u64>) -> u64 {
    let mut done = 0;
    for _ in jobs {
        // Not to be interrupted half way through.
        shield(|| sleep(Duration::from_millis(1)));
        done += 1;
    }
    done
}

/// Prints a line. Nobody may read it, and the end is reached nevertheless.
fn say(line: &str) {
    let _ = writeln!(stdout(), "{line}");
}

fn main() -> Result<(), Box<dyn Error>> {
    // Kept to the end, so that a second ctrl-c changes nothing.
    let interrupt = signal::notify(&[Signal::INT, Signal::TERM])?;
    let (stopping, stop) = context::background().with_cancel();
    let (jobs, to_do) = bounded(8);
    let producer = teem::task::Builder::new()
        .context(stopping)
        .spawn(move || produce(&jobs))?;
    let (group, (counts, counted)) = (WaitGroup::new(), bounded(4));
    for _ in 0..4 {
        let (to_do, counts) = (to_do.clone(), counts.clone());
        group.go(move || counts.send(consume(&to_do)).expect("main is counting"));
    }
    drop((to_do, counts));
    say("working; press ctrl-c to end");

    interrupt.recv()?;
    say("finishing what was begun");
    stop.cancel();
    let made = producer.join().map_err(|_| "the producer panicked")?;
    group.wait();
    let done: u64 = counted.iter().sum();
    say(&format!("all that was begun is done: {}", done == made));
    Ok(())
}
