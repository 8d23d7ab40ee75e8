//! The text of the report.

use std::fmt::Write;

use super::standing::{SAME, Standing, is_ahead};
use super::{About, short};
use crate::distance::Place;
use crate::home;
use crate::programs::FLAGS;
use crate::race::Outcome;
use crate::results::{Ratio, Results, Series};
use crate::run::without_places;
use crate::workloads::Workload;

/// All of it. Writing to a string cannot fail.
pub(super) fn report(
    about: &About<'_>,
    workloads: &[Workload],
    outcome: &Outcome,
    standings: &[Standing<'_>],
    drawn: &[String],
) -> String {
    let mut text = String::from("# teem beside its peers\n\n");
    text += &summary(standings);
    text += &machine(about, outcome);
    if !standings.is_empty() {
        text +=
            "## At a glance\n\n![Every comparison, each peer's cost in teem's](overview.svg)\n\n";
        text += &table(standings);
    }
    text += &incidents(about, outcome);
    for workload in workloads {
        text += &section(workload, &outcome.results, drawn);
    }
    text
}

/// Where teem is behind, before anything else: in short, and then who is how far ahead.
fn summary(standings: &[Standing<'_>]) -> String {
    let peers = behind(standings, |series| !is_floor(series));
    let floors = behind(standings, is_floor);
    let count = standings.len();
    let percent = (SAME - 1.0) * 100.0;
    let mut text = match peers.len() {
        0 => format!(
            "No peer is ahead of teem by more than {percent:.0} % in any of {count} comparisons."
        ),
        behind => format!(
            "A peer is ahead of teem by more than {percent:.0} % in {behind} of {count} comparisons, which are of {}; \
             in {} of them that is uncertain (~). In the others teem is first or as good as the first.",
            workloads_of(&peers),
            peers.iter().filter(|behind| !behind.is_certain()).count()
        ),
    };
    if !floors.is_empty() {
        text += &format!(
            " The floors, which do less (bare coroutines without a scheduler, bare epoll without tasks), \
             are ahead in {}, of {}.",
            floors.len(),
            workloads_of(&floors)
        );
    }
    text += "\n\n";
    for (who, rows) in [("peer", &peers), ("floor", &floors)] {
        if rows.is_empty() {
            continue;
        }
        text += &format!("| a {who} is ahead in | by (~: uncertain) |\n| --- | --- |\n");
        for Behind { standing, ahead } in rows {
            let names = ahead.iter().map(|(series, ratio)| {
                let times = 1.0 / ratio.median;
                format!("{} {}{times:.2}×", series.implementation, mark(ratio))
            });
            let names = names.collect::<Vec<_>>().join(", ");
            text += &format!("| `{}` | {names} |\n", standing.name());
        }
        text += "\n";
    }
    text
}

/// The workloads in which somebody is ahead, each once.
fn workloads_of(behind: &[Behind<'_>]) -> String {
    let mut names: Vec<_> = Vec::new();
    for Behind { standing, .. } in behind {
        let name = format!("`{}`", standing.workload.name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

/// What is no peer, but what there is below all of them.
fn is_floor(series: &Series) -> bool {
    let mut floors = ["corosensei", "boost+context", "raw", "raw+own_buffers"].iter();
    floors.any(|floor| series.implementation == *floor)
}

/// A comparison and those who are ahead in it, the best one first.
struct Behind<'a> {
    standing: &'a Standing<'a>,
    ahead: Vec<&'a (&'a Series, Ratio)>,
}

impl Behind<'_> {
    fn is_certain(&self) -> bool {
        self.ahead.iter().any(|(_, ratio)| ratio.is_certain())
    }
}

/// What stands before a ratio that may be the other way round in another race.
fn mark(ratio: &Ratio) -> &'static str {
    if ratio.is_certain() { "" } else { "~" }
}

/// The comparisons in which those that `counts` accepts are ahead, the worst first.
fn behind<'a>(standings: &'a [Standing<'a>], counts: impl Fn(&Series) -> bool) -> Vec<Behind<'a>> {
    let mut behind = Vec::new();
    for standing in standings {
        let ahead = standing.ahead().filter(|(series, _)| counts(series));
        let ahead: Vec<_> = ahead.collect();
        if !ahead.is_empty() {
            behind.push(Behind { standing, ahead });
        }
    }
    behind.sort_by(|a, b| a.ahead[0].1.median.total_cmp(&b.ahead[0].1.median));
    behind
}

fn machine(about: &About<'_>, outcome: &Outcome) -> String {
    let (machine, programs) = (about.machine, about.programs);
    let words = std::env::args_os().skip(1);
    let words: Vec<_> = words
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let minutes = |time: std::time::Duration| time.as_secs_f64() / 60.0;
    let mut text = String::new();
    let mut row = |name: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {name} | {value} |");
    };
    row(
        "machine",
        &format!(
            "{}, {} CPUs, {}",
            machine.processor, machine.cpus, machine.memory
        ),
    );
    row("system", &machine.system);
    row(
        "others at work before",
        &format!("load {} (1, 5, 15 minutes)", machine.load),
    );
    row("when", &machine.date);
    row(
        "command",
        &format!(
            "`cargo run --release --manifest-path benches/compare/Cargo.toml -- {}`",
            without_places(&words.join(" "))
        ),
    );
    row(
        "took",
        &format!(
            "{:.1} minutes, {:.1} of them to build",
            minutes(about.took),
            minutes(programs.took)
        ),
    );
    row(
        "Rust is built with",
        &format!("`{}`, teem and peers alike", FLAGS.join(", ")),
    );
    row("versions", &programs.versions.join("; "));
    let mut text = format!("| | |\n| --- | --- |\n{text}\n");
    text += "Each run is a process of its own, pinned to as many CPUs as it has workers. The runs go \
             round: teem, the first peer, the second, .., then teem again. Numbers are medians of \
             the rounds, with the least and the greatest. What each peer does, and where that is \
             something else than what teem does, stands in `benches/compare/README.md`. \
             All numbers: [results.csv](results.csv).\n\n\
             A ratio to teem is the median of the ratios of all rounds, each of two runs of the same round, \
             and not the ratio of two medians: what slows the machine for a while slows both. Its \
             interval holds the median of ever more rounds in 75 % of all races of three rounds, \
             in 87.5 % of those of four, in at least 90 % of longer ones (order statistics, as of the sign test). A lead is \
             uncertain (~) if 1 is in the interval, or if less than three rounds give none.\n\n";
    let wanted = about.options.runs();
    if outcome.rounds < wanted {
        let done = outcome.rounds;
        text += &format!("There was time for {done} whole rounds of {wanted}.\n\n");
    }
    text
}

/// A line a comparison.
fn table(standings: &[Standing<'_>]) -> String {
    let mut text = String::from(
        "| comparison | teem | the others, their cost in teem's: above 1, teem is ahead (~: uncertain) |\n\
         | --- | ---: | --- |\n",
    );
    for standing in standings {
        let others = standing.others.iter().map(|(series, ratio)| {
            let text = format!(
                "{} {}{:.2}",
                series.implementation,
                mark(ratio),
                ratio.median
            );
            if is_ahead(ratio) {
                format!("**{text}**")
            } else {
                text
            }
        });
        let others = others.collect::<Vec<_>>().join(", ");
        let (value, unit) = (short(standing.teem.median()), &standing.teem.unit);
        text += &format!("| `{}` | {value} {unit} | {others} |\n", standing.name());
    }
    text + "\n"
}

/// What failed or is missing.
fn incidents(about: &About<'_>, outcome: &Outcome) -> String {
    let mut lines = Vec::new();
    lines.extend(
        outcome
            .failed
            .iter()
            .map(|line| format!("- failed: {line}")),
    );
    let skipped = about.programs.skipped.iter().chain(&outcome.skipped);
    lines.extend(skipped.map(|line| format!("- skipped: {line}")));
    lines.extend(outcome.results.limited_by_load().map(|series| {
        format!(
            "- the load and not the server was the limit: {} of {}; its rate says little, the \
             server's processor time a request holds",
            series.workload, series.implementation
        )
    }));
    let places = outcome.results.places();
    let count = |sought| places.iter().filter(|place| **place == sought).count();
    let (far, moved) = (count(Place::Far), count(Place::Moved));
    if far + moved > 0 {
        lines.push(format!(
            "- of {} runs on two CPUs {far} had them far from one another, and are compared with such runs only; in \
             {moved} they were moved under way, and these are not compared",
            places.len()
        ));
    }
    if lines.is_empty() {
        return String::new();
    }
    format!(
        "## What failed, was left out or is to be doubted\n\n{}\n\n",
        lines.join("\n")
    )
}

fn section(workload: &Workload, results: &Results, drawn: &[String]) -> String {
    let series: Vec<&Series> = results.of(workload.name).collect();
    if series.is_empty() {
        return String::new();
    }
    let name = workload.name;
    let mut text = format!("## {name}\n\n{}.\n\n", sentence(workload.meaning));
    if let Some(why) = note(name) {
        text += &format!("{why}\n\n");
    }
    let plot = format!("{name}.svg");
    if drawn.contains(&plot) {
        text += &format!("![{name}]({plot})\n\n");
    }
    text += "| workers | metric | implementation | median | least–greatest | runs | × teem | interval |\n\
             | ---: | --- | --- | ---: | ---: | ---: | ---: | ---: |\n";
    let mut kinds: Vec<(usize, &str)> = Vec::new();
    for series in &series {
        let kind = (series.workers, series.metric.as_str());
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.sort_by_key(|(workers, _)| *workers);
    for (workers, metric) in kinds {
        for series in results.ranking(name, workers, metric) {
            let (least, greatest) = series.range();
            let ratio = results.times_teem(series);
            let interval = ratio.and_then(|ratio| ratio.interval);
            let none = "–".to_owned();
            let ratio = ratio.map_or(none.clone(), |ratio| format!("{:.2}", ratio.median));
            let interval = interval.map_or(none, |(low, high)| format!("{low:.2}–{high:.2}"));
            text += &format!(
                "| {workers} | {metric} | {} | {} {} | {}–{} | {} | {ratio} | {interval} |\n",
                series.implementation,
                short(series.median()),
                series.unit,
                short(least),
                short(greatest),
                series.samples.len(),
            );
        }
    }
    text + "\n"
}

/// With a capital letter.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// What `notes.txt` has to say on a workload: why somebody is ahead there, for instance.
fn note(workload: &str) -> Option<String> {
    let notes = std::fs::read_to_string(home().join("notes.txt")).ok()?;
    let note = notes
        .lines()
        .find_map(|line| line.strip_prefix(workload)?.strip_prefix(": "));
    note.map(str::to_owned)
}
