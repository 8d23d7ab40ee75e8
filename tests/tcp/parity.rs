//! Every method and implementation of std's types, named for both: what is missing does not
//! compile. Made from the list in std's documentation (1.95, stable).

use std::fmt::Debug;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::iter::FusedIterator;
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

/// What a value of the type can be, and where it can go.
fn common<T>()
where
    T: AsFd + AsRawFd + FromRawFd + IntoRawFd + From<OwnedFd> + Into<OwnedFd>,
    T: Debug + Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + 'static,
{
    let _: unsafe fn(RawFd) -> T = T::from_raw_fd;
    let _: fn(T) -> RawFd = T::into_raw_fd;
}

fn transfers<T: Read + Write>() {
    let _: fn(&mut T, &mut [u8]) -> io::Result<usize> = T::read;
    let _: fn(&mut T, &mut [IoSliceMut<'_>]) -> io::Result<usize> = T::read_vectored;
    let _: fn(&mut T, &mut Vec<u8>) -> io::Result<usize> = T::read_to_end;
    let _: fn(&mut T, &[u8]) -> io::Result<usize> = T::write;
    let _: fn(&mut T, &[IoSlice<'_>]) -> io::Result<usize> = T::write_vectored;
    let _: fn(&mut T) -> io::Result<()> = T::flush;
}

/// The same list for the `net` of std and for ours.
macro_rules! surface {
    ($name:ident, $net:path) => {
        mod $name {
            use super::*;
            #[allow(unused_imports, reason = "they are to be there, and that is all")]
            use $net::{AddrParseError, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};
            use $net::{Incoming, TcpListener, TcpStream, ToSocketAddrs};

            #[test]
            fn stream() {
                common::<TcpStream>();
                transfers::<TcpStream>();
                transfers::<&TcpStream>();
                type Timeout = Option<Duration>;
                let _: fn(SocketAddr) -> io::Result<TcpStream> = TcpStream::connect;
                let _: fn(&'static str) -> io::Result<TcpStream> = TcpStream::connect;
                let _: fn(&SocketAddr, Duration) -> io::Result<TcpStream> =
                    TcpStream::connect_timeout;
                let _: fn(&TcpStream) -> io::Result<SocketAddr> = TcpStream::peer_addr;
                let _: fn(&TcpStream) -> io::Result<SocketAddr> = TcpStream::local_addr;
                let _: fn(&TcpStream, Shutdown) -> io::Result<()> = TcpStream::shutdown;
                let _: fn(&TcpStream) -> io::Result<TcpStream> = TcpStream::try_clone;
                let _: fn(&TcpStream, Timeout) -> io::Result<()> = TcpStream::set_read_timeout;
                let _: fn(&TcpStream, Timeout) -> io::Result<()> = TcpStream::set_write_timeout;
                let _: fn(&TcpStream) -> io::Result<Timeout> = TcpStream::read_timeout;
                let _: fn(&TcpStream) -> io::Result<Timeout> = TcpStream::write_timeout;
                let _: fn(&TcpStream, &mut [u8]) -> io::Result<usize> = TcpStream::peek;
                let _: fn(&TcpStream, bool) -> io::Result<()> = TcpStream::set_nodelay;
                let _: fn(&TcpStream) -> io::Result<bool> = TcpStream::nodelay;
                let _: fn(&TcpStream, u32) -> io::Result<()> = TcpStream::set_ttl;
                let _: fn(&TcpStream) -> io::Result<u32> = TcpStream::ttl;
                let _: fn(&TcpStream) -> io::Result<Option<io::Error>> = TcpStream::take_error;
                let _: fn(&TcpStream, bool) -> io::Result<()> = TcpStream::set_nonblocking;
            }

            #[test]
            #[allow(deprecated, reason = "std has it, and so have we")]
            fn listener() {
                common::<TcpListener>();
                let _: fn(SocketAddr) -> io::Result<TcpListener> = TcpListener::bind;
                let _: fn(&TcpListener) -> io::Result<SocketAddr> = TcpListener::local_addr;
                let _: fn(&TcpListener) -> io::Result<TcpListener> = TcpListener::try_clone;
                let _: fn(&TcpListener) -> io::Result<(TcpStream, SocketAddr)> =
                    TcpListener::accept;
                let _: for<'a> fn(&'a TcpListener) -> Incoming<'a> = TcpListener::incoming;
                let _: fn(&TcpListener, u32) -> io::Result<()> = TcpListener::set_ttl;
                let _: fn(&TcpListener) -> io::Result<u32> = TcpListener::ttl;
                let _: fn(&TcpListener, bool) -> io::Result<()> = TcpListener::set_only_v6;
                let _: fn(&TcpListener) -> io::Result<bool> = TcpListener::only_v6;
                let _: fn(&TcpListener) -> io::Result<Option<io::Error>> = TcpListener::take_error;
                let _: fn(&TcpListener, bool) -> io::Result<()> = TcpListener::set_nonblocking;
            }

            #[test]
            fn incoming() {
                fn check<'a, T>()
                where
                    T: Iterator<Item = io::Result<TcpStream>> + FusedIterator + Debug + 'a,
                    T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe,
                {
                }
                check::<Incoming<'static>>();
            }

            #[test]
            fn addresses() {
                fn check<T: ToSocketAddrs + ?Sized>() {}
                check::<SocketAddr>();
                check::<SocketAddrV4>();
                check::<SocketAddrV6>();
                check::<(IpAddr, u16)>();
                check::<(Ipv4Addr, u16)>();
                check::<(Ipv6Addr, u16)>();
                check::<(&str, u16)>();
                check::<(String, u16)>();
                check::<str>();
                check::<String>();
                check::<&[SocketAddr]>();
                check::<&&&str>();
            }
        }
    };
}

surface!(std_has, std::net);
surface!(teem_has, teem::net);

#[test]
fn conversions_between_the_two_exist() {
    fn check<A: From<B>, B: From<A>>() {}
    check::<teem::net::TcpStream, std::net::TcpStream>();
    check::<teem::net::TcpListener, std::net::TcpListener>();
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[test]
fn extensions_of_linux_exist() {
    use std::os::linux::net::TcpStreamExt as StdExt;
    use teem::os::linux::net::TcpStreamExt as TeemExt;
    type Std = std::net::TcpStream;
    type Teem = teem::net::TcpStream;
    let _: fn(&Std, bool) -> io::Result<()> = StdExt::set_quickack;
    let _: fn(&Teem, bool) -> io::Result<()> = TeemExt::set_quickack;
    let _: fn(&Std) -> io::Result<bool> = StdExt::quickack;
    let _: fn(&Teem) -> io::Result<bool> = TeemExt::quickack;
}
