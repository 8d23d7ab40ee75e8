//! The requests of `kv_server`: however the bytes are cut, and whatever they are.
//!
//! `TEEM_FUZZ_ROUNDS` says how much more of the random ones than usual there is; the seed is printed.

#[path = "../../examples/kv_server/resp.rs"]
#[allow(
    dead_code,
    reason = "the example's own file, of which the requests are tested here"
)]
mod protocol;

use crate::Watchdog;
use crate::random::Random;
use protocol::{MOST_ARGUMENTS, MOST_BULK, MOST_LINE, Malformed, Requests};
use std::io::Read;

/// A stream that comes in pieces of the lengths given, then in one.
struct Pieces<'a> {
    bytes: &'a [u8],
    lengths: Vec<usize>,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        assert!(!buffer.is_empty(), "there is always room to read into");
        let length = self.lengths.pop().unwrap_or(usize::MAX).max(1);
        let length = length.min(buffer.len()).min(self.bytes.len());
        let (now, later) = self.bytes.split_at(length);
        buffer[..length].copy_from_slice(now);
        self.bytes = later;
        Ok(length)
    }
}

type Parsed = (Vec<Vec<Vec<u8>>>, Option<Malformed>);

/// All requests of `bytes`, and what was wrong with the rest.
fn parse(bytes: &[u8], lengths: Vec<usize>) -> Parsed {
    let mut pieces = Pieces { bytes, lengths };
    let (mut requests, mut parsed) = (Requests::new(), Vec::new());
    while requests.fill(&mut pieces).expect("no errors") > 0 {
        loop {
            match requests.next() {
                Ok(Some(request)) => parsed.push(request.from(0).map(<[u8]>::to_vec).collect()),
                Ok(None) => break,
                Err(malformed) => return (parsed, Some(malformed)),
            }
        }
    }
    (parsed, None)
}

fn encode(request: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", request.len()).into_bytes();
    for argument in request {
        bytes.extend_from_slice(format!("${}\r\n", argument.len()).as_bytes());
        bytes.extend_from_slice(argument);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

fn rounds() -> u64 {
    let given = std::env::var("TEEM_FUZZ_ROUNDS").ok();
    let factor = given.map_or(1, |text| {
        text.parse().expect("TEEM_FUZZ_ROUNDS is a number")
    });
    3_000 * factor
}

fn below(random: &mut Random, bound: usize) -> usize {
    random.below(bound as u64) as usize
}

fn bytes(random: &mut Random, most: usize) -> Vec<u8> {
    let length = below(random, most);
    // Those that mean something come often.
    let byte = |random: &mut Random| match random.below(3) {
        0 => b"\r\n*$-+ 019"[below(random, 10)],
        _ => random.below(256) as u8,
    };
    (0..length).map(|_| byte(random)).collect()
}

#[test]
fn every_cut_gives_the_same_requests() {
    let _watchdog = Watchdog::start();
    let text: &[u8] = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$6\r\na\r\nb*\n\r\n  PING  x\r\n*0\r\n\r\n\
        *1\r\n$0\r\n\r\n*-1\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\nQUIT\n*1\r\n!3\r\nGET\r\n";
    let expected = parse(text, Vec::new());
    let names: Vec<&[u8]> = expected.0.iter().map(|request| &*request[0]).collect();
    assert_eq!(names, [&b"SET"[..], b"PING", b"", b"GET", b"QUIT"]);
    assert_eq!(expected.0[0][2], b"a\r\nb*\n");
    assert_eq!(expected.0[1][1], b"x");
    assert_eq!(expected.1, Some(Malformed::NoBulk(b'!')));
    for first in 0..text.len() {
        for second in 0..text.len() - first {
            assert_eq!(parse(text, vec![second, first]), expected);
        }
    }
    assert_eq!(parse(text, vec![1; text.len()]), expected);
}

#[test]
fn random_requests_come_out_as_they_went_in() {
    let _watchdog = Watchdog::start();
    let mut random = Random::new();
    for round in 0..rounds() {
        let count = 1 + below(&mut random, 8);
        // Some are larger than a buffer is at first.
        let most = if round % 64 == 0 { 100_000 } else { 64 };
        let request = |random: &mut Random| -> Vec<Vec<u8>> {
            let arguments = 1 + below(random, 6);
            (0..arguments).map(|_| bytes(random, most)).collect()
        };
        let requests: Vec<_> = (0..count).map(|_| request(&mut random)).collect();
        let text: Vec<u8> = requests
            .iter()
            .flat_map(|request| encode(request))
            .collect();
        let cuts = (0..below(&mut random, 40)).map(|_| below(&mut random, most));
        let cuts = cuts.collect();
        assert_eq!(parse(&text, cuts), (requests, None));
    }
}

#[test]
fn damaged_requests_are_refused_or_read_the_same_in_every_cut() {
    let _watchdog = Watchdog::start();
    let mut random = Random::new();
    for _ in 0..rounds() {
        let mut text = match random.below(4) {
            0 => bytes(&mut random, 200),
            _ => {
                let request: Vec<_> = (0..4).map(|_| bytes(&mut random, 12)).collect();
                encode(&request).repeat(1 + below(&mut random, 3))
            }
        };
        for _ in 0..below(&mut random, 4) {
            let at = below(&mut random, text.len() + 1);
            match random.below(3) {
                0 => text.insert(at, random.below(256) as u8),
                1 if at < text.len() => drop(text.remove(at)),
                _ => text.truncate(at),
            }
        }
        let expected = parse(&text, Vec::new());
        let cuts = (0..text.len()).map(|_| 1 + below(&mut random, 9)).collect();
        assert_eq!(parse(&text, cuts), expected);
        assert_eq!(parse(&text, vec![1; text.len()]), expected);
    }
}

#[test]
fn what_is_too_large_is_refused_when_it_is_announced() {
    let refused = |text: &str| parse(text.as_bytes(), Vec::new()).1;
    let more = MOST_BULK + 1;
    assert_eq!(
        refused(&format!("*1\r\n${more}\r\n")),
        Some(Malformed::BulkLength)
    );
    assert_eq!(refused(&format!("*1\r\n${MOST_BULK}\r\n")), None);
    assert_eq!(refused("*1\r\n$-1\r\n"), Some(Malformed::BulkLength));
    let more = MOST_ARGUMENTS + 1;
    assert_eq!(
        refused(&format!("*{more}\r\n")),
        Some(Malformed::ArrayLength)
    );
    for length in ["99999999999999999999", "+1", "1x", ""] {
        assert_eq!(
            refused(&format!("*{length}\r\n")),
            Some(Malformed::ArrayLength)
        );
    }
    for text in [
        "x".repeat(MOST_LINE + 2),
        "x ".repeat(MOST_LINE) + "\n",
        format!("*1\r\n${}", "1".repeat(MOST_LINE + 1)),
    ] {
        assert_eq!(refused(&text), Some(Malformed::LongLine));
    }
    // As many arguments of the largest size as fit, and then one more.
    let mut text = b"*64\r\n".to_vec();
    let argument = encode(&[vec![b'x'; MOST_BULK]]);
    text.extend_from_slice(&argument[4..].repeat(5));
    assert_eq!(parse(&text, Vec::new()).1, Some(Malformed::LongRequest));
}
