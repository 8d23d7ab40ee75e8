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
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::process::ExitCode;
use std::thread::ThreadId;
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
    connection.workers.insert(std::thread::current().id());
    Step::when_readable(connection)
}

fn client(address: SocketAddr, requests: usize) -> io::Result<()> {
    let mut stream = std::net::TcpStream::connect(address)?;
    for n in 0..requests {
        let request = (n as u64).to_be_bytes();
        let mut answer = [0; 8];
        stream.write_all(&request)?;
        stream.read_exact(&mut answer)?;
        assert_eq!(answer, request);
    }
    Ok(())
}

fn main() -> io::Result<ExitCode> {
    let words = std::env::args().skip(1).map(|word| word.parse());
    let Ok(numbers) = words.collect::<Result<Vec<usize>, _>>() else {
        eprintln!("steps_echo: takes two numbers, of connections and of requests");
        return Ok(ExitCode::from(2));
    };
    let number = |place, default| numbers.get(place).copied().unwrap_or(default);
    let (connections, requests) = (number(0, 20), number(1, 500));
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let clients: Vec<_> = (0..connections)
        .map(|_| std::thread::spawn(move || client(address, requests)))
        .collect();

    let served = teem::run(|| {
        let accept = |_| {
            let connection = Connection {
                stream: listener.accept()?.0,
                answered: 0,
                workers: HashSet::new(),
            };
            Ok(spawn_steps(connection, answer))
        };
        let tasks: io::Result<Vec<_>> = (0..connections).map(accept).collect();
        let join = |task: teem::JoinHandle<Served>| task.join().expect("no step panics");
        tasks?.into_iter().map(join).collect::<io::Result<Vec<_>>>()
    })?;
    for client in clients {
        client.join().expect("every answer was right")?;
    }
    let answered: usize = served.iter().map(|(answered, _)| answered).sum();
    let moved = served.iter().filter(|(_, workers)| *workers > 1).count();
    println!("{connections} connections, {answered} requests answered");
    eprintln!("{moved} connections were answered by more than one worker");
    Ok(ExitCode::SUCCESS)
}
