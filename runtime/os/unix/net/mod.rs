//! Unix sockets: `std::os::unix::net`, with calls that park the task instead of blocking its thread.
//!
//! They wait, and are cut, as [those of the internet](crate::net) are.
//!
//! Two waits are for what no poller reports: connecting to a listener whose queue is full, and sending a
//! message with [`UnixDatagram::send_to`] to a socket that has too many already. There the call is tried again,
//! after pauses of up to ten milliseconds.
//!
//! # Examples
//!
//! ```
//! use std::io::{Read, Write};
//! use teem::os::unix::net::UnixStream;
//!
//! let (mut near, mut far) = UnixStream::pair()?;
//! let reader = teem::spawn(move || {
//!     let mut text = String::new();
//!     near.read_to_string(&mut text).map(|_| text)
//! });
//! far.write_all(b"hello")?;
//! drop(far);
//! assert_eq!(reader.join().unwrap()?, "hello");
//! # std::io::Result::Ok(())
//! ```

mod datagram;
mod listener;
mod stream;

pub use datagram::UnixDatagram;
pub use listener::{Incoming, UnixListener};
pub use std::os::unix::net::SocketAddr;
pub use stream::UnixStream;
