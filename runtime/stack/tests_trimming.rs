//! Which pages of a stack are in memory, and when they go: the kernel tells on Linux. Other systems take pages back
//! when they like.

use std::time::Instant;

use super::pool::PERIOD;
use super::tests::{arenas, give_all, is_guarded, private_pool, read, take, trim_below, write};
use super::{Class, Pool, Stack};
use crate::sys::mem::{self, GuardKind, Span};

fn resident(stack: &Stack) -> usize {
    let bytes = stack.class().size() - stack.class().guard();
    mem::resident_pages(Span::new(stack.limit(), bytes)).expect("mincore")
}

/// Writes to every page of the usable part.
fn go_deep(stack: &Stack) {
    let usable = stack.base().addr() - stack.limit().addr();
    for depth in (8..usable).step_by(4096) {
        write(stack, depth, 1);
    }
}

/// By a call for all while it is the only pool, by a touch of each when others are supplied, too.
#[test]
fn a_new_stack_comes_with_its_first_page() {
    let mut pool = private_pool();
    let mut fellow = pool.fellow();
    let mut stacks = take(&mut pool, Class::K256, 20);
    stacks.extend(take(&mut fellow, Class::K256, 20));
    stacks.extend(take(&mut pool, Class::K256, 20));
    for stack in stacks {
        assert_eq!(resident(&stack), 1);
        assert_eq!(read(&stack, 8), 0);
    }
}

#[test]
fn a_stack_that_went_deep_is_trimmed_while_it_is_idle() {
    let mut pool = private_pool();
    let stacks = take(&mut pool, Class::K256, 3);
    stacks.iter().for_each(go_deep);
    assert!(stacks.iter().all(|stack| resident(stack) >= 47));
    give_all(&mut pool, stacks);
    let now = Instant::now();
    for second in 0..4 {
        pool.sweep(now + PERIOD * second, usize::MAX);
    }
    for stack in take(&mut pool, Class::K256, 3) {
        let warm = 8192_usize.div_ceil(mem::page_size());
        assert_eq!(resident(&stack), warm);
        assert_eq!(read(&stack, 8), 1, "the warm part is as it was");
        assert_eq!(read(&stack, 100_000), 0, "trimmed pages read zero");
        assert!(is_guarded(&stack, -1), "the guard survives");
        assert!(!is_guarded(&stack, 0));
    }
}

#[test]
fn what_a_parked_task_needs_is_not_trimmed() {
    let mut pool = private_pool();
    // More than go out at once.
    let stacks = take(&mut pool, Class::M1, 150);
    for stack in &stacks {
        let usable = stack.base().addr() - stack.limit().addr();
        for depth in (8..usable.min(200_000)).step_by(8000) {
            write(stack, depth, depth as u64);
        }
    }
    let sp = |stack: &Stack| stack.base().wrapping_sub(80_008).cast_const();
    trim_below(stacks.iter().map(|stack| (stack, sp(stack))));
    for stack in &stacks {
        for depth in (8..80_009).step_by(8000) {
            assert_eq!(read(stack, depth), depth as u64);
        }
        assert_eq!(read(stack, 96_008), 0);
        assert_eq!(read(stack, 192_008), 0);
    }
}

#[test]
fn what_a_parked_task_needs_is_not_cleared() {
    let mut pool = private_pool();
    let stack = pool.acquire(Class::K64).expect("a stack");
    let page = mem::page_size();
    // In the middle of a page, near to its beginning, and right there.
    for sp in [page + page / 2, page + page - 64, page + page] {
        (8..3 * page)
            .step_by(8)
            .for_each(|depth| write(&stack, depth, 7));
        let top = stack.top().wrapping_sub(sp).cast_const();
        // SAFETY: no task runs on the stack.
        unsafe { stack.clear_below(top) };
        let colour = stack.top().addr() - stack.base().addr();
        for depth in (8..3 * page - colour).step_by(8) {
            let below_top = depth + colour;
            let cleared = below_top > sp && below_top <= sp.next_multiple_of(page);
            assert_eq!(read(&stack, depth) == 0, cleared, "{below_top} of {sp}");
        }
    }
    pool.release(stack);
}

#[test]
fn a_stack_that_goes_back_to_the_arena_keeps_no_page() {
    let arenas = arenas(GuardKind::of_this_system());
    let mut pool = Pool::of(arenas);
    let stacks = take(&mut pool, Class::K64, 5);
    stacks.iter().for_each(go_deep);
    let base = stacks[0].base();
    give_all(&mut pool, stacks);
    drop(pool);
    let mut pool = Pool::of(arenas);
    let stack = pool.acquire(Class::K64).expect("a stack");
    assert_eq!(stack.base(), base, "the lowest slot goes first");
    // A new stack may come with its first page, of which nothing is left, either.
    assert_eq!(read(&stack, 8), 0);
    let usable = stack.class().size() - stack.class().guard();
    let others = Span::new(stack.limit(), usable - mem::page_size());
    assert_eq!(mem::resident_pages(others).expect("mincore"), 0);
}

#[test]
fn pages_that_are_asked_for_at_once_are_there_and_keep_what_is_on_them() {
    let page = mem::page_size();
    let start = mem::map_for_ever(8 * page).expect("some pages").as_ptr();
    let spans: Vec<_> = (0..8)
        .map(|index| Span::new(start.wrapping_add(index * page), page))
        .collect();
    // SAFETY: the page was mapped above and is nobody else's.
    unsafe { spans[2].start().write(7) };
    let done = mem::populate(&spans);
    assert!(
        done == 0 || done == 8,
        "{done}: all or, on an old system, none"
    );
    for (index, span) in spans.into_iter().enumerate() {
        let there = usize::from(index < done || index == 2);
        assert_eq!(mem::resident_pages(span).expect("mincore"), there);
    }
    // SAFETY: as above.
    assert_eq!(unsafe { start.wrapping_add(2 * page).read() }, 7);
}

#[test]
fn a_group_that_was_retired_is_guarded_anew() {
    for kind in [GuardKind::of_this_system(), GuardKind::Protected] {
        let arenas = arenas(kind);
        let mut pool = Pool::of(arenas);
        let stacks = take(&mut pool, Class::K256, 64);
        give_all(&mut pool, stacks);
        let stack = pool.acquire(Class::K256).expect("a stack");
        let limit = stack.limit();
        pool.release(stack);
        drop(pool);
        // SAFETY: the slot is free.
        let guarded = unsafe { mem::refuses_writes(limit.wrapping_sub(1)) };
        assert!(!guarded.expect("a pipe"), "no guard is left: {kind:?}");
        for stack in take(&mut Pool::of(arenas), Class::K256, 64) {
            assert!(is_guarded(&stack, -1), "{kind:?}");
            assert!(!is_guarded(&stack, 0), "{kind:?}");
        }
    }
}
