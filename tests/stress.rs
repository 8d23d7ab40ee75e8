//! Everything at once, at random, and afterwards the books must balance.
//!
//! `TEEM_TEST_SEED` repeats the choices of a run, though not the interleaving of its threads;
//! `TEEM_TEST_ROUNDS` makes it longer.

#![forbid(unsafe_code)]

#[path = "support/random.rs"]
mod random;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use random::Random;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use teem::runtime::Runtime;
use teem::task::{self, Builder, Task, park, park_timeout, yield_now};
use teem::{JoinHandle, offload, scope};
use workers::with_workers;

/// What has happened, counted by all.
#[derive(Debug, Default)]
struct Books {
    spawned: AtomicUsize,
    finished: AtomicUsize,
    panicked: AtomicUsize,
    dropped: AtomicUsize,
}

fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::SeqCst);
}

/// What a task returns: counted when it is dropped.
#[derive(Debug)]
struct Result(Arc<Books>);

impl Drop for Result {
    fn drop(&mut self) {
        count(&self.0.dropped);
    }
}

fn spawn(books: &Arc<Books>, random: &mut Random, depth: u32) -> JoinHandle<Result> {
    let (books, random) = (Arc::clone(books), random.split());
    count(&books.spawned);
    teem::spawn(move || live(books, random, depth))
}

/// A task's life: some steps, some of which make more tasks.
fn live(books: Arc<Books>, mut random: Random, depth: u32) -> Result {
    let steps = random.below(8);
    for _ in 0..steps {
        step(&books, &mut random, depth);
    }
    if random.below(50) == 0 {
        count(&books.panicked);
        count(&books.finished);
        // Without the hook: the output would be all about it.
        std::panic::resume_unwind(Box::new("on purpose"));
    }
    count(&books.finished);
    Result(books)
}

fn step(books: &Arc<Books>, random: &mut Random, depth: u32) {
    let short = Duration::from_micros(random.below(300));
    let may_spawn = depth < 4;
    match random.below(14) {
        0 | 1 => yield_now(),
        2 => teem::time::sleep(short),
        3 => park_timeout(short),
        4 => {
            task::current().unpark();
            park();
        }
        5 => {
            let thread = std::thread::current().id();
            assert_ne!(offload(|| std::thread::current().id()), thread);
            assert_eq!(std::thread::current().id(), thread);
        }
        6 => task::forbid_park(|| (0..10).for_each(|_| task::checkpoint())),
        7 => assert_eq!(teem::stack::grow(|| (yield_now(), 7).1), 7),
        8 if may_spawn => drop(spawn(books, random, depth + 1)),
        9 if may_spawn => drop(spawn(books, random, depth + 1).join()),
        10 if may_spawn => {
            let child = spawn(books, random, depth + 1);
            child.cancel();
            child.task().unpark();
            drop(child.join());
        }
        11 if may_spawn => {
            let sum = AtomicUsize::new(0);
            scope(|s| {
                for n in 0..random.below(4) as usize {
                    let (books, mut random, sum) = (Arc::clone(books), random.split(), &sum);
                    s.spawn(move || {
                        step(&books, &mut random, 4);
                        sum.fetch_add(n + 1, Ordering::SeqCst);
                    });
                }
            });
            assert!([0, 1, 3, 6].contains(&sum.into_inner()));
        }
        12 if may_spawn => {
            let worker = random.below(teem::runtime::metrics().workers as u64) as usize;
            let bound = Builder::new().worker(worker).name("bound").spawn(yield_now);
            bound.expect("such a worker").join().expect("no panic");
        }
        _ => task::checkpoint(),
    }
}

fn rounds() -> usize {
    let given = std::env::var("TEEM_TEST_ROUNDS").ok();
    given.map_or(60, |text| {
        text.parse().expect("TEEM_TEST_ROUNDS is a number")
    })
}

#[test]
fn whatever_is_spawned_finishes_and_whatever_it_returns_is_dropped() {
    with_workers([1, 2, 8], |runtime: &Runtime| {
        let mut random = Random::new();
        let books = Arc::new(Books::default());
        for _ in 0..rounds() {
            let roots: Vec<_> = (0..10)
                .map(|_| {
                    let (books, mut random) = (Arc::clone(&books), random.split());
                    runtime.spawn(move || {
                        let children: Vec<_> =
                            (0..10).map(|_| spawn(&books, &mut random, 0)).collect();
                        let results = children.into_iter().map(JoinHandle::join);
                        results.filter(|result| result.is_err()).count()
                    })
                })
                .collect();
            // Joined by threads and in another order than spawned.
            for root in roots.into_iter().rev() {
                root.join().expect("the children's panics are theirs");
            }
        }
        while runtime.metrics().tasks > 0 {
            std::thread::yield_now();
        }
        let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
        let (spawned, panicked) = (count(&books.spawned), count(&books.panicked));
        assert_eq!(count(&books.finished), spawned);
        assert_eq!(count(&books.dropped), spawned - panicked);
        assert_eq!(runtime.metrics().panicked, panicked as u64);
        assert!(spawned >= 100 * rounds());
    });
}

/// Tasks that pass tokens to each other at random: none may be lost or made.
#[test]
fn every_unpark_is_observed() {
    with_workers([1, 2, 8], |runtime| {
        let mut random = Random::new();
        let (players, passes) = (24, 10 * rounds());
        let boxes: Arc<Vec<AtomicUsize>> =
            Arc::new((0..players).map(|_| AtomicUsize::new(0)).collect());
        let who: Arc<std::sync::OnceLock<Vec<Task>>> = Arc::default();
        let left = Arc::new(AtomicUsize::new(players * passes));
        let tasks: Vec<_> = (0..players)
            .map(|me| {
                let (boxes, who, left) = (Arc::clone(&boxes), Arc::clone(&who), Arc::clone(&left));
                let mut random = random.split();
                runtime.spawn(move || {
                    let mut received = 0;
                    loop {
                        let here = boxes[me].swap(0, Ordering::SeqCst);
                        if here == 0 {
                            if left.load(Ordering::SeqCst) == 0 {
                                return received;
                            }
                            // Whoever puts something into the box unparks us afterwards.
                            park();
                            continue;
                        }
                        received += here;
                        let tasks = who.get().expect("set before the first token");
                        for _ in 0..here {
                            if left
                                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| {
                                    n.checked_sub(1)
                                })
                                .is_err()
                            {
                                // The last one ends the game for all.
                                tasks.iter().for_each(Task::unpark);
                                continue;
                            }
                            let next = random.below(players as u64) as usize;
                            boxes[next].fetch_add(1, Ordering::SeqCst);
                            tasks[next].unpark();
                        }
                    }
                })
            })
            .collect();
        who.set(tasks.iter().map(JoinHandle::task).collect())
            .expect("set once");
        for (place, task) in boxes.iter().zip(who.get().expect("set")).take(players / 2) {
            place.fetch_add(1, Ordering::SeqCst);
            task.unpark();
        }
        let received: usize = tasks.into_iter().map(|task| task.join().unwrap()).sum();
        let lying: usize = boxes.iter().map(|place| place.load(Ordering::SeqCst)).sum();
        assert_eq!(received + lying, players / 2 + players * passes);
    });
}

#[test]
fn a_runtime_dropped_in_the_middle_of_it_all_ends() {
    let _watchdog = watchdog::Watchdog::start();
    let mut random = Random::new();
    for round in 0..rounds() {
        let builder = teem::runtime::Builder::new().workers([1, 2, 8][round % 3]);
        let runtime = builder.build().expect("a runtime");
        let books = Arc::new(Books::default());
        for _ in 0..20 {
            let (books, mut random) = (Arc::clone(&books), random.split());
            drop(runtime.spawn(move || drop(spawn(&books, &mut random, 0).join())));
        }
        drop(runtime);
        let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
        let spawned = count(&books.spawned);
        assert!(spawned >= 20);
        assert_eq!(count(&books.finished), spawned);
        assert_eq!(count(&books.dropped) + count(&books.panicked), spawned);
    }
}
