// Made by generate.py from the documentation of Rust 1.95.0: 229 checks. Not to be edited.

// std::net

fn net_addrparseerror(it: std::net::AddrParseError) -> root::net::AddrParseError {
    it
}
fn net_incoming_is_debug<'a>() {
    fn is<'a, Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::net::Incoming<'a>>();
}
fn net_incoming_is_iterator<'a>() {
    fn is<
        'a,
        Subject: ?Sized
            + std::iter::Iterator<Item = std::result::Result<root::net::TcpStream, root::io::Error>>,
    >() {
    }
    is::<root::net::Incoming<'a>>();
}
fn net_incoming_is_fusediterator() {
    fn is<Subject: ?Sized + std::iter::FusedIterator>() {}
    is::<root::net::Incoming<'_>>();
}
fn net_incoming_is_refunwindsafe<'a>() {
    fn is<'a, Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::net::Incoming<'a>>();
}
fn net_incoming_is_send<'a>() {
    fn is<'a, Subject: ?Sized + std::marker::Send>() {}
    is::<root::net::Incoming<'a>>();
}
fn net_incoming_is_sync<'a>() {
    fn is<'a, Subject: ?Sized + std::marker::Sync>() {}
    is::<root::net::Incoming<'a>>();
}
fn net_incoming_is_unpin<'a>() {
    fn is<'a, Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::net::Incoming<'a>>();
}
fn net_incoming_is_unwindsafe<'a>() {
    fn is<'a, Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::net::Incoming<'a>>();
}
fn net_ipv4addr(it: std::net::Ipv4Addr) -> root::net::Ipv4Addr {
    it
}
fn net_ipv6addr(it: std::net::Ipv6Addr) -> root::net::Ipv6Addr {
    it
}
fn net_socketaddrv4(it: std::net::SocketAddrV4) -> root::net::SocketAddrV4 {
    it
}
fn net_socketaddrv6(it: std::net::SocketAddrV6) -> root::net::SocketAddrV6 {
    it
}
fn net_tcplistener_bind<A: root::net::ToSocketAddrs>(
    addr: A,
) -> root::io::Result<root::net::TcpListener> {
    <root::net::TcpListener>::bind(addr)
}
fn net_tcplistener_local_addr(
    this: &root::net::TcpListener,
) -> root::io::Result<root::net::SocketAddr> {
    <root::net::TcpListener>::local_addr(this)
}
fn net_tcplistener_try_clone(
    this: &root::net::TcpListener,
) -> root::io::Result<root::net::TcpListener> {
    <root::net::TcpListener>::try_clone(this)
}
fn net_tcplistener_accept(
    this: &root::net::TcpListener,
) -> root::io::Result<(root::net::TcpStream, root::net::SocketAddr)> {
    <root::net::TcpListener>::accept(this)
}
fn net_tcplistener_incoming(this: &root::net::TcpListener) -> root::net::Incoming<'_> {
    <root::net::TcpListener>::incoming(this)
}
fn net_tcplistener_set_ttl(this: &root::net::TcpListener, ttl: u32) -> root::io::Result<()> {
    <root::net::TcpListener>::set_ttl(this, ttl)
}
fn net_tcplistener_ttl(this: &root::net::TcpListener) -> root::io::Result<u32> {
    <root::net::TcpListener>::ttl(this)
}
fn net_tcplistener_set_only_v6(
    this: &root::net::TcpListener,
    only_v6: bool,
) -> root::io::Result<()> {
    <root::net::TcpListener>::set_only_v6(this, only_v6)
}
fn net_tcplistener_set_nonblocking(
    this: &root::net::TcpListener,
    nonblocking: bool,
) -> root::io::Result<()> {
    <root::net::TcpListener>::set_nonblocking(this, nonblocking)
}
fn net_tcplistener_is_asfd() {
    fn is<Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<root::net::TcpListener>();
}
fn net_tcplistener_is_asrawfd() {
    fn is<Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<root::net::TcpListener>();
}
fn net_tcplistener_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::net::TcpListener>();
}
fn net_tcplistener_is_from() {
    fn is<Subject: ?Sized + std::convert::From<root::os::fd::OwnedFd>>() {}
    is::<root::net::TcpListener>();
}
fn net_tcplistener_is_from_2() {
    fn is<Subject: ?Sized + std::convert::From<root::net::TcpListener>>() {}
    is::<root::os::fd::OwnedFd>();
}
fn net_tcplistener_is_fromrawfd() {
    fn is<Subject: ?Sized + root::os::fd::FromRawFd>() {}
    is::<root::net::TcpListener>();
}
fn net_tcplistener_is_intorawfd() {
    fn is<Subject: ?Sized + root::os::fd::IntoRawFd>() {}
    is::<root::net::TcpListener>();
}
fn net_tcplistener_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::net::TcpListener>();
}
fn net_tcplistener_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::net::TcpListener>();
}
fn net_tcplistener_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::net::TcpListener>();
}
fn net_tcplistener_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::net::TcpListener>();
}
fn net_tcplistener_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::net::TcpListener>();
}
fn net_tcpstream_connect<A: root::net::ToSocketAddrs>(
    addr: A,
) -> root::io::Result<root::net::TcpStream> {
    <root::net::TcpStream>::connect(addr)
}
fn net_tcpstream_connect_timeout(
    addr: &root::net::SocketAddr,
    timeout: root::time::Duration,
) -> root::io::Result<root::net::TcpStream> {
    <root::net::TcpStream>::connect_timeout(addr, timeout)
}
fn net_tcpstream_peer_addr(this: &root::net::TcpStream) -> root::io::Result<root::net::SocketAddr> {
    <root::net::TcpStream>::peer_addr(this)
}
fn net_tcpstream_local_addr(
    this: &root::net::TcpStream,
) -> root::io::Result<root::net::SocketAddr> {
    <root::net::TcpStream>::local_addr(this)
}
fn net_tcpstream_shutdown(
    this: &root::net::TcpStream,
    how: root::net::Shutdown,
) -> root::io::Result<()> {
    <root::net::TcpStream>::shutdown(this, how)
}
fn net_tcpstream_try_clone(this: &root::net::TcpStream) -> root::io::Result<root::net::TcpStream> {
    <root::net::TcpStream>::try_clone(this)
}
fn net_tcpstream_set_read_timeout(
    this: &root::net::TcpStream,
    dur: std::option::Option<root::time::Duration>,
) -> root::io::Result<()> {
    <root::net::TcpStream>::set_read_timeout(this, dur)
}
fn net_tcpstream_set_write_timeout(
    this: &root::net::TcpStream,
    dur: std::option::Option<root::time::Duration>,
) -> root::io::Result<()> {
    <root::net::TcpStream>::set_write_timeout(this, dur)
}
fn net_tcpstream_read_timeout(
    this: &root::net::TcpStream,
) -> root::io::Result<std::option::Option<root::time::Duration>> {
    <root::net::TcpStream>::read_timeout(this)
}
fn net_tcpstream_write_timeout(
    this: &root::net::TcpStream,
) -> root::io::Result<std::option::Option<root::time::Duration>> {
    <root::net::TcpStream>::write_timeout(this)
}
fn net_tcpstream_peek(this: &root::net::TcpStream, buf: &mut [u8]) -> root::io::Result<usize> {
    <root::net::TcpStream>::peek(this, buf)
}
fn net_tcpstream_set_nodelay(this: &root::net::TcpStream, nodelay: bool) -> root::io::Result<()> {
    <root::net::TcpStream>::set_nodelay(this, nodelay)
}
fn net_tcpstream_nodelay(this: &root::net::TcpStream) -> root::io::Result<bool> {
    <root::net::TcpStream>::nodelay(this)
}
fn net_tcpstream_set_ttl(this: &root::net::TcpStream, ttl: u32) -> root::io::Result<()> {
    <root::net::TcpStream>::set_ttl(this, ttl)
}
fn net_tcpstream_ttl(this: &root::net::TcpStream) -> root::io::Result<u32> {
    <root::net::TcpStream>::ttl(this)
}
fn net_tcpstream_take_error(
    this: &root::net::TcpStream,
) -> root::io::Result<std::option::Option<root::io::Error>> {
    <root::net::TcpStream>::take_error(this)
}
fn net_tcpstream_set_nonblocking(
    this: &root::net::TcpStream,
    nonblocking: bool,
) -> root::io::Result<()> {
    <root::net::TcpStream>::set_nonblocking(this, nonblocking)
}
fn net_tcpstream_is_asfd() {
    fn is<Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<root::net::TcpStream>();
}
fn net_tcpstream_is_asrawfd() {
    fn is<Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<root::net::TcpStream>();
}
fn net_tcpstream_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::net::TcpStream>();
}
fn net_tcpstream_is_from() {
    fn is<Subject: ?Sized + std::convert::From<root::os::fd::OwnedFd>>() {}
    is::<root::net::TcpStream>();
}
fn net_tcpstream_is_from_2() {
    fn is<Subject: ?Sized + std::convert::From<root::net::TcpStream>>() {}
    is::<root::os::fd::OwnedFd>();
}
fn net_tcpstream_is_fromrawfd() {
    fn is<Subject: ?Sized + root::os::fd::FromRawFd>() {}
    is::<root::net::TcpStream>();
}
fn net_tcpstream_is_intorawfd() {
    fn is<Subject: ?Sized + root::os::fd::IntoRawFd>() {}
    is::<root::net::TcpStream>();
}
fn net_tcpstream_is_read() {
    fn is<Subject: ?Sized + root::io::Read>() {}
    is::<&root::net::TcpStream>();
}
fn net_tcpstream_is_read_2() {
    fn is<Subject: ?Sized + root::io::Read>() {}
    is::<root::net::TcpStream>();
}
fn net_tcpstream_is_tcpstreamext() {
    fn is<Subject: ?Sized + root::os::linux::net::TcpStreamExt>() {}
    is::<root::net::TcpStream>();
}
fn net_tcpstream_is_write() {
    fn is<Subject: ?Sized + root::io::Write>() {}
    is::<&root::net::TcpStream>();
}
fn net_tcpstream_is_write_2() {
    fn is<Subject: ?Sized + root::io::Write>() {}
    is::<root::net::TcpStream>();
}
fn net_tcpstream_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::net::TcpStream>();
}
fn net_tcpstream_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::net::TcpStream>();
}
fn net_tcpstream_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::net::TcpStream>();
}
fn net_tcpstream_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::net::TcpStream>();
}
fn net_tcpstream_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::net::TcpStream>();
}
fn net_udpsocket_bind<A: root::net::ToSocketAddrs>(
    addr: A,
) -> root::io::Result<root::net::UdpSocket> {
    <root::net::UdpSocket>::bind(addr)
}
fn net_udpsocket_recv_from(
    this: &root::net::UdpSocket,
    buf: &mut [u8],
) -> root::io::Result<(usize, root::net::SocketAddr)> {
    <root::net::UdpSocket>::recv_from(this, buf)
}
fn net_udpsocket_peek_from(
    this: &root::net::UdpSocket,
    buf: &mut [u8],
) -> root::io::Result<(usize, root::net::SocketAddr)> {
    <root::net::UdpSocket>::peek_from(this, buf)
}
fn net_udpsocket_send_to<A: root::net::ToSocketAddrs>(
    this: &root::net::UdpSocket,
    buf: &[u8],
    addr: A,
) -> root::io::Result<usize> {
    <root::net::UdpSocket>::send_to(this, buf, addr)
}
fn net_udpsocket_peer_addr(this: &root::net::UdpSocket) -> root::io::Result<root::net::SocketAddr> {
    <root::net::UdpSocket>::peer_addr(this)
}
fn net_udpsocket_local_addr(
    this: &root::net::UdpSocket,
) -> root::io::Result<root::net::SocketAddr> {
    <root::net::UdpSocket>::local_addr(this)
}
fn net_udpsocket_try_clone(this: &root::net::UdpSocket) -> root::io::Result<root::net::UdpSocket> {
    <root::net::UdpSocket>::try_clone(this)
}
fn net_udpsocket_set_read_timeout(
    this: &root::net::UdpSocket,
    dur: std::option::Option<root::time::Duration>,
) -> root::io::Result<()> {
    <root::net::UdpSocket>::set_read_timeout(this, dur)
}
fn net_udpsocket_set_write_timeout(
    this: &root::net::UdpSocket,
    dur: std::option::Option<root::time::Duration>,
) -> root::io::Result<()> {
    <root::net::UdpSocket>::set_write_timeout(this, dur)
}
fn net_udpsocket_read_timeout(
    this: &root::net::UdpSocket,
) -> root::io::Result<std::option::Option<root::time::Duration>> {
    <root::net::UdpSocket>::read_timeout(this)
}
fn net_udpsocket_write_timeout(
    this: &root::net::UdpSocket,
) -> root::io::Result<std::option::Option<root::time::Duration>> {
    <root::net::UdpSocket>::write_timeout(this)
}
fn net_udpsocket_set_broadcast(
    this: &root::net::UdpSocket,
    broadcast: bool,
) -> root::io::Result<()> {
    <root::net::UdpSocket>::set_broadcast(this, broadcast)
}
fn net_udpsocket_broadcast(this: &root::net::UdpSocket) -> root::io::Result<bool> {
    <root::net::UdpSocket>::broadcast(this)
}
fn net_udpsocket_set_multicast_loop_v4(
    this: &root::net::UdpSocket,
    multicast_loop_v4: bool,
) -> root::io::Result<()> {
    <root::net::UdpSocket>::set_multicast_loop_v4(this, multicast_loop_v4)
}
fn net_udpsocket_multicast_loop_v4(this: &root::net::UdpSocket) -> root::io::Result<bool> {
    <root::net::UdpSocket>::multicast_loop_v4(this)
}
fn net_udpsocket_set_multicast_ttl_v4(
    this: &root::net::UdpSocket,
    multicast_ttl_v4: u32,
) -> root::io::Result<()> {
    <root::net::UdpSocket>::set_multicast_ttl_v4(this, multicast_ttl_v4)
}
fn net_udpsocket_multicast_ttl_v4(this: &root::net::UdpSocket) -> root::io::Result<u32> {
    <root::net::UdpSocket>::multicast_ttl_v4(this)
}
fn net_udpsocket_set_multicast_loop_v6(
    this: &root::net::UdpSocket,
    multicast_loop_v6: bool,
) -> root::io::Result<()> {
    <root::net::UdpSocket>::set_multicast_loop_v6(this, multicast_loop_v6)
}
fn net_udpsocket_multicast_loop_v6(this: &root::net::UdpSocket) -> root::io::Result<bool> {
    <root::net::UdpSocket>::multicast_loop_v6(this)
}
fn net_udpsocket_set_ttl(this: &root::net::UdpSocket, ttl: u32) -> root::io::Result<()> {
    <root::net::UdpSocket>::set_ttl(this, ttl)
}
fn net_udpsocket_ttl(this: &root::net::UdpSocket) -> root::io::Result<u32> {
    <root::net::UdpSocket>::ttl(this)
}
fn net_udpsocket_join_multicast_v4(
    this: &root::net::UdpSocket,
    multiaddr: &root::net::Ipv4Addr,
    interface: &root::net::Ipv4Addr,
) -> root::io::Result<()> {
    <root::net::UdpSocket>::join_multicast_v4(this, multiaddr, interface)
}
fn net_udpsocket_join_multicast_v6(
    this: &root::net::UdpSocket,
    multiaddr: &root::net::Ipv6Addr,
    interface: u32,
) -> root::io::Result<()> {
    <root::net::UdpSocket>::join_multicast_v6(this, multiaddr, interface)
}
fn net_udpsocket_leave_multicast_v4(
    this: &root::net::UdpSocket,
    multiaddr: &root::net::Ipv4Addr,
    interface: &root::net::Ipv4Addr,
) -> root::io::Result<()> {
    <root::net::UdpSocket>::leave_multicast_v4(this, multiaddr, interface)
}
fn net_udpsocket_leave_multicast_v6(
    this: &root::net::UdpSocket,
    multiaddr: &root::net::Ipv6Addr,
    interface: u32,
) -> root::io::Result<()> {
    <root::net::UdpSocket>::leave_multicast_v6(this, multiaddr, interface)
}
fn net_udpsocket_take_error(
    this: &root::net::UdpSocket,
) -> root::io::Result<std::option::Option<root::io::Error>> {
    <root::net::UdpSocket>::take_error(this)
}
fn net_udpsocket_connect<A: root::net::ToSocketAddrs>(
    this: &root::net::UdpSocket,
    addr: A,
) -> root::io::Result<()> {
    <root::net::UdpSocket>::connect(this, addr)
}
fn net_udpsocket_send(this: &root::net::UdpSocket, buf: &[u8]) -> root::io::Result<usize> {
    <root::net::UdpSocket>::send(this, buf)
}
fn net_udpsocket_recv(this: &root::net::UdpSocket, buf: &mut [u8]) -> root::io::Result<usize> {
    <root::net::UdpSocket>::recv(this, buf)
}
fn net_udpsocket_peek(this: &root::net::UdpSocket, buf: &mut [u8]) -> root::io::Result<usize> {
    <root::net::UdpSocket>::peek(this, buf)
}
fn net_udpsocket_set_nonblocking(
    this: &root::net::UdpSocket,
    nonblocking: bool,
) -> root::io::Result<()> {
    <root::net::UdpSocket>::set_nonblocking(this, nonblocking)
}
fn net_udpsocket_is_asfd() {
    fn is<Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<root::net::UdpSocket>();
}
fn net_udpsocket_is_asrawfd() {
    fn is<Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<root::net::UdpSocket>();
}
fn net_udpsocket_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::net::UdpSocket>();
}
fn net_udpsocket_is_from() {
    fn is<Subject: ?Sized + std::convert::From<root::os::fd::OwnedFd>>() {}
    is::<root::net::UdpSocket>();
}
fn net_udpsocket_is_from_2() {
    fn is<Subject: ?Sized + std::convert::From<root::net::UdpSocket>>() {}
    is::<root::os::fd::OwnedFd>();
}
fn net_udpsocket_is_fromrawfd() {
    fn is<Subject: ?Sized + root::os::fd::FromRawFd>() {}
    is::<root::net::UdpSocket>();
}
fn net_udpsocket_is_intorawfd() {
    fn is<Subject: ?Sized + root::os::fd::IntoRawFd>() {}
    is::<root::net::UdpSocket>();
}
fn net_udpsocket_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::net::UdpSocket>();
}
fn net_udpsocket_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::net::UdpSocket>();
}
fn net_udpsocket_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::net::UdpSocket>();
}
fn net_udpsocket_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::net::UdpSocket>();
}
fn net_udpsocket_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::net::UdpSocket>();
}
fn net_ipaddr(it: std::net::IpAddr) -> root::net::IpAddr {
    it
}
fn net_shutdown(it: std::net::Shutdown) -> root::net::Shutdown {
    it
}
fn net_socketaddr(it: std::net::SocketAddr) -> root::net::SocketAddr {
    it
}
fn net_tosocketaddrs_to_socket_addrs<Subject: ?Sized + root::net::ToSocketAddrs>(
    this: &Subject,
) -> root::io::Result<Subject::Iter> {
    <Subject as root::net::ToSocketAddrs>::to_socket_addrs(this)
}
fn net_tosocketaddrs_is_tosocketaddrs() {
    fn is<
        Subject: ?Sized + root::net::ToSocketAddrs<Iter = std::vec::IntoIter<root::net::SocketAddr>>,
    >() {
    }
    is::<(&str, u16)>();
}
fn net_tosocketaddrs_is_tosocketaddrs_2() {
    fn is<
        Subject: ?Sized + root::net::ToSocketAddrs<Iter = std::option::IntoIter<root::net::SocketAddr>>,
    >() {
    }
    is::<(root::net::IpAddr, u16)>();
}
fn net_tosocketaddrs_is_tosocketaddrs_3() {
    fn is<
        Subject: ?Sized + root::net::ToSocketAddrs<Iter = std::vec::IntoIter<root::net::SocketAddr>>,
    >() {
    }
    is::<(std::string::String, u16)>();
}
fn net_tosocketaddrs_is_tosocketaddrs_4() {
    fn is<
        Subject: ?Sized + root::net::ToSocketAddrs<Iter = std::option::IntoIter<root::net::SocketAddr>>,
    >() {
    }
    is::<(root::net::Ipv4Addr, u16)>();
}
fn net_tosocketaddrs_is_tosocketaddrs_5() {
    fn is<
        Subject: ?Sized + root::net::ToSocketAddrs<Iter = std::option::IntoIter<root::net::SocketAddr>>,
    >() {
    }
    is::<(root::net::Ipv6Addr, u16)>();
}
fn net_tosocketaddrs_is_tosocketaddrs_6() {
    fn is<
        Subject: ?Sized + root::net::ToSocketAddrs<Iter = std::option::IntoIter<root::net::SocketAddr>>,
    >() {
    }
    is::<root::net::SocketAddr>();
}
fn net_tosocketaddrs_is_tosocketaddrs_7() {
    fn is<
        Subject: ?Sized + root::net::ToSocketAddrs<Iter = std::vec::IntoIter<root::net::SocketAddr>>,
    >() {
    }
    is::<str>();
}
fn net_tosocketaddrs_is_tosocketaddrs_8() {
    fn is<
        Subject: ?Sized + root::net::ToSocketAddrs<Iter = std::vec::IntoIter<root::net::SocketAddr>>,
    >() {
    }
    is::<std::string::String>();
}
fn net_tosocketaddrs_is_tosocketaddrs_9() {
    fn is<
        Subject: ?Sized + root::net::ToSocketAddrs<Iter = std::option::IntoIter<root::net::SocketAddr>>,
    >() {
    }
    is::<root::net::SocketAddrV4>();
}
fn net_tosocketaddrs_is_tosocketaddrs_10() {
    fn is<
        Subject: ?Sized + root::net::ToSocketAddrs<Iter = std::option::IntoIter<root::net::SocketAddr>>,
    >() {
    }
    is::<root::net::SocketAddrV6>();
}
fn net_tosocketaddrs_is_tosocketaddrs_11<'a>() {
    fn is<
        'a,
        Subject: ?Sized
            + root::net::ToSocketAddrs<
                Iter = std::iter::Cloned<std::slice::Iter<'a, root::net::SocketAddr>>,
            >,
    >() {
    }
    is::<&'a [root::net::SocketAddr]>();
}
fn net_tosocketaddrs_is_tosocketaddrs_12<T: root::net::ToSocketAddrs + ?std::marker::Sized>() {
    fn is<
        T: root::net::ToSocketAddrs + ?std::marker::Sized,
        Subject: ?Sized + root::net::ToSocketAddrs<Iter = <T as root::net::ToSocketAddrs>::Iter>,
    >() {
    }
    is::<T, &T>();
}

// std::os::fd

fn os_fd_borrowedfd<'fd>(it: std::os::fd::BorrowedFd<'fd>) -> root::os::fd::BorrowedFd<'fd> {
    it
}
fn os_fd_ownedfd(it: std::os::fd::OwnedFd) -> root::os::fd::OwnedFd {
    it
}
fn os_fd_asfd<Subject: ?Sized + std::os::fd::AsFd>() {
    fn is<Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<Subject>();
}
fn os_fd_asrawfd<Subject: ?Sized + std::os::fd::AsRawFd>() {
    fn is<Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<Subject>();
}
fn os_fd_fromrawfd<Subject: ?Sized + std::os::fd::FromRawFd>() {
    fn is<Subject: ?Sized + root::os::fd::FromRawFd>() {}
    is::<Subject>();
}
fn os_fd_intorawfd<Subject: ?Sized + std::os::fd::IntoRawFd>() {
    fn is<Subject: ?Sized + root::os::fd::IntoRawFd>() {}
    is::<Subject>();
}
fn os_fd_rawfd(it: std::os::fd::RawFd) -> root::os::fd::RawFd {
    it
}

// std::os::linux::net

fn os_linux_net_socketaddrext<Subject: ?Sized + std::os::linux::net::SocketAddrExt>() {
    fn is<Subject: ?Sized + root::os::linux::net::SocketAddrExt>() {}
    is::<Subject>();
}
fn os_linux_net_tcpstreamext_set_quickack<Subject: ?Sized + root::os::linux::net::TcpStreamExt>(
    this: &Subject,
    quickack: bool,
) -> root::io::Result<()> {
    <Subject as root::os::linux::net::TcpStreamExt>::set_quickack(this, quickack)
}
fn os_linux_net_tcpstreamext_quickack<Subject: ?Sized + root::os::linux::net::TcpStreamExt>(
    this: &Subject,
) -> root::io::Result<bool> {
    <Subject as root::os::linux::net::TcpStreamExt>::quickack(this)
}
fn os_linux_net_tcpstreamext_is_tcpstreamext() {
    fn is<Subject: ?Sized + root::os::linux::net::TcpStreamExt>() {}
    is::<root::net::TcpStream>();
}

// std::os::unix::net

fn os_unix_net_incoming_is_debug<'a>() {
    fn is<'a, Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::os::unix::net::Incoming<'a>>();
}
fn os_unix_net_incoming_is_iterator<'a>() {
    fn is<
        'a,
        Subject: ?Sized
            + std::iter::Iterator<
                Item = std::result::Result<root::os::unix::net::UnixStream, root::io::Error>,
            >,
    >() {
    }
    is::<root::os::unix::net::Incoming<'a>>();
}
fn os_unix_net_incoming_is_refunwindsafe<'a>() {
    fn is<'a, Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::os::unix::net::Incoming<'a>>();
}
fn os_unix_net_incoming_is_send<'a>() {
    fn is<'a, Subject: ?Sized + std::marker::Send>() {}
    is::<root::os::unix::net::Incoming<'a>>();
}
fn os_unix_net_incoming_is_sync<'a>() {
    fn is<'a, Subject: ?Sized + std::marker::Sync>() {}
    is::<root::os::unix::net::Incoming<'a>>();
}
fn os_unix_net_incoming_is_unpin<'a>() {
    fn is<'a, Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::os::unix::net::Incoming<'a>>();
}
fn os_unix_net_incoming_is_unwindsafe<'a>() {
    fn is<'a, Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::os::unix::net::Incoming<'a>>();
}
fn os_unix_net_socketaddr(it: std::os::unix::net::SocketAddr) -> root::os::unix::net::SocketAddr {
    it
}
fn os_unix_net_unixdatagram_bind<P: std::convert::AsRef<std::path::Path>>(
    path: P,
) -> root::io::Result<root::os::unix::net::UnixDatagram> {
    <root::os::unix::net::UnixDatagram>::bind(path)
}
fn os_unix_net_unixdatagram_bind_addr(
    socket_addr: &root::os::unix::net::SocketAddr,
) -> root::io::Result<root::os::unix::net::UnixDatagram> {
    <root::os::unix::net::UnixDatagram>::bind_addr(socket_addr)
}
fn os_unix_net_unixdatagram_unbound() -> root::io::Result<root::os::unix::net::UnixDatagram> {
    <root::os::unix::net::UnixDatagram>::unbound()
}
fn os_unix_net_unixdatagram_pair() -> root::io::Result<(
    root::os::unix::net::UnixDatagram,
    root::os::unix::net::UnixDatagram,
)> {
    <root::os::unix::net::UnixDatagram>::pair()
}
fn os_unix_net_unixdatagram_connect<P: std::convert::AsRef<std::path::Path>>(
    this: &root::os::unix::net::UnixDatagram,
    path: P,
) -> root::io::Result<()> {
    <root::os::unix::net::UnixDatagram>::connect(this, path)
}
fn os_unix_net_unixdatagram_connect_addr(
    this: &root::os::unix::net::UnixDatagram,
    socket_addr: &root::os::unix::net::SocketAddr,
) -> root::io::Result<()> {
    <root::os::unix::net::UnixDatagram>::connect_addr(this, socket_addr)
}
fn os_unix_net_unixdatagram_try_clone(
    this: &root::os::unix::net::UnixDatagram,
) -> root::io::Result<root::os::unix::net::UnixDatagram> {
    <root::os::unix::net::UnixDatagram>::try_clone(this)
}
fn os_unix_net_unixdatagram_local_addr(
    this: &root::os::unix::net::UnixDatagram,
) -> root::io::Result<root::os::unix::net::SocketAddr> {
    <root::os::unix::net::UnixDatagram>::local_addr(this)
}
fn os_unix_net_unixdatagram_peer_addr(
    this: &root::os::unix::net::UnixDatagram,
) -> root::io::Result<root::os::unix::net::SocketAddr> {
    <root::os::unix::net::UnixDatagram>::peer_addr(this)
}
fn os_unix_net_unixdatagram_recv_from(
    this: &root::os::unix::net::UnixDatagram,
    buf: &mut [u8],
) -> root::io::Result<(usize, root::os::unix::net::SocketAddr)> {
    <root::os::unix::net::UnixDatagram>::recv_from(this, buf)
}
fn os_unix_net_unixdatagram_recv(
    this: &root::os::unix::net::UnixDatagram,
    buf: &mut [u8],
) -> root::io::Result<usize> {
    <root::os::unix::net::UnixDatagram>::recv(this, buf)
}
fn os_unix_net_unixdatagram_send_to<P: std::convert::AsRef<std::path::Path>>(
    this: &root::os::unix::net::UnixDatagram,
    buf: &[u8],
    path: P,
) -> root::io::Result<usize> {
    <root::os::unix::net::UnixDatagram>::send_to(this, buf, path)
}
fn os_unix_net_unixdatagram_send_to_addr(
    this: &root::os::unix::net::UnixDatagram,
    buf: &[u8],
    socket_addr: &root::os::unix::net::SocketAddr,
) -> root::io::Result<usize> {
    <root::os::unix::net::UnixDatagram>::send_to_addr(this, buf, socket_addr)
}
fn os_unix_net_unixdatagram_send(
    this: &root::os::unix::net::UnixDatagram,
    buf: &[u8],
) -> root::io::Result<usize> {
    <root::os::unix::net::UnixDatagram>::send(this, buf)
}
fn os_unix_net_unixdatagram_set_read_timeout(
    this: &root::os::unix::net::UnixDatagram,
    timeout: std::option::Option<root::time::Duration>,
) -> root::io::Result<()> {
    <root::os::unix::net::UnixDatagram>::set_read_timeout(this, timeout)
}
fn os_unix_net_unixdatagram_set_write_timeout(
    this: &root::os::unix::net::UnixDatagram,
    timeout: std::option::Option<root::time::Duration>,
) -> root::io::Result<()> {
    <root::os::unix::net::UnixDatagram>::set_write_timeout(this, timeout)
}
fn os_unix_net_unixdatagram_read_timeout(
    this: &root::os::unix::net::UnixDatagram,
) -> root::io::Result<std::option::Option<root::time::Duration>> {
    <root::os::unix::net::UnixDatagram>::read_timeout(this)
}
fn os_unix_net_unixdatagram_write_timeout(
    this: &root::os::unix::net::UnixDatagram,
) -> root::io::Result<std::option::Option<root::time::Duration>> {
    <root::os::unix::net::UnixDatagram>::write_timeout(this)
}
fn os_unix_net_unixdatagram_set_nonblocking(
    this: &root::os::unix::net::UnixDatagram,
    nonblocking: bool,
) -> root::io::Result<()> {
    <root::os::unix::net::UnixDatagram>::set_nonblocking(this, nonblocking)
}
fn os_unix_net_unixdatagram_take_error(
    this: &root::os::unix::net::UnixDatagram,
) -> root::io::Result<std::option::Option<root::io::Error>> {
    <root::os::unix::net::UnixDatagram>::take_error(this)
}
fn os_unix_net_unixdatagram_shutdown(
    this: &root::os::unix::net::UnixDatagram,
    how: root::net::Shutdown,
) -> root::io::Result<()> {
    <root::os::unix::net::UnixDatagram>::shutdown(this, how)
}
fn os_unix_net_unixdatagram_is_asfd() {
    fn is<Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<root::os::unix::net::UnixDatagram>();
}
fn os_unix_net_unixdatagram_is_asrawfd() {
    fn is<Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<root::os::unix::net::UnixDatagram>();
}
fn os_unix_net_unixdatagram_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::os::unix::net::UnixDatagram>();
}
fn os_unix_net_unixdatagram_is_from() {
    fn is<Subject: ?Sized + std::convert::From<root::os::fd::OwnedFd>>() {}
    is::<root::os::unix::net::UnixDatagram>();
}
fn os_unix_net_unixdatagram_is_from_2() {
    fn is<Subject: ?Sized + std::convert::From<root::os::unix::net::UnixDatagram>>() {}
    is::<root::os::fd::OwnedFd>();
}
fn os_unix_net_unixdatagram_is_fromrawfd() {
    fn is<Subject: ?Sized + root::os::fd::FromRawFd>() {}
    is::<root::os::unix::net::UnixDatagram>();
}
fn os_unix_net_unixdatagram_is_intorawfd() {
    fn is<Subject: ?Sized + root::os::fd::IntoRawFd>() {}
    is::<root::os::unix::net::UnixDatagram>();
}
fn os_unix_net_unixdatagram_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::os::unix::net::UnixDatagram>();
}
fn os_unix_net_unixdatagram_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::os::unix::net::UnixDatagram>();
}
fn os_unix_net_unixdatagram_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::os::unix::net::UnixDatagram>();
}
fn os_unix_net_unixdatagram_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::os::unix::net::UnixDatagram>();
}
fn os_unix_net_unixdatagram_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::os::unix::net::UnixDatagram>();
}
fn os_unix_net_unixlistener_bind<P: std::convert::AsRef<std::path::Path>>(
    path: P,
) -> root::io::Result<root::os::unix::net::UnixListener> {
    <root::os::unix::net::UnixListener>::bind(path)
}
fn os_unix_net_unixlistener_bind_addr(
    socket_addr: &root::os::unix::net::SocketAddr,
) -> root::io::Result<root::os::unix::net::UnixListener> {
    <root::os::unix::net::UnixListener>::bind_addr(socket_addr)
}
fn os_unix_net_unixlistener_accept(
    this: &root::os::unix::net::UnixListener,
) -> root::io::Result<(
    root::os::unix::net::UnixStream,
    root::os::unix::net::SocketAddr,
)> {
    <root::os::unix::net::UnixListener>::accept(this)
}
fn os_unix_net_unixlistener_try_clone(
    this: &root::os::unix::net::UnixListener,
) -> root::io::Result<root::os::unix::net::UnixListener> {
    <root::os::unix::net::UnixListener>::try_clone(this)
}
fn os_unix_net_unixlistener_local_addr(
    this: &root::os::unix::net::UnixListener,
) -> root::io::Result<root::os::unix::net::SocketAddr> {
    <root::os::unix::net::UnixListener>::local_addr(this)
}
fn os_unix_net_unixlistener_set_nonblocking(
    this: &root::os::unix::net::UnixListener,
    nonblocking: bool,
) -> root::io::Result<()> {
    <root::os::unix::net::UnixListener>::set_nonblocking(this, nonblocking)
}
fn os_unix_net_unixlistener_take_error(
    this: &root::os::unix::net::UnixListener,
) -> root::io::Result<std::option::Option<root::io::Error>> {
    <root::os::unix::net::UnixListener>::take_error(this)
}
fn os_unix_net_unixlistener_incoming(
    this: &root::os::unix::net::UnixListener,
) -> root::os::unix::net::Incoming<'_> {
    <root::os::unix::net::UnixListener>::incoming(this)
}
fn os_unix_net_unixlistener_is_asfd() {
    fn is<Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<root::os::unix::net::UnixListener>();
}
fn os_unix_net_unixlistener_is_asrawfd() {
    fn is<Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<root::os::unix::net::UnixListener>();
}
fn os_unix_net_unixlistener_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::os::unix::net::UnixListener>();
}
fn os_unix_net_unixlistener_is_from() {
    fn is<Subject: ?Sized + std::convert::From<root::os::fd::OwnedFd>>() {}
    is::<root::os::unix::net::UnixListener>();
}
fn os_unix_net_unixlistener_is_from_2() {
    fn is<Subject: ?Sized + std::convert::From<root::os::unix::net::UnixListener>>() {}
    is::<root::os::fd::OwnedFd>();
}
fn os_unix_net_unixlistener_is_fromrawfd() {
    fn is<Subject: ?Sized + root::os::fd::FromRawFd>() {}
    is::<root::os::unix::net::UnixListener>();
}
fn os_unix_net_unixlistener_is_intoiterator<'a>() {
    fn is<
        'a,
        Subject: ?Sized
            + std::iter::IntoIterator<
                Item = std::result::Result<root::os::unix::net::UnixStream, root::io::Error>,
                IntoIter = root::os::unix::net::Incoming<'a>,
            >,
    >() {
    }
    is::<&'a root::os::unix::net::UnixListener>();
}
fn os_unix_net_unixlistener_is_intorawfd() {
    fn is<Subject: ?Sized + root::os::fd::IntoRawFd>() {}
    is::<root::os::unix::net::UnixListener>();
}
fn os_unix_net_unixlistener_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::os::unix::net::UnixListener>();
}
fn os_unix_net_unixlistener_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::os::unix::net::UnixListener>();
}
fn os_unix_net_unixlistener_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::os::unix::net::UnixListener>();
}
fn os_unix_net_unixlistener_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::os::unix::net::UnixListener>();
}
fn os_unix_net_unixlistener_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::os::unix::net::UnixListener>();
}
fn os_unix_net_unixstream_connect<P: std::convert::AsRef<std::path::Path>>(
    path: P,
) -> root::io::Result<root::os::unix::net::UnixStream> {
    <root::os::unix::net::UnixStream>::connect(path)
}
fn os_unix_net_unixstream_connect_addr(
    socket_addr: &root::os::unix::net::SocketAddr,
) -> root::io::Result<root::os::unix::net::UnixStream> {
    <root::os::unix::net::UnixStream>::connect_addr(socket_addr)
}
fn os_unix_net_unixstream_pair() -> root::io::Result<(
    root::os::unix::net::UnixStream,
    root::os::unix::net::UnixStream,
)> {
    <root::os::unix::net::UnixStream>::pair()
}
fn os_unix_net_unixstream_try_clone(
    this: &root::os::unix::net::UnixStream,
) -> root::io::Result<root::os::unix::net::UnixStream> {
    <root::os::unix::net::UnixStream>::try_clone(this)
}
fn os_unix_net_unixstream_local_addr(
    this: &root::os::unix::net::UnixStream,
) -> root::io::Result<root::os::unix::net::SocketAddr> {
    <root::os::unix::net::UnixStream>::local_addr(this)
}
fn os_unix_net_unixstream_peer_addr(
    this: &root::os::unix::net::UnixStream,
) -> root::io::Result<root::os::unix::net::SocketAddr> {
    <root::os::unix::net::UnixStream>::peer_addr(this)
}
fn os_unix_net_unixstream_set_read_timeout(
    this: &root::os::unix::net::UnixStream,
    timeout: std::option::Option<root::time::Duration>,
) -> root::io::Result<()> {
    <root::os::unix::net::UnixStream>::set_read_timeout(this, timeout)
}
fn os_unix_net_unixstream_set_write_timeout(
    this: &root::os::unix::net::UnixStream,
    timeout: std::option::Option<root::time::Duration>,
) -> root::io::Result<()> {
    <root::os::unix::net::UnixStream>::set_write_timeout(this, timeout)
}
fn os_unix_net_unixstream_read_timeout(
    this: &root::os::unix::net::UnixStream,
) -> root::io::Result<std::option::Option<root::time::Duration>> {
    <root::os::unix::net::UnixStream>::read_timeout(this)
}
fn os_unix_net_unixstream_write_timeout(
    this: &root::os::unix::net::UnixStream,
) -> root::io::Result<std::option::Option<root::time::Duration>> {
    <root::os::unix::net::UnixStream>::write_timeout(this)
}
fn os_unix_net_unixstream_set_nonblocking(
    this: &root::os::unix::net::UnixStream,
    nonblocking: bool,
) -> root::io::Result<()> {
    <root::os::unix::net::UnixStream>::set_nonblocking(this, nonblocking)
}
fn os_unix_net_unixstream_take_error(
    this: &root::os::unix::net::UnixStream,
) -> root::io::Result<std::option::Option<root::io::Error>> {
    <root::os::unix::net::UnixStream>::take_error(this)
}
fn os_unix_net_unixstream_shutdown(
    this: &root::os::unix::net::UnixStream,
    how: root::net::Shutdown,
) -> root::io::Result<()> {
    <root::os::unix::net::UnixStream>::shutdown(this, how)
}
fn os_unix_net_unixstream_is_asfd() {
    fn is<Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<root::os::unix::net::UnixStream>();
}
fn os_unix_net_unixstream_is_asrawfd() {
    fn is<Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<root::os::unix::net::UnixStream>();
}
fn os_unix_net_unixstream_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::os::unix::net::UnixStream>();
}
fn os_unix_net_unixstream_is_from() {
    fn is<Subject: ?Sized + std::convert::From<root::os::fd::OwnedFd>>() {}
    is::<root::os::unix::net::UnixStream>();
}
fn os_unix_net_unixstream_is_from_2() {
    fn is<Subject: ?Sized + std::convert::From<root::os::unix::net::UnixStream>>() {}
    is::<root::os::fd::OwnedFd>();
}
fn os_unix_net_unixstream_is_fromrawfd() {
    fn is<Subject: ?Sized + root::os::fd::FromRawFd>() {}
    is::<root::os::unix::net::UnixStream>();
}
fn os_unix_net_unixstream_is_intorawfd() {
    fn is<Subject: ?Sized + root::os::fd::IntoRawFd>() {}
    is::<root::os::unix::net::UnixStream>();
}
fn os_unix_net_unixstream_is_read<'a>() {
    fn is<'a, Subject: ?Sized + root::io::Read>() {}
    is::<&'a root::os::unix::net::UnixStream>();
}
fn os_unix_net_unixstream_is_read_2() {
    fn is<Subject: ?Sized + root::io::Read>() {}
    is::<root::os::unix::net::UnixStream>();
}
fn os_unix_net_unixstream_is_write<'a>() {
    fn is<'a, Subject: ?Sized + root::io::Write>() {}
    is::<&'a root::os::unix::net::UnixStream>();
}
fn os_unix_net_unixstream_is_write_2() {
    fn is<Subject: ?Sized + root::io::Write>() {}
    is::<root::os::unix::net::UnixStream>();
}
fn os_unix_net_unixstream_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::os::unix::net::UnixStream>();
}
fn os_unix_net_unixstream_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::os::unix::net::UnixStream>();
}
fn os_unix_net_unixstream_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::os::unix::net::UnixStream>();
}
fn os_unix_net_unixstream_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::os::unix::net::UnixStream>();
}
fn os_unix_net_unixstream_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::os::unix::net::UnixStream>();
}
