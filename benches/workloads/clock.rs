//! Processor time: what a workload costs whatever else the machine is doing.

use std::io;
use std::time::Duration;

/// The processor time of a process, all its threads together.
#[derive(Debug)]
pub(crate) struct ProcessorClock(libc::clockid_t);

impl ProcessorClock {
    /// This process's own.
    pub(crate) const fn own() -> Self {
        Self(libc::CLOCK_PROCESS_CPUTIME_ID)
    }

    /// Another one's. Not from `/proc/PID/schedstat`, which counts the first thread alone, nor from
    /// `wait4`, which cannot tell a measured window from what was before it.
    #[cfg(target_os = "linux")]
    pub(crate) fn of(process: u32) -> io::Result<Self> {
        let mut clock = 0;
        // SAFETY: the call fills the number it is given.
        match unsafe { libc::clock_getcpuclockid(process as libc::pid_t, &mut clock) } {
            0 => Ok(Self(clock)),
            error => Err(io::Error::from_raw_os_error(error)),
        }
    }

    /// Up to a scheduler tick short for a thread that is running on another core.
    pub(crate) fn now(&self) -> io::Result<Duration> {
        let mut time = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: the call fills the struct it is given.
        if unsafe { libc::clock_gettime(self.0, &mut time) } < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Duration::new(time.tv_sec as u64, time.tv_nsec as u32))
    }
}
