//! Runtimes of several sizes for one test, and an end for a test that hangs.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;
use teem::runtime::{Builder, Runtime};

/// How long a test may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(120);

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

/// Aborts the process, naming the test, if it is not dropped in time.
#[derive(Debug)]
pub(crate) struct Watchdog {
    _ended: Sender<()>,
}

impl Watchdog {
    /// Begins to watch the calling test.
    pub(crate) fn start() -> Self {
        let (sender, ended) = channel::<()>();
        let test = std::thread::current().name().unwrap_or("?").to_owned();
        std::thread::spawn(move || {
            if ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                eprintln!("{test} hangs");
                std::process::abort();
            }
        });
        Self { _ended: sender }
    }
}
