//! Several at once, as tasks or as OS threads: who waits must not matter.

use crate::watchdog::Watchdog;
use crate::workers::with_workers;

/// Runs `test` in a task, on runtimes of several sizes, and then on this very thread.
#[track_caller]
pub(crate) fn in_task_and_thread(test: impl Fn() + Sync) {
    with_workers([1, 2, 8], |runtime| runtime.run(&test));
    let _watchdog = Watchdog::start();
    test();
}

/// Runs `f` with 0 to `n - 1` concurrently and waits for all: as tasks if this is one; otherwise on
/// OS threads, with every third as a task between them.
#[track_caller]
pub(crate) fn everywhere(n: usize, f: impl Fn(usize) + Sync) {
    let f = &f;
    if teem::task::try_current().is_some() {
        return teem::scope(|s| {
            for n in 0..n {
                s.spawn(move || f(n));
            }
        });
    }
    std::thread::scope(|threads| {
        teem::scope(|tasks| {
            for n in 0..n {
                if n % 3 == 2 {
                    tasks.spawn(move || f(n));
                } else {
                    threads.spawn(move || f(n));
                }
            }
        });
    });
}

/// Runs `other` beside `this`, as a task if this is one and on an OS thread otherwise, and waits for it.
#[track_caller]
pub(crate) fn beside<R>(other: impl FnOnce() + Send, this: impl FnOnce() -> R) -> R {
    if teem::task::try_current().is_some() {
        return teem::scope(|s| {
            s.spawn(other);
            this()
        });
    }
    std::thread::scope(|s| {
        s.spawn(other);
        this()
    })
}
