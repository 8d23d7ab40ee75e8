//! How far the CPUs of a race are from one another, which a virtual machine's host changes under way.
//!
//! A virtual CPU is a thread of the host, which moves it: for some seconds or minutes two of them share a cache, then
//! they do not, and a cache line takes ten times as long from one to the other. All that crosses between them pays:
//! connections that are made and closed cost a server 9 us each, or 20. Two programs of which one was measured near
//! and the other far are not compared by that. So the way is measured before and after each run on two CPUs.
//!
//! Rejected: to wait until they are near, and to repeat a run during which they were moved. Half of the time was spent
//! so, and there was none left for further rounds.

use std::hint;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use core_affinity::CoreId;

/// How many times the shortest way there was a long one is, at least.
const FAR: u32 = 2;
/// A measurement: the best of so many bouts of so many round trips, a millisecond or two in all.
const BOUTS: u64 = 8;
const TRIPS: u64 = 500;

/// The round trips before and after a run.
pub(crate) type Trips = [Duration; 2];

/// Where two CPUs were during a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Near,
    Far,
    /// Near before it and far after it, or the other way round.
    Moved,
}

impl Place {
    /// As of a race in which the shortest round trip of all was `shortest`.
    pub(crate) fn of(trips: Trips, shortest: Duration) -> Self {
        match trips.map(|trip| trip > shortest * FAR) {
            [false, false] => Self::Near,
            [true, true] => Self::Far,
            _ => Self::Moved,
        }
    }
}

/// Runs `run`, and measures the way between the CPUs before and after it.
pub(crate) fn around<T>(cpus: [usize; 2], run: impl FnOnce() -> T) -> (T, Trips) {
    let before = round_trip(cpus);
    let outcome = run();
    (outcome, [before, round_trip(cpus)])
}

/// How long a word takes from one CPU to the other and back.
fn round_trip(cpus: [usize; 2]) -> Duration {
    let word = AtomicU64::new(0);
    let wait_for = |value| {
        while word.load(Ordering::Acquire) != value {
            hint::spin_loop();
        }
    };
    let pin = |cpu| core_affinity::set_for_current(CoreId { id: cpu });
    thread::scope(|scope| {
        scope.spawn(|| {
            pin(cpus[1]);
            for trip in 0..TRIPS * BOUTS {
                wait_for(2 * trip + 1);
                word.store(2 * trip + 2, Ordering::Release);
            }
        });
        let best = scope.spawn(|| {
            pin(cpus[0]);
            let bout = |number: u64| {
                let first = number * TRIPS;
                let begin = Instant::now();
                for trip in first..first + TRIPS {
                    word.store(2 * trip + 1, Ordering::Release);
                    wait_for(2 * trip + 2);
                }
                begin.elapsed()
            };
            (0..BOUTS).map(bout).min().unwrap_or_default()
        });
        best.join().unwrap_or_default() / TRIPS as u32
    })
}
