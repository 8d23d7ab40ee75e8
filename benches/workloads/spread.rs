//! How work spreads over the workers, and how fast.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::report::{Failure, check};
use crate::rounds;

/// How long a hog holds its worker.
const HOLD: Duration = Duration::from_millis(100);
/// Tasks that are spawned before a hog holds its worker.
const BEHIND: usize = 50;

/// As many tasks that compute as there are workers are spawned by one task: until all of them run at once.
pub(crate) fn burst(arguments: &Arguments) -> Result<(), Failure> {
    let runtime = rounds::runtime(arguments)?;
    let workers = arguments.workers;
    let mut samples = Vec::new();
    for _ in 0..arguments.rounds.unwrap_or(100) {
        // The others sleep by then, as they would.
        std::thread::sleep(Duration::from_millis(5));
        let took = runtime.run(move || {
            let running = Arc::new(AtomicUsize::new(0));
            let begin = Instant::now();
            let tasks: Vec<_> = (0..workers)
                .map(|_| {
                    let running = Arc::clone(&running);
                    teem::spawn(move || {
                        // ORDERING: SeqCst, as the simplest.
                        running.fetch_add(1, SeqCst);
                        while running.load(SeqCst) < workers {
                            std::hint::spin_loop();
                        }
                        begin.elapsed()
                    })
                })
                .collect();
            rounds::join(tasks).map(|times| times.into_iter().max().unwrap_or_default())
        })?;
        samples.push(took.as_secs_f64() * 1e6);
    }
    let subject = rounds::subject(arguments, "burst");
    subject.metric("until every worker computes", &samples, "us");
    Ok(())
}

/// A task spawns others and then holds its worker: how late the last of them starts.
pub(crate) fn hog(arguments: &Arguments) -> Result<(), Failure> {
    let runtime = rounds::runtime(arguments)?;
    let mut samples = Vec::new();
    for _ in 0..arguments.rounds.unwrap_or(20) {
        let started = runtime.run(|| {
            let begin = Instant::now();
            let tasks = (0..BEHIND).map(|_| teem::spawn(move || begin.elapsed()));
            let tasks: Vec<_> = tasks.collect();
            while begin.elapsed() < HOLD {
                std::hint::spin_loop();
            }
            rounds::join(tasks)
        })?;
        check("tasks that started", started.len(), BEHIND)?;
        let last = started.into_iter().max().unwrap_or_default();
        samples.push(last.as_secs_f64() * 1e3);
    }
    let subject = rounds::subject(arguments, "hog");
    subject.metric("until the last task behind it starts", &samples, "ms");
    Ok(())
}
