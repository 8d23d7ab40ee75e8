//! Tasks that only hand the worker to each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use teem::runtime;
use teem::task::{JoinHandle, yield_now};

use crate::arguments::Arguments;
use crate::clock::ProcessorClock;
use crate::report::{Failure, Subject};

/// How many yields are watched before the clock starts.
const WATCHED: usize = 10_000;

/// Two tasks of one worker yield to each other; a yield that comes back is one switch.
pub(crate) fn yields(arguments: &Arguments) -> Result<(), Failure> {
    let runtime = runtime::Builder::new().workers(1).build()?;
    let switches = arguments.switches;
    let (mut samples, mut processor) = (Vec::new(), Vec::new());
    for _ in 0..arguments.rounds.unwrap_or(3) {
        let kept = runtime.run(watch_two_yield);
        if kept * 100 > 2 * WATCHED {
            return Err(Failure::new(format!(
                "{kept} of {} yields came back before the other task had run",
                2 * WATCHED
            )));
        }
        let before = ProcessorClock::own().now()?;
        let start = Instant::now();
        let joined = runtime.run(move || {
            let pair =
                [(); 2].map(|()| teem::spawn(move || (0..switches).for_each(|_| yield_now())));
            pair.into_iter().try_for_each(JoinHandle::join)
        });
        joined.map_err(|_| Failure::new("a task panicked"))?;
        let each = |time: Duration| time.as_nanos() as f64 / (2 * switches) as f64;
        samples.push(each(start.elapsed()));
        processor.push(each(ProcessorClock::own().now()?.saturating_sub(before)));
    }
    let subject = Subject {
        workload: "yield",
        implementation: "teem",
        workers: 1,
    };
    subject.metric("a switch", &samples, "ns");
    subject.metric("processor a switch", &processor, "ns");
    Ok(())
}

/// How many yields of two tasks came back although the other task had not run meanwhile.
fn watch_two_yield() -> usize {
    let last = Arc::new(AtomicUsize::new(0));
    let pair = [1, 2].map(|me| {
        let last = Arc::clone(&last);
        teem::spawn(move || {
            let came_back_at_once = |_: &usize| {
                // ORDERING: Relaxed, both tasks are on the runtime's only worker.
                last.store(me, Relaxed);
                yield_now();
                // ORDERING: Relaxed, as above.
                last.load(Relaxed) == me
            };
            (0..WATCHED).filter(came_back_at_once).count()
        })
    });
    // The one that ends last is alone for a few yields: within the tolerance of the caller.
    let counts = pair.map(|task| task.join().unwrap_or(WATCHED));
    counts.into_iter().sum()
}
