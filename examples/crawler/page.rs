//! One page by HTTP/1.1, over a connection of its own.
//!
//! The calls here know of no timeout: the context that they are made in has one.

use super::link::Site;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use teem::net::TcpStream;

/// The most bytes of a response's head.
const MOST_HEAD: u64 = 16 << 10;
/// The most headers.
const MOST_HEADERS: usize = 64;
/// The most bytes of a page.
const MOST_BODY: u64 = 4 << 20;

/// A response.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// Where the body ends.
#[derive(Clone, Copy, Debug)]
enum Length {
    Known(u64),
    Chunked,
    UntilEnd,
}

fn bad(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

/// Fetches the page at `path`.
pub(crate) fn fetch(site: &Site, path: &str) -> io::Result<Page> {
    let mut stream = TcpStream::connect(site.address())?;
    let host = &site.authority;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: crawler\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut reader = BufReader::new(stream);
    let (status, length) = head(&mut reader)?;
    let mut body = Vec::new();
    match length {
        Length::Known(length) if length > MOST_BODY => return Err(bad("the page is too long")),
        Length::Known(length) => exactly(&mut reader, length, &mut body)?,
        Length::Chunked => chunks(&mut reader, &mut body)?,
        Length::UntilEnd => {
            reader.take(MOST_BODY + 1).read_to_end(&mut body)?;
        }
    }
    if body.len() as u64 > MOST_BODY {
        return Err(bad("the page is too long"));
    }
    Ok(Page { status, body })
}

/// Reads the lines up to the empty one.
fn head(reader: &mut impl BufRead) -> io::Result<(u16, Length)> {
    let mut reader = reader.take(MOST_HEAD);
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut text)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(&text);
    parsed.map_err(|_| bad("not a response of HTTP"))?;
    let status = response.code.ok_or(bad("a response without a status"))?;
    let value = |name: &str| {
        let mut headers = response.headers.iter();
        let header = headers.find(|header| header.name.eq_ignore_ascii_case(name));
        header.map(|header| String::from_utf8_lossy(header.value).trim().to_owned())
    };
    let length = if value("transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked")) {
        Length::Chunked
    } else if let Some(length) = value("content-length") {
        Length::Known(length.parse().map_err(|_| bad("a length that is none"))?)
    } else {
        Length::UntilEnd
    };
    Ok((status, length))
}

fn exactly(reader: &mut impl Read, length: u64, body: &mut Vec<u8>) -> io::Result<()> {
    let count = reader.take(length).read_to_end(body)?;
    match count as u64 == length {
        true => Ok(()),
        false => Err(ErrorKind::UnexpectedEof.into()),
    }
}

fn chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let mut line = Vec::new();
        reader.take(MOST_HEAD).read_until(b'\n', &mut line)?;
        let size = match httparse::parse_chunk_size(&line) {
            Ok(httparse::Status::Complete((_, size))) => size,
            _ => return Err(bad("not a chunk")),
        };
        if size == 0 {
            // Trailers, if any, tell nothing that is wanted, and the connection is not used again.
            return Ok(());
        }
        if size > MOST_BODY - body.len() as u64 {
            return Err(bad("the page is too long"));
        }
        exactly(reader, size, body)?;
        exactly(reader, 2, &mut Vec::new())?;
    }
}
