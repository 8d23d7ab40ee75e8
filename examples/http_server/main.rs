//! A web server: HTTP/1.1 with keep-alive, pipelining, chunked bodies, files, and limits on all that
//! a client could want too much of.
//!
//! ```text
//! cargo run --release --example http_server -- [--addr 127.0.0.1:8080] [--workers N] [--root DIR]
//!
//! curl http://127.0.0.1:8080/                        Hello, World!
//! curl http://127.0.0.1:8080/json?a=1                the request, in JSON
//! curl http://127.0.0.1:8080/echo -d text            the body
//! curl http://127.0.0.1:8080/docs/netpoll.md         a file, with --root .
//! ```
//!
//! It is written as if each connection had a thread. Ctrl-C or SIGTERM ends it in good order:
//! nothing more is accepted, idle connections are closed, and requests that have begun are answered.

#![forbid(unsafe_code)]

mod http;
#[path = "../support/mod.rs"]
mod support;

use http::{Root, Site};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use support::{Failure, ServerOptions, Words};

/// How long requests that have begun get at the end.
const GRACE: Duration = Duration::from_secs(2);

const USAGE: &str = "\
usage: http_server [--addr IP:PORT] [--workers N] [--root DIR]

Serves HTTP/1.1: / says hello, /json describes the request, /echo sends its body back, and everything
else is looked for in a directory.

  --addr IP:PORT  where to listen (127.0.0.1:8080; port 0: any free one)
  --workers N     worker threads (one for each core)
  --root DIR      whose files to serve (none)";

fn run(words: &mut Words) -> Result<(), Failure> {
    let mut options = ServerOptions::new("127.0.0.1:8080");
    let mut site = Site::default();
    while let Some(flag) = words.flag() {
        match flag.as_str() {
            "--root" => {
                let directory: String = words.value("a directory")?;
                let root = Root::new(&directory);
                site.root = Some(root.map_err(|error| format!("--root {directory}: {error}"))?);
            }
            _ => options.set(&flag, words)?,
        }
    }
    let mut server = options.bind()?;
    let address = server.address();
    support::say(format_args!(
        "listening on {address}; try: curl http://{address}/"
    ));

    let site = Arc::new(site);
    let ending = Arc::clone(&site);
    server.background(move || {
        // Cancelled when the server is told to end.
        teem::context::current().done();
        ending.drain.stop(GRACE);
    });
    server.serve(move |stream| {
        // A head and the beginning of a file are two writes; the second should not wait.
        let _ = stream.set_nodelay(true);
        // A connection that breaks is its client's affair.
        let _ = http::serve(stream, &site);
    })
}

fn main() -> ExitCode {
    support::main("http_server", USAGE, run)
}
