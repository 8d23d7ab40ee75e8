//! Faults on demand: under `--cfg teem_fault` the n-th call of a kind fails with a chosen error.
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
//! An [`Injection`] is exclusive: a second test that wants one waits until the first is dropped.
//! It strikes whichever thread makes the n-th call, for the calls of one operation may be spread
//! over workers. So the tests of such a build run with `--test-threads=1`.

#[cfg(not(teem_fault))]
mod switch {
    /// The error that a test wants from this call.
    #[inline(always)]
    pub(crate) fn check(_call: &'static str) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(teem_fault)]
mod switch {
    use std::io;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// What the next calls of one name meet.
    #[derive(Debug)]
    struct Plan {
        call: &'static str,
        /// Calls to go, the failing one included; 0: it has struck.
        left: usize,
        errno: i32,
    }

    static PLAN: Mutex<Option<Plan>> = Mutex::new(None);
    static EXCLUSIVE: Mutex<()> = Mutex::new(());

    fn plan() -> MutexGuard<'static, Option<Plan>> {
        PLAN.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The error that a test wants from this call.
    pub(crate) fn check(call: &'static str) -> io::Result<()> {
        let mut plan = plan();
        let Some(plan) = plan.as_mut().filter(|plan| plan.call == call) else {
            return Ok(());
        };
        match plan.left {
            0 => return Ok(()),
            1 => {}
            _ => {
                plan.left -= 1;
                return Ok(());
            }
        }
        plan.left = 0;
        Err(io::Error::from_raw_os_error(plan.errno))
    }

    /// An armed failure; dropping it disarms it.
    #[derive(Debug)]
    #[must_use = "dropping it disarms the fault"]
    pub(crate) struct Injection {
        _exclusive: MutexGuard<'static, ()>,
    }

    /// Makes the `nth` call (from 1) of `call` from now on fail with `errno`, once.
    #[cfg_attr(not(test), expect(dead_code, reason = "only unit tests arm faults"))]
    pub(crate) fn inject(call: &'static str, nth: usize, errno: i32) -> Injection {
        let exclusive = EXCLUSIVE.lock().unwrap_or_else(PoisonError::into_inner);
        *plan() = Some(Plan {
            call,
            left: nth,
            errno,
        });
        Injection {
            _exclusive: exclusive,
        }
    }

    impl Injection {
        /// Whether the call has been made, and has failed.
        #[cfg_attr(not(test), expect(dead_code, reason = "only unit tests arm faults"))]
        pub(crate) fn has_struck(&self) -> bool {
            plan().as_ref().is_some_and(|plan| plan.left == 0)
        }
    }

    impl Drop for Injection {
        fn drop(&mut self) {
            *plan() = None;
        }
    }
}

pub(crate) use switch::*;
