//! A crowd that waits for one channel to close.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use may::coroutine::JoinHandle;
use may::go;
use may::sync::{mpmc, mpsc};

use crate::arguments::Plan;
use crate::crowd::{self, Crowd, Round};
use crate::join::{allow, panicked};
use crate::measure::Stopwatch;
use crate::memory;
use crate::program::Row;
use crate::report::Failure;

pub(crate) const ROWS: &[Row] = &[
    ("may", "parked", |plan| measure(plan, |_| 1)),
    ("may", "parked_3k", |plan| {
        measure(plan, crowd::use_three_kibibytes)
    }),
];

fn measure(plan: &Plan, before: fn(usize) -> usize) -> Result<(), Failure> {
    allow(plan.tasks as u64)?;
    may::config().set_workers(plan.workers);
    let mut crowd = Crowd::default();
    for _ in 0..plan.rounds {
        park_and_wake(crowd::WARM_UP, before)?;
        crowd.round(&park_and_wake(plan.tasks, before)?, plan.tasks)?;
    }
    crowd.print(plan.subject());
    Ok(())
}

fn park_and_wake(tasks: usize, before: fn(usize) -> usize) -> Result<Round, Failure> {
    let memory_before = memory::resident_and_page_tables()?;
    let stopwatch = Stopwatch::start()?;
    let (gate, closing) = mpmc::channel::<()>();
    let (tell, all_there) = mpsc::channel::<()>();
    let arrived = Arc::new(AtomicUsize::new(0));
    let spawn = |number| {
        let (closing, tell, arrived) = (closing.clone(), tell.clone(), Arc::clone(&arrived));
        go!(move || {
            let well = before(number) > 0;
            // ORDERING: Relaxed, a count; the message orders it for who reads it.
            if arrived.fetch_add(1, Relaxed) + 1 == tasks {
                tell.send(()).expect("it is waited for");
            }
            drop((arrived, tell));
            usize::from(well && closing.recv().is_err())
        })
    };
    let handles: Vec<JoinHandle<usize>> = (0..tasks).map(spawn).collect();
    all_there.recv().map_err(panicked)?;
    let to_park = stopwatch.stop()?;
    let bytes = memory::resident_and_page_tables()?.saturating_sub(memory_before);

    let stopwatch = Stopwatch::start()?;
    drop(gate);
    let mut ended = 0;
    for handle in handles {
        ended += handle.join().map_err(panicked)?;
    }
    Ok(Round {
        to_park,
        bytes,
        to_end: stopwatch.stop()?,
        ended,
    })
}
