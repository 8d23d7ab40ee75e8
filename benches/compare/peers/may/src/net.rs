//! Servers: echo, and HTTP by may_minihttp.

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use may::go;
use may::net::{TcpListener, TcpStream};
use may_minihttp::{HttpServer, HttpService, Request, Response};

use crate::arguments::Plan;
use crate::join::panicked;
use crate::program::Row;
use crate::report::Failure;

pub(crate) const ROWS: &[Row] = &[
    ("may", "serve_echo", echo),
    ("may+minihttp", "serve_http", http),
];

/// Says where a server listens.
fn announce(address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{address}")?;
    out.flush()
}

fn echo(plan: &Plan) -> Result<(), Failure> {
    may::config().set_workers(plan.workers);
    let size = plan.buffer;
    let server = go!(move || {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        announce(listener.local_addr()?)?;
        loop {
            let (stream, _) = listener.accept()?;
            stream.set_nodelay(true)?;
            go!(move || echo_one(stream, size));
        }
    });
    let ended: io::Result<()> = server.join().map_err(panicked)?;
    Ok(ended?)
}

/// A connection that fails is closed.
fn echo_one(mut stream: TcpStream, size: usize) -> io::Result<()> {
    let mut buffer = vec![0; size];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..count])?;
    }
}

#[derive(Clone, Debug)]
struct Hello;

impl HttpService for Hello {
    fn call(&mut self, _: Request, response: &mut Response) -> io::Result<()> {
        // As teem's server says it. It names itself and the date without being told.
        response.header("Content-Type: text/plain; charset=utf-8");
        response.body("Hello, World!");
        Ok(())
    }
}

fn http(plan: &Plan) -> Result<(), Failure> {
    may::config().set_workers(plan.workers);
    // It does not say which port it got, so somebody else gets one first.
    let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let server = HttpServer(Hello).start(address)?;
    announce(address)?;
    server.join().map_err(panicked)
}
