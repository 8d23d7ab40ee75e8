//! What the whole cannot show: sizes, and corners that need the inside.

use super::{Receiver, Sender, bounded};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr;
use std::sync::Arc;
use std::task::{Context, Poll, RawWakerVTable, Waker};

#[test]
fn handles_are_small() {
    assert_eq!(size_of::<Sender<[u8; 100]>>(), 2 * size_of::<usize>());
    assert_eq!(size_of::<Receiver<[u8; 100]>>(), 3 * size_of::<usize>());
}

/// A waker that cannot be cloned.
fn bad_waker() -> Waker {
    const TABLE: RawWakerVTable =
        RawWakerVTable::new(|_| panic!("as planned"), |_| {}, |_| {}, |_| {});
    // SAFETY: none of the functions looks at the pointer.
    unsafe { Waker::new(ptr::null(), &TABLE) }
}

fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

#[test]
fn a_future_whose_waker_panics_is_still_waited_for_or_withdrawn() {
    let bad = bad_waker();
    for kept in [true, false] {
        let (sender, receiver) = bounded(0);
        let mut future = receiver.recv_async();
        assert!(poll(&mut future, Waker::noop()).is_pending());
        // Another waker, which has to be remembered.
        let polled = catch_unwind(AssertUnwindSafe(|| poll(&mut future, &bad)));
        assert!(polled.is_err());
        if kept {
            assert_eq!(sender.try_send(1), Ok(()));
            assert_eq!(poll(&mut future, Waker::noop()), Poll::Ready(Ok(1)));
        } else {
            drop(future);
            assert!(sender.try_send(1).is_err());
        }
    }
    let (sender, receiver) = bounded(0);
    let mut future = sender.send_async(1);
    assert!(poll(&mut future, Waker::noop()).is_pending());
    let polled = catch_unwind(AssertUnwindSafe(|| poll(&mut future, &bad)));
    assert!(polled.is_err());
    assert_eq!(receiver.try_recv(), Ok(1));
    assert_eq!(poll(&mut future, Waker::noop()), Poll::Ready(Ok(())));
}

#[test]
fn a_value_is_dropped_by_the_panic_of_a_waker() {
    for capacity in [0, 1] {
        let value = Arc::new(());
        let (sender, _receiver) = bounded(capacity);
        (0..capacity).for_each(|_| sender.send(None).unwrap());
        let mut future = sender.send_async(Some(value.clone()));
        let polled = catch_unwind(AssertUnwindSafe(|| poll(&mut future, &bad_waker())));
        assert!(polled.is_err());
        drop(future);
        assert_eq!(Arc::strong_count(&value), 1);
    }
}
