//! TCP and UDP: `std::net`, with calls that park the task instead of blocking its thread.
//!
//! The names, the signatures and what they do are std's, so a program that uses them as threads do
//! needs only another `use` line. What never blocks (addresses and their kin) *is* std's and is
//! re-exported here.
//!
//! # Which call waits, and how
//!
//! `accept`, `connect`, `read`, `peek`, `write` and their like try the system call first. If it would block, a
//! task parks until the netpoller of its worker reports the socket, and other tasks run meanwhile;
//! an OS thread outside the runtime blocks. A socket may be used from both, from several at once
//! and from different runtimes.
//!
//! A call that succeeds at once does not park, but a task that never waits yields now and then, so
//! that it cannot keep its worker from the others.
//!
//! # Cancellation
//!
//! In a cancelled task each of these calls fails at once, and one that is parked is woken, with an
//! error for which [`context::cause_of`](crate::context::cause_of) finds the cause. Its kind is
//! neither [`WouldBlock`](std::io::ErrorKind::WouldBlock) nor
//! [`Interrupted`](std::io::ErrorKind::Interrupted). Nothing is lost: data that was not returned is
//! still in the socket, a connection that was not accepted in the queue.
//!
//! # Examples
//!
//! ```
//! use std::io::{Read, Write};
//! use teem::net::{TcpListener, TcpStream};
//!
//! fn main() -> std::io::Result<()> {
//!     let listener = TcpListener::bind("127.0.0.1:0")?;
//!     let address = listener.local_addr()?;
//!     let server = teem::spawn(move || {
//!         let (mut stream, _) = listener.accept()?;
//!         stream.write_all(b"hello")
//!     });
//!     let mut text = String::new();
//!     TcpStream::connect(address)?.read_to_string(&mut text)?;
//!     server.join().unwrap()?;
//!     assert_eq!(text, "hello");
//!     Ok(())
//! }
//! ```

mod addr;
mod listener;
mod options;
mod serve;
mod stream;
mod udp;

#[cfg(all(test, teem_fault, target_os = "linux"))]
mod tests;

pub use addr::ToSocketAddrs;
pub use listener::{Incoming, TcpListener};
pub use options::ListenOptions;
pub(crate) use serve::{Accept, serve_steps, serve_tasks};
pub use serve::{Server, serve, serve_idle};
pub use std::net::{
    AddrParseError, IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, SocketAddrV4, SocketAddrV6,
};
pub use stream::TcpStream;
pub use udp::UdpSocket;
