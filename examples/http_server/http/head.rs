//! A request's line and headers: what they say, and what is wrong with them.

use super::response::Status;
use super::{HEADERS, Limits};
use httparse::Header;
use std::mem::MaybeUninit;

/// Room for parsed headers, which need not be cleared for each request.
pub(super) type Room<'b> = [MaybeUninit<Header<'b>>; HEADERS];

/// Gives an empty room.
pub(super) const fn room<'b>() -> Room<'b> {
    [const { MaybeUninit::uninit() }; HEADERS]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
    Post,
    Put,
    Options,
    /// Known to HTTP, and to nothing that is served here.
    Other,
}

/// How long a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is none, as nothing was said about it.
    None,
    Length(u64),
    Chunked,
}

/// What the connection has to know of a request when its head is gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) method: Method,
    /// 0 or 1, of HTTP/1.x.
    pub(super) minor: u8,
    pub(super) keep_alive: bool,
    pub(super) framing: Framing,
    /// The client waits for `100 Continue` before it sends the body.
    pub(super) expects_continue: bool,
}

/// A request without its body, where it was received.
#[derive(Debug)]
pub(super) struct Head<'h, 'b> {
    pub(super) method: &'b str,
    /// `/` and so on, without the query; or `*`.
    pub(super) path: &'b str,
    pub(super) query: Option<&'b str>,
    pub(super) headers: &'h [Header<'b>],
    pub(super) terms: Terms,
    /// Its length in bytes.
    pub(super) length: usize,
}

/// Parses what was received so far; `None` if a part is missing.
///
/// # Errors
///
/// What to answer instead. What follows in the stream means nothing then.
pub(super) fn parse<'h, 'b>(
    received: &'b [u8],
    room: &'h mut Room<'b>,
    limits: &Limits,
) -> Result<Option<Head<'h, 'b>>, Status> {
    if received.is_empty() {
        return Ok(None);
    }
    let mut request = httparse::Request::new(&mut []);
    let length = match request.parse_with_uninit_headers(received, room) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return partial(received, limits),
        Err(error) => return Err(malformed(error, received)),
    };
    let (Some(method), Some(target), Some(minor)) = (request.method, request.path, request.version)
    else {
        return Err(Status::BadRequest);
    };
    if target.len() > limits.target {
        return Err(Status::UriTooLong);
    }
    let (path, query) = split(target).ok_or(Status::BadRequest)?;
    let headers = &*request.headers;
    let terms = terms(known(method)?, minor, headers)?;
    Ok(Some(Head {
        method,
        path,
        query,
        headers,
        terms,
        length,
    }))
}

/// What a request line may have around its target: a method and a version.
const AROUND: usize = 32;

/// What a head is that has not ended yet.
fn partial<T>(received: &[u8], limits: &Limits) -> Result<Option<T>, Status> {
    let line = received.trim_ascii_start();
    if received.len() < limits.head && line.len() <= limits.target + AROUND {
        return Ok(None);
    }
    match line.contains(&b'\n') {
        false => Err(Status::UriTooLong),
        true if received.len() >= limits.head => Err(Status::HeadersTooLarge),
        true => Ok(None),
    }
}

fn malformed(error: httparse::Error, received: &[u8]) -> Status {
    match error {
        httparse::Error::TooManyHeaders => Status::HeadersTooLarge,
        httparse::Error::Version if has_other_version(received) => Status::VersionNotSupported,
        _ => Status::BadRequest,
    }
}

/// Whether the first line ends as a request's does, with a version that we do not speak.
fn has_other_version(received: &[u8]) -> bool {
    let mut lines = received.trim_ascii_start().split(|&byte| byte == b'\n');
    let line = lines.next().unwrap_or_default().trim_ascii_end();
    let version = line.rsplit(|&byte| byte == b' ').next();
    let number = version.and_then(|word| word.strip_prefix(b"HTTP/"));
    matches!(number, Some([b'0'..=b'9', b'.', b'0'..=b'9']))
}

fn known(method: &str) -> Result<Method, Status> {
    Ok(match method {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "OPTIONS" => Method::Options,
        "DELETE" | "PATCH" => Method::Other,
        _ => return Err(Status::NotImplemented),
    })
}

/// Path and query of a target, which may have the server's name before it, as for a proxy.
fn split(target: &str) -> Option<(&str, Option<&str>)> {
    let local = match target.strip_prefix("http://") {
        Some(rest) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => target,
    };
    let mark = local.bytes().position(|byte| byte == b'?');
    let (path, query) = match mark {
        Some(at) => (&local[..at], Some(&local[at + 1..])),
        None => (local, None),
    };
    (path.starts_with('/') || path == "*").then_some((path, query))
}

/// What the headers say about the connection and the body. Whatever another server between the
/// client and us could read in another way is refused.
fn terms(method: Method, minor: u8, headers: &[Header<'_>]) -> Result<Terms, Status> {
    let mut hosts = 0;
    let mut keep_alive = minor == 1;
    let mut framing = Framing::None;
    let mut expects_continue = false;
    for header in headers {
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        match header.name.len() {
            4 if is("host") => hosts += 1,
            6 if is("expect") => {
                if !header.value.eq_ignore_ascii_case(b"100-continue") {
                    return Err(Status::ExpectationFailed);
                }
                expects_continue = minor == 1;
            }
            10 if is("connection") => {
                let mut words = header.value.split(|&byte| byte == b',');
                let mut has =
                    |word: &[u8]| words.any(|other| other.trim_ascii().eq_ignore_ascii_case(word));
                keep_alive = match minor {
                    1 => keep_alive && !has(b"close"),
                    _ => keep_alive || has(b"keep-alive"),
                };
            }
            14 if is("content-length") => {
                framing = with_length(framing, header.value)?;
            }
            17 if is("transfer-encoding") => {
                framing = with_encoding(framing, minor, header.value)?;
            }
            _ => {}
        }
    }
    if hosts > 1 || (minor == 1 && hosts == 0) {
        return Err(Status::BadRequest);
    }
    Ok(Terms {
        method,
        minor,
        keep_alive,
        framing,
        expects_continue,
    })
}

fn with_length(framing: Framing, value: &[u8]) -> Result<Framing, Status> {
    let digits = std::str::from_utf8(value).ok();
    let digits = digits.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    match (framing, digits) {
        (Framing::None, Some(digits)) if !digits.is_empty() => {
            // A number that is too large for us is one.
            let length = digits.parse().map_err(|_| Status::ContentTooLarge)?;
            Ok(Framing::Length(length))
        }
        _ => Err(Status::BadRequest),
    }
}

fn with_encoding(framing: Framing, minor: u8, value: &[u8]) -> Result<Framing, Status> {
    if framing != Framing::None || minor == 0 {
        return Err(Status::BadRequest);
    }
    if !value.eq_ignore_ascii_case(b"chunked") {
        return Err(Status::NotImplemented);
    }
    Ok(Framing::Chunked)
}
