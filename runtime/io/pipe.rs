//! Pipes between tasks, threads and processes.

use crate::poll::{Pipe, pipe_end, pipe_reads, pipe_writes};
use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

/// The end of a pipe that is read from.
///
/// Clones share the pipe, and, given to others as a descriptor, its mode: the one that is given away blocks
/// again, and with it all clones.
pub struct PipeReader {
    pipe: Pipe,
}

/// The end of a pipe that is written to. When the last clone is dropped, the reader comes to the end.
///
/// Clones share the pipe, and, given to others as a descriptor, its mode: the one that is given away blocks
/// again, and with it all clones.
pub struct PipeWriter {
    pipe: Pipe,
}

pipe_end!(PipeReader, std::io::PipeReader);
pipe_end!(PipeWriter, std::io::PipeWriter);
pipe_reads!(PipeReader, &PipeReader);
pipe_writes!(PipeWriter, &PipeWriter);

impl PipeReader {
    /// A second handle to the same end. Never parks.
    ///
    /// # Errors
    ///
    /// Too many open files.
    pub fn try_clone(&self) -> io::Result<Self> {
        let pipe = self.pipe.try_clone()?;
        Ok(Self { pipe })
    }
}

impl PipeWriter {
    /// A second handle to the same end. Never parks.
    ///
    /// # Errors
    ///
    /// Too many open files.
    pub fn try_clone(&self) -> io::Result<Self> {
        let pipe = self.pipe.try_clone()?;
        Ok(Self { pipe })
    }
}

impl FromRawFd for PipeReader {
    unsafe fn from_raw_fd(fd: RawFd) -> Self {
        // SAFETY: passed on.
        unsafe { OwnedFd::from_raw_fd(fd) }.into()
    }
}

impl FromRawFd for PipeWriter {
    unsafe fn from_raw_fd(fd: RawFd) -> Self {
        // SAFETY: passed on.
        unsafe { OwnedFd::from_raw_fd(fd) }.into()
    }
}

impl From<PipeReader> for std::io::PipeReader {
    /// It blocks again.
    fn from(reader: PipeReader) -> Self {
        OwnedFd::from(reader).into()
    }
}

impl From<PipeWriter> for std::io::PipeWriter {
    /// It blocks again.
    fn from(writer: PipeWriter) -> Self {
        OwnedFd::from(writer).into()
    }
}

/// A pipe: what is written at one end is read at the other. Never parks.
///
/// Between tasks a [channel](crate::chan) is faster; a pipe also leads to other processes.
///
/// # Errors
///
/// Too many open files.
///
/// # Examples
///
/// ```
/// use teem::io::{self, Read};
/// use teem::process::Command;
///
/// let (mut reader, writer) = io::pipe()?;
/// let mut child = Command::new("sh")
///     .args(["-c", "echo out; echo err >&2"])
///     .stdout(writer.try_clone()?)
///     .stderr(writer)
///     .spawn()?;
/// let mut text = String::new();
/// reader.read_to_string(&mut text)?;
/// assert_eq!(text, "out\nerr\n");
/// assert!(child.wait()?.success());
/// # std::io::Result::Ok(())
/// ```
pub fn pipe() -> io::Result<(PipeReader, PipeWriter)> {
    let (reader, writer) = std::io::pipe()?;
    Ok((reader.into(), writer.into()))
}
