//! A worker pool: a few tasks share the jobs of one channel and answer on another.
//!
//! ```text
//! cargo run --example worker_pool
//! ```

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "it is there to print")]

use teem::chan::{Receiver, Sender, bounded};

const WORKERS: usize = 3;

/// Takes jobs until there are no more, that is until the channel is closed and drained.
fn work(jobs: Receiver<u64>, results: Sender<(u64, u64)>) {
    for job in jobs {
        let square = job * job;
        results.send((job, square)).expect("somebody is listening");
    }
}

fn main() {
    let (jobs, to_do) = bounded(16);
    let (results, done) = bounded(16);
    for _ in 0..WORKERS {
        let (to_do, results) = (to_do.clone(), results.clone());
        teem::go!(work(to_do, results));
    }
    // What is left of these two are the workers' own: so each channel closes with its last user.
    drop((to_do, results));

    teem::go!(for job in 1..=20 {
        jobs.send(job).expect("the workers are there");
    });

    let mut answers: Vec<(u64, u64)> = done.iter().collect();
    answers.sort_unstable();
    for (job, square) in &answers {
        println!("{job} squared is {square}");
    }
    println!("{WORKERS} workers did {} jobs", answers.len());
}
