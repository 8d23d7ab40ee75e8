//! loom models of the inbox, of the sleep protocol and of a future's wakes.

use super::block_on;
use super::idle::SleepState;
use super::inbox::{Bundle, Inbox, Letter};
use crate::task::models::{Queue, bounded_model};
use crate::task::{Birth, Context, Header, TaskRef, Waiter, Wake, allocate};
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;
use std::panic::Location;
use std::ptr::NonNull;

/// A task that only serves as a node.
fn node(id: u64) -> TaskRef {
    let birth = Birth {
        magazines: None,
        id,
        site: Location::caller(),
        attributes: None,
        family: std::ptr::null(),
        context: Context::background(),
    };
    allocate(birth, || ())
}

/// Marks a call.
const CALLED: u64 = 100;

/// Whom a letter names. The caller keeps the nodes.
fn ids(letter: Letter) -> Vec<u64> {
    // SAFETY: kept (caller).
    let id = |task: NonNull<Header>| unsafe { task.as_ref() }.id;
    match letter {
        Letter::Ready(task) => vec![id(task)],
        Letter::Call(task) => vec![id(task) + CALLED],
        // SAFETY: just taken out of an inbox.
        Letter::Many(bundle) => unsafe { Bundle::open(bundle) }.tasks().map(id).collect(),
    }
}

#[test]
fn loom_an_inbox_loses_nothing_and_keeps_each_senders_order() {
    loom::model(|| {
        let inbox = Arc::new(Inbox::new());
        let tasks: Arc<Vec<TaskRef>> = Arc::new((0..3).map(node).collect());
        let (other, theirs) = (inbox.clone(), tasks.clone());
        let pusher = thread::spawn(move || {
            for id in [0, 1] {
                // SAFETY: a fresh task, in no queue.
                unsafe { other.push(Letter::Ready(theirs[id].header())) };
            }
        });
        let mut seen = Vec::new();
        // SAFETY: as above.
        unsafe { inbox.push(Letter::Ready(tasks[2].header())) };
        // The other link of a task that lies in here.
        // SAFETY: nobody else calls it.
        unsafe { inbox.push(Letter::Call(tasks[2].header())) };
        seen.extend(inbox.take().flat_map(ids));
        pusher.join().unwrap();
        seen.extend(inbox.take().flat_map(ids));
        let (own, theirs): (Vec<u64>, Vec<u64>) = seen.into_iter().partition(|id| *id >= 2);
        assert_eq!(theirs, [0, 1]);
        assert_eq!(own, [2, 2 + CALLED]);
    });
}

#[test]
fn loom_a_bundle_comes_whole_and_in_its_order() {
    loom::model(|| {
        let inbox = Arc::new(Inbox::new());
        let tasks: Arc<Vec<TaskRef>> = Arc::new((0..4).map(node).collect());
        let (other, theirs) = (inbox.clone(), tasks.clone());
        let pusher = thread::spawn(move || {
            // SAFETY: a fresh task, in no queue. The same of the others.
            unsafe { other.push(Letter::Ready(theirs[0].header())) };
            let mut bundle = Bundle::new().expect("memory");
            assert!(!bundle.add(theirs[1].header()) && !bundle.add(theirs[2].header()));
            // SAFETY: as above.
            unsafe { other.push(bundle.seal()) };
        });
        // SAFETY: as above.
        unsafe { inbox.push(Letter::Ready(tasks[3].header())) };
        let mut seen: Vec<u64> = inbox.take().flat_map(ids).collect();
        pusher.join().unwrap();
        seen.extend(inbox.take().flat_map(ids));
        seen.retain(|id| *id != 3);
        assert_eq!(seen, [0, 1, 2]);
        assert!(inbox.is_empty());
    });
}

/// Stands for the poller: a signal stays until a wait has seen it.
struct Bell(Mutex<bool>, Condvar);

impl Bell {
    fn send(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_one();
    }

    fn wait(&self) {
        let mut sent = self.0.lock().unwrap();
        while !*sent {
            sent = self.1.wait(sent).unwrap();
        }
        *sent = false;
    }
}

/// A worker that sleeps until it has got `count` tasks from its inbox.
fn work(inbox: &Inbox, sleep: &SleepState, signal: &Bell, count: usize) {
    let mut got = inbox.take().count();
    while got < count {
        sleep.announce();
        if inbox.is_empty() {
            signal.wait();
        }
        sleep.awake();
        got += inbox.take().count();
    }
}

#[test]
fn loom_a_task_pushed_to_a_worker_that_falls_asleep_wakes_it() {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(|| {
        let signal = Bell(Mutex::new(false), Condvar::new());
        let shared = Arc::new((Inbox::new(), SleepState::new(), signal));
        let tasks: Vec<TaskRef> = (0..2).map(node).collect();
        let pushers: Vec<_> = (tasks.iter())
            .map(|task| {
                let (task, shared) = (task.clone(), shared.clone());
                thread::spawn(move || {
                    // SAFETY: a fresh task, in no queue.
                    unsafe { shared.0.push(Letter::Ready(task.header())) };
                    if shared.1.rouse() {
                        shared.2.send();
                    }
                })
            })
            .collect();
        work(&shared.0, &shared.1, &shared.2, 2);
        for pusher in pushers {
            pusher.join().unwrap();
        }
    });
}

#[test]
fn loom_no_wake_of_a_future_is_lost() {
    bounded_model(|| {
        let shared = Arc::new((block_on::Signal::new(), Queue::new(), AtomicUsize::new(0)));
        let wakers: Vec<_> = (0..2)
            .map(|_| {
                let shared = shared.clone();
                thread::spawn(move || {
                    shared.2.fetch_add(1, Ordering::Relaxed);
                    shared.1.settle(shared.0.wake());
                })
            })
            .collect();
        // The future is ready when both events have come.
        while shared.2.load(Ordering::Relaxed) < 2 {
            if shared.0.take() {
                continue;
            }
            let waiter = Waiter::for_task(NonNull::dangling());
            // SAFETY: the owner waits right here.
            if unsafe { shared.0.enter(&waiter) } {
                assert_eq!(shared.1.wait(&waiter), Wake::Event);
            }
        }
        for waker in wakers {
            waker.join().unwrap();
        }
    });
}
