//! Calls on another stack, from a context and from the thread's own.

use super::*;
use crate::asm::Entry;

/// Calls a closure on a stack, as context `current`.
fn on_stack<F: FnMut()>(current: *mut Context, stack: &TestStack, mut f: F) {
    unsafe extern "C" fn run<F: FnMut()>(data: *mut ()) {
        // SAFETY: it is the closure in the frame below, which waits.
        unsafe { (*data.cast::<F>())() }
    }
    // SAFETY: the tests name the context that runs, and a stack that nobody uses; `run` gets the
    // closure it wants.
    unsafe {
        let data = (&raw mut f).cast();
        call_on(current, stack.base(), stack.limit(), run::<F>, data);
    }
}

/// Runs `entry` in context 0 of a world, switching to it until it has ended (it says 0 until then).
fn run(entry: Entry) -> Vec<usize> {
    let world = World::new(2);
    start(world, 0, entry, world.cast());
    while switch_now(host(world), other(world, 0), 1) == 0 {
        log(world, 100);
    }
    let entries = logged(world);
    // SAFETY: the context has ended, and so has the other if it was started.
    unsafe { World::free(world) };
    entries
}

fn end(world: *mut World) -> Transfer {
    let to = host(world);
    Transfer { to, arg: 1 }
}

#[test]
fn stack_is_aligned_in_the_call() {
    let stack = TestStack::new();
    let mut context = Context::new();
    let mut sp = 0_usize;
    // SAFETY: the context is that of this stack, which runs; the callee gets a word to write to.
    unsafe {
        call_on(
            &raw mut context,
            stack.base(),
            stack.limit(),
            registers::store_sp_in_call,
            (&raw mut sp).cast(),
        );
    }
    assert_eq!(sp % 16, registers::SP_AT_ENTRY);
    assert!((stack.limit().addr()..=stack.base().addr()).contains(&sp));
}

#[test]
fn stack_pointer_is_of_the_stack_that_runs() {
    let stack = TestStack::new();
    let mut context = Context::new();
    let within = |sp| (stack.limit().addr()..stack.base().addr()).contains(&sp);
    let outside = stack_pointer();
    assert!(!within(outside));
    on_stack(&raw mut context, &stack, || {
        assert!(within(stack_pointer()))
    });
    assert!(stack_pointer().abs_diff(outside) < 64 << 10);
}

#[test]
fn callee_saved_registers_survive_a_call() {
    struct Job {
        context: Context,
        stack: TestStack,
    }
    unsafe extern "C" fn trash(data: *mut ()) {
        // SAFETY: a callee that does nothing may be called with anything.
        unsafe { assert_pattern_survives(idle, data, 99) };
    }
    unsafe extern "C" fn idle(_: *mut ()) {}
    unsafe extern "C" fn cross(data: *mut ()) {
        let job = data.cast::<Job>();
        // SAFETY: the job is in the frame of the test, which waits.
        unsafe {
            let stack = &(*job).stack;
            let current = &raw mut (*job).context;
            call_on(current, stack.base(), stack.limit(), trash, nothing());
        }
    }
    let mut job = Job {
        context: Context::new(),
        stack: TestStack::new(),
    };
    // SAFETY: `cross` gets the job it wants.
    unsafe { assert_pattern_survives(cross, (&raw mut job).cast(), 1 << 40) };
}

#[test]
fn call_switches_away_and_back() {
    unsafe extern "C" fn entry(_: usize, data: *mut ()) -> Transfer {
        let world: *mut World = data.cast();
        let stack = TestStack::new();
        let own = other(world, 0);
        for round in 0..3 {
            log(world, round);
            on_stack(own, &stack, || {
                switch_now(own, host(world), 0);
                log(world, 10 + round);
                switch_now(own, host(world), 0);
            });
            switch_now(own, host(world), 0);
        }
        end(world)
    }
    let round = |n| [n, 100, 10 + n, 100, 100];
    assert_eq!(run(entry), [round(0), round(1), round(2)].concat());
}

#[test]
fn calls_nest_and_switch_at_every_level() {
    fn nest(world: *mut World, depth: usize) {
        let own = other(world, 0);
        switch_now(own, host(world), 0);
        if depth > 0 {
            let stack = TestStack::new();
            on_stack(own, &stack, || nest(world, depth - 1));
        }
        log(world, depth);
        switch_now(own, host(world), 0);
    }
    unsafe extern "C" fn entry(_: usize, data: *mut ()) -> Transfer {
        nest(data.cast(), 3);
        end(data.cast())
    }
    let expected = [100, 100, 100, 100, 0, 100, 1, 100, 2, 100, 3, 100];
    assert_eq!(run(entry), expected);
}

#[test]
fn call_from_the_threads_own_stack_switches() {
    unsafe extern "C" fn entry(arg: usize, data: *mut ()) -> Transfer {
        let world = data.cast();
        let arg = switch_now(other(world, 0), host(world), arg * 2);
        let to = host(world);
        Transfer { to, arg: arg * 3 }
    }
    let world = World::new(1);
    let stack = TestStack::new();
    start(world, 0, entry, world.cast());
    on_stack(host(world), &stack, || {
        let arg = switch_now(host(world), other(world, 0), 7);
        log(world, arg);
    });
    let arg = switch_now(host(world), other(world, 0), 7);
    log(world, arg);
    assert_eq!(logged(world), [14, 21]);
    // SAFETY: the context has ended.
    unsafe { World::free(world) };
}

#[test]
fn another_context_begins_and_ends_while_a_call_waits() {
    unsafe extern "C" fn visitor(arg: usize, data: *mut ()) -> Transfer {
        log(data.cast(), arg);
        let to = other(data.cast(), 0);
        Transfer { to, arg: arg + 1 }
    }
    unsafe extern "C" fn entry(_: usize, data: *mut ()) -> Transfer {
        let world: *mut World = data.cast();
        let stack = TestStack::new();
        let own = other(world, 0);
        on_stack(own, &stack, || {
            start(world, 1, visitor, data);
            let answer = switch_now(own, other(world, 1), 20);
            log(world, answer);
        });
        end(world)
    }
    assert_eq!(run(entry), [20, 21]);
}

#[test]
fn panic_inside_is_caught_inside() {
    unsafe extern "C" fn entry(_: usize, data: *mut ()) -> Transfer {
        let world: *mut World = data.cast();
        let stack = TestStack::new();
        let own = other(world, 0);
        on_stack(own, &stack, || {
            let caught = catch_unwind(AssertUnwindSafe(|| {
                switch_now(own, host(world), 0);
                panic_any(5_usize);
            }));
            let payload = caught.expect_err("it panicked").downcast::<usize>();
            log(world, *payload.expect("the payload is ours"));
        });
        end(world)
    }
    assert_eq!(run(entry), [100, 5]);
}

#[test]
fn backtrace_walks_through_calls() {
    #[inline(never)]
    fn function_below_the_call(world: *mut World, stack: &TestStack) {
        on_stack(other(world, 0), stack, || function_that_looks_up(world));
        std::hint::black_box(world);
    }
    unsafe extern "C" fn entry(_: usize, data: *mut ()) -> Transfer {
        function_below_the_call(data.cast(), &TestStack::new());
        end(data.cast())
    }
    let world = World::new(1);
    start(world, 0, entry, world.cast());
    switch_now(host(world), other(world, 0), 0);
    // SAFETY: the context has ended.
    let text = unsafe { std::mem::take(&mut (*world).text) };
    assert!(text.contains("function_that_looks_up"), "{text}");
    assert!(text.contains("function_below_the_call"), "{text}");
    if HAND_WRITTEN {
        assert!(text.contains("::call_with_stack"), "{text}");
        assert!(text.contains("::root"), "{text}");
    }
    // SAFETY: the context has ended.
    unsafe { World::free(world) };
}
