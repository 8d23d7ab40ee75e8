//! The global runtime's environment, and panics that end the process: in processes of their own.

use super::{Watchdog, in_child};
use std::os::unix::process::ExitStatusExt;
use std::process::Output;
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
        assert!(std::panic::catch_unwind(|| teem::spawn(|| ())).is_err());
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
        assert!(std::panic::catch_unwind(|| panic!("caught")).is_err());
    });
    let _ = runtime.spawn(|| panic!("the last words")).join();
    panic!("still here");
}
