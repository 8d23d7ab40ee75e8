//! Tasks: who they are, where they run, in which order, and what they may carry.

#![forbid(unsafe_code)]

#[path = "task/forbid.rs"]
mod forbid;
#[path = "task/join.rs"]
mod join;
#[path = "task/park.rs"]
mod park;
#[path = "support/until.rs"]
mod until;
#[path = "task/unwind.rs"]
mod unwind;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::hint::black_box;
use std::io::ErrorKind;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use teem::task::{self, Builder, spawn_local, yield_now};
use until::until;
use watchdog::Watchdog;
use workers::with_workers;

fn thread_name() -> String {
    let thread = std::thread::current();
    thread.name().expect("workers have names").to_owned()
}

#[test]
fn ids_are_unique_whoever_spawns() {
    with_workers([1, 2, 8], |runtime| {
        let ids = Mutex::new(HashSet::new());
        let note = || assert!(ids.lock().unwrap().insert(task::current().id()));
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    for _ in 0..50 {
                        runtime.run(|| {
                            note();
                            teem::scope(|s| (0..20).for_each(|_| drop(s.spawn(note))));
                        });
                    }
                });
            }
        });
        assert_eq!(ids.into_inner().unwrap().len(), 4 * 50 * 21);
    });
}

#[test]
fn a_task_knows_its_name_and_id() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let named = Builder::new().name("named").spawn(task::current).unwrap();
            let seen = named.task();
            assert_eq!(seen.name(), Some("named"));
            let own = named.join().unwrap();
            assert_eq!(own.name(), Some("named"));
            assert_eq!(own.id(), seen.id());
            assert_eq!(teem::spawn(task::current).join().unwrap().name(), None);
        });
    });
}

#[test]
fn outside_of_a_task_there_is_no_current_one() {
    assert!(task::try_current().is_none());
    assert!(std::panic::catch_unwind(task::current).is_err());
    assert!(std::panic::catch_unwind(|| spawn_local(|| ())).is_err());
    // These do what the thread's own do.
    task::yield_now();
    task::checkpoint();
    task::park_timeout(Duration::from_millis(1));
    std::thread::current().unpark();
    task::park();
}

#[test]
fn an_impossible_stack_size_is_an_error_that_names_it() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let error = Builder::new().stack_size(usize::MAX).spawn(|| ());
            let error = error.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(&usize::MAX.to_string()));
            let smallest = Builder::new().stack_size(0).spawn(|| 7).unwrap();
            assert_eq!(smallest.join().unwrap(), 7);
        });
    });
}

#[test]
fn a_worker_that_does_not_exist_is_an_error() {
    with_workers([1, 2], |runtime| {
        let workers = runtime.metrics().workers;
        runtime.run(|| {
            let error = Builder::new().worker(workers).spawn(|| ()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(&format!("worker {workers}")));
        });
    });
}

#[test]
fn a_task_for_one_worker_runs_on_that_one() {
    with_workers([1, 2, 8], |runtime| {
        let workers = runtime.metrics().workers;
        runtime.run(|| {
            let tasks = (0..workers * 25).map(|n| {
                let task = Builder::new().worker(n % workers).spawn(thread_name);
                (n % workers, task.unwrap())
            });
            for (worker, task) in tasks.collect::<Vec<_>>() {
                assert_eq!(task.join().unwrap(), format!("worker-{worker}"));
            }
        });
    });
}

#[test]
fn what_is_not_send_stays_with_its_thread_over_every_wait() {
    with_workers([1, 2, 8], |runtime| {
        let shared = Arc::new(Mutex::new(0));
        let count = 40;
        let tasks: Vec<_> = (0..count)
            .map(|_| {
                let shared = Arc::clone(&shared);
                runtime.spawn(move || {
                    let home = std::thread::current().id();
                    let counter = Rc::new(Cell::new(0));
                    for round in 0..20 {
                        let other = Rc::clone(&counter);
                        let guard = shared.try_lock();
                        match round % 4 {
                            0 => yield_now(),
                            1 => teem::time::sleep(Duration::from_micros(50)),
                            2 => task::park_timeout(Duration::from_micros(50)),
                            _ => teem::offload(|| ()),
                        }
                        assert_eq!(std::thread::current().id(), home);
                        if let Ok(mut guard) = guard {
                            *guard += 1;
                        }
                        other.set(other.get() + 1);
                    }
                    counter.get()
                })
            })
            .collect();
        let sum: i32 = tasks.into_iter().map(|task| task.join().unwrap()).sum();
        assert_eq!(sum, 20 * count);
        assert!(*shared.lock().unwrap() > 0);
    });
}

#[test]
fn a_local_task_shares_what_is_not_send() {
    with_workers([1, 2, 8], |runtime| {
        let sum = runtime.run(|| {
            let home = std::thread::current().id();
            let sum = Rc::new(RefCell::new(0));
            let tasks: Vec<_> = (1..=100)
                .map(|n| {
                    let sum = Rc::clone(&sum);
                    spawn_local(move || {
                        yield_now();
                        assert_eq!(std::thread::current().id(), home);
                        *sum.borrow_mut() += n;
                        sum
                    })
                })
                .collect();
            tasks
                .into_iter()
                .for_each(|task| drop(task.join().unwrap()));
            Rc::into_inner(sum)
                .expect("all others are gone")
                .into_inner()
        });
        assert_eq!(sum, 5050);
    });
}

thread_local! {
    static TOUCHED: Cell<usize> = const { Cell::new(0) };
    static LAZY: RefCell<Vec<usize>> = RefCell::default();
}

#[test]
fn thread_locals_are_those_of_the_worker() {
    with_workers([1, 2, 8], |runtime| {
        let workers = runtime.metrics().workers;
        let tasks: Vec<_> = (0..200)
            .map(|n| {
                runtime.spawn(move || {
                    for _ in 0..10 {
                        let before = TOUCHED.get();
                        // Nobody else runs on this thread between two waits.
                        TOUCHED.set(before + 1);
                        assert_eq!(TOUCHED.get(), before + 1);
                        yield_now();
                        LAZY.with_borrow_mut(|touched| touched.push(n));
                    }
                })
            })
            .collect();
        tasks.into_iter().for_each(|task| task.join().unwrap());
        let (touched, pushed) = runtime.run(|| {
            let ask = |worker| {
                Builder::new()
                    .worker(worker)
                    .spawn(|| (TOUCHED.get(), LAZY.take()))
            };
            let tasks: Vec<_> = (0..workers).map(|worker| ask(worker).unwrap()).collect();
            let answers = tasks.into_iter().map(|task| task.join().unwrap());
            answers.fold((0, 0), |sum, (touched, pushed)| {
                (sum.0 + touched, sum.1 + pushed.len())
            })
        });
        assert_eq!((touched, pushed), (2_000, 2_000));
    });
}

#[test]
fn tasks_that_yield_take_turns() {
    with_workers([1], |runtime| {
        let (count, rounds) = (3, 50);
        let log = Mutex::new(Vec::new());
        let ready = AtomicUsize::new(0);
        runtime.run(|| {
            teem::scope(|s| {
                for n in 0..count {
                    let (log, ready) = (&log, &ready);
                    s.spawn(move || {
                        ready.fetch_add(1, Ordering::Relaxed);
                        until(|| ready.load(Ordering::Relaxed) == count);
                        for _ in 0..rounds {
                            log.lock().unwrap().push(n);
                            yield_now();
                        }
                    });
                }
            });
        });
        let log = log.into_inner().unwrap();
        assert_eq!(log.len(), count * rounds);
        let turns: Vec<&[usize]> = log.chunks(count).collect();
        assert!(turns.iter().all(|turn| *turn == turns[0]), "{turns:?}");
        assert_eq!(turns[0].iter().collect::<HashSet<_>>().len(), count);
    });
}

#[test]
fn new_tasks_start_while_others_always_yield() {
    with_workers([1, 2], |runtime| {
        let over = Arc::new(AtomicBool::new(false));
        let started = Arc::new(AtomicUsize::new(0));
        let yielders = Arc::new(AtomicUsize::new(0));
        for _ in 0..20 {
            let (over, yielders) = (Arc::clone(&over), Arc::clone(&yielders));
            drop(runtime.spawn(move || {
                yielders.fetch_add(1, Ordering::Relaxed);
                until(|| over.load(Ordering::Relaxed));
            }));
        }
        until(|| yielders.load(Ordering::Relaxed) == 20);
        for n in 1..=20 {
            // From outside, and from a task.
            let (seen, inner) = (Arc::clone(&started), Arc::clone(&started));
            drop(runtime.spawn(move || {
                seen.fetch_add(1, Ordering::Relaxed);
                teem::spawn(move || inner.fetch_add(1, Ordering::Relaxed));
            }));
            until(|| started.load(Ordering::Relaxed) == 2 * n);
        }
        over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn sleepers_and_unparked_tasks_go_on_while_others_always_yield() {
    with_workers([1, 2], |runtime| {
        let over = Arc::new(AtomicBool::new(false));
        let yielders: Vec<_> = (0..8)
            .map(|_| {
                let over = Arc::clone(&over);
                runtime.spawn(move || until(|| over.load(Ordering::Relaxed)))
            })
            .collect();
        runtime
            .spawn(|| teem::time::sleep(Duration::from_millis(5)))
            .join()
            .unwrap();
        let parked = runtime.spawn(task::park);
        parked.task().unpark();
        parked.join().unwrap();
        over.store(true, Ordering::Relaxed);
        yielders.into_iter().for_each(|task| task.join().unwrap());
    });
}

#[test]
fn two_that_hand_over_to_each_other_do_not_starve_a_third() {
    with_workers([1], |runtime| {
        let over = AtomicBool::new(false);
        runtime.run(|| {
            let (over, first) = (&over, task::current());
            teem::scope(|s| {
                let second = s.spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        first.unpark();
                        task::park();
                    }
                    first.unpark();
                });
                // A started task, which waits in the queue, and one that has yet to start.
                let third = s.spawn(|| (0..10).for_each(|_| yield_now()));
                s.spawn(move || {
                    third.join().unwrap();
                    over.store(true, Ordering::Relaxed);
                });
                while !over.load(Ordering::Relaxed) {
                    second.task().unpark();
                    task::park();
                }
                second.task().unpark();
            });
        });
    });
}

#[test]
fn a_checkpoint_lets_others_run_after_a_while() {
    with_workers([1], |runtime| {
        let (go, over) = (AtomicBool::new(false), AtomicBool::new(false));
        runtime.run(|| {
            teem::scope(|s| {
                let task = s.spawn(|| {
                    go.store(true, Ordering::Relaxed);
                    while !over.load(Ordering::Relaxed) {
                        task::checkpoint();
                    }
                });
                until(|| go.load(Ordering::Relaxed));
                over.store(true, Ordering::Relaxed);
                task.join().unwrap();
            });
        });
    });
}

#[test]
fn a_checkpoint_is_cheap_and_mostly_does_nothing() {
    with_workers([1], |runtime| {
        let before = runtime.metrics().switches;
        runtime.run(|| (0..100_000).for_each(|_| task::checkpoint()));
        assert!(runtime.metrics().switches - before < 1_000);
    });
}

#[test]
fn nothing_sized_closures_and_results_are_carried() {
    with_workers([1, 2], |runtime| {
        runtime.spawn(|| ()).join().unwrap();
        let nothing: [u64; 0] = runtime.spawn(|| []).join().unwrap();
        assert_eq!(nothing, []);
    });
}

#[test]
fn large_closures_and_results_are_carried_on_a_default_stack() {
    with_workers([1, 2], |runtime| {
        // Several copies of it lie on the stack in an unoptimised build.
        let mut large = [0u8; 8 << 10];
        (0..).zip(&mut large).for_each(|(n, byte)| *byte = n as u8);
        let back = runtime.spawn(move || black_box(large)).join().unwrap();
        assert_eq!(back, large);
    });
}

#[test]
fn huge_closures_and_results_are_carried_on_a_large_stack() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let builder = Builder::new().stack_size(8 << 20);
            let outer = builder.spawn(|| {
                let huge = [7u8; 200 << 10];
                let inner = Builder::new()
                    .stack_size(8 << 20)
                    .spawn(move || black_box(huge));
                inner.unwrap().join().unwrap() == huge
            });
            assert!(outer.unwrap().join().unwrap());
        });
    });
}

#[test]
fn alignments_are_kept() {
    #[derive(Clone, Copy)]
    #[repr(align(128))]
    struct Aligned(u8);
    fn is_aligned(value: &Aligned) -> bool {
        black_box(std::ptr::from_ref(value))
            .addr()
            .is_multiple_of(128)
    }
    with_workers([1, 2], |runtime| {
        for n in 0..50 {
            let captured = Aligned(n);
            let task = runtime.spawn(move || {
                let local = Aligned(captured.0 + 1);
                let aligned = is_aligned(&captured) && is_aligned(&local);
                yield_now();
                (aligned && is_aligned(&captured) && is_aligned(&local)).then_some(local)
            });
            let result = task.join().unwrap().expect("aligned in the task");
            assert!(is_aligned(&result));
            assert_eq!(result.0, n + 1);
        }
    });
}

#[test]
fn the_global_runtime_runs_tasks_from_anywhere() {
    let _watchdog = Watchdog::start();
    let sums = (0..4).map(|n| {
        std::thread::spawn(move || {
            let tasks: Vec<_> = (0..100).map(|m| teem::spawn(move || n * m)).collect();
            let sum: usize = tasks.into_iter().map(|task| task.join().unwrap()).sum();
            assert_eq!(teem::run(|| teem::run(|| n)), n);
            sum
        })
    });
    let sums: Vec<_> = sums.collect();
    let sum: usize = sums.into_iter().map(|sum| sum.join().unwrap()).sum();
    assert_eq!(sum, (1 + 2 + 3) * 4950);
    let begin = Instant::now();
    teem::go!(task::park_timeout(Duration::from_millis(1)));
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "`go!` does not wait"
    );
    assert!(teem::runtime::metrics().workers >= 1);
}
