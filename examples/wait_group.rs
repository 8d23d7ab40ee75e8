//! A wait group: main waits until everything that was started is done, whoever started it.
//!
//! ```text
//! cargo run --example wait_group
//! ```

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "it is there to print")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use teem::sync::WaitGroup;

/// Visits a node of a binary tree; each child is visited by a task of its own.
fn visit(depth: u32, group: &WaitGroup, visited: &Arc<AtomicUsize>) {
    visited.fetch_add(1, Ordering::Relaxed);
    if depth == 0 {
        return;
    }
    for _ in 0..2 {
        let (inner, visited) = (group.clone(), Arc::clone(visited));
        group.go(move || visit(depth - 1, &inner, &visited));
    }
}

fn main() {
    let group = WaitGroup::new();
    let visited = Arc::new(AtomicUsize::new(0));
    visit(10, &group, &visited);

    group.wait();
    println!("visited {} nodes", visited.load(Ordering::Relaxed));
}
