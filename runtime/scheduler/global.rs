//! The global runtime: built by the first who needs one, of what the environment says.

use super::core::Core;
use super::runtime::{Builder, Runtime, invalid};
use crate::netpoll::Poller;
use crate::stack::Class;
use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A poller for a thread that waits for events although it runs no task: the global runtime's.
pub(crate) fn poller() -> io::Result<&'static Arc<Poller>> {
    Ok(&start_global()?.remotes[0].poller)
}

static GLOBAL: OnceLock<Runtime> = OnceLock::new();

/// The global runtime, started if need be.
#[track_caller]
pub(super) fn global() -> &'static Core {
    match start_global() {
        Ok(core) => core,
        Err(error) => panic!("cannot start the global runtime: {error}"),
    }
}

/// Starts the global runtime if it does not run yet.
pub(super) fn start_global() -> io::Result<&'static Core> {
    static STARTING: Mutex<()> = Mutex::new(());
    if let Some(runtime) = GLOBAL.get() {
        return Ok(&runtime.core);
    }
    let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = GLOBAL.get() {
        return Ok(&runtime.core);
    }
    let mut builder = Builder::new();
    if let Some(workers) = from_environment("TEEM_WORKERS", at_least_one)? {
        builder = builder.workers(workers);
    }
    if let Some(bytes) = from_environment("TEEM_STACK_SIZE", a_stack)? {
        builder = builder.stack_size(bytes);
    }
    let runtime = builder.build()?;
    Ok(&GLOBAL.get_or_init(|| runtime).core)
}

/// A number from an environment variable, if `check` has nothing against it; none when it is not
/// set.
fn from_environment(name: &str, check: fn(usize) -> io::Result<()>) -> io::Result<Option<usize>> {
    let Some(value) = std::env::var_os(name) else {
        return Ok(None);
    };
    let number = match value.to_str().and_then(|text| text.parse().ok()) {
        Some(number) => check(number).map(|()| number),
        None => Err(invalid("that is no number")),
    };
    match number {
        Ok(number) => Ok(Some(number)),
        Err(error) => Err(invalid(format!("{name} is {value:?}: {error}"))),
    }
}

fn at_least_one(workers: usize) -> io::Result<()> {
    match workers {
        0 => Err(invalid("a runtime needs at least one worker")),
        _ => Ok(()),
    }
}

fn a_stack(bytes: usize) -> io::Result<()> {
    Class::for_size(bytes).map(drop)
}
