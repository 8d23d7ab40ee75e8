//! The race: teem beside its peers, in turn, and the report that comes of it.
//!
//! ```text
//!   programs.rs   builds teem's workloads and the peers' programs, and asks each what it can do
//!   workloads.rs  what is raced, with which sizes
//!   race.rs       rounds over all workloads: in each round A B C .. of each, a process a run
//!   backing.rs    memory at hand before a run, which the host of a virtual machine may have taken back
//!   distance.rs   how far the two CPUs of a virtual machine are from one another
//!   run.rs        one run: on which CPUs, for how long at most, and the lines it printed
//!   results.rs    samples, medians, ranges; how many times teem's cost that is, round by round
//!   report/       CSV, Markdown, plots
//!   load/         a program of its own: the load on servers
//! ```
//!
//! A run prints lines of `workload,impl,workers,metric,value,unit,range`; the race knows nothing
//! else of what it runs. One that fails, a wrong result for instance, is reported and not run again.

mod backing;
mod distance;
mod machine;
mod options;
mod programs;
mod race;
mod report;
mod results;
mod run;
mod workloads;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use options::Options;

fn main() -> ExitCode {
    let options = Options::parse();
    if options.list {
        workloads::list();
        return ExitCode::SUCCESS;
    }
    match go(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("failed: {error}");
            ExitCode::from(2)
        }
    }
}

/// Where this package is.
fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Whether anything was measured of teem.
fn go(options: &Options) -> Result<bool, String> {
    let start = Instant::now();
    let workloads = workloads::chosen(options)?;
    let machine = machine::Machine::look();
    let programs = programs::Programs::build(options, &workloads)?;
    let outcome = race::race(options, &workloads, &programs, start);
    let about = report::About {
        options,
        machine: &machine,
        programs: &programs,
        took: start.elapsed(),
    };
    let directory = report::write(&about, &workloads, &outcome)
        .map_err(|error| format!("the report could not be written: {error}"))?;
    print!("{}", outcome.results.csv());
    println!("# the report: {}", directory.join("README.md").display());
    Ok(outcome.results.has_teem())
}
