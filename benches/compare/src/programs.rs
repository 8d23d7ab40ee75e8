//! Builds what is raced, and asks each program what it can do.
//!
//! All Rust is built with the same flags, teem's and the peers': see [`FLAGS`]. What is missing is
//! fetched if that is a matter of one package, otherwise skipped with a line that says so.

mod foreign;
mod rust;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::home;
use crate::options::Options;
use crate::workloads::{Kind, Workload};

pub(crate) use rust::FLAGS;

/// An implementation of a workload, or a server.
#[derive(Clone, Debug)]
pub(crate) struct Entrant {
    pub(crate) implementation: String,
    /// The workload, or the name under which it serves.
    pub(crate) does: String,
    /// The program and its first words; options follow.
    pub(crate) words: Vec<String>,
}

impl Entrant {
    /// Whether more than one worker makes a difference to it.
    pub(crate) fn has_workers(&self) -> bool {
        let mut single = ["boost", "corosensei"].iter();
        !single.any(|name| self.implementation.starts_with(name))
    }

    /// Whether it is a second server of teem's or of the floor's.
    pub(crate) fn is_other_way(&self) -> bool {
        ["teem+", "raw+"]
            .iter()
            .any(|name| self.implementation.starts_with(name))
    }
}

/// What there is to race.
#[derive(Debug, Default)]
pub(crate) struct Programs {
    pub(crate) entrants: Vec<Entrant>,
    /// The load on servers, if it could be built.
    pub(crate) load: Option<PathBuf>,
    /// What was built with what.
    pub(crate) versions: Vec<String>,
    /// What is not there, and why.
    pub(crate) skipped: Vec<String>,
    pub(crate) took: Duration,
}

impl Programs {
    /// Builds what the workloads chosen need.
    ///
    /// # Errors
    ///
    /// If teem's own side cannot be built: then there is nothing to compare with. And if `--peers` names what there is
    /// not.
    pub(crate) fn build(options: &Options, workloads: &[Workload]) -> Result<Self, String> {
        let start = Instant::now();
        check_peers(&options.peers)?;
        let places = Places::find().map_err(|error| error.to_string())?;
        let mut programs = Self::default();
        programs.versions.push(rust::version());
        rust::teem(&places, options, &mut programs)?;
        let served = |workload: &Workload| matches!(workload.kind, Kind::Load { .. });
        if workloads.iter().any(|workload| workload.group == "http") {
            rust::web_server(&places, &mut programs);
        }
        let load = workloads.iter().any(served);
        rust::packages(&places, load, options, &mut programs);
        for peer in foreign::PEERS {
            if options.wants_any(peer.implementations) {
                foreign::peer(peer, &places, options, &mut programs);
            }
        }
        programs.check_variants(&options.peers)?;
        programs
            .entrants
            .retain(|entrant| options.wants(&entrant.implementation));
        programs.took = start.elapsed();
        Ok(programs)
    }

    pub(crate) fn skip(&mut self, what: String) {
        println!("# skipped: {what}");
        self.skipped.push(what);
    }

    /// Fails if one of `names` is a variant that its peer does not have. Which it has, its program says.
    fn check_variants(&self, names: &[String]) -> Result<(), String> {
        for name in names.iter().filter(|name| name.contains('+')) {
            let all = self.entrants.iter().map(|entrant| &entrant.implementation);
            let mut of_peer = all.filter(|it| peer(it) == peer(name)).peekable();
            // A peer that could not be built has been skipped, and that was said.
            if of_peer.peek().is_some() && !of_peer.any(|it| it == name) {
                return Err(format!("{} has no variant {name}", peer(name)));
            }
        }
        Ok(())
    }

    /// Adds what a program says it can do, a line of implementation and workload each.
    fn add(&mut self, name: &str, words: &[String]) {
        let listed = list(words);
        if listed.is_empty() {
            self.skip(format!("{name}: its program does not say what it can do"));
        }
        self.entrants
            .extend(listed.into_iter().map(|(implementation, does)| Entrant {
                words: [words, &[implementation.clone(), does.clone()]].concat(),
                implementation,
                does,
            }));
    }
}

/// Whose variant an implementation is: `tokio+flume` is one of `tokio`'s.
fn peer(implementation: &str) -> &str {
    implementation.split('+').next().unwrap_or_default()
}

/// Fails if one of `names` is no peer nor a variant of one, before anything is built.
fn check_peers(names: &[String]) -> Result<(), String> {
    let rust = rust::PEERS.iter().flat_map(|peer| peer.implementations);
    let foreign = foreign::PEERS.iter().flat_map(|peer| peer.implementations);
    let known: Vec<&str> = rust
        .chain(foreign)
        .chain(&["raw", "teem"])
        .copied()
        .collect();
    match names.iter().find(|name| !known.contains(&peer(name))) {
        Some(name) => Err(format!(
            "there is no peer {name}, only {}",
            known.join(", ")
        )),
        None => Ok(()),
    }
}

/// Runs a program without an option, which has it list what it can do.
fn list(words: &[String]) -> Vec<(String, String)> {
    let [program, words @ ..] = words else {
        return Vec::new();
    };
    let Ok(output) = Command::new(program)
        .args(words)
        .stdin(Stdio::null())
        .output()
    else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    pairs.map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

/// Where things are built.
#[derive(Debug)]
pub(crate) struct Places {
    /// The root of teem's package.
    teem: PathBuf,
    /// All that is built for the race.
    target: PathBuf,
}

impl Places {
    fn find() -> std::io::Result<Self> {
        let target = target();
        fs::create_dir_all(&target)?;
        Ok(Self {
            teem: home().join("../.."),
            target,
        })
    }
}

/// Below the build directory of whoever runs this, so that nothing is built into the sources.
pub(crate) fn target() -> PathBuf {
    let base = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let base = base.unwrap_or_else(|| home().join("../../target"));
    std::path::absolute(&base).unwrap_or(base).join("compare")
}

/// Runs a step of a build, whose messages go to the terminal.
fn step(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
