//! teem's feature `tracing`: spans follow their task.

#[path = "../../../tests/support/watchdog.rs"]
mod watchdog;

use std::collections::HashMap;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, Once};
use std::time::Duration;
use teem::chan::TryRecvError;
use teem::net::{TcpListener, TcpStream};
use teem::runtime::Builder;
use teem::task::{Step, spawn_steps, yield_now};
use tracing::span::Id;
use tracing::{Span, Subscriber, info_span};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};
use watchdog::Watchdog;

/// How often spans of a name were entered, left and closed.
static COUNTS: LazyLock<Mutex<HashMap<&str, [usize; 3]>>> = LazyLock::new(Mutex::default);

/// Whether the subscriber does what it must not in spans that have a name for it.
static MISBEHAVING: AtomicBool = AtomicBool::new(false);

struct Counting;

impl Counting {
    fn note<S>(&self, what: usize, id: &Id, context: &Context<'_, S>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let name = context.span(id).expect("a span of ours").name();
        COUNTS.lock().expect("counts").entry(name).or_default()[what] += 1;
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Counting {
    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        self.note(0, id, &context);
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        self.note(1, id, &context);
        let name = context.span(id).expect("a span of ours").name();
        if MISBEHAVING.load(Ordering::Relaxed) {
            match name {
                "panics when left" => panic!("as the test wants it"),
                "parks when left" => teem::task::park_timeout(Duration::from_millis(1)),
                "yields when left" => yield_now(),
                _ => {}
            }
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.note(2, &id, &context);
    }
}

/// Runs `test` in a task of a runtime with one worker, whose tasks all share a thread.
fn on_one_worker(test: impl FnOnce() + Send) {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let subscriber = Registry::default().with(Counting);
        tracing::subscriber::set_global_default(subscriber).expect("the only one");
    });
    let _watchdog = Watchdog::start();
    let runtime = Builder::new().workers(1).build().expect("a runtime");
    runtime.run(test);
    let ended = runtime.shutdown(Duration::from_secs(10));
    assert_eq!(ended, Ok(()), "tasks are left");
}

/// The name of the span that the caller is in.
fn current() -> Option<&'static str> {
    Some(Span::current().metadata()?.name())
}

#[track_caller]
fn assert_balanced(name: &str, closed: usize) {
    let counts = COUNTS.lock().expect("counts")[name];
    assert_eq!(counts[0], counts[1], "{name} was entered as often as left");
    assert_eq!(counts[2], closed, "{name} was closed");
}

#[test]
fn interleaved_tasks_keep_their_own() {
    on_one_worker(|| {
        teem::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..100 {
                    assert_eq!(current(), None);
                    yield_now();
                }
            });
            for (outer, inner) in [("a", "a in"), ("b", "b in"), ("c", "c in")] {
                let span = |name| match name {
                    "a" => info_span!("a"),
                    "a in" => info_span!("a in"),
                    "b" => info_span!("b"),
                    "b in" => info_span!("b in"),
                    "c" => info_span!("c"),
                    _ => info_span!("c in"),
                };
                scope.spawn(move || {
                    let _outer = span(outer).entered();
                    for _ in 0..30 {
                        yield_now();
                        assert_eq!(current(), Some(outer));
                        let inner_span = span(inner).entered();
                        yield_now();
                        assert_eq!(current(), Some(inner));
                        drop(inner_span);
                        assert_eq!(current(), Some(outer));
                    }
                });
            }
        });
        assert_eq!(current(), None);
    });
    for name in ["a", "b", "c"] {
        assert_balanced(name, 1);
    }
    assert_balanced("a in", 30);
}

#[test]
fn a_span_survives_every_kind_of_wait() {
    on_one_worker(|| {
        // Somebody in another span who runs whenever the other waits.
        let (stop, stopped) = teem::chan::bounded::<()>(0);
        let other = teem::spawn(move || {
            let _span = info_span!("other").entered();
            while stopped.try_recv() == Err(TryRecvError::Empty) {
                yield_now();
                assert_eq!(current(), Some("other"));
            }
        });
        let _span = info_span!("waits").entered();
        let check = |what: &str| assert_eq!(current(), Some("waits"), "after {what}");

        let (sender, receiver) = teem::chan::bounded(0);
        teem::go!(sender.send(7).expect("a receiver"));
        receiver.recv().expect("a sender");
        check("a channel");
        teem::time::sleep(Duration::from_millis(2));
        check("a sleep");
        let lock = std::sync::Arc::new(teem::sync::Mutex::new(()));
        let held = lock.lock().expect("the lock");
        let waiter = teem::spawn({
            let lock = std::sync::Arc::clone(&lock);
            move || drop(lock.lock().expect("the lock"))
        });
        yield_now();
        drop(held);
        waiter.join().expect("it ends");
        check("a join");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        teem::go!({
            let mut stream = TcpStream::connect(address).expect("a connection");
            yield_now();
            stream.write_all(b"x").expect("sent");
        });
        let (mut stream, _) = listener.accept().expect("a connection");
        check("an accept");
        stream.read_exact(&mut [0]).expect("a byte");
        check("a read");
        teem::offload(|| assert_eq!(current(), Some("waits")));
        check("an offload");
        let failed = std::panic::catch_unwind(|| {
            let _inner = info_span!("panics").entered();
            yield_now();
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(failed.is_err());
        check("a panic");
        drop(stop);
        other.join().expect("it ends");
        check("another join");
    });
    assert_balanced("waits", 1);
    assert_balanced("panics", 1);
}

#[test]
fn a_task_starts_in_the_span_of_its_spawner() {
    on_one_worker(|| {
        let span = info_span!("spawner").entered();
        let child = teem::spawn(|| {
            assert_eq!(current(), Some("spawner"));
            yield_now();
            assert_eq!(current(), Some("spawner"));
            let grandchild = teem::task::spawn_local(current);
            grandchild.join().expect("it ends")
        });
        teem::scope(|scope| {
            scope.spawn(|| assert_eq!(current(), Some("spawner")));
        });
        // It stays in the span, even if its spawner leaves it.
        drop(span);
        assert_eq!(current(), None);
        assert_eq!(child.join().expect("it ends"), Some("spawner"));
    });
    assert_balanced("spawner", 1);
}

#[test]
fn a_span_that_is_never_left_ends_with_its_task() {
    on_one_worker(|| {
        let forgetful = teem::spawn(|| std::mem::forget(info_span!("forgotten").entered()));
        forgetful.join().expect("it ends");
        assert_eq!(current(), None);
        let next = teem::spawn(current);
        assert_eq!(next.join().expect("it ends"), None);
    });
    let counts = COUNTS.lock().expect("counts")["forgotten"];
    assert_eq!(counts[0], counts[1]);
}

#[test]
fn a_subscriber_that_panics_or_parks_harms_no_wait() {
    on_one_worker(|| {
        let spans = [
            info_span!("panics when left"),
            info_span!("parks when left"),
            info_span!("yields when left"),
        ];
        for span in spans {
            let name = span.metadata().expect("it is watched").name();
            let entered = span.entered();
            let (sender, receiver) = teem::chan::bounded(0);
            teem::go!((0..3).for_each(|n| {
                yield_now();
                sender.send(n).expect("a receiver");
            }));
            MISBEHAVING.store(true, Ordering::Relaxed);
            let received: Vec<_> = receiver.iter().collect();
            teem::time::sleep(Duration::from_millis(1));
            MISBEHAVING.store(false, Ordering::Relaxed);
            assert!(received.into_iter().eq(0..3), "{name}");
            assert_eq!(current(), Some(name));
            drop(entered);
            assert_eq!(current(), None);
        }
    });
}

#[test]
fn every_step_of_a_task_is_in_the_span_of_its_spawner() {
    on_one_worker(|| {
        let _span = info_span!("steps").entered();
        let steps = spawn_steps(3, |left: u32| {
            assert_eq!(current(), Some("steps"));
            match left {
                0 => Step::Done(()),
                left => Step::after(Duration::from_millis(1), left - 1),
            }
        });
        let _other = info_span!("not theirs").entered();
        steps.join().expect("it ends");
        assert_eq!(current(), Some("not theirs"));
    });
    assert_balanced("steps", 1);
}
