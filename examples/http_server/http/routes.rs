//! Which request gets what.

use super::Site;
use super::files::Found;
use super::head::{Head, Method};
use super::response::{Content, Status};
use std::borrow::Cow;
use std::fmt::Write;

const TEXT: &str = "text/plain; charset=utf-8";

/// What a request gets.
#[derive(Debug)]
pub(super) enum Answer {
    /// These bytes.
    Text(Content, Cow<'static, [u8]>),
    /// Its own body.
    Echo,
    File(Found),
}

/// Decides on an answer by the head alone: what the client sends after it may depend on that.
pub(super) fn choose(head: &Head<'_, '_>, site: &Site) -> Answer {
    match (head.path, head.terms.method) {
        ("/", Method::Get | Method::Head) => text(TEXT, "Hello, World!"),
        ("/json", Method::Get | Method::Head) => text("application/json", describe(head)),
        ("/echo", Method::Post | Method::Put) => Answer::Echo,
        ("/" | "/json", method) => other("GET, HEAD, OPTIONS", method),
        ("/echo", method) => other("POST, PUT, OPTIONS", method),
        ("*", Method::Options) => other("GET, HEAD, POST, PUT, OPTIONS", Method::Options),
        ("*", _) => status(Status::BadRequest),
        (path, method) => file(path, method, site),
    }
}

fn file(path: &str, method: Method, site: &Site) -> Answer {
    let found = (site.root.as_ref()).and_then(|root| teem::offload(|| root.open(path)));
    match (found, method) {
        (None, _) => status(Status::NotFound),
        (Some(found), Method::Get | Method::Head) => Answer::File(found),
        (Some(_), method) => other("GET, HEAD, OPTIONS", method),
    }
}

fn text(kind: &'static str, text: impl Into<Cow<'static, str>>) -> Answer {
    let bytes = match text.into() {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    };
    let content = Content {
        status: Status::Ok,
        kind,
        length: bytes.len() as u64,
        allow: None,
    };
    Answer::Text(content, bytes)
}

/// An answer that is nothing but a status.
pub(super) fn status(status: Status) -> Answer {
    let (content, line) = plain(status);
    Answer::Text(content, Cow::Borrowed(line))
}

/// The same, taken apart.
pub(super) fn plain(status: Status) -> (Content, &'static [u8]) {
    let line = status.line().as_bytes();
    let content = Content {
        status,
        kind: TEXT,
        length: line.len() as u64,
        allow: None,
    };
    (content, line)
}

/// For a method that is not among `methods`, or asks for them.
fn other(methods: &'static str, method: Method) -> Answer {
    let what = match method {
        Method::Options => Status::NoContent,
        _ => Status::MethodNotAllowed,
    };
    let (content, line) = plain(what);
    let allow = Some(methods);
    let line = if what == Status::NoContent { b"" } else { line };
    Answer::Text(Content { allow, ..content }, Cow::Borrowed(line))
}

/// The request, in JSON.
fn describe(head: &Head<'_, '_>) -> String {
    let mut out = String::from("{\"method\":");
    quote(&mut out, head.method);
    out.push_str(",\"path\":");
    quote(&mut out, head.path);
    out.push_str(",\"query\":");
    match head.query {
        Some(query) => quote(&mut out, query),
        None => out.push_str("null"),
    }
    // Pairs, as a name may come twice.
    out.push_str(",\"headers\":[");
    for (at, header) in head.headers.iter().enumerate() {
        out.push_str(if at == 0 { "[" } else { ",[" });
        quote(&mut out, header.name);
        out.push(',');
        quote(&mut out, &String::from_utf8_lossy(header.value));
        out.push(']');
    }
    out.push_str("]}\n");
    out
}

/// Appends a JSON string.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            control if control < ' ' => {
                let written = write!(out, "\\u{:04x}", u32::from(control));
                written.expect("strings take all");
            }
            other => out.push(other),
        }
    }
    out.push('"');
}
