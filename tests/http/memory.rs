//! A client in memory: all that it will send, in pieces, and all that it is answered.

use crate::http::{Site, Transport, serve};
use std::io::{self, Read, Write};
use std::time::Duration;

/// Where the pieces come from.
pub(crate) trait Source {
    /// The next piece, for so many bytes at the most; nothing at the end.
    fn next(&mut self, most: usize) -> &[u8];
}

/// Bytes that end a piece at each of these places.
pub(crate) struct Cut<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
    pub(crate) places: &'a [usize],
}

impl Source for Cut<'_> {
    fn next(&mut self, most: usize) -> &[u8] {
        let after = self.places.iter().find(|place| **place > self.at);
        let end = after.copied().unwrap_or(self.bytes.len());
        let begin = self.at;
        self.at = end.min(begin + most).min(self.bytes.len());
        &self.bytes[begin..self.at]
    }
}

/// These bytes once, and then those for ever.
pub(crate) struct Endless<'a> {
    pub(crate) first: &'a [u8],
    pub(crate) then: &'a [u8],
    /// How much was taken of both.
    pub(crate) taken: usize,
}

impl Source for Endless<'_> {
    fn next(&mut self, most: usize) -> &[u8] {
        let piece = match self.first.get(self.taken..) {
            Some(rest) if !rest.is_empty() => rest,
            _ => &self.then[(self.taken - self.first.len()) % self.then.len()..],
        };
        let piece = &piece[..piece.len().min(most)];
        self.taken += piece.len();
        piece
    }
}

struct Client<'a, S> {
    source: &'a mut S,
    answers: Vec<u8>,
}

impl<S: Source> Read for Client<'_, S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let piece = self.source.next(into.len());
        into[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    }
}

impl<S> Write for Client<'_, S> {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.answers.extend_from_slice(from);
        Ok(from.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<S: Source> Transport for &mut Client<'_, S> {
    fn set_read_timeout(&self, _timeout: Duration) -> io::Result<()> {
        Ok(())
    }

    fn set_write_timeout(&self, _timeout: Duration) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One answer of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter();
        let found = all.find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Serves a client until it has been told all, and gives the bytes.
pub(crate) fn talk(site: &Site, source: &mut impl Source) -> Vec<u8> {
    let mut client = Client {
        source,
        answers: Vec::new(),
    };
    serve(&mut client, site).expect("memory has no errors");
    client.answers
}

/// Takes answers apart, all of which have their bodies.
#[track_caller]
pub(crate) fn answers(bytes: &[u8]) -> Vec<Answer> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let mut room = [httparse::EMPTY_HEADER; 16];
        let mut response = httparse::Response::new(&mut room);
        let parsed = response.parse(rest).expect("an answer");
        let httparse::Status::Complete(length) = parsed else {
            panic!("half an answer: {}", rest.escape_ascii());
        };
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        let headers = response.headers.iter();
        let mut answer = Answer {
            status: response.code.expect("a number"),
            headers: headers
                .filter(|header| header.name != "Date")
                .map(|header| (header.name.to_owned(), text(header.value)))
                .collect(),
            body: Vec::new(),
        };
        let length_said = answer.header("content-length");
        let body = length_said.map_or(0, |length| length.parse().expect("a number"));
        answer.body = rest[length..length + body].to_vec();
        rest = &rest[length + body..];
        out.push(answer);
    }
    out
}

/// All at once.
pub(crate) fn whole(bytes: &[u8]) -> Cut<'_> {
    Cut {
        bytes,
        at: 0,
        places: &[],
    }
}
