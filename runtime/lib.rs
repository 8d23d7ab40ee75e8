//! Goroutines for Rust: plain blocking-style code that scales to a million tasks.
//!
//! In a task `read`, `write`, `join`, `sleep` park the task and let others run on the same thread.
//! There is no `async`, no executor to set up and no second set of libraries: the names are
//! `std`'s, and the code is what it would be with threads.
//!
//! ```
//! use std::io::{Read, Write};
//! use teem::net::{TcpListener, TcpStream};
//!
//! fn main() -> std::io::Result<()> {
//!     let listener = TcpListener::bind("127.0.0.1:0")?;
//!     let address = listener.local_addr()?;
//!
//!     teem::go!(for stream in listener.incoming() {
//!         let mut stream = stream.expect("accepting");
//!         teem::go!({
//!             let mut buffer = [0; 1024];
//!             while let Ok(n @ 1..) = stream.read(&mut buffer) {
//!                 stream.write_all(&buffer[..n]).expect("answering");
//!             }
//!         });
//!     });
//!
//!     let mut client = TcpStream::connect(address)?;
//!     client.write_all(b"hello")?;
//!     let mut answer = [0; 5];
//!     client.read_exact(&mut answer)?;
//!     assert_eq!(&answer, b"hello");
//!     Ok(())
//! }
//! ```
//!
//! # Which call for what
//!
//! | to                                          | use                                          |
//! | ------------------------------------------- | -------------------------------------------- |
//! | run something beside what runs now          | [`spawn`], or [`go!`] to forget about it     |
//! | enter the runtime and wait for a result     | [`run`]                                      |
//! | run several things that borrow, and wait    | [`scope`]; [`try_scope`] if one may fail     |
//! | pass values from task to task               | [`chan`]; [`select!`] for several at once    |
//! | share what changes                          | [`sync::Mutex`] and its kin                  |
//! | bound how long something takes, or stop it  | [`time::timeout`], [`context`]               |
//! | compute for long, or call what blocks       | [`offload`]                                  |
//! | serve connections, and stop in good order   | [`net::serve`], [`net::serve_idle`]          |
//! | wait for a descriptor of any kind           | [`poll`]                                     |
//! | wait for a future                           | [`block_on`]                                 |
//! | use files, processes, pipes, stdin          | [`fs`], [`process`], [`io`]                  |
//! | end in good order at ctrl-c                 | [`signal::notify`]                           |
//! | have a value in every task                  | [`task_local!`]                              |
//! | name a task, or give it a larger stack      | [`task::Builder`]                            |
//! | have a runtime of one's own                 | [`runtime::Builder`]                         |
//! | run tasks on this thread alone              | [`runtime::LocalRuntime`]                    |
//!
//! # What is guaranteed
//!
//! Everything here is safe to call. A task that has started stays on its thread, so it may keep on
//! its stack what is not `Send`. A stack is never unmapped or used for something else before its
//! task has finished, and tasks are never unwound from outside: cancellation is an error that
//! blocking calls return. Running out of stack is noticed by a guard and ends the process with the
//! name of the task.
//!
//! **One thing to know**: a crate that keeps a raw pointer in a thread-local for the duration of a
//! closure, and restores the old one after (`scoped-tls` and its like), expects nobody else to run on
//! the thread meanwhile. In a task, wrap such closures in [`task::forbid_park`].
//!
//! # Features
//!
//! None is on by default. With `tracing`, the spans of the [crate of that name](https://docs.rs/tracing)
//! follow the task that has entered them: it leaves them when it parks or yields, and enters them
//! again when it goes on. A new task starts in the span of its spawner, and so does what [`offload`]
//! runs. The subscriber is called whenever a task that is in a span switches, and must not park then.

#[cfg(not(unix))]
compile_error!("teem supports Linux, macOS and the BSDs");

#[cfg(not(miri))]
#[path = "../asm/mod.rs"]
mod asm;
mod bias;
mod coroutine;
mod macros;
mod netpoll;
mod scheduler;
mod sync_facade;
mod sys;
mod timer;
mod try_scope;

pub mod chan;
pub mod context;
pub mod fs;
pub mod io;
pub mod net;
pub mod os;
pub mod poll;
pub mod process;
pub mod signal;
pub mod stack;
pub mod sync;
pub mod task;
pub mod thread;
pub mod time;

pub use scheduler::{Scope, ScopedJoinHandle, block_on, offload, run, scope, spawn};
pub use task::JoinHandle;
pub use try_scope::{TryScope, try_scope};

pub mod runtime {
    //! Runtimes: the workers that tasks run on, and what can be asked of them.
    //!
    //! The functions at the root of this crate use a global runtime, started with its first use.
    //! Two environment variables shape it: `TEEM_WORKERS`, how many workers it has, and
    //! `TEEM_STACK_SIZE`, the bytes of a task's first stack segment.

    pub use crate::scheduler::{
        DelayHistogram, Dump, Handle, LocalRuntime, Metrics, OnPanic, PageOut, Runtime,
        RuntimeBuilder as Builder, StackMetrics, Stall, StillRunning, TaskDump, TaskState,
        WorkerMetrics, dump, metrics,
    };
}

/// For the tests of a build in which system calls fail on demand.
#[cfg(teem_fault)]
#[doc(hidden)]
pub mod fault {
    pub use crate::sys::fault::{Injection, inject, shorten};
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

#[cfg(doctest)]
#[doc = include_str!("../docs/debugging.md")]
mod debugging {}
