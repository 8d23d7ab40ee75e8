//! The context switch on x86-64 with the System V ABI (every Unix).
//!
//! # How a context is suspended
//!
//! A suspended context is one word, its stack pointer. It points at three words that the context
//! pushed before it left:
//!
//! ```text
//!            suspended in `switch`                        prepared, never run
//!
//!          |        ...            |                  +-----------------------+ <- base (16-aligned)
//!          | frame of the function |        base -  8 | data                  |
//!          | that switches         |        base - 16 | entry                 |
//!  sp + 24 +-----------------------+        base - 24 | address of `root`     | <- Context::sp
//!  sp + 16 | rbp                   |                  +-----------------------+
//!  sp +  8 | rbx                   |                  |                       |
//!  sp      | address to go on at   | <- Context::sp   |   not yet touched     |
//!          +-----------------------+                  |                       |
//!          |   free                |                  +-----------------------+ <- limit
//! ```
//!
//! Both are continued in the same way: take the three words off, jump to the first. In the left one
//! that leads to the end of `switch`, with rbx and rbp as they were; in the right one to `root`,
//! which finds its function in rbx, that function's argument in rbp, and a stack that is empty down
//! to `base`.
//!
//! # What is saved
//!
//! `switch` is inline assembly that declares every register it does not keep, callee-saved ones
//! included, as clobbered. So the compiler saves what the calling function has live, where it has
//! it live, and nothing else; where a worker's loop keeps three values over a switch, three are
//! saved. Two registers are out of its hands: LLVM reserves rbp (frame pointer) and rbx (base
//! pointer of frames with dynamic alignment) and lets no assembly name them. Those are pushed by
//! hand.
//!
//! Not saved: mxcsr and the x87 control word (1.8 ns, and see the contract in `mod.rs`), and the
//! segment bases. Thread-locals are found through fs, which stays the thread's. Should a task ever
//! carry a TLS block of its own (to move between threads), the place to switch it is between
//! storing and loading `rsp`, and the word goes into the frame above; nothing else here would
//! change.
//!
//! # Why `jmp` and not `ret`
//!
//! The processor predicts a `ret` from a stack of the calls it has seen. The address a switch goes
//! to was pushed on another stack, so this prediction is wrong each time, and each prediction after
//! it until the call depths meet again. An indirect `jmp` is predicted from its own history, and as
//! `switch` is inlined, each place that switches has a history of its own. A switch between two
//! contexts measured 9.8 ns with `ret` and 1.1 with `jmp`. The stack of calls then still holds the
//! returns of the context that was left; those it will miss are the price of any switch.
//!
//! For the same reason a shadow stack (CET) must be off: contexts do not switch it. It is off
//! unless a process asks.
//!
//! # How a stack ends
//!
//! `root` is the first frame of every prepared stack. Its unwind information says that its caller's
//! address is undefined, which DWARF defines as the end of the stack: backtraces, panics and
//! debuggers stop there. rbp is zero in it, which ends the walk of a profiler that follows frame
//! pointers. It is naked so that no compiler adds a prologue that would disagree with either, and
//! behind an `#[inline(never)]` function (see `prepare`).

use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
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
    /// rbx, or the function that `root` calls.
    rbx: Entry,
    /// rbp, or the argument that `root` passes to it.
    rbp: *mut (),
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
    // `first` is aligned, because `base` is and a `Suspended` is three words.
    unsafe {
        first.write(Suspended {
            resume: root,
            rbx: entry,
            rbp: data,
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
    // SAFETY: a prefetch faults on no address and changes nothing but caches.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(ptr::without_provenance(address)) };
}

/// The address down to which the running stack is used, by the frame of the function that this is in line in.
#[inline(always)]
pub(crate) fn stack_pointer() -> usize {
    let sp;
    // SAFETY: it reads a register.
    unsafe { asm!("mov {}, rsp", out(reg) sp, options(nomem, nostack, preserves_flags)) };
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
    //   rdi  the word that is passed on; the one register with a meaning on both sides
    //   rsi  `to`, dead after its stack pointer is loaded
    //   rdx  `from`, dead after it is filled
    //   rcx  where to go on: first for `from`, then for `to`
    //   rax  the stack pointer of `to`
    //
    // `to` is read before anything is written. Read after `from` was filled, the processor may take
    // what was just stored for what it loads, notice, and start over: one and the same loop then
    // ran at 1.1 or at 4.1 ns a switch, by chance.
    //
    // SAFETY: the block pushes three words and, when it is continued, rsp has been set to above
    // them, so it is what it was; rbx and rbp were among them. Every other register is an operand
    // or declared clobbered. Pushing is allowed, as `nostack` is not given: the compiler keeps
    // nothing in the red zone. `from` and `to` are what A1 to A3 say, kept by the caller, so the
    // jump goes to the end of such a block or to `root`, on a stack with room for it.
    unsafe {
        asm!(
            "lea rcx, [rip + 2f]",
            "mov rax, [rsi]",
            "push rbp",
            "push rbx",
            "push rcx",
            "mov [rdx], rsp",
            "mov rcx, [rax]",
            "mov rbx, [rax + 8]",
            "mov rbp, [rax + 16]",
            "lea rsp, [rax + 24]",
            "jmp rcx",
            "2:",
            inlateout("rdi") arg => received,
            in("rsi") to,
            in("rdx") from,
            lateout("r12") _,
            lateout("r13") _,
            lateout("r14") _,
            lateout("r15") _,
            clobber_abi("sysv64"),
        );
    }
    received
}

/// The first frame of every prepared stack: calls the entry, then continues whom it names.
///
/// Entered by the jump of a switch, never called. Then rdi is the word passed on, rbx the entry,
/// rbp its data, and rsp is `base`, aligned as a call needs it.
#[unsafe(naked)]
unsafe extern "C" fn root() {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_undefined rip",
        "mov rsi, rbp",
        "mov rax, rbx",
        // What the others hold is of the context that was left. The functions that follow would save it
        // here for as long as they run, where zeros are kept in less room when the stack gets cold.
        "xor ebx, ebx",
        "xor ebp, ebp",
        "xor r12d, r12d",
        "xor r13d, r13d",
        "xor r14d, r14d",
        "xor r15d, r15d",
        "call rax",
        // rax and rdx are a `Transfer`. From here to the jump the stack is only left: whoever goes
        // on may free it, so nothing of it is read after the call.
        "mov rdi, rdx",
        "mov rax, [rax]",
        "mov rcx, [rax]",
        "mov rbx, [rax + 8]",
        "mov rbp, [rax + 16]",
        "lea rsp, [rax + 24]",
        "jmp rcx",
        "ud2",
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
    // A switch inside `f` saves whatever rsp is then, so neither the context nor the limit matters
    // here.
    let _ = (current, limit);
    debug_assert!(base.addr().is_multiple_of(16));
    // SAFETY: the caller vouches for the stack and for `f`; that is all `call_with_stack` asks.
    unsafe { call_with_stack(base, f, data) };
}

/// `f(data)` with rsp set to `base`.
///
/// The frame below, on the other stack, finds its caller by rbp, for unwind tables as for walkers
/// of frame pointers:
///
/// ```text
///   the stack that was left                    the one that ends at `base`
///
///   +-----------------------+                  +-----------------------+ <- base
///   | return address        |                  | return address        | pushed by `call`
///   | rbp of the caller     | <- rbp     <---- | rbp                   | pushed by `f`, if it does
///   +-----------------------+                  |        ...            |
/// ```
///
/// `call` and `ret` meet their like here, so the processor's return prediction stays right.
///
/// # Safety
///
/// As for [`call_on`].
#[unsafe(naked)]
unsafe extern "C" fn call_with_stack(
    base: *mut u8,
    f: unsafe extern "C" fn(*mut ()),
    data: *mut (),
) {
    naked_asm!(
        ".cfi_startproc",
        "push rbp",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "mov rsp, rdi",
        "mov rdi, rdx",
        "call rsi",
        "mov rsp, rbp",
        "pop rbp",
        ".cfi_def_cfa rsp, 8",
        "ret",
        ".cfi_endproc",
    )
}
