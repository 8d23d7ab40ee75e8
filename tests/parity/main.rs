//! Nothing of std's is missing: the lists in `surface/` have each stable function, method and trait
//! implementation of the modules that we mirror, called under std's own signature.
//!
//! A method that is missing, or that asks for more or gives less than std's, does not compile. The
//! lists are made by `generate.py` from std's documentation; its head says how, and in tables what is in
//! which, and what is left out and why. A list is compiled twice, against std itself too: so it is the
//! list that is right, and ours that is compared.

#![cfg(not(any(loom, miri)))]

use std::fs;
use std::path::Path;
use std::process::Command;

/// Makes `<T as Ambiguous<_>>::item` a name that is clear only for a `T` without the trait.
macro_rules! ambiguous {
    ($trait:path) => {
        trait Ambiguous<Which> {
            fn item() {}
        }
        impl<T: ?Sized> Ambiguous<()> for T {}
        impl<T: ?Sized + $trait> Ambiguous<u8> for T {}
    };
}

macro_rules! surface {
    ($name:ident, $root:ident, $list:literal) => {
        mod $name {
            #![allow(
                dead_code,
                unused_imports,
                deprecated,
                clippy::all,
                reason = "made by a program, to compile and not to run"
            )]

            use $root as root;
            include!($list);
        }
    };
}

surface!(vocabulary_of_std, std, "surface/vocabulary.rs");
surface!(vocabulary_of_teem, teem, "surface/vocabulary.rs");
#[cfg(target_os = "linux")]
surface!(net_of_std, std, "surface/net.rs");
#[cfg(target_os = "linux")]
surface!(net_of_teem, teem, "surface/net.rs");
#[cfg(target_os = "linux")]
surface!(fs_of_std, std, "surface/fs.rs");
#[cfg(target_os = "linux")]
surface!(fs_of_teem, teem, "surface/fs.rs");
surface!(process_of_std, std, "surface/process.rs");
surface!(process_of_teem, teem, "surface/process.rs");
surface!(io_of_std, std, "surface/io.rs");
surface!(io_of_teem, teem, "surface/io.rs");

/// The areas, which are the names of the lists, and a number of checks that each list exceeds.
const AREAS: [(&str, usize); 5] = [
    ("vocabulary", 300),
    ("net", 200),
    ("fs", 100),
    ("process", 60),
    ("io", 80),
];

/// The head of the list names the release that it was made from.
fn release(list: &str) -> Option<&str> {
    list.split_once("of Rust ")?.1.split(':').next()
}

fn kept(area: &str) -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity/surface");
    fs::read_to_string(directory.join(format!("{area}.rs"))).expect("the list")
}

#[test]
fn the_lists_are_what_the_documentation_of_their_release_gives() {
    for (area, _) in AREAS {
        let command = format!("python3 generate.py {area} | rustfmt --edition 2024");
        let made = Command::new("sh")
            .args(["-c", &command])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity"))
            .output()
            .expect("a shell");
        let made = String::from_utf8(made.stdout).expect("text");
        let kept = kept(area);
        if made.is_empty() {
            eprintln!("skipped: no python3, no rustfmt or no rust-docs");
        } else if release(&made) != release(&kept) {
            eprintln!("skipped: the documentation is that of another release");
        } else {
            let command = command.replace("generate.py", "tests/parity/generate.py");
            assert!(made == kept, "made anew, by `{command}`, it is another");
        }
    }
}

#[test]
fn the_lists_are_long() {
    for (area, least) in AREAS {
        let kept = kept(area);
        let functions = kept.lines().filter(|line| line.contains("fn ")).count();
        assert!(functions > least, "{area}: {functions}");
        assert!(release(&kept).is_some_and(|release| release.starts_with("1.")));
    }
    assert!(kept("vocabulary").contains("const fn sync_mutex_new<T>"));
}
