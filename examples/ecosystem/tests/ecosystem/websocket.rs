//! tungstenite over teem, with TLS and without.

use super::{on_one_worker, serve};
use ecosystem::tls::{self, Identity};
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;
use teem::net::TcpStream;
use tungstenite::{Message, WebSocket};

/// Sends messages back until the client closes the connection.
fn echo(stream: impl Read + Write) {
    let mut socket = tungstenite::accept(stream).unwrap_or_else(|_| panic!("no websocket"));
    while let Ok(message) = socket.read() {
        if message.is_text() || message.is_binary() {
            socket.send(message).expect("sent");
        }
    }
}

/// Has messages of all sizes sent back, and ends the connection in good order.
fn converse(mut socket: WebSocket<impl Read + Write>) {
    for size in [0, 1, 125, 126, 65_535, 65_536, 300_000] {
        let bytes = Message::binary(vec![7; size]);
        socket.send(bytes.clone()).expect("sent");
        assert_eq!(socket.read().expect("back"), bytes);
        let text = Message::text("ä".repeat(size / 2));
        socket.send(text.clone()).expect("sent");
        assert_eq!(socket.read().expect("back"), text);
    }
    socket.send(Message::Ping(vec![1, 2].into())).expect("sent");
    assert_eq!(
        socket.read().expect("back"),
        Message::Pong(vec![1, 2].into())
    );
    socket.close(None).expect("closed");
    while socket.read().is_ok() {}
    assert!(!socket.can_read());
}

#[test]
fn messages_of_all_sizes_come_back() {
    on_one_worker(|| {
        let address = serve(4, |stream: TcpStream| echo(stream));
        teem::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let stream = TcpStream::connect(address).expect("a connection");
                    let url = format!("ws://{address}/");
                    let connected = tungstenite::client(url, stream);
                    let Ok((socket, _)) = connected else {
                        panic!("no websocket");
                    };
                    converse(socket);
                });
            }
        });
    });
}

#[test]
fn messages_come_back_over_tls() {
    on_one_worker(|| {
        let identity = Identity::new(&["localhost"]).expect("a certificate");
        let client = tls::client(identity.certificate.clone()).expect("a configuration");
        let server = identity.into_server().expect("a configuration");
        let address = serve(1, move |stream| {
            let tls = tls::accept(Arc::clone(&server), stream, Duration::from_secs(10));
            echo(tls.expect("a handshake"));
        });
        let stream = TcpStream::connect(address).expect("a connection");
        let stream = tls::connect(client, "localhost", stream).expect("a name");
        let Ok((socket, _)) = tungstenite::client("wss://localhost/", stream) else {
            panic!("no websocket");
        };
        converse(socket);
    });
}
