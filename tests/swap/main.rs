//! A program that changes its `use` lines, and nothing else, does what it did before.
//!
//! `program.rs` is compiled twice: below std's `use` lines, on threads, and below ours, on tasks. Both
//! are run, ours on a thread and in a task of runtimes of several sizes, and say the same.

#![cfg(not(any(loom, miri)))]
#![forbid(unsafe_code)]

#[path = "../support/watchdog.rs"]
mod watchdog;
#[path = "../support/workers.rs"]
mod workers;

use watchdog::Watchdog;
use workers::with_workers;

mod with_std {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::{Shutdown, TcpListener, TcpStream};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Barrier, Condvar, LazyLock, Mutex, Once, OnceLock, RwLock, mpsc};
    use std::thread;
    use std::time::{Duration, Instant};

    include!("program.rs");
}

mod with_teem {
    use std::io::{BufRead, BufReader, Read, Write};
    use teem::net::{Shutdown, TcpListener, TcpStream};
    use teem::sync::atomic::{AtomicUsize, Ordering};
    use teem::sync::{Arc, Barrier, Condvar, LazyLock, Mutex, Once, OnceLock, RwLock, mpsc};
    use teem::thread;
    use teem::time::{Duration, Instant};

    include!("program.rs");
}

#[test]
fn the_program_says_the_same_on_threads_and_on_tasks() {
    let _watchdog = Watchdog::start();
    let expected = with_std::program().expect("std's network");
    assert!(expected.len() > 10, "{expected:#?}");
    assert_eq!(with_teem::program().expect("our network"), expected);
    with_workers([1, 2, 8], |runtime| {
        let said = runtime.run(|| with_teem::program().expect("our network"));
        assert_eq!(said, expected);
    });
}
