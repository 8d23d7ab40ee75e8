//! An end for a test that hangs.

use std::io::{Write, stderr};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How long a test may take before it counts as hanging: an interpreted one takes a hundred times as long.
const PATIENCE: Duration = Duration::from_secs(if cfg!(miri) { 900 } else { 120 });

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
                // Past the test harness, which would keep it for later.
                let _ = writeln!(stderr(), "{test} hangs");
                std::process::abort();
            }
        });
        Self { _ended: sender }
    }
}
