//! Faults: the handler of SIGSEGV and SIGBUS, and the stack it runs on.
//!
//! The handler is installed once and stays. It asks [`handle_faults`]'s function first; when that
//! returns, the fault is not ours and goes to the action that was there before:
//!
//! | action before | the fault came from the CPU                 | somebody sent the signal     |
//! | ------------- | ------------------------------------------- | ---------------------------- |
//! | a handler     | is called                                   | is called                    |
//! | default       | is restored, and the fault happens again    | is restored, and sent again  |
//! | ignore        | as default: such a fault cannot be ignored  | is ignored                   |

use std::io;
use std::marker::PhantomData;
use std::sync::OnceLock;

use memmap2::{MmapOptions, MmapRaw};

use super::{fault, mem};

/// Called in the signal handler with the address that faulted. Returns if the fault is not its own.
pub(crate) type OnFault = fn(address: usize);

/// The signals that a fault may arrive as.
pub(crate) const SIGNALS: [libc::c_int; 2] = [libc::SIGSEGV, libc::SIGBUS];

/// What the handler needs, complete before it is installed.
struct Handling {
    on_fault: OnFault,
    /// The actions that were there before, in the order of [`SIGNALS`].
    before: [libc::sigaction; 2],
}

static HANDLING: OnceLock<Handling> = OnceLock::new();

/// Installs the handler for this process; later calls change nothing.
///
/// # Errors
///
/// What `sigaction` says.
pub(crate) fn handle_faults(on_fault: OnFault) -> io::Result<()> {
    static INSTALLED: OnceLock<Result<(), i32>> = OnceLock::new();
    let installed = INSTALLED.get_or_init(|| {
        install(on_fault).map_err(|error| error.raw_os_error().unwrap_or(libc::EINVAL))
    });
    installed.map_err(io::Error::from_raw_os_error)
}

fn install(on_fault: OnFault) -> io::Result<()> {
    let before = [action_of(SIGNALS[0])?, action_of(SIGNALS[1])?];
    let _ = HANDLING.set(Handling { on_fault, before });

    let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) = on_signal;
    // SAFETY: all-zero is a `sigaction` (no flags, an empty mask).
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    for signal in SIGNALS {
        // SAFETY: the handler does only what is async-signal-safe, and has the signature that
        // SA_SIGINFO asks for.
        outcome(unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) })?;
    }
    Ok(())
}

fn action_of(signal: libc::c_int) -> io::Result<libc::sigaction> {
    // SAFETY: all-zero is a `sigaction`.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: without a new action, `sigaction` only writes the present one to ours.
    outcome(unsafe { libc::sigaction(signal, std::ptr::null(), &raw mut action) })?;
    Ok(action)
}

extern "C" fn on_signal(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    let Some(handling) = HANDLING.get() else {
        return;
    };
    // SAFETY: the kernel passes a valid `info`, as the handler was installed with SA_SIGINFO.
    let code = unsafe { (*info).si_code };
    // Codes above zero come from the kernel; only then is there an address.
    let from_cpu = code > 0;
    if from_cpu {
        // SAFETY: as above, and the signal is one of those that have an address.
        let address = unsafe { (*info).si_addr() }.addr();
        (handling.on_fault)(address);
    }
    let before = &handling.before[usize::from(signal == SIGNALS[1])];
    match before.sa_sigaction {
        libc::SIG_IGN if !from_cpu => {}
        libc::SIG_DFL | libc::SIG_IGN => fall_back_to_default(signal, from_cpu),
        handler => call(handler, before.sa_flags, signal, info, context),
    }
}

/// Restores the default action. The fault then happens again; a signal that was sent is sent again, and
/// arrives as soon as the handler returns.
fn fall_back_to_default(signal: libc::c_int, from_cpu: bool) {
    // SAFETY: `signal` and `raise` are async-signal-safe.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        if !from_cpu {
            libc::raise(signal);
        }
    }
}

/// Calls the handler that was there before ours.
fn call(
    handler: libc::sighandler_t,
    flags: libc::c_int,
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    type Plain = extern "C" fn(libc::c_int);
    type WithInfo = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
    if flags & libc::SA_SIGINFO != 0 {
        // SAFETY: whoever installed it with SA_SIGINFO gave a function of three arguments.
        let handler = unsafe { std::mem::transmute::<usize, WithInfo>(handler) };
        handler(signal, info, context);
    } else {
        // SAFETY: whoever installed it without SA_SIGINFO gave a function of one argument.
        let handler = unsafe { std::mem::transmute::<usize, Plain>(handler) };
        handler(signal);
    }
}

/// Aborts, past any handler of SIGABRT. Async-signal-safe.
pub(crate) fn abort_by_default() -> ! {
    // SAFETY: both calls are async-signal-safe and use no memory of ours.
    unsafe {
        libc::signal(libc::SIGABRT, libc::SIG_DFL);
        libc::abort()
    }
}

/// Writes to standard error, as far as that goes. Async-signal-safe.
pub(crate) fn write_to_stderr(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        // SAFETY: the kernel reads at most `bytes.len()` bytes of `bytes`.
        let written =
            unsafe { libc::write(libc::STDERR_FILENO, bytes.as_ptr().cast(), bytes.len()) };
        match usize::try_from(written) {
            Ok(written) if written > 0 => bytes = &bytes[written.min(bytes.len())..],
            _ => return,
        }
    }
}

/// This thread's alternate signal stack, so that a handler can run when the stack is used up.
///
/// On drop, the one that was there before is back. It stays on its thread.
pub(crate) struct SignalStack {
    before: libc::stack_t,
    /// Unmapped after `before` is restored: fields go after `drop`.
    _mapping: MmapRaw,
    _on_this_thread: PhantomData<*mut ()>,
}

impl SignalStack {
    /// Room for the frame the kernel pushes (11 KiB with AMX state), for the report and for a
    /// handler that was there before. Only what is touched costs memory.
    const SIZE: usize = 64 << 10;

    /// Maps one, guard page included, and makes it this thread's.
    ///
    /// # Errors
    ///
    /// When memory or mappings are used up.
    pub(crate) fn new() -> io::Result<Self> {
        let page = mem::page_size();
        fault::check("sigaltstack")?;
        let mapping = MmapOptions::new()
            .len(Self::SIZE + page)
            .no_reserve_swap()
            .map_anon()?;
        let mapping = MmapRaw::from(mapping);
        let guard = mapping.as_mut_ptr();
        // SAFETY: the lowest page of the mapping is used by nobody.
        outcome(unsafe { libc::mprotect(guard.cast(), page, libc::PROT_NONE) })?;
        let stack = libc::stack_t {
            ss_sp: guard.wrapping_add(page).cast(),
            ss_flags: 0,
            ss_size: Self::SIZE,
        };
        // SAFETY: all-zero is a `stack_t`.
        let mut before: libc::stack_t = unsafe { std::mem::zeroed() };
        // SAFETY: the memory stays mapped until `drop` has taken it out of use again.
        outcome(unsafe { libc::sigaltstack(&raw const stack, &raw mut before) })?;
        Ok(Self {
            before,
            _mapping: mapping,
            _on_this_thread: PhantomData,
        })
    }
}

impl Drop for SignalStack {
    fn drop(&mut self) {
        if self.before.ss_flags & libc::SS_DISABLE != 0 {
            // Some systems look at the size even then.
            self.before.ss_size = Self::SIZE;
        }
        // SAFETY: it was this thread's before, and whoever gave it keeps it mapped while it is. (Not
        // `Send`: this is the thread `new` ran on.)
        unsafe { libc::sigaltstack(&raw const self.before, std::ptr::null_mut()) };
    }
}

impl std::fmt::Debug for SignalStack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignalStack").finish_non_exhaustive()
    }
}

/// Makes `handler` the action for a signal, or the default action without one: what a program may have
/// done before this library came.
#[cfg(test)]
pub(crate) fn set_action(signal: libc::c_int, handler: Option<extern "C" fn(libc::c_int)>) {
    let action = handler.map_or(libc::SIG_DFL, |handler| handler as libc::sighandler_t);
    // SAFETY: a handler has the signature that `signal` asks for, and the tests' are
    // async-signal-safe.
    unsafe { libc::signal(signal, action) };
}

/// The lowest address of this thread's alternate signal stack, if it has one.
#[cfg(test)]
pub(crate) fn signal_stack() -> Option<usize> {
    // SAFETY: all-zero is a `stack_t`.
    let mut stack: libc::stack_t = unsafe { std::mem::zeroed() };
    // SAFETY: without a new stack, `sigaltstack` only writes the present one to ours.
    outcome(unsafe { libc::sigaltstack(std::ptr::null(), &raw mut stack) }).expect("a query");
    (stack.ss_flags & libc::SS_DISABLE == 0).then(|| stack.ss_sp.addr())
}

fn outcome(result: libc::c_int) -> io::Result<()> {
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
