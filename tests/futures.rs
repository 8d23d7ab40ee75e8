//! Futures: waiting for one in a task, and a task that is one for an executor of another library.

#![cfg(not(any(loom, miri)))]
#![forbid(unsafe_code)]

#[allow(dead_code, reason = "only a part of it is used here")]
#[path = "support/together.rs"]
mod together;
#[path = "support/until.rs"]
mod until;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use std::cell::Cell;
use std::future::{pending, poll_fn, ready};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::ThreadId;
use std::time::{Duration, Instant};
use teem::context;
use teem::task::{current, forbid_park, park, spawn_local, yield_now};
use teem::time::sleep;
use teem::{JoinHandle, block_on, spawn};
use together::{everywhere, in_task_and_thread};
use until::until;
use watchdog::Watchdog;
use workers::with_workers;

/// Something that is set once, from anywhere, and is waited for by one future.
#[derive(Default)]
struct Event(Mutex<(bool, Option<Waker>)>);

impl Event {
    fn set(&self) {
        let waker = {
            let mut state = self.0.lock().unwrap();
            state.0 = true;
            state.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn is_awaited(&self) -> bool {
        self.0.lock().unwrap().1.is_some()
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.lock().unwrap();
        if state.0 {
            return Poll::Ready(());
        }
        state.1 = Some(context.waker().clone());
        Poll::Pending
    }

    async fn wait(&self) {
        poll_fn(|context| self.poll(context)).await
    }
}

/// A waker that counts.
#[derive(Default)]
struct Calls(AtomicUsize);

impl Calls {
    fn waker() -> (Arc<Self>, Waker) {
        let calls = Arc::new(Self::default());
        (Arc::clone(&calls), Waker::from(calls))
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn poll_once<T>(task: &mut JoinHandle<T>, waker: &Waker) -> Poll<std::thread::Result<T>> {
    Pin::new(task).poll(&mut Context::from_waker(waker))
}

#[test]
fn a_ready_future_never_parks() {
    in_task_and_thread(|| {
        let value = forbid_park(|| block_on(ready(7)));
        assert_eq!(value, 7);
    });
}

#[test]
fn a_wake_that_comes_before_the_park_is_not_lost() {
    in_task_and_thread(|| {
        for by_ref in [false, true] {
            let mut polls = 0;
            block_on(poll_fn(|context| {
                polls += 1;
                if by_ref {
                    context.waker().wake_by_ref();
                } else {
                    let waker = context.waker().clone();
                    waker.wake();
                }
                if polls < 5 {
                    Poll::Pending
                } else {
                    Poll::Ready(())
                }
            }));
            assert_eq!(polls, 5);
        }
    });
}

#[test]
fn a_wake_that_comes_during_the_poll_from_elsewhere_is_not_lost() {
    in_task_and_thread(|| {
        let mut polled = false;
        block_on(poll_fn(|context| {
            if polled {
                return Poll::Ready(());
            }
            polled = true;
            let waker = context.waker().clone();
            std::thread::spawn(move || waker.wake()).join().unwrap();
            Poll::Pending
        }));
    });
}

#[test]
fn wakes_that_race_with_the_park_are_not_lost() {
    in_task_and_thread(|| {
        for round in 0..200 {
            let event = Event::default();
            std::thread::scope(|threads| {
                teem::scope(|tasks| {
                    let set = || {
                        if round % 3 == 0 {
                            until(|| event.is_awaited());
                        }
                        event.set();
                    };
                    if round % 2 == 0 {
                        threads.spawn(set);
                    } else {
                        tasks.spawn(set);
                    }
                    block_on(event.wait());
                });
            });
        }
    });
}

#[test]
fn a_waker_may_be_called_often_and_late() {
    in_task_and_thread(|| {
        let (event, kept) = (Event::default(), Mutex::new(None));
        block_on(async {
            poll_fn(|context| {
                *kept.lock().unwrap() = Some(context.waker().clone());
                event.set();
                event.poll(context)
            })
            .await;
        });
        let waker = kept.into_inner().unwrap().unwrap();
        waker.wake_by_ref();
        // Whoever waits now is somebody else.
        let other = Event::default();
        teem::scope(|s| {
            s.spawn(|| {
                until(|| other.is_awaited());
                waker.wake();
                other.set();
            });
            block_on(other.wait());
        });
    });
}

#[test]
fn the_token_of_park_is_left_alone() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (event, this) = (Event::default(), current());
            teem::scope(|s| {
                s.spawn(|| {
                    until(|| event.is_awaited());
                    this.unpark();
                    yield_now();
                    event.set();
                });
                block_on(event.wait());
            });
            park();
        });
    });
}

#[test]
fn the_future_may_borrow_and_need_not_be_send() {
    in_task_and_thread(|| {
        let (text, count) = (String::from("borrowed"), Rc::new(Cell::new(0)));
        let event = Event::default();
        teem::scope(|s| {
            s.spawn(|| event.set());
            let length = block_on(async {
                event.wait().await;
                count.set(count.get() + 1);
                text.len()
            });
            assert_eq!((length, count.get()), (8, 1));
        });
    });
}

#[test]
fn a_future_that_wakes_itself_lets_others_run() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let set = Arc::new(AtomicBool::new(false));
            let other = spawn({
                let set = Arc::clone(&set);
                move || set.store(true, Ordering::SeqCst)
            });
            block_on(poll_fn(|context| {
                context.waker().wake_by_ref();
                if set.load(Ordering::SeqCst) {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            }));
            other.join().unwrap();
        });
    });
}

#[test]
fn futures_nest() {
    in_task_and_thread(|| {
        let (outer, inner) = (Event::default(), Event::default());
        teem::scope(|s| {
            s.spawn(|| {
                until(|| inner.is_awaited());
                outer.set();
                inner.set();
            });
            block_on(async {
                block_on(inner.wait());
                outer.wait().await;
            });
        });
    });
}

#[test]
fn a_panic_of_the_future_reaches_the_caller_and_its_wakers_do_no_harm() {
    in_task_and_thread(|| {
        let kept = Mutex::new(None);
        let result = catch_unwind(AssertUnwindSafe(|| {
            block_on(poll_fn(|context| -> Poll<()> {
                *kept.lock().unwrap() = Some(context.waker().clone());
                panic_any(7u8)
            }));
        }));
        assert_eq!(*result.unwrap_err().downcast::<u8>().unwrap(), 7);
        kept.into_inner().unwrap().unwrap().wake();
    });
}

#[test]
fn a_done_context_does_not_end_the_wait_but_the_future_can_see_it() {
    in_task_and_thread(|| {
        let (context, cancel) = context::current().with_cancel();
        cancel.cancel();
        let event = Event::default();
        context.enter(|| {
            teem::scope(|s| {
                s.spawn(|| {
                    until(|| event.is_awaited());
                    event.set();
                });
                let done = block_on(async {
                    event.wait().await;
                    context::current().is_done()
                });
                assert!(done);
            });
        });
    });
}

#[test]
fn where_parking_is_forbidden_only_a_wait_panics() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let wait = || forbid_park(|| block_on(pending::<()>()));
            assert!(catch_unwind(wait).is_err());
        });
    });
}

#[test]
fn a_task_is_a_future() {
    in_task_and_thread(|| {
        let value = block_on(async {
            let early = spawn(|| 1);
            until(|| early.is_finished());
            early.await.unwrap()
                + spawn(|| {
                    yield_now();
                    2
                })
                .await
                .unwrap()
        });
        assert_eq!(value, 3);
        let error = block_on(spawn(|| panic_any(7u8))).unwrap_err();
        assert_eq!(*error.downcast::<u8>().unwrap(), 7);
    });
}

#[test]
fn many_tasks_are_awaited_on_all_sides() {
    in_task_and_thread(|| {
        everywhere(6, |n| {
            for round in 0..50 {
                let tasks: Vec<_> = (0..10)
                    .map(|task| {
                        spawn(move || {
                            (0..(n + round + task) % 4).for_each(|_| yield_now());
                            task
                        })
                    })
                    .collect();
                let sum = block_on(async {
                    let mut sum = 0;
                    for task in tasks {
                        sum += task.await.unwrap();
                    }
                    sum
                });
                assert_eq!(sum, 45);
            }
        });
    });
}

/// A task that ends when the handle's owner says so.
fn held<T: Send + 'static>(value: T) -> (Arc<AtomicBool>, JoinHandle<T>) {
    let release = Arc::new(AtomicBool::new(false));
    let task = spawn({
        let release = Arc::clone(&release);
        move || {
            until(|| release.load(Ordering::SeqCst));
            value
        }
    });
    (release, task)
}

#[test]
fn the_last_executor_that_polled_is_the_one_that_is_woken() {
    in_task_and_thread(|| {
        let (release, mut task) = held(7);
        let ((first, first_waker), (second, second_waker)) = (Calls::waker(), Calls::waker());
        assert!(poll_once(&mut task, &first_waker).is_pending());
        assert!(poll_once(&mut task, &first_waker).is_pending());
        // It is elsewhere now, as a handle may be: it is `Unpin`.
        let mut task = Box::new(task);
        assert!(poll_once(&mut task, &second_waker).is_pending());
        release.store(true, Ordering::SeqCst);
        until(|| second.count() == 1);
        let Poll::Ready(value) = poll_once(&mut task, &first_waker) else {
            panic!("it was woken because it is ready");
        };
        assert_eq!(value.unwrap(), 7);
        assert_eq!((first.count(), second.count()), (0, 1));
    });
}

#[test]
fn a_handle_that_was_polled_can_be_joined() {
    in_task_and_thread(|| {
        let (release, mut task) = held(7);
        let (calls, waker) = Calls::waker();
        assert!(poll_once(&mut task, &waker).is_pending());
        assert!(!task.is_finished());
        teem::scope(|s| {
            s.spawn(|| release.store(true, Ordering::SeqCst));
            assert_eq!(task.join().unwrap(), 7);
        });
        assert!(calls.count() <= 1, "the poll's own wait, if it came first");
    });
}

#[test]
fn a_handle_that_was_polled_and_dropped_wakes_nobody_and_leaves_the_result_to_the_task() {
    struct Noted(Arc<AtomicBool>);
    impl Drop for Noted {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    in_task_and_thread(|| {
        let dropped = Arc::new(AtomicBool::new(false));
        let (release, mut task) = held(Noted(Arc::clone(&dropped)));
        let (calls, waker) = Calls::waker();
        assert!(poll_once(&mut task, &waker).is_pending());
        drop(task);
        assert_eq!(
            Arc::strong_count(&calls),
            2,
            "the waiter has gone, with its waker"
        );
        release.store(true, Ordering::SeqCst);
        until(|| dropped.load(Ordering::SeqCst));
        assert_eq!(calls.count(), 0);
    });
}

#[test]
fn polls_and_drops_that_race_with_the_end_lose_nothing() {
    in_task_and_thread(|| {
        everywhere(4, |n| {
            for round in 0..300 {
                let mut task = spawn(move || round);
                let (calls, waker) = Calls::waker();
                let mut ready = false;
                for _ in 0..(n + round) % 4 {
                    if let Poll::Ready(value) = poll_once(&mut task, &waker) {
                        assert_eq!(value.unwrap(), round);
                        ready = true;
                        break;
                    }
                }
                if !ready && round % 2 == 0 {
                    assert_eq!(task.join().unwrap(), round);
                } else {
                    drop(task);
                }
                assert!(calls.count() <= 1);
            }
        });
    });
}

#[test]
fn a_handle_that_was_polled_can_be_selected() {
    in_task_and_thread(|| {
        let (release, mut task) = held(7);
        let (calls, waker) = Calls::waker();
        assert!(poll_once(&mut task, &waker).is_pending());
        teem::scope(|s| {
            s.spawn(|| {
                (0..5).for_each(|_| yield_now());
                release.store(true, Ordering::SeqCst);
            });
            let value = teem::select! {
                join(task) -> result => result.unwrap(),
            };
            assert_eq!(value, 7);
        });
        assert!(calls.count() <= 1, "the poll's own wait, if it came first");
    });
}

/// A waker that panics when the last of its clones is dropped, after it has done something.
struct Bomb<F: FnMut() + Send + Sync>(F);

impl<F: FnMut() + Send + Sync> Drop for Bomb<F> {
    fn drop(&mut self) {
        (self.0)();
        panic!("the destructor of a waker");
    }
}

impl<F: FnMut() + Send + Sync> Wake for Bomb<F> {
    fn wake(self: Arc<Self>) {}
}

fn poll_with_bomb<T>(task: &mut JoinHandle<T>, on_drop: impl FnMut() + Send + Sync + 'static) {
    let waker = Waker::from(Arc::new(Bomb(on_drop)));
    assert!(poll_once(task, &waker).is_pending());
}

#[test]
fn a_waker_that_panics_when_it_is_dropped_leaves_a_result_that_is_not_send_at_home() {
    struct Home(ThreadId, Arc<AtomicBool>, PhantomData<*const ()>);
    impl Drop for Home {
        fn drop(&mut self) {
            assert_eq!(self.0, std::thread::current().id());
            self.1.store(true, Ordering::SeqCst);
        }
    }

    let _watchdog = Watchdog::start();
    let dropped = Arc::new(AtomicBool::new(false));
    let its = Arc::clone(&dropped);
    let task = teem::run(move || {
        let mut task = spawn_local(move || {
            park();
            Home(std::thread::current().id(), its, PhantomData)
        });
        let handle = task.task();
        poll_with_bomb(&mut task, || {});
        assert!(catch_unwind(AssertUnwindSafe(move || drop(task))).is_err());
        handle.unpark();
        handle
    });
    // The last reference to the task is here, on another thread, and there is no result in it.
    until(|| dropped.load(Ordering::SeqCst));
    drop(task);
}

#[test]
fn a_waker_that_panics_when_a_select_replaces_it_leaves_no_wake_behind() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (sender, receiver) = teem::chan::bounded(0);
            let other = sender.clone();
            let mut task = spawn(park);
            // What is linked by the time that the handle is: a value comes, and then a panic.
            poll_with_bomb(&mut task, move || {
                let _ = other.try_send(1);
            });
            let selected = catch_unwind(AssertUnwindSafe(|| {
                teem::select! { biased;
                    recv(receiver) -> value => value,
                    join(task) -> result => panic!("{result:?}"),
                    default(Duration::from_millis(1)) => Ok(2),
                }
            }));
            assert!(selected.is_err());
            // Each wait still ends by its own event.
            let begin = Instant::now();
            sleep(Duration::from_millis(2));
            assert!(begin.elapsed() >= Duration::from_millis(2));
            drop(sender);
            assert!(receiver.recv().is_err());
            task.task().unpark();
            task.join().unwrap();
        });
    });
}

#[test]
fn a_result_is_had_once() {
    let _watchdog = Watchdog::start();
    let taken = || {
        let mut task = spawn(|| 7);
        assert_eq!(block_on(&mut task).unwrap(), 7);
        task
    };
    let polled = catch_unwind(|| drop(block_on(taken()))).unwrap_err();
    let message = *polled.downcast::<String>().unwrap();
    assert!(message.contains("has been taken already"), "{message}");
    assert!(catch_unwind(|| taken().join()).is_err());
    drop(taken());
}

#[test]
fn a_waker_that_panics_does_no_harm_to_the_task() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a waker");
        }
    }
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (release, mut task) = held(7);
            assert!(poll_once(&mut task, &Waker::from(Arc::new(Panics))).is_pending());
            release.store(true, Ordering::SeqCst);
            until(|| task.is_finished());
            assert_eq!(block_on(task).unwrap(), 7);
        });
    });
}

#[test]
fn a_polled_handle_still_cancels() {
    in_task_and_thread(|| {
        let mut task = spawn(|| {
            park();
            context::current().is_done()
        });
        let (_, waker) = Calls::waker();
        drop(poll_once(&mut task, &waker));
        task.cancel();
        assert!(block_on(task).unwrap());
    });
}
