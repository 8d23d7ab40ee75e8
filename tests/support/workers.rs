//! Runtimes of several sizes for one test.

use crate::watchdog::Watchdog;
use std::time::Duration;
use teem::runtime::{Builder, Runtime};

/// Runs `test` on a runtime of each size, and sees to it that none of its tasks is left over.
#[track_caller]
pub(crate) fn with_workers<const N: usize>(sizes: [usize; N], test: impl Fn(&Runtime)) {
    let _watchdog = Watchdog::start();
    for workers in sizes {
        eprintln!("with {workers} workers");
        let builder = Builder::new().workers(workers).name("worker");
        let runtime = builder.build().expect("a runtime");
        test(&runtime);
        let ended = runtime.shutdown(Duration::from_secs(30));
        assert_eq!(ended, Ok(()), "tasks are left, with {workers} workers");
    }
}
