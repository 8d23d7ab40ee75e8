//! A TCP proxy: whatever comes in goes to another address, and back.
//!
//! ```text
//! cargo run --release --example proxy -- --to 127.0.0.1:80 [--addr 127.0.0.1:7002] [--workers N]
//! ```
//!
//! Two tasks a connection, one for each direction; on Linux the bytes stay in the kernel. The end of
//! one direction is passed on as the end of that direction alone; an error ends both.

#![forbid(unsafe_code)]

#[path = "support/mod.rs"]
mod support;

use std::io;
use std::net::{Shutdown, SocketAddr, ToSocketAddrs};
use std::process::ExitCode;
use std::time::Duration;
use support::{Failure, ServerOptions, Words, say, warn};
use teem::net::TcpStream;

const USAGE: &str = "\
usage: proxy --to HOST:PORT [--addr IP:PORT] [--workers N] [--timeout SECONDS]

Passes connections on to another address.

  --to HOST:PORT     where to
  --addr IP:PORT     where to listen (127.0.0.1:7002; port 0: any free one)
  --workers N        worker threads (one for each core)
  --timeout SECONDS  for connecting, and for a side to take what the other has sent (10)";

/// Copies until `from` ends, and passes the end on. Each is the other's peer.
fn pass(mut from: &TcpStream, mut to: &TcpStream) -> io::Result<u64> {
    let copied = teem::io::copy(&mut from, &mut to).and_then(|count| {
        to.shutdown(Shutdown::Write)?;
        Ok(count)
    });
    if copied.is_err() {
        // The other direction waits perhaps for a side that is no longer there.
        for stream in [from, to] {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
    copied
}

fn serve(client: &TcpStream, to: &[SocketAddr], timeout: Duration) -> io::Result<()> {
    let mut connected = Err(io::ErrorKind::AddrNotAvailable.into());
    for address in to {
        connected = TcpStream::connect_timeout(address, timeout);
        if connected.is_ok() {
            break;
        }
    }
    let server = connected?;
    for stream in [client, &server] {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(timeout))?;
    }
    teem::scope(|s| {
        s.spawn(|| pass(client, &server));
        // What breaks off is the two sides' affair; they notice.
        let _ = pass(&server, client);
    });
    Ok(())
}

fn run(words: &mut Words) -> Result<(), Failure> {
    let mut options = ServerOptions::new("127.0.0.1:7002");
    let (mut to, mut timeout) = (None, 10);
    while let Some(flag) = words.flag() {
        match flag.as_str() {
            "--to" => to = Some(words.value::<String>("an address, as 127.0.0.1:80")?),
            "--timeout" => {
                timeout = words
                    .value::<std::num::NonZeroU32>("seconds, from 1 on")?
                    .get();
            }
            _ => options.set(&flag, words)?,
        }
    }
    let to = to.ok_or("--to HOST:PORT is missing; see --help")?;
    let resolved = to.to_socket_addrs();
    let resolved = resolved.map_err(|error| format!("cannot pass on to {to}: {error}"))?;
    let addresses: Vec<SocketAddr> = resolved.collect();
    let timeout = Duration::from_secs(timeout.into());

    let server = options.bind()?;
    let bound = server.address();
    say(format_args!("listening on {bound}; passing on to {to}"));
    server.serve(move |client| {
        if let Err(error) = serve(&client, &addresses, timeout) {
            warn(format_args!("proxy: cannot connect to {to}: {error}"));
        }
    })
}

fn main() -> ExitCode {
    support::main("proxy", USAGE, run)
}
