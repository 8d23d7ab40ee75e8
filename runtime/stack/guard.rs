//! What happens when a task runs into the guard below its stack.
//!
//! The fault arrives as SIGSEGV (SIGBUS on some systems) and is handled on the thread's alternate
//! signal stack, as the task's has no room left. The handler looks the address up among the arenas.
//! In a guard: it writes one line that names the task, and aborts. Anywhere else: it is not ours, and
//! the handler that was there before decides, std's most of the time.
//!
//! ```text
//! teem: task 7 'reader' (spawned at src/main.rs:3:5) has overflowed its stack (262144 bytes)
//! ```
//!
//! It never unwinds: the frame that faulted is in the middle of something. All that runs in the
//! handler is async-signal-safe: atomic loads, arithmetic, `write`, `abort`.
//!
//! The arenas are found through a list that only grows. A node is written before it is linked, and
//! never again.

use std::io;
use std::ptr::{self, NonNull};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::sys::signal;

pub(crate) use crate::sys::signal::SignalStack;

/// Writes who is running, as "task 7 'name' (spawned at src/main.rs:3:5)", to the sink. It is called in
/// a signal handler: no allocation, no lock.
pub(crate) type Report = fn(&mut dyn FnMut(&[u8]));

static REPORT: OnceLock<Report> = OnceLock::new();

/// The arena mapped last; the others hang on it.
static NEWEST: AtomicPtr<Region> = AtomicPtr::new(ptr::null_mut());

/// An arena, as the handler needs it.
#[derive(Debug)]
struct Region {
    start: usize,
    bytes: usize,
    size: usize,
    stride: usize,
    guard: usize,
    older: AtomicPtr<Region>,
}

/// Installs the handler, once for the process, after std's. The first caller's `report` stays.
///
/// # Errors
///
/// When the system refuses the handler.
pub(crate) fn install(report: Report) -> io::Result<()> {
    let _ = REPORT.set(report);
    signal::handle_faults(on_fault)
}

/// Lets the handler know an arena of `bytes` bytes, cut into slots of `size` bytes, `stride` bytes
/// apart, each of which begins with `guard` bytes out of reach.
pub(super) fn watch(start: NonNull<u8>, bytes: usize, size: usize, stride: usize, guard: usize) {
    let region = Box::leak(Box::new(Region {
        start: start.addr().get(),
        bytes,
        size,
        stride,
        guard,
        older: AtomicPtr::new(ptr::null_mut()),
    }));
    // ORDERING: Relaxed: the exchange below checks the value and publishes.
    let mut newest = NEWEST.load(Ordering::Relaxed);
    loop {
        // ORDERING: Relaxed: published by the exchange.
        region.older.store(newest, Ordering::Relaxed);
        // ORDERING: Release, pairs with the Acquire in `size_of_overflowed`: whoever finds the node sees
        // what is in it. Relaxed on failure: the value is only tried again.
        match NEWEST.compare_exchange_weak(newest, region, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => return,
            Err(other) => newest = other,
        }
    }
}

/// The size of the slot whose guard `address` is in, if it is in one.
pub(super) fn size_of_overflowed(address: usize) -> Option<usize> {
    // ORDERING: Acquire, pairs with the Release in `watch`. A thread that runs on a slot has seen its
    // arena linked, as it took the slot after that.
    let mut next = NEWEST.load(Ordering::Acquire);
    // SAFETY: a node that was linked is never freed and never written again.
    while let Some(region) = unsafe { next.as_ref() } {
        let offset = address.wrapping_sub(region.start);
        if offset < region.bytes {
            return (offset % region.stride < region.guard).then_some(region.size);
        }
        // ORDERING: Relaxed: written before the node was published, which the Acquire above has seen
        // (each link continues its release sequence or is older).
        next = region.older.load(Ordering::Relaxed);
    }
    None
}

/// The decision on a fault at `address`; it returns if the fault is not ours.
fn on_fault(address: usize) {
    let Some(size) = size_of_overflowed(address) else {
        return;
    };
    let mut line = Line::new();
    line.push(b"teem: ");
    match REPORT.get() {
        Some(report) => report(&mut |bytes| line.push(bytes)),
        None => line.push(b"a task"),
    }
    line.push(b" has overflowed its stack (");
    line.push_number(size);
    line.push(b" bytes)\n");
    line.write();
    signal::abort_by_default();
}

/// A line put together without allocating, so that it is written at once. What does not fit is cut off.
struct Line {
    bytes: [u8; 512],
    length: usize,
}

impl Line {
    const fn new() -> Self {
        Self {
            bytes: [0; 512],
            length: 0,
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        for (place, byte) in self.bytes[self.length..].iter_mut().zip(bytes) {
            *place = *byte;
            self.length += 1;
        }
    }

    fn push_number(&mut self, mut number: usize) {
        let mut digits = [0; 20];
        let mut first = digits.len();
        loop {
            first -= 1;
            digits[first] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.push(&digits[first..]);
    }

    fn write(&self) {
        signal::write_to_stderr(&self.bytes[..self.length]);
    }
}
