//! `teem::sync` from the outside: on 1, 2 and 8 workers and from plain threads. Tests are named by the
//! hazard, or after std's that they correspond to; nothing sleeps to get an order.

#![cfg(not(any(loom, miri)))]

mod barrier;
mod condvar;
mod mpsc;
mod mutex;
mod once;
mod rwlock;
mod semaphore;
mod singleflight;
mod wait_group;

#[path = "../support/random.rs"]
mod random;
#[path = "../support/together.rs"]
mod together;
#[path = "../support/until.rs"]
mod until;
#[path = "../support/watchdog.rs"]
mod watchdog;
#[path = "../support/workers.rs"]
mod workers;

use std::panic::{AssertUnwindSafe, catch_unwind};
use until::until;
use watchdog::Watchdog;
use workers::with_workers;

/// Where the helpers of a test run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Task,
    Thread,
    /// Every other one.
    Mixed,
}

enum Running<T> {
    Task(teem::JoinHandle<T>),
    Thread(std::thread::JoinHandle<T>),
}

impl Place {
    fn spawn<T: Send + 'static>(self, f: impl FnOnce() -> T + Send + 'static) -> Running<T> {
        match self {
            Place::Task => Running::Task(teem::spawn(f)),
            Place::Thread => Running::Thread(std::thread::spawn(f)),
            Place::Mixed => unreachable!("`nth` has chosen"),
        }
    }

    /// Where the helper with this number runs.
    fn nth(self, n: usize) -> Self {
        match self {
            Place::Mixed if n.is_multiple_of(2) => Place::Task,
            Place::Mixed => Place::Thread,
            place => place,
        }
    }

    /// Runs `f` `count` times at once, with the numbers from 0 on.
    fn spawn_all<T: Send + 'static>(
        self,
        count: usize,
        f: impl Fn(usize) -> T + Clone + Send + 'static,
    ) -> Vec<Running<T>> {
        let spawn = |n| {
            let f = f.clone();
            self.nth(n).spawn(move || f(n))
        };
        (0..count).map(spawn).collect()
    }
}

impl<T: Send> Running<T> {
    fn is_finished(&self) -> bool {
        match self {
            Running::Task(handle) => handle.is_finished(),
            Running::Thread(handle) => handle.is_finished(),
        }
    }

    fn join(self) -> std::thread::Result<T> {
        match self {
            Running::Task(handle) => handle.join(),
            Running::Thread(handle) => teem::offload(|| handle.join()),
        }
    }
}

/// Runs `test` in a task, with 1, 2 and 8 workers, and on a thread; its helpers in tasks, on threads,
/// and both.
fn everywhere(test: fn(Place)) {
    let places = [Place::Task, Place::Thread, Place::Mixed];
    with_workers([1, 2, 8], |runtime| {
        for place in places {
            runtime.run(|| test(place));
        }
    });
    places.into_iter().for_each(test);
}

/// Whether `f` panics.
fn panics<T>(f: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

/// Whether a type has a trait, as a constant.
macro_rules! has {
    ($type:ty: $trait:path) => {{
        struct Asked<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code, reason = "unused where the type has the trait")]
        trait Otherwise {
            const HAS: bool = false;
        }
        impl<T: ?Sized> Otherwise for Asked<T> {}
        #[allow(dead_code, reason = "unused where the type has not got the trait")]
        impl<T: ?Sized + $trait> Asked<T> {
            const HAS: bool = true;
        }
        <Asked<$type>>::HAS
    }};
}

/// Two types have the same auto traits.
macro_rules! same_auto_traits {
    ($($ours:ty, $stds:ty;)*) => {$(
        assert_eq!(has!($ours: Send), has!($stds: Send), "Send of {}", stringify!($ours));
        assert_eq!(has!($ours: Sync), has!($stds: Sync), "Sync of {}", stringify!($ours));
        assert_eq!(has!($ours: Unpin), has!($stds: Unpin), "Unpin of {}", stringify!($ours));
        assert_eq!(
            has!($ours: std::panic::UnwindSafe),
            has!($stds: std::panic::UnwindSafe),
            "UnwindSafe of {}",
            stringify!($ours)
        );
        assert_eq!(
            has!($ours: std::panic::RefUnwindSafe),
            has!($stds: std::panic::RefUnwindSafe),
            "RefUnwindSafe of {}",
            stringify!($ours)
        );
    )*};
}

use {has, same_auto_traits};
