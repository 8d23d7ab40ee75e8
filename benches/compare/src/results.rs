//! What was measured: samples by workload, workers, metric, implementation and round.

mod ratio;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::distance::{Place, Trips};
use crate::run::Line;

pub(crate) use ratio::Ratio;

/// All of it, in the order in which it came.
#[derive(Debug, Default)]
pub(crate) struct Results {
    series: Vec<Series>,
    /// The shortest way between two CPUs there was.
    shortest: Option<Duration>,
}

/// The samples of one metric of one implementation.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) workload: String,
    pub(crate) workers: usize,
    pub(crate) metric: String,
    pub(crate) unit: String,
    pub(crate) implementation: String,
    /// By rounds. One that failed is not there.
    pub(crate) samples: BTreeMap<u64, f64>,
    /// How far the CPUs were from one another, where there were two.
    trips: BTreeMap<u64, Trips>,
}

impl Results {
    /// Adds what the run of `workload` in a round has printed, and how far the CPUs were from one another then, if
    /// there were two.
    pub(crate) fn add(
        &mut self,
        workload: &str,
        round: u64,
        trips: Option<Trips>,
        lines: Vec<Line>,
    ) {
        self.shortest = self
            .shortest
            .into_iter()
            .chain(trips.into_iter().flatten())
            .min();
        for line in lines {
            let known = self.series.iter_mut().find(|series| {
                series.workload == workload
                    && series.workers == line.workers
                    && series.metric == line.metric
                    && series.implementation == line.implementation
            });
            let series = match known {
                Some(series) => series,
                None => {
                    self.series.push(Series {
                        workload: workload.to_owned(),
                        workers: line.workers,
                        metric: line.metric,
                        unit: line.unit,
                        implementation: line.implementation,
                        samples: BTreeMap::new(),
                        trips: BTreeMap::new(),
                    });
                    self.series.last_mut().expect("pushed")
                }
            };
            series.samples.insert(round, line.value);
            series.trips.extend(trips.map(|trips| (round, trips)));
        }
    }

    /// Where the CPUs were during a run on two, as far as the race can tell by now.
    fn place(&self, series: &Series, round: u64) -> Option<Place> {
        let shortest = self.shortest?;
        let trips = *series.trips.get(&round)?;
        Some(Place::of(trips, shortest))
    }

    /// Where they were during each of these runs.
    pub(crate) fn places(&self) -> Vec<Place> {
        let mut runs = BTreeMap::new();
        for series in &self.series {
            for &round in series.trips.keys() {
                let name = (&series.workload, &series.implementation, series.workers);
                runs.insert((name, round), self.place(series, round));
            }
        }
        runs.into_values().flatten().collect()
    }

    pub(crate) fn has_teem(&self) -> bool {
        self.series
            .iter()
            .any(|series| series.implementation == "teem")
    }

    /// The series of a workload.
    pub(crate) fn of(&self, workload: &str) -> impl Iterator<Item = &Series> {
        self.series
            .iter()
            .filter(move |series| series.workload == workload)
    }

    /// One metric of a workload, all implementations, the best one first.
    pub(crate) fn ranking(&self, workload: &str, workers: usize, metric: &str) -> Vec<&Series> {
        let found = self.of(workload);
        let found = found.filter(|series| series.workers == workers && series.metric == metric);
        let mut found: Vec<_> = found.collect();
        found.sort_by(|a, b| {
            let order = a.median().total_cmp(&b.median());
            if a.more_is_better() {
                order.reverse()
            } else {
                order
            }
        });
        found
    }

    /// teem's series of the same metric.
    pub(crate) fn teem(&self, of: &Series) -> Option<&Series> {
        let mut same = self.of(&of.workload).filter(|series| {
            series.workers == of.workers
                && series.metric == of.metric
                && series.implementation == "teem"
        });
        same.next()
    }

    /// The cost of a series in teem's: above 1, teem is ahead. A rate costs the less the higher it
    /// is. Of rounds in which both were measured, with the CPUs near one another or far for both.
    ///
    /// `None` without teem, where nothing was counted in a round, as of missed ticks, and for how
    /// busy somebody was, of which neither less nor more is better.
    pub(crate) fn times_teem(&self, series: &Series) -> Option<Ratio> {
        let teem = self.teem(series)?;
        let alike = |round| {
            let place = self.place(series, round);
            place == self.place(teem, round) && place != Some(Place::Moved)
        };
        let samples = series.samples.iter().filter(|(round, _)| alike(**round));
        let pairs = samples.filter_map(|(round, &it)| {
            let teem = *teem.samples.get(round)?;
            Some(if series.more_is_better() {
                (teem, it)
            } else {
                (it, teem)
            })
        });
        let pairs: Vec<_> = pairs.collect();
        let counted = pairs.iter().all(|&(a, b)| a > 0.0 && b > 0.0);
        if !counted || series.unit == "%" {
            return None;
        }
        Ratio::of(pairs.iter().map(|(a, b)| a / b).collect())
    }

    /// Series of servers that waited for their load and not the other way round.
    pub(crate) fn limited_by_load(&self) -> impl Iterator<Item = &Series> {
        let busy = |series: &Series, metric: &str| {
            let mut same = self.of(&series.workload).filter(|other| {
                other.implementation == series.implementation && other.metric == metric
            });
            same.next().map(Series::median)
        };
        self.series.iter().filter(move |series| {
            series.metric == "requests"
                && busy(series, "load busy").is_some_and(|percent| percent > 95.0)
                && busy(series, "server busy").is_some_and(|percent| percent < 90.0)
        })
    }

    /// Every series, a line each, with a head. The last columns have the value of each round, and those in which the
    /// CPUs were far from one another, or moved.
    pub(crate) fn csv(&self) -> String {
        let mut csv = "workload,impl,workers,metric,unit,median,least,greatest,runs,\
             times_teem,times_teem_low,times_teem_high,rounds,far,moved\n"
            .to_owned();
        let rounds = self.series.iter().flat_map(|series| series.samples.keys());
        let rounds = rounds.max().map_or(0, |last| last + 1);
        for series in &self.series {
            let Series {
                workload,
                workers,
                metric,
                unit,
                implementation,
                samples,
                trips,
            } = series;
            let (least, greatest) = series.range();
            let (median, runs) = (series.median(), samples.len());
            let ratio = self.times_teem(series);
            let interval = ratio.and_then(|ratio| ratio.interval);
            let number =
                |number: Option<f64>| number.map_or(String::new(), |number| format!("{number:.3}"));
            let (times_teem, low, high) = (
                number(ratio.map(|ratio| ratio.median)),
                number(interval.map(|(low, _)| low)),
                number(interval.map(|(_, high)| high)),
            );
            let rounds = (0..rounds).map(|round| match samples.get(&round) {
                Some(value) => value.to_string(),
                None => "-".to_owned(),
            });
            let rounds = rounds.collect::<Vec<_>>().join(" ");
            let in_place = |sought| {
                let there = |round: &&u64| self.place(series, **round) == Some(sought);
                let rounds = trips.keys().filter(there).map(u64::to_string);
                rounds.collect::<Vec<_>>().join(" ")
            };
            let (far, moved) = (in_place(Place::Far), in_place(Place::Moved));
            csv += &format!(
                "{workload},{implementation},{workers},{metric},{unit},{median},{least},{greatest},\
                 {runs},{times_teem},{low},{high},{rounds},{far},{moved}\n"
            );
        }
        csv
    }
}

impl Series {
    pub(crate) fn median(&self) -> f64 {
        let mut sorted: Vec<f64> = self.samples.values().copied().collect();
        sorted.sort_by(f64::total_cmp);
        ratio::median(&sorted)
    }

    /// The least and the greatest of the samples.
    pub(crate) fn range(&self) -> (f64, f64) {
        let samples = || self.samples.values().copied();
        let least = samples().fold(f64::INFINITY, f64::min);
        (least, samples().fold(f64::NEG_INFINITY, f64::max))
    }

    /// Whether it is a rate and not a cost.
    pub(crate) fn more_is_better(&self) -> bool {
        self.unit == "1/s"
    }
}
