//! Who is in which context: what is waited for, what is detached, what enters.

use crate::watchdog::Watchdog;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use teem::context::{self, Cause, Context, shield};
use teem::runtime;
use teem::task::{self, park};

struct Name(&'static str);

fn name() -> Option<&'static str> {
    context::current().value::<Name>().map(|name| name.0)
}

/// Waits, in whatever context the caller is in, until that is done.
fn until_done() -> Option<Cause> {
    let begin = Instant::now();
    while context::current().check().is_ok() {
        park();
        assert!(begin.elapsed() < Duration::from_secs(60), "never done");
    }
    context::current().cause()
}

#[test]
fn what_is_waited_for_inherits_all() {
    let _watchdog = Watchdog::start();
    let (context, cancel) = context::background()
        .with_value(Name("outer"))
        .with_cancel();
    let task = task::Builder::new().context(context).spawn(|| {
        let names = teem::scope(|s| {
            let child = s.spawn(name);
            let grandchild = s.spawn(|| teem::run(name));
            let offloaded = teem::offload(name);
            [child.join().unwrap(), grandchild.join().unwrap(), offloaded]
        });
        assert_eq!(names, [Some("outer"); 3]);
        // Each parks in its own way, and the one cancellation ends them all.
        teem::scope(|s| {
            let causes = [
                s.spawn(until_done),
                s.spawn(|| teem::run(until_done)),
                s.spawn(|| teem::scope(|s| s.spawn(until_done).join().unwrap())),
                s.spawn(|| teem::offload(|| context::current().done()).into()),
            ];
            causes.map(|cause| cause.join().unwrap())
        })
    });
    cancel.cancel_with("enough");
    for cause in task.unwrap().join().unwrap() {
        assert!(matches!(cause, Some(Cause::Custom(_))), "{cause:?}");
    }
}

#[test]
fn what_is_detached_inherits_the_values_only() {
    let _watchdog = Watchdog::start();
    let (context, cancel) = context::background()
        .with_value(Name("outer"))
        .with_cancel();
    cancel.cancel();
    let seen = context.enter(|| {
        let look = || (name(), context::current().is_done());
        let (sender, receiver) = mpsc::channel();
        teem::go!(sender.send((name(), context::current().is_done())).unwrap());
        let local = teem::run(move || {
            assert!(context::current().is_done(), "it is waited for");
            task::spawn_local(look).join().unwrap()
        });
        [
            teem::spawn(look).join().unwrap(),
            receiver.recv().unwrap(),
            local,
        ]
    });
    assert_eq!(seen, [(Some("outer"), false); 3]);
}

#[test]
fn a_cancelled_task_takes_its_children_along_and_not_its_parent() {
    let _watchdog = Watchdog::start();
    let (parked, is_parked) = mpsc::channel();
    let task = teem::spawn(move || {
        let inner = teem::scope(|s| {
            let child = s.spawn(|| {
                parked.send(()).unwrap();
                until_done()
            });
            child.join().unwrap()
        });
        (inner, until_done())
    });
    is_parked.recv().unwrap();
    task.cancel();
    assert_eq!(
        task.join().unwrap(),
        (Some(Cause::Cancelled), Some(Cause::Cancelled))
    );

    teem::scope(|s| {
        let (one, other) = (
            s.spawn(until_done),
            s.spawn(|| context::current().is_done()),
        );
        one.cancel();
        assert_eq!(one.join().unwrap(), Some(Cause::Cancelled));
        assert!(!other.join().unwrap());
    });
    assert!(!context::current().is_done());
}

#[test]
fn a_task_cancelled_before_it_starts_runs_in_a_done_context() {
    let _watchdog = Watchdog::start();
    let runtime = runtime::Builder::new().workers(1).build().unwrap();
    let done = runtime.run(|| {
        let task = teem::spawn(|| context::current().cause());
        task.cancel();
        task.join().unwrap()
    });
    assert_eq!(done, Some(Cause::Cancelled));
}

#[test]
fn entering_replaces_and_leaving_restores() {
    let _watchdog = Watchdog::start();
    let (context, cancel) = context::background().with_cancel();
    let (entered, has_entered) = mpsc::channel();
    let task = teem::spawn(move || {
        let own = context::current();
        let cause = context.enter(|| {
            entered.send(()).unwrap();
            until_done()
        });
        assert!(matches!(cause, Some(Cause::Custom(_))));
        assert!(!own.is_done() && !context::current().is_done());
        // A wait in the task's own context is not cut by what it has left.
        task::park_timeout(Duration::from_millis(1));
        context.enter(|| {
            let inside = Instant::now();
            shield(|| teem::time::sleep(Duration::from_millis(2)));
            assert!(inside.elapsed() >= Duration::from_millis(2), "shielded");
            context::background().enter(|| assert!(!context::current().is_done()));
            assert!(context::current().is_done());
        });
        entered.send(()).unwrap();
        until_done()
    });
    has_entered.recv().unwrap();
    cancel.cancel_with("over");
    has_entered.recv().unwrap();
    task.cancel();
    assert_eq!(task.join().unwrap(), Some(Cause::Cancelled));
}

#[test]
fn a_cancel_that_comes_while_the_task_is_elsewhere_is_there_when_it_is_back() {
    let _watchdog = Watchdog::start();
    let (entered, has_entered) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let task = teem::spawn(move || {
        let own = context::current();
        let inside = shield(|| {
            entered.send(()).unwrap();
            teem::offload(move || may_go_on.recv().unwrap());
            (context::current().is_done(), own.is_done())
        });
        (inside, context::current().cause())
    });
    has_entered.recv().unwrap();
    task.cancel();
    go_on.send(()).unwrap();
    assert_eq!(
        task.join().unwrap(),
        ((false, true), Some(Cause::Cancelled))
    );
}

#[test]
fn a_panic_inside_leaves_the_context() {
    let _watchdog = Watchdog::start();
    let (context, cancel) = context::background().with_cancel();
    cancel.cancel();
    let check = move || {
        let panicked = std::panic::catch_unwind(|| context.enter(|| panic!("inside")));
        assert!(panicked.is_err());
        assert!(!context::current().is_done());
    };
    check.clone()();
    teem::spawn(check).join().unwrap();
}

#[test]
fn the_end_of_a_runtime_reaches_tasks_in_contexts_from_elsewhere() {
    let _watchdog = Watchdog::start();
    let (context, _keep) = context::background().with_cancel();
    let runtime = runtime::Builder::new().workers(2).build().unwrap();
    let (result, results) = mpsc::channel();
    for _ in 0..4 {
        let (context, result) = (context.clone(), result.clone());
        runtime.spawn(move || {
            context.enter(|| {
                result.send(()).unwrap();
                teem::time::sleep(Duration::MAX);
            });
            shield(|| teem::time::sleep(Duration::from_millis(2)));
            result.send(()).unwrap();
        });
    }
    results.iter().take(4).for_each(drop);
    drop(runtime);
    assert_eq!(results.try_iter().count(), 4, "all came to their end");
    assert!(!context.is_done());
}

#[test]
fn a_context_travels_to_other_tasks_and_threads() {
    let _watchdog = Watchdog::start();
    let task = teem::spawn(|| {
        let own: Context = context::current();
        let watch = std::thread::spawn(move || own.done());
        (until_done(), watch)
    });
    task.cancel();
    let (cause, watch) = task.join().unwrap();
    assert_eq!(cause, Some(Cause::Cancelled));
    assert_eq!(watch.join().unwrap(), Cause::Cancelled);
}
