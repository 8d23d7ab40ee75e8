//! Coroutines without a scheduler: what a switch costs at the least.

use corosensei::{Coroutine, CoroutineResult, Yielder};

use crate::arguments::Plan;
use crate::measure::Stopwatch;
use crate::program::Row;
use crate::report::{Failure, check};

pub(crate) const ROWS: &[Row] = &[("corosensei", "yield", yields)];

/// Two coroutines in turn, by a loop in the place of a scheduler.
fn yields(plan: &Plan) -> Result<(), Failure> {
    plan.measure("a switch", plan.switches(), 1, |switches| {
        let each = switches / 2;
        let mut pair = [(); 2].map(|()| {
            Coroutine::new(move |yielder: &Yielder<(), ()>, ()| {
                for _ in 0..each {
                    yielder.suspend(());
                }
            })
        });
        let stopwatch = Stopwatch::start()?;
        let mut yields = 0;
        let mut running = pair.len();
        while running > 0 {
            for coroutine in pair.iter_mut().filter(|coroutine| !coroutine.done()) {
                match coroutine.resume(()) {
                    CoroutineResult::Yield(()) => yields += 1,
                    CoroutineResult::Return(()) => running -= 1,
                }
            }
        }
        let cost = stopwatch.stop()?;
        check("yields", yields, 2 * each)?;
        Ok(cost)
    })
}
