//! Coroutines of another library inside of tasks: they suspend a closure that a task has given to teem, and end it in
//! another order, or in another task.

#![cfg(not(any(loom, miri)))]
#![forbid(unsafe_code)]

#[path = "support/child.rs"]
mod child;
#[path = "support/watchdog.rs"]
mod watchdog;

use child::in_child;
use corosensei::{Coroutine, CoroutineResult, Yielder};
use std::cell::RefCell;
use std::os::unix::process::ExitStatusExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use teem::runtime::Builder;
use teem::stack;
use teem::task::{forbid_park, spawn_local};
use teem::task_local;
use watchdog::Watchdog;

type Guest = Coroutine<(), (), ()>;

thread_local! {
    /// What one task leaves to the next.
    static KEPT: RefCell<Option<Guest>> = const { RefCell::new(None) };
}

fn guest(f: impl FnOnce(&Yielder<(), ()>) + 'static) -> Guest {
    Coroutine::new(move |yielder, ()| f(yielder))
}

fn is_suspended(guest: &mut Guest) -> bool {
    matches!(guest.resume(()), CoroutineResult::Yield(()))
}

/// Runs `f` as the one task of its thread, beside those that it spawns.
fn in_a_task<T>(f: impl FnOnce() -> T) -> T {
    let _watchdog = Watchdog::start();
    Builder::new().build_local().unwrap().run(f)
}

/// One task runs `f` in a guest until it suspends itself; what another does that resumes it comes back.
fn begin_here_and_end_there(f: impl FnOnce(&Yielder<(), ()>) + 'static) {
    let begin = move || {
        let mut guest = guest(f);
        assert!(is_suspended(&mut guest));
        KEPT.set(Some(guest));
    };
    spawn_local(begin).join().unwrap();
    let end = || {
        KEPT.take()
            .is_some_and(|mut guest| !is_suspended(&mut guest))
    };
    assert!(spawn_local(end).join().unwrap());
}

/// The child runs `f`, which is ended by the runtime.
#[track_caller]
fn ends_the_process(test: &str, f: impl FnOnce()) {
    let Some(output) = in_child(test, &[]) else {
        f();
        panic!("it has gone on");
    };
    assert_eq!(output.status.signal(), Some(6), "{output:?}");
    let text = String::from_utf8_lossy(&output.stderr);
    let said = text.contains("teem: a closure has returned in another task than it was called in");
    assert!(said, "{output:?}");
}

#[test]
fn segments_are_left_in_any_order() {
    in_a_task(|| {
        let deep = |yielder: &Yielder<(), ()>| stack::grow(|| yielder.suspend(()));
        let before = stack::remaining().unwrap();
        for leaves_first in [0, 1, 2, 1, 0] {
            let mut guests = [guest(deep), guest(deep), guest(deep)];
            assert!(guests.iter_mut().all(is_suspended));
            assert!(!is_suspended(&mut guests[leaves_first]));
            // One more, on top of those that are left.
            assert_eq!(stack::grow(|| stack::grow(|| 7)), 7);
            let left = guests.iter_mut().filter(|guest| !guest.done());
            assert_eq!(
                left.map(is_suspended)
                    .filter(|suspended| !suspended)
                    .count(),
                2
            );
            assert!(stack::remaining().unwrap().abs_diff(before) < 4096);
        }
    });
}

#[test]
fn a_segment_that_another_task_leaves_ends_the_process() {
    ends_the_process(
        "a_segment_that_another_task_leaves_ends_the_process",
        || {
            in_a_task(|| begin_here_and_end_there(|yielder| stack::grow(|| yielder.suspend(()))));
        },
    );
}

#[test]
fn a_context_that_another_task_leaves_ends_the_process() {
    ends_the_process(
        "a_context_that_another_task_leaves_ends_the_process",
        || {
            in_a_task(|| {
                begin_here_and_end_there(|yielder| {
                    let limit = Duration::from_secs(60);
                    teem::time::timeout(limit, || yielder.suspend(()));
                });
            });
        },
    );
}

#[test]
fn a_ban_on_parking_that_another_task_leaves_ends_the_process() {
    ends_the_process(
        "a_ban_on_parking_that_another_task_leaves_ends_the_process",
        || {
            in_a_task(|| begin_here_and_end_there(|yielder| forbid_park(|| yielder.suspend(()))));
        },
    );
}

/// Says when it is dropped.
struct Value(u64, Arc<AtomicBool>);

impl Drop for Value {
    fn drop(&mut self) {
        self.1.store(true, Ordering::SeqCst);
    }
}

task_local!(static VALUE: RefCell<Option<Value>> = const { RefCell::new(None) });

#[test]
fn a_task_local_value_outlasts_its_task_while_it_is_lent() {
    in_a_task(|| {
        let dropped = Arc::new(AtomicBool::new(false));
        let value = Value(7, Arc::clone(&dropped));
        let seen = Arc::clone(&dropped);
        begin_here_and_end_there(move |yielder| {
            VALUE.set(Some(value));
            VALUE.with_borrow(|value| {
                yielder.suspend(());
                assert!(!seen.load(Ordering::SeqCst));
                assert_eq!(value.as_ref().unwrap().0, 7);
            });
        });
        // Leaked: there is nobody who could have done it in the task.
        assert!(!dropped.load(Ordering::SeqCst));
    });
}

#[test]
fn a_scope_that_another_task_ends_waits_for_its_children() {
    in_a_task(|| {
        let ended = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&ended);
        let (sender, receiver) = teem::chan::bounded(0);
        begin_here_and_end_there(move |yielder| {
            teem::scope(|s| {
                for _ in 0..3 {
                    s.spawn(|| {
                        receiver.recv().unwrap();
                        ended.fetch_add(1, Ordering::SeqCst);
                    });
                }
                yielder.suspend(());
                spawn_local(move || (0..3).for_each(|_| sender.send(()).unwrap()));
            });
            assert_eq!(ended.load(Ordering::SeqCst), 3);
        });
        assert_eq!(seen.load(Ordering::SeqCst), 3);
    });
}
