//! The report: a directory with `README.md`, `results.csv` and a plot for each workload.

mod markdown;
mod plots;
mod standing;

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::machine::Machine;
use crate::options::Options;
use crate::programs::{Programs, target};
use crate::race::Outcome;
use crate::workloads::Workload;

/// What the head of the report tells.
#[derive(Debug)]
pub(crate) struct About<'a> {
    pub(crate) options: &'a Options,
    pub(crate) machine: &'a Machine,
    pub(crate) programs: &'a Programs,
    pub(crate) took: Duration,
}

/// Writes all of it, and says where it is.
pub(crate) fn write(
    about: &About<'_>,
    workloads: &[Workload],
    outcome: &Outcome,
) -> io::Result<PathBuf> {
    let out = about.options.out.clone();
    let directory = out.unwrap_or_else(|| target().join("report"));
    fs::create_dir_all(&directory)?;
    // Plots of a workload that has not been raced this time would be of another race.
    for entry in fs::read_dir(&directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "svg") {
            fs::remove_file(path)?;
        }
    }
    let results = &outcome.results;
    fs::write(directory.join("results.csv"), results.csv())?;
    let mut drawn = Vec::new();
    for workload in workloads {
        let name = format!("{}.svg", workload.name);
        let plot = plots::workload(&directory.join(&name), workload, results);
        if plot.map_err(io::Error::other)? {
            drawn.push(name);
        }
    }
    let standings = standing::all(workloads, results);
    if !standings.is_empty() {
        plots::overview(&directory.join("overview.svg"), &standings).map_err(io::Error::other)?;
    }
    let text = markdown::report(about, workloads, outcome, &standings, &drawn);
    fs::write(directory.join("README.md"), text)?;
    Ok(directory)
}

/// A number with the digits that mean something.
fn short(number: f64) -> String {
    let decimals = match number.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    let digits = format!("{number:.decimals$}");
    if number.abs() < 10_000.0 {
        return digits;
    }
    // 1234567 is hard to read.
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", &digits[..]), |rest| ("-", rest));
    let groups = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(String::from_utf8_lossy);
    sign.to_owned() + &groups.collect::<Vec<_>>().join(",")
}
