//! The figures of `docs/stacks.md`. They assert nothing and are run by hand:
//!
//! ```text
//! cargo test --release stack::tests_measure -- --ignored --nocapture --test-threads=1
//! ```
//!
//! All is timed in short rounds, of which the median counts: others use the machine too.

use std::hint::black_box;
use std::time::Instant;

use super::tests::{arenas, give_all, take, trim_below};
use super::{Class, Pool, Stack};
use crate::sys::mem::{self, GuardKind, Span};

/// The median of the rounds, in nanoseconds for each of `count` things that a round does.
fn median(rounds: usize, count: usize, mut round: impl FnMut(usize)) -> f64 {
    let time = |number| {
        let start = Instant::now();
        round(number);
        start.elapsed().as_nanos() as f64 / count as f64
    };
    let mut times: Vec<f64> = (0..rounds).map(time).collect();
    times.sort_by(f64::total_cmp);
    times[rounds / 2]
}

/// A line of /proc/self/status, in KiB.
fn status(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_whitespace().nth(1));
    value
        .and_then(|value| value.parse().ok())
        .expect("a number")
}

fn touch(stack: &Stack) {
    // SAFETY: the word is the highest of a stack that nothing runs on.
    unsafe { stack.base().sub(8).cast::<u64>().write_volatile(1) };
}

#[test]
#[ignore = "a measurement"]
fn acquire_and_release() {
    let mut pool = Pool::new();
    let time = median(1000, 10_000, |_| {
        for _ in 0..10_000 {
            let stack = pool.acquire(Class::DEFAULT).expect("a stack");
            pool.release(black_box(stack));
        }
    });
    eprintln!("a warm stack, taken and given back: {time:.1} ns");
}

#[test]
#[ignore = "a measurement"]
fn a_million_stacks() {
    const ROUND: usize = 1_600;
    const ROUNDS: usize = 625;
    let mut stacks: Vec<Option<Stack>> = Vec::new();
    stacks.resize_with(ROUND * ROUNDS, || None);
    for class in [Class::K64, Class::K256] {
        let mut pool = Pool::of(arenas(GuardKind::of_this_system()));
        let of = |number| number * ROUND..(number + 1) * ROUND;
        let (resident, tables) = (status("VmRSS"), status("VmPTE"));
        let mappings = mappings_here();
        let taken = median(ROUNDS, ROUND, |number| {
            for stack in &mut stacks[of(number)] {
                *stack = Some(pool.acquire(class).expect("a stack"));
            }
        });
        let touched = median(ROUNDS, ROUND, |number| {
            stacks[of(number)].iter().flatten().for_each(touch);
        });
        let bytes = |name, before| (status(name) - before) * 1024 / stacks.len();
        eprintln!(
            "{} of {class:?}: {taken:.0} ns to take, {touched:.0} ns to touch; {} B resident, {} B of \
             page table; {} mappings for all",
            stacks.len(),
            bytes("VmRSS", resident),
            bytes("VmPTE", tables),
            mappings_here() - mappings,
        );
        let sp = |stack: &Stack| stack.base().wrapping_sub(2000).cast_const();
        let trimmed = median(ROUNDS, ROUND, |number| {
            let parked = stacks[of(number)].iter().flatten();
            trim_below(parked.map(|stack| (stack, sp(stack))));
        });
        let (peak, before) = (status("VmPTE") - tables, tables);
        let given = median(ROUNDS, ROUND, |number| {
            // A pool that is dropped gives all back.
            let mut pool = pool.fellow();
            let back = stacks[of(number)].iter_mut().filter_map(Option::take);
            back.for_each(|stack| pool.release(stack));
        });
        let left = (status("VmPTE") - before) * 100 / peak;
        eprintln!(
            "  {trimmed:.0} ns to trim; {given:.0} ns to give back; {left} % of the page tables stay"
        );
    }
}

fn mappings_here() -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").expect("Linux");
    maps.lines().count()
}

#[test]
#[ignore = "a measurement"]
fn trimming_a_deep_stack() {
    let mut pool = Pool::of(arenas(GuardKind::of_this_system()));
    let stacks = take(&mut pool, Class::M1, 64);
    for pages in [0, 1, 16, 128] {
        let mut times = Vec::new();
        for _ in 0..25 {
            for stack in &stacks {
                for page in 1..=pages {
                    // SAFETY: the byte lies in the usable part of a stack that nothing runs on.
                    unsafe { stack.base().sub(page * 4096 + 1024).write_volatile(1) };
                }
            }
            let sp = |stack: &Stack| stack.base().cast_const();
            let start = Instant::now();
            trim_below(stacks.iter().map(|stack| (stack, sp(stack))));
            times.push(start.elapsed().as_nanos() / stacks.len() as u128);
        }
        times.sort_unstable();
        let time = times[times.len() / 2];
        eprintln!("trimming a stack with {pages} pages too many: {time} ns");
    }
    give_all(&mut pool, stacks);
}

/// One system call for many stacks against one for each, and against asking first.
#[test]
#[ignore = "a measurement"]
fn advice_by_the_batch() {
    const COUNT: usize = 20_480;
    const ROUND: usize = 1_024;
    let (slot, guard) = (Class::K256.size(), Class::K256.guard());
    let kind = GuardKind::of_this_system();
    let fresh = || {
        let start = mem::map_for_ever(COUNT * slot).expect("address space");
        move |index: usize| start.as_ptr().wrapping_add(index * slot)
    };
    for batch in [1, 4, 16, 64] {
        let slot_at = fresh();
        let in_batches = |of: &dyn Fn(usize) -> Span, call: &dyn Fn(&[Span])| {
            median(COUNT / ROUND, ROUND, |number| {
                for first in (number * ROUND..(number + 1) * ROUND).step_by(batch) {
                    let spans: Vec<Span> = (first..first + batch).map(of).collect();
                    call(&spans);
                }
            })
        };
        let low = |index| Span::new(slot_at(index), guard);
        let rest = |index| Span::new(slot_at(index).wrapping_add(guard), slot - guard);
        let touch_all = || {
            for index in 0..COUNT {
                // SAFETY: the mapping is this function's.
                unsafe { slot_at(index + 1).wrapping_sub(8).write_volatile(1) };
            }
        };
        // SAFETY: the mapping is this function's, and nothing in it is used.
        let guarded = in_batches(&low, &|spans| unsafe {
            mem::install_guards(kind, spans).expect("a guard");
        });
        // SAFETY: as above.
        let nothing = in_batches(&rest, &|spans| unsafe { mem::discard(spans) });
        touch_all();
        // SAFETY: as above.
        let page = in_batches(&rest, &|spans| unsafe { mem::discard(spans) });
        eprintln!(
            "{batch} at a time: a guard {guarded:.0} ns; discarding nothing {nothing:.0} ns, \
             a page {page:.0} ns"
        );
    }
    let slot_at = fresh();
    let asked = median(COUNT / ROUND, ROUND, |number| {
        for index in number * ROUND..(number + 1) * ROUND {
            let span = Span::new(slot_at(index).wrapping_add(guard), slot - guard);
            black_box(mem::resident_pages(span).expect("mincore"));
        }
    });
    eprintln!("asking mincore what there is: {asked:.0} ns");
}

/// What spacing and colour bring: `count` tops are visited, in turn and in random order, and six lines
/// of each are touched.
#[test]
#[ignore = "a measurement"]
fn layout_of_the_tops() {
    let size = Class::K256.size();
    for count in [64, 256, 1_000, 10_000, 100_000] {
        let mut line = format!("{count:6} tops:");
        for (name, spacing, colours) in [
            ("plain", 0, 1),
            ("coloured", 0, 8),
            ("spaced", mem::page_size(), 1),
            ("both", mem::page_size(), 8),
        ] {
            let stride = size + spacing;
            let start = mem::map_for_ever(stride * count).expect("address space");
            let top = |index: usize| start.addr().get() + (index + 1) * stride;
            let bases: Vec<usize> = (0..count).map(|i| top(i) - i % colours * 64).collect();
            let place = |base: usize| start.as_ptr().with_addr(base);
            let in_turn = visit(&bases, place);
            let random = visit(&shuffled(bases), place);
            line += &format!("  {name} {in_turn:.1}, {random:.1}");
            // SAFETY: the mapping is this function's.
            unsafe { mem::discard(&[Span::new(start.as_ptr(), stride * count)]) };
        }
        eprintln!("{line}");
    }
    eprintln!("(ns a visit: in turn, in random order)");
}

fn visit(bases: &[usize], place: impl Fn(usize) -> *mut u8) -> f64 {
    // Each frame leads to the next, as the switch finds its way by what it reads from the frame.
    for (index, &base) in bases.iter().enumerate() {
        let next = place(bases[(index + 1) % bases.len()]);
        // SAFETY: a base is the end of a mapped slot that nobody else uses.
        unsafe { place(base).sub(64).cast::<*mut u8>().write(next) };
    }
    let visits = (20_000 / bases.len()).max(1) * bases.len();
    let mut base = place(bases[0]);
    median((2_000_000 / visits).max(5), visits, |_| {
        for _ in 0..visits {
            for line in 2..7 {
                // SAFETY: as above; the frame's lines lie below the base.
                unsafe {
                    let word = base.sub(line * 64).cast::<u64>();
                    word.write_volatile(word.read_volatile() + 1);
                }
            }
            // SAFETY: as above; this word was written before the round.
            base = unsafe { base.sub(64).cast::<*mut u8>().read_volatile() };
        }
        black_box(base);
    })
}

fn shuffled(mut bases: Vec<usize>) -> Vec<usize> {
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    for index in (1..bases.len()).rev() {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        bases.swap(index, random as usize % (index + 1));
    }
    bases
}
