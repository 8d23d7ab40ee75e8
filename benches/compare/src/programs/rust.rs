//! What Cargo builds: teem's workloads, the load, and the peers in Rust.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Entrant, Places, Programs, text};
use crate::home;
use crate::machine::first_line;
use crate::options::Options;

/// How all Rust is built, whatever the manifests say: as one unit a crate, and what is small enough
/// is put in line across crates.
pub(crate) const FLAGS: [&str; 3] = [
    "profile.release.lto=\"thin\"",
    "profile.release.codegen-units=1",
    "profile.release.debug=0",
];

/// A package of peers.
pub(super) struct Peer {
    package: &'static str,
    pub(super) implementations: &'static [&'static str],
    /// Whose versions are worth saying.
    crates: &'static [&'static str],
}

pub(super) const PEERS: &[Peer] = &[
    Peer {
        package: "peer-tokio",
        implementations: &["tokio"],
        crates: &["tokio", "flume", "async-channel", "hyper"],
    },
    Peer {
        package: "peer-may",
        implementations: &["may"],
        crates: &["may", "may_minihttp"],
    },
    Peer {
        package: "peer-threads",
        implementations: &["corosensei", "crossbeam", "rayon", "threads"],
        crates: &["corosensei", "crossbeam-channel", "rayon"],
    },
];

pub(super) fn version() -> String {
    first_line("rustc", &["--version"]).unwrap_or_else(|| "rustc, unknown".to_owned())
}

/// teem's own workloads, its servers among them.
pub(super) fn teem(
    places: &Places,
    options: &Options,
    programs: &mut Programs,
) -> Result<(), String> {
    let manifest = places.teem.join("Cargo.toml");
    let words = ["--manifest-path", &text(&manifest), "--bench", "workloads"];
    let built = options.teem.clone();
    let Some(program) = built.or_else(|| build(places, &words).pop()) else {
        return Err("teem's workloads could not be built".to_owned());
    };
    let program = text(&program);
    let directory = text(&places.teem);
    let commit = first_line(
        "git",
        &["-C", &directory, "describe", "--always", "--dirty"],
    );
    let commit = commit.map_or(String::new(), |commit| format!(" at {commit}"));
    programs
        .versions
        .push(format!("teem {}{commit}", version_of("teem", &places.teem)));
    for workload in usage(&program) {
        programs.entrants.push(Entrant {
            implementation: "teem".to_owned(),
            words: vec![program.clone(), workload.clone()],
            does: workload,
        });
    }
    let servers = [
        ("teem", "teem"),
        ("teem+local", "teem_local"),
        ("teem+wait", "teem_wait"),
        ("teem+steps", "teem_steps"),
        ("raw", "raw"),
        ("raw+own_buffers", "raw_per_conn_buffer"),
    ];
    for (implementation, server) in servers {
        let words = [
            &program,
            "serve-echo",
            "--conns",
            SERVED,
            "--servers",
            server,
        ];
        programs.entrants.push(Entrant {
            implementation: implementation.to_owned(),
            does: "serve_echo".to_owned(),
            words: words.into_iter().map(str::to_owned).collect(),
        });
    }
    Ok(())
}

/// As many connections as teem's echo server has descriptors for, which it makes sure of.
const SERVED: &str = "10000";

/// teem's web server, which is an example of how to use it.
pub(super) fn web_server(places: &Places, programs: &mut Programs) {
    if !places.teem.join("examples/http_server").exists() {
        programs.skip("teem has no web server".to_owned());
        return;
    }
    let manifest = places.teem.join("Cargo.toml");
    let words = [
        "--manifest-path",
        &text(&manifest),
        "--example",
        "http_server",
    ];
    match build(places, &words).pop() {
        Some(program) => programs.entrants.push(Entrant {
            implementation: "teem".to_owned(),
            does: "serve_http".to_owned(),
            words: vec![
                text(&program),
                "--addr".to_owned(),
                "127.0.0.1:0".to_owned(),
            ],
        }),
        None => programs.skip("teem's web server could not be built".to_owned()),
    }
}

/// The names of teem's workloads, of which its program says, when it is asked for none, what they do.
fn usage(program: &str) -> Vec<String> {
    let Ok(output) = Command::new(program).stdin(Stdio::null()).output() else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&output.stderr);
    let names = text.lines().filter_map(|line| {
        let name = line.strip_prefix("  ")?.split(' ').next()?;
        (!name.is_empty() && !name.starts_with('-')).then(|| name.to_owned())
    });
    names.collect()
}

/// The load and the peers, by one call of Cargo, which so has work for all processors.
pub(super) fn packages(places: &Places, load: bool, options: &Options, programs: &mut Programs) {
    let peers = PEERS
        .iter()
        .filter(|peer| options.wants_any(peer.implementations));
    let peers: Vec<_> = peers.collect();
    let names = load.then_some("load").into_iter();
    let names = names.chain(peers.iter().map(|peer| peer.package));
    let manifest = text(&home().join("Cargo.toml"));
    let mut words = vec!["--manifest-path", &manifest, "--keep-going"];
    words.extend(names.flat_map(|name| ["--package", name]));
    if words.len() == 3 {
        return;
    }
    let built = build(places, &words);
    let find = |name: &str| {
        built
            .iter()
            .find(|path| path.file_name().is_some_and(|it| it == name))
    };
    if load {
        programs.load = find("load").cloned();
        if programs.load.is_none() {
            programs.skip("servers: the load could not be built".to_owned());
        }
    }
    for peer in peers {
        let Some(program) = find(peer.package) else {
            programs.skip(format!(
                "{}: could not be built",
                peer.implementations.join(", ")
            ));
            continue;
        };
        let versions = peer
            .crates
            .iter()
            .map(|name| format!("{name} {}", version_of(name, &home())));
        programs.versions.extend(versions);
        programs.add(peer.package, &[text(program)]);
    }
}

/// Builds programs, and says where those are that could be built.
fn build(places: &Places, words: &[&str]) -> Vec<PathBuf> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args([
        "build",
        "--release",
        "--message-format=json-render-diagnostics",
    ]);
    command.args(FLAGS.iter().flat_map(|flag| ["--config", flag]));
    command.arg("--target-dir").arg(&places.target).args(words);
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output();
    let output = output.map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&output).into_owned();
    let paths = text.split("\"executable\":\"").skip(1);
    paths
        .filter_map(|rest| Some(PathBuf::from(rest.split_once('"')?.0)))
        .collect()
}

/// The version that a `Cargo.lock` has of a package.
fn version_of(package: &str, directory: &Path) -> String {
    let lock = fs::read_to_string(directory.join("Cargo.lock")).unwrap_or_default();
    let name = format!("name = \"{package}\"\nversion = \"");
    let version = lock
        .split_once(&name)
        .and_then(|(_, rest)| rest.split_once('"'));
    version.map_or("unknown", |(version, _)| version).to_owned()
}
