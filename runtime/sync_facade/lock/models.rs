//! The lock's word: what a holder has done is seen by the next, and there is one at a time.

use super::Word;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

struct Guarded(Word, UnsafeCell<u32>);

// SAFETY: the cell is touched under the word alone, and loom checks it.
unsafe impl Sync for Guarded {}

#[test]
fn loom_sections_do_not_overlap_and_see_each_other() {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(|| {
        let shared = Arc::new(Guarded(Word::new(), UnsafeCell::new(0)));
        let count_up = |shared: &Guarded| {
            shared.0.acquire();
            // SAFETY: the word is held.
            shared.1.with_mut(|count| unsafe { *count += 1 });
            shared.0.release();
        };
        let others = [(); 1].map(|()| {
            let shared = shared.clone();
            thread::spawn(move || count_up(&shared))
        });
        count_up(&shared);
        for other in others {
            other.join().unwrap();
        }
        shared.0.acquire();
        // SAFETY: as above.
        assert_eq!(shared.1.with(|count| unsafe { *count }), 2);
    });
}
