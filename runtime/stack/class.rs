//! The sizes a stack comes in.
//!
//! | class  | slot    | guard  | usable  | guard, usable on riscv64 | for                                   |
//! | ------ | ------- | ------ | ------- | ------------------------ | ------------------------------------- |
//! | `K64`  | 64 KiB  | 16 KiB | 48 KiB  | 16 KiB, 48 KiB           | millions of small tasks               |
//! | `K256` | 256 KiB | 64 KiB | 192 KiB | 64 KiB, 192 KiB          | the default                           |
//! | `M1`   | 1 MiB   | 64 KiB | 960 KiB | 256 KiB, 768 KiB         | the first linked segment              |
//! | `M8`   | 8 MiB   | 64 KiB | 7.9 MiB | 1 MiB, 7 MiB             | what the main thread has              |
//! | `M64`  | 64 MiB  | 64 KiB | 64 MiB  | 1 MiB, 63 MiB            | segments of a recursion that goes on  |
//! | `M256` | 256 MiB | 64 KiB | 256 MiB | 1 MiB, 255 MiB           | three of them fit a task's limit      |
//!
//! A size is that of the whole slot, its guard included: who asks for 256 KiB gets the default class
//! and not the one four times as large. Memory is used by the page, as the task goes deeper, so the
//! size costs address space and, below 2 MiB, a share of a page table.
//!
//! The guard is 64 KiB because C code on a task's stack has no stack probes: a frame of up to that
//! size cannot step over it. It is 1 MiB on riscv64, where Rust code has no probes either. A guard
//! takes at most a quarter of its slot, which is what makes the small classes' smaller.

use std::io;

use crate::sys::mem;

/// The guard of a slot that is large enough for it.
const GUARD: usize = if cfg!(target_arch = "riscv64") {
    1 << 20
} else {
    64 << 10
};

/// No page is larger, of the systems that there are.
const LARGEST_PAGE: usize = 64 << 10;

/// One of the sizes a stack comes in. The number is its index in the tables of arenas and pools.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Class {
    K64,
    K256,
    M1,
    M8,
    M64,
    M256,
}

impl Class {
    /// What a task gets that asked for nothing.
    pub(crate) const DEFAULT: Self = Self::K256;

    /// Beyond it, a stack grows by more segments of this class.
    pub(crate) const LARGEST: Self = Self::M256;

    /// How many classes there are.
    pub(crate) const COUNT: usize = Self::ALL.len();

    /// All of them, the smallest first.
    pub(crate) const ALL: [Self; 6] = [
        Self::K64,
        Self::K256,
        Self::M1,
        Self::M8,
        Self::M64,
        Self::M256,
    ];

    /// The smallest class whose slot, guard included, has at least `bytes` bytes.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when no class is as large; the message names both sizes.
    #[inline]
    pub(crate) fn for_size(bytes: usize) -> io::Result<Self> {
        let fits = |class: &Self| class.size() >= bytes && class.is_available();
        Self::ALL
            .into_iter()
            .find(fits)
            .ok_or_else(|| too_large(bytes))
    }

    /// The size of a slot in bytes, its guard included.
    #[inline]
    pub(crate) const fn size(self) -> usize {
        match self {
            Self::K64 => 64 << 10,
            Self::K256 => 256 << 10,
            Self::M1 => 1 << 20,
            Self::M8 => 8 << 20,
            Self::M64 => 64 << 20,
            Self::M256 => 256 << 20,
        }
    }

    /// The bytes of a slot that stay out of reach, at its low end.
    #[inline]
    pub(crate) const fn guard(self) -> usize {
        let quarter = self.size() / 4;
        if quarter < GUARD { quarter } else { GUARD }
    }

    /// Whether the guard is whole pages, which that of `K64` is not where a page has 64 KiB.
    #[inline]
    fn is_available(self) -> bool {
        const { assert!(Self::K256.guard().is_multiple_of(LARGEST_PAGE)) };
        self != Self::K64 || self.guard().is_multiple_of(mem::page_size())
    }
}

#[cold]
#[inline(never)]
fn too_large(bytes: usize) -> io::Error {
    let largest = Class::LARGEST.size();
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("no stack has {bytes} bytes: the largest has {largest}"),
    )
}
