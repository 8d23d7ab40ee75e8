//! How far the CPUs of a race are from one another, which a virtual machine's host changes under way.
//!
//! A virtual CPU is a thread of the host, which moves it: for some seconds or minutes two of them share a cache, then
//! they do not, and a cache line takes ten times as long from one to the other. All that crosses between them pays:
//! connections that are made and closed cost a server 9 us each, or 20. Two programs of which one was measured near
//! and the other far are not compared by that.
//!
//! So a run on two CPUs begins when they are near, and is repeated if they were not at its end. *Near* is up to
//! [`FAR`] times the shortest way there was in this race. Nobody waits for that longer than a part of the race
//! ([`SHARE`]); then it goes on, and a run that was far is not compared with one that was near.

use std::hint;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use core_affinity::CoreId;

/// How much longer than the shortest way there was a long one is.
const FAR: u32 = 2;
/// How often a run is repeated, at most.
const REPEATS: usize = 2;
/// Which part of the race may be waited, and for how long at once.
const SHARE: u32 = 3;
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(200);
/// A measurement: the best of so many bouts of so many round trips, a millisecond or two in all.
const BOUTS: u64 = 8;
const TRIPS: u64 = 500;

/// The first two CPUs of a race.
#[derive(Debug)]
pub(crate) struct Distance {
    cpus: [usize; 2],
    start: Instant,
    /// The shortest round trip there was.
    shortest: Duration,
    /// What was waited, and spent on runs that were repeated.
    lost: Duration,
}

impl Distance {
    pub(crate) fn between(cpus: [usize; 2]) -> Self {
        Self {
            cpus,
            start: Instant::now(),
            shortest: Duration::MAX,
            lost: Duration::ZERO,
        }
    }

    /// Runs `run` while the CPUs are near, if they are in time; what it gave at last, and the longer of the round trips
    /// before and after.
    pub(crate) fn run_near<T>(&mut self, mut run: impl FnMut() -> T) -> (T, Duration) {
        let mut repeats = 0;
        loop {
            let before = self.wait();
            let begin = Instant::now();
            let outcome = run();
            let longer = before.max(self.measure());
            if !self.is_far(longer) || repeats == REPEATS || !self.has_time() {
                return (outcome, longer);
            }
            repeats += 1;
            self.lost += begin.elapsed();
        }
    }

    /// Waits until they are near, but not for long; the round trip then.
    fn wait(&mut self) -> Duration {
        let begin = Instant::now();
        loop {
            let trip = self.measure();
            if !self.is_far(trip) || !self.has_time() || begin.elapsed() > PATIENCE {
                return trip;
            }
            thread::sleep(PAUSE);
            self.lost += PAUSE;
        }
    }

    fn has_time(&self) -> bool {
        self.lost < PATIENCE + self.start.elapsed() / SHARE
    }

    /// Whether a round trip was a long one, as far as the race knows by now.
    pub(crate) fn is_far(&self, trip: Duration) -> bool {
        trip > self.shortest * FAR
    }

    fn measure(&mut self) -> Duration {
        let trip = round_trip(self.cpus);
        self.shortest = self.shortest.min(trip);
        trip
    }
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
