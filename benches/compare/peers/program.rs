//! What the programs of the peers in Rust have in common: the command line, and the list of what
//! there is, which the race asks for.

use std::process::ExitCode;

use crate::arguments::Plan;
use crate::report::{self, Failure};

/// An implementation, a workload, and what runs it.
pub(crate) type Row = (&'static str, &'static str, fn(&Plan) -> Result<(), Failure>);

/// Runs what the command line names; without a word, lists what there is.
pub(crate) fn main(rows: &[Row]) -> ExitCode {
    let plan = match Plan::parse(std::env::args_os().skip(1)) {
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
    let name = format!("{} {}", plan.implementation, plan.workload);
    let Some((.., run)) = rows.iter().find(wanted) else {
        eprintln!("failed: there is no {name}");
        return ExitCode::from(2);
    };
    report::header();
    match run(&plan) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("failed: {name}: {failure}");
            ExitCode::FAILURE
        }
    }
}
