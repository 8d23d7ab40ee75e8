//! The peers' side of teem's workloads, a line of `workload,impl,workers,metric,value,unit,range`
//! for each metric, as teem's own `benches/workloads/` prints them. `run.sh` runs both in turn.
//!
//! Each is written as a good user of that peer would write it; what that came to stands in
//! `README.md`. What is measured, how often and how it is printed are the very files of teem's side.

mod arguments;
mod may;
mod threads;
mod tokio;

#[path = "../../workloads/clock.rs"]
#[allow(dead_code, reason = "nobody here measures another process")]
mod clock;
#[path = "../../workloads/lateness.rs"]
mod lateness;
#[path = "../../workloads/measure.rs"]
mod measure;
#[path = "../../workloads/report.rs"]
mod report;

use std::process::ExitCode;

use arguments::Plan;
use report::Failure;

/// An implementation, a workload, and what runs it.
type Row = (&'static str, &'static str, fn(&Plan) -> Result<(), Failure>);

fn main() -> ExitCode {
    let rows: Vec<Row> = [tokio::ROWS, may::ROWS, threads::ROWS].concat();
    let plan = match Plan::parse(std::env::args().skip(1)) {
        Ok(Some(plan)) => plan,
        Ok(None) => {
            for (implementation, workload, _) in rows {
                println!("{implementation} {workload}");
            }
            return ExitCode::SUCCESS;
        }
        Err(failure) => {
            eprintln!("failed: {failure}");
            return ExitCode::from(2);
        }
    };
    let wanted = |(implementation, workload, _): &&Row| {
        *implementation == plan.implementation && *workload == plan.workload
    };
    let Some((.., run)) = rows.iter().find(wanted) else {
        eprintln!(
            "failed: there is no {} {}",
            plan.implementation, plan.workload
        );
        return ExitCode::from(2);
    };
    report::header();
    match run(&plan) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!(
                "failed: {} {}: {failure}",
                plan.implementation, plan.workload
            );
            ExitCode::FAILURE
        }
    }
}
