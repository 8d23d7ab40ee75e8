//! `nc` with the servers that speak in lines or in bytes.

use crate::programs::Server;
use crate::{Watchdog, is_installed, shell};

#[test]
fn nc_gets_back_what_it_sends_directly_and_through_the_proxy() {
    if !is_installed("nc") {
        return;
    }
    let _watchdog = Watchdog::start();
    let echo = Server::start("echo_server", &["--workers", "1"]);
    let to = echo.address.to_string();
    let proxy = Server::start("proxy", &["--workers", "2", "--to", &to]);
    for server in [&echo, &proxy] {
        // It closes its half when it has sent all, and gets the rest.
        let sums = "head -c 300000 /dev/zero | tr '\\0' 'x' | nc -N 127.0.0.1 $PORT | cksum
            head -c 300000 /dev/zero | tr '\\0' 'x' | cksum";
        let sums = shell(&server.port(), sums);
        let lines: Vec<_> = sums.lines().collect();
        assert_eq!(lines[0], lines[1]);
        assert!(lines[0].ends_with(" 300000"), "{sums}");
    }
    proxy.end_well();
    echo.end_well();
}

#[test]
fn nc_chats() {
    if !is_installed("nc") {
        return;
    }
    let _watchdog = Watchdog::start();
    let server = Server::start("chat", &["--workers", "1"]);
    let text = shell(
        &server.port(),
        "printf 'ann\\nhello\\n/names\\n/quit\\n' | nc 127.0.0.1 $PORT",
    );
    let lines: Vec<_> = text.lines().collect();
    let expected = [
        "your name?",
        "* ann has joined",
        "ann: hello",
        "* here: ann",
    ];
    assert_eq!(lines, expected);
    server.end_well();
}

#[test]
fn nc_speaks_to_kv_server_in_words() {
    if !is_installed("nc") {
        return;
    }
    let _watchdog = Watchdog::start();
    let server = Server::start("kv_server", &["--workers", "1"]);
    let text = shell(
        &server.port(),
        "printf 'SET k v\\nGET k\\r\\nQUIT\\n' | nc 127.0.0.1 $PORT",
    );
    assert_eq!(text, "+OK\r\n$1\r\nv\r\n+OK\r\n");
    server.end_well();
}
