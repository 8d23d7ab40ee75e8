//! What was received and not used up yet.

use std::io::{self, Read};

/// How many bytes a connection has room for at first; most never need more.
const FIRST: usize = 4 << 10;

/// A buffer that is filled at its end and used up from its beginning.
///
/// ```text
///  0 .. start    used up, reused when the rest is moved to the front
///  start .. end  received
///  end ..        free
/// ```
#[derive(Debug)]
pub(super) struct Input {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    most: usize,
}

impl Input {
    /// One that holds `most` bytes at the most.
    pub(super) fn new(most: usize) -> Self {
        Self {
            bytes: vec![0; FIRST.min(most)],
            start: 0,
            end: 0,
            most,
        }
    }

    pub(super) fn received(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Whether all that it may hold is waiting to be used up.
    pub(super) fn is_full(&self) -> bool {
        self.end - self.start == self.most
    }

    /// The first `count` of the received bytes have been used up.
    pub(super) fn consume(&mut self, count: usize) {
        assert!(count <= self.end - self.start, "only what was received");
        self.start += count;
        if self.is_empty() {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Receives something, by one call of `read`. 0 is the end of it all.
    ///
    /// # Panics
    ///
    /// If it is full.
    pub(super) fn fill(&mut self, source: &mut impl Read) -> io::Result<usize> {
        assert!(!self.is_full(), "there is room, or nobody asks for more");
        if self.end == self.bytes.len() {
            self.make_room();
        }
        let count = source.read(&mut self.bytes[self.end..])?;
        self.end += count;
        Ok(count)
    }

    /// Gives back what a long head has needed; only when all has been used up.
    pub(super) fn shrink(&mut self) {
        if self.is_empty() && self.bytes.len() > FIRST {
            self.bytes.truncate(FIRST);
            self.bytes.shrink_to_fit();
        }
    }

    fn make_room(&mut self) {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        } else {
            let more = (2 * self.bytes.len()).min(self.most);
            self.bytes.resize(more, 0);
        }
    }
}
