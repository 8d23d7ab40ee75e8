//! What was measured: samples by workload, workers, metric and implementation.

#[cfg(test)]
mod tests;

use crate::run::Line;

/// All of it, in the order in which it came.
#[derive(Debug, Default)]
pub(crate) struct Results {
    series: Vec<Series>,
}

/// The samples of one metric of one implementation.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) workload: String,
    pub(crate) workers: usize,
    pub(crate) metric: String,
    pub(crate) unit: String,
    pub(crate) implementation: String,
    pub(crate) samples: Vec<f64>,
}

impl Results {
    /// Adds what a run of `workload` has printed.
    pub(crate) fn add(&mut self, workload: &str, lines: Vec<Line>) {
        for line in lines {
            let known = self.series.iter_mut().find(|series| {
                series.workload == workload
                    && series.workers == line.workers
                    && series.metric == line.metric
                    && series.implementation == line.implementation
            });
            match known {
                Some(series) => series.samples.push(line.value),
                None => self.series.push(Series {
                    workload: workload.to_owned(),
                    workers: line.workers,
                    metric: line.metric,
                    unit: line.unit,
                    implementation: line.implementation,
                    samples: vec![line.value],
                }),
            }
        }
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
    /// is. `None` without teem, where nothing was counted, as of missed
    /// ticks, and for how busy somebody was, of which neither less nor more is better.
    pub(crate) fn times_teem(&self, series: &Series) -> Option<f64> {
        let (it, teem) = (series.median(), self.teem(series)?.median());
        let ratio = if series.more_is_better() {
            teem / it
        } else {
            it / teem
        };
        (it > 0.0 && teem > 0.0 && series.unit != "%").then_some(ratio)
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

    /// Every series, a line each, with a head.
    pub(crate) fn csv(&self) -> String {
        let mut csv =
            "workload,impl,workers,metric,unit,median,least,greatest,runs,times_teem\n".to_owned();
        for series in &self.series {
            let Series {
                workload,
                workers,
                metric,
                unit,
                implementation,
                samples,
            } = series;
            let (least, greatest) = series.range();
            let ratio = self
                .times_teem(series)
                .map_or(String::new(), |ratio| format!("{ratio:.3}"));
            let (median, runs) = (series.median(), samples.len());
            csv += &format!(
                "{workload},{implementation},{workers},{metric},{unit},\
                 {median},{least},{greatest},{runs},{ratio}\n"
            );
        }
        csv
    }
}

impl Series {
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.samples.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        if sorted.len() % 2 == 1 {
            sorted[middle]
        } else {
            sorted[middle - 1].midpoint(sorted[middle])
        }
    }

    /// The least and the greatest of the samples.
    pub(crate) fn range(&self) -> (f64, f64) {
        let least = self.samples.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = self
            .samples
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        (least, greatest)
    }

    /// Whether the ranges of two series have something in common: another race may have their order otherwise.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let ((least, greatest), (others_least, others_greatest)) = (self.range(), other.range());
        least <= others_greatest && others_least <= greatest
    }

    /// Whether it is a rate and not a cost.
    pub(crate) fn more_is_better(&self) -> bool {
        self.unit == "1/s"
    }
}
