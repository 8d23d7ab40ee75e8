//! A key-value server that speaks RESP2, so that `redis-cli` and `redis-benchmark` work with it.
//!
//! ```text
//! cargo run --release --example kv_server -- [--addr 127.0.0.1:6379] [--workers N]
//! ```
//!
//! A task a connection, and one that removes keys whose time is over. `resp.rs` has the protocol,
//! `store.rs` the keys, `topics.rs` publish and subscribe, `command.rs` what each command does,
//! `connection.rs` a client's session.

#![forbid(unsafe_code)]

mod command;
mod connection;
mod resp;
mod store;
#[path = "../support/mod.rs"]
mod support;
mod topics;

use command::Database;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use support::{Failure, ServerOptions, Words, say};
use teem::context;
use teem::time::sleep;

const USAGE: &str = "\
usage: kv_server [--addr IP:PORT] [--workers N]

Keys and values in memory, by the protocol of Redis (RESP2): GET, SET (EX, PX, EXAT, PXAT, KEEPTTL, NX,
XX, GET), DEL, EXISTS, INCR, DECR, EXPIRE and PEXPIRE (NX, XX, GT, LT), TTL, PTTL, PERSIST, PUBLISH,
SUBSCRIBE, UNSUBSCRIBE, PING, ECHO and some about the server. A subscriber that does not read is
disconnected when 4096 messages or 32 MiB wait.

  --addr IP:PORT  where to listen (127.0.0.1:6379; port 0: any free one)
  --workers N     worker threads (one for each core)";

/// How often keys are removed whose time is over.
const SWEEP: Duration = Duration::from_millis(100);

fn run(words: &mut Words) -> Result<(), Failure> {
    let mut options = ServerOptions::new("127.0.0.1:6379");
    while let Some(flag) = words.flag() {
        options.set(&flag, words)?;
    }
    let mut server = options.bind()?;
    let database = Arc::new(Database::new());
    let swept = Arc::clone(&database);
    server.background(move || {
        while context::current().check().is_ok() {
            sleep(SWEEP);
            swept.store.sweep();
        }
    });
    let bound = server.address();
    let (ip, port) = (bound.ip(), bound.port());
    say(format_args!(
        "listening on {bound}; try: redis-cli -h {ip} -p {port}"
    ));
    // A connection that ends with an error is its client's affair.
    server.serve(move |stream| connection::serve(&database, stream))
}

fn main() -> ExitCode {
    support::main("kv_server", USAGE, run)
}
