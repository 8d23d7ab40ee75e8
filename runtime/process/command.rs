//! How a process is started.

use super::{Child, CommandArgs, CommandEnvs, ExitStatus, Output, Stdio};
use crate::scheduler::offload_fallible;
use std::ffi::OsStr;
use std::path::Path;
use std::{fmt, io};

/// How a process is to be started: `std::process::Command`, whose calls that wait park the task.
///
/// # Examples
///
/// ```
/// use teem::process::Command;
///
/// let status = teem::run(|| Command::new("sh").args(["-c", "exit 7"]).status())?;
/// assert_eq!(status.code(), Some(7));
/// # std::io::Result::Ok(())
/// ```
pub struct Command {
    pub(super) inner: std::process::Command,
    /// Whether standard input, output and error were chosen: [`output`](Self::output) has other
    /// defaults than [`spawn`](Self::spawn).
    chosen: [bool; 3],
}

impl Command {
    /// A command that runs `program`: without arguments, in this environment, and with
    /// this process's standard streams, unless [`output`](Self::output) runs it.
    pub fn new<S: AsRef<OsStr>>(program: S) -> Command {
        Self {
            inner: std::process::Command::new(program),
            chosen: [false; 3],
        }
    }

    /// Adds an argument.
    pub fn arg<S: AsRef<OsStr>>(&mut self, arg: S) -> &mut Command {
        self.inner.arg(arg);
        self
    }

    /// Adds arguments.
    pub fn args<I, S>(&mut self, args: I) -> &mut Command
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.inner.args(args);
        self
    }

    /// Sets a variable of the environment.
    pub fn env<K, V>(&mut self, key: K, val: V) -> &mut Command
    where
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        self.inner.env(key, val);
        self
    }

    /// Sets variables of the environment.
    pub fn envs<I, K, V>(&mut self, vars: I) -> &mut Command
    where
        I: IntoIterator<Item = (K, V)>,
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        self.inner.envs(vars);
        self
    }

    /// Removes a variable from the environment.
    pub fn env_remove<K: AsRef<OsStr>>(&mut self, key: K) -> &mut Command {
        self.inner.env_remove(key);
        self
    }

    /// Removes all variables from the environment.
    pub fn env_clear(&mut self) -> &mut Command {
        self.inner.env_clear();
        self
    }

    /// Chooses the directory that the process starts in.
    pub fn current_dir<P: AsRef<Path>>(&mut self, dir: P) -> &mut Command {
        self.inner.current_dir(dir);
        self
    }

    /// Chooses the standard input.
    pub fn stdin<T: Into<Stdio>>(&mut self, cfg: T) -> &mut Command {
        self.inner.stdin(cfg);
        self.chosen[0] = true;
        self
    }

    /// Chooses the standard output.
    pub fn stdout<T: Into<Stdio>>(&mut self, cfg: T) -> &mut Command {
        self.inner.stdout(cfg);
        self.chosen[1] = true;
        self
    }

    /// Chooses the standard error.
    pub fn stderr<T: Into<Stdio>>(&mut self, cfg: T) -> &mut Command {
        self.inner.stderr(cfg);
        self.chosen[2] = true;
        self
    }

    /// Starts the process. Parks the task until it has; outside a task blocks the thread.
    ///
    /// # Errors
    ///
    /// As std's.
    ///
    /// # Cancellation
    ///
    /// Fails before it begins; once begun it is not cut.
    pub fn spawn(&mut self) -> io::Result<Child> {
        offload_fallible(|| self.inner.spawn()).map(Child::from)
    }

    /// Starts the process, waits until it has ended, and collects what it writes. Its streams are pipes,
    /// and its input is empty, unless chosen otherwise. Parks the task; outside a task blocks the thread.
    ///
    /// # Errors
    ///
    /// As std's.
    ///
    /// # Cancellation
    ///
    /// Fails, and the process is killed; see the [module](super#cancellation).
    pub fn output(&mut self) -> io::Result<Output> {
        self.default_to(Stdio::null, Stdio::piped);
        let child = self.spawn();
        self.default_to(Stdio::inherit, Stdio::inherit);
        child?.wait_with_output()
    }

    /// Sets the streams that were not chosen.
    fn default_to(&mut self, input: fn() -> Stdio, outputs: fn() -> Stdio) {
        let [stdin, stdout, stderr] = self.chosen;
        if !stdin {
            self.inner.stdin(input());
        }
        if !stdout {
            self.inner.stdout(outputs());
        }
        if !stderr {
            self.inner.stderr(outputs());
        }
    }

    /// Starts the process and waits until it has ended. Parks the task; outside a task blocks the thread.
    ///
    /// # Errors
    ///
    /// As std's.
    ///
    /// # Cancellation
    ///
    /// Fails, and the process is killed; see the [module](super#cancellation).
    pub fn status(&mut self) -> io::Result<ExitStatus> {
        self.spawn()?.or_killed(Child::wait)
    }

    /// The program.
    pub fn get_program(&self) -> &OsStr {
        self.inner.get_program()
    }

    /// The arguments.
    pub fn get_args(&self) -> CommandArgs<'_> {
        self.inner.get_args()
    }

    /// The variables that were set, and with `None` those that were removed.
    pub fn get_envs(&self) -> CommandEnvs<'_> {
        self.inner.get_envs()
    }

    /// The directory that the process starts in, if one was chosen.
    pub fn get_current_dir(&self) -> Option<&Path> {
        self.inner.get_current_dir()
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
