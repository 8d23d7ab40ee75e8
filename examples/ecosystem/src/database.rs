//! A database client: the commands of the crate `redis` over any stream.
//!
//! Its own `Connection` opens sockets by itself, so this takes its place: the crate's commands, types
//! and pipelines come with the trait [`ConnectionLike`], and its parser reads from any `Read`.

use redis::{ConnectionLike, Parser, RedisError, RedisResult, Value};
use std::io::{Read, Write};

/// A connection to a server that speaks Redis's protocol.
pub struct Database<S> {
    stream: S,
    parser: Parser,
    is_open: bool,
}

impl<S: Read + Write> Database<S> {
    /// Talks to the server at the other end of `stream`.
    pub fn new(stream: S) -> Self {
        Self {
            stream,
            parser: Parser::new(),
            is_open: true,
        }
    }

    fn send(&mut self, command: &[u8]) -> RedisResult<()> {
        let sent = self.stream.write_all(command);
        self.noted(sent.map_err(RedisError::from))
    }

    /// The next reply; one that says that something went wrong is among the values.
    fn receive(&mut self) -> RedisResult<Value> {
        let received = self.parser.parse_value(&mut self.stream);
        self.noted(received)
    }

    /// After an error nobody knows which reply would come next.
    fn noted<T>(&mut self, result: RedisResult<T>) -> RedisResult<T> {
        self.is_open &= result.is_ok();
        result
    }
}

impl<S: Read + Write> ConnectionLike for Database<S> {
    fn req_packed_command(&mut self, command: &[u8]) -> RedisResult<Value> {
        self.send(command)?;
        self.receive()?.extract_error()
    }

    fn req_packed_commands(
        &mut self,
        commands: &[u8],
        skipped: usize,
        count: usize,
    ) -> RedisResult<Vec<Value>> {
        self.send(commands)?;
        for _ in 0..skipped {
            self.receive()?;
        }
        (0..count).map(|_| self.receive()).collect()
    }

    fn get_db(&self) -> i64 {
        0
    }

    fn check_connection(&mut self) -> bool {
        redis::cmd("PING").query::<String>(self).is_ok()
    }

    fn is_open(&self) -> bool {
        self.is_open
    }
}
