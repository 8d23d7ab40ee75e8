//! A server that sends back whatever it receives, on as many connections as there are.
//!
//! ```text
//! cargo run --release --example echo_server -- [--addr 127.0.0.1:7000] [--workers N]
//! ```
//!
//! It is written as if each connection had a thread. Ctrl-C or SIGTERM ends it in good order: no
//! more connections are accepted, and those that are open get a few seconds to end by themselves.

#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{self, Read, Write, stdout};
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;
use teem::context::cause_of;
use teem::net::{TcpListener, TcpStream};
use teem::runtime;
use teem::time::sleep;

/// How long open connections get at the end.
const DRAIN: Duration = Duration::from_secs(3);
/// How long to wait after a failed `accept`: until somebody has closed a file, say.
const PAUSE: Duration = Duration::from_millis(50);

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

/// Accepts connections until it is cancelled.
fn accept(listener: &TcpListener) {
    let mut failing = false;
    loop {
        match listener.accept() {
            // A connection that ends with an error is its client's affair.
            Ok((stream, _)) => {
                failing = false;
                teem::go!(echo(stream));
            }
            Err(error) if cause_of(&error).is_some() => return,
            Err(error) => {
                // It may last: there are too many open files, for example. Said once.
                if !failing {
                    eprintln!("echo_server: cannot accept a connection: {error}");
                }
                failing = true;
                sleep(PAUSE);
            }
        }
    }
}

fn serve(address: &str, workers: Option<NonZeroUsize>) -> Result<(), Box<dyn Error>> {
    let mut builder = runtime::Builder::new();
    if let Some(workers) = workers {
        builder = builder.workers(workers.get());
    }
    let runtime = builder.build()?;
    let listener = TcpListener::bind(address)
        .map_err(|error| format!("cannot listen on {address}: {error}"))?;

    let (stop, stopped) = mpsc::channel();
    ctrlc::set_handler(move || {
        // Nobody listens any more once the server is about to end.
        let _ = stop.send(());
    })?;

    let bound = listener.local_addr()?;
    let (ip, port) = (bound.ip(), bound.port());
    let mut out = stdout();
    writeln!(
        out,
        "listening on {bound}; try: printf 'hi\\n' | nc -q1 {ip} {port}"
    )?;

    let acceptor = runtime.spawn(move || accept(&listener));
    stopped.recv()?;
    acceptor.cancel();
    if acceptor.join().is_err() {
        return Err("the acceptor panicked".into());
    }
    // Waits for open connections, and cancels those that are left.
    runtime.shutdown(DRAIN)?;
    Ok(())
}

/// The address and the number of workers that the command line asks for.
fn arguments() -> Result<(String, Option<NonZeroUsize>), String> {
    let (mut address, mut workers) = ("127.0.0.1:7000".to_owned(), None);
    let mut words = std::env::args().skip(1);
    while let Some(flag) = words.next() {
        let mut value = || words.next().ok_or(format!("{flag} needs a value"));
        match flag.as_str() {
            "--addr" => address = value()?,
            "--workers" => {
                let value = value()?;
                let number = value.parse();
                workers =
                    Some(number.map_err(|_| {
                        format!("--workers takes a number from 1 on, not '{value}'")
                    })?);
            }
            _ => {
                return Err(format!(
                    "there is no {flag}, only --addr IP:PORT and --workers N"
                ));
            }
        }
    }
    Ok((address, workers))
}

fn main() -> ExitCode {
    let served = arguments().map_err(Box::from);
    match served.and_then(|(address, workers)| serve(&address, workers)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("echo_server: {error}");
            ExitCode::from(2)
        }
    }
}
