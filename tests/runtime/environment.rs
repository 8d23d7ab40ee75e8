//! The global runtime's environment, and panics that end the process: in processes of their own.

use super::{Watchdog, in_child};
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::process::Output;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;
use teem::runtime::{Builder, OnPanic};

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_environment_shapes_the_global_runtime() {
    const TEST: &str = "environment::the_environment_shapes_the_global_runtime";
    let environment = [("TEEM_WORKERS", "3"), ("TEEM_STACK_SIZE", "1048576")];
    if let Some(output) = in_child(TEST, &environment) {
        assert!(output.status.success(), "{output:?}");
        return;
    }
    let _watchdog = Watchdog::start();
    assert_eq!(teem::runtime::metrics().workers, 3);
    let remaining = teem::run(teem::stack::remaining).expect("in a task");
    assert!(remaining > 512 << 10, "{remaining}");
}

#[test]
fn a_bad_value_in_the_environment_is_an_error_that_names_it() {
    const TEST: &str = "environment::a_bad_value_in_the_environment_is_an_error_that_names_it";
    let bad = [
        ("TEEM_WORKERS", "many"),
        ("TEEM_WORKERS", ""),
        ("TEEM_WORKERS", "-1"),
        ("TEEM_WORKERS", "0"),
        ("TEEM_STACK_SIZE", "1MiB"),
        ("TEEM_STACK_SIZE", "99999999999"),
    ];
    for (name, value) in bad {
        if let Some(output) = in_child(TEST, &[(name, value)]) {
            assert!(output.status.success(), "{}", stderr(&output));
            let text = stderr(&output);
            assert!(text.contains("cannot start the global runtime"), "{text}");
            continue;
        }
        let set: Vec<_> = (bad.iter())
            .filter(|(name, value)| std::env::var(name).is_ok_and(|is| is == *value))
            .collect();
        let error = teem::task::Builder::new().spawn(|| ()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(set[0].0) && text.contains(set[0].1), "{text}");
        assert!(catch_unwind(|| teem::spawn(|| ())).is_err());
        return;
    }
}

#[test]
fn a_panic_aborts_where_that_is_asked_for() {
    const TEST: &str = "environment::a_panic_aborts_where_that_is_asked_for";
    if let Some(output) = in_child(TEST, &[]) {
        let aborted = 6;
        assert_eq!(output.status.signal(), Some(aborted), "{output:?}");
        assert!(stderr(&output).contains("the last words"), "{output:?}");
        assert!(!stderr(&output).contains("still here"), "{output:?}");
        return;
    }
    let _watchdog = Watchdog::start();
    let builder = Builder::new().workers(1).on_panic(OnPanic::Abort);
    let runtime = builder.build().unwrap();
    runtime.run(|| {
        // What the task catches itself is no panic of the task.
        assert!(catch_unwind(|| panic!("caught")).is_err());
    });
    let _ = runtime.spawn(|| panic!("the last words")).join();
    panic!("still here");
}

/// Runs `test` in a child of which the global runtime cannot be started.
pub(super) fn without_a_runtime(test: &str, check: impl FnOnce()) {
    if let Some(output) = in_child(test, &[("TEEM_WORKERS", "0")]) {
        assert!(output.status.success(), "{}", stderr(&output));
        return;
    }
    let _watchdog = Watchdog::start();
    check();
}

#[test]
fn a_scope_ends_though_its_child_could_not_be_spawned() {
    const TEST: &str = "environment::a_scope_ends_though_its_child_could_not_be_spawned";
    without_a_runtime(TEST, || {
        let scope = || teem::scope(|s| drop(s.spawn(|| ())));
        assert!(catch_unwind(scope).is_err());
        let scope = || {
            teem::try_scope(|s| {
                s.spawn(|| Ok::<_, ()>(()));
                Ok(())
            })
        };
        assert!(catch_unwind(scope).is_err());
    });
}

#[test]
fn a_future_leaves_its_clock_though_no_task_could_be_spawned_to_wake_it() {
    const TEST: &str =
        "environment::a_future_leaves_its_clock_though_no_task_could_be_spawned_to_wake_it";
    struct Quiet;
    impl Wake for Quiet {
        fn wake(self: Arc<Self>) {}
    }

    without_a_runtime(TEST, || {
        let timer = teem::time::Timer::new(Duration::from_secs(1_000));
        let quiet = Arc::new(Quiet);
        let waker = Waker::from(Arc::clone(&quiet));
        let mut future = timer.receiver().recv_async();
        let mut poll = || Pin::new(&mut future).poll(&mut Context::from_waker(&waker));
        assert!(catch_unwind(AssertUnwindSafe(&mut poll)).is_err());
        // What the clock knows of is still there, and goes with the future.
        assert_eq!(Arc::strong_count(&quiet), 3);
        assert!(timer.reset(Duration::from_secs(1_000)));
        drop(future);
        drop(waker);
        assert_eq!(Arc::strong_count(&quiet), 1);
        assert!(timer.reset(Duration::from_secs(1_000)));
    });
}
