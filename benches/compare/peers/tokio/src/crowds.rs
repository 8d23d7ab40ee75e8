//! A crowd that waits for one thing. A semaphore that is closed wakes all, as a channel does for teem.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use tokio::sync::{Notify, Semaphore};

use crate::arguments::Plan;
use crate::crowd::{self, Crowd, Round};
use crate::measure::Stopwatch;
use crate::memory;
use crate::program::Row;
use crate::report::Failure;
use crate::runtime::{panicked, runtime};

pub(crate) const ROWS: &[Row] = &[
    ("tokio", "parked", |plan| measure(plan, |_| 1)),
    ("tokio", "parked_3k", |plan| {
        measure(plan, crowd::use_three_kibibytes)
    }),
];

fn measure(plan: &Plan, before: fn(usize) -> usize) -> Result<(), Failure> {
    let mut crowd = Crowd::default();
    for _ in 0..plan.rounds {
        let runtime = runtime(plan)?;
        runtime.block_on(park_and_wake(crowd::WARM_UP, before))?;
        let round = runtime.block_on(park_and_wake(plan.tasks, before))?;
        crowd.round(&round, plan.tasks)?;
    }
    crowd.print(plan.subject());
    Ok(())
}

async fn park_and_wake(tasks: usize, before: fn(usize) -> usize) -> Result<Round, Failure> {
    let memory_before = memory::resident_and_page_tables()?;
    let stopwatch = Stopwatch::start()?;
    let gate = Arc::new(Semaphore::new(0));
    let all_there = Arc::new(Notify::new());
    let arrived = Arc::new(AtomicUsize::new(0));
    let spawn = |number| {
        let (gate, all_there) = (Arc::clone(&gate), Arc::clone(&all_there));
        let arrived = Arc::clone(&arrived);
        tokio::spawn(async move {
            let well = before(number) > 0;
            // ORDERING: Relaxed, a count; the notification orders it for who reads it.
            if arrived.fetch_add(1, Relaxed) + 1 == tasks {
                all_there.notify_one();
            }
            drop((arrived, all_there));
            let closed = gate.acquire().await.is_err();
            usize::from(well && closed)
        })
    };
    let handles: Vec<_> = (0..tasks).map(spawn).collect();
    all_there.notified().await;
    let to_park = stopwatch.stop()?;
    let bytes = memory::resident_and_page_tables()?.saturating_sub(memory_before);

    let stopwatch = Stopwatch::start()?;
    gate.close();
    let mut ended = 0;
    for handle in handles {
        ended += handle.await.map_err(panicked)?;
    }
    Ok(Round {
        to_park,
        bytes,
        to_end: stopwatch.stop()?,
        ended,
    })
}
