//! The scheduler: workers that run tasks, and everything that makes a task wait or run.
//!
//! | file           | what it does                                                         |
//! | -------------- | -------------------------------------------------------------------- |
//! | `current.rs`   | which worker this thread is                                          |
//! | `worker.rs`    | picks the next task and switches to it                               |
//! | `lifecycle.rs` | a task's first switch, its end, its burial                           |
//! | `park.rs`      | waiting, with a deadline or without; making ready                    |
//! | `steps.rs`     | tasks that run in steps: what they are between two                   |
//! | `members.rs`   | the tasks of one worker, in a list                                   |
//! | `queue.rs`     | the ready tasks of one worker                                        |
//! | `unstarted.rs` | tasks without a stack, for any worker                                |
//! | `inbox.rs`     | tasks made ready by other threads                                    |
//! | `outbox.rs`    | very many of them, made ready at once                                |
//! | `idle.rs`      | sleeping without missing work; when to wake somebody                 |
//! | `balance.rs`   | stealing, placement, what a worker does that has nothing to do       |
//! | `tidy.rs`      | idle time: memory that nobody needs now is given back                |
//! | `pager.rs`     | the thread that has cold stacks compressed                           |
//! | `core.rs`      | what the workers of a runtime share; when a runtime is over          |
//! | `awaited.rs`   | what happens once, and those who wait for it                         |
//! | `delay.rs`     | how long ready tasks wait, sampled                                   |
//! | `dump.rs`      | what the tasks are doing, and where they are parked                  |
//! | `monitor.rs`   | notices tasks that hold a worker for long                            |
//! | `blocking.rs`  | OS threads for calls that block                                      |
//! | `segment.rs`   | stack growth by segment                                              |
//! | `memory.rs`    | what is known of the memory of stacks                                |
//! | `running.rs`   | what the running task can do                                         |
//! | `local.rs`     | task-local values                                                    |
//! | `spans.rs`     | with the feature `tracing`: spans follow their task                  |
//! | `block_on.rs`  | waiting for a future                                                 |
//! | `alarm.rs`     | functions that are called at an instant                              |
//! | `global.rs`    | the global runtime                                                   |
//! | `spawn.rs`, `handle.rs`, `scope.rs`, `runtime.rs`, `metrics.rs` | the rest of the public face      |
//!
//! The layers above use `park`, `running`, alarms and the outbox, and nothing else of this.

mod alarm;
mod awaited;
mod backlog;
mod balance;
mod block_on;
mod blocking;
mod busy_poll;
mod core;
mod current;
mod delay;
mod dump;
mod global;
mod handle;
mod idle;
mod inbox;
mod lifecycle;
mod local;
mod local_runtime;
mod members;
mod memory;
mod metrics;
mod monitor;
mod outbox;
mod pager;
pub(crate) mod park;
mod queue;
mod root;
mod running;
mod runtime;
mod scope;
mod segment;
mod shared_cpu;
#[cfg(feature = "tracing")]
mod spans;
#[cfg(not(feature = "tracing"))]
#[path = "no_spans.rs"]
mod spans;
mod spawn;
mod steps;
mod tidy;
mod unstarted;
mod worker;

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(loom)))]
mod tests;

pub(crate) use alarm::Alarm;
pub use block_on::block_on;
pub use blocking::offload;
pub(crate) use blocking::offload_fallible;
pub use core::OnPanic;
pub(crate) use current::identity;
pub use delay::DelayHistogram;
pub use dump::{Dump, TaskDump, TaskState, dump};
pub(crate) use global::poller;
pub use handle::{JoinHandle, Task, TaskId};
pub use local_runtime::LocalRuntime;
pub use memory::{PageOut, StackMetrics};
pub use metrics::{Metrics, Stall, WorkerMetrics, metrics};
pub(crate) use outbox::Outbox;
pub(crate) use running::{
    Running, cancelled, check_cancelled, context, in_context, is_in_context, running, values,
};
pub use running::{checkpoint, current, forbid_park, park, park_timeout, try_current, yield_now};
pub use runtime::{Builder as RuntimeBuilder, Handle, Runtime, StillRunning};
pub use scope::{Scope, ScopedJoinHandle, scope};
pub use segment::{grow, high_water, maybe_grow, remaining};
pub use spawn::{Builder, run, spawn, spawn_local};
pub use steps::{spawn_steps, wait_timed_out};
