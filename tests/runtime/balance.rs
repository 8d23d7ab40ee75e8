//! How tasks spread over workers: the short-lived by theft, the long-lived by placement.

use super::{until, with_workers};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use teem::JoinHandle;
use teem::net::{TcpListener, TcpStream};
use teem::runtime::{Metrics, Runtime};
use teem::task::park;

#[test]
fn unstarted_tasks_that_compute_are_shared_among_workers() {
    with_workers([2, 8], |runtime| {
        let workers = runtime.metrics().workers;
        let threads = Mutex::new(HashSet::new());
        runtime.run(|| {
            teem::scope(|s| {
                for _ in 0..workers {
                    s.spawn(|| {
                        // Each holds its worker until every worker has one.
                        threads.lock().unwrap().insert(std::thread::current().id());
                        while threads.lock().unwrap().len() < workers {
                            std::thread::yield_now();
                        }
                    });
                }
            });
        });
        assert!(runtime.metrics().steals >= workers as u64 - 1);
    });
}

const LONG_LIVED: u64 = 1_000;

/// Waits for something outside of the program, until it is cancelled: with nothing to say who is to have
/// more of such tasks, each worker should have as many.
fn wait_outside() {
    teem::time::sleep(Duration::from_secs(3600));
}

/// Started tasks by worker.
fn loads(metrics: &Metrics) -> Vec<u64> {
    (metrics.per_worker.iter())
        .map(|worker| worker.load)
        .collect()
}

/// Has `round` tell what each worker has got of `total`, again if one has not got its share, give or take a tenth.
///
/// A worker whose CPU is taken away for long looks like one that is held up by its task, and gets
/// nothing then. So on a busy machine it may be that no round is even.
#[track_caller]
fn assert_even(runtime: &Runtime, total: u64, mut round: impl FnMut() -> Vec<u64>) {
    let stalls = runtime.metrics().stalls;
    let mut uneven = Vec::new();
    for _ in 0..10 {
        let loads = round();
        let share = total / loads.len() as u64;
        if (loads.iter()).all(|load| load.abs_diff(share) <= share / 10) {
            return;
        }
        uneven.push(loads);
    }
    assert_ne!(runtime.metrics().stalls, stalls, "{uneven:?}");
    eprintln!("the machine is too busy to tell");
}

/// Has `spawn` make that many tasks which wait like that, and looks whether they are spread evenly.
#[track_caller]
fn assert_spread(spawn: fn(&Runtime) -> Vec<JoinHandle<()>>) {
    with_workers([2, 8], |runtime| {
        assert_even(runtime, LONG_LIVED, || {
            let tasks = spawn(runtime);
            until(|| runtime.metrics().load == LONG_LIVED);
            let loads = loads(&runtime.metrics());
            for task in tasks {
                task.cancel();
                task.join().unwrap();
            }
            until(|| runtime.metrics().tasks == 0);
            loads
        });
    });
}

#[test]
fn long_lived_tasks_of_one_spawner_end_up_spread_evenly() {
    assert_spread(|runtime| {
        runtime.run(|| (0..LONG_LIVED).map(|_| teem::spawn(wait_outside)).collect())
    });
}

#[test]
fn long_lived_tasks_spawned_one_by_one_end_up_spread_evenly() {
    assert_spread(|runtime| {
        // As an acceptor does it: spawn, then wait for the next.
        runtime.run(|| {
            let spawn = |_| {
                let begun = Arc::new(AtomicBool::new(false));
                let begin = Arc::clone(&begun);
                let task = teem::spawn(move || {
                    begin.store(true, Ordering::SeqCst);
                    wait_outside();
                });
                until(|| begun.load(Ordering::SeqCst));
                task
            };
            (0..LONG_LIVED).map(spawn).collect()
        })
    });
}

#[test]
fn long_lived_tasks_from_outside_end_up_spread_evenly() {
    assert_spread(|runtime| {
        (0..LONG_LIVED)
            .map(|_| runtime.spawn(wait_outside))
            .collect()
    });
}

#[test]
fn connections_accepted_by_one_task_end_up_spread_evenly() {
    const CONNECTIONS: u64 = 400;
    with_workers([2, 8], |runtime| {
        assert_even(runtime, CONNECTIONS, || {
            let mut far = Vec::new();
            let tasks: Vec<JoinHandle<()>> = runtime.run(|| {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                let address = listener.local_addr().unwrap();
                let accept = |_| {
                    far.push(std::net::TcpStream::connect(address).unwrap());
                    let mut stream: TcpStream = listener.accept().unwrap().0;
                    teem::spawn(move || {
                        let read = std::io::Read::read(&mut stream, &mut [0; 16]);
                        assert_eq!(read.unwrap(), 0);
                    })
                };
                (0..CONNECTIONS).map(accept).collect()
            });
            until(|| runtime.metrics().load == CONNECTIONS);
            let loads = loads(&runtime.metrics());
            drop(far);
            tasks.into_iter().for_each(|task| task.join().unwrap());
            until(|| runtime.metrics().tasks == 0);
            loads
        });
    });
}

#[test]
fn tasks_that_wait_for_each_other_stay_where_they_were_spawned() {
    with_workers([2, 8], |runtime| {
        let moved = runtime.run(|| {
            let home = std::thread::current().id();
            // One after the other, each parked before the next is spawned: no backlog that could be stolen.
            let mut moved = 0;
            let tasks: Vec<_> = (0..200)
                .map(|_| {
                    let (tx, rx) = teem::chan::bounded(0);
                    let task = teem::spawn(move || {
                        tx.send(std::thread::current().id()).unwrap();
                        park();
                    });
                    moved += usize::from(rx.recv().unwrap() != home);
                    task
                })
                .collect();
            for task in tasks {
                task.task().unpark();
                task.join().unwrap();
            }
            moved
        });
        // An idle worker that happens to look may take one now and then.
        assert!(moved <= 70, "{moved} of 200 have moved");
    });
}

#[test]
fn two_that_talk_stay_together() {
    with_workers([2, 8], |runtime| {
        let moved = AtomicUsize::new(0);
        for _ in 0..100 {
            runtime.run(|| {
                let home = std::thread::current().id();
                let other = teem::spawn(|| std::thread::current().id()).join().unwrap();
                moved.fetch_add(usize::from(other != home), Ordering::Relaxed);
            });
        }
        // An idle worker that happens to look may take one now and then.
        assert!(moved.into_inner() <= 25);
    });
}

#[test]
fn work_spawned_by_a_task_that_computes_reaches_the_others() {
    with_workers([2, 8], |runtime| {
        let over = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&over);
        // The spawner never lets go: only theft can get the task started.
        runtime.run(move || {
            drop(teem::spawn(move || end.store(true, Ordering::SeqCst)));
            while !over.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
        });
    });
}
