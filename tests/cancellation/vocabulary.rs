//! Rows for channels, semaphores and clocks.

use crate::crew::both_ways;
use crate::{Call, LONG, Outcome, context, matrix};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use teem::chan::{
    self, Receiver, RecvError, RecvTimeoutError, SendError, SendTimeoutError, Sender, bounded,
    never, unbounded,
};
use teem::context::Cause;
use teem::select;
use teem::sync::Semaphore;

type Ends = (Sender<u64>, Receiver<u64>);

/// A way to receive; `None` when it was cut. It has no other reason to fail.
type Receive = fn(&Receiver<u64>) -> Option<u64>;

/// A way to send; it gives the value back when it was cut.
type Send = fn(&Sender<u64>, u64) -> Result<(), u64>;

fn received(result: Result<u64, RecvError>) -> Option<u64> {
    assert_ne!(result, Err(RecvError::Closed));
    result.ok()
}

fn received_in_time(result: Result<u64, RecvTimeoutError>) -> Option<u64> {
    let is_cut = result == Err(RecvTimeoutError::Cancelled);
    assert!(is_cut || result.is_ok(), "{result:?}");
    result.ok()
}

fn sent(result: Result<(), SendError<u64>>) -> Result<(), u64> {
    result.map_err(|error| match error {
        SendError::Cancelled(value) => value,
        error => panic!("{error:?}"),
    })
}

fn sent_in_time(result: Result<(), SendTimeoutError<u64>>) -> Result<(), u64> {
    result.map_err(|error| match error {
        SendTimeoutError::Cancelled(value) => value,
        error => panic!("{error:?}"),
    })
}

fn select_recv(r: &Receiver<u64>) -> Option<u64> {
    let silent = never();
    select! {
        recv(r) -> value => received(value),
        recv(silent) -> value => received(value),
    }
}

fn dynamic_recv(r: &Receiver<u64>) -> Option<u64> {
    let mut select = chan::Select::new();
    select.recv(r);
    received(select.select().recv(r))
}

/// The context's end is an arm: the channel's says nothing of it.
fn select_recv_or_done(r: &Receiver<u64>) -> Option<u64> {
    select! {
        recv(r) -> value => Some(value.unwrap()),
        done(context::current()) -> _ => None,
    }
}

/// So is the default.
fn select_recv_or_default(r: &Receiver<u64>) -> Option<u64> {
    select! {
        recv(r) -> value => Some(value.unwrap()),
        default(LONG) => None,
    }
}

fn select_send(s: &Sender<u64>, value: u64) -> Result<(), u64> {
    select! { send(s, value) -> result => sent(result) }
}

fn dynamic_send(s: &Sender<u64>, value: u64) -> Result<(), u64> {
    let mut select = chan::Select::new();
    select.send(s);
    sent(select.select().send(s, value))
}

fn select_send_or_done(s: &Sender<u64>, value: u64) -> Result<(), u64> {
    select! {
        send(s, value) -> result => result.map_err(|error| panic!("{error:?}")),
        done(context::current()) -> _ => Err(value),
    }
}

fn select_send_or_default(s: &Sender<u64>, value: u64) -> Result<(), u64> {
    select! {
        send(s, value) -> result => result.map_err(|error| panic!("{error:?}")),
        default(LONG) => Err(value),
    }
}

const RECEIVES: [(&str, Receive); 7] = [
    ("recv", |r| received(r.recv())),
    ("recv_timeout", |r| received_in_time(r.recv_timeout(LONG))),
    ("recv_deadline", |r| {
        received_in_time(r.recv_deadline(Instant::now() + LONG))
    }),
    ("select recv", select_recv),
    ("Select::recv", dynamic_recv),
    ("select recv, done", select_recv_or_done),
    ("select recv, default", select_recv_or_default),
];

const SENDS: [(&str, Send); 7] = [
    ("send", |s, value| sent(s.send(value))),
    ("send_timeout", |s, value| {
        sent_in_time(s.send_timeout(value, LONG))
    }),
    ("send_deadline", |s, value| {
        sent_in_time(s.send_deadline(value, Instant::now() + LONG))
    }),
    ("select send", select_send),
    ("Select::send", dynamic_send),
    ("select send, done", select_send_or_done),
    ("select send, default", select_send_or_default),
];

/// What went in, what came out, and the next number.
#[derive(Default)]
struct Ledger {
    next: AtomicU64,
    put: Mutex<Vec<u64>>,
    got: Mutex<Vec<u64>>,
}

impl Ledger {
    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// All that went in came out, in order, when the channel is drained.
    fn account(&self, r: &Receiver<u64>) {
        let mut got = self.got.lock().unwrap();
        got.extend(r.try_iter());
        assert_eq!(*got, *self.put.lock().unwrap());
    }
}

/// Receiving, from a channel that is empty.
struct Recv {
    ends: Ends,
    receive: Receive,
    ledger: Ledger,
}

impl Call for Recv {
    fn call(&self) -> Outcome {
        match (self.receive)(&self.ends.1) {
            Some(value) => {
                self.ledger.got.lock().unwrap().push(value);
                Outcome::Done
            }
            None => Outcome::Cut(None),
        }
    }

    fn complete(&self, over: &AtomicBool) {
        let value = self.ledger.number();
        while !over.load(Ordering::SeqCst) {
            if self.ends.0.try_send(value).is_ok() {
                self.ledger.put.lock().unwrap().push(value);
                return;
            }
            if !self.meets() {
                // Full of what a cut call has left.
                return;
            }
            teem::task::yield_now();
        }
    }

    fn meets(&self) -> bool {
        self.ends.0.capacity() == Some(0)
    }

    fn account(&self) {
        self.ledger.account(&self.ends.1);
    }
}

/// Sending, into a channel that is full.
struct Sends {
    ends: Ends,
    send: Send,
    ledger: Ledger,
}

impl Sends {
    fn new(room: usize, send: Send) -> Self {
        let row = Self {
            ends: bounded(room),
            send,
            ledger: Ledger::default(),
        };
        row.fill();
        row
    }

    /// So that the next call waits.
    fn fill(&self) {
        while self.ends.0.len() < self.ends.0.capacity().unwrap() {
            let value = self.ledger.number();
            self.ends.0.try_send(value).unwrap();
            self.ledger.put.lock().unwrap().push(value);
        }
    }
}

impl Call for Sends {
    fn call(&self) -> Outcome {
        // The others may have made room that nobody took.
        let value = self.ledger.number();
        match (self.send)(&self.ends.0, value) {
            Ok(()) => {
                self.ledger.put.lock().unwrap().push(value);
                Outcome::Done
            }
            Err(back) => {
                assert_eq!(back, value);
                Outcome::Cut(None)
            }
        }
    }

    fn complete(&self, over: &AtomicBool) {
        while !over.load(Ordering::SeqCst) {
            if let Ok(value) = self.ends.1.try_recv() {
                self.ledger.got.lock().unwrap().push(value);
                return;
            }
            teem::task::yield_now();
        }
    }

    fn meets(&self) -> bool {
        self.ends.0.capacity() == Some(0)
    }

    fn account(&self) {
        self.ledger.account(&self.ends.1);
        self.fill();
    }
}

#[test]
fn channels_recv() {
    for (name, receive) in RECEIVES {
        for ends in [|| bounded(0), || bounded(1), unbounded] {
            eprintln!("{name}, capacity {:?}", ends().0.capacity());
            matrix(|| Recv {
                ends: ends(),
                receive,
                ledger: Ledger::default(),
            });
        }
    }
}

#[test]
fn channels_send() {
    for (name, send) in SENDS {
        for room in [0, 1, 3] {
            eprintln!("{name}, capacity {room}");
            matrix(|| Sends::new(room, send));
        }
    }
}

/// A send that cannot wait, and what only tries, succeed in whatever context.
#[test]
fn what_cannot_park_does_not_look_at_the_context() {
    both_ways(|| {
        let (context, handle) = context::current().with_cancel();
        handle.cancel();
        context.enter(|| {
            let (s, r) = unbounded();
            assert_eq!(s.send(1), Ok(()));
            assert_eq!(s.send_timeout(2, LONG), Ok(()));
            assert_eq!(s.send_deadline(3, Instant::now() + LONG), Ok(()));
            assert_eq!(r.try_recv(), Ok(1));
            assert!(r.try_iter().eq([2, 3]));
            let (s, r) = bounded(1);
            assert_eq!(s.try_send(4), Ok(()));
            assert_eq!(r.try_recv(), Ok(4));
            assert_eq!(r.iter().next(), None, "but this waits");
            let semaphore = Semaphore::new(1);
            assert!(semaphore.try_acquire().is_some());
            assert!(semaphore.try_acquire_many(1).is_some());
        });
    });
}

/// The permits of a semaphore that has none.
struct Acquire {
    semaphore: Arc<Semaphore>,
    acquire: fn(&Arc<Semaphore>) -> bool,
    /// How many a call takes.
    many: usize,
    free: AtomicU64,
}

impl Call for Acquire {
    fn call(&self) -> Outcome {
        if !(self.acquire)(&self.semaphore) {
            return Outcome::Cut(None);
        }
        // The permits came back when they were dropped.
        Outcome::Done
    }

    fn complete(&self, _: &AtomicBool) {
        self.semaphore.add_permits(self.many);
        self.free.fetch_add(self.many as u64, Ordering::SeqCst);
    }

    fn account(&self) {
        let free = self.free.swap(0, Ordering::SeqCst) as usize;
        assert_eq!(self.semaphore.available_permits(), free);
        if free > 0 {
            std::mem::forget(self.semaphore.try_acquire_many(free).expect("free ones"));
        }
    }
}

#[test]
fn semaphores_acquire() {
    type Form = fn(&Arc<Semaphore>) -> bool;
    let forms: [(&str, usize, Form); 6] = [
        ("acquire", 1, |s| s.acquire().is_ok()),
        ("acquire_timeout", 1, |s| s.acquire_timeout(LONG).is_some()),
        ("acquire_many", 3, |s| s.acquire_many(3).is_ok()),
        ("acquire_many_timeout", 3, |s| {
            s.acquire_many_timeout(3, LONG).is_some()
        }),
        ("acquire_owned", 1, |s| s.acquire_owned().is_ok()),
        ("acquire, and its cause", 1, |s| {
            let permit = s.acquire();
            let cause = permit.as_ref().err().map(|cut| cut.cause().clone());
            assert_eq!(
                cause,
                permit.is_err().then(|| context::current().cause().unwrap())
            );
            permit.is_ok()
        }),
    ];
    for (name, many, acquire) in forms {
        eprintln!("{name}");
        // Permits that there once were: asking for more than there ever are is an error.
        matrix(|| {
            let semaphore = Arc::new(Semaphore::new(many));
            std::mem::forget(semaphore.try_acquire_many(many));
            Acquire {
                semaphore,
                acquire,
                many,
                free: AtomicU64::new(0),
            }
        });
    }
}

/// A clock's instant is received once, in the wait that was cut or in the next.
#[test]
fn clocks_recv() {
    both_ways(|| {
        let short = Duration::from_millis(1);
        for clock in [chan::after, |d| chan::at(Instant::now() + d)] {
            let silent = clock(LONG);
            let ready = clock(Duration::ZERO);
            let (done, handle) = context::current().with_cancel();
            handle.cancel();
            done.enter(|| {
                assert_eq!(ready.recv(), Err(RecvError::Cancelled));
                let late = ready.recv_timeout(LONG);
                assert_eq!(late, Err(RecvTimeoutError::Cancelled));
                let late = ready.recv_deadline(Instant::now() + LONG);
                assert_eq!(late, Err(RecvTimeoutError::Cancelled));
            });
            assert!(ready.recv().is_ok(), "it has been kept");
            let cut = teem::time::timeout(short, || silent.recv());
            assert_eq!(cut, Err(RecvError::Cancelled));
            for _ in 0..20 {
                let clock = clock(short);
                // Both at about the same time.
                let first = teem::time::timeout(short, || clock.recv());
                if first.is_err() {
                    assert!(clock.recv().is_ok());
                }
                assert!(clock.try_recv().is_err(), "once");
            }
        }
        let ticks = chan::tick(short);
        for _ in 0..10 {
            let tick = teem::time::timeout(short, || ticks.recv());
            assert!(tick.is_ok() || ticks.recv().is_ok());
        }
    });
}

/// These have no error to report: they end early.
#[test]
fn sleep_and_park_return_early() {
    both_ways(|| {
        let ways: [fn(); 4] = [
            || teem::time::sleep(LONG),
            || teem::time::sleep_until(Instant::now() + LONG),
            || teem::task::park_timeout(LONG),
            || teem::thread::sleep(LONG),
        ];
        // std's parking, which a thread's is, knows no contexts.
        let parks = teem::task::try_current().is_some();
        let parking: &[fn()] = if parks { &[teem::task::park] } else { &[] };
        let ways = ways
            .iter()
            .filter(|way| parks || !std::ptr::eq(*way, &ways[2]));
        for end_early in ways.chain(parking) {
            let begin = Instant::now();
            let (done, handle) = context::current().with_cancel();
            handle.cancel();
            done.enter(end_early);
            let (context, handle) = context::current().with_cancel();
            crate::crew::crew(|c| {
                c.spawn(|| {
                    crate::crew::lull();
                    handle.cancel();
                });
                context.enter(end_early);
            });
            assert_eq!(context.cause(), Some(Cause::Cancelled));
            teem::time::timeout(Duration::from_millis(3), end_early);
            assert!(begin.elapsed() < LONG / 60);
        }
    });
}
