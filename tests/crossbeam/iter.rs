//! crossbeam's `iter`.

use crate::crew::{both_ways, crew};
use teem::chan::unbounded;

#[test]
fn nested_recv_iter() {
    both_ways(|| {
        let (s, r) = unbounded();
        let (total_s, total_r) = unbounded();
        crew(|c| {
            c.spawn(move || total_s.send(r.iter().sum::<i32>()).unwrap());
            for n in [3, 1, 2] {
                s.send(n).unwrap();
            }
            drop(s);
            assert_eq!(total_r.recv(), Ok(6));
        });
    });
}

#[test]
fn recv_iter_break() {
    both_ways(|| {
        let (s, r) = unbounded();
        let (count_s, count_r) = unbounded();
        crew(|c| {
            c.spawn(move || {
                let mut count = 0;
                for x in r.iter() {
                    if count >= 3 {
                        break;
                    }
                    count += x;
                }
                count_s.send(count).unwrap();
            });
            for _ in 0..3 {
                s.send(2).unwrap();
            }
            // The receiver may be gone.
            let _ = s.send(2);
            drop(s);
            assert_eq!(count_r.recv(), Ok(4));
        });
    });
}

#[test]
fn recv_try_iter() {
    both_ways(|| {
        let (request_s, request_r) = unbounded();
        let (response_s, response_r) = unbounded();
        crew(|c| {
            c.spawn(move || {
                let mut count = 0;
                while count < 6 {
                    request_s.send(()).unwrap();
                    count += response_r.try_iter().sum::<i32>();
                    teem::task::yield_now();
                }
            });
            for () in &request_r {
                if response_s.send(2).is_err() {
                    break;
                }
            }
        });
    });
}

#[test]
fn recv_into_iter_owned() {
    both_ways(|| {
        let (s, r) = unbounded();
        s.send(1).unwrap();
        s.send(2).unwrap();
        drop(s);
        let mut iter = r.into_iter();
        assert_eq!(iter.next(), Some(1));
        assert_eq!(iter.next(), Some(2));
        assert_eq!(iter.next(), None);
    });
}

#[test]
fn recv_into_iter_borrowed() {
    both_ways(|| {
        let (s, r) = unbounded();
        s.send(1).unwrap();
        s.send(2).unwrap();
        drop(s);
        let mut iter = (&r).into_iter();
        assert_eq!(iter.next(), Some(1));
        assert_eq!(iter.next(), Some(2));
        assert_eq!(iter.next(), None);
        assert!(r.is_empty());
    });
}
