//! What is done with a socket, whichever kind it is.

use super::Pollable;
use crate::netpoll::{Direction, Outcome};
use crate::scheduler;
use crate::sys::{Address, SHORT_READ_DRAINS, fault, socket as sys};
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

/// Whether an operation that moved `moved` of `asked` bytes has shown that no more will move.
fn is_short(moved: usize, asked: usize) -> bool {
    0 < moved && moved < asked
}

/// The first buffer that has room for something, which is all that a short transfer uses.
pub(super) fn first_mut<'a>(buffers: &'a mut [IoSliceMut<'_>]) -> &'a mut [u8] {
    let first = buffers.iter_mut().find(|buffer| !buffer.is_empty());
    first.map_or(&mut [], |buffer| buffer)
}

/// The same of buffers that are written.
pub(super) fn first<'a>(buffers: &'a [IoSlice<'_>]) -> &'a [u8] {
    let first = buffers.iter().find(|buffer| !buffer.is_empty());
    first.map_or(&[], |buffer| buffer)
}

/// Reads nothing. The system's own calls return at once then, be there something or not, and the operation would wait
/// where nothing is known to be left. (One that writes nothing is always tried, and does not block.)
pub(super) fn nothing() -> io::Result<usize> {
    scheduler::check_cancelled()?;
    scheduler::running().inspect(|running| running.spend_budget());
    Ok(0)
}

/// What has moved, of which nothing follows for the next operation.
fn some<T>(value: T) -> Outcome<T> {
    let short = false;
    Outcome { value, short }
}

/// Of the sockets of streams. What is sent and received as messages is never short of anything.
impl<S: AsFd> Pollable<S> {
    /// Reads from a stream of bytes. `DRAINS`: this kind of socket returns less than it was asked for only when
    /// nothing is left.
    #[inline]
    pub(crate) fn read<const DRAINS: bool>(&self, buffer: &mut [u8]) -> io::Result<usize> {
        // This and `write` hold no reference to what they were called with, which would have to be in memory.
        self.io(Direction::Read, move |socket| {
            let asked = fault::limit("recv", buffer.len());
            let value = sys::receive(socket.as_fd(), &mut buffer[..asked], false)?;
            let short = SHORT_READ_DRAINS && DRAINS && is_short(value, asked);
            Ok(Outcome { value, short })
        })
    }

    /// [`read`](Self::read) into several buffers, in order.
    pub(crate) fn read_vectored<const DRAINS: bool>(
        &self,
        buffers: &mut [IoSliceMut<'_>],
    ) -> io::Result<usize> {
        let asked = sys::taken(buffers).map(|buffer| buffer.len()).sum();
        if asked == 0 {
            return nothing();
        }
        if fault::is_shortening() {
            return self.read::<DRAINS>(first_mut(buffers));
        }
        self.io(Direction::Read, |socket| {
            let value = sys::receive_vectored(socket.as_fd(), buffers)?;
            let short = SHORT_READ_DRAINS && DRAINS && is_short(value, asked);
            Ok(Outcome { value, short })
        })
    }

    /// Writes to a stream of bytes.
    #[inline]
    pub(crate) fn write(&self, buffer: &[u8]) -> io::Result<usize> {
        self.io(Direction::Write, move |socket| {
            let asked = fault::limit("send", buffer.len());
            let value = sys::send(socket.as_fd(), &buffer[..asked])?;
            let short = is_short(value, asked);
            Ok(Outcome { value, short })
        })
    }

    /// [`write`](Self::write) from several buffers, in order.
    pub(crate) fn write_vectored(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        if fault::is_shortening() {
            return self.write(first(buffers));
        }
        self.io(Direction::Write, |socket| {
            let asked = sys::taken(buffers).map(|buffer| buffer.len()).sum();
            let value = match asked {
                0 => 0,
                _ => sys::send_vectored(socket.as_fd(), buffers)?,
            };
            let short = is_short(value, asked);
            Ok(Outcome { value, short })
        })
    }

    /// Receives a message, or, with `peek`, looks at what is to be received next.
    pub(crate) fn receive(&self, buffer: &mut [u8], peek: bool) -> io::Result<usize> {
        self.io(Direction::Read, |socket| {
            let received = sys::receive(socket.as_fd(), buffer, peek);
            self.or_end(received, 0).map(some)
        })
    }

    /// Receives a message and its sender's address.
    pub(crate) fn receive_from(
        &self,
        buffer: &mut [u8],
        peek: bool,
    ) -> io::Result<(usize, Address)> {
        self.io(Direction::Read, |socket| {
            let received = sys::receive_from(socket.as_fd(), buffer, peek);
            self.or_end(received, (0, Address::none())).map(some)
        })
    }

    /// What was received, or `end` where nothing ever will be. A call that blocks is told so by the system, one that
    /// does not hears that it would block.
    fn or_end<T>(&self, received: io::Result<T>, end: T) -> io::Result<T> {
        match received {
            Err(error)
                if error.kind() == io::ErrorKind::WouldBlock && self.descriptor().is_closed() =>
            {
                Ok(end)
            }
            other => other,
        }
    }

    /// Nothing will be received any more, for all clones.
    pub(crate) fn end_receiving(&self) {
        self.descriptor().close(crate::scheduler::park::schedule);
    }

    /// Has all who are parked on it, by any clone, try again: of a unix socket that was shut down no event tells who
    /// waits for room.
    pub(crate) fn wake_all(&self) {
        (self.descriptor()).wake_all(&mut crate::scheduler::park::schedule);
    }

    /// Sends a message to whom the socket is connected to.
    pub(crate) fn send(&self, message: &[u8]) -> io::Result<usize> {
        self.io(Direction::Write, |socket| {
            sys::send(socket.as_fd(), message).map(some)
        })
    }

    /// Sends a message.
    pub(crate) fn send_to(&self, message: &[u8], address: &Address) -> io::Result<usize> {
        self.io(Direction::Write, |socket| {
            sys::send_to(socket.as_fd(), message, address).map(some)
        })
    }

    /// Takes a connection from a listener's queue.
    pub(crate) fn accept(&self) -> io::Result<(OwnedFd, Address)> {
        self.io(Direction::Read, |listener| {
            if self.descriptor().is_closed() {
                let message = "the listener has been closed";
                return Err(io::Error::new(io::ErrorKind::NotConnected, message));
            }
            // One connection says nothing about the next.
            sys::accept(listener.as_fd()).map(some)
        })
    }

    /// Ends accepting, for all clones.
    pub(crate) fn close(&self) {
        self.end_receiving();
        // Frees the queue, and wakes threads that poll, where the system can do that to a listener.
        let _ = sys::shutdown(self.inner().as_fd());
    }

    /// Keeps a timeout that the system has taken.
    pub(crate) fn set_timeout(&self, direction: Direction, timeout: Option<Duration>) {
        self.descriptor().set_timeout(direction, timeout);
    }

    /// Chooses whether calls fail instead of waiting.
    pub(crate) fn set_nonblocking(&self, nonblocking: bool) {
        self.descriptor().set_nonblocking(nonblocking);
    }
}
