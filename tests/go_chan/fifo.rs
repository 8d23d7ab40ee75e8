//! `fifo`, `goroutines`, `zerosize`.

use crate::crew::{both_ways, crew};
use teem::chan::{Receiver, Sender, bounded};

#[test]
fn asynch_fifo() {
    both_ways(|| {
        let (s, r) = bounded(10);
        (0..10).for_each(|i| s.send(i).unwrap());
        (0..10).for_each(|i| assert_eq!(r.recv(), Ok(i)));
    });
}

/// Receivers come in the order of a chain, and are served in it.
#[test]
fn synch_fifo() {
    both_ways(|| {
        let (s, r) = bounded(0);
        let (start, mut before) = bounded(0);
        crew(|c| {
            for i in 0..10 {
                let (done, after) = bounded(0);
                let r = &r;
                c.spawn(move || {
                    before.recv().unwrap();
                    assert_eq!(r.recv(), Ok(i));
                    done.send(()).unwrap();
                });
                before = after;
            }
            start.send(()).unwrap();
            (0..10).for_each(|i| s.send(i).unwrap());
            before.recv().unwrap();
        });
    });
}

fn pass(left: &Sender<usize>, right: &Receiver<usize>) {
    left.send(right.recv().unwrap() + 1).unwrap();
}

/// A value through a chain of many. Go's has ten thousand links, which here only tasks get.
#[test]
fn goroutines() {
    both_ways(|| {
        let links = match teem::task::try_current() {
            Some(_) => 2_000,
            None => 50,
        };
        let (mut left, leftmost) = bounded(0);
        crew(|c| {
            for _ in 0..links {
                let (further, right) = bounded(0);
                let left = std::mem::replace(&mut left, further);
                c.spawn(move || pass(&left, &right));
            }
            left.send(0).unwrap();
            assert_eq!(leftmost.recv(), Ok(links));
        });
    });
}

/// Values without a size are counted all the same.
#[test]
fn zerosize() {
    both_ways(|| {
        for room in [0, 1, 5] {
            let (s, r) = bounded::<[(); 3]>(room);
            crew(|c| {
                c.spawn(move || (0..20).for_each(|_| s.send([(); 3]).unwrap()));
                assert_eq!(r.iter().count(), 20);
            });
        }
        let (s, r) = bounded::<()>(100);
        (0..100).for_each(|_| s.send(()).unwrap());
        assert!(s.try_send(()).is_err());
        assert_eq!(r.len(), 100);
    });
}
