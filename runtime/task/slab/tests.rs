use super::*;
use std::collections::VecDeque;

const PATTERN: usize = 64;

/// Cells in use, each with a pattern of its own, so that one that is handed out twice gives itself away.
#[derive(Default)]
struct InUse(VecDeque<(usize, u8, NonNull<u8>)>);

impl InUse {
    fn add(&mut self, class: usize, seed: u8, cell: NonNull<u8>) {
        // SAFETY: a cell in use has at least the size of a header.
        unsafe { cell.as_ptr().write_bytes(seed, PATTERN.min(SMALLEST)) };
        self.0.push_back((class, seed, cell));
    }

    fn take(&mut self, index: usize) -> NonNull<u8> {
        let (class, seed, cell) = self.0.swap_remove_back(index).expect("within the queue");
        // SAFETY: written above.
        let bytes = unsafe { std::slice::from_raw_parts(cell.as_ptr(), PATTERN.min(SMALLEST)) };
        assert!(bytes.iter().all(|byte| *byte == seed), "class {class}");
        cell
    }
}

fn take(slabs: &Slabs, class: usize, count: usize) -> Vec<NonNull<u8>> {
    let mut cells = Vec::new();
    slabs.take(class, count, &mut cells);
    assert_eq!(cells.len(), count, "the system has memory");
    cells
}

/// As many cells as fill so many chunks, but for the heads of slabs.
fn cells_of(chunks: usize) -> usize {
    chunks * (CHUNK / SLAB) * ((SLAB - HEAD) / SMALLEST)
}

fn touched(slabs: &Slabs) -> usize {
    let depot = slabs.lock();
    depot.chunks.iter().filter(|chunk| chunk.touched).count()
}

#[test]
fn cells_of_all_classes_taken_and_given_back_at_random_never_overlap() {
    let slabs = Slabs::new();
    let mut in_use = InUse::default();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    for round in 0..20_000 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let number = (random >> 32) as usize;
        // Growing at first, and shrinking to nothing later on.
        if number % 20_000 > round {
            let class = number % CLASSES;
            for cell in take(&slabs, class, 1 + number % 5) {
                assert_eq!(cell.addr().get() % STEP, 0);
                in_use.add(class, round as u8, cell);
            }
        } else if !in_use.0.is_empty() {
            let cell = in_use.take(number % in_use.0.len());
            // SAFETY: taken, and not used any more.
            unsafe { slabs.give_back(&[cell]) };
        }
    }
    while !in_use.0.is_empty() {
        let cell = in_use.take(0);
        // SAFETY: as above.
        unsafe { slabs.give_back(&[cell]) };
    }
    let depot = slabs.lock();
    assert!(depot.partial.iter().all(|first| first.is_null()));
    assert!(depot.chunks.iter().all(|chunk| chunk.free == ALL));
    assert_eq!(
        depot.idle,
        depot.chunks.iter().filter(|chunk| chunk.touched).count()
    );
}

#[test]
fn a_batch_comes_in_order_and_what_was_given_back_comes_first() {
    let slabs = Slabs::new();
    let mut cells = take(&slabs, 0, 64);
    assert!(
        cells.is_sorted_by(|one, next| one > next),
        "popped from the end: lowest first"
    );
    let lowest = cells.pop().expect("64 cells");
    // SAFETY: taken, and never used.
    unsafe { slabs.give_back(&[lowest]) };
    assert_eq!(take(&slabs, 0, 1), [lowest]);
}

#[test]
fn a_cell_is_aligned_as_its_layout_asks() {
    let slabs = Slabs::new();
    let layout = Layout::from_size_align(SMALLEST.next_multiple_of(64), 64).expect("small");
    let class = class_of(layout);
    if let Some(class) = class {
        let all = take(&slabs, class, 1_000);
        assert!(all.iter().all(|cell| cell.addr().get() % 64 == 0));
    }
    assert_eq!(class.is_none(), WATCHED);
    let strict = Layout::from_size_align(512, 2 * HEAD).expect("small");
    let large = Layout::from_size_align(LARGEST + STEP, STEP).expect("small");
    assert_eq!((class_of(strict), class_of(large)), (None, None));
}

#[test]
fn half_of_the_chunks_that_were_idle_for_a_period_go_in_the_next_one() {
    let slabs = Slabs::new();
    let cells = take(&slabs, 0, cells_of(8));
    assert_eq!(touched(&slabs), 8);
    // SAFETY: taken, and never used.
    unsafe { slabs.give_back(&cells) };
    let mut now = Instant::now();
    assert!(!slabs.sweep(now), "not before a period has passed");
    let mut left = vec![touched(&slabs)];
    // The first period in which all were idle begins with the first sweep after one.
    for _ in 0..6 {
        now += PERIOD;
        while slabs.sweep(now) {}
        left.push(touched(&slabs));
    }
    assert_eq!(left, [8, 8, 4, 2, 1, 0, 0]);
    assert_eq!(slabs.idle.load(Ordering::Relaxed), 0);
}

#[test]
fn a_chunk_that_is_needed_stays_and_one_that_has_gone_is_used_again() {
    let slabs = Slabs::new();
    let mut cells = take(&slabs, 0, cells_of(3));
    let kept = cells.pop().expect("many cells");
    // SAFETY: taken, and within the cell.
    unsafe { kept.write(7) };
    // SAFETY: taken, and never used.
    unsafe { slabs.give_back(&cells) };
    slabs.release_idle();
    assert_eq!(touched(&slabs), 1);
    // SAFETY: still in use.
    assert_eq!(unsafe { kept.read() }, 7);
    let pages = |chunk: usize| {
        let start = slabs.lock().chunks[chunk].start;
        mem::resident_pages(Span::new(start.as_ptr(), CHUNK)).expect("the system tells")
    };
    assert!(pages(0) > 0);
    // Where discarding is advice for later, pages may still be there.
    if cfg!(target_os = "linux") {
        assert_eq!((pages(1), pages(2)), (0, 0));
    }
    assert_eq!(take(&slabs, 0, cells_of(3) - 1).len(), cells.len());
    assert_eq!(slabs.lock().chunks.len(), 4, "no further region was mapped");
}

#[cfg(teem_fault)]
#[test]
fn a_region_that_the_system_refuses_is_asked_for_again_by_half_and_then_given_up() {
    use crate::sys::fault;
    let slabs = Slabs::new();
    let mut cells = Vec::new();
    {
        let injection = fault::inject("mmap_chunks", 1, 12);
        slabs.take(0, 1, &mut cells);
        assert!(injection.has_struck());
    }
    assert!(cells.is_empty());
    let first = take(&slabs, 0, cells_of(2));
    let injection = fault::inject("mmap_chunks", 1, 12);
    cells = take(&slabs, 0, cells_of(1));
    assert!(injection.has_struck());
    assert_eq!((first.len(), slabs.lock().chunks.len()), (cells_of(2), 3));
}
