//! Switching to tasks that have not run for so long that nothing of them is in the caches.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use teem::runtime;
use teem::task::{self, JoinHandle};

use crate::arguments::Arguments;
use crate::measure::{Cost, Stopwatch};
use crate::report::{Failure, check};
use crate::rounds;

/// What all tasks share.
#[derive(Debug, Default)]
struct Crowd {
    /// How many times a task has come back from its wait, all tasks together.
    ran: AtomicUsize,
    over: AtomicBool,
}

/// All tasks are parked; then each round unparks all of them, in the order asked for, and lets them run
/// until they are parked again.
pub(crate) fn cold_wake(arguments: &Arguments) -> Result<(), Failure> {
    let tasks = arguments.tasks();
    let builder = runtime::Builder::new().workers(arguments.workers);
    let runtime = builder.stack_size(arguments.stack).build()?;
    let (mut unpark, mut switch) = (Vec::new(), Vec::new());
    let rounds = arguments.rounds.unwrap_or(5);
    let crowd = Arc::new(Crowd::default());
    let each = |cost: Cost| cost.processor.as_nanos() as f64 / tasks as f64;
    let ended = runtime.run(|| {
        let watcher = task::current();
        let spawn = |_| {
            let (crowd, watcher) = (Arc::clone(&crowd), watcher.clone());
            teem::spawn(move || run(&crowd, &watcher, tasks))
        };
        let handles: Vec<JoinHandle<()>> = (0..tasks).map(spawn).collect();
        let order = order(tasks, arguments.random);
        wait(&crowd, tasks);
        for round in 2..rounds + 2 {
            let stopwatch = Stopwatch::start()?;
            for &number in &order {
                handles[number].task().unpark();
            }
            unpark.push(each(stopwatch.stop()?));
            let stopwatch = Stopwatch::start()?;
            wait(&crowd, tasks * round);
            switch.push(each(stopwatch.stop()?));
        }
        // ORDERING: Relaxed: `unpark` and `park` order it.
        crowd.over.store(true, Relaxed);
        for handle in &handles {
            handle.task().unpark();
        }
        Ok::<_, Failure>(handles.into_iter().flat_map(JoinHandle::join).count())
    })?;
    check("tasks that ended", ended, tasks)?;
    let workload = if arguments.random {
        "cold_wake_random"
    } else {
        "cold_wake_sequential"
    };
    let subject = rounds::subject(arguments, workload);
    subject.metric("processor to unpark one", &unpark, "ns");
    subject.metric("processor to switch to one and park it", &switch, "ns");
    Ok(())
}

fn run(crowd: &Crowd, watcher: &task::Task, tasks: usize) {
    // ORDERING: Relaxed, for all of it: a count, and a flag; `unpark` and `park` order both.
    while !crowd.over.load(Relaxed) {
        if (crowd.ran.fetch_add(1, Relaxed) + 1).is_multiple_of(tasks) {
            watcher.unpark();
        }
        task::park();
    }
}

/// Parks the running task until tasks have come back `count` times.
fn wait(crowd: &Crowd, count: usize) {
    // ORDERING: Relaxed, as in `run`.
    while crowd.ran.load(Relaxed) < count {
        task::park();
    }
}

/// The numbers of the tasks, in their order or shuffled (Fisher and Yates, by a linear generator).
fn order(tasks: usize, random: bool) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..tasks).collect();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for last in (1..tasks).rev().filter(|_| random) {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        numbers.swap(last, (state >> 33) as usize % (last + 1));
    }
    numbers
}
