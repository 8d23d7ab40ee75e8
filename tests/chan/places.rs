//! The same test among tasks, among OS threads, and among both.

use crate::watchdog::Watchdog;
use teem::runtime::{Builder, Runtime};

/// Something to be run beside others.
pub(crate) type Job<'a> = Box<dyn FnOnce() + Send + 'a>;

/// Where the jobs of a test run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    Tasks(&'a Runtime),
    Threads,
    /// The first job is a task, the second a thread, and so on.
    Both(&'a Runtime),
}

impl Place<'_> {
    /// Runs all jobs beside each other and waits for them.
    pub(crate) fn run(self, jobs: Vec<Job<'_>>) {
        match self {
            Place::Tasks(runtime) => run_tasks(runtime, jobs),
            Place::Threads => run_threads(jobs),
            Place::Both(runtime) => {
                let (mut tasks, mut threads) = (Vec::new(), Vec::new());
                for (n, job) in jobs.into_iter().enumerate() {
                    let side = if n % 2 == 0 { &mut tasks } else { &mut threads };
                    side.push(job);
                }
                std::thread::scope(|s| {
                    s.spawn(|| run_tasks(runtime, tasks));
                    run_threads(threads);
                });
            }
        }
    }
}

fn run_tasks(runtime: &Runtime, jobs: Vec<Job<'_>>) {
    runtime.run(|| {
        teem::scope(|s| {
            for job in jobs {
                s.spawn(job);
            }
        });
    });
}

fn run_threads(jobs: Vec<Job<'_>>) {
    std::thread::scope(|s| {
        for job in jobs {
            s.spawn(job);
        }
    });
}

/// Runs `test` in every kind of place.
pub(crate) fn everywhere(test: impl Fn(Place<'_>)) {
    let _watchdog = Watchdog::start();
    for workers in [1, 2, 8] {
        let runtime = Builder::new().workers(workers).build().expect("a runtime");
        eprintln!("with {workers} workers");
        test(Place::Tasks(&runtime));
        test(Place::Both(&runtime));
    }
    eprintln!("among threads");
    test(Place::Threads);
}

/// Lets every other task of the only worker run until it waits, those that have not begun included.
pub(crate) fn settle() {
    (0..64).for_each(|_| teem::task::yield_now());
}
