//! The tree of contexts, its causes, values and functions.
//!
//! Corresponds to Go's `context_test.go` and `x_test.go`. Left out:
//!
//! | case                                           | why                                                  |
//! | ---------------------------------------------- | ---------------------------------------------------- |
//! | `TestAllocs`                                   | counts what Go's compiler allocates                   |
//! | `TestLayersCancel`, `TestLayersTimeout`        | random layers: the long chain here, and `TestParentFinishesChild` |
//! | `TestInterlockedCancels`, `TestSimultaneousCancels` | `go_xtest_many_cancels_and_functions_at_once`    |
//! | `TestCustomContextGoroutines`, `TestCustomContextPropagation` | a context is no interface that users implement |
//! | `TestInvalidDerivedFail`, `TestNilChildren..`  | there are no null contexts                            |
//! | `TestDeadlineExceededIsNetError`               | the kind of an I/O error: `cut.rs`                     |
//! | `TestValues` of equal keys                     | values are found by their type                        |

use crate::watchdog::Watchdog;
use crate::workers::with_workers;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use teem::context::{self, Cause, Context};
use teem::runtime::Builder;

fn past() -> Instant {
    Instant::now() - Duration::from_millis(1)
}

fn soon() -> Instant {
    Instant::now() + Duration::from_millis(5)
}

#[test]
fn go_test_background_is_never_done_and_carries_nothing() {
    let context = Context::background();
    assert!(!context.is_done());
    assert_eq!(context.cause(), None);
    assert_eq!(context.deadline(), None);
    assert!(context.value::<u32>().is_none());
    assert_eq!(context.check(), Ok(()));
}

#[test]
fn go_test_parent_finishes_child() {
    let _watchdog = Watchdog::start();
    let (parent, cancel) = context::background().with_cancel();
    let (child, _keep) = parent.with_cancel();
    let valued = child.with_value(7_u32);
    let later = valued.with_timeout(Duration::from_secs(3600));
    let all = [&parent, &child, &valued, &later];
    assert!(all.iter().all(|context| !context.is_done()));
    cancel.cancel();
    for context in all {
        assert_eq!(context.cause(), Some(Cause::Cancelled));
        assert_eq!(context.done(), Cause::Cancelled);
        assert_eq!(*context.check().unwrap_err().cause(), Cause::Cancelled);
    }
    let (late, _keep) = parent.with_cancel();
    assert_eq!(late.cause(), Some(Cause::Cancelled), "made too late");
}

#[test]
fn go_test_child_finishes_first() {
    let (parent, _keep) = context::background().with_cancel();
    let (child, cancel) = parent.with_cancel();
    let (sibling, _keep) = parent.with_cancel();
    cancel.cancel();
    assert!(child.is_done());
    assert!(!parent.is_done() && !sibling.is_done());
}

#[test]
fn go_test_deadline_is_the_soonest_of_all() {
    let near = Instant::now() + Duration::from_secs(1000);
    let far = near + Duration::from_secs(1000);
    let context = context::background().with_deadline(near);
    assert_eq!(context.with_deadline(far).deadline(), Some(near));
    let context = context::background().with_deadline(far);
    assert_eq!(context.with_deadline(near).deadline(), Some(near));
    let endless = context::background().with_timeout(Duration::MAX);
    assert_eq!(endless.deadline(), None);
}

#[test]
fn go_test_timeout_ends_whoever_waits() {
    let _watchdog = Watchdog::start();
    let context = context::background().with_deadline(soon());
    let (child, _keep) = context.with_cancel();
    let waits = [&context, &child].map(|context| {
        let context = context.clone();
        teem::spawn(move || context.done())
    });
    assert_eq!(context.done(), Cause::DeadlineExceeded, "on a thread");
    for wait in waits {
        assert_eq!(wait.join().unwrap(), Cause::DeadlineExceeded);
    }
}

#[test]
fn go_test_cancelled_timeout() {
    let (context, cancel) = context::background()
        .with_timeout(Duration::from_secs(3600))
        .with_cancel();
    cancel.cancel();
    assert_eq!(context.cause(), Some(Cause::Cancelled));
}

#[test]
fn go_test_cause_the_first_one_stays() {
    let (context, cancel) = context::background().with_deadline(past()).with_cancel();
    assert_eq!(context.cause(), Some(Cause::DeadlineExceeded));
    cancel.cancel_with("too late to matter");
    assert_eq!(context.cause(), Some(Cause::DeadlineExceeded));

    let _watchdog = Watchdog::start();
    let (context, cancel) = context::background().with_cancel();
    let timed = context.with_deadline(soon());
    cancel.cancel_with("first");
    while Instant::now() < timed.deadline().unwrap() {
        std::thread::yield_now();
    }
    let Some(Cause::Custom(error)) = timed.cause() else {
        panic!("the deadline came second: {:?}", timed.cause());
    };
    assert_eq!(error.to_string(), "first");
    cancel.cancel();
    assert_eq!(context.cause(), timed.cause());
}

#[test]
fn go_test_values_are_found_by_their_type_and_hidden_by_inner_ones() {
    #[derive(Debug, PartialEq)]
    struct User(&'static str);
    let outer = context::background().with_value(User("a")).with_value(1_u8);
    let inner = outer.with_value(User("b"));
    assert_eq!(*inner.value::<User>().unwrap(), User("b"));
    assert_eq!(*outer.value::<User>().unwrap(), User("a"));
    assert_eq!(*inner.value::<u8>().unwrap(), 1);
    assert!(inner.value::<u16>().is_none());
    assert_eq!(*inner.without_cancel().value::<User>().unwrap(), User("b"));
}

#[test]
fn go_test_without_cancel_outlives_its_origin() {
    let (context, cancel) = context::background().with_cancel();
    let free = context.with_deadline(past()).without_cancel();
    cancel.cancel();
    assert!(!free.is_done());
    assert_eq!(free.deadline(), None);
}

#[test]
fn a_guard_cancels_and_a_handle_alone_does_not() {
    let (context, cancel) = context::background().with_cancel();
    let guard = cancel.clone().drop_guard();
    drop(cancel);
    assert!(!context.is_done());
    drop(guard);
    assert!(context.is_done());
}

#[test]
fn a_long_chain_of_contexts_is_cancelled_and_dropped_without_running_out_of_stack() {
    let _watchdog = Watchdog::start();
    let (mut context, cancel) = context::background().with_cancel();
    let mut keep = Vec::new();
    for depth in 0..200_000_u32 {
        let (below, handle) = context.with_value(depth).with_cancel();
        context = below;
        keep.push(handle);
    }
    cancel.cancel();
    assert!(context.is_done());
    drop(keep);
    drop(context);
}

#[test]
fn contexts_that_are_gone_do_not_pile_up_below_one_that_stays() {
    let (context, cancel) = context::background().with_cancel();
    let alive = Arc::new(());
    let held = || Arc::strong_count(&alive);
    for _ in 0..10_000 {
        let (child, _) = context.with_cancel();
        let alive = Arc::clone(&alive);
        child.after_func(move || drop(alive)).stop();
    }
    assert_eq!(held(), 1, "stopped functions are dropped");
    cancel.cancel();
}

#[test]
fn go_test_after_func_runs_once_in_a_task_of_its_own() {
    let _watchdog = Watchdog::start();
    let (context, cancel) = context::background().with_value(7_u32).with_cancel();
    let (sender, receiver) = mpsc::channel();
    let after = context.after_func(move || {
        let value = context::current().value::<u32>().map(|value| *value);
        let done = context::current().is_done();
        sender
            .send((teem::task::try_current().is_some(), value, done))
            .unwrap();
    });
    cancel.cancel();
    assert_eq!(receiver.recv(), Ok((true, Some(7), false)));
    assert!(!after.stop(), "it has run");
    assert!(receiver.recv().is_err(), "once");
}

#[test]
fn go_test_after_func_of_a_done_context_runs_at_once() {
    let _watchdog = Watchdog::start();
    let (sender, receiver) = mpsc::channel();
    let context = context::background().with_deadline(past());
    drop(context.after_func(move || sender.send(()).unwrap()));
    assert_eq!(receiver.recv(), Ok(()));
}

#[test]
fn go_test_after_func_stopped_does_not_run() {
    let _watchdog = Watchdog::start();
    let (context, cancel) = context::background().with_deadline(soon()).with_cancel();
    let (sender, receiver) = mpsc::channel::<()>();
    let after = context.after_func(move || sender.send(()).unwrap());
    assert!(after.stop());
    assert!(!after.stop(), "stopped before");
    context.done();
    cancel.cancel();
    assert!(receiver.recv().is_err(), "the function was dropped unrun");
}

#[test]
fn go_test_after_func_runs_when_the_deadline_passes() {
    let _watchdog = Watchdog::start();
    let (sender, receiver) = mpsc::channel();
    let context = context::background().with_deadline(soon());
    drop(context.after_func(move || sender.send(Instant::now()).unwrap()));
    assert!(receiver.recv().unwrap() >= context.deadline().unwrap());
}

#[test]
fn a_function_runs_when_the_deadline_passes_though_the_runtime_it_came_from_has_ended() {
    let _watchdog = Watchdog::start();
    let context = context::background().with_timeout(Duration::from_millis(50));
    let (sender, receiver) = mpsc::channel();
    let runtime = Builder::new().workers(1).build().unwrap();
    runtime.run(|| drop(context.after_func(move || sender.send(Instant::now()).unwrap())));
    drop(runtime);
    assert!(receiver.recv().unwrap() >= context.deadline().unwrap());
}

#[test]
fn a_function_can_be_stopped_though_the_runtime_it_came_from_has_ended() {
    let _watchdog = Watchdog::start();
    let context = context::background().with_timeout(Duration::from_secs(3600));
    let (sender, receiver) = mpsc::channel::<()>();
    let runtime = Builder::new().workers(1).build().unwrap();
    let after = runtime.run(|| context.after_func(move || sender.send(()).unwrap()));
    drop(runtime);
    assert!(after.stop());
    assert!(receiver.recv().is_err(), "the function was dropped unrun");
}

#[test]
fn a_function_of_a_context_that_is_gone_still_runs_with_the_one_above() {
    let _watchdog = Watchdog::start();
    let (context, cancel) = context::background().with_cancel();
    let (sender, receiver) = mpsc::channel();
    drop(
        context
            .with_cancel()
            .0
            .after_func(move || sender.send(()).unwrap()),
    );
    cancel.cancel();
    assert_eq!(receiver.recv(), Ok(()));
}

#[test]
fn a_function_of_a_context_that_nobody_can_cancel_any_more_is_dropped() {
    let (sender, receiver) = mpsc::channel::<()>();
    let (context, cancel) = context::background().with_cancel();
    drop(context.after_func(move || sender.send(()).unwrap()));
    drop((context, cancel));
    assert!(receiver.recv().is_err());
}

#[test]
fn go_xtest_many_cancels_and_functions_at_once() {
    let _watchdog = Watchdog::start();
    for _ in 0..200 {
        let (context, cancel) = context::background().with_cancel();
        let ran = Arc::new(AtomicUsize::new(0));
        let stopped = teem::scope(|s| {
            let tasks: Vec<_> = (0..8)
                .map(|n| {
                    let (context, ran) = (context.clone(), Arc::clone(&ran));
                    s.spawn(move || {
                        let after = context.after_func(move || {
                            ran.fetch_add(1, SeqCst);
                        });
                        n % 2 == 0 && after.stop()
                    })
                })
                .collect();
            let cancels = [(); 2].map(|()| {
                let cancel = cancel.clone();
                s.spawn(move || cancel.cancel())
            });
            cancels.into_iter().for_each(|c| c.join().unwrap());
            tasks
                .into_iter()
                .filter(|_| true)
                .map(|t| t.join().unwrap())
                .filter(|s| *s)
                .count()
        });
        while ran.load(SeqCst) + stopped < 8 {
            std::thread::yield_now();
        }
        assert_eq!(ran.load(SeqCst) + stopped, 8);
    }
}

#[derive(Debug)]
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a destructor");
    }
}

impl std::fmt::Display for Bomb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a bomb")
    }
}

impl std::error::Error for Bomb {}

#[test]
fn the_first_cause_stays_while_a_cancellation_spreads() {
    let _watchdog = Watchdog::start();
    for wait in 0..20 {
        let (root, cancel) = Context::background().with_cancel();
        let last = root.with_cancel().0;
        let _others: Vec<_> = (0..20_000).map(|_| root.with_cancel().0).collect();
        let context = last.with_timeout(Duration::from_micros(200 * wait));
        std::thread::scope(|s| {
            s.spawn(move || cancel.cancel());
            let first = std::iter::repeat_with(|| context.cause()).flatten().next();
            while !last.is_done() {}
            assert_eq!(context.cause(), first);
        });
    }
}

#[test]
fn a_cause_that_panics_when_it_is_dropped_does_no_harm_to_the_worker() {
    with_workers([1], |runtime| {
        let (context, cancel) = Context::background().with_cancel();
        let (begun, begins) = mpsc::channel();
        let task = runtime.run(|| {
            let builder = teem::task::Builder::new().context(context.clone());
            let task = builder.spawn(move || {
                // A node of the task's own, below the one that is cancelled.
                let own = context::current();
                begun.send(()).unwrap();
                drop(own.done());
            });
            task.unwrap()
        });
        begins.recv().unwrap();
        cancel.cancel_with(Bomb);
        // From here on that node alone knows the cause, and goes with the task.
        drop((context, cancel, task));
        assert_eq!(runtime.run(|| 7), 7);
    });
}
