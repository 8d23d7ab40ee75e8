//! The context switch on AArch64 (AAPCS64; Linux, the BSDs, Apple).
//!
//! # How a context is suspended
//!
//! A suspended context is one word, its stack pointer. It points at four words that the context
//! stored before it left:
//!
//! ```text
//!            suspended in `switch`                        prepared, never run
//!
//!          |        ...            |                  +-----------------------+ <- base (16-aligned)
//!          | frame of the function |        base -  8 | (unused)              |
//!          | that switches         |        base - 16 | entry                 |
//!  sp + 32 +-----------------------+        base - 24 | address of `root`     |
//!  sp + 24 | (unused)              |        base - 32 | data                  | <- Context::sp
//!  sp + 16 | x19                   |                  +-----------------------+
//!  sp +  8 | address to go on at   |                  |                       |
//!  sp      | x29                   | <- Context::sp   |   not yet touched     |
//!          +-----------------------+                  |                       |
//!          |   free                |                  +-----------------------+ <- limit
//! ```
//!
//! Both are continued in the same way: take the words off, branch to the second. In the left one
//! that leads to the end of `switch`, with x19 and x29 as they were; in the right one to `root`,
//! which finds its function in x19, that function's argument in x29, and a stack that is empty down
//! to `base`. The fourth word is there because sp must be a multiple of 16 whenever memory is
//! addressed through it.
//!
//! # What is saved
//!
//! `switch` is inline assembly that declares every register it does not keep, callee-saved ones
//! included, as clobbered. So the compiler saves what the calling function has live, where it has
//! it live, and nothing else. That counts more here than elsewhere: the ABI keeps 18 registers over
//! a call (x19 to x28, the low halves of v8 to v15), and nearly always most are dead. Two registers
//! are out of the compiler's hands: LLVM reserves x29 (frame pointer) and x19 (base pointer of
//! frames with dynamic alignment) and lets no assembly name them. Those are stored by hand.
//!
//! Not saved: fpcr (see the contract in `mod.rs`), x18, which is the platform's, and tpidr_el0.
//! Thread-locals are found through the latter, which stays the thread's. Should a task ever carry a
//! TLS block of its own (to move between threads), the place to switch it is between storing and
//! loading sp, and the unused word of the frame is where it goes.
//!
//! # Why `br` and not `ret`
//!
//! The processor predicts a `ret` from a stack of the calls it has seen. The address a switch goes
//! to was stored by another stack, so this prediction is wrong each time, and each prediction after
//! it until the call depths meet again. A `br` is predicted from its own history, and as `switch`
//! is inlined, each place that switches has a history of its own.
//!
//! Where a branch may lead stands `bti j`, which processors without branch target identification,
//! and processes that do not ask for it, take for a no-op (it is `hint #36`, so that every
//! assembler knows it). Pointer authentication needs nothing: an address signed against a stack's
//! sp is checked against the same.
//!
//! # How a stack ends
//!
//! `root` is the first frame of every prepared stack. Its unwind information says that its caller's
//! address (x30) is undefined, which DWARF defines as the end of the stack: backtraces, panics and
//! debuggers stop there. x29 is zero in it, which ends the walk of whoever follows frame records.
//! It is naked so that no compiler adds a prologue that would disagree with either, and behind an
//! `#[inline(never)]` function (see `prepare`).

use core::arch::{asm, naked_asm};
use core::ops::Range;
use core::ptr;

use super::Entry;

/// A suspended context: its stack pointer, which points at a [`Suspended`].
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Context {
    sp: usize,
}

impl Context {
    /// The context of a stack that runs already: filled when it first switches away.
    pub(crate) const fn new() -> Self {
        Self { sp: 0 }
    }

    /// The stack pointer it continues with: what lies below is of no use to it.
    pub(crate) fn suspended_at(&self) -> Option<*const u8> {
        Some(ptr::with_exposed_provenance(self.sp))
    }
}

/// What `Context::sp` points at while a context is suspended, lowest address first.
#[repr(C)]
struct Suspended {
    /// x29, or the argument that `root` passes to the function it calls.
    x29: *mut (),
    /// Where to go on: in `switch`, or at `root`.
    resume: unsafe extern "C" fn(),
    /// x19, or that function.
    x19: Entry,
    /// Keeps sp a multiple of 16.
    unused: usize,
}

/// Prepares `context`: the first switch to it calls `entry(arg, data)` on the stack that ends at
/// `base`.
///
/// When `entry` returns, its context is over and the one it names goes on.
///
/// # Safety
///
/// `base` is the 16-aligned upper end of a stack that reaches down to `limit`; A2 holds for it and
/// for `context` from here on, and `entry` may be called with `data` (A4).
//
// Not inlined: the address of a naked function is taken here and in no other module, as rustc may
// otherwise take it in a codegen unit that cannot see the symbol (rust-lang/rust#148307).
#[inline(never)]
pub(crate) unsafe fn prepare(
    context: *mut Context,
    base: *mut u8,
    limit: *mut u8,
    entry: Entry,
    data: *mut (),
) {
    debug_assert!(base.addr().is_multiple_of(16));
    debug_assert!(limit.addr() + size_of::<Suspended>() <= base.addr());
    let first = base.cast::<Suspended>().wrapping_sub(1);
    // SAFETY: the stack is writable below `base` and nobody else uses it (A2, kept by the caller);
    // `first` is aligned, because `base` is and a `Suspended` is four words.
    unsafe {
        first.write(Suspended {
            x29: data,
            resume: root,
            x19: entry,
            unused: 0,
        });
    }
    // SAFETY: `context` is the caller's to write until it switches to it (A1).
    unsafe { (*context).sp = first.expose_provenance() };
}

/// Brings what a suspended context will need first into the cache, ahead of its switch: these of its stack's
/// lines, of which 0 is the one of its stack pointer, and those below it are yet to be used.
///
/// # Safety
///
/// `context` is valid for reads, and nothing fills it meanwhile. What it says need not be true.
#[inline(always)]
pub(crate) unsafe fn prefetch(context: *const Context, lines: Range<isize>) {
    // SAFETY: valid for reads (caller).
    let sp = unsafe { (*context).sp };
    for line in lines {
        fetch(sp.wrapping_add_signed(64 * line));
    }
}

/// Brings the cache line at an address into the cache. A hint: there need not be anything.
#[inline(always)]
pub(crate) fn fetch(address: usize) {
    // SAFETY: a prefetch is a hint: it faults on no address and changes no register.
    unsafe {
        asm!("prfm pldl1keep, [{}]", in(reg) address, options(nostack, preserves_flags));
    }
}

/// The address down to which the running stack is used, by the frame of the function that this is in line in.
#[inline(always)]
pub(crate) fn stack_pointer() -> usize {
    let sp;
    // SAFETY: it reads a register.
    unsafe { asm!("mov {}, sp", out(reg) sp, options(nomem, nostack, preserves_flags)) };
    sp
}

/// Saves the running context in `from` and continues `to`, which gets `arg`.
///
/// Returns when something continues `from`, with the `arg` it brings.
///
/// # Safety
///
/// A1 to A3: `from` is the running context's, and `to` is suspended or prepared.
#[inline(always)]
pub(crate) unsafe fn switch(from: *mut Context, to: *mut Context, arg: usize) -> usize {
    let received;
    // Register contract, the same for a place that switches and for `root`:
    //   x0   the word that is passed on; the one register with a meaning on both sides
    //   x1   `to`, dead after its stack pointer is loaded
    //   x2   `from`, dead after it is filled
    //   x9   where to go on: first for `from`, then for `to`
    //   x10  the stack pointer of `to`
    //   x11  that of `from`, as sp itself cannot be stored
    //
    // `to` is read before anything is written, so that no processor takes what was just stored in
    // `from` for what it loads from `to` (measured on x86-64, where that guess made it four times
    // as slow).
    //
    // SAFETY: the block pushes four words and, when it is continued, sp has been set to above them,
    // so it is what it was; x19 and x29 were among them. Every other register is an operand or
    // declared clobbered, v8 to v15 whole by `clobber_abi`. Pushing is allowed, as `nostack` is not
    // given. `from` and `to` are what A1 to A3 say, kept by the caller, so the branch goes to the
    // end of such a block or to `root`, on a stack with room for it.
    unsafe {
        asm!(
            "adr x9, 2f",
            "ldr x10, [x1]",
            "stp x29, x9, [sp, #-32]!",
            "str x19, [sp, #16]",
            "mov x11, sp",
            "str x11, [x2]",
            "ldp x29, x9, [x10]",
            "ldr x19, [x10, #16]",
            "add sp, x10, #32",
            "br x9",
            "2:",
            "hint #36",
            inlateout("x0") arg => received,
            in("x1") to,
            in("x2") from,
            lateout("x20") _,
            lateout("x21") _,
            lateout("x22") _,
            lateout("x23") _,
            lateout("x24") _,
            lateout("x25") _,
            lateout("x26") _,
            lateout("x27") _,
            lateout("x28") _,
            clobber_abi("C"),
        );
    }
    received
}

/// The first frame of every prepared stack: calls the entry, then continues whom it names.
///
/// Entered by the branch of a switch, never called. Then x0 is the word passed on, x19 the entry,
/// x29 its data, and sp is `base`.
#[unsafe(naked)]
unsafe extern "C" fn root() {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_undefined x30",
        "hint #36",
        "mov x1, x29",
        "mov x9, x19",
        // What the others hold is of the context that was left. The functions that follow would save it
        // here for as long as they run, where zeros are kept in less room when the stack gets cold.
        "mov x19, xzr",
        "mov x20, xzr",
        "mov x21, xzr",
        "mov x22, xzr",
        "mov x23, xzr",
        "mov x24, xzr",
        "mov x25, xzr",
        "mov x26, xzr",
        "mov x27, xzr",
        "mov x28, xzr",
        "mov x29, xzr",
        "blr x9",
        // x0 and x1 are a `Transfer`. From here to the branch the stack is only left: whoever goes
        // on may free it, so nothing of it is read after the call.
        "ldr x10, [x0]",
        "mov x0, x1",
        "ldp x29, x9, [x10]",
        "ldr x19, [x10, #16]",
        "add sp, x10, #32",
        "br x9",
        "brk #1",
        ".cfi_endproc",
    )
}

/// Calls `f(data)` on the stack that ends at `base`, and comes back when it returns.
///
/// The context stays `current`: `f` may switch away from it and be continued.
///
/// # Safety
///
/// `base` and `limit` bound a stack as for [`prepare`], until this returns. `current` is the
/// context that runs. `f` may be called with `data`, and does not unwind (A4).
//
// Not inlined for the same reason as `prepare`.
#[inline(never)]
pub(crate) unsafe fn call_on(
    current: *mut Context,
    base: *mut u8,
    limit: *mut u8,
    f: unsafe extern "C" fn(*mut ()),
    data: *mut (),
) {
    // A switch inside `f` saves whatever sp is then, so neither the context nor the limit matters
    // here.
    let _ = (current, limit);
    debug_assert!(base.addr().is_multiple_of(16));
    // SAFETY: the caller vouches for the stack and for `f`; that is all `call_with_stack` asks.
    unsafe { call_with_stack(data, base, f) };
}

/// `f(data)` with sp set to `base`.
///
/// The frame below, on the other stack, finds its caller by x29, for unwind tables as for walkers
/// of frame records:
///
/// ```text
///   the stack that was left                    the one that ends at `base`
///
///   |        ...            |                  +-----------------------+ <- base
///   | x30 (return address)  |                  | x30, into this here   | stored by `f`, if it
///   | x29 of the caller     | <- x29     <---- | x29                   | makes a frame record
///   +-----------------------+                  |        ...            |
/// ```
///
/// `blr` and `ret` meet their like here, so the processor's return prediction stays right.
///
/// # Safety
///
/// As for [`call_on`].
#[unsafe(naked)]
unsafe extern "C" fn call_with_stack(
    data: *mut (),
    base: *mut u8,
    f: unsafe extern "C" fn(*mut ()),
) {
    naked_asm!(
        ".cfi_startproc",
        "hint #34",
        "stp x29, x30, [sp, #-16]!",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset x29, -16",
        ".cfi_offset x30, -8",
        "mov x29, sp",
        ".cfi_def_cfa x29, 16",
        "mov sp, x1",
        "blr x2",
        "mov sp, x29",
        ".cfi_def_cfa sp, 16",
        "ldp x29, x30, [sp], #16",
        ".cfi_def_cfa_offset 0",
        ".cfi_restore x30",
        ".cfi_restore x29",
        "ret",
        ".cfi_endproc",
    )
}
