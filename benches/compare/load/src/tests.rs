use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use crate::http::Http;
use crate::load::{Dialogue, Echo, Load, Pace};
use crate::server::connect;

/// An echo server for one connection, which does something before each answer.
fn serve(mut before: impl FnMut(&mut [u8]) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let address = listener.local_addr().expect("it has an address");
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the load connects");
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            before(&mut buffer[..count]);
            if stream.write_all(&buffer[..count]).is_err() {
                return;
            }
        }
    });
    address
}

fn load(address: SocketAddr, rate: Option<f64>) -> Load<Echo> {
    let pace = Pace { spins: true, rate };
    let connect = |number| connect(address, number);
    Load::connect(connect, 1, Echo::new(64), 64, pace).expect("it connects")
}

/// A server that stands still once, for 300 ms, after its tenth answer.
fn stalling() -> SocketAddr {
    let mut answers = 0;
    serve(move |_| {
        answers += 1;
        if answers == 10 {
            thread::sleep(Duration::from_millis(300));
        }
    })
}

#[test]
fn a_stall_is_charged_to_all_that_would_have_come_meanwhile() {
    let mut load = load(stalling(), Some(1_000.0));
    load.run_for(Duration::from_millis(500))
        .expect("all answers are right");
    // Of 500 requests some 300 were due while the server stood still.
    assert!(
        load.latency_at(50.0) > 20_000.0,
        "{} us",
        load.latency_at(50.0)
    );
}

#[test]
fn an_open_loop_sends_as_many_as_were_due() {
    let mut load = load(serve(|_| {}), Some(1_000.0));
    load.run_for(Duration::from_millis(500))
        .expect("all answers are right");
    let completed = load.completed();
    assert!((1..=600).contains(&completed), "{completed} of 500");
}

#[test]
fn a_wrong_byte_is_noticed() {
    let mut answers = 0;
    let address = serve(move |bytes| {
        answers += 1;
        bytes[bytes.len() - 1] ^= u8::from(answers == 10);
    });
    let failure = load(address, None).run_for(Duration::from_secs(10));
    let failure = failure.expect_err("the tenth answer is wrong").to_string();
    assert!(failure.contains("request 9, bytes 0..64"), "{failure}");
}

fn answer(parts: &[&str]) -> Result<bool, String> {
    let (mut http, mut before, mut whole) = (Http::default(), 0, false);
    for part in parts {
        whole = http
            .answer(0, 1, before, part.as_bytes())
            .map_err(|failure| failure.to_string())?;
        before += part.len();
    }
    Ok(whole)
}

#[test]
fn an_http_answer_may_come_in_parts() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n";
    assert_eq!(answer(&[head]), Ok(false));
    assert_eq!(answer(&[head, "Hello,", " World!"]), Ok(true));
    assert_eq!(
        answer(&["HTTP/1.1 200", &head[12..], "Hello, World!"]),
        Ok(true)
    );
}

#[test]
fn a_wrong_http_answer_is_noticed() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n";
    assert!(answer(&[head, "Hello, world!"]).is_err());
    assert!(answer(&[head, "Hello, World!!"]).is_err());
    assert!(answer(&["HTTP/1.1 500 No\r\nContent-Length: 13\r\n\r\n"]).is_err());
    assert!(answer(&["HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n"]).is_err());
    assert!(answer(&["SSH-2.0\r\n\r\n"]).is_err());
}
