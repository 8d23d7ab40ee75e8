//! Nothing of std's is missing: `surface.rs` has each stable function, method and trait implementation of
//! `std::sync`, `std::sync::mpsc`, `std::thread` and `std::time`, called under std's own signature.
//!
//! A method that is missing, or that asks for more or gives less than std's, does not compile. The
//! list is made by `generate.py` from std's documentation; its head says how, and in a table what is
//! left out and why. The list is compiled twice, against std itself too: so it is the list that is
//! right, and ours that is compared.

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
    ($name:ident, $root:ident) => {
        mod $name {
            #![allow(
                dead_code,
                unused_imports,
                deprecated,
                clippy::all,
                reason = "made by a program, to compile and not to run"
            )]

            use $root as root;
            include!("surface.rs");
        }
    };
}

surface!(of_std, std);
surface!(of_teem, teem);

/// The head of the list names the release that it was made from.
fn release(list: &str) -> Option<&str> {
    list.split_once("of Rust ")?.1.split(':').next()
}

#[test]
fn the_list_is_what_the_documentation_of_its_release_gives() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity");
    let kept = fs::read_to_string(directory.join("surface.rs")).expect("the list");
    let command = "python3 generate.py | rustfmt --edition 2024";
    let made = Command::new("sh")
        .args(["-c", command])
        .current_dir(&directory)
        .output()
        .expect("a shell");
    let made = String::from_utf8(made.stdout).expect("text");
    if made.is_empty() {
        eprintln!("skipped: no python3, no rustfmt or no rust-docs");
    } else if release(&made) != release(&kept) {
        eprintln!("skipped: the documentation is that of another release");
    } else {
        assert!(
            made == kept,
            "made anew, by `{command}`, the list is another"
        );
    }
}

#[test]
fn the_list_is_long() {
    let kept = include_str!("surface.rs");
    let functions = kept.lines().filter(|line| line.contains("fn ")).count();
    assert!(functions > 300, "{functions}");
    assert!(kept.contains("const fn sync_mutex_new<T>"));
    assert!(release(kept).is_some_and(|release| release.starts_with("1.")));
}
