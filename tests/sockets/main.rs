//! Sockets other than streams over TCP, which `tests/tcp` has: UDP, unix sockets, the options and the end of
//! listeners. By tasks and by threads, and between the two.

#![cfg(not(any(loom, miri)))]

#[path = "../support/crew.rs"]
mod crew;
#[path = "../support/watchdog.rs"]
mod watchdog;
#[path = "../support/workers.rs"]
mod workers;

mod close;
mod options;
mod udp;
mod unix_datagram;
mod unix_stream;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// A name in a directory of files that is gone with the value.
struct Name(PathBuf);

impl Name {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("teem-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // One that had the same number may have been killed before it removed it.
        let _ = std::fs::remove_file(&path);
        Self(path)
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Makes `call`, which never has to wait, again and again, and looks whether another task of the worker gets its turns.
fn assert_lets_others_run(call: impl Fn() + Sync) {
    workers::with_workers([1], |runtime| {
        runtime.run(|| {
            let (turns, over) = (AtomicU32::new(0), AtomicBool::new(false));
            teem::scope(|s| {
                s.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        turns.fetch_add(1, Ordering::Relaxed);
                        teem::task::yield_now();
                    }
                });
                while turns.load(Ordering::Relaxed) == 0 {
                    teem::task::yield_now();
                }
                let before = turns.load(Ordering::Relaxed);
                (0..1000).for_each(|_| call());
                over.store(true, Ordering::Relaxed);
                assert!(
                    turns.load(Ordering::Relaxed) > before,
                    "nobody else has run"
                );
            });
        });
    });
}
