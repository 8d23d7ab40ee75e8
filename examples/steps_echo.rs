//! Connections that hold no stack while they have nothing to say, and go to whoever has time when they have.
//!
//! ```text
//! cargo run --release --example steps_echo -- [CONNECTIONS] [REQUESTS]
//! ```
//!
//! Each connection is a task that runs in steps: a step answers what has come, and then the task waits for more, as
//! nothing but its state. Before each step it may change the worker, so a few connections that are busy all the time do
//! not stay together for having been accepted together. The clients are threads; every answer is looked at.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "it is there to print")]

use std::collections::HashSet;
use std::error::Error;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::ExitCode;
use std::thread::{self, ThreadId};
use teem::net::{TcpListener, TcpStream};
use teem::task::{Step, spawn_steps};

/// A connection between two requests: all that there is of it then.
struct Connection {
    stream: TcpStream,
    answered: usize,
    workers: HashSet<ThreadId>,
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

/// More clients than threads can be expected to be.
const MOST_CONNECTIONS: usize = 10_000;

type Failure = Box<dyn Error + Send + Sync>;

/// How many requests it answered, and how many workers did.
type Served = io::Result<(usize, usize)>;

/// Answers one request and waits for the next.
fn answer(mut connection: Connection) -> Step<Connection, Served> {
    // On the stack of the step: a connection that waits has no buffer.
    let mut buffer = [0; 4096];
    let answered = match connection.stream.read(&mut buffer) {
        Ok(0) => return Step::Done(Ok((connection.answered, connection.workers.len()))),
        Ok(n) => connection.stream.write_all(&buffer[..n]),
        Err(error) => Err(error),
    };
    if let Err(error) = answered {
        return Step::Done(Err(error));
    }
    connection.answered += 1;
    connection.workers.insert(thread::current().id());
    Step::when_readable(connection)
}

fn client(mut stream: std::net::TcpStream, requests: usize) -> io::Result<()> {
    for n in 0..requests {
        let request = (n as u64).to_be_bytes();
        let mut answer = [0; 8];
        stream.write_all(&request)?;
        stream.read_exact(&mut answer)?;
        assert_eq!(answer, request);
    }
    Ok(())
}

/// Connects the clients and answers them; what each connection came to.
fn serve(connections: usize, requests: usize) -> Result<Vec<(usize, usize)>, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let (mut clients, mut tasks) = (Vec::new(), Vec::new());
    for number in 1..=connections {
        let of_number = |error| format!("connection {number} of {connections}: {error}");
        // Blocks for no time worth mentioning: the listener has room for one.
        let client_side = std::net::TcpStream::connect(address).map_err(of_number)?;
        let (stream, _) = listener.accept().map_err(of_number)?;
        let connection = Connection {
            stream,
            answered: 0,
            workers: HashSet::new(),
        };
        tasks.push(spawn_steps(connection, answer));
        let thread = thread::Builder::new().spawn(move || client(client_side, requests));
        clients.push(thread.map_err(of_number)?);
    }
    let join = |task: teem::JoinHandle<Served>| task.join().expect("no step panics");
    let served = tasks
        .into_iter()
        .map(join)
        .collect::<io::Result<Vec<_>>>()?;
    for client in clients {
        client.join().expect("every answer was right")?;
    }
    Ok(served)
}

/// How many connections and requests the command line asks for.
fn arguments() -> Result<(usize, usize), Failure> {
    let words = std::env::args_os().skip(1).map(|word| {
        let number = word.to_str().and_then(|word| word.parse().ok());
        let what = "takes two numbers, of connections and of requests";
        number.ok_or_else(|| format!("{what}, not {word:?}"))
    });
    let numbers = words.collect::<Result<Vec<usize>, _>>()?;
    let (connections, requests) = match numbers[..] {
        [] => (20, 500),
        [connections] => (connections, 500),
        [connections, requests] => (connections, requests),
        _ => return Err("takes two numbers, no more".into()),
    };
    if connections > MOST_CONNECTIONS {
        return Err(
            format!("at most {MOST_CONNECTIONS} connections: each client is a thread").into(),
        );
    }
    Ok((connections, requests))
}

fn main() -> ExitCode {
    let counted = arguments().and_then(|(connections, requests)| {
        let served = teem::run(|| serve(connections, requests))?;
        let answered: usize = served.iter().map(|(answered, _)| answered).sum();
        let moved = served.iter().filter(|(_, workers)| *workers > 1).count();
        println!("{connections} connections, {answered} requests answered");
        eprintln!("{moved} connections were answered by more than one worker");
        Ok(())
    });
    match counted {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "steps_echo: {error}");
            ExitCode::from(2)
        }
    }
}
