//! The order of the runs: rounds over all workloads, in each round every implementation once.
//!
//! What disturbs the machine for a while disturbs neighbours alike, which a ratio of two runs of the
//! same round does not see. When time is short, whole rounds of all workloads are missing, not
//! some workloads: a round begins only if it is going to end in time.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::backing;
use crate::distance;
use crate::options::Options;
use crate::programs::{Entrant, Programs};
use crate::results::Results;
use crate::run;
use crate::workloads::{Kind, Workload};

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) results: Results,
    /// A line for what has failed.
    pub(crate) failed: Vec<String>,
    /// A line for what was left out.
    pub(crate) skipped: Vec<String>,
    /// How many rounds there was time for, to their ends.
    pub(crate) rounds: u64,
}

/// One implementation of one workload with a number of workers.
struct Lane<'a> {
    workload: &'a Workload,
    entrant: &'a Entrant,
    workers: usize,
    /// How long its last run has taken.
    took: Duration,
    has_failed: bool,
}

impl Lane<'_> {
    fn name(&self) -> String {
        let (workload, implementation) = (self.workload.name, &self.entrant.implementation);
        match self.workers {
            1 => format!("{workload} of {implementation} with 1 worker"),
            workers => format!("{workload} of {implementation} with {workers} workers"),
        }
    }

    fn takes_part(&self, round: u64, options: &Options) -> bool {
        !self.has_failed && (!options.quick || round < self.workload.quick_rounds)
    }
}

pub(crate) fn race(
    options: &Options,
    workloads: &[Workload],
    programs: &Programs,
    start: Instant,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut lanes = lanes(options, workloads, programs, &mut outcome);
    let rounds = (0..options.runs()).map(|round| {
        lanes
            .iter()
            .filter(move |lane| lane.takes_part(round, options))
            .count()
    });
    let bar = bar(rounds.sum::<usize>() as u64);
    let deadline = options.deadline(start);
    let is_late = |when: Instant| deadline.is_some_and(|deadline| when >= deadline);
    'race: for round in 0..options.runs() {
        let of_round = |lane: &&mut Lane<'_>| lane.takes_part(round, options);
        let expected: Duration = lanes
            .iter_mut()
            .filter(of_round)
            .map(|lane| lane.took)
            .sum();
        if is_late(Instant::now() + expected) {
            break;
        }
        for lane in lanes.iter_mut().filter(of_round) {
            if is_late(Instant::now()) {
                break 'race;
            }
            let (name, workload) = (lane.name(), lane.workload.name);
            bar.set_message(name.clone());
            let begin = Instant::now();
            let run = || once(lane, options, programs);
            let (lines, trips) = match lane.workload.cpus(lane.workers) {
                1 => (run(), None),
                _ => {
                    let cpus = [options.cpu(0), options.cpu(1)];
                    let (lines, trips) = distance::around(cpus, run);
                    (lines, Some(trips))
                }
            };
            match lines {
                Ok(lines) => outcome.results.add(workload, round, trips, lines),
                Err(error) => {
                    // Most programs say what they are, too.
                    let again = format!("{} {workload}: ", lane.entrant.implementation);
                    let line = format!("{name}: {}", error.replacen(&again, "", 1));
                    bar.suspend(|| println!("# failed: {line}"));
                    outcome.failed.push(line);
                    lane.has_failed = true;
                }
            }
            lane.took = begin.elapsed();
            bar.inc(1);
        }
        outcome.rounds += 1;
    }
    bar.finish_and_clear();
    outcome
}

fn bar(runs: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta} left  {msg:40!}");
    let bar = ProgressBar::new(runs);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_secs(1));
    bar
}

/// All that can be run, a workload after the other, teem first in each.
fn lanes<'a>(
    options: &Options,
    workloads: &'a [Workload],
    programs: &'a Programs,
    outcome: &mut Outcome,
) -> Vec<Lane<'a>> {
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    let mut lanes = Vec::new();
    for workload in workloads {
        let does = match workload.kind {
            Kind::Alone => workload.name,
            Kind::Load { serves, .. } => serves,
        };
        let entrants = programs
            .entrants
            .iter()
            .filter(|entrant| entrant.does == does);
        let entrants: Vec<_> = entrants.collect();
        if !entrants
            .iter()
            .any(|entrant| entrant.implementation == "teem")
        {
            outcome.skip(format!("teem has no program for {}", workload.name));
        }
        if options.quick && workload.quick_rounds == 0 {
            outcome.skip(format!(
                "{}, for which a quick race has no time",
                workload.name
            ));
            continue;
        }
        for workers in workload.workers(options) {
            let needed = workload.cpus(workers);
            if needed > cpus {
                let what = workload.name;
                outcome.skip(format!("{what} on {needed} CPUs: there are {cpus}"));
                continue;
            }
            // What other ways there are to serve makes a difference to memory, above all.
            let spares = options.quick && workload.group == "echo";
            let takes_part = |entrant: &&&Entrant| {
                (workers == 1 || entrant.has_workers()) && !(spares && entrant.is_other_way())
            };
            let entrants = entrants.iter().filter(takes_part);
            lanes.extend(entrants.map(|entrant| Lane {
                workload,
                entrant,
                workers,
                took: Duration::ZERO,
                has_failed: false,
            }));
        }
    }
    lanes
}

impl Outcome {
    fn skip(&mut self, what: String) {
        println!("# skipped: {what}");
        self.skipped.push(what);
    }
}

fn once(lane: &Lane<'_>, options: &Options, programs: &Programs) -> Result<Vec<run::Line>, String> {
    let workload = lane.workload;
    let mut words = vec!["taskset".to_owned(), "-c".to_owned()];
    match workload.kind {
        Kind::Alone => {
            backing::have_memory_at_hand();
            words.push(options.cpu_list(lane.workers));
            words.extend(lane.entrant.words.iter().cloned());
            words.extend(["--workers".to_owned(), lane.workers.to_string()]);
            words.extend(["--rounds".to_owned(), "1".to_owned()]);
            words.extend(workload.words(options.quick));
            words.extend(options.extra.iter().cloned());
        }
        Kind::Load {
            two_cpus,
            words: serving,
            ..
        } => {
            let load = programs.load.as_ref().ok_or("there is no load")?;
            words.push(options.cpu(usize::from(two_cpus)).to_string());
            words.extend([
                load.to_string_lossy().into_owned(),
                workload.name.to_owned(),
            ]);
            words.push(lane.entrant.implementation.clone());
            words.extend(["--server-cpu".to_owned(), options.cpu(0).to_string()]);
            words.extend(workload.words(options.quick));
            words.push("--".to_owned());
            words.extend(lane.entrant.words.iter().cloned());
            words.extend(["--workers".to_owned(), "1".to_owned()]);
            words.extend(serving.split_whitespace().map(str::to_owned));
        }
    }
    let lines = run::run(&words, options.limit())?;
    if lines.is_empty() {
        return Err("it printed no result".to_owned());
    }
    Ok(lines)
}
