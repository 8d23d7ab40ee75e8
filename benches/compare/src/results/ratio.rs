//! How two series compare that were measured in turn: by their rounds, not by their medians.
//!
//! The machine is fast for a while and then slow for a while, and a round is shorter than that. What slows both
//! runs of a round cancels in their ratio; in the ratio of two medians, which may be of different rounds, it does
//! not.

/// The median of the ratios of all rounds, and how far it can be trusted.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Ratio {
    pub(crate) median: f64,
    /// Where the median of ever more rounds would be, by the interval of the sign test, which asks
    /// nothing of how ratios are distributed: in 75 % of all races of three rounds, in 87.5 % of
    /// those of four, in at least 90 % of longer ones. `None` of one round or two.
    pub(crate) interval: Option<(f64, f64)>,
}

impl Ratio {
    /// `None` if there is no round.
    pub(super) fn of(mut rounds: Vec<f64>) -> Option<Self> {
        rounds.sort_by(f64::total_cmp);
        let last = rounds.len().checked_sub(1)?;
        let outside = outside(rounds.len());
        Some(Self {
            median: median(&rounds),
            interval: (last >= 2).then(|| (rounds[outside], rounds[last - outside])),
        })
    }

    /// Whether another race has to be expected to have the same one ahead.
    pub(crate) fn is_certain(&self) -> bool {
        self.interval
            .is_some_and(|(low, high)| low > 1.0 || high < 1.0)
    }
}

/// How many of so many sorted rounds are outside of the interval at either end: as many as leave
/// at least 90 % inside, none where even all rounds are less.
///
/// The true median lies below the least `k + 1` rounds when at most `k` rounds are below it, each
/// of which is so by the toss of a coin; above the greatest likewise.
fn outside(rounds: usize) -> usize {
    let mut exactly = 0.5_f64.powi(rounds as i32);
    let mut at_most = exactly;
    let mut outside = 0;
    loop {
        exactly *= (rounds - outside) as f64 / (outside + 1) as f64;
        at_most += exactly;
        if 2.0 * at_most > 0.1 {
            return outside;
        }
        outside += 1;
    }
}

/// The middle of sorted numbers, of which there is one at least.
pub(super) fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        sorted[middle - 1].midpoint(sorted[middle])
    }
}
