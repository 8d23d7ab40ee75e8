//! Crates of others in tasks: clients and servers on one worker.
//!
//! Had one of them blocked the thread, nobody would be left to answer it, and the watchdog would end
//! the test.

#[path = "../../../../tests/support/programs.rs"]
mod programs;
#[path = "../../../../tests/support/watchdog.rs"]
mod watchdog;

mod database;
mod http_client;
mod https;
mod unwatched;
mod websocket;

use std::net::SocketAddr;
use std::time::Duration;
use teem::net::{TcpListener, TcpStream};
use teem::runtime::Builder;
use watchdog::Watchdog;

/// Runs `test` in a task of a runtime with one worker, and sees to it that no task is left over.
fn on_one_worker(test: impl FnOnce() + Send) {
    let _watchdog = Watchdog::start();
    let runtime = Builder::new().workers(1).build().expect("a runtime");
    runtime.run(test);
    let ended = runtime.shutdown(Duration::from_secs(10));
    assert_eq!(ended, Ok(()), "tasks are left");
}

/// Serves so many connections, each in a task of its own, at an address that it returns.
fn serve(connections: usize, handle: impl Fn(TcpStream) + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    teem::go!(for stream in listener.incoming().take(connections) {
        let (stream, handle) = (stream.expect("a connection"), handle.clone());
        teem::go!(handle(stream));
    });
    address
}
