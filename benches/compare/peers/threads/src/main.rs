//! The side of OS threads in teem's workloads, a line of `workload,impl,workers,metric,value,unit,range` for
//! each metric, as teem's own `benches/workloads/` prints them.
//!
//! Each is written as a good user of that peer would write it; what that came to stands in
//! `../../README.md`. What is measured, how often and how it is printed are the very files of
//! teem's side.

mod coroutines;
mod forks;
mod messages;
mod tasks;

#[path = "../../arguments.rs"]
#[allow(dead_code, reason = "as there are no tickers")]
mod arguments;
#[path = "../../program.rs"]
mod program;

#[path = "../../../../workloads/clock.rs"]
#[allow(dead_code, reason = "nobody here measures another process")]
mod clock;
#[path = "../../../../workloads/lateness.rs"]
#[allow(
    dead_code,
    reason = "nobody starts ten thousand threads for their timers"
)]
mod lateness;
#[path = "../../../../workloads/measure.rs"]
mod measure;
#[path = "../../../../workloads/report.rs"]
mod report;
#[path = "../../../../workloads/wholes.rs"]
#[allow(dead_code, reason = "no tree of a million threads")]
mod wholes;

use std::process::ExitCode;

fn main() -> ExitCode {
    program::main(&[coroutines::ROWS, forks::ROWS, messages::ROWS, tasks::ROWS].concat())
}
