//! System calls of Linux made in place, for those that every request makes.
//!
//! libc has functions for them, and those are for once in a while. In a process with several threads `recv` and
//! `send` are cancellation points, four locked instructions a request for what we never use. `syscall` is not; but
//! when it is called the kernel has just been at work, and neither its code nor the entry of the table through which
//! it is found is in a cache. A request of 64 bytes and its answer take 70 cycles less without it.
//!
//! What a call does to registers is the kernel's word: on x86-64 it keeps all but three. On the others the wide
//! registers of vectors may come back empty, so all that a function may change is taken for changed.

use std::io;

/// The largest number that a call returns for an error, taken from zero.
const MAX_ERRNO: isize = 4095;

/// Makes the call `number` and returns what it returns.
///
/// # Safety
///
/// As for the call: what it reads and writes through its arguments may be read and written.
#[inline(always)]
pub(super) unsafe fn system_call(number: libc::c_long, arguments: [usize; 6]) -> io::Result<usize> {
    // SAFETY: passed on.
    let result = unsafe { call(number, arguments) };
    match (-MAX_ERRNO..0).contains(&result) {
        true => Err(error(result)),
        false => Ok(result as usize),
    }
}

/// Out of line, or it is made before anybody knows whether there is one.
#[cold]
#[inline(never)]
fn error(result: isize) -> io::Error {
    io::Error::from_raw_os_error(-result as i32)
}

/// What the kernel returns: below zero, the number of an error.
///
/// # Safety
///
/// As for `system_call`.
#[cfg(all(
    any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64",
    ),
    target_pointer_width = "64",
    not(miri),
))]
#[inline(always)]
unsafe fn call(number: libc::c_long, [a, b, c, d, e, f]: [usize; 6]) -> isize {
    let result;
    // SAFETY: passed on. The instruction leaves the address to go on at in rcx and the flags, which come back as
    // they were, in r11; the kernel uses no stack of ours.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") a,
            in("rsi") b,
            in("rdx") c,
            in("r10") d,
            in("r8") e,
            in("r9") f,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack, preserves_flags),
        );
    }
    // SAFETY: passed on; the kernel uses no stack of ours.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") a => result,
            in("x1") b,
            in("x2") c,
            in("x3") d,
            in("x4") e,
            in("x5") f,
            clobber_abi("C"),
            options(nostack),
        );
    }
    // SAFETY: passed on; the kernel uses no stack of ours.
    #[cfg(target_arch = "riscv64")]
    unsafe {
        std::arch::asm!(
            "ecall",
            in("a7") number,
            inlateout("a0") a => result,
            in("a1") b,
            in("a2") c,
            in("a3") d,
            in("a4") e,
            in("a5") f,
            clobber_abi("C"),
            options(nostack),
        );
    }
    result
}

/// The same where there is no assembly for it.
///
/// # Safety
///
/// As for `system_call`.
#[cfg(not(all(
    any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64",
    ),
    target_pointer_width = "64",
    not(miri),
)))]
unsafe fn call(number: libc::c_long, [a, b, c, d, e, f]: [usize; 6]) -> isize {
    // SAFETY: passed on.
    match unsafe { libc::syscall(number, a, b, c, d, e, f) } as isize {
        -1 => -(super::errno::get() as isize),
        result => result,
    }
}
