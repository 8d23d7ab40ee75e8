//! The context switch on 64-bit RISC-V with hardware doubles (the LP64D ABI).
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
//!  sp + 32 +-----------------------+        base - 24 | data                  |
//!  sp + 24 | (unused)              |        base - 32 | address of `root`     | <- Context::sp
//!  sp + 16 | s1                    |                  +-----------------------+
//!  sp +  8 | s0                    |                  |                       |
//!  sp      | address to go on at   | <- Context::sp   |   not yet touched     |
//!          +-----------------------+                  |                       |
//!          |   free                |                  +-----------------------+ <- limit
//! ```
//!
//! Both are continued in the same way: take the words off, jump to the first. In the left one that
//! leads to the end of `switch`, with s0 and s1 as they were; in the right one to `root`, which
//! finds its function in s1, that function's argument in s0, and a stack that is empty down to
//! `base`. The fourth word keeps sp a multiple of 16, as the ABI wants it at all times.
//!
//! # What is saved
//!
//! `switch` is inline assembly that declares every register it does not keep, callee-saved ones
//! included, as clobbered. So the compiler saves what the calling function has live, where it has
//! it live, and nothing else. That counts more here than elsewhere: the ABI keeps 24 registers over
//! a call (s0 to s11, fs0 to fs11), and nearly always most are dead. Two registers are out of the
//! compiler's hands: LLVM reserves s0 (frame pointer) and s1 (base pointer of frames with dynamic
//! alignment) and lets no assembly name them. Those are stored by hand.
//!
//! Not saved: fcsr (see the contract in `mod.rs`), gp and tp. Thread-locals are found through tp,
//! which stays the thread's. Should a task ever carry a TLS block of its own (to move between
//! threads), the place to switch it is between storing and loading sp, and the unused word of the
//! frame is where it goes. Vector registers need no saving: no call keeps them.
//!
//! # Why `jr t1`, not `ret` and not `jr t0`
//!
//! The processor predicts a return from a stack of the calls it has seen. The address a switch goes
//! to was stored by another stack, so this prediction is wrong each time, and each prediction after
//! it until the call depths meet again. Other indirect jumps are predicted from their own history,
//! and as `switch` is inlined, each place that switches has a history of its own. What is a return
//! is told by the register alone: a jump through ra is one, and so is a jump through t0, the
//! alternate link register. t1 is the first that is neither.
//!
//! # How a stack ends
//!
//! `root` is the first frame of every prepared stack. Its unwind information says that its caller's
//! address (ra) is undefined, which DWARF defines as the end of the stack: backtraces, panics and
//! debuggers stop there. s0 is zero in it, which ends the walk of whoever follows frame pointers.
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
    /// Where to go on: in `switch`, or at `root`.
    resume: unsafe extern "C" fn(),
    /// s0, or the argument that `root` passes to the function it calls.
    s0: *mut (),
    /// s1, or that function.
    s1: Entry,
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
            resume: root,
            s0: data,
            s1: entry,
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
    // The base ISA has no such hint, and Zicbop cannot be taken for granted.
    let _ = (context, lines);
}

/// Brings the cache line at an address into the cache, where there is a way: see `prefetch`.
#[inline(always)]
pub(crate) fn fetch(address: usize) {
    let _ = address;
}

/// The address down to which the running stack is used, by the frame of the function that this is in line in.
#[inline(always)]
pub(crate) fn stack_pointer() -> usize {
    let sp;
    // SAFETY: it reads a register.
    unsafe { asm!("mv {}, sp", out(reg) sp, options(nomem, nostack, preserves_flags)) };
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
    //   a0  the word that is passed on; the one register with a meaning on both sides
    //   a1  `to`, dead after its stack pointer is loaded
    //   a2  `from`, dead after it is filled
    //   t1  where to go on: first for `from`, then for `to`
    //   t2  the stack pointer of `to`
    //
    // `to` is read before anything is written, so that no processor takes what was just stored in
    // `from` for what it loads from `to` (measured on x86-64, where that guess made it four times
    // as slow).
    //
    // SAFETY: the block pushes four words and, when it is continued, sp has been set to above them,
    // so it is what it was; s0 and s1 were among them. Every other register is an operand or
    // declared clobbered. Pushing is allowed, as `nostack` is not given. `from` and `to` are what
    // A1 to A3 say, kept by the caller, so the jump goes to the end of such a block or to `root`,
    // on a stack with room for it.
    unsafe {
        asm!(
            "lla t1, 2f",
            "ld t2, 0(a1)",
            "addi sp, sp, -32",
            "sd t1, 0(sp)",
            "sd s0, 8(sp)",
            "sd s1, 16(sp)",
            "sd sp, 0(a2)",
            "ld t1, 0(t2)",
            "ld s0, 8(t2)",
            "ld s1, 16(t2)",
            "addi sp, t2, 32",
            "jr t1",
            "2:",
            inlateout("a0") arg => received,
            in("a1") to,
            in("a2") from,
            lateout("s2") _,
            lateout("s3") _,
            lateout("s4") _,
            lateout("s5") _,
            lateout("s6") _,
            lateout("s7") _,
            lateout("s8") _,
            lateout("s9") _,
            lateout("s10") _,
            lateout("s11") _,
            lateout("fs0") _,
            lateout("fs1") _,
            lateout("fs2") _,
            lateout("fs3") _,
            lateout("fs4") _,
            lateout("fs5") _,
            lateout("fs6") _,
            lateout("fs7") _,
            lateout("fs8") _,
            lateout("fs9") _,
            lateout("fs10") _,
            lateout("fs11") _,
            clobber_abi("C"),
        );
    }
    received
}

/// The first frame of every prepared stack: calls the entry, then continues whom it names.
///
/// Entered by the jump of a switch, never called. Then a0 is the word passed on, s1 the entry, s0
/// its data, and sp is `base`.
#[unsafe(naked)]
unsafe extern "C" fn root() {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_undefined ra",
        "mv a1, s0",
        "mv t1, s1",
        // What the others hold is of the context that was left. The functions that follow would save it
        // here for as long as they run, where zeros are kept in less room when the stack gets cold.
        "li s0, 0",
        "li s1, 0",
        "li s2, 0",
        "li s3, 0",
        "li s4, 0",
        "li s5, 0",
        "li s6, 0",
        "li s7, 0",
        "li s8, 0",
        "li s9, 0",
        "li s10, 0",
        "li s11, 0",
        "jalr t1",
        // a0 and a1 are a `Transfer`. From here to the jump the stack is only left: whoever goes on
        // may free it, so nothing of it is read after the call.
        "ld t2, 0(a0)",
        "mv a0, a1",
        "ld t1, 0(t2)",
        "ld s0, 8(t2)",
        "ld s1, 16(t2)",
        "addi sp, t2, 32",
        "jr t1",
        "unimp",
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
/// The frame below, on the other stack, finds its caller by s0, for unwind tables as for walkers of
/// frame pointers (which, on this architecture, point above the two words):
///
/// ```text
///   the stack that was left                    the one that ends at `base`
///
///   |        ...            | <- s0      <-.   +-----------------------+ <- base
///   | ra                    |               \  | ra, into this here    | stored by `f`, if it
///   | s0 of the caller      |                `-| s0                    | makes such a frame
///   +-----------------------+                  |        ...            |
/// ```
///
/// `jalr` and `ret` meet their like here, so the processor's return prediction stays right.
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
        "addi sp, sp, -16",
        ".cfi_def_cfa_offset 16",
        "sd ra, 8(sp)",
        "sd s0, 0(sp)",
        ".cfi_offset ra, -8",
        ".cfi_offset s0, -16",
        "addi s0, sp, 16",
        ".cfi_def_cfa s0, 0",
        "mv sp, a1",
        "jalr a2",
        "addi sp, s0, -16",
        ".cfi_def_cfa sp, 16",
        "ld ra, 8(sp)",
        "ld s0, 0(sp)",
        "addi sp, sp, 16",
        ".cfi_def_cfa_offset 0",
        ".cfi_restore ra",
        ".cfi_restore s0",
        "ret",
        ".cfi_endproc",
    )
}
