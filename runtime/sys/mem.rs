//! Memory for stacks: mapping it, guarding it, giving its pages back.
//!
//! The contract each system fulfils in `platform`:
//!
//! | item               | Linux                                   | FreeBSD, macOS, other unix  |
//! | ------------------ | --------------------------------------- | --------------------------- |
//! | `forbid_huge_pages`| `MADV_NOHUGEPAGE`                       | nothing to do               |
//! | `ask_for_huge_pages`| `MADV_HUGEPAGE`                        | nothing to do               |
//! | `light_guards_work`| probed: Linux 6.13 has them             | no                          |
//! | `install_light`    | `MADV_GUARD_INSTALL`                    | never called                |
//! | `remove_light`     | `MADV_GUARD_REMOVE`                     | never called                |
//! | `discard`          | `MADV_DONTNEED`: pages read zero after  | `MADV_FREE`: zero or as was |
//! | `page_out`         | `MADV_PAGEOUT`: into swap, if there is  | nothing                     |
//! | `TOO_MANY_MAPPINGS`| names `vm.max_map_count`                | names no setting            |
//!
//! On Linux the advice goes out for many ranges with one `process_madvise`, which the process may
//! use on itself since 6.13 and name itself in by `PIDFD_SELF` since 6.14. Where that fails there is
//! a `madvise` a range.

use std::io;
use std::ptr::NonNull;
use std::sync::OnceLock;

use memmap2::{MmapOptions, MmapRaw};

use super::fault;

/// A range of whole pages of this process.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Span(libc::iovec);

impl Span {
    pub(crate) fn new(start: *mut u8, bytes: usize) -> Self {
        Self(libc::iovec {
            iov_base: start.cast(),
            iov_len: bytes,
        })
    }

    /// The lowest address.
    pub(crate) fn start(&self) -> *mut u8 {
        self.0.iov_base.cast()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.0.iov_len
    }

    /// What is left of it after its first `done` bytes, but `at_most` bytes; both are whole pages.
    pub(crate) fn piece(&self, done: usize, at_most: usize) -> Self {
        let done = done.min(self.bytes());
        let bytes = (self.bytes() - done).min(at_most);
        Self::new(self.start().wrapping_add(done), bytes)
    }
}

impl std::fmt::Debug for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:p}+{}", self.start(), self.bytes())
    }
}

/// How a guard is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum GuardKind {
    /// A mark in the page table. It takes no mapping and survives [`discard`].
    Light,
    /// `PROT_NONE`, which takes two mappings a guard, of which a process has some 65,000.
    Protected,
}

impl GuardKind {
    /// The better of those that work here; asked once and remembered.
    pub(crate) fn of_this_system() -> Self {
        static KIND: OnceLock<GuardKind> = OnceLock::new();
        *KIND.get_or_init(|| {
            if platform::light_guards_work() {
                Self::Light
            } else {
                Self::Protected
            }
        })
    }
}

/// The size of a page in bytes.
pub(crate) fn page_size() -> usize {
    static SIZE: OnceLock<usize> = OnceLock::new();
    *SIZE.get_or_init(|| {
        // SAFETY: `sysconf` reads no memory of ours.
        let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        usize::try_from(size).expect("the system tells the size of a page")
    })
}

/// Maps `bytes` bytes for stacks, for ever: readable and writable, no page of them present, no swap
/// reserved, no huge pages (they would make one touched byte cost 2 MiB).
///
/// # Errors
///
/// What `mmap` says, which is mostly `ENOMEM`.
pub(crate) fn map_for_ever(bytes: usize) -> io::Result<NonNull<u8>> {
    fault::check("mmap")?;
    // A page more, which goes back: mappings side by side would be one to the kernel, with a counter that every fault
    // in any of them writes.
    let start = map(bytes + page_size())?;
    // SAFETY: the last page of what was just mapped, of which nobody knows.
    unsafe { libc::munmap(start.as_ptr().add(bytes).cast(), page_size()) };
    platform::forbid_huge_pages(Span::new(start.as_ptr(), bytes));
    Ok(start)
}

/// Maps `bytes` bytes for ever, aligned to `align`, a power of two: readable and writable, no page of them present,
/// no swap reserved; with huge pages if the system has them and `huge` says so, else without.
///
/// # Errors
///
/// As [`map_for_ever`].
pub(crate) fn map_chunks(bytes: usize, align: usize, huge: bool) -> io::Result<NonNull<u8>> {
    fault::check("mmap_chunks")?;
    let start = map(bytes + align)?;
    // SAFETY: what is left out at the begin is less than `align`, and so mapped.
    let start = unsafe { start.add(start.align_offset(align)) };
    let span = Span::new(start.as_ptr(), bytes);
    if huge {
        platform::ask_for_huge_pages(span);
    } else {
        platform::forbid_huge_pages(span);
    }
    Ok(start)
}

fn map(bytes: usize) -> io::Result<NonNull<u8>> {
    let mapping = MmapOptions::new().len(bytes).no_reserve_swap().map_anon()?;
    let mapping = MmapRaw::from(mapping);
    let start = NonNull::new(mapping.as_mut_ptr()).ok_or(io::ErrorKind::OutOfMemory)?;
    std::mem::forget(mapping);
    Ok(start)
}

/// Puts the pages of all `spans` out of reach, in order. A failure comes with the number of spans
/// before it, which are guarded.
///
/// # Safety
///
/// The spans are mapped, and nothing on them is used while the guards are there.
pub(crate) unsafe fn install_guards(
    kind: GuardKind,
    spans: &[Span],
) -> Result<(), (usize, io::Error)> {
    if kind == GuardKind::Light {
        // SAFETY: passed on to the caller.
        let done = unsafe { platform::install_light(spans) };
        // Some mappings refuse light guards, as those do that are locked in memory.
        // SAFETY: passed on to the caller.
        return unsafe { protect(&spans[done..]) }.map_err(|(more, error)| (done + more, error));
    }
    // SAFETY: passed on to the caller.
    unsafe { protect(spans) }
}

/// Undoes [`install_guards`] in `span`, which may reach over many guards.
///
/// # Safety
///
/// The span is mapped by [`map_for_ever`], and nobody relies on a guard in it.
pub(crate) unsafe fn remove_guards(kind: GuardKind, span: Span) -> io::Result<()> {
    match kind {
        // SAFETY: passed on to the caller.
        GuardKind::Light => unsafe { platform::remove_light(span) },
        // SAFETY: passed on to the caller; the pages were readable and writable at first.
        GuardKind::Protected => unsafe { set_access(span, libc::PROT_READ | libc::PROT_WRITE) },
    }
}

/// Gives the pages of `spans` back to the system. What was on them is lost; guards stay.
///
/// It is advice: where the system does not take it, the pages stay.
///
/// # Safety
///
/// The spans are mapped by [`map_for_ever`] or [`map_chunks`], and nobody relies on what is on them.
pub(crate) unsafe fn discard(spans: &[Span]) {
    // SAFETY: passed on to the caller.
    unsafe { platform::discard(spans) }
}

/// Has the system find memory for the pages of `spans` now, all with one call: a fault for each costs half as much
/// again. Gives the number of spans that are done, counted from the first: none of a single one, nor where the system
/// does not know this. The pages of the others get theirs with the first touch.
pub(crate) fn populate(spans: &[Span]) -> usize {
    platform::populate(spans)
}

/// Hands the pages of `span` to the system, which keeps what is on them elsewhere (`swap.rs`) and brings
/// a page back as soon as anybody touches it, the kernel included. It is advice: pages may stay.
pub(crate) fn page_out(span: Span) {
    platform::page_out(span);
}

/// The guards of systems without light ones.
///
/// # Safety
///
/// As for [`install_guards`].
unsafe fn protect(spans: &[Span]) -> Result<(), (usize, io::Error)> {
    for (done, span) in spans.iter().enumerate() {
        // SAFETY: passed on to the caller.
        if let Err(error) = unsafe { set_access(*span, libc::PROT_NONE) } {
            return Err((done, explain(error)));
        }
    }
    Ok(())
}

/// # Safety
///
/// The pages are the caller's, and nothing on them is used in a way that `access` forbids.
unsafe fn set_access(span: Span, access: libc::c_int) -> io::Result<()> {
    fault::check("mprotect")?;
    // SAFETY: as the caller promises.
    outcome(unsafe { libc::mprotect(span.start().cast(), span.bytes(), access) })
}

/// `ENOMEM` from `mprotect` says that the process is out of mappings; nobody would guess.
fn explain(error: io::Error) -> io::Error {
    if error.raw_os_error() != Some(libc::ENOMEM) {
        return error;
    }
    io::Error::new(io::ErrorKind::OutOfMemory, platform::TOO_MANY_MAPPINGS)
}

fn outcome(result: libc::c_int) -> io::Result<()> {
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Whether a system call that writes to `address` is refused: how to look for a guard unhurt.
///
/// # Safety
///
/// The byte at `address` is nobody's.
#[cfg(any(test, target_os = "linux", target_os = "android"))]
pub(crate) unsafe fn refuses_writes(address: *mut u8) -> io::Result<bool> {
    use std::io::Write;
    use std::os::fd::AsRawFd;

    let (reader, mut writer) = io::pipe()?;
    writer.write_all(&[0])?;
    // SAFETY: the kernel writes at most one byte, to a place that is nobody's (the caller), or
    // answers EFAULT.
    let read = unsafe { libc::read(reader.as_raw_fd(), address.cast(), 1) };
    Ok(read == -1 && io::Error::last_os_error().raw_os_error() == Some(libc::EFAULT))
}

/// How many pages of `span`, which is mapped, are present.
#[cfg(not(miri))]
pub(crate) fn resident_pages(span: Span) -> io::Result<usize> {
    let mut present = vec![0_u8; span.bytes().div_ceil(page_size())];
    let to = present.as_mut_ptr().cast();
    // SAFETY: the vector has a byte for every page of the span; nothing else is written.
    outcome(unsafe { libc::mincore(span.start().cast(), span.bytes(), to) })?;
    Ok(present.iter().filter(|&&byte| byte & 1 == 1).count())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod platform {
    use std::io;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::{Span, map_for_ever, outcome, page_size, refuses_writes};
    use crate::sys::fault;

    pub(super) const TOO_MANY_MAPPINGS: &str = "no mapping is left for the guard of a stack: \
        raise the sysctl vm.max_map_count (a guard takes two mappings on Linux before 6.13)";

    const MADV_GUARD_INSTALL: libc::c_int = 102;
    const MADV_GUARD_REMOVE: libc::c_int = 103;

    /// Stands for this process where a pidfd is asked for.
    const PIDFD_SELF: libc::c_int = -10_000;

    /// A kernel without huge pages refuses, rightly.
    pub(super) fn forbid_huge_pages(span: Span) {
        // SAFETY: this advice changes nothing on the pages.
        let _ = unsafe { advise(span, libc::MADV_NOHUGEPAGE) };
    }

    /// As above.
    pub(super) fn ask_for_huge_pages(span: Span) {
        // SAFETY: as above.
        let _ = unsafe { advise(span, libc::MADV_HUGEPAGE) };
    }

    /// Looks at the effect: there are emulators that accept the advice and guard nothing. The page
    /// of the try stays mapped, as it is tried once.
    pub(super) fn light_guards_work() -> bool {
        let Ok(page) = map_for_ever(page_size()) else {
            return false;
        };
        let span = Span::new(page.as_ptr(), page_size());
        // SAFETY: the page was mapped above and is nobody else's.
        let installed = unsafe { advise(span, MADV_GUARD_INSTALL) }.is_ok();
        // SAFETY: as above.
        installed && unsafe { refuses_writes(page.as_ptr()) }.unwrap_or(false)
    }

    /// The number of spans that are guarded, counted from the first.
    pub(super) unsafe fn install_light(spans: &[Span]) -> usize {
        // SAFETY: passed on to the caller.
        unsafe { advise_all(spans, MADV_GUARD_INSTALL) }
    }

    pub(super) unsafe fn remove_light(span: Span) -> io::Result<()> {
        // SAFETY: passed on to the caller.
        unsafe { advise(span, MADV_GUARD_REMOVE) }
    }

    pub(super) unsafe fn discard(spans: &[Span]) {
        // SAFETY: passed on to the caller.
        unsafe { advise_all(spans, libc::MADV_DONTNEED) };
    }

    pub(super) fn populate(spans: &[Span]) -> usize {
        // SAFETY: this advice changes nothing that a program could see but time.
        unsafe { advise_at_once(spans, libc::MADV_POPULATE_WRITE) }
    }

    pub(super) fn page_out(span: Span) {
        // SAFETY: this advice changes nothing that a program could see but time.
        let _ = unsafe { advise(span, libc::MADV_PAGEOUT) };
    }

    /// Gives `advice` on all `spans` up to the first that refuses it; the number that took it.
    ///
    /// # Safety
    ///
    /// As for `advise`, on every span.
    unsafe fn advise_all(spans: &[Span], advice: libc::c_int) -> usize {
        // SAFETY: passed on to the caller.
        let mut done = unsafe { advise_at_once(spans, advice) };
        for &span in &spans[done..] {
            // SAFETY: passed on to the caller.
            if unsafe { advise(span, advice) }.is_err() {
                break;
            }
            done += 1;
        }
        done
    }

    /// Tries one system call for all; the number of spans that are done, counted from the first.
    ///
    /// # Safety
    ///
    /// As for `advise`, on every span.
    unsafe fn advise_at_once(spans: &[Span], advice: libc::c_int) -> usize {
        static REFUSED: AtomicBool = AtomicBool::new(false);
        // ORDERING: Relaxed: the flag spares a vain system call and guards nothing.
        if spans.len() < 2 || REFUSED.load(Ordering::Relaxed) {
            return 0;
        }
        let (call, count) = (libc::SYS_process_madvise, spans.len());
        // SAFETY: a `Span` is an iovec (repr(transparent)), and the kernel reads `count` of them. What
        // the advice does to the pages is the caller's to answer for.
        let advised = unsafe { libc::syscall(call, PIDFD_SELF, spans.as_ptr(), count, advice, 0) };
        let Ok(mut advised) = usize::try_from(advised) else {
            let error = io::Error::last_os_error().raw_os_error();
            let for_good = [libc::EBADF, libc::EINVAL, libc::ENOSYS, libc::EPERM];
            if for_good.map(Some).contains(&error) {
                // ORDERING: Relaxed, as above.
                REFUSED.store(true, Ordering::Relaxed);
            }
            return 0;
        };
        let whole = |span: &&Span| {
            let fits = span.bytes() <= advised;
            advised = advised.saturating_sub(span.bytes());
            fits
        };
        spans.iter().take_while(whole).count()
    }

    /// # Safety
    ///
    /// The pages are the caller's, and it can bear what the advice does to them.
    unsafe fn advise(span: Span, advice: libc::c_int) -> io::Result<()> {
        fault::check("madvise")?;
        // SAFETY: as the caller promises.
        outcome(unsafe { libc::madvise(span.start().cast(), span.bytes(), advice) })
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod platform {
    use std::io;

    use super::Span;

    pub(super) const TOO_MANY_MAPPINGS: &str =
        "no mapping is left for the guard of a stack: the system allows a process no more of them";

    pub(super) fn forbid_huge_pages(_span: Span) {}

    pub(super) fn ask_for_huge_pages(_span: Span) {}

    pub(super) fn light_guards_work() -> bool {
        false
    }

    pub(super) unsafe fn install_light(_spans: &[Span]) -> usize {
        0
    }

    pub(super) unsafe fn remove_light(_span: Span) -> io::Result<()> {
        Ok(())
    }

    pub(super) unsafe fn discard(spans: &[Span]) {
        for span in spans {
            // SAFETY: nobody relies on what is on these pages (the caller of `mem::discard`).
            unsafe { libc::madvise(span.start().cast(), span.bytes(), libc::MADV_FREE) };
        }
    }

    pub(super) fn populate(_spans: &[Span]) -> usize {
        0
    }

    pub(super) fn page_out(_span: Span) {}
}
