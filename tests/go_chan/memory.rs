//! `select2`: selects that wait again and again leave nothing behind. Counted in a process of its own,
//! by an allocator that counts.

use crate::child::in_child;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, Ordering};
use teem::chan::{Receiver, Sender, bounded, never};
use teem::select;

struct Counting;

static LIVE: AtomicIsize = AtomicIsize::new(0);

// SAFETY: the system's allocator does all of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(ptr, layout) };
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn sender(s: &Sender<usize>, n: usize) {
    let (nobodys, _open) = bounded(0);
    for i in 0..n {
        select! {
            send(s, i) -> sent => sent.unwrap(),
            send(nobodys, i) -> _ => unreachable!(),
        }
    }
}

fn receiver(r: &Receiver<usize>, n: usize) {
    let silent = never::<usize>();
    for _ in 0..n {
        select! {
            recv(r) -> value => assert!(value.is_ok()),
            recv(silent) -> _ => unreachable!(),
        }
    }
}

fn memory_does_not_grow(spawn: impl Fn(&Sender<usize>, &Receiver<usize>, usize)) {
    const ROUNDS: usize = 5_000;
    for room in [0, 1, 100] {
        let (s, r) = bounded(room);
        spawn(&s, &r, ROUNDS);
        let before = LIVE.load(Ordering::Relaxed);
        spawn(&s, &r, ROUNDS);
        let grown = LIVE.load(Ordering::Relaxed) - before;
        // A byte a round would be more.
        assert!(grown < ROUNDS as isize, "{grown} bytes, room for {room}");
    }
}

#[test]
fn select2() {
    if let Some(child) = in_child("memory::select2", &[("TEEM_WORKERS", "2")]) {
        assert!(child.status.success(), "{child:?}");
        return;
    }
    let _watchdog = crate::watchdog::Watchdog::start();
    let tasks = |s: &_, r: &_, n| {
        teem::scope(|scope| {
            scope.spawn(|| sender(s, n));
            scope.spawn(|| receiver(r, n));
        });
    };
    memory_does_not_grow(tasks);
    teem::run(|| memory_does_not_grow(tasks));
    memory_does_not_grow(|s, r, n| {
        std::thread::scope(|scope| {
            scope.spawn(|| sender(s, n));
            scope.spawn(|| receiver(r, n));
        });
    });
}
