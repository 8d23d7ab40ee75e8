//! What the words of a task promise, on one thread; `models.rs` has the interleavings.

use super::interrupt::{Accepts, Interrupt};
use super::join::{JoinWord, Polled};
use super::local::{LocalKey, Locals};
use super::{Ambient, Birth, Claim, Context, Parker, TaskRef, WaitList, Waiter, Wake, allocate};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

fn waiter() -> Waiter {
    Waiter::for_task(NonNull::dangling())
}

/// Claims a waiter that stands in the test's own frame.
fn claim(waiter: &Waiter, wake: Wake) -> Claim {
    // SAFETY: alive: it is borrowed.
    unsafe { Waiter::claim(waiter, wake) }
}

#[test]
fn an_owner_that_ends_its_wait_leaves_nothing_to_claim() {
    let waiter = waiter();
    assert!(waiter.end(Wake::Event));
    assert!(matches!(claim(&waiter, Wake::TimedOut), Claim::Lost));
    assert_eq!(waiter.outcome(), Some(Wake::Event));
}

#[test]
fn a_claim_schedules_and_the_next_one_is_lost() {
    let waiter = waiter();
    assert_eq!(waiter.outcome(), None);
    assert!(matches!(claim(&waiter, Wake::TimedOut), Claim::Schedule(_)));
    assert!(matches!(claim(&waiter, Wake::Event), Claim::Lost));
    assert_eq!(waiter.outcome(), Some(Wake::TimedOut));
}

#[test]
fn a_thread_waits_until_it_is_claimed() {
    let waiter = Waiter::for_thread(Arc::new(Parker::new()));
    std::thread::scope(|s| {
        // A token of std's must not end the wait.
        std::thread::current().unpark();
        let shared = Shared(&waiter);
        s.spawn(move || assert!(matches!(claim(shared.get(), Wake::Cancelled), Claim::Won)));
        assert_eq!(waiter.wait_thread(None), Wake::Cancelled);
    });
}

/// A waiter is claimed from other threads, which its lock otherwise vouches for.
struct Shared<'a>(&'a Waiter);
// SAFETY: `claim` alone is called through it, which is made for that.
unsafe impl Send for Shared<'_> {}
impl Shared<'_> {
    fn get(&self) -> &Waiter {
        self.0
    }
}

#[test]
fn a_threads_deadline_ends_its_wait() {
    let waiter = Waiter::for_thread(Arc::new(Parker::new()));
    let deadline = Instant::now() + Duration::from_millis(2);
    assert_eq!(waiter.wait_thread(Some(deadline)), Wake::TimedOut);
    assert!(Instant::now() >= deadline);
}

#[test]
fn a_list_is_first_in_first_out_and_gives_up_its_middle() {
    let waiters: Vec<Waiter> = (0..4).map(|_| waiter()).collect();
    let mut list = WaitList::new();
    for waiter in &waiters {
        // SAFETY: all are removed before `waiters` ends.
        unsafe { list.push_back(waiter) };
    }
    // SAFETY: linked into this list, or not linked.
    unsafe {
        assert!(list.remove(&waiters[1]));
        assert!(!list.remove(&waiters[1]), "removed twice");
    }
    let order: Vec<_> = std::iter::from_fn(|| list.pop_front()).collect();
    assert_eq!(order, [0, 2, 3].map(|i| &raw const waiters[i]));
    assert!(list.is_empty());
}

/// Enters a wait of a task that this thread plays.
fn enter(interrupt: &Interrupt, waiter: &Waiter, accepts: Accepts) -> Result<(), Wake> {
    // SAFETY: this thread is the home, and nobody uses the header.
    unsafe { interrupt.enter_at_home(NonNull::dangling(), waiter, accepts) }
}

/// What the home does with a call.
fn answer(interrupt: &Interrupt) -> Claim {
    // SAFETY: as in `enter`; there is no queue.
    unsafe { interrupt.answer() }
}

#[test]
fn an_unpark_before_the_park_is_not_lost_and_two_are_one() {
    let interrupt = Interrupt::new();
    assert!(matches!(interrupt.unpark(), Claim::Won));
    assert!(matches!(interrupt.unpark(), Claim::Won));
    let waiter = waiter();
    let accepts = Accepts::CancelAndUnpark;
    assert_eq!(enter(&interrupt, &waiter, accepts), Err(Wake::Event));
    assert_eq!(enter(&interrupt, &waiter, accepts), Ok(()));
    // SAFETY: as in `enter`.
    unsafe { interrupt.leave_at_home() };
}

#[test]
fn an_unpark_does_not_end_a_wait_for_something_else() {
    let interrupt = Interrupt::new();
    let waiter = waiter();
    enter(&interrupt, &waiter, Accepts::Cancel).unwrap();
    assert!(matches!(interrupt.unpark(), Claim::Call(_)));
    assert!(matches!(answer(&interrupt), Claim::Lost));
    assert_eq!(waiter.outcome(), None);
    assert!(matches!(interrupt.cancel(), Claim::Call(_)));
    assert!(matches!(answer(&interrupt), Claim::Schedule(_)));
    assert_eq!(waiter.outcome(), Some(Wake::Cancelled));
    // SAFETY: as in `enter`.
    unsafe { interrupt.leave_at_home() };
}

#[test]
fn a_task_is_called_once_until_it_answers_and_does_not_move_out_before() {
    let interrupt = Interrupt::new();
    let waiter = waiter();
    enter(&interrupt, &waiter, Accepts::CancelAndUnpark).unwrap();
    assert!(matches!(interrupt.cancel(), Claim::Call(_)));
    assert!(matches!(interrupt.unpark(), Claim::Won));
    // SAFETY: as in `enter`.
    unsafe { interrupt.leave_at_home() };
    assert!(!interrupt.move_out(), "a call is on its way");
    assert!(matches!(interrupt.unpark(), Claim::Won));
    assert!(matches!(answer(&interrupt), Claim::Lost));
    assert!(matches!(interrupt.unpark(), Claim::Won), "called again");
    assert!(interrupt.move_out());
    assert!(matches!(interrupt.cancel(), Claim::Won));
    assert!(matches!(interrupt.unpark(), Claim::Won));
}

#[test]
fn a_cancellation_stays() {
    let interrupt = Interrupt::new();
    assert!(matches!(interrupt.cancel(), Claim::Won));
    for _ in 0..2 {
        assert!(interrupt.is_done());
        let entered = enter(&interrupt, &waiter(), Accepts::Cancel);
        assert_eq!(entered, Err(Wake::Cancelled));
        assert_eq!(interrupt.enter(&waiter()), Err(Wake::Cancelled));
    }
}

#[test]
fn a_value_that_panics_when_its_context_is_left_keeps_nobody_there() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a destructor");
        }
    }
    let ambient = Ambient::new(Context::background());
    let outer = ambient.go_to(Context::background().with_value(Bomb));
    let back = catch_unwind(AssertUnwindSafe(|| ambient.go_back(outer)));
    assert!(back.is_err());
    assert!(!ambient.is_entered());
    ambient.cancel(&mut |_| ());
    assert!(ambient.is_done());
}

#[test]
fn a_detached_result_is_the_tasks_to_drop() {
    let word = JoinWord::new();
    assert!(word.detach());
    assert!(word.complete().is_none());
    let word = JoinWord::new();
    assert!(matches!(word.complete(), Some(Claim::Won)));
    assert!(!word.detach());
}

#[test]
fn a_task_that_never_runs_drops_its_closure_with_the_last_reference() {
    let held = Arc::new(());
    let inside = Arc::clone(&held);
    let birth = Birth {
        magazines: None,
        id: 1,
        site: Location::caller(),
        attributes: None,
        family: ptr::null(),
        context: Context::background(),
    };
    let task = allocate(birth, move || drop(inside));
    let second = task.clone();
    // SAFETY: the runtime's reference, which nobody else takes.
    drop(unsafe { TaskRef::from_counted(task.header()) });
    drop(task);
    assert_eq!(Arc::strong_count(&held), 2);
    drop(second);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn a_polled_handle_moves_and_takes_its_wait_back() {
    let word = JoinWord::new();
    let mut polled = Polled::new();
    assert!(!polled.poll(&word, Waker::noop()));
    let mut moved = Box::new(polled);
    assert!(!moved.poll(&word, Waker::noop()));
    drop(moved.withdraw(&word));
    assert!(!moved.poll(&word, Waker::noop()));
    assert!(matches!(word.complete(), Some(Claim::Wake(_))));
    assert!(moved.poll(&word, Waker::noop()));
    drop(moved.withdraw(&word));
}

#[test]
fn local_values_stay_in_place_until_the_end_and_end_once() {
    type Value = RefCell<Vec<Arc<()>>>;
    static KEYS: [LocalKey<Value>; 3] = [const { LocalKey::new(RefCell::default) }; 3];
    let (locals, held) = (Locals::new(), Arc::new(()));
    let mut places = [ptr::null::<Value>(); 3];
    for _ in 0..2 {
        for (key, place) in KEYS.iter().zip(&mut places) {
            let put = |value: &Value| {
                value.borrow_mut().push(Arc::clone(&held));
                ptr::from_ref(value)
            };
            let now = locals.with(key, key.init, put).unwrap();
            assert!(place.is_null() || *place == now);
            *place = now;
        }
    }
    assert_eq!(Arc::strong_count(&held), 7);
    // SAFETY: this is the only user, and in no closure of `with`.
    unsafe { locals.finish() };
    assert_eq!(Arc::strong_count(&held), 1);
    assert!(locals.with(&KEYS[0], KEYS[0].init, |_| ()).is_err());
    // SAFETY: as above.
    unsafe { locals.finish() };
}

#[test]
fn a_local_value_made_while_it_is_made_gives_way() {
    static KEY: LocalKey<RefCell<Vec<u8>>> = LocalKey::new(RefCell::default);
    let locals = Locals::new();
    let recursive = || {
        let inner = locals.with(&KEY, || RefCell::new(vec![1]), |value| value.take());
        RefCell::new([inner.unwrap(), vec![2]].concat())
    };
    let value = locals.with(&KEY, recursive, |value| value.borrow().clone());
    assert_eq!(value, Ok(vec![1, 2]));
    // SAFETY: as above.
    unsafe { locals.finish() };
}
