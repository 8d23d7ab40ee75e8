//! A chat: lines over TCP, a task a client and one for the room, channels between them.
//!
//! ```text
//! cargo run --release --example chat -- [--addr 127.0.0.1:7001] [--workers N]
//! ```
//!
//! ```text
//!   client's reader --events--> room --outbox--> client's writer
//! ```
//!
//! The room alone knows who is there, so nothing is locked. It never waits for a client: one whose
//! outbox is full because it does not read is thrown out.

#![forbid(unsafe_code)]

#[path = "support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use support::{Failure, ServerOptions, Words, say};
use teem::chan::{Receiver, Sender, bounded};
use teem::net::TcpStream;

const USAGE: &str = "\
usage: chat [--addr IP:PORT] [--workers N]

A chat room: the first line of a client is its name, every other one is told to all. /names tells who is
there, /quit leaves. A client that does not read is thrown out when 256 lines wait for it.

  --addr IP:PORT  where to listen (127.0.0.1:7001; port 0: any free one)
  --workers N     worker threads (one for each core)";

/// The longest line, its end included.
const LONGEST_LINE: u64 = 1024;
/// The longest name.
const LONGEST_NAME: usize = 20;
/// How many lines may wait for a client.
const OUTBOX: usize = 256;
/// How long a client may take for the lines that it is sent.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

type Line = Arc<str>;

/// What readers tell the room.
enum Event {
    /// Answered with the number of the new client, or with nothing if the name is taken.
    Join {
        name: String,
        outbox: Sender<Line>,
        answer: Sender<Option<u64>>,
    },
    Say(u64, String),
    Names(u64),
    Leave(u64),
}

struct Client {
    name: String,
    outbox: Sender<Line>,
}

#[derive(Default)]
struct Room {
    clients: BTreeMap<u64, Client>,
    joined: u64,
}

impl Room {
    /// Handles events until the server ends. With the room the outboxes go, and so the clients.
    fn run(mut self, events: &Receiver<Event>) {
        while let Ok(event) = events.recv() {
            match event {
                Event::Join {
                    name,
                    outbox,
                    answer,
                } => {
                    let number = self.join(name, outbox);
                    // The client may have gone meanwhile; then it leaves at once.
                    let _ = answer.try_send(number);
                }
                Event::Say(number, text) => {
                    if let Some(client) = self.clients.get(&number) {
                        self.tell(format!("{}: {text}", client.name));
                    }
                }
                Event::Names(number) => {
                    let names: Vec<_> = self.clients.values().map(|c| &*c.name).collect();
                    let line = format!("* here: {}", names.join(", "));
                    if let Some(client) = self.clients.get(&number) {
                        let _ = client.outbox.try_send(line.into());
                    }
                }
                Event::Leave(number) => {
                    if let Some(client) = self.clients.remove(&number) {
                        self.tell(format!("* {} has left", client.name));
                    }
                }
            }
        }
        self.tell("* the server ends".to_owned());
    }

    fn join(&mut self, name: String, outbox: Sender<Line>) -> Option<u64> {
        if self.clients.values().any(|client| client.name == name) {
            return None;
        }
        self.joined += 1;
        let news = format!("* {name} has joined");
        self.clients.insert(self.joined, Client { name, outbox });
        self.tell(news);
        Some(self.joined)
    }

    /// Tells all, and throws out those for whom too much waits; which is told, too.
    fn tell(&mut self, line: String) {
        let mut lines = vec![line];
        while let Some(line) = lines.pop() {
            let line = Line::from(line);
            let slow = |client: &Client| client.outbox.try_send(Arc::clone(&line)).is_err();
            for (_, client) in self.clients.extract_if(.., |_, client| slow(client)) {
                lines.push(format!("* {} was too slow", client.name));
            }
        }
    }
}

/// Writes what the room has for a client, all that waits at once; ends the connection when nothing
/// more can come.
fn write(mut stream: &TcpStream, lines: &Receiver<Line>) {
    while let Ok(first) = lines.recv() {
        let mut text = String::new();
        for line in std::iter::once(first).chain(lines.try_iter()) {
            text.push_str(&line);
            text.push('\n');
        }
        if stream.write_all(text.as_bytes()).is_err() {
            break;
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}

/// The next line without its end; `None` at the end of the stream.
fn read(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let count = reader.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    if count as u64 == LONGEST_LINE && line.last() != Some(&b'\n') {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a long line"));
    }
    let line = String::from_utf8_lossy(&line);
    // Nobody is to draw on the others' terminals.
    let text = line.trim().replace(char::is_control, " ");
    Ok((count > 0).then_some(text))
}

fn is_name(text: &str) -> bool {
    let all = text.chars().all(|c| c.is_alphanumeric() || c == '_');
    all && (1..=LONGEST_NAME).contains(&text.chars().count())
}

/// Asks until the client has a name of its own; `None` if it goes instead.
fn enter(
    mut stream: &TcpStream,
    reader: &mut BufReader<&TcpStream>,
    events: &Sender<Event>,
) -> io::Result<Option<(u64, Receiver<Line>)>> {
    stream.write_all(b"your name?\n")?;
    while let Some(name) = read(reader)? {
        if !is_name(&name) {
            stream.write_all(b"a name has 1 to 20 letters, digits or _; your name?\n")?;
            continue;
        }
        let (outbox, lines) = bounded(OUTBOX);
        let (answer, answered) = bounded(1);
        let joined = events.send(Event::Join {
            name,
            outbox,
            answer,
        });
        let Some(number) = joined.ok().and_then(|()| answered.recv().ok()) else {
            return Ok(None); // The server ends.
        };
        if let Some(number) = number {
            return Ok(Some((number, lines)));
        }
        stream.write_all(b"that name is taken; your name?\n")?;
    }
    Ok(None)
}

fn serve(stream: TcpStream, events: &Sender<Event>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
    let mut reader = BufReader::new(&stream);
    let Some((number, lines)) = enter(&stream, &mut reader, events)? else {
        return Ok(());
    };
    teem::scope(|s| {
        s.spawn(|| write(&stream, &lines));
        while let Ok(Some(line)) = read(&mut reader) {
            let event = match line.as_str() {
                "" => continue,
                "/quit" => break,
                "/names" => Event::Names(number),
                _ => Event::Say(number, line),
            };
            if events.send(event).is_err() {
                break;
            }
        }
        // The room drops the outbox then, which ends the writer.
        let _ = events.send(Event::Leave(number));
    });
    Ok(())
}

fn run(words: &mut Words) -> Result<(), Failure> {
    let mut options = ServerOptions::new("127.0.0.1:7001");
    while let Some(flag) = words.flag() {
        options.set(&flag, words)?;
    }
    let mut server = options.bind()?;
    let (events, received) = bounded(1024);
    server.background(move || Room::default().run(&received));
    let bound = server.address();
    let (ip, port) = (bound.ip(), bound.port());
    say(format_args!("listening on {bound}; try: nc {ip} {port}"));
    // A connection that ends with an error is its client's affair.
    server.serve(move |stream| serve(stream, &events))
}

fn main() -> ExitCode {
    support::main("chat", USAGE, run)
}
