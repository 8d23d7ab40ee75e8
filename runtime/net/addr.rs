//! Names to addresses, without holding a worker up.
//!
//! `std::net::ToSocketAddrs` blocks: its `&str` asks the system's resolver, which may wait for
//! seconds. So it has a twin here, with the same implementations, in which literal addresses are
//! parsed in place and names go to the blocking pool while the task parks.
//!
//! Bounding our functions by std's own trait instead was rejected: a generic function cannot tell a
//! name from an address then, and it may not run the conversion on another thread either, for the
//! type need not be `Send`. The price is that a foreign type that implements only std's trait has to
//! be converted first: `address.to_socket_addrs()?.collect::<Vec<_>>()` and `&list[..]`.

use crate::scheduler;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::{iter, option, slice, vec};

/// What can be converted into one or more addresses: `std::net::ToSocketAddrs`, resolving host
/// names on the blocking pool, with the task parked.
///
/// Addresses, pairs of an IP address and a port, and strings that are literal addresses are
/// converted in place. Outside a task the calling thread resolves names itself. The addresses of a name come with IPv6
/// and IPv4 by turns, those of one family in the resolver's order, as RFC 8305 has it.
///
/// # Errors
///
/// As std: those of the system's resolver, and
/// [`InvalidInput`](io::ErrorKind::InvalidInput) for a string that is no `host:port`.
///
/// # Cancellation
///
/// In a cancelled task a name is not looked up. A lookup that is under way is not cut, it ends when
/// the resolver does.
///
/// # Examples
///
/// ```
/// use teem::net::ToSocketAddrs;
///
/// let mut addresses = teem::run(|| "127.0.0.1:80".to_socket_addrs())?;
/// assert_eq!(addresses.next(), Some(([127, 0, 0, 1], 80).into()));
/// let named = teem::run(|| ("localhost", 80).to_socket_addrs())?;
/// assert!(named.map(|address| address.ip()).all(|ip| ip.is_loopback()));
/// # std::io::Result::Ok(())
/// ```
pub trait ToSocketAddrs {
    /// What the addresses come from.
    type Iter: Iterator<Item = SocketAddr>;

    /// Converts, or resolves. See the trait.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn to_socket_addrs(&self) -> io::Result<Self::Iter>;
}

/// Implements the trait for types that become one address without asking anybody.
macro_rules! convertible {
    ($($type:ty),+) => {$(
        impl ToSocketAddrs for $type {
            type Iter = option::IntoIter<SocketAddr>;

            fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
                Ok(Some(SocketAddr::from(*self)).into_iter())
            }
        }
    )+};
}

convertible!(SocketAddr, SocketAddrV4, SocketAddrV6);
convertible!((IpAddr, u16), (Ipv4Addr, u16), (Ipv6Addr, u16));

impl ToSocketAddrs for (&str, u16) {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        let (host, port) = *self;
        match host.parse::<IpAddr>() {
            Ok(ip) => Ok(vec![SocketAddr::new(ip, port)].into_iter()),
            Err(_) => resolve(host, port),
        }
    }
}

impl ToSocketAddrs for (String, u16) {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        (self.0.as_str(), self.1).to_socket_addrs()
    }
}

impl ToSocketAddrs for str {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        if let Ok(address) = self.parse() {
            return Ok(vec![address].into_iter());
        }
        let parts = self.rsplit_once(':');
        match parts.map(|(host, port)| (host, port.parse())) {
            Some((host, Ok(port))) => resolve(host, port),
            // No host and port: std refuses it without asking anybody, in its own words.
            _ => std::net::ToSocketAddrs::to_socket_addrs(self),
        }
    }
}

impl ToSocketAddrs for String {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        self.as_str().to_socket_addrs()
    }
}

impl<'a> ToSocketAddrs for &'a [SocketAddr] {
    type Iter = iter::Cloned<slice::Iter<'a, SocketAddr>>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        Ok(self.iter().cloned())
    }
}

impl<T: ToSocketAddrs + ?Sized> ToSocketAddrs for &T {
    type Iter = T::Iter;

    fn to_socket_addrs(&self) -> io::Result<T::Iter> {
        (**self).to_socket_addrs()
    }
}

/// Asks the system's resolver, on the blocking pool.
fn resolve(host: &str, port: u16) -> io::Result<vec::IntoIter<SocketAddr>> {
    scheduler::check_cancelled()?;
    let resolve = || std::net::ToSocketAddrs::to_socket_addrs(&(host, port));
    scheduler::offload(resolve).map(alternating)
}

/// The addresses of one name, families by turns: if one of the two leads nowhere, that costs one attempt and not all of
/// its addresses'. Each family keeps its order, and the first address stays the first. (RFC 8305, section 4)
fn alternating(addresses: vec::IntoIter<SocketAddr>) -> vec::IntoIter<SocketAddr> {
    let addresses = addresses.as_slice();
    let first = addresses.first().map(SocketAddr::is_ipv6);
    let (preferred, other): (Vec<_>, Vec<_>) = addresses
        .iter()
        .partition(|address| Some(address.is_ipv6()) == first);
    let both = preferred.len().max(other.len());
    let turns = (0..both).flat_map(|turn| [preferred.get(turn), other.get(turn)]);
    turns.flatten().copied().collect::<Vec<_>>().into_iter()
}

/// The first success of `attempt` with one of the addresses, else the last failure.
pub(super) fn try_each<T>(
    addresses: impl ToSocketAddrs,
    mut attempt: impl FnMut(&SocketAddr) -> io::Result<T>,
) -> io::Result<T> {
    let mut failure = None;
    for address in addresses.to_socket_addrs()? {
        match attempt(&address) {
            Ok(success) => return Ok(success),
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.unwrap_or_else(|| {
        let message = "could not resolve to any addresses";
        io::Error::new(io::ErrorKind::InvalidInput, message)
    }))
}

#[cfg(test)]
mod tests;
