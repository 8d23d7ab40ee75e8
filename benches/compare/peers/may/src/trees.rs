//! Trees of coroutines, and deep ones.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use may::coroutine::{Builder, JoinHandle};
use may::go;
use may::sync::{mpmc, mpsc};

use crate::arguments::Plan;
use crate::crowd::{DEEP_TASKS, DEPTH};
use crate::join::{allow, panicked};
use crate::measure::{self, Stopwatch};
use crate::memory;
use crate::program::Row;
use crate::report::{Failure, check};
use crate::wholes::{self, CUTOFF, FIB, LEAVES};

pub(crate) const ROWS: &[Row] = &[
    ("may", "skynet", skynet),
    ("may", "fork_join", fork_join),
    ("may", "recursion", recursion),
];

/// What the recursion takes and a good deal more, in words: stacks do not grow.
const DEEP_STACK: usize = (2 << 20) / size_of::<usize>();

fn skynet(plan: &Plan) -> Result<(), Failure> {
    let leaves = plan.operations(LEAVES);
    allow(leaves)?;
    whole(plan, measure::sum_below(leaves), move || node(0, leaves))?;
    let peak = memory::peak_resident()? as f64 / f64::from(1 << 20);
    plan.subject().metric("peak resident", &[peak], "MiB");
    Ok(())
}

fn node(first: u64, leaves: u64) -> u64 {
    if leaves <= 1 {
        return first * leaves;
    }
    let child = |n| {
        let share = measure::share(leaves, n, 10);
        go!(move || node(first + share.start, share.end - share.start))
    };
    let children = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(child);
    // A panic would be missing from the sum.
    children.into_iter().flat_map(JoinHandle::join).sum()
}

fn fork_join(plan: &Plan) -> Result<(), Failure> {
    whole(plan, wholes::fib(FIB), || fork(FIB))
}

fn fork(n: u32) -> u64 {
    if n <= CUTOFF {
        return wholes::fib(n);
    }
    let left = go!(move || fork(n - 1));
    let right = fork(n - 2);
    // A panic would be missing from the sum.
    left.join().unwrap_or(0) + right
}

fn whole(
    plan: &Plan,
    expected: u64,
    work: impl Fn() -> u64 + Copy + Send + 'static,
) -> Result<(), Failure> {
    may::config().set_workers(plan.workers);
    wholes::whole(plan.subject(), plan.rounds, || {
        let stopwatch = Stopwatch::start()?;
        let result = go!(work).join().map_err(panicked)?;
        let cost = stopwatch.stop()?;
        check("the result", result, expected)?;
        Ok(cost)
    })
}

/// The frames of a recursion below this one; in the last of them it does `at_the_end`.
#[inline(never)]
fn descend(left: usize, at_the_end: &dyn Fn()) -> usize {
    let frame = black_box([left; 4]);
    if left == 0 {
        at_the_end();
        return 0;
    }
    descend(left - 1, at_the_end) + usize::from(frame[left % 4] == left)
}

fn recursion(plan: &Plan) -> Result<(), Failure> {
    may::config().set_workers(plan.workers);
    let (mut elapsed, mut processor, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        let stopwatch = Stopwatch::start()?;
        let (gate, closing) = mpmc::channel::<()>();
        let (tell, all_there) = mpsc::channel::<()>();
        let arrived = Arc::new(AtomicUsize::new(0));
        let spawn = |_| {
            let (closing, tell, arrived) = (closing.clone(), tell.clone(), Arc::clone(&arrived));
            let work = move || {
                descend(DEPTH, &|| {
                    // ORDERING: Relaxed, a count; the message orders it for who reads it.
                    if arrived.fetch_add(1, Relaxed) + 1 == DEEP_TASKS {
                        tell.send(()).expect("it is waited for");
                    }
                    // It closes.
                    let _ = closing.recv();
                })
            };
            go!(Builder::new().stack_size(DEEP_STACK), work)
        };
        let handles: Result<Vec<JoinHandle<usize>>, _> = (0..DEEP_TASKS).map(spawn).collect();
        let handles = handles?;
        all_there.recv().map_err(panicked)?;
        drop(gate);
        let mut depths = 0;
        for handle in handles {
            depths += handle.join().map_err(panicked)?;
        }
        let cost = stopwatch.stop()?;
        check("frames of all coroutines", depths, DEEP_TASKS * DEPTH)?;
        elapsed.push(cost.elapsed.as_secs_f64() * 1e3);
        processor.push(cost.processor.as_secs_f64() * 1e3);
        bytes.push(memory::peak_resident()? as f64 / f64::from(1 << 20));
    }
    plan.subject().metric("all tasks", &elapsed, "ms");
    plan.subject()
        .metric("processor all tasks", &processor, "ms");
    plan.subject().metric("peak resident", &bytes, "MiB");
    Ok(())
}
