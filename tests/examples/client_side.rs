//! The programs that connect to others: the crawler, over a site served here, and the port scan.

use super::{Watchdog, assert_refused, run};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// How often each page was asked for.
type Asked = Arc<Mutex<HashMap<String, usize>>>;

/// The answer to the `attempt`th request for a page; none: nothing is said, ever.
fn answer(path: &str, attempt: usize) -> Option<String> {
    let page = |body: &str| {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    Some(match path {
        "/" => page(
            "<a href=\"/a\">a</a> <a href='sub/b'>b</a> <a href=\"http://elsewhere/\">x</a> \
                    <a href=\"/slow\"> <a href=\"/flaky#part\"> <a href=\"/broken\"> <a href=\"/none\"> \
                    <a href=\"/huge\">",
        ),
        "/a" => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                 a\r\n<a href=\"/\r\n6\r\nsub/c\"\r\n0\r\n\r\n"
            .to_owned(),
        // A byte more, and the sum of the sizes is no number of 64 bits.
        "/huge" => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                    1\r\nx\r\nffffffffffffffff\r\nx"
            .to_owned(),
        "/sub/b" => "HTTP/1.1 200 OK\r\n\r\n<a href=\"c\">, ended by the end".to_owned(),
        "/sub/c" => page("<a href=\"/deep\">"),
        "/deep" => page("deeper than is looked at"),
        "/flaky" if attempt == 1 => String::new(),
        "/flaky" if attempt == 2 => "HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n".to_owned(),
        "/flaky" => page("at last"),
        "/broken" => "this is not HTTP\r\n\r\n".to_owned(),
        "/slow" => return None,
        _ => "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n".to_owned(),
    })
}

fn respond(mut stream: TcpStream, asked: &Asked) {
    let mut reader = BufReader::new(stream.try_clone().expect("the same socket"));
    let mut line = String::new();
    let _ = reader.read_line(&mut line);
    let path = line.split(' ').nth(1).unwrap_or("").to_owned();
    while reader.read_line(&mut line).unwrap_or(0) > 2 {}
    let attempt = {
        let mut asked = asked.lock().expect("not poisoned");
        let count = asked.entry(path.clone()).or_default();
        *count += 1;
        *count
    };
    match answer(&path, attempt) {
        Some(text) => {
            let _ = stream.write_all(text.as_bytes());
        }
        // Until the client gives up.
        None => while reader.read_line(&mut line).unwrap_or(0) > 0 {},
    }
}

/// A site with pages that fail and pages that never come.
fn site() -> (String, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let asked = Asked::default();
    let counted = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let counted = Arc::clone(&counted);
            thread::spawn(move || respond(stream, &counted));
        }
    });
    (format!("http://{address}/"), asked)
}

#[test]
fn crawl_survives_pages_that_fail_and_pages_that_never_come() {
    let _watchdog = Watchdog::start();
    let (url, asked) = site();
    let output = run(
        "crawler",
        &[
            "--url",
            &url,
            "--depth",
            "2",
            "--timeout",
            "1500",
            "--retries",
            "2",
            "--at-once",
            "3",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines.pop(),
        Some("5 pages, 4 failed, 4 tried again"),
        "{text}"
    );
    lines.sort_unstable();
    let expected = [
        "200 /: ",
        "200 /a: 16 bytes, 1 links",
        "200 /flaky: 7 bytes, 0 links",
        "200 /sub/b: ",
        "200 /sub/c: 16 bytes, 1 links",
        "404 /none",
        "failed /broken: not a response of HTTP",
        "failed /huge: the page is too long",
        "failed /slow: ",
    ];
    assert_eq!(lines.len(), expected.len(), "{text}");
    for (line, begin) in lines.iter().zip(expected) {
        assert!(line.starts_with(begin), "{line}");
    }
    let asked = asked.lock().expect("not poisoned");
    let times = |path: &str| asked.get(path).copied().unwrap_or(0);
    assert_eq!(times("/flaky"), 3);
    assert_eq!(times("/slow"), 3);
    assert_eq!(times("/sub/c"), 1, "linked to twice");
    assert_eq!(times("/broken"), 1, "would be no better the next time");
    assert_eq!(times("/deep"), 0, "too deep");
}

#[test]
fn a_crawl_without_a_page_fails_and_ends_at_once_however_deep_it_may_go() {
    let _watchdog = Watchdog::start();
    let (url, _) = site();
    let (depth, at_once) = (u32::MAX.to_string(), usize::MAX.to_string());
    let arguments = ["--depth", &depth, "--at-once", &at_once, "--url"];
    for (page, status) in [("", 0), ("none", 2)] {
        let url = format!("{url}{page}");
        let more = [&url, "--timeout", "200", "--retries", "0"];
        let output = run("crawler", &[&arguments[..], &more].concat());
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        if status != 0 {
            assert_refused(&output, &["crawler: no page could be fetched"]);
        }
    }
}

#[test]
fn crawler_refuses_what_it_does_not_understand() {
    let _watchdog = Watchdog::start();
    for (arguments, part) in [
        (&[][..], "--url is missing"),
        (&["--url", "https://x/"], "--url takes an address"),
        (&["--url", "http:///x"], "--url takes an address"),
        (&["--depth", "deep"], "--depth takes a number"),
        (&["--at-once", "0"], "--at-once takes a number from 1 on"),
        (&["--polite"], "there is no --polite"),
    ] {
        assert_refused(&run("crawler", arguments), &["crawler: ", part]);
    }
}

#[test]
fn scan_finds_what_is_open_and_nothing_else() {
    let _watchdog = Watchdog::start();
    // An address of its own: at the usual one other tests listen, which want no visitors.
    let open: Vec<_> = (0..3)
        .map(|_| TcpListener::bind("127.0.0.2:0").expect("a port"))
        .collect();
    let mut ports: Vec<_> = (open.iter())
        .map(|listener| listener.local_addr().expect("bound").port())
        .collect();
    ports.sort_unstable();
    let range = format!("{}-{}", ports[0], ports[2]);
    let mut arguments = vec!["--host", "127.0.0.2", "--ports", &range];
    arguments.extend(["--at-once", "200", "--timeout", "20000"]);
    let output = run("port_scan", &arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout);
    for port in &ports {
        assert!(text.contains(&format!("{port} open\n")), "{text}");
    }
    let tried = usize::from(ports[2] - ports[0]) + 1;
    let last = text.lines().last().expect("a summary");
    assert!(
        last.starts_with(&format!("{tried} ports of 127.0.0.2 in ")),
        "{last}"
    );
    assert!(last.ends_with(" closed, 0 silent, 0 failed"), "{last}");
}

#[test]
fn scan_refuses_what_it_does_not_understand() {
    let _watchdog = Watchdog::start();
    for (arguments, part) in [
        (&["--host", "nowhere"][..], "--host takes an IP address"),
        (&["--ports", "0-5"], "--ports takes ports"),
        (&["--ports", "9-5"], "--ports takes ports"),
        (&["--ports", "1-70000"], "--ports takes ports"),
        (&["--at-once", "0"], "--at-once takes a number from 1 on"),
        (&["7"], "there is no 7"),
    ] {
        assert_refused(&run("port_scan", arguments), &["port_scan: ", part]);
    }
}
