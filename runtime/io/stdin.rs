//! The standard input.
//!
//! Its mode belongs to whoever has the same terminal or pipe, and is left as it is. So a read waits for
//! readiness first, and then still may block: somebody else may have taken what there was. It is
//! made on the blocking pool.

use crate::poll;
use crate::scheduler::{self, offload_fallible};
use crate::sync::{Mutex, MutexGuard};
use crate::sys::file as sys;
use std::fmt;
use std::io::{self, BufRead, BufReader, Lines, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::sync::{LazyLock, PoisonError};

/// The stream, without a buffer.
#[derive(Debug)]
struct Raw;

impl Read for Raw {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if scheduler::running().is_some() || scheduler::is_in_context() {
            match poll::readable(&sys::stdin()) {
                // Not to be waited for; below the call says the same.
                Err(error) if sys::is_closed(&error) => {}
                waited => waited?,
            }
        }
        match offload_fallible(|| sys::read(sys::stdin(), buf)) {
            // As in std, a stream that is not there is an empty one.
            Err(error) if sys::is_closed(&error) => Ok(0),
            other => other,
        }
    }
}

type Shared = Mutex<BufReader<Raw>>;

static STDIN: LazyLock<Shared> = LazyLock::new(|| Mutex::new(BufReader::new(Raw)));

/// The standard input of the process, whose calls park the task.
///
/// See the [module](super) for which waits how.
pub struct Stdin(());

/// The standard input, locked: nobody else who uses this crate's reads between.
///
/// It may be kept while the task parks.
pub struct StdinLock<'a>(MutexGuard<'a, BufReader<Raw>>);

/// The standard input of the process.
///
/// # Examples
///
/// ```
/// let mut line = String::new();
/// let read = teem::run(|| teem::io::stdin().read_line(&mut line))?;
/// assert_eq!(read, line.len());
/// # std::io::Result::Ok(())
/// ```
pub fn stdin() -> Stdin {
    Stdin(())
}

impl Stdin {
    /// Locks the input. Parks the task until nobody else has it locked; outside a task blocks the thread.
    /// Not cut by contexts. A second lock of the same task waits for ever.
    pub fn lock(&self) -> StdinLock<'static> {
        StdinLock(STDIN.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads a line, the end of which comes along. Parks the task until it is there; outside a task blocks
    /// the thread.
    ///
    /// # Errors
    ///
    /// As std's.
    ///
    /// # Cancellation
    ///
    /// Fails, see the [module](super#cancellation); what has come of the line is in `buf`.
    pub fn read_line(&self, buf: &mut String) -> io::Result<usize> {
        self.lock().read_line(buf)
    }

    /// The lines, as [`BufRead::lines`].
    pub fn lines(self) -> Lines<StdinLock<'static>> {
        self.lock().lines()
    }

    /// Whether this is a terminal. (The trait that std has for it is sealed.)
    pub fn is_terminal(&self) -> bool {
        io::IsTerminal::is_terminal(&sys::stdin())
    }
}

impl StdinLock<'_> {
    /// Whether this is a terminal. (The trait that std has for it is sealed.)
    pub fn is_terminal(&self) -> bool {
        io::IsTerminal::is_terminal(&sys::stdin())
    }
}

impl Read for StdinLock<'_> {
    /// Parks the task until there is something; outside a task blocks the thread.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        self.0.read_to_end(buf)
    }

    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        self.0.read_to_string(buf)
    }
}

impl BufRead for StdinLock<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.0.consume(amount);
    }
}

impl Read for &Stdin {
    /// As that of the locked one.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.lock().read(buf)
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        self.lock().read_to_end(buf)
    }

    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        self.lock().read_to_string(buf)
    }

    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        self.lock().read_exact(buf)
    }
}

impl Read for Stdin {
    /// As that of the locked one.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buf)
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        (&*self).read_to_end(buf)
    }

    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        (&*self).read_to_string(buf)
    }

    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        (&*self).read_exact(buf)
    }
}

impl AsFd for Stdin {
    fn as_fd(&self) -> BorrowedFd<'_> {
        sys::stdin()
    }
}

impl AsRawFd for Stdin {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl AsFd for StdinLock<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        sys::stdin()
    }
}

impl AsRawFd for StdinLock<'_> {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl fmt::Debug for Stdin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stdin").finish_non_exhaustive()
    }
}

impl fmt::Debug for StdinLock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StdinLock").finish_non_exhaustive()
    }
}
