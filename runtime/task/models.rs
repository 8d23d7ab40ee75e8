//! loom models of the words on which tasks meet: every interleaving, with weak memory.
//!
//! The owner of a wait that has parked is played by a thread that waits until somebody has
//! "scheduled" it, as a worker's queue would have it run again.

use super::family::Family;
use super::interrupt::{Accepts, Interrupt};
use super::join::{JoinWord, Polled};
use super::{Ambient, CancelNode, Cause, Claim, Context, Parker, Waiter, Wake};
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;
use std::ptr::NonNull;
use std::task::Waker;

/// Stands for the run queue and the inbox of one task's home: holds how often the task was put into it, and called.
pub(crate) struct Queue {
    entries: Mutex<usize>,
    calls: Mutex<usize>,
    filled: Condvar,
}

impl Queue {
    pub(crate) fn new() -> Self {
        Self {
            entries: Mutex::new(0),
            calls: Mutex::new(0),
            filled: Condvar::new(),
        }
    }

    pub(crate) fn settle(&self, claim: Claim) {
        let mut entries = self.entries.lock().unwrap();
        match claim {
            Claim::Schedule(_) => *entries += 1,
            Claim::Call(_) => *self.calls.lock().unwrap() += 1,
            _ => return,
        }
        self.filled.notify_one();
    }

    /// What the home does with its inbox. Whether there was anything in it.
    fn answer(&self, interrupt: &Interrupt) -> bool {
        let calls = std::mem::take(&mut *self.calls.lock().unwrap());
        assert!(calls <= 1, "called once until that is answered");
        if calls > 0 {
            // SAFETY: the model's thread is the home, and the claim is honoured.
            self.settle(unsafe { interrupt.answer() });
        }
        calls > 0
    }

    /// The owner's side of a wait that interrupts reach at home.
    fn wait_at_home(&self, waiter: &Waiter, interrupt: &Interrupt) -> Wake {
        loop {
            self.answer(interrupt);
            let mut entries = self.entries.lock().unwrap();
            if *entries > 0 {
                break;
            }
            if *self.calls.lock().unwrap() == 0 {
                entries = self.filled.wait(entries).unwrap();
            }
            drop(entries);
        }
        self.wait(waiter)
    }

    /// The owner finishes: nobody calls it any more.
    fn move_out(&self, interrupt: &Interrupt) {
        while !interrupt.move_out() {
            if !self.answer(interrupt) {
                thread::yield_now();
            }
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

/// The waits of a thread, which have one parker and end with their frames.
#[test]
fn loom_a_thread_is_woken_from_each_of_its_waits_and_none_is_used_afterwards() {
    /// A waiter that is claimed from another thread, once.
    struct Shared(*const Waiter);
    // SAFETY: `claim` is made for that.
    unsafe impl Send for Shared {}
    loom::model(|| {
        let parker = std::sync::Arc::new(Parker::new());
        let claimers = [Wake::Event, Wake::Cancelled].map(|wake| {
            // loom's atomics inside the waiter notice a use after its drop.
            let waiter = Waiter::for_thread(parker.clone());
            let shared = Shared(&raw const waiter);
            let claimer = thread::spawn(move || {
                let shared = shared;
                // SAFETY: the owner waits for this claim.
                assert!(matches!(
                    unsafe { Waiter::claim(shared.0, wake) },
                    Claim::Won
                ));
            });
            assert_eq!(waiter.wait_thread(None), wake);
            claimer
        });
        for claimer in claimers {
            claimer.join().unwrap();
        }
    });
}

#[test]
fn loom_a_thread_whose_deadline_has_passed_meets_a_claim() {
    loom::model(|| {
        let waiter = Arc::new(Waiter::for_thread(std::sync::Arc::new(Parker::new())));
        let other = waiter.clone();
        // SAFETY: the model keeps the waiter.
        let claimer =
            thread::spawn(move || !unsafe { Waiter::claim(&*other, Wake::Event) }.is_lost());
        let wake = waiter.wait_thread(Some(std::time::Instant::now()));
        assert_eq!(wake == Wake::Event, claimer.join().unwrap());
    });
}

/// Claims the owner's wait when `enter` says that the interrupt was there first.
fn park_once(interrupt: &Interrupt, queue: &Queue) -> Wake {
    let waiter = Waiter::for_task(NonNull::dangling());
    match enter(interrupt, &waiter) {
        Err(wake) => wake,
        Ok(()) => {
            let wake = queue.wait_at_home(&waiter, interrupt);
            // SAFETY: as in `enter`.
            unsafe { interrupt.leave_at_home() };
            wake
        }
    }
}

/// The owner's first step to a `park`.
fn enter(interrupt: &Interrupt, waiter: &Waiter) -> Result<(), Wake> {
    // SAFETY: the thread that plays the task plays its home, and nobody uses the header.
    unsafe { interrupt.enter_at_home(NonNull::dangling(), waiter, Accepts::CancelAndUnpark) }
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
        let second = enter(&shared.0, &waiter);
        assert_eq!(first, Wake::Event);
        assert_eq!(second, Err(Wake::Cancelled));
    });
}

#[test]
fn loom_of_two_interrupters_one_ends_the_wait_and_the_other_leaves_its_mark() {
    bounded_model(|| {
        let shared = Arc::new((Interrupt::new(), Queue::new()));
        let waiter = Waiter::for_task(NonNull::dangling());
        enter(&shared.0, &waiter).unwrap();
        let (one, two) = (shared.clone(), shared.clone());
        let unparker = thread::spawn(move || one.1.settle(one.0.unpark()));
        let canceller = thread::spawn(move || two.1.settle(two.0.cancel()));
        let first = shared.1.wait_at_home(&waiter, &shared.0);
        // SAFETY: as in `enter`.
        unsafe { shared.0.leave_at_home() };
        unparker.join().unwrap();
        canceller.join().unwrap();
        let second = enter(&shared.0, &waiter);
        let other = if first == Wake::Event {
            Wake::Cancelled
        } else {
            Wake::Event
        };
        assert_eq!(second, Err(other));
    });
}

/// Two unparks may be one, but whoever returns from `park` knows of what came before either that he consumes.
#[test]
fn loom_what_came_before_an_unpark_is_seen_after_the_park_that_it_ends() {
    bounded_model(|| {
        let shared = Arc::new((Interrupt::new(), Queue::new(), AtomicUsize::new(0)));
        let unparkers = [1, 2].map(|bit| {
            let shared = shared.clone();
            thread::spawn(move || {
                shared.2.fetch_or(bit, Ordering::Relaxed);
                shared.1.settle(shared.0.unpark());
            })
        });
        // If it did not see what it was unparked for it would park for ever.
        while shared.2.load(Ordering::Relaxed) != 3 {
            assert_eq!(park_once(&shared.0, &shared.1), Wake::Event);
        }
        for unparker in unparkers {
            unparker.join().unwrap();
        }
        shared.1.move_out(&shared.0);
    });
}

/// A step that has parked waits for its next one: I3, and a cancellation finds it in whichever wait it is.
#[test]
fn loom_a_cancellation_finds_a_task_that_moves_out_for_its_next_step() {
    bounded_model(|| {
        let shared = Arc::new((Interrupt::new(), Queue::new()));
        let other = shared.clone();
        let canceller = thread::spawn(move || other.1.settle(other.0.cancel()));
        let (interrupt, queue) = (&shared.0, &shared.1);
        let waiter = Waiter::for_task(NonNull::dangling());
        let entered = enter(interrupt, &waiter);
        if entered.is_ok() {
            assert!(waiter.end(Wake::Event), "no interrupt is answered here");
            // SAFETY: as in `enter`.
            unsafe { interrupt.leave_at_home() };
        }
        drop(waiter);
        queue.move_out(interrupt);
        let place = Waiter::for_step(NonNull::dangling());
        match interrupt.enter(&place) {
            Ok(()) => {
                assert_eq!(entered, Ok(()), "a cancellation stays");
                if place.settle_down() {
                    assert_eq!(queue.wait(&place), Wake::Cancelled);
                }
                interrupt.leave();
            }
            Err(wake) => assert_eq!(wake, Wake::Cancelled),
        }
        drop(place);
        canceller.join().unwrap();
        assert_eq!(*queue.entries.lock().unwrap(), 0);
        assert!(!queue.answer(interrupt), "called after it had moved out");
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
            // Who has called keeps the task, and with it its home, until the call is in the inbox.
            if let Claim::Call(_) = claim {
                assert!(seen.load(Ordering::SeqCst));
            }
            other.1.settle(claim);
        });
        // loom's atomics inside the waiter notice a use after its drop.
        park_once(&shared.0, &shared.1);
        shared.1.move_out(&shared.0);
        alive.store(false, Ordering::SeqCst);
        canceller.join().unwrap();
        assert!(!shared.1.answer(&shared.0), "called after it had moved out");
    });
}

/// The end of a wait that is entered in the word itself, as a thread's is.
#[test]
fn loom_a_waiter_is_not_used_after_a_thread_has_left() {
    loom::model(|| {
        let shared = Arc::new((Interrupt::new(), Queue::new()));
        let other = shared.clone();
        let canceller = thread::spawn(move || other.1.settle(other.0.cancel()));
        // loom's atomics inside the waiter notice a use after its drop.
        let waiter = Waiter::for_task(NonNull::dangling());
        match shared.0.enter(&waiter) {
            Ok(()) => {
                assert_eq!(shared.1.wait(&waiter), Wake::Cancelled);
                shared.0.leave();
            }
            Err(wake) => assert_eq!(wake, Wake::Cancelled),
        }
        drop(waiter);
        canceller.join().unwrap();
    });
}

/// W4: the home claims by a store what it claims under the lock, and by an exchange what it claims without.
#[test]
fn loom_of_claims_at_home_and_elsewhere_one_wins() {
    loom::model(|| claims_at_home_and_elsewhere(true));
    loom::model(|| claims_at_home_and_elsewhere(false));
}

fn claims_at_home_and_elsewhere(cancelled_first: bool) {
    let waiter = Arc::new(Waiter::for_task(NonNull::dangling()));
    // The list of the one thing that is waited for.
    let list = Arc::new(Mutex::new(true));
    let (theirs, other) = (waiter.clone(), list.clone());
    let elsewhere = thread::spawn(move || {
        let mut linked = other.lock().unwrap();
        // SAFETY: the model keeps the waiter.
        std::mem::take(&mut *linked) && !unsafe { Waiter::claim(&*theirs, Wake::Arm(0)) }.is_lost()
    });
    let mut cancelled = cancelled_first && waiter.end(Wake::Cancelled);
    let claimed = {
        let mut linked = list.lock().unwrap();
        // SAFETY: as above; this is the home, and the lock is held.
        std::mem::take(&mut *linked)
            && !unsafe { Waiter::claim_at_home(&*waiter, Wake::Arm(1)) }.is_lost()
    };
    cancelled |= !cancelled_first && waiter.end(Wake::Cancelled);
    let elsewhere = elsewhere.join().unwrap();
    let winners = [cancelled, claimed, elsewhere];
    assert_eq!(winners.iter().filter(|won| **won).count(), 1, "{winners:?}");
    let wake = match winners {
        [true, ..] => Wake::Cancelled,
        [_, true, _] => Wake::Arm(1),
        _ => Wake::Arm(0),
    };
    assert_eq!(waiter.outcome(), Some(wake));
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
            if let Err(wake) = shared.interrupt.enter(&place) {
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
        drop(polled.withdraw(&word));
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

/// The call of a cancellation may come when the task is in another context already.
#[test]
fn loom_a_cancel_on_its_way_ends_no_wait_in_a_context_entered_meanwhile() {
    bounded_model(|| {
        let shared = ambient();
        let other = shared.clone();
        let canceller = thread::spawn(move || cancel(&other));
        let ambient = &shared.0.0;
        // A wait before: from here on the task is called, if it was not cancelled already.
        let before = Waiter::for_task(NonNull::dangling());
        if enter(&ambient.interrupt, &before).is_ok() {
            assert!(before.end(Wake::Event), "no interrupt is answered here");
            // SAFETY: as in `enter`.
            unsafe { ambient.interrupt.leave_at_home() };
        }
        let outer = ambient.go_to(Context::background());
        let waiter = Waiter::for_task(NonNull::dangling());
        assert_eq!(enter(&ambient.interrupt, &waiter), Ok(()));
        shared.1.answer(&ambient.interrupt);
        assert!(waiter.end(Wake::Event), "not the task's own context");
        // SAFETY: as in `enter`.
        unsafe { ambient.interrupt.leave_at_home() };
        ambient.go_back(outer);
        canceller.join().unwrap();
        shared.1.move_out(&ambient.interrupt);
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
fn loom_a_task_that_finds_its_end_finds_its_context_done() {
    bounded_model(|| {
        let shared = ambient();
        let other = shared.clone();
        let canceller = thread::spawn(move || cancel(&other));
        let context = shared.0.0.current(&mut |claim| shared.1.settle(claim));
        if shared.0.0.is_done() {
            assert_eq!(context.cause(), Some(Cause::Cancelled));
        }
        canceller.join().unwrap();
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
        // SAFETY: as in `enter`.
        let entered = unsafe {
            let interrupt = &ambient.interrupt;
            interrupt.enter_at_home(NonNull::dangling(), &waiter, Accepts::Cancel)
        };
        match entered {
            Ok(()) => {
                let wake = shared.1.wait_at_home(&waiter, &ambient.interrupt);
                assert_eq!(wake, Wake::Cancelled);
                // SAFETY: as above.
                unsafe { ambient.interrupt.leave_at_home() };
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
