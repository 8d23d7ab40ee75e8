//! ureq over teem, with TLS and without.

use super::{on_one_worker, serve};
use ecosystem::http_client::agent;
use ecosystem::tls::{Identity, accept};
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use teem::net::TcpStream;

/// Answers requests on one connection, each with its own body or else its path, until it ends.
fn answer(stream: impl Read + Write) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut path, mut length, mut line) = (String::new(), 0, String::new());
        loop {
            line.clear();
            reader
                .read_line(&mut line)
                .ok()
                .filter(|count| *count > 0)?;
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().ok()?;
            }
            if path.is_empty() {
                path = line.split(' ').nth(1)?.to_owned();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        if body.is_empty() {
            body = path.into_bytes();
        }
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        reader.get_mut().write_all(head.as_bytes()).ok()?;
        reader.get_mut().write_all(&body).ok()?;
        reader.get_mut().flush().ok()?;
    }
}

#[test]
fn requests_share_a_connection() {
    let connections = Arc::new(AtomicUsize::new(0));
    on_one_worker(|| {
        let counted = Arc::clone(&connections);
        let address = serve(1, move |stream| {
            counted.fetch_add(1, Ordering::Relaxed);
            answer(stream);
        });
        let agent = agent(&[]);
        for n in 0..20 {
            let mut answer = agent
                .get(format!("http://{address}/{n}"))
                .call()
                .expect("an answer");
            let text = answer.body_mut().read_to_string().expect("text");
            assert_eq!(text, format!("/{n}"));
        }
        let large = vec![b'x'; 300_000];
        let sent = agent
            .post(format!("http://{address}/"))
            .send(&large[..])
            .expect("an answer");
        assert!(sent.into_body().read_to_vec().expect("it all") == large);
    });
    assert_eq!(connections.load(Ordering::Relaxed), 1);
}

#[test]
fn its_own_tls_stands_on_our_stream() {
    on_one_worker(|| {
        let identity = Identity::new(&["localhost"]).expect("a certificate");
        let trusting = agent(std::slice::from_ref(&identity.certificate));
        let config = identity.into_server().expect("a configuration");
        let port = serve(2, move |stream| {
            if let Ok(tls) = accept(Arc::clone(&config), stream, Duration::from_secs(10)) {
                answer(tls);
            }
        })
        .port();
        let url = format!("https://localhost:{port}/secret");
        let mut answer = trusting.get(&url).call().expect("an answer");
        assert_eq!(answer.body_mut().read_to_string().expect("text"), "/secret");
        assert!(
            agent(&[]).get(&url).call().is_err(),
            "nobody vouches for it"
        );
    });
}

#[test]
fn a_time_out_is_one() {
    on_one_worker(|| {
        let address = serve(1, |mut stream: TcpStream| {
            // Says nothing until the client has given up.
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let request = agent(&[]).get(format!("http://{address}/"));
        let short = Duration::from_millis(50);
        let request = request.config().timeout_global(Some(short)).build();
        let error = request.call().expect_err("no answer");
        assert!(matches!(error, ureq::Error::Timeout(_)), "{error:?}");
    });
}
