//! A child process and the pipes to it.

use super::ending::Ending;
use super::{ExitStatus, Output};
use crate::context::shield;
use crate::poll::{Pipe, pipe_end, pipe_reads, pipe_writes};
use crate::scheduler;
use std::io::{self, Read};
use std::os::fd::OwnedFd;

/// A pipe to a child's standard input. Dropping it closes the pipe, which the child sees as the end.
pub struct ChildStdin {
    pipe: Pipe,
}

/// A pipe from a child's standard output.
pub struct ChildStdout {
    pipe: Pipe,
}

/// A pipe from a child's standard error.
pub struct ChildStderr {
    pipe: Pipe,
}

pipe_end!(ChildStdin, std::process::ChildStdin);
pipe_end!(ChildStdout, std::process::ChildStdout);
pipe_end!(ChildStderr, std::process::ChildStderr);
pipe_writes!(ChildStdin, &ChildStdin);
pipe_reads!(ChildStdout, &ChildStdout, ChildStderr, &ChildStderr);

/// A child process: `std::process::Child`, for whose end a task parks.
///
/// As with std, dropping it neither ends the child nor waits for it; a child that has ended and was not
/// waited for stays in the system's table.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use teem::process::{Command, Stdio};
///
/// let mut command = Command::new("cat");
/// let mut cat = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
/// cat.stdin.take().unwrap().write_all(b"miau")?;
/// let output = teem::run(|| cat.wait_with_output())?;
/// assert!(output.status.success());
/// assert_eq!(output.stdout, b"miau");
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct Child {
    /// The pipe to its standard input, if one was asked for.
    pub stdin: Option<ChildStdin>,
    /// The pipe from its standard output, if one was asked for.
    pub stdout: Option<ChildStdout>,
    /// The pipe from its standard error, if one was asked for.
    pub stderr: Option<ChildStderr>,
    /// Without its pipes.
    inner: std::process::Child,
    ending: Ending,
}

impl From<std::process::Child> for Child {
    /// Its pipes become ours.
    fn from(mut inner: std::process::Child) -> Self {
        Self {
            stdin: inner.stdin.take().map(From::from),
            stdout: inner.stdout.take().map(From::from),
            stderr: inner.stderr.take().map(From::from),
            inner,
            ending: Ending::new(),
        }
    }
}

impl From<Child> for std::process::Child {
    /// Its pipes block again.
    fn from(child: Child) -> Self {
        let mut inner = child.inner;
        inner.stdin = child.stdin.map(|pipe| OwnedFd::from(pipe).into());
        inner.stdout = child.stdout.map(|pipe| OwnedFd::from(pipe).into());
        inner.stderr = child.stderr.map(|pipe| OwnedFd::from(pipe).into());
        inner
    }
}

impl Child {
    /// Ends the process at once, by SIGKILL; nothing if it has ended and was waited for. Never parks.
    ///
    /// # Errors
    ///
    /// As std's.
    pub fn kill(&mut self) -> io::Result<()> {
        self.inner.kill()
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.inner.id()
    }

    /// Waits until the process has ended, and closes the pipe to its input before. Parks the task;
    /// outside a task blocks the thread. Later calls have the same answer.
    ///
    /// # Errors
    ///
    /// As std's.
    ///
    /// # Cancellation
    ///
    /// Fails, see the [module](super#cancellation). The child goes on, and can be waited for again.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use std::time::Duration;
    /// use teem::process::Command;
    ///
    /// let mut child = Command::new("sleep").arg("1000").spawn()?;
    /// let waited = teem::time::timeout(Duration::from_millis(1), || child.wait());
    /// assert_eq!(waited.unwrap_err().kind(), ErrorKind::TimedOut);
    /// child.kill()?;
    /// assert!(!child.wait()?.success());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        scheduler::check_cancelled()?;
        drop(self.stdin.take());
        self.ending.wait(&mut self.inner)
    }

    /// How the process has ended, if it has. Never parks.
    ///
    /// # Errors
    ///
    /// As std's.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.inner.try_wait()
    }

    /// Waits until the process has ended, and collects what it writes meanwhile. Parks the task; outside
    /// a task blocks the thread. Both outputs are read at once, so neither can hold the child up.
    ///
    /// # Errors
    ///
    /// As std's; in a task the child is then killed.
    ///
    /// # Cancellation
    ///
    /// Fails, and the child is killed; see the [module](super#cancellation).
    pub fn wait_with_output(mut self) -> io::Result<Output> {
        drop(self.stdin.take());
        if scheduler::running().is_none() && !scheduler::is_in_context() {
            return std::process::Child::from(self).wait_with_output();
        }
        self.or_killed(|child| {
            let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
            match (child.stdout.take(), child.stderr.take()) {
                (Some(out), Some(err)) => read_both(out, &mut stdout, err, &mut stderr)?,
                (Some(mut out), None) => drop(out.read_to_end(&mut stdout)?),
                (None, Some(mut err)) => drop(err.read_to_end(&mut stderr)?),
                (None, None) => {}
            }
            let status = child.wait()?;
            Ok(Output {
                status,
                stdout,
                stderr,
            })
        })
    }

    /// Does `call` with a child that nobody else has. If that fails, the child is killed and waited for.
    pub(super) fn or_killed<T>(
        mut self,
        call: impl FnOnce(&mut Self) -> io::Result<T>,
    ) -> io::Result<T> {
        let result = call(&mut self);
        if result.is_err() {
            // It may have ended already; and whatever goes wrong here, the first error is the one to tell.
            let _ = self.kill();
            let _ = shield(|| self.wait());
        }
        result
    }
}

/// Reads two pipes to their ends at once, the second in a task of its own.
fn read_both(
    mut first: ChildStdout,
    into: &mut Vec<u8>,
    mut second: ChildStderr,
    also_into: &mut Vec<u8>,
) -> io::Result<()> {
    scheduler::scope(|s| {
        let other = s.spawn(move || second.read_to_end(also_into));
        let result = first.read_to_end(into);
        // Whoever writes to the second must not wait for us, should the first have failed.
        drop(first);
        let other = other
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        result.and(other).map(drop)
    })
}
