//! Datagrams: `std::net::UdpSocket` for tasks.

use super::addr::{self, ToSocketAddrs};
use crate::poll::{self, Pollable};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

type Std = std::net::UdpSocket;

/// A UDP socket: `std::net::UdpSocket`, whose receiving and sending parks the task.
///
/// A message is received whole or not at all; of one that is longer than the buffer the rest is dropped. Several
/// tasks may use one socket, each message comes out once.
///
/// # Examples
///
/// ```
/// use teem::net::UdpSocket;
///
/// fn main() -> std::io::Result<()> {
///     let server = UdpSocket::bind("127.0.0.1:0")?;
///     let address = server.local_addr()?;
///     let echo = teem::spawn(move || {
///         let mut buffer = [0; 1500];
///         let (length, peer) = server.recv_from(&mut buffer)?;
///         server.send_to(&buffer[..length], peer)
///     });
///     let client = UdpSocket::bind("127.0.0.1:0")?;
///     client.connect(address)?;
///     client.send(b"hello")?;
///     let mut buffer = [0; 1500];
///     assert_eq!(client.recv(&mut buffer)?, 5);
///     assert_eq!(echo.join().unwrap()?, 5);
///     Ok(())
/// }
/// ```
pub struct UdpSocket {
    file: Pollable<Std>,
}

poll::face!(UdpSocket, Std);
poll::socket!(UdpSocket, SocketAddr);
poll::exchange!(UdpSocket, SocketAddr);
poll::hops!(UdpSocket);

impl UdpSocket {
    /// Creates a socket bound to the first of the addresses that allows it. Port 0 asks the system for one.
    ///
    /// Parks the task if a name must be resolved, see [`ToSocketAddrs`].
    ///
    /// # Errors
    ///
    /// That of the last address tried; `InvalidInput` when there is none.
    pub fn bind<A: ToSocketAddrs>(addr: A) -> io::Result<Self> {
        let socket = addr::try_each(addr, |address| Std::bind(address))?;
        socket.set_nonblocking(true)?;
        let file = Pollable::new(socket);
        Ok(Self { file })
    }

    /// Receives a message into `buf`; its length there and its sender. Parks the task until there is one; outside
    /// a task blocks the thread.
    ///
    /// # Errors
    ///
    /// Those of the system.
    ///
    /// # Cancellation
    ///
    /// Fails, see the [module](super#cancellation); no message is lost.
    pub fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let (length, sender) = self.file.receive_from(buf, false)?;
        Ok((length, sender.internet()?))
    }

    /// [`recv_from`](Self::recv_from) that leaves the message where it is: the next call finds it again.
    ///
    /// # Errors
    ///
    /// Those of the system.
    ///
    /// # Cancellation
    ///
    /// Fails, see the [module](super#cancellation).
    pub fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let (length, sender) = self.file.receive_from(buf, true)?;
        Ok((length, sender.internet()?))
    }

    /// Sends a message to `addr`, if that is several to the first; how many bytes were sent, which is all. Parks the
    /// task until the system has room; outside a task blocks the thread.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when there is no address, and those of the system; one of them says that the message is too
    /// long.
    ///
    /// # Cancellation
    ///
    /// Fails, see the [module](super#cancellation); nothing was sent then.
    pub fn send_to<A: ToSocketAddrs>(&self, buf: &[u8], addr: A) -> io::Result<usize> {
        let Some(address) = addr.to_socket_addrs()?.next() else {
            let message = "no addresses to send data to";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        };
        self.file.send_to(buf, &(&address).into())
    }

    /// Sets the `SO_BROADCAST` option: messages may go to broadcast addresses.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn set_broadcast(&self, broadcast: bool) -> io::Result<()> {
        self.file.inner().set_broadcast(broadcast)
    }

    /// The `SO_BROADCAST` option.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn broadcast(&self) -> io::Result<bool> {
        self.file.inner().broadcast()
    }

    /// Sets the `IP_MULTICAST_LOOP` option: what is sent to a group comes back to this host. IPv4 alone.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn set_multicast_loop_v4(&self, multicast_loop_v4: bool) -> io::Result<()> {
        self.file.inner().set_multicast_loop_v4(multicast_loop_v4)
    }

    /// The `IP_MULTICAST_LOOP` option.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn multicast_loop_v4(&self) -> io::Result<bool> {
        self.file.inner().multicast_loop_v4()
    }

    /// Sets the `IP_MULTICAST_TTL` option: how many hops a packet to a group may make; 1 unless set. IPv4 alone.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn set_multicast_ttl_v4(&self, multicast_ttl_v4: u32) -> io::Result<()> {
        self.file.inner().set_multicast_ttl_v4(multicast_ttl_v4)
    }

    /// The `IP_MULTICAST_TTL` option.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn multicast_ttl_v4(&self) -> io::Result<u32> {
        self.file.inner().multicast_ttl_v4()
    }

    /// Sets the `IPV6_MULTICAST_LOOP` option: what is sent to a group comes back to this host. IPv6 alone.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn set_multicast_loop_v6(&self, multicast_loop_v6: bool) -> io::Result<()> {
        self.file.inner().set_multicast_loop_v6(multicast_loop_v6)
    }

    /// The `IPV6_MULTICAST_LOOP` option.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn multicast_loop_v6(&self) -> io::Result<bool> {
        self.file.inner().multicast_loop_v6()
    }

    /// Joins the group `multiaddr`, on the interface with the address `interface`; the system chooses one for
    /// `0.0.0.0`.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn join_multicast_v4(&self, multiaddr: &Ipv4Addr, interface: &Ipv4Addr) -> io::Result<()> {
        self.file.inner().join_multicast_v4(multiaddr, interface)
    }

    /// Leaves the group `multiaddr`, on the interface with the address `interface`; the system chooses one for
    /// `0.0.0.0`.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn leave_multicast_v4(&self, multiaddr: &Ipv4Addr, interface: &Ipv4Addr) -> io::Result<()> {
        self.file.inner().leave_multicast_v4(multiaddr, interface)
    }

    /// Joins the group `multiaddr`, on the interface with the index `interface`; the system chooses one for 0.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn join_multicast_v6(&self, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.file.inner().join_multicast_v6(multiaddr, interface)
    }

    /// Leaves the group `multiaddr`, on the interface with the index `interface`; the system chooses one for 0.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn leave_multicast_v6(&self, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.file.inner().leave_multicast_v6(multiaddr, interface)
    }

    /// Connects the socket to the first of the addresses that the system allows: [`send`](Self::send) goes there, and
    /// nothing is received from elsewhere. Parks the task only if a name must be resolved.
    ///
    /// # Errors
    ///
    /// That of the last address tried; `InvalidInput` when there is none.
    pub fn connect<A: ToSocketAddrs>(&self, addr: A) -> io::Result<()> {
        addr::try_each(addr, |address| self.file.inner().connect(address))
    }

    /// Sends a message to the address that the socket is connected to. Waits as [`send_to`](Self::send_to).
    ///
    /// # Errors
    ///
    /// Those of the system; what became of messages sent before may be among them.
    ///
    /// # Cancellation
    ///
    /// Fails, see the [module](super#cancellation); nothing was sent then.
    pub fn send(&self, buf: &[u8]) -> io::Result<usize> {
        self.file.send(buf)
    }

    /// Receives a message from the address that the socket is connected to. Waits as
    /// [`recv_from`](Self::recv_from).
    ///
    /// # Errors
    ///
    /// Those of the system; what became of messages sent before may be among them.
    ///
    /// # Cancellation
    ///
    /// Fails, see the [module](super#cancellation); no message is lost.
    pub fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.file.receive(buf, false)
    }

    /// [`recv`](Self::recv) that leaves the message where it is.
    ///
    /// # Errors
    ///
    /// Those of the system.
    ///
    /// # Cancellation
    ///
    /// Fails, see the [module](super#cancellation).
    pub fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.file.receive(buf, true)
    }
}
