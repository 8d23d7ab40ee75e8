//! may's side of teem's workloads, a line of `workload,impl,workers,metric,value,unit,range` for
//! each metric, as teem's own `benches/workloads/` prints them.
//!
//! Each is written as a good user of that peer would write it; what that came to stands in
//! `../../README.md`. What is measured, how often and how it is printed are the very files of
//! teem's side.

mod crowds;
mod join;
mod messages;
mod net;
mod tasks;
mod timers;
mod trees;

#[path = "../../arguments.rs"]
mod arguments;
#[path = "../../program.rs"]
mod program;
#[path = "../../spawning.rs"]
mod spawning;

#[path = "../../../../workloads/clock.rs"]
#[allow(dead_code, reason = "nobody here measures another process")]
mod clock;
#[path = "../../../../workloads/crowd.rs"]
mod crowd;
#[path = "../../../../workloads/lateness.rs"]
mod lateness;
#[path = "../../../../workloads/measure.rs"]
#[allow(dead_code, reason = "its channels have no bound")]
mod measure;
#[path = "../../../../workloads/memory.rs"]
#[allow(dead_code, reason = "others are not weighed here")]
mod memory;
#[path = "../../../../workloads/report.rs"]
mod report;
#[path = "../../../../workloads/wholes.rs"]
mod wholes;

use std::process::ExitCode;

fn main() -> ExitCode {
    program::main(
        &[
            crowds::ROWS,
            messages::ROWS,
            net::ROWS,
            tasks::ROWS,
            timers::ROWS,
            trees::ROWS,
        ]
        .concat(),
    )
}
