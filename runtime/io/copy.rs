//! Copying from a reader to a writer.

use super::short_cut;
use std::io::{self, Read, Write};

/// What is read at once; more than that is worth a `splice`.
pub(super) const PIECE: usize = 8 << 10;

/// How far a short cut got.
#[derive(Debug)]
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    expect(dead_code, reason = "elsewhere there is none")
)]
pub(super) enum Copied {
    /// To the end; the number of bytes.
    All(u64),
    /// So many bytes; what is left goes the ordinary way.
    Some(u64),
    /// Nothing. It goes by pieces, and by [`bulk`](short_cut::bulk) after each that was full.
    Pieces,
}

/// What [`bulk`](short_cut::bulk) has moved.
#[derive(Debug, Default)]
pub(super) struct Moved {
    pub(super) copied: u64,
    /// What was read and cannot be spliced; it is still to be written.
    pub(super) read: Vec<u8>,
    /// The reader has come to its end.
    pub(super) end: bool,
}

/// Copies all that `reader` gives to `writer`; the number of bytes. Parks the task whenever one of the two
/// does; outside a task blocks the thread.
///
/// This is `std::io::copy`, for all readers and writers. On Linux, where both are this crate's or references to such,
/// the bytes do not pass through the process: from a socket or pipe to a socket or pipe they are spliced whenever
/// many come at once, from a file, or a `Take` of one, to a socket or pipe sent by `sendfile`, and from file to file
/// copied on the blocking pool. Sockets are [`TcpStream`](crate::net::TcpStream) and
/// [`UnixStream`](crate::os::unix::net::UnixStream), pipes those of [`io::pipe`](super::pipe) and of children.
///
/// # Errors
///
/// Those of `reader` and `writer`, but for `Interrupted`, which is tried again. As with std, what was read and could
/// not be written is then gone: at most 64 KiB, which are neither in the reader nor in the writer any more.
///
/// # Cancellation
///
/// Fails as reading and writing do. While it waits for `reader` nothing is lost; while it waits for `writer`, what
/// was read is, as above.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use teem::net::{Shutdown, TcpListener, TcpStream};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let mut client = TcpStream::connect(listener.local_addr()?)?;
/// let echo = teem::spawn(move || {
///     let stream = listener.accept()?.0;
///     teem::io::copy(&mut &stream, &mut &stream)
/// });
/// client.write_all(b"to and fro")?;
/// client.shutdown(Shutdown::Write)?;
/// assert_eq!(std::io::read_to_string(client)?, "to and fro");
/// assert_eq!(echo.join().unwrap()?, 10);
/// # std::io::Result::Ok(())
/// ```
pub fn copy<R, W>(reader: &mut R, writer: &mut W) -> io::Result<u64>
where
    R: Read + ?Sized,
    W: Write + ?Sized,
{
    match short_cut::copy(reader, writer)? {
        Copied::All(copied) => Ok(copied),
        Copied::Some(copied) => std::io::copy(reader, writer).map(|rest| copied + rest),
        Copied::Pieces => by_pieces(reader, writer),
    }
}

/// Copies by reading and writing, and by splicing whenever there is much to be had.
fn by_pieces<R, W>(reader: &mut R, writer: &mut W) -> io::Result<u64>
where
    R: Read + ?Sized,
    W: Write + ?Sized,
{
    let mut buffer = vec![0; PIECE];
    let mut copied = 0;
    loop {
        let length = match reader.read(&mut buffer) {
            Ok(0) => return Ok(copied),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let at_once = short_cut::write_at_once(writer, &buffer[..length]);
        if at_once < length {
            writer.write_all(&buffer[at_once..length])?;
        }
        copied += length as u64;
        if length == PIECE {
            let moved = short_cut::bulk(reader, writer)?;
            if !moved.read.is_empty() {
                writer.write_all(&moved.read)?;
            }
            copied += moved.copied + moved.read.len() as u64;
            if moved.end {
                return Ok(copied);
            }
        }
    }
}
