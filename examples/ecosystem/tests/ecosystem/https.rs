//! The program `https_server`, with clients that know nothing of teem, and with rustls over teem.

use super::on_one_worker;
use crate::programs::{Server, is_installed};
use crate::watchdog::Watchdog;
use ecosystem::tls::{Identity, client, connect};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use teem::net::TcpStream;

/// A server with a certificate in a file of its own.
fn start(test: &str) -> (Server, PathBuf) {
    let file = std::env::temp_dir().join(format!("teem-{}-{test}.pem", std::process::id()));
    let path = file.to_str().expect("a path that is text");
    let program = Path::new(env!("CARGO_BIN_EXE_https_server"));
    let options = ["--workers", "1", "--certificate", path];
    (Server::start_program("", program, &options), file)
}

#[test]
fn curl_trusts_the_certificate_and_is_answered() {
    let _watchdog = Watchdog::start();
    if !is_installed("curl") {
        return;
    }
    let (server, certificate) = start("curl");
    let url = format!("https://localhost:{}/", server.address.port());
    let output = Command::new("curl")
        .args(["-sS", "--max-time", "60", "--cacert"])
        .arg(&certificate)
        // The second request goes over the same connection.
        .args([
            &url,
            &format!("{url}echo"),
            "-d",
            "text",
            "-w",
            " %{num_connects}\n",
        ])
        .output()
        .expect("curl");
    fs::remove_file(certificate).expect("it was there");
    // Both are posts, and the first is refused for it.
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(text, "405 Method Not Allowed 1\ntext 0\n", "{output:?}");
    server.end_well();
}

#[test]
fn openssl_shakes_hands_and_is_answered() {
    let _watchdog = Watchdog::start();
    if !is_installed("openssl") {
        return;
    }
    let (server, certificate) = start("openssl");
    let mut child = Command::new("openssl")
        .args([
            "s_client",
            "-quiet",
            "-verify_return_error",
            "-ign_eof",
            "-connect",
        ])
        .arg(format!("localhost:{}", server.address.port()))
        .arg("-CAfile")
        .arg(&certificate)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("openssl");
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(request).expect("written");
    let output = child.wait_with_output().expect("its end");
    drop(stdin);
    fs::remove_file(certificate).expect("it was there");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{output:?}");
    assert!(text.ends_with("\r\n\r\nHello, World!"), "{output:?}");
    server.end_well();
}

#[test]
fn rustls_over_our_stream_trusts_nobody_else() {
    let (server, certificate) = start("rustls");
    fs::remove_file(certificate).expect("it was there");
    let address = server.address;
    on_one_worker(move || {
        let other = Identity::new(&["localhost"]).expect("a certificate");
        let config = client(other.certificate).expect("a configuration");
        let stream = TcpStream::connect(address).expect("a connection");
        let mut stream = connect(config, "localhost", stream).expect("a name");
        let sent = stream.write_all(b"GET / HTTP/1.1\r\n\r\n");
        let failed = sent.and_then(|()| stream.read(&mut [0]).map(drop));
        assert!(
            failed.is_err(),
            "the certificate is not the one that is trusted"
        );
    });
    server.end_well();
}

#[test]
fn a_start_that_fails_leaves_the_certificate_of_who_runs() {
    let _watchdog = Watchdog::start();
    let (server, certificate) = start("second");
    let before = fs::read(&certificate).expect("a certificate");
    let output = Command::new(env!("CARGO_BIN_EXE_https_server"))
        .args(["--addr", &server.address.to_string(), "--certificate"])
        .arg(&certificate)
        .output()
        .expect("a program");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let after = fs::read(&certificate).expect("the same");
    assert!(before == after, "it is another server's");
    fs::remove_file(certificate).expect("it was there");
    server.end_well();
}

#[test]
fn a_connection_that_speaks_no_tls_harms_nobody() {
    let _watchdog = Watchdog::start();
    let (server, certificate) = start("plain");
    fs::remove_file(certificate).expect("it was there");
    let mut plain = std::net::TcpStream::connect(server.address).expect("a connection");
    plain
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .expect("written");
    // An alert, or nothing; and then the end.
    let _ = plain.read_to_end(&mut Vec::new());
    server.end_well();
}
