//! The registers of x86-64, filled and looked at by hand.

use core::arch::naked_asm;

/// The registers the System V ABI keeps over a call: rbx, rbp, r12 to r15.
pub(super) const KEPT: usize = 6;

/// The stack pointer at the first instruction of a function, modulo 16: a call has pushed its
/// return address.
pub(super) const SP_AT_ENTRY: usize = 8;

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
        "push rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "push rcx",
        "lea rbx, [rdx + 1]",
        "lea rbp, [rdx + 2]",
        "lea r12, [rdx + 3]",
        "lea r13, [rdx + 4]",
        "lea r14, [rdx + 5]",
        "lea r15, [rdx + 6]",
        "mov rax, rdi",
        "mov rdi, rsi",
        "call rax",
        "pop rcx",
        "mov [rcx], rbx",
        "mov [rcx + 8], rbp",
        "mov [rcx + 16], r12",
        "mov [rcx + 24], r13",
        "mov [rcx + 32], r14",
        "mov [rcx + 40], r15",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
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
        "mov [rsi], rsp",
        "mov [rsi + 8], rbp",
        "jmp {}",
        sym super::name_the_host,
    )
}

/// What `call_on` calls: stores the stack pointer alone.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn store_sp_in_call(_data: *mut ()) {
    naked_asm!("mov [rdi], rsp", "ret")
}
