//! `teem::io`: pipes, copying, and the standard streams.

#![cfg(not(any(loom, miri)))]

#[path = "../support/child.rs"]
mod child;
#[path = "../support/together.rs"]
#[expect(dead_code, reason = "not all of it is needed here")]
mod together;
#[path = "../support/watchdog.rs"]
mod watchdog;
#[path = "../support/workers.rs"]
mod workers;

mod copy;
mod pipe;
mod streams;

/// Bytes of which no two pieces are alike.
fn pattern(length: usize) -> Vec<u8> {
    (0..length as u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}

/// Descriptors of this process.
fn open_files() -> usize {
    std::fs::read_dir("/dev/fd").expect("a list").count()
}
