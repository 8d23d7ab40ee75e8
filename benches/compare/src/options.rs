//! The command line.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Parser;

/// Races teem against its peers, in turn, and writes a report with plots.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// Workloads or groups of them, with commas between (all; --list has their names)
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) only: Vec<String>,

    /// Implementations beside teem: a peer with all its variants, or one of them (all)
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) peers: Vec<String>,

    /// Numbers of workers, each measured on as many CPUs
    #[arg(long, value_delimiter = ',', value_name = "N", default_value = "1,2")]
    pub(crate) workers: Vec<usize>,

    /// Rounds, in each of which every implementation runs once (5; with --quick 3)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    runs: Option<u64>,

    /// Smaller sizes, shorter windows, and an end after --minutes
    #[arg(long)]
    pub(crate) quick: bool,

    /// A round begins only if it ends within so many minutes, builds included, or within half of them after the
    /// builds (with --quick 9.5, otherwise no limit)
    #[arg(long, value_name = "M")]
    minutes: Option<f64>,

    /// Seconds after which a run has failed (600; with --quick 20)
    #[arg(long, value_name = "S")]
    limit: Option<u64>,

    /// CPUs to stay on, the first N of them for N workers (0,1)
    #[arg(long, value_delimiter = ',', value_name = "CPUS")]
    pub(crate) cpus: Vec<usize>,

    /// Where the report goes (report below the build directory)
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// A program of teem's workloads that is built already, as `cargo bench` leaves it
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) teem: Option<PathBuf>,

    /// Skips what is missing: nothing is fetched by pip or apt-get
    #[arg(long)]
    pub(crate) no_install: bool,

    /// Says what there is to race, and ends
    #[arg(long)]
    pub(crate) list: bool,

    /// Options for the programs of the workloads that are no servers: --tasks 100000
    #[arg(last = true, value_name = "OPTIONS")]
    pub(crate) extra: Vec<String>,
}

impl Options {
    pub(crate) fn runs(&self) -> u64 {
        self.runs.unwrap_or(if self.quick { 3 } else { 5 })
    }

    pub(crate) fn limit(&self) -> Duration {
        let usual = if self.quick { 20 } else { 600 };
        Duration::from_secs(self.limit.unwrap_or(usual))
    }

    /// When the last run is to end, of a race that began at `start` and has built until now.
    pub(crate) fn deadline(&self, start: Instant) -> Option<Instant> {
        let minutes = self.minutes.or(self.quick.then_some(9.5))?;
        let budget = Duration::try_from_secs_f64(minutes * 60.0).ok()?;
        // Where it took long to build, there is still something to be raced.
        Some((start + budget).max(Instant::now() + budget / 2))
    }

    /// Whether an implementation takes part. `tokio+flume` is one of tokio's.
    pub(crate) fn wants(&self, implementation: &str) -> bool {
        let peer = implementation.split('+').next().unwrap_or_default();
        self.peers.is_empty()
            || peer == "teem"
            || (self.peers.iter()).any(|wanted| wanted == implementation || wanted == peer)
    }

    /// Whether any of the implementations of a program takes part.
    pub(crate) fn wants_any(&self, implementations: &[&str]) -> bool {
        let variant_of = |peer: &str| {
            let of = |wanted: &String| wanted.split('+').next() == Some(peer);
            self.peers.is_empty() || self.peers.iter().any(of)
        };
        implementations.iter().any(|peer| variant_of(peer))
    }

    /// The `count` first of the CPUs to stay on, as `taskset` has them.
    pub(crate) fn cpu_list(&self, count: usize) -> String {
        let cpus = (0..count).map(|index| self.cpu(index).to_string());
        cpus.collect::<Vec<_>>().join(",")
    }

    /// The `index`-th of the CPUs to stay on.
    pub(crate) fn cpu(&self, index: usize) -> usize {
        self.cpus.get(index).copied().unwrap_or(index)
    }
}
