//! What std has for sockets on Linux alone.

use crate::net::TcpStream;
use std::io;
use std::os::linux::net::TcpStreamExt as _;

pub use std::os::linux::net::SocketAddrExt;

/// Options of a stream that only Linux has: `std::os::linux::net::TcpStreamExt`.
pub trait TcpStreamExt: sealed::Sealed {
    /// Has incoming data acknowledged at once (`TCP_QUICKACK`), until the system changes its mind.
    ///
    /// # Errors
    ///
    /// Those of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::net::{TcpListener, TcpStream};
    /// use teem::os::linux::net::TcpStreamExt;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let stream = TcpStream::connect(listener.local_addr()?)?;
    /// stream.set_quickack(false)?;
    /// assert!(!stream.quickack()?);
    /// # std::io::Result::Ok(())
    /// ```
    fn set_quickack(&self, quickack: bool) -> io::Result<()>;

    /// The `TCP_QUICKACK` option.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn quickack(&self) -> io::Result<bool>;
}

impl TcpStreamExt for TcpStream {
    fn set_quickack(&self, quickack: bool) -> io::Result<()> {
        self.std().set_quickack(quickack)
    }

    fn quickack(&self) -> io::Result<bool> {
        self.std().quickack()
    }
}

mod sealed {
    /// Only teem's types have these options.
    pub trait Sealed {}

    impl Sealed for super::TcpStream {}
}
