//! Tests of stacks, arenas and pools, named by the hazard. What ends a process is in
//! `tests_overflow.rs`.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::{Barrier, Mutex};
use std::time::{Duration, Instant};

use super::arena::Arenas;
use super::pool::PERIOD;
use super::{Class, Pool, Stack, guard};
use crate::sys::mem::{self, GuardKind};

/// Arenas of a test's own, so that no other test takes or gives back in between.
pub(super) fn arenas(kind: GuardKind) -> &'static Arenas {
    Box::leak(Box::new(Arenas::new(Some(kind))))
}

pub(super) fn private_pool() -> Pool {
    Pool::of(arenas(GuardKind::of_this_system()))
}

pub(super) fn take(pool: &mut Pool, class: Class, count: usize) -> Vec<Stack> {
    let take = |_| pool.acquire(class).expect("a stack");
    (0..count).map(take).collect()
}

pub(super) fn give_all(pool: &mut Pool, stacks: Vec<Stack>) {
    for stack in stacks {
        pool.release(stack);
    }
}

/// Whether the byte `offset` bytes from the limit is out of reach, asked of a system call.
pub(super) fn is_guarded(stack: &Stack, offset: isize) -> bool {
    let address = stack.limit().wrapping_offset(offset);
    // SAFETY: nothing runs on the stack, so its bytes and those of its guard are nobody's.
    unsafe { mem::refuses_writes(address) }.expect("a pipe")
}

/// Writes to the word `depth` bytes below the base.
pub(super) fn write(stack: &Stack, depth: usize, value: u64) {
    let place = stack.base().wrapping_sub(depth).cast::<u64>();
    // SAFETY: the word lies in the usable part, and nothing runs on the stack.
    unsafe { place.write_volatile(value) };
}

pub(super) fn read(stack: &Stack, depth: usize) -> u64 {
    let place = stack.base().wrapping_sub(depth).cast::<u64>();
    // SAFETY: as in `write`; fresh pages read zero.
    unsafe { place.read_volatile() }
}

/// What a stack keeps from others, guard included.
fn reach(stack: &Stack) -> Range<usize> {
    stack.limit().addr() - stack.class().guard()..stack.base().addr()
}

#[test]
fn asking_for_the_default_size_does_not_get_the_next_class() {
    assert_eq!(Class::for_size(256 << 10).expect("fits"), Class::DEFAULT);
    assert_eq!(Class::for_size((256 << 10) + 1).expect("fits"), Class::M1);
    assert_eq!(Class::for_size(256 << 20).expect("fits"), Class::LARGEST);
    let error = Class::for_size((256 << 20) + 1).expect_err("too large");
    assert!(error.to_string().contains("268435457"), "{error}");
    assert!(error.to_string().contains("268435456"), "{error}");
}

/// The stacks of two pools that take one after the other.
fn taken_in_turn(class: Class, times: usize) -> [Vec<Stack>; 2] {
    let mut pool = private_pool();
    let mut fellow = pool.fellow();
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for _ in 0..times {
        ours.extend(take(&mut pool, class, 1));
        others.extend(take(&mut fellow, class, 1));
    }
    [ours, others]
}

/// Two workers that build page tables at once should not wait for the lock of one.
#[test]
fn pools_in_turn_are_supplied_from_places_apart() {
    let [ours, others] = taken_in_turn(Class::K64, 40);
    let place = |stack: &Stack| stack.base().addr();
    let least_other = others.iter().map(place).min();
    assert!(ours.iter().map(place).max() < least_other);
}

/// To the kernel an arena is one mapping, and two workers that fault in one wait for each other.
#[test]
fn pools_that_need_much_are_supplied_from_arenas_of_their_own() {
    let arenas = |stacks: Vec<Stack>| stacks.iter().map(Stack::arena).collect::<HashSet<_>>();
    let [ours, others] = taken_in_turn(Class::K256, 200).map(arenas);
    assert_eq!(ours.intersection(&others).collect::<Vec<_>>(), [&0]);
    assert!(ours.len() > 1 && others.len() > 1);
}

#[test]
fn the_guard_begins_where_the_usable_part_ends() {
    for kind in [GuardKind::of_this_system(), GuardKind::Protected] {
        let mut pool = Pool::of(arenas(kind));
        for class in Class::ALL {
            for stack in take(&mut pool, class, 2) {
                assert!(!is_guarded(&stack, 0), "{class:?}, {kind:?}");
                assert!(is_guarded(&stack, -1), "{class:?}, {kind:?}");
                assert!(is_guarded(&stack, -(class.guard() as isize)), "{class:?}");
                let usable = stack.base().addr() - stack.limit().addr();
                assert!(usable > class.size() - class.guard() - 512, "{class:?}");
                pool.release(stack);
            }
        }
    }
}

#[test]
fn first_frames_of_neighbours_lie_on_different_lines() {
    let mut pool = private_pool();
    let stacks = take(&mut pool, Class::K256, 8);
    let lines: HashSet<_> = stacks
        .iter()
        .map(|stack| stack.base().addr() % 4096)
        .collect();
    assert_eq!(lines.len(), stacks.len());
    assert!(lines.iter().all(|line| line.is_multiple_of(16)));
    let room = |stack: &Stack| (stack.base().addr() - 1) % 4096 + 1;
    assert!(stacks.iter().all(|stack| room(stack) >= 3584));
}

#[test]
fn the_stack_given_back_last_is_used_first() {
    let mut pool = private_pool();
    let stacks = take(&mut pool, Class::K64, 3);
    let bases: Vec<_> = stacks.iter().map(Stack::base).collect();
    give_all(&mut pool, stacks);
    for base in bases.into_iter().rev() {
        let stack = pool.acquire(Class::K64).expect("a stack");
        assert_eq!(stack.base(), base);
    }
}

#[test]
fn no_two_live_stacks_overlap() {
    let mut pool = private_pool();
    let mut live: BTreeMap<usize, (Stack, u64)> = BTreeMap::new();
    let mut now = Instant::now();
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    for step in 0..20_000 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        if random.is_multiple_of(50) {
            now += Duration::from_millis(400);
            pool.sweep(now, 64 * Class::K256.size());
        } else if random % 5 < 3 && live.len() < 600 {
            let class = Class::ALL[(random >> 20) as usize % 3];
            let stack = pool.acquire(class).expect("a stack");
            let reach = reach(&stack);
            let below = live.range(..reach.end).next_back();
            assert!(below.is_none_or(|(_, (other, _))| other.base().addr() <= reach.start));
            write(&stack, 8, step);
            live.insert(reach.start, (stack, step));
        } else if let Some(&start) = live.keys().nth((random >> 30) as usize % live.len().max(1)) {
            let (stack, stamp) = live.remove(&start).expect("it is live");
            assert_eq!(read(&stack, 8), stamp, "somebody else wrote there");
            pool.release(stack);
        }
    }
}

#[test]
fn pools_on_several_threads_share_no_stack() {
    let arenas = arenas(GuardKind::of_this_system());
    let bases = Mutex::new(HashSet::new());
    let all_have_theirs = Barrier::new(4);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut pool = Pool::of(arenas);
                for round in 0..20 {
                    let stacks = take(&mut pool, Class::K256, 10 + round);
                    let new = |stack: &Stack| bases.lock().unwrap().insert(stack.base().addr());
                    assert!(stacks.iter().all(new), "one stack for two threads");
                    all_have_theirs.wait();
                    bases.lock().unwrap().clear();
                    all_have_theirs.wait();
                    give_all(&mut pool, stacks);
                    if round % 5 == 4 {
                        pool = Pool::of(arenas);
                    }
                }
            });
        }
    });
}

/// What the scheduler does to parked tasks, for stacks on which no task runs.
pub(super) fn trim_below<'a>(parked: impl Iterator<Item = (&'a Stack, *const u8)>) {
    let dead: Vec<_> = parked.filter_map(|(stack, sp)| stack.dead(sp)).collect();
    for spans in dead.chunks(64) {
        // SAFETY: no task runs on these stacks.
        unsafe { mem::discard(spans) };
    }
}

#[test]
fn an_idle_pool_halves_until_it_keeps_a_few() {
    let mut pool = private_pool();
    let stacks = take(&mut pool, Class::K256, 1000);
    give_all(&mut pool, stacks);
    let mut now = Instant::now();
    assert_eq!(
        pool.sweep(now, usize::MAX),
        0,
        "nothing is known to be idle"
    );
    // Those that came with the last one are there, too; and 64 stay.
    assert!((1000..1064).contains(&pool.len()));
    let mut excess = pool.len() - 64;
    let mut second = 0;
    while pool.next_sweep().is_some() {
        now += PERIOD;
        // In the first period the pool was empty once.
        let given = if second == 0 { 0 } else { excess.div_ceil(2) };
        excess -= given;
        let trimmed = if second == 1 { 64 + excess } else { 0 };
        assert_eq!(pool.sweep(now, usize::MAX), given + trimmed);
        second += 1;
        assert!(second < 20, "it does not end");
    }
    assert_eq!(excess, 0);
}

#[test]
fn a_pool_in_use_gives_nothing_back() {
    let mut pool = private_pool();
    let mut now = Instant::now();
    for _ in 0..10 {
        let stacks = take(&mut pool, Class::K256, 512);
        give_all(&mut pool, stacks);
        now += PERIOD;
        assert_eq!(pool.sweep(now, usize::MAX), 0);
    }
}

#[test]
fn a_sweep_keeps_to_its_limit() {
    let mut pool = private_pool();
    let stacks = take(&mut pool, Class::K64, 320);
    give_all(&mut pool, stacks);
    let mut now = Instant::now();
    for _ in 0..3 {
        assert!(pool.sweep(now, 10 * Class::K64.size()) <= 10);
        now += PERIOD;
    }
    let mut work = 0;
    while pool.sweep(now, 10 * Class::K64.size()) == 10 {
        work += 1;
    }
    assert!(work > 10, "what was left over is done");
}

#[test]
fn only_guards_are_taken_for_overflows() {
    let mut pool = private_pool();
    for class in Class::ALL {
        for stack in take(&mut pool, class, 3) {
            let limit = stack.limit().addr();
            assert_eq!(guard::size_of_overflowed(limit - 1), Some(class.size()));
            assert_eq!(
                guard::size_of_overflowed(limit - class.guard()),
                Some(class.size())
            );
            assert_eq!(guard::size_of_overflowed(limit), None);
            assert_eq!(guard::size_of_overflowed(stack.base().addr() - 1), None);
        }
    }
    assert_eq!(guard::size_of_overflowed(0), None);
    assert_eq!(guard::size_of_overflowed(usize::MAX), None);
    assert_eq!(guard::size_of_overflowed((&raw const pool).addr()), None);
}

/// Every branch that a refused system call leads to.
#[cfg(teem_fault)]
mod faults {
    use super::*;
    use crate::sys::fault;

    const ENOMEM: i32 = 12;

    #[test]
    fn a_refused_arena_is_asked_for_again_by_half() {
        let mut pool = private_pool();
        let injection = fault::inject("mmap", 1, ENOMEM);
        assert_eq!(take(&mut pool, Class::K256, 100).len(), 100);
        assert!(injection.has_struck());
    }

    #[test]
    fn a_pool_that_is_refused_an_arena_of_its_own_shares_one() {
        let mut pool = private_pool();
        let mut fellow = pool.fellow();
        let first = take(&mut pool, Class::K64, 256);
        let theirs = fellow.acquire(Class::K64).expect("a second arena");
        assert!(first.iter().all(|stack| stack.arena() != theirs.arena()));
        let injection = fault::inject("mmap", 1, ENOMEM);
        let shared = pool.acquire(Class::K64).expect("a share of it");
        assert!(injection.has_struck());
        assert_eq!(shared.arena(), theirs.arena());
    }

    #[test]
    fn a_refused_guard_keeps_the_slots_before_it() {
        let mut pool = Pool::of(arenas(GuardKind::Protected));
        let injection = fault::inject("mprotect", 5, ENOMEM);
        let stacks = take(&mut pool, Class::K256, 100);
        assert!(injection.has_struck());
        assert!(stacks.iter().all(|stack| is_guarded(stack, -1)));
        let distinct: HashSet<_> = stacks.iter().map(Stack::base).collect();
        assert_eq!(distinct.len(), 100);
    }

    #[test]
    fn a_refused_first_guard_is_an_error_and_no_slot_is_lost() {
        let mut pool = Pool::of(arenas(GuardKind::Protected));
        let injection = fault::inject("mprotect", 1, ENOMEM);
        assert!(pool.acquire(Class::K64).is_err());
        assert!(injection.has_struck());
        assert_eq!(take(&mut pool, Class::K64, 256).len(), 256);
    }

    #[test]
    fn a_refused_signal_stack_is_an_error() {
        let _injection = fault::inject("sigaltstack", 1, ENOMEM);
        assert!(guard::SignalStack::new().is_err());
    }
}

#[test]
fn a_stack_pointer_that_lies_elsewhere_trims_nothing() {
    let mut pool = Pool::new();
    let stack = pool.acquire(Class::K256).unwrap();
    let (limit, top) = (stack.limit(), stack.top());
    for sp in [
        limit.wrapping_sub(1),
        top.wrapping_add(1),
        top.wrapping_add(1 << 30),
    ] {
        assert!(stack.dead(sp).is_none() && stack.live(sp).is_none());
    }
    assert!(stack.dead(top).is_some() && stack.live(top).is_some());
    pool.release(stack);
}
