//! `teem::net` over real sockets. Tests are named by the hazard and hold everywhere: in tasks, on
//! plain OS threads, and between the two. Nothing sleeps to get an order.

mod accept;
mod cancel;
mod connect;
mod convert;
mod limits;
mod options;
#[path = "../support/reset.rs"]
mod reset;
mod share;
mod transfer;

use reset::reset_on_close;
use std::sync::mpsc;
use std::time::Duration;
use teem::net::{TcpListener, TcpStream};

/// Where a part of a test runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Task,
    Thread,
}

enum Running<T> {
    Task(teem::JoinHandle<T>),
    Thread(std::thread::JoinHandle<T>),
}

impl Place {
    fn spawn<T: Send + 'static>(self, f: impl FnOnce() -> T + Send + 'static) -> Running<T> {
        match self {
            Place::Task => Running::Task(teem::spawn(f)),
            Place::Thread => Running::Thread(std::thread::spawn(f)),
        }
    }
}

impl<T: Send> Running<T> {
    fn join(self) -> T {
        match self {
            Running::Task(handle) => handle.join(),
            Running::Thread(handle) => teem::offload(|| handle.join()),
        }
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// Runs `test` in a task and on a thread, with its helpers in tasks and on threads.
fn everywhere(test: fn(Place)) {
    for body in [Place::Task, Place::Thread] {
        for helpers in [Place::Task, Place::Thread] {
            within(Duration::from_secs(60), move || {
                body.spawn(move || test(helpers)).join();
            });
        }
    }
}

/// Fails, naming what hangs, if `f` is not through in time.
fn within<T: Send + 'static>(limit: Duration, f: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, wait) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let result = f();
        let _ = done.send(());
        result
    });
    if wait.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
        panic!("it hangs");
    }
    match thread.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// A runtime of its own with one worker, which whoever does not yield holds up for all.
fn on_one_worker<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> T {
    within(Duration::from_secs(60), || {
        let runtime = teem::runtime::Builder::new().workers(1).build().unwrap();
        runtime.run(f)
    })
}

fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

/// Two ends of a connection.
fn pair() -> (TcpStream, TcpStream) {
    let listener = listener();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (far, peer) = listener.accept().unwrap();
    assert_eq!(peer, near.local_addr().unwrap());
    (near, far)
}

/// Small pseudo-random numbers, the same in every run. (G. Marsaglia, "Xorshift RNGs", 2003)
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}
