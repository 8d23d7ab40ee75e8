//! Servers: echo, and HTTP by hyper.

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::Ipv4Addr;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue, SERVER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::arguments::Plan;
use crate::program::Row;
use crate::report::Failure;
use crate::runtime::runtime;

pub(crate) const ROWS: &[Row] = &[
    ("tokio", "serve_echo", echo),
    ("tokio+hyper", "serve_http", http),
];

/// Listens, and says where.
async fn listen() -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}", listener.local_addr()?)?;
    out.flush()?;
    Ok(listener)
}

fn echo(plan: &Plan) -> Result<(), Failure> {
    runtime(plan)?.block_on(async {
        let listener = listen().await?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(echo_one(stream, plan.buffer));
        }
    })
}

/// A connection that fails is closed.
async fn echo_one(mut stream: TcpStream, size: usize) -> io::Result<()> {
    let mut buffer = vec![0; size];
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..count]).await?;
    }
}

fn http(plan: &Plan) -> Result<(), Failure> {
    runtime(plan)?.block_on(async {
        let listener = listen().await?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let connection = http1::Builder::new()
                .pipeline_flush(true)
                .serve_connection(TokioIo::new(stream), service_fn(hello));
            // A connection that fails is closed.
            tokio::spawn(connection);
        }
    })
}

/// With the headers of teem's server, whose bytes cost the load something.
async fn hello(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"Hello, World!")));
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    let headers = response.headers_mut();
    headers.insert(SERVER, HeaderValue::from_static("hyper"));
    headers.insert(CONTENT_TYPE, text);
    Ok(response)
}
