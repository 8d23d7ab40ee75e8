//! A server that sends back whatever it receives, on as many connections as there are.
//!
//! ```text
//! cargo run --release --example echo_server -- [--addr 127.0.0.1:7000] [--workers N]
//! ```
//!
//! It is written as if each connection had a thread. Ctrl-C or SIGTERM ends it in good order: no
//! more connections are accepted, and those that are open get a few seconds to end by themselves.

#![forbid(unsafe_code)]

#[path = "support/mod.rs"]
mod support;

use std::io::{self, Read, Write};
use std::process::ExitCode;
use support::{Failure, ServerOptions, Words, say};
use teem::net::TcpStream;

const USAGE: &str = "\
usage: echo_server [--addr IP:PORT] [--workers N]

Sends back whatever it receives.

  --addr IP:PORT  where to listen (127.0.0.1:7000; port 0: any free one)
  --workers N     worker threads (one for each core)";

/// Serves one connection. Each of these calls parks the task, and others run meanwhile.
fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            n => stream.write_all(&buffer[..n])?,
        }
    }
}

fn run(words: &mut Words) -> Result<(), Failure> {
    let mut options = ServerOptions::new("127.0.0.1:7000");
    while let Some(flag) = words.flag() {
        options.set(&flag, words)?;
    }
    let server = options.bind()?;
    let bound = server.address();
    let (ip, port) = (bound.ip(), bound.port());
    say(format_args!(
        "listening on {bound}; try: printf 'hi\\n' | nc -q1 {ip} {port}"
    ));
    // A connection that ends with an error is its client's affair.
    server.serve(echo)
}

fn main() -> ExitCode {
    support::main("echo_server", USAGE, run)
}
