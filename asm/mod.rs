//! The context switch: eight items, written once per architecture.
//!
//! A *context* is a place where execution can be continued: a stack and what was in the registers
//! when it was left. Contexts are symmetric. None is the parent of another; whoever runs names the
//! one that goes on.
//!
//! | item       | what it does                                                               |
//! |------------|----------------------------------------------------------------------------|
//! | `Context`  | where a suspended context is kept; says nothing while the context runs     |
//! | `Transfer` | what a function that ends its context returns: who goes on, with which word |
//! | `prepare`  | makes a context that will call a function on a stack of its own            |
//! | `switch`   | suspends the running context and continues another                         |
//! | `prefetch` | has the cache fetch what a context will need; a hint                       |
//! | `fetch`    | the same for the line at an address                                        |
//! | `call_on`  | calls a function on another stack and comes back, as the same context      |
//! | `stack_pointer` | how far the running stack is used                                     |
//!
//! # Who provides them
//!
//! | file          | targets                 | how a context is suspended             | a switch is |
//! |---------------|-------------------------|----------------------------------------|-------------|
//! | `x86_64.rs`   | x86-64, System V ABI    | three words on its stack, more by need | inline      |
//! | `aarch64.rs`  | AArch64, AAPCS64        | four words on its stack, more by need  | inline      |
//! | `riscv64.rs`  | RV64 with the LP64D ABI | four words on its stack, more by need  | inline      |
//! | `portable.rs` | every other one         | as a coroutine that one loop resumes   | two calls   |
//!
//! `--cfg teem_portable` selects `portable.rs` on the others too, so that it can be tested where
//! tests run. Under `cfg(miri)` nothing here is compiled: `runtime/coroutine/miri.rs` stands in for
//! it with the same items.
//!
//! # Contract
//!
//! What callers keep, and what every file here relies on:
//!
//! - **A1** A context is continued at most once for each time it was suspended (or prepared), and
//!   by one thread at a time. It may be continued by another thread than the one that suspended it
//!   only if everything on its stack may move there; whoever hands the context over also orders the
//!   memory.
//! - **A2** From `prepare` until its entry has returned, the `Context` stays where it is and the
//!   stack is mapped, writable between `limit` and `base`, and used for nothing else.
//! - **A3** `from` is the context that runs, and `to` is not: a context does not switch to itself.
//!   `from` is filled by `switch` and may be continued as soon as the other side runs.
//! - **A4** No unwinding crosses the root of a context or `call_on`: the functions called there
//!   catch it. (They are `extern "C"`, so that letting one out aborts.)
//! - **A5** A context that will not be continued again is leaked with its stack, or its stack is
//!   reused without dropping what stands on it. Neither is noticed here.
//!
//! What callers get: everything an ABI calls callee-saved is as it was when `switch` returns,
//! except the floating-point control words (mxcsr and x87 control, fpcr, fcsr), which belong to the
//! thread; changing those is undefined behaviour in Rust anyway. Flags and all other registers are
//! lost, as in any call. `switch` is no memory fence between threads, but the compiler takes it for
//! a call that may read and write everything.

// The only `#[cfg]`s of the layer: one file is the architecture. x86-64 and AArch64 have ABIs with pointers of half the
// size, which are others.
#[cfg(all(
    target_arch = "x86_64",
    target_pointer_width = "64",
    unix,
    not(teem_portable)
))]
#[path = "x86_64.rs"]
mod architecture;

#[cfg(all(
    target_arch = "aarch64",
    target_pointer_width = "64",
    unix,
    not(teem_portable)
))]
#[path = "aarch64.rs"]
mod architecture;

// Every Unix for this architecture has doubles in registers; if one did not, the registers named
// there would not compile.
#[cfg(all(target_arch = "riscv64", unix, not(teem_portable)))]
#[path = "riscv64.rs"]
mod architecture;

#[cfg(any(
    not(unix),
    not(target_pointer_width = "64"),
    not(any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64",
    )),
    teem_portable,
))]
#[path = "portable.rs"]
mod architecture;

#[cfg(test)]
mod tests;

pub(crate) use architecture::{Context, call_on, fetch, prefetch, prepare, stack_pointer, switch};

/// What the entry of a context returns when it is finished: the context that goes on, and the word
/// it gets.
///
/// Two words, so that every supported ABI returns it in two registers.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Transfer {
    /// The context to continue. It is suspended or prepared, and not the one that ends.
    pub(crate) to: *mut Context,
    /// What its `switch` returns (or its entry gets).
    pub(crate) arg: usize,
}

/// The function a context begins with: gets the `arg` of the first switch to it and the `data`
/// given to [`prepare`].
///
/// It must not unwind (A4). When it returns, its stack is free.
pub(crate) type Entry = unsafe extern "C" fn(arg: usize, data: *mut ()) -> Transfer;
