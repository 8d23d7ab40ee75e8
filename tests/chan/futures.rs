//! Channels in the hands of futures, polled by an executor that knows nothing of tasks.

use crate::places::settle;
use crate::until::until;
use crate::watchdog::Watchdog;
use crate::workers::with_workers;
use crate::{CAPACITIES, channel};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};
use teem::chan::{self, RecvError, SendError, TryRecvError, bounded};
use teem::runtime::metrics;
use teem::time::Timer;

/// Wakes a thread, and counts.
struct Bell {
    thread: Thread,
    rung: AtomicUsize,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.fetch_add(1, Ordering::Release);
        self.thread.unpark();
    }
}

fn bell() -> Arc<Bell> {
    Arc::new(Bell {
        thread: std::thread::current(),
        rung: AtomicUsize::new(0),
    })
}

/// The smallest executor.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let bell = bell();
    let waker = Waker::from(bell.clone());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        while bell.rung.swap(0, Ordering::Acquire) == 0 {
            std::thread::park();
        }
    }
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn futures_talk_to_tasks_both_ways() {
    with_workers([1, 2, 8], |runtime| {
        for capacity in CAPACITIES {
            let (there, inbox) = channel(capacity);
            let (outbox, back) = channel(capacity);
            runtime.spawn(move || {
                for n in inbox {
                    outbox.send(2 * n).unwrap();
                }
            });
            block_on(async {
                for n in 0..200 {
                    there.send_async(n).await.unwrap();
                    assert_eq!(back.recv_async().await, Ok(2 * n));
                }
                drop(there);
                assert_eq!(back.recv_async().await, Err(RecvError::Closed));
            });
        }
    });
}

#[test]
fn futures_talk_to_futures() {
    let _watchdog = Watchdog::start();
    for capacity in CAPACITIES {
        let (sender, receiver) = channel(capacity);
        std::thread::scope(|s| {
            s.spawn(|| {
                block_on(async {
                    for n in 0..300 {
                        sender.send_async(n).await.unwrap();
                    }
                    sender.close();
                });
            });
            block_on(async {
                for n in 0..300 {
                    assert_eq!(receiver.recv_async().await, Ok(n));
                }
                assert_eq!(receiver.recv_async().await, Err(RecvError::Closed));
            });
        });
    }
}

#[test]
fn a_future_that_is_dropped_waits_no_more() {
    for capacity in CAPACITIES {
        let (sender, receiver) = channel(capacity);
        let mut dropped = receiver.recv_async();
        let mut kept = receiver.recv_async();
        assert!(poll(&mut dropped).is_pending());
        assert!(poll(&mut kept).is_pending());
        drop(dropped);
        sender.try_send(1).unwrap();
        assert_eq!(poll(&mut kept), Poll::Ready(Ok(1)));
    }
    for capacity in [0, 2] {
        let (sender, receiver) = bounded(capacity);
        (0..capacity).for_each(|n| sender.send(n).unwrap());
        let mut dropped = sender.send_async(100);
        let mut kept = sender.send_async(capacity);
        assert!(poll(&mut dropped).is_pending());
        assert!(poll(&mut kept).is_pending());
        drop(dropped);
        assert!(receiver.try_iter().eq(0..=capacity));
        assert_eq!(poll(&mut kept), Poll::Ready(Ok(())));
    }
}

#[test]
fn a_value_that_a_dropped_future_had_got_is_received_next() {
    for capacity in CAPACITIES {
        let (sender, receiver) = channel(capacity);
        let mut first = receiver.recv_async();
        assert!(poll(&mut first).is_pending());
        sender.send(1).unwrap();
        // With room there is a second value, which is younger.
        let second = sender.try_send(2);
        assert_eq!(second.is_err(), capacity == Some(0));
        drop(first);
        assert_eq!(sender.len(), 1 + usize::from(second.is_ok()));
        assert_eq!(receiver.try_recv(), Ok(1));
        if second.is_ok() {
            assert_eq!(receiver.recv(), Ok(2));
        }
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(sender.len(), 0);
    }
}

#[test]
fn a_future_does_not_wait_for_the_value_of_a_select() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let (sender, receiver) = bounded(0);
            let (gate, gated) = bounded(1);
            let task = teem::spawn(move || {
                teem::select! { send(sender, gated.recv().unwrap()) -> sent => sent }
            });
            settle();
            let mut future = receiver.recv_async();
            assert!(poll(&mut future).is_pending());
            gate.send(1).unwrap();
            assert_eq!(task.join().unwrap(), Ok(()));
            assert_eq!(poll(&mut future), Poll::Ready(Ok(1)));
        });
    });
}

#[test]
fn a_value_given_back_takes_no_room() {
    let (sender, receiver) = bounded(2);
    let mut future = receiver.recv_async();
    assert!(poll(&mut future).is_pending());
    sender.try_send(1).unwrap();
    sender.try_send(2).unwrap();
    drop(future);
    assert_eq!(sender.len(), 2);
    assert!(!sender.is_full());
    sender.try_send(3).unwrap();
    assert!(sender.is_full() && receiver.is_full());
    assert!(receiver.try_iter().eq([1, 2, 3]));
}

#[test]
fn a_value_that_a_dropped_future_had_got_goes_to_who_waits() {
    for capacity in CAPACITIES {
        let (sender, receiver) = channel(capacity);
        let (mut first, mut second) = (receiver.recv_async(), receiver.recv_async());
        assert!(poll(&mut first).is_pending());
        assert!(poll(&mut second).is_pending());
        sender.send(1).unwrap();
        assert!(poll(&mut second).is_pending());
        drop(first);
        assert_eq!(poll(&mut second), Poll::Ready(Ok(1)));
    }
}

#[test]
fn a_value_given_back_survives_a_close_and_not_the_last_receiver() {
    for capacity in CAPACITIES {
        let value = Arc::new(());
        let (sender, receiver) = channel(capacity);
        let mut future = receiver.recv_async();
        assert!(poll(&mut future).is_pending());
        sender.send(value.clone()).unwrap();
        sender.close();
        drop(future);
        assert!(receiver.recv().is_ok());
        assert_eq!(receiver.recv(), Err(RecvError::Closed));

        let (sender, receiver) = channel(capacity);
        let mut future = receiver.recv_async();
        assert!(poll(&mut future).is_pending());
        sender.send(value.clone()).unwrap();
        drop(future);
        assert_eq!(Arc::strong_count(&value), 2);
        drop(receiver);
        assert_eq!(Arc::strong_count(&value), 1, "nobody can receive it");
    }
}

#[test]
fn a_close_wakes_futures() {
    let _watchdog = Watchdog::start();
    for capacity in [0, 1] {
        let (sender, receiver) = bounded(capacity);
        (0..capacity).for_each(|n| sender.send(n).unwrap());
        std::thread::scope(|s| {
            s.spawn(|| assert_eq!(block_on(sender.send_async(9)), Err(SendError::Closed(9))));
            receiver.close();
        });
        receiver.try_iter().for_each(drop);
        assert_eq!(block_on(receiver.recv_async()), Err(RecvError::Closed));
    }
}

#[test]
fn the_last_waker_is_the_one_that_is_called() {
    let (sender, receiver) = bounded(0);
    let mut future = receiver.recv_async();
    let bells = [bell(), bell()];
    for bell in &bells {
        let waker = Waker::from(bell.clone());
        let polled = Pin::new(&mut future).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
    }
    sender.send(1).unwrap();
    let rung = bells.map(|bell| bell.rung.load(Ordering::Relaxed));
    assert_eq!(rung, [0, 1]);
    assert_eq!(poll(&mut future), Poll::Ready(Ok(1)));
}

#[test]
fn futures_may_change_threads() {
    fn is_send<T: Send>(_: &T) {}
    let (sender, receiver) = bounded(0);
    is_send(&sender.send_async(1));
    let mut future = receiver.recv_async();
    is_send(&future);
    assert!(poll(&mut future).is_pending());
    std::thread::scope(|s| {
        s.spawn(move || assert_eq!(block_on(future), Ok(1)));
        sender.send(1).unwrap();
    });
}

#[test]
fn a_clock_wakes_the_future_that_waits_for_it() {
    let _watchdog = Watchdog::start();
    // Long enough for what comes before it, on a busy machine too.
    let delay = Duration::from_millis(300);
    let begin = Instant::now();
    let clock = chan::after(delay);
    let mut dropped = clock.recv_async();
    assert!(poll(&mut dropped).is_pending());
    assert!(poll(&mut dropped).is_pending());
    drop(dropped);
    let rang = block_on(clock.recv_async()).unwrap();
    assert!(rang >= begin + delay);
    assert!(poll(&mut clock.recv_async()).is_pending(), "it rings once");
    assert!(poll(&mut chan::never::<()>().recv_async()).is_pending());
}

#[test]
fn a_future_that_is_polled_again_sets_no_second_alarm_for_the_same_instant() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let timer = Timer::new(Duration::from_secs(1_000));
            let mut future = timer.receiver().recv_async();
            // (Clones of `Waker::noop` need not be known for the same.)
            let waker = Waker::from(bell());
            let before = metrics().tasks;
            for _ in 0..100 {
                let polled = Pin::new(&mut future).poll(&mut Context::from_waker(&waker));
                assert!(polled.is_pending());
            }
            assert_eq!(metrics().tasks, before + 1);
            // Another instant, and another waker.
            timer.reset(Duration::from_millis(1));
            assert!(teem::block_on(future).is_ok());
        });
    });
}

/// A waker that does something when the last of its clones is dropped.
struct Last<F: FnMut() + Send + Sync>(F);

impl<F: FnMut() + Send + Sync> Drop for Last<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl<F: FnMut() + Send + Sync> Wake for Last<F> {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn a_waker_whose_destructor_comes_back_to_its_channel_is_not_dropped_under_the_lock() {
    let _watchdog = Watchdog::start();
    for capacity in CAPACITIES {
        let (sender, receiver) = channel::<u32>(capacity);
        let other = receiver.clone();
        let waker = Waker::from(Arc::new(Last(move || {
            other.close();
        })));
        let mut future = receiver.recv_async();
        let polled = Pin::new(&mut future).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        drop(waker);
        // Another one takes its place: the channel is closed, and whoever waits is told.
        let bell = bell();
        let waker = Waker::from(bell.clone());
        let polled = Pin::new(&mut future).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        assert_eq!(bell.rung.load(Ordering::Relaxed), 1);
        assert!(sender.is_closed());
        assert_eq!(poll(&mut future), Poll::Ready(Err(RecvError::Closed)));
    }
}

/// A waker that does something when it is called.
struct Call<F: Fn() + Send + Sync>(F);

impl<F: Fn() + Send + Sync> Wake for Call<F> {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

#[test]
fn a_waker_that_panics_keeps_no_task_behind_it_from_being_woken() {
    with_workers([1, 2], |runtime| {
        for capacity in CAPACITIES {
            let (sender, receiver) = channel::<u32>(capacity);
            let waker = Waker::from(Arc::new(Call(|| panic!("a waker"))));
            let mut future = receiver.recv_async();
            let polled = Pin::new(&mut future).poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
            let waiting: Vec<_> = (0..3)
                .map(|_| {
                    let receiver = receiver.clone();
                    runtime.spawn(move || receiver.recv())
                })
                .collect();
            until(|| {
                let now = runtime.metrics();
                now.tasks == 3 && now.ready == 0 && now.unstarted == 0
            });
            runtime.run(|| sender.close());
            for task in waiting {
                assert_eq!(task.join().unwrap(), Err(RecvError::Closed));
            }
        }
    });
}

#[test]
fn a_waker_that_would_park_panics_and_its_caller_goes_on() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            for capacity in CAPACITIES {
                let (sender, receiver) = channel::<u32>(capacity);
                let went_on = Arc::new(AtomicUsize::new(0));
                let its = Arc::clone(&went_on);
                let waker = Waker::from(Arc::new(Call(move || {
                    teem::time::sleep(Duration::from_millis(1));
                    its.fetch_add(1, Ordering::Relaxed);
                })));
                let mut future = receiver.recv_async();
                let polled = Pin::new(&mut future).poll(&mut Context::from_waker(&waker));
                assert!(polled.is_pending());
                assert_eq!(sender.send(7), Ok(()));
                assert_eq!(poll(&mut future), Poll::Ready(Ok(7)));
                assert_eq!(went_on.load(Ordering::Relaxed), 0);
            }
        });
    });
}
