//! Helpers of a test: tasks if the test is one, and OS threads otherwise.
//!
//! A case is written once. [`both_ways`] runs it as a task on runtimes of 1, 2 and 8 workers, and
//! then on the test's own thread; [`crew`] gives it helpers of its own kind.

use crate::watchdog::Watchdog;
use crate::workers::with_workers;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Runs `case` in a task on runtimes of several sizes, and then on this very thread.
#[track_caller]
pub(crate) fn both_ways(case: impl Fn() + Sync) {
    with_workers([1, 2, 8], |runtime| runtime.run(&case));
    let _watchdog = Watchdog::start();
    case();
}

/// Whoever helps a test; copies are the same crew.
#[derive(Clone, Copy)]
pub(crate) enum Crew<'scope, 'env: 'scope> {
    Tasks(&'scope teem::Scope<'scope, 'env>),
    Threads(&'scope thread::Scope<'scope, 'env>),
}

/// One of a crew, to be waited for.
pub(crate) enum Helper<'scope, T> {
    Task(teem::ScopedJoinHandle<'scope, T>),
    Thread(thread::ScopedJoinHandle<'scope, T>),
}

/// Runs `f` with a crew, and waits for all of it.
pub(crate) fn crew<'env, R>(f: impl for<'scope> FnOnce(Crew<'scope, 'env>) -> R) -> R {
    if teem::task::try_current().is_some() {
        teem::scope(|scope| f(Crew::Tasks(scope)))
    } else {
        thread::scope(|scope| f(Crew::Threads(scope)))
    }
}

impl<'scope> Crew<'scope, '_> {
    /// Starts a helper. Among threads every third is a thread that waits for a task.
    pub(crate) fn spawn<T: Send + 'scope>(
        self,
        f: impl FnOnce() -> T + Send + 'scope,
    ) -> Helper<'scope, T> {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        match self {
            Crew::Tasks(scope) => Helper::Task(scope.spawn(f)),
            Crew::Threads(scope) => {
                if THREADS.fetch_add(1, Ordering::Relaxed) % 3 == 2 {
                    Helper::Thread(scope.spawn(|| teem::run(f)))
                } else {
                    Helper::Thread(scope.spawn(f))
                }
            }
        }
    }
}

impl<T> Helper<'_, T> {
    /// Waits for the result.
    #[track_caller]
    pub(crate) fn join(self) -> T {
        let result = match self {
            Helper::Task(task) => task.join(),
            Helper::Thread(thread) => thread.join(),
        };
        result.expect("a helper ends without a panic")
    }
}

/// Gives others time to get as far as they can. Nothing may depend on whether they do.
pub(crate) fn lull() {
    for _ in 0..20 {
        teem::task::yield_now();
    }
}
