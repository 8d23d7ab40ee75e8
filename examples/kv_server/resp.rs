//! RESP2, the protocol of Redis: requests out of the bytes of a connection, and replies into a buffer.
//!
//! A request is an array of bulk strings (`*2\r\n$3\r\nGET\r\n$1\r\nk\r\n`) or a line of words. [`Requests`]
//! keeps what has arrived and where it stands in the request that has begun, so that however the bytes
//! are cut, each is looked at once:
//!
//! ```text
//!          begin            begin + at      end                buffer.len()
//!            |                  |            |                      |
//!   requests |  parsed of this  |  not yet   |  free for the next   |
//!   answered |  request         |  parsed    |  read                |
//! ```
//!
//! All that a client can make us hold is bounded by the constants here.

use std::fmt;
use std::io::{self, Read};
use std::ops::Range;

/// The most arguments of a request, its name included.
pub(crate) const MOST_ARGUMENTS: usize = 64 << 10;
/// The most bytes of one argument.
pub(crate) const MOST_BULK: usize = 16 << 20;
/// The most bytes of a request.
pub(crate) const MOST_REQUEST: usize = 64 << 20;
/// The most bytes of a line: a length, or a request of words.
pub(crate) const MOST_LINE: usize = 64 << 10;

/// What a connection begins with, for bytes to arrive in.
const SMALL_BUFFER: usize = 4 << 10;
/// The most that it keeps when it has been larger.
const KEPT_BUFFER: usize = 64 << 10;
/// The most that it keeps for arguments.
const FEW_ARGUMENTS: usize = 64;

/// Why the bytes of a connection are no request. Nothing after them can be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    ArrayLength,
    BulkLength,
    NoBulk(u8),
    NoLineEnd,
    LongLine,
    LongRequest,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Protocol error: ")?;
        match self {
            Self::ArrayLength => f.write_str("invalid multibulk length"),
            Self::BulkLength => f.write_str("invalid bulk length"),
            Self::NoBulk(byte) => write!(f, "expected '$', got '{}'", byte.escape_ascii()),
            Self::NoLineEnd => f.write_str("expected a line end after the bulk"),
            Self::LongLine => f.write_str("too big inline request"),
            Self::LongRequest => f.write_str("too big request"),
        }
    }
}

/// What is to come next in a request.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// Its first line.
    Request,
    /// The line with the length of an argument, of so many that are left.
    Length { left: usize },
    /// An argument of `length` bytes and its line end.
    Bulk { length: usize, left: usize },
}

/// One request: its name and what follows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    bytes: &'a [u8],
    arguments: &'a [Range<usize>],
}

impl<'a> Request<'a> {
    /// How many arguments there are, the name included: at least one.
    pub(crate) fn len(&self) -> usize {
        self.arguments.len()
    }

    /// The argument at `index`, below `len`; the name is the first.
    pub(crate) fn get(&self, index: usize) -> &'a [u8] {
        &self.bytes[self.arguments[index].clone()]
    }

    /// The arguments from `index` on.
    pub(crate) fn from(&self, index: usize) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let bytes = self.bytes;
        let arguments = self.arguments.get(index..).unwrap_or_default();
        arguments.iter().map(|range| &bytes[range.clone()])
    }
}

/// The bytes of a connection, cut into requests.
#[derive(Debug)]
pub(crate) struct Requests {
    buffer: Vec<u8>,
    begin: usize,
    end: usize,
    /// The fields below speak of the request at `begin`, and count from there.
    at: usize,
    /// Up to here there is no line end behind `at`.
    scanned: usize,
    next: Next,
    arguments: Vec<Range<usize>>,
}

impl Requests {
    pub(crate) fn new() -> Self {
        Self {
            buffer: vec![0; SMALL_BUFFER],
            begin: 0,
            end: 0,
            at: 0,
            scanned: 0,
            next: Next::Request,
            arguments: Vec::new(),
        }
    }

    /// Reads once. 0: the stream has ended.
    pub(crate) fn fill(&mut self, stream: &mut impl Read) -> io::Result<usize> {
        self.make_room();
        loop {
            match stream.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(count) => {
                    self.end += count;
                    return Ok(count);
                }
            }
        }
    }

    fn make_room(&mut self) {
        if self.begin == self.end {
            (self.begin, self.end) = (0, 0);
            if self.buffer.len() > KEPT_BUFFER {
                self.buffer = vec![0; SMALL_BUFFER];
            }
        } else if self.end == self.buffer.len() {
            self.buffer.copy_within(self.begin.., 0);
            self.end -= self.begin;
            self.begin = 0;
            // What a client says of its lengths is not believed before the bytes have come.
            if self.end > self.buffer.len() / 2 {
                self.buffer.resize(2 * self.buffer.len(), 0);
            }
        }
    }

    /// The next request, if all of it has arrived. What the one before it borrowed is forgotten.
    pub(crate) fn next(&mut self) -> Result<Option<Request<'_>>, Malformed> {
        if matches!(self.next, Next::Request) {
            self.forget();
        }
        while self.step()? {
            if matches!(self.next, Next::Request) {
                if !self.arguments.is_empty() {
                    return Ok(Some(Request {
                        bytes: &self.buffer[self.begin..self.begin + self.at],
                        arguments: &self.arguments,
                    }));
                }
                // An empty line, an empty array.
                self.forget();
            }
        }
        Ok(None)
    }

    fn forget(&mut self) {
        self.begin += self.at;
        (self.at, self.scanned) = (0, 0);
        self.arguments.clear();
        if self.arguments.capacity() > FEW_ARGUMENTS {
            self.arguments = Vec::new();
        }
    }

    /// Takes one line or one argument; false if it has not arrived.
    fn step(&mut self) -> Result<bool, Malformed> {
        if self.at > MOST_REQUEST {
            return Err(Malformed::LongRequest);
        }
        if let Next::Bulk { length, left } = self.next {
            return self.take_bulk(length, left);
        }
        let Some(line) = self.take_line()? else {
            return Ok(false);
        };
        let bytes = &self.buffer[self.begin..][line.clone()];
        self.next = match self.next {
            Next::Length { left } => {
                let Some((b'$', digits)) = bytes.split_first() else {
                    let other = bytes.first().copied().unwrap_or(b'\n');
                    return Err(Malformed::NoBulk(other));
                };
                let length = integer(digits).and_then(|length| usize::try_from(length).ok());
                let length = length.filter(|length| *length <= MOST_BULK);
                let length = length.ok_or(Malformed::BulkLength)?;
                Next::Bulk { length, left }
            }
            _ if bytes.first() == Some(&b'*') => {
                let count = integer(&bytes[1..]).ok_or(Malformed::ArrayLength)?;
                match usize::try_from(count).unwrap_or(0) {
                    0 => Next::Request,
                    left if left <= MOST_ARGUMENTS => Next::Length { left },
                    _ => return Err(Malformed::ArrayLength),
                }
            }
            _ => {
                let words = words(bytes).map(|word| line.start + word.start..line.start + word.end);
                self.arguments.extend(words);
                Next::Request
            }
        };
        Ok(true)
    }

    fn take_line(&mut self) -> Result<Option<Range<usize>>, Malformed> {
        let bytes = &self.buffer[self.begin..self.end];
        let from = self.scanned.max(self.at);
        let Some(found) = bytes[from..].iter().position(|byte| *byte == b'\n') else {
            self.scanned = bytes.len();
            if bytes.len() - self.at > MOST_LINE {
                return Err(Malformed::LongLine);
            }
            return Ok(None);
        };
        let start = self.at;
        self.at = from + found + 1;
        let line = &bytes[start..from + found];
        if line.len() > MOST_LINE {
            return Err(Malformed::LongLine);
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Ok(Some(start..start + line.len()))
    }

    fn take_bulk(&mut self, length: usize, left: usize) -> Result<bool, Malformed> {
        let bytes = &self.buffer[self.begin + self.at..self.end];
        if bytes.len() < length + 2 {
            return Ok(false);
        }
        if &bytes[length..length + 2] != b"\r\n" {
            return Err(Malformed::NoLineEnd);
        }
        self.arguments.push(self.at..self.at + length);
        self.at += length + 2;
        self.next = match left - 1 {
            0 => Next::Request,
            left => Next::Length { left },
        };
        Ok(true)
    }
}

/// Where the words of a line are.
fn words(line: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    line.split(u8::is_ascii_whitespace).filter_map(move |word| {
        let range = at..at + word.len();
        at = range.end + 1;
        (!word.is_empty()).then_some(range)
    })
}

/// A number as Redis writes it: digits, and a minus or not.
pub(crate) fn integer(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_plain = text == "0" || !digits.starts_with(['0', '+']);
    text.parse().ok().filter(|_| is_plain)
}

/// Replies, one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Replies(pub(crate) Vec<u8>);

impl Replies {
    /// A short text of ours, as `OK`.
    pub(crate) fn simple(&mut self, text: &str) {
        self.line(b'+', text.as_bytes());
    }

    /// An error. What of it comes from the client must not end the line.
    pub(crate) fn error(&mut self, text: impl fmt::Display) {
        let text = text.to_string().replace(['\r', '\n'], " ");
        self.line(b'-', text.as_bytes());
    }

    pub(crate) fn integer(&mut self, value: i64) {
        self.number(b':', value);
    }

    pub(crate) fn bulk(&mut self, bytes: &[u8]) {
        self.number(b'$', bytes.len() as i64);
        self.0.extend_from_slice(bytes);
        self.0.extend_from_slice(b"\r\n");
    }

    /// What there is not.
    pub(crate) fn null(&mut self) {
        self.0.extend_from_slice(b"$-1\r\n");
    }

    /// The head of an array, whose `length` elements follow.
    pub(crate) fn array(&mut self, length: usize) {
        self.number(b'*', length as i64);
    }

    fn line(&mut self, kind: u8, text: &[u8]) {
        self.0.push(kind);
        self.0.extend_from_slice(text);
        self.0.extend_from_slice(b"\r\n");
    }

    /// Every reply has one, so it is spelled out here without the machinery of `write!`.
    fn number(&mut self, kind: u8, value: i64) {
        let mut digits = [0; 20];
        let mut at = digits.len();
        let mut left = value.unsigned_abs();
        loop {
            at -= 1;
            digits[at] = b'0' + (left % 10) as u8;
            left /= 10;
            if left == 0 {
                break;
            }
        }
        self.0.push(kind);
        if value < 0 {
            self.0.push(b'-');
        }
        self.0.extend_from_slice(&digits[at..]);
        self.0.extend_from_slice(b"\r\n");
    }
}
