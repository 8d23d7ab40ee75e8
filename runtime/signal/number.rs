//! A signal, by its number and its name.

use crate::sys::caught as sys;
use std::fmt;

/// A signal.
///
/// The constants have the system's names without `SIG`. Others, such as real-time signals, are made from
/// their numbers.
///
/// # Examples
///
/// ```
/// use teem::signal::Signal;
///
/// assert_eq!(Signal::TERM.to_string(), "SIGTERM");
/// assert_eq!(Signal::from_raw(15), Some(Signal::TERM));
/// assert_eq!(Signal::from_raw(0), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(i32);

macro_rules! signals {
    ($($(#[$meta:meta])* $name:ident = $number:ident;)*) => {
        impl Signal {
            $($(#[$meta])* pub const $name: Signal = Signal(sys::$number);)*
        }

        const NAMES: &[(i32, &str)] = &[$((sys::$number, stringify!($number)),)*];
    };
}

signals! {
    /// The process has called `abort`.
    ABRT = SIGABRT;
    /// A timer of `alarm`.
    ALRM = SIGALRM;
    /// An access to memory that is not there. Cannot be received.
    BUS = SIGBUS;
    /// A child has ended, stopped or gone on.
    CHLD = SIGCHLD;
    /// Go on, after a stop.
    CONT = SIGCONT;
    /// An arithmetic error. Cannot be received.
    FPE = SIGFPE;
    /// The terminal is gone; asks a server, by custom, to read its configuration again.
    HUP = SIGHUP;
    /// An illegal instruction. Cannot be received.
    ILL = SIGILL;
    /// Ctrl-C.
    INT = SIGINT;
    /// A file is ready.
    IO = SIGIO;
    /// The end, at once. Cannot be received.
    KILL = SIGKILL;
    /// A write to a pipe that nobody reads. A Rust program ignores it.
    PIPE = SIGPIPE;
    /// A profiling timer.
    PROF = SIGPROF;
    /// Ctrl-\.
    QUIT = SIGQUIT;
    /// An access to memory that is not the process's. Cannot be received.
    SEGV = SIGSEGV;
    /// Stop. Cannot be received.
    STOP = SIGSTOP;
    /// A system call that is not allowed.
    SYS = SIGSYS;
    /// A request to end: what `kill` sends.
    TERM = SIGTERM;
    /// A breakpoint.
    TRAP = SIGTRAP;
    /// Ctrl-Z.
    TSTP = SIGTSTP;
    /// A read from the terminal in the background.
    TTIN = SIGTTIN;
    /// A write to the terminal in the background.
    TTOU = SIGTTOU;
    /// Urgent data has come to a socket.
    URG = SIGURG;
    /// Of no set meaning.
    USR1 = SIGUSR1;
    /// Of no set meaning.
    USR2 = SIGUSR2;
    /// A timer of processor time.
    VTALRM = SIGVTALRM;
    /// The terminal has another size.
    WINCH = SIGWINCH;
    /// More processor time than allowed.
    XCPU = SIGXCPU;
    /// A larger file than allowed.
    XFSZ = SIGXFSZ;
}

impl Signal {
    /// The signal of this number; `None` if no system has one. Whether this system does is found out
    /// by [`notify`](super::notify).
    pub const fn from_raw(number: i32) -> Option<Self> {
        match number {
            1..=sys::LARGEST => Some(Self(number)),
            _ => None,
        }
    }

    /// Its number.
    pub const fn as_raw(self) -> i32 {
        self.0
    }

    /// Whether a program may decide what it does: not `KILL` and `STOP`, nor what a fault of the processor
    /// arrives as, which would come again as soon as a handler returned.
    pub(super) fn is_ours_to_take(self) -> bool {
        let not = [
            Self::KILL,
            Self::STOP,
            Self::SEGV,
            Self::BUS,
            Self::ILL,
            Self::FPE,
        ];
        !not.contains(&self)
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(number, _)| *number == self.0) {
            Some((_, name)) => f.pad(name),
            None => write!(f, "signal {}", self.0),
        }
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
