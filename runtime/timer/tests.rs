//! The wheel against a naive model, and the places where a wheel goes wrong: the boundaries of its
//! levels, crowded slots, deadlines past and far, cancelling, and waking for nothing.

use std::cell::RefCell;
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::wheel::{CROWD, PIECE};
use super::{Key, Pace, Wheel};

/// Nanoseconds of a tick, written here a second time on purpose.
const TICK: u64 = 65_536;

/// Somebody who waits.
#[derive(Debug, Default)]
struct Sleeper {
    /// Of the last time it was inserted.
    key: Option<Key>,
    /// In nanoseconds after the start, while pending.
    deadline: Option<u128>,
}

/// A wheel of the sleepers' numbers, and what a list without any structure says should happen.
struct Bench {
    wheel: Wheel<usize>,
    start: Instant,
    now: u128,
    sleepers: Vec<Sleeper>,
}

impl Bench {
    fn new(sleepers: usize) -> Self {
        let start = Instant::now();
        Self {
            wheel: Wheel::new(start),
            start,
            now: 0,
            sleepers: (0..sleepers).map(|_| Sleeper::default()).collect(),
        }
    }

    fn at(&self, nanoseconds: u128) -> Instant {
        let seconds = u64::try_from(nanoseconds / 1_000_000_000).unwrap();
        let rest = (nanoseconds % 1_000_000_000) as u32;
        self.start + Duration::new(seconds, rest)
    }

    fn insert(&mut self, id: usize, deadline: u128) {
        let at = self.at(deadline);
        self.sleepers[id] = Sleeper {
            key: Some(self.wheel.insert(id, at)),
            deadline: Some(deadline),
        };
    }

    /// The key of what has fired or was removed is used again, too.
    fn remove(&mut self, id: usize) -> bool {
        let sleeper = &mut self.sleepers[id];
        let was_pending = sleeper.key.is_some_and(|key| self.wheel.remove(key));
        assert_eq!(was_pending, sleeper.deadline.take().is_some());
        was_pending
    }

    /// Moves on to `now`, checks all that fired against the model and returns it in order.
    fn expire(&mut self, now: u128) -> Vec<usize> {
        self.now = self.now.max(now);
        let mut fired = Vec::new();
        let at = self.at(now);
        let fetched = RefCell::new(Vec::new());
        let fetch = |ids: &[usize]| fetched.borrow_mut().extend_from_slice(ids);
        self.wheel.expire(at, fetch, |id| fired.push(id));
        assert_eq!(*fetched.borrow(), fired, "each is fetched, in its turn");
        for &id in &fired {
            let deadline = self.sleepers[id].deadline.take().expect("fired twice");
            assert!(deadline <= self.now, "{id} fired early");
        }
        for (id, deadline) in self.pending() {
            let due = deadline.next_multiple_of(TICK.into());
            assert!(due > self.now, "{id} did not fire");
        }
        assert_eq!(self.wheel.len(), self.pending().count());
        fired
    }

    fn pending(&self) -> impl Iterator<Item = (usize, u128)> {
        let all = self.sleepers.iter().enumerate();
        all.filter_map(|(id, sleeper)| Some((id, sleeper.deadline?)))
    }

    /// `next_deadline` in nanoseconds, checked to be no later than the first one pending.
    fn next(&self) -> Option<u128> {
        let next = self.wheel.next_deadline();
        let next = next.map(|at| at.duration_since(self.start).as_nanos());
        let first = self.pending().map(|(_, deadline)| deadline).min();
        if let Some(first) = first {
            let first = first.max(self.now).next_multiple_of(TICK.into());
            assert!(
                next.is_some_and(|next| next <= first),
                "sleeps past {first}"
            );
        } else {
            assert_eq!(next, None, "would wake for nothing");
        }
        next
    }

    /// Sleeps from deadline to deadline until nothing is pending; counts the wakes.
    fn run_dry(&mut self) -> (Vec<usize>, usize) {
        let (mut order, mut wakes) = (Vec::new(), 0);
        while let Some(next) = self.next() {
            let mut fired = self.expire(next);
            wakes += 1;
            while self.wheel.is_behind() {
                fired.extend(self.expire(next));
            }
            let later = self.next().is_none_or(|after| after > next);
            assert!(later, "woke at {next} and would wake again at once");
            order.extend(fired);
        }
        (order, wakes)
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): a seed gives the same run everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Every order of magnitude below 2^`bits` alike, so that every level is met.
    fn magnitude(&mut self, bits: u32) -> u128 {
        let shift = 64 - bits + self.below(bits as usize) as u32;
        u128::from(self.next() >> shift)
    }
}

fn check_against_the_model(seed: u64, steps: usize, bits: u32) {
    let mut random = Random(seed);
    let sleepers = 48;
    let mut bench = Bench::new(sleepers);
    for _ in 0..steps {
        let id = random.below(sleepers);
        match random.below(8) {
            0..4 => {
                bench.remove(id);
                let ahead = random.magnitude(bits);
                let past = random.below(8) == 0;
                let deadline = if past {
                    bench.now.saturating_sub(ahead)
                } else {
                    bench.now + ahead
                };
                bench.insert(id, deadline);
            }
            4 => {
                bench.remove(id);
            }
            5 => {
                let now = bench.now + random.magnitude(bits);
                bench.expire(now);
            }
            6 => {
                if let Some(next) = bench.next() {
                    bench.expire(next + random.magnitude(18));
                }
            }
            _ => {
                // Time that stands still, or goes back, changes nothing but fires what is due.
                let now = bench.now.saturating_sub(random.magnitude(20));
                bench.expire(now);
            }
        }
        bench.next();
    }
    bench.run_dry();
}

#[test]
fn random_operations_agree_with_a_naive_model() {
    let (rounds, steps) = (300, 2_000);
    let first = RandomState::new().hash_one(rounds);
    for round in 0..rounds {
        let seed = first.wrapping_add(round);
        // Near deadlines crowd the low levels, far ones reach the high ones: both, and between.
        // The sum of all advances must stay below 2^64 ns, where the wheel's time ends.
        let bits = [22, 30, 40, 50][(seed % 4) as usize];
        let result = catch_unwind(AssertUnwindSafe(|| {
            check_against_the_model(seed, steps, bits);
        }));
        assert!(
            result.is_ok(),
            "failed with seed {seed}, {steps} steps, {bits} bits"
        );
    }
}

#[test]
fn fires_neither_early_nor_late_at_the_boundaries_of_every_level() {
    // Around each power of 64 ticks, seen from the beginning and from just before a boundary.
    let all = [0, 63, 1, 64, 4_095, 4_096 * 63 + 4_095];
    for elapsed in all {
        for level in 0..8 {
            for offset in [-1, 0, 1] {
                for nanoseconds in [-1, 0, 1] {
                    let ticks = elapsed + 64_i128.pow(level) + offset;
                    let deadline = ticks * i128::from(TICK) + nanoseconds;
                    let deadline = u128::try_from(deadline).unwrap_or(0);
                    let due = deadline.next_multiple_of(TICK.into());

                    let mut bench = Bench::new(1);
                    bench.expire(elapsed as u128 * u128::from(TICK));
                    bench.insert(0, deadline);
                    if due > bench.now {
                        assert_eq!(bench.next(), Some(due));
                        assert!(bench.expire(due - 1).is_empty());
                    }
                    assert_eq!(bench.expire(due), [0]);
                }
            }
        }
    }
}

#[test]
fn all_fire_in_the_order_of_their_ticks_across_levels() {
    // One in every slot of every level. The end of slot 63 of the last one is that of time.
    let slots = (0..8).flat_map(|level| (1..64).map(move |digit| (level, digit)));
    let deadlines: Vec<u128> = slots
        .map(|(level, digit)| (u128::from(TICK) * digit) << (6 * level))
        .collect();
    let in_order: Vec<usize> = (0..deadlines.len()).collect();

    // All in one call ..
    let mut bench = Bench::new(deadlines.len());
    for &id in in_order.iter().rev() {
        bench.insert(id, deadlines[id]);
    }
    let end = u128::from(u64::MAX) - u128::from(TICK);
    assert_eq!(bench.expire(end), in_order);

    // .. and a wake for each.
    let mut bench = Bench::new(deadlines.len());
    for &id in &in_order {
        bench.insert(id, deadlines[id]);
    }
    let wakes = in_order.len();
    assert_eq!(bench.run_dry(), (in_order, wakes));
}

#[test]
fn many_in_one_slot_all_fire_and_leave_it_empty() {
    let count = 5_000;
    let mut bench = Bench::new(count);
    // Beyond the first two levels, such a crowd is worth a wake a level, one slot ahead.
    for (deadline, most_wakes) in [(3, 1), (100, 1), (50_000, 3), (10_000_000, 5)] {
        for id in 0..count {
            bench.insert(id, bench.now + deadline * u128::from(TICK));
        }
        let (mut fired, wakes) = bench.run_dry();
        fired.sort_unstable();
        assert_eq!(fired, (0..count).collect::<Vec<_>>());
        assert!(wakes <= most_wakes, "{wakes} wakes");
    }
}

/// A crowd goes down by the piece, before its turn: what is due meanwhile does not wait for all of it.
#[test]
fn a_crowd_is_moved_by_the_piece_ahead_of_its_time() {
    let slot = 4_096 * u128::from(TICK);
    for level_slots in [2, 3, 40] {
        let crowd = 100;
        let mut bench = Bench::new(crowd + 1);
        for id in 0..crowd {
            bench.insert(id, slot * level_slots + (id as u128) * slot / crowd as u128);
        }
        let ahead = slot * (level_slots - 1);
        assert_eq!(bench.next(), Some(ahead), "one slot before its turn");
        assert!(!bench.wheel.is_behind());
        let mut calls = 0;
        while calls == 0 || bench.wheel.is_behind() {
            // What comes to be due meanwhile is not held up.
            bench.insert(crowd, ahead);
            assert_eq!(bench.expire(ahead), [crowd]);
            calls += 1;
        }
        let least = (crowd as u64 - CROWD) / PIECE;
        assert!(calls >= least, "{calls} calls for {crowd}");
        let (order, _) = bench.run_dry();
        assert_eq!(order, (0..crowd).collect::<Vec<_>>());
    }
}

#[test]
fn removing_head_middle_and_tail_keeps_the_rest() {
    for gone in 0..5 {
        let mut bench = Bench::new(5);
        for id in 0..5 {
            bench.insert(id, u128::from(TICK) * 1_000);
        }
        assert!(bench.remove(gone));
        assert!(!bench.remove(gone), "was pending after it was removed");
        let (mut fired, _) = bench.run_dry();
        fired.sort_unstable();
        let rest: Vec<usize> = (0..5).filter(|&id| id != gone).collect();
        assert_eq!(fired, rest);
    }
}

#[test]
fn what_has_fired_is_not_pending_and_can_be_inserted_again() {
    let mut bench = Bench::new(1);
    bench.insert(0, 1);
    assert_eq!(bench.expire(TICK.into()), [0]);
    assert!(!bench.remove(0));
    bench.insert(0, 2 * u128::from(TICK));
    assert!(bench.expire(TICK.into()).is_empty());
    assert_eq!(bench.expire(2 * u128::from(TICK)), [0]);
}

#[test]
fn past_deadlines_are_due_at_once_but_before_nothing_else() {
    let mut bench = Bench::new(3);
    let now = 1_000_000 * u128::from(TICK);
    bench.expire(now);
    bench.insert(0, now + 1);
    bench.insert(1, 0);
    bench.insert(2, now);
    assert_eq!(bench.next(), Some(now), "what is due must not wait");
    // Even when the clock has not moved since.
    let mut fired = bench.expire(now);
    fired.sort_unstable();
    assert_eq!(fired, [1, 2]);
    assert_eq!(bench.expire(now + u128::from(TICK)), [0]);
}

#[test]
fn deadlines_before_the_start_are_due_at_once() {
    let Some(start) = Instant::now().checked_add(Duration::from_secs(3_600)) else {
        return;
    };
    let mut wheel = Wheel::new(start);
    wheel.insert((), start - Duration::from_secs(1_800));
    assert_eq!(wheel.next_deadline(), Some(start));
    let mut fired = 0;
    wheel.expire(start - Duration::from_secs(1), |_| {}, |()| fired += 1);
    assert_eq!((fired, wheel.len()), (1, 0));
}

#[test]
fn deadlines_beyond_the_end_of_time_never_fire_and_wake_nobody() {
    let mut bench = Bench::new(2);
    let end = u128::from(u64::MAX);
    let far = Duration::from_secs(1 << 40);
    let key = bench.wheel.insert(0, bench.start + far);
    assert_eq!(bench.wheel.next_deadline(), None);

    // A mortal one beside it, in the very last slot, is not held back by it.
    let last = end - 2 * u128::from(TICK);
    bench.insert(1, last);
    let mut fired = Vec::new();
    let at_the_end = bench.at(end);
    (bench.wheel).expire(at_the_end, |_| {}, |id| fired.push(id));
    assert_eq!(fired, [1]);

    let after_all = bench.start + far + far;
    let fired = |_| panic!("fired, though it never should");
    bench.wheel.expire(after_all, |_| {}, fired);
    assert_eq!(bench.wheel.next_deadline(), None);
    assert!(bench.wheel.remove(key));
    assert_eq!(bench.wheel.len(), 0);
}

#[test]
fn one_sleeper_is_one_wake_however_long_it_sleeps() {
    for milliseconds in [1, 10, 1_000, 60_000, 86_400_000, 31_536_000_000_u128] {
        let mut bench = Bench::new(1);
        bench.insert(0, milliseconds * 1_000_000);
        assert_eq!(bench.run_dry(), (vec![0], 1));
    }
}

#[test]
fn a_bound_left_by_what_was_removed_costs_one_wake_and_no_busy_loop() {
    let mut bench = Bench::new(2);
    // Both on the third level, beyond its next slot.
    let slot = 4_096 * u128::from(TICK);
    bench.insert(0, 2 * slot + 10);
    bench.insert(1, 3 * slot - u128::from(TICK));
    bench.remove(0);
    // `run_dry` asserts that each wake fires or moves the next one.
    assert_eq!(bench.run_dry(), (vec![1], 2));
}

#[test]
fn an_emptied_slot_wakes_nobody() {
    let mut bench = Bench::new(3);
    for (id, ticks) in [10, 500, 10_000].into_iter().enumerate() {
        bench.insert(id, ticks * u128::from(TICK));
    }
    bench.remove(0);
    assert_eq!(bench.next(), Some(500 * u128::from(TICK)));
    bench.remove(1);
    assert_eq!(bench.next(), Some(10_000 * u128::from(TICK)));
    bench.remove(2);
    assert_eq!(bench.next(), None);
}

#[test]
fn the_key_of_what_has_fired_does_not_name_what_came_into_its_place() {
    let start = Instant::now();
    let mut wheel = Wheel::new(start);
    let old = wheel.insert("old", start);
    wheel.expire(start, |_| {}, |value| assert_eq!(value, "old"));
    let new = wheel.insert("new", start);
    assert!(!wheel.remove(old));
    assert!(wheel.remove(new));
    assert!(!wheel.remove(new));
}

#[test]
fn the_memory_of_a_peak_is_given_back_and_its_keys_stay_void() {
    let start = Instant::now();
    let mut wheel = Wheel::new(start);
    let count = 20_000;
    let keys: Vec<_> = (0..count).map(|id| wheel.insert(id, start)).collect();
    let peak = wheel.room();
    assert!(peak >= count);
    let mut fired = 0;
    wheel.expire(start, |_| {}, |_| fired += 1);
    assert_eq!(fired, count);
    assert!(wheel.room() < peak);
    let rest = wheel.insert(0, start);
    assert!(!keys.into_iter().any(|key| wheel.remove(key)));
    assert!(wheel.remove(rest));
}

#[test]
fn what_fired_may_wake_is_removed_after_expire_and_may_have_fired_too() {
    // Two deadlines of one task: the first to fire wakes it, and when it runs it removes both.
    let mut bench = Bench::new(2);
    bench.insert(0, 10);
    bench.insert(1, 5 * u128::from(TICK));
    let mut woken = Vec::new();
    let at = bench.at(TICK.into());
    bench.wheel.expire(at, |_| {}, |id| woken.push(id));
    assert_eq!(woken, [0]);
    bench.sleepers[0].deadline = None;
    assert!(!bench.remove(0));
    assert!(bench.remove(1));
    assert_eq!(bench.next(), None);
}

#[test]
fn a_panic_in_fired_leaves_the_others_pending() {
    let mut bench = Bench::new(4);
    for id in 0..4 {
        bench.insert(id, 1);
    }
    let at = bench.at(TICK.into());
    let wheel = &mut bench.wheel;
    let mut panicked = None;
    let result = catch_unwind(AssertUnwindSafe(|| {
        let fired = |id| {
            panicked = Some(id);
            panic!("expected by the test");
        };
        wheel.expire(at, |_| {}, fired);
    }));
    assert!(result.is_err());
    assert_eq!(bench.wheel.len(), 3);
    bench.sleepers[panicked.unwrap()].deadline = None;
    assert_eq!(bench.expire(TICK.into()).len(), 3);
}

/// Few timers are woken for one by one, many by the window.
#[test]
fn many_timers_are_taken_together_and_few_are_not() {
    let start = Instant::now();
    let at = |micros| start + Duration::from_micros(micros);
    let pace = Pace::new(start);
    for micros in (100..100_000).step_by(500) {
        pace.count(1, at(micros));
        assert_eq!(pace.wake_at(at(micros + 7)), at(micros + 7), "few");
    }
    let pace = Pace::new(start);
    pace.count(7, at(2_000));
    assert_eq!(pace.wake_at(at(2_001)), at(2_001), "one is missing");
    pace.count(1, at(2_100));
    assert_eq!(pace.wake_at(at(2_101)), at(3_000), "the rest of the window");
    assert_eq!(
        pace.wake_at(at(3_001)),
        at(3_001),
        "what is due later is not moved"
    );
    pace.count(100, at(3_010));
    assert_eq!(pace.wake_at(at(3_020)), at(4_010));
    pace.count(1, at(5_000));
    assert_eq!(pace.wake_at(at(5_001)), at(5_001), "they have become few");
}
