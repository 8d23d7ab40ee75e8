//! The hazards of switching stacks by hand, a test each; in the words of `mod.rs`, on whichever
//! file it selected.

use std::alloc::{Layout, alloc, dealloc};
use std::backtrace::Backtrace;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::ptr;

use super::{Context, Transfer, call_on, prepare, stack_pointer, switch};

#[cfg(target_arch = "aarch64")]
#[path = "tests/aarch64.rs"]
mod registers;
#[cfg(target_arch = "riscv64")]
#[path = "tests/riscv64.rs"]
mod registers;
#[cfg(target_arch = "x86_64")]
#[path = "tests/x86_64.rs"]
mod registers;

mod call_on;
mod schedule;
mod valgrind;

/// Whether a stack ends where `root` says so, or goes on into that of whoever resumed it.
const HAND_WRITTEN: bool = cfg!(all(
    unix,
    target_pointer_width = "64",
    any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64"
    ),
    not(teem_portable)
));

/// Memory for a stack. Large, as printing a backtrace needs more than any task should.
struct TestStack {
    limit: *mut u8,
    _registration: valgrind::Registration,
}

impl TestStack {
    const LAYOUT: Layout = match Layout::from_size_align(512 * 1024, 4096) {
        Ok(layout) => layout,
        Err(_) => panic!("a size and a power of two"),
    };

    fn new() -> Self {
        // SAFETY: the layout is not empty.
        let limit = unsafe { alloc(Self::LAYOUT) };
        assert!(!limit.is_null());
        let base = limit.wrapping_add(Self::LAYOUT.size());
        Self {
            limit,
            _registration: valgrind::Registration::new(base, limit),
        }
    }

    fn base(&self) -> *mut u8 {
        self.limit.wrapping_add(Self::LAYOUT.size())
    }

    fn limit(&self) -> *mut u8 {
        self.limit
    }
}

impl Drop for TestStack {
    fn drop(&mut self) {
        // SAFETY: allocated by `new`, and each test drops its stacks after the contexts on them
        // have ended.
        unsafe { dealloc(self.limit, Self::LAYOUT) };
    }
}

/// The context of the test's thread, some others on stacks of their own, and what they want to
/// tell.
///
/// Contexts get a pointer to all of it as their data. It is one allocation that stays in place
/// (A2), reached by raw pointers only while contexts are suspended in it.
struct World {
    host: Context,
    others: Vec<Context>,
    stacks: Vec<TestStack>,
    log: Vec<usize>,
    text: String,
}

impl World {
    fn new(others: usize) -> *mut Self {
        Box::into_raw(Box::new(Self {
            host: Context::new(),
            others: (0..others).map(|_| Context::new()).collect(),
            stacks: (0..others).map(|_| TestStack::new()).collect(),
            log: Vec::new(),
            text: String::new(),
        }))
    }

    /// # Safety
    ///
    /// `world` is from `new`, and the contexts that were started have ended.
    unsafe fn free(world: *mut Self) {
        // SAFETY: as the caller says.
        drop(unsafe { Box::from_raw(world) });
    }
}

/// The host's context.
fn host(world: *mut World) -> *mut Context {
    // SAFETY: every caller has a world from `World::new` that is not freed yet; this makes no
    // reference.
    unsafe { &raw mut (*world).host }
}

/// The context of this number.
fn other(world: *mut World, number: usize) -> *mut Context {
    // SAFETY: as in `host`; the vector is not changed, so what it points at stays in place.
    unsafe { (&mut (*world).others)[number..].as_mut_ptr() }
}

/// Notes something, in order.
fn log(world: *mut World, entry: usize) {
    // SAFETY: as in `host`; only one context runs, and this does not switch.
    unsafe { (*world).log.push(entry) };
}

/// What was noted.
fn logged(world: *mut World) -> Vec<usize> {
    // SAFETY: as in `log`.
    unsafe { std::mem::take(&mut (*world).log) }
}

/// Prepares the context of this number to call `entry(_, data)`.
fn start(world: *mut World, number: usize, entry: super::Entry, data: *mut ()) {
    // SAFETY: as in `host`; the stack is the context's own and lives as long as the world. The
    // tests give data that fits the entry.
    unsafe {
        let stack = &(&(*world).stacks)[number];
        prepare(
            other(world, number),
            stack.base(),
            stack.limit(),
            entry,
            data,
        );
    }
}

/// Switches, as an ordinary function that nothing is inlined into.
#[inline(never)]
fn switch_now(from: *mut Context, to: *mut Context, arg: usize) -> usize {
    // SAFETY: each test names the context that runs, and one that is suspended or prepared.
    unsafe { switch(from, to, arg) }
}

/// What an entry finds in its registers, and the world it is in.
#[repr(C)]
struct AtEntry {
    sp: usize,
    frame_pointer: usize,
    world: *mut World,
}

/// An entry that ends at once, naming the host, with what it was given.
///
/// # Safety
///
/// `data` is an `AtEntry`.
unsafe extern "C" fn name_the_host(arg: usize, data: *mut ()) -> Transfer {
    // SAFETY: as the caller says; its frame waits.
    let to = host(unsafe { (*data.cast::<AtEntry>()).world });
    Transfer { to, arg }
}

#[test]
fn argument_and_data_arrive() {
    unsafe extern "C" fn entry(arg: usize, data: *mut ()) -> Transfer {
        let world = data.cast();
        log(world, arg);
        let next = switch_now(other(world, 0), host(world), arg + 1);
        log(world, next);
        let to = host(world);
        Transfer { to, arg: next + 1 }
    }
    let world = World::new(1);
    start(world, 0, entry, world.cast());
    assert_eq!(switch_now(host(world), other(world, 0), 10), 11);
    assert_eq!(
        switch_now(host(world), other(world, 0), usize::MAX - 1),
        usize::MAX
    );
    assert_eq!(logged(world), [10, usize::MAX - 1]);
    // SAFETY: the context has ended.
    unsafe { World::free(world) };
}

#[test]
fn every_callee_saved_register_survives() {
    /// Switches to the other side and back, with its own pattern in the registers.
    unsafe extern "C" fn to_host(data: *mut ()) {
        let world = data.cast();
        switch_now(other(world, 0), host(world), 0);
    }
    unsafe extern "C" fn to_other(data: *mut ()) {
        let world = data.cast();
        switch_now(host(world), other(world, 0), 0);
    }
    /// The same with the switch inlined into the function that the registers are looked at after.
    unsafe extern "C" fn inlined(data: *mut ()) {
        let world = data.cast();
        // SAFETY: the host runs, the other is suspended.
        unsafe { switch(host(world), other(world, 0), 0) };
    }
    unsafe extern "C" fn entry(_: usize, data: *mut ()) -> Transfer {
        for round in 1..=4 {
            // SAFETY: `to_host` gets the world it wants.
            unsafe { assert_pattern_survives(to_host, data, !round << 32) };
        }
        let to = host(data.cast());
        Transfer { to, arg: 0 }
    }
    let world = World::new(1);
    start(world, 0, entry, world.cast());
    for round in 1..=4 {
        let f = if round % 2 == 0 { to_other } else { inlined };
        // SAFETY: both get the world they want.
        unsafe { assert_pattern_survives(f, world.cast(), round << 32) };
    }
    switch_now(host(world), other(world, 0), 0);
    // SAFETY: the context has ended.
    unsafe { World::free(world) };
}

/// Calls `f(data)` with a pattern in every register that it has to keep, and looks whether it did.
///
/// # Safety
///
/// `f` may be called with `data`.
#[inline(never)]
unsafe fn assert_pattern_survives(f: unsafe extern "C" fn(*mut ()), data: *mut (), seed: u64) {
    let mut seen = [0; registers::KEPT];
    // SAFETY: there is room for as many words as are written; for `f`, the caller vouches.
    unsafe { registers::call_with_pattern(f, data, seed, seen.as_mut_ptr()) };
    let expected: Vec<u64> = (1..=registers::KEPT as u64).map(|n| seed + n).collect();
    assert_eq!(seen[..], expected[..]);
}

#[test]
fn values_live_over_an_inlined_switch_survive() {
    /// More values than there are registers, of both kinds, none known to the compiler.
    #[inline(always)]
    fn churn(from: *mut Context, to: *mut Context, seed: usize) -> usize {
        let mut words = [0_usize; 24];
        let mut floats = [0_f64; 24];
        for n in 0..24 {
            words[n] = std::hint::black_box(seed + n);
            floats[n] = std::hint::black_box((seed * n) as f64);
        }
        for round in 0..100 {
            // SAFETY: `from` runs and `to` is suspended or prepared.
            unsafe { switch(from, to, round) };
            for n in 0..24 {
                words[n] = words[n].wrapping_mul(3).wrapping_add(n);
                floats[n] += n as f64;
            }
        }
        let wanted =
            |n: usize| (0..100).fold(seed + n, |word, _| word.wrapping_mul(3).wrapping_add(n));
        assert!((0..24).all(|n| words[n] == wanted(n)));
        assert!((0..24).all(|n| floats[n] == (seed * n + 100 * n) as f64));
        seed
    }
    unsafe extern "C" fn entry(_: usize, data: *mut ()) -> Transfer {
        let world = data.cast();
        let arg = churn(other(world, 0), host(world), 77_777);
        let to = host(world);
        Transfer { to, arg }
    }
    let world = World::new(1);
    start(world, 0, entry, world.cast());
    churn(host(world), other(world, 0), 5);
    assert_eq!(switch_now(host(world), other(world, 0), 0), 77_777);
    // SAFETY: the context has ended.
    unsafe { World::free(world) };
}

#[test]
fn entry_finds_an_aligned_stack_and_no_frame_below_its_own() {
    let world = World::new(1);
    let at_entry = Box::into_raw(Box::new(AtEntry {
        sp: 0,
        frame_pointer: 1,
        world,
    }));
    start(world, 0, registers::store_at_entry, at_entry.cast());
    assert_eq!(switch_now(host(world), other(world, 0), 3), 3);
    // SAFETY: the context has ended, so this is ours again.
    let at_entry = unsafe { Box::from_raw(at_entry) };
    assert_eq!(at_entry.sp % 16, registers::SP_AT_ENTRY);
    if HAND_WRITTEN {
        assert_eq!(at_entry.frame_pointer, 0);
    }
    // SAFETY: the context has ended.
    unsafe { World::free(world) };
}

#[test]
fn returned_transfer_continues_whom_it_names() {
    /// Logs its argument, and ends for the next one; the last of three ends for the host.
    unsafe extern "C" fn entry(arg: usize, data: *mut ()) -> Transfer {
        let world = data.cast();
        log(world, arg);
        let to = if arg < 2 {
            other(world, arg + 1)
        } else {
            host(world)
        };
        Transfer { to, arg: arg + 1 }
    }
    let world = World::new(3);
    for number in 0..3 {
        start(world, number, entry, world.cast());
    }
    assert_eq!(switch_now(host(world), other(world, 0), 0), 3);
    assert_eq!(logged(world), [0, 1, 2]);
    // SAFETY: all have ended.
    unsafe { World::free(world) };
}

#[test]
fn stack_and_context_are_used_again() {
    unsafe extern "C" fn entry(arg: usize, data: *mut ()) -> Transfer {
        let world = data.cast();
        let sum = switch_now(other(world, 0), host(world), arg) + arg;
        let to = host(world);
        Transfer { to, arg: sum }
    }
    let world = World::new(1);
    for round in 0..1000 {
        start(world, 0, entry, world.cast());
        assert_eq!(switch_now(host(world), other(world, 0), round), round);
        assert_eq!(switch_now(host(world), other(world, 0), 7), round + 7);
    }
    // SAFETY: the last one has ended.
    unsafe { World::free(world) };
}

#[test]
fn three_contexts_switch_at_every_depth_of_a_recursion() {
    /// Goes down, switching on the way down and on the way up, and keeps something in each frame.
    #[inline(never)]
    fn descend(world: *mut World, number: usize, depth: usize) -> usize {
        let kept = std::hint::black_box([depth, number]);
        let next = other(world, (number + 1) % 3);
        switch_now(other(world, number), next, depth);
        let below = if depth == 0 {
            0
        } else {
            descend(world, number, depth - 1)
        };
        switch_now(other(world, number), next, depth);
        let [depth, number] = std::hint::black_box(kept);
        below + depth * (number + 1)
    }
    unsafe extern "C" fn entry(number: usize, data: *mut ()) -> Transfer {
        let world = data.cast();
        let sum = descend(world, number, 100);
        log(world, sum);
        // Each is continued once more by the one before it, when that ends; the last names the
        // host.
        let to = if number == 2 {
            host(world)
        } else {
            other(world, number + 1)
        };
        Transfer { to, arg: 0 }
    }
    /// The first switch to a context tells it its number; what is said on the way round is a depth.
    unsafe extern "C" fn numbered<const NUMBER: usize>(_: usize, data: *mut ()) -> Transfer {
        // SAFETY: `entry` gets the world it wants.
        unsafe { entry(NUMBER, data) }
    }
    let world = World::new(3);
    start(world, 0, numbered::<0>, world.cast());
    start(world, 1, numbered::<1>, world.cast());
    start(world, 2, numbered::<2>, world.cast());
    switch_now(host(world), other(world, 0), 0);
    assert_eq!(logged(world), [5050, 10100, 15150]);
    // SAFETY: all have ended.
    unsafe { World::free(world) };
}

#[test]
fn panic_inside_is_caught_at_the_root() {
    unsafe extern "C" fn entry(arg: usize, data: *mut ()) -> Transfer {
        let world: *mut World = data.cast();
        let caught = catch_unwind(AssertUnwindSafe(|| {
            struct Witness(*mut World);
            impl Drop for Witness {
                fn drop(&mut self) {
                    log(self.0, 1);
                }
            }
            let _witness = Witness(world);
            switch_now(other(world, 0), host(world), 0);
            panic_any(arg);
        }));
        let payload = caught.expect_err("it panicked").downcast::<usize>();
        let to = host(world);
        Transfer {
            to,
            arg: *payload.expect("the payload is ours"),
        }
    }
    let world = World::new(1);
    start(world, 0, entry, world.cast());
    switch_now(host(world), other(world, 0), 42);
    assert_eq!(switch_now(host(world), other(world, 0), 0), 42);
    assert_eq!(logged(world), [1]);
    // SAFETY: the context has ended.
    unsafe { World::free(world) };
}

/// Writes down which functions it was called by. (One function for all tests: equal ones would be
/// merged into one.)
#[inline(never)]
fn function_that_looks_up(world: *mut World) {
    // SAFETY: as in `log`.
    unsafe { (*world).text = Backtrace::force_capture().to_string() };
    std::hint::black_box(world);
}

#[test]
fn backtrace_ends_at_the_root() {
    unsafe extern "C" fn entry(arg: usize, data: *mut ()) -> Transfer {
        function_that_looks_up(data.cast());
        let to = host(data.cast());
        Transfer { to, arg }
    }
    #[inline(never)]
    fn function_that_calls_nobody() {
        std::hint::black_box(1);
    }
    let world = World::new(1);
    // SAFETY: the stack is used by nobody else. It is prepared to end lower than it does, below
    // words that look like return addresses to whoever goes on past the root.
    unsafe {
        let stack = &(&(*world).stacks)[0];
        let base = stack.base().wrapping_sub(1024);
        let return_address = function_that_calls_nobody as fn() as usize + 4;
        ptr::write_bytes(base.sub(1024), 0, 1024);
        base.cast::<[usize; 128]>().write([return_address; 128]);
        prepare(other(world, 0), base, stack.limit(), entry, world.cast());
    }
    switch_now(host(world), other(world, 0), 0);
    // SAFETY: the context has ended.
    let text = unsafe { std::mem::take(&mut (*world).text) };
    assert!(text.contains("function_that_looks_up"), "{text}");
    if HAND_WRITTEN {
        let is_frame = |line: &&str| !line.trim().starts_with("at ");
        let last = text.lines().rfind(is_frame);
        assert!(
            last.is_some_and(|frame| frame.ends_with("::root")),
            "{text}"
        );
        assert_eq!(text.matches("::root").count(), 1, "{text}");
    }
    // SAFETY: the context has ended.
    unsafe { World::free(world) };
}

/// What the tests of this directory need for a pointer to nothing.
fn nothing() -> *mut () {
    ptr::null_mut()
}
