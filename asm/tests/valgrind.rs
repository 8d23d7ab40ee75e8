//! Tells valgrind, if it watches, that a piece of memory is a stack.
//!
//! Without that, it takes a switch between two stacks close to each other for one stack growing and
//! shrinking by that much, and calls what lies between garbage. A client request is a sequence of
//! instructions that do nothing, which it knows.

/// A piece of memory that valgrind treats as a stack, until dropped.
#[derive(Debug)]
pub(crate) struct Registration {
    id: usize,
}

impl Registration {
    pub(crate) fn new(base: *mut u8, limit: *mut u8) -> Self {
        // `base` belongs to it: that is where a stack pointer is while nothing is on the stack.
        Self {
            id: request([0x1501, limit.addr(), base.addr(), 0, 0, 0]),
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        request([0x1502, self.id, 0, 0, 0, 0]);
    }
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
fn request(arguments: [usize; 6]) -> usize {
    let mut answer = 0_usize;
    // SAFETY: four rotations by 128 bits together and an exchange of a register with itself. Under
    // valgrind, reads the six words that rax points at and writes rdx.
    unsafe {
        core::arch::asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") &raw const arguments,
            inlateout("rdx") answer,
        );
    }
    answer
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
fn request(_arguments: [usize; 6]) -> usize {
    0
}
