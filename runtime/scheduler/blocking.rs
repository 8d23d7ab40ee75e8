//! The blocking pool: OS threads for calls that would hold a worker up.
//!
//! [`offload`] runs a closure there while its task is parked. The wait cannot be cut, so the
//! closure may borrow the task's stack; the job is a node in that parked frame, and handing it
//! over allocates nothing but its place in the queue.
//!
//! The pool is elastic: a thread is started when a job comes and none is free, up to a limit, and
//! ends after ten seconds without work. A job beyond the limit waits for a thread. If no thread
//! can be started and none is there to wait for, the job runs where it is: late for the others,
//! but lost for nobody.

#[cfg(all(test, not(loom)))]
mod tests;

use super::core::Core;
use super::{current, park, running, spans};
use crate::task::{Accepts, Claim, Context, Waiter, Wake};
use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const KEEP: Duration = Duration::from_secs(10);

/// A closure in a parked frame, and how to run it.
#[derive(Clone, Copy, Debug)]
struct Job {
    run: unsafe fn(*const ()) -> Claim,
    data: *const (),
}

// SAFETY: `offload` asks that the closure and its result are `Send`; its frame waits until the job
// has claimed the wait, which is the last that the pool does with it.
unsafe impl Send for Job {}

#[derive(Debug, Default)]
struct Queue {
    jobs: VecDeque<Job>,
    threads: usize,
    free: usize,
    closed: bool,
}

#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    work: Condvar,
    name: String,
    most: usize,
}

/// See the module.
#[derive(Debug)]
pub(super) struct BlockingPool(Arc<Shared>);

impl BlockingPool {
    pub(super) fn new(name: &str, most: usize) -> Self {
        Self(Arc::new(Shared {
            queue: Mutex::default(),
            work: Condvar::new(),
            name: format!("{name}-blocking"),
            most,
        }))
    }

    /// Queues `job`; false when nobody will ever run it.
    fn submit(&self, job: Job) -> bool {
        let mut queue = self.0.lock();
        // Queued before its thread starts: each free thread is then outnumbered by the jobs that
        // count on it, and nobody else's job does.
        queue.jobs.push_back(job);
        if queue.free >= queue.jobs.len() || queue.threads == self.0.most {
            drop(queue);
            self.0.work.notify_one();
            return true;
        }
        queue.threads += 1;
        drop(queue);
        let shared = Arc::clone(&self.0);
        let started = std::thread::Builder::new()
            .name(shared.name.clone())
            .spawn(move || shared.serve());
        started.is_ok() || self.0.leave_to_others(job)
    }
}

impl Drop for BlockingPool {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.work.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // No code of others runs under the lock, so a poisoned one is still in order.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// No thread could be started for `job`. False, and the job is taken back, if there is none
    /// that will come to it later. Then those that others have queued meanwhile, counting on that thread, are
    /// run right here.
    fn leave_to_others(&self, job: Job) -> bool {
        let mut queue = self.lock();
        queue.threads -= 1;
        if queue.threads > 0 {
            drop(queue);
            self.work.notify_one();
            return true;
        }
        let stranded = std::mem::take(&mut queue.jobs);
        drop(queue);
        // A thread that has ended since may have run it.
        let mut is_run = true;
        for queued in stranded {
            if queued.data == job.data {
                is_run = false;
            } else {
                // SAFETY: as in `serve`.
                park::settle(unsafe { (queued.run)(queued.data) });
            }
        }
        is_run
    }

    /// A thread of the pool: runs jobs until there have been none for a while.
    fn serve(&self) {
        let mut queue = self.lock();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                drop(queue);
                // SAFETY: the job's frame waits for exactly this one run.
                park::settle(unsafe { (job.run)(job.data) });
                queue = self.lock();
                continue;
            }
            if queue.closed {
                break;
            }
            queue.free += 1;
            let (guard, timeout) = self
                .work
                .wait_timeout(queue, KEEP)
                .unwrap_or_else(PoisonError::into_inner);
            queue = guard;
            queue.free -= 1;
            if timeout.timed_out() && queue.jobs.is_empty() {
                break;
            }
        }
        queue.threads -= 1;
    }
}

/// One call of [`offload`], in the frame of the task that waits for it.
struct Call<'a, F, T> {
    f: Mutex<Option<F>>,
    result: Mutex<Option<std::thread::Result<T>>>,
    context: Mutex<Option<Context>>,
    waiter: &'a Waiter,
    core: &'a Core,
}

impl<F: FnOnce() -> T, T> Call<'_, F, T> {
    fn job(&self) -> Job {
        Job {
            run: Self::run_in_pool,
            data: std::ptr::from_ref(self).cast(),
        }
    }

    fn run(&self) {
        let f = self.f.lock().unwrap_or_else(PoisonError::into_inner).take();
        let f = f.expect("a job runs once");
        let result = catch_unwind(AssertUnwindSafe(f));
        *self.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    }

    /// # Safety
    ///
    /// `data` is a call whose frame waits.
    unsafe fn run_in_pool(data: *const ()) -> Claim {
        // SAFETY: by contract.
        let call = unsafe { &*data.cast::<Self>() };
        let context = call
            .context
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let context = context.expect("a job runs once");
        current::serving(call.core, || running::in_context(context, || call.run()));
        // SAFETY: alive until this claim, which is the last touch.
        unsafe { Waiter::claim(call.waiter, Wake::Event) }
    }
}

/// [`offload`] of a call that may fail: in a context that is done it does so at once and has done
/// nothing. Once begun it is not cut.
pub(crate) fn offload_fallible<T: Send>(
    call: impl FnOnce() -> io::Result<T> + Send,
) -> io::Result<T> {
    running::check_cancelled()?;
    offload(call)
}

/// Runs `f` on a thread of the blocking pool, with the task parked meanwhile.
///
/// For calls that would hold up all tasks of a worker: a long computation, a C library that
/// blocks. `f` may borrow from the caller, for this does not return before `f` has. Outside a task
/// `f` runs right here: the calling thread may block as it likes.
///
/// # Panics
///
/// A panic of `f` resumes in the caller. Inside `forbid_park` this panics.
///
/// # Cancellation
///
/// Is not cut: it waits for `f`, which runs in the caller's context.
///
/// # Examples
///
/// ```
/// let text = String::from("borrowed by a blocking call");
/// let length = teem::run(|| teem::offload(|| text.len()));
/// assert_eq!(length, 27);
/// ```
///
/// It runs on another thread, so what it borrows has to be fit for that:
///
/// ```compile_fail,E0277
/// let local = std::rc::Rc::new(7);
/// teem::offload(|| *local);
/// ```
#[track_caller]
pub fn offload<F, T>(f: F) -> T
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    let Some(worker) = super::current::worker() else {
        return f();
    };
    let waiter = park::waiter();
    let call = Call {
        f: Mutex::new(Some(spans::inherit(f))),
        result: Mutex::new(None),
        context: Mutex::new(Some(running::context())),
        waiter: &waiter,
        core: &worker.core,
    };
    if worker.core.blocking.submit(call.job()) {
        park::wait(&waiter, None, Accepts::Nothing);
    } else {
        call.run();
    }
    let result = call.result.into_inner();
    let result = result.unwrap_or_else(PoisonError::into_inner);
    match result.expect("the job has run") {
        Ok(value) => value,
        Err(payload) => resume_unwind(payload),
    }
}
