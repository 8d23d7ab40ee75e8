//! What ends with a context, on tasks and on threads.

use crate::watchdog::Watchdog;
use crate::workers::with_workers;
use std::cell::RefCell;
use std::io::{ErrorKind, Read};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use teem::chan::{RecvError, bounded};
use teem::context::{self, Cause, cause_of};
use teem::net::{TcpListener, TcpStream};
use teem::task::yield_now;
use teem::thread::{self, park, park_timeout};
use teem::time::{sleep, timeout};

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(5);

/// Runs a test in a task and on a plain thread.
fn on_both(test: impl Fn() + Send + Sync) {
    let _watchdog = Watchdog::start();
    teem::run(&test);
    test();
}

#[test]
fn a_sleep_ends_with_its_context() {
    on_both(|| {
        let begin = Instant::now();
        timeout(SHORT, || sleep(LONG));
        timeout(Duration::ZERO, || sleep(LONG));
        let (context, cancel) = context::current().with_cancel();
        teem::scope(|s| {
            let cancel = s.spawn(|| cancel.cancel());
            context.enter(|| sleep(LONG));
            cancel.join().unwrap();
        });
        assert!(begin.elapsed() < LONG / 60);
        let begin = Instant::now();
        timeout(LONG, || sleep(SHORT));
        assert!(begin.elapsed() >= SHORT, "its own end came first");
    });
}

#[test]
fn a_park_ends_with_its_context() {
    on_both(|| {
        let begin = Instant::now();
        let late = Instant::now() + SHORT;
        timeout(SHORT, || park_until(|| Instant::now() >= late));
        timeout(SHORT, || park_timeout(LONG));
        timeout(Duration::ZERO, park);
        let (context, cancel) = context::current().with_cancel();
        teem::scope(|s| {
            let cancel = s.spawn(|| cancel.cancel());
            context.enter(|| park_until(|| context.is_done()));
            cancel.join().unwrap();
        });
        context.enter(park);
        context.enter(|| park_timeout(LONG));
        assert!(begin.elapsed() < LONG / 60);
        // A park may also return for no reason, but not each time at once.
        let begin = Instant::now();
        (0..3).for_each(|_| timeout(LONG, || park_timeout(SHORT)));
        assert!(begin.elapsed() >= SHORT, "its own end came first");
    });
}

/// Parks as one does who is told what he waits for by an unpark.
fn park_until(condition: impl Fn() -> bool) {
    while !condition() {
        park();
    }
}

/// Whichever of them comes first ends the park, and none of them uses a wait that is over.
#[test]
fn a_token_a_cancellation_and_a_deadline_may_all_end_a_park_in_a_context() {
    on_both(|| {
        for round in 0..200 {
            let (context, cancel) = context::current().with_cancel();
            let (this, told) = (thread::current(), AtomicBool::new(false));
            teem::scope(|s| {
                s.spawn(|| cancel.cancel());
                s.spawn(|| {
                    told.store(true, Ordering::Release);
                    this.unpark();
                });
                let limit = Duration::from_micros(round % 20);
                context.with_timeout(limit).enter(park);
                // In a context that nothing ends the token has to come.
                context::shield(|| park_until(|| told.load(Ordering::Acquire)));
                context.enter(|| park_until(|| context.is_done()));
            });
        }
    });
}

/// The done context leaves nothing behind that would end the next park.
#[test]
fn a_park_in_a_done_context_consumes_the_token_that_is_there() {
    on_both(|| {
        thread::current().unpark();
        timeout(Duration::ZERO, park);
        let begin = Instant::now();
        (0..3).for_each(|_| park_timeout(SHORT));
        assert!(begin.elapsed() >= 2 * SHORT);
    });
}

#[test]
fn io_reports_a_passed_deadline_as_a_time_out_and_a_cancellation_as_such() {
    on_both(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let late = timeout(SHORT, || listener.accept()).unwrap_err();
        assert_eq!(late.kind(), ErrorKind::TimedOut);
        assert_eq!(cause_of(&late), Some(Cause::DeadlineExceeded));

        let (context, cancel) = context::current().with_cancel();
        let error = teem::scope(|s| {
            let accept = || context.enter(|| listener.accept().unwrap_err());
            let cancel = s.spawn(|| cancel.cancel_with("no more"));
            let error = accept();
            cancel.join().unwrap();
            error
        });
        assert_ne!(error.kind(), ErrorKind::TimedOut);
        assert!(
            matches!(cause_of(&error), Some(Cause::Custom(_))),
            "{error:?}"
        );
        assert!(error.to_string().contains("no more"), "{error}");

        // Neither harms the listener.
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (_, peer) = listener.accept().unwrap();
        assert_eq!(peer, client.local_addr().unwrap());
    });
}

#[test]
fn the_sockets_own_timeout_is_told_from_the_contexts() {
    on_both(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        client.set_read_timeout(Some(SHORT)).unwrap();
        let own = timeout(LONG, || client.read(&mut [0]).unwrap_err());
        assert_eq!(cause_of(&own), None, "{own:?}");
        client.set_read_timeout(Some(LONG)).unwrap();
        let context = timeout(SHORT, || client.read(&mut [0]).unwrap_err());
        assert_eq!(cause_of(&context), Some(Cause::DeadlineExceeded));
    });
}

#[test]
fn a_deadline_that_passed_while_nobody_waited_is_seen_by_the_next_call() {
    on_both(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let context = context::current().with_timeout(SHORT);
        context.enter(|| {
            while !context.is_done() {
                std::hint::spin_loop();
            }
            let error = listener.accept().unwrap_err();
            assert_eq!(cause_of(&error), Some(Cause::DeadlineExceeded));
        });
        listener.accept().expect("the connection is still there");
    });
}

#[test]
fn a_wait_that_is_not_cut_goes_on() {
    on_both(|| {
        let (context, cancel) = context::current().with_cancel();
        cancel.cancel();
        context.enter(|| {
            let (send, receive) = mpsc::channel();
            let task = teem::spawn(move || receive.recv().unwrap());
            send.send(7).unwrap();
            assert_eq!(task.join().unwrap(), 7);
            assert_eq!(teem::scope(|s| s.spawn(|| 8).join().unwrap()), 8);
            assert_eq!(teem::run(|| 9), 9);
            let (other, end) = context::background().with_cancel();
            let ender = teem::spawn(move || end.cancel());
            assert_eq!(other.done(), Cause::Cancelled);
            ender.join().unwrap();
        });
    });
}

#[test]
fn a_context_is_in_force_in_the_destructors_of_a_thread() {
    struct Late(mpsc::Sender<Result<(), RecvError>>);
    impl Drop for Late {
        fn drop(&mut self) {
            let (_sender, receiver) = bounded::<()>(0);
            let received = timeout(Duration::from_millis(1), || receiver.recv());
            let _ = self.0.send(received);
        }
    }
    thread_local! {
        static FIRST: RefCell<Option<Late>> = const { RefCell::new(None) };
        static LAST: RefCell<Option<Late>> = const { RefCell::new(None) };
    }

    let _watchdog = Watchdog::start();
    let (sender, results) = mpsc::channel();
    let ending = std::thread::spawn(move || {
        FIRST.set(Some(Late(sender.clone())));
        assert!(context::current().check().is_ok());
        LAST.set(Some(Late(sender)));
    });
    ending.join().unwrap();
    assert!(results.iter().eq([Err(RecvError::Cancelled); 2]));
}

/// Who takes no notice of the errors, as `incoming().flatten()`, must not keep the worker from others.
#[test]
fn calls_that_a_done_context_refuses_let_others_run() {
    with_workers([1], |runtime| {
        runtime.run(|| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let (sender, receiver) = bounded::<()>(1);
            let semaphore = teem::sync::Semaphore::new(0);
            let calls: [(&str, &dyn Fn() -> bool); 8] = [
                ("accept", &|| listener.accept().is_err()),
                ("poll", &|| teem::poll::readable(&listener).is_err()),
                ("read", &|| teem::fs::read("Cargo.toml").is_err()),
                ("send", &|| sender.send(()).is_err()),
                ("recv", &|| receiver.recv().is_err()),
                ("acquire", &|| semaphore.acquire().is_err()),
                ("sleep", &|| {
                    sleep(LONG);
                    true
                }),
                ("park", &|| {
                    park();
                    true
                }),
            ];
            let (context, cancel) = context::current().with_cancel();
            cancel.cancel();
            for (name, call) in calls {
                let (turns, over) = (AtomicU32::new(0), AtomicBool::new(false));
                teem::scope(|s| {
                    s.spawn(|| {
                        while !over.load(Ordering::Relaxed) {
                            turns.fetch_add(1, Ordering::Relaxed);
                            yield_now();
                        }
                    });
                    while turns.load(Ordering::Relaxed) == 0 {
                        yield_now();
                    }
                    let before = turns.load(Ordering::Relaxed);
                    context.enter(|| (0..1000).for_each(|_| assert!(call(), "{name}")));
                    let after = turns.load(Ordering::Relaxed);
                    over.store(true, Ordering::Relaxed);
                    assert!(after > before, "nobody else has run: {name}");
                });
            }
        });
    });
}
