//! A websocket server that sends back whatever it receives: tungstenite, as it is, in a task a client.
//!
//! ```text
//! cargo run --release --bin websocket_echo -- [--addr 127.0.0.1:9001] [--workers N]
//! ```

use std::process::ExitCode;
use std::time::Duration;
use support::{Failure, ServerOptions, Words};
use teem::net::TcpStream;

#[path = "../../../support/mod.rs"]
mod support;

const USAGE: &str = "\
usage: websocket_echo [--addr IP:PORT] [--workers N]

Sends websocket messages back.

  --addr IP:PORT  where to listen (127.0.0.1:9001; port 0: any free one)
  --workers N     worker threads (one for each core)";

/// How long a client may say nothing, and how long it may take to accept what it is sent.
const PATIENCE: Duration = Duration::from_secs(60);

/// Serves a client until it closes the connection.
fn echo(stream: TcpStream) -> Result<(), Failure> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut socket = tungstenite::accept(stream).map_err(|error| error.to_string())?;
    loop {
        let message = socket.read()?;
        if message.is_text() || message.is_binary() {
            socket.send(message)?;
        }
    }
}

fn run(words: &mut Words) -> Result<(), Failure> {
    let mut options = ServerOptions::new("127.0.0.1:9001");
    while let Some(flag) = words.flag() {
        options.set(&flag, words)?;
    }
    let server = options.bind()?;
    let address = server.address();
    support::say(format_args!(
        "listening on {address}; try: websocat ws://{address}/"
    ));
    // However a connection ends, its client knows.
    server.serve(|stream| drop(echo(stream)))
}

fn main() -> ExitCode {
    support::main("websocket_echo", USAGE, run)
}
