//! What the workloads print, and how they fail.

use std::fmt::{self, Display};
use std::io::{self, Write};

/// Why a workload has no result: the system refused something, or what it computed is wrong.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// Fails unless the workload computed what it should have.
pub(crate) fn check<T: PartialEq + Display>(
    what: &str,
    result: T,
    expected: T,
) -> Result<(), Failure> {
    if result == expected {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{what}: {result} where {expected} was expected"
    )))
}

/// The names of the columns.
pub(crate) fn header() {
    line(format_args!(
        "workload,impl,workers,metric,value,unit,range"
    ));
}

/// What a line is about; `metric` adds the rest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) workload: &'a str,
    pub(crate) implementation: &'a str,
    pub(crate) workers: usize,
}

impl Subject<'_> {
    /// Prints the median of `samples` and, of several, their range.
    pub(crate) fn metric(self, metric: &str, samples: &[f64], unit: &str) {
        let Self {
            workload,
            implementation,
            workers,
        } = self;
        let value = Short(median(samples));
        let least = samples.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = samples.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let prefix = format_args!("{workload},{implementation},{workers},{metric},{value},{unit}");
        if samples.len() > 1 {
            line(format_args!(
                "{prefix},{}..{}",
                Short(least),
                Short(greatest)
            ));
        } else {
            line(format_args!("{prefix},"));
        }
    }
}

/// The middle one of the samples, or the mean of the two in the middle.
pub(crate) fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        sorted[middle - 1].midpoint(sorted[middle])
    }
}

/// A number with the digits that mean something: four, or all before the point.
struct Short(f64);

impl Display for Short {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = match self.0.abs() {
            1_000.0.. => 0,
            100.0.. => 1,
            10.0.. => 2,
            _ => 3,
        };
        write!(formatter, "{:.decimals$}", self.0)
    }
}

fn line(text: fmt::Arguments<'_>) {
    let mut out = io::stdout().lock();
    // A reader that has seen enough, as `head`, is no reason to fail.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}
