//! The command line: an implementation, a workload, and options that each take a number.

use std::ffi::OsString;

use crate::lateness;
use crate::measure::{self, Cost};
use crate::report::{Failure, Subject};

/// What is to be run. The options are those of teem's side.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) implementation: String,
    pub(crate) workload: String,
    pub(crate) workers: usize,
    pub(crate) rounds: usize,
    operations: Option<u64>,
    switches: u64,
    pub(crate) tickers: usize,
    pub(crate) tasks: usize,
    /// Bytes of a served connection's buffer.
    pub(crate) buffer: usize,
    seconds: f64,
}

impl Plan {
    /// Reads the command line without the program's name. Without a word there is no plan: the
    /// user wants to know what there is.
    pub(crate) fn parse(words: impl Iterator<Item = OsString>) -> Result<Option<Self>, Failure> {
        let words: Result<Vec<_>, _> = words.map(OsString::into_string).collect();
        let words =
            words.map_err(|word| Failure::new(format!("the argument {word:?} is not UTF-8")))?;
        let mut words = words.into_iter();
        let Some(implementation) = words.next() else {
            return Ok(None);
        };
        let Some(workload) = words.next() else {
            return Err(Failure::new(
                "usage: PROGRAM IMPLEMENTATION WORKLOAD [options]",
            ));
        };
        let mut plan = Self {
            implementation,
            workload,
            workers: 1,
            rounds: 3,
            operations: None,
            switches: 5_000_000,
            tickers: 10_000,
            tasks: 1_000_000,
            buffer: 4 << 10,
            seconds: 3.0,
        };
        while let Some(option) = words.next() {
            let value = words.next().unwrap_or_default();
            let Some(number) = value.parse().ok().filter(|&number| number > 0) else {
                return Err(Failure::new(format!(
                    "{option} {value}: not a number above 0"
                )));
            };
            match option.as_str() {
                "--workers" => plan.workers = number,
                "--rounds" => plan.rounds = number,
                "--operations" => plan.operations = Some(number as u64),
                "--switches" => plan.switches = number as u64,
                "--tickers" => plan.tickers = number,
                "--tasks" => plan.tasks = number,
                "--buffer" => plan.buffer = number,
                "--seconds" => plan.seconds = number as f64,
                _ => return Err(Failure::new(format!("there is no option {option}"))),
            }
        }
        Ok(Some(plan))
    }

    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            workload: &self.workload,
            implementation: &self.implementation,
            workers: self.workers,
        }
    }

    /// The switches of two tasks together, each of which has to make so many.
    pub(crate) fn switches(&self) -> u64 {
        2 * self.switches
    }

    /// How many operations, `usual` unless the user wants another number.
    pub(crate) fn operations(&self, usual: u64) -> u64 {
        self.operations.unwrap_or(usual)
    }

    /// How often each ticker is to tick.
    pub(crate) fn ticks(&self) -> usize {
        lateness::ticks(self.seconds)
    }

    /// Measures `round`, which does as many operations as it is told: `usual` of them unless the
    /// user wants another number, but only the `slower`-th part where each takes so much longer.
    pub(crate) fn measure(
        &self,
        what: &str,
        usual: u64,
        slower: u64,
        round: impl FnMut(u64) -> Result<Cost, Failure>,
    ) -> Result<(), Failure> {
        let operations = (self.operations(usual) / slower).max(1);
        measure::operations(self.subject(), what, self.rounds, operations, round)
    }
}
