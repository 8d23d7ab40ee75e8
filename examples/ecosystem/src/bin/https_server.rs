//! The web server of `examples/http_server` over TLS, with a certificate of its own making.
//!
//! ```text
//! cargo run --release --bin https_server -- [--addr 127.0.0.1:8443] [--workers N] [--root DIR] [--certificate FILE]
//!
//! curl --cacert FILE https://localhost:8443/
//! ```
//!
//! Requests, answers, limits and the end are those of that program; what is new is a [`Transport`].

use ecosystem::tls::{Identity, ServerStream, accept};
use http::{Root, Site, Transport};
use std::cell::Cell;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use support::{Failure, ServerOptions, Words};
use teem::time::timeout;

#[path = "../../../http_server/http/mod.rs"]
mod http;
#[path = "../../../support/mod.rs"]
mod support;

/// How long requests that have begun get at the end.
const GRACE: Duration = Duration::from_secs(2);

const USAGE: &str = "\
usage: https_server [--addr IP:PORT] [--workers N] [--root DIR] [--certificate FILE]

Serves HTTP/1.1 over TLS, for the names localhost and 127.0.0.1.

  --addr IP:PORT      where to listen (127.0.0.1:8443; port 0: any free one)
  --workers N         worker threads (one for each core)
  --root DIR          whose files to serve (none)
  --certificate FILE  where to leave the certificate, for clients to trust (nowhere)";

/// TLS as a transport. Its reads and writes may take many of the stream below, so that the time
/// they may take is not left to that one's timeouts.
struct Tls {
    stream: ServerStream,
    read_time: Cell<Duration>,
    write_time: Cell<Duration>,
}

impl Read for Tls {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        timeout(self.read_time.get(), || self.stream.read(into))
    }
}

impl Write for Tls {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        timeout(self.write_time.get(), || self.stream.write(from))
    }

    fn flush(&mut self) -> io::Result<()> {
        timeout(self.write_time.get(), || self.stream.flush())
    }
}

impl Transport for &mut Tls {
    fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        self.read_time.set(timeout);
        Ok(())
    }

    fn set_write_timeout(&self, timeout: Duration) -> io::Result<()> {
        self.write_time.set(timeout);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.stream.conn.send_close_notify();
        self.flush()?;
        self.stream.sock.shutdown(Shutdown::Write)
    }
}

fn run(words: &mut Words) -> Result<(), Failure> {
    let mut options = ServerOptions::new("127.0.0.1:8443");
    let mut site = Site::default();
    let mut certificate = None;
    while let Some(flag) = words.flag() {
        match flag.as_str() {
            "--root" => {
                let directory: String = words.value("a directory")?;
                let root = Root::new(&directory);
                site.root = Some(root.map_err(|error| format!("--root {directory}: {error}"))?);
            }
            "--certificate" => certificate = Some(words.value::<String>("a file")?),
            _ => options.set(&flag, words)?,
        }
    }
    let mut server = options.bind()?;
    let identity = Identity::new(&["localhost", "127.0.0.1"])?;
    if let Some(file) = certificate {
        // Not before it has the address: the file may be that of the server which does.
        let written = std::fs::write(&file, &identity.pem);
        written.map_err(|error| format!("--certificate {file}: {error}"))?;
    }
    let config = identity.into_server()?;
    let port = server.address().port();
    support::say(format_args!(
        "listening on {}; try: curl -k https://localhost:{port}/",
        server.address()
    ));

    let site = Arc::new(site);
    let ending = Arc::clone(&site);
    server.background(move || {
        // Cancelled when the server is told to end.
        teem::context::current().done();
        ending.drain.stop(GRACE);
    });
    server.serve(move |stream| {
        let _ = stream.set_nodelay(true);
        let limits = &site.limits;
        // Who cannot shake hands, and whose connection breaks, knows it.
        let Ok(stream) = accept(Arc::clone(&config), stream, limits.head_time) else {
            return;
        };
        let mut tls = Tls {
            stream,
            read_time: Cell::new(limits.head_time),
            write_time: Cell::new(limits.write_time),
        };
        if http::serve(&mut tls, &site).is_ok() {
            // So that the client knows that nobody has cut anything off.
            let _ = (&mut tls).finish();
        }
    })
}

fn main() -> ExitCode {
    support::main("https_server", USAGE, run)
}
