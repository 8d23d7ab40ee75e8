//! What a listener can be told before it is bound.

use std::io::ErrorKind;
use std::os::fd::AsRawFd;
use teem::net::{ListenOptions, SocketAddr, TcpListener, TcpStream};

fn option(socket: &impl AsRawFd, level: i32, option: i32) -> i32 {
    let mut value = 0_i32;
    let mut length = size_of_val(&value) as libc::socklen_t;
    // SAFETY: the option is an int, for which there is room.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            level,
            option,
            (&raw mut value).cast(),
            &mut length,
        )
    };
    assert_eq!(result, 0);
    value
}

#[test]
fn port_is_shared_by_those_alone_who_all_want_it() {
    let mut shared = ListenOptions::new();
    shared.reuse_port(true);
    let one = shared.bind("127.0.0.1:0").unwrap();
    let address = one.local_addr().unwrap();
    let other = shared.bind(address).unwrap();
    assert_eq!(other.local_addr().unwrap(), address);
    let error = ListenOptions::new().bind(address).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    let error = TcpListener::bind(address).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    // Each client is accepted by one of the two.
    let clients: Vec<_> = (0..20)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    for listener in [&one, &other] {
        listener.set_nonblocking(true).unwrap();
    }
    let accepted =
        [&one, &other].map(|listener| listener.incoming().take_while(|next| next.is_ok()).count());
    assert_eq!(accepted.iter().sum::<usize>(), clients.len());
}

#[test]
fn options_reach_the_socket() {
    let listener = ListenOptions::new()
        .ttl(9)
        .backlog(3)
        .bind("127.0.0.1:0")
        .unwrap();
    assert_eq!(listener.ttl().unwrap(), 9);
    assert_eq!(option(&listener, libc::SOL_SOCKET, libc::SO_REUSEADDR), 1);
    assert_eq!(option(&listener, libc::SOL_SOCKET, libc::SO_REUSEPORT), 0);
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    assert_eq!(listener.accept().unwrap().1, client.local_addr().unwrap());
    for only in [true, false] {
        // Where there is IPv6.
        if let Ok(listener) = ListenOptions::new().only_v6(only).ttl(5).bind("[::]:0") {
            let value = option(&listener, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY);
            assert_eq!(value, i32::from(only));
            let hops = option(&listener, libc::IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS);
            assert_eq!(hops, 5);
        }
    }
}

#[test]
fn first_address_that_allows_it_is_taken_and_the_last_error_told() {
    let taken = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let blocked = TcpListener::bind(taken).unwrap();
    let free: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let listener = ListenOptions::new().bind(&[taken, free][..]).unwrap();
    assert_ne!(listener.local_addr().unwrap(), taken);
    let error = ListenOptions::new().bind(&[taken, taken][..]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    let none: &[SocketAddr] = &[];
    let error = ListenOptions::default().bind(none).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = ListenOptions::new().only_v6(true).bind(free).unwrap_err();
    assert!(error.raw_os_error().is_some(), "no option of IPv4: {error}");
    drop(blocked);
}
