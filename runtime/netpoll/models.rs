//! Loom models of the descriptor's protocol: every interleaving of tasks, kernel and poller.
//!
//! A task is a thread of loom's here, and being scheduled is a flag and a notification. The kernel
//! is a locked count of the things that can be taken. A lost event shows as a deadlock.

use super::descriptor::Descriptor;
use super::readiness::{Direction, Outcome, Try};
use crate::sys::Event;
use crate::task::{Header, Waiter, Wake};
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::sync::{Mutex, Notify};
use loom::thread;
use std::io;
use std::ptr::NonNull;
use std::sync::Arc;

/// What stands for a task's header.
struct Task {
    scheduled: AtomicBool,
    notify: Notify,
}

impl Task {
    fn new() -> Self {
        Self {
            scheduled: AtomicBool::new(false),
            notify: Notify::new(),
        }
    }

    fn header(&self) -> NonNull<Header> {
        NonNull::from(self).cast()
    }

    /// Switches away, until `schedule`.
    fn suspend(&self) {
        while !self.scheduled.swap(false, Ordering::AcqRel) {
            self.notify.wait();
        }
    }
}

fn schedule(header: NonNull<Header>) {
    // SAFETY: `Task::header` made it of a task that its model keeps to the end.
    let task = unsafe { header.cast::<Task>().as_ref() };
    let twice = task.scheduled.swap(true, Ordering::AcqRel);
    assert!(!twice, "a task was scheduled twice");
    task.notify.notify();
}

#[derive(Default)]
struct File {
    available: usize,
    ended: bool,
}

/// A socket, its descriptor and the tasks that use it.
struct Scene {
    file: Mutex<File>,
    descriptor: Descriptor,
    /// In which all operations go: what is taken is data, or room.
    direction: Direction,
    tasks: [Task; 2],
}

const DATA: Event = Event {
    token: 1,
    readable: true,
    writable: true,
    read_sticky: false,
    write_sticky: false,
};
const DATA_AND_END: Event = Event {
    read_sticky: true,
    ..DATA
};

impl Scene {
    fn new() -> Arc<Self> {
        Self::of(Direction::Read)
    }

    fn of(direction: Direction) -> Arc<Self> {
        let scene = Self {
            file: Mutex::new(File::default()),
            descriptor: Descriptor::new(),
            direction,
            tasks: [Task::new(), Task::new()],
        };
        Arc::new(scene)
    }

    /// Something arrives in the kernel.
    fn arrive(&self, things: usize) {
        self.file.lock().unwrap().available += things;
    }

    fn end(&self) {
        self.file.lock().unwrap().ended = true;
    }

    fn deliver(&self, event: Event) {
        self.descriptor.deliver(&event, &mut schedule);
    }

    /// Takes one thing, as `accept` does.
    fn take(&self) -> io::Result<Outcome<usize>> {
        let mut file = self.file.lock().unwrap();
        let value = usize::from(file.available > 0);
        file.available -= value;
        if value == 0 && !file.ended {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let short = false;
        Ok(Outcome { value, short })
    }

    /// Takes everything, as `recv` into a large buffer does.
    fn take_all(&self) -> io::Result<Outcome<usize>> {
        let mut file = self.file.lock().unwrap();
        let value = std::mem::take(&mut file.available);
        if value == 0 && !file.ended {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let short = value > 0;
        Ok(Outcome { value, short })
    }

    /// The loop of every blocking operation; `None` when it has timed out, which it does at once
    /// if it is `impatient`.
    fn run(
        &self,
        task: usize,
        operation: fn(&Self) -> io::Result<Outcome<usize>>,
        impatient: bool,
    ) -> Option<usize> {
        let (task, direction) = (&self.tasks[task], self.direction);
        let mut why = Try::First;
        loop {
            let tried = (self.descriptor).attempt(direction, why, || operation(self), schedule);
            if let Some(result) = tried {
                return Some(result.unwrap());
            }
            let waiter = Waiter::for_task(task.header());
            // SAFETY: claimed or withdrawn before the end of this round.
            let enlisted =
                unsafe { (self.descriptor).enlist_with(direction, &waiter, || Ok(None)) };
            if !enlisted.unwrap() {
                continue;
            }
            if !impatient || !waiter.end(Wake::TimedOut) {
                task.suspend();
            }
            match waiter.outcome().unwrap() {
                Wake::Event => why = Try::Woken,
                _ => {
                    // SAFETY: enlisted above.
                    unsafe { self.descriptor.withdraw(direction, &waiter) };
                    return None;
                }
            }
        }
    }

    fn spawn(
        self: &Arc<Self>,
        task: usize,
        operation: fn(&Self) -> io::Result<Outcome<usize>>,
    ) -> thread::JoinHandle<usize> {
        let scene = Arc::clone(self);
        thread::spawn(move || scene.run(task, operation, false).unwrap())
    }
}

fn model(scenario: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    // Complete with two threads; three are explored up to this many forced switches.
    builder.preemption_bound = Some(4);
    builder.check(scenario);
}

/// What holds whether who begins believes a direction drained or not.
fn model_both_ways(scenario: impl Fn(Direction) + Copy + Send + Sync + 'static) {
    for direction in [Direction::Read, Direction::Write] {
        model(move || scenario(direction));
    }
}

#[test]
fn event_between_would_block_and_park_is_not_lost() {
    model_both_ways(|direction| {
        let scene = Scene::of(direction);
        let reader = scene.spawn(0, Scene::take_all);
        scene.arrive(1);
        scene.deliver(DATA);
        assert_eq!(reader.join().unwrap(), 1);
    });
}

#[test]
fn late_drain_does_not_hide_a_newer_event() {
    model(|| {
        let scene = Scene::new();
        let readers = [0, 1].map(|task| scene.spawn(task, Scene::take));
        for _ in 0..2 {
            scene.arrive(1);
            scene.deliver(DATA);
        }
        for reader in readers {
            assert_eq!(reader.join().unwrap(), 1);
        }
    });
}

#[test]
fn one_event_for_two_connections_serves_both_acceptors() {
    model_both_ways(|direction| {
        let scene = Scene::of(direction);
        let acceptors = [0, 1].map(|task| scene.spawn(task, Scene::take));
        scene.arrive(2);
        scene.deliver(DATA);
        for acceptor in acceptors {
            assert_eq!(acceptor.join().unwrap(), 1);
        }
    });
}

#[test]
fn event_that_meets_a_timed_out_waiter_goes_to_the_next() {
    model_both_ways(|direction| {
        let scene = Scene::of(direction);
        let patient = scene.spawn(0, Scene::take);
        let poller = {
            let scene = Arc::clone(&scene);
            thread::spawn(move || {
                scene.arrive(1);
                scene.deliver(DATA);
            })
        };
        let taken = scene.run(1, Scene::take, true);
        poller.join().unwrap();
        if taken.is_some() {
            scene.arrive(1);
            scene.deliver(DATA);
        }
        assert_eq!(patient.join().unwrap(), 1);
    });
}

#[test]
fn room_of_which_no_event_tells_is_found_by_who_begins() {
    model(|| {
        let scene = Scene::of(Direction::Write);
        let impatient = {
            let scene = Arc::clone(&scene);
            thread::spawn(move || scene.run(1, Scene::take, true))
        };
        scene.arrive(1);
        if impatient.join().unwrap().is_none() {
            assert_eq!(scene.run(0, Scene::take, false), Some(1));
        }
    });
}

#[test]
fn end_right_behind_data_is_found_after_a_short_read() {
    model(|| {
        let scene = Scene::new();
        let reader = {
            let scene = Arc::clone(&scene);
            thread::spawn(move || {
                let mut taken = 0;
                loop {
                    match scene.run(0, Scene::take_all, false).unwrap() {
                        0 => return taken,
                        more => taken += more,
                    }
                }
            })
        };
        scene.arrive(1);
        scene.deliver(DATA);
        scene.arrive(1);
        scene.end();
        scene.deliver(DATA_AND_END);
        assert_eq!(reader.join().unwrap(), 2);
    });
}

#[test]
fn end_in_the_event_of_the_data_is_found_after_a_short_read() {
    model(|| {
        let scene = Scene::new();
        let reader = {
            let scene = Arc::clone(&scene);
            thread::spawn(move || {
                assert_eq!(scene.run(0, Scene::take_all, false), Some(1));
                assert_eq!(scene.run(0, Scene::take_all, false), Some(0));
            })
        };
        scene.arrive(1);
        scene.end();
        scene.deliver(DATA_AND_END);
        reader.join().unwrap();
    });
}

#[test]
fn end_is_not_forgotten_over_a_late_event() {
    model(|| {
        let scene = Scene::new();
        scene.arrive(1);
        scene.end();
        scene.deliver(DATA_AND_END);
        let late = {
            let scene = Arc::clone(&scene);
            thread::spawn(move || scene.deliver(DATA))
        };
        assert_eq!(scene.run(0, Scene::take_all, false), Some(1));
        assert_eq!(scene.run(0, Scene::take_all, false), Some(0));
        late.join().unwrap();
    });
}

#[test]
fn everybody_is_woken_by_the_end() {
    model(|| {
        let scene = Scene::new();
        let readers = [0, 1].map(|task| scene.spawn(task, Scene::take_all));
        scene.end();
        scene.deliver(DATA_AND_END);
        for reader in readers {
            assert_eq!(reader.join().unwrap(), 0);
        }
    });
}

#[test]
fn late_event_of_the_previous_owner_is_only_spurious() {
    model(|| {
        let scene = Scene::new();
        let late = {
            let scene = Arc::clone(&scene);
            thread::spawn(move || scene.deliver(DATA_AND_END))
        };
        scene.descriptor.recycle();
        let reader = scene.spawn(0, Scene::take_all);
        scene.arrive(1);
        scene.deliver(DATA);
        assert_eq!(reader.join().unwrap(), 1);
        late.join().unwrap();
    });
}
