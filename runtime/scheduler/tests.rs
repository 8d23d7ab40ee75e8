//! Placement and theft as functions of loads, with workers that are numbers; who stays up; and who gives way.

use super::balance::{loot, passes_on, starts_alone};
use super::busy_poll::{BusyPoll, IN_VAIN, LONGEST, REPRIEVE};
use super::shared_cpu::{MANY, QUIET, SELDOM, SharedCpu};
use super::{RuntimeBuilder, running, spawn, yield_now};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Numbers that look random and are the same each time (G. Marsaglia, "Xorshift RNGs", 2003).
struct Random(u64);

impl Random {
    /// At least 0 and below 1.
    fn share(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A time with a heavy tail: half of the sum is that of the longest few (Pareto, 1.2).
    fn heavy(&mut self) -> f64 {
        (1.0 - self.share()).powf(-1.0 / 1.2)
    }
}

/// Workers with their loads, as `next_unstarted` sees them.
struct Workers {
    loads: Vec<u64>,
    /// How many tasks each starts before it looks at others again.
    alone: Vec<u64>,
    turn: usize,
}

impl Workers {
    fn new(count: usize) -> Self {
        Self {
            loads: vec![0; count],
            alone: vec![0; count],
            turn: 0,
        }
    }

    /// Starts a task that was spawned on worker `at`; where.
    fn place(&mut self, mut at: usize) -> usize {
        let count = self.loads.len();
        for _ in 0..100 {
            if self.alone[at] > 0 {
                self.alone[at] -= 1;
                self.loads[at] += 1;
                return at;
            }
            let pick = |turn: usize| (at + 1 + turn % (count - 1)) % count;
            let (one, two) = (pick(self.turn), pick(self.turn + 1));
            self.turn += 1;
            let other = if self.loads[two] < self.loads[one] {
                two
            } else {
                one
            };
            if !passes_on(self.loads[at], self.loads[other]) {
                self.alone[at] = starts_alone(self.loads[at], self.loads[other]);
                self.loads[at] += 1;
                return at;
            }
            at = other;
        }
        panic!("a task is passed on for ever: {:?}", self.loads);
    }

    fn imbalance(&self) -> f64 {
        let most = *self.loads.iter().max().expect("there are workers") as f64;
        most * self.loads.len() as f64 / self.loads.iter().sum::<u64>() as f64
    }
}

#[test]
fn connections_of_one_acceptor_are_spread_within_a_tenth() {
    for (count, each) in [
        (2, 125),
        (3, 125),
        (8, 125),
        (32, 125),
        (2, 10_000),
        (8, 10_000),
    ] {
        let mut workers = Workers::new(count);
        for _ in 0..each * count {
            workers.place(0);
        }
        let imbalance = workers.imbalance();
        assert!(
            imbalance <= 1.1,
            "{imbalance} of {count}: {:?}",
            workers.loads
        );
    }
}

#[test]
fn the_load_stays_even_while_lives_have_a_heavy_tail() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut workers = Workers::new(8);
    let mut alive: Vec<(f64, usize)> = Vec::new();
    let (mut sum, mut samples) = (0.0, 0);
    for now in 0..20_000 {
        alive.retain(|(end, at)| {
            let lives = *end > f64::from(now);
            workers.loads[*at] -= u64::from(!lives);
            lives
        });
        let at = workers.place(0);
        alive.push((f64::from(now) + 200.0 * random.heavy(), at));
        if now >= 5_000 {
            sum += workers.imbalance();
            samples += 1;
        }
    }
    assert!(alive.len() > 500, "{} live at once", alive.len());
    let mean = sum / f64::from(samples);
    assert!(mean <= 1.15, "max/mean is {mean} on average");
}

#[test]
fn a_thief_is_never_one_that_would_pass_its_loot_back() {
    for mine in 0..40 {
        for load in 0..40 {
            for unstarted in 0..40 {
                let taken = loot(mine, load + unstarted, unstarted as usize) as u64;
                assert!(taken <= unstarted);
                // What the thief has when it has started all of it, against what is left.
                let left = load + unstarted - taken;
                assert!(taken == 0 || !passes_on(mine + taken, left));
            }
        }
    }
}

/// If the other kept its burden; and if it did not, by a small share.
#[test]
fn a_worker_that_does_not_look_at_others_does_not_get_ahead_of_them() {
    for mine in (0..20_000).step_by(7) {
        for other in (0..40_000).step_by(1_001) {
            let alone = starts_alone(mine, other);
            assert!(alone == 0 || !passes_on(mine + alone, other));
            assert!(64 * alone <= mine);
        }
    }
    assert_eq!(starts_alone(6_400, 8_000), 100);
}

#[test]
fn half_of_a_backlog_is_stolen_at_once() {
    assert_eq!(loot(0, 1, 1), 1);
    assert_eq!(loot(0, 500, 500), 250);
    assert_eq!(loot(300, 800, 500), 250);
    assert_eq!(loot(500, 500, 100), 0);
    assert_eq!(loot(7, 3, 2), 0);
}

#[test]
fn a_worker_stays_up_after_a_short_gap_only() {
    for longest in [LONGEST, Duration::from_secs(1)] {
        let busy_poll = BusyPoll::new(longest);
        assert!(!busy_poll.is_worth_it(), "it knows nothing yet");
        busy_poll.gap_ended(longest);
        assert!(busy_poll.is_worth_it());
        busy_poll.gap_ended(longest + Duration::from_nanos(1));
        assert!(!busy_poll.is_worth_it());
    }
    let never = BusyPoll::new(Duration::ZERO);
    never.gap_ended(Duration::from_nanos(1));
    assert!(!never.is_worth_it());
}

#[test]
fn a_worker_that_stays_up_in_vain_does_not_do_so_for_long() {
    let busy_poll = BusyPoll::new(LONGEST);
    busy_poll.gap_ended(LONGEST);
    for found in [true, false].repeat(100) {
        busy_poll.stayed_up(2, found);
    }
    assert!(
        busy_poll.is_worth_it(),
        "every other time it is not in vain"
    );
    busy_poll.stayed_up(2, true);
    for _ in 0..IN_VAIN {
        assert!(busy_poll.is_worth_it(), "not yet in vain so often");
        // What the first look finds says nothing.
        busy_poll.stayed_up(1, true);
        busy_poll.stayed_up(30, false);
    }
    for gap in 0..REPRIEVE {
        assert!(!busy_poll.is_worth_it(), "gap {gap}");
        busy_poll.gap_ended(LONGEST);
    }
    assert!(busy_poll.is_worth_it(), "it is tried again");
}

/// How many looks that find nothing there are before the worker gives way.
fn looks(shared_cpu: &SharedCpu) -> u32 {
    let mut looks = 1;
    while !shared_cpu.looked(0) {
        looks += 1;
    }
    looks
}

#[test]
fn a_worker_yields_its_cpu_when_nothing_comes_while_it_runs() {
    let shared_cpu = SharedCpu::new();
    for _ in 0..100 {
        for _ in 1..QUIET {
            assert!(!shared_cpu.looked(0), "not for so long yet");
        }
        assert!(!shared_cpu.looked(1), "whoever sends, runs");
    }
    for _ in 0..100 {
        assert_eq!(looks(&shared_cpu), QUIET);
        shared_cpu.yielded(MANY);
    }
}

#[test]
fn a_worker_that_yields_its_cpu_in_vain_seldom_does_so_again() {
    let shared_cpu = SharedCpu::new();
    let mut expected = QUIET;
    while expected < SELDOM {
        assert_eq!(looks(&shared_cpu), expected);
        // A few, as they come from elsewhere, too.
        shared_cpu.yielded(MANY - 1);
        expected *= 2;
    }
    for _ in 0..3 {
        assert_eq!(looks(&shared_cpu), SELDOM);
        shared_cpu.yielded(0);
    }
    assert_eq!(looks(&shared_cpu), SELDOM);
    shared_cpu.yielded(MANY);
    assert_eq!(looks(&shared_cpu), QUIET, "it was right, so it goes on");
}

#[test]
#[cfg_attr(miri, ignore = "a rule, and slow")]
fn who_gives_way_in_vain_soon_does_so_only_now_and_again() {
    /// How often somebody looks who gives way so many times.
    fn looks(times: u32) -> u32 {
        let mut looks = 0;
        for _ in 0..times {
            let running = running().expect("a task");
            let found = running.give_way(|| {
                looks += 1;
                None::<()>
            });
            assert_eq!(found, None);
        }
        looks
    }
    let runtime = RuntimeBuilder::new().workers(1);
    let runtime = runtime.build().expect("a runtime");
    runtime.run(|| {
        assert_eq!(looks(4), 0, "there is nobody else");
        let flags = Arc::new((AtomicBool::new(false), AtomicBool::new(false)));
        let other = {
            let flags = flags.clone();
            spawn(move || {
                // ORDERING: SeqCst, a test. The other of the two runs whenever this one yields.
                flags.0.store(true, Ordering::SeqCst);
                while !flags.1.load(Ordering::SeqCst) {
                    yield_now();
                }
            })
        };
        // ORDERING: SeqCst, a test.
        while !flags.0.load(Ordering::SeqCst) {
            yield_now();
        }
        assert!((1..32).contains(&looks(320)), "nearly all in vain");
        while running().expect("a task").give_way(|| Some(())).is_none() {}
        assert_eq!(looks(4), 4, "it was worth it, so it is tried again");
        // ORDERING: SeqCst, a test.
        flags.1.store(true, Ordering::SeqCst);
        other.join().expect("it ends");
    });
}
