//! The hazards of coroutines: what arrives where, whose stack it is, and what a panic does. `asm`'s
//! tests look at registers and frames; these run under Miri and AddressSanitizer too.

use std::cell::Cell;
use std::panic::{catch_unwind, panic_any};
use std::rc::Rc;

use super::*;
use crate::stack::{Class, Pool};

#[allow(clippy::duplicate_mod, reason = "under Miri there is no `asm`")]
#[path = "../../asm/tests/valgrind.rs"]
mod valgrind;

/// What a coroutine of these tests does: gets the world and the first argument, returns the last.
type Body = fn(*mut World, usize) -> usize;

/// The thread's coroutine and some others, in one allocation that stays in place (C1).
struct World {
    host: Coroutine,
    others: Vec<Coroutine>,
    bodies: Vec<Body>,
    pool: Pool,
    registrations: Vec<valgrind::Registration>,
    log: Vec<usize>,
}

impl World {
    /// Starts a coroutine for each body.
    fn new(bodies: &[Body]) -> *mut Self {
        let world = Box::into_raw(Box::new(Self {
            host: Coroutine::new(),
            others: bodies.iter().map(|_| Coroutine::new()).collect(),
            bodies: bodies.to_vec(),
            pool: Pool::new(),
            registrations: Vec::new(),
            log: Vec::new(),
        }));
        for number in 0..bodies.len() {
            start(world, number);
        }
        world
    }

    /// # Safety
    ///
    /// `world` is from `new`, and all its coroutines have ended.
    unsafe fn free(world: *mut Self) {
        // SAFETY: as the caller says.
        let count = unsafe { (*world).bodies.len() };
        for number in 0..count {
            // SAFETY: as the caller says.
            unsafe { give_back(world, number) };
        }
        // SAFETY: as the caller says.
        drop(unsafe { Box::from_raw(world) });
    }
}

/// A stack for a test, which gives it back or leaks it.
fn stack(world: *mut World) -> Stack {
    // SAFETY: the world is not freed yet, and nothing here switches.
    unsafe {
        let stack = (*world).pool.acquire(Class::DEFAULT).expect("a stack");
        let registration = valgrind::Registration::new(stack.base(), stack.limit());
        (*world).registrations.push(registration);
        stack
    }
}

/// The coroutine of the test's thread.
fn host(world: *mut World) -> *mut Coroutine {
    // SAFETY: the world is not freed yet; this makes no reference.
    unsafe { &raw mut (*world).host }
}

/// The coroutine of this number.
fn other(world: *mut World, number: usize) -> *mut Coroutine {
    // SAFETY: the world is not freed yet; the vector is not changed.
    unsafe { (*world).others.as_mut_ptr().add(number) }
}

fn log(world: *mut World, entry: usize) {
    // SAFETY: the world is not freed yet; one coroutine runs, and this does not switch.
    unsafe { (*world).log.push(entry) };
}

fn logged(world: *mut World) -> Vec<usize> {
    // SAFETY: as in `log`.
    unsafe { std::mem::take(&mut (*world).log) }
}

/// Switches, as an ordinary function.
#[inline(never)]
fn switch_now(from: *mut Coroutine, to: *mut Coroutine, arg: usize) -> usize {
    // SAFETY: each test names the coroutine that runs, and one that is suspended or started (C3).
    unsafe { Coroutine::switch(from, to, arg) }
}

/// Starts the coroutine of this number with its body; when that ends, the host goes on.
fn start(world: *mut World, number: usize) {
    unsafe fn entry(arg: usize, data: *mut ()) -> (*mut Coroutine, usize) {
        let world: *mut World = data.cast();
        let own = arg >> 32;
        // SAFETY: the world is not freed while a coroutine of it lives; the body is copied.
        let body = unsafe { (&(*world).bodies)[own] };
        let answer = body(world, arg & 0xFFFF_FFFF);
        (host(world), answer)
    }
    let stack = stack(world);
    // SAFETY: the coroutine has no stack yet, stays in its world, and the entry gets the world it
    // wants.
    unsafe { Coroutine::start(other(world, number), stack, entry, world.cast()) };
}

/// The first switch to a coroutine, which tells it its number too.
fn begin(world: *mut World, number: usize, arg: usize) -> usize {
    switch_now(host(world), other(world, number), number << 32 | arg)
}

/// Gives the stack of a coroutine that has ended back to the pool.
///
/// # Safety
///
/// C4.
unsafe fn give_back(world: *mut World, number: usize) {
    // SAFETY: as the caller says.
    if let Some(stack) = unsafe { Coroutine::take_stack(other(world, number)) } {
        // SAFETY: as in `stack`.
        unsafe { (*world).pool.release(stack) };
    }
}

/// Runs something on a segment, as coroutine `this`.
fn on_segment<R>(
    world: *mut World,
    this: *mut Coroutine,
    f: impl FnOnce() -> R,
) -> thread::Result<R> {
    let segment = stack(world);
    let mut call = Call::new(f);
    // SAFETY: the tests name the coroutine that runs; segment and call are new.
    unsafe { Coroutine::call_on(this, segment.base(), segment.limit(), call.untyped()) };
    // SAFETY: as in `stack`.
    unsafe { (*world).pool.release(segment) };
    // SAFETY: it was made.
    unsafe { call.into_result() }
}

#[test]
fn argument_and_answer_arrive() {
    let world = World::new(&[|world, arg| {
        log(world, arg);
        let arg = switch_now(other(world, 0), host(world), arg + 1);
        log(world, arg);
        arg + 1
    }]);
    assert_eq!(begin(world, 0, 10), 11);
    assert_eq!(switch_now(host(world), other(world, 0), 20), 21);
    assert_eq!(logged(world), [10, 20]);
    // SAFETY: it has ended.
    unsafe { World::free(world) };
}

#[test]
fn coroutines_switch_to_each_other_past_the_host() {
    fn round(world: *mut World, number: usize) -> usize {
        let next = (number + 1) % 3;
        for _ in 0..10 {
            log(world, number);
            // Whoever is begun is told its number; the others do not look.
            switch_now(other(world, number), other(world, next), next << 32);
        }
        number
    }
    let world = World::new(&[|w, _| round(w, 0), |w, _| round(w, 1), |w, _| round(w, 2)]);
    assert_eq!(begin(world, 0, 0), 0);
    assert_eq!(logged(world), [0, 1, 2].repeat(10));
    assert_eq!(switch_now(host(world), other(world, 1), 0), 1);
    assert_eq!(switch_now(host(world), other(world, 2), 0), 2);
    // SAFETY: all have ended.
    unsafe { World::free(world) };
}

#[test]
fn stack_is_taken_after_the_end_and_used_again() {
    let world = World::new(&[|world, arg| {
        assert!(inspect(world).is_some());
        switch_now(other(world, 0), host(world), 0) + arg
    }]);
    fn inspect(world: *mut World) -> Option<(*mut u8, *mut u8)> {
        // SAFETY: the world is not freed yet, and nothing here switches.
        let stack = unsafe { (*other(world, 0)).stack() };
        stack.map(|stack| (stack.base(), stack.limit()))
    }
    for round in 0..20 {
        let bounds = inspect(world);
        begin(world, 0, round);
        assert_eq!(inspect(world), bounds);
        assert_eq!(switch_now(host(world), other(world, 0), 5), round + 5);
        // SAFETY: it has ended and we run.
        unsafe { give_back(world, 0) };
        assert_eq!(inspect(world), None);
        start(world, 0);
    }
    // It was started but never runs: its stack is free as well (C4).
    // SAFETY: nothing runs.
    unsafe { World::free(world) };
}

#[test]
fn panic_arrives_at_the_root_with_its_payload() {
    let world = World::new(&[|world, arg| {
        let dropped = Rc::new(Cell::new(0));
        let witness = Rc::clone(&dropped);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let _guard = Guard(|| witness.set(witness.get() + 1));
            switch_now(other(world, 0), host(world), 0);
            panic_any(arg);
        }));
        log(world, dropped.get());
        *caught.unwrap_err().downcast::<usize>().expect("a number")
    }]);
    begin(world, 0, 77);
    assert_eq!(switch_now(host(world), other(world, 0), 0), 77);
    assert_eq!(logged(world), [1]);
    // SAFETY: it has ended.
    unsafe { World::free(world) };
}

/// Does something when dropped.
struct Guard<F: Fn()>(F);

impl<F: Fn()> Drop for Guard<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn destructor_switches_while_unwinding() {
    let world = World::new(&[|world, arg| {
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let _guard = Guard(|| {
                switch_now(other(world, 0), host(world), 1);
            });
            panic_any(arg);
        }));
        *caught.unwrap_err().downcast::<usize>().expect("a number")
    }]);
    assert_eq!(begin(world, 0, 33), 1);
    log(world, 0);
    assert_eq!(switch_now(host(world), other(world, 0), 0), 33);
    // SAFETY: it has ended.
    unsafe { World::free(world) };
}

#[test]
fn call_borrows_its_caller_and_brings_its_result_back() {
    let world = World::new(&[|world, arg| {
        let mut numbers = vec![arg];
        let borrowed = &mut numbers;
        let text = on_segment(world, other(world, 0), move || {
            borrowed.push(5);
            format!("{borrowed:?}")
        });
        assert_eq!(text.expect("no panic"), "[4, 5]");
        numbers.len()
    }]);
    assert_eq!(begin(world, 0, 4), 2);
    // SAFETY: it has ended.
    unsafe { World::free(world) };
}

#[test]
fn call_that_panics_brings_the_payload_back() {
    let world = World::new(&[|world, arg| {
        let kept = Rc::new(());
        let moved = Rc::clone(&kept);
        let result = on_segment(world, other(world, 0), move || {
            switch_now(other(world, 0), host(world), Rc::strong_count(&moved));
            panic_any(arg);
        });
        let payload = result.unwrap_err().downcast::<usize>().expect("a number");
        assert_eq!(Rc::strong_count(&kept), 1);
        *payload
    }]);
    assert_eq!(begin(world, 0, 9), 2);
    assert_eq!(switch_now(host(world), other(world, 0), 0), 9);
    // SAFETY: it has ended.
    unsafe { World::free(world) };
}

#[test]
fn calls_nest_and_switch_at_every_level() {
    fn nest(world: *mut World, depth: usize) -> usize {
        let local = [depth; 16];
        let this = other(world, 0);
        switch_now(this, host(world), depth);
        let below = if depth == 0 {
            0
        } else {
            let deeper = on_segment(world, this, || nest(world, depth - 1));
            deeper.expect("no panic")
        };
        switch_now(this, host(world), depth);
        below + local.iter().sum::<usize>()
    }
    let world = World::new(&[|world, arg| nest(world, arg)]);
    assert_eq!(begin(world, 0, 3), 3);
    for depth in [2, 1, 0, 0, 1, 2, 3] {
        assert_eq!(switch_now(host(world), other(world, 0), 0), depth);
    }
    assert_eq!(
        switch_now(host(world), other(world, 0), 0),
        16 * (1 + 2 + 3)
    );
    // SAFETY: it has ended.
    unsafe { World::free(world) };
}

#[test]
fn call_from_the_threads_own_stack_switches() {
    let world = World::new(&[|world, arg| {
        let arg = switch_now(other(world, 0), host(world), arg + 1);
        // The host is on its segment, or no longer: either way it is found.
        switch_now(other(world, 0), host(world), arg + 1);
        0
    }]);
    let answer = on_segment(world, host(world), || {
        let answer = begin(world, 0, 1);
        switch_now(host(world), other(world, 0), answer)
    });
    assert_eq!(answer.expect("no panic"), 3);
    assert_eq!(switch_now(host(world), other(world, 0), 0), 0);
    // SAFETY: it has ended.
    unsafe { World::free(world) };
}

#[test]
fn unstarted_coroutine_moves_to_another_thread() {
    struct Carrier(*mut World);
    // SAFETY: this thread waits while the other one has the world.
    unsafe impl Send for Carrier {}

    let world = World::new(&[|world, arg| {
        let kept = Rc::new(arg);
        switch_now(other(world, 0), host(world), arg);
        *kept + 1
    }]);
    let carrier = Carrier(world);
    let worker = thread::spawn(move || {
        let carrier = carrier;
        let world = carrier.0;
        assert_eq!(begin(world, 0, 1), 1);
        assert_eq!(switch_now(host(world), other(world, 0), 0), 2);
    });
    worker.join().expect("no panic");
    // SAFETY: it has ended.
    unsafe { World::free(world) };
}

#[test]
#[cfg_attr(miri, ignore = "leaves a thread behind")]
fn dropping_a_suspended_coroutine_runs_nothing() {
    let world = World::new(&[|world, _| {
        let _guard = Guard(|| log(world, 1));
        switch_now(other(world, 0), host(world), 0)
    }]);
    begin(world, 0, 0);
    assert!(logged(world).is_empty());
    // SAFETY: nobody switches to it any more.
    let abandoned = unsafe { other(world, 0).replace(Coroutine::new()) };
    drop(Box::new(abandoned));
    assert!(logged(world).is_empty());
    // SAFETY: no coroutine of the world is left; the stack of the lost one is leaked.
    unsafe { World::free(world) };
}

#[test]
#[cfg_attr(miri, ignore = "has no frames to walk over")]
fn backtrace_walks_from_a_segment_to_the_root() {
    #[inline(never)]
    fn function_on_the_segment() -> String {
        std::hint::black_box(std::backtrace::Backtrace::force_capture().to_string())
    }
    #[inline(never)]
    fn function_on_the_stack(world: *mut World) -> String {
        let text = on_segment(world, other(world, 0), function_on_the_segment);
        std::hint::black_box(text.expect("no panic"))
    }
    let world = World::new(&[|world, _| {
        let text = function_on_the_stack(world);
        assert!(text.contains("function_on_the_segment"), "{text}");
        assert!(text.contains("function_on_the_stack"), "{text}");
        0
    }]);
    begin(world, 0, 0);
    // SAFETY: it has ended.
    unsafe { World::free(world) };
}

#[test]
fn coroutine_and_its_context_are_at_one_address() {
    // `Coroutine::switch` compiles to the bare switch, and a header that begins with it to the
    // same.
    assert_eq!(std::mem::offset_of!(Coroutine, context), 0);
}
