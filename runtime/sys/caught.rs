//! Signals that are caught: a handler that leaves a mark, and a pipe that wakes whoever reads marks.
//!
//! The handler does two things, both async-signal-safe: it sets the signal's bit in [`MARKS`], then
//! it writes a byte to a pipe. The reader does the same the other way round: it [waits](Marks::wait) for what is
//! in the pipe, then [takes](take) all bits. A bit set before its byte was written is found by whoever reads that byte;
//! if the pipe is full the byte is not needed, for those that fill it will be read after the bit was
//! set.
//!
//! The signal's number is a bit and not the byte: a child that was forked and has not called `exec` yet
//! shares the pipe, and a signal of its must not be taken for one of ours. Its byte wakes us for nothing.
//!
//! `errno` is what it was when the handler returns. It runs on the thread's alternate stack where there
//! is one, as there is on every worker: a task's own may be almost used up.

use super::{errno, file};
use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, IntoRawFd};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::{mem, ptr};

pub(crate) use libc::{
    SIGABRT, SIGALRM, SIGBUS, SIGCHLD, SIGCONT, SIGFPE, SIGHUP, SIGILL, SIGINT, SIGIO, SIGKILL,
    SIGPIPE, SIGPROF, SIGQUIT, SIGSEGV, SIGSTOP, SIGSYS, SIGTERM, SIGTRAP, SIGTSTP, SIGTTIN,
    SIGTTOU, SIGURG, SIGUSR1, SIGUSR2, SIGVTALRM, SIGWINCH, SIGXCPU, SIGXFSZ,
};

/// The largest number that a signal has on any of our systems.
pub(crate) const LARGEST: i32 = 128;

/// A set of signals. Bit `n - 1` stands for the signal `n`.
#[derive(Debug, Default)]
pub(crate) struct SignalSet([AtomicU64; 2]);

impl SignalSet {
    pub(crate) const fn new() -> Self {
        Self([AtomicU64::new(0), AtomicU64::new(0)])
    }

    /// The word and the bit of a signal, whose number is between 1 and [`LARGEST`].
    fn place(&self, signal: i32) -> (&AtomicU64, u64) {
        let index = (signal - 1) as usize;
        (&self.0[index / 64], 1 << (index % 64))
    }

    pub(crate) fn insert(&self, signal: i32) {
        let (word, bit) = self.place(signal);
        // ORDERING: Release, pairs with the Acquire in `remove` and `take`: whoever takes the signal
        // sees what led to it.
        word.fetch_or(bit, Ordering::Release);
    }

    /// Whether it was in the set.
    pub(crate) fn remove(&self, signal: i32) -> bool {
        let (word, bit) = self.place(signal);
        // ORDERING: Acquire, see `insert`.
        word.fetch_and(!bit, Ordering::Acquire) & bit != 0
    }

    pub(crate) fn contains(&self, signal: i32) -> bool {
        let (word, bit) = self.place(signal);
        // ORDERING: Relaxed, who goes on to take it synchronizes.
        word.load(Ordering::Relaxed) & bit != 0
    }

    /// Takes everything out.
    pub(crate) fn take(&self) -> Self {
        // ORDERING: Acquire, see `insert`.
        let take = |word: &AtomicU64| AtomicU64::new(word.swap(0, Ordering::Acquire));
        Self(self.0.each_ref().map(take))
    }

    /// What is in it, in ascending order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = i32> {
        (1..=LARGEST).filter(|signal| self.contains(*signal))
    }
}

/// Signals caught and not yet read.
static MARKS: SignalSet = SignalSet::new();

/// Where the handler writes; negative until [`marks`] has opened it. Never closed.
static WAKE: AtomicI32 = AtomicI32::new(-1);

/// The reading end. There is one in a process.
#[derive(Debug)]
pub(crate) struct Marks(PipeReader);

/// Opens the pipe. To be called once, before anything is caught.
///
/// # Errors
///
/// Too many open files.
pub(crate) fn marks() -> io::Result<Marks> {
    super::fault::check("pipe")?;
    let (reader, writer) = io::pipe()?;
    file::set_nonblocking(writer.as_fd(), true)?;
    // ORDERING: Relaxed, read by handlers that are installed after this by a system call.
    WAKE.store(writer.into_raw_fd(), Ordering::Relaxed);
    Ok(Marks(reader))
}

impl Marks {
    /// Blocks the thread until signals have been caught, or may have been.
    ///
    /// # Errors
    ///
    /// None that is not somebody else closing our descriptors.
    pub(crate) fn wait(&mut self) -> io::Result<()> {
        match self.0.read(&mut [0; 256]) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
            _ => Ok(()),
        }
    }
}

/// Takes what was caught. May be nothing.
pub(crate) fn take() -> SignalSet {
    MARKS.take()
}

/// Drops what was caught of `signal` and not read yet.
pub(crate) fn forget(signal: i32) {
    MARKS.remove(signal);
}

extern "C" fn on_signal(signal: libc::c_int) {
    let saved = errno::get();
    MARKS.insert(signal);
    // ORDERING: Relaxed, set before this handler was installed.
    let wake = WAKE.load(Ordering::Relaxed);
    // SAFETY: one readable byte. If the pipe is full, whoever empties it sees the mark.
    unsafe { libc::write(wake, ptr::from_ref(&0_u8).cast(), 1) };
    errno::set(saved);
}

/// What the system does with a signal.
#[derive(Clone, Copy)]
pub(crate) struct Action(libc::sigaction);

impl Action {
    fn new(handler: libc::sighandler_t) -> Self {
        // SAFETY: all-zero is a `sigaction`.
        let mut action: libc::sigaction = unsafe { mem::zeroed() };
        action.sa_sigaction = handler;
        action.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
        Self(action)
    }

    /// [`on_signal`].
    pub(crate) fn catch() -> Self {
        let handler: extern "C" fn(libc::c_int) = on_signal;
        Self::new(handler as libc::sighandler_t)
    }

    pub(crate) fn ignore() -> Self {
        Self::new(libc::SIG_IGN)
    }

    /// The present one of `signal`.
    ///
    /// # Errors
    ///
    /// `InvalidInput`: there is no such signal, or the C library keeps it to itself.
    pub(crate) fn of(signal: i32) -> io::Result<Self> {
        let mut action = Self::new(libc::SIG_DFL);
        // SAFETY: without a new action, `sigaction` only writes the present one to ours.
        let result = unsafe { libc::sigaction(signal, ptr::null(), &raw mut action.0) };
        outcome(result).map(|()| action)
    }

    /// Whether both do the same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.0.sa_sigaction == other.0.sa_sigaction
    }

    /// Makes it that of `signal`.
    ///
    /// # Errors
    ///
    /// As [`of`](Self::of); also for signals whose action cannot be changed.
    pub(crate) fn install(&self, signal: i32) -> io::Result<()> {
        super::fault::check("sigaction")?;
        // SAFETY: it is to ignore the signal, or ours, whose handler is async-signal-safe and takes
        // what it gets without SA_SIGINFO, or one that the system has given us.
        let result = unsafe { libc::sigaction(signal, &raw const self.0, ptr::null_mut()) };
        outcome(result)
    }
}

impl std::fmt::Debug for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Action").field(&self.0.sa_sigaction).finish()
    }
}

fn outcome(result: libc::c_int) -> io::Result<()> {
    match result {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
