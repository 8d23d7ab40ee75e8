//! Nonsense, and sense in pieces. `TEEM_FUZZ_ROUNDS` says how much of it.

use crate::http::Site;
use crate::memory::{Answer, Cut, Endless, answers, talk, whole};
use crate::random::Random;
use crate::site;
use crate::watchdog::Watchdog;

/// Requests that are all right, and bodies of both kinds; the last one ends the connection.
const GOOD: &[&str] = &[
    "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /json?a=b HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nX: y\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello there",
    "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=\"y\"\r\n there\r\n0\r\nTrailer: z\r\n\r\n",
    "HEAD /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "OPTIONS / HTTP/1.1\r\nHost: x\r\n\r\n",
    "DELETE / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n\r\n",
    "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "PUT /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
];

/// Pieces of which nonsense is made.
const WORDS: &[&str] = &[
    "GET",
    "POST",
    "HEAD",
    " ",
    "/",
    "/echo",
    "/json",
    "*",
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/9.9",
    "\r\n",
    "\n",
    "\r",
    "\r\n\r\n",
    "Host: x",
    "Content-Length: ",
    "Transfer-Encoding: chunked",
    "Connection: close",
    "Expect: 100-continue",
    "0",
    "1",
    "5",
    "ffffffffffffffff",
    ";",
    ":",
    ",",
    "%2e",
    "\0",
    "\u{ff}",
];

fn rounds(usual: u64) -> u64 {
    let factor = std::env::var("TEEM_FUZZ_ROUNDS").ok();
    let factor = factor.map_or(1, |text| {
        text.parse().expect("TEEM_FUZZ_ROUNDS is a number")
    });
    usual * factor
}

/// The answers without those that depend on how the request was cut.
fn settled(bytes: &[u8]) -> Vec<Answer> {
    let mut all = answers(bytes);
    all.retain(|answer| answer.status != 100);
    all
}

#[test]
fn where_a_request_is_cut_does_not_matter() {
    let _watchdog = Watchdog::start();
    let site = site();
    // Answers to HEAD have no body, so they are last where they are.
    let good = GOOD.iter().filter(|text| !text.starts_with("HEAD"));
    let text: String = good.copied().collect();
    let bytes = text.as_bytes();
    let whole = settled(&talk(&site, &mut whole(bytes)));
    assert_eq!(whole.len(), GOOD.len() - 1);
    let all: Vec<usize> = (0..bytes.len()).collect();
    let compare = |places: &[usize]| {
        let mut source = Cut {
            bytes,
            at: 0,
            places,
        };
        let cut = settled(&talk(&site, &mut source));
        assert_eq!(cut, whole, "cut at {places:?}");
    };
    compare(&all);
    for place in all {
        compare(&[place]);
        compare(&[place, place + 1, place + 4]);
    }
}

/// Some requests, of which something may have been changed.
fn requests(random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..=random.below(4) {
        let text = GOOD[random.below(GOOD.len() as u64) as usize];
        bytes.extend_from_slice(text.as_bytes());
    }
    for _ in 0..random.below(5) {
        let at = random.below(bytes.len() as u64) as usize;
        match random.below(5) {
            0 => bytes[at] = random.below(256) as u8,
            1 => drop(bytes.remove(at)),
            2 => bytes.truncate(at + 1),
            3 => {
                let end = (at + random.below(40) as usize).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len() as u64) as usize;
                bytes.splice(to..to, copy);
            }
            _ => {
                let word = WORDS[random.below(WORDS.len() as u64) as usize];
                bytes.splice(at..at, word.bytes());
            }
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

fn nonsense(random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..random.below(60) {
        match random.below(10) {
            0 => bytes.push(random.below(256) as u8),
            _ => {
                let word = WORDS[random.below(WORDS.len() as u64) as usize];
                bytes.extend_from_slice(word.as_bytes());
            }
        }
    }
    bytes
}

/// Whatever comes, it is answered in HTTP, and each answer says what may be said.
fn assert_sane(site: &Site, bytes: &[u8], random: &mut Random) {
    let mut places: Vec<usize> = (0..random.below(6))
        .map(|_| random.below(bytes.len() as u64 + 1) as usize)
        .collect();
    places.sort_unstable();
    let mut source = Cut {
        bytes,
        at: 0,
        places: &places,
    };
    let out = talk(site, &mut source);
    // Heads alone: an answer to HEAD has no body to skip.
    let mut rest = &out[..];
    while let Some(at) = rest.windows(9).position(|nine| nine == b"HTTP/1.1 ") {
        let line = &rest[at + 9..];
        let known: [&[u8]; 15] = [
            b"100", b"200", b"204", b"400", b"404", b"405", b"408", b"411", b"413", b"414", b"417",
            b"431", b"500", b"501", b"505",
        ];
        let status = &line[..3];
        // The body of an answer may have such a line in it, as it was sent.
        let ours = known.contains(&status);
        assert!(
            ours || bytes.windows(9).any(|nine| nine == b"HTTP/1.1 "),
            "{}",
            bytes.escape_ascii()
        );
        rest = line;
    }
    assert!(
        out.is_empty() || out.starts_with(b"HTTP/1.1 "),
        "{}",
        bytes.escape_ascii()
    );
    let most = site.limits.requests as usize * (site.limits.body as usize + 2_000);
    assert!(out.len() <= most);
}

#[test]
fn nonsense_is_answered_and_survived() {
    let _watchdog = Watchdog::start();
    let (site, mut seeds) = (site(), Random::new());
    for _ in 0..rounds(3_000) {
        let mut random = seeds.split();
        let bytes = match random.below(3) {
            0 => nonsense(&mut random),
            _ => requests(&mut random),
        };
        assert_sane(&site, &bytes, &mut random);
    }
}

#[test]
fn what_never_ends_is_ended() {
    let _watchdog = Watchdog::start();
    let site = site();
    let chunked = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    let cases: &[(&str, &str, u16)] = &[
        ("", "\r\n", 414),
        ("", "x", 414),
        ("GET /", "x", 414),
        ("GET / HTTP/1.1\r\nHost: ", "x", 431),
        ("GET / HTTP/1.1\r\nHost: x\r\n", "A: b\r\n", 431),
        ("GET / HTTP/1.1\r\n", "\t\r\n", 400),
        (chunked, "0", 400),
        (&format!("{chunked}1;"), "x", 400),
        (
            chunked,
            "1;xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\na\r\n",
            400,
        ),
        (chunked, "10\r\n0123456789abcdef\r\n", 413),
        (&format!("{chunked}0\r\n"), "A: b\r\n", 431),
        (&format!("{chunked}0\r\n"), "x", 431),
        ("", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 200),
    ];
    for (first, then, status) in cases {
        let mut source = Endless {
            first: first.as_bytes(),
            then: then.as_bytes(),
            taken: 0,
        };
        let all = answers(&talk(&site, &mut source));
        let last = all.last().expect("an answer");
        assert_eq!(last.status, *status, "{first:?} {then:?}");
        assert_eq!(last.header("connection"), Some("close"));
        let most = site.limits.body as usize * 3 + site.limits.head * 2;
        assert!(
            source.taken <= most,
            "{first:?} {then:?}: {} bytes were read",
            source.taken
        );
    }
}
