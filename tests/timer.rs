//! `Timer` and `Ticker`: Go's semantics since 1.23, in which no stale value is ever received.
//!
//! Go's `time/sleep_test.go` and `tick_test.go`: `TestTimerStopStress`, `TestReset`, `TestTicker`,
//! `TestTickerReset`, `TestChan`, `TestManualTicker`, `TestStopResetResult`. Left out: `TestAfterFunc` and its
//! kin (`Context::after_func` has its own tests), tickers without a period (Go panics; here one of zero always
//! ticks) and what is about timer heaps (there are none).

#![cfg(not(any(loom, miri)))]
#![forbid(unsafe_code)]

#[path = "support/random.rs"]
mod random;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use random::Random;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use teem::chan::{RecvError, TryRecvError, bounded, unbounded};
use teem::select;
use teem::task::yield_now;
use teem::time::{Duration, Instant, Ticker, Timer, now, sleep, sleep_until};
use workers::with_workers;

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(2);

/// Runs `test` in a task, with each number of workers, and on a thread.
fn everywhere(test: fn()) {
    with_workers([1, 2, 8], |runtime| runtime.run(test));
    let _watchdog = watchdog::Watchdog::start();
    test();
}

#[test]
fn a_timer_fires_once_and_not_too_early() {
    everywhere(|| {
        let begin = now();
        let timer = Timer::new(SHORT);
        assert_eq!(timer.receiver().capacity(), Some(1));
        let time = timer.receiver().recv().unwrap();
        assert!(time >= begin + SHORT && time <= now());
        assert_eq!(timer.receiver().try_recv(), Err(TryRecvError::Empty));
        assert!(timer.receiver().recv_timeout(SHORT).is_err());
    });
}

#[test]
fn stop_and_reset_say_whether_a_value_was_still_to_come() {
    everywhere(|| {
        let timer = Timer::new(LONG);
        assert!(timer.stop() && !timer.stop());
        assert!(!timer.reset(LONG) && timer.reset(LONG) && timer.stop());
        assert!(!timer.reset(Duration::ZERO));
        timer.receiver().recv().unwrap();
        assert!(!timer.stop() && !timer.reset(LONG));
        // Never is a time, too.
        let timer = Timer::new(Duration::MAX);
        assert!(timer.reset(Duration::MAX) && timer.stop() && !timer.stop());
        assert!(!timer.reset(Duration::ZERO) && timer.receiver().try_recv().is_ok());
    });
}

/// Before Go 1.23 the value of a timer that had fired stood in its channel, whatever was done to it.
#[test]
fn a_value_that_has_come_and_was_not_received_is_taken_back() {
    everywhere(|| {
        let timer = Timer::new(Duration::ZERO);
        assert!(timer.receiver().is_full());
        assert!(timer.stop(), "fired but not received is pending");
        assert!(timer.receiver().is_empty());
        assert_eq!(timer.receiver().try_recv(), Err(TryRecvError::Empty));

        timer.reset(Duration::ZERO);
        assert!(timer.reset(LONG));
        assert_eq!(timer.receiver().try_recv(), Err(TryRecvError::Empty));

        timer.reset(Duration::ZERO);
        sleep(SHORT);
        let reset = now();
        assert!(timer.reset(SHORT));
        let time = timer.receiver().recv().unwrap();
        assert!(
            time >= reset + SHORT,
            "of the second time, not of the first"
        );

        let ticker = Ticker::new(Duration::ZERO);
        assert!(ticker.receiver().is_full() && ticker.stop());
        assert_eq!(ticker.receiver().try_recv(), Err(TryRecvError::Empty));
        assert!(!ticker.stop() && !ticker.receiver().is_closed());
    });
}

#[test]
fn whoever_waits_for_a_timer_hears_of_its_new_time() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            let timer = Timer::new(LONG);
            let (begins, begun) = unbounded::<()>();
            let begin = now();
            teem::scope(|s| {
                let begins = &begins;
                let receiver = timer.receiver();
                // One waits for the timer alone, one with a select, one on a thread.
                s.spawn(move || {
                    begins.send(()).unwrap();
                    receiver.recv().unwrap();
                });
                s.spawn(move || {
                    begins.send(()).unwrap();
                    select! { recv(receiver) -> time => assert!(time.is_ok()) }
                });
                let other = receiver.clone();
                let thread = std::thread::spawn(move || other.recv().unwrap());
                (0..2).for_each(|_| begun.recv().unwrap());
                (0..10).for_each(|_| yield_now());
                // Each of them takes one value.
                for left in (0..3).rev() {
                    timer.reset(Duration::ZERO);
                    while !timer.receiver().is_empty() {
                        yield_now();
                    }
                    assert!(left == 0 || !timer.stop());
                }
                thread.join().unwrap();
            });
            assert!(begin.elapsed() < LONG);
        });
    });
}

#[test]
fn a_wait_goes_on_when_the_time_is_put_off_or_taken_back() {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            let timer = Timer::new(SHORT);
            let receiver = timer.receiver().clone();
            let (begins, begun) = bounded::<()>(0);
            let waiter = teem::spawn(move || {
                begins.send(()).unwrap();
                receiver.recv().unwrap()
            });
            begun.recv().unwrap();
            let stopped = timer.stop();
            if !stopped {
                // It was too late, and the value is the waiter's.
                return drop(waiter.join());
            }
            sleep(2 * SHORT);
            assert!(!waiter.is_finished());
            let reset = now();
            timer.reset(SHORT);
            assert!(waiter.join().unwrap() >= reset + SHORT);
        });
    });
}

#[test]
fn a_ticker_ticks_until_it_is_stopped_and_again_after_a_reset() {
    everywhere(|| {
        let begin = now();
        let ticker = Ticker::new(LONG);
        assert!(ticker.reset(SHORT));
        let times: Vec<Instant> = ticker.receiver().iter().take(3).collect();
        assert!(times[0] >= begin + SHORT);
        assert!(times.windows(2).all(|pair| pair[1] >= pair[0] + SHORT));
        assert!(ticker.stop());
        assert!(ticker.receiver().recv_timeout(2 * SHORT).is_err());
        let again = now();
        assert!(!ticker.reset(SHORT));
        assert!(ticker.receiver().recv().unwrap() >= again + SHORT);
    });
}

#[test]
fn a_late_receiver_of_a_ticker_gets_no_burst() {
    everywhere(|| {
        let ticker = Ticker::new(SHORT);
        let first = ticker.receiver().recv().unwrap();
        sleep_until(first + 10 * SHORT);
        let late = ticker.receiver().recv().unwrap();
        let present = now();
        let next = ticker.receiver().recv().unwrap();
        assert!(
            late > first && late + SHORT <= present,
            "one of those that were missed"
        );
        assert!(next + SHORT > present, "the first that was still to come");
        for time in [late, next] {
            assert_eq!((time - first).as_nanos() % SHORT.as_nanos(), 0);
        }
    });
}

#[test]
fn a_timer_is_an_arm_like_any_other_and_moves_between_selects() {
    everywhere(|| {
        let idle = Timer::new(LONG);
        let (s, r) = unbounded::<u32>();
        (0..50).for_each(|n| s.send(n).unwrap());
        let mut received = 0;
        loop {
            select! {
                recv(r) -> value => {
                    assert_eq!(value, Ok(received));
                    received += 1;
                    assert!(idle.reset(SHORT));
                }
                recv(idle.receiver()) -> _ => break,
            }
            if received < 50 {
                idle.reset(LONG);
            }
        }
        assert_eq!(received, 50);
    });
}

#[test]
fn a_receiver_outlives_its_timer_and_still_gets_the_value() {
    everywhere(|| {
        let receiver = Timer::new(SHORT).receiver().clone();
        receiver.recv().unwrap();
        let receiver = Ticker::new(SHORT).receiver().clone();
        assert_eq!(receiver.iter().take(2).count(), 2);
    });
}

#[test]
fn a_cancelled_wait_leaves_the_value_to_others() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let timer = Timer::new(LONG);
            let receiver = timer.receiver().clone();
            let task = teem::spawn(move || receiver.recv());
            task.cancel();
            assert_eq!(task.join().unwrap(), Err(RecvError::Cancelled));
            timer.reset(Duration::ZERO);
            assert!(timer.receiver().try_recv().is_ok());
        });
    });
}

/// Go `TestTimerStopStress`, `TestStopResetResult`: every value that was to come is received or taken back, and
/// never both.
#[test]
fn each_planned_value_is_received_or_taken_back() {
    let random = std::cell::RefCell::new(Random::new());
    with_workers([1, 2, 8], |runtime| {
        let timer = Timer::new(LONG);
        let (received, over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let mut random = random.borrow_mut().split();
        runtime.run(|| {
            let mut planned = 1;
            let mut taken_back = 0;
            teem::scope(|s| {
                for _ in 0..3 {
                    s.spawn(|| {
                        while !over.load(Ordering::Relaxed) {
                            if timer.receiver().recv_timeout(SHORT / 4).is_ok() {
                                received.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                    });
                }
                for _ in 0..2000 {
                    let time = Duration::from_micros(random.below(20));
                    match random.below(4) {
                        0 => taken_back += usize::from(timer.stop()),
                        1 => yield_now(),
                        _ => {
                            planned += 1;
                            taken_back += usize::from(timer.reset(time));
                        }
                    }
                }
                taken_back += usize::from(timer.stop());
                over.store(true, Ordering::Relaxed);
            });
            assert_eq!(received.load(Ordering::Relaxed) + taken_back, planned);
        });
    });
}
