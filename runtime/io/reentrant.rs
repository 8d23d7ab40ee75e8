//! A lock that whoever has it may take again: that of an output stream, as std's are.
//!
//! Who has it is a task or, outside of tasks, a thread. A task does not change threads, and its guards
//! are not `Send`; so the guards of one owner are touched by nobody else.

use crate::scheduler;
use crate::sync::{Condvar, Mutex, MutexGuard};
use crate::task::TaskId;
use std::marker::PhantomData;
use std::sync::PoisonError;
use std::thread::ThreadId;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Task(TaskId),
    Thread(ThreadId),
}

impl Owner {
    fn current() -> Self {
        match scheduler::try_current() {
            Some(task) => Owner::Task(task.id()),
            None => Owner::Thread(std::thread::current().id()),
        }
    }
}

#[derive(Debug)]
struct State {
    owner: Option<Owner>,
    /// Guards that there are.
    depth: usize,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Reentrant {
    state: Mutex<State>,
    free: Condvar,
}

impl Reentrant {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                owner: None,
                depth: 0,
            }),
            free: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Parks the task until nobody else has the lock; outside a task blocks the thread. Not cut.
    pub(super) fn lock(&'static self) -> Guard {
        let own = Owner::current();
        let mut state = self.state();
        while state.owner.is_some_and(|owner| owner != own) {
            state = (self.free.wait(state)).unwrap_or_else(PoisonError::into_inner);
        }
        state.owner = Some(own);
        state.depth += 1;
        let of_its_owner = PhantomData;
        Guard {
            lock: self,
            of_its_owner,
        }
    }
}

/// One of the holds of a lock.
#[derive(Debug)]
pub(super) struct Guard {
    lock: &'static Reentrant,
    /// Neither `Send` nor `Sync`.
    of_its_owner: PhantomData<*const ()>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut state = self.lock.state();
        state.depth -= 1;
        if state.depth == 0 {
            state.owner = None;
            drop(state);
            self.lock.free.notify_one();
        }
    }
}
