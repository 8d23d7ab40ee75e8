//! The chat: who hears what, and what becomes of those who do not listen.

use super::{Watchdog, assert_refused, run};
use crate::programs::Server;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

fn server() -> Server {
    Server::start("chat", &["--workers", "2"])
}

struct Client {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Client {
    /// Somebody who has entered, and knows it.
    #[track_caller]
    fn enter(server: &Server, name: &str) -> Self {
        let mut client = Self::new(server);
        client.say(name);
        assert_eq!(client.line(), format!("* {name} has joined"));
        client
    }

    #[track_caller]
    fn new(server: &Server) -> Self {
        let stream = server.connect();
        let reader = BufReader::new(stream.try_clone().expect("the same socket"));
        let mut client = Self { stream, reader };
        assert_eq!(client.line(), "your name?");
        client
    }

    fn say(&mut self, text: &str) {
        // In one piece, so that nothing waits for the rest of a line.
        let line = format!("{text}\n");
        self.stream.write_all(line.as_bytes()).expect("a write");
    }

    #[track_caller]
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.reader.read_line(&mut line).expect("a line");
        line.strip_suffix('\n').expect("a whole one").to_owned()
    }
}

#[test]
fn what_it_cannot_do_it_refuses_in_one_line() {
    let _watchdog = Watchdog::start();
    for (arguments, part) in [
        (&["--addr", "nowhere"][..], "cannot listen on nowhere: "),
        (&["--room", "red"], "there is no --room"),
    ] {
        assert_refused(&run("chat", arguments), &["chat: ", part]);
    }
}

#[test]
fn all_hear_what_one_says_and_who_comes_and_goes() {
    let _watchdog = Watchdog::start();
    let server = server();
    let mut ann = Client::enter(&server, "ann");
    let mut bob = Client::new(&server);
    for (name, answer) in [
        ("ann", "that name is taken; your name?"),
        ("a b", "a name has 1 to 20 letters, digits or _; your name?"),
        ("", "a name has 1 to 20 letters, digits or _; your name?"),
    ] {
        bob.say(name);
        assert_eq!(bob.line(), answer);
    }
    bob.say("bob");
    for client in [&mut ann, &mut bob] {
        assert_eq!(client.line(), "* bob has joined");
    }
    ann.say("hello \x1b[2J");
    for client in [&mut ann, &mut bob] {
        assert_eq!(client.line(), "ann: hello  [2J");
    }
    bob.say("/names");
    assert_eq!(bob.line(), "* here: ann, bob");
    bob.say("/quit");
    assert_eq!(bob.reader.read(&mut [0]).expect("an end"), 0);
    assert_eq!(ann.line(), "* bob has left");
    // The name is free again, and leaving without a word is leaving, too.
    drop(Client::enter(&server, "bob"));
    assert_eq!(ann.line(), "* bob has joined");
    assert_eq!(ann.line(), "* bob has left");
    drop(ann);
    server.end_well();
}

#[test]
fn the_end_of_the_server_is_told() {
    let _watchdog = Watchdog::start();
    let server = server();
    let mut ann = Client::enter(&server, "ann");
    server.signal("-TERM");
    assert_eq!(ann.line(), "* the server ends");
    assert_eq!(ann.reader.read(&mut [0]).expect("an end"), 0);
    let output = server.output();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn a_client_that_does_not_read_is_thrown_out_and_holds_nobody_up() {
    let _watchdog = Watchdog::start();
    let server = server();
    let mut ann = Client::enter(&server, "ann");
    let slow = Client::enter(&server, "slow");
    assert_eq!(ann.line(), "* slow has joined");
    let text = "x".repeat(900);
    for said in 0.. {
        assert!(said < 100_000, "the slow one is never thrown out");
        ann.say(&text);
        assert_eq!(ann.line(), format!("ann: {text}"));
        ann.say("/names");
        match &*ann.line() {
            "* slow was too slow" => break,
            line => assert_eq!(line, "* here: ann, slow"),
        }
    }
    assert_eq!(ann.line(), "* here: ann");
    drop((ann, slow));
    server.end_well();
}

#[test]
fn an_endless_line_ends_its_client_alone() {
    let _watchdog = Watchdog::start();
    let server = server();
    let mut ann = Client::enter(&server, "ann");
    let mut endless = Client::enter(&server, "endless");
    assert_eq!(ann.line(), "* endless has joined");
    // Not all of it may be taken.
    let _ = endless.stream.write_all(&[b'x'; 100_000]);
    assert_eq!(ann.line(), "* endless has left");
    drop((ann, endless));
    server.end_well();
}
