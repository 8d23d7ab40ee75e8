//! Single operations, by criterion: what each costs when nothing else is going on.
//!
//! `cargo bench --bench operations -- NAME` runs those whose name contains NAME. Where an operation
//! needs a partner (a switch there and one back, a task that wakes and one that is woken), a round
//! trip is measured, and the elements criterion counts are its halves.
//!
//! The switch and the timer wheel are not public, so their sources are compiled in again here.

#[allow(
    dead_code,
    unused_imports,
    reason = "only a part is measured, and the tests that cargo's cfg(test) adds are not run"
)]
#[path = "../asm/mod.rs"]
mod asm;

#[allow(
    dead_code,
    unused_imports,
    reason = "only a part is measured, and the tests that cargo's cfg(test) adds are not run"
)]
#[path = "../runtime/timer/mod.rs"]
mod timer;

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use teem::runtime::{self, Runtime};
use teem::task::{self, yield_now};

use asm::{Context, Transfer};
use timer::{Key, Wheel};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    switch(&mut criterion);
    yields(&mut criterion);
    spawn(&mut criterion);
    park(&mut criterion);
    wheel(&mut criterion);
    criterion.final_summary();
}

/// To another stack and back: the bare switch, and corosensei's as the oracle.
fn switch(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("switch");
    group.throughput(Throughput::Elements(2));
    group.bench_function("teem", |bencher| {
        let pair = Pair::leak();
        bencher.iter(|| {
            // SAFETY: `here` is the context that runs; `there` was prepared by `Pair::leak`, or has
            // suspended itself in `switch_back`. The pair is leaked, so both stay in place.
            unsafe { asm::switch(&raw mut (*pair).here, &raw mut (*pair).there, black_box(1)) }
        });
    });
    group.bench_function("corosensei", |bencher| {
        let mut coroutine = corosensei::Coroutine::new(|yielder: &corosensei::Yielder<_, _>, _| {
            let mut word = 0;
            loop {
                word = yielder.suspend(word);
            }
        });
        bencher.iter(|| -> usize {
            match coroutine.resume(black_box(1)) {
                corosensei::CoroutineResult::Yield(word) => word,
                corosensei::CoroutineResult::Return(never) => never,
            }
        });
        // SAFETY: nothing on its stack wants to be dropped. Unwinding it would not end its loop.
        unsafe { coroutine.force_reset() };
    });
    group.finish();
}

/// The benchmark's own context and one that only comes back.
struct Pair {
    here: Context,
    there: Context,
}

impl Pair {
    /// A pair whose other half has not started. It and the stack are leaked: that loop never ends.
    fn leak() -> *mut Self {
        const STACK: usize = 64 << 10;
        let pair = Box::into_raw(Box::new(Self {
            here: Context::new(),
            there: Context::new(),
        }));
        let stack = Box::leak(vec![0_u128; STACK / size_of::<u128>()].into_boxed_slice());
        let range = stack.as_mut_ptr_range();
        // SAFETY: the stack is 16-aligned, as `u128` is, leaked and used for nothing else; the pair
        // is leaked too, and the entry takes it as its data.
        unsafe {
            let there = &raw mut (*pair).there;
            asm::prepare(
                there,
                range.end.cast(),
                range.start.cast(),
                switch_back,
                pair.cast(),
            );
        }
        pair
    }
}

/// Comes back with the word it was given, for ever.
unsafe extern "C" fn switch_back(mut word: usize, pair: *mut ()) -> Transfer {
    let pair: *mut Pair = pair.cast();
    loop {
        // SAFETY: the data is a leaked `Pair`, whose `there` runs and whose `here` has just
        // suspended itself to come here.
        word = unsafe { asm::switch(&raw mut (*pair).there, &raw mut (*pair).here, word) };
    }
}

fn runtime_of(workers: usize) -> Runtime {
    let runtime = runtime::Builder::new().workers(workers).build();
    runtime.expect("the system lets a runtime start")
}

/// Two tasks of one worker yield to each other.
fn yields(criterion: &mut Criterion) {
    let runtime = runtime_of(1);
    let mut group = criterion.benchmark_group("yield");
    group.throughput(Throughput::Elements(2));
    group.bench_function("two tasks", |bencher| {
        bencher.iter_custom(|rounds| {
            runtime.run(move || {
                let start = Instant::now();
                let pair =
                    [(); 2].map(|()| teem::spawn(move || (0..rounds).for_each(|_| yield_now())));
                for task in pair {
                    task.join().expect("only yields");
                }
                start.elapsed()
            })
        });
    });
    group.finish();
}

/// A task that does nothing, from the cradle to `join`.
fn spawn(criterion: &mut Criterion) {
    let runtime = runtime_of(1);
    criterion.bench_function("spawn and join", |bencher| {
        bencher.iter_custom(|rounds| {
            runtime.run(move || {
                let start = Instant::now();
                for round in 0..rounds {
                    let task = teem::spawn(move || black_box(round));
                    task.join().expect("only returns");
                }
                start.elapsed()
            })
        });
    });
}

/// Two tasks wake each other in turn. With a time-out each park also puts a timer into the wheel
/// and takes it out again: the difference is what a timer costs that does not fire.
fn park(criterion: &mut Criterion) {
    let forever = || task::park();
    let for_an_hour = || task::park_timeout(Duration::from_secs(3_600));

    let mut group = criterion.benchmark_group("park and unpark");
    group.throughput(Throughput::Elements(2));
    let one = runtime_of(1);
    group.bench_function("one worker", |bencher| {
        bencher.iter_custom(|rounds| one.run(move || ping_pong(rounds, [0, 0], forever)));
    });
    group.bench_function("one worker, with a time-out", |bencher| {
        bencher.iter_custom(|rounds| one.run(move || ping_pong(rounds, [0, 0], for_an_hour)));
    });
    drop(one);
    let two = runtime_of(2);
    group.bench_function("two workers", |bencher| {
        bencher.iter_custom(|rounds| two.run(move || ping_pong(rounds, [0, 1], forever)));
    });
    group.finish();
}

/// How long two tasks on these workers take to wake each other `rounds` times.
fn ping_pong(rounds: u64, workers: [usize; 2], park: fn()) -> Duration {
    let on = |worker| task::Builder::new().worker(worker);
    let starter = on(workers[0]).spawn(move || {
        let turn = Arc::new(AtomicU64::new(0));
        let wait_for = move |turn: &AtomicU64, number| {
            // ORDERING: Relaxed, as `unpark` orders what was before it for who returns from
            // `park`; the number only tells that wake from a stale one.
            while turn.load(Relaxed) < number {
                park();
            }
        };
        let (me, its_turn) = (task::current(), Arc::clone(&turn));
        let returner = on(workers[1]).spawn(move || {
            for round in 0..rounds {
                wait_for(&its_turn, 2 * round + 1);
                // ORDERING: Relaxed, as above.
                its_turn.store(2 * round + 2, Relaxed);
                me.unpark();
            }
        });
        let returner = returner.expect("a task on a worker there is");
        let partner = returner.task();

        let start = Instant::now();
        for round in 0..rounds {
            // ORDERING: Relaxed, as above.
            turn.store(2 * round + 1, Relaxed);
            partner.unpark();
            wait_for(&turn, 2 * round + 2);
        }
        let elapsed = start.elapsed();
        returner.join().expect("only waits and wakes");
        elapsed
    });
    let starter = starter.expect("a task on a worker there is");
    starter.join().expect("only waits and wakes")
}

/// A timer among a million is cancelled and armed anew, as each read with a time-out does it.
fn wheel(criterion: &mut Criterion) {
    const TIMERS: usize = 1_000_000;
    /// As large as the part of a parked frame that is touched anyway: a cache line.
    #[repr(align(64))]
    struct Frame(Option<Key>);

    let mut group = criterion.benchmark_group("timer, cancel and rearm among a million");
    for (name, spread) in [("30 s", 0), ("1 to 5 s", 4_000_000_000)] {
        let mut frames: Vec<Frame> = (0..TIMERS).map(|_| Frame(None)).collect();
        let mut now = Instant::now();
        let mut wheel = Wheel::new(now);
        let mut random = 88_172_645_463_325_252_u64;
        // Marsaglia's xorshift (2003): cheap beside what is measured, and the same every time.
        let mut rearm = |number: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            now += Duration::from_nanos(100);
            let timeout = match spread {
                0 => Duration::from_secs(30),
                _ => Duration::from_nanos(1_000_000_000 + random % spread),
            };
            let Frame(key) = &mut frames[number];
            if let Some(key) = key.take() {
                wheel.remove(key);
            }
            *key = Some(wheel.insert(number, now + timeout));
        };
        (0..TIMERS).for_each(&mut rearm);
        let mut turns = (0..TIMERS).cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| rearm(turns.next().expect("a cycle has no end")));
        });
    }
    group.finish();
}
