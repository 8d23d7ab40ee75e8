//! loom models of the words on which tasks meet: every interleaving, with weak memory.
//!
//! The owner of a wait that has parked is played by a thread that waits until somebody has
//! "scheduled" it, as a worker's queue would have it run again.

use super::family::Family;
use super::interrupt::{Accepts, Interrupt};
use super::join::{JoinWord, Polled};
use super::{Ambient, CancelNode, Cause, Claim, Context, Waiter, Wake};
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;
use std::ptr::NonNull;
use std::task::Waker;

/// Stands for the run queue: holds how often the task was put into it.
pub(crate) struct Queue {
    entries: Mutex<usize>,
    filled: Condvar,
}

impl Queue {
    pub(crate) fn new() -> Self {
        Self {
            entries: Mutex::new(0),
            filled: Condvar::new(),
        }
    }

    pub(crate) fn settle(&self, claim: Claim) {
        if let Claim::Schedule(_) = claim {
            *self.entries.lock().unwrap() += 1;
            self.filled.notify_one();
        }
    }

    /// The owner's side of a wait.
    pub(crate) fn wait(&self, waiter: &Waiter) -> Wake {
        let mut entries = self.entries.lock().unwrap();
        while *entries == 0 {
            entries = self.filled.wait(entries).unwrap();
        }
        assert_eq!(*entries, 1, "scheduled once");
        *entries = 0;
        waiter.outcome().expect("claimed")
    }
}

/// Three threads and a spin are too much to explore in full: at most three preemptions.
pub(crate) fn bounded_model(f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(f);
}

#[test]
fn loom_of_two_claims_one_wins_and_schedules_the_task_once() {
    loom::model(|| {
        let queue = Arc::new(Queue::new());
        let waiter = Arc::new(Waiter::for_task(NonNull::dangling()));
        let wins = Arc::new(AtomicUsize::new(0));
        let claimers = [Wake::Event, Wake::TimedOut].map(|wake| {
            let (queue, waiter, wins) = (queue.clone(), waiter.clone(), wins.clone());
            thread::spawn(move || {
                // SAFETY: the model keeps the waiter.
                let claim = unsafe { Waiter::claim(&*waiter, wake) };
                if !claim.is_lost() {
                    wins.fetch_add(1, Ordering::SeqCst);
                }
                queue.settle(claim);
            })
        });
        let wake = queue.wait(&waiter);
        for claimer in claimers {
            claimer.join().unwrap();
        }
        assert_eq!(wins.load(Ordering::SeqCst), 1);
        assert_eq!(waiter.outcome(), Some(wake));
    });
}

/// Claims the owner's wait when `enter` says that the interrupt was there first.
fn park_once(interrupt: &Interrupt, queue: &Queue) -> Wake {
    let waiter = Waiter::for_task(NonNull::dangling());
    match interrupt.enter(&waiter, Accepts::CancelAndUnpark) {
        Err(wake) => wake,
        Ok(()) => {
            let wake = queue.wait(&waiter);
            interrupt.leave();
            wake
        }
    }
}

#[test]
fn loom_an_unpark_is_never_lost() {
    loom::model(|| {
        let shared = Arc::new((Interrupt::new(), Queue::new()));
        let other = shared.clone();
        let unparker = thread::spawn(move || other.1.settle(other.0.unpark()));
        assert_eq!(park_once(&shared.0, &shared.1), Wake::Event);
        unparker.join().unwrap();
    });
}

#[test]
fn loom_unpark_and_cancel_both_arrive() {
    loom::model(|| {
        let shared = Arc::new((Interrupt::new(), Queue::new()));
        let other = shared.clone();
        let interrupter = thread::spawn(move || {
            other.1.settle(other.0.unpark());
            other.1.settle(other.0.cancel());
        });
        let first = park_once(&shared.0, &shared.1);
        interrupter.join().unwrap();
        // Whichever did not end the first wait ends the next, at once.
        let waiter = Waiter::for_task(NonNull::dangling());
        let second = shared.0.enter(&waiter, Accepts::CancelAndUnpark);
        assert_eq!(first, Wake::Event);
        assert_eq!(second, Err(Wake::Cancelled));
    });
}

#[test]
fn loom_of_two_interrupters_one_ends_the_wait_and_the_other_leaves_its_mark() {
    loom::model(|| {
        let shared = Arc::new((Interrupt::new(), Queue::new()));
        let waiter = Waiter::for_task(NonNull::dangling());
        shared.0.enter(&waiter, Accepts::CancelAndUnpark).unwrap();
        let other = shared.clone();
        let unparker = thread::spawn(move || other.1.settle(other.0.unpark()));
        shared.1.settle(shared.0.cancel());
        unparker.join().unwrap();
        let first = shared.1.wait(&waiter);
        shared.0.leave();
        let second = shared.0.enter(&waiter, Accepts::CancelAndUnpark);
        let other = if first == Wake::Event {
            Wake::Cancelled
        } else {
            Wake::Event
        };
        assert_eq!(second, Err(other));
    });
}

#[test]
fn loom_a_waiter_is_not_used_after_leave() {
    loom::model(|| {
        let shared = Arc::new((Interrupt::new(), Queue::new()));
        let alive = Arc::new(AtomicBool::new(true));
        let (other, seen) = (shared.clone(), alive.clone());
        let canceller = thread::spawn(move || {
            let claim = other.0.cancel();
            // A claim that got a parked task keeps its frame until the task is scheduled.
            if let Claim::Schedule(_) = claim {
                assert!(seen.load(Ordering::SeqCst));
            }
            other.1.settle(claim);
        });
        // loom's atomics inside the waiter notice a use after its drop.
        park_once(&shared.0, &shared.1);
        alive.store(false, Ordering::SeqCst);
        canceller.join().unwrap();
    });
}

/// What a task between two steps does (`scheduler/steps.rs`): its place is used for each wait in turn.
#[test]
fn loom_a_place_serves_one_wait_after_the_other() {
    struct Shared {
        interrupt: Interrupt,
        queue: Queue,
        /// What the event will find, as a descriptor does.
        list: Mutex<Option<usize>>,
    }
    bounded_model(|| {
        let shared = Arc::new(Shared {
            interrupt: Interrupt::new(),
            queue: Queue::new(),
            list: Mutex::new(None),
        });
        let (event, canceller) = (shared.clone(), shared.clone());
        let event = thread::spawn(move || {
            let mut list = event.list.lock().unwrap();
            let Some(waiter) = list.take() else { return };
            let waiter = std::ptr::with_exposed_provenance(waiter);
            // SAFETY: what is in the list is alive under its lock.
            let claim = unsafe { Waiter::claim(waiter, Wake::Event) };
            drop(list);
            event.queue.settle(claim);
        });
        let canceller = thread::spawn(move || canceller.queue.settle(canceller.interrupt.cancel()));
        let mut place = Box::new(Waiter::for_step(NonNull::dangling()));
        let mut wakes = Vec::new();
        while wakes.last() != Some(&Wake::Cancelled) {
            // R2: loom's atomics inside the old waiter notice a use after this.
            *place = Waiter::for_step(NonNull::dangling());
            if let Err(wake) = shared.interrupt.enter(&place, Accepts::Cancel) {
                wakes.push(wake);
                break;
            }
            *shared.list.lock().unwrap() = Some(std::ptr::from_ref(&*place).expose_provenance());
            // Who claims it before the stack has been left owes no entry.
            let wake = if place.settle_down() {
                shared.queue.wait(&place)
            } else {
                place.outcome().expect("claimed")
            };
            shared.interrupt.leave();
            if wake != Wake::Event {
                shared.list.lock().unwrap().take();
            }
            wakes.push(wake);
        }
        event.join().unwrap();
        canceller.join().unwrap();
        assert_eq!(*shared.queue.entries.lock().unwrap(), 0);
        assert!(matches!(
            wakes[..],
            [Wake::Cancelled] | [Wake::Event, Wake::Cancelled]
        ));
    });
}

#[test]
fn loom_a_join_sees_the_completion_and_the_result() {
    loom::model(|| {
        let shared = Arc::new((JoinWord::new(), Queue::new(), AtomicUsize::new(0)));
        let other = shared.clone();
        let task = thread::spawn(move || {
            other.2.store(7, Ordering::Relaxed);
            other
                .1
                .settle(other.0.complete().expect("the handle is there"));
        });
        let waiter = Waiter::for_task(NonNull::dangling());
        if shared.0.wait(&waiter) {
            assert_eq!(shared.1.wait(&waiter), Wake::Event);
        }
        assert!(shared.0.is_done());
        assert_eq!(shared.2.load(Ordering::Relaxed), 7);
        task.join().unwrap();
    });
}

#[test]
fn loom_a_result_is_dropped_by_exactly_one_side() {
    loom::model(|| {
        let shared = Arc::new((JoinWord::new(), AtomicUsize::new(0)));
        let other = shared.clone();
        let task = thread::spawn(move || {
            if other.0.complete().is_none() {
                other.1.fetch_add(1, Ordering::SeqCst);
            }
        });
        if !shared.0.detach() {
            shared.1.fetch_add(1, Ordering::SeqCst);
        }
        task.join().unwrap();
        assert_eq!(shared.1.load(Ordering::SeqCst), 1);
    });
}

/// Counts how often it is called.
struct Calls(AtomicUsize);

impl Calls {
    fn waker() -> (std::sync::Arc<Self>, Waker) {
        let calls = std::sync::Arc::new(Self(AtomicUsize::new(0)));
        (calls.clone(), Waker::from(calls))
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl std::task::Wake for Calls {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A task's end, as `complete` in the scheduler has it. Whether the result is the task's to drop.
fn end_of_a_task(word: &JoinWord) -> bool {
    match word.complete() {
        Some(Claim::Wake(waker)) => waker.wake(),
        Some(_) => {}
        None => return true,
    }
    false
}

#[test]
fn loom_a_polled_handle_is_woken_by_the_waker_of_the_last_poll() {
    loom::model(|| {
        let word = Arc::new(JoinWord::new());
        let theirs = word.clone();
        let task = thread::spawn(move || end_of_a_task(&theirs));
        let ((first, first_waker), (second, second_waker)) = (Calls::waker(), Calls::waker());
        let mut polled = Polled::new();
        let one = polled.poll(&word, &first_waker);
        let two = polled.poll(&word, &second_waker);
        assert!(two || !one, "complete is complete");
        assert!(!task.join().unwrap());
        let calls = (first.count(), second.count());
        match (one, two) {
            (true, _) => assert_eq!(calls, (0, 0)),
            // The task has found the first poll's wait, or none while the second took it out.
            (false, true) => assert!(calls == (1, 0) || calls == (0, 0)),
            (false, false) => assert_eq!(calls, (0, 1)),
        }
        assert!(polled.poll(&word, &second_waker));
    });
}

#[test]
fn loom_a_polled_handle_that_is_dropped_takes_its_wait_back() {
    loom::model(|| {
        let word = Arc::new(JoinWord::new());
        let theirs = word.clone();
        let task = thread::spawn(move || end_of_a_task(&theirs));
        let (calls, waker) = Calls::waker();
        let mut polled = Polled::new();
        let complete = polled.poll(&word, &waker);
        polled.withdraw(&word);
        // Nobody uses the waiter, which is gone: what follows is what a handle does that was never polled.
        let theirs = word.detach();
        assert!(!(complete && theirs));
        assert_eq!(task.join().unwrap(), theirs, "one side drops the result");
        assert!(calls.count() <= usize::from(!complete && !theirs));
    });
}

#[test]
fn loom_a_scope_waits_for_its_last_child() {
    bounded_model(|| {
        let shared = Arc::new((Family::new(), Queue::new(), AtomicUsize::new(0)));
        let children: Vec<_> = (0..2)
            .map(|_| {
                shared.0.add();
                let shared = shared.clone();
                thread::spawn(move || {
                    shared.2.fetch_add(1, Ordering::Relaxed);
                    // SAFETY: counted above, and the model keeps the family.
                    shared.1.settle(unsafe { Family::leave(&shared.0) });
                })
            })
            .collect();
        let waiter = Waiter::for_task(NonNull::dangling());
        if shared.0.await_all(&waiter) {
            assert_eq!(shared.1.wait(&waiter), Wake::Event);
        }
        assert_eq!(shared.2.load(Ordering::Relaxed), 2);
        for child in children {
            child.join().unwrap();
        }
    });
}

#[test]
fn loom_a_withdrawn_join_is_not_claimed_afterwards() {
    loom::model(|| {
        let shared = Arc::new((JoinWord::new(), Queue::new()));
        let other = shared.clone();
        let task = thread::spawn(move || {
            other
                .1
                .settle(other.0.complete().expect("the handle is there"));
        });
        // loom's atomics inside the waiter notice a use after its drop.
        let waiter = Waiter::for_task(NonNull::dangling());
        let waited = shared.0.wait(&waiter);
        let withdrawn = waited && shared.0.withdraw(&waiter);
        assert!(withdrawn || shared.0.is_done());
        assert!(!withdrawn || waiter.outcome().is_none());
        drop(waiter);
        task.join().unwrap();
        assert!(shared.0.is_done());
    });
}

/// An ambient that threads of a model share, as a task and those who cancel it do.
struct Shared(Ambient);

// SAFETY: of several threads one plays the task, and the others call `cancel` only.
unsafe impl Sync for Shared {}
// SAFETY: as above.
unsafe impl Send for Shared {}

fn ambient() -> Arc<(Shared, Queue)> {
    let ambient = Ambient::new(Context::background());
    Arc::new((Shared(ambient), Queue::new()))
}

fn cancel(shared: &(Shared, Queue)) {
    shared.0.0.cancel(&mut |claim| shared.1.settle(claim));
}

#[test]
fn loom_a_cancel_while_the_task_is_elsewhere_is_found_on_the_way_back() {
    bounded_model(|| {
        let shared = ambient();
        let other = shared.clone();
        let canceller = thread::spawn(move || cancel(&other));
        let ambient = &shared.0.0;
        let outer = ambient.go_to(Context::background());
        assert!(!ambient.is_done(), "not the task's own context");
        ambient.go_back(outer);
        canceller.join().unwrap();
        assert!(ambient.is_done());
    });
}

#[test]
fn loom_a_cancel_reaches_those_who_hold_the_tasks_context() {
    bounded_model(|| {
        let shared = ambient();
        let other = shared.clone();
        let canceller = thread::spawn(move || cancel(&other));
        let context = shared.0.0.current(&mut |claim| shared.1.settle(claim));
        canceller.join().unwrap();
        assert_eq!(context.cause(), Some(Cause::Cancelled));
    });
}

#[test]
fn loom_the_end_of_a_context_ends_the_wait_in_it_and_none_after() {
    bounded_model(|| {
        let shared = ambient();
        let node = CancelNode::below(None);
        let (other, theirs) = (shared.clone(), node.clone());
        let canceller = thread::spawn(move || {
            theirs.cancel(&Cause::Cancelled, &mut |claim| other.1.settle(claim))
        });
        let ambient = &shared.0.0;
        let outer = ambient.go_to(Context::background().with_node(node));
        let waiter = Waiter::for_task(NonNull::dangling());
        match ambient.interrupt.enter(&waiter, Accepts::Cancel) {
            Ok(()) => {
                assert_eq!(shared.1.wait(&waiter), Wake::Cancelled);
                ambient.interrupt.leave();
            }
            Err(wake) => assert_eq!(wake, Wake::Cancelled),
        }
        ambient.go_back(outer);
        assert!(!ambient.is_done());
        assert!(canceller.join().unwrap());
        assert!(!ambient.is_done(), "told of it after it has left");
    });
}

#[test]
fn loom_a_watch_that_is_over_is_not_told() {
    bounded_model(|| {
        let queue = Arc::new(Queue::new());
        let node = CancelNode::below(None);
        let (other, theirs) = (queue.clone(), node.clone());
        let canceller = thread::spawn(move || {
            theirs.cancel(&Cause::Cancelled, &mut |claim| other.settle(claim))
        });
        let waiter = Waiter::for_task(NonNull::dangling());
        let ended = node.while_told(&waiter, |ended| ended);
        let told = waiter.outcome();
        assert!(told.is_none() || !ended);
        drop(waiter);
        assert!(canceller.join().unwrap());
        assert!(node.is_done());
    });
}
