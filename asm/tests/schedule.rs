//! The same random schedule on our contexts and on `corosensei`'s coroutines must leave the same
//! trace.
//!
//! Each of some contexts walks through its own random numbers: it recurses, comes back up, switches
//! to any other that has not ended, or ends. What it keeps on its stack goes into the trace, so
//! that a word lost anywhere shows.

use corosensei::{Coroutine, CoroutineResult, Yielder};

use super::*;

const CONTEXTS: usize = 6;
const STEPS: usize = 400;

/// What both sides share: who is alive, and what happened.
struct Script {
    alive: Vec<bool>,
    trace: Vec<(usize, u64)>,
}

impl Script {
    fn new() -> Self {
        Self {
            alive: vec![true; CONTEXTS],
            trace: Vec::new(),
        }
    }

    /// Any of those that have not ended; none if all have.
    fn choose(&self, random: u64) -> Option<usize> {
        let alive: Vec<usize> = (0..CONTEXTS).filter(|&n| self.alive[n]).collect();
        let index = random as usize % alive.len().max(1);
        alive.get(index).copied()
    }
}

/// xorshift64*, Vigna 2016.
fn random(state: &mut u64) -> u64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    state.wrapping_mul(0x2545_F491_4F6C_DD1D)
}

/// Walks: `go(to, word)` switches and returns the word that comes back, `note` writes to the trace.
fn walk(
    number: usize,
    state: &mut u64,
    steps: &mut usize,
    depth: usize,
    script: *mut Script,
    go: &dyn Fn(usize, usize) -> usize,
) -> u64 {
    let mut kept = random(state);
    while *steps > 0 {
        *steps -= 1;
        match random(state) % 8 {
            0 | 1 if depth < 40 => {
                kept ^= walk(number, state, steps, depth + 1, script, go).rotate_left(7);
            }
            2 if depth > 0 => return kept,
            _ => {
                // SAFETY: one context runs, so this is the only use of the script while it lasts.
                let to = unsafe { (*script).choose(random(state)) };
                let to = to.expect("the one that runs is alive");
                let word = random(state) as usize;
                // A context does not switch to itself (A3).
                let back = if to == number { word } else { go(to, word) };
                kept = kept.wrapping_mul(31).wrapping_add(back as u64);
                // SAFETY: as above.
                unsafe { (*script).trace.push((number, kept)) };
            }
        }
    }
    kept
}

/// The whole life of one context: returns who goes on (none: the host), and with which word.
fn live(
    number: usize,
    seed: u64,
    arg: usize,
    script: *mut Script,
    go: &dyn Fn(usize, usize) -> usize,
) -> (Option<usize>, usize) {
    let mut state = seed ^ (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut steps = STEPS;
    let kept = walk(number, &mut state, &mut steps, 0, script, go);
    // SAFETY: as in `walk`.
    unsafe {
        (*script).trace.push((number, kept ^ arg as u64));
        (&mut (*script).alive)[number] = false;
        ((*script).choose(random(&mut state)), kept as usize)
    }
}

/// On our contexts.
fn ours(seed: u64) -> (usize, Vec<(usize, u64)>) {
    struct Life {
        number: usize,
        seed: u64,
        script: *mut Script,
        world: *mut World,
    }
    unsafe extern "C" fn entry(arg: usize, data: *mut ()) -> Transfer {
        // SAFETY: it is the life of this context, in a vector that waits.
        let life = unsafe { &*data.cast::<Life>() };
        let own = other(life.world, life.number);
        let go = |to, word| switch_now(own, other(life.world, to), word);
        let (to, arg) = live(life.number, life.seed, arg, life.script, &go);
        let to = to.map_or(host(life.world), |to| other(life.world, to));
        Transfer { to, arg }
    }
    let world = World::new(CONTEXTS);
    let mut script = Script::new();
    let script = &raw mut script;
    let lives: Vec<Life> = (0..CONTEXTS)
        .map(|number| Life {
            number,
            seed,
            script,
            world,
        })
        .collect();
    for life in &lives {
        let data = ptr::from_ref(life).cast_mut().cast();
        start(world, life.number, entry, data);
    }
    let last = switch_now(host(world), other(world, 0), seed as usize);
    // SAFETY: the host is named when all have ended.
    unsafe {
        World::free(world);
        (last, std::mem::take(&mut (*script).trace))
    }
}

/// On coroutines that a loop resumes.
fn theirs(seed: u64) -> (usize, Vec<(usize, u64)>) {
    let mut script = Script::new();
    let script = &raw mut script;
    let mut coroutines: Vec<_> = (0..CONTEXTS)
        .map(|number| {
            Coroutine::new(move |yielder: &Yielder<usize, (usize, usize)>, arg| {
                let go = |to, word| yielder.suspend((to, word));
                live(number, seed, arg, script, &go)
            })
        })
        .collect();
    let (mut to, mut word) = (0, seed as usize);
    loop {
        match coroutines[to].resume(word) {
            CoroutineResult::Yield(next) => (to, word) = next,
            CoroutineResult::Return((Some(next), arg)) => (to, word) = (next, arg),
            CoroutineResult::Return((None, arg)) => {
                // SAFETY: all have ended.
                return (arg, unsafe { std::mem::take(&mut (*script).trace) });
            }
        }
    }
}

#[test]
fn random_schedules_agree_with_corosensei() {
    for seed in 1..=20 {
        let seed = 0x1234_5678_9ABC_DEF1_u64.wrapping_mul(seed);
        let (ours, theirs) = (ours(seed), theirs(seed));
        assert!(theirs.1.len() > CONTEXTS);
        assert_eq!(ours, theirs, "seed {seed}");
    }
}
