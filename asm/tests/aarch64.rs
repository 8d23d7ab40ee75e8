//! The registers of AArch64, filled and looked at by hand.

use core::arch::naked_asm;

/// The registers AAPCS64 keeps over a call: x19 to x29, d8 to d15.
pub(super) const KEPT: usize = 19;

/// The stack pointer at the first instruction of a function, modulo 16.
pub(super) const SP_AT_ENTRY: usize = 0;

/// Puts `seed + 1`, `seed + 2`, .. into the kept registers, calls `f(data)`, and writes what they
/// hold then to `seen`.
///
/// # Safety
///
/// `f` may be called with `data`; `seen` has room for [`KEPT`] words.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn call_with_pattern(
    f: unsafe extern "C" fn(*mut ()),
    data: *mut (),
    seed: u64,
    seen: *mut u64,
) {
    naked_asm!(
        "stp x29, x30, [sp, #-176]!",
        "stp x19, x20, [sp, #16]",
        "stp x21, x22, [sp, #32]",
        "stp x23, x24, [sp, #48]",
        "stp x25, x26, [sp, #64]",
        "stp x27, x28, [sp, #80]",
        "stp d8, d9, [sp, #96]",
        "stp d10, d11, [sp, #112]",
        "stp d12, d13, [sp, #128]",
        "stp d14, d15, [sp, #144]",
        "str x3, [sp, #160]",
        "add x19, x2, #1",
        "add x20, x2, #2",
        "add x21, x2, #3",
        "add x22, x2, #4",
        "add x23, x2, #5",
        "add x24, x2, #6",
        "add x25, x2, #7",
        "add x26, x2, #8",
        "add x27, x2, #9",
        "add x28, x2, #10",
        "add x29, x2, #11",
        "add x9, x2, #12",
        "fmov d8, x9",
        "add x9, x2, #13",
        "fmov d9, x9",
        "add x9, x2, #14",
        "fmov d10, x9",
        "add x9, x2, #15",
        "fmov d11, x9",
        "add x9, x2, #16",
        "fmov d12, x9",
        "add x9, x2, #17",
        "fmov d13, x9",
        "add x9, x2, #18",
        "fmov d14, x9",
        "add x9, x2, #19",
        "fmov d15, x9",
        "mov x9, x0",
        "mov x0, x1",
        "blr x9",
        "ldr x3, [sp, #160]",
        "stp x19, x20, [x3]",
        "stp x21, x22, [x3, #16]",
        "stp x23, x24, [x3, #32]",
        "stp x25, x26, [x3, #48]",
        "stp x27, x28, [x3, #64]",
        "str x29, [x3, #80]",
        "stp d8, d9, [x3, #88]",
        "stp d10, d11, [x3, #104]",
        "stp d12, d13, [x3, #120]",
        "stp d14, d15, [x3, #136]",
        "ldp d14, d15, [sp, #144]",
        "ldp d12, d13, [sp, #128]",
        "ldp d10, d11, [sp, #112]",
        "ldp d8, d9, [sp, #96]",
        "ldp x27, x28, [sp, #80]",
        "ldp x25, x26, [sp, #64]",
        "ldp x23, x24, [sp, #48]",
        "ldp x21, x22, [sp, #32]",
        "ldp x19, x20, [sp, #16]",
        "ldp x29, x30, [sp], #176",
        "ret",
    )
}

/// An entry that fills in the [`super::AtEntry`] that `data` points at, then goes on as
/// [`super::name_the_host`].
#[unsafe(naked)]
pub(super) unsafe extern "C" fn store_at_entry(
    _arg: usize,
    _data: *mut (),
) -> super::super::Transfer {
    naked_asm!(
        "mov x9, sp",
        "stp x9, x29, [x1]",
        "b {}",
        sym super::name_the_host,
    )
}

/// What `call_on` calls: stores the stack pointer alone.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn store_sp_in_call(_data: *mut ()) {
    naked_asm!("mov x9, sp", "str x9, [x0]", "ret")
}
