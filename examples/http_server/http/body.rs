//! A request's body: of a length that was said, or in chunks (RFC 9112, 7.1).

use super::Limits;
use super::head::Framing;
use super::response::Status;

/// What a chunk's size line may have without being counted: a number and the end of the line.
const FREE: usize = 20;

/// Where in a body its reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// This many bytes of the body are next. `true`: of a chunk, whose end of line follows.
    Data(u64, bool),
    /// The end of line after a chunk's data.
    DataEnd,
    /// A chunk's size.
    Size,
    /// Lines after the last chunk, of which an empty one is the end.
    Trailer,
    Done,
}

/// A body that is being received.
#[derive(Debug)]
pub(super) struct Body {
    state: State,
    /// How much of the body there may still be.
    left: u64,
    /// How many bytes there may still be that are neither data nor needed.
    surplus: usize,
}

/// What to do with the bytes at hand.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// So many are of the body.
    Data(usize),
    /// So many are not.
    Skip(usize),
    /// A part is missing.
    More,
    Done,
}

impl Body {
    /// # Errors
    ///
    /// It is longer than may be.
    pub(super) fn new(framing: Framing, limits: &Limits) -> Result<Self, Status> {
        let state = match framing {
            Framing::None | Framing::Length(0) => State::Done,
            Framing::Length(length) if length > limits.body => return Err(Status::ContentTooLarge),
            Framing::Length(length) => State::Data(length, false),
            Framing::Chunked => State::Size,
        };
        Ok(Self {
            state,
            left: limits.body,
            // Less than the input holds, so that it is never full of them.
            surplus: limits.head / 2,
        })
    }

    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Looks at what was received. The bytes that it names are taken to be used up then.
    ///
    /// # Errors
    ///
    /// What to answer: there is too much of it, or no sense in it.
    pub(super) fn step(&mut self, received: &[u8]) -> Result<Step, Status> {
        match self.state {
            State::Done => Ok(Step::Done),
            _ if received.is_empty() => Ok(Step::More),
            State::Data(left, chunked) => {
                let count = received
                    .len()
                    .min(usize::try_from(left).unwrap_or(usize::MAX));
                self.state = match (left - count as u64, chunked) {
                    (0, true) => State::DataEnd,
                    (0, false) => State::Done,
                    (left, chunked) => State::Data(left, chunked),
                };
                Ok(Step::Data(count))
            }
            State::DataEnd => match received {
                [b'\r', b'\n', ..] => {
                    self.state = State::Size;
                    Ok(Step::Skip(2))
                }
                [b'\r'] => Ok(Step::More),
                _ => Err(Status::BadRequest),
            },
            State::Size => self.size(received),
            State::Trailer => self.trailer(received),
        }
    }

    fn size(&mut self, received: &[u8]) -> Result<Step, Status> {
        let parsed = httparse::parse_chunk_size(received).map_err(|_| Status::BadRequest)?;
        let httparse::Status::Complete((count, size)) = parsed else {
            // All of it would be counted once it has ended.
            return match received.len().saturating_sub(FREE) > self.surplus {
                true => Err(Status::BadRequest),
                false => Ok(Step::More),
            };
        };
        self.spend(count.saturating_sub(FREE))?;
        self.left = self.left.checked_sub(size).ok_or(Status::ContentTooLarge)?;
        self.state = match size {
            0 => State::Trailer,
            size => State::Data(size, true),
        };
        Ok(Step::Skip(count))
    }

    /// Trailers are nothing to us.
    fn trailer(&mut self, received: &[u8]) -> Result<Step, Status> {
        let end = received.iter().position(|&byte| byte == b'\n');
        let Some(end) = end else {
            return match received.len() > self.surplus {
                true => Err(Status::HeadersTooLarge),
                false => Ok(Step::More),
            };
        };
        self.spend(end).map_err(|_| Status::HeadersTooLarge)?;
        if matches!(&received[..end], b"\r" | b"") {
            self.state = State::Done;
        }
        Ok(Step::Skip(end + 1))
    }

    fn spend(&mut self, count: usize) -> Result<(), Status> {
        self.surplus = self.surplus.checked_sub(count).ok_or(Status::BadRequest)?;
        Ok(())
    }
}
