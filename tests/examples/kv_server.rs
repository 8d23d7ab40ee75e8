//! The key-value server: with requests in pieces, with clients that do not read, with nonsense.

use super::{Watchdog, assert_refused, run};
use crate::programs::Server;
use crate::random::Random;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;

fn server(workers: &str) -> Server {
    Server::start("kv_server", &["--workers", workers])
}

/// A client that sends words, and reads replies line by line.
struct Client {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Client {
    fn new(server: &Server) -> Self {
        let stream = server.connect();
        let reader = BufReader::new(stream.try_clone().expect("the same socket"));
        Self { stream, reader }
    }

    fn send(&mut self, request: &str) {
        let request = format!("{request}\r\n");
        self.stream.write_all(request.as_bytes()).expect("a write");
    }

    #[track_caller]
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.reader.read_line(&mut line).expect("a line");
        let line = line.strip_suffix("\r\n");
        line.expect("a line of a reply").to_owned()
    }

    /// The reply to a request that is answered with one line.
    #[track_caller]
    fn ask(&mut self, request: &str) -> String {
        self.send(request);
        self.line()
    }

    #[track_caller]
    fn expect(&mut self, lines: &[&str]) {
        for line in lines {
            assert_eq!(self.line(), *line);
        }
    }
}

#[test]
fn what_it_cannot_do_it_refuses_in_one_line() {
    let _watchdog = Watchdog::start();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("bound").to_string();
    let bad: [(&[&str], &str); 4] = [
        (&["--addr"], "--addr needs a value"),
        (&["--workers", "none"], "--workers takes a number from 1 on"),
        (&["--addr", "nowhere"], "cannot listen on nowhere: "),
        (&["--dir", &taken], "there is no --dir"),
    ];
    for (arguments, part) in bad {
        assert_refused(&run("kv_server", arguments), &["kv_server: ", part]);
    }
    let help = run("kv_server", &["--help"]);
    assert!(help.status.success() && help.stdout.starts_with(b"usage: kv_server"));
}

#[test]
fn thousands_of_requests_in_pieces_are_answered_in_order() {
    let _watchdog = Watchdog::start();
    let mut random = Random::new();
    for workers in ["1", "2"] {
        let server = server(workers);
        let stream = server.connect();
        let count = 5_000;
        let text: String = (0..count).map(|n| format!("ECHO {n}\r\n")).collect();
        thread::scope(|s| {
            s.spawn(|| {
                let mut left = text.as_bytes();
                while !left.is_empty() {
                    let length = (1 + random.below(3_000) as usize).min(left.len());
                    (&stream).write_all(&left[..length]).expect("a write");
                    left = &left[length..];
                }
                stream.shutdown(Shutdown::Write).expect("half closed");
            });
            let mut replies = String::new();
            (&stream).read_to_string(&mut replies).expect("all replies");
            let digits = |n: u32| n.to_string().len();
            let expected: String = (0..count)
                .map(|n| format!("${}\r\n{n}\r\n", digits(n)))
                .collect();
            assert!(replies == expected, "{} bytes", replies.len());
        });
        server.end_well();
    }
}

#[test]
fn counting_from_many_connections_counts_all() {
    let _watchdog = Watchdog::start();
    let server = server("2");
    thread::scope(|s| {
        for _ in 0..8 {
            s.spawn(|| {
                let mut client = Client::new(&server);
                (0..500).for_each(|_| client.send("INCR n"));
                (0..500).for_each(|_| drop(client.line()));
            });
        }
    });
    assert_eq!(Client::new(&server).ask("INCR n"), ":4001");
    server.end_well();
}

#[test]
fn keys_go_when_their_time_is_over_asked_for_or_not() {
    let _watchdog = Watchdog::start();
    let server = server("1");
    let mut client = Client::new(&server);
    assert_eq!(client.ask("SET long v EX 1000"), "+OK");
    for n in 0..300 {
        assert_eq!(client.ask(&format!("SET short{n} v PX 5")), "+OK");
    }
    // Nobody asks for them; their task removes them.
    while client.ask("DBSIZE") != ":1" {}
    let left = client.ask("TTL long");
    let left = left.strip_prefix(':').and_then(|left| left.parse().ok());
    assert!(matches!(left, Some(800..=1000)), "{left:?}");
    // Whoever asks does not see one that is over.
    client.send("SET now v\r\nPEXPIRE now 0\r\nGET now\r\nEXISTS now");
    client.expect(&["+OK", ":1", "$-1", ":0"]);
    // A value that is set anew has no deadline any more, and so it stays.
    client.send("SET long w\r\nTTL long\r\nGET long");
    client.expect(&["+OK", ":-1", "$1", "w"]);
    drop(client);
    server.end_well();
}

#[test]
fn conditions_and_numbers_are_those_of_redis() {
    let _watchdog = Watchdog::start();
    let server = server("1");
    let mut client = Client::new(&server);
    for (request, reply) in [
        ("SET a 1 XX", "$-1"),
        ("SET a 1 NX", "+OK"),
        ("SET a 2 NX", "$-1"),
        ("SET a 9223372036854775807 XX", "+OK"),
        ("INCR a", "-ERR increment or decrement would overflow"),
        ("DECR a", ":9223372036854775806"),
        ("SET a x", "+OK"),
        ("INCR a", "-ERR value is not an integer or out of range"),
        ("SET a 1 NX XX", "-ERR syntax error"),
        ("SET a 1 EX", "-ERR syntax error"),
        ("SET a 1 EX 0", "-ERR invalid expire time in 'set' command"),
        (
            "SET a 1 EX x",
            "-ERR value is not an integer or out of range",
        ),
        ("SET a 01", "+OK"),
        ("INCR a", "-ERR value is not an integer or out of range"),
        ("SET a -0", "+OK"),
        ("INCR a", "-ERR value is not an integer or out of range"),
        ("SET a -1", "+OK"),
        ("INCR a", ":0"),
        ("DEL a a b", ":1"),
        ("TTL a", ":-2"),
        ("get", "-ERR wrong number of arguments for 'get' command"),
    ] {
        assert_eq!(client.ask(request), reply, "{request}");
    }
    drop(client);
    server.end_well();
}

#[test]
fn options_of_deadlines_are_those_of_redis() {
    let _watchdog = Watchdog::start();
    let server = server("1");
    let mut client = Client::new(&server);
    let incompatible = "-ERR NX and XX, GT or LT options at the same time are not compatible";
    for (request, reply) in [
        ("SET a 1 GET", "$-1"),
        ("SET a 2 NX GET EX 100\r\nGET a", "$1|1|$1|1"),
        ("EXPIRE a 100 XX", ":0"),
        ("EXPIRE a 100 GT", ":0"),
        ("EXPIRE a 100 NX", ":1"),
        ("EXPIRE a 100 NX", ":0"),
        ("EXPIRE a 50 GT", ":0"),
        ("EXPIRE a 200 GT", ":1"),
        ("EXPIRE a 300 LT", ":0"),
        ("EXPIRE a 150 lt xx", ":1"),
        ("EXPIRE a 150 NX XX", incompatible),
        (
            "EXPIRE a 150 GT LT",
            "-ERR GT and LT options at the same time are not compatible",
        ),
        ("EXPIRE a 150 SOON", "-ERR Unsupported option SOON"),
        (
            "PEXPIRE a 9223372036854775807\r\nEXPIRE a 9223372036854775807",
            "-ERR invalid expire time in 'pexpire' command|-ERR invalid expire time in 'expire' command",
        ),
        ("SET a 2 KEEPTTL\r\nPERSIST a\r\nPERSIST a", "+OK|:1|:0"),
        ("SET a 2 EX 100\r\nSET a 3\r\nTTL a", "+OK|+OK|:-1"),
        ("SET a 2 KEEPTTL EX 100", "-ERR syntax error"),
        ("SET a 2 EXAT 1\r\nGET a", "+OK|$-1"),
        ("SET a 2 PXAT 99999999999999\r\nPERSIST a", "+OK|:1"),
        ("EXPIRE a -1\r\nGET a", ":1|$-1"),
        ("EXPIRE a 1", ":0"),
    ] {
        client.send(request);
        for line in reply.split('|') {
            assert_eq!(client.line(), line, "{request}");
        }
    }
    drop(client);
    server.end_well();
}

#[test]
fn subscribers_hear_all_in_order_until_they_have_unsubscribed() {
    let _watchdog = Watchdog::start();
    let server = server("2");
    let (mut listener, mut speaker) = (Client::new(&server), Client::new(&server));
    listener.send("PING\r\nSUBSCRIBE a b");
    listener.expect(&["+PONG"]);
    listener.expect(&["*3", "$9", "subscribe", "$1", "a", ":1"]);
    listener.expect(&["*3", "$9", "subscribe", "$1", "b", ":2"]);
    for n in 0..1000 {
        assert_eq!(speaker.ask(&format!("PUBLISH a {n:03}")), ":1");
    }
    for n in 0..1000 {
        let text = format!("{n:03}");
        let length = format!("${}", text.len());
        listener.expect(&["*3", "$7", "message", "$1", "a", &length, &text]);
    }
    assert!(
        listener
            .ask("GET a")
            .starts_with("-ERR Can't execute 'get'")
    );
    listener.send("PING\r\nUNSUBSCRIBE a");
    listener.expect(&["*2", "$4", "pong", "$0", ""]);
    listener.expect(&["*3", "$11", "unsubscribe", "$1", "a", ":1"]);
    assert_eq!(speaker.ask("PUBLISH a nobody"), ":0");
    assert_eq!(speaker.ask("PUBLISH b last"), ":1");
    listener.expect(&["*3", "$7", "message", "$1", "b", "$4", "last"]);
    listener.send("UNSUBSCRIBE\r\nSET now anything");
    listener.expect(&["*3", "$11", "unsubscribe", "$1", "b", ":0", "+OK"]);
    drop((listener, speaker));
    server.end_well();
}

#[test]
fn subscriptions_of_a_client_are_bounded() {
    let _watchdog = Watchdog::start();
    let server = server("1");
    let mut client = Client::new(&server);
    let topics: String = (0..1024).map(|n| format!(" {n}")).collect();
    client.send(&format!("SUBSCRIBE{topics} more\r\nSUBSCRIBE 7\r\nPING"));
    for n in 0..1024 {
        let (topic, count) = (n.to_string(), format!(":{}", n + 1));
        let length = format!("${}", topic.len());
        client.expect(&["*3", "$9", "subscribe", &length, &topic, &count]);
    }
    client.expect(&["-ERR too many subscriptions"]);
    client.expect(&["*3", "$9", "subscribe", "$1", "7", ":1024"]);
    client.expect(&["*2", "$4", "pong", "$0", ""]);
    drop(client);
    server.end_well();
}

#[test]
fn a_subscriber_that_does_not_read_stops_no_publisher_and_is_disconnected() {
    let _watchdog = Watchdog::start();
    let server = server("1");
    let (mut slow, mut good) = (Client::new(&server), Client::new(&server));
    for client in [&mut slow, &mut good] {
        client.send("SUBSCRIBE t");
        client.expect(&["*3", "$9", "subscribe", "$1", "t", ":1"]);
    }
    let mut speaker = Client::new(&server);
    let text = "x".repeat(50_000);
    let (mut published, request) = (0, format!("PUBLISH t {text}"));
    loop {
        published += 1;
        assert!(published < 100_000, "the slow one is never disconnected");
        let reached = speaker.ask(&request);
        good.expect(&["*3", "$7", "message", "$1", "t", "$50000", &text]);
        if reached == ":1" {
            break;
        }
        assert_eq!(reached, ":2");
    }
    // It finds what was on its way, and then the end.
    let mut rest = Vec::new();
    let _ = slow.reader.read_to_end(&mut rest);
    assert!(rest.len() < published * 51_000, "{}", rest.len());
    assert_eq!(speaker.ask(&request), ":1");
    drop((slow, good, speaker));
    server.end_well();
}

#[test]
fn subscribers_that_reset_are_forgotten() {
    let _watchdog = Watchdog::start();
    let server = server("2");
    let mut speaker = Client::new(&server);
    let text = "x".repeat(10_000);
    for _ in 0..10 {
        let mut gone: Vec<_> = (0..5).map(|_| Client::new(&server)).collect();
        for client in &mut gone {
            client.send("SUBSCRIBE t");
            client.expect(&["*3", "$9", "subscribe", "$1", "t", ":1"]);
        }
        assert_eq!(speaker.ask(&format!("PUBLISH t {text}")), ":5");
        // What they have not read makes their ends resets.
        for client in &mut gone {
            assert!(client.stream.peek(&mut [0]).expect("a message") > 0);
        }
        drop(gone);
        while speaker.ask(&format!("PUBLISH t {text}")) != ":0" {}
    }
    drop(speaker);
    server.end_well();
}

#[test]
fn nonsense_is_answered_or_cut_off_and_harms_nobody() {
    let _watchdog = Watchdog::start();
    let server = server("1");
    let mut random = Random::new();
    let mut bystander = Client::new(&server);
    for round in 0..300 {
        let stream = server.connect();
        let length = 1 + random.below(400) as usize;
        let mut bytes: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
        match round % 3 {
            0 => bytes
                .splice(0..0, *b"*3\r\n$3\r\nSET\r\n$1\r\n")
                .for_each(drop),
            1 => bytes
                .splice(0..0, *b"*2\r\n$9\r\nSUBSCRIBE\r\n")
                .for_each(drop),
            _ => {}
        }
        // It may have been cut off before all was written, or read.
        let _ = (&stream).write_all(&bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let _ = (&stream).read_to_end(&mut Vec::new());
        assert_eq!(bystander.ask("PING"), "+PONG");
    }
    // What was wrong is said before the end.
    let mut wrong = Client::new(&server);
    wrong.send("*1\r\n!4");
    assert_eq!(wrong.line(), "-ERR Protocol error: expected '$', got '!'");
    assert_eq!(wrong.reader.read(&mut [0]).expect("an end"), 0);
    // None of those connections is left.
    loop {
        bystander.send("INFO");
        let mut clients = String::new();
        while !bystander.line().starts_with("# Server") {}
        loop {
            match bystander.line() {
                line if line.is_empty() => break,
                line if line.starts_with("connected_clients:") => clients = line,
                _ => {}
            }
        }
        if clients == "connected_clients:1" {
            break;
        }
    }
    drop((bystander, wrong));
    server.end_well();
}
