//! `http_server`: curl, wrk, nc, and what a shell can do with them.

use crate::programs::{Server, program};
use crate::{Watchdog, is_installed};
use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A server, and a directory of its own, of which it serves a part.
struct Site {
    server: Server,
    directory: PathBuf,
}

impl Site {
    fn start(test: &str) -> Self {
        let name = format!("teem-{}-{test}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        // One that had the same number may have been killed before it removed it.
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(directory.join("root/below")).expect("a directory");
        fs::write(directory.join("secret.txt"), "secret").expect("a file");
        fs::write(directory.join("root/below/a b.txt"), "found").expect("a file");
        fs::write(directory.join("root/large.bin"), large()).expect("a file");
        let link = directory.join("root/link.txt");
        std::os::unix::fs::symlink("../secret.txt", link).expect("a link");
        let root = directory.join("root");
        let root = root.to_str().expect("a path that is text");
        Self {
            server: Server::start("http_server", &["--workers", "1", "--root", root]),
            directory,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address)
    }

    #[track_caller]
    fn end_well(self) {
        self.server.end_well();
        fs::remove_dir_all(self.directory).expect("it was there");
    }
}

/// More than any buffer holds, and no two parts the same.
fn large() -> Vec<u8> {
    (0..750_000_u32).flat_map(u32::to_le_bytes).collect()
}

/// What curl prints, called like this; `None` if it is not there.
#[track_caller]
fn curl(arguments: &[&str]) -> Option<Output> {
    if !is_installed("curl") {
        return None;
    }
    let output = Command::new("curl")
        .args(["-sS", "--max-time", "60", "--path-as-is"])
        .args(arguments)
        .output()
        .expect("curl");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    Some(output)
}

#[test]
fn curl_keeps_its_connection() {
    let _watchdog = Watchdog::start();
    let site = Site::start("keep");
    let url = site.url("/");
    if let Some(output) = curl(&["-w", " %{num_connects} ", &url, &url, &url]) {
        let hello = "Hello, World!";
        let text = format!("{hello} 1 {hello} 0 {hello} 0 ");
        assert_eq!(String::from_utf8_lossy(&output.stdout), text);
    }
    site.end_well();
}

#[test]
fn curl_uploads_in_chunks_and_asks_before() {
    let _watchdog = Watchdog::start();
    let site = Site::start("upload");
    let (echo, file) = (site.url("/echo"), site.directory.join("upload"));
    let bytes = &large()[..1 << 20];
    fs::write(&file, bytes).expect("a file");
    let file = file.to_str().expect("a path that is text");
    let ways: [&[&str]; 3] = [
        &["-H", "Transfer-Encoding: chunked", "-H", "Expect:"],
        &["-H", "Expect: 100-continue"],
        &[
            "-H",
            "Transfer-Encoding: chunked",
            "-H",
            "Expect: 100-continue",
        ],
    ];
    for way in ways {
        let arguments = [&["-v", "-T", file, &echo], way].concat();
        let Some(output) = curl(&arguments) else {
            break;
        };
        assert!(output.stdout == bytes, "{way:?} brings it back");
        let said = String::from_utf8_lossy(&output.stderr);
        let asked = way.concat().contains("100-continue");
        assert_eq!(
            said.contains("HTTP/1.1 100 Continue"),
            asked,
            "{way:?}: {said}"
        );
    }
    site.end_well();
}

#[test]
fn curl_is_told_what_was_wrong() {
    let _watchdog = Watchdog::start();
    let site = Site::start("wrong");
    let long_header = format!("X: {}", "x".repeat(20_000));
    let many = site.directory.join("headers");
    let headers: Vec<String> = (0..100).map(|n| format!("X-{n}: 1\n")).collect();
    fs::write(&many, headers.concat()).expect("a file");
    let many = format!("@{}", many.display());
    let long_path = format!("/{}", "x".repeat(9_000));
    let large = format!("@{}", site.directory.join("root/large.bin").display());
    let cases: &[(u16, &str, &[&str])] = &[
        (200, "/", &[]),
        (200, "/", &["-I"]),
        (200, "/", &["--http1.0"]),
        (200, "/json", &[]),
        (204, "/", &["-X", "OPTIONS"]),
        (404, "/nothing", &[]),
        (404, "/below", &[]),
        (404, "/../secret.txt", &[]),
        (404, "/%2e%2e/secret.txt", &[]),
        (404, "/below/..%2f..%2fsecret.txt", &[]),
        (404, "/link.txt", &[]),
        (405, "/", &["-X", "DELETE"]),
        (405, "/large.bin", &["-d", "x"]),
        (411, "/echo", &["-X", "POST"]),
        (413, "/echo", &["--data-binary", &large]),
        (
            413,
            "/echo",
            &["-H", "Transfer-Encoding: chunked", "--data-binary", &large],
        ),
        (414, &long_path, &[]),
        (417, "/", &["-H", "Expect: a miracle"]),
        (431, "/", &["-H", &long_header]),
        (431, "/", &["-H", &many]),
        (501, "/", &["-X", "BREW"]),
        (400, "/", &["-H", "Host:", "-H", "X: 1"]),
    ];
    for (status, path, arguments) in cases {
        let url = site.url(path);
        let all = [&["-o", "/dev/null", "-w", "%{http_code}", &url], *arguments].concat();
        let Some(output) = curl(&all) else { break };
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(text, status.to_string(), "{path:.40} {arguments:.40?}");
    }
    site.end_well();
}

#[test]
fn files_come_whole() {
    let _watchdog = Watchdog::start();
    let site = Site::start("files");
    if let Some(output) = curl(&[&site.url("/large.bin"), &site.url("/below/a%20b.txt")]) {
        let (file, rest) = output.stdout.split_at(large().len());
        assert!(file == large());
        assert_eq!(rest, b"found");
    }
    site.end_well();
}

#[test]
fn nc_sends_many_at_once() {
    let _watchdog = Watchdog::start();
    let site = Site::start("pipeline");
    if is_installed("nc") {
        let mut child = Command::new("nc")
            .args(["127.0.0.1", &site.server.port()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("nc");
        let mut text = "GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(199);
        text += "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(text.as_bytes()).expect("written");
        drop(stdin);
        let output = child.wait_with_output().expect("its end");
        let answers = String::from_utf8_lossy(&output.stdout);
        assert_eq!(answers.matches("HTTP/1.1 200 OK\r\n").count(), 200);
        assert_eq!(answers.matches("Hello, World!").count(), 200);
    }
    site.end_well();
}

#[test]
fn wrk_meets_no_errors() {
    let _watchdog = Watchdog::start();
    let site = Site::start("wrk");
    if is_installed("wrk") {
        let url = site.url("/");
        let output = Command::new("wrk")
            // Its own limit, two seconds, counts what comes later as an error.
            .args(["-t1", "-c50", "-d1s", "--timeout", "60s", &url])
            .output()
            .expect("wrk");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("Requests/sec:"), "{output:?}");
        assert!(!text.contains("errors"), "{text}");
        assert!(!text.contains("Non-2xx"), "{text}");
    }
    site.end_well();
}

#[test]
fn what_has_begun_is_answered_when_it_ends() {
    let _watchdog = Watchdog::start();
    let site = Site::start("end");
    let mut idle = site.server.connect();
    let mut busy = site.server.connect();
    let hello = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    for stream in [&mut idle, &mut busy] {
        stream.write_all(hello).expect("sent");
        assert!(stream.read(&mut [0; 1024]).expect("an answer") > 0);
    }
    let head =
        b"POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
    busy.write_all(head).expect("sent");
    // It has begun when it is asked for more.
    let mut asked = [0; 25];
    busy.read_exact(&mut asked).expect("an answer");
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    let rest = std::thread::spawn(move || {
        // Only the end of the server ends this one.
        assert_eq!(idle.read(&mut [0]).expect("the end"), 0);
        busy.write_all(b"last").expect("sent");
        let mut text = String::new();
        busy.read_to_string(&mut text)
            .expect("an answer and the end");
        text
    });
    site.end_well();
    let text = rest.join().expect("a client");
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(text.contains("\r\nConnection: close\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\nlast"), "{text}");
}

#[test]
fn what_it_cannot_do_it_refuses_in_one_line() {
    let bad: [(&[&str], &str); 6] = [
        (&["--addr", "nonsense"], "cannot listen on nonsense: "),
        (&["--addr"], "--addr needs a value"),
        (&["--workers", "0"], "not '0'"),
        (&["--root", "/nowhere/at/all"], "--root /nowhere/at/all: "),
        (&["--port", "7"], "there is no --port"),
        (&["7000"], "there is no 7000"),
    ];
    for (arguments, part) in bad {
        let output = Command::new(program("http_server"))
            .args(arguments)
            .output();
        let output = output.expect("a program of ours");
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(
            text.starts_with("http_server: ") && text.contains(part),
            "{text}"
        );
    }
}
