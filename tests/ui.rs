//! What must not compile, and that the compiler's answer says what is wrong.
//!
//! The answers beside the cases are those of the oldest compiler that is supported; others word
//! theirs differently, so with them nothing is checked. `TRYBUILD=overwrite` writes them anew.

#![cfg(not(any(loom, miri, teem_portable, teem_asan, teem_fault)))]
#![forbid(unsafe_code)]

use std::process::Command;

/// The compiler that cargo uses, as `1.95`.
fn compiler() -> String {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(rustc).arg("--version").output();
    let version = String::from_utf8(version.expect("a compiler").stdout).expect("text");
    let number = version.split_whitespace().nth(1).expect("a number");
    let parts: Vec<&str> = number.split('.').take(2).collect();
    parts.join(".")
}

#[test]
fn mistakes_in_a_select_are_named() {
    let (ours, wanted) = (compiler(), env!("CARGO_PKG_RUST_VERSION"));
    if ours != wanted {
        eprintln!("skipped: this is Rust {ours}, and the answers are those of {wanted}");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
