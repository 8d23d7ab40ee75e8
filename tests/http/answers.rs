//! Which request gets which answer, and what happens to the connection.

use crate::http::Site;
use crate::memory::{Answer, Cut, answers, talk, whole};
use crate::site;

/// The statuses of what comes back.
#[track_caller]
fn statuses(site: &Site, text: &str) -> Vec<u16> {
    let answers = answers(&talk(site, &mut whole(text.as_bytes())));
    answers.iter().map(|answer| answer.status).collect()
}

/// What is answered to one request, after which the client says nothing more.
#[track_caller]
fn answer(text: &str) -> Answer {
    let mut all = answers(&talk(&site(), &mut whole(text.as_bytes())));
    assert_eq!(all.len(), 1, "{text:?}: {all:?}");
    all.remove(0)
}

/// A request after which the connection should still be of use, and one that shows that it is.
const NEXT: &str = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

#[test]
fn a_request_that_is_refused_leaves_the_connection_in_use() {
    let long_name = "n".repeat(200);
    let cases: &[(u16, String)] = &[
        (200, "GET / HTTP/1.1\r\nHost: x\r\n\r\n".into()),
        (200, "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n".into()),
        (200, "GET http://x/?a HTTP/1.1\r\nHost: x\r\n\r\n".into()),
        (200, "GET /json HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc".into()),
        (200, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc".into()),
        (200, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".into()),
        (200, "PUT /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n3;e=1\r\nabc\r\n0\r\nX: y\r\n\r\n".into()),
        (204, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n".into()),
        (204, "OPTIONS /echo HTTP/1.1\r\nHost: x\r\n\r\n".into()),
        (404, format!("GET /{long_name} HTTP/1.1\r\nHost: x\r\n\r\n")),
        (405, "DELETE / HTTP/1.1\r\nHost: x\r\n\r\n".into()),
        (405, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n".into()),
        (405, "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n".into()),
        (411, "POST /echo HTTP/1.1\r\nHost: x\r\n\r\n".into()),
    ];
    for (status, text) in cases {
        let both = format!("{text}{NEXT}");
        assert_eq!(statuses(&site(), &both), [*status, 200], "{text}");
    }
}

#[test]
fn what_cannot_be_understood_ends_the_connection() {
    let post = "POST /echo HTTP/1.1\r\nHost: x\r\n";
    let chunked = format!("{post}Transfer-Encoding: chunked\r\n\r\n");
    let many: String = (0..100).map(|n| format!("A{n}:\r\n")).collect();
    let cases: &[(u16, String)] = &[
        (400, "GET /\r\n\r\n".into()),
        (400, "GET / HTTP/1.1\r\n\r\n".into()),
        (400, "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n".into()),
        (400, "GET / HTTP/1.1\r\nHost : x\r\n\r\n".into()),
        (400, "GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n".into()),
        (400, "GET / HTTP/1.1\r\nHost: x\0\r\n\r\n".into()),
        (400, "GET nowhere HTTP/1.1\r\nHost: x\r\n\r\n".into()),
        (400, "GET / HTPP/1.1\r\nHost: x\r\n\r\n".into()),
        (400, format!("{post}Content-Length: -1\r\n\r\n")),
        (400, format!("{post}Content-Length: +1\r\n\r\na")),
        (400, format!("{post}Content-Length:\r\n\r\n")),
        (400, format!("{post}Content-Length: 1, 1\r\n\r\na")),
        (
            400,
            format!("{post}Content-Length: 1\r\nContent-Length: 1\r\n\r\na"),
        ),
        (
            400,
            format!("{post}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ),
        (
            400,
            format!("{post}Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"),
        ),
        (
            400,
            "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n".into(),
        ),
        (400, format!("{chunked}x\r\n")),
        (400, format!("{chunked}-1\r\n")),
        (400, format!("{chunked}3\r\nabcd\r\n")),
        (400, format!("{chunked}11111111111111111\r\n")),
        (413, format!("{chunked}1001\r\n")),
        (413, format!("{chunked}ffffffffffffffff\r\n")),
        (413, format!("{post}Content-Length: 4097\r\n\r\n")),
        (
            413,
            format!("{post}Content-Length: 99999999999999999999\r\n\r\n"),
        ),
        (
            414,
            format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "n".repeat(256)),
        ),
        (414, format!("GET /{}", "n".repeat(2_000))),
        (417, format!("{post}Expect: a miracle\r\n\r\n")),
        (431, format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n")),
        (
            431,
            format!(
                "GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n",
                "n".repeat(2_000)
            ),
        ),
        (501, "BREW / HTTP/1.1\r\nHost: x\r\n\r\n".into()),
        (
            501,
            format!("{post}Transfer-Encoding: gzip, chunked\r\n\r\n"),
        ),
        (505, "GET / HTTP/2.0\r\nHost: x\r\n\r\n".into()),
        (505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into()),
    ];
    for (status, text) in cases {
        let both = format!("{text}{NEXT}");
        assert_eq!(statuses(&site(), &both), [*status], "{text:.100}");
        assert_eq!(answer(text).header("connection"), Some("close"));
    }
}

#[test]
fn a_request_that_breaks_off_is_a_bad_one() {
    for text in [
        "GET / HT",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nab",
    ] {
        assert_eq!(answer(text).status, 400, "{text}");
    }
    assert_eq!(
        statuses(&site(), ""),
        [0; 0],
        "who says nothing is told nothing"
    );
}

#[test]
fn the_head_of_an_answer_says_what_get_would() {
    for path in ["/", "/json", "/nothing"] {
        let ask = |method: &str| {
            let text = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            let bytes = talk(&site(), &mut whole(text.as_bytes()));
            let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
            let (head, body) = bytes.split_at(end.expect("the end of the head") + 4);
            let lines = String::from_utf8(head.to_vec()).expect("text");
            let mut lines: Vec<String> = lines.lines().map(str::to_owned).collect();
            lines.retain(|line| !line.starts_with("Date: "));
            (lines, body.len())
        };
        let (mut get, length) = ask("GET");
        let (mut head, nothing) = ask("HEAD");
        assert!(length > 0 && nothing == 0, "{path}");
        if path == "/json" {
            // It has the method in it.
            get.retain(|line| !line.starts_with("Content-Length"));
            head.retain(|line| !line.starts_with("Content-Length"));
        }
        assert_eq!(get, head, "{path}");
    }
}

#[test]
fn the_connection_goes_on_as_both_have_agreed() {
    let cases = [
        ("HTTP/1.1\r\nHost: x", None, 2),
        ("HTTP/1.1\r\nHost: x\r\nConnection: close", Some("close"), 1),
        (
            "HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, CLOSE",
            Some("close"),
            1,
        ),
        ("HTTP/1.0", Some("close"), 1),
        ("HTTP/1.0\r\nConnection: Keep-Alive", Some("keep-alive"), 2),
    ];
    for (rest, said, count) in cases {
        let text = format!("GET / {rest}\r\n\r\n{NEXT}");
        let all = answers(&talk(&site(), &mut whole(text.as_bytes())));
        assert_eq!(all.len(), count, "{rest}");
        assert_eq!(all[0].header("connection"), said, "{rest}");
    }
    let many = "GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(200);
    let all = answers(&talk(&site(), &mut whole(many.as_bytes())));
    assert_eq!(all.len(), 100, "requests on one connection");
    assert_eq!(all[99].header("connection"), Some("close"));
}

#[test]
fn a_body_is_asked_for_only_if_somebody_wants_it() {
    let ask = |line: &str, body: &str, cut: bool| {
        let head =
            format!("{line}\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
        let text = format!("{head}{body}");
        let mut source = Cut {
            bytes: text.as_bytes(),
            at: 0,
            places: if cut { &[head.len()] } else { &[] },
        };
        let answers = answers(&talk(&site(), &mut source));
        answers
            .iter()
            .map(|answer| answer.status)
            .collect::<Vec<_>>()
    };
    assert_eq!(ask("POST /echo HTTP/1.1", "abc", true), [100, 200]);
    assert_eq!(
        ask("POST /echo HTTP/1.1", "abc", false),
        [200],
        "it is there already"
    );
    assert_eq!(
        ask("POST / HTTP/1.1", "", true),
        [405],
        "and the connection ends"
    );
    assert_eq!(ask("POST /nothing HTTP/1.1", "", true), [404]);
    let old = answers(&talk(
        &site(),
        &mut whole(b"POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"),
    ));
    assert_eq!(old.len(), 1, "clients of HTTP/1.0 know nothing of it");
    assert_eq!(old[0].body, b"abc");
}

#[test]
fn a_request_is_described_in_json() {
    let text = "GET /json?a=\"b\" HTTP/1.1\r\nHost: x\r\nX-Y: \\\t\u{e4}\r\nX-Y: 2\r\n\r\n";
    let answer = answer(text);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let expected = concat!(
        r#"{"method":"GET","path":"/json","query":"a=\"b\"","headers":[["Host","x"],"#,
        r#"["X-Y","\\\u0009ä"],["X-Y","2"]]}"#,
        "\n"
    );
    assert_eq!(String::from_utf8(answer.body).expect("text"), expected);
}
