//! One client, from its first request to its last.
//!
//! ```text
//!            ┌─────────────── whole head at hand ◀──────────┐
//!            ▼                                              │
//!   choose, body, answer ──▶ output        output sent, then wait ◀── a part is missing
//!            │                                │       │
//!            ▼                                ▼       ▼
//!     asked to close                    client gone  too slow, malformed: refuse, linger
//! ```
//!
//! Waiting for a *next* request is the one wait that the end of the server cuts short; all others
//! belong to a request that has begun, and go through [`Drain::finish`](super::Drain::finish).

use super::body::{Body, Step};
use super::files::Found;
use super::head::{self, Framing, Method, Terms};
use super::input::Input;
use super::response::{After, Content, Date, Status, push_head, push_text};
use super::routes::{self, Answer};
use super::{Site, Transport};
use std::io::{self, ErrorKind, Read};
use std::time::{Duration, Instant};
use teem::context::cause_of;

/// How much of an answer is sent at a time.
const PART: usize = 64 << 10;

/// How much room for answers a connection keeps while it is idle.
const KEPT: usize = 16 << 10;

/// Why a connection ends.
#[derive(Debug)]
enum End {
    /// All has been said.
    Quiet,
    /// All has been said, but the client may still be sending.
    Early,
    /// The client has to be told why.
    Refused(Status),
    /// There is nobody to be told.
    Broken(io::Error),
}

impl From<Status> for End {
    fn from(status: Status) -> Self {
        End::Refused(status)
    }
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        End::Broken(error)
    }
}

/// Serves a client until one of both ends the connection.
///
/// # Errors
///
/// The connection broke, which is the client's affair; or a file of ours could not be read.
pub(crate) fn serve(transport: impl Transport, site: &Site) -> io::Result<()> {
    site.drain.enter(|| {
        let connection = Connection {
            input: Input::new(site.limits.head),
            output: Vec::new(),
            date: Date::new(),
            served: 0,
            head_until: None,
            read_time: None,
            transport,
            site,
        };
        connection.run()
    })
}

struct Connection<'s, T> {
    transport: T,
    site: &'s Site,
    input: Input,
    /// Answers that have not been sent yet.
    output: Vec<u8>,
    date: Date,
    /// How many requests there were.
    served: u64,
    /// Until when a head that has begun must be whole.
    head_until: Option<Instant>,
    /// What bounds each read now.
    read_time: Option<Duration>,
}

impl<T: Transport> Connection<'_, T> {
    fn run(mut self) -> io::Result<()> {
        self.transport
            .set_write_timeout(self.site.limits.write_time)?;
        let end = loop {
            if let Err(end) = self.request() {
                break end;
            }
        };
        match end {
            End::Broken(error) => return Err(error),
            End::Quiet => return self.send(),
            End::Early => {}
            End::Refused(status) => {
                let (content, text) = routes::plain(status);
                let answer = (&content, text);
                let after = After::Close;
                push_text(&mut self.output, answer, Method::Get, after, &mut self.date);
            }
        }
        self.send()?;
        self.linger()
    }

    /// Answers a request, or receives more of it.
    fn request(&mut self) -> Result<(), End> {
        let mut room = head::room();
        let received = self.input.received();
        let Some(head) = head::parse(received, &mut room, &self.site.limits)? else {
            return self.receive_head();
        };
        let answer = routes::choose(&head, self.site);
        let (terms, length) = (head.terms, head.length);
        self.input.consume(length);
        self.head_until = None;
        self.served += 1;
        self.respond(terms, answer)
    }

    fn receive_head(&mut self) -> Result<(), End> {
        self.send()?;
        if self.input.is_empty() {
            return self.wait_for_request();
        }
        let time = self.site.limits.head_time;
        let until = *self.head_until.get_or_insert_with(|| Instant::now() + time);
        loop {
            let before = self.input.received().len();
            self.receive_until(until)?;
            // Nothing has ended without the end of a line: no use in parsing it all again.
            if self.input.received()[before..].contains(&b'\n') || self.input.is_full() {
                return Ok(());
            }
        }
    }

    fn wait_for_request(&mut self) -> Result<(), End> {
        let limits = &self.site.limits;
        let time = match self.served {
            0 => limits.head_time,
            _ => limits.idle_time,
        };
        self.input.shrink();
        self.output.shrink_to(KEPT);
        self.bound_reads(time)?;
        match self.input.fill(&mut self.transport) {
            Ok(0) => Err(End::Quiet),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            Err(error) if is_timeout(&error) || cause_of(&error).is_some() => Err(End::Quiet),
            Err(error) => Err(End::Broken(error)),
        }
    }

    /// Bounds each read from now on. For a socket that is a system call, which requests that come whole, one
    /// after the other, do not pay.
    fn bound_reads(&mut self, time: Duration) -> io::Result<()> {
        if self.read_time != Some(time) {
            self.transport.set_read_timeout(time)?;
            self.read_time = Some(time);
        }
        Ok(())
    }

    /// Receives more of a request that has begun.
    fn receive_until(&mut self, until: Instant) -> Result<(), End> {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(End::Refused(Status::RequestTimeout));
        }
        self.bound_reads(left)?;
        let fill = || self.input.fill(&mut self.transport);
        match self.site.drain.finish(fill) {
            Ok(0) => Err(End::Refused(Status::BadRequest)),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            Err(error) if is_timeout(&error) => Err(End::Refused(Status::RequestTimeout)),
            Err(error) => Err(End::Broken(error)),
        }
    }

    /// Receives the body, if there is one, and answers.
    fn respond(&mut self, terms: Terms, mut answer: Answer) -> Result<(), End> {
        let mut body = Body::new(terms.framing, &self.site.limits)?;
        if matches!(answer, Answer::Echo) && terms.framing == Framing::None {
            answer = routes::status(Status::LengthRequired);
        }
        let is_wanted = matches!(answer, Answer::Echo);
        let mut kept = Vec::new();
        let is_held_back = terms.expects_continue && !body.is_done() && self.input.is_empty();
        // Who waits to be asked for a body that nobody wants keeps it.
        let is_early = is_held_back && !is_wanted;
        if is_held_back && is_wanted {
            self.output
                .extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        if !is_early {
            self.receive_body(&mut body, is_wanted.then_some(&mut kept))?;
        }
        let close = !terms.keep_alive
            || is_early
            || self.served >= self.site.limits.requests
            || self.site.drain.is_stopping();
        let after = After::new(&terms, close);
        match answer {
            Answer::Text(content, text) => self.push((&content, &text), terms.method, after),
            Answer::Echo => {
                let content = Content {
                    status: Status::Ok,
                    kind: "application/octet-stream",
                    length: kept.len() as u64,
                    allow: None,
                };
                self.push((&content, &kept), terms.method, after);
            }
            Answer::File(found) => self.push_file(found, terms.method, after)?,
        }
        if self.output.len() >= PART {
            self.send()?;
        }
        match close {
            false => Ok(()),
            true if is_early || !self.input.is_empty() => Err(End::Early),
            true => Err(End::Quiet),
        }
    }

    fn push(&mut self, answer: (&Content, &[u8]), method: Method, after: After) {
        push_text(&mut self.output, answer, method, after, &mut self.date);
    }

    /// Receives the whole body, and keeps it where there is a place for it.
    fn receive_body(&mut self, body: &mut Body, mut kept: Option<&mut Vec<u8>>) -> Result<(), End> {
        let mut until = None;
        loop {
            let received = self.input.received();
            match body.step(received)? {
                Step::Done => return Ok(()),
                Step::Skip(count) => self.input.consume(count),
                Step::Data(count) => {
                    if let Some(kept) = &mut kept {
                        kept.extend_from_slice(&received[..count]);
                    }
                    self.input.consume(count);
                }
                Step::More => {
                    self.send()?;
                    let time = self.site.limits.body_time;
                    let until = *until.get_or_insert_with(|| Instant::now() + time);
                    self.receive_until(until)?;
                }
            }
        }
    }

    /// Sends a file, part by part, but for the last part, which may share a write.
    fn push_file(&mut self, found: Found, method: Method, after: After) -> Result<(), End> {
        let content = Content {
            status: Status::Ok,
            kind: found.kind,
            length: found.length,
            allow: None,
        };
        push_head(&mut self.output, &content, after, &mut self.date);
        if method == Method::Head {
            return Ok(());
        }
        let (mut file, mut left) = (found.file, found.length);
        while left > 0 {
            if self.output.len() >= PART {
                self.send()?;
            }
            let begin = self.output.len();
            let room = ((PART - begin) as u64).min(left);
            self.output.resize(begin + room as usize, 0);
            let free = &mut self.output[begin..];
            let count = teem::offload(|| file.read(free))?;
            self.output.truncate(begin + count);
            left -= count as u64;
            if count == 0 {
                // Its length has been promised.
                let error = io::Error::new(ErrorKind::UnexpectedEof, "the file was cut short");
                return Err(End::Broken(error));
            }
        }
        Ok(())
    }

    /// Sends all answers that are ready.
    fn send(&mut self) -> io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        let mut is_slow = false;
        for part in self.output.chunks(PART) {
            is_slow |= send_part(&mut self.transport, part, self.site)?;
        }
        if is_slow {
            self.transport
                .set_write_timeout(self.site.limits.write_time)?;
        }
        self.output.clear();
        self.site.drain.finish(|| self.transport.flush())
    }

    /// Reads on for a while, to nobody's use: bytes that nobody has read when a connection is closed
    /// make the system reset it, and the client might never see the answer.
    fn linger(mut self) -> io::Result<()> {
        self.transport.finish()?;
        let time = self.site.limits.linger_time;
        let until = Instant::now() + time;
        let mut scrap = [0; 1024];
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            self.transport.set_read_timeout(left)?;
            let read = || self.transport.read(&mut scrap);
            match self.site.drain.finish(read) {
                Ok(0) | Err(_) => return Ok(()),
                Ok(_) => {}
            }
        }
    }
}

/// Sends a part of an answer. True when it took more than one write.
fn send_part(transport: &mut impl Transport, part: &[u8], site: &Site) -> io::Result<bool> {
    let mut rest = part;
    let mut until = None;
    loop {
        match site.drain.finish(|| transport.write(rest)) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => rest = &rest[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if rest.is_empty() {
            return Ok(until.is_some());
        }
        let until = *until.get_or_insert_with(|| Instant::now() + site.limits.write_time);
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        transport.set_write_timeout(left)?;
    }
}

/// Whether a read or write took longer than it may: std's sockets say the one or the other.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock)
}
