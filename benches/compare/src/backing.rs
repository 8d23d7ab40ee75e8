//! Memory that a virtual machine's host has taken back.
//!
//! A guest may tell its host which pages are free (free page reporting, every two seconds); the next one to use such a
//! page waits for the host to find another. On one such machine a page of 4 KiB took 7.5 us then, and 0.2 if a process
//! that had just ended had used it. The first program of each turn would have paid for those that follow. So there are
//! pages at hand before each run that measures no server.

use std::hint::black_box;

use memmap2::MmapMut;

/// More than most programs of a race use. What was at hand before costs 50 ms, in huge pages.
const SIZE: usize = 1 << 30;
const PAGE: usize = 4_096;

/// Uses memory and gives it back.
pub(crate) fn have_memory_at_hand() {
    // On a machine that has less the runs will say so.
    let Ok(mut memory) = MmapMut::map_anon(SIZE) else {
        return;
    };
    // A system without huge pages takes longer, and that is all.
    #[cfg(target_os = "linux")]
    let _ = memory.advise(memmap2::Advice::HugePage);
    memory.iter_mut().step_by(PAGE).for_each(|byte| *byte = 1);
    black_box(memory);
}
