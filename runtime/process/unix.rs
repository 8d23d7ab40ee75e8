//! `std::os::unix::process`: what processes have on unix alone.

use super::Command;
use std::ffi::OsStr;
use std::io;
use std::os::unix::process as std_unix;

pub use std_unix::{ExitStatusExt, parent_id};

/// What can be chosen of a new process on unix alone.
///
/// # Examples
///
/// ```
/// use teem::os::unix::process::CommandExt;
/// use teem::process::Command;
///
/// let output = Command::new("sh").arg0("another").args(["-c", "echo $0"]).output()?;
/// assert_eq!(output.stdout, b"another\n");
/// # std::io::Result::Ok(())
/// ```
pub trait CommandExt {
    /// Sets the user.
    fn uid(&mut self, id: u32) -> &mut Command;

    /// Sets the group.
    fn gid(&mut self, id: u32) -> &mut Command;

    /// Has the new process call `f` before `exec`.
    ///
    /// What `f` ties to the parent's thread, as Linux does with `PR_SET_PDEATHSIG`, is tied to a thread of the blocking
    /// pool: that ends when it has had nothing to do for a while, and would end the child with it.
    ///
    /// # Safety
    ///
    /// As std's: it runs after a `fork` of a process with threads, on a thread of the blocking pool, and may do
    /// what is async-signal-safe. No function of this crate is.
    unsafe fn pre_exec<F>(&mut self, f: F) -> &mut Command
    where
        F: FnMut() -> io::Result<()> + Send + Sync + 'static;

    /// As [`pre_exec`](Self::pre_exec), which std has deprecated it for.
    ///
    /// # Safety
    ///
    /// As there.
    #[deprecated(note = "should be unsafe, use `pre_exec` instead")]
    unsafe fn before_exec<F>(&mut self, f: F) -> &mut Command
    where
        F: FnMut() -> io::Result<()> + Send + Sync + 'static,
    {
        // SAFETY: passed on.
        unsafe { self.pre_exec(f) }
    }

    /// Becomes the new process. Returns only if that fails.
    fn exec(&mut self) -> io::Error;

    /// Sets what the new process sees as its name, the argument before the first.
    fn arg0<S>(&mut self, arg: S) -> &mut Command
    where
        S: AsRef<OsStr>;

    /// Sets the process group; 0 is one of its own.
    fn process_group(&mut self, pgroup: i32) -> &mut Command;
}

impl CommandExt for Command {
    fn uid(&mut self, id: u32) -> &mut Command {
        std_unix::CommandExt::uid(&mut self.inner, id);
        self
    }

    fn gid(&mut self, id: u32) -> &mut Command {
        std_unix::CommandExt::gid(&mut self.inner, id);
        self
    }

    unsafe fn pre_exec<F>(&mut self, f: F) -> &mut Command
    where
        F: FnMut() -> io::Result<()> + Send + Sync + 'static,
    {
        // SAFETY: passed on.
        unsafe { std_unix::CommandExt::pre_exec(&mut self.inner, f) };
        self
    }

    fn exec(&mut self) -> io::Error {
        std_unix::CommandExt::exec(&mut self.inner)
    }

    fn arg0<S>(&mut self, arg: S) -> &mut Command
    where
        S: AsRef<OsStr>,
    {
        std_unix::CommandExt::arg0(&mut self.inner, arg);
        self
    }

    fn process_group(&mut self, pgroup: i32) -> &mut Command {
        std_unix::CommandExt::process_group(&mut self.inner, pgroup);
        self
    }
}
