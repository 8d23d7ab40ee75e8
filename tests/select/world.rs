//! Who the parties of a test are: tasks, OS threads, or some of each.

use crate::watchdog::Watchdog;
use crate::workers::with_workers;

/// A party.
pub(crate) type Job<'a> = Box<dyn FnOnce() + Send + 'a>;

#[derive(Clone, Copy, Debug)]
pub(crate) enum World {
    Tasks,
    Threads,
    Mixed,
}

impl World {
    /// Runs all of them at the same time, and returns when they have ended.
    pub(crate) fn all(self, jobs: Vec<Job<'_>>) {
        match self {
            World::Tasks => teem::scope(|s| {
                for job in jobs {
                    s.spawn(job);
                }
            }),
            World::Threads => std::thread::scope(|s| {
                for job in jobs {
                    s.spawn(job);
                }
            }),
            World::Mixed => std::thread::scope(|s| {
                for (n, job) in jobs.into_iter().enumerate() {
                    if n % 2 == 0 {
                        s.spawn(job);
                    } else {
                        s.spawn(|| teem::run(job));
                    }
                }
            }),
        }
    }

    /// Runs the two at the same time.
    pub(crate) fn both(self, one: impl FnOnce() + Send, other: impl FnOnce() + Send) {
        self.all(vec![Box::new(one), Box::new(other)]);
    }
}

/// Runs `test` in each world.
#[track_caller]
pub(crate) fn everywhere(test: impl Fn(World) + Send + Sync) {
    with_workers([1, 2, 8], |runtime| runtime.run(|| test(World::Tasks)));
    for world in [World::Threads, World::Mixed] {
        let _watchdog = Watchdog::start();
        eprintln!("with {world:?}");
        test(world);
    }
}
