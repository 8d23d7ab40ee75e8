//! The registers of RV64 with doubles, filled and looked at by hand.

use core::arch::naked_asm;

/// The registers the LP64D ABI keeps over a call: s0 to s11, fs0 to fs11.
pub(super) const KEPT: usize = 24;

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
        // Not everything that compiles naked functions knows that the target has these registers.
        ".option push",
        ".option arch, +d",
        "addi sp, sp, -208",
        "sd ra, 0(sp)",
        "sd s0, 8(sp)",
        "sd s1, 16(sp)",
        "sd s2, 24(sp)",
        "sd s3, 32(sp)",
        "sd s4, 40(sp)",
        "sd s5, 48(sp)",
        "sd s6, 56(sp)",
        "sd s7, 64(sp)",
        "sd s8, 72(sp)",
        "sd s9, 80(sp)",
        "sd s10, 88(sp)",
        "sd s11, 96(sp)",
        "fsd fs0, 104(sp)",
        "fsd fs1, 112(sp)",
        "fsd fs2, 120(sp)",
        "fsd fs3, 128(sp)",
        "fsd fs4, 136(sp)",
        "fsd fs5, 144(sp)",
        "fsd fs6, 152(sp)",
        "fsd fs7, 160(sp)",
        "fsd fs8, 168(sp)",
        "fsd fs9, 176(sp)",
        "fsd fs10, 184(sp)",
        "fsd fs11, 192(sp)",
        "sd a3, 200(sp)",
        "addi s0, a2, 1",
        "addi s1, a2, 2",
        "addi s2, a2, 3",
        "addi s3, a2, 4",
        "addi s4, a2, 5",
        "addi s5, a2, 6",
        "addi s6, a2, 7",
        "addi s7, a2, 8",
        "addi s8, a2, 9",
        "addi s9, a2, 10",
        "addi s10, a2, 11",
        "addi s11, a2, 12",
        "addi t1, a2, 13",
        "fmv.d.x fs0, t1",
        "addi t1, a2, 14",
        "fmv.d.x fs1, t1",
        "addi t1, a2, 15",
        "fmv.d.x fs2, t1",
        "addi t1, a2, 16",
        "fmv.d.x fs3, t1",
        "addi t1, a2, 17",
        "fmv.d.x fs4, t1",
        "addi t1, a2, 18",
        "fmv.d.x fs5, t1",
        "addi t1, a2, 19",
        "fmv.d.x fs6, t1",
        "addi t1, a2, 20",
        "fmv.d.x fs7, t1",
        "addi t1, a2, 21",
        "fmv.d.x fs8, t1",
        "addi t1, a2, 22",
        "fmv.d.x fs9, t1",
        "addi t1, a2, 23",
        "fmv.d.x fs10, t1",
        "addi t1, a2, 24",
        "fmv.d.x fs11, t1",
        "mv t1, a0",
        "mv a0, a1",
        "jalr t1",
        "ld a3, 200(sp)",
        "sd s0, 0(a3)",
        "sd s1, 8(a3)",
        "sd s2, 16(a3)",
        "sd s3, 24(a3)",
        "sd s4, 32(a3)",
        "sd s5, 40(a3)",
        "sd s6, 48(a3)",
        "sd s7, 56(a3)",
        "sd s8, 64(a3)",
        "sd s9, 72(a3)",
        "sd s10, 80(a3)",
        "sd s11, 88(a3)",
        "fsd fs0, 96(a3)",
        "fsd fs1, 104(a3)",
        "fsd fs2, 112(a3)",
        "fsd fs3, 120(a3)",
        "fsd fs4, 128(a3)",
        "fsd fs5, 136(a3)",
        "fsd fs6, 144(a3)",
        "fsd fs7, 152(a3)",
        "fsd fs8, 160(a3)",
        "fsd fs9, 168(a3)",
        "fsd fs10, 176(a3)",
        "fsd fs11, 184(a3)",
        "fld fs0, 104(sp)",
        "fld fs1, 112(sp)",
        "fld fs2, 120(sp)",
        "fld fs3, 128(sp)",
        "fld fs4, 136(sp)",
        "fld fs5, 144(sp)",
        "fld fs6, 152(sp)",
        "fld fs7, 160(sp)",
        "fld fs8, 168(sp)",
        "fld fs9, 176(sp)",
        "fld fs10, 184(sp)",
        "fld fs11, 192(sp)",
        "ld s0, 8(sp)",
        "ld s1, 16(sp)",
        "ld s2, 24(sp)",
        "ld s3, 32(sp)",
        "ld s4, 40(sp)",
        "ld s5, 48(sp)",
        "ld s6, 56(sp)",
        "ld s7, 64(sp)",
        "ld s8, 72(sp)",
        "ld s9, 80(sp)",
        "ld s10, 88(sp)",
        "ld s11, 96(sp)",
        "ld ra, 0(sp)",
        "addi sp, sp, 208",
        "ret",
        ".option pop",
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
        "sd sp, 0(a1)",
        "sd s0, 8(a1)",
        "tail {}",
        sym super::name_the_host,
    )
}

/// What `call_on` calls: stores the stack pointer alone.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn store_sp_in_call(_data: *mut ()) {
    naked_asm!("sd sp, 0(a0)", "ret")
}
