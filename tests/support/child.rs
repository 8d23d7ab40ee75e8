//! Tests that end their process, or want one of their own: they run themselves again as a child.

use std::process::{Command, Output};

const CHILD: &str = "TEEM_TEST_CHILD";

/// Whether this is the child; the parent gets what became of it. The child has `environment`
/// beside the parent's.
pub(crate) fn in_child(test: &str, environment: &[(&str, &str)]) -> Option<Output> {
    if std::env::var(CHILD).is_ok_and(|name| name == test) {
        return None;
    }
    let program = std::env::current_exe().expect("the test binary's path");
    let child = Command::new("sh")
        .args(["-c", "ulimit -c 0; exec \"$0\" \"$@\""])
        .arg(program)
        .args(["--exact", "--nocapture", "--test-threads=1", test])
        .env(CHILD, test)
        .envs(environment.iter().copied())
        .output();
    Some(child.expect("a child"))
}
