//! Faults on demand: under `--cfg teem_fault` the n-th call of a kind fails with a chosen error, or
//! transfers move less than they could.
//!
//! Every system call wrapper asks [`check`] first, with the call's name. Without the flag that is
//! a constant `Ok(())` which the compiler removes; with it, a test arms a failure:
//!
//! ```text
//! let injection = fault::inject("epoll_ctl", 2, libc::ENOMEM); // the second call from now on
//! assert!(something().is_err());
//! assert!(injection.has_struck());
//! ```
//!
//! Whoever moves bytes asks [`limit`] how many:
//!
//! ```text
//! let injection = fault::shorten(|call, asked| if call == "recv" { 1 } else { asked });
//! ```
//!
//! Such a transfer does not even ask the system for more. So it is never *short* in the sense of the
//! netpoller, which takes what the system could not do for the news that there is nothing left.
//! [`is_shortening`] has those that take several buffers make do with the first.
//!
//! An [`Injection`] is exclusive: a second test that wants one waits until the first is dropped.
//! It strikes whichever thread makes the call, for the calls of one operation may be spread
//! over workers. So the tests of such a build run with `--test-threads=1`, or each with an injection.

#[cfg(not(teem_fault))]
mod switch {
    /// The error that a test wants from this call.
    #[inline(always)]
    pub(crate) fn check(_call: &'static str) -> std::io::Result<()> {
        Ok(())
    }

    /// How many of the bytes that it is asked for this call is to move.
    #[inline(always)]
    pub(crate) fn limit(_call: &'static str, asked: usize) -> usize {
        asked
    }

    /// Whether a test wants transfers to be short.
    #[inline(always)]
    pub(crate) fn is_shortening() -> bool {
        false
    }
}

#[cfg(teem_fault)]
mod switch {
    use std::fmt;
    use std::io;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    type Most = Box<dyn FnMut(&'static str, usize) -> usize + Send>;

    /// What the next calls meet.
    enum Plan {
        /// One of a name fails.
        Fail {
            call: &'static str,
            /// Calls to go, the failing one included; 0: it has struck.
            left: usize,
            errno: i32,
        },
        /// All transfers may be short.
        Shorten { most: Most, has_struck: bool },
    }

    static PLAN: Mutex<Option<Plan>> = Mutex::new(None);
    static EXCLUSIVE: Mutex<()> = Mutex::new(());

    fn plan() -> MutexGuard<'static, Option<Plan>> {
        PLAN.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The error that a test wants from this call.
    pub(crate) fn check(called: &'static str) -> io::Result<()> {
        match &mut *plan() {
            Some(Plan::Fail { call, left, errno }) if *call == called && *left > 0 => {
                *left -= 1;
                match *left {
                    0 => Err(io::Error::from_raw_os_error(*errno)),
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// How many of the bytes that it is asked for this call is to move: one at least, if there are any.
    pub(crate) fn limit(called: &'static str, asked: usize) -> usize {
        match &mut *plan() {
            Some(Plan::Shorten { most, has_struck }) if asked > 1 => {
                let limit = most(called, asked).clamp(1, asked);
                *has_struck |= limit < asked;
                limit
            }
            _ => asked,
        }
    }

    /// Whether a test wants transfers to be short.
    pub(crate) fn is_shortening() -> bool {
        matches!(*plan(), Some(Plan::Shorten { .. }))
    }

    /// A fault in force; dropping it ends it.
    #[must_use = "dropping it disarms the fault"]
    pub struct Injection {
        _exclusive: MutexGuard<'static, ()>,
    }

    impl Injection {
        fn new(new: Plan) -> Self {
            let exclusive = EXCLUSIVE.lock().unwrap_or_else(PoisonError::into_inner);
            *plan() = Some(new);
            Self {
                _exclusive: exclusive,
            }
        }

        /// Whether a call has failed, or moved less than it could.
        pub fn has_struck(&self) -> bool {
            match *plan() {
                Some(Plan::Fail { left, .. }) => left == 0,
                Some(Plan::Shorten { has_struck, .. }) => has_struck,
                None => false,
            }
        }
    }

    impl Drop for Injection {
        fn drop(&mut self) {
            *plan() = None;
        }
    }

    impl fmt::Debug for Injection {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Injection").finish_non_exhaustive()
        }
    }

    /// Makes the `nth` call (from 1) of `call` from now on fail with `errno`, once.
    pub fn inject(call: &'static str, nth: usize, errno: i32) -> Injection {
        Injection::new(Plan::Fail {
            call,
            left: nth,
            errno,
        })
    }

    /// Lets each transfer move at most as many bytes as `most` says, which is told its name and how many it is
    /// asked for, but always one.
    pub fn shorten(most: impl FnMut(&'static str, usize) -> usize + Send + 'static) -> Injection {
        Injection::new(Plan::Shorten {
            most: Box::new(most),
            has_struck: false,
        })
    }
}

#[cfg(teem_fault)]
pub use switch::{Injection, inject, shorten};
pub(crate) use switch::{check, is_shortening, limit};
