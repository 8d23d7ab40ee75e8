//! Where teem stands in each comparison.

use crate::results::{Ratio, Results, Series};
use crate::workloads::Workload;

/// Costs closer than this are the same.
pub(super) const SAME: f64 = 1.05;

/// One comparison: a metric that counts, with a number of workers.
#[derive(Debug)]
pub(super) struct Standing<'a> {
    pub(super) workload: &'a Workload,
    pub(super) workers: usize,
    pub(super) metric: &'static str,
    pub(super) teem: &'a Series,
    /// The others, each with its cost in teem's, the best one first.
    pub(super) others: Vec<(&'a Series, Ratio)>,
}

impl Standing<'_> {
    /// Those that are ahead of teem by more than what costs differ by anyway.
    pub(super) fn ahead(&self) -> impl Iterator<Item = &(&Series, Ratio)> {
        let ahead = |(series, ratio): &&(&Series, Ratio)| is_ahead(ratio) && !is_teem(series);
        self.others.iter().filter(ahead)
    }

    pub(super) fn name(&self) -> String {
        let Self {
            workload,
            workers,
            metric,
            ..
        } = self;
        let workers = if workload.many_workers {
            format!(" ×{workers}")
        } else {
            String::new()
        };
        if workload.headlines.len() > 1 {
            format!("{}{workers}, {metric}", workload.name)
        } else {
            format!("{}{workers}", workload.name)
        }
    }
}

/// Whether somebody of this cost in teem's is ahead of it.
pub(super) fn is_ahead(ratio: &Ratio) -> bool {
    ratio.median * SAME < 1.0
}

/// Whether it is another way to use teem.
fn is_teem(series: &Series) -> bool {
    series.implementation.starts_with("teem+")
}

/// Every comparison that there is, in the order of the workloads.
pub(super) fn all<'a>(workloads: &'a [Workload], results: &'a Results) -> Vec<Standing<'a>> {
    let mut standings = Vec::new();
    for workload in workloads {
        let mut workers: Vec<_> = results
            .of(workload.name)
            .map(|series| series.workers)
            .collect();
        workers.sort_unstable();
        workers.dedup();
        for &metric in workload.headlines {
            for &workers in &workers {
                let ranking = results.ranking(workload.name, workers, metric);
                let teem = ranking
                    .iter()
                    .find(|series| series.implementation == "teem");
                let Some(&teem) = teem else { continue };
                let others = ranking
                    .iter()
                    .filter(|series| series.implementation != "teem");
                let others =
                    others.filter_map(|series| Some((*series, results.times_teem(series)?)));
                let mut others: Vec<_> = others.collect();
                others.sort_by(|(_, a), (_, b)| a.median.total_cmp(&b.median));
                if !others.is_empty() {
                    standings.push(Standing {
                        workload,
                        workers,
                        metric,
                        teem,
                        others,
                    });
                }
            }
        }
    }
    standings
}
